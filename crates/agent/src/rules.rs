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
    /// A folder without one.
    #[error("the folder {} has no rule files (*.yaml, *.yml)", .0.display())]
    Empty(PathBuf),
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

/// The shipped policies.
const SHIPPED_POLICIES: [(&str, &str); 1] = shipped!["guard.yaml"];

pub use peregrine_config::SHIPPED;

/// Rules of this host, loaded after the shipped ones where a configuration names no files.
const OWN_RULES: &str = "/etc/peregrine/rules.d";

/// Whether a configuration loads the shipped rules.
pub fn has_shipped(config: &Config) -> bool {
    config.rules_files.is_empty() || config.rules_files.iter().any(|file| is_shipped(file))
}

/// The number of shipped rules.
pub fn shipped_rules() -> usize {
    let lines = DEFAULT_RULES.iter().flat_map(|(_, text)| text.lines());
    lines.filter(|line| line.starts_with("- rule:")).count()
}

fn is_shipped(path: &Path) -> bool {
    path.as_os_str() == SHIPPED
}

/// Loads the rules that a configuration names; where it names none, the shipped ones and then those of
/// `/etc/peregrine/rules.d`. Errors in rules are diagnostics.
///
/// # Errors
/// When a named file does not exist or cannot be read.
pub fn load_rules(config: &Config) -> Result<Loaded, RuleFileError> {
    let files = rules_of(config)?;
    let sources: Vec<SourceText<'_>> = files.iter().map(RuleFile::source).collect();
    let mut loaded = load(&sources, &config.rule_options());
    loaded.diagnostics.splice(0..0, files.iter().filter_map(RuleFile::diagnostic));
    Ok(loaded)
}

/// The texts of the rules that a configuration names.
///
/// # Errors
/// As [`load_rules`].
pub(crate) fn rules_of(config: &Config) -> Result<Vec<RuleFile>, RuleFileError> {
    read_all(&sources(config, Path::new(OWN_RULES)))
}

/// The policy files of these paths; folders are expanded, [`SHIPPED`] stands for the shipped ones.
///
/// # Errors
/// When one does not exist or cannot be read.
pub fn policy_files(paths: &[PathBuf]) -> Result<Vec<RuleFile>, RuleFileError> {
    let mut texts = Vec::new();
    for path in paths {
        if is_shipped(path) {
            let [(name, text)] = SHIPPED_POLICIES;
            let (name, text) = (name.to_owned(), text.to_owned());
            texts.push(RuleFile { name, text, note: None });
        } else {
            texts.extend(read_all(std::slice::from_ref(path))?);
        }
    }
    Ok(texts)
}

/// The files on disk that the rules of a configuration are read from.
pub fn rule_paths(config: &Config) -> Vec<PathBuf> {
    let named = sources(config, Path::new(OWN_RULES)).into_iter().filter(|path| !is_shipped(path));
    let files = |path: PathBuf| if path.is_dir() { folder_files(&path) } else { Ok(vec![path]) };
    named.filter_map(|path| files(path).ok()).flatten().collect()
}

/// The files and folders whose changes change the rules of a configuration.
pub fn watched_rules(config: &Config) -> Vec<PathBuf> {
    if config.rules_files.is_empty() {
        return vec![PathBuf::from(OWN_RULES)];
    }
    config.rules_files.iter().filter(|file| !is_shipped(file)).cloned().collect()
}

