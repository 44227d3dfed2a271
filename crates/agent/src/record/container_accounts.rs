//! The accounts of containers: who replays a capture cannot ask for them, so each file tells of one before
//! the first event that has it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use peregrine_event::{EventBuilder, EventType};
use peregrine_state::{Group, Inside, User};

/// An account of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Account {
    User(User),
    Group(Group),
}

/// A container's account by the host's number; groups after users.
type Key = (String, bool, u32);

/// What the file that is written tells of accounts, and what it has to tell now.
#[derive(Debug, Default)]
pub(super) struct Insides {
    told: RefCell<BTreeMap<Key, Account>>,
    new: RefCell<Vec<(String, Account)>>,
}

impl Insides {
    /// Notes a user that an event has.
    pub(super) fn user(&self, inside: &Inside<'_>, user: &User) {
        self.note((inside.container.to_owned(), false, user.uid), Account::User(user.clone()));
    }

    /// Notes a group that an event has.
    pub(super) fn group(&self, inside: &Inside<'_>, group: &Group) {
        self.note((inside.container.to_owned(), true, group.gid), Account::Group(group.clone()));
    }

    fn note(&self, key: Key, account: Account) {
        let mut told = self.told.borrow_mut();
        if told.get(&key) != Some(&account) {
            self.new.borrow_mut().push((key.0.clone(), account.clone()));
            told.insert(key, account);
        }
    }

    /// The records that come before an event of this time.
    pub(super) fn take(&self, ts: u64) -> Vec<Vec<u8>> {
        let record = |(container, account): (String, Account)| {
            let (container, event) =
                (container.into_bytes(), |code| EventBuilder::new(code, ts, 0));
            let record = match account {
                Account::User(user) => event(EventType::USER_ADDED_E)
                    .u32(user.uid)
                    .u32(user.gid)
                    .str(user.name.as_bytes())
                    .str(user.home.as_bytes())
                    .str(user.shell.as_bytes()),
                Account::Group(group) => {
                    event(EventType::GROUP_ADDED_E).u32(group.gid).str(group.name.as_bytes())
                }
            };
            record.str(&container).finish()
        };
        self.new.take().into_iter().map(record).collect()
    }

    /// Another file begins: it tells all of it again.
    pub(super) fn forget(&self) {
        self.told.borrow_mut().clear();
    }
}
