//! Mistakes people make: one clear line that names the place, exit code 1, or 2 where flags cannot be.

use std::process::Command;

fn peregrine(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_peregrine")).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn check(args: &[&str], code: i32, expected: &str) {
    let (exited, stdout, stderr) = peregrine(args);
    let reported = (exited, stdout.as_str(), stderr.trim_end());
    assert_eq!(reported, (Some(code), "", expected), "{args:?}");
}

#[test]
fn each_mistake_is_one_line() {
    check(
        &["run", "--jsn"],
        2,
        "peregrine: unexpected argument '--jsn' found; see `peregrine run --help`\n  tip: a similar argument exists: '--json'",
    );
    check(&["rnu"], 2, "peregrine: unrecognized subcommand 'rnu'; see `peregrine --help`");
    check(
        &["run", "-r", "/no/such.yaml"],
        1,
        "peregrine: cannot read the rules file /no/such.yaml: No such file or directory (os error 2)",
    );
    check(
        &["run", "-c", "/no/such.yaml"],
        1,
        "peregrine: cannot read /no/such.yaml: No such file or directory (os error 2)",
    );
    check(
        &["run", "-o", "json_output=perhaps"],
        1,
        "peregrine: -o json_output=perhaps: json_output must be true or false",
    );
    check(
        &["run", "--duration", "long"],
        2,
        "peregrine: invalid value 'long' for '--duration <TIME>': a number with ms, s, m, h or d behind it, as in 90s; see `peregrine run --help`",
    );
    check(
        &["record"],
        2,
        "peregrine: the following required arguments were not provided: --write <FILE>; see `peregrine record --help`",
    );
    check(
        &["record", "-w", "x.scap", "--max-size", "1.5TB"],
        2,
        "peregrine: invalid value '1.5TB' for '--max-size <SIZE>': a number of bytes with k, M or G behind it, as in 100MB or 64MiB; see `peregrine record --help`",
    );
    check(
        &["record", "-w", "x.scap", "--ring-size", "1kB"],
        2,
        "peregrine: invalid value '1kB' for '--ring-size <SIZE>': from 64KiB to 1GiB; see `peregrine record --help`",
    );
    check(
        &["record", "-w", "x.scap", "--files", "3"],
        2,
        "peregrine: the following required arguments were not provided: --max-size <SIZE>; see `peregrine record --help`",
    );
    check(
        &["record", "-w", "x.scap", "--filter", "evt.type=open", "proc.name=cat"],
        2,
        "peregrine: the argument '--filter <FILTER>' cannot be used with '[FILTER]...'; see `peregrine record --help`",
    );
    check(
        &["record", "-w", "x.scap", "evt.tpye=open"],
        1,
        "peregrine: the filter is invalid\nfilter:1:1: error[LOAD_ERR_COMPILE_CONDITION]: there is no field 'evt.tpye'\n  |\n1 | evt.tpye=open\n  | ^^^^^^^^\n  help: replace `evt.tpye` with `evt.type`\n  |\n1 - evt.tpye=open\n1 + evt.type=open",
    );
    check(
        &["fields", "nosuch"],
        1,
        "peregrine: no field begins with nosuch; `peregrine fields` lists them all",
    );
    check(
        &["fields", "proc.nmae"],
        1,
        "peregrine: no field begins with proc.nmae; `peregrine fields` lists them all\n  did you mean proc.name?",
    );
    check(
        &["events", "opneat"],
        1,
        "peregrine: no event is called opneat; `peregrine events` lists them, --all also those of old captures\n  did you mean openat?",
    );
    check(
        &["events", "nosuch"],
        1,
        "peregrine: no event is called nosuch; `peregrine events` lists them, --all also those of old captures",
    );
}

#[test]
fn outputs_that_are_not_built_are_an_error() {
    let place = |text: &str, options: &[&str]| {
        let name = format!("peregrine-outputs-{}.yaml", std::process::id());
        let file = std::env::temp_dir().join(name);
        std::fs::write(&file, text).unwrap();
        let shown = file.display().to_string();
        let options = options.iter().flat_map(|option| ["-o", option]);
        let args: Vec<&str> =
            ["run", "-c", &shown, "-r", "/no/such"].into_iter().chain(options).collect();
        let (code, _, stderr) = peregrine(&args);
        std::fs::remove_file(&file).unwrap();
        assert_eq!(code, Some(1), "{stderr}");
        let reported =
            stderr.trim_end().strip_prefix("peregrine: ").unwrap().replace(&shown, "FILE");
        reported.split_once(": Peregrine has no such output").map(|(place, _)| place.to_owned())
    };
    let check = |text: &str, options: &[&str], expected: &str| {
        assert_eq!(place(text, options).as_deref(), Some(expected), "{text} {options:?}");
    };
    check("grpc_output: {enabled: true}\n", &[], "FILE:1:15: grpc_output.enabled");
    check("slack_output:\n  enabled: on\n", &[], "FILE:2:3: slack_output.enabled");
    check("kafka_output: {url: x, enabled: true}\n", &[], "FILE:1:24: kafka_output.enabled");
    for name in ["grpc_output.enabled", "file_ouput_output.enabled"] {
        let option = format!("{name}=true");
        check("", &[&option], &format!("-o {option}: {name}"));
    }
    for off in ["{enabled: false, url: x}", "{enabled: no}", ""] {
        for name in
            ["http_output", "syslog_output", "program_output", "grpc_output", "kafka_output"]
        {
            assert_eq!(place(&format!("{name}: {off}\n"), &[]), None, "{name} {off}");
        }
    }
}

