//! The levels at which the kernel itself decides: P1 or P2 by one set of programs, P3 and K1 by another.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use peregrine_enforce::{Canary, EnforceError, Guard, Losses, Options, Ring, kernel};
use peregrine_guard::{Compiled, Level};

use super::containers;

/// The levels of each set of programs.
pub(super) const SIDES: [[Level; 2]; 2] =
    [[Level::Lsm, Level::FmodRet], [Level::Cgroup, Level::KillBefore]];

/// What was tried: the program, its level, and whether it decided.
pub(super) type Tried = (String, Level, Result<(), String>);

/// One set of programs, once policies need it.
#[derive(Debug, Default)]
struct Side {
    decides: Option<(Guard, Arc<Compiled>)>,
    losses: Losses,
    skipped: u64,
}

/// Everything that decides in the kernel.
#[derive(Debug)]
pub(super) struct InKernel {
    sides: [Side; 2],
    canary: Option<Canary>,
    /// Where the canary has its files.
    room: PathBuf,
    options: Options,
}

/// What did not fit since this was asked last.
#[derive(Debug, Default)]
pub(super) struct Lost {
    /// Records of verdicts.
    pub(super) records: u64,
    /// Processes of which nothing is known.
    pub(super) processes: u64,
}

impl InKernel {
    /// To be called before rights and calls are given up: what tries hooks has those of now.
    pub(super) fn new(state: &Path, pins: &Path) -> Self {
        let room = state.join("canary");
        let canary = Canary::start(Some(&room)).ok();
        let options = Options { pin: Some(pins.to_owned()), ..Options::default() };
        Self { sides: Default::default(), canary, room, options }
    }

    /// The process that tries hooks.
    pub(super) fn canary(&self) -> u32 {
        self.canary.as_ref().map_or(0, Canary::pid)
    }

    /// Has other policies decide, those of each side.
    ///
    /// # Errors
    /// When the kernel refuses; the former ones stay.
    pub(super) fn switch(
        &mut self,
        wanted: &[Arc<Compiled>; 2],
        way_in: &[PathBuf],
    ) -> Result<(), EnforceError> {
        self.options.way_in = way_in.to_vec();
        let former =
            [0, 1].map(|at: usize| self.sides[at].decides.as_ref().map(|(_, c)| Arc::clone(c)));
        let result = (0..SIDES.len()).try_for_each(|at| self.switch_side(at, &wanted[at]));
        if result.is_err() {
            for (at, former) in former.iter().enumerate() {
                // What decided before is there, and fits.
                let none = || Arc::new(Compiled::none());
                let _ = self.switch_side(at, &former.clone().unwrap_or_else(none));
            }
        }
        result?;
        Guard::take_over(&self.options)
    }

    fn switch_side(&mut self, at: usize, wanted: &Arc<Compiled>) -> Result<(), EnforceError> {
        let levels = SIDES[at];
        let side = &mut self.sides[at];
        let acts = wanted.policies.iter().flat_map(|policy| &policy.acts);
        let level = acts.map(|act| act.level).find(|level| levels.contains(level));
        match (&mut side.decides, level) {
            (Some((guard, decides)), Some(_)) => {
                guard.replace_way_in(&self.options.way_in);
                guard.switch(wanted)?;
                *decides = Arc::clone(wanted);
            }
            (None, Some(level)) => {
                let options = Options { level: Some(level), ..self.options.clone() };
                side.decides = Some((Guard::start(wanted, &options)?, Arc::clone(wanted)));
                side.losses = Losses::default();
            }
            (_, None) => {
                if let Some((guard, _)) = side.decides.take() {
                    guard.end()?;
                }
            }
        }
        Ok(())
    }

    /// Removes everything that was ever put into the kernel, also by others.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub(super) fn off(&self) -> Result<(), EnforceError> {
        Guard::off(&self.options)
    }

    fn guards(&self) -> impl Iterator<Item = &Guard> {
        self.sides.iter().filter_map(|side| side.decides.as_ref()).map(|(guard, _)| guard)
    }

    /// The programs, as people are shown them, and their levels.
    pub(super) fn hooks(&self) -> Vec<(String, Level)> {
        self.guards().flat_map(Guard::hooks).map(|(hook, level)| (name(hook), level)).collect()
    }

    /// Where verdicts come from.
    pub(super) fn rings(&self) -> Vec<Arc<Ring>> {
        self.guards().map(Guard::ring).collect()
    }

    /// Tries every program.
    pub(super) fn prove(&mut self) -> Vec<Tried> {
        let mut tried = Vec::new();
        if self.guards().next().is_none() {
            return tried;
        }
        let canary = match self.canary.take().map_or_else(|| Canary::start(Some(&self.room)), Ok) {
            Ok(canary) => canary,
            Err(error) => {
                let why = format!("nothing can be tried: {error}");
                let hooks = self.guards().flat_map(Guard::hooks);
                return hooks.map(|(hook, level)| (name(hook), level, Err(why.clone()))).collect();
            }
        };
        let preempts = kernel::preempts();
        for side in &mut self.sides {
            let Some((guard, compiled)) = &side.decides else { continue };
            let skipped = guard.counts().map_or(0, |counts| counts.skipped.values().sum());
            let new = skipped - side.skipped.min(skipped);
            side.skipped = skipped;
            let stays = compiled.policies.iter().any(|policy| policy.fail_closed);
            for (hook, level, mut proven) in guard.prove(&canary) {
                if level == Level::FmodRet && stays && preempts && proven.is_ok() {
                    proven =
                        Err("this kernel preempts it now (preempt=full), and skips it meanwhile"
                            .to_owned());
                } else if new > 0 && proven.is_ok() {
                    proven = Err(format!("{new} acts passed programs that had been preempted"));
                }
                tried.push((name(hook), level, proven));
            }
        }
        // In the place of one that failed another is started the next time.
        self.canary = Some(canary).filter(|canary| !canary.has_failed());
        tried
    }

    /// Looks for paths, programs and containers that came since.
    ///
    /// # Errors
    /// When a table is full.
    pub(super) fn refresh(&mut self) -> Result<(), EnforceError> {
        for (guard, _) in self.sides.iter_mut().filter_map(|side| side.decides.as_mut()) {
            guard.refresh()?;
            if guard.names_containers() {
                for (cgroup, id) in containers::by_cgroup() {
                    guard.set_container(cgroup, &id)?;
                }
            }
        }
        Ok(())
    }

    /// What did not fit since this was called last.
    pub(super) fn lost(&mut self) -> Lost {
        let mut lost = Lost::default();
        for side in &mut self.sides {
            let counts = side.decides.as_ref().and_then(|(guard, _)| guard.counts().ok());
            let Some(counts) = counts else { continue };
            lost.records += counts.losses.records - side.losses.records.min(counts.losses.records);
            let (now, before) = (counts.losses.processes, side.losses.processes);
            lost.processes += now - before.min(now);
            side.losses = counts.losses;
        }
        lost
    }
}

/// A program, as people are shown it.
pub(super) fn name(program: &str) -> String {
    program.trim_start_matches("guard_").to_owned()
}

/// Whether a program, as people are shown it, decides about an act.
pub(super) fn is_about(name: &str, act: peregrine_guard::Act) -> bool {
    let own = kernel::acts_of(name).contains(&act);
    own || kernel::acts_of(&format!("guard_{name}")).contains(&act)
}
