//! Blocks of addresses and ports, and the isolation of the host: a table of our own in nftables. Its elements end by
//! themselves, whether the agent runs or not.

use std::ffi::OsStr;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use peregrine_respond::{Allowed, Direction, Protocol, Task};
use serde_json::{Value as Json, json};

use crate::error::ActError;
use crate::run::tool;
use crate::way_in;

const FAMILY: &str = "inet";
const TABLE: &str = "peregrine_respond";
/// Before connections are tracked, and before what others filter.
const PRIORITY: i32 = -310;

/// Name, type, whether networks are in it.
const SETS: &[(&str, &[&str], bool)] = &[
    ("blocked4", &["ipv4_addr"], false),
    ("blocked6", &["ipv6_addr"], false),
    ("blocked_net4", &["ipv4_addr"], true),
    ("blocked_net6", &["ipv6_addr"], true),
    ("in_tcp", &["inet_service"], false),
    ("in_udp", &["inet_service"], false),
    ("out_tcp", &["inet_service"], false),
    ("out_udp", &["inet_service"], false),
    ("allowed4", &["ipv4_addr"], true),
    ("allowed6", &["ipv6_addr"], true),
    ("allowed_port4", &["ipv4_addr", "inet_proto", "inet_service"], false),
    ("allowed_port6", &["ipv6_addr", "inet_proto", "inet_service"], false),
    ("isolated4", &["ipv4_addr"], true),
    ("isolated6", &["ipv6_addr"], true),
];