#[test]
fn a_rule_with_a_mistake_names_its_place_and_nothing_is_loaded() {
    let scratch = peregrine_testkit::Folder::new("mistake");
    let file = scratch.path().join("mistake.yaml");
    std::fs::write(&file, "- rule: a\n  desc: d\n  condition: evt.type = open and fd.nme = x\n  output: o\n  priority: notice\n").unwrap();
    let name = file.display().to_string();
    let (code, stdout, stderr) = peregrine(&["run", "-r", &name]);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains(&format!("{name}:3:")), "{stderr}");
    assert!(stderr.contains("fd.nme") && stderr.contains("nothing is loaded"), "{stderr}");
    std::fs::remove_file(file).unwrap();
}

#[test]
fn without_root_one_line_says_so() {
    if !peregrine_testkit::root("without_root_one_line_says_so") {
        return;
    }
    // The binary where everybody can run it.
    let scratch = peregrine_testkit::Folder::new("unprivileged");
    let program = scratch.path().join("peregrine");
    std::fs::copy(env!("CARGO_BIN_EXE_peregrine"), &program).unwrap();
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&program)
        .arg("run")
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains("run as root"), "{stderr}");
}

/// What stands before the program takes away a limit or a right; one line names it.
#[test]
fn limits_and_rights_that_are_missing_are_named_in_words() {
    let test = "limits_and_rights_that_are_missing_are_named_in_words";
    if !peregrine_testkit::root(test) {
        return;
    }
    let meek = "exec setpriv --bounding-set -sys_resource";
    for (before, expected) in [
        (format!("ulimit -n 60; {meek}"), "ulimit -n allows 60 open files, monitoring needs"),
        ("ulimit -v 100000; exec".to_owned(), "ulimit -v allows 100000 KiB"),
        ("ulimit -v 250000; exec".to_owned(), "ulimit -v allows 250000 KiB"),
        ("ulimit -d 20000; exec".to_owned(), "ulimit -d allows 20000 KiB"),
        ("exec setpriv --bounding-set -sys_admin,-bpf".to_owned(), "root without CAP_BPF, which"),
        (
            "exec setpriv --bounding-set -sys_admin,-perfmon".to_owned(),
            "without CAP_PERFMON, which",
        ),
        ("exec setpriv --bounding-set -all".to_owned(), "without CAP_BPF and CAP_PERFMON, which"),
        ("exec unshare --map-root-user".to_owned(), "root of a user namespace only"),
        ("umount -l /proc; exec".to_owned(), "/proc is not mounted"),
        ("umount -l /sys; exec".to_owned(), "/sys is not mounted"),
    ] {
        let run = |program: &str| {
            let script = format!("{before} {program}");
            let mounts: &[&str] =
                if before.contains("umount") { &["unshare", "--mount"] } else { &["env"] };
            let (first, more) = mounts.split_first().unwrap();
            Command::new(first).args(more).args(["sh", "-c", &script]).output().unwrap()
        };
        // Not every sandbox lets root take away everything.
        let tried = run("/bin/true");
        if !tried.status.success() {
            let why = String::from_utf8_lossy(&tried.stderr).trim().to_owned();
            peregrine_testkit::skipped(test, &format!("{before}: {why}"));
            continue;
        }
        let done = run(&format!("{} run --duration 1s", env!("CARGO_BIN_EXE_peregrine")));
        let reported = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(1), "{before}: {reported}");
        assert!(
            reported.contains(expected) && reported.lines().count() == 1,
            "{before}: {reported}"
        );
        assert!(!reported.contains("libbpf"), "{reported}");
    }
}

#[test]
fn lists_are_whole_in_both_forms() {
    let (code, text, _) = peregrine(&["fields"]);
    let (_, json, _) = peregrine(&["fields", "--json"]);
    assert_eq!((code, text.lines().count()), (Some(0), json.lines().count()));
    assert!(text.lines().count() > 250);
    for line in json.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        for key in ["name", "type", "about", "example", "since"] {
            assert!(row[key].is_string(), "{key}: {line}");
        }
    }
    let (_, events, _) = peregrine(&["events"]);
    assert!(
        events
            .lines()
            .any(|line| line.contains(" openat ")
                && line.contains("(fd FD, dirfd FD, name FSRELPATH")),
        "{events}"
    );
    let (_, all, _) = peregrine(&["events", "--all"]);
    assert_eq!(all.lines().count(), 454);
}

