//! Both ends of a connection: who connected on one host, who accepted on another.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use rustc_hash::FxHashMap;

const SECOND: i64 = 1_000_000_000;
/// How far apart two ends may be where the connection itself is recognised.
const EXACT: i64 = 5 * SECOND;
/// How far apart they may be where only a part of their addresses is the same.
const PARTLY: i64 = 2 * SECOND;
/// How long behind an end the other may arrive before less exact evidence decides.
const WAIT: i64 = 10 * SECOND;
/// How long an end is kept; also, for how long a port that is used again makes a tuple less certain.
const KEPT: i64 = 60 * SECOND;
/// How long behind what it accepted a process connects to be taken for a proxy.
const PROXY: i64 = SECOND;
/// How many ends are kept; of more the oldest go.
const MOST: usize = 1 << 20;

/// Which end it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The client's.
    Connect,
    /// The server's.
    Accept,
}

/// One end of a connection, as one host sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The host.
    pub host: String,
    /// Which end it is.
    pub role: Role,
    /// When it was connected or accepted, by the hub's clock, nanoseconds since the epoch.
    pub time: i64,
    /// The protocol: `tcp`.
    pub protocol: String,
    /// The client's address and port.
    pub client: (IpAddr, u16),
    /// The server's.
    pub server: (IpAddr, u16),
    /// The first sequence numbers of client and server, where the host reports them.
    pub sequences: Option<(u32, u32)>,
    /// The process, by its identity on this host.
    pub process: String,
}

/// Why two ends are taken for one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Evidence {
    /// Both saw the same first sequence numbers: whatever changed the addresses, it is one connection.
    SequenceNumbers,
    /// Both saw the same addresses and ports.
    Tuple,
    /// The same, but the port was used again within a minute: the nearest in time.
    ReusedTuple,
    /// An ssh session that names the addresses and ports of a connection from the other host.
    Session,
    /// The client is the same: the server's address was translated.
    ServiceAddress,
    /// The client's port and the server are the same: the client's address was translated.
    SourcePort,
    /// A process accepted and at once connected.
    Proxy,
}

impl Evidence {
    /// How certain it is, from 0 to 1.
    pub fn score(self) -> f64 {
        match self {
            Self::SequenceNumbers | Self::Tuple => 1.0,
            Self::ReusedTuple | Self::Session => 0.95,
            Self::ServiceAddress => 0.8,
            Self::SourcePort => 0.7,
            Self::Proxy => 0.4,
        }
    }

    /// The same in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::SequenceNumbers => "same sequence numbers",
            Self::Tuple => "same addresses and ports",
            Self::ReusedTuple => "same addresses and ports, the port used more than once",
            Self::Session => "ssh session of this connection",
            Self::ServiceAddress => "same client, the server's address translated",
            Self::SourcePort => "same server and client port, the client's address translated",
            Self::Proxy => "accepted and at once connected by one process",
        }
    }
}

/// Two ends that belong together: the first reached the second.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// Where it comes from: the client's end, of a proxy what it accepted.
    pub from: Side,
    /// Where it goes to: the server's end, of a proxy what it connected to.
    pub to: Side,
    /// Why.
    pub evidence: Evidence,
}

type Tuple = (String, (IpAddr, u16), (IpAddr, u16));

#[derive(Debug)]
struct Kept {
    side: Side,
    joined: bool,
    /// Whether what is decided later was.
    decided: bool,
}

/// The ends that wait for their other end.
#[derive(Debug, Default)]
pub struct Joins {
    kept: BTreeMap<u64, Kept>,
    next: u64,
    by_sequences: FxHashMap<(u32, u32), Vec<u64>>,
    by_tuple: FxHashMap<Tuple, Vec<u64>>,
    by_client: FxHashMap<(String, IpAddr, u16), Vec<u64>>,
    by_server: FxHashMap<(String, u16, IpAddr, u16), Vec<u64>>,
    by_process: FxHashMap<(String, String), Vec<u64>>,
    /// Client's ends in order of arrival, for what is decided later.
    waiting: VecDeque<u64>,
}

impl Side {
    fn tuple(&self) -> Tuple {
        (self.protocol.clone(), self.client, self.server)
    }

    fn client_key(&self) -> (String, IpAddr, u16) {
        (self.protocol.clone(), self.client.0, self.client.1)
    }

    fn server_key(&self) -> (String, u16, IpAddr, u16) {
        (self.protocol.clone(), self.client.1, self.server.0, self.server.1)
    }

    fn process_key(&self) -> (String, String) {
        (self.host.clone(), self.process.clone())
    }
}

