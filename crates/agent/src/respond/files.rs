//! Response files from disk, or the shipped responses.

use std::path::PathBuf;

use peregrine_config::{Config, SHIPPED};
use peregrine_respond::{Loaded, Mistake, Response, load};

use crate::rules::rule_files;

/// The shipped responses.
const DEFAULT: (&str, &str) =
    ("built in: rules/respond.yaml", include_str!("../../../../rules/respond.yaml"));

/// Why there are no responses.
#[derive(Debug, thiserror::Error)]
#[error("the responses have {} error(s): nothing is loaded\n{}", .0.len(), .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ResponseFilesError(pub Vec<Mistake>);

impl ResponseFilesError {
    /// The first mistake, in one line.
    pub(crate) fn first(&self) -> String {
        let text = self.0.first().map(ToString::to_string).unwrap_or_default();
        text.lines().next().unwrap_or_default().to_owned()
    }
}

/// The responses of these files, with how many files there are; folders are expanded, `shipped` stands for the shipped
/// ones.
///
/// # Errors
/// Everything that is wrong with them.
pub fn response_files(paths: &[PathBuf]) -> Result<(Vec<Response>, usize), ResponseFilesError> {
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut mistakes = Vec::new();
    for path in paths {
        if path.as_os_str() == SHIPPED {
            texts.push((DEFAULT.0.to_owned(), DEFAULT.1.to_owned()));
            continue;
        }
        match rule_files(std::slice::from_ref(path)) {
            Ok(files) => texts.extend(files.into_iter().map(|file| (file.name, file.text))),
            Err(error) => {
                let name = path.display().to_string();
                mistakes.push(Mistake::of_file(&name, error.to_string()));
            }
        }
    }
    let loaded = load(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let Loaded { responses, mistakes: more } = loaded;
    mistakes.extend(more);
    if mistakes.is_empty() {
        Ok((responses, texts.len()))
    } else {
        Err(ResponseFilesError(mistakes))
    }
}

/// The files whose changes change the responses.
pub fn watched_responses(config: &Config) -> Vec<PathBuf> {
    config.respond.files.iter().filter(|path| path.as_os_str() != SHIPPED).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::DEFAULT_RULES;

    #[test]
    fn shipped_responses_answer_shipped_rules_and_only_report() {
        let (responses, files) = response_files(&[PathBuf::from(SHIPPED)]).unwrap();
        assert_eq!(files, 1);
        assert!(responses.len() >= 5, "{}", responses.len());
        for response in &responses {
            assert!(response.dry_run, "{}", response.name);
            for rule in &response.matches.rules {
                let line = format!("- rule: {rule}\n");
                let known = DEFAULT_RULES.iter().any(|(_, text)| text.contains(&line));
                assert!(known, "{}: there is no rule {rule}", response.name);
            }
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        let error = response_files(&[PathBuf::from("/no/such.yaml")]).unwrap_err();
        let text = error.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(text.starts_with("/no/such.yaml: error[LOAD_ERR_FILE_READ]: "), "{text}");
    }
}
