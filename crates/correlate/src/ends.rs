//! Ends of connections, taken from alerts.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use peregrine_alert::Alert;
use serde_json::Value as Json;

use crate::join::{Evidence, Link, Role, Side};

/// How many connects are remembered for the sessions that follow; of more the oldest go.
const MOST_CONNECTS: usize = 1 << 16;

type Ends = ((IpAddr, u16), (IpAddr, u16));

/// An address and a port that are parts of a text.
fn end(address: &str, port: &str) -> Option<(IpAddr, u16)> {
    let address: IpAddr = address.parse().ok()?;
    Some((address.to_canonical(), port.parse().ok()?))
}

fn text(alert: &Alert, field: &str) -> Option<String> {
    match alert.fields.get(field)? {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The client's end and the server's: of the four fields, else of `fd.name`, as `10.0.0.1:40000->10.0.0.2:22`.
fn addresses(alert: &Alert) -> Option<Ends> {
    let of = |address: &str, port: &str| end(&text(alert, address)?, &text(alert, port)?);
    of("fd.cip", "fd.cport").zip(of("fd.sip", "fd.sport")).or_else(|| {
        let name = text(alert, "fd.name")?;
        let (client, server) = name.split_once("->")?;
        let parse = |text: &str| text.rsplit_once(':').and_then(|(host, port)| end(host, port));
        parse(client).zip(parse(server))
    })
}

/// The end of a connection an alert reports: a `connect` or an `accept`. None of a connection within the host, which
/// leads nowhere.
pub(crate) fn side(alert: &Alert, time: i64, process: &str) -> Option<Side> {
    let role = match text(alert, "evt.type")?.as_str() {
        "connect" => Role::Connect,
        "accept" | "accept4" => Role::Accept,
        _ => return None,
    };
    let (client, server) = addresses(alert)?;
    if client.0.is_loopback() || server.0.is_loopback() {
        return None;
    }
    let number = |field: &str| text(alert, field)?.parse::<u32>().ok();
    Some(Side {
        host: alert.id.host.clone(),
        role,
        time,
        protocol: text(alert, "fd.l4proto").unwrap_or_else(|| "tcp".to_owned()),
        client,
        server,
        sequences: number("fd.tcp.isn.client").zip(number("fd.tcp.isn.server")),
        process: process.to_owned(),
    })
}

/// The connects of the ssh sessions that may follow: a session lasts longer than both ends of a connection wait for each
/// other, and its processes know its addresses by their environment.
#[derive(Debug, Default)]
pub(crate) struct Connects {
    by_ends: BTreeMap<Ends, Side>,
    by_time: BTreeSet<(i64, Ends)>,
}

impl Connects {
    /// A connect is remembered; of the same addresses and ports the newest.
    pub(crate) fn insert(&mut self, side: &Side) {
        let ends = (side.client, side.server);
        if let Some(old) = self.by_ends.insert(ends, side.clone()) {
            self.by_time.remove(&(old.time, ends));
        }
        self.by_time.insert((side.time, ends));
        if self.by_ends.len() > MOST_CONNECTS
            && let Some((_, ends)) = self.by_time.pop_first()
        {
            self.by_ends.remove(&ends);
        }
    }

    /// What leads to the ssh session of an alert's process: the connect with the addresses and ports of
    /// `proc.env[SSH_CONNECTION]`.
    pub(crate) fn session(&self, alert: &Alert, time: i64, process: &str) -> Option<Link> {
        let words = text(alert, "proc.env[SSH_CONNECTION]")
            .or_else(|| text(alert, "proc.aenv[SSH_CONNECTION]"))?;
        let words: Vec<&str> = words.split_whitespace().collect();
        let [address, port, server, server_port] = words.as_slice() else { return None };
        let (client, server) = (end(address, port)?, end(server, server_port)?);
        let from = self.by_ends.get(&(client, server))?;
        if from.host == alert.id.host || from.time > time {
            return None;
        }
        let to = Side {
            host: alert.id.host.clone(),
            role: Role::Accept,
            time,
            process: process.to_owned(),
            ..from.clone()
        };
        Some(Link { from: from.clone(), to, evidence: Evidence::Session })
    }
}
