//! Loading, attaching, reading.

use std::collections::BTreeMap;
use std::os::fd::AsFd;

use libbpf_rs::{Iter, Link, MapCore, MapFlags, MapHandle, MapType, Object, libbpf_sys};
use peregrine_event::pushdown::{Pushdown, ROWS};
use peregrine_event::{SyscallSet, syscalls};

use crate::error::ProbeError;
use crate::losses::Losses;
use crate::object::{self, object_bytes, refused};
use crate::ring::{Ring, Rings};
use crate::wanted::{Wanted, row};

/// The program that looks at the threads there are.
const LOOK: &str = "remember_task";
/// As `PD_CONTAINER_*` in `bpf/pd_process.h`.
const HOST: u32 = 1;
const CONTAINER: u32 = 2;
/// As `CPUS_PER_RING` and `SLOTS` in `bpf/`.
const CPUS_PER_RING: usize = 2;
const SLOTS: usize = 4;
/// A record may still be being written when a younger one of another CPU stands in its ring: what
/// is younger than this waits for the next look.
const HOLD_BACK_NS: u64 = 500_000;

/// Programs that run only while a call or tracepoint is wanted: what a descriptor was can only be
/// seen before it is closed, and tracepoints come by the thousand.
const ON_DEMAND: [(&str, &str); 5] = [
    ("closing", "close"),
    ("deliver_signal", "signal_deliver"),
    ("switch_task", "sched_switch"),
    ("fault_of_user", "page_fault_user"),
    ("fault_of_kernel", "page_fault_kernel"),
];

/// How the kernel side is set up.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Bytes of one ring; rounded up to a power of two of at least a page. Two CPUs share a ring.
    pub ring_bytes: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { ring_bytes: 8 << 20 }
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
    object: Object,
    links: Vec<Link>,
    /// Programs that run only while somebody wants what they are for.
    on_demand: BTreeMap<&'static str, Link>,
    wanted: SyscallSet,
    rings: Rings,
    offset: u64,
}

impl std::fmt::Debug for Probe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Probe").field("links", &self.links.len()).finish_non_exhaustive()
    }
}

fn cpus() -> Result<usize, ProbeError> {
    libbpf_rs::num_possible_cpus().map_err(|error| refused("count the CPUs", &error))
}

/// Whether a map holds the global variables: libbpf calls it after the object.
pub(crate) fn is_data(name: &str) -> bool {
    name.strip_suffix("bss").is_some_and(|object| object.ends_with('.'))
}

/// A map of an object by its C name.
pub(crate) fn map<'o>(object: &'o Object, name: &str) -> Result<libbpf_rs::Map<'o>, ProbeError> {
    object.maps().find(|map| map.name() == name).ok_or_else(|| ProbeError::Refused {
        what: format!("find the map {name}"),
        reason: "the kernel object does not have it".to_owned(),
    })
}

impl Probe {
    /// Loads the programs. Nothing runs before [`Self::attach`].
    ///
    /// # Errors
    /// Without the rights, without BTF, or when the kernel refuses a program.
    pub fn load(options: &Options) -> Result<Self, ProbeError> {
        object::preconditions()?;
        let cpus = cpus()?;
        let count = cpus.div_ceil(CPUS_PER_RING);
        let size = options.ring_bytes.max(4096).checked_next_power_of_two().unwrap_or(1 << 31);
        let offset = object::boot_offset();
        let mut open = object::open("capture", object_bytes!("capture"))?;
        for mut map in open.maps_mut() {
            let name = map.name().to_string_lossy().into_owned();
            let entries = match name.as_str() {
                "scratches" => Some(cpus * SLOTS),
                "rings" => Some(count),
                _ => None,
            };
            let done = match entries {
                Some(entries) => map.set_max_entries(u32::try_from(entries).unwrap_or(u32::MAX)),
                None if is_data(&name) => map.set_initial_value(&offset.to_ne_bytes()),
                None => Ok(()),
            };
            done.map_err(|error| refused(format!("size the map {name}"), &error))?;
        }
        if !may_sleep() {
            let look = open.progs_mut().find(|program| program.name() == LOOK);
            if let Some(mut program) = look {
                program.set_autoload(false);
            }
        }
        let object = object::load("capture", open)?;
        let rings = make_rings(&object, count, size)?;
        fill_calls(&object)?;
        let (links, on_demand) = (Vec::new(), BTreeMap::new());
        Ok(Self { object, links, on_demand, wanted: SyscallSet::new(), rings, offset })
    }

