//! The agent, its files, and what can be asked of it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use peregrine_agent::control::ask;
use peregrine_control::{AgentStatus, ReloadAnswer, Request};
use serde_json::Value;

use super::PATIENCE;
use super::account::{Arrivals, Reload, Sample};
use super::receiver::{Receiver, docker};
use crate::Bench;
use crate::agent::{Reported, interrupt, memory_of, reported};

/// How long the agent may take to answer.
const ANSWER: Duration = Duration::from_secs(30);

/// A folder with all of it.
#[derive(Debug)]
pub(super) struct Stage {
    folder: PathBuf,
    program: PathBuf,
    child: Child,
    pub(super) receiver: Receiver,
}

impl Stage {
    /// Makes the files and starts the agent with the rules we ship.
    pub(super) fn start(bench: &Bench) -> Result<Self> {
        let folder = bench.scene.file("soak");
        for needed in ["out", "run", "key"] {
            fs::create_dir_all(folder.join(needed))?;
        }
        let receiver = Receiver::start()?;
        docker(&folder.join("docker.sock"))?;
        let at = folder.display();
        let config = format!(
            "rules_files: [{at}/planted.yaml, {}]\n\
             watch_config_files: false\n\
             json_output: true\n\
             stdout_output: {{enabled: false}}\n\
             engine: {{kind: modern_ebpf, modern_ebpf: {{pushdown: false}}}}\n\
             file_output: {{enabled: true, keep_alive: false, filename: {at}/out/alerts}}\n\
             outputs: [{{name: receiver, type: webhook, url: 'http://127.0.0.1:{}/', retry_first: 50ms, retry_most: 1s}}]\n\
             journal: {{enabled: true, path: {at}/journal, key: {at}/key/journal.key}}\n\
             control: {{enabled: true, path: {at}/run/control.sock}}\n\
             container_engines: {{docker: {{sockets: [{at}/docker.sock]}}}}\n",
            bench.shipped.display(),
            receiver.port,
        );
        fs::write(folder.join("peregrine.yaml"), config)?;
        rules(&folder, 0)?;
        let said = folder.join("said");
        let mut child = Command::new(&bench.program)
            .args(["run", "-c"])
            .arg(folder.join("peregrine.yaml"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&said)?)
            .spawn()
            .with_context(|| format!("{} cannot be started", bench.program.display()))?;
        let end = Instant::now() + PATIENCE;
        loop {
            let text = fs::read_to_string(&said)?;
            if text.contains("monitoring: ") {
                break;
            }
            ensure!(child.try_wait()?.is_none(), "peregrine ended: {}", text.trim());
            ensure!(Instant::now() < end, "peregrine does not start: {}", text.trim());
            thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { folder, program: bench.program.clone(), child, receiver })
    }

    /// What the names of files begin with that a rule is about.
    pub(super) fn planted(&self) -> PathBuf {
        self.folder.join("planted.")
    }

    pub(super) fn status(&self) -> Result<AgentStatus> {
        let socket = self.folder.join("run/control.sock");
        let answer = ask(&socket, &Request::Status {}, ANSWER);
        let answer = answer.with_context(|| self.said())?;
        Ok(serde_json::from_value(answer)?)
    }

