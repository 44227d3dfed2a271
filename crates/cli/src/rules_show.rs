//! `peregrine rules show`: what we ship, to read, to copy and to override.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use peregrine_agent::rules::{RuleFile, shipped};

use crate::table::{self, Paint};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine rules show                        # what there is\n  peregrine rules show 'Password file read'\n  peregrine rules show --all > shipped.yaml\n\nFiles of your own use and override them: -r shipped -r mine.yaml, or put them into\n/etc/peregrine/rules.d."
)]
pub(crate) struct Flags {
    /// A rule, list or macro; without one all are named.
    #[arg(value_name = "NAME", conflicts_with = "all")]
    name: Option<String>,
    /// All files, one behind the other.
    #[arg(long)]
    all: bool,
}

/// A rule, list or macro with the comment above it.
struct Item<'t> {
    kind: &'t str,
    name: &'t str,
    text: &'t str,
}

/// The items of a file, which begin at the margin.
fn items(text: &str) -> Vec<Item<'_>> {
    let mut starts = Vec::new();
    let (mut at, mut comment) = (0, None);
    for line in text.split_inclusive('\n') {
        if line.starts_with('#') {
            comment.get_or_insert(at);
        } else if line.starts_with("- ") {
            starts.push((comment.unwrap_or(at), line));
            comment = None;
        } else {
            comment = None;
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([text.len()]);
    let item = |((start, line), end): (&(usize, &'_ str), usize)| {
        let (kind, name) = line.strip_prefix("- ")?.split_once(':')?;
        // Sliced anew, so that it lives as long as the text.
        let text = text.get(*start..end)?;
        let at = |part: &str| text.find(part).and_then(|at| text.get(at..at + part.len()));
        Some(Item { kind: at(kind)?, name: at(name.trim())?, text: text.trim_end() })
    };
    starts.iter().zip(ends).filter_map(item).collect()
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let files: Vec<RuleFile> = shipped().collect();
    let mut out = std::io::stdout().lock();
    if flags.all {
        for file in &files {
            writeln!(out, "# {}\n{}", file.name, file.text)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let all =
        files.iter().flat_map(|file| items(&file.text).into_iter().map(move |item| (file, item)));
    let Some(name) = &flags.name else {
        let paint = Paint::stdout();
        let rows: Vec<Vec<String>> = all
            .map(|(file, item)| {
                vec![item.kind.to_owned(), item.name.to_owned(), paint.dim(&file.name)]
            })
            .collect();
        table::write(&mut out, &rows)?;
        return Ok(ExitCode::SUCCESS);
    };
    let (file, item) = all.into_iter().find(|(_, item)| item.name == name).with_context(|| {
        format!("nothing shipped is called '{name}'; `peregrine rules show` names all there is")
    })?;
    writeln!(out, "# {}\n{}", file.name, item.text)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use peregrine_rules::{Options, SourceText, load};

    use super::*;

    #[test]
    fn all_that_is_shipped_is_shown_whole() {
        let files: Vec<RuleFile> = shipped().collect();
        let joined = |file: &RuleFile| {
            items(&file.text).iter().map(|item| item.text).collect::<Vec<_>>().join("\n")
        };
        let shown: Vec<String> = files.iter().map(joined).collect();
        let rules = |texts: &mut dyn Iterator<Item = &String>| -> Vec<String> {
            let sources: Vec<SourceText<'_>> =
                texts.map(|text| SourceText { name: "x", text }).collect();
            let loaded = load(&sources, &Options::default());
            assert!(!loaded.failed());
            loaded
                .rules
                .rules
                .iter()
                .map(|rule| format!("{} {}", rule.name, rule.condition_compiled))
                .collect()
        };
        let expected = rules(&mut files.iter().map(|file| &file.text));
        assert_eq!(rules(&mut shown.iter()), expected);
        let named =
            files.iter().flat_map(|file| items(&file.text)).filter(|item| item.kind == "rule");
        assert_eq!(named.count(), expected.len());
    }

    #[test]
    fn items_have_the_comment_above_them() {
        let text = "# The head.\n\n# Of a.\n- list: a\n  items: [x]\n\n- macro: b\n  condition: evt.type = open\n# Of c.\n- rule: c d\n  desc: d\n";
        let items = items(text);
        let shown: Vec<_> = items.iter().map(|item| (item.kind, item.name, item.text)).collect();
        assert_eq!(
            shown,
            [
                ("list", "a", "# Of a.\n- list: a\n  items: [x]"),
                ("macro", "b", "- macro: b\n  condition: evt.type = open"),
                ("rule", "c d", "# Of c.\n- rule: c d\n  desc: d"),
            ]
        );
    }
}
