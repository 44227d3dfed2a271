//! What the pure layers ask about this host.
//!
//! In: `/proc`, `/etc/passwd`, `/etc/group`, `/proc/net`, the time zone, BPF iterators.
//! Out: [`Host`], which answers the trait `Outside`; [`Snapshots`], the threads and descriptors there
//! are at the start, and the threads again later, as records.
//! Never: a question to a network; an answer that was not there is "unknown", never made up.

mod accounts;
mod interfaces;
mod process;
mod snapshot;
mod sockets;

use std::cell::RefCell;
use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use peregrine_state::{Group, Interface, Outside, User};

pub use snapshot::{FirstSnapshot, Snapshots, sees_all};

use crate::accounts::Accounts;
use crate::interfaces::Interfaces;

/// This host.
#[derive(Debug)]
pub struct Host {
    hostname: String,
    accounts: RefCell<Accounts>,
    interfaces: RefCell<Interfaces>,
    zone: TimeZone,
}

impl Host {
    /// Reads what does not change.
    pub fn new() -> Self {
        Self {
            hostname: hostname(),
            accounts: RefCell::default(),
            interfaces: RefCell::default(),
            zone: TimeZone::system(),
        }
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

/// `FALCO_HOSTNAME` where it is set (a container's own name says little), else the kernel's word.
fn hostname() -> String {
    std::env::var("FALCO_HOSTNAME").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| {
        std::fs::read_to_string("/proc/sys/kernel/hostname")
            .map(|name| name.trim().to_owned())
            .unwrap_or_default()
    })
}

impl Outside for Host {
    fn user(&self, uid: u32) -> Option<User> {
        self.accounts.borrow_mut().user(uid)
    }

    fn group(&self, gid: u32) -> Option<Group> {
        self.accounts.borrow_mut().group(gid)
    }

    fn hostname(&self) -> String {
        self.hostname.clone()
    }

    fn interfaces(&self) -> Rc<[Interface]> {
        self.interfaces.borrow_mut().now()
    }

    fn utc_offset(&self, time_ns: u64) -> i32 {
        let time = Timestamp::from_nanosecond(i128::from(time_ns)).unwrap_or_default();
        self.zone.to_offset(time).seconds()
    }

    fn thread(&self, tid: i64, write: &mut dyn FnMut(&[u8])) {
        process::write(tid, write);
    }
}
