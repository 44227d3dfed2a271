//! The binary through a link named `falco`: the command lines of `docs/falco.md` that need no kernel.

use std::path::Path;
use std::process::Command;

use peregrine_testkit::Folder;

use crate::made::{Captures as _, open, program};

const CONFIG: &str = "rules_files: [rules.yaml]\nengine:\n  kind: nodriver\nstdout_output:\n  enabled: true\nlog_stderr: true\nlog_syslog: false\n";
const RULES: &str = "- rule: open_tmp\n  desc: a file under /tmp was opened\n  condition: evt.type = openat and fd.name startswith /tmp\n  output: open (file=%fd.name)\n  priority: WARNING\n  tags: [files]\n";

/// A folder with a link, a configuration and rules in it; it goes with this value.
struct Place(Folder);

impl Place {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_peregrine"), folder.join("falco")).unwrap();
        for (file, text) in
            [("falco.yaml", CONFIG), ("rules.yaml", RULES), ("bad.yaml", "- rule: x\n")]
        {
            folder.file(file, text);
        }
        Self(folder)
    }

    fn falco(&self, words: &[&str]) -> (Option<i32>, String, String) {
        run(self.0.path().join("falco").as_path(), self.0.path(), words)
    }
}

fn run(program: &Path, folder: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    let done = Command::new(program)
        .args(words)
        .current_dir(folder)
        .env("TZ", "UTC")
        .env_remove("FALCO_HOSTNAME")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.code(), text(done.stdout), text(done.stderr))
}

#[test]
fn command_lines_of_falco_are_taken() {
    let place = Place::new("falco-lines");
    let check = |line: &str, code: i32, out: &str, err: &str| {
        let words: Vec<&str> = ["-c", "falco.yaml"].into_iter().chain(line.split(' ')).collect();
        let (got, stdout, stderr) = place.falco(&words);
        assert_eq!(got, Some(code), "{line}: {stderr}");
        assert!(stdout.contains(out), "{line}: {stdout}");
        assert!(stderr.contains(err), "{line}: {stderr}");
    };
    check("--help", 0, "Falco - Cloud Native Runtime Security", "");
    check("--version", 0, "Falco version: 0.44.1\n", "falco.yaml | schema validation: ok");
    check("--version -o json_output=true", 0, "\"falco_version\":\"0.44.1\"", "");
    check("--dry-run", 0, "", ": Loading rules from:\n");
    check("-V rules.yaml", 0, "rules.yaml: Ok\n", ": Validating rules file(s):\n");
    check("-V bad.yaml", 1, "bad.yaml: Invalid\n1 Errors:", "Error: bad.yaml: Invalid");
    check("-V rules.yaml -o json_output=true", 0, "{\"falco_load_results\":[{", "");
    check("-L", 0, "open_tmp                                           a file under /tmp", "");
    check("-l open_tmp", 0, "open_tmp", "");
    check("-l other", 1, "", "Runtime error: Rule \"other\" is not loaded. Exiting.");
    check("--list", 0, "Field Class:                  evt (All event types)", "");
    check("--list -N --format json", 0, "\"fieldnames\"", "");
    check("--list=other", 1, "", "Error: Value for --list must be a valid source type");
    check("--list-events", 0, "## Syscall events", "");
    check("--list-events --format markdown", 0, "Default | Dir | Name | Params", "");
    check("--format xml", 1, "", "Error: Invalid format 'xml'");
    check("-i", 0, "Ignored syscall(s):\n- sendfile\n", "");
    check("--list-plugins", 0, "0 Plugins Loaded:", "");
    check("--support", 0, "\"cmdline\":", "");
    check("--config-schema", 0, "\"$schema\"", "");
    check("--rule-schema", 0, "\"$schema\"", "");
    check("--page-size", 0, "", "Your system page size is: ");
    check("-M 1", 0, "Events detected: 0\n", "will be opened with no driver");
    check("-M 1 -r rules.yaml -U", 0, "Triggered rules by rule name:\n", "Loading rules from:");
    check("-M 1 -o rules[].disable.rule=*", 0, "", "Disabling rules with name: *");
    check(
        "--enable-source other",
        1,
        "",
        "Error: Attempted enabling an unknown event source: other",
    );
    check("-A", 1, "", "Error: Option ‘A’ does not exist");
    check(
        "-P no/folder/falco.pid",
        255,
        "",
        "Could not write pid to pidfile no/folder/falco.pid. Exiting.",
    );
    check("-o stdout_output.enabled=false", 1, "", "Error: No output configured");
    check(
        "-o engine.kind=replay -o engine.replay.capture_file=none",
        1,
        "Events detected: 0",
        "Could not open trace filename none for reading: No such file",
    );
    check("-r rules.yaml -p %no.such", 1, "", "LOAD_ERR_COMPILE_OUTPUT");
}

