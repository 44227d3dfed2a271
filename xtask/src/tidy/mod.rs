//! The rules of the house that can be seen mechanically.
//!
//! `layers`: which crate may use which. `unused`: dependencies nobody uses. `circles`: imports between the
//! files of a crate. `sources`: length of files, where unsafe stands, names nobody may use, what reaches outside,
//! `{:?}` in what users read. Fragments of the changelog have a kind and a text.

mod circles;
mod code;
mod imports;
mod layers;
mod metadata;
mod sources;
mod unused;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// Runs every check and reports all that is wrong.
pub(crate) fn run(root: &Path) -> Result<()> {
    let packages = metadata::packages(root)?;
    let mut wrong = layers::check(&packages);
    wrong.extend(unused::check(&packages)?);
    wrong.extend(circles::check(root)?);
    wrong.extend(sources::check(root)?);
    wrong.extend(crate::changelog::mistakes(root));
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{} rules of the house are broken:\n  {}", wrong.len(), wrong.join("\n  "));
}

/// The names of the folders below `crates/` that hold a package.
fn crate_names(root: &Path) -> Result<Vec<String>> {
    let mut names: Vec<String> = fs::read_dir(root.join("crates"))?
        .filter_map(std::result::Result::ok)
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

/// The files below a folder whose names end in one of `endings`, in order; none where there is no folder.
fn files(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| endings.iter().any(|ending| e == *ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_house_is_tidy() {
        super::run(&crate::workspace_root()).unwrap();
    }
}
