//! Alerts reach their receiver whatever happens to it and to the agent.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::agent::{Watched, scratch};

const SOON: Duration = Duration::from_secs(30);
/// Alerts a second.
pub(crate) const RATE: u64 = 200;

pub(crate) struct Stage {
    pub(crate) folder: PathBuf,
    fifo: PathBuf,
}

impl Stage {
    pub(crate) fn new(name: &str) -> Self {
        let folder = scratch(name);
        let rule = format!(
            "- rule: marked open\n  desc: d\n  condition: evt.type in (open, openat) and fd.name startswith {}/marked\n  output: opened %fd.name\n  priority: notice\n",
            folder.display()
        );
        std::fs::write(folder.join("rules.yaml"), rule).unwrap();
        let fifo = folder.join("receiver");
        Self { folder, fifo }
    }

    pub(crate) fn start(&self, output: &[&str]) -> Watched {
        let folder = self.folder.display();
        let mut flags = vec!["-r".to_owned(), format!("{folder}/rules.yaml")];
        let settings = [
            "journal.enabled=true".to_owned(),
            format!("journal.path={folder}/journal"),
            format!("journal.key={folder}/kept/journal.key"),
            "stdout_output.enabled=false".to_owned(),
        ];
        for setting in settings.iter().map(String::as_str).chain(output.iter().copied()) {
            flags.extend(["-o".to_owned(), setting.to_owned()]);
        }
        Watched::start(&flags)
    }

    /// Raises alerts of these numbers, so many a second.
    pub(crate) fn act(&self, numbers: std::ops::Range<u64>) {
        let begin = Instant::now();
        let file = self.folder.join("marked");
        for (at, number) in (0_u64..).zip(numbers) {
            let due = begin + Duration::from_micros(at * 1_000_000 / RATE);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            std::fs::write(format!("{}-{number}", file.display()), "").unwrap();
        }
    }

