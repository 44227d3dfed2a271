//! Hostile load as an ordinary user, with the agent limited to 64 MB by its control group: it lives,
//! and what was planted is reported or its loss counted. `make hostile` takes a minute of it.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use peregrine_testkit::actor::Actor;
use peregrine_testkit::{hostile, root, skipped};

const TEST: &str = "live_hostile_load_within_64_megabytes";
const LIMIT: u64 = 64 << 20;

/// A control group that limits memory, gone when this is dropped.
struct Group(PathBuf);

impl Group {
    fn new() -> Result<Self, String> {
        let mounts = fs::read_to_string("/proc/self/mounts").map_err(|error| error.to_string())?;
        let mut mounts = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
        let is_memory = |words: &Vec<&str>| {
            words[2] == "cgroup" && words[3].split(',').any(|option| option == "memory")
                || words[2] == "cgroup2"
                    && fs::read_to_string(Path::new(words[1]).join("cgroup.controllers"))
                        .is_ok_and(|all| all.split_whitespace().any(|one| one == "memory"))
        };
        let mount = mounts.find(is_memory).ok_or("no hierarchy with the memory controller")?;
        let (top, unified) = (Path::new(mount[1]), mount[2] == "cgroup2");
        if unified {
            let _ = fs::write(top.join("cgroup.subtree_control"), "+memory");
        }
        let folder = top.join(format!("peregrine-hostile-{}", std::process::id()));
        fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let group = Self(folder);
        let file = if unified { "memory.max" } else { "memory.limit_in_bytes" };
        fs::write(group.0.join(file), LIMIT.to_string())
            .map_err(|error| format!("{file}: {error}"))?;
        // What is swapped out does not count as kept.
        let _ = fs::write(group.0.join("memory.swap.max"), "0");
        Ok(group)
    }

    fn number(&self, files: [&str; 2]) -> u64 {
        let text = files.iter().find_map(|file| fs::read_to_string(self.0.join(file)).ok());
        text.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for _ in 0..100 {
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The agent, ended with the test.
struct Agent(Child);

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn duration() -> Duration {
    let seconds = std::env::var("PEREGRINE_HOSTILE").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(10))
}

/// The memory of a process that is its own, in KiB.
fn own_memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[test]
fn live_hostile_load_within_64_megabytes() {
    if !root(TEST) {
        return;
    }
    let group = match Group::new() {
        Ok(group) => group,
        Err(why) => return skipped(TEST, &why),
    };
    let folder = std::env::temp_dir().join(format!("peregrine-hostile-{}", std::process::id()));
    let open = folder.join("open");
    fs::create_dir_all(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    let (rules, alerts) = (folder.join("rules.yaml"), folder.join("alerts"));
    let rule = format!(
        "- rule: planted\n  desc: d\n  condition: evt.type in (open, openat) and fd.name startswith {}/planted\n  output: planted %fd.name\n  priority: notice\n",
        folder.display()
    );
    fs::write(&rules, rule).unwrap();
    // Nothing is left out in the kernel: all of the load reaches the agent.
    let script = format!(
        "echo $$ > {}/cgroup.procs && exec {} run --json -r {} -o engine.modern_ebpf.pushdown=false -o stdout_output.enabled=false -o file_output.enabled=true -o file_output.filename={}",
        group.0.display(),
        env!("CARGO_BIN_EXE_peregrine"),
        rules.display(),
        alerts.display()
    );
    let reported = folder.join("reported");
    let stderr = fs::File::create(&reported).unwrap();
    let mut agent = Agent(
        Command::new("sh")
            .args(["-c", &script])
            .stdin(Stdio::null())
            .stderr(stderr)
            .spawn()
            .unwrap(),
    );
    let said = || fs::read_to_string(&reported).unwrap_or_default();
    let begin = Instant::now();
    while !said().contains("monitoring: ") {
        assert!(begin.elapsed() < Duration::from_mins(1), "{}", said());
        assert!(agent.0.try_wait().unwrap().is_none(), "it ended: {}", said());
        std::thread::sleep(Duration::from_millis(20));
    }
    let idle = own_memory(agent.0.id());
    let path = CString::new(open.as_os_str().as_bytes()).unwrap();
    let load = Actor::start(|_| hostile::everything(&path));
    let (begin, mut planted, mut most) = (Instant::now(), 0_u64, 0);
    while begin.elapsed() < duration() {
        fs::write(folder.join(format!("planted-{planted}")), "").unwrap();
        fs::remove_file(folder.join(format!("planted-{planted}"))).unwrap();
        planted += 1;
        most = most.max(own_memory(agent.0.id()));
        assert!(agent.0.try_wait().unwrap().is_none(), "it died of it: {}", said());
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(load);
    let pid = agent.0.id().to_string();
    // What waits in the rings is read first.
    std::thread::sleep(Duration::from_secs(1));
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let end = Instant::now() + Duration::from_mins(1);
    let status = loop {
        if let Some(status) = agent.0.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < end, "it does not end");
        std::thread::sleep(Duration::from_millis(20));
    };
    let said = said();
    assert!(status.success(), "{status}: {said}");
    let text = fs::read_to_string(&alerts).unwrap();
    let seen: BTreeSet<u64> = text
        .lines()
        .filter_map(|line| {
            let at = line.split("planted-").nth(1)?;
            at.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        })
        .collect();
    let account = said.lines().find(|line| line.contains(" s monitored, ")).unwrap_or_default();
    let lost: u64 = account
        .rsplit(", ")
        .next()
        .and_then(|last| last.split(' ').next()?.parse().ok())
        .unwrap_or_else(|| panic!("no account in {said}"));
    let missing = planted - u64::try_from(seen.len()).unwrap();
    let peak = group.number(["memory.peak", "memory.max_usage_in_bytes"]) >> 10;
    let failures = group.number(["memory.failcnt", "memory.failcnt"]);
    eprintln!(
        "{} s: {planted} planted, {missing} missing, {lost} lost; own memory {idle} KiB idle, {most} KiB at most; the group's peak {peak} KiB, {failures} times at its limit\n{said}",
        duration().as_secs()
    );
    let _ = fs::remove_dir_all(&folder);
    assert!(missing <= lost, "{missing} of {planted} are missing, {lost} lost: {said}");
    assert!(lost == 0 || text.contains("syscall event drop"), "losses are no alert: {said}");
}
