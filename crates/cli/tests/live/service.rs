//! The agent as systemd starts it: with the capabilities of the unit and no others, told how it is doing.

use std::io::Write as _;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::agent::{Watched, scratch};
use crate::support::signal;

const SOON: Duration = Duration::from_secs(30);
/// What the agent is asked to say more often than.
const WATCHDOG_USEC: u64 = 300_000;

/// The values of a setting of the unit.
fn of_unit(setting: &str) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/peregrine.service");
    let text = std::fs::read_to_string(file).unwrap();
    let value = text.lines().find_map(|line| line.strip_prefix(setting)?.strip_prefix('='));
    value.unwrap().split(' ').map(str::to_owned).collect()
}

/// Runs its arguments as root with these capabilities (`CAP_KILL`) at most.
fn with_capabilities(names: &[String]) -> String {
    let names = names.iter().map(|name| name.trim_start_matches("CAP_").to_lowercase());
    // Of some releases it knows the younger ones by number only.
    let number = |name: String| match name.as_str() {
        "perfmon" => "cap_38".to_owned(),
        "bpf" => "cap_39".to_owned(),
        _ => name,
    };
    let plus: Vec<String> = names.map(|name| format!("+{}", number(name))).collect();
    format!("setpriv --no-new-privs --bounding-set=-all,{} \"$@\"", plus.join(","))
}

/// What is heard first that begins so.
fn heard(listener: &UnixDatagram, begin: &str) -> String {
    let end = Instant::now() + SOON;
    let mut all = Vec::new();
    while Instant::now() < end {
        let mut piece = [0; 1000];
        let Ok(size) = listener.recv(&mut piece) else { break };
        let text = String::from_utf8(piece[..size].to_vec()).unwrap();
        if text.starts_with(begin) {
            return text;
        }
        all.push(text);
    }
    panic!("no {begin} in {all:?}");
}

#[test]
fn live_the_capabilities_of_the_unit_are_enough_and_systemd_is_told() {
    let test = "live_the_capabilities_of_the_unit_are_enough_and_systemd_is_told";
    if !peregrine_testkit::root(test) {
        return;
    }
    let folder = scratch("service");
    let path = |name: &str| folder.join(name).display().to_string();
    let listener = UnixDatagram::bind(path("notify")).unwrap();
    listener.set_read_timeout(Some(SOON)).unwrap();
    assert!(Command::new("mkfifo").args(["-m", "666", &path("pipe")]).status().unwrap().success());
    std::fs::write(path("named"), "").unwrap();
    // Another user's process that was there before: its descriptors and program are read from outside.
    let script = format!("read line < {}; : < {}", path("pipe"), path("named"));
    let mut before = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", &script])
        .spawn()
        .unwrap();
    let rule = format!(
        "- rule: named\n  desc: d\n  condition: evt.type in (open, openat) and fd.name = {}\n  \
         output: \"%proc.pid %user.uid %proc.exepath %proc.cmdline\"\n  priority: NOTICE\n",
        path("named")
    );
    std::fs::write(path("rules.yaml"), &rule).unwrap();
    let capabilities = of_unit("CapabilityBoundingSet");
    let own = format!(
        "NOTIFY_SOCKET={} WATCHDOG_USEC={WATCHDOG_USEC} {}; exit $?",
        path("notify"),
        with_capabilities(&capabilities)
    );
    let flags = ["-r", &path("rules.yaml"), "-o", "append_output=[]"];
    let mut watched = Watched::start_by(&own, &flags);
    let ready = heard(&listener, "READY=1\nSTATUS=");
    assert!(ready.contains("monitoring: 1 rules"), "{ready}");
    for _ in 0..3 {
        heard(&listener, "WATCHDOG=1");
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", watched.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("CapBnd:\t")).unwrap();
    let has = u64::from_str_radix(line, 16).unwrap().count_ones();
    assert_eq!(has as usize, capabilities.len(), "{line}");
    writeln!(std::fs::OpenOptions::new().write(true).open(path("pipe")).unwrap(), "go").unwrap();
    assert!(before.wait().unwrap().success());
    let line = watched.line(SOON).unwrap();
    let shell = std::fs::canonicalize("/bin/sh").unwrap().display().to_string();
    let expected = format!("{} 65534 {shell} sh -c {script}", before.id());
    assert!(line.ends_with(&expected), "{line}, expected {expected}");
    std::fs::write(path("rules.yaml"), format!("{rule}{}", rule.replace("named\n", "again\n")))
        .unwrap();
    signal(watched.pid(), "HUP");
    heard(&listener, "RELOADING=1\nMONOTONIC_USEC=");
    let ready = heard(&listener, "READY=1\nSTATUS=");
    assert!(ready.contains("monitoring: 2 rules"), "{ready}");
    let account = watched.stop();
    heard(&listener, "STOPPING=1");
    assert!(!account.contains("may not read"), "{account}");
    std::fs::remove_dir_all(folder).unwrap();
}

/// A folder with a rule for opens of a file in it.
fn stage(name: &str) -> (std::path::PathBuf, String) {
    let folder = scratch(name);
    let rules = folder.join("rules.yaml");
    let rule = format!(
        "- rule: named\n  desc: d\n  condition: evt.type in (open, openat) and fd.name = {}/named\n  \
         output: \"named %proc.cmdline\"\n  priority: NOTICE\n",
        folder.display()
    );
    std::fs::write(&rules, rule).unwrap();
    (folder, rules.display().to_string())
}

/// What `/proc` says of each thread of a process.
fn threads(pid: u32) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let status = |task: std::io::Result<std::fs::DirEntry>| {
        // One may have ended meanwhile.
        std::fs::read_to_string(task.unwrap().path().join("status")).ok()
    };
    tasks.filter_map(status).collect()
}

