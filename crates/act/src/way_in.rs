//! Who is logged in from elsewhere, and where sshd listens: that is never blocked.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::process_table::{all, identity, program};

const SERVERS: &[&str] =
    &["/usr/sbin/sshd", "/usr/lib/openssh/sshd-session", "/usr/libexec/openssh/sshd-session"];
const ESTABLISHED: &str = "01";
const LISTENING: &str = "0A";

/// A line of `/proc/thread-self/net/tcp`.
struct Connection {
    local: SocketAddr,
    remote: SocketAddr,
    state: String,
    inode: String,
}

/// An address as the file has it: words of the machine's order.
fn address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| {
        let word = u32::from_str_radix(host.get(at..at + 8)?, 16).ok()?;
        Some(word.to_ne_bytes())
    };
    let ip = if host.len() == 8 {
        IpAddr::V4(Ipv4Addr::from(word(0)?))
    } else {
        let bytes = [word(0)?, word(8)?, word(16)?, word(24)?].concat();
        let six = Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?);
        six.to_ipv4_mapped().map_or(IpAddr::V6(six), IpAddr::V4)
    };
    Some(SocketAddr::new(ip, port))
}

fn connections() -> Vec<Connection> {
    let files = ["/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"].map(fs::read_to_string);
    let lines = files.into_iter().flatten();
    lines
        .flat_map(|text| {
            let parse = |line: &str| {
                let words: Vec<&str> = line.split_ascii_whitespace().collect();
                Some(Connection {
                    local: address(words.get(1)?)?,
                    remote: address(words.get(2)?)?,
                    state: (*words.get(3)?).to_owned(),
                    inode: (*words.get(9)?).to_owned(),
                })
            };
            text.lines().skip(1).filter_map(parse).collect::<Vec<_>>()
        })
        .collect()
}

/// The inodes of the sockets of sshd.
fn sockets() -> BTreeSet<String> {
    let servers: BTreeSet<(u64, u64)> = SERVERS.iter().filter_map(identity).collect();
    let mut inodes = BTreeSet::new();
    for entry in all() {
        if !program(entry.pid).is_some_and(|file| servers.contains(&file)) {
            continue;
        }
        let folder = fs::read_dir(format!("/proc/{}/fd", entry.pid));
        for fd in folder.into_iter().flatten().flatten() {
            let target = fs::read_link(fd.path()).unwrap_or_default();
            let inode = target.to_str().and_then(|text| text.strip_prefix("socket:["));
            inodes.extend(inode.map(|inode| inode.trim_end_matches(']').to_owned()));
        }
    }
    inodes
}

/// From where somebody is logged in.
pub(crate) fn peers() -> Vec<SocketAddr> {
    let sockets = sockets();
    let is_login = |one: &Connection| one.state == ESTABLISHED && sockets.contains(&one.inode);
    connections().into_iter().filter(is_login).map(|one| one.remote).collect()
}

/// The ports on which sshd listens.
pub(crate) fn ports() -> BTreeSet<u16> {
    let sockets = sockets();
    let listens = |one: &Connection| one.state == LISTENING && sockets.contains(&one.inode);
    connections().into_iter().filter(listens).map(|one| one.local.port()).collect()
}

/// Whether an address is in a network.
pub(crate) fn is_within(address: IpAddr, network: IpAddr, prefix: u8) -> bool {
    let same = |a: u128, b: u128, bits: u8| {
        let shift = u32::from(bits - prefix.min(bits));
        a.checked_shr(shift).unwrap_or(0) == b.checked_shr(shift).unwrap_or(0)
    };
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(a.to_bits().into(), b.to_bits().into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.to_bits(), b.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_in_the_order_of_the_machine() {
        let check = |text: &str, expected: &str| {
            assert_eq!(address(text).map(|one| one.to_string()).as_deref(), Some(expected));
        };
        check("0100007F:0016", "127.0.0.1:22");
        check("00000000000000000000000001000000:0016", "[::1]:22");
        check("0000000000000000FFFF00000100000A:0050", "10.0.0.1:80");
        for bad in ["", "0100007F", "zz:1", "0100007F:zz", "01:1"] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }

    #[test]
    fn networks_have_addresses() {
        let check = |address: &str, network: &str, prefix, expected| {
            let got = is_within(address.parse().unwrap(), network.parse().unwrap(), prefix);
            assert_eq!(got, expected, "{address} {network}/{prefix}");
        };
        check("10.1.2.3", "10.0.0.0", 8, true);
        check("11.1.2.3", "10.0.0.0", 8, false);
        check("10.1.2.3", "10.1.2.3", 32, true);
        check("10.1.2.4", "10.1.2.3", 32, false);
        check("::1", "::1", 128, true);
        check("fd00::1", "fd00::", 16, true);
        check("10.1.2.3", "::", 0, false);
    }
}
