//! What Peregrine costs, measured in one go: `cargo xtask bench`, as root; `make bench` does it.
//!
//! A scenario is a file: `watch` (what work takes unprobed, under an empty program, under `peregrine
//! run`), `flood` (loss against rate), `latency` (from the call to the alert), `memory`, `start`,
//! `record`, `journal` (alerts appended, verified, searched), `replay` (a capture through the pipeline), `rules` (what each rule costs). `work.rs` has the kinds
//! of work, `scene.rs` what is acted on, `page.rs` and `plots.rs` write the outcome down.
//!
//! The machine may be busy: what is compared is done in turns in one run, of many short slices the
//! lower quartile counts, and beside the time by the clock stands the time on a CPU.

mod agent;
mod flood;
mod journal;
mod latency;
mod machine;
mod memory;
mod page;
mod plots;
mod record;
mod replay;
mod rules;
mod scene;
mod soak;
mod start;
mod stats;
mod watch;
mod work;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Parser, ValueEnum};
use serde::Serialize;

use crate::scene::Scene;

/// Measures what Peregrine costs. Needs root and builds what it needs.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask bench",
    after_help = "Examples:\n  cargo xtask bench                                   # all, about 5 minutes, into docs/\n  cargo xtask bench --quick                           # all, one to two minutes\n  cargo xtask bench watch latency --rules falco_rules.yaml\n  cargo xtask bench replay --capture trace.scap.gz --rules falco_rules.yaml"
)]
struct Flags {
    /// What to measure [default: all].
    #[arg(value_enum)]
    scenarios: Vec<Scenario>,
    /// Fewer and shorter turns.
    #[arg(long)]
    quick: bool,
    /// Rule files, measured beside the rules we ship, as one set.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    rules: Vec<PathBuf>,
    /// Captures for replay and rules, instead of what is recorded for them; repeatable.
    #[arg(long, value_name = "FILE")]
    capture: Vec<PathBuf>,
    /// Where benchmarks.md and the plots go [default: docs for all scenarios without --quick, else nowhere].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// How the programs are built: `counted` is built sooner and a little slower.
    #[arg(long, value_name = "NAME", default_value = "release")]
    profile: String,
    /// How long `soak` is, minutes; a shorter one is written to --out only.
    #[arg(long, value_name = "NUMBER", default_value_t = SOAK, value_parser = clap::value_parser!(u64).range(2..=1440))]
    minutes: u64,
}

/// Minutes of `soak` unless another number is asked for.
const SOAK: u64 = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Scenario {
    /// Work unprobed, under an empty program, under `peregrine run`
    Watch,
    /// Loss and alerts against the rate of opens
    Flood,
    /// From the call to the alert on stdout
    Latency,
    /// Memory with nothing to do, at 10,000 threads, at 100,000 descriptors
    Memory,
    /// Until it watches, until the first alert
    Start,
    /// What `peregrine record` costs
    Record,
    /// Alerts appended to the journal, verified, searched
    Journal,
    /// Events of a capture a CPU second
    Replay,
    /// What each rule costs
    Rules,
    /// Half an hour of everything at once; not part of all
    Soak,
}

/// Everything that was measured.
#[derive(Debug, Default, Serialize)]
struct Figures {
    machine: machine::Machine,
    watch: Option<watch::Watched>,
    flood: Option<flood::Flooded>,
    latency: Option<latency::Latencies>,
    memory: Option<memory::Memory>,
    start: Option<start::Starts>,
    record: Option<Vec<record::Recorded>>,
    journal: Option<journal::Journaled>,
    replay: Option<Vec<replay::Replayed>>,
    rules: Option<Vec<rules::Costs>>,
}

/// What scenarios share.
struct Bench {
    quick: bool,
    /// The binary that is measured.
    program: PathBuf,
    /// The rules we ship, as files, to be loaded beside others.
    shipped: PathBuf,
    /// The rules that were given.
    given: Vec<PathBuf>,
    captures: Vec<PathBuf>,
    scene: Scene,
    begin: Instant,
}