/// An element of a set.
type Element = (&'static str, Json);

fn nft(commands: &[Json]) -> Result<String, ActError> {
    let text = json!({ "nftables": commands }).to_string();
    tool("nft", &["-j", "-f", "-"].map(OsStr::new), text.as_bytes())
}

fn payload(protocol: &str, field: &str) -> Json {
    json!({"payload": {"protocol": protocol, "field": field}})
}

fn is_in(left: &Json, set: &str) -> Json {
    json!({"match": {"op": "==", "left": left, "right": format!("@{set}")}})
}

/// The table with its sets and rules, as they are to be: sets keep their elements.
fn base() -> Vec<Json> {
    let mut commands = vec![json!({"add": {"table": {"family": FAMILY, "name": TABLE}}})];
    for (name, kinds, networks) in SETS {
        let flags = if *networks { json!(["interval", "timeout"]) } else { json!(["timeout"]) };
        let kind = if let [one] = kinds { json!(one) } else { json!(kinds) };
        commands.push(json!({"add": {"set": {
            "family": FAMILY, "table": TABLE, "name": name, "type": kind, "flags": flags,
        }}}));
    }
    let drop = json!({"drop": null});
    let accept = json!({"accept": null});
    for (chain, ways) in
        [("input", &["saddr"][..]), ("output", &["daddr"]), ("forward", &["saddr", "daddr"])]
    {
        commands.push(json!({"add": {"chain": {
            "family": FAMILY, "table": TABLE, "name": chain, "type": "filter", "hook": chain,
            "prio": PRIORITY, "policy": "accept",
        }}}));
        commands
            .push(json!({"flush": {"chain": {"family": FAMILY, "table": TABLE, "name": chain}}}));
        let mut rule = |expr: Vec<Json>| {
            commands.push(json!({"add": {"rule": {
                "family": FAMILY, "table": TABLE, "chain": chain, "expr": expr,
            }}}));
        };
        if chain != "forward" {
            let key = if chain == "input" { "iifname" } else { "oifname" };
            let own = json!({"match": {"op": "==", "left": {"meta": {"key": key}}, "right": "lo"}});
            rule(vec![own, accept.clone()]);
        }
        for way in ways {
            for (protocol, blocked, networks) in
                [("ip", "blocked4", "blocked_net4"), ("ip6", "blocked6", "blocked_net6")]
            {
                rule(vec![is_in(&payload(protocol, way), blocked), drop.clone()]);
                rule(vec![is_in(&payload(protocol, way), networks), drop.clone()]);
            }
        }
        let ports: &[&str] = match chain {
            "input" => &["in"],
            "output" => &["out"],
            _ => &["in", "out"],
        };
        for port in ports {
            for protocol in ["tcp", "udp"] {
                let set = format!("{port}_{protocol}");
                rule(vec![is_in(&payload(protocol, "dport"), &set), drop.clone()]);
            }
        }
        // Without its neighbours no host of the other protocol is reached.
        let neighbours = ["nd-neighbor-solicit", "nd-neighbor-advert", "nd-router-advert"];
        rule(vec![
            json!({"match": {"op": "==", "left": payload("icmpv6", "type"), "right": {"set": neighbours}}}),
            accept.clone(),
        ]);
        for way in ways {
            let port = if *way == "saddr" { "sport" } else { "dport" };
            for (protocol, version) in [("ip", "4"), ("ip6", "6")] {
                let whole = payload(protocol, way);
                rule(vec![is_in(&whole, &format!("allowed{version}")), accept.clone()]);
                let with_port =
                    json!({"concat": [whole, {"meta": {"key": "l4proto"}}, payload("th", port)]});
                rule(vec![is_in(&with_port, &format!("allowed_port{version}")), accept.clone()]);
            }
        }
        for way in ways {
            for (protocol, set) in [("ip", "isolated4"), ("ip6", "isolated6")] {
                rule(vec![is_in(&payload(protocol, way), set), drop.clone()]);
            }
        }
    }
    commands
}

fn network(address: IpAddr, prefix: u8) -> Json {
    json!({"prefix": {"addr": address.to_string(), "len": prefix}})
}

/// The elements of a task.
fn elements(task: &Task, resolvers: &[IpAddr], ways_in: &[SocketAddr]) -> Vec<Element> {
    let by = |address: &IpAddr, four, six| if address.is_ipv4() { four } else { six };
    match task {
        Task::BlockAddress { address, prefix, .. } => {
            if *prefix == if address.is_ipv4() { 32 } else { 128 } {
                vec![(by(address, "blocked4", "blocked6"), json!(address.to_string()))]
            } else {
                let set = by(address, "blocked_net4", "blocked_net6");
                vec![(set, network(*address, *prefix))]
            }
        }
        Task::BlockPort { port, protocol, direction, .. } => {
            let sets: [&str; 2] = match protocol {
                Protocol::Tcp => ["in_tcp", "out_tcp"],
                Protocol::Udp => ["in_udp", "out_udp"],
            };
            let ways = match direction {
                Direction::In => &sets[..1],
                Direction::Out => &sets[1..],
                Direction::Both => &sets[..],
            };
            ways.iter().map(|set| (*set, json!(port))).collect()
        }
        Task::Isolate { allow, .. } => {
            let half = |set, address: &str| (set, json!({"prefix": {"addr": address, "len": 1}}));
            let mut all = vec![
                half("isolated4", "0.0.0.0"),
                half("isolated4", "128.0.0.0"),
                half("isolated6", "::"),
                half("isolated6", "8000::"),
            ];
            let mut port = |address: SocketAddr| {
                let set = by(&address.ip(), "allowed_port4", "allowed_port6");
                for protocol in ["tcp", "udp"] {
                    let ip = address.ip().to_string();
                    all.push((set, json!({"concat": [ip, protocol, address.port()]})));
                }
            };
            for one in allow {
                match one {
                    Allowed::Port(address) => port(*address),
                    Allowed::Dns => {
                        for address in resolvers {
                            port(SocketAddr::new(*address, 53));
                        }
                    }
                    Allowed::Network(..) => {}
                }
            }
            // Who is logged in stays so.
            for peer in ways_in {
                port(*peer);
            }
            for one in allow {
                if let Allowed::Network(address, prefix) = one {
                    all.push((by(address, "allowed4", "allowed6"), network(*address, *prefix)));
                }
            }
            all
        }
        _ => Vec::new(),
    }
}

fn command(verb: &str, set: &str, element: &Json) -> Json {
    json!({verb: {"element": {"family": FAMILY, "table": TABLE, "name": set, "elem": [element]}}})
}

/// Elements that are in the sets now.
fn present() -> Vec<(String, Json)> {
    let mut found = Vec::new();
    let arguments = ["-j", "list", "table", FAMILY, TABLE].map(OsStr::new);
    let listed = crate::run::output("nft", &arguments).unwrap_or_default();
    let listed: Json = serde_json::from_slice(&listed).unwrap_or_default();
    for item in listed["nftables"].as_array().into_iter().flatten() {
        let set = &item["set"];
        let Some(name) = set["name"].as_str() else { continue };
        for element in set["elem"].as_array().into_iter().flatten() {
            let value = element["elem"].get("val").unwrap_or(element);
            found.push((name.to_owned(), value.clone()));
        }
    }
    found
}

fn resolvers() -> Vec<IpAddr> {
    let text = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    lines.filter_map(|address| address.trim().parse().ok()).collect()
}

/// Puts a block or the isolation in place for a time. One that is there already lasts as long as the new one says.
pub(crate) fn block(task: &Task, hold: Duration) -> Result<(), ActError> {
    let never = |what: String, why| Err(ActError::Protected { what, why });
    match task {
        Task::BlockAddress { address, prefix, .. } => {
            if let Some(peer) =
                way_in::peers().iter().find(|peer| way_in::is_within(peer.ip(), *address, *prefix))
            {
                return never(format!("{peer}"), "somebody is logged in from there");
            }
        }
        Task::BlockPort { port, protocol: Protocol::Tcp, direction, .. }
            if *direction != Direction::Out && way_in::ports().contains(port) =>
        {
            return never(format!("port {port}"), "it is the way in (sshd listens on it)");
        }
        _ => {}
    }
    let there = present();
    let mut commands = base();
    if matches!(task, Task::Isolate { .. }) {
        // There is one isolation: the last one says with whom the host may speak.
        let of_isolation = |name: &str| name.starts_with("allowed") || name.starts_with("isolated");
        let sets = SETS.iter().map(|(name, ..)| *name).filter(|name| of_isolation(name));
        commands.extend(sets.map(
            |name| json!({"flush": {"set": {"family": FAMILY, "table": TABLE, "name": name}}}),
        ));
    }
    let seconds = hold.as_secs().max(1);
    for (set, element) in elements(task, &resolvers(), &way_in::peers()) {
        let is_there = there.iter().any(|(name, value)| name == set && *value == element);
        if is_there && !matches!(task, Task::Isolate { .. }) {
            commands.push(command("delete", set, &element));
        }
        commands.push(command("add", set, &json!({"elem": {"val": element, "timeout": seconds}})));
    }
    nft(&commands).map(drop)
}

/// Takes it away; whether any of it was still there.
pub(crate) fn unblock(task: &Task) -> Result<bool, ActError> {
    let there = present();
    let mut wanted: Vec<Element> = elements(task, &resolvers(), &[]);
    if matches!(task, Task::Isolate { .. }) {
        // What was allowed is of no meaning without it.
        wanted.retain(|(set, _)| set.starts_with("isolated"));
    }
    let is_there = |(set, element): &Element| {
        there.iter().any(|(name, value)| name == set && value == element)
    };
    let gone: Vec<Json> = wanted
        .into_iter()
        .filter(is_there)
        .map(|(set, element)| command("delete", set, &element))
        .collect();
    if gone.is_empty() {
        return Ok(false);
    }
    nft(&gone)?;
    Ok(true)
}

/// Whether all of it is in place.
pub(crate) fn is_blocked(task: &Task) -> bool {
    let there = present();
    let mut wanted = elements(task, &resolvers(), &[]);
    wanted.retain(|(set, _)| !set.starts_with("allowed"));
    wanted
        .iter()
        .all(|(set, element)| there.iter().any(|(name, value)| name == set && value == element))
}
