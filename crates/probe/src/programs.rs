//! The programs in the kernel, each loaded when it is first needed.
//!
//! The kernel checks a program for a millisecond to a hundred: what no rule asks for is not loaded.
//! A later need opens the object again; what is loaded then works on the maps of the first.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, AsRawFd};

use libbpf_rs::{Link, MapCore, MapFlags, MapHandle, Object};
use peregrine_event::syscalls;

use crate::error::ProbeError;
use crate::object::{self, object_bytes, refused};
use crate::wanted::{Wanted, row};

/// As `SLOTS` in `bpf/scratch.h`.
const SLOTS: usize = 4;

/// A map of an object by its C name.
pub(crate) fn map<'o>(object: &'o Object, name: &str) -> Result<libbpf_rs::Map<'o>, ProbeError> {
    object.maps().find(|map| map.name() == name).ok_or_else(|| ProbeError::Refused {
        what: format!("find the map {name}"),
        reason: "the kernel object does not have it".to_owned(),
    })
}

/// Whether a map holds variables: libbpf calls it after the object and the section.
pub(crate) fn is_data(name: &str) -> bool {
    name.strip_suffix("bss").is_some_and(|object| object.ends_with('.'))
}

/// What is loaded.
pub(crate) struct Programs {
    /// Where there are any the first has every map. Those of which only calls jump to programs need
    /// not be kept: the map of those does.
    objects: Vec<Object>,
    /// By name, and in which of the objects.
    names: BTreeMap<String, usize>,
    /// Calls whose programs are all loaded.
    calls: Wanted,
    /// Maps made before, by their C names.
    given: Vec<(&'static str, MapHandle)>,
    cpus: usize,
    offset: u64,
}

impl Programs {
    /// None yet. `given` are maps that stand in for those the object would have made.
    pub(crate) fn new(given: Vec<(&'static str, MapHandle)>, cpus: usize, offset: u64) -> Self {
        Self {
            objects: Vec::new(),
            names: BTreeMap::new(),
            calls: Wanted::default(),
            given,
            cpus,
            offset,
        }
    }

    /// Loads what is not loaded of the programs of these names and of those of these calls, and puts
    /// the latter where their calls jump to. Nothing changes where one is refused.
    pub(crate) fn need(&mut self, names: &[&str], calls: &Wanted) -> Result<(), ProbeError> {
        if self.calls.covers(calls) && names.iter().all(|name| self.names.contains_key(*name)) {
            return Ok(());
        }
        let mut open = object::open("capture", object_bytes!("capture"))?;
        let mut missing = BTreeMap::new();
        for mut program in open.progs_mut() {
            let name = program.name().to_string_lossy().into_owned();
            let needed = match name.strip_prefix("sys_") {
                Some(call) => calls.has_row(row_of(call)?),
                None => names.contains(&name.as_str()),
            };
            let load = needed && !self.names.contains_key(&name);
            program.set_autoload(load);
            if load {
                missing.insert(name, self.objects.len());
            }
        }
        if !missing.is_empty() {
            self.share_maps(&mut open)?;
            let object = object::load("capture", open)?;
            self.place(&object, &missing)?;
            if self.objects.is_empty() || missing.keys().any(|name| !name.starts_with("sys_")) {
                self.objects.push(object);
            }
            self.names.append(&mut missing);
        }
        self.calls.add(calls);
        Ok(())
    }

    fn share_maps(&self, open: &mut libbpf_rs::OpenObject) -> Result<(), ProbeError> {
        for mut map in open.maps_mut() {
            let name = map.name().to_string_lossy().into_owned();
            let slots = u32::try_from(self.cpus * SLOTS).unwrap_or(u32::MAX);
            let given = self.given.iter().find(|(given, _)| *given == name);
            let first = self.objects.first();
            let done = match (given, first) {
                _ if is_data(&name) => map.set_initial_value(&self.offset.to_ne_bytes()),
                // Constants, each object's own.
                _ if name.contains('.') => Ok(()),
                (Some((_, given)), _) => map.reuse_fd(given.as_fd()),
                (None, Some(first)) => map.reuse_fd(self::map(first, &name)?.as_fd()),
                (None, None) if name == "scratches" => map.set_max_entries(slots),
                (None, None) => Ok(()),
            };
            done.map_err(|error| refused(format!("prepare the map {name}"), &error))?;
        }
        Ok(())
    }

    /// Puts every program named `sys_x` where calls of the name `x` jump to, and `rest` where all of
    /// them do.
    fn place(&self, object: &Object, names: &BTreeMap<String, usize>) -> Result<(), ProbeError> {
        let first = self.objects.first().unwrap_or(object);
        let (calls, rests) = (map(first, "calls")?, map(first, "rests")?);
        for program in object.progs_mut() {
            let name = program.name().to_string_lossy().into_owned();
            let (map, place) = match name.strip_prefix("sys_") {
                _ if !names.contains_key(&name) => continue,
                Some(call) => (&calls, u32::from(row_of(call)?)),
                None if name == "rest" => (&rests, 0),
                None => continue,
            };
            map.update(
                &place.to_ne_bytes(),
                &program.as_fd().as_raw_fd().to_ne_bytes(),
                MapFlags::ANY,
            )
            .map_err(|error| refused(format!("place the program {name}"), &error))?;
        }
        Ok(())
    }

    /// Starts the program of this name, which is loaded.
    pub(crate) fn attach(&self, name: &str) -> Result<Link, ProbeError> {
        let object = self.names.get(name).and_then(|place| self.objects.get(*place));
        let program = object.and_then(|object| object.progs_mut().find(|one| one.name() == name));
        if let Some(program) = program {
            return program.attach().map_err(|error| refused(format!("attach {name}"), &error));
        }
        Err(ProbeError::Refused {
            what: format!("attach {name}"),
            reason: "it is not loaded".to_owned(),
        })
    }

    /// How many calls have a program that is loaded.
    pub(crate) fn decoded(&self) -> usize {
        self.names.keys().filter(|name| name.starts_with("sys_")).count()
    }

    /// The map of this name; nothing before anything is loaded.
    pub(crate) fn map(&self, name: &str) -> Option<Result<libbpf_rs::Map<'_>, ProbeError>> {
        self.objects.first().map(|object| map(object, name))
    }
}

/// Where the program of the call of this name stands.
fn row_of(call: &str) -> Result<u16, ProbeError> {
    syscalls::by_name(call).and_then(row).ok_or_else(|| ProbeError::Refused {
        what: format!("place the program sys_{call}"),
        reason: "there is no such call".to_owned(),
    })
}
