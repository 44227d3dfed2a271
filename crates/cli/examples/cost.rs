//! What watching costs: two million times open, read, close; unprobed, under an empty program at
//! the return of every call, and under `peregrine run` with the rules we ship, turn by turn in one
//! run. Also the start, the first alert, the memory. Needs root and the release build.
//!
//! `cargo build --release -p peregrine-cli && cargo run --release -p peregrine-cli --example cost`;
//! what follows `--` goes to `peregrine run` (`-r FILE`, `-o engine.modern_ebpf.pushdown=false`).

#![expect(clippy::print_stdout, reason = "what it is for")]
#![expect(clippy::unwrap_used, reason = "a broken measurement may panic")]

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use peregrine_probe::{Attach, Options, Probe};

const ROUNDS: u32 = 20;
const SLICES: u32 = 100;
const SLICE: u32 = 1_000;

/// Nanoseconds per iteration of each slice.
fn work(slices: &mut Vec<f64>) {
    let mut byte = [0_u8; 64];
    for _ in 0..SLICES {
        let begin = Instant::now();
        for _ in 0..SLICE {
            let mut file = File::open("/etc/hostname").unwrap();
            let _ = file.read(&mut byte).unwrap();
        }
        slices.push(begin.elapsed().as_secs_f64() * 1e9 / f64::from(SLICE));
    }
}

/// The lower quartile: what it takes when nothing else disturbs.
fn quartile(slices: &mut [f64]) -> f64 {
    slices.sort_by(f64::total_cmp);
    slices[slices.len() / 4]
}

struct Agent {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    stdout: BufReader<std::process::ChildStdout>,
    started: Duration,
}

impl Agent {
    /// With the rules of a file, or those we ship, and further settings.
    fn start(args: &[String]) -> Self {
        let begin = Instant::now();
        let mut child = Command::new("target/release/peregrine")
            .arg("run")
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("target/release/peregrine: build it first");
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("watching") {
            line.clear();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "peregrine did not start");
        }
        Self { child, stderr, stdout, started: begin.elapsed() }
    }

    /// User and system time so far, seconds.
    fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks = |index: usize| fields[index].parse::<f64>().unwrap();
        (ticks(11) + ticks(12)) / 100.0
    }

    fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// How long it takes from the act to the alert on stdout.
    fn alert(&mut self) -> Duration {
        let begin = Instant::now();
        drop(File::open("/etc/shadow").unwrap());
        let mut line = String::new();
        // Others on the machine may break rules, too.
        while !line.contains("/etc/shadow") {
            line.clear();
            assert!(self.stdout.read_line(&mut line).unwrap() > 0, "peregrine ended");
        }
        begin.elapsed()
    }

    fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-INT", &pid]).status().unwrap();
        let mut account = String::new();
        self.stderr.read_to_string(&mut account).unwrap();
        self.child.wait().unwrap();
        account
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (mut bare, mut empty, mut full) = (Vec::new(), Vec::new(), Vec::new());
    let (mut cpu, mut wall) = (0.0, Duration::ZERO);
    let (mut starts, mut alerts, mut memory, mut lost) = (Vec::new(), Vec::new(), 0, 0_u64);
    for round in 0..ROUNDS {
        work(&mut bare);
        {
            let mut probe = Probe::load(&Options::default()).unwrap();
            probe.attach(Attach::Nothing).unwrap();
            work(&mut empty);
        }
        let mut agent = Agent::start(&args);
        starts.push(agent.started.as_secs_f64() * 1e3);
        alerts.push(agent.alert().as_secs_f64() * 1e3);
        let (before, begin) = (agent.cpu(), Instant::now());
        work(&mut full);
        wall += begin.elapsed();
        cpu += agent.cpu() - before;
        memory = memory.max(agent.memory_kib());
        let account = agent.stop();
        let told = account.lines().find_map(|line| line.strip_suffix(" lost")).unwrap();
        lost += told.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
        eprint_progress(round);
    }
    let (bare, empty, full) = (quartile(&mut bare), quartile(&mut empty), quartile(&mut full));
    println!("open+read+close, {} iterations each, lower quartile:", ROUNDS * SLICES * SLICE);
    println!("  unprobed         {bare:7.0} ns");
    println!("  empty program    {empty:7.0} ns  {:.2}x", empty / bare);
    println!("  peregrine run    {full:7.0} ns  {:.2}x", full / bare);
    println!("  lost             {lost:7}");
    println!(
        "  agent            {:7.1} % of one CPU, {cpu:.2} s, {:.0} ns an iteration",
        cpu / wall.as_secs_f64() * 100.0,
        cpu * 1e9 / f64::from(ROUNDS * SLICES * SLICE)
    );
    println!(
        "start until it watches {:.0} ms, act to alert {:.1} ms (medians)",
        median(&mut starts),
        median(&mut alerts)
    );
    println!("RssAnon {:.1} MiB at most", f64::from(u32::try_from(memory).unwrap()) / 1024.0);
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[expect(clippy::print_stderr, reason = "long work shows progress")]
fn eprint_progress(round: u32) {
    eprint!("\rround {} of {ROUNDS} ", round + 1);
    if round + 1 == ROUNDS {
        eprintln!();
    }
}
