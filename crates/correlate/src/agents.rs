//! The agents alerts come from: which alerts were seen, how far each has come, what no agent can send any more.

use std::collections::BTreeMap;
use std::hash::Hasher as _;

use rustc_hash::{FxHashMap, FxHasher};
use serde::{Deserialize, Serialize};

/// How many gaps in the numbers of an agent's alerts are remembered; of more the lowest are taken for seen.
const MOST_GAPS: usize = 1024;

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

/// All agents.
#[derive(Debug, Clone, Default)]
pub(crate) struct Agents {
    known: Vec<Agent>,
    by_name: FxHashMap<Box<str>, u32>,
    ranks: Vec<u64>,
    /// Who was the slowest when that was asked last.
    holder: Option<u32>,
}

impl Agents {
    /// The number of an agent.
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.by_name.get(name) {
            return *number;
        }
        let (newest, heard) = (i64::MIN, i64::MIN);
        self.add(Agent { name: name.into(), newest, heard, seen: Seen::default() })
    }

    fn add(&mut self, agent: Agent) -> u32 {
        let number = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        let mut hasher = FxHasher::default();
        hasher.write(agent.name.as_bytes());
        self.ranks.push(hasher.finish());
        self.by_name.insert(agent.name.clone(), number);
        self.known.push(agent);
        number
    }

    pub(crate) fn name(&self, number: u32) -> &str {
        self.known.get(number as usize).map_or("", |agent| &agent.name)
    }

    /// What alerts of the same time are ordered by, by the number of the agent.
    pub(crate) fn ranks(&self) -> &[u64] {
        &self.ranks
    }

    /// Whether an alert of an agent was not seen before.
    pub(crate) fn is_first(&mut self, number: u32, sequence: u64) -> bool {
        self.known.get_mut(number as usize).is_none_or(|agent| agent.seen.insert(sequence))
    }

    /// An agent sent an alert of a time. Whether it was the slowest when that was asked last, or it is not
    /// known who is.
    pub(crate) fn hear(&mut self, number: u32, time: i64, clock: i64) -> bool {
        if let Some(agent) = self.known.get_mut(number as usize) {
            agent.newest = agent.newest.max(time);
            agent.heard = agent.heard.max(clock);
        }
        self.holder.is_none_or(|holder| holder == number)
    }

    /// How far the slowest of the agents has come that were heard since a time; none where none was.
    pub(crate) fn slowest(&mut self, since: i64) -> Option<i64> {
        let heard = (0..).zip(&self.known).filter(|(_, agent)| agent.heard >= since);
        let slowest = heard.min_by_key(|(_, agent)| agent.newest);
        self.holder = slowest.map(|(number, _)| number);
        slowest.map(|(_, agent)| agent.newest)
    }

    pub(crate) fn save(&self) -> Vec<u8> {
        // Texts and numbers: they always can be written.
        postcard::to_allocvec(&self.known).unwrap_or_default()
    }

    pub(crate) fn restore(bytes: &[u8]) -> Result<Self, postcard::Error> {
        let saved: Vec<Agent> = postcard::from_bytes(bytes)?;
        let mut agents = Self::default();
        for agent in saved {
            agents.add(agent);
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
        let (one, other) = (agents.number("one"), agents.number("other"));
        assert_eq!(agents.slowest(0), None);
        agents.hear(one, 100, 10);
        agents.hear(other, 50, 20);
        assert_eq!(agents.slowest(10), Some(50));
        agents.hear(other, 200, 21);
        assert_eq!(agents.slowest(10), Some(100));
        assert_eq!(agents.slowest(20), Some(200));
    }
}
