//! How many alerts there are over time.

use std::ops::Range;

use crate::answer::{Bars, Budget, Exactness, Window};
use crate::error::StoreError;
use crate::page::{Reading, ids};
use crate::plan::{ALWAYS, Required};
use crate::query::Query;
use crate::sqlite::read;
use crate::sqlite::write::HOUR_US;
use crate::store::Store;

/// Bars at most.
const MOST: usize = 2000;
/// A sample is one of so many parts of the time of a bar ...
const SAMPLE: i64 = 16;
/// ... in so many pieces.
const PIECES: i64 = 4;

/// Steps people read, microseconds.
const STEPS: [i64; 18] = {
    const SECOND: i64 = 1_000_000;
    const MINUTE: i64 = 60 * SECOND;
    const DAY: i64 = 24 * HOUR_US;
    [
        SECOND,
        5 * SECOND,
        10 * SECOND,
        30 * SECOND,
        MINUTE,
        5 * MINUTE,
        10 * MINUTE,
        30 * MINUTE,
        HOUR_US,
        3 * HOUR_US,
        6 * HOUR_US,
        12 * HOUR_US,
        DAY,
        7 * DAY,
        28 * DAY,
        91 * DAY,
        364 * DAY,
        3640 * DAY,
    ]
};

/// Which bars.
#[derive(Debug, Clone, Copy)]
pub struct BarsRequest {
    /// Alerts of this time; where it is open, as far as there are alerts.
    pub window: Window,
    /// Bars at most: the step is the first of 1 s, 5 s, ... 1 h, ... that makes no more.
    pub bars: usize,
    /// How long it may take.
    pub budget: Budget,
}

/// Counts by bar.
struct Counter {
    start_us: i64,
    step_us: i64,
    counts: Vec<u64>,
}

impl Counter {
    fn add(&mut self, microseconds: i64, count: u64) {
        let place = usize::try_from((microseconds - self.start_us).div_euclid(self.step_us));
        if let Some(bar) = place.ok().and_then(|place| self.counts.get_mut(place)) {
            *bar += count;
        }
    }
}

