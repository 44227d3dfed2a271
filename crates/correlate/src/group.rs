//! One group of a correlation: its alerts, sorted by their time, and the findings that may grow.

use serde::{Deserialize, Serialize};

use crate::agents::Agents;
use crate::finding::{Effect, FindingId, KEPT_MEMBERS, Open};
use crate::key;
use crate::rule::{Correlation, Mode};
use crate::window::{Entry, Member, make_room, measure, most_entries};

/// How many alerts of what must not follow a group keeps.
const MOST_ABSENT: usize = 1024;

/// A group without its place in the table.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) key: Box<[u8]>,
    entries: Vec<Entry>,
    more: Option<Box<More>>,
}

/// What few groups have.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct More {
    open: Vec<Open>,
    /// When what must not follow was seen, in order.
    absent: Vec<i64>,
    /// Until when findings are not reported.
    suppressed_until: i64,
    approximate: bool,
}

/// A finding as an event for other correlations.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chained {
    pub(crate) correlation: usize,
    pub(crate) time: i64,
    pub(crate) id: FindingId,
    pub(crate) group: Vec<String>,
}

/// What a group needs of the engine.
pub(crate) struct Context<'e> {
    pub(crate) number: usize,
    pub(crate) correlation: &'e Correlation,
    pub(crate) agents: &'e Agents,
    /// Whether others reference the correlation.
    pub(crate) is_referenced: bool,
    /// Whether the alert came behind others of later times.
    pub(crate) late: bool,
    pub(crate) serial: &'e mut u64,
    pub(crate) suppressed: &'e mut u64,
    pub(crate) effects: &'e mut Vec<Effect>,
    pub(crate) chained: &'e mut Vec<Chained>,
}

/// A window that met the condition.
struct Fire {
    /// Its alerts: from the first to the last, by their places.
    first: usize,
    last: usize,
    number: f64,
    /// When it was certain.
    at: i64,
}

impl Group {
    pub(crate) fn new(key: &[u8]) -> Self {
        Self { key: key.into(), ..Self::default() }
    }