#[test]
fn the_command_and_the_link_are_one() {
    let place = Place::new("falco-command");
    let words = ["-c", "falco.yaml", "-V", "rules.yaml"];
    let by_link = place.falco(&words);
    let program = Path::new(env!("CARGO_BIN_EXE_peregrine"));
    let by_command = run(program, place.0.path(), &[&["falco"], &words[..]].concat());
    assert_eq!((by_link.0, by_link.1), (by_command.0, by_command.1));
    // Any name that ends so.
    let other = place.0.path().join("my-falco");
    std::os::unix::fs::symlink(program, &other).unwrap();
    assert_eq!(run(&other, place.0.path(), &words).0, Some(0));
}

#[test]
fn a_pid_file_stays() {
    let place = Place::new("falco-pid");
    let (code, ..) = place.falco(&["-c", "falco.yaml", "-P", "falco.pid", "-M", "1"]);
    assert_eq!(code, Some(0));
    let pid = std::fs::read_to_string(place.0.path().join("falco.pid")).unwrap();
    assert!(pid.parse::<u32>().is_ok(), "{pid}");
}

#[test]
fn a_full_disk_is_a_failure_and_nobody_reading_is_none() {
    let place = Place::new("falco-full");
    let falco = || {
        let mut falco = Command::new(place.0.path().join("falco"));
        falco.args(["-c", "falco.yaml", "--list"]).current_dir(place.0.path());
        falco
    };
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let done = falco().stdout(full).output().unwrap();
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.ends_with("Error: cannot write to stdout: No space left on device\n"),
        "{stderr}"
    );
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(falco().stdout(writer).output().unwrap().status.code(), Some(0));
}

#[test]
fn why_it_ends_is_on_stderr_without_a_log() {
    let place = Place::new("falco-no-log");
    let text = format!("{CONFIG}plugins: [{{name: a, library_path: /no/such.so}}]\n");
    place.0.file("plugins.yaml", &text);
    let (code, _, stderr) = place.falco(&["-c", "plugins.yaml", "-o", "log_stderr=false"]);
    assert_eq!(code, Some(1));
    assert_eq!(
        stderr,
        "Runtime error: cannot load plugin /no/such.so: can't load plugin dynamic library: /no/such.so: cannot open shared object file: No such file or directory. Exiting.\n"
    );
}

#[test]
fn a_file_that_cannot_be_written_is_logged_and_left_out() {
    let place = Place::new("falco-no-file");
    let file = ["-o", "file_output.enabled=true", "-o", "file_output.filename=no/dir/out.txt"];
    let (code, stdout, stderr) =
        place.falco(&[&["-c", "falco.yaml", "-M", "1"], &file[..]].concat());
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.starts_with("Events detected: 0\n"), "{stdout}");
    assert!(stderr.contains(": file: failed to open output file no/dir/out.txt\n"), "{stderr}");
    let (code, _, stderr) = place.falco(&[&["-c", "falco.yaml", "--dry-run"], &file[..]].concat());
    assert!(code == Some(0) && !stderr.contains("no/dir"), "{stderr}");
}

