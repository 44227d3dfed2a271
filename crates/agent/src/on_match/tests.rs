//! What captures hold, where they begin and end, and what becomes of those that cannot be written.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel, sync_channel};

use peregrine_event::{Event, EventBuilder, EventType};
use peregrine_scap::{Item, Reader};
use peregrine_state::{Limits, NoHostInfo, State};
use peregrine_testkit::Folder;
use peregrine_testkit::events::Dice;

use super::batch::{Batch, Change, Kind, Match};
use super::feed::{Feed, QUEUED};
use super::writer::Writer;
use super::*;
use crate::capture::Window;
use crate::capture::replay::{Replay, replay};
use crate::generation::Generation;
use crate::record::Beginning;

/// Nanoseconds of a second.
const SECOND: u64 = 1_000_000_000;

fn settings(folder: &Folder) -> Settings {
    Settings {
        path_prefix: folder.path().join("cap"),
        all_rules: true,
        duration: 2 * SECOND,
        max_size: None,
        before: 0,
        ring_bytes: 1 << 20,
        limits: Limits::default(),
        live: false,
    }
}

/// A thread changes its working directory to one of this number.
fn chdir(number: u64, ts: u64) -> Vec<u8> {
    let event = EventBuilder::new(EventType::SYSCALL_CHDIR_X, ts, 7).i64(0);
    event.str(format!("/{number}").as_bytes()).finish()
}

fn beginning() -> Beginning {
    let machine = peregrine_scap::Machine { cpus: 3, hostname: "h".to_owned(), boot_ns: 1 };
    Beginning { machine, interfaces: Vec::new(), accounts: Vec::new() }
}

/// A thread that writes captures, without a thread: its batches are taken at once.
struct Scene {
    folder: Folder,
    writer: Writer,
    shared: Arc<Shared>,
}

impl Scene {
    fn new(name: &str, set: impl FnOnce(&mut Settings)) -> Self {
        let folder = Folder::new(name);
        let mut settings = settings(&folder);
        set(&mut settings);
        let shared = Arc::new(Shared::default());
        let writer = Writer::new(settings, Arc::clone(&shared));
        Self { folder, writer, shared }
    }

    /// Events with these numbers, one a second, of which some match; those from `held_from` on may yet.
    fn events(&mut self, nums: std::ops::Range<u64>, matched: &[u64], held_from: u64) {
        let mut batch = Batch { held_from, ..Batch::default() };
        for num in nums {
            batch.record([&chdir(num, num * SECOND), &[]], num, 1, Kind::Event);
        }
        batch.matches = matched.iter().map(|num| a_match(*num)).collect();
        self.writer.take(batch);
    }

    fn notices(&self) -> Vec<CaptureNotice> {
        std::mem::take(&mut *self.shared.notices.lock().unwrap())
    }

    /// The names of files, each with the numbers of the folders that its events change to.
    fn files(&self) -> Vec<(String, Vec<u64>)> {
        let mut names: Vec<_> =
            std::fs::read_dir(self.folder.path()).unwrap().map(|one| one.unwrap().path()).collect();
        names.sort();
        names.iter().map(|path| (name_of(path), shown(path))).collect()
    }

    /// Ends everything; the same of all files.
    fn end(mut self) -> Vec<(String, Vec<u64>)> {
        self.end_writing();
        self.files()
    }

    fn end_writing(&mut self) {
        let (to, batches) = sync_channel(1);
        drop(to);
        let idle = Writer::new(settings(&self.folder), Arc::default());
        std::mem::replace(&mut self.writer, idle).run(&batches);
    }
}