    /// The bytes it takes beside its own structure.
    pub(crate) fn heap(&self) -> usize {
        let more = self.more.as_ref().map_or(0, |more| {
            let members: usize =
                more.open.iter().map(|open| open.members.capacity() * size_of::<Member>()).sum();
            size_of::<More>()
                + more.open.capacity() * size_of::<Open>()
                + members
                + more.absent.capacity() * size_of::<i64>()
        });
        self.key.len() + self.entries.capacity() * size_of::<Entry>() + more
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    fn open(&self) -> &[Open] {
        self.more.as_ref().map_or(&[], |more| &more.open)
    }

    fn absent(&self) -> &[i64] {
        self.more.as_ref().map_or(&[], |more| &more.absent)
    }

    /// Something that must not follow.
    pub(crate) fn see_absent(&mut self, time: i64) {
        let absent = &mut self.more().absent;
        let place = absent.partition_point(|other| *other <= time);
        absent.insert(place, time);
        if absent.len() > MOST_ABSENT {
            absent.remove(0);
        }
    }

    /// An alert that counts. Windows that no later alert can change are evaluated.
    pub(crate) fn insert(&mut self, entry: Entry, context: &mut Context<'_>) {
        let ranks = context.agents.ranks();
        let order = entry.order(ranks);
        // Nearly always the newest.
        let mut place = self.entries.len();
        while place
            .checked_sub(1)
            .and_then(|before| self.entries.get(before))
            .is_some_and(|before| before.order(ranks) > order)
        {
            place -= 1;
        }
        if self.entries.len() == self.entries.capacity() {
            // One alert is all that most groups ever have.
            self.entries.reserve_exact(self.entries.len().max(1));
        }
        self.entries.insert(place, entry);
        if self.entries.len() > most_entries(context.correlation) {
            let before = self.entries.len();
            if make_room(context.correlation, &mut self.entries) {
                self.more().approximate |=
                    !context.correlation.kind.is_temporal() || self.entries.len() + 1 < before;
            }
            place = self.entries.partition_point(|other| other.order(ranks) < order);
        }
        if context.correlation.mode == Mode::AtOnce {
            self.fire_with(place, context);
        }
    }

    /// Evaluates every window that has the alert at a place.
    fn fire_with(&mut self, place: usize, context: &mut Context<'_>) {
        let timespan = context.correlation.timespan;
        let Some(end) = self.entries.get(place).map(|entry| entry.time.saturating_add(timespan))
        else {
            return;
        };
        let mut last = place;
        while let Some(entry) = self.entries.get(last).filter(|entry| entry.time <= end) {
            let (time, fires) = (entry.time, entry.fires);
            let first = self.first_within(time, timespan);
            let window = self.entries.get(first..=last).unwrap_or_default();
            if let Some(number) = measure(context.correlation, window) {
                self.fire(&Fire { first, last, number, at: time }, context);
            } else if fires {
                self.fire(&Fire { first, last, number: f64::NAN, at: time }, context);
            }
            last += 1;
        }
    }

    /// The place of the first alert of a window that ends at a time.
    fn first_within(&self, end: i64, timespan: i64) -> usize {
        let start = end.saturating_sub(timespan);
        self.entries.partition_point(|entry| entry.time < start)
    }

    /// Evaluates what is certain at a time, ends what cannot grow any more, forgets what no window can have.
    /// Whether nothing is left.
    pub(crate) fn advance(&mut self, now: i64, context: &mut Context<'_>) -> bool {
        let (timespan, delay) = (context.correlation.timespan, context.correlation.delay());
        let certain = now.saturating_sub(delay);
        match context.correlation.mode {
            Mode::AtOnce => {}
            Mode::Settled => self.settle(certain, context),
            Mode::WholeWindows => self.whole_windows(certain, context),
        }
        self.close(now, context);
        if context.correlation.mode != Mode::WholeWindows {
            let kept =
                self.entries.partition_point(|entry| entry.time.saturating_add(timespan) < certain);
            self.entries.drain(..kept);
        }
        if let Some(more) = &mut self.more {
            let kept = more.absent.partition_point(|time| *time <= certain);
            more.absent.drain(..kept);
            let is_needed = !more.open.is_empty()
                || !more.absent.is_empty()
                || more.suppressed_until > now
                || (more.approximate && !self.entries.is_empty());
            if !is_needed {
                self.more = None;
            }
        }
        if self.entries.capacity() > 4 * self.entries.len().max(1) {
            self.entries.shrink_to_fit();
        }
        self.entries.is_empty() && self.more.is_none()
    }

    fn settle(&mut self, certain: i64, context: &mut Context<'_>) {
        let delay = context.correlation.delay();
        let first_unsettled = self.entries.iter().position(|entry| !entry.is_settled);
        let mut last = first_unsettled.unwrap_or(self.entries.len());
        while let Some(entry) = self.entries.get_mut(last).filter(|entry| entry.time <= certain) {
            entry.is_settled = true;
            let time = entry.time;
            let first = self.first_within(time, context.correlation.timespan);
            let window = self.entries.get(first..=last).unwrap_or_default();
            let number = measure(context.correlation, window);
            if let Some(number) = number.filter(|_| !self.follows(time, delay)) {
                self.fire(&Fire { first, last, number, at: time.saturating_add(delay) }, context);
            }
            last += 1;
        }
    }

    fn whole_windows(&mut self, certain: i64, context: &mut Context<'_>) {
        let (timespan, delay) = (context.correlation.timespan, context.correlation.delay());
        while let Some(first) = self.entries.first() {
            let end = first.time.saturating_add(timespan);
            if end > certain {
                return;
            }
            let count = self.entries.partition_point(|entry| entry.time <= end);
            let number =
                measure(context.correlation, self.entries.get(..count).unwrap_or_default());
            if let Some(number) = number.filter(|_| !self.follows(end, delay)) {
                let at = end.saturating_add(delay);
                self.fire(&Fire { first: 0, last: count - 1, number, at }, context);
            }
            self.entries.drain(..count);
        }
    }

    /// Whether what must not follow does, behind a time and for so long.
    fn follows(&self, time: i64, delay: i64) -> bool {
        let end = time.saturating_add(delay);
        delay > 0 && self.absent().iter().any(|seen| *seen > time && *seen <= end)
    }

    /// A window met the condition: its alerts become part of a finding.
    fn fire(&mut self, fire: &Fire, context: &mut Context<'_>) {
        let mut added = Vec::new();
        let mut alerts = 0;
        let window = self.entries.get_mut(fire.first..=fire.last).unwrap_or_default();
        for entry in window.iter_mut().filter(|entry| !entry.is_member) {
            entry.is_member = true;
            alerts += u64::from(entry.weight);
            added.push(entry.member());
        }
        let (Some(first), Some(last)) = (window.first().copied(), window.last_mut()) else {
            return;
        };
        let is_new = !std::mem::replace(&mut last.fires, true);
        if !is_new && added.is_empty() {
            return;
        }
        let last = *last;
        let key = std::mem::take(&mut self.key);
        let approximate = self.more.as_ref().is_some_and(|more| more.approximate);
        let more = self.more();
        let quiet = context.correlation.quiet;
        let touches = |open: &Open| {
            fire.at >= open.fired.saturating_sub(quiet)
                && fire.at <= open.last_fired.saturating_add(quiet)
        };
        let mut open = match more.open.iter().position(touches) {
            Some(place) => more.open.swap_remove(place),
            None => more.begin(&key, &first, fire, context),
        };
        let is_begun = open.fires == 0;
        while let Some(place) = more.open.iter().position(touches) {
            let other = more.open.swap_remove(place);
            let (mut older, newer) =
                if other.serial < open.serial { (other, open) } else { (open, other) };
            older.absorb(&newer);
            open = older;
            if context.correlation.reported && !newer.suppressed && !open.suppressed {
                let into = open.finding(context.number, key::values(&key));
                context.effects.push(Effect::Merged { into, gone: newer.id });
            }
        }
        open.fired = open.fired.min(fire.at);
        open.last_fired = open.last_fired.max(fire.at);
        open.first = open.first.min(first.time);
        open.last = open.last.max(last.time);
        open.fires += u64::from(is_new);
        open.alerts += alerts;
        open.approximate |= approximate;
        if !fire.number.is_nan() {
            open.number = fire.number;
        }
        let free = KEPT_MEMBERS.saturating_sub(open.members.len());
        open.members.extend(added.iter().take(free));
        if is_begun {
            begun(&open, &key, context);
        } else if context.correlation.reported && !open.suppressed && !added.is_empty() {
            context.effects.push(Effect::Grew {
                id: open.id,
                correlation: context.number,
                alerts: open.alerts,
                added,
            });
        }
        self.more().open.push(open);
        self.key = key;
    }

    /// Ends the findings that nothing can be added to.
    fn close(&mut self, now: i64, context: &mut Context<'_>) {
        let quiet = context.correlation.quiet;
        let Some(more) = &mut self.more else { return };
        let over = |open: &Open| open.last_fired.saturating_add(quiet) < now;
        if !more.open.iter().any(over) {
            return;
        }
        let (mut gone, open): (Vec<_>, Vec<_>) = more.open.drain(..).partition(over);
        more.open = open;
        gone.sort_by_key(|open| (open.fired, open.serial));
        for open in gone.iter().filter(|open| context.correlation.reported && !open.suppressed) {
            let finding = open.finding(context.number, key::values(&self.key));
            context.effects.push(Effect::Closed(finding));
        }
    }

    /// When something is to be done next; none where nothing is.
    pub(crate) fn due(&self, correlation: &Correlation) -> Option<i64> {
        let (timespan, delay) = (correlation.timespan, correlation.delay());
        let close =
            self.open().iter().map(|open| open.last_fired.saturating_add(correlation.quiet));
        let close = close.min().map(|end| end.saturating_add(1));
        let certain = match correlation.mode {
            Mode::AtOnce => None,
            Mode::Settled => {
                self.entries.iter().find(|entry| !entry.is_settled).map(|entry| entry.time)
            }
            Mode::WholeWindows => {
                self.entries.first().map(|entry| entry.time.saturating_add(timespan))
            }
        };
        let gone = self.entries.last().map(|entry| entry.time.saturating_add(timespan + 1));
        let absent = self.absent().last().copied();
        let later = [certain, gone, absent].into_iter().flatten();
        let later = later.map(|time| time.saturating_add(delay)).min();
        let until = self.more.as_ref().map(|more| more.suppressed_until).filter(|until| *until > 0);
        [close, later].into_iter().flatten().min().or(until)
    }
}

impl More {
    fn begin(&mut self, key: &[u8], first: &Entry, fire: &Fire, context: &mut Context<'_>) -> Open {
        let correlation = context.correlation;
        let suppressed = fire.at < self.suppressed_until;
        if let Some(length) = correlation.suppress.filter(|_| !suppressed) {
            self.suppressed_until = fire.at.saturating_add(length);
        }
        *context.serial += 1;
        let agent = context.agents.name(first.agent);
        Open {
            id: FindingId::new(&correlation.fingerprint, key, agent, first.sequence),
            fired: fire.at,
            last_fired: fire.at,
            first: first.time,
            last: first.time,
            alerts: 0,
            fires: 0,
            number: fire.number,
            members: Vec::new(),
            late: context.late,
            approximate: false,
            suppressed,
            serial: *context.serial,
        }
    }
}

/// A finding begins: it is reported, and an alert of the correlations that reference its own.
fn begun(open: &Open, key: &[u8], context: &mut Context<'_>) {
    if open.suppressed {
        *context.suppressed += 1;
        return;
    }
    if context.correlation.reported {
        let finding = open.finding(context.number, key::values(key));
        context.effects.push(Effect::Opened(finding));
    }
    if context.is_referenced {
        let group = key::values(key);
        let (correlation, time, id) = (context.number, open.fired, open.id);
        context.chained.push(Chained { correlation, time, id, group });
    }
}
