//! Packages of Debian: an archive of `ar` with two of `tar`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::Release;
use crate::archive::{ar, tar_gz};
use crate::contents::{Contents, Entry};
use crate::description::Description;
use crate::scripts::of_deb;

/// The bytes of a .deb.
pub(crate) fn deb(
    description: &Description,
    release: &Release,
    functions: &str,
    contents: &Contents,
) -> Result<Vec<u8>> {
    let mut about = Contents::new();
    let mut add = |name: &str, text: String, mode| {
        let entry = Entry { bytes: Some(text.into_bytes()), mode, configuration: false };
        about.insert(PathBuf::from("/").join(name), entry);
    };
    add("control", control(description, release, contents), 0o644);
    let mut kept = String::new();
    for (path, _) in contents.iter().filter(|(_, entry)| entry.configuration) {
        writeln!(kept, "{}", path.display())?;
    }
    add("conffiles", kept, 0o644);
    for (name, text) in of_deb(functions, &description.scripts) {
        add(name, text, 0o755);
    }
    let members = [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.gz", tar_gz(&about, Path::new(""), release.time)?),
        ("data.tar.gz", tar_gz(contents, Path::new(""), release.time)?),
    ];
    ar(&members, release.time)
}

fn control(description: &Description, release: &Release, contents: &Contents) -> String {
    let Description { name, summary, about, maintainer, requires, .. } = description;
    let bytes: usize =
        contents.values().filter_map(|entry| entry.bytes.as_ref()).map(Vec::len).sum();
    let depends = requires.deb.join(", ");
    let arch = release.architecture.deb();
    // Lines of the description begin with a blank, an empty one is a point.
    let text: String = about
        .lines()
        .map(|line| if line.is_empty() { " .\n".to_owned() } else { format!(" {line}\n") })
        .collect();
    format!(
        "Package: {name}\nVersion: {}\nArchitecture: {arch}\nMaintainer: {maintainer}\nInstalled-Size: {}\nDepends: {depends}\nSection: admin\nPriority: optional\nDescription: {summary}\n{text}",
        release.version,
        bytes.div_ceil(1024),
    )
}