impl Joins {
    /// How many ends wait.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// An end arrives. Where its other end is there and certain they are joined.
    pub fn push(&mut self, side: Side, links: &mut Vec<Link>) {
        let number = self.next;
        self.next += 1;
        let same = side.sequences.and_then(|pair| self.by_sequences.get(&pair));
        let by_sequences = self.nearest(&side, same, EXACT);
        let tuple = side.tuple();
        let by_tuple = self.nearest(&side, self.by_tuple.get(&tuple), EXACT);
        let found = by_sequences
            .map(|other| (other, Evidence::SequenceNumbers))
            .or_else(|| Some((by_tuple?, self.of_tuple(&side, &tuple))))
            // Ends that both know their sequence numbers, and other ones, are of two connections.
            .filter(|(other, evidence)| {
                *evidence == Evidence::SequenceNumbers || !self.contradicts(&side, *other)
            });
        if let Some((other, evidence)) = found {
            self.link(&side, other, evidence, links);
        }
        if let Some(pair) = side.sequences {
            self.by_sequences.entry(pair).or_default().push(number);
        }
        self.by_tuple.entry(tuple).or_default().push(number);
        self.by_client.entry(side.client_key()).or_default().push(number);
        self.by_server.entry(side.server_key()).or_default().push(number);
        self.by_process.entry(side.process_key()).or_default().push(number);
        self.waiting.push_back(number);
        self.kept.insert(number, Kept { side, joined: found.is_some(), decided: false });
        if self.kept.len() > MOST
            && let Some((number, kept)) = self.kept.pop_first()
        {
            self.forget(number, &kept.side);
        }
    }

    /// The time goes on: what only a part of the addresses says is decided, what is old is forgotten.
    pub fn advance(&mut self, now: i64, links: &mut Vec<Link>) {
        let mut due: Vec<(i64, u64)> = Vec::new();
        self.waiting.retain(|number| {
            let Some(kept) = self.kept.get(number) else { return false };
            let is_due = kept.side.time.saturating_add(WAIT) <= now;
            if is_due {
                due.push((kept.side.time, *number));
            }
            !is_due
        });
        due.sort_unstable();
        for (_, number) in due {
            self.decide(number, links);
        }
        let old: Vec<u64> = self
            .kept
            .iter()
            .filter(|(_, kept)| kept.decided && kept.side.time.saturating_add(KEPT) < now)
            .map(|(number, _)| *number)
            .collect();
        for number in old {
            if let Some(kept) = self.kept.remove(&number) {
                self.forget(number, &kept.side);
            }
        }
    }

    fn decide(&mut self, number: u64, links: &mut Vec<Link>) {
        let Some(kept) = self.kept.get_mut(&number) else { return };
        kept.decided = true;
        let (side, joined) = (kept.side.clone(), kept.joined);
        if side.role == Role::Accept {
            return;
        }
        let of_process = self.by_process.get(&side.process_key()).into_iter().flatten();
        let accepted = of_process
            .filter_map(|other| self.kept.get(other))
            .filter(|other| {
                let passed = side.time - other.side.time;
                other.side.role == Role::Accept && (0..=PROXY).contains(&passed)
            })
            .max_by_key(|other| other.side.time);
        if let Some(accepted) = accepted {
            let (from, to) = (accepted.side.clone(), side.clone());
            links.push(Link { from, to, evidence: Evidence::Proxy });
        }
        if joined {
            return;
        }
        let partly = self.partly(&side, self.by_client.get(&side.client_key()));
        let found = match partly.as_slice() {
            [] => {
                let partly = self.partly(&side, self.by_server.get(&side.server_key()));
                // Many clients may have the same port: only one that is alone is believed.
                match partly.as_slice() {
                    [only] => Some((*only, Evidence::SourcePort)),
                    _ => None,
                }
            }
            all => all
                .iter()
                .min_by_key(|other| self.distance(&side, **other))
                .map(|other| (*other, Evidence::ServiceAddress)),
        };
        if let Some((other, evidence)) = found {
            self.link(&side, other, evidence, links);
            if let Some(kept) = self.kept.get_mut(&number) {
                kept.joined = true;
            }
        }
    }

    fn distance(&self, side: &Side, other: u64) -> u64 {
        self.kept.get(&other).map_or(u64::MAX, |kept| kept.side.time.abs_diff(side.time))
    }

