//! The event of an act that was decided about before it happened: as its call would have reported it, so that a rule's
//! output says of it what it says of others.

use std::net::SocketAddr;

use peregrine_enforce::Verdict;
use peregrine_event::{
    Descriptor, EventBuilder, EventInfo, EventType, Origin, ParamInfo, ParamType, TrailerWriter,
    syscalls,
};
use peregrine_guard::Act;
use peregrine_guard::layout::flag;
use peregrine_state::Thread;

/// The descriptor it would have got: no process has as many.
const FD: i32 = 0x3fff_ffff;
/// `AT_FDCWD`.
const CURRENT: i64 = -100;
/// `SCAP_FD_FILE_V2`, `SCAP_FD_IPV4_SOCK`, `SCAP_FD_IPV6_SOCK`.
const FILE: u8 = 16;
/// Bytes of a name of a process without its NUL.
const COMM: usize = 15;

/// Whether the act is an `open`, or makes the regular file that an `open` with `O_CREAT` asked for. The kernel asks
/// the same hook about a `mknod` of a regular file, which hardly anybody calls: its event is that of an `open` too.
fn opens(verdict: &Verdict) -> bool {
    let made = flag::BY_MKNOD | flag::REGULAR;
    verdict.act == Act::Open || (verdict.act == Act::Create && verdict.flags & made == made)
}

/// The call that an act is made by.
fn call_of(verdict: &Verdict) -> &'static str {
    let by = |bit: u64| verdict.flags & bit != 0;
    match verdict.act {
        Act::Open => "openat",
        Act::Create if opens(verdict) => "openat",
        Act::Create if by(flag::BY_MKDIR) => "mkdirat",
        Act::Create if by(flag::BY_SYMLINK) => "symlinkat",
        Act::Create if by(flag::BY_LINK) => "linkat",
        Act::Create | Act::Remove if by(flag::BY_RENAME) => "renameat2",
        Act::Create => "mknodat",
        Act::Remove => "unlinkat",
        Act::Link => "linkat",
        Act::Attributes if by(flag::BY_CHOWN) => "fchownat",
        Act::Attributes if by(flag::BY_TRUNCATE) => "truncate",
        Act::Attributes if by(flag::BY_XATTR) => "setxattr",
        Act::Attributes if by(flag::BY_TIMES) => "utimensat",
        Act::Attributes => "fchmodat",
        Act::Exec => "execve",
        Act::MapExec => "mprotect",
        Act::Connect | Act::UnixConnect => "connect",
        Act::Bind => "bind",
        Act::Listen => "listen",
        Act::Socket => "socket",
        Act::LoadModule => "finit_module",
        Act::LoadBpf => "bpf",
        Act::Mount => "mount",
        Act::Unmount => "umount2",
        Act::Trace => "ptrace",
        Act::Signal => "kill",
        Act::ChangeUser => "setuid",
        Act::SetTime => "clock_settime",
    }
}

/// Whether a call is one of an act: the act and its own event are one alert.
pub(super) fn is_of(act: Act, call: &str) -> bool {
    let any = |calls: &[&str]| calls.contains(&call);
    match act {
        Act::Open => any(&["open", "openat", "openat2", "creat", "open_by_handle_at"]),
        Act::Exec => any(&["execve", "execveat"]),
        Act::Connect | Act::UnixConnect => {
            any(&["connect", "sendto", "sendmsg", "sendmmsg", "write"])
        }
        Act::Create | Act::Remove | Act::Link => any(&[
            "mkdir",
            "mkdirat",
            "mknod",
            "mknodat",
            "symlink",
            "symlinkat",
            "link",
            "linkat",
            "rename",
            "renameat",
            "renameat2",
            "unlink",
            "unlinkat",
            "rmdir",
            "open",
            "openat",
            "openat2",
            "creat",
        ]),
        Act::Attributes => {
            ["chmod", "chown", "truncate", "xattr", "utime"].iter().any(|part| call.contains(part))
        }
        Act::MapExec => any(&["mmap", "mmap2", "mprotect", "pkey_mprotect"]),
        Act::Trace => any(&["ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd"]),
        Act::Signal => any(&["kill", "tkill", "tgkill", "pidfd_send_signal"]),
        Act::LoadModule => any(&["init_module", "finit_module"]),
        Act::Mount => any(&["mount", "move_mount", "pivot_root", "fsmount"]),
        Act::Unmount => any(&["umount", "umount2"]),
        Act::ChangeUser => call.starts_with("set"),
        Act::SetTime => any(&["settimeofday", "clock_settime", "adjtimex", "clock_adjtime"]),
        Act::Bind => call == "bind",
        Act::Listen => call == "listen",
        Act::Socket => call == "socket",
        Act::LoadBpf => call == "bpf",
    }
}

