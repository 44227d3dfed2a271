//! Actions on accounts: `disable_user`, `end_sessions`, `remove_key`.

use super::parameters::Parameters;
use super::refusal::Refusal;
use crate::bytes::Bytes;
use crate::occurrence::Occurrence;
use crate::task::Task;
use crate::text::Text;

pub(super) const NAMES: &[&str] = &["disable_user", "end_sessions", "remove_key"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AccountAction {
    user: Text,
    verb: Verb,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Verb {
    Disable,
    EndSessions,
    RemoveKey(Text),
}

impl AccountAction {
    pub(super) fn read(of: &mut Parameters<'_, '_, '_>) -> Option<Self> {
        let (known, required): (&[&str], &[&str]) = match of.word {
            "remove_key" => (&["user", "key"], &["key"]),
            _ => (&["user"], &[]),
        };
        if !of.keys(known, required) {
            return None;
        }
        let user = of.text_or("user", "user.name");
        let verb = match of.word {
            "disable_user" => Verb::Disable,
            "end_sessions" => Verb::EndSessions,
            _ => {
                let node = of.get("key")?;
                Verb::RemoveKey(of.reader.text(node, "key")?)
            }
        };
        Some(Self { user: user?, verb })
    }

    pub(super) fn texts(&self, visit: &mut dyn FnMut(&Text)) {
        visit(&self.user);
        if let Verb::RemoveKey(key) = &self.verb {
            visit(key);
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self.verb {
            Verb::Disable => "disable_user",
            Verb::EndSessions => "end_sessions",
            Verb::RemoveKey(_) => "remove_key",
        }
    }

    pub(super) fn plan(&self, of: &Occurrence) -> Result<Task, Refusal> {
        let filled = |text: &Text| -> Result<Bytes, Refusal> {
            let bytes = text.bytes(of).map_err(Refusal::Missing)?;
            let blank = bytes.0.trim_ascii().is_empty();
            if blank { Err(Refusal::Empty(text.source.clone())) } else { Ok(bytes) }
        };
        let user = filled(&self.user)?;
        Ok(match &self.verb {
            Verb::Disable => Task::DisableUser { user },
            Verb::EndSessions => Task::EndSessions { user },
            Verb::RemoveKey(key) => Task::RemoveKey { user, key: filled(key)? },
        })
    }
}