impl Store {
    /// How many alerts a query is true for, over time.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn bars(&self, query: &Query, request: &BarsRequest) -> Result<Bars, StoreError> {
        let range = self.within(&ids(query, request.window));
        let wanted = i64::try_from(request.bars.clamp(1, MOST)).unwrap_or(1);
        let (first_us, last_us) = (range.start >> 10, (range.end - 1).max(range.start) >> 10);
        let number = |step: i64| last_us.div_euclid(step) - first_us.div_euclid(step) + 1;
        let step_us = STEPS.into_iter().find(|step| number(*step) <= wanted);
        let step_us = step_us.unwrap_or(ALWAYS.1);
        let start_us = first_us.div_euclid(step_us) * step_us;
        let bars = if range.is_empty() { 0 } else { usize::try_from(number(step_us)).unwrap_or(0) };
        let mut counter = Counter { start_us, step_us, counts: vec![0; bars] };
        let exactness = if range.is_empty() {
            Exactness::Exact
        } else {
            self.count(query, &range, request.budget, &mut counter)?
        };
        let total = counter.counts.iter().sum();
        Ok(Bars { start_us, step_us, counts: counter.counts, total, exactness })
    }

    /// A range of ids without what no file has.
    fn within(&self, range: &Range<i64>) -> Range<i64> {
        let parts = self.parts();
        let ranges = || parts.iter().filter_map(|part| part.overlap(range));
        let start = ranges().map(|ids| ids.start).min();
        let end = ranges().map(|ids| ids.end).max();
        match start.zip(end) {
            Some((start, end)) => start..end,
            None => 0..0,
        }
    }

    fn count(
        &self,
        query: &Query,
        range: &Range<i64>,
        budget: Budget,
        counter: &mut Counter,
    ) -> Result<Exactness, StoreError> {
        if query.is_all() && counter.step_us % HOUR_US == 0 {
            self.count_hours(range, counter)?;
            return Ok(Exactness::Exact);
        }
        if !self.is_exact(query, range)? {
            return self.count_bodies(query, range, budget, counter);
        }
        let expression = query.plan.required.expression();
        if self.count_ids(expression.as_deref(), range, budget, counter)? {
            return Ok(Exactness::Exact);
        }
        counter.counts.fill(0);
        self.count_sample(expression.as_deref(), range, counter)?;
        Ok(Exactness::Sampled)
    }

    /// Whether all that has the terms of a query matches, in the files of a range.
    pub(crate) fn is_exact(&self, query: &Query, range: &Range<i64>) -> Result<bool, StoreError> {
        let plan = &query.plan;
        if !plan.exact || plan.times != ALWAYS {
            return Ok(false);
        }
        let odd = plan.odd.iter().map(|term| Required::Term(term.clone())).collect();
        let Some(odd) = Required::One(odd).expression().filter(|_| !plan.odd.is_empty()) else {
            return Ok(true);
        };
        for part in self.parts().iter().filter(|part| part.overlap(range).is_some()) {
            if part.ask(|connection| read::any(connection, &odd))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// All alerts, from the counts by hour; from the rows where an hour is not all in the range.
    fn count_hours(&self, range: &Range<i64>, counter: &mut Counter) -> Result<(), StoreError> {
        let (hours, edges) = whole_hours(range);
        for part in self.parts() {
            let Some(ids) = part.overlap(range) else { continue };
            for (hour, count) in part.ask(|connection| read::hours(connection, &hours))? {
                counter.add(hour * HOUR_US, count);
            }
            for edge in &edges {
                let edge = edge.start.max(ids.start)..edge.end.min(ids.end);
                if !edge.is_empty() {
                    let count = part.ask(|connection| read::count(connection, &edge))?;
                    counter.add(edge.start >> 10, count);
                }
            }
        }
        Ok(())
    }

    /// The alerts with some terms, from the index; false where there are too many, or the time was over.
    fn count_ids(
        &self,
        expression: Option<&str>,
        range: &Range<i64>,
        budget: Budget,
        counter: &mut Counter,
    ) -> Result<bool, StoreError> {
        let mut left = self.options.exact_hits;
        for part in self.parts().iter().rev() {
            let Some(ids) = part.overlap(range) else { continue };
            let all = part.ask(|connection| {
                read::ids(connection, expression, &ids, &mut |id| {
                    counter.add(id >> 10, 1);
                    left = left.saturating_sub(1);
                    left > 0 && (!left.is_multiple_of(1024) || !budget.is_spent())
                })
            })?;
            if !all {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The same over one of 16 parts of each bar.
    fn count_sample(
        &self,
        expression: Option<&str>,
        range: &Range<i64>,
        counter: &mut Counter,
    ) -> Result<(), StoreError> {
        let parts = self.parts();
        for (bar, count) in (0..).zip(&mut counter.counts) {
            let start = (counter.start_us + bar * counter.step_us) << 10;
            let end = start.saturating_add(counter.step_us << 10);
            let (start, end) = (start.max(range.start), end.min(range.end));
            let piece = (end - start) / PIECES;
            let width = (piece / SAMPLE).max(1);
            let mut found = 0_u64;
            for number in 0..PIECES {
                // Somewhere in each piece, the same for the same question.
                let hash = blake3::hash(&[bar.to_le_bytes(), number.to_le_bytes()].concat());
                let somewhere =
                    hash.as_bytes().first_chunk().copied().map_or(0, u32::from_le_bytes);
                let at = start + number * piece + i64::from(somewhere) % (piece - width).max(1);
                for part in &parts {
                    let Some(ids) = part.overlap(&(at..at + width)) else { continue };
                    part.ask(|connection| {
                        read::ids(connection, expression, &ids, &mut |_| {
                            found += 1;
                            true
                        })
                    })?;
                }
            }
            // Rounded: an estimate of a count.
            let (all, sampled) =
                ((end - start).max(1).unsigned_abs(), (width * PIECES).unsigned_abs());
            let estimate = (u128::from(found) * u128::from(all) + u128::from(sampled / 2))
                / u128::from(sampled.min(all));
            let estimate = u64::try_from(estimate).unwrap_or(u64::MAX);
            *count = estimate;
        }
        Ok(())
    }

    /// The alerts that the evaluator says a query is true for, the newest first.
    fn count_bodies(
        &self,
        query: &Query,
        range: &Range<i64>,
        budget: Budget,
        counter: &mut Counter,
    ) -> Result<Exactness, StoreError> {
        let expression = query.plan.required.expression();
        for part in self.parts().iter().rev() {
            let Some(ids) = part.overlap(range) else { continue };
            let mut reading = Reading::new(query, expression.as_deref(), part, ids);
            while !reading.is_done() {
                if budget.is_spent() {
                    return Ok(Exactness::Partial);
                }
                reading.advance()?;
                for hit in reading.take_found() {
                    counter.add(hit.id >> 10, 1);
                }
            }
        }
        Ok(Exactness::Exact)
    }
}

/// The whole hours of a range of ids, and what is left of it at its ends.
pub(crate) fn whole_hours(range: &Range<i64>) -> (Range<i64>, Vec<Range<i64>>) {
    let hour = HOUR_US << 10;
    let first = range.start.div_euclid(hour) + i64::from(range.start.rem_euclid(hour) != 0);
    let last = range.end.div_euclid(hour);
    if first >= last {
        return (0..0, vec![range.clone()]);
    }
    (first..last, vec![range.start..first * hour, last * hour..range.end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_whole_hours_and_its_ends() {
        let hour = HOUR_US << 10;
        let check = |range: Range<i64>, hours: Range<i64>, edges: &[(i64, i64)]| {
            let edges = edges.iter().map(|(start, end)| *start..*end).collect();
            assert_eq!(whole_hours(&range), (hours, edges), "{range:?}");
        };
        check(0..hour, 0..1, &[(0, 0), (hour, hour)]);
        check(5..3 * hour + 7, 1..3, &[(5, hour), (3 * hour, 3 * hour + 7)]);
        check(5..7, 0..0, &[(5, 7)]);
        check(hour - 1..hour + 1, 0..0, &[(hour - 1, hour + 1)]);
    }
}
