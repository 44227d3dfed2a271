//! Shell patterns as `fnmatch(pattern, text, 0)` reads them: `*` and `?` cross `/`.

/// Whether `text` matches `pattern`.
pub(crate) fn matches(pattern: &[u8], text: &[u8], fold: bool) -> bool {
    // The last star seen, and the text it has swallowed so far: backtracking stays linear in the
    // number of stars.
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let step = match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, t));
                p += 1;
                continue;
            }
            None => (t == text.len()).then_some((p, t)),
            Some(_) => {
                text.get(t).and_then(|byte| one(pattern, p, *byte, fold)).map(|next| (next, t + 1))
            }
        };
        match step {
            Some(_) if p >= pattern.len() => return true,
            Some((next_p, next_t)) => (p, t) = (next_p, next_t),
            None => match star {
                Some((after, swallowed)) if swallowed < text.len() => {
                    star = Some((after, swallowed + 1));
                    (p, t) = (after, swallowed + 1);
                }
                _ => return false,
            },
        }
    }
}

fn same(one: u8, other: u8, fold: bool) -> bool {
    one == other || (fold && one.eq_ignore_ascii_case(&other))
}

/// Whether the pattern's element at `p` takes `byte`; then where the next element begins.
fn one(pattern: &[u8], p: usize, byte: u8, fold: bool) -> Option<usize> {
    match *pattern.get(p)? {
        b'?' => Some(p + 1),
        b'[' => match class(pattern, p, byte, fold) {
            Some((true, next)) => Some(next),
            Some((false, _)) => None,
            // No closing bracket: the bracket is itself.
            None => (byte == b'[').then_some(p + 1),
        },
        b'\\' => {
            let escaped = *pattern.get(p + 1)?;
            same(escaped, byte, fold).then_some(p + 2)
        }
        literal => same(literal, byte, fold).then_some(p + 1),
    }
}

fn named_class(name: &[u8], byte: u8) -> bool {
    match name {
        b"alpha" => byte.is_ascii_alphabetic(),
        b"digit" => byte.is_ascii_digit(),
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"upper" => byte.is_ascii_uppercase(),
        b"lower" => byte.is_ascii_lowercase(),
        b"space" => byte.is_ascii_whitespace() || byte == 11,
        b"blank" => byte == b' ' || byte == b'\t',
        b"punct" => byte.is_ascii_punctuation(),
        b"print" => (32..127).contains(&byte),
        b"graph" => byte.is_ascii_graphic(),
        b"cntrl" => byte.is_ascii_control(),
        b"xdigit" => byte.is_ascii_hexdigit(),
        _ => false,
    }
}

/// A bracket expression: whether it takes `byte`, and where it ends. `None`: it never closes.
fn class(pattern: &[u8], p: usize, byte: u8, fold: bool) -> Option<(bool, usize)> {
    let mut at = p + 1;
    let negated = matches!(pattern.get(at), Some(b'!' | b'^'));
    at += usize::from(negated);
    let first = at;
    let mut found = false;
    let bytes = [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()];
    let candidates: &[u8] = if fold { &bytes } else { std::slice::from_ref(&byte) };
    loop {
        let mut low = *pattern.get(at)?;
        if low == b']' && at > first {
            return Some((found != negated, at + 1));
        }
        if low == b'[' && pattern.get(at + 1) == Some(&b':') {
            let name_at = at + 2;
            if let Some(len) = pattern.get(name_at..)?.windows(2).position(|two| two == b":]") {
                let name = pattern.get(name_at..name_at + len)?;
                found |= candidates.iter().any(|c| named_class(name, *c));
                at = name_at + len + 2;
                continue;
            }
        }
        if low == b'\\' {
            at += 1;
            low = *pattern.get(at)?;
        }
        at += 1;
        let mut high = low;
        if pattern.get(at) == Some(&b'-') && pattern.get(at + 1).is_some_and(|next| *next != b']') {
            at += 1;
            high = *pattern.get(at)?;
            if high == b'\\' {
                at += 1;
                high = *pattern.get(at)?;
            }
            at += 1;
        }
        found |= candidates.iter().any(|c| (low..=high).contains(c));
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    fn check(pattern: &str, text: &str, expected: bool) {
        assert_eq!(
            matches(pattern.as_bytes(), text.as_bytes(), false),
            expected,
            "{pattern} {text}"
        );
    }

    #[test]
    fn patterns() {
        check("", "", true);
        check("*", "", true);
        check("a*", "a/b/c", true);
        check("*.pub", "id.pub", true);
        check("*.pub", "id.pubx", false);
        check("a?c", "a/c", true);
        check("[a-c]x", "bx", true);
        check("[!a-c]x", "bx", false);
        check("[]]", "]", true);
        check("[a", "[a", true);
        check("[[:digit:]]*", "9z", true);
        check("\\*", "*", true);
        check("\\*", "a", false);
        check("*a*b*c*", "xxaxxbxxcxx", true);
        check("*a*b*c*", "xxaxxcxxbxx", false);
        check("/home/*/.ssh/id_*", "/home/u/.ssh/id_rsa", true);
        assert!(matches(b"ABC*", b"abcd", true));
    }
}
