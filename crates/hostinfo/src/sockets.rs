//! Sockets by inode, from the tables in `/proc/<pid>/net`.

use std::collections::HashMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use peregrine_event::{EventBuilder, EventType};

use crate::host_files::proc;
use crate::process::record;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Socket {
    Inet { local: (IpAddr, u16), remote: (IpAddr, u16), kind: u16, protocol: u16 },
    Unix { kind: u16, pointer: u64, path: String },
    Netlink { protocol: u16 },
}

/// The sockets of each network namespace, read on first use.
#[derive(Debug, Default)]
pub(crate) struct Sockets(HashMap<String, HashMap<u64, Socket>>);

impl Sockets {
    /// Writes the record of a socket that is in a table.
    pub(crate) fn write(&mut self, pid: i64, fd: i32, inode: u64, take: &mut dyn FnMut(&[u8])) {
        let namespace = fs::read_link(format!("{}/{pid}/ns/net", proc()))
            .map(|link| link.to_string_lossy().into_owned())
            .unwrap_or_default();
        let table = self.0.entry(namespace).or_insert_with(|| read(pid));
        let Some(socket) = table.get(&inode) else { return };
        let block = |code| EventBuilder::new(code, 0, pid).i32(fd);
        let block = match socket {
            Socket::Inet { local, remote, kind, protocol } => {
                let v4 = local.0.is_ipv4();
                let code = if v4 {
                    EventType::ITER_TASK_FILE_SOCKET_INET_E
                } else {
                    EventType::ITER_TASK_FILE_SOCKET_INET6_E
                };
                block(code)
                    .u16(*kind)
                    .u16(*protocol)
                    .bytes(&octets(local.0))
                    .u16(local.1)
                    .bytes(&octets(remote.0))
                    .u16(remote.1)
                    .u64(inode)
            }
            Socket::Unix { kind, pointer, path } => block(EventType::ITER_TASK_FILE_SOCKET_UNIX_E)
                .u16(*kind)
                .u16(0)
                .u64(*pointer)
                .str(path.as_bytes())
                .u64(inode),
            Socket::Netlink { protocol } => {
                block(EventType::ITER_TASK_FILE_SOCKET_NETLINK_E).u16(3).u16(*protocol).u64(inode)
            }
        };
        record(block, pid, take);
    }
}

fn octets(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}

fn read(pid: i64) -> HashMap<u64, Socket> {
    let mut sockets = HashMap::new();
    let text =
        |name: &str| fs::read_to_string(format!("{}/{pid}/net/{name}", proc())).unwrap_or_default();
    for (name, kind, protocol) in [
        ("tcp", 1, 6),
        ("tcp6", 1, 6),
        ("udp", 2, 17),
        ("udp6", 2, 17),
        ("raw", 3, 255),
        ("raw6", 3, 255),
    ] {
        sockets.extend(text(name).lines().skip(1).filter_map(|line| inet(line, kind, protocol)));
    }
    sockets.extend(text("unix").lines().skip(1).filter_map(unix));
    sockets.extend(text("netlink").lines().skip(1).filter_map(netlink));
    sockets
}

/// `0: 0100007F:0016 00000000:0000 0A ... inode`.
fn inet(line: &str, kind: u16, protocol: u16) -> Option<(u64, Socket)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (local, remote) = (end(words.get(1)?)?, end(words.get(2)?)?);
    let inode = words.get(9)?.parse().ok()?;
    Some((inode, Socket::Inet { local, remote, kind, protocol }))
}

/// An address as the kernel prints it: 32-bit words in the host's byte order, then the port.
fn end(text: &str) -> Option<(IpAddr, u16)> {
    let (address, port) = text.split_once(':')?;
    let mut bytes = Vec::new();
    let mut rest = address;
    while let Some((word, behind)) = rest.split_at_checked(8) {
        bytes.extend(u32::from_str_radix(word, 16).ok()?.to_ne_bytes());
        rest = behind;
    }
    let ip = match bytes.len() {
        4 => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
        16 => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
        _ => return None,
    };
    Some((ip, u16::from_str_radix(port, 16).ok()?))
}

/// `0000000000000000: 00000002 00000000 00010000 0001 01 21734 /run/x`.
fn unix(line: &str) -> Option<(u64, Socket)> {
    let mut words = line.split_whitespace();
    let pointer = u64::from_str_radix(words.next()?.trim_end_matches(':'), 16).ok()?;
    let kind = u16::from_str_radix(words.nth(3)?, 16).ok()?;
    let inode = words.nth(1)?.parse().ok()?;
    // An abstract name has an @ for its leading NUL.
    let path = words.next().unwrap_or_default().to_owned();
    Some((inode, Socket::Unix { kind, pointer, path }))
}

/// `sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode`.
fn netlink(line: &str) -> Option<(u64, Socket)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    Some((words.get(9)?.parse().ok()?, Socket::Netlink { protocol: words.get(1)?.parse().ok()? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read() {
        let line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 22222 1 0";
        let (inode, socket) = inet(line, 1, 6).unwrap();
        let local = ("127.0.0.1".parse().unwrap(), 8080);
        let remote = ("0.0.0.0".parse().unwrap(), 0);
        assert_eq!((inode, socket), (22222, Socket::Inet { local, remote, kind: 1, protocol: 6 }));
        let six = end("00000000000000000000000001000000:0016").unwrap();
        assert_eq!(six, ("::1".parse().unwrap(), 22));
        let line = "0000000000000000: 00000002 00000000 00010000 0001 01 21734 @/tmp/x";
        let (inode, socket) = unix(line).unwrap();
        assert_eq!(
            (inode, socket),
            (21734, Socket::Unix { kind: 1, pointer: 0, path: "@/tmp/x".to_owned() })
        );
        assert_eq!(inet("damaged", 1, 6), None);
        assert_eq!(end("ÄÄÄÄÄÄÄÄ:0"), None);
    }
}
