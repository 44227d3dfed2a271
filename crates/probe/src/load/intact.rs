//! Looks whether what stands in the kernel is still what was put there, and puts back what is not.
//!
//! Root can take entries out of our maps and end our links; from then on no event would be emitted, and
//! none counted as lost. So every entry and link is compared with what it is to be, maps only the
//! programs change are closed to everybody else, and a call of our own is made whose event must arrive
//! ([`Canary`]).

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use libbpf_rs::{Link, MapCore, MapFlags, MapHandle};
use peregrine_event::kernel::containers;
use peregrine_event::{EventType, EventView, SyscallSet, syscalls};
use peregrine_kfilter::{Pushdown, known_files};

use super::Probe;
use super::maps::set_inner;
use crate::damage::{Damage, DamageKind, Unrepaired};
use crate::error::ProbeError;
use crate::load::{Attach, Options};
use crate::losses::Losses;
use crate::object;

/// Maps that user space changes while programs run. All others only programs change, and the loader
/// before they run.
const OPEN: [&str; 4] = ["calls", "generation", "known_files", "cgroup_kinds"];
/// So many control groups are compared in one look.
const KINDS: usize = 1024;
/// An event of a moment ago may have this time at most from what is expected.
const SLACK_NS: u64 = 1_000_000_000;
/// So long an event may take to be read.
const PATIENCE_NS: u64 = 250_000_000;
/// A call that changes nothing where its descriptor is none.
const CALL: &str = "fchdir";

/// A program that runs.
pub(super) struct Attached {
    link: Link,
    /// The numbers of the link and its program; none where the kernel does not say.
    ids: Option<(u32, u32)>,
}

impl Attached {
    pub(super) fn new(link: Link) -> Self {
        let ids = ids(&link);
        Self { link, ids }
    }

    fn is_intact(&self) -> bool {
        self.ids.is_none() || ids(&self.link) == self.ids
    }

    /// Its descriptor stands for something else now, which is not ours to close.
    fn abandon(self) {
        std::mem::forget(self.link);
    }
}

pub(crate) fn ids(link: &Link) -> Option<(u32, u32)> {
    link.info().ok().map(|info| (info.id, info.prog_id))
}

/// A call made now and then whose event must arrive. Nobody else sees its event.
#[derive(Debug, Default)]
pub(super) struct Canary {
    /// The number of the descriptor it was made with, below zero.
    number: i32,
    /// When it was made, since boot; 0: none is awaited.
    made: u64,
    /// What was lost until then.
    lost: u64,
    /// The time its event had.
    seen: Option<u64>,
    /// When what was read last began to be read: a canary made later need not be among it.
    pub(super) read: u64,
    /// Others do not want such events.
    alone: bool,
}

impl Canary {
    /// Whether others want such events is said by their calls of interest.
    pub(super) fn is_alone(&mut self, calls: &SyscallSet) {
        self.alone = syscalls::by_name(CALL).is_some_and(|own| !calls.contains(own.id));
    }

    /// One that nobody guesses, who would have it that we see, and no descriptor.
    fn number() -> i32 {
        let [a, b, c, d, ..] = RandomState::new().build_hasher().finish().to_ne_bytes();
        i32::MIN | (i32::from_ne_bytes([a, b, c, d]) & 0x3fff_ffff)
    }

    /// Whether an event is for nobody else.
    pub(super) fn takes(&mut self, record: &[u8]) -> bool {
        let code = EventType::SYSCALL_FCHDIR_X.0.to_le_bytes();
        if record.get(20..22) != Some(&code[..]) {
            return false;
        }
        let Ok((view, _)) = EventView::parse(record) else { return false };
        if self.made > 0 && view.i64(1) == Some(self.number.into()) {
            self.seen = Some(view.ts());
            return true;
        }
        self.alone
    }
}

/// What it takes to begin anew.
#[derive(Debug, Clone, Default)]
pub(super) struct Desired {
    pub(super) options: Options,
    pub(super) pushdown: Pushdown,
    pub(super) known_files: Option<Vec<(u32, u64)>>,
    pub(super) kinds: std::collections::BTreeMap<u64, bool>,
    /// The next control group to be compared.
    next_kind: u64,
    /// What former programs lost.
    pub(super) lost: Losses,
    /// What was counted when it was looked at last.
    counted: Losses,
}

impl Desired {
    pub(super) fn new(options: Options) -> Self {
        Self { options, ..Self::default() }
    }
}

/// The calls with the canary's, and what may be dropped without it.
pub(super) fn with_canary(calls: &SyscallSet, pushdown: &Pushdown) -> (SyscallSet, Pushdown) {
    let (mut calls, mut pushdown) = (*calls, pushdown.clone());
    if let Some(own) = syscalls::by_name(CALL) {
        calls.insert(own.id);
        pushdown.calls.retain(|(call, _)| *call != own.id);
    }
    (calls, pushdown)
}