/// What is read, in order.
fn sources(config: &Config, own: &Path) -> Vec<PathBuf> {
    if !config.rules_files.is_empty() {
        return config.rules_files.clone();
    }
    let own = own.is_dir().then(|| own.to_path_buf());
    std::iter::once(PathBuf::from(SHIPPED)).chain(own).collect()
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

/// The shipped rule files.
pub fn shipped() -> impl Iterator<Item = RuleFile> {
    DEFAULT_RULES.into_iter().map(|(name, text)| {
        let (name, text) = (name.to_owned(), text.to_owned());
        RuleFile { name, text, note: None }
    })
}

/// The rule files of these paths; folders are expanded, [`SHIPPED`] stands for the shipped files.
///
/// # Errors
/// When one does not exist or cannot be read, or a folder has none.
pub fn rule_files(paths: &[PathBuf]) -> Result<Vec<RuleFile>, RuleFileError> {
    check_folders(paths)?;
    read_all(paths)
}

/// Refuses folders without rule files.
///
/// # Errors
/// The first such folder, or one that cannot be read.
pub fn check_folders(paths: &[PathBuf]) -> Result<(), RuleFileError> {
    for path in paths.iter().filter(|path| !is_shipped(path) && path.is_dir()) {
        if files(path)?.is_empty() {
            return Err(RuleFileError::Empty(path.clone()));
        }
    }
    Ok(())
}

fn read_all(paths: &[PathBuf]) -> Result<Vec<RuleFile>, RuleFileError> {
    let mut texts = Vec::new();
    for path in paths {
        if is_shipped(path) {
            texts.extend(shipped());
            continue;
        }
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
    folder_files(path).map_err(failed)
}

/// What is named as a rule file in a folder, in alphabetical order.
///
/// # Errors
/// When the folder cannot be read.
pub fn folder_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_utf8_load_with_a_warning() {
        let scratch = peregrine_testkit::Folder::new("latin");
        let folder = scratch.path().to_path_buf();
        let rule =
            "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n";
        let latin = [b"# caf\xe9\n", rule.as_bytes()].concat();
        let mut wide = vec![0xff, 0xfe];
        wide.extend(rule.replace("rule: r", "rule: s").encode_utf16().flat_map(u16::to_le_bytes));
        std::fs::write(folder.join("a.yaml"), latin).unwrap();
        std::fs::write(folder.join("b.yaml"), wide).unwrap();
        let config = peregrine_config::Config { rules_files: vec![folder], ..Default::default() };
        let loaded = load_rules(&config).unwrap();
        let names: Vec<&str> = loaded.rules.rules.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, ["r", "s"], "{:?}", loaded.diagnostics);
        let reported: Vec<String> = loaded
            .diagnostics
            .iter()
            .map(|reported| {
                format!(
                    "{} {}:{}",
                    reported.code.name(),
                    reported.place.line,
                    reported.place.column
                )
            })
            .collect();
        assert_eq!(reported, ["LOAD_ENCODING 1:6", "LOAD_ENCODING 1:1"]);
    }

    #[test]
    fn files_are_read_in_the_order_in_which_they_are_named() {
        let scratch = peregrine_testkit::Folder::new("own");
        let folder = scratch.path().to_path_buf();
        std::fs::create_dir_all(folder.join("none")).unwrap();
        std::fs::write(folder.join("a.yaml"), "- list: l\n  items: []\n").unwrap();
        let check = |named: &[PathBuf], own: &str, expected: &[&str]| {
            let config =
                peregrine_config::Config { rules_files: named.to_vec(), ..Default::default() };
            let files = read_all(&sources(&config, &folder.join(own))).unwrap();
            let mut names: Vec<String> = files
                .iter()
                .map(|file| file.name.rsplit('/').next().unwrap().to_owned())
                .map(|name| if name == "a.yaml" { "own" } else { "shipped" }.to_owned())
                .collect();
            names.dedup();
            assert_eq!(names, expected, "{named:?} {own}");
            assert_eq!(has_shipped(&config), expected.contains(&"shipped"), "{named:?}");
        };
        let (shipped, own) = (PathBuf::from(SHIPPED), folder.join("a.yaml"));
        check(&[], "nosuch", &["shipped"]);
        check(&[], "none", &["shipped"]);
        check(&[], "", &["shipped", "own"]);
        check(std::slice::from_ref(&own), "", &["own"]);
        check(&[folder.join("none")], "", &[]);
        check(&[own.clone(), shipped.clone()], "", &["own", "shipped"]);
        check(&[shipped, own], "", &["shipped", "own"]);
        let error = rule_files(&[folder.join("none")]).unwrap_err();
        assert!(matches!(error, RuleFileError::Empty(_)), "{error}");
        let files: Vec<RuleFile> = super::shipped().collect();
        let files: Vec<SourceText<'_>> = files.iter().map(RuleFile::source).collect();
        assert_eq!(
            load(&files, &peregrine_rules::Options::default()).rules.rules.len(),
            shipped_rules()
        );
    }

    #[test]
    fn what_is_built_in_is_the_folder() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
        let mut files = rule_files(&[folder]).unwrap();
        // They answer alerts and deny acts, and have no rules.
        let others = ["/respond.yaml", "/guard.yaml"];
        files.retain(|file| !others.iter().any(|other| file.name.ends_with(other)));
        let of = |file: RuleFile| {
            let name = file.name.rsplit('/').next().unwrap_or_default();
            (format!("built in: rules/{name}"), file.text)
        };
        let files: Vec<(String, String)> = files.into_iter().map(of).collect();
        let built: Vec<(String, String)> =
            DEFAULT_RULES.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect();
        let names = |files: &[(String, String)]| -> Vec<String> {
            files.iter().map(|(name, _)| name.clone()).collect()
        };
        assert_eq!(names(&built), names(&files));
        assert!(built == files);
    }
}
