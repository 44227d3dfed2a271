//! Descriptors of every kind, as the kernel has them and as the probe tells them.

use std::net::{IpAddr, Ipv6Addr};

use peregrine_event::{Descriptor, EventType, Origin, TrailerWriter};
use peregrine_kfilter::host::Fd;
use peregrine_testkit::events::Dice;
use peregrine_testkit::streams::{Given, event};

use crate::host::Task;
use Given::{Bytes, Number};

const IPV4: u8 = 3;
const IPV6: u8 = 4;
const UNIX: u8 = 8;
const NAMELESS: u8 = 10;
const FILE: u8 = 16;
const INET_KINDS: u32 = 0x78;
pub(crate) const ADDRESSES: [&str; 6] =
    ["10.0.0.1", "10.1.2.3", "192.168.0.9", "::1", "2001:db8::5", "127.0.0.1"];
pub(crate) const PORTS: [u16; 5] = [53, 80, 443, 1024, 40_000];

type End = (IpAddr, u16);

#[derive(Debug, Clone)]
pub(crate) struct Object {
    kind: u8,
    transport: u8,
    ends: Option<(End, Option<End>)>,
    text: &'static str,
    ino: u64,
}

fn end(dice: &mut Dice, v4: bool) -> End {
    let all: Vec<IpAddr> = ADDRESSES.iter().map(|text| text.parse().unwrap()).collect();
    let fit: Vec<&IpAddr> = all.iter().filter(|ip| ip.is_ipv4() == v4).collect();
    (*fit[dice.roll(fit.len())], PORTS[dice.roll(PORTS.len())])
}

impl Object {
    pub(crate) fn some(dice: &mut Dice, ino: u64) -> Self {
        let plain = |kind, text| Self { kind, transport: 1, ends: None, text, ino };
        match dice.roll(10) {
            0 => plain(FILE, "/srv/data"),
            1 => plain(FILE, "memfd:x"),
            2 => plain(7, "pipe:[7]"),
            3 => plain(UNIX, ""),
            4 => plain(15, ""),
            5 => plain(NAMELESS, "anon_inode:[eventfd]"),
            _ => {
                let (v4, mapped) = (dice.roll(2) == 0, dice.roll(3) == 0);
                let transport = 2 + u8::try_from(dice.roll(2)).unwrap();
                let local = end(dice, v4);
                let met = transport == 2 || dice.roll(2) == 0;
                let other = met.then(|| end(dice, v4));
                let kind = if v4 && !mapped { IPV4 } else { IPV6 };
                Self { kind, transport, ends: Some((local, other)), text: "", ino }
            }
        }
    }

    fn is_inet(&self) -> bool {
        self.ends.is_some()
    }

    /// An address as it lies in the socket.
    fn put(&self, out: &mut Vec<u8>, (ip, port): End) {
        match ip {
            IpAddr::V4(ip) if self.kind == IPV4 => out.extend(ip.octets()),
            IpAddr::V4(ip) => out.extend(ip.to_ipv6_mapped().octets()),
            IpAddr::V6(ip) => out.extend(ip.octets()),
        }
        out.extend(port.to_le_bytes());
    }

    fn nobody(&self) -> End {
        let any: IpAddr =
            if self.kind == IPV4 { [0, 0, 0, 0].into() } else { Ipv6Addr::UNSPECIFIED.into() };
        (any, 0)
    }

    /// Family and both ends, as `put_ends`; `given`: an address that came with the call.
    fn tuple(&self, inbound: bool, given: Option<End>) -> Vec<u8> {
        let Some((local, other)) = self.ends else {
            let mut unix = vec![1];
            unix.extend(self.ino.to_le_bytes());
            unix.extend([0; 9]);
            return if self.kind == UNIX { unix } else { Vec::new() };
        };
        let other = other.or(given).unwrap_or_else(|| self.nobody());
        let mut tuple = vec![if self.kind == IPV4 { 2 } else { 10 }];
        let (first, second) = if inbound { (other, local) } else { (local, other) };
        self.put(&mut tuple, first);
        self.put(&mut tuple, second);
        tuple
    }

    fn facts(&self, task: &Task, fd: i64, role: u8) -> Vec<u8> {
        let mut payload = self.text.as_bytes().to_vec();
        if self.is_inet() || self.kind == UNIX {
            payload = [vec![self.transport], self.tuple(role & 1 != 0, None)].concat();
        }
        let pid = u32::try_from(task.pid).unwrap();
        TrailerWriter::default()
            .origin(Origin { cpu: 0, flags: 0, pid })
            .descriptor(&Descriptor {
                fd: i32::try_from(fd).unwrap(),
                kind: self.kind,
                role,
                open_flags: 1,
                dev: 1,
                mnt: 1,
                ino: self.ino,
                payload: &payload,
            })
            .finish()
    }

    /// A call that is told whole and says which end asked.
    pub(crate) fn connect(&self, task: &Task, ts: u64, fd: i64) -> Option<Vec<u8>> {
        self.ends?.1?;
        let tuple = self.tuple(false, None);
        let given = [("tuple", Bytes(&tuple)), ("fd", Number(fd))];
        let block = event(EventType::SOCKET_CONNECT_X, ts, task.tid, &given);
        Some([block, self.facts(task, fd, 2 | 4)].concat())
    }

    /// A call that moves data.
    pub(crate) fn moves(
        &self,
        dice: &mut Dice,
        task: &Task,
        ts: u64,
        call: &str,
        fd: i64,
        result: i64,
    ) -> Vec<u8> {
        let code = match call {
            "read" => EventType::SYSCALL_READ_X,
            "write" => EventType::SYSCALL_WRITE_X,
            "sendto" => EventType::SOCKET_SENDTO_X,
            _ => EventType::SOCKET_RECVFROM_X,
        };
        let given = self.ends.map(|(local, _)| end(dice, local.0.is_ipv4()));
        let reported = if call == "sendto" || result > 0 {
            self.tuple(call == "recvfrom", given)
        } else {
            Vec::new()
        };
        let values = [("res", Number(result)), ("fd", Number(fd)), ("tuple", Bytes(&reported))];
        [event(code, ts, task.tid, &values), self.facts(task, fd, 0)].concat()
    }

    /// As `look_at_fd` gathers it.
    pub(crate) fn look(&self) -> Fd {
        let mut fd = Fd { kinds: 1 << self.kind, transports: 1 << 1, ..Fd::default() };
        match self.ends {
            None if self.kind == NAMELESS => {
                fd.kinds = 1 | 1 << 17 | 1 << 18 | 1 << 19 | 1 << 21 | 0x7e00;
            }
            None if self.text.starts_with("memf") => fd.kinds |= 1 << 20,
            None => {}
            Some((local, Some(other))) => {
                fd.transports = 1 << self.transport;
                fd.met = 1;
                for (place, (ip, port)) in [local, other].into_iter().enumerate() {
                    let ip = match ip {
                        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
                        IpAddr::V6(ip) => ip,
                    };
                    let bytes = ip.octets();
                    let word = |from| u64::from_le_bytes(bytes[from..from + 8].try_into().unwrap());
                    fd.address[place] = [word(0), word(8)];
                    fd.port[place] = port;
                    if ip.to_ipv4_mapped().is_some() {
                        fd.kinds |= 1 << IPV4;
                    }
                }
            }
            Some((_, None)) => (fd.kinds, fd.transports) = (INET_KINDS, u32::MAX),
        }
        fd
    }
}
