//! The endpoints of a socket and its protocol, stored as Falco stores them.
//!
//! Falco has one buffer for sockets of all kinds, laid out by the socket's kind:
//!
//! | kind | source | destination | its ports | protocol |
//! |---|---|---|---|---|
//! | IPv4 | 0 to 4 | 4 to 8 | 8, 10 | 12 |
//! | IPv6 | 0 to 16 | 16 to 32 | 32, 34 | 36 |
//! | listening, IPv4 | - | 0 to 4 | -, 4 | 6 |
//! | listening, IPv6 | - | 0 to 16 | -, 16 | 18 |
//!
//! A socket whose kind changes keeps the buffer, which is then read by the new layout: an IPv6 socket
//! that turns out to speak IPv4 loses its protocol, and one that listened may show the port as a part
//! of an address. Rules written for Falco see these values, so this crate does the same.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use crate::fd::{L4, kinds};

const SIZE: usize = 37;

/// Offsets in the buffer.
struct Layout {
    width: usize,
    source: Option<(usize, usize)>,
    destination: (usize, usize),
    l4: usize,
}

const V4: Layout = Layout { width: 4, source: Some((0, 8)), destination: (4, 10), l4: 12 };
const V6: Layout = Layout { width: 16, source: Some((0, 32)), destination: (16, 34), l4: 36 };
const WAITING_V4: Layout = Layout { width: 4, source: None, destination: (0, 4), l4: 6 };
const WAITING_V6: Layout = Layout { width: 16, source: None, destination: (0, 16), l4: 18 };

fn layout(kind: i8) -> Option<&'static Layout> {
    match kind {
        kinds::IPV4_SOCK => Some(&V4),
        kinds::IPV6_SOCK => Some(&V6),
        kinds::IPV4_SERVSOCK => Some(&WAITING_V4),
        kinds::IPV6_SERVSOCK => Some(&WAITING_V6),
        _ => None,
    }
}

/// An address and a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// The address.
    pub ip: IpAddr,
    /// The port.
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", IpText(self.ip), self.port)
    }
}

/// An address as `inet_ntop` writes it.
#[derive(Debug, Clone, Copy)]
pub struct IpText(pub IpAddr);

impl fmt::Display for IpText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Six groups of zeros before something else: `inet_ntop` shows an IPv4 address.
        if let IpAddr::V6(ip) = self.0
            && let [0, 0, 0, 0, 0, 0, high, low] = ip.segments()
            && high != 0
        {
            let last = Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
            return write!(f, "::{last}");
        }
        self.0.fmt(f)
    }
}

/// The IPv4 address that an IPv6 address maps; `::` is the unspecified address of both.
pub(crate) fn mapped(ip: IpAddr) -> Option<Ipv4Addr> {
    match ip {
        IpAddr::V4(ip) => Some(ip),
        IpAddr::V6(ip) if ip.is_unspecified() => Some(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(ip) => ip.to_ipv4_mapped(),
    }
}

/// An address and a port from the front of `bytes`.
pub(crate) fn endpoint(bytes: &[u8], width: usize) -> Option<Endpoint> {
    let port = bytes.get(width..width + 2)?.try_into().ok().map(u16::from_le_bytes)?;
    let ip = if width == 4 {
        IpAddr::from(*bytes.first_chunk::<4>()?)
    } else {
        IpAddr::from(*bytes.first_chunk::<16>()?)
    };
    Some(Endpoint { ip, port })
}

/// The two endpoints of a tuple (`family u8`, source, destination), and the kind of socket they belong
/// to: IPv4 where both addresses map to IPv4.
pub(crate) fn pair(tuple: &[u8]) -> Option<(i8, Endpoint, Endpoint)> {
    let (family, rest) = tuple.split_first()?;
    let width = match *family {
        2 => 4,
        10 => 16,
        _ => return None,
    };
    let (source, destination) = (endpoint(rest, width)?, endpoint(rest.get(width + 2..)?, width)?);
    Some(match (mapped(source.ip), mapped(destination.ip)) {
        (Some(from), Some(to)) => (
            kinds::IPV4_SOCK,
            Endpoint { ip: from.into(), ..source },
            Endpoint { ip: to.into(), ..destination },
        ),
        _ => (kinds::IPV6_SOCK, source, destination),
    })
}

/// A socket tuple as text: its endpoints, or for a unix socket the kernel's addresses and the path.
pub fn tuple_text(tuple: &[u8]) -> Option<Vec<u8>> {
    let (family, rest) = tuple.split_first()?;
    if *family != 1 {
        let (_, source, destination) = pair(tuple)?;
        return Some(format!("{source}->{destination}").into_bytes());
    }
    let number = |at: usize| {
        rest.get(at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u64::from_le_bytes)
    };
    let path = rest.get(16..).unwrap_or_default();
    let path = path.split(|byte| *byte == 0).next().unwrap_or_default();
    let mut text = format!("{:x}->{:x} ", number(0), number(8)).into_bytes();
    text.extend_from_slice(path);
    Some(text)
}

/// The endpoints of a socket and its protocol, as far as known; read by the socket's kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ends(pub(crate) [u8; SIZE]);

impl Default for Ends {
    fn default() -> Self {
        Self([0; SIZE])
    }
}

impl fmt::Debug for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ends({:02x?})", self.0)
    }
}

