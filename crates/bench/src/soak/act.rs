//! What happens on the host meanwhile.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use peregrine_testkit::cgroups::{Group, hierarchies};

use super::RATE;
use super::account::Planted;
use super::stage::Stage;
use crate::flood::{Flood, threads};
use crate::scene::Scene;

/// The image of all containers.
pub(super) const IMAGE: &str = "registry.example/soak";
/// Between two planted opens, two processes, two containers.
const PLANT: Duration = Duration::from_millis(50);
const START: Duration = Duration::from_millis(20);
const CONTAIN: Duration = Duration::from_secs(2);

/// All that acts.
#[derive(Debug)]
pub(super) struct Acts<'s> {
    scene: &'s Scene,
    /// A program that does nothing.
    tiny: PathBuf,
    /// What the names of planted files begin with.
    prefix: String,
    /// Where containers have their control groups.
    hierarchy: PathBuf,
    begin: Instant,
    planted: Mutex<Vec<Planted>>,
    opens: AtomicU64,
    processes: AtomicU64,
}

impl<'s> Acts<'s> {
    pub(super) fn new(stage: &Stage, scene: &'s Scene, begin: Instant) -> Result<Self> {
        let hierarchy = hierarchies().into_iter().next();
        Ok(Self {
            scene,
            tiny: scene.tiny()?,
            prefix: stage.planted().display().to_string(),
            hierarchy: hierarchy.context("no hierarchy of control groups is mounted")?,
            begin,
            planted: Mutex::default(),
            opens: AtomicU64::new(0),
            processes: AtomicU64::new(0),
        })
    }

    /// Acts on threads of its own until somebody says stop.
    pub(super) fn start<'t, 'e>(
        &'e self,
        scope: &'t Scope<'t, 'e>,
        stop: &'e AtomicBool,
    ) -> Vec<ScopedJoinHandle<'t, Result<()>>> {
        let goes_on = || !stop.load(Ordering::Relaxed);
        vec![
            scope.spawn(move || {
                let time = Duration::from_secs(1);
                let flood = Flood { threads: threads(), rate: Some(RATE), time, planted: 0 };
                while goes_on() {
                    let (opens, _) = flood.run(self.scene)?;
                    self.opens.fetch_add(opens, Ordering::Relaxed);
                }
                Ok(())
            }),
            scope.spawn(move || paced(PLANT, stop, || self.plant(false).map(drop))),
            scope.spawn(move || paced(START, stop, || self.process())),
            scope.spawn(move || paced(CONTAIN, stop, || self.plant(true).map(drop))),
        ]
    }

    /// Opens a file of its own that a rule is about, perhaps as the first act of a container; says its number.
    pub(super) fn plant(&self, contained: bool) -> Result<u64> {
        let number = {
            let mut planted = self.planted.lock().unwrap_or_else(PoisonError::into_inner);
            let number = planted.len() as u64;
            planted.push(Planted { number, at: self.begin.elapsed().as_secs_f64(), contained });
            number
        };
        let file = format!("{}{number}", self.prefix);
        if contained {
            self.contain(number, &file)?;
        } else {
            drop(File::create(&file)?);
        }
        fs::remove_file(&file)?;
        Ok(number)
    }

    /// A container of one process, which makes a file.
    fn contain(&self, number: u64, file: &str) -> Result<()> {
        let id = format!("d{number:031x}{:032x}", std::process::id());
        let path = format!("peregrine-soak-{}/docker-{id}.scope", std::process::id());
        let group = Group::new(&self.hierarchy, &path);
        let tasks = group.tasks().display().to_string();
        let script = format!("echo $$ > {tasks} && exec sh -c ': > {file}'");
        self.run(Command::new("sh").args(["-c", &script]))
    }

    /// A process, or a family of them.
    fn process(&self) -> Result<()> {
        if self.processes.load(Ordering::Relaxed).is_multiple_of(10) {
            let tiny = self.tiny.display();
            self.run(Command::new("sh").args(["-c", &format!("{tiny} & {tiny} | {tiny}; wait")]))
        } else {
            self.run(&mut Command::new(&self.tiny))
        }
    }

    fn run(&self, command: &mut Command) -> Result<()> {
        self.processes.fetch_add(1, Ordering::Relaxed);
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
        ensure!(status.success(), "{command:?} failed");
        Ok(())
    }

    /// Everything that was planted, in order.
    pub(super) fn planted(&self) -> Vec<Planted> {
        self.planted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn opens(&self) -> u64 {
        self.opens.load(Ordering::Relaxed)
    }

    pub(super) fn processes(&self) -> u64 {
        self.processes.load(Ordering::Relaxed)
    }
}

/// Does something so often until somebody says stop.
fn paced(every: Duration, stop: &AtomicBool, mut act: impl FnMut() -> Result<()>) -> Result<()> {
    while !stop.load(Ordering::Relaxed) {
        let next = Instant::now() + every;
        act()?;
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    Ok(())
}
