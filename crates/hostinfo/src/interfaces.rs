//! The addresses of this host.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use peregrine_state::Interface;

use crate::host_files::{is_other_proc, proc};

/// Addresses change rarely: `/proc` is not read for every event.
const FRESH: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(crate) struct Interfaces {
    known: Rc<[Interface]>,
    read: Option<Instant>,
}

impl Interfaces {
    /// The addresses now, or a few seconds ago.
    pub(crate) fn now(&mut self) -> Rc<[Interface]> {
        if self.read.is_none_or(|read| read.elapsed() > FRESH) {
            // Where `/proc` is another namespace's, so is the network; the first process has the host's.
            let of = if is_other_proc() { "1/net" } else { "net" };
            let read = |name| {
                let path = format!("{}/{of}/{name}", proc());
                std::fs::read_to_string(path).unwrap_or_default()
            };
            let mut all = ipv4(&read("fib_trie"));
            all.extend(ipv6(&read("if_inet6")));
            self.known = all.into();
            self.read = Some(Instant::now());
        }
        Rc::clone(&self.known)
    }
}

/// Of the routes those to the host itself: `|-- 10.0.2.15` and below it `/32 host LOCAL`.
fn ipv4(text: &str) -> Vec<Interface> {
    let mut all: Vec<Interface> = Vec::new();
    let mut leaf = None;
    for line in text.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse::<Ipv4Addr>().ok();
        } else if line == "/32 host LOCAL"
            && let Some(address) = leaf.map(IpAddr::V4)
            && all.iter().all(|known| known.address != address)
        {
            all.push(Interface { address, netmask: IpAddr::V4(Ipv4Addr::BROADCAST) });
        }
    }
    all
}

/// `00000000000000000000000000000001 01 80 10 80 lo`: address, interface, length of the prefix.
fn ipv6(text: &str) -> Vec<Interface> {
    let one = |line: &str| {
        let mut words = line.split_whitespace();
        let address = Ipv6Addr::from(u128::from_str_radix(words.next()?, 16).ok()?);
        let prefix = u32::from_str_radix(words.nth(1)?, 16).ok().filter(|bits| *bits <= 128)?;
        let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
        Some(Interface { address: address.into(), netmask: IpAddr::V6(Ipv6Addr::from(mask)) })
    };
    text.lines().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let text = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     |-- 10.0.2.15\n        /32 host LOCAL\n     |-- 10.0.2.255\n        /32 link BROADCAST\nLocal:\n     |-- 10.0.2.15\n        /32 host LOCAL\n";
        let addresses = |all: Vec<Interface>| -> Vec<String> {
            all.iter().map(|one| format!("{} {}", one.address, one.netmask)).collect()
        };
        assert_eq!(addresses(ipv4(text)), ["10.0.2.15 255.255.255.255"]);
        let text = "00000000000000000000000000000001 01 80 10 80       lo\nfe800000000000000000000000000001 02 40 20 80 eth0\nbad\n";
        assert_eq!(
            addresses(ipv6(text)),
            ["::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::1 ffff:ffff:ffff:ffff::"]
        );
    }
}
