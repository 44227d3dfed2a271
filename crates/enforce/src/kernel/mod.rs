//! Verdicts in the kernel: programs at the hooks of the security modules (P1, P2), at the root of the control groups (P3),
//! and before a new program runs (K1).
//!
//! In: compiled policies ([`Guard::start`], [`Guard::switch`]). Out: records of verdicts ([`Guard::poll`]), counts.
//! Never: an instant without the old or the new policies.
//!
//! `bpf/guard/verdict.h` is the place to begin reading on the kernel side.

mod error;
mod generation;
mod hooks;
mod host;
mod maps;
mod objects;
mod pins;
mod places;
mod shared;
mod verdict;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use libbpf_rs::{Link, MapCore as _, MapFlags, Object, RingBuffer, RingBufferBuilder};
use peregrine_guard::{Act, Compiled, Level, PathMark, layout};
use zerocopy::{FromBytes as _, IntoBytes as _};

use crate::Verdict;
pub use error::EnforceError;
pub use host::capabilities;
pub use shared::{Hits, Losses};

use error::{io, refused};
use maps::Maps;
use objects::Attached;
use shared::{Config, SLOTS};

/// How policies are put into the kernel.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder of a BPF file system that keeps what fails closed; it is made.
    pub pin: Option<PathBuf>,
    /// Programs by which people come in: what policies say holds for them only where a policy says so.
    pub way_in: Vec<PathBuf>,
    /// Where the level of the hooks is not chosen by what the host offers.
    pub level: Option<Level>,
}

/// Policies in force. Dropping it ends those that fail open; what is pinned stays.
pub struct Guard {
    maps: Maps,
    attached: Vec<Attached>,
    iterators: [Link; 2],
    ring: RingBuffer<'static>,
    records: Receiver<Verdict>,
    options: Options,
    level: Option<Level>,
    slot: u32,
    number: u32,
    missing: Vec<PathMark>,
    containers: Vec<(String, [u64; layout::SUBJECT_WORDS])>,
    pins: Option<pins::Pins>,
    /// Programs live as long as these and their links.
    objects: Vec<Object>,
    following: Vec<Link>,
}

/// What was counted since the programs were loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// By policy ([`peregrine_guard::CompiledPolicy::id`]).
    pub policies: BTreeMap<u32, Hits>,
    /// What did not fit.
    pub losses: Losses,
    /// How often a program was skipped because it ran already, by program: an act that nothing decided about.
    pub skipped: BTreeMap<&'static str, u64>,
}

impl Guard {
    /// Puts policies into the kernel, and takes over what an earlier agent pinned: its programs decide until these do.
    ///
    /// # Errors
    /// When the kernel refuses a program or a map, has no hook for an act, or a table is full. Nothing stays then, and
    /// what was pinned before goes on.
    pub fn start(compiled: &Compiled, options: &Options) -> Result<Self, EnforceError> {
        let level = options.level.or_else(|| {
            let host = host::capabilities();
            let levels = host.of_act(Act::Open);
            [Level::Lsm, Level::FmodRet].into_iter().find(|level| levels.contains(*level))
        });
        let level = level.filter(|level| matches!(level, Level::Lsm | Level::FmodRet));
        let identity = objects::load_identity(level.is_none())?;
        let maps = Maps::of(&identity)?;
        let attach = |name| objects::attach(&identity, name);
        // Ends first: an entry of a process that ended while the others were attached would stay.
        let following = ["guard_exit", "guard_fork", "guard_exec"].map(attach);
        let following: Vec<Link> = following.into_iter().collect::<Result<_, _>>()?;
        let iterators = [attach("guard_know")?, attach("guard_know_above")?];
        let (sender, records) = channel();
        let mut builder = RingBufferBuilder::new();
        let ring = maps.get("verdicts")?;
        builder
            .add(ring, move |bytes| {
                // Nobody reads any more only when this ends.
                verdict::read(bytes).map_or(0, |verdict| i32::from(sender.send(verdict).is_err()))
            })
            .map_err(refused("read the ring of verdicts"))?;
        let ring = builder.build().map_err(refused("read the ring of verdicts"))?;
        let mut guard = Self {
            maps,
            attached: Vec::new(),
            iterators,
            ring,
            records,
            options: options.clone(),
            level,
            slot: 1,
            number: 0,
            missing: Vec::new(),
            containers: Vec::new(),
            pins: None,
            objects: vec![identity],
            following,
        };
        guard.switch(compiled)?;
        guard.pin(compiled)?;
        Ok(guard)
    }

