//! Rules are replaced by others a hundred times while things happen: every event that the rules of all
//! generations match is an alert, once. Needs root; says so loudly where it has none.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use peregrine_agent::generation::Generation;
use peregrine_agent::live::Monitor;
use peregrine_agent::metrics::{Group, Kind, Metric};
use peregrine_agent::notice::{Notice, Notify};
use peregrine_config::Config;

const GENERATIONS: usize = 100;
/// Files opened in a round.
const FILES: usize = 20;

fn rule(name: &str, condition: &str) -> String {
    format!(
        "- rule: {name}\n  desc: d\n  condition: {condition}\n  output: \"%fd.name|%proc.cmdline\"\n  priority: INFO\n"
    )
}

/// The command that is started in each round: others may run this test at the same time.
fn marked() -> String {
    format!("true {}", std::process::id())
}

/// Rules that all generations have, and one that only some have: other calls, exact paths, names of
/// hosts, containers, or nothing that the kernel could leave out.
fn rules(number: usize, folder: &Path) -> String {
    let here = folder.display();
    let opens = "evt.type in (open, openat)";
    let mut text = rule("opened", &format!("{opens} and fd.name startswith {here}/open."));
    text += &rule("secret", &format!("{opens} and fd.name = {here}/secret"));
    text += &rule(
        "started",
        &format!("evt.type = execve and proc.cmdline startswith \"{}\"", marked()),
    );
    let nobody = "proc.name = nobody";
    let other = match number % 7 {
        0 => format!("evt.type = chdir and {nobody}"),
        1 => format!("evt.type in (unlink, unlinkat, rename) and {nobody}"),
        2 => format!("evt.type = openat and fd.name = {here}/exact{number}"),
        3 => format!("evt.type = connect and fd.sip.name = localhost and {nobody}"),
        4 => format!("evt.type = openat and container.id != host and {nobody}"),
        5 => format!("evt.type in (ptrace, bpf) and {nobody}"),
        _ => format!("evt.type in (setns, unshare) and {nobody}"),
    };
    text + &rule("other", &other)
}

fn config(number: usize, folder: &Path) -> Config {
    let file = folder.join(format!("rules{number}.yaml"));
    std::fs::write(&file, rules(number, folder)).unwrap();
    let alerts = folder.join("alerts").display().to_string();
    let options = [
        "stdout_output.enabled=false".to_owned(),
        "file_output.enabled=true".to_owned(),
        format!("file_output.filename={alerts}"),
        "outputs_queue.capacity=0".to_owned(),
        "rule_matching=all".to_owned(),
        "metrics.enabled=true".to_owned(),
    ];
    let mut config = peregrine_config::load(None, &options).unwrap().config;
    config.rules_files = vec![file];
    config
}

