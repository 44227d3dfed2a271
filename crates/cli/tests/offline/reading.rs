//! Captures read by `print` and `replay`: which of their events, from where to when.

use std::io::Write as _;
use std::process::{Command, Stdio};

use peregrine_event::EventType;
use peregrine_testkit::streams::{Given, event};

use crate::made::{BEGIN, Captures as _, Folder, OPENS, SECOND, end, open, peregrine, program};

const NAMES: &str = "%proc.pid %fd.name";

/// `sshd` (1) starts `bash` (10), which starts `cat` (11) and ends; another `bash` (20) is below none. Opens
/// stand at seconds 1 to 5.
fn events() -> Vec<Vec<u8>> {
    let mut events = program(0, 1, 0, &["/usr/sbin/sshd", "-D"]).to_vec();
    events.extend(program(1, 10, 1, &["/bin/bash"]));
    events.push(open(1, 10, "/a"));
    events.extend(program(2, 11, 10, &["/bin/cat", "/etc/shadow"]));
    events.push(open(2, 11, "/b"));
    events.extend(program(3, 20, 0, &["/bin/bash", "-c", "x"]));
    events.push(open(3, 20, "/c"));
    events.push(end(4, 11));
    events.push(open(4, 10, "/d"));
    events.push(open(5, 10, "/e"));
    events
}

/// The files whose opens `print` shows.
fn printed(args: &[&str]) -> Vec<String> {
    let (code, stdout, stderr) = peregrine(&[&["print", "-p", NAMES], args].concat());
    assert_eq!(code, Some(0), "{args:?}: {stderr}");
    stdout.lines().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect()
}

fn names(expected: &str) -> Vec<String> {
    expected.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn a_part_is_told_in_every_form_of_a_time() {
    let folder = Folder::new("times");
    let capture = folder.capture("x.scap", &events());
    let check = |args: &[&str], expected: &str| {
        assert_eq!(printed(&[&[&*capture], args].concat()), names(expected), "{args:?}");
    };
    check(&[], "/a /b /c /d /e");
    for start in [
        "+3s",
        "-2s",
        "14:03:03",
        "2026-11-23 14:03:03",
        "2026-11-23T14:03:03Z",
        "1795442583",
        "1795442583000000000",
    ] {
        check(&["--start", start], "/c /d /e");
        check(&["--end", start], "/a /b");
    }
    check(&["--start", "2026-11-23"], "/a /b /c /d /e");
    check(&["--start=-1s"], "/d /e");
    check(&["--around", "14:03:03", "--within", "1s"], "/b /c /d");
    check(&["--around", "+3s", "--within", "0"], "/c");
    // What is printed of a time is a time.
    let forms = [
        "%evt.time",
        "%evt.time.s",
        "%evt.time.iso8601",
        "%evt.datetime",
        "%evt.datetime.s",
        "%evt.rawtime",
        "%evt.rawtime.s",
    ];
    for form in forms {
        let (_, shown, _) = peregrine(&["print", &capture, "-p", form, "fd.name=/c"]);
        check(&["--start", shown.trim()], "/c /d /e");
    }
    // An empty window says so.
    let (code, stdout, stderr) =
        peregrine(&["print", &capture, "--start", "14:05", "--end", "14:06"]);
    assert_eq!((code, stdout.as_str()), (Some(0), ""));
    assert_eq!(
        stderr,
        "peregrine: no event from 2026-11-23 14:05:00.000 to 2026-11-23 14:06:00.000\n"
    );
    // Local time is what it is printed in.
    let shown = Command::new(env!("CARGO_BIN_EXE_peregrine"))
        .args(["print", &capture, "-p", "%fd.name", "--start", "16:03:05"])
        .env("TZ", "Etc/GMT-2")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(shown.stdout).unwrap(), "/e\n");
}