fn a_match(num: u64) -> Match {
    let beginning = Some(Box::new(beginning()));
    Match { num, ts: num * SECOND, duration: 2 * SECOND, beginning }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// The folders that the shown events of a file change to, by number.
fn shown(path: &Path) -> Vec<u64> {
    let mut reader = Reader::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut numbers = Vec::new();
    while let Some(item) = reader.next_item().unwrap() {
        if let Item::Event { state_only: false, record, cpu } = item {
            let event = Event::parse(1, &record).unwrap();
            let folder = String::from_utf8_lossy(event.view.str(1).unwrap()).into_owned();
            assert_eq!(cpu, 1);
            numbers.push(folder.split('/').nth(1).unwrap().parse().unwrap());
        }
    }
    numbers
}

/// What a file of ours is called.
fn file(num: u64) -> String {
    format!("cap_{:020}_{num:020}.scap", num * SECOND)
}

#[test]
fn a_file_goes_from_before_a_match_until_its_time_is_over() {
    let check =
        |before: u64, matched: &[u64], expected: &[(u64, std::ops::RangeInclusive<u64>)]| {
            // In one batch, and in one for each event.
            for step in [100, 1] {
                let mut scene = Scene::new("span", |settings| settings.before = before * SECOND);
                for first in (1..40).step_by(step) {
                    let last = (first + step as u64).min(40);
                    let of: Vec<u64> =
                        matched.iter().copied().filter(|num| (first..last).contains(num)).collect();
                    scene.events(first..last, &of, u64::MAX);
                }
                let expected: Vec<(String, Vec<u64>)> = expected
                    .iter()
                    .map(|(num, events)| (file(*num), events.clone().collect()))
                    .collect();
                assert_eq!(scene.end(), expected, "{before} s before {matched:?}, by {step}");
            }
        };
    check(0, &[], &[]);
    // The event at the end is part of it, as in Falco.
    check(0, &[10], &[(10, 10..=12)]);
    check(4, &[10], &[(10, 6..=12)]);
    check(4, &[2], &[(2, 1..=4)]);
    check(4, &[39], &[(39, 35..=39)]);
    // Later matches let it go on.
    check(3, &[10, 11, 12], &[(10, 7..=14)]);
    check(3, &[10, 12, 14, 16], &[(10, 7..=18)]);
    // No event is in two files.
    check(4, &[10, 14, 30], &[(10, 6..=12), (14, 13..=16), (30, 26..=32)]);
    check(0, &[10, 13], &[(10, 10..=12), (13, 13..=15)]);
}

#[test]
fn an_event_that_is_evaluated_later_is_in_its_file() {
    let mut scene = Scene::new("held", |_| {});
    scene.events(1..10, &[], 5);
    // 7 matched, but 5 may still.
    scene.events(10..12, &[7], 5);
    assert!(scene.files().is_empty());
    scene.events(12..13, &[5], u64::MAX);
    assert_eq!(scene.end(), [(file(5), (5..=9).collect())]);
}

#[test]
fn memory_is_bounded() {
    let mut scene = Scene::new("bounded", |settings| {
        (settings.before, settings.ring_bytes) = (u64::MAX, 10_000);
    });
    for num in 1..1000 {
        scene.events(num..num + 1, &[], 1);
        assert!(scene.shared.ring_bytes.load(std::sync::atomic::Ordering::Relaxed) <= 10_000);
    }
    scene.events(1000..1001, &[1000], u64::MAX);
    let files = scene.end();
    let [(name, events)] = &*files else { panic!("{files:?}") };
    assert_eq!(name, &file(1000));
    assert!(events.len() > 20 && events.ends_with(&[998, 999, 1000]), "{events:?}");
    // Where memory is short nothing is kept.
    let mut scene = Scene::new("shed", |settings| settings.before = u64::MAX);
    scene.events(1..10, &[], u64::MAX);
    scene.writer.take(Batch { shed: true, ..Batch::default() });
    scene.events(10..12, &[11], u64::MAX);
    assert_eq!(scene.end(), [(file(11), vec![10, 11])]);
}

#[test]
fn a_file_begins_with_the_state_before_its_first_event() {
    let mut scene = Scene::new("state", |settings| settings.before = SECOND);
    let mut batch = Batch::default();
    let task = born(7, 1);
    batch.record([&task, &[]], 1, 1, Kind::StateOnly);
    scene.writer.take(batch);
    scene.events(2..10, &[9], u64::MAX);
    let folder = scene.folder.path().to_owned();
    let name = file(9);
    let mut reader = Reader::new(std::fs::File::open(folder.join(&name)).unwrap()).unwrap();
    let mut state = State::new(Limits::default());
    let mut machine = None;
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            Item::Machine(found) => machine = Some(found),
            Item::Snapshot(record) => state.apply(&Event::parse(0, &record).unwrap(), &NoHostInfo),
            Item::Event { .. } => break,
            _ => {}
        }
    }
    assert_eq!(machine, Some(beginning().machine));
    let thread = state.thread(7).unwrap();
    // The file begins with event 8.
    assert_eq!(state.cwd(thread), b"/7");
    let mode = std::fs::metadata(folder.join(&name)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(scene.end(), [(name, vec![8, 9])]);
}

/// The return of a clone in a new process.
fn born(tid: i64, ts: u64) -> Vec<u8> {
    let mut block = EventBuilder::new(EventType::SYSCALL_CLONE_20_X, ts, tid);
    for param in 0..21 {
        block = match param {
            0 => block.bytes(&0_i64.to_le_bytes()),
            1 => block.bytes(b"sh\0"),
            3 | 4 | 18 | 19 => block.bytes(&tid.to_le_bytes()),
            5 => block.bytes(&1_i64.to_le_bytes()),
            _ => block.bytes(b""),
        };
    }
    block.finish()
}