impl Bench {
    /// The sets of rules that are compared: a name, and files, none for those we ship.
    fn sets(&self) -> Vec<(String, Vec<PathBuf>)> {
        let mut sets = vec![("default rules".to_owned(), Vec::new())];
        if !self.given.is_empty() {
            let names: Vec<_> = self.given.iter().filter_map(|file| file.file_name()).collect();
            let name = names.join(" + ".as_ref()).to_string_lossy().into_owned();
            sets.push((name, self.given.clone()));
        }
        sets
    }

    /// The files of a set with the rules of the scene before them.
    fn planted(&self, files: &[PathBuf]) -> Result<Vec<PathBuf>> {
        let mut all = vec![self.scene.rules()?];
        if files.is_empty() {
            all.push(self.shipped.clone());
        }
        all.extend_from_slice(files);
        Ok(all)
    }

    /// One number for a quick run, another for a whole one.
    fn either<T>(&self, quick: T, whole: T) -> T {
        if self.quick { quick } else { whole }
    }

    /// Shows how far it is.
    fn progress(&self, text: &str) {
        say(&format!("{:4} s  {text}", self.begin.elapsed().as_secs()));
    }
}

#[expect(clippy::print_stderr, reason = "long work shows progress")]
fn say(line: &str) {
    eprintln!("{line}");
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match run(&peregrine_testkit::workspace(), &arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Measures. Built for speed it does so itself; else it builds what it needs and hands over.
fn run(root: &Path, arguments: &[OsString]) -> Result<()> {
    let name = OsString::from("cargo xtask bench");
    let flags = match Flags::try_parse_from([&name].into_iter().chain(arguments)) {
        Ok(flags) => flags,
        Err(error) if !error.use_stderr() => return Ok(error.print()?),
        Err(error) => bail!("{}", error.to_string().trim_start_matches("error: ").trim_end()),
    };
    // The files are named from where the command was given; turns may take minutes: ask now.
    for file in flags.rules.iter().chain(&flags.capture) {
        ensure!(file.exists(), "there is no file {}", file.display());
    }
    let live = [
        Scenario::Watch,
        Scenario::Flood,
        Scenario::Latency,
        Scenario::Memory,
        Scenario::Start,
        Scenario::Soak,
    ];
    ensure!(
        !flags.scenarios.contains(&Scenario::Soak) || flags.scenarios.len() == 1,
        "soak is measured alone"
    );
    let all = flags.scenarios.is_empty();
    let asked = |scenario| all || flags.scenarios.contains(&scenario);
    let needs_root = live.into_iter().any(asked) || flags.capture.is_empty();
    if needs_root && !peregrine_testkit::root("bench") {
        bail!("it loads kernel programs: run it as root, or only `replay rules` with --capture");
    }
    if cfg!(debug_assertions) {
        return hand_over(root, &flags.profile, arguments);
    }
    let folder = std::env::current_exe()?.parent().map(Path::to_path_buf).unwrap_or_default();
    let bench = Bench {
        quick: flags.quick,
        program: folder.join("peregrine"),
        shipped: root.join("rules"),
        given: flags.rules.clone(),
        captures: flags.capture.clone(),
        scene: Scene::new(&folder)?,
        begin: Instant::now(),
    };
    let machine = machine::facts(root, &flags.profile)?;
    if flags.scenarios.contains(&Scenario::Soak) {
        return soak(root, &flags, &bench, machine);
    }
    let mut figures = Figures { machine, ..Figures::default() };
    let mut failed = Vec::new();
    // What one scenario could not do takes nothing away from the others.
    figures.watch = tried(&asked, Scenario::Watch, &mut failed, || watch::run(&bench));
    figures.start = tried(&asked, Scenario::Start, &mut failed, || start::run(&bench));
    figures.latency = tried(&asked, Scenario::Latency, &mut failed, || latency::run(&bench));
    figures.flood = tried(&asked, Scenario::Flood, &mut failed, || flood::run(&bench));
    figures.memory = tried(&asked, Scenario::Memory, &mut failed, || memory::run(&bench));
    figures.record = tried(&asked, Scenario::Record, &mut failed, || record::run(&bench));
    figures.journal = tried(&asked, Scenario::Journal, &mut failed, || journal::run(&bench));
    if asked(Scenario::Replay) || asked(Scenario::Rules) {
        match replay::captures(&bench) {
            Ok(captures) => {
                figures.replay =
                    tried(&asked, Scenario::Replay, &mut failed, || replay::run(&bench, &captures));
                figures.rules =
                    tried(&asked, Scenario::Rules, &mut failed, || rules::run(&bench, &captures));
            }
            Err(error) => failed.push(format!("captures: {error:#}")),
        }
    }
    figures.machine.end(bench.begin.elapsed(), flags.quick);
    let page = page::page(&figures, flags.out.is_some() || (all && !flags.quick));
    #[expect(clippy::print_stdout, reason = "a chore prints its figures")]
    {
        println!("{page}");
    }
    ensure!(failed.is_empty(), "nothing is written: {}", failed.join("; "));
    let out = flags.out.or_else(|| (all && !flags.quick).then(|| root.join("docs")));
    if let Some(out) = out {
        write(&out, &figures, &page)?;
        bench.progress(&format!("written: {}", out.join("benchmarks.md").display()));
    }
    Ok(())
}

/// Half an hour of everything at once. A page is written also where a promise was not kept.
fn soak(root: &Path, flags: &Flags, bench: &Bench, mut machine: machine::Machine) -> Result<()> {
    let soaked = soak::run(bench, flags.minutes)?;
    machine.end(bench.begin.elapsed(), false);
    let out = flags.out.clone().or_else(|| (flags.minutes >= SOAK).then(|| root.join("docs")));
    let page = soak::write(out.as_deref(), &machine, &soaked)?;
    #[expect(clippy::print_stdout, reason = "a chore prints its figures")]
    {
        println!("{page}");
    }
    soak::check(&soaked)
}

/// The outcome of a scenario that was asked for; why there is none is kept.
fn tried<T>(
    asked: &dyn Fn(Scenario) -> bool,
    scenario: Scenario,
    failed: &mut Vec<String>,
    run: impl FnOnce() -> Result<T>,
) -> Option<T> {
    let outcome = asked(scenario).then(run)?;
    outcome.map_err(|error| failed.push(format!("{scenario:?}: {error:#}"))).ok()
}

/// Writes the page, the figures and the plots.
fn write(out: &Path, figures: &Figures, page: &str) -> Result<()> {
    let plots = out.join("benchmarks");
    std::fs::create_dir_all(&plots)
        .with_context(|| format!("cannot make the folder {}", plots.display()))?;
    let mut json = serde_json::to_string_pretty(figures)?;
    writeln!(json)?;
    std::fs::write(plots.join("figures.json"), json)?;
    for (name, plot) in plots::all(figures)? {
        std::fs::write(plots.join(name), plot)?;
    }
    std::fs::write(out.join("benchmarks.md"), page)?;
    Ok(())
}

/// Builds what is measured and this very program, both for speed, and becomes the latter.
fn hand_over(root: &Path, profile: &str, arguments: &[OsString]) -> Result<()> {
    say("building, which takes minutes when much is new");
    let status = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["build", "--quiet", "--locked", "--profile", profile])
        .args(["--package", "peregrine-cli", "--package", "peregrine-bench"])
        .status()?;
    ensure!(status.success(), "the programs cannot be built");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let program = target.join(profile).join("peregrine-bench");
    // It comes back only if it cannot be started.
    Err(Command::new(&program).args(arguments).exec())
        .with_context(|| format!("{} cannot be started", program.display()))
}