#[test]
fn conditions_stand_where_people_put_them() {
    let folder = Folder::new("filters");
    let capture = folder.capture("x.scap", &events());
    let check = |args: &[&str], expected: &str| {
        assert_eq!(printed(&[&[&*capture], args].concat()), names(expected), "{args:?}");
    };
    check(&["fd.name", "in", "(/a,", "/c)"], "/a /c");
    check(&["--filter", "fd.name in (/a, /c)"], "/a /c");
    check(&["proc.name=bash", "--filter", "fd.name != /a"], "/c /d /e");
    // Flags behind the condition are flags.
    check(&["proc.name=bash", "--start", "+2s", "-n", "2"], "/c /d");
    check(&["--pid", "10"], "/a /d /e");
    check(&["--pid", "10", "--children"], "/a /b /d /e");
    check(&["--pid", "10", "--children", "fd.name != /d"], "/a /b /e");
    let rules = folder.file("own.yaml", OPENS);
    let (code, stdout, stderr) =
        peregrine(&["replay", &capture, "-r", &rules, "proc.name=bash", "--end", "+4s"]);
    assert_eq!(code, Some(0), "{stderr}");
    let opened: Vec<&str> =
        stdout.lines().filter_map(|line| line.split("opened ").nth(1)?.split(' ').next()).collect();
    assert_eq!(opened, ["/a", "/c"], "{stdout}");
    assert!(stderr.contains("peregrine: 4.0 s of capture read in "), "{stderr}");
    assert!(stderr.contains(", 2 alerts\n"), "{stderr}");
    let (_, _, stderr) = peregrine(&["replay", &capture, "-r", &rules, "--filter", "fd.name=/a"]);
    assert!(stderr.contains(", 1 alert\n"), "{stderr}");
    let (code, _, stderr) = peregrine(&["replay", &capture, "-r", &rules, "evt.tpye=open"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("evt.tpye"), "{stderr}");
}

#[test]
fn several_captures_are_read_in_order_each_with_its_own_host() {
    let folder = Folder::new("several");
    let first = folder.capture("x.0001.scap", &events());
    // The number is another process there.
    let mut more = program(60, 10, 1, &["/usr/bin/vim", "notes"]).to_vec();
    more.push(open(60, 10, "/f"));
    let second = folder.capture("x.0002.scap", &more);
    let show = |args: &[&str]| {
        let (code, stdout, stderr) =
            peregrine(&[&["print", "-p", "%evt.num %proc.name %fd.name"], args].concat());
        assert_eq!(code, Some(0), "{stderr}");
        stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let alone = show(&[&first]);
    let both = show(&[&first, &second]);
    assert_eq!(both[..alone.len()], alone);
    assert_eq!(both[alone.len()..], [format!("{} vim /f", events().len() + more.len())]);
    assert_eq!(show(&[&first, &second, "--start", "+30s"]).len(), 1);
    assert_eq!(show(&[&first, &second, "--start=-10s", "proc.name=vim"]).len(), 1);
    // A process of the first is none of the second.
    let orphan = folder.capture("x.0003.scap", &[open(70, 11, "/g")]);
    let names = printed(&[&first, &orphan, "proc.name=cat"]);
    assert_eq!(names, ["/b"]);
    let part = folder.path().join("part.scap").display().to_string();
    let (code, _, stderr) = peregrine(&["print", &first, &second, "-w", &part]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("a part is taken of one capture"), "{stderr}");
    let (code, _, stderr) = peregrine(&["print", &first, "nosuch.scap"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("cannot open the capture nosuch.scap"), "{stderr}");
}

#[test]
fn a_capture_comes_from_stdin_too() {
    let folder = Folder::new("stdin");
    let capture = folder.capture("x.scap", &events());
    let rules = folder.file("own.yaml", OPENS);
    let bytes = std::fs::read(&capture).unwrap();
    let run = |args: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_peregrine"))
            .args(args)
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(&bytes);
        let done = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (done.status.code(), text(done.stdout), text(done.stderr))
    };
    let (code, stdout, stderr) = run(&["print", "-", "-p", "%fd.name"]);
    assert_eq!((code, stdout.as_str()), (Some(0), "/a\n/b\n/c\n/d\n/e\n"), "{stderr}");
    let (code, stdout, stderr) = run(&["replay", "-", "-r", &rules, "fd.name=/b"]);
    assert_eq!((code, stdout.lines().count()), (Some(0), 1), "{stderr}");
    let (code, _, stderr) = run(&["print", "-", "--start=-1s"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("a time before the end needs files"), "{stderr}");
}

#[test]
fn a_replay_writes_to_stdout_alone_unless_asked() {
    let folder = Folder::new("outputs");
    let capture = folder.capture("x.scap", &events());
    let rules = folder.file("own.yaml", OPENS);
    let alerts = folder.path().join("alerts");
    let config = format!(
        "rules_files: [{rules}]\nstdout_output: {{enabled: false}}\nfile_output: {{enabled: true, filename: {}}}\n",
        alerts.display()
    );
    let config = folder.file("config.yaml", &config);
    let check = |args: &[&str], to_stdout: usize, to_file: usize| {
        let (code, stdout, stderr) =
            peregrine(&[&["replay", &capture, "-c", &config], args].concat());
        let file = std::fs::read_to_string(&alerts).unwrap_or_default();
        let _ = std::fs::remove_file(&alerts);
        assert_eq!(code, Some(0), "{args:?}: {stderr}");
        assert_eq!(
            (stdout.lines().count(), file.lines().count()),
            (to_stdout, to_file),
            "{args:?}"
        );
    };
    check(&[], 5, 0);
    check(&["--to-outputs"], 0, 5);
    check(&["-o", "file_output.enabled=true"], 5, 5);
    check(&["-o", "file_output.enabled=true", "-o", "stdout_output.enabled=false"], 0, 5);
}

#[test]
fn the_extension_chooses_the_packing() {
    let folder = Folder::new("packing");
    let capture = folder.capture("x.scap", &events());
    for (name, begin) in
        [("a.scap", [0x0a, 0x0d]), ("a.scap.gz", [0x1f, 0x8b]), ("a.scap.zst", [0x28, 0xb5])]
    {
        let part = folder.path().join(name).display().to_string();
        let (code, _, stderr) = peregrine(&["print", &capture, "-w", &part, "fd.name in (/a, /b)"]);
        assert_eq!(
            (code, &*stderr),
            (Some(0), &*format!("peregrine: 2 events written to {part}\n"))
        );
        assert_eq!(std::fs::read(&part).unwrap()[..2], begin, "{name}");
        assert_eq!(printed(&[&part]), ["/a", "/b"]);
    }
    let one = folder.path().join("one.scap").display().to_string();
    let (_, _, stderr) = peregrine(&["print", &capture, "-w", &one, "fd.name=/a"]);
    assert_eq!(stderr, format!("peregrine: 1 event written to {one}\n"));
}

#[test]
fn processes_are_a_tree() {
    let folder = Folder::new("tree");
    let capture = folder.capture("x.scap", &events());
    let tree = |args: &[&str]| {
        let (code, stdout, stderr) = peregrine(&[&["print", &capture, "--tree"], args].concat());
        assert_eq!(code, Some(0), "{stderr}");
        stdout
    };
    let whole = tree(&[]);
    let rows: Vec<&str> = whole.lines().collect();
    assert!(rows[0].starts_with("PID") && rows[0].ends_with("COMMAND"), "{whole}");
    let ends = ["sshd -D", "└─ bash", "   └─ cat /etc/shadow", "bash -c x"];
    for (row, end) in rows[1..].iter().zip(ends) {
        assert!(row.ends_with(end), "{end}: {whole}");
    }
    assert_eq!(rows.len(), 5, "{whole}");
    assert!(rows[3].starts_with("11 ") && rows[3].contains("2026-11-23 14:03:04.000"), "{whole}");
    // Those with such events, and those above them.
    let some = tree(&["fd.name=/b"]);
    assert_eq!(some.lines().count(), 4, "{some}");
    let later = tree(&["--start", "+4s"]);
    assert!(later.contains("sshd") && !later.contains("-c x"), "{later}");
    let below = tree(&["--pid", "20"]);
    assert_eq!(below.lines().count(), 2, "{below}");
    let json = tree(&["--json"]);
    let rows: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let cat = rows.iter().find(|row| row["pid"] == 11).unwrap();
    assert_eq!((&cat["ppid"], &cat["end"]), (&10.into(), &(BEGIN + 4 * SECOND).into()));
    assert_eq!(cat["commands"][0]["command"], "cat /etc/shadow");
}

#[test]
fn run_takes_events_where_the_configuration_says() {
    let folder = Folder::new("engine-kinds");
    let capture = folder.capture("x.scap", &events());
    let rules = folder.file("rules.yaml", OPENS);
    let run = |options: &[&str]| {
        let mut args = vec!["run", "-r", &rules, "--duration", "100ms", "-o", "append_output=[]"];
        args.extend(options.iter().flat_map(|option| ["-o", option]));
        peregrine(&args)
    };
    let file = format!("engine.replay.capture_file={capture}");
    let (code, stdout, stderr) = run(&["engine.kind=replay", &file]);
    assert_eq!(code, Some(0), "{stderr}");
    let opened: Vec<&str> = stdout
        .lines()
        .filter_map(|line| line.split_once("opened "))
        .map(|(_, name)| name)
        .collect();
    assert_eq!(opened, ["/a", "/b", "/c", "/d", "/e"], "{stdout}");
    let (code, _, stderr) = run(&["engine.kind=replay", "engine.replay.capture_file=/no/such"]);
    assert!(code == Some(1) && stderr.contains("/no/such"), "{stderr}");
    let (code, stdout, stderr) = run(&["engine.kind=nodriver"]);
    assert!(code == Some(0) && stdout.is_empty(), "{stdout}{stderr}");
    assert!(stderr.contains("no event comes: engine.kind is nodriver"), "{stderr}");
}

#[test]
fn log_lines_are_json_where_the_configuration_says_so() {
    let folder = Folder::new("log-format");
    let rules = folder.file("rules.yaml", OPENS);
    let bad = folder.file("bad.yaml", "- rule: x\n");
    let check = |rules: &str, code: i32, expected: &[(&str, &str)]| {
        let args = ["run", "-r", rules, "--duration", "100ms", "-o", "engine.kind=nodriver"];
        let (got, _, stderr) = peregrine(&[&args[..], &["-o", "log_format=json"]].concat());
        assert_eq!(got, Some(code), "{stderr}");
        let lines: Vec<serde_json::Value> =
            stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for (level, part) in expected {
            let is_it = |line: &serde_json::Value| {
                line["level"] == *level && line["message"].as_str().unwrap().contains(part)
            };
            assert!(lines.iter().any(is_it), "no {level} {part} in {stderr}");
        }
        assert!(lines.iter().all(|line| line["time"].as_str().unwrap().ends_with('Z')), "{stderr}");
    };
    check(
        &rules,
        0,
        &[
            ("informational", "configuration: "),
            ("informational", "no event comes: engine.kind is nodriver"),
            ("informational", " s monitored, "),
        ],
    );
    check(&bad, 1, &[("error", "bad.yaml:1:")]);
}

#[test]
fn losses_that_are_made_up_are_reported_as_the_configuration_says() {
    let folder = Folder::new("losses");
    let capture = folder.capture("x.scap", &events());
    let rules = folder.file("rules.yaml", OPENS);
    let file = format!("engine.replay.capture_file={capture}");
    let check = |actions: &str, code: i32, on_stdout: bool, on_stderr: bool| {
        let actions = format!("syscall_event_drops.actions={actions}");
        let options =
            ["engine.kind=replay", &file, "syscall_event_drops.simulate_drops=true", &actions];
        let mut args = vec!["run", "-r", &rules, "-o", "append_output=[]"];
        args.extend(options.iter().flat_map(|option| ["-o", option]));
        let (got, stdout, stderr) = peregrine(&args);
        assert_eq!(got, Some(code), "{actions}: {stderr}");
        let alert = "Critical Falco internal: syscall event drop. 1 system calls dropped in last second. (ebpf_enabled=\"0\" n_drops=\"1\" ";
        assert_eq!(stdout.contains(alert), on_stdout, "{actions}: {stdout}");
        let lines = stderr.matches("1 events were lost in the last second").count();
        assert_eq!(lines > 0, on_stderr, "{actions}: {stderr}");
        // An end leaves events out.
        assert_eq!(stdout.contains("opened /e"), code == 0, "{actions}: {stdout}");
    };
    check("[alert]", 0, true, false);
    check("[log]", 0, false, true);
    check("[log, alert]", 0, true, true);
    check("[ignore]", 0, false, false);
    check("[exit]", 1, false, true);
}

#[test]
fn buffers_are_shown_as_the_configuration_says() {
    let folder = Folder::new("base64");
    let about =
        [("res", Given::Number(5)), ("data", Given::Bytes(b"GET /")), ("fd", Given::Number(3))];
    let mut all = events();
    all.push(event(EventType::SYSCALL_WRITE_X, BEGIN + 6 * SECOND, 10, &about));
    let capture = folder.capture("x.scap", &all);
    let rule = "- rule: wrote\n  desc: d\n  condition: evt.type = write and evt.arg.data startswith GET\n  output: wrote %evt.buffer %evt.arg.data\n  priority: INFO\n";
    let rules = folder.file("rules.yaml", rule);
    let check = |option: &str, expected: &str| {
        let (code, stdout, stderr) =
            peregrine(&["replay", &capture, "-r", &rules, "-o", option, "-o", "append_output=[]"]);
        assert_eq!(code, Some(0), "{stderr}");
        let shown = stdout.lines().find_map(|line| line.split_once("wrote ")).map(|(_, text)| text);
        assert_eq!(shown, Some(expected), "{stdout}");
    };
    check("buffer_format_base64=false", "GET / GET /");
    // Conditions compare the bytes all the same.
    check("buffer_format_base64=true", "R0VUIC8= R0VUIC8=");
}
