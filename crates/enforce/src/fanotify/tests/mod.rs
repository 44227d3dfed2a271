//! Acts of other processes, and what became of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use peregrine_guard::{Act, Action, Level, Mode};
use peregrine_testkit::{Folder, root};

use super::*;
use crate::Verdict;

mod policies;

/// Denies every file of a protected path, and programs of protected names; counts.
#[derive(Debug)]
struct DenyAll {
    places: RwLock<Option<Arc<RwLock<Places>>>>,
    denied: AtomicU64,
    late: AtomicU64,
}

impl DenyAll {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            places: RwLock::new(None),
            denied: AtomicU64::new(0),
            late: AtomicU64::new(0),
        })
    }
}

impl Decide for DenyAll {
    fn decide(&self, attempt: &Attempt<'_>) -> Decision {
        let mut found = None;
        let (Ok(file), path) = (attempt.file(), attempt.path().ok()) else {
            return Decision::Pass;
        };
        if let Some(places) = &*self.places.read().unwrap() {
            places.read().unwrap().look_up(file.identity, path.as_deref(), &mut |number| {
                found = Some(number);
            });
        }
        found.map_or(Decision::Pass, |_| Decision::Matched(Box::new(denied(attempt.tid))))
    }

    fn answered(&self, verdict: Verdict) {
        let count = if verdict.late { &self.late } else { &self.denied };
        count.fetch_add(1, Ordering::SeqCst);
    }
}

/// A verdict of a policy of its own.
fn denied(tid: u32) -> Verdict {
    Verdict {
        time_ns: 0,
        act: Act::Open,
        policy: 0,
        action: Action::Deny,
        mode: Mode::Enforce,
        level: Level::Fanotify,
        late: false,
        pid: tid,
        tid,
        uid: 0,
        comm: Vec::new(),
        object: None,
        address: None,
        flags: 0,
    }
}

/// A group that denies these paths.
fn denying(protected: &[(&Path, Reach)]) -> (Fanotify, Arc<DenyAll>) {
    let decide = DenyAll::new();
    let mut group = Fanotify::start(Arc::clone(&decide) as Arc<dyn Decide>).unwrap();
    *decide.places.write().unwrap() = Some(group.places());
    let protected = protected.iter().map(|(path, reach)| Protected {
        path: path.to_path_buf(),
        reach: *reach,
        opens: true,
    });
    let errors = group.protect(protected.collect(), || {});
    assert!(errors.is_empty(), "{errors:?}");
    (group, decide)
}

/// What another process reads of a file; nothing where it may not.
fn read(path: &Path) -> Option<String> {
    let out = Command::new("cat").arg(path).stderr(Stdio::null()).output().unwrap();
    out.status.success().then(|| String::from_utf8(out.stdout).unwrap())
}

fn can(test: &str) -> bool {
    root(test) && is_possible().is_ok()
}

fn place(test: &str) -> Option<(Folder, PathBuf)> {
    can(test).then(|| {
        let folder = Folder::new("fanotify");
        let path = folder.path().canonicalize().unwrap();
        (folder, path)
    })
}

#[test]
fn a_protected_file_is_read_by_no_way_to_it() {
    let Some((_folder, at)) = place("a_protected_file_is_read_by_no_way_to_it") else { return };
    for folder in ["secret", "open", "bound"] {
        fs::create_dir(at.join(folder)).unwrap();
    }
    let file = at.join("secret/file");
    fs::write(&file, "secret").unwrap();
    fs::write(at.join("secret/other"), "other").unwrap();
    fs::hard_link(&file, at.join("open/linked")).unwrap();
    std::os::unix::fs::symlink(&file, at.join("open/symbolic")).unwrap();
    let (group, decide) = denying(&[(&file, Reach::Exact)]);
    group.prove().unwrap();
    for way in ["secret/file", "open/linked", "open/symbolic", "secret/../secret/file"] {
        assert_eq!(read(&at.join(way)), None, "{way}");
    }
    assert_eq!(read(&at.join("secret/other")).as_deref(), Some("other"));
    // It is not written either, and the agent itself reads it.
    let written = format!("echo changed > {}", file.display());
    let shell = Command::new("sh").args(["-c", &written]).stderr(Stdio::null()).status().unwrap();
    assert!(!shell.success());
    assert_eq!(fs::read_to_string(&file).unwrap(), "secret");
    // A file that is renamed over it is protected at once; one that went elsewhere is free.
    for number in 0..100 {
        fs::write(at.join("secret/next"), format!("next {number}")).unwrap();
        fs::rename(at.join("secret/next"), &file).unwrap();
        assert_eq!(read(&file), None, "replaced {number} times");
    }
    assert_eq!(decide.denied.load(Ordering::SeqCst), 105);
    assert_eq!((group.late(), decide.late.load(Ordering::SeqCst)), (0, 0));
    drop(group);
    assert_eq!(read(&file).as_deref(), Some("next 99"));
}