/// Opens and starts things, round after round, until somebody says stop: the agent leaves out what its
/// own process does, so others act.
fn act(folder: &Path, stop: &AtomicBool, done: &AtomicUsize) {
    while !stop.load(Ordering::Relaxed) {
        let round = done.load(Ordering::Relaxed);
        let script = format!(
            "i=0; while [ $i -lt {FILES} ]; do : > open.{round}.$i; read x < hard; i=$((i+1)); done; \
             exec /bin/{} {round}",
            marked()
        );
        let status = Command::new("sh").args(["-c", &script]).current_dir(folder).status().unwrap();
        assert!(status.success());
        done.store(round + 1, Ordering::Relaxed);
        // A machine with much else to do keeps up.
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How often each thing that happened is an alert.
fn came(folder: &Path) -> BTreeMap<String, usize> {
    let text = std::fs::read_to_string(folder.join("alerts")).unwrap();
    let mut came = BTreeMap::new();
    for line in text.lines() {
        let (_, output) = line.split_once("Informational ").unwrap();
        let (file, command) = output.split_once('|').unwrap();
        let name = if command.starts_with(&marked()) {
            command.split(" container_").next().unwrap_or_default()
        } else {
            file.rsplit('/').next().unwrap_or_default()
        };
        *came.entry(name.to_owned()).or_default() += 1;
    }
    came
}

/// Events go on to be evaluated while another thread works.
fn polling_until_done<T>(monitor: &mut Monitor, thread: JoinHandle<T>) -> T {
    while !thread.is_finished() {
        monitor.poll();
        std::thread::sleep(Duration::from_millis(1));
    }
    thread.join().unwrap()
}

#[test]
fn live_a_hundred_generations_lose_and_double_nothing() {
    if !peregrine_testkit::root("live_a_hundred_generations_lose_and_double_nothing") {
        return;
    }
    let scratch = peregrine_testkit::Folder::new("reload");
    let folder = scratch.path().to_path_buf();
    std::fs::write(folder.join("secret"), "x\n").unwrap();
    // The same file by another name: it is known by its inode, from one generation to the next.
    std::fs::hard_link(folder.join("secret"), folder.join("hard")).unwrap();
    let notify: Notify = Arc::new(|notice: &Notice| println!("agent: {notice}"));
    let first = config(0, &folder);
    let (generation, _) = Generation::load(&first).unwrap();
    let mut monitor = Monitor::start(&first, generation, &notify).unwrap();

    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let acts = {
        let (stop, done, folder) = (Arc::clone(&stop), Arc::clone(&done), folder.clone());
        std::thread::spawn(move || act(&folder, &stop, &done))
    };
    let late = Instant::now() + Duration::from_mins(10);
    for number in 1..=GENERATIONS {
        let config = config(number, &folder);
        let preparation = monitor.preparation().unwrap();
        let built = std::thread::spawn(move || {
            preparation.prepare(Generation::load(&config).unwrap().0, &config).unwrap()
        });
        let prepared = polling_until_done(&mut monitor, built);
        let former = monitor.swap(prepared).unwrap();
        polling_until_done(&mut monitor, std::thread::spawn(|| former.finish().unwrap()));
        // Some take over in the middle of a round, some after one.
        let rounds = done.load(Ordering::Relaxed) + usize::from(number % 3 == 0);
        while done.load(Ordering::Relaxed) < rounds {
            assert!(Instant::now() < late, "the acts are late");
            monitor.poll();
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    stop.store(true, Ordering::Relaxed);
    while !acts.is_finished() {
        monitor.poll();
        std::thread::sleep(Duration::from_millis(1));
    }
    acts.join().unwrap();
    let metrics = monitor.finish().metrics;
    assert_eq!(metrics.total(Metric::EventsLost), 0, "{metrics:?}");

    let rounds = done.load(Ordering::Relaxed);
    let mut expected = BTreeMap::from([("hard".to_owned(), rounds * FILES)]);
    for round in 0..rounds {
        expected.insert(format!("{} {round}", marked()), 1);
        expected.extend((0..FILES).map(|file| (format!("open.{round}.{file}"), 1)));
    }
    let came = came(&folder);
    let names = expected.keys().chain(came.keys());
    let wrong: BTreeMap<&String, [Option<&usize>; 2]> = names
        .map(|name| (name, [expected.get(name), came.get(name)]))
        .filter(|(_, [expected, came])| expected != came)
        .collect();
    assert!(wrong.is_empty(), "expected and came, of {rounds} rounds: {wrong:?}");
    // The report has the matches of all generations.
    let matches = metrics.by_label(Metric::RuleMatches, "rule_name");
    let files = u64::try_from(rounds * FILES).unwrap();
    assert_eq!((matches.get("opened"), matches.get("secret")), (Some(&files), Some(&files)));
    // Everything that is counted has a value; here are no policies.
    let of_policies = |metric: &Metric| metric.row().name.starts_with("peregrine_guard_");
    let counted = Metric::ALL.iter().filter(|one| !is_of_system(**one) && !of_policies(one));
    let unread = counted.filter(|metric| {
        metrics.samples(**metric).is_empty() && metrics.histograms(**metric).is_empty()
    });
    assert_eq!(unread.collect::<Vec<_>>(), Vec::<&Metric>::new());
    std::fs::remove_dir_all(folder).unwrap();
}

/// Whether the system knows it: it is read when somebody asks, or where the kernel counts it.
fn is_of_system(metric: Metric) -> bool {
    let row = metric.row();
    let groups = [Group::Resources, Group::Allocator, Group::Programs];
    let others = [Metric::HostStart, Metric::HostCpus, Metric::Start];
    groups.contains(&row.group) || row.kind == Kind::Info || others.contains(&metric)
}
