//! Loading, attaching, reading.

mod intact;
mod prepare;
mod time;

use std::collections::BTreeMap;
use std::os::fd::{AsFd, AsRawFd};
use std::thread::JoinHandle;

use libbpf_rs::{Iter, MapCore, MapFlags, MapHandle, MapType, libbpf_sys};
use peregrine_event::kernel::memory::CPUS_PER_RING;
use peregrine_event::{SyscallSet, syscalls};
use peregrine_kfilter::{Pushdown, ROWS, known_files};

use crate::clock::{Clock, Shared, Told};
use crate::error::{Cause, ProbeError, Refused};
use crate::losses::Losses;
use crate::object::refused;
use crate::on_demand;
use crate::programs::Programs;
use crate::rights;
use crate::ring::{Ring, Rings};
use crate::uring::{self, Absent, Uring};
use crate::wanted::{Wanted, row};

pub use intact::Damage;
use intact::{Canary, Given, Running};
pub(crate) use intact::{Names, ids};

/// The program that looks at the threads there are.
const LOOK: &str = "remember_task";
/// As `PD_CONTAINER_*` in `bpf/pd_process.h`.
const HOST: u32 = 1;
const CONTAINER: u32 = 2;
/// A record may still be being written when a younger one of another CPU stands in its ring: what
/// is younger than this waits for the next look.
const HOLD_BACK_NS: u64 = 500_000;

/// Programs without which nothing is watched, as they are started: what changes a thread unseen comes
/// before what tells of it.
const WATCH: [&str; 5] = ["rename_task", "move_task", "task_exit", "dispatch", "rest"];

/// How the kernel side is set up.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Bytes of one ring; rounded up to a power of two of at least a page. Two CPUs share a ring.
    pub ring_bytes: u32,
    /// So many bytes of a program's arguments are told, and as many of its environment: from 4096, as
    /// Falco does, to 12285.
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

