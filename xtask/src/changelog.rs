//! `changelog.d/*.md`, one file a change, into `CHANGELOG.md`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

/// The kinds of changes in the order in which a release tells them: the ending of a fragment, the heading.
const KINDS: [(&str, &str); 4] =
    [("added", "Added"), ("changed", "Changed"), ("fixed", "Fixed"), ("removed", "Removed")];

/// The heading under which `CHANGELOG.md` gathers what was written before there were fragments.
const UNRELEASED: &str = "## Unreleased\n";

/// A change: its place, its kind as an index of `KINDS`, and what it says.
struct Fragment {
    path: PathBuf,
    kind: usize,
    text: String,
}

/// Prints what the next release says of the fragments there are.
pub(crate) fn print(root: &Path) -> Result<()> {
    #[expect(clippy::print_stdout, reason = "a command line tool tells its user")]
    {
        print!("{}", sections(&fragments(root)?));
    }
    Ok(())
}

/// Moves the fragments into `CHANGELOG.md`, as the release `version` of `date` (`2026-11-29`).
pub(crate) fn release(root: &Path, version: &str, date: &str) -> Result<()> {
    let is_date = date.len() == 10 && date.chars().all(|c| c.is_ascii_digit() || c == '-');
    ensure!(is_date, "{date} is no date: write it as 2026-11-29");
    let fragments = fragments(root)?;
    let path = root.join("CHANGELOG.md");
    let old = fs::read_to_string(&path).context("CHANGELOG.md")?;
    fs::write(&path, released(&old, &sections(&fragments), version, date)?)?;
    fragments.iter().try_for_each(|fragment| Ok(fs::remove_file(&fragment.path)?))
}

/// Every fragment whose name or text nobody can use.
pub(crate) fn mistakes(root: &Path) -> Vec<String> {
    fragments(root).err().map(|error| format!("{error:#}")).into_iter().collect()
}

/// The fragments in the order of their names.
fn fragments(root: &Path) -> Result<Vec<Fragment>> {
    let folder = root.join("changelog.d");
    let entries = fs::read_dir(&folder).context("changelog.d")?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.retain(|path| path.file_name().is_some_and(|name| name != "README.md"));
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut parts = name.split('.');
        let kind = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(_), Some(kind), Some("md"), None) => KINDS.iter().position(|(of, _)| *of == kind),
            _ => None,
        };
        let Some(kind) = kind else {
            bail!(
                "changelog.d/{name}: a fragment is named <topic>.<added|changed|fixed|removed>.md"
            );
        };
        let text = fs::read_to_string(&path).with_context(|| name.clone())?.trim().to_owned();
        ensure!(!text.is_empty(), "changelog.d/{name}: a fragment says what changed");
        Ok(Fragment { path, kind, text })
    };
    paths.into_iter().map(read).collect()
}

/// A heading for each kind there is, below it a point for each fragment.
fn sections(fragments: &[Fragment]) -> String {
    let mut text = String::new();
    for (kind, (_, heading)) in KINDS.iter().enumerate() {
        let of_kind: Vec<_> = fragments.iter().filter(|fragment| fragment.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let _ = write!(text, "### {heading}\n\n");
        for fragment in of_kind {
            let _ = writeln!(text, "- {}", fragment.text.replace('\n', "\n  "));
        }
        text.push('\n');
    }
    text
}

/// The changelog with a section for a release on top.
fn released(old: &str, sections: &str, version: &str, date: &str) -> Result<String> {
    let heading = format!("## {version} - {date}\n");
    ensure!(!old.contains(&format!("\n## {version} ")), "CHANGELOG.md has {version} already");
    if let Some((before, after)) = old.split_once(UNRELEASED) {
        let end = after.find("\n## ").map_or(after.len(), |at| at + 1);
        let (body, rest) = after.split_at(end);
        return Ok(format!("{before}{heading}{}\n\n{sections}{rest}", body.trim_end()));
    }
    ensure!(!sections.is_empty(), "there is nothing to release: changelog.d/ holds no fragment");
    let at = old.find("\n## ").map_or(old.len(), |at| at + 1);
    let (before, rest) = old.split_at(at);
    Ok(format!("{before}{heading}\n{sections}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::{Fragment, released, sections};

    fn fragment(kind: usize, text: &str) -> Fragment {
        Fragment { path: "x".into(), kind, text: text.to_owned() }
    }

    #[test]
    fn fragments_stand_below_their_kind() {
        let all = [fragment(2, "One."), fragment(0, "Two\nlines."), fragment(2, "Three.")];
        let expected = "### Added\n\n- Two\n  lines.\n\n### Fixed\n\n- One.\n- Three.\n\n";
        assert_eq!(sections(&all), expected);
        assert_eq!(sections(&[]), "");
    }

    #[test]
    fn a_release_stands_on_top() {
        let section = "### Added\n\n- x\n\n";
        let table = [
            ("# C\n\n## Unreleased\n\n- a\n", "# C\n\n## 1 - d\n\n- a\n\n### Added\n\n- x\n\n"),
            (
                "# C\n\n## Unreleased\n\n- a\n\n## 0 - d\n\n- b\n",
                "# C\n\n## 1 - d\n\n- a\n\n### Added\n\n- x\n\n## 0 - d\n\n- b\n",
            ),
            (
                "# C\n\n## 0 - d\n\n- b\n",
                "# C\n\n## 1 - d\n\n### Added\n\n- x\n\n## 0 - d\n\n- b\n",
            ),
        ];
        for (old, expected) in table {
            assert_eq!(released(old, section, "1", "d").unwrap(), expected, "{old}");
        }
        assert!(released("# C\n\n## 1 - d\n", section, "1", "d").is_err());
        assert!(released("# C\n", "", "1", "d").is_err());
    }
}
