//! Paths as text: joined and cleaned without looking at the disk.

/// `path` as seen from the folder `base`: as it is when absolute, else below `base`; then
/// [`normalise`]d. Below an empty base it stays relative.
pub fn join(base: &[u8], path: &[u8]) -> Vec<u8> {
    if path.first() == Some(&b'/') || base.is_empty() {
        return normalise(path);
    }
    let mut whole = base.to_vec();
    if whole.last() != Some(&b'/') {
        whole.push(b'/');
    }
    whole.extend_from_slice(path);
    normalise(&whole)
}

/// Takes out `.`, `..` and doubled slashes. Symbolic links are not followed: `/a/link/..` becomes
/// `/a`.
pub fn normalise(path: &[u8]) -> Vec<u8> {
    let absolute = path.first() == Some(&b'/');
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if absolute || parts.last().is_some_and(|last| *last != b"..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut clean = Vec::with_capacity(path.len());
    for part in parts {
        if absolute || !clean.is_empty() {
            clean.push(b'/');
        }
        clean.extend_from_slice(part);
    }
    if clean.is_empty() && absolute {
        clean.push(b'/');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::join;

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
}
