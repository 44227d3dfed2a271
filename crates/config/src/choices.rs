//! Values that are one of a few words.

use peregrine_engine::Matching;
use serde_json::{Value as Json, json};

use crate::problem::ProblemKind;
use crate::reader::Reader;
use crate::setting::{Kind, Value};
use crate::tree::Node;

fn kind(words: &str, schema: Json) -> Kind {
    Kind { words: words.to_owned(), schema }
}

/// Makes a type whose values are a few words.
macro_rules! choice {
    ($(#[$about:meta])* $name:ident { $( $(#[doc = $doc:literal])+ $variant:ident = $word:literal, )+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $( $(#[doc = $doc])+ $variant, )+ }

        impl $name {
            const ALL: &'static [(Self, &'static str)] = &[$( (Self::$variant, $word), )+];

            /// By its word.
            pub(crate) fn named(word: &str) -> Option<Self> {
                Self::ALL.iter().find(|(_, known)| *known == word).map(|(value, _)| *value)
            }

            /// The word of the configuration.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }
        }

        choice!(@value $name);
    };
    (@value $name:ident) => {
        impl Value for $name {
            fn kind() -> Kind {
                let words: Vec<&str> = Self::ALL.iter().map(|(_, word)| *word).collect();
                Kind {
                    words: words.join(" or "),
                    schema: serde_json::json!({"type": "string", "enum": words}),
                }
            }

            fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
                let text = reader.text(node, key)?;
                match Self::named(&text) {
                    Some(value) => Some(value),
                    None => reader.wrong(node, key, Self::kind().words),
                }
            }

            fn json(&self) -> Json {
                Json::from(self.as_str())
            }
        }
    };
}

pub(crate) use choice;

choice! {
    /// `libs_logger.severity`.
    LibsSeverity {
        /// It ends after it.
        Fatal = "fatal",
        /// Nothing works any more.
        Critical = "critical",
        /// Something failed.
        Error = "error",
        /// Something may fail.
        Warning = "warning",
        /// Something people should know.
        Notice = "notice",
        /// What is done.
        Info = "info",
        /// What is done in detail.
        Debug = "debug",
        /// Every step.
        Trace = "trace",
    }
}

choice! {
    /// `log_format`: how notices are written to stderr.
    LogFormat {
        /// For people.
        Text = "text",
        /// For programs.
        Json = "json",
    }
}

choice! {
    /// `capture.mode`: when events are kept in a file.
    CaptureMode {
        /// Where a rule that says so matched.
        Rules = "rules",
        /// Where any rule matched.
        AllRules = "all_rules",
    }
}

choice! {
    /// `capture.events`: which events captures on a match have.
    CaptureEvents {
        /// Those of the calls of interest, also those no rule can match.
        Calls = "calls",
        /// Those of all calls that have an event type of their own.
        All = "all",
        /// Those that pass the kernel's filter.
        Filtered = "filtered",
    }
}

impl Value for Matching {
    fn kind() -> Kind {
        kind("first or all", json!({"type": "string", "enum": ["first", "all"]}))
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        match reader.text(node, key)?.to_ascii_lowercase().as_str() {
            "first" => Some(Self::First),
            "all" => Some(Self::All),
            _ => reader.wrong(node, key, "first or all"),
        }
    }

    fn json(&self) -> Json {
        Json::from(match self {
            Self::First => "first",
            Self::All => "all",
        })
    }
}

/// `engine.kind`: where events come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// This host, watched with eBPF.
    ModernEbpf,
    /// Falco's kernel module: this host is watched with eBPF all the same.
    Kmod,
    /// A capture.
    Replay,
    /// No system calls.
    NoDriver,
}

impl EngineKind {
    const ALL: [(Self, &'static str); 4] = [
        (Self::ModernEbpf, "modern_ebpf"),
        (Self::Kmod, "kmod"),
        (Self::Replay, "replay"),
        (Self::NoDriver, "nodriver"),
    ];

    /// The word of the configuration.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }
}

impl Value for EngineKind {
    fn kind() -> Kind {
        let words = Self::ALL.map(|(_, word)| word);
        kind(&words.join(" or "), json!({"type": "string", "enum": words}))
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let text = reader.text(node, key)?;
        let Some((kind, _)) = Self::ALL.iter().find(|(_, word)| *word == text) else {
            return reader.wrong(node, key, Self::kind().words);
        };
        if *kind == Self::Kmod {
            let what =
                format!("{key} {text}: there is no kernel module, this host is watched with eBPF");
            reader.warn(node, key, ProblemKind::NotSupportedValue(what));
        }
        Some(*kind)
    }

    fn json(&self) -> Json {
        Json::from(self.name())
    }
}
