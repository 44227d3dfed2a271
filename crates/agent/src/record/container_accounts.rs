//! Accounts of containers in a recording: a replay cannot look them up, so each file has an account
//! before the first event that uses it.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use peregrine_event::{EventBuilder, EventType};
use peregrine_state::{Cgroups, ContainerThreads, Group, Thread, User};

/// Nanoseconds after which the accounts of an unchanged thread are looked up again.
const LOOK_AGAIN: u64 = 1_000_000_000;
/// Threads whose accounts are known to be in the file; beyond that threads are looked up more often.
const MOST_THREADS: usize = 4096;

/// An account of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Account {
    User(User),
    Group(Group),
}

/// A container's account by the host's number; groups after users.
type Key = (String, bool, u32);

/// A thread's control groups, its user, login user and group, and when they were looked up.
type LookedUp = (Arc<Cgroups>, [u32; 3], u64);

/// The accounts that the current file has, and those that are to be written next.
#[derive(Debug, Default)]
pub(crate) struct ContainerAccounts {
    reported: RefCell<BTreeMap<Key, Account>>,
    new: RefCell<Vec<(String, Account)>>,
    looked_up: RefCell<HashMap<i64, LookedUp>>,
}

impl ContainerAccounts {
    /// Whether the accounts of an event's thread have to be looked up: it is in a container, and it is
    /// new, has other accounts or control groups than before, or was looked up more than a second ago.
    pub(crate) fn are_due(&self, thread: &Thread, ts: u64) -> bool {
        if thread.cgroups.container().is_none() {
            return false;
        }
        let groups = &thread.cgroups;
        let accounts = [thread.uid, thread.loginuid, thread.gid];
        let fresh = |(known_groups, known, at): &LookedUp| {
            Arc::ptr_eq(known_groups, groups) && *known == accounts && ts.abs_diff(*at) < LOOK_AGAIN
        };
        let mut looked_up = self.looked_up.borrow_mut();
        if looked_up.get(&thread.tid).is_some_and(fresh) {
            return false;
        }
        if looked_up.len() >= MOST_THREADS {
            looked_up.clear();
        }
        looked_up.insert(thread.tid, (Arc::clone(groups), accounts, ts));
        true
    }

    /// Notes the user of an event.
    pub(crate) fn user(&self, inside: &ContainerThreads<'_>, user: &User) {
        self.note((inside.container.to_owned(), false, user.uid), Account::User(user.clone()));
    }

    /// Notes the group of an event.
    pub(crate) fn group(&self, inside: &ContainerThreads<'_>, group: &Group) {
        self.note((inside.container.to_owned(), true, group.gid), Account::Group(group.clone()));
    }

    fn note(&self, key: Key, account: Account) {
        let mut reported = self.reported.borrow_mut();
        if reported.get(&key) != Some(&account) {
            self.new.borrow_mut().push((key.0.clone(), account.clone()));
            reported.insert(key, account);
        }
    }

    /// The records that are to be written before an event of this time.
    pub(crate) fn take(&self, ts: u64) -> Vec<Vec<u8>> {
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

    /// Begins another file, which needs all accounts again.
    pub(crate) fn forget(&self) {
        self.reported.borrow_mut().clear();
        self.looked_up.borrow_mut().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_looked_up_again_where_something_changed() {
        let accounts = ContainerAccounts::default();
        let host = Thread { uid: 5, ..Thread::unknown(1) };
        assert!(!accounts.are_due(&host, 1));
        let group = format!("cpuset=/docker/{}", "0123456789abcdef".repeat(4));
        let cgroups = Arc::new(Cgroups::new([group.as_bytes()].into_iter()));
        let thread = Thread { uid: 5, cgroups, ..Thread::unknown(2) };
        let check = |accounts: &ContainerAccounts, thread: &Thread, ts: u64, due: bool| {
            assert_eq!(accounts.are_due(thread, ts), due, "{ts}");
        };
        check(&accounts, &thread, 10, true);
        check(&accounts, &thread, 11, false);
        check(&accounts, &Thread { uid: 6, ..thread.clone() }, 12, true);
        check(&accounts, &Thread { gid: 6, ..thread.clone() }, 13, true);
        check(&accounts, &Thread { tid: 3, ..thread.clone() }, 14, true);
        check(&accounts, &thread, 15, true);
        check(&accounts, &thread, 14 + LOOK_AGAIN, false);
        check(&accounts, &thread, 15 + LOOK_AGAIN, true);
        accounts.forget();
        check(&accounts, &thread, 16 + LOOK_AGAIN, true);
    }
}
