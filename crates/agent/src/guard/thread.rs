//! The guard: a thread of its own that has policies take hold and looks after them.

use std::fs::File;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use peregrine_enforce::Verdict;
use peregrine_guard::{Action, Compiled, Mode};
use rustix::event::{PollFd, PollFlags, poll};

use super::levels::Levels;
use super::policies::{PolicySet, host, limited};
use super::request::{Asked, Command, Settings};
use super::token::Token;
use super::trials::{Standing, Trials, Wanted};
use super::{Shared, is_off_by_boot, locked, now, time};
use crate::notice::GuardNotice;

/// How often everything is looked after.
const TICK: Duration = Duration::from_secs(1);

/// Why nothing is denied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Off {
    /// A token, until then.
    glass: Option<u64>,
    /// Somebody said so, since then.
    switched: Option<u64>,
}

/// What was said already.
#[derive(Debug, Default)]
struct Seen {
    late: u64,
    lost: u64,
    token: Option<String>,
    unmarked: Option<String>,
    fails: Option<String>,
}

/// What the thread has.
pub(super) struct Watch {
    asked: Receiver<Asked>,
    wake: Arc<OwnedFd>,
    shared: Arc<Shared>,
    said: Sender<GuardNotice>,
    levels: Levels,
    verdicts: Sender<Verdict>,
    settings: Settings,
    policies: Arc<PolicySet>,
    trials: Trials,
    off: Off,
    boot: bool,
    seen: Seen,
}

impl Watch {
    /// `ends`: what it is asked, what it says, and what wakes it up.
    pub(super) fn new(
        ends: (Receiver<Asked>, Sender<GuardNotice>, Arc<OwnedFd>),
        shared: Arc<Shared>,
        (levels, verdicts): (Levels, Sender<Verdict>),
        settings: Settings,
        policies: Arc<PolicySet>,
    ) -> Self {
        let (asked, said, wake) = ends;
        let line = std::fs::read_to_string("/proc/cmdline").unwrap_or_default();
        Self {
            asked,
            wake,
            shared,
            said,
            levels,
            verdicts,
            settings,
            policies,
            trials: Trials::default(),
            off: Off::default(),
            boot: is_off_by_boot(&line),
            seen: Seen::default(),
        }
    }

    fn say(&self, notice: GuardNotice) {
        let _ = self.said.send(notice);
    }

    /// Has policies take hold for the first time.
    ///
    /// # Errors
    /// When they cannot.
    pub(super) fn begin(&mut self) -> Result<(), String> {
        match Trials::read(&self.settings.state) {
            Ok(trials) => self.trials = trials,
            Err(error) => self.say(GuardNotice::StateFails(error.to_string())),
        }
        if self.boot {
            self.say(GuardNotice::OffByBoot);
        }
        self.off.switched = self.trials.off();
        if self.off.switched.is_some() {
            self.say(GuardNotice::SwitchedOff);
        }
        self.look_at_glass();
        self.load()?;
        self.look();
        Ok(())
    }

    /// Looks after them until nobody can ask any more.
    pub(super) fn run(&mut self) {
        let mounts = File::open("/proc/self/mountinfo").ok();
        let mut ticked = Instant::now();
        loop {
            let left = TICK.saturating_sub(ticked.elapsed());
            let (changed, mounted) = self.wait(mounts.as_ref(), left);
            self.report_verdicts();
            loop {
                match self.asked.try_recv() {
                    Ok((command, answer)) => {
                        let _ = answer.send(self.obey(command));
                    }
                    Err(error) if error.is_disconnected() => return,
                    Err(_) => break,
                }
            }
            if mounted {
                let errors = self.levels.follow_mounts();
                self.say_unmarked(&errors);
            } else if changed {
                let errors = self.levels.follow();
                self.say_unmarked(&errors);
            }
            if ticked.elapsed() >= TICK {
                ticked = Instant::now();
                self.tick();
            }
        }
    }

    /// Passes on what the kernel decided, where the pipeline has not taken it already.
    fn report_verdicts(&self) {
        let drained = self.shared.drain(&mut |verdict| {
            if self.verdicts.try_send(verdict).is_err() {
                self.shared.lost.fetch_add(1, Ordering::Relaxed);
            }
        });
        if let Err(why) = drained {
            self.say(GuardNotice::Fails(why));
        }
    }

    /// Waits for something to do; whether folders changed, and mounts.
    fn wait(&self, mounts: Option<&File>, time: Duration) -> (bool, bool) {
        let mut fds = vec![PollFd::new(&*self.wake, PollFlags::IN)];
        let changes = self.levels.changes();
        fds.extend(changes.iter().map(|fd| PollFd::new(fd, PollFlags::IN)));
        fds.extend(mounts.map(|file| PollFd::from_borrowed_fd(file.as_fd(), PollFlags::PRI)));
        let mounts_at = fds.len() - 1;
        let rings = self.levels.rings();
        fds.extend(rings.iter().map(|ring| PollFd::from_borrowed_fd(ring.fd(), PollFlags::IN)));
        let time = rustix::event::Timespec {
            tv_sec: i64::try_from(time.as_secs()).unwrap_or(1),
            tv_nsec: time.subsec_nanos().into(),
        };
        let _ = poll(&mut fds, Some(&time));
        let is_ready = |at: usize| fds.get(at).is_some_and(|fd| !fd.revents().is_empty());
        let ready = (changes.is_some() && is_ready(1), mounts.is_some() && is_ready(mounts_at));
        let _ = rustix::io::read(&*self.wake, &mut [0_u8; 8]);
        ready
    }