#[test]
fn what_lies_below_a_folder_is_protected_however_it_came_there() {
    let name = "what_lies_below_a_folder_is_protected_however_it_came_there";
    let Some((_folder, at)) = place(name) else { return };
    let top = at.join("top");
    fs::create_dir_all(top.join("a/b")).unwrap();
    fs::create_dir(at.join("elsewhere")).unwrap();
    fs::write(top.join("a/b/deep"), "deep").unwrap();
    fs::hard_link(top.join("a/b/deep"), at.join("elsewhere/linked")).unwrap();
    fs::write(at.join("elsewhere/file"), "free").unwrap();
    let (mut group, _) = denying(&[(&top, Reach::Below)]);
    assert_eq!(read(&top.join("a/b/deep")), None);
    assert_eq!(read(&at.join("elsewhere/linked")), None);
    assert_eq!(read(&at.join("elsewhere/file")).as_deref(), Some("free"));
    // A new file at once, what is in a new folder once it was followed.
    fs::write(top.join("a/new"), "new").unwrap();
    assert_eq!(read(&top.join("a/new")), None);
    fs::create_dir_all(top.join("c/d")).unwrap();
    fs::write(top.join("c/d/file"), "file").unwrap();
    let (followed, errors) = group.follow();
    assert_eq!((followed, errors.len()), (1, 0), "{errors:?}");
    assert_eq!(read(&top.join("c/d/file")), None);
    // The whole folder is replaced.
    fs::rename(&top, at.join("former")).unwrap();
    fs::create_dir(&top).unwrap();
    fs::write(top.join("again"), "again").unwrap();
    group.follow();
    assert_eq!(read(&top.join("again")), None);
    assert_eq!(read(&at.join("former/a/new")).as_deref(), Some("new"));
}

#[test]
fn a_protected_path_need_not_be_there_yet() {
    let Some((_folder, at)) = place("a_protected_path_need_not_be_there_yet") else { return };
    let path = at.join("home/.ssh/authorized_keys");
    let (mut group, _) = denying(&[(&path, Reach::Exact)]);
    fs::create_dir_all(at.join("home/.ssh")).unwrap();
    group.follow();
    fs::write(&path, "key").unwrap();
    assert_eq!(read(&path), None);
}

#[test]
fn other_paths_take_the_place_of_those_protected() {
    let Some((_folder, at)) = place("other_paths_take_the_place_of_those_protected") else {
        return;
    };
    for name in ["one", "two"] {
        fs::create_dir(at.join(name)).unwrap();
        fs::write(at.join(name).join("file"), name).unwrap();
    }
    let (one, two) = (at.join("one/file"), at.join("two/file"));
    let (mut group, _) = denying(&[(&one, Reach::Exact)]);
    assert_eq!((read(&one), read(&two).as_deref()), (None, Some("two")));
    let next = Protected { path: two.clone(), reach: Reach::Exact, opens: true };
    let errors = group.protect(vec![next], || {});
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!((read(&one).as_deref(), read(&two)), (Some("one"), None));
}

/// The environment of the other process: the file that it denies.
const DENIES: &str = "PEREGRINE_TEST_FANOTIFY_DENIES";

