//! Responses on this host: real processes and files, the account, what is left after the agent was killed.

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::agent::{Watched, scratch};

pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A folder with a rule for a program in it, and a response to it.
pub(crate) struct Stage {
    pub(crate) folder: PathBuf,
    pub(crate) program: PathBuf,
}

impl Stage {
    pub(crate) fn new(name: &str, actions: &str) -> Self {
        let folder = scratch(name);
        // The names of processes are cut behind 15 letters.
        let mark = format!("mk{}{}", std::process::id() % 100_000, name.len());
        let program = folder.join(&mark);
        std::fs::copy("/bin/sleep", &program).unwrap();
        let rule = format!(
            "- rule: marked {mark}\n  desc: d\n  condition: evt.type = execve and proc.name = {mark}\n  output: ran %proc.exepath\n  priority: WARNING\n"
        );
        std::fs::write(folder.join("rules.yaml"), rule).unwrap();
        let response = format!(
            "- response: marked\n  match: {{rules: ['marked {mark}']}}\n  limits: {{at_most: 10000/1h}}\n{actions}"
        );
        std::fs::write(folder.join("respond.yaml"), response).unwrap();
        Self { folder, program }
    }

    pub(crate) fn flags(&self, mode: &str) -> Vec<String> {
        let path = |name: &str| self.folder.join(name).display().to_string();
        [
            "-r",
            &path("rules.yaml"),
            "--json",
            "-o",
            &format!("respond.files=[{}]", path("respond.yaml")),
            "-o",
            &format!("respond.mode={mode}"),
            "-o",
            &format!("respond.path={}", path("store")),
            "-o",
            &format!("journal.key={}", path("own.key")),
        ]
        .map(str::to_owned)
        .to_vec()
    }

    pub(crate) fn start(&self) -> Child {
        Command::new(&self.program).arg("600").stdout(Stdio::null()).spawn().unwrap()
    }

    pub(crate) fn respond(&self, args: &[&str]) -> Output {
        let path = self.folder.join("store").display().to_string();
        let key = format!("journal.key={}", self.folder.join("own.key").display());
        Command::new(env!("CARGO_BIN_EXE_peregrine"))
            .arg("respond")
            .args(args)
            .args(["--path", &path, "-o", &key])
            .output()
            .unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The next alert about an action that is at this step.
pub(crate) fn step(agent: &mut Watched, action: &str, step: &str) -> Value {
    let text = format!("\"rule\":\"Response {step}\"");
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        let Some(line) = agent.line_with(&text, PATIENCE) else { break };
        let alert: Value = serde_json::from_str(&line).unwrap();
        if alert["output_fields"]["response.action"] == action {
            return alert;
        }
    }
    panic!("no alert says that {action} is {step}")
}

pub(crate) fn field<'a>(alert: &'a Value, name: &str) -> &'a Value {
    &alert["output_fields"][name]
}

pub(crate) fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[test]
fn live_a_response_acts_keeps_account_and_is_taken_back() {
    if !peregrine_testkit::root("live_a_response_acts_keeps_account_and_is_taken_back") {
        return;
    }
    let stage = Stage::new(
        "respond",
        "  actions:\n    - kill: {what: tree}\n    - quarantine: {file: '%proc.exepath'}\n    - evidence\n    - run: {argv: [/bin/echo, '%output']}\n  on_failure: continue\n",
    );
    let before = bytes(&stage.program);
    let mut agent = Watched::start(&stage.flags("on"));
    let mut child = stage.start();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    let planned = step(&mut agent, "kill", "planned");
    let done = step(&mut agent, "kill", "done");
    assert_eq!(field(&planned, "response.id"), field(&done, "response.id"));
    assert_eq!(done["source"], "response");
    let moved = step(&mut agent, "quarantine", "done");
    assert!(!stage.program.exists());
    // The process is gone by then.
    let failed = step(&mut agent, "evidence", "failed");
    let why = field(&failed, "response.detail").as_str().unwrap();
    assert!(why.ends_with("is gone"), "{why}");
    let ran = step(&mut agent, "run", "done");
    let said = field(&ran, "response.detail").as_str().unwrap();
    assert!(said.starts_with("exit status: 0: ran /"), "{said}");
    // Taken back by somebody, beside the agent, which reports it.
    let id = field(&moved, "response.id").to_string();
    let undone = stage.respond(&["undo", &id]);
    assert!(undone.status.success(), "{}", String::from_utf8_lossy(&undone.stderr));
    assert_eq!(bytes(&stage.program), before);
    let undone = step(&mut agent, "quarantine", "undone");
    assert!(field(&undone, "response.person").is_string(), "{undone}");
    let listed = String::from_utf8(stage.respond(&["list", "--json"]).stdout).unwrap();
    let states: Vec<Value> = listed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["state"].clone())
        .collect();
    assert_eq!(states, ["done", "undone", "failed", "done"]);
    let again = stage.respond(&["undo", &id]);
    assert_eq!(again.status.code(), Some(1));
    drop(agent);
}