impl Probe {
    /// Takes the right to change them from maps that only programs change.
    pub(super) fn close_maps(&self) {
        for (name, map) in self.programs.maps() {
            if !OPEN.contains(&&*name) {
                // One that stays open is one more that is looked at only by its effect.
                let _ = map.freeze();
            }
        }
        let _ = self.current.freeze();
    }

    /// Compares what stands in the kernel with what was put there, puts it back, and says what was
    /// damaged; nothing while a change is under way. To be called every few seconds, after [`Self::drain`]: what was
    /// emitted for the canary must have been read.
    pub fn check(&mut self) -> Vec<Damage> {
        let mut found = Vec::new();
        if self.links.is_empty() || self.what != Attach::Watch || self.is_changing() {
            return found;
        }
        self.check_links(&mut found);
        self.check_uring(&mut found);
        self.check_calls(&mut found);
        self.check_maps(&mut found);
        self.check_kinds(&mut found);
        self.check_counters(&mut found);
        let places = self.rings.put_back_positions();
        if places > 0 {
            found.push(Damage::repaired(DamageKind::RingPosition));
        }
        self.check_canary(&mut found);
        found
    }

    fn check_links(&mut self, found: &mut Vec<Damage>) {
        let broken =
            |(name, running): &(&'static str, Attached)| (!running.is_intact()).then_some(*name);
        for name in self.links.iter().filter_map(broken).collect::<Vec<_>>() {
            let again = self.programs.attach(name).map(Attached::new);
            let place = self.links.iter().position(|(one, _)| *one == name);
            let repair = again.map(|again| {
                if let Some(slot) = place.and_then(|place| self.links.get_mut(place)) {
                    std::mem::replace(slot, (name, again)).1.abandon();
                }
            });
            found.push(Damage::after(DamageKind::ProgramStopped(name), repair));
        }
        let broken =
            |(name, running): (&&'static str, &Attached)| (!running.is_intact()).then_some(*name);
        for name in self.on_demand.iter().filter_map(broken).collect::<Vec<_>>() {
            let again = self.programs.attach(name).map(Attached::new);
            let repair = again.map(|again| {
                if let Some(former) = self.on_demand.insert(name, again) {
                    former.abandon();
                }
            });
            found.push(Damage::after(DamageKind::ProgramStopped(name), repair));
        }
    }

    fn check_uring(&mut self, found: &mut Vec<Damage>) {
        let broken = matches!(&self.uring, Some(Ok(uring)) if !uring.is_intact());
        if !broken {
            return;
        }
        if let Some(Ok(uring)) = self.uring.take() {
            uring.abandon();
        }
        let interest = self.interest;
        let mut damage = Damage::after(DamageKind::UringStopped, self.start_uring(&interest));
        if damage.unrepaired.is_none() {
            damage.unrepaired = self.uring_unavailable().cloned().map(Unrepaired::Uring);
        }
        found.push(damage);
    }

    /// Programs that calls jump to.
    fn check_calls(&mut self, found: &mut Vec<Damage>) {
        let away = match self.programs.misplaced() {
            Ok(away) => away,
            Err(error) => {
                return found
                    .push(Damage::after(DamageKind::ProgramsUnreadable, Err::<(), _>(error)));
            }
        };
        if away.is_empty() {
            return;
        }
        let repair = self.programs.load_again(&away);
        found.push(Damage::after(DamageKind::ProgramsRemoved(away), repair));
    }

    /// Maps of one entry each.
    fn check_maps(&mut self, found: &mut Vec<Damage>) {
        let here = |outer: &MapHandle, place: u32, inner: &MapHandle| {
            let found = outer.lookup(&place.to_ne_bytes(), MapFlags::ANY).ok()?;
            let own = inner.info().ok()?.info.id;
            Some(found.as_deref() == Some(&own.to_ne_bytes()[..]))
        };
        let mut put_back = |kind, outer: &MapHandle, place: u32, inner: &MapHandle| {
            if here(outer, place, inner) != Some(true) {
                found.push(Damage::after(kind, set_inner(outer, place, inner)));
            }
        };
        put_back(DamageKind::InterestRemoved, &self.generation, 0, &self.current);
        for (place, ring) in (0..).zip(&self.ring_maps) {
            put_back(DamageKind::RingRemoved, &self.outer_rings, place, ring);
        }
        if let Some(files) = self.desired.known_files.clone() {
            let bits = known_files(files.iter().copied());
            let now = self.programs.map("known_files").and_then(|map| {
                map.ok()?.lookup(&0_u32.to_ne_bytes(), MapFlags::ANY).ok().flatten()
            });
            if now.as_deref() != Some(&bits[..]) {
                found.push(Damage::after(DamageKind::KnownFiles, self.set_known_files(&files)));
            }
        }
        match self.programs.put_back_variables() {
            Ok(false) => {}
            Ok(true) => found.push(Damage::repaired(DamageKind::Configuration)),
            Err(error) => {
                let kind = DamageKind::ConfigurationUnreadable;
                found.push(Damage::after(kind, Err::<(), _>(error)));
            }
        }
    }

    /// Control groups that user space classified, a part of them at a time.
    fn check_kinds(&mut self, found: &mut Vec<Damage>) {
        let Some(Ok(map)) = self.programs.map("cgroup_kinds") else { return };
        let mut wrong = Vec::new();
        let mut looked = 0;
        for (cgroup, container) in self.desired.kinds.range(self.desired.next_kind..).take(KINDS) {
            looked += 1;
            let kind = if *container { containers::INSIDE } else { containers::HOST };
            let now = map.lookup(&cgroup.to_ne_bytes(), MapFlags::ANY).ok().flatten();
            if now.as_deref() != Some(&kind.to_ne_bytes()[..]) {
                wrong.push((*cgroup, *container));
            }
        }
        let next = self.desired.kinds.range(self.desired.next_kind..).nth(looked);
        let next = next.map_or(0, |(cgroup, _)| *cgroup);
        self.desired.next_kind = next;
        if !wrong.is_empty() {
            let mut wrong = wrong.into_iter();
            let repair = wrong.try_for_each(|(cgroup, is)| self.set_container(cgroup, is));
            found.push(Damage::after(DamageKind::CgroupKinds, repair));
        }
    }

    fn check_counters(&mut self, found: &mut Vec<Damage>) {
        match self.losses() {
            Ok(now) => {
                if now.is_less_than(&self.desired.counted) {
                    let kind = DamageKind::LossesReset;
                    found.push(Damage::unrepaired(kind, Unrepaired::LossesUnknown));
                }
                self.desired.counted = now;
            }
            Err(error) => {
                let kind = DamageKind::LossesUnreadable;
                found.push(Damage::after(kind, Err::<(), _>(error)));
            }
        }
    }

    /// Whether the event of the last canary arrived, and the next one.
    fn check_canary(&mut self, found: &mut Vec<Damage>) {
        let now = self.clock.since_boot();
        // Not by the clock: while there is much to do a long time may pass since the last reading.
        if self.canary.made > 0 && self.canary.read < self.canary.made + PATIENCE_NS {
            return;
        }
        let lost = self.losses().map_or(0, |losses| losses.total());
        let missed = match self.canary.seen {
            _ if self.canary.made == 0 => None,
            None if lost > self.canary.lost => None,
            None => Some(DamageKind::SelfTestMissing),
            Some(time)
                if self.rings.offsets.since_boot(time, now).abs_diff(self.canary.made)
                    > SLACK_NS =>
            {
                Some(DamageKind::SelfTestTime)
            }
            Some(_) => None,
        };
        if let Some(kind) = missed {
            // Where something was found and repaired, that was the cause.
            let unrepaired = found.is_empty().then_some(Unrepaired::CauseUnknown);
            found.push(Damage { kind, unrepaired });
        }
        self.canary.number = Canary::number();
        self.canary.seen = None;
        self.canary.lost = lost;
        self.canary.made = now;
        object::fchdir(self.canary.number);
    }

    /// Loads and attaches all programs anew, where some damage could not be repaired by itself. What the
    /// former ones emitted until then is handed out first. Where the kernel refuses, what ran before
    /// still does.
    pub fn restart(&mut self, take: &mut dyn FnMut(&[u8])) -> Damage {
        Damage::after(DamageKind::Reloaded, self.load_anew(take))
    }

    fn load_anew(&mut self, take: &mut dyn FnMut(&[u8])) -> Result<(), ProbeError> {
        let mut fresh = Self::load(&self.desired.options)?;
        let desired = self.desired.clone();
        fresh.set_filtered(&self.interest, &desired.pushdown)?;
        fresh.settle();
        fresh.attach(Attach::Watch)?;
        if let Some(files) = &desired.known_files {
            fresh.set_known_files(files)?;
        }
        for (cgroup, container) in &desired.kinds {
            fresh.set_container(*cgroup, *container)?;
        }
        self.detach();
        self.drain_all(take);
        fresh.desired.lost = self.losses().unwrap_or(desired.counted).at_least(&desired.counted);
        fresh.desired.counted = fresh.desired.lost;
        *self = fresh;
        Ok(())
    }
}

/// The names of programs, each once.
pub(crate) type Names = BTreeSet<String>;