    /// Puts other policies in the place of these, in one step.
    ///
    /// # Errors
    /// As [`Self::start`]; the former policies stay in force.
    pub fn switch(&mut self, compiled: &Compiled) -> Result<(), EnforceError> {
        let slot = (self.slot + 1) % SLOTS;
        let number = self.number + 1;
        generation::forget(&self.maps, slot)?;
        let missing = generation::fill(&self.maps, compiled, slot)?;
        self.set_way_in()?;
        let [itself, above] = &self.iterators;
        generation::know(&self.maps, slot, number, [itself, above])?;
        self.exempt()?;
        self.attach(compiled)?;
        generation::switch(&self.maps, slot)?;
        (self.slot, self.number, self.missing) = (slot, number, missing);
        self.containers.clone_from(&compiled.containers);
        Ok(())
    }

    /// Attaches what decides about the acts of these policies and is not attached.
    fn attach(&mut self, compiled: &Compiled) -> Result<(), EnforceError> {
        let acts = objects::needed(compiled);
        let (objects, attached) = if let Some(level) = self.level {
            objects::attach_hooks(level, &acts, &self.maps, &self.attached)?
        } else {
            if acts.contains(&Act::Exec)
                && !self.attached.iter().any(|one| one.level == Level::KillBefore)
                && let Some(identity) = self.objects.first()
            {
                let program = "guard_kill_exec";
                let link = objects::attach(identity, program)?;
                self.attached.push(Attached { program, level: Level::KillBefore, link });
            }
            objects::attach_cgroup(&acts, &self.maps, &self.attached)?
        };
        self.objects.extend(objects);
        self.attached.extend(attached);
        Ok(())
    }

    /// Hands out the records that have come; waits for the first at most this long.
    ///
    /// # Errors
    /// When the ring cannot be read.
    pub fn poll(
        &mut self,
        timeout: Duration,
        each: &mut dyn FnMut(&Verdict),
    ) -> Result<(), EnforceError> {
        self.ring.poll(timeout).map_err(refused("read the ring of verdicts"))?;
        while let Ok(verdict) = self.records.try_recv() {
            each(&verdict);
        }
        Ok(())
    }

    /// What was counted.
    ///
    /// # Errors
    /// When the counters cannot be read.
    pub fn counts(&self) -> Result<Counts, EnforceError> {
        let mut counts = Counts { losses: self.maps.value("losses")?, ..Counts::default() };
        let hits = self.maps.get("hits_of")?;
        for key in hits.keys() {
            let value =
                hits.lookup(&key, MapFlags::ANY).map_err(refused("read the map hits_of"))?;
            let id = <[u8; 4]>::try_from(key.as_slice()).map(u32::from_ne_bytes);
            let hits = value.as_deref().map(Hits::read_from_bytes);
            if let (Ok(id), Some(Ok(hits))) = (id, hits) {
                counts.policies.insert(id, hits);
            }
        }
        for object in &self.objects {
            for program in object.progs_mut().filter(|program| program.autoload()) {
                let missed =
                    peregrine_probe::object::program_misses(std::os::fd::AsFd::as_fd(&program));
                let attached = self.attached.iter().find(|one| program.name() == one.program);
                if let (Some(missed), Some(one)) = (missed.filter(|missed| *missed > 0), attached) {
                    counts.skipped.insert(one.program, missed);
                }
            }
        }
        Ok(counts)
    }