    /// Whether an end that waits can be the other one of an end, so far apart at most.
    fn may_join(&self, side: &Side, other: u64, apart: i64) -> bool {
        self.kept.get(&other).is_some_and(|kept| {
            !kept.joined
                && kept.side.role != side.role
                && kept.side.host != side.host
                && kept.side.time.abs_diff(side.time) <= apart.unsigned_abs()
        })
    }

    fn nearest(&self, side: &Side, of: Option<&Vec<u64>>, apart: i64) -> Option<u64> {
        let fitting = of.into_iter().flatten().filter(|other| self.may_join(side, **other, apart));
        fitting.min_by_key(|other| self.distance(side, **other)).copied()
    }

    /// Those that may be the other end by a part of their addresses, and that nothing says more about.
    fn partly(&self, side: &Side, of: Option<&Vec<u64>>) -> Vec<u64> {
        let fitting = of.into_iter().flatten().filter(|other| {
            self.may_join(side, **other, PARTLY) && !self.contradicts(side, **other)
        });
        fitting.copied().collect()
    }

    /// Whether both ends know their sequence numbers, and they differ.
    fn contradicts(&self, side: &Side, other: u64) -> bool {
        let other = self.kept.get(&other).and_then(|kept| kept.side.sequences);
        side.sequences.zip(other).is_some_and(|(one, other)| one != other)
    }

    /// How certain a tuple is: less where the port was used by another connection a moment ago.
    fn of_tuple(&self, side: &Side, tuple: &Tuple) -> Evidence {
        let others = self.by_tuple.get(tuple).into_iter().flatten();
        let again = others.filter_map(|other| self.kept.get(other)).any(|other| {
            other.side.role == side.role
                && other.side.host == side.host
                && other.side.time.abs_diff(side.time) <= KEPT.unsigned_abs()
        });
        if again { Evidence::ReusedTuple } else { Evidence::Tuple }
    }

    fn link(&mut self, side: &Side, other: u64, evidence: Evidence, links: &mut Vec<Link>) {
        let Some(kept) = self.kept.get_mut(&other) else { return };
        kept.joined = true;
        let (one, other) = (side.clone(), kept.side.clone());
        let (from, to) = if one.role == Role::Connect { (one, other) } else { (other, one) };
        links.push(Link { from, to, evidence });
    }

