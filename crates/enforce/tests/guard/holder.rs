//! Agents in processes of their own, which can be killed: this test's program, started again.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use peregrine_enforce::{Guard, Options};
use peregrine_guard::{Act, Compiled, Level, Mode, PathKind};

use crate::acts::call;
use crate::policies;

/// What the process is told by its environment: level, folder of pins, paths closed and open.
const ASKED: &str = "PEREGRINE_TEST_HOLDS";

/// An agent that denies to open files.
pub(crate) struct Holder(Child);

impl Holder {
    /// Starts one and waits until its policies are in force.
    pub(crate) fn start(level: Level, pins: &Path, closed: &[&Path], open: &[&Path]) -> Self {
        let words = |paths: &[&Path]| {
            paths.iter().map(|path| path.to_str().unwrap()).collect::<Vec<_>>().join(":")
        };
        let asked = [level.name(), pins.to_str().unwrap(), &words(closed), &words(open)].join("\n");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "holder::holds_until_it_is_killed", "--nocapture"])
            .env(ASKED, asked)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.any(|line| line.is_ok_and(|line| line.contains("in force")));
        assert!(ready, "the agent ended: {:?}", child.wait());
        Self(child)
    }

    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    pub(crate) fn stop(&self) {
        call!(kill(self.0.id().cast_signed(), libc::SIGSTOP)).unwrap();
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn compiled(closed: &str, open: &str) -> Compiled {
    let mut compiled = Compiled::none();
    for (bit, (paths, fail_closed)) in [(closed, true), (open, false)].into_iter().enumerate() {
        if paths.is_empty() {
            continue;
        }
        let bit = u32::try_from(bit).unwrap();
        let number = policies::policy(&mut compiled, paths, Mode::Enforce, fail_closed);
        for path in paths.split(':') {
            policies::path(&mut compiled, path.as_ref(), PathKind::Exact, bit);
        }
        policies::deny_object(&mut compiled, Act::Open, number, bit);
    }
    compiled
}

#[test]
#[ignore = "the process of an agent that other tests start"]
fn holds_until_it_is_killed() {
    let Ok(asked) = std::env::var(ASKED) else { return };
    let words: Vec<&str> = asked.split('\n').collect();
    let [level, pins, closed, open] = words[..] else { panic!("{asked}") };
    let options = Options {
        level: Level::ALL.into_iter().find(|one| one.name() == level),
        pin: Some(PathBuf::from(pins)),
        ..Options::default()
    };
    let guard = Guard::start(&compiled(closed, open), &options).unwrap();
    println!("in force");
    loop {
        std::thread::park();
        assert!(!guard.hooks().is_empty());
    }
}