    /// Says which calls are wanted from now on, replacing the former set at once. With some come
    /// programs of their own.
    ///
    /// # Errors
    /// When the kernel refuses the new map or a program.
    pub fn set_wanted(&mut self, calls: &SyscallSet) -> Result<(), ProbeError> {
        self.set_filtered(calls, &Pushdown::default())
    }

    /// The same, and which of their events the kernel drops by itself.
    ///
    /// # Errors
    /// When the kernel refuses the new map.
    pub fn set_filtered(
        &mut self,
        calls: &SyscallSet,
        pushdown: &Pushdown,
    ) -> Result<(), ProbeError> {
        let wanted = Wanted::new(calls);
        let next = create(MapType::Array, "wanted", 4, Wanted::WHOLE, 1)?;
        let zero = 0_u32.to_ne_bytes();
        next.update(&zero, &wanted.with(pushdown), MapFlags::ANY)
            .map_err(|error| refused("fill the set of wanted calls", &error))?;
        set_inner(&map(&self.object, "generation")?, 0, &next)?;
        self.wanted = *calls;
        self.attach_on_demand()
    }

    /// Starts and stops the programs of [`ON_DEMAND`], as things stand.
    fn attach_on_demand(&mut self) -> Result<(), ProbeError> {
        for (program, call) in ON_DEMAND {
            let wanted = syscalls::by_name(call).is_some_and(|call| self.wanted.contains(call.id));
            if !wanted || self.links.is_empty() {
                self.on_demand.remove(program);
            } else if !self.on_demand.contains_key(program) {
                let link = attach(&self.object, &[program])?.pop();
                self.on_demand.extend(link.map(|link| (program, link)));
            }
        }
        Ok(())
    }

    /// Starts the programs.
    ///
    /// # Errors
    /// When the kernel refuses; what was started before is stopped again.
    pub fn attach(&mut self, what: Attach) -> Result<(), ProbeError> {
        let names: &[&str] = match what {
            // What changes a thread unseen comes before what tells of it.
            Attach::Watch => &["rename_task", "move_task", "task_exit", "dispatch"],
            Attach::Nothing => &["nothing"],
        };
        self.links = attach(&self.object, names)?;
        match what {
            Attach::Watch => self.remember()?,
            Attach::Nothing => self.wanted = SyscallSet::new(),
        }
        self.attach_on_demand()
    }

    /// Has the programs know the threads there are: whoever reads the first snapshot after this
    /// learns the same of them, or what the programs see change.
    fn remember(&self) -> Result<(), ProbeError> {
        let failed = |error: &libbpf_rs::Error| refused("look at the threads", error);
        let mut programs = self.object.progs_mut();
        let looks = programs.find(|program| program.name() == LOOK).filter(|_| may_sleep());
        let Some(program) = looks else { return Ok(()) };
        let link = program.attach().map_err(|error| failed(&error))?;
        let mut iterator = Iter::new(&link).map_err(|error| failed(&error))?;
        std::io::copy(&mut iterator, &mut std::io::sink()).map_err(|error| {
            ProbeError::Refused {
                what: "look at the threads".to_owned(),
                reason: error.to_string(),
            }
        })?;
        Ok(())
    }

    /// Says of a control group, by its number in the unified hierarchy, whether it is a container's;
    /// until then it is neither. The number must never stand for another group.
    ///
    /// # Errors
    /// When the kernel takes no more of them.
    pub fn set_container(&self, cgroup: u64, container: bool) -> Result<(), ProbeError> {
        let kind: u32 = if container { CONTAINER } else { HOST };
        map(&self.object, "cgroup_kinds")?
            .update(&cgroup.to_ne_bytes(), &kind.to_ne_bytes(), MapFlags::ANY)
            .map_err(|error| refused("tell the kind of a control group", &error))
    }

    /// Stops the programs; what is in the rings stays.
    pub fn detach(&mut self) {
        self.on_demand.clear();
        self.links.clear();
    }

    /// Hands out the records that have come, in order of time, and returns how many. The youngest
    /// half millisecond waits for the next call, so that rings agree on the order. A slice is
    /// valid only during its call.
    pub fn drain(&mut self, take: &mut dyn FnMut(&[u8])) -> usize {
        let now = object::since_boot();
        self.rings.drain((now + self.offset).saturating_sub(HOLD_BACK_NS), now, take)
    }

