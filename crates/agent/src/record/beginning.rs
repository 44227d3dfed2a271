//! How a capture begins: with what does not change, then with the state of the host.

use std::io;
use std::net::IpAddr;

use peregrine_hostinfo::Host;
use peregrine_scap::{Machine, UserEntry, Writer};
use peregrine_state::{Group, HostInfo as _, State, User};

use super::descriptions::description;
use super::target::Target;

/// What does not change while a capture is written.
#[derive(Debug, Clone)]
pub(crate) struct Beginning {
    pub(crate) machine: Machine,
    /// The machine's addresses, each with its netmask.
    pub(crate) interfaces: Vec<(IpAddr, IpAddr)>,
    pub(crate) accounts: Vec<UserEntry>,
}

impl Beginning {
    /// That of this host.
    pub(crate) fn of(host: &Host) -> Self {
        let (cpus, boot_ns) = host.machine();
        let machine = Machine { cpus, hostname: host.hostname(), boot_ns };
        let interfaces = host.interfaces().iter().map(|one| (one.address, one.netmask)).collect();
        let (users, groups) = host.accounts();
        let users = users.into_iter().map(|user| {
            let User { uid, gid, name, home, shell } = user;
            let [name, home, shell] = [name, home, shell].map(|text| text.to_string());
            UserEntry::User { uid, gid, name, home, shell }
        });
        let groups = groups
            .into_iter()
            .map(|Group { gid, name }| UserEntry::Group { gid, name: name.to_string() });
        Self { machine, interfaces, accounts: users.chain(groups).collect() }
    }
}

/// Begins a file with what does not change.
pub(crate) fn header(target: Target, beginning: &Beginning) -> io::Result<Writer<Target>> {
    let Beginning { machine, interfaces, accounts } = beginning;
    Writer::new(target, machine, interfaces, accounts)
}

/// Writes a state, then the containers it knows as events of that time.
pub(crate) fn write_state(
    writer: &mut Writer<Target>,
    state: &mut State,
    ts: u64,
) -> io::Result<()> {
    let mut result = Ok(());
    state.dump(&mut |record| {
        if result.is_ok() {
            result = writer.snapshot(record).and_then(|()| writer.output().pass_if_full());
        }
    });
    result?;
    writer.write_lists()?;
    state.containers().try_for_each(|one| writer.event(0, true, &description(one, ts)))
}
