//! Actions on files: quarantine, `remove_persistence`.

use peregrine_filter::Value;

use super::parameters::Parameters;
use super::refusal::Refusal;
use crate::occurrence::Occurrence;
use crate::task::{FileTarget, RemovedPart, Task};
use crate::text::Text;

pub(super) const NAMES: &[&str] = &["quarantine", "remove_persistence"];

/// What tells a file from another at its path, and whose root the path begins at.
pub(super) const FIELDS: &[&str] = &[
    "proc.exe_ino",
    "fd.ino",
    "proc.pid",
    "proc.pid.ts",
    "proc.name",
    "container.full_id",
    "container.id",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileAction {
    file: Text,
    verb: Verb,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Verb {
    Quarantine,
    /// With the text of the lines that go; none: all of the file.
    RemovePersistence(Option<Text>),
}

impl FileAction {
    pub(super) fn read(of: &mut Parameters<'_, '_, '_>) -> Option<Self> {
        if of.word == "quarantine" {
            if !of.keys(&["file"], &[]) {
                return None;
            }
            return Some(Self {
                file: of.text_or("file", "proc.exepath")?,
                verb: Verb::Quarantine,
            });
        }
        if !of.keys(&["file", "lines_with"], &[]) {
            return None;
        }
        let file = of.text_or("file", "fd.name");
        let lines = of.get("lines_with").map(|node| of.reader.text(node, "lines_with"));
        let lines = match lines {
            Some(text) => Some(text?),
            None => None,
        };
        Some(Self { file: file?, verb: Verb::RemovePersistence(lines) })
    }

    pub(super) fn texts(&self, visit: &mut dyn FnMut(&Text)) {
        visit(&self.file);
        if let Verb::RemovePersistence(Some(text)) = &self.verb {
            visit(text);
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self.verb {
            Verb::Quarantine => "quarantine",
            Verb::RemovePersistence(_) => "remove_persistence",
        }
    }

    pub(super) fn plan(&self, of: &Occurrence) -> Result<Task, Refusal> {
        let file = file(&self.file, of)?;
        Ok(match &self.verb {
            Verb::Quarantine => Task::Quarantine { file },
            Verb::RemovePersistence(None) => {
                Task::RemovePersistence { file, part: RemovedPart::Whole }
            }
            Verb::RemovePersistence(Some(text)) => {
                let bytes = text.bytes(of).map_err(Refusal::Missing)?;
                if bytes.0.trim_ascii().is_empty() {
                    return Err(Refusal::Empty(text.source.clone()));
                }
                Task::RemovePersistence { file, part: RemovedPart::LinesWith(bytes) }
            }
        })
    }
}

/// The file that a text names, as the event shows it.
fn file(text: &Text, of: &Occurrence) -> Result<FileTarget, Refusal> {
    let path = text.bytes(of).map_err(Refusal::Missing)?;
    if path.0.first() != Some(&b'/') || path.0.contains(&0) {
        return Err(Refusal::NotAPath(path.to_string()));
    }
    let inode = match text.field().map(ToString::to_string).as_deref() {
        Some("proc.exepath") => of.named("proc.exe_ino"),
        Some("fd.name") => of.named("fd.ino"),
        _ => None,
    };
    let ino = inode.and_then(Value::number).and_then(|ino| u64::try_from(ino).ok());
    let contained = super::process::container(of).is_some();
    let process = super::process::process(&Text::of_field("proc.pid"), of);
    let root_of = if contained { Some(process?) } else { None };
    Ok(FileTarget { path, ino: ino.filter(|ino| *ino > 0), root_of })
}
