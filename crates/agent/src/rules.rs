//! Rule files from disk, or the shipped rules.

use std::path::{Path, PathBuf};

use peregrine_config::Config;
use peregrine_rules::{
    Decoded, Diagnostic, EncodingNote, Loaded, MAX_FILE, SourceText, decode, load,
};
use peregrine_yaml::Place;

/// Why a rule file cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuleFileError {
    /// It is not there or cannot be read.
    #[error("cannot read the rules file {}", path.display())]
    Read {
        /// The file, or the folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is larger than [`MAX_FILE`].
    #[error("the rules file {} has {bytes} bytes; {MAX_FILE} at most", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
}

/// A file of `rules/` under its name.
macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        [$((concat!("built in: rules/", $name), include_str!(concat!("../../../rules/", $name)))),*]
    };
}

/// The shipped rules: each file of `rules/`, in the order in which that folder loads.
pub const DEFAULT_RULES: [(&str, &str); 13] = shipped![
    "0-words.yaml",
    "collection.yaml",
    "command_and_control.yaml",
    "container_escape.yaml",
    "credential_access.yaml",
    "defense_evasion.yaml",
    "discovery.yaml",
    "execution.yaml",
    "exfiltration.yaml",
    "impact.yaml",
    "lateral_movement.yaml",
    "persistence.yaml",
    "privilege_escalation.yaml",
];

/// Loads the rules that a configuration names, or the shipped ones. Errors in rules are diagnostics.
///
/// # Errors
/// When a named file does not exist or cannot be read.
pub fn load_rules(config: &Config) -> Result<Loaded, RuleFileError> {
    let options = config.rule_options();
    if config.rules_files.is_empty() {
        let shipped = DEFAULT_RULES.map(|(name, text)| SourceText { name, text });
        return Ok(load(&shipped, &options));
    }
    let files = rule_files(&config.rules_files)?;
    let sources: Vec<SourceText<'_>> = files.iter().map(RuleFile::source).collect();
    let mut loaded = load(&sources, &options);
    loaded.diagnostics.splice(0..0, files.iter().filter_map(RuleFile::diagnostic));
    Ok(loaded)
}

/// A rule file from disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFile {
    /// Its path.
    pub name: String,
    /// Its text.
    pub text: String,
    /// A diagnostic about its encoding: what, and where.
    pub note: Option<(Place, EncodingNote)>,
}

impl RuleFile {
    /// The file as the loader takes it.
    pub fn source(&self) -> SourceText<'_> {
        SourceText { name: &self.name, text: &self.text }
    }

    /// A diagnostic about its encoding.
    pub fn diagnostic(&self) -> Option<Diagnostic> {
        let (place, note) = self.note?;
        Some(Diagnostic::of_encoding(&self.source(), place, note))
    }
}

/// The rule files of these paths; folders are expanded.
///
/// # Errors
/// When one does not exist or cannot be read.
pub fn rule_files(paths: &[PathBuf]) -> Result<Vec<RuleFile>, RuleFileError> {
    let mut texts = Vec::new();
    for path in paths {
        for file in files(path)? {
            let name = file.display().to_string();
            let size = std::fs::metadata(&file).map_or(0, |meta| meta.len());
            if size > MAX_FILE as u64 {
                return Err(RuleFileError::TooLarge { path: file, bytes: size });
            }
            let bytes = std::fs::read(&file)
                .map_err(|source| RuleFileError::Read { path: file.clone(), source })?;
            let Decoded { text, note } = decode(bytes);
            texts.push(RuleFile { name, text, note });
        }
    }
    Ok(texts)
}

/// A file, or the rule files of a folder in alphabetical order.
fn files(path: &Path) -> Result<Vec<PathBuf>, RuleFileError> {
    let failed = |source| RuleFileError::Read { path: path.to_owned(), source };
    if !std::fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        if file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    #[test]
    fn files_that_are_no_utf8_load_with_a_warning() {
        let folder = std::env::temp_dir().join(format!("peregrine-latin-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let rule =
            "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n";
        let latin = [b"# caf\xe9\n", rule.as_bytes()].concat();
        let mut wide = vec![0xff, 0xfe];
        wide.extend(rule.replace("rule: r", "rule: s").encode_utf16().flat_map(u16::to_le_bytes));
        std::fs::write(folder.join("a.yaml"), latin).unwrap();
        std::fs::write(folder.join("b.yaml"), wide).unwrap();
        let config =
            peregrine_config::Config { rules_files: vec![folder.clone()], ..Default::default() };
        let loaded = super::load_rules(&config).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let names: Vec<&str> = loaded.rules.rules.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, ["r", "s"], "{:?}", loaded.diagnostics);
        let told: Vec<String> = loaded
            .diagnostics
            .iter()
            .map(|told| format!("{} {}:{}", told.code.name(), told.place.line, told.place.column))
            .collect();
        assert_eq!(told, ["LOAD_ENCODING 1:6", "LOAD_ENCODING 1:1"]);
    }

    #[test]
    fn what_is_built_in_is_the_folder() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
        let files = super::rule_files(&[folder]).unwrap();
        let of = |file: super::RuleFile| {
            let name = file.name.rsplit('/').next().unwrap_or_default();
            (format!("built in: rules/{name}"), file.text)
        };
        let files: Vec<(String, String)> = files.into_iter().map(of).collect();
        let built: Vec<(String, String)> =
            super::DEFAULT_RULES.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect();
        let names = |files: &[(String, String)]| -> Vec<String> {
            files.iter().map(|(name, _)| name.clone()).collect()
        };
        assert_eq!(names(&built), names(&files));
        assert!(built == files);
    }
}