impl Ends {
    fn take<const N: usize>(&self, at: usize) -> [u8; N] {
        self.0.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.0.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }

    fn end(&self, width: usize, (ip, port): (usize, usize)) -> Endpoint {
        let port = u16::from_le_bytes(self.take(port));
        let ip = if width == 4 {
            IpAddr::from(self.take::<4>(ip))
        } else {
            IpAddr::from(self.take::<16>(ip))
        };
        Endpoint { ip, port }
    }

    fn put_ip(&mut self, at: usize, ip: IpAddr) {
        match ip {
            IpAddr::V4(ip) => self.put(at, &ip.octets()),
            IpAddr::V6(ip) => self.put(at, &ip.octets()),
        }
    }

    /// Of two endpoints the client's.
    pub fn source(&self, kind: i8) -> Option<Endpoint> {
        let layout = layout(kind)?;
        Some(self.end(layout.width, layout.source?))
    }

    /// The server's endpoint, or the one a socket listens on.
    pub fn destination(&self, kind: i8) -> Option<Endpoint> {
        let layout = layout(kind)?;
        Some(self.end(layout.width, layout.destination))
    }

    /// The protocol's number.
    pub(crate) fn l4_id(&self, kind: i8) -> u8 {
        layout(kind).and_then(|layout| self.0.get(layout.l4).copied()).unwrap_or(0)
    }

    /// The protocol.
    pub(crate) fn l4(&self, kind: i8) -> L4 {
        L4::from_id(self.l4_id(kind))
    }

    pub(crate) fn set_l4(&mut self, kind: i8, l4: u8) {
        if let Some(layout) = layout(kind) {
            self.put(layout.l4, &[l4]);
        }
    }

    /// Writes an endpoint at the offsets of a layout.
    fn set(&mut self, (ip, port): (usize, usize), end: Endpoint) {
        self.put_ip(ip, end.ip);
        self.put(port, &end.port.to_le_bytes());
    }

    /// Sets the server's endpoint.
    pub(crate) fn set_destination(&mut self, kind: i8, end: Endpoint) {
        if let Some(layout) = layout(kind) {
            self.set(layout.destination, end);
        }
    }

    pub(crate) fn set_source(&mut self, kind: i8, end: Endpoint) {
        if let Some(place) = layout(kind).and_then(|layout| layout.source) {
            self.set(place, end);
        }
    }

    /// Sets both endpoints. Returns whether anything changed: known endpoints do not, in either order,
    /// where the socket `is` of their kind already.
    pub(crate) fn take_over(
        &mut self,
        is: i8,
        (kind, source, destination): (i8, Endpoint, Endpoint),
    ) -> bool {
        let (Some(first), Some(second)) = (self.source(kind), self.destination(kind)) else {
            return false;
        };
        let same = (first, second) == (source, destination);
        if same || (is == kind && (second, first) == (source, destination)) {
            // The unspecified endpoint always counts as a change.
            return is != kind && (destination.port == 0 || destination.ip.is_unspecified());
        }
        self.set_source(kind, source);
        self.set_destination(kind, destination);
        true
    }

    /// Exchanges the two endpoints.
    pub(crate) fn swap(&mut self, kind: i8) {
        if let (Some(source), Some(destination)) = (self.source(kind), self.destination(kind)) {
            self.set_source(kind, destination);
            self.set_destination(kind, source);
        }
    }

    /// The ports by which a process's IPv4 sockets are searched, whatever the kind.
    pub(crate) fn ports(&self) -> (u16, u16) {
        (u16::from_le_bytes(self.take(8)), u16::from_le_bytes(self.take(10)))
    }

    /// The name of a socket with these endpoints.
    pub(crate) fn name(&self, kind: i8) -> Option<String> {
        let (source, destination) = (self.source(kind)?, self.destination(kind)?);
        let v4 = mapped(source.ip).zip(mapped(destination.ip));
        let bare = |from: IpAddr, to: IpAddr| format!("{}->{}", IpText(from), IpText(to));
        Some(match (self.l4(kind), v4) {
            (L4::Tcp | L4::Udp, Some((from, to))) if kind == kinds::IPV6_SOCK => {
                let (from_port, to_port) = self.ports();
                format!("{from}:{from_port}->{to}:{to_port}")
            }
            (L4::Tcp | L4::Udp, _) => format!("{source}->{destination}"),
            (L4::Icmp, Some((from, to))) => bare(from.into(), to.into()),
            (L4::Icmp, None) => bare(source.ip, destination.ip),
            (L4::Raw, _) if kind == kinds::IPV4_SOCK => bare(source.ip, destination.ip),
            _ => "<unknown>".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_inet_ntop_does() {
        for (ip, text) in [
            ("::", "::"),
            ("::1", "::1"),
            ("::ffff", "::ffff"),
            ("::1:0", "::0.1.0.0"),
            ("::ffff:ffff", "::255.255.255.255"),
            ("::ffff:172.16.184.129", "::ffff:172.16.184.129"),
            ("0:0:0:0:0:1:2:3", "::1:2:3"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("10.0.0.1", "10.0.0.1"),
        ] {
            assert_eq!(IpText(ip.parse().unwrap()).to_string(), text);
        }
    }
}
