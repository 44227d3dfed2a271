//! A host of which events alone tell, and what fields say of it.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test uses a part")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use peregrine_event::{Event, EventBuilder, EventType, Origin, PrintFormat, TrailerWriter};
use peregrine_fields::{BufferFormat, Catalogue, EventContext, value_text};
use peregrine_filter::{Scheme, Source};
use peregrine_state::{Group, HostInfo, Interface, Limits, State, User};

/// The thread of all events.
pub const TID: i64 = 7;

/// An event of that thread.
pub fn block(code: EventType) -> EventBuilder {
    EventBuilder::new(code, 1, TID)
}

/// A record of the first snapshot.
pub fn listed(record: EventBuilder) -> Vec<u8> {
    let origin = Origin { cpu: 0, flags: 0, pid: 7 };
    [record.finish(), TrailerWriter::default().origin(origin).finish()].concat()
}

/// Interfaces, and nothing else.
struct Interfaces(Rc<[Interface]>);

impl HostInfo for Interfaces {
    fn user(&self, _uid: u32) -> Option<User> {
        None
    }
    fn group(&self, _gid: u32) -> Option<Group> {
        None
    }
    fn hostname(&self) -> String {
        String::new()
    }
    fn interfaces(&self) -> Rc<[Interface]> {
        Rc::clone(&self.0)
    }
    fn utc_offset(&self, _time_ns: u64) -> i32 {
        0
    }
    fn thread(&self, _tid: i64, _write: &mut dyn FnMut(&[u8])) {}
}

/// The state of a host with some addresses.
pub struct Host {
    state: State,
    outside: Interfaces,
}

impl Host {
    pub fn new(addresses: &[&str]) -> Self {
        let interface = |address: &&str| {
            let address: IpAddr = address.parse().unwrap();
            let bits = if address.is_loopback() { 8 } else { 24 };
            let netmask = match address {
                IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from_bits(u32::MAX << (32 - bits))),
                IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from_bits(u128::MAX << 64)),
            };
            Interface { address, netmask }
        };
        let outside = Interfaces(addresses.iter().map(interface).collect());
        let mut host = Self { state: State::new(Limits::default()), outside };
        host.enter(b"");
        host
    }

    /// The thread is one of the first snapshot, in a control group.
    fn enter(&mut self, group: &[u8]) {
        let mut thread = block(EventType::ITER_TASK_E);
        for _ in 0..27 {
            thread = thread.empty();
        }
        self.apply(&thread.strs([group]).finish());
    }

    /// The thread lives in a container.
    pub fn enter_container(&mut self, id: &str) {
        self.enter(format!("cpu=/docker/{id}{}", "0".repeat(64 - id.len())).as_bytes());
    }

    pub fn apply(&mut self, block: &[u8]) {
        self.state.apply(&Event::parse(1, block).unwrap(), &self.outside);
    }

    /// The texts of fields of the last of some events; `<none>` where one has no value. `%` before a name: as a
    /// field that is only for conditions is in an output.
    pub fn after(&mut self, events: &[Vec<u8>], names: &[&str]) -> Vec<String> {
        for event in events {
            self.apply(event);
        }
        let event = Event::parse(1, events.last().unwrap()).unwrap();
        let context = EventContext::new(&event, &self.state, &self.outside);
        let text = |name: &&str| {
            // `evt.args[2]` is the third argument, as it stands among all.
            if let Some(at) = name.strip_prefix("evt.args[") {
                let at: usize = at.strip_suffix(']').unwrap().parse().unwrap();
                let field = Catalogue::default().field("evt.args", None).unwrap();
                let value = context.value(&field).unwrap();
                let all = value_text(&value, PrintFormat::Na, BufferFormat::Dotted);
                return all.split(' ').nth(at).unwrap().to_owned();
            }
            let (name, arg) = match name.split_once('[') {
                Some((name, arg)) => (name, arg.strip_suffix(']')),
                None => (*name, None),
            };
            let catalogue = Catalogue::default();
            let field = match name.strip_prefix('%') {
                Some(name) => catalogue.mute(catalogue.field(name, arg).unwrap()),
                None => catalogue.field(name, arg).unwrap(),
            };
            let value = context.value(&field);
            value.map_or_else(
                || "<none>".to_owned(),
                |value| value_text(&value, PrintFormat::Dec, BufferFormat::Dotted),
            )
        };
        names.iter().map(text).collect()
    }
}

/// An address and a port, and the bytes of its address.
fn end(text: &str) -> (bool, Vec<u8>) {
    let (ip, port) = text.rsplit_once(':').unwrap();
    let port: u16 = port.parse().unwrap();
    let (v6, octets) = match ip.parse().unwrap() {
        IpAddr::V4(ip) => (false, ip.octets().to_vec()),
        IpAddr::V6(ip) => (true, ip.octets().to_vec()),
    };
    (v6, [octets, port.to_le_bytes().to_vec()].concat())
}

fn family(v6: bool) -> Vec<u8> {
    vec![if v6 { 10 } else { 2 }]
}

/// An address as events tell it.
pub fn addr(text: &str) -> Vec<u8> {
    let (v6, bytes) = end(text);
    [family(v6), bytes].concat()
}

/// Two ends as events tell them.
pub fn tuple((from, to): (&str, &str)) -> Vec<u8> {
    let ((v6, from), (_, to)) = (end(from), end(to));
    [family(v6), from, to].concat()
}

/// `connect` of descriptor 3.
pub fn connect(result: i64, ends: (&str, &str)) -> Vec<u8> {
    let event = block(EventType::SOCKET_CONNECT_X).i64(result).bytes(&tuple(ends)).i64(3);
    event.bytes(&addr(ends.1)).finish()
}
