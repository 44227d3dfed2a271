//! Evidence and recordings that responses take: what is in them is what was there.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::respond::{PATIENCE, Stage, field, step};
use crate::support::agent::Watched;

fn output(program: &str, args: &[&str]) -> String {
    let done = Command::new(program).args(args).output().unwrap();
    assert!(done.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn sha256(path: &Path) -> String {
    let said = output("sha256sum", &["-b", path.to_str().unwrap()]);
    said.split(' ').next().unwrap().to_owned()
}

/// The files of an archive, by name.
fn unpacked(archive: &Path, into: &Path) -> BTreeMap<String, PathBuf> {
    std::fs::create_dir(into).unwrap();
    let (archive, folder) = (archive.to_str().unwrap(), into.to_str().unwrap());
    output("tar", &["-C", folder, "-xf", archive]);
    let names = output("tar", &["-tf", archive]);
    names.lines().map(|name| (name.to_owned(), into.join(name))).collect()
}

/// The program of the stage with an environment and a file of its own.
fn start(stage: &Stage, input: &Path) -> Child {
    let mut command = Command::new(&stage.program);
    command.arg("600").stdin(File::open(input).unwrap()).stdout(Stdio::null());
    command.env("OF_THE_TEST", "in evidence").spawn().unwrap()
}

fn ended(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn live_evidence_is_what_was_there_with_the_events_before_and_is_signed() {
    let name = "live_evidence_is_what_was_there_with_the_events_before_and_is_signed";
    if !peregrine_testkit::root(name) {
        return;
    }
    let stage = Stage::new("respond-evidence", "  actions: [evidence]\n");
    let path = |name: &str| stage.folder.join(name);
    std::fs::create_dir(path("captures")).unwrap();
    std::fs::write(path("input"), "x").unwrap();
    std::fs::write(path("before"), "x").unwrap();
    let prefix = format!("capture.path_prefix={}", path("captures/on").display());
    let mut flags = stage.flags("on");
    for option in ["capture.enabled=true", &prefix] {
        flags.extend(["-o".to_owned(), option.to_owned()]);
    }
    // What is kept is what some rule may name: this one has the kernel report the file that was opened before.
    let mut rules = File::options().append(true).open(path("rules.yaml")).unwrap();
    let before = path("before").display().to_string();
    writeln!(
        rules,
        "- rule: before\n  desc: d\n  condition: evt.type in (open, openat) and fd.name = {before}\n  output: opened\n  priority: INFO"
    )
    .unwrap();
    let mut agent = Watched::start(&flags);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    output("cat", &[path("before").to_str().unwrap()]);
    let child = start(&stage, &path("input"));
    let pid = child.id();
    let done = step(&mut agent, "evidence", "done");
    let archive = PathBuf::from(field(&done, "response.detail").as_str().unwrap());
    let files = unpacked(&archive, &path("unpacked"));
    let read = |name: &str| {
        let file = files.get(name).unwrap_or_else(|| panic!("{name} of {:?}", files.keys()));
        String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned()
    };
    let of = |name: &str| read(&format!("{pid}/{name}"));
    let program = stage.program.display().to_string();
    assert!(of("environ").split('\0').any(|one| one == "OF_THE_TEST=in evidence"));
    assert!(of("open.txt").lines().any(|line| line == format!("0 {}", path("input").display())));
    assert!(of("maps").contains(&program));
    assert_eq!(of("cmdline"), format!("{program}\0600\0"));
    let about = of("program.txt");
    assert!(
        about.starts_with(&format!("{program}\nsha256 {}\n", sha256(&stage.program))),
        "{about}"
    );
    let tree = read("tree.txt");
    let line = format!("{pid} parent {} ", std::process::id());
    assert!(tree.lines().any(|one| one.starts_with(&line) && one.contains(&program)), "{tree}");
    let port = format!("0100007F:{:04X}", listener.local_addr().unwrap().port());
    assert!(read("network/tcp").contains(&port));
    let alert: Value = serde_json::from_str(&read("alert.json")).unwrap();
    assert!(alert["rule"].as_str().unwrap().starts_with("marked "), "{alert}");
    // What happened before.
    let events = files["events.scap"].to_str().unwrap().to_owned();
    let events = output(
        env!("CARGO_BIN_EXE_peregrine"),
        &["print", &events, "-p", "*%evt.type %proc.name %fd.name %proc.pid"],
    );
    assert!(events.contains(&format!("openat cat {} ", path("before").display())), "{events}");
    assert!(
        events.lines().any(|line| line.starts_with("execve ") && line.ends_with(&pid.to_string()))
    );
    // Each file is the one that was hashed, and the whole is what was signed.
    let manifest: Value = serde_json::from_str(&read("manifest.json")).unwrap();
    assert_eq!(manifest["events"], "events.scap");
    let hashes = manifest["sha256"].as_object().unwrap();
    assert_eq!(hashes.len() + 1, files.len());
    for (name, hash) in hashes {
        assert_eq!(*hash, sha256(&files[name]), "{name}");
    }
    let verify = || {
        let mut verify = Command::new(env!("CARGO_BIN_EXE_peregrine"));
        let key = path("own.pub");
        verify.args(["respond", "verify"]).arg(&archive).arg("--public-key").arg(key);
        verify.output().unwrap()
    };
    let said = verify();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let mut changed = std::fs::read(&archive).unwrap();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    std::fs::write(&archive, changed).unwrap();
    let said = verify();
    let why = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.status.code() == Some(1) && why.contains("it was changed"), "{why}");
    ended(child);
    agent.stop();
}

/// Whether a recording is a child of the agent.
fn is_recorded(agent: &Watched) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{}/task", agent.pid())).unwrap();
    threads.flatten().any(|thread| {
        let children = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        children.split_whitespace().any(|child| {
            let command = std::fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
            command.split(|byte| *byte == 0).any(|word| word == b"record")
        })
    })
}

#[test]
fn live_evidence_says_that_no_events_are_kept_and_a_recording_replays() {
    let name = "live_evidence_says_that_no_events_are_kept_and_a_recording_replays";
    if !peregrine_testkit::root(name) {
        return;
    }
    let stage =
        Stage::new("respond-capture", "  actions:\n    - capture: {for: 2s}\n    - evidence\n");
    let path = |name: &str| stage.folder.join(name);
    std::fs::write(path("input"), "x").unwrap();
    std::fs::write(path("later"), "x").unwrap();
    let mut agent = Watched::start(&stage.flags("on"));
    let child = start(&stage, &path("input"));
    let done = step(&mut agent, "capture", "done");
    let said = field(&done, "response.detail").as_str().unwrap();
    let capture = PathBuf::from(said.strip_suffix(" for 2s").unwrap());
    let done = step(&mut agent, "evidence", "done");
    let archive = PathBuf::from(field(&done, "response.detail").as_str().unwrap());
    let files = unpacked(&archive, &path("unpacked"));
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(&files["manifest.json"]).unwrap()).unwrap();
    assert_eq!(manifest["events"], "none: no events are kept (capture.enabled)");
    assert!(!files.contains_key("events.scap"));
    // It records whatever happens until its time is over.
    assert!(capture.exists(), "it has begun");
    let marked = format!("openat cat {}", path("later").display());
    let begin = Instant::now();
    while is_recorded(&agent) {
        assert!(begin.elapsed() < PATIENCE, "it goes on and on");
        output("cat", &[path("later").to_str().unwrap()]);
        std::thread::sleep(Duration::from_millis(50));
    }
    let capture = capture.to_str().unwrap();
    let format = ["-p", "*%evt.type %proc.name %fd.name"];
    let printed =
        output(env!("CARGO_BIN_EXE_peregrine"), &[&["print", capture][..], &format].concat());
    assert!(printed.lines().any(|line| line == marked), "{} lines", printed.lines().count());
    ended(child);
    agent.stop();
}
