//! What was measured on.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use peregrine_testkit::clock::{children_time, process_time};
use serde::Serialize;

use super::stats::{real64, whole};

/// The machine, the program and the time.
#[derive(Debug, Default, Serialize)]
pub(super) struct Machine {
    pub(super) cpu: String,
    pub(super) cpus: usize,
    pub(super) memory_mib: u64,
    pub(super) kernel: String,
    pub(super) rustc: String,
    pub(super) commit: String,
    pub(super) profile: String,
    pub(super) date: String,
    pub(super) quick: bool,
    pub(super) seconds: u64,
    /// Percent of the machine's CPU time that others on it used meanwhile.
    pub(super) others: f64,
    /// Percent of the machine's CPU time that its host gave to others.
    pub(super) stolen: f64,
    #[serde(skip)]
    begin: Times,
}

/// The facts, at the begin of a run.
pub(super) fn facts(root: &Path, profile: &str) -> Result<Machine> {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo")?;
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let meminfo = fs::read_to_string("/proc/meminfo")?;
    let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = total.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok());
    Ok(Machine {
        cpu: model.map_or("unknown", |(_, model)| model).to_owned(),
        cpus: std::thread::available_parallelism()?.get(),
        memory_mib: kib.unwrap_or(0) / 1024,
        kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned(),
        rustc: said(root, "rustc", &["--version"]),
        commit: said(root, "git", &["describe", "--always", "--dirty"]),
        profile: profile.to_owned(),
        date: jiff::Timestamp::now().strftime("%F").to_string(),
        begin: times(),
        ..Machine::default()
    })
}

impl Machine {
    /// What is known at the end of a run.
    pub(super) fn end(&mut self, took: Duration, quick: bool) {
        let (begin, end) = (&self.begin, times());
        let all = (end.all - begin.all).max(1e-9);
        let percent = |part: f64| real64(whole(part / all * 1000.0)) / 10.0;
        self.stolen = percent(end.stolen - begin.stolen);
        self.others = percent((end.busy - begin.busy) - (end.own - begin.own));
        (self.seconds, self.quick) = (took.as_secs(), quick);
    }
}

/// The first line a program says; nothing where it cannot be started.
fn said(root: &Path, program: &str, words: &[&str]) -> String {
    let out = Command::new(program).current_dir(root).args(words).output();
    let text = out.map(|out| String::from_utf8_lossy(&out.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").to_owned()
}

/// Seconds of all CPUs so far.
#[derive(Debug, Default)]
struct Times {
    all: f64,
    /// Somebody ran.
    busy: f64,
    stolen: f64,
    /// Of that this process and its children.
    own: f64,
}

fn times() -> Times {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks = text.lines().next().unwrap_or_default().split_whitespace().skip(1);
    // Hundredths: user, nice, system, idle, waiting for a disk, two kinds of interrupts, stolen.
    let ticks: Vec<u64> = ticks.filter_map(|number| number.parse().ok()).take(8).collect();
    let sum = |places: &[usize]| {
        let chosen = places.iter().filter_map(|place| ticks.get(*place));
        real64(chosen.sum()) / 100.0
    };
    Times {
        all: sum(&[0, 1, 2, 3, 4, 5, 6, 7]),
        busy: sum(&[0, 1, 2, 5, 6]),
        stolen: sum(&[7]),
        own: (process_time() + children_time()).as_secs_f64(),
    }
}