#[test]
fn a_full_file_ends_and_a_match_that_does_not_fit_has_another() {
    let mut scene = Scene::new("full", |settings| settings.max_size = Some(1 << 20));
    let mut noise = Dice::new(7);
    for num in 1..600 {
        // Nothing to compress.
        let letters = (0..4000).map(|_| u8::try_from(97 + noise.roll(26)).unwrap());
        let path = [format!("/{num}/").into_bytes(), letters.collect()].concat();
        let event = EventBuilder::new(EventType::SYSCALL_CHDIR_X, num, 7).i64(0).str(&path);
        let mut batch = Batch::default();
        batch.record([&event.finish(), &[]], num, 1, Kind::Event);
        batch.matches = vec![Match { ts: num, ..a_match(num) }];
        scene.writer.take(batch);
    }
    let notices = scene.notices();
    let full: Vec<_> = notices
        .iter()
        .filter_map(|notice| match notice {
            CaptureNotice::Full { path, most, bytes } => Some((path, *most, *bytes)),
            _ => None,
        })
        .collect();
    // How many there are is a matter of how well the library compresses.
    assert!(!full.is_empty(), "{notices:?}");
    for (path, most, bytes) in &full {
        assert_eq!((*most, *bytes), (1 << 20, std::fs::metadata(path).unwrap().len()));
        assert!((900_000..=1 << 20).contains(bytes), "{bytes}");
    }
    let fulls = full.len();
    let files = scene.end();
    assert_eq!(files.len(), fulls + 1);
    let all: Vec<u64> = files.into_iter().flat_map(|(_, events)| events).collect();
    assert_eq!(all, (1..600).collect::<Vec<_>>());
}

#[test]
fn what_cannot_be_written_is_said_and_tried_again_later() {
    let mut scene = Scene::new("missing", |settings| {
        settings.path_prefix = settings.path_prefix.with_file_name("none").join("cap");
    });
    let missing = scene.folder.path().join("none");
    scene.events(1..6, &[2, 3, 4, 5], u64::MAX);
    let failed = |num: u64, why: &str| CaptureNotice::Failed {
        path: missing.join(file(num)),
        why: why.to_owned(),
    };
    let no_folder = "No such file or directory (os error 2)";
    // Once for all of them.
    assert_eq!(scene.notices(), [failed(2, no_folder)]);
    std::fs::create_dir(&missing).unwrap();
    scene.events(6..20, &[11, 12], u64::MAX);
    scene.events(20..30, &[], u64::MAX);
    let notices = scene.notices();
    let [CaptureNotice::Written { path, events, .. }] = &*notices else { panic!("{notices:?}") };
    assert_eq!((path, *events), (&missing.join(file(12)), 3));

    // What is there is not written over, nor is where a link leads.
    let kept = scene.folder.file("kept", "kept");
    std::os::unix::fs::symlink(&kept, missing.join(file(35))).unwrap();
    scene.events(30..40, &[35], u64::MAX);
    assert_eq!(scene.notices(), [failed(35, "File exists (os error 17)")]);
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "kept");

    // A file without a name is of no use to anybody.
    scene.events(50..52, &[51], u64::MAX);
    std::fs::remove_file(missing.join(file(51))).unwrap();
    scene.events(52..60, &[], u64::MAX);
    assert_eq!(scene.notices(), [CaptureNotice::Removed { path: missing.join(file(51)) }]);
}

#[test]
fn another_host_begins_another_file() {
    let mut scene = Scene::new("hosts", |settings| settings.before = 10 * SECOND);
    let mut batch = Batch::default();
    batch.change(Change::Restart);
    scene.events(1..5, &[3], u64::MAX);
    scene.writer.take(batch);
    scene.events(5..9, &[6], u64::MAX);
    assert_eq!(scene.end(), [(file(3), vec![1, 2, 3, 4]), (file(6), vec![5, 6, 7, 8])]);
}