#[test]
fn one_name_shows_all_that_is_known_of_it() {
    let check = |args: &[&str], expected: &[&str]| {
        let (code, text, stderr) = peregrine(args);
        assert_eq!(code, Some(0), "{args:?}: {stderr}");
        for part in expected {
            assert!(text.contains(part), "{args:?} lacks {part:?}:\n{text}");
        }
        assert!(text.lines().all(|line| !line.ends_with(' ')), "{text:?}");
        text
    };
    check(
        &["fields", "fd.name"],
        &[
            "fd.name  CHARBUF\n",
            "\n  Example:  fd.name = /etc/shadow\n",
            "\n  Since:    Falco <=0.28\n",
        ],
    );
    check(&["fields", "fd.name"], &["See also: ", "fd.name.resolved"]);
    check(&["fields", "proc.aname"], &["proc.aname[...]", "proc.aname[2] = systemd"]);
    // Not in the list, but in old rules.
    check(&["fields", "evt.latency"], &["deprecated", "kept for old rules"]);
    let of_class = check(&["fields", "user."], &["user.uid", "user.loginname"]);
    assert_eq!(of_class.lines().count(), 6);
    let one = check(&["fields", "fd.name", "--json"], &["\"since\":\"Falco <=0.28\""]);
    assert_eq!(one.lines().count(), 1);
    let openat = check(
        &["events", "openat"],
        &[
            "Example:  evt.type = openat and ",
            "Since: ",
            "\n  < 307\n",
            "flags  FLAGS32",
            "O_RDONLY",
        ],
    );
    assert_eq!(openat.matches("dirfd").count(), 2, "{openat}");
    // A call that fills the event of another name, one without an event of its own, one of old captures.
    check(&["events", "pread64"], &["pread\n"]);
    check(&["events", "getrandom"], &["getrandom\n", "Example:  evt.type = getrandom\n"]);
    check(&["events", "mesos"], &["in old captures"]);
}

#[test]
fn a_configuration_is_checked_and_shown() {
    let scratch = peregrine_testkit::Folder::new("config");
    let file = scratch.path().join("config.yaml");
    let name = file.display().to_string();
    let done = |args: &[&str]| {
        let (code, stdout, stderr) = peregrine(args);
        (code, stdout.replace(&name, "FILE"), stderr.replace(&name, "FILE"))
    };
    std::fs::write(&file, "json_output: maybe\nprority: debug\nstdout_output: {enabled: [x]}\n")
        .unwrap();
    let (code, stdout, _) = done(&["config", "check", &name, "-o", "priority=loud"]);
    let expected = "error: FILE:1:1: json_output must be true or false
warning: FILE:2:1: unknown key prority: ignored, did you mean priority?
error: FILE:3:17: stdout_output.enabled must be a single value
error: -o priority=loud: priority loud: not a priority: one of emergency, alert, critical, error, warning, notice, informational, debug
FILE: 3 error(s), 1 warning(s)
";
    assert_eq!((code, stdout.as_str()), (Some(1), expected));
    let (code, _, stderr) = done(&["run", "-c", &name]);
    let expected = "peregrine: FILE:1:1: json_output must be true or false
peregrine: FILE:3:17: stdout_output.enabled must be a single value
";
    assert_eq!((code, stderr.as_str()), (Some(1), expected));
    std::fs::write(&file, "json_output: true\n").unwrap();
    let (code, stdout, _) = done(&["config", "check", &name]);
    assert_eq!((code, stdout.as_str()), (Some(0), "FILE: 0 error(s), 0 warning(s)\n"));
    let (code, stdout, _) = done(&["config", "show", "-c", &name, "-o", "priority=error"]);
    assert_eq!(code, Some(0));
    for line in [
        "json_output: true  # FILE:1:1",
        "priority: \"error\"  # -o priority=error",
        "stdout_output.enabled: true  # default",
    ] {
        assert!(stdout.lines().any(|shown| shown == line), "{line}: {stdout}");
    }
    let (code, stdout, _) = done(&["config", "show", "--default", "--json"]);
    assert_eq!(code, Some(0));
    let row = r#"{"key":"json_output","origin":"default","value":false}"#;
    assert!(stdout.lines().any(|shown| shown == row), "{stdout}");
    let (code, stdout, _) = done(&["config", "schema"]);
    assert_eq!(code, Some(0));
    assert!(stdout.contains("\"listen_port\""), "{stdout}");
    std::fs::remove_file(file).unwrap();
}
