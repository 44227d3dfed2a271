//! How long a process runs, to the microsecond: `/proc` counts in hundredths of a second, within which a number can be
//! used twice. The kernel says so over generic netlink (`TASKSTATS`).

use std::os::fd::OwnedFd;

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with,
};

const GENL_ID_CTRL: u16 = 0x10;
const CTRL_CMD_GETFAMILY: u8 = 3;
const CTRL_ATTR_FAMILY_ID: u16 = 1;
const CTRL_ATTR_FAMILY_NAME: u16 = 2;
const TASKSTATS_CMD_GET: u8 = 1;
const TASKSTATS_CMD_ATTR_PID: u16 = 1;
const TASKSTATS_TYPE_STATS: u16 = 3;
const TASKSTATS_TYPE_AGGR_PID: u16 = 4;
/// Where `ac_etime` is in `struct taskstats`, microseconds.
const ELAPSED: usize = 144;
const NLM_F_REQUEST: u16 = 1;
const HEADER: usize = 20;

/// A connection to the kernel.
#[derive(Debug)]
pub(crate) struct TaskStats {
    socket: OwnedFd,
    family: u16,
}

fn attribute(kind: u16, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(4 + payload.len()).unwrap_or(4);
    let mut bytes = [len.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend_from_slice(payload);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn message(kind: u16, command: u8, attribute: &[u8]) -> Vec<u8> {
    let len = u32::try_from(HEADER + attribute.len()).unwrap_or(0);
    let mut bytes = len.to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(NLM_F_REQUEST.to_ne_bytes());
    bytes.extend([0; 8]);
    bytes.extend([command, 1, 0, 0]);
    bytes.extend_from_slice(attribute);
    bytes
}

/// The payload of an attribute of a kind.
fn find(mut bytes: &[u8], kind: u16) -> Option<&[u8]> {
    loop {
        let head: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
        let [low, high, kind_low, kind_high] = head;
        let len = usize::from(u16::from_ne_bytes([low, high]));
        let payload = bytes.get(4..len)?;
        if u16::from_ne_bytes([kind_low, kind_high]) & 0x3fff == kind {
            return Some(payload);
        }
        bytes = bytes.get(len.next_multiple_of(4)..)?;
    }
}

impl TaskStats {
    /// Connects; none where the kernel has it not, or this process may not ask.
    pub(crate) fn connect() -> Option<Self> {
        let (family, kind) = (AddressFamily::NETLINK, SocketType::RAW);
        let protocol = Some(netlink::GENERIC);
        let socket = socket_with(family, kind, SocketFlags::CLOEXEC, protocol).ok()?;
        let mut stats = Self { socket, family: GENL_ID_CTRL };
        let name = attribute(CTRL_ATTR_FAMILY_NAME, b"TASKSTATS\0");
        let answer = stats.ask(CTRL_CMD_GETFAMILY, &name)?;
        let id = find(answer.get(HEADER..)?, CTRL_ATTR_FAMILY_ID)?;
        stats.family = u16::from_ne_bytes(id.get(..2)?.try_into().ok()?);
        Some(stats)
    }

    fn ask(&self, command: u8, attribute: &[u8]) -> Option<Vec<u8>> {
        send(&self.socket, &message(self.family, command, attribute), SendFlags::empty()).ok()?;
        let mut answer = vec![0; 8192];
        // The kernel answers within the call: what is not there yet does not come.
        let (len, _) = recv(&self.socket, answer.as_mut_slice(), RecvFlags::DONTWAIT).ok()?;
        answer.truncate(len);
        // An error has another kind.
        let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
        (kind == self.family).then_some(answer)
    }

    /// For how long a process runs, microseconds.
    pub(crate) fn elapsed_us(&self, pid: i32) -> Option<u64> {
        let pid = attribute(TASKSTATS_CMD_ATTR_PID, &pid.to_ne_bytes());
        let answer = self.ask(TASKSTATS_CMD_GET, &pid)?;
        let group = find(answer.get(HEADER..)?, TASKSTATS_TYPE_AGGR_PID)?;
        let stats = find(group, TASKSTATS_TYPE_STATS)?;
        Some(u64::from_ne_bytes(stats.get(ELAPSED..ELAPSED + 8)?.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn the_kernel_knows_how_long_a_process_runs() {
        let Some(stats) = TaskStats::connect() else {
            eprintln!("skipped: the kernel has no TASKSTATS for this process");
            return;
        };
        let before = Instant::now();
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let begun = Instant::now();
        let Some(elapsed) = stats.elapsed_us(child.id().cast_signed()) else {
            child.kill().unwrap();
            child.wait().unwrap();
            eprintln!("skipped: this process may not ask");
            return;
        };
        let (longest, since) = (before.elapsed(), begun.elapsed());
        child.kill().unwrap();
        child.wait().unwrap();
        let elapsed = Duration::from_micros(elapsed);
        assert!(elapsed <= longest, "{elapsed:?} {longest:?}");
        assert!(elapsed + since + Duration::from_millis(100) >= since, "{elapsed:?} {since:?}");
        assert_eq!(stats.elapsed_us(child.id().cast_signed()), None);
    }
}
