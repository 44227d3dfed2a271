//! Archives of tar, the same bytes for the same content.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use crate::contents::{Contents, Entry};

/// A compressed archive with all folders above the files, which are root's; `below` is what stands before their
/// paths, `time` when they were changed, in seconds since the epoch.
pub(crate) fn tar_gz(contents: &Contents, below: &Path, time: u64) -> Result<Vec<u8>> {
    let mut archive = Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
    let mut folders = BTreeSet::new();
    for (path, entry) in contents {
        let path = below.join(path.strip_prefix("/").unwrap_or(path));
        let mut above: Vec<PathBuf> = path.ancestors().skip(1).map(Path::to_owned).collect();
        above.reverse();
        for folder in above {
            if !folder.as_os_str().is_empty() && folders.insert(folder.clone()) {
                append(&mut archive, &folder, &Entry::folder(), time)?;
            }
        }
        if entry.bytes.is_some() || folders.insert(path.clone()) {
            append(&mut archive, &path, entry, time)?;
        }
    }
    Ok(archive.into_inner()?.finish()?)
}

fn append(
    archive: &mut Builder<GzEncoder<Vec<u8>>>,
    path: &Path,
    entry: &Entry,
    time: u64,
) -> Result<()> {
    let bytes = entry.bytes.as_deref().unwrap_or_default();
    let mut header = Header::new_gnu();
    let kind = if entry.bytes.is_some() { EntryType::Regular } else { EntryType::Directory };
    header.set_entry_type(kind);
    header.set_size(u64::try_from(bytes.len())?);
    header.set_mode(entry.mode);
    header.set_mtime(time);
    header.set_uid(0);
    header.set_gid(0);
    header.set_username("root")?;
    header.set_groupname("root")?;
    let name = path.display().to_string();
    let name = if entry.bytes.is_some() { name } else { format!("{name}/") };
    archive.append_data(&mut header, name, bytes)?;
    Ok(())
}

/// An archive of `ar`, as a .deb is one: members in order.
pub(crate) fn ar(members: &[(&str, Vec<u8>)], time: u64) -> Result<Vec<u8>> {
    let mut out = b"!<arch>\n".to_vec();
    for (name, bytes) in members {
        writeln!(out, "{name:<16}{time:<12}{:<6}{:<6}{:<8}{:<10}`", 0, 0, 100_644, bytes.len())?;
        out.extend_from_slice(bytes);
        if bytes.len() % 2 == 1 {
            out.push(b'\n');
        }
    }
    Ok(out)
}