fn value<'s>(status: &'s str, name: &str) -> &'s str {
    status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":\t")).unwrap()
}

#[test]
fn live_the_agent_keeps_no_right_it_does_not_need_and_its_programs_start() {
    let test = "live_the_agent_keeps_no_right_it_does_not_need_and_its_programs_start";
    if !peregrine_testkit::root(test) {
        return;
    }
    let (folder, rules) = stage("sandbox");
    let (named, got) = (folder.join("named"), folder.join("got"));
    let target = folder.join("target");
    std::fs::create_dir(&target).unwrap();
    // It has a shell, a pipe, files; it has no mounts, no namespaces, no rights of setuid programs.
    let program = format!(
        "(mount -t tmpfs none {0}; echo mount $?; unshare --mount true; echo unshare $?; \
         grep -E 'NoNewPrivs|Seccomp:' /proc/self/status; sed 's/^/alert /') >>{1} 2>&1",
        target.display(),
        got.display()
    );
    let option = format!("program_output={{enabled: true, program: {program:?}}}");
    let watched = Watched::start(&["-r", &rules, "-o", &option]);
    let own = threads(watched.pid());
    let capabilities = of_unit("CapabilityBoundingSet").len();
    for status in &own {
        for set in ["CapPrm", "CapEff", "CapBnd"] {
            let bits = u64::from_str_radix(value(status, set), 16).unwrap();
            assert!(bits.count_ones() as usize <= capabilities, "{set} of {status}");
        }
        assert_eq!((value(status, "NoNewPrivs"), value(status, "Seccomp")), ("1", "2"), "{status}");
    }
    assert!(own.len() > 3, "{own:?}");
    std::fs::write(&named, "").unwrap();
    let end = Instant::now() + SOON;
    let text = loop {
        let text = std::fs::read_to_string(&got).unwrap_or_default();
        if text.contains("alert ") {
            break text;
        }
        assert!(Instant::now() < end, "no alert in {text:?}");
        std::thread::sleep(Duration::from_millis(20));
    };
    for words in ["NoNewPrivs:\t1", "Seccomp:\t2", "Notice named"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert!(!text.contains("mount 0") && !text.contains("unshare 0"), "{text}");
    let account = watched.stop();
    assert!(!account.contains("sandbox"), "{account}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn live_an_ordinary_user_with_four_capabilities_is_told_what_is_lost() {
    let test = "live_an_ordinary_user_with_four_capabilities_is_told_what_is_lost";
    if !peregrine_testkit::root(test) {
        return;
    }
    let (folder, rules) = stage("user");
    let names = "+cap_38,+cap_39,+sys_ptrace,+dac_read_search";
    let user = format!(
        "setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all,{names} \
         --ambient-caps=-all,{names} --bounding-set=-all,{names} \"$@\"; exit $?"
    );
    let mut watched = Watched::start_by(&user, &["-r", &rules]);
    assert_eq!(value(&threads(watched.pid())[0], "Uid"), "65534\t65534\t65534\t65534");
    std::fs::write(folder.join("named"), "").unwrap();
    let line = watched.line_with("named", SOON);
    let account = watched.stop();
    assert!(line.is_some(), "{account}");
    for lost in ["CAP_DAC_OVERRIDE", "CAP_SETUID"] {
        assert!(account.contains(lost), "{lost} in {account}");
    }
    let doctor = Command::new("sh")
        .args(["-c", &user, "sh", env!("CARGO_BIN_EXE_peregrine"), "doctor"])
        .output()
        .unwrap();
    let said = String::from_utf8(doctor.stdout).unwrap();
    assert!(doctor.status.success() && said.contains("CAP_DAC_OVERRIDE"), "{said}");
    std::fs::remove_dir_all(folder).unwrap();
}
