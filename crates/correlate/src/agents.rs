//! The agents alerts come from: which alerts were seen, how far each has come, what no agent can send any more.

use std::collections::BTreeMap;
use std::hash::Hasher as _;

use rustc_hash::{FxHashMap, FxHasher};
use serde::{Deserialize, Serialize};

/// How many gaps in the numbers of an agent's alerts are remembered; of more the lowest are taken for seen.
const MOST_GAPS: usize = 1024;

/// What an agent takes beside its name and the runs of its numbers, bytes: its places in the maps.
const OF_AGENT: usize = 160;
/// What one run of numbers takes, bytes.
const OF_RUN: usize = 24;

/// An agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Agent {
    name: Box<str>,
    /// When the newest of its alerts happened.
    newest: i64,
    /// When it was heard last, by the engine's clock.
    heard: i64,
    seen: Seen,
}

/// The numbers that were seen: first and last of each run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Seen(BTreeMap<u64, u64>);

impl Seen {
    /// Whether it was not seen before.
    fn insert(&mut self, number: u64) -> bool {
        let before = self.0.range(..=number).next_back().map(|(first, last)| (*first, *last));
        if before.is_some_and(|(_, last)| last >= number) {
            return false;
        }
        let first = match before {
            Some((first, last)) if last.checked_add(1) == Some(number) => first,
            _ => number,
        };
        let behind = number.checked_add(1).and_then(|next| self.0.remove(&next));
        self.0.insert(first, behind.unwrap_or(number));
        while self.0.len() > MOST_GAPS {
            let (Some((first, _)), Some((_, last))) = (self.0.pop_first(), self.0.pop_first())
            else {
                break;
            };
            self.0.insert(first, last);
        }
        true
    }
}

/// All agents that are known. Numbers are given once, so that what a dropped agent sent is never taken for another's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Agents {
    known: BTreeMap<u32, Agent>,
    by_name: FxHashMap<Box<str>, u32>,
    ranks: FxHashMap<u32, u64>,
    next: u32,
    /// Who was the slowest when that was asked last.
    holder: Option<u32>,
    /// How many were dropped because there were too many.
    dropped: u64,
}

impl Agents {
    /// The number of an agent. Where it is new and there are `most`, an eighth of them goes, those silent for longest.
    pub(crate) fn number(&mut self, name: &str, most: usize) -> u32 {
        if let Some(number) = self.by_name.get(name) {
            return *number;
        }
        if self.known.len() >= most.max(1) {
            self.drop_silent(most);
        }
        let number = self.next;
        self.next = self.next.saturating_add(1);
        let (newest, heard) = (i64::MIN, i64::MIN);
        self.add(number, Agent { name: name.into(), newest, heard, seen: Seen::default() });
        number
    }

    fn add(&mut self, number: u32, agent: Agent) {
        let mut hasher = FxHasher::default();
        hasher.write(agent.name.as_bytes());
        self.ranks.insert(number, hasher.finish());
        self.by_name.insert(agent.name.clone(), number);
        self.known.insert(number, agent);
    }

    fn drop_silent(&mut self, most: usize) {
        // The sender of findings is no agent that could be silent.
        let agents = self.known.iter().filter(|(_, agent)| !agent.name.starts_with('\0'));
        let mut silent: Vec<(i64, i64, u32)> =
            agents.map(|(number, agent)| (agent.heard, agent.newest, *number)).collect();
        silent.sort_unstable();
        for (_, _, number) in silent.into_iter().take((most / 8).max(1)) {
            if let Some(agent) = self.known.remove(&number) {
                self.by_name.remove(&agent.name);
                self.ranks.remove(&number);
                self.dropped += 1;
            }
            if self.holder == Some(number) {
                self.holder = None;
            }
        }
    }

    /// How many agents were dropped.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// What they take, about, bytes.
    pub(crate) fn bytes(&self) -> usize {
        let of = |agent: &Agent| OF_AGENT + 2 * agent.name.len() + OF_RUN * agent.seen.0.len();
        self.known.values().map(of).sum()
    }

    /// The name of an agent; empty where it was dropped.
    pub(crate) fn name(&self, number: u32) -> &str {
        self.known.get(&number).map_or("", |agent| &agent.name)
    }

    /// What alerts of the same time are ordered by, by the number of the agent.
    pub(crate) fn ranks(&self) -> &FxHashMap<u32, u64> {
        &self.ranks
    }

