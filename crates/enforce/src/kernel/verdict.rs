//! The records of verdicts.

use std::net::{IpAddr, SocketAddr};

use peregrine_guard::{Act, Action, Level, Mode};
use rustix::time::{ClockId, clock_gettime};
use zerocopy::FromBytes as _;

use super::shared::{PATH_BYTES, Record};
use crate::{Object, Verdict};

const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;

/// Reads a record; nothing where it is none.
pub(super) fn read(bytes: &[u8]) -> Option<Verdict> {
    let record = Record::read_from_prefix(bytes).ok()?.0;
    let comm = record.comm.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
    let from = usize::try_from(record.path_at).ok()?;
    let path = record.path.get(from..PATH_BYTES).unwrap_or_default().to_vec();
    let address = match record.family {
        AF_INET => {
            let [.., a, b, c, d] = record.address;
            Some(IpAddr::from([a, b, c, d]))
        }
        AF_INET6 => Some(IpAddr::from(record.address)),
        _ => None,
    };
    let (major, minor) = (record.dev >> 20, record.dev & 0xf_ffff);
    let object = Object { dev: libc::makedev(major, minor), ino: record.ino, path };
    Some(Verdict {
        time_ns: record.time.saturating_add(boot_time()),
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
        late: false,
        pid: record.tgid,
        tid: record.pid,
        uid: record.uid,
        comm,
        object: (record.dev != 0 || record.ino != 0 || !object.path.is_empty()).then_some(object),
        address: address.map(|address| SocketAddr::new(address, record.port)),
        flags: record.flags,
    })
}

/// When the host started, in nanoseconds since the epoch.
fn boot_time() -> u64 {
    let now = |clock| {
        let time = clock_gettime(clock);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        seconds * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0)
    };
    now(ClockId::Realtime).saturating_sub(now(ClockId::Boottime))
}
