//! Rules and configuration that change while this host is watched.

mod services;

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::agent::{Watched, scratch};
use crate::support::signal;

const UNWATCHED: &str = "watch_config_files: false\n";
const SOON: Duration = Duration::from_mins(1);

/// A folder with a configuration and rules; it is gone with the test.
struct Stage(PathBuf);

impl Stage {
    fn new(name: &str) -> Self {
        Self(scratch(name))
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// Rules that each say so when a file with the rule's name is opened.
    fn rules(&self, names: &[&str]) {
        let mut text = String::new();
        for name in names {
            let file = self.path(name);
            let _ = write!(
                text,
                "- rule: {name}\n  desc: d\n  condition: evt.type in (open, openat) and fd.name = {file}\n  output: opened %fd.name\n  priority: notice\n"
            );
        }
        self.write("rules.yaml", &text);
    }

    /// Writes as editors do: a file beside it, then in its place.
    fn write(&self, name: &str, text: &str) {
        let beside = self.path("beside");
        std::fs::write(&beside, text).unwrap();
        std::fs::rename(beside, self.path(name)).unwrap();
    }

    /// Runs `peregrine reload` with these flags: whether it succeeded, and what it printed.
    fn reload(&self, flags: &[&str]) -> (bool, String) {
        let done = Command::new(env!("CARGO_BIN_EXE_peregrine"))
            .args(["reload", "-c", &self.path("peregrine.yaml")])
            .args(flags)
            .output()
            .unwrap();
        let printed = [done.stdout, done.stderr].concat();
        (done.status.success(), String::from_utf8(printed).unwrap())
    }

    /// How long the last of so many reloads kept events waiting at most, seconds.
    fn pause(&self, reloads: usize) -> f64 {
        let end = Instant::now() + SOON;
        loop {
            let done = Command::new(env!("CARGO_BIN_EXE_peregrine"))
                .args(["status", "--json", "-c", &self.path("peregrine.yaml")])
                .output()
                .unwrap();
            let status: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
            // Figures are those of a moment ago.
            if status["reloads"]["applied"] == reloads {
                return status["reloads"]["pause_seconds"].as_f64().unwrap();
            }
            assert!(Instant::now() < end, "no figures of reload {reloads}: {status:#}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn configure(&self, more: &str) {
        let (rules, alerts) = (self.path("rules.yaml"), self.path("alerts"));
        let text = format!(
            "rules_files: [{rules}]\nstdout_output: {{enabled: false}}\njson_output: true\nfile_output: {{enabled: true, filename: {alerts}}}\n{more}"
        );
        self.write("peregrine.yaml", &text);
    }

    fn watch(&self) -> Watched {
        let enabled = ["-o", "control.enabled=true"];
        let socket = format!("control.path={}", self.path("run/control.sock"));
        let own = ["-o", &socket, "-c", &self.path("peregrine.yaml")];
        Watched::start(&[&enabled[..], &own[..]].concat())
    }

    fn alerts(&self) -> String {
        std::fs::read_to_string(self.path("alerts")).unwrap_or_default()
    }

    /// Opens a file until the rule of its name says so.
    fn until_alert(&self, rule: &str) {
        let end = Instant::now() + SOON;
        let before = self.count(rule);
        while self.count(rule) == before {
            assert!(Instant::now() < end, "no alert of {rule} in {}", self.alerts());
            std::fs::write(self.path(rule), "").unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until something holds.
    fn until_that(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let end = Instant::now() + SOON;
        while !holds() {
            assert!(Instant::now() < end, "never: {what}; {}", self.alerts());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn count(&self, rule: &str) -> usize {
        self.alerts().matches(&format!("\"rule\":\"{rule}\"")).count()
    }

    /// Waits for an alert.
    fn until(&self, text: &str) -> String {
        let end = Instant::now() + SOON;
        loop {
            let alerts = self.alerts();
            if let Some(line) = alerts.lines().find(|line| line.contains(text)) {
                return line.to_owned();
            }
            assert!(Instant::now() < end, "no {text} in {alerts}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn live_sighup_reloads_and_a_mistake_keeps_what_runs() {
    if !peregrine_testkit::root("live_sighup_reloads_and_a_mistake_keeps_what_runs") {
        return;
    }
    let stage = Stage::new("reload");
    stage.rules(&["first", "both"]);
    stage.configure(UNWATCHED);
    let watched = stage.watch();
    stage.until_alert("first");
    stage.rules(&["second", "both"]);
    stage.configure("watch_config_files: false\njournal: {max_age: 1h}\n");
    signal(watched.pid(), "HUP");
    stage.until_alert("second");
    stage.until_alert("both");
    let first = stage.count("first");
    std::fs::write(stage.path("first"), "").unwrap();
    // Mistakes, in the rules and in the configuration: an alert says so, and the second rules stay.
    stage.write(
        "rules.yaml",
        "- rule: third\n  desc: d\n  condition: evt.tpe = open\n  output: o\n  priority: notice\n",
    );
    signal(watched.pid(), "HUP");
    let alert = stage.until("hot restart failure");
    let alert: serde_json::Value = serde_json::from_str(&alert).unwrap();
    assert_eq!(
        (&alert["rule"], &alert["priority"], &alert["source"]),
        (&"Falco internal: hot restart failure".into(), &"Critical".into(), &"internal".into())
    );
    let output = alert["output"].as_str().unwrap();
    assert!(output.contains("rules.yaml:3:14: error[") && output.contains("evt.tpe"), "{output}");
    stage.until_alert("second");
    stage.rules(&["third"]);
    stage.configure("watch_config_files: false\npriority: loud\n");
    signal(watched.pid(), "HUP");
    stage.until("loud");
    stage.until_alert("second");
    stage.configure(UNWATCHED);
    signal(watched.pid(), "HUP");
    stage.until_alert("third");
    assert_eq!(stage.count("first"), first, "a rule that is gone matches nothing");
    let reported = watched.stop();
    for expected in [
        "reloaded (SIGHUP): 2 rules, 1 added, 1 removed, in ",
        "a restart is needed for the new values of journal.max_age",
        "rules.yaml:3:14: error[",
        "not reloaded (SIGHUP), the former rules and settings stay: ",
        "reloaded (SIGHUP): 1 rule, 1 added, 2 removed, in ",
    ] {
        assert!(reported.contains(expected), "no {expected:?} in {reported}");
    }
}

#[test]
fn live_files_that_change_reload() {
    if !peregrine_testkit::root("live_files_that_change_reload") {
        return;
    }
    let stage = Stage::new("files");
    std::fs::create_dir_all(stage.path("conf.d")).unwrap();
    stage.rules(&["first"]);
    stage.configure(&format!("config_files: [{}]\n", stage.path("conf.d")));
    let watched = stage.watch();
    stage.until_alert("first");
    // In the place of the file, then into the file.
    stage.rules(&["second"]);
    stage.until_alert("second");
    let text = std::fs::read_to_string(stage.path("rules.yaml")).unwrap();
    std::fs::write(stage.path("rules.yaml"), text.replace("second", "third")).unwrap();
    stage.until_alert("third");
    // An included file that was not there, which names another rule file.
    let more = stage.path("more.yaml");
    std::fs::write(&more, text.replace("second", "fourth")).unwrap();
    std::fs::write(stage.path("conf.d/a.yaml"), format!("rules_files: [{more}]\n")).unwrap();
    stage.until_alert("fourth");
    stage.until_alert("third");
    std::fs::write(&more, text.replace("second", "fifth")).unwrap();
    stage.until_alert("fifth");
    // A mistake keeps what runs until it is mended.
    std::fs::write(&more, "- rule: x\n").unwrap();
    stage.until("hot restart failure");
    stage.until_alert("fifth");
    std::fs::write(&more, text.replace("second", "sixth")).unwrap();
    stage.until_alert("sixth");
    let reported = watched.stop();
    assert!(reported.contains("not reloaded (files changed)"), "{reported}");
}

#[test]
fn live_reload_says_what_changes() {
    if !peregrine_testkit::root("live_reload_says_what_changes") {
        return;
    }
    let stage = Stage::new("asked");
    let more = format!("{UNWATCHED}control: {{path: {}}}\n", stage.path("run/control.sock"));
    stage.rules(&["first", "both"]);
    stage.configure(&more);
    let watched = stage.watch();
    stage.until_alert("first");
    assert_eq!(stage.reload(&["--dry-run"]), (true, "nothing changes\n".to_owned()));
    stage.rules(&["both", "second"]);
    let text = std::fs::read_to_string(stage.path("rules.yaml")).unwrap();
    let text = text.replacen("(open, openat)", "(open, openat, chmod)", 1);
    stage.write("rules.yaml", &text);
    stage.configure(&format!("{more}rule_matching: all\njournal: {{max_age: 1h}}\n"));
    let changes = "rule added: second\nrule changed: both\nrule removed: first\n\
        call watched: chmod (every event is reported)\n\
        setting changed: rule_matching\nneeds a restart: journal.max_age\n";
    let (ok, printed) = stage.reload(&["--dry-run"]);
    let shown: Vec<&str> = printed.lines().filter(|line| !line.contains("symlink")).collect();
    assert!(ok && shown == changes.lines().collect::<Vec<_>>(), "{printed}");
    stage.until_alert("first");
    let (ok, printed) = stage.reload(&[]);
    assert!(ok && printed.contains("rule added: second\n"), "{printed}");
    assert!(printed.lines().last().unwrap().starts_with("reloaded in "), "{printed}");
    stage.until_alert("second");
    let (ok, printed) = stage.reload(&["--json"]);
    let answer: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert!(ok && answer["applied"] == true, "{printed}");
    assert_eq!(answer["plan"]["rules"]["added"], serde_json::json!([]), "{printed}");
    // Until the restart.
    assert_eq!(answer["plan"]["restart"], serde_json::json!(["journal.max_age"]), "{printed}");
    stage.write("rules.yaml", &text.replace("fd.name", "fd.nme"));
    let (ok, printed) = stage.reload(&["--dry-run"]);
    assert!(!ok && printed.contains("rules.yaml:3:") && printed.contains("fd.nme"), "{printed}");
    stage.until_alert("second");
    let reported = watched.stop();
    assert!(reported.contains("reloaded (peregrine reload): 2 rules"), "{reported}");
}

/// The status line of a page.
fn page(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn live_metrics_are_reported_as_the_last_configuration_says() {
    if !peregrine_testkit::root("live_metrics_are_reported_as_the_last_configuration_says") {
        return;
    }
    let stage = Stage::new("metrics");
    let port = peregrine_testkit::free_port();
    let configure = |metrics: &str, webserver: &str| {
        stage.configure(&format!(
            "{UNWATCHED}control: {{path: {}}}\nmetrics: {{output_rule: false, interval: 100ms, {metrics}}}\n\
             webserver: {{enabled: true, listen_address: 127.0.0.1, listen_port: {port}, {webserver}}}\n",
            stage.path("run/control.sock")
        ));
    };
    let reload = |expected: bool, part: &str| {
        let (ok, printed) = stage.reload(&[]);
        assert!(ok == expected && printed.contains(part), "{printed}");
        assert!(!printed.contains("restart"), "{printed}");
    };
    stage.rules(&["first"]);
    configure("enabled: false", "prometheus_metrics_enabled: false");
    let watched = stage.watch();
    assert!(page(port, "/metrics").contains(" 404 "));
    let file = stage.path("figures");
    let enabled = format!("enabled: true, output_file: {file}");
    configure(&enabled, "prometheus_metrics_enabled: true, k8s_healthz_endpoint: /health");
    reload(true, "setting changed: metrics.enabled");
    assert!(page(port, "/metrics").contains(" 200 "));
    assert!(page(port, "/health").contains(" 200 ") && page(port, "/healthz").contains(" 404 "));
    let lines = || std::fs::read_to_string(&file).unwrap_or_default().lines().count();
    let until_lines = |count: usize| {
        let end = Instant::now() + SOON;
        while lines() < count {
            assert!(Instant::now() < end, "{} lines of {count}", lines());
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    until_lines(2);
    // A file that cannot be opened keeps what runs.
    configure("enabled: true, output_file: /no/such/folder/figures", "");
    reload(false, "/no/such/folder/figures");
    until_lines(lines() + 2);
    assert!(page(port, "/metrics").contains(" 200 "));
    configure("enabled: false", "");
    reload(true, "setting changed: metrics.enabled");
    assert!(page(port, "/metrics").contains(" 404 "));
    // The former writer has ended: its last line may have been on its way.
    std::fs::remove_file(&file).unwrap();
    stage.until_alert("first");
    assert!(lines() <= 1, "{}", lines());
    watched.stop();
}

/// How often rules are reloaded under load, and how many files are opened in each second: `make reload` has the
/// whole, without it there is a short one.
fn load() -> (usize, u64, bool) {
    match std::env::var("PEREGRINE_RELOADS").ok().and_then(|number| number.parse().ok()) {
        Some(reloads) => (reloads, 50_000, true),
        None => (10, 2_000, false),
    }
}

/// Stops the load, also where the test fails.
struct Stopping<'s>(&'s AtomicBool);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Opens a file that no rule is about so many times a second, until somebody says stop; says how often.
fn flood(file: &Path, rate: u64, stop: &AtomicBool) -> u64 {
    let begin = Instant::now();
    let mut done = 0;
    while !stop.load(Ordering::Relaxed) {
        let due = u64::try_from(begin.elapsed().as_micros()).unwrap() * rate / 1_000_000;
        for _ in done..due {
            drop(std::fs::File::open(file));
        }
        done = done.max(due);
        std::thread::sleep(Duration::from_micros(500));
    }
    done
}

/// Opens a file of its own twenty times a second that the rules of all generations match; says how many.
fn plant(stage: &Stage, stop: &AtomicBool) -> usize {
    let mut planted = 0;
    while !stop.load(Ordering::Relaxed) {
        std::fs::write(stage.path(&format!("planted.{planted}.")), "").unwrap();
        planted += 1;
        std::thread::sleep(Duration::from_millis(50));
    }
    planted
}

/// Rules of one generation: one that all have, and one about other calls than the last.
fn rules_of(stage: &Stage, number: usize) -> String {
    let planted = stage.path("planted.");
    let other = ["chmod", "unlink", "connect", "setns", "ptrace", "rename"][number % 6];
    format!(
        "- rule: planted\n  desc: d\n  condition: evt.type in (open, openat) and fd.name startswith {planted}\n  output: opened %fd.name\n  priority: notice\n\
         - rule: other {number}\n  desc: d\n  condition: evt.type = {other} and proc.name = nobody\n  output: o\n  priority: notice\n"
    )
}

#[test]
fn live_reloads_under_load_lose_and_double_nothing() {
    if !peregrine_testkit::root("live_reloads_under_load_lose_and_double_nothing") {
        return;
    }
    let (reloads, rate, is_whole) = load();
    let stage = Stage::new("load");
    let more = format!(
        "{UNWATCHED}control: {{path: {}}}\nrule_matching: all\noutputs_queue: {{capacity: 0}}\n\
         engine: {{modern_ebpf: {{pushdown: false, buf_size_preset: 6}}}}\n",
        stage.path("run/control.sock")
    );
    stage.write("rules.yaml", &rules_of(&stage, 0));
    stage.configure(&more);
    let watched = stage.watch();
    let (stop, quiet) = (AtomicBool::new(false), stage.path("quiet"));
    std::fs::write(&quiet, "").unwrap();
    let mut figures = Figures::default();
    let (opened, planted) = std::thread::scope(|scope| {
        let stopping = Stopping(&stop);
        let flooding = scope.spawn(|| flood(Path::new(&quiet), rate, &stop));
        let planting = scope.spawn(|| plant(&stage, &stop));
        for number in 1..=reloads {
            stage.write("rules.yaml", &rules_of(&stage, number));
            let (ok, printed) = stage.reload(&["--json"]);
            assert!(ok, "{printed}");
            let answer: serde_json::Value = serde_json::from_str(&printed).unwrap();
            assert_eq!(answer["applied"], true, "{printed}");
            figures.took.push(answer["took_seconds"].as_f64().unwrap() * 1000.0);
            figures.pause.push(stage.pause(number) * 1000.0);
            figures.memory.push(anonymous(watched.pid()));
        }
        drop(stopping);
        (flooding.join().unwrap(), planting.join().unwrap())
    });
    stage.until(&format!("planted.{}.", planted - 1));
    assert_eq!(heaps(watched.pid()), 0, "heaps of threads grow with each reload");
    let reported = watched.stop();
    let alerts = stage.alerts();
    let wrong: Vec<(usize, usize)> = (0..planted)
        .map(|one| {
            let opened = format!("opened {}", stage.path(&format!("planted.{one}.")));
            (one, alerts.matches(&opened).count())
        })
        .filter(|(_, count)| *count != 1)
        .collect();
    assert!(wrong.is_empty(), "of {planted} not once: {wrong:?} {reported}");
    assert!(reported.contains(" alerts, 0 lost"), "{reported}");
    if is_whole {
        println!(
            "{reloads} reloads, {opened} opens, {planted} planted, each an alert once\n{figures}"
        );
    }
}

/// What reloads cost: milliseconds, and KiB of the agent's own memory after each.
#[derive(Debug, Default)]
struct Figures {
    took: Vec<f64>,
    pause: Vec<f64>,
    memory: Vec<u64>,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (what, values) in [("reload", &self.took), ("pause of the pipeline", &self.pause)] {
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let at = |part: usize| sorted[(sorted.len() - 1) * part / 100];
            let (half, most, max) = (at(50), at(99), at(100));
            writeln!(f, "{what}: {half:.2} ms (p50), {most:.2} ms (p99), {max:.2} ms (longest)")?;
            let mut from = 0.0;
            for to in [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, f64::INFINITY]
            {
                let count = values.iter().filter(|value| (from..to).contains(*value)).count();
                if count > 0 {
                    writeln!(f, "  {from} to {to} ms: {count}")?;
                }
                from = to;
            }
        }
        let at = |place: usize| self.memory.get(place).copied().unwrap_or_default();
        let (early, last) = (at(self.memory.len() / 10), at(self.memory.len() - 1));
        writeln!(f, "RssAnon: {early} KiB after a tenth of them, {last} KiB after the last")
    }
}

/// Heaps of a process beside its first: each is 64 MiB of addresses, most of which nothing may use yet.
fn heaps(pid: u32) -> usize {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let is_unused = |line: &&str| {
        let (range, rest) = line.split_once(' ').unwrap();
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|at| u64::from_str_radix(at, 16).unwrap());
        rest.starts_with("---p") && (32 << 20..64 << 20).contains(&(to - from))
    };
    maps.lines().filter(is_unused).count()
}

/// KiB of memory of a process that no file stands behind.
fn anonymous(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
