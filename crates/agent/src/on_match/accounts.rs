//! The accounts that events reported so far: a capture that begins later has them too.

use std::collections::BTreeMap;

use peregrine_event::{Event, EventType};

/// Accounts that are kept at most.
const MOST: usize = 1 << 16;

/// The last event that reported each account, by container, kind (groups after users) and number.
#[derive(Debug, Default)]
pub(super) struct Accounts(BTreeMap<(Vec<u8>, bool, u32), Vec<u8>>);

impl Accounts {
    /// Keeps an event where it reports an account.
    pub(super) fn learn(&mut self, event: &Event<'_>, record: &[u8]) {
        let (is_group, is_new) = match event.view.event_type() {
            EventType::USER_ADDED_E => (false, true),
            EventType::USER_DELETED_E => (false, false),
            EventType::GROUP_ADDED_E => (true, true),
            EventType::GROUP_DELETED_E => (true, false),
            _ => return,
        };
        let Some(number) = event.view.u32(0) else { return };
        let container = event.view.str(if is_group { 2 } else { 5 }).unwrap_or_default();
        let key = (container.to_vec(), is_group, number);
        if !is_new {
            self.0.remove(&key);
        } else if self.0.len() < MOST || self.0.contains_key(&key) {
            self.0.insert(key, record.to_vec());
        }
    }

    /// Forgets those of a container.
    pub(super) fn forget(&mut self, container: &str) {
        self.0.retain(|(of, ..), _| of != container.as_bytes());
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The events.
    pub(super) fn records(&self) -> impl Iterator<Item = &[u8]> {
        self.0.values().map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use peregrine_event::EventBuilder;

    use super::*;

    #[test]
    fn the_last_word_about_an_account_is_kept() {
        let mut accounts = Accounts::default();
        let mut learn =
            |record: Vec<u8>| accounts.learn(&Event::parse(1, &record).unwrap(), &record);
        let user = |code, uid: u32, name: &[u8], container: &[u8]| {
            EventBuilder::new(code, 5, 0)
                .u32(uid)
                .u32(1)
                .str(name)
                .str(b"/")
                .str(b"/sh")
                .str(container)
                .finish()
        };
        let group = |gid: u32, name: &[u8], container: &[u8]| {
            let event = EventBuilder::new(EventType::GROUP_ADDED_E, 5, 0);
            event.u32(gid).str(name).str(container).finish()
        };
        learn(user(EventType::USER_ADDED_E, 7, b"a", b"c1"));
        learn(user(EventType::USER_ADDED_E, 7, b"b", b"c1"));
        learn(user(EventType::USER_ADDED_E, 7, b"c", b""));
        learn(user(EventType::USER_ADDED_E, 8, b"d", b"c2"));
        learn(user(EventType::USER_DELETED_E, 8, b"d", b"c2"));
        learn(group(7, b"g", b"c1"));
        learn(EventBuilder::new(EventType::SYSCALL_SETSID_X, 5, 0).i64(1).finish());
        let names = |accounts: &Accounts| -> Vec<String> {
            let name = |record: &[u8]| {
                let event = Event::parse(1, record).unwrap();
                let place = if event.view.event_type() == EventType::USER_ADDED_E { 2 } else { 1 };
                String::from_utf8_lossy(event.view.str(place).unwrap()).into_owned()
            };
            accounts.records().map(name).collect()
        };
        assert_eq!(names(&accounts), ["c", "b", "g"]);
        accounts.forget("c1");
        assert_eq!(names(&accounts), ["c"]);
        accounts.clear();
        assert_eq!(names(&accounts), [""; 0]);
    }
}
