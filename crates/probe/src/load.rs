//! Loading, attaching, reading.

mod change;
mod intact;
mod maps;
mod prepare;
mod time;

use std::collections::BTreeMap;
use std::sync::Weak;
use std::thread::JoinHandle;

use libbpf_rs::{Iter, MapCore, MapFlags, MapHandle};
use peregrine_event::kernel::containers;
use peregrine_event::kernel::memory::CPUS_PER_RING;
use peregrine_event::{SyscallSet, syscalls};
use peregrine_kfilter::{Pushdown, ROWS, known_files};

use crate::clock::{Clock, Config, SharedOffset};
use crate::error::{Cause, ProbeError, Refused};
use crate::interest::{InterestSet, row};
use crate::losses::Losses;
use crate::object::refused;
use crate::on_demand;
use crate::programs::Programs;
use crate::rights;
use crate::ring::Rings;
use crate::uring::{self, Unavailable, Uring};

pub use change::{Change, Changed, Replaced};
use intact::{Attached, Canary, Desired, with_canary};
pub(crate) use intact::{Names, ids};
use maps::{again, create_interest, create_outer, fill_interest, make_rings, map_ring, set_inner};

/// The iterator by which the programs remember the threads there are.
const REMEMBER_TASKS: &str = "remember_task";
/// A record may still be being written when a younger one of another CPU stands in its ring: what
/// is younger than this waits for the next look.
const HOLD_BACK_NS: u64 = 500_000;

/// Programs without which nothing is watched, as they are started: what changes a thread unseen comes
/// before the event about it.
const WATCH: [&str; 5] = ["rename_task", "move_task", "task_exit", "dispatch", "rest"];

/// How the kernel side is set up.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Bytes of one ring; rounded up to a power of two of at least a page. Two CPUs share a ring.
    pub ring_bytes: u32,
    /// Bytes of a program's arguments, and of its environment, that an event holds at most: from 4096,
    /// as in Falco, to 12285.
    pub arguments_max: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { ring_bytes: 8 << 20, arguments_max: 4096 }
    }
}

impl Options {
    pub(crate) fn ring_size(self) -> u32 {
        self.ring_bytes.max(4096).checked_next_power_of_two().unwrap_or(1 << 31)
    }
}

/// Which programs run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attach {
    /// Those that watch.
    Watch,
    /// An empty one at the return of every call: what watching costs at least. For measuring.
    Nothing,
}

/// The programs in the kernel and the rings they emit events into. Dropping it detaches and unloads them.
pub struct Probe {
    programs: Programs,
    links: Vec<(&'static str, Attached)>,
    /// Programs that run only while somebody wants what they are for.
    on_demand: BTreeMap<&'static str, Attached>,
    interest: SyscallSet,
    /// The map whose only entry is the map of the calls of interest, and that one.
    generation: MapHandle,
    current: MapHandle,
    rings: Rings,
    /// The maps behind them, and the one that has each in its place.
    ring_maps: Vec<MapHandle>,
    outer_rings: MapHandle,
    what: Attach,
    canary: Canary,
    desired: Desired,
    /// Puts rings and the first generation into their places, for each of which the kernel waits
    /// until every program that may run has ended.
    placing: Option<JoinHandle<Result<(), ProbeError>>>,
    /// None before a call that an `io_uring` can do is of interest.
    uring: Option<Result<Uring, Unavailable>>,
    loading: Option<JoinHandle<Result<Uring, Unavailable>>>,
    clock: Clock,
    /// Where the programs read the offset from.
    shared: Option<SharedOffset>,
    /// What the clock was moved by, not yet asked for.
    moved: i64,
    /// Whether the kernel can look at all threads for what it is to know of them.
    remembers_tasks: bool,
    /// Whether there is a change under way.
    under_way: Weak<()>,
}

impl std::fmt::Debug for Probe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Probe").field("links", &self.links.len()).finish_non_exhaustive()
    }
}

pub(crate) fn cpus() -> Result<usize, ProbeError> {
    libbpf_rs::num_possible_cpus().map_err(|error| refused("count the CPUs", error))
}

