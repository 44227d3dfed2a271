//! The parameters of an action as a file has them.

use std::time::Duration;

use peregrine_yaml::Node;

use crate::duration::shown_duration;
use crate::mistake::MistakeKind;
use crate::reader::Reader;
use crate::text::Text;

/// The parameters of an action as they are written.
pub(super) struct Parameters<'r, 't, 'n> {
    pub(super) reader: &'r mut Reader<'t>,
    pub(super) name: &'n Node,
    pub(super) node: Option<&'n Node>,
    /// The action.
    pub(super) word: &'static str,
}

impl<'n> Parameters<'_, '_, 'n> {
    /// Reports keys nobody knows and required ones that are missing; whether it can be read further.
    pub(super) fn keys(&mut self, known: &[&'static str], required: &[&'static str]) -> bool {
        if let Some(node) = self.node
            && !self.reader.keys(node, self.word, known)
        {
            return false;
        }
        let mut all = true;
        for key in required {
            if self.get(key).is_none() {
                self.reader.mistake(self.name, MistakeKind::MissingKey { key });
                all = false;
            }
        }
        all
    }

    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.node?.get(key)
    }

    /// The text of a key, or the value of a field.
    pub(super) fn text_or(&mut self, key: &'static str, field: &str) -> Option<Text> {
        match self.get(key) {
            Some(node) => self.reader.text(node, key),
            None => Some(Text::of_field(field)),
        }
    }

    /// One of some words, or the first of them where the key is missing.
    pub(super) fn word_or<T: Copy>(
        &mut self,
        key: &str,
        table: &[(&'static str, T)],
        default: T,
    ) -> Option<T> {
        match self.get(key) {
            Some(node) => self.reader.word(node, key, table),
            None => Some(default),
        }
    }

    pub(super) fn duration_or(
        &mut self,
        key: &str,
        default: Duration,
        most: Duration,
    ) -> Option<Duration> {
        let Some(node) = self.get(key) else { return Some(default) };
        let duration = self.reader.duration(node, key)?;
        if duration.is_zero() || duration > most {
            let most = shown_duration(most);
            self.reader.expected(node, key, &format!("more than 0 and {most} at most"));
            return None;
        }
        Some(duration)
    }
}
