//! Actions on the network: `block_address`, `block_network`, `block_port`, `isolate`.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use peregrine_yaml::Node;

use super::parameters::Parameters;
use super::refusal::Refusal;
use crate::occurrence::Occurrence;
use crate::reader::Reader;
use crate::task::{Allowed, Direction, Protocol, Task};
use crate::text::{Text, parse_network, width};

pub(super) const NAMES: &[&str] = &["block_address", "block_network", "block_port", "isolate"];

const HOUR: Duration = Duration::from_hours(1);
const LONGEST: Duration = Duration::from_hours(365 * 24);
/// The shortest prefixes that can be blocked: more is `isolate`.
const SHORTEST: [u8; 2] = [8, 16];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NetworkAction {
    verb: Verb,
    hold: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Verb {
    /// One address alone, or a network too.
    Address(Text, bool),
    Port(Text, Protocol, Direction),
    Isolate(Vec<Allowed>),
}

impl NetworkAction {
    pub(super) fn read(of: &mut Parameters<'_, '_, '_>) -> Option<Self> {
        let (known, required): (&[&str], &[&str]) = match of.word {
            "block_address" => (&["address", "for"], &[]),
            "block_network" => (&["network", "for"], &["network"]),
            "block_port" => (&["port", "protocol", "direction", "for"], &["port"]),
            _ => (&["allow", "for"], &[]),
        };
        if !of.keys(known, required) {
            return None;
        }
        let hold = of.duration_or("for", HOUR, LONGEST);
        let verb = match of.word {
            "block_address" => Verb::Address(of.text_or("address", "fd.rip")?, false),
            "block_network" => Verb::Address(of.text_or("network", "fd.rnet")?, true),
            "block_port" => {
                let port = of.text_or("port", "fd.rport");
                let protocol = of.word_or("protocol", &Protocol::ALL, Protocol::Tcp);
                let direction = of.word_or("direction", &Direction::ALL, Direction::Both);
                let port = port?;
                if let (Some(text), Some(node)) = (port.literal(), of.get("port"))
                    && !text.parse::<u16>().is_ok_and(|port| port > 0)
                {
                    of.reader.expected(node, "port", "a number from 1 to 65535, or a field");
                    return None;
                }
                Verb::Port(port, protocol?, direction?)
            }
            _ => {
                let nodes = match of.get("allow") {
                    Some(node) => of.reader.list(node, "allow")?,
                    None => &[],
                };
                let allow: Vec<Option<Allowed>> =
                    nodes.iter().map(|node| allowed(of.reader, node)).collect();
                Verb::Isolate(allow.into_iter().collect::<Option<_>>()?)
            }
        };
        if let Verb::Address(text, _) = &verb
            && let Some(literal) = text.literal()
            && parse_network(literal).is_none()
            && let Some(node) = of.get("address").or_else(|| of.get("network"))
        {
            of.reader.expected(node, of.word, "an address, a network, or a field with one");
            return None;
        }
        Some(Self { verb, hold: hold? })
    }

    pub(super) fn texts(&self, visit: &mut dyn FnMut(&Text)) {
        match &self.verb {
            Verb::Address(text, _) | Verb::Port(text, ..) => visit(text),
            Verb::Isolate(_) => {}
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self.verb {
            Verb::Address(_, false) => "block_address",
            Verb::Address(_, true) => "block_network",
            Verb::Port(..) => "block_port",
            Verb::Isolate(_) => "isolate",
        }
    }

    pub(super) fn plan(&self, of: &Occurrence) -> Result<Task, Refusal> {
        let hold = self.hold;
        match &self.verb {
            Verb::Address(text, networks) => {
                let shown = || text.bytes(of).map(|bytes| bytes.to_string());
                let network = text.network(of).map_err(Refusal::Missing)?;
                let not = || Refusal::NotAnAddress(shown().unwrap_or_default());
                let (address, prefix) = network.ok_or_else(not)?;
                if prefix != width(address) && !networks {
                    return Err(not());
                }
                let shortest = SHORTEST[usize::from(address.is_ipv6())];
                let name = format!("{address}/{prefix}");
                if prefix < shortest {
                    return Err(Refusal::TooWide(name, shortest));
                }
                if is_ourselves(address) {
                    return Err(Refusal::Ourselves(name));
                }
                Ok(Task::BlockAddress { address, prefix, hold })
            }
            Verb::Port(text, protocol, direction) => {
                let number = text.number(of).map_err(Refusal::Missing)?;
                let port =
                    number.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
                let port = port.ok_or_else(|| Refusal::NotAPort(text.source.clone()))?;
                Ok(Task::BlockPort { port, protocol: *protocol, direction: *direction, hold })
            }
            Verb::Isolate(allow) => Ok(Task::Isolate { allow: allow.clone(), hold }),
        }
    }
}

/// Addresses behind which is this host, or nobody in particular.
fn is_ourselves(address: IpAddr) -> bool {
    let address = match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    };
    address.is_loopback() || address.is_unspecified() || address.is_multicast()
}

fn allowed(reader: &mut Reader<'_>, node: &Node) -> Option<Allowed> {
    let text = reader.scalar(node, "allow")?;
    if text == "dns" {
        return Some(Allowed::Dns);
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(Allowed::Port(address));
    }
    if let Some((address, prefix)) = parse_network(text) {
        return Some(Allowed::Network(address, prefix));
    }
    let words = "an address, a network, an address with its port (10.0.0.5:2801, [::1]:22) or dns";
    reader.expected(node, "allow", words);
    None
}
