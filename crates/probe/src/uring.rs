//! What is done through an `io_uring`, by an object of its own: a kernel that cannot load it is
//! watched all the same, but for that.

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::sync::Arc;

use libbpf_rs::btf::Btf;
use libbpf_rs::btf::types::{FuncProto, Ptr, Typedef};
use libbpf_rs::{Link, MapCore as _, MapHandle, Object, ProgramInput, ReferencesType as _};
use peregrine_event::kernel::URING_CALLS;
use peregrine_event::{SyscallSet, syscalls};

use crate::error::ProbeError;
use crate::load::ids;
use crate::object::{self, object_bytes, refused};
use crate::programs::{is_data, map};

/// Maps that are those of the capture object.
pub(crate) const SHARED: [&str; 5] =
    ["scratches", "losses", "generation", "rings", "renamed_folders"];
/// Requests that are under way.
const PENDING: [&str; 3] = ["pending_short", "pending_long", "pending_many"];
/// How often the programs look for requests that ended without a completion.
const REAP_NS: u64 = 10_000_000;

/// Maps by their C names.
pub(crate) type Maps = BTreeMap<&'static str, MapHandle>;

/// The programs for this kernel's tracepoints.
type Variants = [&'static str; 2];

/// Why no events are emitted for what is done through an `io_uring`.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// This kernel has none: nothing is missing.
    #[error("this kernel has no io_uring")]
    NoRings,
    /// The kernel refused a program.
    #[error(transparent)]
    Refused(Arc<ProbeError>),
    /// The tracepoint at the submission of requests is none of those that are known.
    #[error("the tracepoint at the submission of io_uring requests has unknown parameters")]
    Submission,
    /// The tracepoint at the completion of requests is none of those that are known.
    #[error("the tracepoint at the completion of io_uring requests has unknown parameters")]
    Completion,
}

/// The object, loaded.
pub(crate) struct Uring {
    object: Object,
    variants: Variants,
    links: Vec<Link>,
    /// The numbers of the links and their programs, and of the one that is run by hand.
    ids: Vec<Option<(u32, u32)>>,
    reaper: Option<u32>,
    reaped: u64,
}

impl Uring {
    /// Loads the programs; `shared` are the maps [`SHARED`].
    pub(crate) fn load(shared: &Maps, variables: &MapHandle) -> Result<Self, Unavailable> {
        let variants = variants()?;
        let refused = |error: ProbeError| Unavailable::Refused(Arc::new(error));
        let object = Self::load_object(shared, variables, variants).map_err(refused)?;
        let reaper = reaper(&object);
        Ok(Self { object, variants, links: Vec::new(), ids: Vec::new(), reaper, reaped: 0 })
    }

    fn load_object(
        shared: &Maps,
        variables: &MapHandle,
        variants: Variants,
    ) -> Result<Object, ProbeError> {
        let mut open = object::open("uring", object_bytes!("uring"))?;
        for mut program in open.progs_mut() {
            let name = program.name().to_string_lossy().into_owned();
            program.set_autoload(name == "reap" || variants.contains(&name.as_str()));
        }
        for mut map in open.maps_mut() {
            let name = map.name().to_string_lossy().into_owned();
            let done = match shared.get(name.as_str()) {
                Some(handle) => map.reuse_fd(handle.as_fd()),
                None if is_data(&name) => map.reuse_fd(variables.as_fd()),
                None => Ok(()),
            };
            done.map_err(|error| refused(format!("share the map {name}"), error))?;
        }
        object::load("uring", open)
    }

    /// Whether a ring can do one of these calls.
    pub(crate) fn does_any(calls: &SyscallSet) -> bool {
        URING_CALLS
            .iter()
            .any(|call| syscalls::by_name(call).is_some_and(|call| calls.contains(call.id)))
    }

    /// Starts the programs, where they do not run yet.
    pub(crate) fn attach(&mut self) -> Result<(), ProbeError> {
        if !self.links.is_empty() {
            return Ok(());
        }
        self.forget()?;
        let variants = self
            .object
            .progs_mut()
            .filter(|program| self.variants.iter().any(|name| program.name() == *name));
        let links = variants.map(|program| {
            program.attach().map_err(|error| {
                refused(format!("attach {}", program.name().to_string_lossy()), error)
            })
        });
        self.links = links.collect::<Result<_, _>>()?;
        self.ids = self.links.iter().map(ids).collect();
        for name in PENDING {
            // Nobody else is to take requests out of them. One that stays open is one that can be.
            let _ = MapHandle::try_from(&map(&self.object, name)?).map(|map| map.freeze());
        }
        Ok(())
    }

    /// Whether the programs run as they were started.
    pub(crate) fn is_intact(&self) -> bool {
        let links = self.links.iter().map(ids).zip(&self.ids);
        links.into_iter().all(|(now, then)| then.is_none() || now == *then)
            && reaper(&self.object) == self.reaper
    }

    /// Lets go of what does not stand any more for what was started.
    pub(crate) fn abandon(self) {
        for (link, then) in self.links.into_iter().zip(self.ids) {
            // Its descriptor is somebody else's now, not ours to close; the others are stopped.
            if ids(&link) != then {
                std::mem::forget(link);
            }
        }
    }

    /// Requests that were in flight when the programs were stopped: nobody saw what became of them.
    fn forget(&self) -> Result<(), ProbeError> {
        for name in PENDING {
            let map = map(&self.object, name)?;
            let keys: Vec<Vec<u8>> = map.keys().collect();
            for key in keys {
                // It may have ended by itself.
                let _ = map.delete(&key);
            }
        }
        Ok(())
    }

    /// Stops the programs.
    pub(crate) fn detach(&mut self) {
        self.links.clear();
    }

    /// Has the programs look for requests that ended without a completion, every 10 ms; `now` is the
    /// clock since boot.
    pub(crate) fn reap(&mut self, now: u64) {
        if self.links.is_empty() || now < self.reaped + REAP_NS {
            return;
        }
        self.reaped = now;
        if let Some(program) = self.object.progs_mut().find(|program| program.name() == "reap") {
            // It cannot fail where it could be loaded; were it not run, ends come with the next.
            let _ = program.test_run(ProgramInput::default());
        }
    }
}

/// The number of the program that is run by hand.
fn reaper(object: &Object) -> Option<u32> {
    let program = object.progs_mut().find(|program| program.name() == "reap")?;
    crate::object::program_number(program.as_fd())
}

/// Which programs fit this kernel's tracepoints, of which both changed over time.
fn variants() -> Result<Variants, Unavailable> {
    let unreadable =
        |error| Unavailable::Refused(Arc::new(refused("read the kernel's types", error)));
    let btf = Btf::from_vmlinux().map_err(unreadable)?;
    let values = |tracepoint: &str| {
        let name = format!("btf_trace_{tracepoint}");
        let pointer = btf.type_by_name::<Typedef<'_>>(&name)?.referenced_type();
        let function = Ptr::try_from(pointer).ok()?.referenced_type();
        // The first is the tracepoint's own.
        Some(FuncProto::try_from(function).ok()?.len().saturating_sub(1))
    };
    let Some(complete) = values("io_uring_complete") else { return Err(Unavailable::NoRings) };
    let submit = match (values("io_uring_submit_req"), values("io_uring_submit_sqe")) {
        (Some(1), _) => "submit_req",
        (None, Some(2)) => "submit_sqe",
        _ => return Err(Unavailable::Submission),
    };
    let complete = match complete {
        3 => "complete_cqe",
        7 => "complete_words",
        _ => return Err(Unavailable::Completion),
    };
    Ok([submit, complete])
}
