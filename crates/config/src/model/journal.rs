//! The journal: alerts written down before they are sent.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::reader::Reader;
use crate::setting::Status::Used;
use crate::setting::{Kind, Value, section};
use crate::tree::Node;
use crate::values::{Interval, Size};

section! {
    /// `journal`. (Not in Falco.)
    Journal {
        /// Alerts are written to the journal. `auto`: where a service manager (systemd) started
        /// Peregrine; `peregrine run` in a terminal, or started by something else, writes none.
        enabled: JournalSwitch = JournalSwitch::Auto, Used, "true";
        /// The folder of the journal. It is made where it is missing, for root only.
        path: PathBuf = PathBuf::from("/var/lib/peregrine/journal"), Used;
        /// The key that checkpoints are signed with. It is made where it is missing and must not lie in the
        /// folder of the journal. Its public half (`.pub`) and the last checkpoint (`.head`) lie
        /// beside it.
        key: KeyPath = KeyPath::default(), Used, "/root/peregrine/journal.key";
        /// Bytes of the journal; the oldest segments go beyond that.
        max_size: Size = Size(1 << 30), Used, "10GiB";
        /// Segments whose alerts are all older than this go.
        max_age: Interval = Interval(Duration::from_hours(30 * 24)), Used, "52w";
        /// When what is written is made to survive a power cut: `always` (before it counts as written),
        /// `never` (whenever the kernel gets to it), or a time (this long after it was written at the latest:
        /// a power cut takes the alerts of that time). The end of the process takes nothing, whatever
        /// this is.
        fsync: Fsync = Fsync::Interval(Interval(Duration::from_millis(200))), Used, "always";
    }
}

/// `journal.enabled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalSwitch {
    /// Where a service manager started it.
    Auto,
    /// On.
    On,
    /// Off.
    Off,
}

impl Value for JournalSwitch {
    fn kind() -> Kind {
        let schema = json!({"enum": ["auto", true, false]});
        Kind { words: "auto, true or false".to_owned(), schema }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let text = reader.text(node, key)?;
        match text.as_str() {
            "auto" => Some(Self::Auto),
            "true" => Some(Self::On),
            "false" => Some(Self::Off),
            _ => reader.wrong(node, key, Self::kind().words),
        }
    }

    fn json(&self) -> Json {
        match self {
            Self::Auto => "auto".into(),
            Self::On => true.into(),
            Self::Off => false.into(),
        }
    }
}

/// The file of a key; its name ends in `.key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPath(PathBuf);

impl Default for KeyPath {
    fn default() -> Self {
        Self(PathBuf::from("/var/lib/peregrine/journal.key"))
    }
}

impl KeyPath {
    /// The folder it lies in, and its name without `.key`.
    pub fn parts(&self) -> (PathBuf, String) {
        let folder = self.0.parent().map(PathBuf::from).unwrap_or_default();
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        let stem = self.0.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        (folder, stem)
    }
}

impl Value for KeyPath {
    fn kind() -> Kind {
        let schema = json!({"type": "string", "pattern": "[^/]\\.key$"});
        Kind { words: "the path of a file whose name ends in .key".to_owned(), schema }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let path = PathBuf::from(reader.text(node, key)?);
        let named = path.extension().is_some_and(|extension| extension == "key");
        if named { Some(Self(path)) } else { reader.wrong(node, key, Self::kind().words) }
    }

    fn json(&self) -> Json {
        Json::from(self.0.to_string_lossy())
    }
}

/// `journal.fsync`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fsync {
    /// Before it counts as written.
    Always,
    /// This long after it was written at the latest.
    Interval(Interval),
    /// Whenever the kernel gets to it.
    Never,
}

impl Value for Fsync {
    fn kind() -> Kind {
        Kind {
            words: "always, never, or a time with its unit, as in 200ms".to_owned(),
            schema: json!({"type": "string"}),
        }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let text = reader.text(node, key)?;
        match text.as_str() {
            "always" => Some(Self::Always),
            "never" => Some(Self::Never),
            text => match Interval::parse(text) {
                Some(interval) => Some(Self::Interval(interval)),
                None => reader.wrong(node, key, Self::kind().words),
            },
        }
    }

    fn json(&self) -> Json {
        match self {
            Self::Always => "always".into(),
            Self::Never => "never".into(),
            Self::Interval(interval) => interval.json(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_has_a_folder_and_a_name() {
        let parts = |text: &str| KeyPath(PathBuf::from(text)).parts();
        assert_eq!(parts("/a/b.key"), (PathBuf::from("/a"), "b".to_owned()));
        assert_eq!(parts("b.key"), (PathBuf::from("."), "b".to_owned()));
    }
}
