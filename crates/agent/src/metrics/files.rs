//! The files that a run was made from, by their contents.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{Metric, Metrics};

/// Rule files and configuration files, each with the SHA-256 of what it held when it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadedFiles {
    rules: Vec<[String; 2]>,
    config: Vec<[String; 2]>,
}

impl LoadedFiles {
    /// Reads files. Those that cannot be read are left out.
    pub fn read(rules: &[PathBuf], config: &[PathBuf]) -> Self {
        let digests = |files: &[PathBuf]| files.iter().filter_map(|file| digest(file)).collect();
        Self { rules: digests(rules), config: digests(config) }
    }
}

impl Metrics {
    pub(crate) fn read_files(&mut self, files: &LoadedFiles) {
        self.set_info(Metric::RuleFiles, files.rules.iter().cloned());
        self.set_info(Metric::ConfigFiles, files.config.iter().cloned());
    }
}

/// The name of a file and its SHA-256.
fn digest(file: &Path) -> Option<[String; 2]> {
    let bytes = std::fs::read(file).ok()?;
    let name = file.file_name()?.to_string_lossy().into_owned();
    let mut digest = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(digest, "{byte:02x}");
    }
    Some([name, digest])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_contents() {
        let folder = peregrine_testkit::Folder::new("loaded-files");
        let (rules, missing) = (folder.path().join("r.yaml"), folder.path().join("gone.yaml"));
        std::fs::write(&rules, "abc").unwrap();
        let mut metrics = Metrics::default();
        metrics.read_files(&LoadedFiles::read(&[rules], &[missing]));
        let labels = &metrics.samples(Metric::RuleFiles)[0].labels;
        // That of the standard's example.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(*labels, ["r.yaml", abc]);
        assert_eq!(metrics.samples(Metric::ConfigFiles), []);
    }
}