    fn obey(&mut self, command: Command) -> Result<Vec<String>, String> {
        match command {
            Command::Load(policies, settings) => {
                let former = std::mem::replace(&mut self.policies, policies);
                let before = std::mem::replace(&mut self.settings, settings);
                self.load().map(|()| Vec::new()).inspect_err(|_| {
                    self.policies = former;
                    self.settings = before;
                })
            }
            Command::Confirm(policy) => {
                let confirmed = self.trials.confirm(policy.as_deref())?;
                self.keep()?;
                // Only now it may outlive the agent.
                self.take_hold()?;
                Ok(confirmed)
            }
            Command::Try(policy) => {
                self.trials.again(&policy, now(), self.settings.within)?;
                self.keep()?;
                self.take_hold()?;
                Ok(vec![policy])
            }
            Command::Switch(on) => {
                let was = self.off.switched.is_none();
                self.off.switched = (!on).then(|| self.off.switched.unwrap_or_else(now));
                self.trials.set_off(self.off.switched);
                // What must not deny does so at once, whether that can be kept or not.
                self.take_hold()?;
                if was != on {
                    self.say(if on { GuardNotice::SwitchedOn } else { GuardNotice::SwitchedOff });
                }
                self.keep()?;
                Ok(self.policies.wanted().map(|(wanted, _)| wanted.name).collect())
            }
        }
    }

    /// Begins trials of policies that are new, and has all take hold.
    fn load(&mut self) -> Result<(), String> {
        let most = self.settings.mode;
        let wanted: Vec<Wanted> = self
            .policies
            .wanted()
            .map(|(wanted, mode)| Wanted {
                enforces: limited(mode, most) == Mode::Enforce,
                ..wanted
            })
            .collect();
        let before = self.trials.clone();
        self.trials.load(&wanted, now(), self.settings.within);
        if let Err(why) = self.take_hold() {
            self.trials = before;
            return Err(why);
        }
        if self.trials != before
            && let Err(error) = self.trials.write(&self.settings.state)
        {
            self.say(GuardNotice::StateFails(error.to_string()));
        }
        let compiled = self.shared.compiled();
        let policies = compiled.iter().flat_map(|compiled| &compiled.policies);
        let count = |mode: Mode| policies.clone().filter(|policy| policy.mode == mode).count();
        self.say(GuardNotice::Guarding {
            enforcing: count(Mode::Enforce),
            shadowing: count(Mode::Shadow),
            levels: compiled.iter().flat_map(|compiled| levels_of(compiled)).collect(),
        });
        let waits = |wanted: &&Wanted| {
            matches!(self.trials.standing(&wanted.name), Some(Standing::Trying { .. }))
        };
        let policies: Vec<String> =
            wanted.iter().filter(waits).map(|wanted| wanted.name.clone()).collect();
        if let Some(until) = self.trials.next().filter(|_| !policies.is_empty()) {
            self.say(GuardNotice::Unconfirmed { policies, seconds: until.saturating_sub(now()) });
        }
        Ok(())
    }

    /// Compiles policies with the modes they have now, and has them decide.
    fn take_hold(&mut self) -> Result<(), String> {
        let is_off = self.why_off().is_some();
        let Self { trials, settings, policies, levels, .. } = self;
        let mode_of = |name: &str, mode: Mode| match limited(mode, settings.mode) {
            _ if is_off => Mode::Off,
            Mode::Enforce if !trials.enforces(name) => Mode::Shadow,
            mode => mode,
        };
        let is_confirmed = |name: &str| trials.is_confirmed(name);
        let generation = policies.compile(host(), &mode_of, &is_confirmed).map_err(|wrong| {
            wrong.first().map_or_else(String::new, |first| {
                first.to_string().lines().next().unwrap_or_default().to_owned()
            })
        })?;
        let shared = &self.shared;
        let errors = levels.switch(&generation, &settings.way_in, || {
            shared.set_compiled(Arc::clone(&generation.all));
        });
        shared.set_rings(levels.rings());
        shared.canary.store(levels.canary(), Ordering::Relaxed);
        let errors = errors?;
        if is_off {
            levels.off()?;
        }
        self.say_unmarked(&errors);
        self.publish();
        Ok(())
    }

    /// Why nothing is denied now.
    fn why_off(&self) -> Option<String> {
        let at = |seconds: u64| time(std::time::UNIX_EPOCH + Duration::from_secs(seconds));
        if self.boot {
            return Some("the boot parameter peregrine.guard=off".to_owned());
        }
        let glass =
            self.off.glass.map(|until| format!("a token of break-glass until {}", at(until)));
        let switched =
            self.off.switched.map(|since| format!("`peregrine guard off` since {}", at(since)));
        glass.or(switched)
    }

