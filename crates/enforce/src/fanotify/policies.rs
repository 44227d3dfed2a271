//! Policies whose acts are decided here: what is known of the opener and of what it opens, and the program of the
//! act.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use peregrine_guard::layout::{
    ANCESTORS, CommMarks, END, FLAGS, Facts, MATCH, OBJECT, OBJECT_WORDS, PARENT, PathMarks,
    SUBJECT, flag, needs,
};
use peregrine_guard::{Act, Action, Compiled, CompiledPolicy, Level, Mode, PathKind};
use rustix::process::{Pid, Signal, kill_process};

use super::attempt::{Access, Attempt, Identity};
use super::opener::{self, Process, Users};
use super::{Decide, Decision, Number, Places, Protected, Reach};
use crate::verdict::{Object, Verdict};

/// How many processes above one are looked at.
const ANCESTORS_MOST: usize = 64;

/// The container of a thread by its control groups, as `/proc/TID/cgroup` has them.
pub type ContainerOf = fn(&[u8]) -> Option<String>;

/// Takes verdicts; it must not wait.
pub type Report = Arc<dyn Fn(Verdict) + Send + Sync>;

/// Decides by compiled policies.
pub struct Policies {
    tables: RwLock<Arc<Tables>>,
    places: RwLock<Arc<RwLock<Places>>>,
    container_of: ContainerOf,
    report: Report,
}

impl std::fmt::Debug for Policies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policies").finish_non_exhaustive()
    }
}

/// One generation, looked up by what is found.
struct Tables {
    compiled: Arc<Compiled>,
    comms: HashMap<Vec<u8>, CommMarks>,
    last_components: HashMap<Vec<u8>, [u64; OBJECT_WORDS]>,
    way_in: Vec<(Identity, PathBuf)>,
}

/// What fanotify is to look at for a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The paths, by the number they have in [`Compiled::paths`].
    pub protected: Vec<Protected>,
    /// Whether the start of programs is decided about.
    pub programs: bool,
}

/// What fanotify is to look at for these policies; none where it decides nothing.
pub fn watched(compiled: &Compiled) -> Option<Watched> {
    let decides = |act: Act| {
        let mut acts = compiled.policies.iter().flat_map(|policy| &policy.acts);
        acts.any(|one| one.act == act && one.level == Level::Fanotify)
    };
    let (opens, programs) = (decides(Act::Open), decides(Act::Exec));
    let asked = if opens { asked_objects(compiled, Act::Open) } else { [0; OBJECT_WORDS] };
    let protected = compiled.paths.iter().map(|mark| Protected {
        path: PathBuf::from(OsStr::from_bytes(&mark.path)),
        reach: match mark.kind {
            PathKind::Exact => Reach::Exact,
            PathKind::Below => Reach::Below,
            PathKind::ChildrenOf => Reach::In,
        },
        opens: mark.marks.object.iter().zip(asked).any(|(sets, asked)| sets & asked != 0),
    });
    (opens || programs).then(|| Watched { protected: protected.collect(), programs })
}

/// The sets of objects that the program of an act asks for.
fn asked_objects(compiled: &Compiled, act: Act) -> [u64; OBJECT_WORDS] {
    let mut asked = [0; OBJECT_WORDS];
    let Some(entry) = compiled.acts.get(act as usize) else { return asked };
    let mut seen = vec![false; compiled.steps.len()];
    let mut ways = vec![entry.all];
    while let Some(at) = ways.pop() {
        let place = usize::from(at);
        let (false, Some(step)) = (at & MATCH != 0, compiled.steps.get(place)) else { continue };
        if std::mem::replace(&mut seen[place], true) {
            continue;
        }
        let word = usize::from(step.word).wrapping_sub(OBJECT);
        if let Some(asked) = asked.get_mut(word) {
            *asked |= step.mask;
        }
        ways.extend([step.yes, step.no]);
    }
    asked
}

impl Policies {
    /// Those of one generation. `way_in`: programs that no policy denies anything, but for those that say so.
    pub fn new(
        compiled: Arc<Compiled>,
        way_in: &[PathBuf],
        container_of: ContainerOf,
        report: Report,
    ) -> Self {
        let tables = RwLock::new(Arc::new(Tables::new(compiled, way_in)));
        Self { tables, places: RwLock::default(), container_of, report }
    }

    /// Looks up where files are from now on.
    pub fn look_up_in(&self, places: Arc<RwLock<Places>>) {
        *self.places.write().unwrap_or_else(PoisonError::into_inner) = places;
    }

    /// Decides by others from now on: to be called in the instant in which the numbers of places become theirs.
    pub fn replace(&self, compiled: Arc<Compiled>, way_in: &[PathBuf]) {
        let next = Arc::new(Tables::new(compiled, way_in));
        *self.tables.write().unwrap_or_else(PoisonError::into_inner) = next;
    }