#[test]
fn what_has_no_effect_yet_is_reported_once_by_its_name() {
    let place = Place::new("falco-no-effect");
    let complaints = |options: &[&str]| {
        let (code, _, stderr) =
            place.falco(&[&["-c", "falco.yaml", "--dry-run"], options].concat());
        assert_eq!(code, Some(0), "{stderr}");
        let lines = stderr.lines().filter_map(|line| line.split_once(": ")?.1.split_once(": "));
        let complaints = lines.filter(|(_, text)| text.contains("has no effect"));
        complaints.map(|(key, _)| key.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(complaints(&[]), [""; 0]);
    let on = ["-o", "syscall_event_drops.simulate_drops=true"];
    assert_eq!(complaints(&on), ["syscall_event_drops.simulate_drops"]);
    // Of the probe there is none here.
    assert_eq!(complaints(&["-o", "falco_libs.snaplen=200"]), [""; 0]);
}

#[test]
fn outputs_that_hang_and_full_queues_are_logged_as_falco_begins_these_lines() {
    let place = Place::new("falco-hangs");
    let run = |alerts: i64, capacity: &str| {
        let events = (0..alerts).map(|number| open(1, 10, &format!("/tmp/file-{number}")));
        let events: Vec<Vec<u8>> = program(0, 10, 1, &["cat"]).into_iter().chain(events).collect();
        let capture = place.0.capture("opens.scap", &events);
        let capture = format!("engine.replay.capture_file={capture}");
        let options = [
            "engine.kind=replay",
            &capture,
            "output_timeout=50",
            capacity,
            "program_output.enabled=true",
            "program_output.program=sleep 0.2",
        ];
        let words: Vec<&str> = options.iter().flat_map(|option| ["-o", option]).collect();
        let (code, stdout, stderr) = place.falco(&[&["-c", "falco.yaml"], &words[..]].concat());
        assert_eq!(code, Some(0), "{stderr}");
        (stdout, stderr)
    };
    let (stdout, stderr) = run(3, "outputs_queue.capacity=100");
    let timeout = "\"program\" output timeout, its alerts wait, the other output channels go on\n";
    assert!(stderr.contains(timeout), "{stderr}");
    assert!(!stderr.contains("queue"), "{stderr}");
    // It holds no other output up.
    assert_eq!(stdout.matches("Warning open (file=/tmp/file-").count(), 3, "{stdout}");
    // The program has one, one waits.
    let (_, stderr) = run(200, "outputs_queue.capacity=1");
    let full = "Outputs queue out of memory. Drop event and continue on ... (output program)\n";
    assert_eq!(stderr.matches(full).count(), 1, "{stderr}");
}

#[test]
fn calls_are_selected_as_falco_does() {
    const REPAIRED: &str = "capset, chdir, chroot, clone, clone3, close, execve, execveat, fchdir, fork, prctl, procexit, setgid, setpgid, setresgid, setresuid, setsid, setuid, vfork";
    let place = Place::new("falco-calls");
    let check = |options: &[&str], lines: &[&str]| {
        let mut words = vec!["-c", "falco.yaml", "--dry-run", "-o", "log_level=debug"];
        words.extend(options.iter().flat_map(|option| ["-o", option]));
        let (code, _, stderr) = place.falco(&words);
        assert_eq!(code, Some(0), "{stderr}");
        for line in lines {
            let is_there = stderr.lines().any(|printed| printed.ends_with(line));
            assert!(is_there, "{options:?}: no {line} in\n{stderr}");
        }
    };
    check(&[], &[": (1) syscalls in rules: openat"]);
    let repair = "base_syscalls.repair=true";
    let state = format!(": +(19) syscalls (Falco's state engine set of syscalls): {REPAIRED}");
    check(&[repair], &[&state]);
    check(
        &[repair, "base_syscalls.custom_set[]=listen", "base_syscalls.custom_set[]=!clone"],
        &[
            ": +(1) syscalls added (base_syscalls override): listen",
            ": -(1) syscalls removed (base_syscalls override): clone",
            ": +(22) repaired syscalls: bind, capset, chdir, chroot, clone, clone3, close, execve, execveat, fchdir, fork, getsockopt, prctl, procexit, setgid, setpgid, setresgid, setresuid, setsid, setuid, socket, vfork",
            ": (24) syscalls selected in total (final set): bind, capset, chdir, chroot, clone, clone3, close, execve, execveat, fchdir, fork, getsockopt, listen, openat, prctl, procexit, setgid, setpgid, setresgid, setresuid, setsid, setuid, socket, vfork",
        ],
    );
    let read = "base_syscalls.custom_set[]=read";
    check(
        &[read],
        &[
            ": -(1) ignored syscalls (-> activate via `-A` flag): read",
            ": (2) syscalls selected in total (final set): openat, procexit",
        ],
    );
    check(
        &[read, "base_syscalls.all=true"],
        &[": (3) syscalls selected in total (final set): openat, procexit, read"],
    );
    // A call is named as its event is.
    check(
        &["base_syscalls.custom_set[]=prlimit", "base_syscalls.custom_set[]=!pread64"],
        &[
            ": +(1) syscalls added (base_syscalls override): prlimit",
            ": Invalid (negative) syscall names: warning (base_syscalls override): pread64",
        ],
    );
    check(&["base_syscalls.custom_set[]=!openat"], &["warning (unsupported-evttype): openat"]);
}
