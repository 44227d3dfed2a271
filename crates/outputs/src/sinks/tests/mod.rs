//! The outputs that speak with brokers, mail servers and stores, each with a real server on loopback.

mod encrypted;
#[cfg(feature = "kafka")]
mod kafka;
mod mqtt;
mod nats;
mod redis;
mod s3;
mod smtp;
mod syslog;
mod whole;

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use peregrine_alert::{Alert, AlertId, Form};
use peregrine_testkit::free_port;
use serde_json::Value as Json;

use super::samples;
use crate::error::SinkError;
use crate::output::{Fate, Output, Record, Report};

/// As long as anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder of this test's own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("peregrine-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A process that ends with the test.
struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> Self {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(quiet.spawn().unwrap())
    }

    /// Starts a server and waits until it listens.
    fn server(command: &mut Command, port: u16) -> Self {
        let mut server = Self::start(command);
        until("the server listens", || {
            assert!(server.0.try_wait().unwrap().is_none(), "{command:?} ended");
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        server
    }

    /// Asks it to end, and waits.
    fn end(mut self) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for a condition.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The path of a program; where there is none a loud line says so.
fn program(test: &str, name: &str, package: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = folders.map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        peregrine_testkit::skipped(
            test,
            &format!("{name} is not installed (apt-get install {package})"),
        );
    }
    found
}

/// The one output of a configuration.
fn open(text: &str) -> Result<Box<dyn Output>, SinkError> {
    let folder = Folder::new(&format!("open-{}", free_port()));
    let file = folder.file("peregrine.yaml", &format!("outputs: [{text}]\n"));
    let loaded = peregrine_config::load(Some(&file), &[])
        .unwrap_or_else(|error| panic!("{text}: {error:?}"));
    assert!(loaded.warnings.is_empty(), "{text}: {:?}", loaded.warnings);
    crate::channels::of_list(&loaded.config.outputs[0], loaded.config.form())
}

/// An ordinary alert with this number.
fn plain(sequence: u64) -> Alert {
    Alert { message: format!("number {sequence}"), ..numbered(sequence, samples::plain()) }
}

/// With everything that may go wrong on the way.
fn nasty(sequence: u64) -> Alert {
    numbered(sequence, samples::nasty())
}

fn numbered(sequence: u64, alert: Alert) -> Alert {
    let id = AlertId { host: "web-1".to_owned(), sequence };
    Alert { id, time_ns: 1_796_000_000_000_000_000 + sequence, ..alert }
}

fn text_of(alert: &Alert) -> String {
    alert.json(&Form { json: true, include_message: true, ..Form::default() })
}

/// What a receiver has of an alert is what was sent.
fn json_of(alert: &Alert) -> Json {
    serde_json::from_str(&text_of(alert)).unwrap()
}

fn deliver(output: &mut dyn Output, alerts: &[Alert]) -> Report {
    let texts: Vec<String> = alerts.iter().map(text_of).collect();
    let records = alerts.iter().zip(&texts).map(|(alert, text)| Record { alert, text });
    let report = output.deliver(&records.collect::<Vec<_>>());
    assert_eq!(report.fates.len(), alerts.len());
    report
}

/// Delivers all, whatever comes between, as who calls outputs does.
fn deliver_all(output: &mut dyn Output, alerts: Vec<Alert>, size: usize) {
    let mut waiting = alerts;
    let end = Instant::now() + PATIENCE;
    while !waiting.is_empty() {
        let now = waiting.len().min(size);
        let report = deliver(output, &waiting[..now]);
        assert!(Instant::now() < end, "{:?}", report.error);
        let mut fates = report.fates.into_iter();
        waiting.retain(|_| match fates.next() {
            Some(Fate::Refused(why)) => panic!("{why}"),
            Some(Fate::Delivered) => false,
            Some(Fate::Again) | None => true,
        });
        if report.error.is_some() {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Why none of a batch was delivered.
fn failure(output: &mut dyn Output) -> String {
    let report = deliver(output, &[plain(1), plain(2)]);
    assert!(report.fates.iter().all(|fate| matches!(fate, Fate::Again)), "{:?}", report.fates);
    chain(&report.error.unwrap())
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// A receiver that accepts and says nothing holds an output no longer than its time limit.
fn hang(yaml: impl Fn(u16) -> String) {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut output = open(&yaml(silent.local_addr().unwrap().port())).unwrap();
    let start = Instant::now();
    let error = failure(&mut *output);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(error.contains("did not answer within 1 s"), "{error}");
}

#[test]
fn every_example_of_brokers_opens() {
    let page = peregrine_testkit::workspace().join("docs/channels.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, brokers) = page.split_once("\n## Brokers").unwrap();
    let examples: Vec<&str> =
        brokers.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(examples.len() >= 7, "{examples:?}");
    for example in examples {
        let folder = Folder::new(&format!("example-{}", free_port()));
        let file = folder.file("peregrine.yaml", example);
        let loaded = peregrine_config::load(Some(&file), &[]).unwrap();
        assert!(loaded.warnings.is_empty(), "{example}: {:?}", loaded.warnings);
        for output in &loaded.config.outputs {
            match crate::channels::of_list(output, loaded.config.form()).map(|_| ()) {
                Ok(()) => {}
                Err(error) if output.name == "kafka" && !cfg!(feature = "kafka") => {
                    assert!(error.to_string().contains("build with --features kafka"), "{error}");
                }
                Err(error) => panic!("{example}: {error}"),
            }
        }
    }
}

/// A receiver as a test needs it.
trait Receiver {
    fn start(&mut self);
    /// It ends at once; what it said it has stays.
    fn kill(&mut self);
    /// The text of each alert it has, in order.
    fn received(&self) -> Vec<Json>;
}

/// What must hold with every receiver: an output opens without it, alerts arrive whole, and those that were sent
/// while it came and went at least once.
fn check_delivery(receiver: &mut dyn Receiver, yaml: &str, alerts: u64) {
    let mut output = open(yaml).unwrap();
    failure(&mut *output);
    receiver.start();
    let mut sent = vec![plain(1), nasty(2), plain(3)];
    let report = deliver(&mut *output, &sent);
    let all = report.fates.iter().all(|fate| matches!(fate, Fate::Delivered));
    assert!(all && report.error.is_none(), "{report:?}");
    let expected: Vec<Json> = sent.iter().map(json_of).collect();
    until("the first alerts arrived", || receiver.received().len() >= 3);
    assert_eq!(receiver.received(), expected);
    // It goes while nothing is sent, and is back.
    receiver.kill();
    receiver.start();
    deliver_all(&mut *output, vec![plain(4)], 10);
    sent.push(plain(4));
    // It goes while alerts are sent.
    let more: Vec<Alert> = (5..=alerts).map(plain).collect();
    sent.extend(more.iter().cloned());
    std::thread::scope(|scope| {
        scope.spawn(move || deliver_all(&mut *output, more, 20));
        until("some of them arrived", || receiver.received().len() >= 25);
        receiver.kill();
        receiver.start();
    });
    let mut has = Vec::new();
    until("all arrived", || {
        has = receiver.received();
        sent.iter().all(|alert| has.contains(&json_of(alert)))
    });
}
