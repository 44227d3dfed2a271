//! The programs in the kernel, each loaded when it is first needed.
//!
//! The kernel checks a program for a millisecond to a hundred: what no rule asks for is not loaded.
//! A later need opens the object again; what is loaded then works on the maps of the first.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use libbpf_rs::{Link, MapCore, MapFlags, MapHandle, Object};
use peregrine_event::kernel::memory::SCRATCH_SLOTS;
use peregrine_event::syscalls;

use crate::clock::Config;
use crate::error::{Cause, ProbeError, Refused};
use crate::interest::{InterestSet, row};
use crate::load::Names;
use crate::object::{self, object_bytes, program_runs, refused};

/// A map of an object by its C name.
pub(crate) fn map<'o>(object: &'o Object, name: &str) -> Result<libbpf_rs::Map<'o>, ProbeError> {
    object.maps().find(|map| map.name() == name).ok_or_else(|| {
        let why = Cause::Missing("the kernel object does not have it");
        Refused::new(format!("find the map {name}"), why).into()
    })
}

/// Whether a map holds variables: libbpf calls it after the object and the section.
pub(crate) fn is_data(name: &str) -> bool {
    name.strip_suffix("bss").is_some_and(|object| object.ends_with('.'))
}

/// Programs by the map they stand in and their place there, each with its number.
type Placed = BTreeMap<(&'static str, u32), (String, Vec<u8>)>;

/// What is loaded. A copy works on the same programs and maps; what it loads the original does not know.
#[derive(Clone)]
pub(crate) struct Programs {
    /// Where there are any the first has the maps.
    objects: Vec<Arc<Mutex<Object>>>,
    /// By name, and in which of the objects.
    names: BTreeMap<String, usize>,
    /// Calls whose programs are all loaded.
    calls: InterestSet,
    /// What stands where calls jump to: the map, the place, the program and its number.
    placed: Placed,
    /// Maps made before, by their C names.
    given: Arc<Vec<(&'static str, MapHandle)>>,
    cpus: usize,
    config: Config,
}

impl Programs {
    /// None yet. `given` are maps that stand in for those the object would have made.
    pub(crate) fn new(given: Vec<(&'static str, MapHandle)>, cpus: usize, config: Config) -> Self {
        Self {
            objects: Vec::new(),
            names: BTreeMap::new(),
            calls: InterestSet::default(),
            placed: BTreeMap::new(),
            given: Arc::new(given),
            cpus,
            config,
        }
    }

    /// Loads what is not loaded of the programs of these names and of those of these calls, and puts
    /// the latter where their calls jump to. Nothing changes where one is refused.
    pub(crate) fn need(&mut self, names: &[&str], calls: &InterestSet) -> Result<(), ProbeError> {
        if self.calls.covers(calls) && names.iter().all(|name| self.names.contains_key(*name)) {
            return Ok(());
        }
        self.make_maps()?;
        let mut missing = BTreeSet::new();
        for name in self.first().map(|first| program_names(&first)).unwrap_or_default() {
            let needed = match name.strip_prefix("sys_") {
                Some(call) => calls.has_row(row_of(call)?),
                None => names.contains(&name.as_str()),
            };
            if needed && !self.names.contains_key(&name) {
                missing.insert(name);
            }
        }
        // The kernel checks programs of two objects at once; those of calls are half of the work.
        let (of_calls, others): (BTreeSet<_>, BTreeSet<_>) =
            missing.into_iter().partition(|name| name.starts_with("sys_"));
        let maps = self.shared()?;
        let (of_calls, others) = std::thread::scope(|scope| {
            let beside = scope.spawn(|| self.load(&of_calls, &maps));
            let others = self.load(&others, &maps);
            let of_calls = beside.join();
            (of_calls.unwrap_or_else(|panic| std::panic::resume_unwind(panic)), others)
        });
        let (of_calls, others) = (of_calls?, others?);
        for object in of_calls.iter().chain(&others) {
            let placed = self.place(object)?;
            self.placed.extend(placed);
        }
        for object in of_calls.into_iter().chain(others) {
            self.keep(object);
        }
        self.calls.add(calls);
        Ok(())
    }

    /// Loads an object without programs: every other one works on its maps.
    pub(crate) fn make_maps(&mut self) -> Result<(), ProbeError> {
        if self.objects.is_empty() {
            let object = self.load_of(&BTreeSet::new(), &BTreeMap::new())?;
            self.objects.push(Arc::new(Mutex::new(object)));
        }
        Ok(())
    }

    /// The maps there are, by their C names.
    fn shared(&self) -> Result<BTreeMap<String, MapHandle>, ProbeError> {
        let mut shared = BTreeMap::new();
        let Some(first) = self.first() else { return Ok(shared) };
        for map in first.maps() {
            let name = map.name().to_string_lossy().into_owned();
            let handle = MapHandle::try_from(&map)
                .map_err(|error| refused(format!("share the map {name}"), error))?;
            shared.insert(name, handle);
        }
        Ok(shared)
    }

    /// Loads an object with these programs; none where there are none.
    fn load(
        &self,
        names: &BTreeSet<String>,
        maps: &BTreeMap<String, MapHandle>,
    ) -> Result<Option<Object>, ProbeError> {
        if names.is_empty() { Ok(None) } else { self.load_of(names, maps).map(Some) }
    }

    fn load_of(
        &self,
        names: &BTreeSet<String>,
        maps: &BTreeMap<String, MapHandle>,
    ) -> Result<Object, ProbeError> {
        let mut open = object::open("capture", object_bytes!("capture"))?;
        for mut program in open.progs_mut() {
            let name = program.name().to_string_lossy().into_owned();
            program.set_autoload(names.contains(&name));
        }
        self.share_maps(&mut open, maps)?;
        object::load("capture", open)
    }

    /// Remembers which programs of an object are loaded. One that has only those that calls jump to
    /// need not be kept: the map of those does.
    fn keep(&mut self, object: Object) {
        let loaded = loaded(&object);
        let kept = loaded.iter().any(|name| !name.starts_with("sys_"));
        self.names.extend(loaded.into_iter().map(|name| (name, self.objects.len())));
        if kept {
            self.objects.push(Arc::new(Mutex::new(object)));
        }
    }

    /// The object that has the maps; nothing before anything is loaded.
    fn first(&self) -> Option<MutexGuard<'_, Object>> {
        self.objects.first().map(|first| lock(first))
    }

    /// The maps of all programs, by their C names; but for their variables.
    pub(crate) fn maps(&self) -> Vec<(String, MapHandle)> {
        let Some(first) = self.first() else { return Vec::new() };
        let maps = first.maps().filter_map(|map| {
            let name = map.name().to_string_lossy().into_owned();
            let handle = MapHandle::try_from(&map).ok().filter(|_| !name.contains('.'));
            Some((name, handle?))
        });
        maps.collect()
    }

    /// Handles of maps that another object shares.
    pub(crate) fn share(
        &self,
        names: &[&'static str],
    ) -> Result<BTreeMap<&'static str, MapHandle>, ProbeError> {
        let mut all = self.shared()?;
        let missing = |name| {
            let why = Cause::Missing("the kernel object does not have it");
            Refused::new(format!("share the map {name}"), why)
        };
        names
            .iter()
            .map(|name| Ok((*name, all.remove(*name).ok_or_else(|| missing(name))?)))
            .collect()
    }

    fn share_maps(
        &self,
        open: &mut libbpf_rs::OpenObject,
        maps: &BTreeMap<String, MapHandle>,
    ) -> Result<(), ProbeError> {
        for mut map in open.maps_mut() {
            let name = map.name().to_string_lossy().into_owned();
            let slots = u32::try_from(self.cpus * SCRATCH_SLOTS).unwrap_or(u32::MAX);
            let given = self.given.iter().find(|(given, _)| *given == name);
            let done = match (given, maps.get(&name)) {
                (_, Some(made)) if is_data(&name) => map.reuse_fd(made.as_fd()),
                _ if is_data(&name) => map.set_initial_value(&self.config.bytes()),
                // Constants, each object's own.
                _ if name.contains('.') => Ok(()),
                (Some((_, given)), _) => map.reuse_fd(given.as_fd()),
                (None, Some(made)) => map.reuse_fd(made.as_fd()),
                (None, None) if name == "scratches" => map.set_max_entries(slots),
                (None, None) => Ok(()),
            };
            done.map_err(|error| refused(format!("prepare the map {name}"), error))?;
        }
        Ok(())
    }

    /// Puts every program named `sys_x` where calls of the name `x` jump to, and `rest` where all of
    /// them do. Says what stands where.
    fn place(&self, object: &Object) -> Result<Placed, ProbeError> {
        let names = loaded(object);
        let mut placed = Placed::new();
        for program in object.progs_mut() {
            let name = program.name().to_string_lossy().into_owned();
            let (map_name, place) = match name.strip_prefix("sys_") {
                _ if !names.contains(&name) => continue,
                Some(call) => ("calls", u32::from(row_of(call)?)),
                None if name == "rest" => ("rests", 0),
                None => continue,
            };
            let Some(map) = self.map(map_name).transpose()? else { continue };
            let key = place.to_ne_bytes();
            map.update(&key, &program.as_fd().as_raw_fd().to_ne_bytes(), MapFlags::ANY)
                .map_err(|error| refused(format!("place the program {name}"), error))?;
            // The kernel answers with the program's number.
            let number = map.lookup(&key, MapFlags::ANY).ok().flatten().unwrap_or_default();
            placed.insert((map_name, place), (name, number));
        }
        Ok(placed)
    }

    /// The programs that do not stand any more where calls jump to.
    pub(crate) fn misplaced(&self) -> Result<Names, ProbeError> {
        let mut away = Names::new();
        for ((map_name, place), (name, number)) in &self.placed {
            let Some(map) = self.map(map_name).transpose()? else { continue };
            let now = map
                .lookup(&place.to_ne_bytes(), MapFlags::ANY)
                .map_err(|error| refused(format!("look for the program {name}"), error))?;
            if now.as_ref() != Some(number) {
                away.insert(name.clone());
            }
        }
        Ok(away)
    }

    /// Loads programs again and puts them into their places: out of its place one may be gone.
    pub(crate) fn load_again(&mut self, names: &Names) -> Result<(), ProbeError> {
        let object = self.load(names, &self.shared()?)?;
        if let Some(object) = object {
            let placed = self.place(&object)?;
            self.placed.extend(placed);
            self.keep(object);
        }
        Ok(())
    }

    /// Compares the variables of all programs with what they are to be, and puts them back. Whether
    /// there was a need.
    pub(crate) fn put_back_variables(&self) -> Result<bool, ProbeError> {
        let mut changed = false;
        for object in &self.objects {
            changed |= put_back_variables(&lock(object), &self.config.bytes())?;
        }
        Ok(changed)
    }

    /// Events are stamped with this from now on.
    pub(crate) fn set_offset(&mut self, offset: u64) {
        self.config.offset = offset;
    }

    /// Starts the program of this name, which is loaded.
    pub(crate) fn attach(&self, name: &str) -> Result<Link, ProbeError> {
        let object = self.names.get(name).and_then(|place| self.objects.get(*place)).map(lock);
        if let Some(object) = &object
            && let Some(program) = object.progs_mut().find(|one| one.name() == name)
        {
            return program.attach().map_err(|error| refused(format!("attach {name}"), error));
        }
        Err(Refused::new(format!("attach {name}"), Cause::Missing("it is not loaded")).into())
    }

    /// The programs' variables, which all objects share; nothing before anything is loaded.
    pub(crate) fn variables(&self) -> Option<Result<MapHandle, ProbeError>> {
        let first = self.first()?;
        let map = first.maps().find(|map| is_data(&map.name().to_string_lossy()))?;
        Some(MapHandle::try_from(&map).map_err(|error| refused("share the variables", error)))
    }

    /// How many programs are loaded.
    pub(crate) fn loaded(&self) -> usize {
        self.names.len()
    }

    /// The programs that are loaded, each with how often it ran and for how many nanoseconds.
    pub(crate) fn runs(&self) -> Vec<(String, [u64; 2])> {
        let mut runs = Vec::new();
        for object in self.objects.iter().map(|object| lock(object)) {
            for program in object.progs_mut().filter(|program| program.autoload()) {
                if let Some(counts) = program_runs(program.as_fd()) {
                    runs.push((program.name().to_string_lossy().into_owned(), counts));
                }
            }
        }
        runs
    }

    /// How many calls have a program that is loaded.
    pub(crate) fn decoded(&self) -> usize {
        self.names.keys().filter(|name| name.starts_with("sys_")).count()
    }

    /// The map of this name; nothing before anything is loaded.
    pub(crate) fn map(&self, name: &str) -> Option<Result<MapHandle, ProbeError>> {
        let first = self.first()?;
        let handle = |map: libbpf_rs::Map<'_>| {
            MapHandle::try_from(&map)
                .map_err(|error| refused(format!("share the map {name}"), error))
        };
        Some(map(&first, name).and_then(handle))
    }

    /// Takes over what a copy has loaded since.
    pub(crate) fn take_over(&mut self, copy: Self) {
        // Somebody may have set the clock meanwhile.
        let config = self.config;
        *self = copy;
        self.config = config;
    }
}

/// Puts the variables of an object's programs back where they are not these. Whether there was a need.
fn put_back_variables(object: &Object, config: &[u8]) -> Result<bool, ProbeError> {
    let mut changed = false;
    let key = 0_u32.to_ne_bytes();
    let wrong = |error| refused("compare the variables of the programs", error);
    for map in object.maps().filter(|map| is_data(&map.name().to_string_lossy())) {
        let mut value = map.lookup(&key, MapFlags::ANY).map_err(wrong)?.unwrap_or_default();
        if value.get(..config.len()) == Some(config) {
            continue;
        }
        value.splice(..config.len().min(value.len()), config.iter().copied());
        map.update(&key, &value, MapFlags::ANY).map_err(wrong)?;
        changed = true;
    }
    Ok(changed)
}

fn lock(object: &Arc<Mutex<Object>>) -> MutexGuard<'_, Object> {
    object.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The names of all programs of an object.
fn program_names(object: &Object) -> Vec<String> {
    object.progs_mut().map(|program| program.name().to_string_lossy().into_owned()).collect()
}

/// The names of an object's programs that are loaded.
fn loaded(object: &Object) -> BTreeSet<String> {
    let programs = object.progs_mut().filter(|program| program.autoload());
    programs.map(|program| program.name().to_string_lossy().into_owned()).collect()
}

/// Where the program of the call of this name stands.
fn row_of(call: &str) -> Result<u16, ProbeError> {
    syscalls::by_name(call).and_then(row).ok_or_else(|| {
        let why = Cause::Missing("there is no such call");
        Refused::new(format!("place the program sys_{call}"), why).into()
    })
}