    fn keep(&self) -> Result<(), String> {
        let kept = self.trials.write(&self.settings.state);
        kept.map_err(|error| {
            format!("it holds, but not after a restart: {}: {error}", self.settings.state.display())
        })
    }

    /// What is done each second.
    fn tick(&mut self) {
        let fell = self.trials.fall_back(now());
        let glass = self.look_at_glass();
        if (!fell.is_empty() || glass)
            && let Err(why) = self.take_hold()
        {
            self.say(GuardNotice::Fails(why));
        }
        if !fell.is_empty()
            && let Err(error) = self.trials.write(&self.settings.state)
        {
            self.say(GuardNotice::StateFails(error.to_string()));
        }
        for policy in fell {
            self.say(GuardNotice::FellBack { policy });
        }
        let (refreshed, lost) = self.levels.refresh();
        if let Err(why) = refreshed {
            self.say_once(why);
        }
        self.shared.lost.fetch_add(lost.records, Ordering::Relaxed);
        if lost.processes > 0 {
            self.say(GuardNotice::Fails(format!(
                "{} processes do not fit into the table: what they are is not known",
                lost.processes
            )));
        }
        self.look();
        self.publish();
    }

    /// What is wrong each second is said once.
    fn say_once(&mut self, why: String) {
        if self.seen.fails.as_ref() != Some(&why) {
            self.say(GuardNotice::Fails(why.clone()));
            self.seen.fails = Some(why);
        }
    }

    /// Tries what policies rely on, and says what changed.
    fn look(&mut self) {
        for notice in self.levels.look() {
            self.say(notice);
        }
        self.shared.canary.store(self.levels.canary(), Ordering::Relaxed);
        let late = self.levels.late();
        if late > self.seen.late {
            self.say(GuardNotice::Late { openers: late - self.seen.late });
        }
        self.seen.late = late;
        let lost = self.shared.lost.load(Ordering::Relaxed);
        if lost > self.seen.lost {
            self.say(GuardNotice::VerdictsLost { lost: lost - self.seen.lost });
        }
        self.seen.lost = lost;
    }

    /// Reads the token; whether something changed.
    fn look_at_glass(&mut self) -> bool {
        let (glass, key) = (&self.settings.glass, &self.settings.key);
        let host = peregrine_hostinfo::hostname();
        let (until, why) = match Token::until(glass, key, &host, now()) {
            Ok(until) => (until, None),
            Err(error) => (None, Some(error.to_string())),
        };
        if why != self.seen.token
            && let Some(why) = &why
        {
            self.say(GuardNotice::BadToken(why.clone()));
        }
        self.seen.token = why;
        let former = std::mem::replace(&mut self.off.glass, until);
        match (former, until) {
            (None, Some(until)) => self.say(GuardNotice::GlassBroken { until }),
            (Some(_), None) => self.say(GuardNotice::GlassWhole),
            _ => {}
        }
        former.is_some() != until.is_some()
    }

    fn say_unmarked(&mut self, errors: &[String]) {
        let first = errors.first().cloned();
        if first != self.seen.unmarked
            && let Some(first) = &first
        {
            self.say(GuardNotice::Unmarked { first: first.clone(), count: errors.len() });
        }
        self.seen.unmarked = first;
    }

    /// Has others see how policies are doing.
    fn publish(&self) {
        let compiled = self.shared.compiled();
        let known = compiled.iter().flat_map(|compiled| &compiled.policies);
        let mut status = peregrine_control::GuardStatus {
            off: self.why_off(),
            policies: Vec::new(),
            canaries: self.levels.canaries(),
            late: self.levels.late(),
            lost: 0,
        };
        for (wanted, mode) in self.policies.wanted() {
            let policy = known.clone().find(|policy| policy.name == wanted.name);
            let until = match self.trials.standing(&wanted.name) {
                Some(Standing::Trying { until }) => {
                    Some(time(std::time::UNIX_EPOCH + Duration::from_secs(until)))
                }
                _ => None,
            };
            status.policies.push(peregrine_control::PolicyStatus {
                name: wanted.name.clone(),
                mode: policy.map_or(Mode::Off, |policy| policy.mode).name().to_owned(),
                wanted: mode.name().to_owned(),
                action: policy.map_or(Action::Deny, |policy| policy.action).name().to_owned(),
                confirm_until: until,
                acts: policy.map_or_else(Vec::new, |policy| self.levels.acts(policy)),
                denied: 0,
                would_deny: 0,
                last: None,
            });
        }
        *locked(&self.shared.status) = status;
    }
}

/// Each act that is decided about, with its level.
fn levels_of(compiled: &Compiled) -> Vec<String> {
    let mut levels: Vec<String> = Vec::new();
    for act in compiled.policies.iter().flat_map(|policy| &policy.acts) {
        let text = format!("{} {}", act.act.name(), act.level.name());
        if !levels.contains(&text) {
            levels.push(text);
        }
    }
    levels
}
