//! Verdicts in the kernel: programs at the hooks of the security modules (P1, P2), at the root of the control groups (P3),
//! and before a new program runs (K1).
//!
//! In: compiled policies ([`Guard::start`], [`Guard::switch`]). Out: records of verdicts ([`Ring`]), counts, and whether
//! each program decides ([`Guard::prove`]). Never: an instant without the old or the new policies.
//!
//! `bpf/guard/verdict.h` is the place to begin reading on the kernel side.

#[expect(unsafe_code, reason = "acts are raw calls in a forked process")]
mod attempts;
#[expect(unsafe_code, reason = "forks a process that makes system calls only")]
mod canary;
mod error;
mod generation;
mod hooks;
mod host;
mod maps;
mod objects;
mod pins;
mod places;
mod probe;
#[expect(unsafe_code, reason = "the descriptor of a ring")]
mod ring;
mod shared;
mod verdict;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use libbpf_rs::{Link, MapCore as _, MapFlags, Object};
use peregrine_guard::{Act, Compiled, Level, PathMark, layout};
use zerocopy::{FromBytes as _, IntoBytes as _};

use crate::Verdict;
pub use canary::Canary;
pub use error::EnforceError;
pub use hooks::acts_of;
pub use host::{cgroup_root, preempts};
pub use probe::capabilities;
pub use ring::Ring;
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
    /// The level of the hooks, where it is not chosen by what the host offers: of P3 or K1 both decide, and no hook of the
    /// security modules does.
    pub level: Option<Level>,
}