impl Probe {
    /// Creates the maps. Programs are loaded when [`Self::set_interest`] or [`Self::attach`] needs
    /// them; none runs before the latter.
    ///
    /// # Errors
    /// Without the rights, without BTF, or when the kernel refuses a map.
    pub fn load(options: &Options) -> Result<Self, ProbeError> {
        rights::check(options)?;
        let (cpus, size) = (cpus()?, options.ring_size());
        let clock = Clock::new();
        let config = Config::now(clock, options.arguments_max);
        let current = create_interest()?;
        let generation = create_outer("generation", 1, &current)?;
        let rings = make_rings(cpus.div_ceil(CPUS_PER_RING), size)?;
        let first = rings.first().ok_or_else(|| {
            Refused::new("make the rings", Cause::Missing("this machine has no CPU"))
        })?;
        let all = create_outer("rings", rings.len(), first)?;
        let mapped = rings.iter().map(|ring| map_ring(ring, size)).collect::<Result<_, _>>()?;
        let given = vec![("generation", again(&generation)?), ("rings", again(&all)?)];
        let (outer, inner) = (again(&generation)?, again(&current)?);
        let outer_rings = again(&all)?;
        let ring_maps = rings.iter().map(again).collect::<Result<_, _>>()?;
        let placing = std::thread::spawn(move || {
            set_inner(&outer, 0, &inner)?;
            (0..).zip(&rings).try_for_each(|(index, ring)| set_inner(&all, index, ring))
        });
        Ok(Self {
            programs: Programs::new(given, cpus, config),
            links: Vec::new(),
            on_demand: BTreeMap::new(),
            interest: SyscallSet::new(),
            generation,
            current,
            rings: Rings::new(mapped, config.offset),
            ring_maps,
            outer_rings,
            what: Attach::Nothing,
            canary: Canary::default(),
            desired: Desired::new(*options),
            placing: Some(placing),
            uring: None,
            loading: None,
            clock,
            shared: None,
            moved: 0,
            remembers_tasks: may_sleep(),
            under_way: Weak::new(),
        })
    }

    /// Sets the calls of interest. With some come programs of their own. While programs run this takes a
    /// while: [`Self::change`] has it done beside the reading.
    ///
    /// # Errors
    /// As [`Self::set_filtered`].
    pub fn set_interest(&mut self, calls: &SyscallSet) -> Result<(), ProbeError> {
        self.set_filtered(calls, &Pushdown::default())
    }

    /// As [`Self::set_interest`], and which of their events the kernel drops by itself.
    ///
    /// # Errors
    /// When the kernel refuses a program or the new map. The former set stays in force.
    pub fn set_filtered(
        &mut self,
        calls: &SyscallSet,
        pushdown: &Pushdown,
    ) -> Result<(), ProbeError> {
        if !self.links.is_empty() {
            let changed = self.change()?.prepare(calls, pushdown)?;
            return self.adopt(changed)?.finish();
        }
        self.prepare(calls)?;
        // Nothing runs that could see half of it.
        let (with_own, kept) = with_canary(calls, pushdown);
        fill_interest(&self.current, &InterestSet::new(&with_own).with(&kept))?;
        self.canary.is_alone(calls);
        self.desired.pushdown = pushdown.clone();
        self.interest = *calls;
        Ok(())
    }

