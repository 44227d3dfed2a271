//! Rust source without what is no code, for checks that read it by words.

/// The source with comments and the contents of literals replaced by blanks, lines kept.
pub(super) fn bare(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = not_code(rest);
        if length == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            let (gone, after) = rest.split_at(length);
            out.extend(gone.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = after;
            continue;
        }
        // A word is taken whole: its end is not the begin of a raw string.
        if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            out.push_str(&rest[..end]);
            rest = &rest[end..];
        }
    }
    out
}

/// The bytes of the comment or literal that begins here; 0 where code does.
fn not_code(rest: &str) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return rest.find("*/").map_or(rest.len(), |end| end + 2);
    }
    let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|p| rest.starts_with(p));
    let prefix = prefix.unwrap_or_default();
    let body = &rest[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        if body[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let begin = hashes + 1;
            let close = body[begin..].find(&end).map_or(body.len(), |at| begin + at + end.len());
            return prefix.len() + close;
        }
        return 0;
    }
    if body.starts_with('"') {
        return prefix.len() + quoted(body, '"');
    }
    // A lifetime has no second quote where a character's would be.
    let is_char = body.starts_with('\'') && {
        let mut inner = body[1..].chars();
        match inner.next() {
            Some('\\') => true,
            Some(_) => inner.next() == Some('\''),
            None => false,
        }
    };
    if is_char { prefix.len() + quoted(body, '\'') } else { 0 }
}

/// The bytes of a literal up to and with its closing quote.
fn quoted(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in body.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return at + 1;
        }
    }
    body.len()
}

/// What stands before the tests of a file.
pub(super) fn product(source: &str) -> &str {
    let mut marks = source.match_indices("#[cfg(test)]\n");
    // `mod tests;` is a file of its own; a body that follows is the end of what is the product's.
    let body = |&(at, _): &(usize, &str)| {
        let after = &source[at..];
        after.contains("mod ") && after.find('{') < after.find(';').or(Some(usize::MAX))
    };
    let at = marks.find(body).map_or(source.len(), |(at, _)| at);
    &source[..at]
}

/// Whether a word stands in code, not as a part of another.
pub(super) fn has_word(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word)
        .any(|(at, _)| !code[..at].ends_with(part) && !code[at + word.len()..].starts_with(part))
}

#[cfg(test)]
mod tests {
    use super::{bare, has_word, product};

    #[test]
    fn only_code_is_left() {
        let table = [
            ("a // b\nc", "a     \nc"),
            ("a /* b */ c", "a         c"),
            (r#"f("x\"y", z)"#, "f(      , z)"),
            ("r#\"a\"b\"# c", "          c"),
            ("for 'a in x<'b>", "for 'a in x<'b>"),
            (r"'\'' '\\' 'x' y", "y"),
            ("br\"a\" word\"s\"", "      word   "),
        ];
        for (source, expected) in table {
            let got = bare(source);
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(words(&got), words(expected), "{source}");
            assert_eq!(got.lines().count(), source.lines().count(), "{source}");
        }
    }

    #[test]
    fn tests_are_no_product() {
        assert_eq!(product("a\n#[cfg(test)]\nmod tests { b }"), "a\n");
        assert_eq!(
            product("a\n#[cfg(test)]\nmod tests;\nmod b {}"),
            "a\n#[cfg(test)]\nmod tests;\nmod b {}"
        );
        assert_eq!(product("a"), "a");
    }

    #[test]
    fn words_are_whole() {
        for (code, expected) in
            [("use foo::x;", true), ("use foobar;", false), ("a_foo()", false), ("foo", true)]
        {
            assert_eq!(has_word(code, "foo"), expected, "{code}");
        }
    }
}
