//! Captures being read: here is the file and what it knows besides its events; `cursor.rs` goes from event
//! to event, `replay.rs` asks rules about them, `print.rs` shows them, `subset.rs` writes some of them to
//! another file, `rule_cost.rs` measures what rules cost on them.

pub(crate) mod cursor;
pub mod print;
pub mod replay;
pub mod rule_cost;
pub mod subset;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::net::IpAddr;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use peregrine_event::{Event, EventType};
use peregrine_hostinfo::Host;
use peregrine_scap::{Account as ScapAccount, Item, Machine, Reader};
use peregrine_state::{Group, Inside, Interface, Outside, User};

/// What the capture itself knows; the time zone is that of this host.
#[derive(Debug, Default)]
pub(crate) struct Captured {
    host: Host,
    machine: RefCell<Option<Machine>>,
    users: RefCell<BTreeMap<u32, User>>,
    groups: RefCell<BTreeMap<u32, Group>>,
    /// Those of containers, by the container's id.
    users_inside: RefCell<BTreeMap<(String, u32), User>>,
    groups_inside: RefCell<BTreeMap<(String, u32), Group>>,
    interfaces: RefCell<Rc<[Interface]>>,
}

impl Captured {
    fn learn(&self, account: ScapAccount) {
        match account {
            ScapAccount::User { uid, gid, name, home, shell } => {
                let [name, home, shell] = [name, home, shell].map(Arc::from);
                self.users.borrow_mut().insert(uid, User { uid, gid, name, home, shell });
            }
            ScapAccount::Group { gid, name } => {
                self.groups.borrow_mut().insert(gid, Group { gid, name: name.into() });
            }
        }
    }

    /// Takes over the account that an event reports, of the host (no container) or of a container.
    fn learn_event(&self, record: &[u8]) {
        let code = record.get(20..22).and_then(|code| code.try_into().ok()).map(u16::from_le_bytes);
        let Some(code) = code.map(EventType) else { return };
        let (is_user, is_new) = match code {
            EventType::USER_ADDED_E => (true, true),
            EventType::USER_DELETED_E => (true, false),
            EventType::GROUP_ADDED_E => (false, true),
            EventType::GROUP_DELETED_E => (false, false),
            _ => return,
        };
        let Ok(event) = Event::parse(0, record) else { return };
        let text = |place: usize| {
            Arc::from(String::from_utf8_lossy(event.view.str(place).unwrap_or_default()))
        };
        let container = |place: usize| String::from(&*text(place));
        let Some(number) = event.view.u32(0) else { return };
        if is_user {
            let (name, home, shell) = (text(2), text(3), text(4));
            let user = User { uid: number, gid: event.view.u32(1).unwrap_or(0), name, home, shell };
            put((&self.users, &self.users_inside), container(5), number, is_new.then_some(user));
        } else {
            let group = Group { gid: number, name: text(1) };
            put((&self.groups, &self.groups_inside), container(2), number, is_new.then_some(group));
        }
    }

    /// The machine; one CPU and no name where the capture does not tell.
    pub(crate) fn machine(&self) -> Machine {
        let unknown = || Machine { cpus: 1, hostname: String::new(), boot_ns: 0 };
        self.machine.borrow().clone().unwrap_or_else(unknown)
    }

    /// The machine's addresses, each with its netmask.
    pub(crate) fn netmasks(&self) -> Vec<(IpAddr, IpAddr)> {
        self.interfaces.borrow().iter().map(|one| (one.address, one.netmask)).collect()
    }

    /// The users and groups the capture told of, by their numbers.
    pub(crate) fn accounts(&self) -> Vec<ScapAccount> {
        let users = self.users.borrow().values().cloned().map(user).collect::<Vec<_>>();
        let groups = self.groups.borrow().values().map(group).collect::<Vec<_>>();
        users.into_iter().chain(groups).collect()
    }
}

/// An account by its number: of the host, and of a container.
type Accounts<'a, T> = (&'a RefCell<BTreeMap<u32, T>>, &'a RefCell<BTreeMap<(String, u32), T>>);

/// Keeps an account, or forgets it.
fn put<T>((host, inside): Accounts<'_, T>, container: String, number: u32, account: Option<T>) {
    match (container.is_empty(), account) {
        (true, Some(account)) => _ = host.borrow_mut().insert(number, account),
        (true, None) => _ = host.borrow_mut().remove(&number),
        (false, Some(account)) => _ = inside.borrow_mut().insert((container, number), account),
        (false, None) => _ = inside.borrow_mut().remove(&(container, number)),
    }
}

fn user(user: User) -> ScapAccount {
    let User { uid, gid, name, home, shell } = user;
    let [name, home, shell] = [name, home, shell].map(|text| text.to_string());
    ScapAccount::User { uid, gid, name, home, shell }
}

fn group(group: &Group) -> ScapAccount {
    ScapAccount::Group { gid: group.gid, name: group.name.to_string() }
}

impl Outside for Captured {
    fn user(&self, uid: u32) -> Option<User> {
        self.users.borrow().get(&uid).cloned().or_else(|| self.host.user(uid))
    }