/// The event, with its trailer. `thread` is what is known of whoever did it.
pub(crate) fn event(verdict: &Verdict, thread: Option<&Thread>) -> Option<Vec<u8>> {
    let name = call_of(verdict);
    let call = syscalls::by_name(name);
    let code = EventType::newest(name, true).or_else(|| call.and_then(syscalls::Syscall::event))?;
    let info = code.info()?;
    let mut block = EventBuilder::new(code, verdict.time_ns, i64::from(verdict.tid));
    for param in info.params {
        let value = match (param.name, call) {
            ("ID", Some(call)) => Some(call.id.to_le_bytes().to_vec()),
            _ => parameter(info, param, verdict, thread),
        };
        block = block.bytes(&value.unwrap_or_else(|| nothing(param)));
    }
    let mut record = block.finish();
    record.extend(trailer(verdict));
    Some(record)
}

fn path(verdict: &Verdict) -> &[u8] {
    verdict.object.as_ref().map_or(&[], |object| object.path.as_slice())
}

fn with_nul(text: &[u8]) -> Vec<u8> {
    [text, b"\0"].concat()
}

fn number(param: &ParamInfo, value: i64) -> Option<Vec<u8>> {
    Some(value.to_le_bytes().into_iter().take(param.ty.size()?).collect())
}

/// The value of a parameter nothing is known of.
fn nothing(param: &ParamInfo) -> Vec<u8> {
    match param.ty {
        ParamType::Charbuf | ParamType::Fspath | ParamType::Fsrelpath => b"\0".to_vec(),
        _ => number(param, 0).unwrap_or_default(),
    }
}

fn parameter(
    info: &EventInfo,
    param: &ParamInfo,
    verdict: &Verdict,
    thread: Option<&Thread>,
) -> Option<Vec<u8>> {
    let object = verdict.object.as_ref();
    match param.name {
        "fd" => number(param, FD.into()),
        "dirfd" | "olddirfd" | "newdirfd" | "olddir" | "newdir" | "linkdirfd" => {
            number(param, CURRENT)
        }
        "flags" if opens(verdict) => number(param, open_flags(verdict)),
        "ino" | "exe_ino" => number(param, object.map_or(0, |object| object.ino.cast_signed())),
        "addr" if matches!(param.ty, ParamType::Sockaddr) => {
            let (family, end) = address(verdict.address.as_ref()?);
            Some([vec![family], end].concat())
        }
        "tuple" => {
            let remote = verdict.address.as_ref()?;
            let local = SocketAddr::new(
                match remote {
                    SocketAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
                    SocketAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
                },
                0,
            );
            let ((family, from), (_, to)) = (address(&local), address(remote));
            Some([vec![family], from, to].concat())
        }
        _ if verdict.act == Act::Exec => of_program(param, verdict, thread),
        "tid" => number(param, verdict.tid.into()),
        "pid" => number(param, verdict.pid.into()),
        _ => match param.ty {
            // Of a rename or link both paths are the one that is known.
            ParamType::Charbuf | ParamType::Fspath | ParamType::Fsrelpath
                if !path(verdict).is_empty() && !info.params.is_empty() =>
            {
                Some(with_nul(path(verdict)))
            }
            _ => None,
        },
    }
}

