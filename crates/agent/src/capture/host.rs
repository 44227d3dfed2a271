//! What a capture says about its host besides the events.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use peregrine_event::{Event, EventType};
use peregrine_hostinfo::Host;
use peregrine_scap::{Machine, UserEntry};
use peregrine_state::{ContainerThreads, Group, HostInfo, Interface, User};

use crate::record::Beginning;

/// The host of a capture, as far as the capture describes it; the time zone is that of this host. Clones
/// share their content.
#[derive(Debug, Clone, Default)]
pub(crate) struct CapturedHost(Rc<Known>);

#[derive(Debug, Default)]
struct Known {
    host: Host,
    machine: RefCell<Option<Machine>>,
    users: RefCell<BTreeMap<u32, User>>,
    groups: RefCell<BTreeMap<u32, Group>>,
    /// Those of containers, by the container's id.
    users_inside: RefCell<BTreeMap<(String, u32), User>>,
    groups_inside: RefCell<BTreeMap<(String, u32), Group>>,
    interfaces: RefCell<Rc<[Interface]>>,
}

impl CapturedHost {
    pub(super) fn learn_machine(&self, machine: Machine) {
        *self.0.machine.borrow_mut() = Some(machine);
    }

    /// Another capture begins.
    pub(super) fn forget(&self) {
        let Known { host: _, machine, users, groups, users_inside, groups_inside, interfaces } =
            &*self.0;
        machine.take();
        users.take();
        groups.take();
        users_inside.take();
        groups_inside.take();
        interfaces.take();
    }

    pub(super) fn learn_interfaces(&self, interfaces: Vec<(IpAddr, IpAddr)>) {
        let interfaces = interfaces.into_iter();
        *self.0.interfaces.borrow_mut() =
            interfaces.map(|(address, netmask)| Interface { address, netmask }).collect();
    }

    pub(super) fn learn_account(&self, account: UserEntry) {
        match account {
            UserEntry::User { uid, gid, name, home, shell } => {
                let [name, home, shell] = [name, home, shell].map(Arc::from);
                self.0.users.borrow_mut().insert(uid, User { uid, gid, name, home, shell });
            }
            UserEntry::Group { gid, name } => {
                self.0.groups.borrow_mut().insert(gid, Group { gid, name: name.into() });
            }
        }
    }

    /// Stores the account that an event reports, of the host (no container) or of a container.
    pub(super) fn learn_event(&self, record: &[u8]) {
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
            put(
                (&self.0.users, &self.0.users_inside),
                container(5),
                number,
                is_new.then_some(user),
            );
        } else {
            let group = Group { gid: number, name: text(1) };
            put(
                (&self.0.groups, &self.0.groups_inside),
                container(2),
                number,
                is_new.then_some(group),
            );
        }
    }

    /// How a capture of this host begins.
    pub(crate) fn beginning(&self) -> Beginning {
        let (machine, interfaces) = (self.machine(), self.netmasks());
        Beginning { machine, interfaces, accounts: self.accounts() }
    }

    /// The machine; one CPU and no name where the capture does not describe it.
    pub(crate) fn machine(&self) -> Machine {
        let unknown = || Machine { cpus: 1, hostname: String::new(), boot_ns: 0 };
        self.0.machine.borrow().clone().unwrap_or_else(unknown)
    }

    /// The machine's addresses, each with its netmask.
    pub(crate) fn netmasks(&self) -> Vec<(IpAddr, IpAddr)> {
        self.0.interfaces.borrow().iter().map(|one| (one.address, one.netmask)).collect()
    }

    /// The users and groups in the capture, by their numbers.
    pub(crate) fn accounts(&self) -> Vec<UserEntry> {
        let users = self.0.users.borrow().values().cloned().map(user).collect::<Vec<_>>();
        let groups = self.0.groups.borrow().values().map(group).collect::<Vec<_>>();
        users.into_iter().chain(groups).collect()
    }
}

/// An account by its number: of the host, and of a container.
type Accounts<'a, T> = (&'a RefCell<BTreeMap<u32, T>>, &'a RefCell<BTreeMap<(String, u32), T>>);

/// Stores or removes an account.
fn put<T>((host, inside): Accounts<'_, T>, container: String, number: u32, account: Option<T>) {
    match (container.is_empty(), account) {
        (true, Some(account)) => _ = host.borrow_mut().insert(number, account),
        (true, None) => _ = host.borrow_mut().remove(&number),
        (false, Some(account)) => _ = inside.borrow_mut().insert((container, number), account),
        (false, None) => _ = inside.borrow_mut().remove(&(container, number)),
    }
}

fn user(user: User) -> UserEntry {
    let User { uid, gid, name, home, shell } = user;
    let [name, home, shell] = [name, home, shell].map(|text| text.to_string());
    UserEntry::User { uid, gid, name, home, shell }
}

fn group(group: &Group) -> UserEntry {
    UserEntry::Group { gid: group.gid, name: group.name.to_string() }
}

impl HostInfo for CapturedHost {
    fn user(&self, uid: u32) -> Option<User> {
        self.0.users.borrow().get(&uid).cloned().or_else(|| self.0.host.user(uid))
    }

    fn group(&self, gid: u32) -> Option<Group> {
        self.0.groups.borrow().get(&gid).cloned().or_else(|| self.0.host.group(gid))
    }

    fn container_user(&self, inside: &ContainerThreads<'_>, uid: u32) -> Option<User> {
        self.0.users_inside.borrow().get(&(inside.container.to_owned(), uid)).cloned()
    }

    fn container_group(&self, inside: &ContainerThreads<'_>, gid: u32) -> Option<Group> {
        self.0.groups_inside.borrow().get(&(inside.container.to_owned(), gid)).cloned()
    }

    fn hostname(&self) -> String {
        self.0.machine.borrow().as_ref().map(|machine| machine.hostname.clone()).unwrap_or_default()
    }

    fn interfaces(&self) -> Rc<[Interface]> {
        Rc::clone(&self.0.interfaces.borrow())
    }

    fn utc_offset(&self, time_ns: u64) -> i32 {
        self.0.host.utc_offset(time_ns)
    }

    fn thread(&self, _tid: i64, _write: &mut dyn FnMut(&[u8])) {}
}