    fn tables(&self) -> Arc<Tables> {
        Arc::clone(&self.tables.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The places, locked, with the generation whose numbers they have.
    fn with<T>(&self, work: impl FnOnce(&Places, &Tables) -> T) -> T {
        let places = Arc::clone(&self.places.read().unwrap_or_else(PoisonError::into_inner));
        let places = places.read().unwrap_or_else(PoisonError::into_inner);
        work(&places, &self.tables())
    }

    fn decide_by(&self, attempt: &Attempt<'_>, places: &Places, tables: &Tables) -> Decision {
        let compiled = &tables.compiled;
        let act = if attempt.exec { Act::Exec } else { Act::Open };
        let Some(entry) = compiled.acts.get(act as usize).filter(|entry| entry.all != END) else {
            return Decision::Pass;
        };
        let seen = Seen { places, tables, tid: attempt.tid };
        let mut facts = Facts::default();
        seen.object(attempt, entry.needs, &mut facts);
        // What costs least comes first: most openers end here.
        if !facts.has_object() && entry.no_object == END {
            return Decision::Pass;
        }
        if act == Act::Open {
            let access = attempt.access();
            // A program that starts is decided about as such, not because its file is opened for that.
            if access.exec {
                return Decision::Pass;
            }
            facts.flag(flags_of(access));
        }
        seen.subject(entry.needs, self.container_of, &mut facts);
        let Some(number) = compiled.decide(act, &facts) else { return Decision::Pass };
        let Some(policy) = compiled.policies.get(number) else { return Decision::Pass };
        let is_here =
            |one: &peregrine_guard::PolicyAct| one.act == act && one.level == Level::Fanotify;
        if !policy.acts.iter().any(is_here) || seen.may_always(policy) {
            return Decision::Pass;
        }
        if policy.mode == Mode::Off {
            return Decision::Pass;
        }
        let verdict = verdict(attempt, policy, act, facts.words[FLAGS]);
        if policy.mode == Mode::Enforce && policy.action != Action::Deny {
            end_processes(&verdict);
        }
        Decision::Matched(Box::new(verdict))
    }
}

impl Decide for Policies {
    fn decide(&self, attempt: &Attempt<'_>) -> Decision {
        self.with(|places, tables| self.decide_by(attempt, places, tables))
    }

    fn answered(&self, verdict: Verdict) {
        (self.report)(verdict);
    }
}

/// Ends the process of a verdict, and of a tree all that descend from it: as long as it waits, or has stopped, its number
/// is nobody else's. At P3 it goes on meanwhile: who has the number is ended if it started before the verdict.
pub fn end_processes(verdict: &Verdict) {
    let goes_on = verdict.level == Level::Cgroup;
    if goes_on && opener::started(verdict.pid).is_none_or(|start| start > verdict.time_ns) {
        return;
    }
    let mut ends = vec![verdict.pid];
    if verdict.action == Action::KillTree {
        let processes = opener::parents();
        let mut at = 0;
        while let Some(parent) = ends.get(at).copied() {
            ends.extend(
                processes.iter().filter(|(_, above)| *above == parent).map(|(pid, _)| *pid),
            );
            at += 1;
        }
    }
    for pid in ends {
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// What is reported of an attempt: once it is answered nothing of it may be left.
fn verdict(attempt: &Attempt<'_>, policy: &CompiledPolicy, act: Act, flags: u64) -> Verdict {
    let users = Users::of(attempt.tid).unwrap_or_default();
    let path = || attempt.path().map(|path| path.into_os_string().into_encoded_bytes());
    let object = attempt.file().ok().map(|file| Object {
        dev: file.identity.dev,
        ino: file.identity.ino,
        path: path().unwrap_or_default(),
    });
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Verdict {
        time_ns: u64::try_from(now.as_nanos()).unwrap_or(u64::MAX),
        act,
        policy: policy.id,
        action: policy.action,
        mode: policy.mode,
        level: Level::Fanotify,
        late: false,
        pid: users.pid,
        tid: attempt.tid,
        uid: users.uid,
        comm: Process::of(attempt.tid).unwrap_or_default().comm,
        object,
        address: None,
        flags,
    }
}

impl Tables {
    fn new(compiled: Arc<Compiled>, way_in: &[PathBuf]) -> Self {
        let way_in = way_in.iter().filter_map(|path| {
            let real = path.canonicalize().ok()?;
            Some((Identity::at(&real).ok()?, real))
        });
        Self {
            comms: compiled.comms.iter().cloned().collect(),
            last_components: compiled.last_components.iter().cloned().collect(),
            way_in: way_in.collect(),
            compiled,
        }
    }
}

fn flags_of(access: Access) -> u64 {
    let bits = [
        (access.read, flag::READ),
        (access.write, flag::WRITE),
        (access.create, flag::CREATE),
        (access.truncate, flag::TRUNCATE),
        (access.append, flag::APPEND),
    ];
    bits.iter().filter(|(is, _)| *is).fold(0, |all, (_, bit)| all | bit)
}

/// An opener, seen by one generation.
struct Seen<'g> {
    places: &'g Places,
    tables: &'g Tables,
    tid: u32,
}

impl Seen<'_> {
    /// The marks of the protected paths that a file is at.
    fn marks(&self, file: Identity, path: Option<&Path>, each: &mut dyn FnMut(&PathMarks)) {
        self.places.look_up(file, path, &mut |number: Number| {
            if let Some(mark) = self.tables.compiled.paths.get(number as usize) {
                each(&mark.marks);
            }
        });
    }

    fn object(&self, attempt: &Attempt<'_>, wanted: u32, facts: &mut Facts) {
        let Ok(file) = attempt.file() else { return };
        let kind = match file.mode & libc::S_IFMT {
            libc::S_IFREG => flag::REGULAR,
            libc::S_IFDIR => flag::DIRECTORY,
            libc::S_IFBLK | libc::S_IFCHR => flag::DEVICE,
            _ => 0,
        };
        facts.flag(kind);
        let path = attempt.path().ok();
        if path.as_ref().is_none_or(|path| path.starts_with("/memfd:")) {
            facts.flag(flag::MEMFD);
        }
        if wanted & needs::OBJECT != 0 {
            self.marks(file.identity, path.as_deref(), &mut |marks| facts.object(&marks.object));
        }
        let name = path.as_ref().and_then(|path| path.file_name());
        if wanted & needs::COMPONENTS != 0
            && let Some(sets) =
                name.and_then(|name| self.tables.last_components.get(name.as_bytes()))
        {
            facts.object(sets);
        }
    }

    fn subject(&self, wanted: u32, container_of: ContainerOf, facts: &mut Facts) {
        let needs = |bits: u32| wanted & bits != 0;
        let process = Process::of(self.tid).unwrap_or_default();
        if process.kernel_thread {
            facts.flag(flag::KERNEL_THREAD);
        }
        if process.tty {
            facts.flag(flag::TTY);
        }
        if let Some(marks) = self.tables.comms.get(&process.comm) {
            facts.add(SUBJECT, &marks.subject);
        }
        if needs(needs::EXE) {
            self.program(self.tid, &mut |marks| facts.add(SUBJECT, &marks.exe));
        }
        let compiled = &self.tables.compiled;
        if needs(needs::UID | needs::GID) {
            let users = Users::of(self.tid).unwrap_or_default();
            for (_, sets) in compiled.uids.iter().filter(|(uid, _)| *uid == users.uid) {
                facts.add(SUBJECT, sets);
            }
            for (_, sets) in compiled.gids.iter().filter(|(gid, _)| *gid == users.gid) {
                facts.add(SUBJECT, sets);
            }
        }
        if needs(needs::LOGINUID) {
            let user = opener::loginuid(self.tid);
            for (_, sets) in compiled.loginuids.iter().filter(|(uid, _)| *uid == user) {
                facts.add(SUBJECT, sets);
            }
        }
        if needs(needs::CGROUP | needs::CONTAINER) {
            let container = container_of(&opener::cgroups(self.tid));
            facts.flag(if container.is_some() { flag::CONTAINER } else { flag::HOST });
            let id = container.as_deref().unwrap_or("host");
            for (_, sets) in compiled.containers.iter().filter(|(own, _)| own == id) {
                facts.add(SUBJECT, sets);
            }
        }
        if needs(needs::PARENT | needs::ANCESTORS) {
            self.above(process.parent, needs(needs::ANCESTORS), facts);
        }
    }

    /// The processes above one.
    fn above(&self, parent: u32, all: bool, facts: &mut Facts) {
        let mut pid = parent;
        for step in 0..if all { ANCESTORS_MOST } else { 1 } {
            let Some(process) = Process::of(pid).filter(|_| pid != 0) else { break };
            if let Some(marks) = self.tables.comms.get(&process.comm) {
                facts.add(ANCESTORS, &marks.ancestors);
                facts.add(PARENT, &[if step == 0 { marks.parent } else { 0 }]);
            }
            self.program(pid, &mut |marks| {
                facts.add(ANCESTORS, &marks.ancestors);
                facts.add(PARENT, &[if step == 0 { marks.parent } else { 0 }]);
            });
            pid = process.parent;
        }
    }

    fn program(&self, pid: u32, each: &mut dyn FnMut(&PathMarks)) {
        if let Some((file, path)) = opener::program(pid) {
            self.marks(file, Some(&path), each);
        }
    }

    /// Whether this policy denies the opener nothing, whatever it says.
    fn may_always(&self, policy: &CompiledPolicy) -> bool {
        let process = Process::of(self.tid).unwrap_or_default();
        if process.kernel_thread || Users::of(self.tid).is_some_and(|users| users.pid == 1) {
            return true;
        }
        let is_way_in = |(file, path): &(Identity, PathBuf)| {
            self.tables.way_in.iter().any(|(own, at)| own == file || at == path)
        };
        !policy.even_the_way_in && opener::program(self.tid).as_ref().is_some_and(is_way_in)
    }
}
