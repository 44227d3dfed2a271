//! Responses: what is done after an alert.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::reader::Reader;
use crate::setting::Status::Used;
use crate::setting::{Kind, Value, section};
use crate::tree::Node;
use crate::values::{Interval, Size};

section! {
    /// `respond`. (Not in Falco.)
    Respond {
        /// Response files, and folders of them; `shipped` stands for those that come with Peregrine. Without one nothing
        /// is done.
        files: Vec<PathBuf> = Vec::new(), Used, "[/etc/peregrine/respond.yaml]";
        /// `dry_run`: responses only report what they would do. `on`: they act.
        mode: RespondMode = RespondMode::DryRun, Used, "on";
        /// The folder of the account of what was done, and of files that were moved away. It is made where it is
        /// missing, for root only.
        path: PathBuf = PathBuf::from("/var/lib/peregrine/respond"), Used;
        /// Bytes of the account; beyond that the oldest actions are left out of it. What can be taken back, and what
        /// has files in the folder, stays, however much that is.
        max_size: Size = Size(16 << 20), Used, "100MiB";
        /// Actions whose last step is older than this are left out of the account, but for the same.
        max_age: Interval = Interval(Duration::from_hours(90 * 24)), Used, "52w";
    }
}

/// `respond.mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RespondMode {
    /// Responses report what they would do.
    DryRun,
    /// They act.
    On,
}

impl Value for RespondMode {
    fn kind() -> Kind {
        // YAML of old takes the one for a truth value.
        let schema = json!({"enum": ["dry_run", "on", true, false]});
        Kind { words: "dry_run or on".to_owned(), schema }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let text = reader.text(node, key)?;
        match text.as_str() {
            "dry_run" | "false" => Some(Self::DryRun),
            "on" | "true" => Some(Self::On),
            _ => reader.wrong(node, key, Self::kind().words),
        }
    }

    fn json(&self) -> Json {
        match self {
            Self::DryRun => "dry_run".into(),
            Self::On => "on".into(),
        }
    }
}