    /// Waits until it is known whether what rings do is seen.
    pub(crate) fn settle(&mut self) {
        if let Some(loading) = self.loading.take() {
            let loaded = loading.join();
            self.uring = Some(loaded.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    }

    /// Attaches the programs for rings where one of these calls can be done by them.
    fn start_uring(&mut self, calls: &SyscallSet) -> Result<(), ProbeError> {
        self.settle();
        if !Uring::does_any(calls) {
            return Ok(());
        }
        if self.uring.is_none() {
            let shared = self.programs.share(&uring::SHARED)?;
            if let Some(variables) = self.programs.variables().transpose()? {
                self.uring = Some(Uring::load(&shared, &variables));
            }
        }
        match &mut self.uring {
            Some(Ok(uring)) => uring.attach(),
            _ => Ok(()),
        }
    }

    /// Why no events are emitted for what is done through an `io_uring`, where this kernel has those at all.
    pub fn uring_unavailable(&self) -> Option<&Unavailable> {
        match &self.uring {
            None | Some(Ok(_) | Err(Unavailable::NoRings)) => None,
            Some(Err(why)) => Some(why),
        }
    }

    /// Whether this kernel has rings, and what is done through them is seen.
    pub(crate) fn sees_uring(&self) -> bool {
        matches!(self.uring, Some(Ok(_)))
    }

    /// Attaches the programs.
    ///
    /// # Errors
    /// When the kernel refuses; what was attached before is detached again.
    pub fn attach(&mut self, what: Attach) -> Result<(), ProbeError> {
        let names: &[&'static str] = match what {
            Attach::Watch => &WATCH,
            Attach::Nothing => &["nothing"],
        };
        self.programs.need(names, &InterestSet::default())?;
        if let Some(placing) = self.placing.take() {
            placing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        }
        self.share_clock()?;
        let started = names.iter().filter(|name| **name != "rest");
        let start = |name: &&'static str| Ok((*name, Attached::new(self.programs.attach(name)?)));
        let links = started.map(start).collect::<Result<_, ProbeError>>()?;
        let watches = what == Attach::Watch;
        let mut on_demand = BTreeMap::new();
        if watches {
            on_demand = attach_missing(&self.programs, &self.interest, |_| false)?;
            let interest = self.interest;
            self.start_uring(&interest)?;
        }
        if watches && self.remembers_tasks {
            self.remember()?;
        }
        self.links = links;
        self.on_demand = on_demand;
        self.what = what;
        if watches {
            self.close_maps();
        }
        Ok(())
    }

    /// Has the programs know the threads there are: whoever reads the first snapshot after this
    /// learns the same of them, or what the programs see change.
    fn remember(&mut self) -> Result<(), ProbeError> {
        self.programs.need(&[REMEMBER_TASKS], &InterestSet::default())?;
        let link = self.programs.attach(REMEMBER_TASKS)?;
        let mut iterator =
            Iter::new(&link).map_err(|error| refused("iterate over the threads", error))?;
        std::io::copy(&mut iterator, &mut std::io::sink())
            .map_err(|error| Refused::new("iterate over the threads", error))?;
        Ok(())
    }

    /// Sets the files that rules name by whole paths, by device and inode: no open of one is dropped for
    /// the name it is opened by.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn set_known_files(&mut self, files: &[(u32, u64)]) -> Result<(), ProbeError> {
        self.desired.known_files = Some(files.to_vec());
        let Some(map) = self.programs.map("known_files").transpose()? else { return Ok(()) };
        let bits = known_files(files.iter().copied());
        map.update(&0_u32.to_ne_bytes(), &bits, MapFlags::ANY)
            .map_err(|error| refused("set the files that rules name", error))
    }

    /// Classifies a control group, by its number in the unified hierarchy, as a container's or not;
    /// until then it is neither. The number must never stand for another group.
    ///
    /// # Errors
    /// When the kernel takes no more of them.
    pub fn set_container(&mut self, cgroup: u64, container: bool) -> Result<(), ProbeError> {
        let kind: u32 = if container { containers::INSIDE } else { containers::HOST };
        let Some(kinds) = self.programs.map("cgroup_kinds").transpose()? else { return Ok(()) };
        kinds
            .update(&cgroup.to_ne_bytes(), &kind.to_ne_bytes(), MapFlags::ANY)
            .map_err(|error| refused("classify a control group", error))?;
        self.desired.kinds.insert(cgroup, container);
        Ok(())
    }

    /// Detaches the programs; what is in the rings stays.
    pub fn detach(&mut self) {
        self.on_demand.clear();
        self.links.clear();
        if let Some(Ok(uring)) = &mut self.uring {
            uring.detach();
        }
    }

    /// Hands out the records that have come, in order of time, and returns how many. The youngest
    /// half millisecond waits for the next call, so that rings agree on the order. A slice is
    /// valid only during its call.
    pub fn drain(&mut self, take: &mut dyn FnMut(&[u8])) -> usize {
        let now = self.clock.since_boot();
        if let Some(Ok(uring)) = &mut self.uring {
            uring.reap(now);
        }
        let Self { rings, canary, .. } = self;
        let taken = rings.drain(now.saturating_sub(HOLD_BACK_NS), now, &mut |record| {
            if !canary.takes(record) {
                take(record);
            }
        });
        self.canary.read = now;
        self.check_clock(now);
        taken
    }

    /// Hands out everything there is: for the end, after [`Self::detach`].
    pub fn drain_all(&mut self, take: &mut dyn FnMut(&[u8])) -> usize {
        let now = self.clock.since_boot();
        let mut taken = 0;
        loop {
            let Self { rings, canary, .. } = self;
            let more = rings.drain(u64::MAX, now, &mut |record| {
                if !canary.takes(record) {
                    take(record);
                }
            });
            taken += more;
            self.canary.read = now;
            if more == 0 {
                return taken;
            }
        }
    }

    /// How many programs are loaded into the kernel.
    pub fn programs(&self) -> usize {
        self.programs.loaded()
    }

    /// How many programs and rings there are, for people.
    pub(crate) fn describe(&self) -> String {
        format!("{} calls decoded, {} rings", self.programs.decoded(), self.rings.len())
    }

    /// Events dropped on purpose since loading, by the name of the call; only those that were.
    ///
    /// # Errors
    /// When the counters cannot be read.
    pub fn filtered(&self) -> Result<Vec<(&'static str, u64)>, ProbeError> {
        let mut counts = Vec::new();
        let Some(map) = self.programs.map("filtered").transpose()? else { return Ok(counts) };
        for call in syscalls::all().iter().filter(|call| !call.tracepoint) {
            let Some(row) = row(call).filter(|row| usize::from(*row) < ROWS) else { continue };
            let count = crate::losses::per_cpu(&map, u32::from(row))
                .map_err(|error| refused("read the counters of filtered events", error))?;
            if count > 0 {
                counts.push((call.name, count));
            }
        }
        Ok(counts)
    }

    /// Bytes of all rings.
    pub fn ring_bytes(&self) -> usize {
        self.rings.bytes()
    }

    /// The programs that are loaded, each with how often it ran and for how many nanoseconds; none where the kernel
    /// does not count that: `kernel.bpf_stats_enabled` is off.
    pub fn program_runs(&self) -> Vec<(String, [u64; 2])> {
        let switch = std::fs::read_to_string("/proc/sys/kernel/bpf_stats_enabled");
        if switch.is_ok_and(|switch| switch.trim() == "1") {
            self.programs.runs()
        } else {
            Vec::new()
        }
    }

    /// What each CPU lost since the programs were loaded last.
    ///
    /// # Errors
    /// When the counters cannot be read.
    pub fn losses_by_cpu(&self) -> Result<Vec<u64>, ProbeError> {
        let Some(map) = self.programs.map("losses").transpose()? else { return Ok(Vec::new()) };
        Losses::by_cpu(&map).map_err(|error| refused("read the loss counters", error))
    }

    /// What was lost since loading.
    ///
    /// # Errors
    /// When the counters cannot be read.
    pub fn losses(&self) -> Result<Losses, ProbeError> {
        let Some(map) = self.programs.map("losses").transpose()? else {
            return Ok(self.desired.lost);
        };
        let now = Losses::read(&map).map_err(|error| refused("read the loss counters", error))?;
        Ok(now.and(&self.desired.lost))
    }
}

/// Starts the programs that these calls need on demand, but for those that run.
fn attach_missing(
    programs: &Programs,
    calls: &SyscallSet,
    runs: impl Fn(&'static str) -> bool,
) -> Result<BTreeMap<&'static str, Attached>, ProbeError> {
    let missing = on_demand::programs(calls).filter(|name| !runs(name));
    missing.map(|name| Ok((name, Attached::new(programs.attach(name)?)))).collect()
}

/// Whether programs that look at all threads may sleep: since 6.1. Without them nothing is known of
/// threads that were there before.
fn may_sleep() -> bool {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    crate::doctor::version(&release).is_some_and(|version| version >= (6, 1))
}
