//! File names as URIs, and back.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use lsp_types::Uri;

/// The path a `file:` URI names; none for any other.
pub(crate) fn path_of(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    // An authority may stand before the path: `localhost`, or nothing.
    let path = rest.get(rest.find('/')?..)?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    Some(PathBuf::from(OsString::from_vec(bytes)))
}

/// The URI of an absolute path.
pub(crate) fn of_path(path: &Path) -> Option<Uri> {
    let mut text = String::from("file://");
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    Uri::from_str(&text).ok()
}

/// A path without links and dots, as far as it exists: two names of one file are the same.
pub(crate) fn canonical(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_path_buf(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_uris() {
        let check = |path: &str, uri: &str| {
            assert_eq!(of_path(Path::new(path)).unwrap().as_str(), uri);
            assert_eq!(path_of(uri), Some(PathBuf::from(path)));
        };
        check("/a/b.yaml", "file:///a/b.yaml");
        check("/a b/\u{e9}#%.yaml", "file:///a%20b/%C3%A9%23%25.yaml");
        let none = |uri: &str| assert_eq!(path_of(uri), None, "{uri}");
        none("untitled:Untitled-1");
        none("file:");
        none("file:///a%zz");
        none("file:///a%f");
        assert_eq!(path_of("file://localhost/a"), Some(PathBuf::from("/a")));
    }
}
