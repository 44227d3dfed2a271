//! Sockets of the loopback that count what arrives, and addresses of them.

use std::cell::Cell;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, UdpSocket};
use std::os::fd::AsRawFd as _;

use crate::acts::call;

/// What listens, at one port of each family.
pub(crate) struct Wires {
    /// No connection and no datagram may come here.
    pub(crate) port: u16,
    /// Nothing may be bound to it.
    pub(crate) unbound: u16,
    /// Nothing may listen there.
    pub(crate) unheard: u16,
    streams: Vec<TcpListener>,
    datagrams: Vec<UdpSocket>,
    /// To `port`, from before any policy.
    connected: UdpSocket,
    arrived: Cell<u32>,
}

impl Wires {
    pub(crate) fn new() -> Self {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = first.local_addr().unwrap().port();
        let mut streams = vec![first];
        let mut datagrams = vec![UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).unwrap()];
        // Where there is no IPv6 its ways have no effect.
        streams.extend(TcpListener::bind((Ipv6Addr::LOCALHOST, port)));
        datagrams.extend(UdpSocket::bind((Ipv6Addr::LOCALHOST, port)));
        for one in &streams {
            one.set_nonblocking(true).unwrap();
        }
        for one in &datagrams {
            one.set_nonblocking(true).unwrap();
        }
        let free =
            || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let (unbound, unheard) = (free(), free());
        let connected = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        connected.connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        let arrived = Cell::new(0);
        Self { port, unbound, unheard, streams, datagrams, connected, arrived }
    }

    pub(super) fn connected(&self) -> i32 {
        self.connected.as_raw_fd()
    }

    /// Connections and datagrams that came, all since the start.
    pub(crate) fn arrived(&self) -> u32 {
        for one in &self.streams {
            while one.accept().is_ok() {
                self.arrived.set(self.arrived.get() + 1);
            }
        }
        for one in &self.datagrams {
            while one.recv(&mut [0; 64]).is_ok() {
                self.arrived.set(self.arrived.get() + 1);
            }
        }
        self.arrived.get()
    }
}

/// A family as addresses have it.
pub(super) fn family(family: i32) -> [u8; 2] {
    u16::try_from(family).unwrap().to_ne_bytes()
}

/// An address as calls are given it.
pub(super) struct Address {
    bytes: [u8; 28],
    pub(super) len: u32,
    pub(super) family: i32,
}

impl Address {
    /// 127.0.0.1.
    pub(super) fn v4(port: u16) -> Self {
        let mut bytes = [0; 28];
        bytes[..2].copy_from_slice(&family(libc::AF_INET));
        bytes[2..4].copy_from_slice(&port.to_be_bytes());
        bytes[4..8].copy_from_slice(&Ipv4Addr::LOCALHOST.octets());
        Self { bytes, len: 16, family: libc::AF_INET }
    }

    /// `::1`.
    pub(super) fn v6(port: u16) -> Self {
        Self::of_v6(Ipv6Addr::LOCALHOST, port)
    }

    /// `::ffff:127.0.0.1`.
    pub(super) fn dual(port: u16) -> Self {
        Self::of_v6(Ipv4Addr::LOCALHOST.to_ipv6_mapped(), port)
    }

    fn of_v6(address: Ipv6Addr, port: u16) -> Self {
        let mut bytes = [0; 28];
        bytes[..2].copy_from_slice(&family(libc::AF_INET6));
        bytes[2..4].copy_from_slice(&port.to_be_bytes());
        bytes[8..24].copy_from_slice(&address.octets());
        Self { bytes, len: 28, family: libc::AF_INET6 }
    }

    /// The same without a family, which old sockets take for theirs.
    pub(super) fn of_no_family(mut self) -> Self {
        self.bytes[..2].fill(0);
        self
    }

    pub(super) fn at(&self) -> *const libc::sockaddr {
        self.bytes.as_ptr().cast()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len as usize]
    }

    /// A socket that fits.
    pub(super) fn socket(&self, kind: i32) -> Result<i32, i32> {
        call!(socket(self.family, kind, 0))
    }
}
