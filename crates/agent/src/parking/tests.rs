//! Events of a container wait, in the pipeline.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};

use peregrine_alert::{Alert, Sequence};
use peregrine_config::Config;
use peregrine_containers::{PodmanStorage, Settings};
use peregrine_event::{EventBuilder, EventType};
use peregrine_state::{Limits, NoHostInfo};

use super::*;
use crate::capture::{CaptureSource, Window};
use crate::generation::Generation;
use crate::notice::CaptureNotice;
use crate::on_match::{self, Feed};
use crate::pipeline::Pipeline;
use crate::source::{Poll, Record, Source as _};

const ID: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";

/// A pipeline that asks a docker which answers when the test lets it.
struct Scene {
    folder: PathBuf,
    pipeline: Pipeline<NoHostInfo, Vec<Arc<Alert>>>,
    answer: Sender<&'static str>,
}

impl Scene {
    fn new(name: &str, max_wait: Duration) -> Self {
        Self::with_captures(name, max_wait, false)
    }

    /// With captures on matches, or without.
    fn with_captures(name: &str, max_wait: Duration, captures: bool) -> Self {
        let folder = std::env::temp_dir().join(format!("pg-park-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let socket = folder.join("docker.sock");
        let (answer, answers) = channel();
        docker(&UnixListener::bind(&socket).unwrap(), answers);
        let settings = Settings {
            docker: vec![socket],
            podman: Vec::new(),
            podman_users: false,
            podman_storage: PodmanStorage::Unread,
            containerd: Vec::new(),
            cri: Vec::new(),
            ..Settings::default()
        };
        let lookups = Lookups::start(settings).unwrap();
        let generation = generation(&folder, "first");
        let sequence = Arc::new(Sequence::new(1));
        let captures = captures.then(|| {
            let options = [
                "capture.enabled=true".to_owned(),
                "capture.mode=all_rules".to_owned(),
                format!("capture.path_prefix={}", folder.join("cap").display()),
            ];
            let config = peregrine_config::load(None, &options).unwrap().config;
            Feed::start(on_match::Settings::new(&config, true).unwrap(), None).unwrap()
        });
        let pipeline =
            Pipeline::new(generation, Limits::default(), NoHostInfo, Vec::new(), sequence)
                .with_parking(Parking::new(lookups, max_wait))
                .with_captures(captures);
        Self { folder, pipeline, answer }
    }

    /// A thread changes its working directory.
    fn chdir(&mut self, tid: i64, path: &str) {
        let event = EventBuilder::new(EventType::SYSCALL_CHDIR_X, 20, tid).i64(0);
        self.pipeline.take(Record::live(&event.str(path.as_bytes()).finish()));
    }

    fn born(&mut self, tid: i64, group: &str) {
        let groups = format!("cpuset={group}\0");
        let mut block = EventBuilder::new(EventType::SYSCALL_CLONE_20_X, 10, tid);
        for param in 0..21 {
            block = match param {
                0 => block.bytes(&0_i64.to_le_bytes()),
                3 | 4 | 18 | 19 => block.bytes(&tid.to_le_bytes()),
                5 => block.bytes(&1_i64.to_le_bytes()),
                14 => block.bytes(groups.as_bytes()),
                _ => block.bytes(b""),
            };
        }
        self.pipeline.take(Record::live(&block.finish()));
    }

    /// The alerts so far, as rule, path and image.
    fn alerts(&self) -> Vec<String> {
        self.pipeline.sink().iter().map(text).collect()
    }
}

fn text(alert: &Arc<Alert>) -> String {
    let path = alert.message.split(' ').take(2).collect::<Vec<_>>().join(" ");
    format!("{} {path}", alert.rule)
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn docker(listener: &UnixListener, answers: Receiver<&'static str>) {
    let listener = listener.try_clone().unwrap();
    std::thread::spawn(move || {
        for name in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() > 0 {
                head.push(byte[0]);
            }
            let body = format!(r#"{{"Id": "{ID}", "Config": {{"Image": "{name}"}}}}"#);
            let length = body.len();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
}

/// A rule of this name, for changes of working directories on the host and in images called `web`.
fn generation(folder: &std::path::Path, name: &str) -> Generation {
    let file = folder.join(format!("{name}.yaml"));
    let rule = format!(
        "- rule: {name}\n  desc: d\n  priority: INFO\n  condition: evt.type = chdir and \
         not container.image.repository in (other)\n  output: \"%evt.arg.path %container.image\"\n"
    );
    std::fs::write(&file, rule).unwrap();
    Generation::load(&Config { rules_files: vec![file], ..Config::default() }).unwrap().0
}

const PATIENT: Duration = Duration::from_mins(10);

#[test]
fn events_of_a_container_wait_in_order_and_others_do_not() {
    let mut scene = Scene::new("order", PATIENT);
    scene.born(100, &format!("/docker/{ID}"));
    scene.born(200, "/system.slice/a.service");
    scene.chdir(100, "/a");
    scene.chdir(200, "/host");
    scene.chdir(100, "/b");
    scene.pipeline.poll_containers();
    assert_eq!(scene.alerts(), ["first /host "]);
    scene.answer.send("web").unwrap();
    scene.pipeline.finish_containers();
    assert_eq!(scene.alerts(), ["first /host ", "first /a web", "first /b web"]);
    // Its description is known from now on.
    scene.chdir(100, "/c");
    assert_eq!(scene.alerts().last().unwrap(), "first /c web");
}

#[test]
fn a_condition_sees_the_image_at_the_first_event() {
    let mut scene = Scene::new("condition", PATIENT);
    scene.born(100, &format!("/docker/{ID}"));
    scene.chdir(100, "/a");
    scene.answer.send("other").unwrap();
    scene.pipeline.finish_containers();
    assert_eq!(scene.alerts(), [""; 0]);
}

#[test]
fn events_wait_for_the_rules_they_happened_under() {
    let mut scene = Scene::new("rules", PATIENT);
    scene.born(100, &format!("/docker/{ID}"));
    scene.chdir(100, "/a");
    let second = generation(&scene.folder, "second");
    scene.pipeline.replace(second);
    scene.chdir(100, "/b");
    scene.answer.send("web").unwrap();
    scene.pipeline.finish_containers();
    assert_eq!(scene.alerts(), ["first /a web", "second /b web"]);
    // Of three generations two wait.
    let mut scene = Scene::new("more-rules", PATIENT);
    scene.born(100, &format!("/docker/{ID}"));
    for (name, path) in [("second", "/a"), ("third", "/b")] {
        scene.chdir(100, path);
        let next = generation(&scene.folder, name);
        scene.pipeline.replace(next);
    }
    scene.chdir(100, "/c");
    assert_eq!(scene.alerts(), ["first /a <NA>"]);
    scene.answer.send("web").unwrap();
    scene.pipeline.finish_containers();
    assert_eq!(scene.alerts(), ["first /a <NA>", "second /b web", "third /c web"]);
}

#[test]
fn what_waits_too_long_or_is_too_much_goes_on_without_metadata() {
    let mut scene = Scene::new("late", Duration::from_nanos(1));
    scene.born(100, &format!("/docker/{ID}"));
    scene.chdir(100, "/a");
    scene.pipeline.poll_containers();
    assert_eq!(scene.alerts(), ["first /a <NA>"]);
    let mut metrics = Metrics::default();
    scene.pipeline.read_metrics(&mut metrics);
    let counts = [Metric::EventsParked, Metric::EventsWithoutMetadata];
    assert_eq!(counts.map(|metric| metrics.total(metric)), [1, 1]);

    let mut scene = Scene::new("much", PATIENT);
    scene.born(100, &format!("/docker/{ID}"));
    let long = format!("/{}", "x".repeat(50_000));
    let most = MOST_BYTES_OF_ONE / long.len() + 2;
    for _ in 0..most {
        scene.chdir(100, &long);
    }
    // All that waited, and from then on each at once.
    assert!(scene.alerts().len() > most / 2, "{}", scene.alerts().len());
    let before = scene.alerts().len();
    scene.chdir(100, "/b");
    assert_eq!((scene.alerts().len(), &*scene.alerts()[before]), (before + 1, "first /b <NA>"));
    // The answer comes all the same.
    scene.answer.send("web").unwrap();
    while scene.pipeline.state().containers().next().is_none() {
        scene.pipeline.poll_containers();
    }
    scene.chdir(100, "/c");
    assert_eq!(scene.alerts().last().unwrap(), "first /c web");
}

#[test]
fn descriptions_go_with_their_containers() {
    let mut scene = Scene::new("gone", PATIENT);
    scene.born(100, &format!("/docker/{ID}"));
    scene.answer.send("web").unwrap();
    scene.chdir(100, "/a");
    scene.pipeline.finish_containers();
    let described = |scene: &Scene| scene.pipeline.state().containers().count();
    scene.pipeline.forget_containers();
    scene.pipeline.forget_containers();
    assert_eq!(described(&scene), 1);
    let exit = EventBuilder::new(EventType::PROCEXIT_1_E, 30, 100).i64(0).i64(0).u8(0).u8(0);
    scene.pipeline.take(Record::live(&exit.i64(0).finish()));
    scene.chdir(999, "/");
    scene.pipeline.forget_containers();
    assert_eq!(described(&scene), 1, "it may come again at once");
    scene.pipeline.forget_containers();
    assert_eq!(described(&scene), 0);
}

#[test]
fn a_capture_has_the_metadata_before_the_events_that_show_it() {
    let mut scene = Scene::with_captures("captured", PATIENT, true);
    scene.pipeline.begin_captures();
    scene.born(100, &format!("/docker/{ID}"));
    scene.born(200, "/system.slice/a.service");
    scene.chdir(200, "/host");
    scene.chdir(100, "/a");
    // The thread has all of it, and nobody knows yet what matches.
    assert!(scene.pipeline.pass_captures().is_empty());
    scene.chdir(100, "/b");
    scene.answer.send("web").unwrap();
    scene.pipeline.finish_containers();
    assert_eq!(scene.alerts(), ["first /host ", "first /a web", "first /b web"]);
    let notices = scene.pipeline.finish_captures(PATIENT);
    let [CaptureNotice::Written { path, .. }] = &*notices else { panic!("{notices:?}") };
    let mut source = CaptureSource::open(&**path, Window::default()).unwrap();
    let (rules, sequence) = (generation(&scene.folder, "first"), Arc::new(Sequence::new(1)));
    let mut again = Pipeline::new(rules, Limits::default(), source.host(), Vec::new(), sequence);
    while source.poll(&mut |record| again.take(record)).unwrap() != Poll::End {}
    assert_eq!(again.into_sink().iter().map(text).collect::<Vec<_>>(), scene.alerts());
}

#[test]
fn events_of_a_container_that_nobody_knows_do_not_wait() {
    let mut scene = Scene::new("lxc", PATIENT);
    scene.born(100, "/lxc/web");
    scene.chdir(100, "/a");
    assert_eq!(scene.alerts(), ["first /a "]);
    let mut metrics = Metrics::default();
    scene.pipeline.read_metrics(&mut metrics);
    let count = |metric| metrics.total(metric);
    assert_eq!((count(Metric::ContainersUnknown), count(Metric::EventsParked)), (1, 0));
}