    /// Other rules than before, which the agent reads.
    pub(super) fn reload(&self, number: u64) -> Result<Reload> {
        rules(&self.folder, number)?;
        let socket = self.folder.join("run/control.sock");
        let answer = ask(&socket, &Request::Reload { dry_run: false }, ANSWER)?;
        let answer: ReloadAnswer = serde_json::from_value(answer)?;
        ensure!(answer.applied, "a reload was rejected: {}", self.said());
        let end = Instant::now() + ANSWER;
        loop {
            // Figures are those of a moment ago.
            let status = self.status()?;
            if status.reloads.applied == number {
                let pause = status.reloads.pause_seconds.context("no pause of a reload")?;
                return Ok(Reload { took: answer.took_seconds, pause });
            }
            ensure!(Instant::now() < end, "no figures of reload {number}: {status:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What there is to see of the agent.
    pub(super) fn sample(&self, begin: Instant) -> Result<Sample> {
        let status = self.status()?;
        Ok(Sample {
            at: begin.elapsed().as_secs_f64(),
            events: status.events.total,
            lost: status.lost.total,
            queued: status.outputs.iter().map(|output| output.queued).sum(),
            memory: memory_of(self.child.id())?,
            cpu: self.cpu()?,
        })
    }

    /// Seconds it ran, its threads that have ended too.
    fn cpu(&self) -> Result<f64> {
        let numbers = self.stat()?;
        let ticks = |place: usize| numbers.get(place).and_then(|text| text.parse::<f64>().ok());
        // Hundredths of a second, as user and in the kernel.
        let sum = ticks(11).zip(ticks(12)).map(|(user, kernel)| (user + kernel) / 100.0);
        sum.context("no times in /proc/PID/stat")
    }

    /// Its niceness.
    pub(super) fn nice(&self) -> Result<i32> {
        let numbers = self.stat()?;
        numbers.get(16).and_then(|text| text.parse().ok()).context("no niceness in /proc/PID/stat")
    }

    /// What `/proc/PID/stat` has behind the name, the state first.
    fn stat(&self) -> Result<Vec<String>> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, behind) = text.rsplit_once(") ").context("no name in /proc/PID/stat")?;
        Ok(behind.split(' ').map(str::to_owned).collect())
    }

    pub(super) fn signal(&self, name: &str) -> Result<()> {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().context("kill")?;
        ensure!(sent.success(), "no {name} could be sent to process {pid}");
        Ok(())
    }

    /// Takes the folder of the file away, or brings it back.
    pub(super) fn file_away(&self, away: bool) -> Result<()> {
        let (there, gone) = (self.folder.join("out"), self.folder.join("gone"));
        let (from, to) = if away { (there, gone) } else { (gone, there) };
        fs::rename(&from, to).with_context(|| from.display().to_string())
    }

    fn file(&self) -> Vec<Value> {
        // Names of files and arguments of others on the machine need not be UTF-8.
        let bytes = fs::read(self.folder.join("out/alerts")).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Waits until both outputs have the alert of this number, or it takes too long: then it counts as missing.
    pub(super) fn until_arrived(&self, number: u64) {
        let name = format!("{}{number}", self.planted().display());
        let is_it = |alert: &Value| alert["output_fields"]["fd.name"] == name.as_str();
        let end = Instant::now() + PATIENCE;
        let has_it = || {
            let is_taken = |taken: &[(Value, String)]| taken.iter().any(|(alert, _)| is_it(alert));
            self.receiver.with_taken(is_taken) && self.file().iter().any(is_it)
        };
        while !has_it() && Instant::now() < end {
            thread::sleep(Duration::from_millis(500));
        }
    }

    /// What the agent said up to now.
    fn said(&self) -> String {
        fs::read_to_string(self.folder.join("said")).unwrap_or_default().trim().to_owned()
    }

    /// Ends the agent: what it reported, and what arrived at the file, the web server, the journal.
    pub(super) fn end(mut self) -> Result<(Reported, [(&'static str, Arrivals); 3])> {
        interrupt(&self.child)?;
        let status = self.child.wait()?;
        ensure!(status.success(), "peregrine failed: {}", self.said());
        let reported = reported(&self.said())?;
        let prefix = self.planted().display().to_string();
        let mut file = Arrivals::default();
        for alert in self.file() {
            file.alert(&prefix, &alert);
        }
        let mut web = Arrivals::default();
        self.receiver.with_taken(|taken| {
            // What is sent again has the number it had.
            let mut seen = BTreeMap::new();
            for (alert, sequence) in taken {
                let key = (sequence, alert["output_fields"]["fd.name"].as_str());
                let times = seen.entry(key).or_insert(0_u64);
                *times += 1;
                if *times == 1 {
                    web.alert(&prefix, alert);
                } else {
                    web.sent_again += 1;
                }
            }
        });
        let exported = self.journal(&["export"])?;
        let mut journal = Arrivals::default();
        for line in exported.lines() {
            journal.alert(&prefix, &serde_json::from_str(line).context("the journal as JSON")?);
        }
        self.journal(&["verify"])?;
        Ok((reported, [("file", file), ("web server", web), ("journal", journal)]))
    }

    /// What a command on the journal prints.
    fn journal(&self, words: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.arg("journal").args(words).arg("-c").arg(self.folder.join("peregrine.yaml"));
        let out = command.output()?;
        let said = String::from_utf8_lossy(&out.stderr);
        ensure!(out.status.success(), "{command:?}: {}", said.trim());
        Ok(String::from_utf8_lossy(&out.stdout).into_owned())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Nothing to do where it ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The rules of one generation: one that all have, and one about other calls than the last.
fn rules(folder: &Path, number: u64) -> Result<()> {
    let calls = ["chmod", "unlink", "connect", "setns", "ptrace", "rename"];
    let place = usize::try_from(number)? % calls.len();
    let other = calls.get(place).copied().unwrap_or_default();
    let planted = folder.join("planted.");
    let text = format!(
        "- rule: planted\n  desc: d\n  condition: evt.type in (open, openat, openat2) and fd.name startswith {}\n  \
         output: opened %fd.name %container.id %container.image.repository\n  priority: notice\n\
         - rule: other {number}\n  desc: d\n  condition: evt.type = {other} and proc.name = nobody\n  output: o\n  \
         priority: notice\n",
        planted.display()
    );
    let beside = folder.join("beside");
    fs::write(&beside, text)?;
    Ok(fs::rename(beside, folder.join("planted.yaml"))?)
}