/// Not a test of its own: what the tests below start in another process, which they stop and kill.
#[test]
fn the_agent_of_other_tests() {
    let Some(file) = std::env::var_os(DENIES) else { return };
    let (group, _) = denying(&[(Path::new(&file), Reach::Exact)]);
    fs::write(Path::new(&file).with_extension("ready"), group.watchdog().to_string()).unwrap();
    loop {
        std::thread::park();
    }
}

/// Another process that denies a file, and its watchdog's number.
struct OtherAgent(Child, u32);

impl OtherAgent {
    fn start(file: &Path) -> Self {
        let test = "fanotify::tests::the_agent_of_other_tests";
        let child = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env(DENIES, file)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let ready = file.with_extension("ready");
        until("the other agent is ready", || {
            fs::read_to_string(&ready).is_ok_and(|text| !text.is_empty())
        });
        let watchdog = fs::read_to_string(&ready).unwrap().parse().unwrap();
        Self(child, watchdog)
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, signal).unwrap();
    }
}

impl Drop for OtherAgent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How often a file could be opened and could not, each millisecond for so many of them, and the longest time that
/// took, in milliseconds.
fn attempts(file: &Path, millis: u128) -> (u64, u64, u128) {
    let begin = Instant::now();
    let (mut opened, mut denied, mut longest) = (0, 0, 0);
    while begin.elapsed().as_millis() < millis {
        let at = Instant::now();
        match fs::File::open(file) {
            Ok(_) => opened += 1,
            Err(_) => denied += 1,
        }
        longest = longest.max(at.elapsed().as_millis());
        std::thread::sleep(Duration::from_millis(1));
    }
    (opened, denied, longest)
}

#[test]
fn nobody_waits_for_an_agent_that_is_stopped_or_killed() {
    let name = "nobody_waits_for_an_agent_that_is_stopped_or_killed";
    let Some((_folder, at)) = place(name) else { return };
    let file = at.join("file");
    fs::write(&file, "secret").unwrap();
    let agent = OtherAgent::start(&file);
    let (opened, _, _) = attempts(&file, 50);
    assert_eq!(opened, 0, "it is denied");
    agent.signal(rustix::process::Signal::STOP);
    let (opened, _, stopped) = attempts(&file, 500);
    assert!(opened > 0, "who may not wait goes on");
    agent.signal(rustix::process::Signal::CONT);
    // It decides again, by itself: what was read before it was stopped is answered at most once more.
    until("the agent decides again", || fs::File::open(&file).is_err());
    let (opened, _, _) = attempts(&file, 50);
    assert_eq!(opened, 0, "it is denied again");
    let watchdog = format!("/proc/{}", agent.1);
    assert!(Path::new(&watchdog).exists());
    let killing = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        drop(agent);
    });
    let (opened, denied, killed) = attempts(&file, 300);
    killing.join().unwrap();
    assert!(denied > 0 && opened > 0, "{denied} {opened}");
    until("the watchdog ends", || !Path::new(&watchdog).exists());
    println!("longest open: {stopped} ms while it is stopped, {killed} ms while it is killed");
    // What is aimed at is 100 ms; a machine under load may take longer to wake somebody up.
    assert!(stopped.max(killed) < 1000, "{stopped} {killed}");
}

#[test]
fn a_watchdog_that_was_killed_is_replaced() {
    let Some((_folder, at)) = place("a_watchdog_that_was_killed_is_replaced") else { return };
    let file = at.join("file");
    fs::write(&file, "secret").unwrap();
    let (mut group, _) = denying(&[(&file, Reach::Exact)]);
    assert!(!group.look_after().unwrap());
    let former = group.watchdog();
    let pid = rustix::process::Pid::from_raw(former.cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    until("it is replaced", || group.look_after().unwrap());
    assert_ne!(group.watchdog(), former);
    assert_eq!(read(&file), None);
}

/// Waits until something holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(30), "{what}: waited 30 s");
        std::thread::sleep(Duration::from_millis(2));
    }
}