/// Policies in force. Dropping it ends those that fail open; what is pinned stays.
pub struct Guard {
    maps: Maps,
    attached: Vec<Attached>,
    iterators: [Link; 2],
    ring: Arc<Ring>,
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
            let host = probe::capabilities();
            let levels = host.of_act(Act::Open);
            [Level::Lsm, Level::FmodRet].into_iter().find(|level| levels.contains(*level))
        });
        let level = level.filter(|level| matches!(level, Level::Lsm | Level::FmodRet));
        if let Some(folder) = &options.pin {
            pins::exempt(folder);
        }
        let identity = objects::load_identity(level.is_none())?;
        let maps = Maps::of(&identity)?;
        let attach = |name| objects::attach(&identity, name);
        // Ends first: an entry of a process that ended while the others were attached would stay.
        let following = ["guard_exit", "guard_fork", "guard_exec"].map(attach);
        let following: Vec<Link> = following.into_iter().collect::<Result<_, _>>()?;
        let iterators = [attach("guard_know")?, attach("guard_know_above")?];
        let ring = Arc::new(Ring::new(&maps)?);
        let mut guard = Self {
            maps,
            attached: Vec::new(),
            iterators,
            ring,
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
        Self::take_over(options)?;
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
        let stays = compiled.policies.iter().any(|policy| policy.fail_closed);
        if stays {
            self.pin()?;
        }
        generation::switch(&self.maps, slot)?;
        (self.slot, self.number, self.missing) = (slot, number, missing);
        self.containers.clone_from(&compiled.containers);
        if stays { Ok(()) } else { self.unpin() }
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
        self.ring.poll(Some(timeout), &mut |verdict| each(&verdict))
    }

    /// Its verdicts, also for others than this thread.
    pub fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring)
    }

    /// Tries each attached program that there is an act for: whether the act was denied, and by that program. What this
    /// host has nothing to try it on is left out.
    pub fn prove(&self, canary: &Canary) -> Vec<(&'static str, Level, Result<(), String>)> {
        let mut tried = Vec::new();
        for one in &self.attached {
            match self.prove_one(one.program, canary) {
                Ok(None) => {}
                Ok(Some(proven)) => tried.push((one.program, one.level, proven)),
                Err(error) => tried.push((one.program, one.level, Err(error.to_string()))),
            }
        }
        tried
    }

    fn prove_one(
        &self,
        program: &'static str,
        canary: &Canary,
    ) -> Result<Option<Result<(), String>>, EnforceError> {
        let Some(act) = acts_of(program).first() else { return Ok(None) };
        let arm = |canary: u32| {
            let before: Config = self.maps.value("config")?;
            let config = Config { canary, canary_act: *act as u32, ..before };
            self.maps.set_value("config", config.as_bytes())?;
            Ok::<_, EnforceError>(before.canary_hits)
        };
        let before = arm(canary.pid())?;
        let answer = canary.attempt(program);
        let seen = arm(0)? != before;
        Ok(match answer.map_err(io(format!("try {program}")))? {
            None | Some(libc::EAFNOSUPPORT) => None,
            Some(libc::EPERM) if seen => Some(Ok(())),
            Some(0) => Some(Err("what it must deny was done".to_owned())),
            Some(number) => {
                let error = std::io::Error::from_raw_os_error(number);
                Some(Err(format!("what it must deny failed without it: {error}")))
            }
        })
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

    /// Lets go of it, whether policies fail closed or not: nothing of it decides any more.
    ///
    /// # Errors
    /// When a pin cannot be removed.
    pub fn end(mut self) -> Result<(), EnforceError> {
        self.unpin()
    }

    /// Removes what agents that have ended pinned.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn take_over(options: &Options) -> Result<(), EnforceError> {
        options.pin.as_deref().map_or(Ok(()), pins::remove_left)
    }

    /// Whether agents that have ended left policies that still decide.
    pub fn is_left(options: &Options) -> bool {
        options.pin.as_deref().is_some_and(pins::are_left)
    }

    /// Removes all that was ever pinned, of agents that run too.
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

    /// Other programs are those by which people come in, from the next [`Self::switch`] on.
    pub fn replace_way_in(&mut self, way_in: &[PathBuf]) {
        self.options.way_in = way_in.to_vec();
    }

    /// Whether policies name containers.
    pub fn names_containers(&self) -> bool {
        !self.containers.is_empty()
    }

    /// The programs by which people come in, as they are now.
    fn set_way_in(&self) -> Result<(), EnforceError> {
        let mounts = places::Mounts::read();
        let map = self.maps.get("way_in")?;
        let paths = self.options.way_in.iter().filter_map(|path| std::fs::canonicalize(path).ok());
        let found = paths.filter_map(|path| {
            let meta = std::fs::metadata(&path).ok()?;
            Some(mounts.inode(&path, &meta))
        });
        let found: Vec<_> = found.collect();
        for key in &found {
            maps::put(map, "way_in", key.as_bytes(), &1_u32.to_ne_bytes())?;
        }
        for former in map.keys().filter(|key| !found.iter().any(|one| one.as_bytes() == key)) {
            map.delete(&former).map_err(refused("empty the map way_in"))?;
        }
        Ok(())
    }

    /// Pins what has to outlive this process and is not pinned.
    fn pin(&mut self) -> Result<(), EnforceError> {
        let Some(folder) = self.options.pin.clone() else { return Ok(()) };
        let is_new = self.pins.is_none();
        let pins = match self.pins.take() {
            Some(pins) => pins,
            None => pins::Pins::new(&folder)?,
        };
        for one in &mut self.attached {
            pins.add_link(one.program, &mut one.link)?;
        }
        for (number, link) in self.following.iter_mut().enumerate() {
            pins.add_link(&format!("follow_{number}"), link)?;
        }
        if is_new {
            pins.add_maps(&self.maps)?;
        }
        self.pins = Some(pins);
        Ok(())
    }

    /// Has nothing outlive this process.
    fn unpin(&mut self) -> Result<(), EnforceError> {
        let Some(pins) = self.pins.take() else { return Ok(()) };
        let attached = self.attached.iter_mut().map(|one| &mut one.link);
        for link in attached.chain(&mut self.following) {
            // One that `Self::off` removed is gone.
            let _ = link.unpin();
        }
        match pins.remove() {
            Err(EnforceError::Io { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                Ok(())
            }
            done => done,
        }
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