/// The programs in the kernel and the way to what they tell. Dropping it takes them away.
pub struct Probe {
    programs: Programs,
    links: Vec<(&'static str, Running)>,
    /// Programs that run only while somebody wants what they are for.
    on_demand: BTreeMap<&'static str, Running>,
    wanted: SyscallSet,
    /// The map whose only place holds the map of what is wanted now, and that one.
    generation: MapHandle,
    current: MapHandle,
    rings: Rings,
    /// The maps behind them, and the one that has each in its place.
    ring_maps: Vec<MapHandle>,
    outer_rings: MapHandle,
    what: Attach,
    canary: Canary,
    given: Given,
    /// Puts rings and the first generation into their places, for each of which the kernel waits
    /// until every program that may run has ended.
    placing: Option<JoinHandle<Result<(), ProbeError>>>,
    /// None before a call is wanted that rings can do.
    uring: Option<Result<Uring, Absent>>,
    loading: Option<JoinHandle<Result<Uring, Absent>>>,
    clock: Clock,
    /// Where the programs read the offset from.
    shared: Option<Shared>,
    /// What the clock was moved by, not yet asked for.
    moved: i64,
    /// Whether the kernel can look at all threads for what it is to know of them.
    looks: bool,
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
    /// Prepares what programs need. They are loaded when [`Self::set_wanted`] or [`Self::attach`]
    /// wants them; nothing runs before the latter.
    ///
    /// # Errors
    /// Without the rights, without BTF, or when the kernel refuses a map.
    pub fn load(options: &Options) -> Result<Self, ProbeError> {
        rights::check(options)?;
        let (cpus, size) = (cpus()?, options.ring_size());
        let clock = Clock::new();
        let told = Told::now(clock, options.arguments_max);
        let current = create_wanted()?;
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
            programs: Programs::new(given, cpus, told),
            links: Vec::new(),
            on_demand: BTreeMap::new(),
            wanted: SyscallSet::new(),
            generation,
            current,
            rings: Rings::new(mapped, told.offset),
            ring_maps,
            outer_rings,
            what: Attach::Nothing,
            canary: Canary::default(),
            given: Given::new(*options),
            placing: Some(placing),
            uring: None,
            loading: None,
            clock,
            shared: None,
            moved: 0,
            looks: may_sleep(),
        })
    }

    /// Says which calls are wanted from now on, replacing the former set at once. With some come
    /// programs of their own.
    ///
    /// # Errors
    /// As [`Self::set_filtered`].
    pub fn set_wanted(&mut self, calls: &SyscallSet) -> Result<(), ProbeError> {
        self.set_filtered(calls, &Pushdown::default())
    }

    /// As [`Self::set_wanted`], and which of their events the kernel drops by itself.
    ///
    /// # Errors
    /// When the kernel refuses a program or the new map. What was wanted before still is.
    pub fn set_filtered(
        &mut self,
        calls: &SyscallSet,
        pushdown: &Pushdown,
    ) -> Result<(), ProbeError> {
        self.prepare(calls)?;
        let (told, kept) = self.with_canary(calls, pushdown);
        let value = Wanted::new(&told).with(&kept);
        let on_demand: Vec<&'static str> = on_demand::wanted(calls).collect();
        if self.links.is_empty() {
            // Nothing runs that could see half of it.
            fill_wanted(&self.current, &value)?;
        } else {
            let next = create_wanted()?;
            fill_wanted(&next, &value)?;
            // Nobody is to change it; where that cannot be had it is compared.
            let _ = next.freeze();
            // What is told of a call before it happens is told from its first event on.
            let more = self.start_on_demand(&on_demand)?;
            self.start_uring(calls)?;
            set_inner(&self.generation, 0, &next)?;
            self.current = next;
            self.on_demand.retain(|name, _| on_demand.contains(name));
            self.on_demand.extend(more);
            if let Some(Ok(uring)) = &mut self.uring
                && !Uring::does_any(calls)
            {
                uring.detach();
            }
        }
        self.given.pushdown = pushdown.clone();
        self.wanted = *calls;
        Ok(())
    }

    /// Starts those of these programs that do not run yet.
    fn start_on_demand(
        &self,
        names: &[&'static str],
    ) -> Result<BTreeMap<&'static str, Running>, ProbeError> {
        let missing = names.iter().filter(|name| !self.on_demand.contains_key(**name));
        missing.map(|name| Ok((*name, Running::new(self.programs.attach(name)?)))).collect()
    }

    /// Waits until it is known whether what rings do is seen.
    pub(crate) fn settle(&mut self) {
        if let Some(loading) = self.loading.take() {
            let loaded = loading.join();
            self.uring = Some(loaded.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    }

    /// Starts what looks at rings where one of these calls can be done by them.
    fn start_uring(&mut self, calls: &SyscallSet) -> Result<(), ProbeError> {
        self.settle();
        if !Uring::does_any(calls) {
            return Ok(());
        }
        // What was stopped is loaded anew: its maps are closed.
        if self.uring.as_ref().is_none_or(|uring| uring.as_ref().is_ok_and(Uring::is_over)) {
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

    /// Why what is done through an `io_uring` is not seen, where this kernel has rings at all.
    pub fn blind_to_rings(&self) -> Option<&str> {
        match &self.uring {
            Some(Err(Absent::Refused(reason))) => Some(reason),
            None | Some(Ok(_) | Err(Absent::NoRings)) => None,
        }
    }

    /// Whether this kernel has rings, and what is done through them is seen.
    pub(crate) fn sees_rings(&self) -> bool {
        matches!(self.uring, Some(Ok(_)))
    }

    /// Starts the programs.
    ///
    /// # Errors
    /// When the kernel refuses; what was started before is stopped again.
    pub fn attach(&mut self, what: Attach) -> Result<(), ProbeError> {
        let names: &[&'static str] = match what {
            Attach::Watch => &WATCH,
            Attach::Nothing => &["nothing"],
        };
        self.programs.need(names, &Wanted::default())?;
        if let Some(placing) = self.placing.take() {
            placing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        }
        self.share_clock()?;
        let started = names.iter().filter(|name| **name != "rest");
        let start = |name: &&'static str| Ok((*name, Running::new(self.programs.attach(name)?)));
        let links = started.map(start).collect::<Result<_, ProbeError>>()?;
        let watches = what == Attach::Watch;
        let on_demand: Vec<&'static str> =
            on_demand::wanted(&self.wanted).filter(|_| watches).collect();
        let on_demand = self.start_on_demand(&on_demand)?;
        if what == Attach::Watch {
            let wanted = self.wanted;
            self.start_uring(&wanted)?;
        }
        if what == Attach::Watch && self.looks {
            self.remember()?;
        }
        self.links = links;
        self.on_demand = on_demand;
        self.what = what;
        if what == Attach::Watch {
            self.close_maps();
        }
        Ok(())
    }

    /// Has the programs know the threads there are: whoever reads the first snapshot after this
    /// learns the same of them, or what the programs see change.
    fn remember(&mut self) -> Result<(), ProbeError> {
        self.programs.need(&[LOOK], &Wanted::default())?;
        let link = self.programs.attach(LOOK)?;
        let mut iterator =
            Iter::new(&link).map_err(|error| refused("look at the threads", error))?;
        std::io::copy(&mut iterator, &mut std::io::sink())
            .map_err(|error| Refused::new("look at the threads", error))?;
        Ok(())
    }

    /// Says which files rules know by whole paths, by device and inode: no open of one is dropped for
    /// the name it is opened by.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn set_known_files(&mut self, files: &[(u32, u64)]) -> Result<(), ProbeError> {
        self.given.known_files = Some(files.to_vec());
        let Some(map) = self.programs.map("known_files").transpose()? else { return Ok(()) };
        let bits = known_files(files.iter().copied());
        map.update(&0_u32.to_ne_bytes(), &bits, MapFlags::ANY)
            .map_err(|error| refused("tell the files that rules know", error))
    }

    /// Says of a control group, by its number in the unified hierarchy, whether it is a container's;
    /// until then it is neither. The number must never stand for another group.
    ///
    /// # Errors
    /// When the kernel takes no more of them.
    pub fn set_container(&mut self, cgroup: u64, container: bool) -> Result<(), ProbeError> {
        let kind: u32 = if container { CONTAINER } else { HOST };
        let Some(kinds) = self.programs.map("cgroup_kinds").transpose()? else { return Ok(()) };
        kinds
            .update(&cgroup.to_ne_bytes(), &kind.to_ne_bytes(), MapFlags::ANY)
            .map_err(|error| refused("tell the kind of a control group", error))?;
        self.given.kinds.insert(cgroup, container);
        Ok(())
    }

    /// Stops the programs; what is in the rings stays.
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
            uring.sweep(now);
        }
        let Self { rings, canary, .. } = self;
        let taken = rings.drain(now.saturating_sub(HOLD_BACK_NS), now, &mut |record| {
            if !canary.takes(record) {
                take(record);
            }
        });
        self.canary.read = now;
        self.look_at_clock(now);
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

    /// What was lost since loading.
    ///
    /// # Errors
    /// When the counters cannot be read.
    pub fn losses(&self) -> Result<Losses, ProbeError> {
        let Some(map) = self.programs.map("losses").transpose()? else {
            return Ok(self.given.lost);
        };
        let now = Losses::read(&map).map_err(|error| refused("read the loss counters", error))?;
        Ok(now.and(&self.given.lost))
    }
}

/// Whether programs that look at all threads may sleep: since 6.1. Without them nothing is known of
/// threads that were there before.
fn may_sleep() -> bool {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    crate::doctor::version(&release).is_some_and(|version| version >= (6, 1))
}

fn create(
    kind: MapType,
    name: &str,
    value: u32,
    entries: u32,
    inner: Option<&MapHandle>,
) -> Result<MapHandle, ProbeError> {
    let options = libbpf_sys::bpf_map_create_opts {
        sz: std::mem::size_of::<libbpf_sys::bpf_map_create_opts>() as _,
        inner_map_fd: inner.map_or(0, |inner| inner.as_fd().as_raw_fd().cast_unsigned()),
        ..Default::default()
    };
    let key = if kind == MapType::RingBuf { 0 } else { 4 };
    MapHandle::create(kind, Some(name), key, value, entries, &options)
        .map_err(|error| refused(format!("create the map {name}"), error))
}

fn create_wanted() -> Result<MapHandle, ProbeError> {
    create(MapType::Array, "wanted", Wanted::WHOLE, 1, None)
}

fn fill_wanted(map: &MapHandle, value: &[u8]) -> Result<(), ProbeError> {
    map.update(&0_u32.to_ne_bytes(), value, MapFlags::ANY)
        .map_err(|error| refused("fill the set of wanted calls", error))
}

/// A map of maps such as `inner`.
fn create_outer(name: &str, entries: usize, inner: &MapHandle) -> Result<MapHandle, ProbeError> {
    let entries = u32::try_from(entries).unwrap_or(u32::MAX);
    create(MapType::ArrayOfMaps, name, 4, entries, Some(inner))
}

fn set_inner(outer: &MapHandle, index: u32, inner: &MapHandle) -> Result<(), ProbeError> {
    let fd = inner.as_fd().as_raw_fd();
    outer
        .update(&index.to_ne_bytes(), &fd.to_ne_bytes(), MapFlags::ANY)
        .map_err(|error| refused("put a map into its place", error))
}

/// The same map once more.
fn again(map: &MapHandle) -> Result<MapHandle, ProbeError> {
    MapHandle::try_from(map).map_err(|error| refused("hold a map twice", error))
}

fn make_rings(count: usize, size: u32) -> Result<Vec<MapHandle>, ProbeError> {
    (0..count).map(|_| create(MapType::RingBuf, "ring", 0, size, None)).collect()
}

fn map_ring(ring: &MapHandle, size: u32) -> Result<Ring, ProbeError> {
    Ring::map(ring.as_fd(), size)
        .map_err(|error| Refused::new(format!("map a ring of {size} bytes"), error).into())
}
