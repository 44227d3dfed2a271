//! A key and its value: what all types of values have in common, and the macro that makes a section of
//! the configuration, one row a key.

use serde_json::Value as Json;

use crate::problem::ProblemKind;
use crate::reader::Reader;
use crate::tree::Node;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It has the effect its text says.
    Used,
    /// It has no effect and needs none here: why.
    Ignored(&'static str),
    /// It has no effect yet; any other value than this one is warned of.
    Unsupported(&'static str),
    /// It goes with another key, which is not supported yet.
    With(&'static str),
    /// Keys below it.
    Section,
}

/// What a value may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    /// In words, as behind "must be".
    pub words: String,
    /// As JSON schema.
    pub schema: Json,
}

/// One row of the table of keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The dotted key.
    pub key: String,
    /// What it is for.
    pub about: String,
    /// What its value may be.
    pub kind: Kind,
    /// The value where it is not set.
    pub default: Json,
    /// What it does.
    pub status: Status,
    /// A value people may want, as YAML.
    pub example: Option<&'static str>,
}

impl Row {
    /// Why the key has no effect; none where it has one.
    pub fn status_words(&self) -> Option<String> {
        match self.status {
            Status::Used | Status::Section => None,
            Status::Ignored(why) => Some(format!("ignored: {why}")),
            Status::Unsupported(_) => Some("not supported yet".to_owned()),
            Status::With(key) => Some(format!("not supported yet, with `{key}`")),
        }
    }
}

/// What a row says beside types and values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meaning {
    pub(crate) about: &'static str,
    pub(crate) status: Status,
    pub(crate) example: Option<&'static str>,
}

impl Meaning {
    /// Its text as one line.
    pub(crate) fn paragraph(&self) -> String {
        self.about.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// A value of one key.
pub(crate) trait Value: Sized + PartialEq {
    /// What it may be.
    fn kind() -> Kind;

    /// Reads it; where it is none the reader has the problem.
    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self>;

    /// As it is shown.
    fn json(&self) -> Json;
}

/// A key or a section of them.
pub(crate) trait Setting {
    /// Takes what is set.
    fn set(&mut self, node: &Node, key: &str, status: Status, reader: &mut Reader);

    /// Its rows; `self` is the default.
    fn rows(&self, key: &str, meaning: Meaning, rows: &mut Vec<Row>);

    /// Its keys with their values.
    fn show(&self, key: &str, shown: &mut Vec<(String, Json)>);
}

/// A value as its text stands in a file.
pub(crate) fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl<T: Value> Setting for T {
    fn set(&mut self, node: &Node, key: &str, status: Status, reader: &mut Reader) {
        reader.in_use = status == Status::Used;
        let Some(value) = T::read(node, key, reader) else { return };
        let text = plain(&value.json());
        match status {
            Status::Unsupported(off) if text != off => {
                reader.warn(node, key, ProblemKind::NotSupported);
            }
            _ => {}
        }
        reader.origins.insert(key.to_owned(), node.origin.clone());
        *self = value;
    }

    fn rows(&self, key: &str, meaning: Meaning, rows: &mut Vec<Row>) {
        rows.push(Row {
            key: key.to_owned(),
            about: meaning.paragraph(),
            kind: T::kind(),
            default: self.json(),
            status: meaning.status,
            example: meaning.example,
        });
    }

    fn show(&self, key: &str, shown: &mut Vec<(String, Json)>) {
        shown.push((key.to_owned(), self.json()));
    }
}

/// Keys that stand together in one map, and may share it with those of another section.
pub(crate) trait Section: Setting {
    /// Takes one key; whether the section has it.
    fn set_key(&mut self, name: &str, node: &Node, full: &str, reader: &mut Reader) -> bool;
}

/// Makes a section: a struct with a field for each row, its defaults, and how the rows are read.
///
/// A row is `key: Type = default, Status, "example";` under its text; the example may be left out. The
/// field is the key: one without the other does not compile.
macro_rules! section {
    (
        $(#[$about:meta])*
        $name:ident {
            $(
                $(#[doc = $doc:literal])+
                $field:ident : $ty:ty = $default:expr, $status:expr $(, $example:literal)?;
            )+
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq)]
        #[allow(clippy::struct_excessive_bools, reason = "a switch of the configuration each")]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $field: $ty, )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )+ }
            }
        }

        impl $crate::setting::Setting for $name {
            fn set(
                &mut self,
                node: &$crate::tree::Node,
                key: &str,
                _status: $crate::setting::Status,
                reader: &mut $crate::reader::Reader,
            ) {
                for (name, value) in reader.pairs(node, key) {
                    let full = $crate::reader::joined(key, name);
                    if !$crate::setting::Section::set_key(self, name, value, &full, reader) {
                        reader.unknown(value, &full);
                    }
                }
            }

            fn rows(
                &self,
                key: &str,
                meaning: $crate::setting::Meaning,
                rows: &mut Vec<$crate::setting::Row>,
            ) {
                if !key.is_empty() {
                    rows.push($crate::setting::Row {
                        key: key.to_owned(),
                        about: meaning.paragraph(),
                        kind: $crate::setting::Kind {
                            words: "a map of keys and values".to_owned(),
                            schema: serde_json::json!({"type": "object"}),
                        },
                        default: serde_json::Value::Null,
                        status: meaning.status,
                        example: meaning.example,
                    });
                }
                $(
                    #[allow(unused_mut, unused_assignments, reason = "not every row has an example")]
                    let mut example = None;
                    $( example = Some($example); )?
                    let meaning = $crate::setting::Meaning {
                        about: concat!($($doc, "\n"),+),
                        status: $status,
                        example,
                    };
                    let full = $crate::reader::joined(key, stringify!($field));
                    $crate::setting::Setting::rows(&self.$field, &full, meaning, rows);
                )+
            }

            fn show(&self, key: &str, shown: &mut Vec<(String, serde_json::Value)>) {
                $(
                    let full = $crate::reader::joined(key, stringify!($field));
                    $crate::setting::Setting::show(&self.$field, &full, shown);
                )+
            }
        }

        impl $crate::setting::Section for $name {
            fn set_key(
                &mut self,
                name: &str,
                node: &$crate::tree::Node,
                full: &str,
                reader: &mut $crate::reader::Reader,
            ) -> bool {
                match name {
                    $( stringify!($field) => $crate::setting::Setting::set(
                        &mut self.$field, node, full, $status, reader,
                    ), )+
                    _ => return false,
                }
                true
            }
        }
    };
}

pub(crate) use section;