    fn forget(&mut self, number: u64, side: &Side) {
        fn drop_from<K: std::hash::Hash + Eq>(
            map: &mut FxHashMap<K, Vec<u64>>,
            key: K,
            number: u64,
        ) {
            if let std::collections::hash_map::Entry::Occupied(mut entry) = map.entry(key) {
                entry.get_mut().retain(|other| *other != number);
                if entry.get().is_empty() {
                    entry.remove();
                }
            }
        }
        if let Some(pair) = side.sequences {
            drop_from(&mut self.by_sequences, pair, number);
        }
        drop_from(&mut self.by_tuple, side.tuple(), number);
        drop_from(&mut self.by_client, side.client_key(), number);
        drop_from(&mut self.by_server, side.server_key(), number);
        drop_from(&mut self.by_process, side.process_key(), number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(text: &str) -> Side {
        // host role ms client:port server:port [isn isn] [process]
        let mut words = text.split(' ');
        let mut word = || words.next().unwrap_or_default();
        let (host, role, ms) = (word().to_owned(), word(), word().parse::<i64>().unwrap());
        let mut end = || {
            let (address, port) = word().rsplit_once(':').unwrap();
            (address.parse().unwrap(), port.parse().unwrap())
        };
        let (client, server) = (end(), end());
        let rest: Vec<&str> = words.collect();
        let sequences = match rest.as_slice() {
            [one, other, ..] => Some((one.parse().unwrap(), other.parse().unwrap())),
            _ => None,
        };
        let process = rest.get(2).map_or_else(|| format!("{host}-p"), |name| (*name).to_owned());
        let role = if role == "c" { Role::Connect } else { Role::Accept };
        let (time, protocol) = (ms * 1_000_000, "tcp".to_owned());
        Side { host, role, time, protocol, client, server, sequences, process }
    }

    /// The links of some ends, in any order of arrival.
    fn joined(sides: &[&str]) -> Vec<(String, String, Evidence)> {
        let mut joins = Joins::default();
        let mut links = Vec::new();
        for text in sides {
            joins.push(side(text), &mut links);
        }
        joins.advance(20 * SECOND, &mut links);
        joins.advance(200 * SECOND, &mut links);
        assert!(joins.is_empty() && joins.by_tuple.is_empty() && joins.by_process.is_empty());
        let mut found: Vec<_> =
            links.into_iter().map(|link| (link.from.host, link.to.host, link.evidence)).collect();
        found.sort();
        found
    }

    #[test]
    fn ends_are_joined() {
        let check = |sides: &[&str], expected: &[(&str, &str, Evidence)]| {
            let expected: Vec<_> = expected
                .iter()
                .map(|(from, to, evidence)| ((*from).to_owned(), (*to).to_owned(), *evidence))
                .collect();
            assert_eq!(joined(sides), expected, "{sides:?}");
            let backwards: Vec<&str> = sides.iter().rev().copied().collect();
            assert_eq!(joined(&backwards), expected, "{sides:?} backwards");
        };
        let direct = ["a c 1000 10.0.0.1:4000 10.0.0.2:22", "b a 1003 10.0.0.1:4000 10.0.0.2:22"];
        check(&direct, &[("a", "b", Evidence::Tuple)]);
        // Both addresses and ports were translated.
        check(
            &["a c 0 10.0.0.1:4000 10.0.9.9:2222 7 8", "b a 3 172.16.0.1:55 10.0.0.2:7777 7 8"],
            &[("a", "b", Evidence::SequenceNumbers)],
        );
        // The same addresses, but sequence numbers say that it is another connection.
        check(&["a c 0 10.0.0.1:4000 10.0.0.2:22 7 8", "b a 3 10.0.0.1:4000 10.0.0.2:22 9 9"], &[]);
        check(
            &["a c 0 10.0.0.1:4000 10.0.9.9:80", "b a 500 10.0.0.1:4000 10.0.0.2:8080"],
            &[("a", "b", Evidence::ServiceAddress)],
        );
        check(
            &["a c 0 10.0.0.1:4000 10.0.0.2:22", "b a 500 172.16.0.1:4000 10.0.0.2:22"],
            &[("a", "b", Evidence::SourcePort)],
        );
        // Two clients with that port: nobody knows which.
        check(
            &[
                "a c 0 10.0.0.1:4000 10.0.0.2:22",
                "b a 500 172.16.0.1:4000 10.0.0.2:22",
                "b a 600 172.16.0.3:4000 10.0.0.2:22",
            ],
            &[],
        );
        // A host does not reach itself; six seconds are too far apart.
        check(&["a c 0 10.0.0.1:1 10.0.0.1:22", "a a 1 10.0.0.1:1 10.0.0.1:22"], &[]);
        check(&["a c 0 10.0.0.1:1 10.0.0.2:22", "b a 6000 10.0.0.1:1 10.0.0.2:22"], &[]);
        // What a proxy accepted and what it then connected to.
        check(
            &[
                "a c 0 10.0.0.1:4000 10.0.0.2:80",
                "p a 3 10.0.0.1:4000 10.0.0.2:80",
                "p c 10 10.0.0.2:500 10.0.0.3:80",
                "b a 12 10.0.0.2:500 10.0.0.3:80",
            ],
            &[
                ("a", "p", Evidence::Tuple),
                ("p", "b", Evidence::Tuple),
                ("p", "p", Evidence::Proxy),
            ],
        );
    }

    #[test]
    fn a_port_used_again_is_less_certain() {
        let mut joins = Joins::default();
        let mut links = Vec::new();
        for text in [
            "a c 0 10.0.0.1:4000 10.0.0.2:22",
            "b a 1 10.0.0.1:4000 10.0.0.2:22",
            "a c 3000 10.0.0.1:4000 10.0.0.2:22",
            "b a 3001 10.0.0.1:4000 10.0.0.2:22",
        ] {
            joins.push(side(text), &mut links);
        }
        let evidence: Vec<Evidence> = links.iter().map(|link| link.evidence).collect();
        assert_eq!(evidence, [Evidence::Tuple, Evidence::ReusedTuple]);
        assert!(links.iter().all(|link| link.from.time.abs_diff(link.to.time) == 1_000_000));
    }

    #[test]
    fn unrelated_connections_are_not_joined() {
        let mut joins = Joins::default();
        let mut links = Vec::new();
        for n in 0..10_000_u32 {
            let [_, b, c, d] = n.to_be_bytes();
            let role = if n % 2 == 0 { "c" } else { "a" };
            let text = format!("h{n} {role} {n} 10.{b}.{c}.{d}:{} 11.{b}.{c}.{d}:443", 1024 + n);
            joins.push(side(&text), &mut links);
            if n % 100 == 0 {
                joins.advance(i64::from(n) * 1_000_000, &mut links);
            }
        }
        joins.advance(100 * SECOND, &mut links);
        assert_eq!(links, []);
    }
}