    /// Whether an alert of an agent was not seen before.
    pub(crate) fn is_first(&mut self, number: u32, sequence: u64) -> bool {
        self.known.get_mut(&number).is_none_or(|agent| agent.seen.insert(sequence))
    }

    /// An agent sent an alert of a time. Whether it was the slowest when that was asked last, or it is not
    /// known who is.
    pub(crate) fn hear(&mut self, number: u32, time: i64, clock: i64) -> bool {
        if let Some(agent) = self.known.get_mut(&number) {
            agent.newest = agent.newest.max(time);
            agent.heard = agent.heard.max(clock);
        }
        self.holder.is_none_or(|holder| holder == number)
    }

    /// How far the slowest of the agents has come that were heard since a time; none where none was.
    pub(crate) fn slowest(&mut self, since: i64) -> Option<i64> {
        let heard = self.known.iter().filter(|(_, agent)| agent.heard >= since);
        let slowest = heard.min_by_key(|(_, agent)| agent.newest);
        self.holder = slowest.map(|(number, _)| *number);
        slowest.map(|(_, agent)| agent.newest)
    }

    pub(crate) fn save(&self) -> Vec<u8> {
        // Texts and numbers: they always can be written.
        postcard::to_allocvec(&(self.next, self.dropped, &self.known)).unwrap_or_default()
    }

    pub(crate) fn restore(bytes: &[u8]) -> Result<Self, postcard::Error> {
        let (next, dropped, known): (u32, u64, BTreeMap<u32, Agent>) = postcard::from_bytes(bytes)?;
        let mut agents = Self { next, dropped, ..Self::default() };
        for (number, agent) in known {
            agents.add(number, agent);
        }
        Ok(agents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_new_once() {
        let mut seen = Seen::default();
        for number in [5, 3, 4, 9, 0, u64::MAX, 1, 2] {
            assert!(seen.insert(number), "{number}");
            assert!(!seen.insert(number), "{number}");
        }
        assert_eq!(seen.0, BTreeMap::from([(0, 5), (9, 9), (u64::MAX, u64::MAX)]));
    }

    #[test]
    fn gaps_are_bounded() {
        let mut seen = Seen::default();
        for number in 0..10_000 {
            assert!(seen.insert(number * 2));
        }
        assert_eq!(seen.0.len(), MOST_GAPS);
        assert!(!seen.insert(1), "the lowest gaps are closed");
        assert!(seen.insert(19_997), "the newest are open");
    }

    #[test]
    fn the_slowest_that_is_heard_counts() {
        let mut agents = Agents::default();
        let (one, other) = (agents.number("one", 9), agents.number("other", 9));
        assert_eq!(agents.slowest(0), None);
        agents.hear(one, 100, 10);
        agents.hear(other, 50, 20);
        assert_eq!(agents.slowest(10), Some(50));
        agents.hear(other, 200, 21);
        assert_eq!(agents.slowest(10), Some(100));
        assert_eq!(agents.slowest(20), Some(200));
    }

    #[test]
    fn the_longest_silent_go() {
        let mut agents = Agents::default();
        let findings = agents.number("\0findings", 16);
        let first = agents.number("host-0", 16);
        for n in 0..1000 {
            let number = agents.number(&format!("host-{n}"), 16);
            agents.hear(number, n, n);
            // One is heard all the time.
            agents.hear(first, n, n);
            assert!(agents.known.len() <= 16 && agents.bytes() < 16 * 400);
        }
        assert_eq!(agents.number("host-0", 16), first);
        assert_eq!(agents.number("\0findings", 16), findings);
        let (kept, known) = (agents.dropped(), agents.known.len());
        assert_eq!(kept, 1001 - known as u64);
        assert!(
            agents.by_name.contains_key("host-999") && !agents.by_name.contains_key("host-500")
        );
        assert_eq!((agents.by_name.len(), agents.ranks.len()), (known, known));

        // A number is given once, also over a restart.
        let mut again = Agents::restore(&agents.save()).unwrap();
        assert_eq!(again.number("new", 99), 1001);
        assert_eq!((again.dropped(), again.name(first), again.name(500)), (kept, "host-0", ""));
    }

    #[test]
    fn numbers_of_one_that_was_dropped_are_new() {
        let mut agents = Agents::default();
        let one = agents.number("one", 1);
        assert!(agents.is_first(one, 7) && !agents.is_first(one, 7));
        agents.number("other", 1);
        let again = agents.number("one", 1);
        assert!(again != one && agents.is_first(again, 7));
    }
}