    fn group(&self, gid: u32) -> Option<Group> {
        self.groups.borrow().get(&gid).cloned().or_else(|| self.host.group(gid))
    }

    fn user_inside(&self, inside: &Inside<'_>, uid: u32) -> Option<User> {
        self.users_inside.borrow().get(&(inside.container.to_owned(), uid)).cloned()
    }

    fn group_inside(&self, inside: &Inside<'_>, gid: u32) -> Option<Group> {
        self.groups_inside.borrow().get(&(inside.container.to_owned(), gid)).cloned()
    }

    fn hostname(&self) -> String {
        self.machine.borrow().as_ref().map(|machine| machine.hostname.clone()).unwrap_or_default()
    }

    fn interfaces(&self) -> Rc<[Interface]> {
        Rc::clone(&self.interfaces.borrow())
    }

    fn utc_offset(&self, time_ns: u64) -> i32 {
        self.host.utc_offset(time_ns)
    }

    fn thread(&self, _tid: i64, _write: &mut dyn FnMut(&[u8])) {}
}

/// A capture file.
pub(crate) struct Capture {
    name: String,
    reader: Reader<'static>,
}

/// What there is to look at.
pub(crate) enum Shown<'c> {
    /// Nothing: the machine was told of, and that is learned.
    Nothing,
    /// A record of the first snapshot.
    Known(Cow<'c, [u8]>),
    /// An event.
    Event { cpu: u16, state_only: bool, record: Cow<'c, [u8]> },
}

impl Capture {
    pub(crate) fn open(file: &Path) -> anyhow::Result<Self> {
        let name = file.display().to_string();
        let input = File::open(file).with_context(|| format!("cannot open the capture {name}"))?;
        let reader = Reader::new(input).with_context(|| name.clone())?;
        Ok(Self { name, reader })
    }

    /// The next record; what the capture tells of its machine is learned on the way.
    pub(crate) fn next<'c>(&'c mut self, outside: &Captured) -> anyhow::Result<Option<Shown<'c>>> {
        let item =
            self.reader.next_item().map_err(|error| anyhow::anyhow!("{}: {error}", self.name))?;
        let Some(item) = item else { return Ok(None) };
        match item {
            Item::Known(record) => return Ok(Some(Shown::Known(record))),
            Item::Event { cpu, state_only, record } => {
                outside.learn_event(&record);
                return Ok(Some(Shown::Event { cpu, state_only, record }));
            }
            Item::Machine(machine) => *outside.machine.borrow_mut() = Some(machine),
            Item::Account(account) => outside.learn(account),
            Item::Interfaces(interfaces) => {
                *outside.interfaces.borrow_mut() = interfaces
                    .into_iter()
                    .map(|(address, netmask)| Interface { address, netmask })
                    .collect();
            }
            _ => {}
        }
        Ok(Some(Shown::Nothing))
    }

    /// The file, as it was named.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// How many events could not be brought to today's schema, and why the first could not.
    pub(crate) fn left_out(&self) -> Option<(u64, &str)> {
        self.reader.left_out()
    }
}

/// When an event happened.
pub(crate) fn time_of(record: &[u8]) -> u64 {
    record.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// A point in a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Nanoseconds since the epoch.
    At(u64),
    /// This long after the first event.
    After(Duration),
}

impl Moment {
    fn ns(self, first: u64) -> u64 {
        match self {
            Self::At(ns) => ns,
            Self::After(time) => {
                first.saturating_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
            }
        }
    }
}

/// A part of a capture: from `start` on, before `end`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// Events before this make the picture of the host and nothing else.
    pub start: Option<Moment>,
    /// Nothing is read from here on.
    pub end: Option<Moment>,
}

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Before,
    Within,
    Behind,
}

impl Window {
    /// Where an event of this time stands. Events told before the first of their kind have a time
    /// of 0 and are no beginning.
    pub(crate) fn place(self, first: &mut Option<u64>, ts: u64) -> Place {
        let first = if ts == 0 { first.unwrap_or(0) } else { *first.get_or_insert(ts) };
        if self.end.is_some_and(|end| ts != 0 && ts >= end.ns(first)) {
            Place::Behind
        } else if self.start.is_some_and(|start| ts < start.ns(first)) {
            Place::Before
        } else {
            Place::Within
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows() {
        use Place::{Before, Behind, Within};
        let check = |start, end, expected: [Place; 4]| {
            let window = Window { start, end };
            let mut first = None;
            let places = [0, 100, 150, 200].map(|ts| window.place(&mut first, ts));
            assert_eq!(places, expected, "{window:?}");
        };
        check(None, None, [Within; 4]);
        check(Some(Moment::At(150)), None, [Before, Before, Within, Within]);
        check(None, Some(Moment::At(150)), [Within, Within, Behind, Behind]);
        let after = |ns| Some(Moment::After(Duration::from_nanos(ns)));
        check(after(50), after(100), [Before, Before, Within, Behind]);
    }
}
