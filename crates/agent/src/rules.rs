//! Rule files from disk, or the rules we ship.

use std::path::{Path, PathBuf};

use peregrine_rules::{Loaded, MAX_FILE, SourceText, load};

use crate::config::{Config, ConfigError};

/// A file of `rules/` under its name.
macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        [$((concat!("built in: rules/", $name), include_str!(concat!("../../../rules/", $name)))),*]
    };
}

/// The rules we ship: each file of `rules/`, in the order in which that folder loads.
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

/// Loads the rules a configuration names, or the ones we ship. Mistakes are in the diagnostics.
///
/// # Errors
/// When a file named does not exist or cannot be read.
pub fn load_rules(config: &Config) -> Result<Loaded, ConfigError> {
    let options = config.rule_options();
    if config.rules_files.is_empty() {
        let shipped = DEFAULT_RULES.map(|(name, text)| SourceText { name, text });
        return Ok(load(&shipped, &options));
    }
    let texts = rule_files(&config.rules_files)?;
    let sources: Vec<SourceText<'_>> =
        texts.iter().map(|(name, text)| SourceText { name, text }).collect();
    Ok(load(&sources, &options))
}

/// The names and texts of rule files, folders opened.
///
/// # Errors
/// When one does not exist, cannot be read, or is no text.
pub fn rule_files(paths: &[PathBuf]) -> Result<Vec<(String, String)>, ConfigError> {
    let mut texts = Vec::new();
    for path in paths {
        for file in files(path)? {
            let name = file.display().to_string();
            let size = std::fs::metadata(&file).map_or(0, |meta| meta.len());
            if size > MAX_FILE as u64 {
                return Err(ConfigError(format!(
                    "the rules file {name} has {size} bytes; {MAX_FILE} at most"
                )));
            }
            let bytes = std::fs::read(&file).map_err(|error| {
                ConfigError(format!("cannot read the rules file {name}: {error}"))
            })?;
            let text = String::from_utf8(bytes).map_err(|error| {
                let at = error.utf8_error().valid_up_to();
                ConfigError(format!("the rules file {name} is no UTF-8 text at byte {at}"))
            })?;
            texts.push((name, text));
        }
    }
    Ok(texts)
}

/// A file, or the rule files of a folder in alphabetical order.
fn files(path: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let failed = |error: &std::io::Error| {
        ConfigError(format!("cannot read the rules file {}: {error}", path.display()))
    };
    if !std::fs::metadata(path).map_err(|error| failed(&error))?.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|error| failed(&error))? {
        let file = entry.map_err(|error| failed(&error))?.path();
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
    fn what_is_built_in_is_the_folder() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
        let files = super::rule_files(&[folder]).unwrap();
        let of = |(name, text): (String, String)| {
            (format!("built in: rules/{}", name.rsplit('/').next().unwrap_or_default()), text)
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