    /// Waits until the journal has the alerts of all numbers below this.
    pub(crate) fn until_in_journal(&self, count: u64) {
        let end = Instant::now() + SOON;
        loop {
            let exported = Command::new(env!("CARGO_BIN_EXE_peregrine"))
                .args(["journal", "export", "--path"])
                .arg(self.folder.join("journal"))
                .output()
                .unwrap();
            let text = String::from_utf8(exported.stdout).unwrap();
            let there: BTreeSet<u64> = numbers(&text).into_iter().collect();
            if there.len() as u64 >= count {
                return;
            }
            assert!(Instant::now() < end, "{} of {count} in the journal", there.len());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The end of the FIFO that reads.
    fn receiver(&self) -> File {
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        OpenOptions::new().read(true).custom_flags(flags).open(&self.fifo).unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The numbers of the alerts in lines, in order.
pub(crate) fn numbers(text: &str) -> Vec<u64> {
    let number = |line: &str| {
        let (_, behind) = line.rsplit_once("marked-")?;
        behind.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    text.lines().filter_map(number).collect()
}

pub(crate) fn kill(pid: u32) {
    let done = Command::new("kill").args(["-s", "KILL", &pid.to_string()]).status().unwrap();
    assert!(done.success());
}

/// The receiver, a file whose folder goes away, is away for so many seconds, and the agent killed and started
/// again half-way.
fn receiver_away(seconds: u64) {
    let stage = Stage::new("receiver-away");
    let (there, gone) = (stage.folder.join("out"), stage.folder.join("gone"));
    std::fs::create_dir(&there).unwrap();
    let file = there.join("alerts");
    let output = [
        "file_output.enabled=true".to_owned(),
        format!("file_output.filename={}", file.display()),
        "file_output.keep_alive=false".to_owned(),
    ];
    let output: Vec<&str> = output.iter().map(String::as_str).collect();
    let watched = stage.start(&output);
    stage.act(0..50);
    until_all(&file, 50);
    std::fs::rename(&there, &gone).unwrap();
    let (half, all) = (50 + seconds * RATE / 2, 50 + seconds * RATE);
    stage.act(50..half);
    stage.until_in_journal(half);
    kill(watched.pid());
    drop(watched);
    // It must be there at the start; it goes at once.
    std::fs::rename(&gone, &there).unwrap();
    let watched = stage.start(&output);
    std::fs::rename(&there, &gone).unwrap();
    stage.act(half..all);
    std::fs::rename(&gone, &there).unwrap();
    until_all(&file, all);
    let reported = watched.stop();
    let text = std::fs::read_to_string(&file).unwrap();
    // In order; those that are repeated are those that nobody knew to have arrived.
    let mut seen = BTreeMap::new();
    let mut next = 0;
    for number in numbers(&text) {
        assert!(number <= next, "{number} came before {next}\n{reported}");
        *seen.entry(number).or_insert(0_u64) += 1;
        next = next.max(number + 1);
    }
    let repeated = seen.values().filter(|times| **times > 1).count();
    let _ = writeln!(std::io::stderr(), "{all} alerts, {repeated} of them more than once");
    assert!(repeated <= 50, "{repeated} of {all} were repeated");
    assert!(!reported.contains("for the next start"), "{reported}");
}

/// Waits until a file has the alerts of all numbers below this.
fn until_all(file: &Path, count: u64) {
    let end = Instant::now() + SOON;
    loop {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let there: BTreeSet<u64> = numbers(&text).into_iter().collect();
        if there.len() as u64 >= count {
            return;
        }
        let missing: Vec<u64> = (0..count).filter(|n| !there.contains(n)).take(20).collect();
        assert!(Instant::now() < end, "{} of {count}, missing {missing:?}", there.len());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn live_a_receiver_that_was_away_gets_every_alert_though_the_agent_is_killed() {
    if !peregrine_testkit::root(
        "live_a_receiver_that_was_away_gets_every_alert_though_the_agent_is_killed",
    ) {
        return;
    }
    let seconds = std::env::var("PEREGRINE_RECEIVER_AWAY").ok().and_then(|text| text.parse().ok());
    receiver_away(seconds.unwrap_or(10));
}

#[test]
fn live_what_is_left_at_the_end_stays_in_the_journal_and_is_said() {
    if !peregrine_testkit::root("live_what_is_left_at_the_end_stays_in_the_journal_and_is_said") {
        return;
    }
    let stage = Stage::new("left-in-journal");
    assert!(Command::new("mkfifo").arg(&stage.fifo).status().unwrap().success());
    let output = [
        "file_output.enabled=true".to_owned(),
        format!("file_output.filename={}", stage.fifo.display()),
    ];
    let output: Vec<&str> = output.iter().map(String::as_str).collect();
    let receiver = stage.receiver();
    let watched = stage.start(&output);
    drop(receiver);
    stage.act(0..20);
    let reported = watched.stop();
    assert!(reported.contains("20 wait in the journal for the next start"), "{reported}");
    let mut receiver = stage.receiver();
    let watched = stage.start(&output);
    let (mut text, mut piece, end) = (Vec::new(), [0; 4096], Instant::now() + SOON);
    while numbers(&String::from_utf8_lossy(&text)) != (0..20).collect::<Vec<_>>() {
        match receiver.read(&mut piece) {
            Ok(0) | Err(_) => std::thread::sleep(Duration::from_millis(20)),
            Ok(size) => text.extend_from_slice(&piece[..size]),
        }
        assert!(Instant::now() < end, "{}", String::from_utf8_lossy(&text));
    }
    let reported = watched.stop();
    assert!(!reported.contains("for the next start"), "{reported}");
}

#[test]
fn live_a_stderr_that_nobody_reads_holds_nothing_up() {
    if !peregrine_testkit::root("live_a_stderr_that_nobody_reads_holds_nothing_up") {
        return;
    }
    let stage = Stage::new("full-stderr");
    let (read_end, write_end) = std::io::pipe().unwrap();
    let mut read_end = File::from(OwnedFd::from(read_end));
    let write_end = File::from(OwnedFd::from(write_end));
    // Opened anew: that it does not wait holds for this end only.
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let name = format!("/proc/self/fd/{}", write_end.as_raw_fd());
    let mut filler = OpenOptions::new().write(true).custom_flags(flags).open(name).unwrap();
    let folder = stage.folder.display();
    let file = stage.folder.join("alerts");
    let mut child = Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(["run", "-o", "control.enabled=false", "-r", &format!("{folder}/rules.yaml")])
        .args(["-o", "file_output.enabled=true", "-o"])
        .arg(format!("file_output.filename={}", file.display()))
        .stdout(Stdio::null())
        .stderr(write_end)
        .spawn()
        .unwrap();
    let mut said = Vec::new();
    let mut piece = [0; 4096];
    while !String::from_utf8_lossy(&said).contains("monitoring: ") {
        let size = read_end.read(&mut piece).unwrap();
        assert!(size > 0, "{}", String::from_utf8_lossy(&said));
        said.extend_from_slice(&piece[..size]);
    }
    for size in [4096, 1] {
        while filler.write(&vec![b'x'; size]).is_ok() {}
    }
    // Each of these is a notice of the loop that takes events.
    for _ in 0..5 {
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-s", "HUP", &pid]).status().unwrap().success());
        std::thread::sleep(Duration::from_millis(20));
    }
    let end = Instant::now() + SOON;
    while !std::fs::read_to_string(&file).is_ok_and(|text| text.contains("marked-7")) {
        assert!(Instant::now() < end, "no alert");
        std::fs::write(stage.folder.join("marked-7"), "").unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
