//! What a plan remembers: answers within one event, and answers that hold for every event with the
//! same key.

use crate::value::Value;

/// How many values of an event are kept while its program runs.
pub(crate) const SLOTS: usize = 16;

/// Answers kept for a predicate whose value follows from a key; most keys come again at once.
const KEYS: usize = 8;

/// A value of the event looked at.
pub(crate) enum Slot<'v> {
    /// Not looked up yet.
    Unasked,
    /// There is none.
    Missing,
    /// This.
    Value(Value<'v>),
}

/// What the plan remembers while it looks at one event; kept between events to allocate nothing.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Whose answers these are.
    plan: u64,
    epoch: u32,
    /// By predicate: the epoch it was asked in, doubled, plus its answer.
    answers: Vec<u32>,
    /// By predicate with a key: some keys and their answers. They outlast the event.
    by_key: Vec<[(u64, Option<bool>); KEYS]>,
}

impl Scratch {
    /// Nothing remembered.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins with the next event.
    pub(crate) fn next(&mut self, plan: u64, predicates: usize) -> Known<'_> {
        self.epoch += 1;
        if self.plan != plan || self.epoch > u32::MAX / 2 - 1 {
            self.plan = plan;
            self.answers.clear();
            self.answers.resize(predicates, 0);
            self.by_key.clear();
            self.epoch = 1;
        }
        Known { epoch: self.epoch << 1, answers: &mut self.answers, by_key: &mut self.by_key }
    }
}

/// What is known while one event is looked at.
pub(crate) struct Known<'s> {
    /// Doubled.
    epoch: u32,
    answers: &'s mut [u32],
    by_key: &'s mut Vec<[(u64, Option<bool>); KEYS]>,
}

impl Known<'_> {
    /// The answer of a predicate that was asked for this event already.
    #[inline]
    pub(crate) fn answer(&self, predicate: u32) -> Option<bool> {
        let other = *self.answers.get(predicate as usize)? ^ self.epoch;
        (other <= 1).then_some(other == 1)
    }

    /// Keeps the answer of a predicate for this event.
    #[inline]
    pub(crate) fn remember(&mut self, predicate: u32, holds: bool) {
        if let Some(place) = self.answers.get_mut(predicate as usize) {
            *place = self.epoch | u32::from(holds);
        }
    }

    /// The answer that goes with a key, asked once as long as it is remembered.
    pub(crate) fn answer_for(&mut self, memo: u32, key: u64, ask: impl FnOnce() -> bool) -> bool {
        /// Spreads keys over the places: 2^64 divided by the golden ratio.
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        let memo = memo as usize;
        if self.by_key.len() <= memo {
            self.by_key.resize(memo + 1, [(0, None); KEYS]);
        }
        let place = usize::try_from(key.wrapping_mul(SPREAD) >> 61).unwrap_or(0) % KEYS;
        match self.by_key.get_mut(memo).and_then(|places| places.get_mut(place)) {
            Some((known, Some(holds))) if *known == key => *holds,
            Some(place) => {
                let holds = ask();
                *place = (key, Some(holds));
                holds
            }
            None => ask(),
        }
    }
}
