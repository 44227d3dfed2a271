//! The configuration file that says what holds where nothing is said: every key with its default and what it
//! is for, made from the table.

use std::fmt::Write as _;

use crate::keys::rows;
use crate::setting::{Row, Status};

const HEAD: &str = "\
# The configuration of Peregrine, with every key at its default: what holds where nothing is set.
# `peregrine run` reads the file of -c, else /etc/peregrine/peregrine.yaml, else /etc/falco/falco.yaml, else
# nothing, which is as good as this file. A file needs no more than the keys that differ.
# ${NAME} in a value stands for an environment variable, $${NAME} for the text itself.
";

/// How long a line of a comment gets.
const WIDTH: usize = 100;

/// The file as text.
pub fn default_file() -> String {
    let mut file = HEAD.to_owned();
    for row in rows() {
        let depth = row.key.matches('.').count();
        let indent = "  ".repeat(depth);
        let name = row.key.rsplit('.').next().unwrap_or_default();
        if depth == 0 {
            file.push('\n');
        }
        for line in comment(&row, WIDTH - indent.len()) {
            let _ = writeln!(file, "{indent}# {line}");
        }
        if row.status == Status::Section {
            let _ = writeln!(file, "{indent}{name}:");
        } else {
            // JSON is YAML.
            let _ = writeln!(file, "{indent}{name}: {}", row.default);
        }
    }
    file
}

/// What a key is for, whether it has an effect, and what it may be.
fn comment(row: &Row, width: usize) -> Vec<String> {
    let mut text = row.about.clone();
    if row.status != Status::Section {
        let _ = write!(text, " Value: {}.", row.kind.words);
    }
    if let Some(example) = row.example {
        let _ = write!(text, " Example: {example}");
    }
    if let Some(status) = row.status_words() {
        let _ = write!(text, " ({status})");
    }
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().filter(|line| line.len() + word.len() < width);
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Config;
    use crate::setting::Setting as _;

    #[test]
    fn the_file_says_what_holds_without_it() {
        let scratch = peregrine_testkit::Folder::new("default");
        let path = scratch.path().join("default.yaml");
        std::fs::write(&path, default_file()).unwrap();
        let loaded = crate::load(Some(&path), &[]);
        let loaded = loaded.unwrap();
        assert_eq!(loaded.warnings, []);
        assert_eq!(loaded.config, Config::default());
        let mut shown = Vec::new();
        loaded.config.show("", &mut shown);
        for (key, _) in shown {
            assert!(loaded.origins.contains_key(&key), "{key} is not in the file");
        }
        assert!(default_file().lines().all(|line| line.len() <= WIDTH + 40), "a line is too long");
    }
}
