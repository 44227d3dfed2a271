//! The records of verdicts.

use std::net::IpAddr;

use peregrine_guard::{Act, Action, Level, Mode};
use zerocopy::FromBytes as _;

use super::shared::{PATH_BYTES, Record};

/// That a policy was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// When, in nanoseconds since the host started, with the time it slept.
    pub time: u64,
    /// What was tried.
    pub act: Act,
    /// The policy ([`peregrine_guard::CompiledPolicy::id`]).
    pub policy: u32,
    /// What the policy says is to follow.
    pub action: Action,
    /// Whether it followed: in shadow mode it did not.
    pub mode: Mode,
    /// What decided.
    pub level: Level,
    /// The process, its thread, its effective user, its name and its control group.
    pub tgid: u32,
    /// The thread.
    pub pid: u32,
    /// Its effective user.
    pub uid: u32,
    /// Its name.
    pub comm: Vec<u8>,
    /// Its control group in the unified hierarchy.
    pub cgroup: u64,
    /// The object's device, as the kernel has it, and inode; zeros where there is none.
    pub object: (u32, u64),
    /// The object's path, as far as it fits: its end.
    pub path: Option<Vec<u8>>,
    /// The address and port, of acts that have one.
    pub address: Option<(IpAddr, u16)>,
    /// The act's flags ([`peregrine_guard::layout::flag`]).
    pub flags: u64,
}

const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;

impl Verdict {
    /// Reads a record; nothing where it is none.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let record = Record::read_from_prefix(bytes).ok()?.0;
        let comm = record.comm.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
        let from = usize::try_from(record.path_at).ok()?;
        let path = record.path.get(from..PATH_BYTES).filter(|path| !path.is_empty());
        let address = match record.family {
            AF_INET => {
                let [.., a, b, c, d] = record.address;
                Some(IpAddr::from([a, b, c, d]))
            }
            AF_INET6 => Some(IpAddr::from(record.address)),
            _ => None,
        };
        Some(Self {
            time: record.time,
            act: *Act::ALL.get(usize::from(record.act))?,
            policy: record.policy,
            action: *Action::ALL.get(usize::from(record.action))?,
            mode: *Mode::ALL.get(usize::from(record.mode))?,
            level: match record.level {
                1 => Level::Lsm,
                2 => Level::FmodRet,
                3 => Level::Cgroup,
                4 => Level::KillBefore,
                _ => return None,
            },
            tgid: record.tgid,
            pid: record.pid,
            uid: record.uid,
            comm,
            cgroup: record.cgroup,
            object: (record.dev, record.ino),
            path: path.map(<[u8]>::to_vec),
            address: address.map(|address| (address, record.port)),
            flags: record.flags,
        })
    }
}