    /// Hands out everything there is: for the end, after [`Self::detach`].
    pub fn drain_all(&mut self, take: &mut dyn FnMut(&[u8])) -> usize {
        let now = object::since_boot();
        let mut taken = 0;
        loop {
            let more = self.rings.drain(u64::MAX, now, take);
            taken += more;
            if more == 0 {
                return taken;
            }
        }
    }

    /// How many programs and rings there are, for people.
    pub(crate) fn describe(&self) -> String {
        let calls = self
            .object
            .progs_mut()
            .filter(|program| program.name().to_string_lossy().starts_with("sys_"));
        format!("{} calls decoded, {} rings", calls.count(), self.rings.len())
    }

    /// Events dropped on purpose since loading, by the name of the call; only those that were.
    ///
    /// # Errors
    /// When the counters cannot be read.
    pub fn filtered(&self) -> Result<Vec<(&'static str, u64)>, ProbeError> {
        let map = map(&self.object, "filtered")?;
        let mut counts = Vec::new();
        for call in syscalls::all().iter().filter(|call| !call.tracepoint) {
            let Some(row) = row(call).filter(|row| usize::from(*row) < ROWS) else { continue };
            let count = crate::losses::per_cpu(&map, u32::from(row))
                .map_err(|error| refused("read the counters of filtered events", &error))?;
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
        Losses::read(&map(&self.object, "losses")?)
            .map_err(|error| refused("read the loss counters", &error))
    }
}

/// Whether programs that look at all threads may sleep: since 6.1. Without them nothing is known of
/// threads that were there before.
fn may_sleep() -> bool {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut numbers = release.split('.').map_while(|number| number.parse::<u32>().ok());
    numbers.next().zip(numbers.next()).is_some_and(|version| version >= (6, 1))
}

/// Starts the programs of these names.
fn attach(object: &Object, names: &[&str]) -> Result<Vec<Link>, ProbeError> {
    let mut links = Vec::new();
    for program in object.progs_mut() {
        if names.iter().any(|name| program.name() == *name) {
            let link = program.attach().map_err(|error| {
                refused(format!("attach {}", program.name().to_string_lossy()), &error)
            })?;
            links.push(link);
        }
    }
    Ok(links)
}

fn create(
    kind: MapType,
    name: &str,
    key: u32,
    value: u32,
    entries: u32,
) -> Result<MapHandle, ProbeError> {
    let options = libbpf_sys::bpf_map_create_opts {
        sz: std::mem::size_of::<libbpf_sys::bpf_map_create_opts>() as _,
        ..Default::default()
    };
    MapHandle::create(kind, Some(name), key, value, entries, &options)
        .map_err(|error| refused(format!("create the map {name}"), &error))
}

fn set_inner(outer: &impl MapCore, index: u32, inner: &MapHandle) -> Result<(), ProbeError> {
    use std::os::fd::AsRawFd;
    let fd = inner.as_fd().as_raw_fd();
    outer
        .update(&index.to_ne_bytes(), &fd.to_ne_bytes(), MapFlags::ANY)
        .map_err(|error| refused("put a map into its place", &error))
}

fn make_rings(object: &Object, count: usize, size: u32) -> Result<Rings, ProbeError> {
    let outer = map(object, "rings")?;
    let mut rings = Vec::new();
    for index in 0..count {
        let ring = create(MapType::RingBuf, "ring", 0, 0, size)?;
        set_inner(&outer, u32::try_from(index).unwrap_or(u32::MAX), &ring)?;
        let mapped = Ring::map(ring.as_fd(), size).map_err(|error| ProbeError::Refused {
            what: format!("map a ring of {size} bytes"),
            reason: error.to_string(),
        })?;
        rings.push(mapped);
    }
    Ok(Rings::new(rings))
}

/// Puts every program named `sys_x` where calls of the name `x` jump to.
fn fill_calls(object: &Object) -> Result<(), ProbeError> {
    use std::os::fd::AsRawFd;
    let calls = map(object, "calls")?;
    for program in object.progs_mut() {
        let name = program.name().to_string_lossy().into_owned();
        let Some(call) = name.strip_prefix("sys_") else { continue };
        let number = syscalls::by_name(call).and_then(row);
        let number = number.ok_or_else(|| ProbeError::Refused {
            what: format!("place the program {name}"),
            reason: "there is no such call".to_owned(),
        })?;
        let fd = program.as_fd().as_raw_fd();
        calls
            .update(&u32::from(number).to_ne_bytes(), &fd.to_ne_bytes(), MapFlags::ANY)
            .map_err(|error| refused(format!("place the program {name}"), &error))?;
    }
    Ok(())
}
