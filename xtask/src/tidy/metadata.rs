//! The packages of the workspace and what they depend on, as `cargo metadata` prints them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::codegen::{rows, text};

/// A package of the workspace.
pub(super) struct Package {
    /// The package's name without `peregrine-`.
    pub(super) name: String,
    pub(super) folder: PathBuf,
    pub(super) dependencies: Vec<Dependency>,
}

/// One line of a manifest's tables of dependencies.
pub(super) struct Dependency {
    /// The package's name.
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// The table a dependency stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Normal,
    Dev,
    Build,
}

impl Kind {
    /// The name of the table in a manifest.
    pub(super) fn table(self) -> &'static str {
        match self {
            Kind::Normal => "[dependencies]",
            Kind::Dev => "[dev-dependencies]",
            Kind::Build => "[build-dependencies]",
        }
    }
}

/// Every package, in the order of their names.
pub(super) fn packages(root: &Path) -> Result<Vec<Package>> {
    let output = crate::cargo(root, "metadata")
        .args(["--format-version", "1", "--no-deps", "--offline"])
        .output()
        .context("cargo cannot be started")?;
    ensure!(
        output.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let mut packages = Vec::new();
    for row in rows(&metadata, "packages")? {
        let name = text(row, "name")?;
        let dependencies = rows(row, "dependencies")?.iter().map(|row| {
            let kind = match row["kind"].as_str() {
                None => Kind::Normal,
                Some("dev") => Kind::Dev,
                Some(_) => Kind::Build,
            };
            Ok(Dependency { name: text(row, "name")?.to_owned(), kind })
        });
        packages.push(Package {
            name: name.strip_prefix("peregrine-").unwrap_or(name).to_owned(),
            folder: Path::new(text(row, "manifest_path")?).parent().unwrap_or(root).to_path_buf(),
            dependencies: dependencies.collect::<Result<_>>()?,
        });
    }
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(packages)
}