    /// Says which control group of the unified hierarchy is a container's; after each [`Self::switch`] anew.
    ///
    /// # Errors
    /// When the kernel takes no more of them.
    pub fn set_container(&mut self, cgroup: u64, id: &str) -> Result<(), EnforceError> {
        match self.containers.iter().find(|(named, _)| id.starts_with(named.as_str())) {
            Some((_, sets)) => generation::add_container(&self.maps, cgroup, sets, self.slot),
            None => Ok(()),
        }
    }

    /// The programs that are attached, and the level of each.
    pub fn hooks(&self) -> Vec<(&'static str, Level)> {
        self.attached.iter().map(|one| (one.program, one.level)).collect()
    }

    /// Removes all that earlier agents pinned.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn off(options: &Options) -> Result<(), EnforceError> {
        options.pin.as_deref().map_or(Ok(()), pins::remove_all)
    }

    /// This process is denied nothing, and its end is noticed.
    fn exempt(&self) -> Result<(), EnforceError> {
        let tgid = std::process::id();
        if let Some(start) = self.start_of(tgid)? {
            let map = self.maps.get("exempt")?;
            maps::put(map, "exempt", &tgid.to_ne_bytes(), &start.to_ne_bytes())?;
        }
        let mut config: Config = self.maps.value("config")?;
        (config.agent, config.agent_gone) = (tgid, 0);
        self.maps.set_value("config", config.as_bytes())
    }

    /// When a process started, as the kernel compares it.
    fn start_of(&self, tgid: u32) -> Result<Option<u64>, EnforceError> {
        let known = self.maps.get("processes")?;
        let entry = known
            .lookup(&tgid.to_ne_bytes(), MapFlags::ANY)
            .map_err(refused("read the map processes"))?;
        let start = entry.and_then(|entry| entry.first_chunk().copied());
        Ok(start.map(u64::from_ne_bytes))
    }

    /// The programs by which people come in, as they are now.
    fn set_way_in(&self) -> Result<(), EnforceError> {
        let mounts = places::Mounts::read();
        let map = self.maps.get("way_in")?;
        for path in &self.options.way_in {
            let Ok(path) = std::fs::canonicalize(path) else { continue };
            let Ok(meta) = std::fs::metadata(&path) else { continue };
            let key = mounts.inode(&path, &meta);
            maps::put(map, "way_in", key.as_bytes(), &1_u32.to_ne_bytes())?;
        }
        Ok(())
    }

    /// Pins what has to outlive this process, then lets go of what earlier agents pinned.
    fn pin(&mut self, compiled: &Compiled) -> Result<(), EnforceError> {
        let Some(folder) = self.options.pin.clone() else { return Ok(()) };
        if compiled.policies.iter().any(|policy| policy.fail_closed) {
            let mut pins = pins::Pins::new(&folder)?;
            for one in &mut self.attached {
                pins.add_link(one.program, &mut one.link)?;
            }
            for (number, link) in self.following.iter_mut().enumerate() {
                pins.add_link(&format!("follow_{number}"), link)?;
            }
            pins.add_maps(&self.maps)?;
            self.pins = Some(pins);
        }
        pins::remove_others(&folder, self.pins.as_ref())
    }

    /// Looks again for paths whose folder was missing, and for programs of the way in that were replaced.
    ///
    /// # Errors
    /// When the kernel refuses an entry.
    pub fn refresh(&mut self) -> Result<(), EnforceError> {
        self.set_way_in()?;
        if self.missing.is_empty() {
            return Ok(());
        }
        let missing = std::mem::take(&mut self.missing);
        self.missing = generation::add_places(&self.maps, &missing, self.slot)?;
        Ok(())
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard")
            .field("level", &self.level)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// Makes the folder of pins, on a BPF file system.
fn make_folder(folder: &std::path::Path) -> Result<(), EnforceError> {
    std::fs::create_dir_all(folder).map_err(io(format!("make {}", folder.display())))
}
