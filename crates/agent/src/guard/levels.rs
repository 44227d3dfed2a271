//! The levels of this host at which policies decide.

use std::collections::BTreeMap;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use peregrine_control::{ActStatus, CanaryStatus};
use peregrine_enforce::Ring;
use peregrine_enforce::fanotify::{Fanotify, MarkError, Policies, Report, watched};
use peregrine_guard::{Compiled, CompiledPolicy, Level};

use super::containers::container;
use super::in_kernel::{self, InKernel, Lost};
use super::policies::Generation;
use crate::notice::GuardNotice;

/// Programs by which people get in: no policy denies them anything, but for those that say so.
pub(super) const WAY_IN: &[&str] = &[
    "/usr/sbin/sshd",
    "/usr/lib/openssh/sshd-session",
    "/usr/lib/openssh/sshd-auth",
    "/usr/libexec/openssh/sshd-session",
    "/usr/libexec/openssh/sshd-auth",
    "/bin/login",
    "/sbin/agetty",
    "/sbin/getty",
    "/bin/su",
    "/usr/bin/sudo",
];

/// Everything by which policies decide here.
pub(super) struct Levels {
    report: Report,
    fanotify: Option<(Fanotify, Arc<Policies>)>,
    in_kernel: InKernel,
    /// What was tried last, and whether it worked.
    proven: BTreeMap<(String, Level), Result<(), String>>,
}

impl Levels {
    /// With the rights of now, in the process of now.
    pub(super) fn new(report: Report, state: &Path, pins: &Path) -> Self {
        let in_kernel = InKernel::new(state, pins);
        Self { report, fanotify: None, in_kernel, proven: BTreeMap::new() }
    }

    /// The process that tries hooks.
    pub(super) fn canary(&self) -> u32 {
        self.in_kernel.canary()
    }

    /// Where verdicts of the kernel come from.
    pub(super) fn rings(&self) -> Vec<Arc<Ring>> {
        self.in_kernel.rings()
    }

    /// Removes whatever outlives agents.
    pub(super) fn off(&self) -> Result<(), String> {
        self.in_kernel.off().map_err(|error| error.to_string())
    }

    /// Looks for what came since in the kernel's tables, and what did not fit into them.
    pub(super) fn refresh(&mut self) -> (Result<(), String>, Lost) {
        let refreshed = self.in_kernel.refresh().map_err(|error| error.to_string());
        (refreshed, self.in_kernel.lost())
    }

    /// Has other policies decide. `swap` is called when they do. Returns what fanotify could not watch.
    pub(super) fn switch(
        &mut self,
        generation: &Generation,
        way_in: &[PathBuf],
        swap: impl FnOnce(),
    ) -> Result<Vec<String>, String> {
        let compiled = &generation.by_fanotify;
        let wanted = watched(compiled);
        // What may fail comes first: nothing is to be half in force.
        if wanted.is_some() && self.fanotify.is_none() {
            let report = Arc::clone(&self.report);
            let none = Arc::new(Compiled::none());
            let policies = Policies::new(none, way_in, container, report);
            let policies = Arc::new(policies);
            let decide = Arc::clone(&policies);
            let fanotify = Fanotify::start(decide).map_err(|error| error.to_string())?;
            policies.look_up_in(fanotify.places());
            self.fanotify = Some((fanotify, policies));
        }
        self.in_kernel.switch(&generation.in_kernel, way_in).map_err(|error| error.to_string())?;
        let hooks = self.in_kernel.hooks();
        self.proven.retain(|(hook, level), _| {
            *level == Level::Fanotify || hooks.contains(&(hook.clone(), *level))
        });
        let Some((fanotify, policies)) = &mut self.fanotify else {
            swap();
            return Ok(Vec::new());
        };
        let (protected, programs) =
            wanted.map_or_else(Default::default, |wanted| (wanted.protected, wanted.programs));
        let mut errors = fanotify.protect(protected, || {
            policies.replace(Arc::clone(compiled), way_in);
            swap();
        });
        errors.extend(fanotify.decide_programs(programs));
        Ok(texts(&errors))
    }

    /// Readable when folders changed.
    pub(super) fn changes(&self) -> Option<BorrowedFd<'_>> {
        self.fanotify.as_ref().map(|(fanotify, _)| fanotify.changes())
    }

    /// Follows folders that changed. Returns what cannot be watched.
    pub(super) fn follow(&mut self) -> Vec<String> {
        self.fanotify.as_mut().map_or_else(Vec::new, |(fanotify, _)| texts(&fanotify.follow().1))
    }

    /// Follows mounts that changed.
    pub(super) fn follow_mounts(&mut self) -> Vec<String> {
        let Some((fanotify, _)) = &mut self.fanotify else { return Vec::new() };
        texts(&fanotify.follow_mounts())
    }

    /// Tries everything that decides; what changed.
    pub(super) fn look(&mut self) -> Vec<GuardNotice> {
        let mut notices = Vec::new();
        if let Some((fanotify, _)) = &mut self.fanotify {
            match fanotify.look_after() {
                Ok(false) => {}
                Ok(true) => notices.push(GuardNotice::WatchdogRestarted),
                Err(error) => notices.push(GuardNotice::Fails(format!(
                    "the watchdog of fanotify cannot be started: {error}"
                ))),
            }
            let proven = fanotify.prove().map_err(|error| error.to_string());
            self.tried("fanotify".to_owned(), Level::Fanotify, proven, &mut notices);
        }
        for (hook, level, proven) in self.in_kernel.prove() {
            self.tried(hook, level, proven, &mut notices);
        }
        notices
    }

    fn tried(
        &mut self,
        hook: String,
        level: Level,
        proven: Result<(), String>,
        notices: &mut Vec<GuardNotice>,
    ) {
        let name = level.name();
        let former = self.proven.insert((hook.clone(), level), proven.clone());
        match (former.is_none_or(|former| former.is_ok()), proven) {
            (true, Err(why)) => notices.push(GuardNotice::LevelFell { hook, level: name, why }),
            (false, Ok(())) => notices.push(GuardNotice::LevelRestored { hook, level: name }),
            _ => {}
        }
    }

    /// What was tried last.
    pub(super) fn canaries(&self) -> Vec<CanaryStatus> {
        let status =
            |((hook, level), proven): (&(String, Level), &Result<(), String>)| CanaryStatus {
                hook: hook.clone(),
                level: level.name().to_owned(),
                proven: proven.is_ok(),
                why: proven.clone().err(),
            };
        self.proven.iter().map(status).collect()
    }

    /// How a policy decides.
    pub(super) fn acts(&self, policy: &CompiledPolicy) -> Vec<ActStatus> {
        let status = |act: &peregrine_guard::PolicyAct| {
            let decides = |hook: &str, level: Level| {
                level == act.level
                    && (level == Level::Fanotify || in_kernel::is_about(hook, act.act))
            };
            let mut tried = self.proven.iter().filter(|((hook, level), _)| decides(hook, *level));
            ActStatus {
                act: act.act.name().to_owned(),
                level: act.level.name().to_owned(),
                // Where nothing is denied nothing is to be proven.
                proven: act.level == Level::Detect
                    || tried.clone().count() > 0 && tried.all(|(_, proven)| proven.is_ok()),
            }
        };
        policy.acts.iter().map(status).collect()
    }

    /// Openers that went on without a verdict.
    pub(super) fn late(&self) -> u64 {
        self.fanotify.as_ref().map_or(0, |(fanotify, _)| fanotify.late())
    }
}

fn texts(errors: &[MarkError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}