#[test]
fn live_a_dry_run_touches_nothing() {
    if !peregrine_testkit::root("live_a_dry_run_touches_nothing") {
        return;
    }
    let stage = Stage::new(
        "respond-dry",
        "  actions:\n    - kill: {what: tree}\n    - quarantine: {file: '%proc.exepath'}\n",
    );
    let mut agent = Watched::start(&stage.flags("dry_run"));
    let mut child = stage.start();
    step(&mut agent, "kill", "dry run");
    step(&mut agent, "quarantine", "dry run");
    assert!(child.try_wait().unwrap().is_none() && stage.program.exists());
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Killed between what was planned and what is done: the next start says in which state it is, and finishes it.
#[test]
fn live_what_was_planned_when_the_agent_died_is_finished() {
    if !peregrine_testkit::root("live_what_was_planned_when_the_agent_died_is_finished") {
        return;
    }
    let stage = Stage::new(
        "respond-crash",
        "  actions:\n    - run: {argv: [/bin/sh, -c, 'echo begun >> \"$0\"; exec sleep 3', PATH], user: root, timeout: 30s}\n",
    );
    let file = stage.folder.join("ran");
    let response = stage.folder.join("respond.yaml");
    let text = std::fs::read_to_string(&response).unwrap();
    std::fs::write(&response, text.replace("PATH", &file.display().to_string())).unwrap();
    let mut agent = Watched::start(&stage.flags("on"));
    let mut child = stage.start();
    step(&mut agent, "run", "planned");
    let begin = Instant::now();
    while !file.exists() {
        assert!(begin.elapsed() < PATIENCE, "it never ran");
        std::thread::sleep(Duration::from_millis(2));
    }
    let pid = agent.pid().to_string();
    assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
    drop(agent);
    let mut agent = Watched::start(&stage.flags("on"));
    let done = step(&mut agent, "run", "done");
    let said = field(&done, "response.detail").as_str().unwrap();
    assert!(
        said.starts_with("the agent had died before: nobody knows whether it ran; now: "),
        "{said}"
    );
    assert_eq!(bytes(&file), b"begun\nbegun\n");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// From the return of the call to the end of the process; `PEREGRINE_KILLS` of them.
#[test]
fn live_a_process_is_killed_soon() {
    if !peregrine_testkit::root("live_a_process_is_killed_soon") {
        return;
    }
    let kills = std::env::var("PEREGRINE_KILLS").map_or(20, |number| number.parse().unwrap());
    let stage = Stage::new("respond-soon", "  actions: [kill]\n");
    let agent = Watched::start(&stage.flags("on"));
    let mut took: Vec<Duration> = (0..kills)
        .map(|_| {
            let mut child = stage.start();
            let begin = Instant::now();
            assert_eq!(child.wait().unwrap().signal(), Some(9));
            begin.elapsed()
        })
        .collect();
    took.sort();
    let at = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)];
    eprintln!("{kills} kills: p50 {:?}, p99 {:?}, most {:?}", at(50), at(99), took[took.len() - 1]);
    drop(agent);
}
