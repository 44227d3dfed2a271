//! The files of a package with their bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::description::{Content, Description, File};

/// Where the program is installed.
const BINDIR: &str = "/usr/bin";

/// One file, or a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// None: a folder.
    pub(crate) bytes: Option<Vec<u8>>,
    pub(crate) mode: u32,
    pub(crate) configuration: bool,
}

impl Entry {
    pub(crate) fn folder() -> Self {
        Self { bytes: None, mode: 0o755, configuration: false }
    }
}

/// All files of a package by their absolute paths.
pub(crate) type Contents = BTreeMap<PathBuf, Entry>;

/// Gathers what the description names. `root` is the folder of the project, `program` the program as it is
/// packaged; what the program prints it is asked for.
pub(crate) fn gather(root: &Path, description: &Description, program: &Path) -> Result<Contents> {
    let mut contents = Contents::new();
    for File { path, content, mode, configuration } in &description.files {
        let mode = match mode {
            Some(text) => u32::from_str_radix(text, 8)
                .with_context(|| format!("mode of {}: {text} is not octal", path.display()))?,
            None => 0o644,
        };
        let mut add = |path: PathBuf, bytes| {
            let entry = Entry { bytes: Some(bytes), mode, configuration: *configuration };
            let shown = path.display().to_string();
            let is_new = contents.insert(path, entry).is_none();
            ensure!(is_new, "{shown} is in the description twice");
            Ok(())
        };
        match content {
            Content::Program => add(path.clone(), read(program)?)?,
            Content::Printed(words) => add(path.clone(), printed(program, words)?)?,
            Content::File(file) => {
                let text = String::from_utf8(read(&root.join(file))?)
                    .with_context(|| format!("{} is no text", file.display()))?;
                add(path.clone(), text.replace("@BINDIR@", BINDIR).into_bytes())?;
            }
            Content::Pages => {
                for (name, page) in pages(program)? {
                    add(path.join(name), page)?;
                }
            }
            Content::Folder => _ = contents.insert(path.clone(), Entry::folder()),
        }
    }
    Ok(contents)
}

fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// What the program prints with these arguments.
fn printed(program: &Path, words: &[String]) -> Result<Vec<u8>> {
    let done = Command::new(program)
        .args(words)
        .output()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let said = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "{} {}: {said}", program.display(), words.join(" "));
    Ok(done.stdout)
}

/// The pages of its manual by their file names.
fn pages(program: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let folder = std::env::temp_dir().join(format!("peregrine-pages-{}", std::process::id()));
    let words = ["man".to_owned(), "--dir".to_owned(), folder.display().to_string()];
    printed(program, &words)?;
    let mut pages = Vec::new();
    for file in std::fs::read_dir(&folder)? {
        let file = file?;
        pages.push((file.file_name().to_string_lossy().into_owned(), read(&file.path())?));
    }
    std::fs::remove_dir_all(&folder)?;
    ensure!(!pages.is_empty(), "{} wrote no page of its manual", program.display());
    Ok(pages)
}
