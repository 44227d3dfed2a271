//! What the packages hold: `packaging/package.yaml`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// The description of the packages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    pub(crate) name: String,
    pub(crate) summary: String,
    pub(crate) about: String,
    pub(crate) maintainer: String,
    pub(crate) requires: Requires,
    pub(crate) files: Vec<File>,
    pub(crate) scripts: Scripts,
}

/// What each kind of package says that it needs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Requires {
    pub(crate) deb: Vec<String>,
    pub(crate) rpm: Vec<String>,
}

/// A file of the package, or several.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) content: Content,
    /// Rights in octal; those of a file that everybody reads, where none are given.
    #[serde(default)]
    pub(crate) mode: Option<String>,
    /// Whether the user's version stays when the package is upgraded.
    #[serde(default)]
    pub(crate) configuration: bool,
}

/// Where the content of a file comes from.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Content {
    /// The program itself.
    Program,
    /// The pages of its manual, which it writes; the path is their folder.
    Pages,
    /// An empty folder.
    Folder,
    /// What the program prints with these arguments.
    Printed(Vec<String>),
    /// A file of the project, in which `@BINDIR@` stands for the folder of the program.
    File(PathBuf),
}

/// A shell function for each thing that happens to a package.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scripts {
    pub(crate) installed: String,
    pub(crate) upgraded: String,
    pub(crate) removing: String,
    pub(crate) removed: String,
    pub(crate) purged: String,
}

impl Description {
    /// Reads it.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        serde_saphyr::from_str(&text).with_context(|| file.display().to_string())
    }
}
