//! `peregrine record` on this kernel: what it writes can be read, however it ends. Needs root; says
//! so loudly where it has none.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};

use peregrine_testkit::Folder;
use serde_json::Value;

const BIN: &str = env!("CARGO_BIN_EXE_peregrine");

/// The names of the files in a folder, in order.
fn names(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Something that goes on until it is dropped.
struct Load(Child);

impl Load {
    fn start() -> Self {
        let loop_ = "while :; do cat /etc/passwd > /dev/null; done";
        Self(Command::new("sh").args(["-c", loop_]).stdin(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn peregrine(args: &[&str]) -> Output {
    Command::new(BIN).args(args).stdin(Stdio::null()).output().unwrap()
}

/// A recording that ends well, and its report.
fn record(args: &[&str]) -> Value {
    let output = peregrine(&[&["record", "--json"], args].concat());
    assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A recording that has begun.
struct Recording {
    child: Child,
    stderr: BufReader<ChildStderr>,
    /// The line that says so.
    begun: String,
}

impl Recording {
    fn start(args: &[&str]) -> Self {
        let mut child = Command::new(BIN)
            .arg("record")
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut begun = String::new();
        stderr.read_line(&mut begun).unwrap();
        assert!(begun.contains("recording to "), "{begun}");
        Self { child, stderr, begun }
    }

    /// Ends it with a signal; what it wrote to stderr, and its report.
    fn end(mut self, signal: &str) -> (String, Value) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let mut reported = String::new();
        self.stderr.read_to_string(&mut reported).unwrap();
        let output = self.child.wait_with_output().unwrap();
        assert!(output.status.success(), "{reported}");
        let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (reported, json)
    }
}

/// The report of a recording of a shell that starts `cat` so often.
fn record_cats(args: &[&str], cats: u32) -> Value {
    let recording = Recording::start(&[&["--json"], args].concat());
    let acts =
        format!("n=0; while [ $((n += 1)) -le {cats} ]; do cat /etc/passwd > /dev/null; done");
    assert!(Command::new("sh").args(["-c", &acts]).status().unwrap().success());
    recording.end("-INT").1
}

/// What `print` shows of a capture, which is whole.
fn print(file: &str, args: &[&str]) -> Vec<String> {
    let output = peregrine(&[&["print", file], args].concat());
    assert!(output.status.success(), "{file}: {}", text(&output.stderr));
    text(&output.stdout).lines().map(str::to_owned).collect()
}

fn begins(file: &str) -> [u8; 4] {
    let mut first = [0; 4];
    std::fs::File::open(file).unwrap().read_exact(&mut first).unwrap();
    first
}

#[test]
fn live_every_packing_holds_what_it_says() {
    if !peregrine_testkit::root("live_every_packing_holds_what_it_says") {
        return;
    }
    let folder = Folder::new("packings");
    let (plain, gzip, zstd) = ([0x0a, 0x0d, 0x0d, 0x0a], [0x1f, 0x8b], [0x28, 0xb5, 0x2f, 0xfd]);
    for (name, more, magic) in [
        ("a.scap", &[][..], &plain[..]),
        ("a.scap.gz", &[], &gzip),
        ("a.scap.zst", &[], &zstd),
        ("b.scap", &["--compress", "zstd"], &zstd),
        ("b.scap.gz", &["--compress", "none"], &plain),
    ] {
        let file = folder.join(name);
        let reported = record_cats(&[&["-w", &file], more].concat(), 60);
        assert!(begins(&file).starts_with(magic), "{name}");
        let events = reported["events"].as_u64().unwrap();
        assert!(events > 500, "{reported}");
        assert_eq!(print(&file, &[]).len() as u64, events, "{name}: {reported}");
        assert_eq!(
            reported["files"][0]["bytes"],
            std::fs::metadata(&file).unwrap().len(),
            "{reported}"
        );
        assert_eq!(reported["damaged"], 0, "{reported}");
        assert_eq!(
            (&reported["error"], &reported["full"]),
            (&Value::Null, &false.into()),
            "{reported}"
        );
    }
}

#[test]
fn live_a_recording_asks_no_engine_where_it_is_not_to() {
    if !peregrine_testkit::root("live_a_recording_asks_no_engine_where_it_is_not_to") {
        return;
    }
    let folder = Folder::new("no-engines");
    // One thread asks engines.
    for (flags, asks) in [(&[][..], true), (&["--no-container-engines"], false)] {
        let file = folder.join("e.scap");
        let recording = Recording::start(&[&["-w", &file], flags].concat());
        let tasks = std::fs::read_dir(format!("/proc/{}/task", recording.child.id())).unwrap();
        let names: Vec<String> = tasks
            .map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).unwrap())
            .collect();
        assert_eq!(names.iter().any(|name| name == "containers\n"), asks, "{names:?}");
        recording.end("-INT");
    }
}

#[test]
fn live_a_recording_takes_as_long_as_it_is_asked_to() {
    if !peregrine_testkit::root("live_a_recording_takes_as_long_as_it_is_asked_to") {
        return;
    }
    let folder = Folder::new("duration");
    let reported = record(&["-w", &folder.join("d.scap"), "--duration", "1s"]);
    assert!(reported["seconds"].as_f64() >= Some(1.0), "{reported}");
}

#[test]
fn live_a_filter_chooses_what_is_shown_and_the_rest_still_says_who_is_who() {
    let test = "live_a_filter_chooses_what_is_shown_and_the_rest_still_says_who_is_who";
    if !peregrine_testkit::root(test) {
        return;
    }
    let folder = Folder::new("filtered");
    let file = folder.join("f.scap");
    let condition = "proc.name=cat and evt.type=close and fd.name=/etc/passwd";
    for how in [&["--filter", condition][..], &condition.split(' ').collect::<Vec<_>>()] {
        let reported = record_cats(&[&["-w", &file], how].concat(), 20);
        let (events, kept) = (&reported["events"], &reported["kept_for_state"]);
        assert!(events.as_u64() >= Some(20) && kept.as_u64() > Some(100), "{reported}");
        let lines = print(&file, &["-p", "*%evt.type %proc.name %proc.pname %fd.name"]);
        assert_eq!(Some(lines.len() as u64), events.as_u64());
        for line in lines {
            assert_eq!(line, "close cat sh /etc/passwd");
        }
    }
}

#[test]
fn live_calls_without_an_event_of_their_own_are_recorded_when_asked_for() {
    let test = "live_calls_without_an_event_of_their_own_are_recorded_when_asked_for";
    if !peregrine_testkit::root(test) {
        return;
    }
    let folder = Folder::new("generic");
    let file = folder.join("g.scap");
    // Every program asks for its own name before it has any.
    let arch = |more: &[&str]| {
        record_cats(&[&["-w", &file], more].concat(), 10);
        print(&file, &["-p", "%evt.type %syscall.type", "syscall.type=arch_prctl"]).len()
    };
    assert_eq!(arch(&[]), 0);
    assert!(arch(&["--all-syscalls"]) >= 10);
}

#[test]
fn live_ctrl_c_leaves_a_whole_file_that_replays() {
    if !peregrine_testkit::root("live_ctrl_c_leaves_a_whole_file_that_replays") {
        return;
    }
    let folder = Folder::new("interrupted");
    for (name, signal) in [("i.scap", "-INT"), ("i.scap.gz", "-TERM")] {
        let file = folder.join(name);
        let recording = Recording::start(&["-w", &file]);
        assert!(recording.begun.contains(&file), "{}", recording.begun);
        assert!(Command::new("cat").arg("/etc/shadow").output().unwrap().status.success());
        let (account, _) = recording.end(signal);
        assert!(account.contains(" events written, ") && account.contains(&file), "{account}");
        let output = peregrine(&["replay", &file, "--json"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let alerts = text(&output.stdout);
        let ours: Vec<&str> =
            alerts.lines().filter(|line| line.contains("Password file read")).collect();
        assert_eq!(ours.len(), 1, "{alerts}");
        assert!(ours[0].contains("cat /etc/shadow"), "{alerts}");
    }
}

/// Bytes of the state of this host in a recording.
fn state_size(folder: &Folder, name: &str) -> u64 {
    let reported = record(&["-w", &folder.join(name), "--duration", "1ms", "evt.type=kill"]);
    reported["bytes"].as_u64().unwrap()
}

#[test]
fn live_a_full_file_ends_the_recording() {
    if !peregrine_testkit::root("live_a_full_file_ends_the_recording") {
        return;
    }
    let folder = Folder::new("full");
    for name in ["m.scap", "m.scap.gz"] {
        let file = folder.join(name);
        let max = state_size(&folder, name) * 3 + 100_000;
        let _load = Load::start();
        let reported = record(&["-w", &file, "--duration", "60s", "--max-size", &max.to_string()]);
        assert_eq!(reported["full"], true, "{reported}");
        let bytes = std::fs::metadata(&file).unwrap().len();
        assert!(bytes <= max && bytes > max / 2, "{bytes} of {max}");
        assert_eq!(Some(print(&file, &[]).len() as u64), reported["events"].as_u64(), "{reported}");
        assert!(reported["seconds"].as_f64() < Some(50.0), "{reported}");
    }
}

#[test]
fn live_a_ring_keeps_the_last_files_and_each_can_be_read_alone() {
    let test = "live_a_ring_keeps_the_last_files_and_each_can_be_read_alone";
    if !peregrine_testkit::root(test) {
        return;
    }
    let folder = Folder::new("ring");
    let max = state_size(&folder, "r.scap.gz") * 3 + 100_000;
    std::fs::remove_file(folder.join("r.scap.gz")).unwrap();
    let _load = Load::start();
    let (ring, size) = (folder.join("r.scap.gz"), max.to_string());
    let recording = Recording::start(&["--json", "-w", &ring, "--max-size", &size, "--files", "3"]);
    let end = Instant::now() + Duration::from_mins(1);
    while !folder.path().join("r.0005.scap.gz").exists() {
        assert!(Instant::now() < end, "{:?}", names(&folder));
        std::thread::sleep(Duration::from_millis(20));
    }
    let (_, reported) = recording.end("-INT");
    let names = names(&folder);
    assert_eq!(names.len(), 3, "{reported}");
    let removed = reported["files_removed"].as_u64().unwrap();
    assert!(removed > 0, "{reported}");
    let (mut last, mut seen) = (0, 0);
    for (place, name) in names.iter().enumerate() {
        assert_eq!(*name, format!("r.{:04}.scap.gz", removed + 1 + place as u64));
        let file = folder.join(name);
        assert_eq!(reported["files"][place]["name"], file.as_str());
        assert!(std::fs::metadata(&file).unwrap().len() <= max, "{name}");
        // What began before the file is known in it.
        let lines = print(&file, &["-p", "*%evt.rawtime %proc.name %proc.pname", "proc.name=cat"]);
        seen += lines.len();
        for line in &lines {
            let mut words = line.split(' ');
            let time: u64 = words.next().unwrap().parse().unwrap();
            assert!(time >= last, "{name}: {line}");
            last = time;
            assert_eq!(words.collect::<Vec<_>>(), ["cat", "sh"], "{name}: {line}");
        }
    }
    assert!(seen > 10, "{seen} of cat");
}

/// Runs a script that limits what can be written, records and reads, and gives what it printed.
fn limited(script: &str) -> (String, String) {
    let _load = Load::start();
    let words: &[&str] =
        if script.contains("mount ") { &["unshare", "--mount", "sh"] } else { &["sh"] };
    let output = Command::new(words[0]).args(&words[1..]).args(["-c", script]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn live_a_full_disk_leaves_what_was_recorded() {
    let test = "live_a_full_disk_leaves_what_was_recorded";
    if !peregrine_testkit::root(test) || !peregrine_testkit::own_mounts(test) {
        return;
    }
    let folder = Folder::new("disk");
    // What happens while the snapshot is taken must find room too, and nobody sees it.
    // Of a packed file the first piece with events may be the one that does not find its place.
    let kinds = [("d.scap", 4_000_000, 1), ("d.scap.gz", 500_000, 0), ("d.scap.zst", 500_000, 0)];
    for (name, more, least) in kinds {
        let room = state_size(&folder, name) * 2 + more;
        let (there, file) = (folder.path().display(), folder.join(name));
        let (out, err) = limited(&format!(
            "mount -t tmpfs -o size={room} t {there}; {BIN} record -w {file} --duration 60s; echo $?; \
             {BIN} print {file} -p '*%proc.name' > /dev/null; echo $?; {BIN} print {file} | wc -l"
        ));
        let reported: Vec<&str> = out.lines().collect();
        assert_eq!(reported[..2], ["1", "0"], "{name}: {out} {err}");
        let written = err.split(" events written").next().unwrap().rsplit(' ').next().unwrap();
        let (read, written): (u64, u64) = (reported[2].parse().unwrap(), written.parse().unwrap());
        // The last piece did not find its place.
        assert!((least..written).contains(&read), "{name}: {read} of {written}");
        let expected = format!(
            "peregrine: cannot write {file}: No space left on device (os error 28): the recording ended there; what was written before that can be read"
        );
        assert_eq!(err.lines().filter(|line| **line == expected).count(), 1, "{err}");
    }
}

#[test]
fn live_a_limit_on_the_size_of_files_is_a_full_disk() {
    if !peregrine_testkit::root("live_a_limit_on_the_size_of_files_is_a_full_disk") {
        return;
    }
    let folder = Folder::new("limit");
    let file = folder.join("l.scap");
    let blocks = (state_size(&folder, "l.scap") * 2 + 300_000) / 512;
    let (out, err) = limited(&format!(
        "(ulimit -f {blocks}; {BIN} record -w {file} --duration 60s); echo $?; \
         {BIN} print {file} > /dev/null; echo $?"
    ));
    assert_eq!(out, "1\n0\n", "{err}");
    assert!(err.contains("File too large"), "{err}");
    assert!(std::fs::metadata(&file).unwrap().len() <= blocks * 512);
}

#[test]
fn live_what_cannot_be_written_is_one_line() {
    if !peregrine_testkit::root("live_what_cannot_be_written_is_one_line") {
        return;
    }
    let folder = Folder::new("unwritable");
    let there = folder.path().display().to_string();
    let small = folder.join("small.scap");
    for (args, expected) in [
        (
            vec!["-w", "/no/such/x.scap"],
            "cannot write /no/such/x.scap: No such file or directory (os error 2)".to_owned(),
        ),
        (vec!["-w", &there], format!("cannot write {there}: Is a directory (os error 21)")),
        (
            vec!["-w", &small, "--max-size", "10kB"],
            "--max-size 10000: the state of this host takes ".to_owned(),
        ),
    ] {
        let output = peregrine(&[&["record"], &args[..]].concat());
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.starts_with(&format!("peregrine: {expected}")), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
    assert!(!Path::new(&small).exists(), "a recording that never began leaves no file");
}