#[test]
fn a_replay_writes_captures_that_raise_the_same_alerts() {
    let mut scene = Scene::new("replayed", |settings| settings.before = u64::MAX);
    scene.events(1..10, &[9], u64::MAX);
    let first = scene.folder.path().join(file(9));
    let folder = scene.folder.path().to_owned();
    scene.end_writing();
    let rules = scene.folder.file(
        "rules.yaml",
        "- rule: r\n  desc: d\n  condition: evt.type = chdir and evt.arg.path = /5\n  output: \"%evt.arg.path\"\n  \
         priority: notice\n  capture: true\n  capture_duration: 2000\n",
    );
    let replay_of = |capture: &Path, name: &str| {
        let alerts = scene.folder.join("alerts");
        let _ = std::fs::remove_file(&alerts);
        let options = [
            format!("rules_files=[{rules}]"),
            "stdout_output.enabled=false".to_owned(),
            "file_output.enabled=true".to_owned(),
            format!("file_output.filename={alerts}"),
            "capture.enabled=true".to_owned(),
            "capture.before_duration=1000".to_owned(),
            format!("capture.path_prefix={}", folder.join(name).display()),
        ];
        let config = peregrine_config::load(None, &options).unwrap().config;
        let said = Arc::new(Mutex::new(Vec::new()));
        let says = Arc::clone(&said);
        let what = Replay {
            config: &config,
            generation: Generation::load(&config).unwrap().0,
            window: Window::default(),
            filter: "",
            duration: None,
            host: None,
            stop: Arc::default(),
            notify: Arc::new(move |notice| says.lock().unwrap().push(notice.to_string())),
        };
        let replayed = replay(capture, what).unwrap();
        assert!(replayed.damage.is_none(), "{:?}", replayed.damage);
        let said = said.lock().unwrap().clone();
        (said, std::fs::read_to_string(alerts).unwrap())
    };
    let second = folder.join(format!("second_{:020}_{:020}.scap", 5 * SECOND, 5));
    let (said, alerts) = replay_of(&first, "second");
    assert!(said[0].starts_with(&format!("capture written: {}, 4 events", second.display())));
    assert!(alerts.contains("Notice /5"), "{alerts}");
    assert_eq!(shown(&second), [4, 5, 6, 7]);
    // What is there stays, and the alerts come all the same.
    let (said, again) = replay_of(&first, "second");
    assert!(said[0].contains("File exists"), "{said:?}");
    assert!(again.starts_with(&alerts), "{again}");
    let (_, of_second) = replay_of(&second, "third");
    assert_eq!(of_second, alerts);
}

/// A feed of a host that is watched, whose batches nobody takes but the test.
fn untaken(folder: &Folder) -> (Feed, Receiver<Batch>) {
    let (to, batches) = sync_channel(QUEUED);
    let settings = Settings { live: true, ..settings(folder) };
    let mut feed = Feed::new(settings, None, Arc::default(), to, channel().1);
    feed.begin();
    (feed, batches)
}

#[test]
fn what_is_not_taken_in_time_is_counted_and_the_state_is_given_anew() {
    let folder = Folder::new("behind");
    let (mut feed, batches) = untaken(&folder);
    let mut state = State::new(Limits::default());
    state.apply(&Event::parse(1, &born(7, 1)).unwrap(), &NoHostInfo);
    let record = chdir(1, 5);
    let long = EventBuilder::new(EventType::SYSCALL_CHDIR_X, 5, 7).i64(0).str(&vec![b'x'; 60_000]);
    let long = long.finish();
    let (small, large) = (Event::parse(2, &record).unwrap(), Event::parse(3, &long).unwrap());
    // Many small batches, then more bytes than may wait.
    for _ in 0..QUEUED + 10 {
        feed.event(&small, false, &NoHostInfo);
        feed.pass(u64::MAX, &mut state, &NoHostInfo);
    }
    assert!(feed.notices().is_empty());
    let mut given = QUEUED as u64 + 10;
    let notices = loop {
        feed.event(&large, false, &NoHostInfo);
        given += 1;
        feed.pass(u64::MAX, &mut state, &NoHostInfo);
        let notices = feed.notices();
        if !notices.is_empty() {
            break notices;
        }
    };
    let lost = given - QUEUED as u64;
    assert_eq!(notices, [CaptureNotice::EventsLost { lost }]);
    assert!(lost < 300, "{lost}");
    // Nothing is passed on until there is room again.
    feed.event(&small, false, &NoHostInfo);
    feed.pass(u64::MAX, &mut state, &NoHostInfo);
    let taken: Vec<Batch> = batches.try_iter().collect();
    assert_eq!(taken.len(), QUEUED);
    assert!(taken.iter().all(|batch| !batch.anew));
    feed.taken(QUEUED);
    feed.pass(u64::MAX, &mut state, &NoHostInfo);
    feed.event(&small, false, &NoHostInfo);
    feed.pass(u64::MAX, &mut state, &NoHostInfo);
    let taken: Vec<Batch> = batches.try_iter().collect();
    assert_eq!(taken.iter().map(|batch| batch.anew).collect::<Vec<_>>(), [true, false]);
    assert_eq!(taken.iter().map(Batch::events).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(feed.notices(), [CaptureNotice::EventsLost { lost: 1 }]);
}