/// Of a program that did not start: the file, and the rest as whoever started it is.
fn of_program(param: &ParamInfo, verdict: &Verdict, thread: Option<&Thread>) -> Option<Vec<u8>> {
    let program = path(verdict);
    match param.name {
        "exe" | "trusted_exepath" | "filename" => Some(with_nul(program)),
        "comm" => {
            let name = program.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
            Some(with_nul(&name[..name.len().min(COMM)]))
        }
        "tid" => number(param, verdict.tid.into()),
        "pid" => number(param, verdict.pid.into()),
        "uid" => number(param, verdict.uid.into()),
        _ => {
            let thread = thread?;
            match param.name {
                "ptid" => number(param, thread.ptid),
                "vtid" => number(param, thread.vtid),
                "vpid" => number(param, thread.vpid),
                "pgid" => number(param, thread.pgid),
                "vpgid" => number(param, thread.vpgid),
                "gid" => number(param, thread.gid.into()),
                "loginuid" => number(param, thread.loginuid.into()),
                "tty" => number(param, thread.tty.into()),
                "fdlimit" => number(param, thread.fdlimit),
                "cgroups" => {
                    Some(thread.cgroups.iter().flat_map(|group| with_nul(group)).collect())
                }
                _ => None,
            }
        }
    }
}

/// The flags of `open` in the capture format's numbers, of those of the act.
fn open_flags(verdict: &Verdict) -> i64 {
    // Of a file that is about to be made only that is known: it is to be written.
    let made = if verdict.act == Act::Create { flag::WRITE | flag::CREATE } else { 0 };
    let flags = verdict.flags | made;
    let access = match (flags & flag::READ != 0, flags & flag::WRITE != 0) {
        (true, true) => 3,
        (false, true) => 2,
        _ => 1,
    };
    let rest = [(flag::CREATE, 4), (flag::APPEND, 8), (flag::EXCLUSIVE, 32), (flag::TRUNCATE, 256)];
    rest.iter().filter(|(bit, _)| flags & bit != 0).fold(access, |all, (_, number)| all | number)
}

/// The family and the end of a socket, as captures encode them.
fn address(end: &SocketAddr) -> (u8, Vec<u8>) {
    let (family, mut bytes) = match end.ip() {
        std::net::IpAddr::V4(ip) => (2, ip.octets().to_vec()),
        std::net::IpAddr::V6(ip) => (10, ip.octets().to_vec()),
    };
    bytes.extend_from_slice(&end.port().to_le_bytes());
    (family, bytes)
}

/// What the probe would have reported of the descriptor.
fn trailer(verdict: &Verdict) -> Vec<u8> {
    let writer = TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid: verdict.pid });
    if !opens(verdict) {
        return writer.finish();
    }
    let descriptor = Descriptor {
        fd: FD,
        kind: FILE,
        role: 0,
        open_flags: u32::try_from(open_flags(verdict)).unwrap_or(1),
        dev: verdict
            .object
            .as_ref()
            .map_or(0, |object| u32::try_from(object.dev & 0xffff_ffff).unwrap_or(0)),
        mnt: 0,
        ino: verdict.object.as_ref().map_or(0, |object| object.ino),
        payload: path(verdict),
    };
    writer.descriptor(&descriptor).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(act: Act, flags: u64) -> Verdict {
        let path = b"/etc/cron.d/x".to_vec();
        Verdict {
            time_ns: 1,
            act,
            policy: 1,
            action: peregrine_guard::Action::Deny,
            mode: peregrine_guard::Mode::Enforce,
            level: peregrine_guard::Level::Lsm,
            late: false,
            pid: 10,
            tid: 10,
            uid: 0,
            comm: b"sh".to_vec(),
            object: Some(peregrine_enforce::Object { dev: 1, ino: 2, path }),
            address: None,
            flags,
        }
    }

    #[test]
    fn a_file_an_open_would_have_made_is_reported_as_that_open() {
        let made = verdict(Act::Create, flag::BY_MKNOD | flag::REGULAR);
        let opened = verdict(Act::Open, flag::WRITE | flag::CREATE);
        assert_eq!(event(&made, None).unwrap(), event(&opened, None).unwrap());
    }

    #[test]
    fn what_is_no_regular_file_is_reported_by_the_call_that_makes_it() {
        for (flags, call) in [
            (flag::BY_MKNOD | flag::DEVICE, "mknodat"),
            (flag::BY_MKNOD, "mknodat"),
            (flag::BY_MKDIR | flag::DIRECTORY, "mkdirat"),
            (flag::BY_SYMLINK, "symlinkat"),
        ] {
            assert_eq!(call_of(&verdict(Act::Create, flags)), call);
        }
    }
}
