//! Paths as text: joined and cleaned without a look at the file system.

/// `path` relative to the directory `base`: unchanged when absolute, else below `base`; cleaned of `.`,
/// `..` and double slashes. Below an empty base it stays relative. Symbolic links are not followed:
/// `/a/link/..` becomes `/a`. A base of `./`, an unknown directory, stays in front.
pub fn join(base: &[u8], path: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(base.len() + 1 + path.len());
    join_into(base, path, &mut whole);
    whole
}

/// The same, into `out`, whose content is replaced.
pub fn join_into(base: &[u8], path: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let alone = path.first() == Some(&b'/') || base.is_empty();
    let absolute = alone && path.first() == Some(&b'/') || !alone && base.first() == Some(&b'/');
    if !alone {
        append(base, absolute, out);
        if base == b"./" {
            out.push(b'.');
        }
    }
    append(path, absolute, out);
    if out.is_empty() && absolute {
        out.push(b'/');
    }
}

/// Appends the components of `path` to the clean path `out`.
fn append(path: &[u8], absolute: bool, out: &mut Vec<u8>) {
    for part in path.split(|byte| *byte == b'/') {
        let last = || out.iter().rposition(|byte| *byte == b'/');
        match part {
            b"" | b"." => {}
            b".." if absolute => out.truncate(last().unwrap_or(0)),
            b".." if !out.is_empty() && out.get(last().map_or(0, |at| at + 1)..) != Some(b"..") => {
                out.truncate(last().unwrap_or(0));
            }
            part => {
                if absolute || !out.is_empty() {
                    out.push(b'/');
                }
                out.extend_from_slice(part);
            }
        }
    }
}

/// Whether [`join`] does not change a path: absolute and clean.
pub(crate) fn is_clean(path: &[u8]) -> bool {
    let Some((b'/', rest)) = path.split_first() else { return false };
    // Every slash is followed by a name. No early exit, so that the loop is vectorized.
    let odd = |(byte, next): &(&u8, &u8)| **byte == b'/' && matches!(**next, b'/' | b'.');
    path.last() != Some(&b'/') && path.iter().zip(rest).filter(odd).count() == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{is_clean, join};

    /// The same, step by step.
    fn naive(base: &str, path: &str) -> String {
        let alone = path.starts_with('/') || base.is_empty();
        let whole = if alone { path.to_owned() } else { format!("{base}/{path}") };
        let absolute = whole.starts_with('/');
        let mut parts: Vec<&str> = Vec::new();
        if base == "./" && !alone {
            parts.push(".");
        }
        for part in whole.split('/') {
            match part {
                "" | "." => {}
                ".." if absolute || parts.last().is_some_and(|last| *last != "..") => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        format!("{}{}", if absolute { "/" } else { "" }, parts.join("/"))
    }

    proptest! {
        #[test]
        fn joined_as_step_by_step(base in "[/.a]{0,8}", path in "[/.a]{0,8}") {
            let joined = String::from_utf8(join(base.as_bytes(), path.as_bytes())).unwrap();
            prop_assert_eq!(&joined, &naive(&base, &path));
            if is_clean(path.as_bytes()) {
                prop_assert_eq!(joined, path);
            }
        }
    }

    fn check(base: &str, path: &str, expected: &str) {
        let joined = join(base.as_bytes(), path.as_bytes());
        assert_eq!(String::from_utf8(joined).unwrap(), expected, "{base} + {path}");
    }

    #[test]
    fn paths_are_joined_and_cleaned() {
        check("/root", "a", "/root/a");
        check("/root/", "./a//b", "/root/a/b");
        check("/root", "/etc/../etc/shadow", "/etc/shadow");
        check("/root", "../etc/shadow", "/etc/shadow");
        check("/", "../../x", "/x");
        check("/root", "", "/root");
        check("/", "..", "/");
    }

    #[test]
    fn an_unknown_folder_stays_in_front() {
        check("./", "a/../b", "./b");
        check("./", "/etc/shadow", "/etc/shadow");
    }
}
