//! Programs that read, fail, hang, end, and what they are given to run with.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use peregrine_config::{Environment, ProgramLimits, Secret, Size, Whole};

use super::*;
use crate::tests::alert;

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("peregrine-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn deliver(output: &mut dyn Output, texts: &[&str]) -> String {
    let alert = alert(1);
    let records: Vec<_> = texts.iter().map(|text| Record { alert: &alert, text }).collect();
    let report = output.deliver(&records);
    let fates: String = report
        .fates
        .iter()
        .map(|fate| match fate {
            Fate::Delivered => "d".to_owned(),
            Fate::Again => "a".to_owned(),
            Fate::Refused(why) => format!("r({why})"),
        })
        .collect();
    match report.error {
        Some(error) => format!("{fates} {error}"),
        None => fates,
    }
}

/// A process that was killed may still end.
fn wait_for_the_end_of(pid: &str) {
    let state = || std::fs::read_to_string(format!("/proc/{pid}/stat"));
    while state().is_ok_and(|stat| !stat.contains(") Z ")) {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_program_gets_each_alert_whole() {
    let folder = folder("program");
    let out = folder.join("out");
    let long = "文\u{1F600}\"%s$(x)".repeat(10_000);
    for keep_alive in [true, false] {
        let program = format!("cat >> {}", out.display());
        let mut output = open(&program, Duration::from_secs(20), keep_alive);
        assert_eq!(deliver(&mut *output, &["one", &long]), "dd");
        drop(output);
        let text = std::fs::read_to_string(&out).unwrap();
        assert_eq!(text, format!("one\n{long}\n"));
        std::fs::remove_file(&out).unwrap();
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_shell_of_a_command_is_called_sh() {
    let folder = folder("called");
    let out = folder.join("out");
    let command = format!("echo $0 >> {}", out.display());
    let limits = ProgramLimits { open_files: Some(Whole(50)), ..ProgramLimits::default() };
    for mut output in [
        open(&command, Duration::from_secs(20), false),
        channel(&keys(&command, false)),
        channel(&Keys { limits, ..keys(&command, false) }),
    ] {
        assert_eq!(deliver(&mut *output, &["one"]), "d");
    }
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "sh\nsh\nsh\n");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_failing_program_is_tried_again_but_not_for_ever() {
    let mut output = open("exit 3", Duration::from_secs(20), false);
    let again = "aa the program ends with status 3";
    assert_eq!(deliver(&mut *output, &["one", "two"]), again);
    assert_eq!(deliver(&mut *output, &["one", "two"]), again);
    let refused = "r(the program ends with status 3)a the program ends with status 3";
    assert_eq!(deliver(&mut *output, &["one", "two"]), refused);
    let mut output = open("kill -9 $$", Duration::from_secs(20), false);
    assert_eq!(deliver(&mut *output, &["one"]), "a the program is ended by signal 9");
}

#[test]
fn a_program_that_hangs_is_killed_with_what_it_started() {
    let folder = folder("hangs");
    let pids = folder.join("pids");
    for keep_alive in [true, false] {
        let program = format!("sleep 1000 & echo $! > {}; wait", pids.display());
        let mut output = open(&program, Duration::from_secs(3), keep_alive);
        // More than a pipe holds.
        let long = "x".repeat(1 << 20);
        let text = deliver(&mut *output, &[&long]);
        assert_eq!(text, "a the program takes longer than 3 s and was killed");
        let pid = std::fs::read_to_string(&pids).unwrap();
        wait_for_the_end_of(pid.trim());
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_kept_program_that_ends_is_started_anew() {
    let folder = folder("kept");
    let out = folder.join("out");
    let program = format!("head -n 1 >> {0}; echo end >> {0}", out.display());
    let mut output = open(&program, Duration::from_secs(20), true);
    let mut expected = Vec::new();
    for n in 0..3 {
        let text = format!("line {n}");
        assert_eq!(deliver(&mut *output, &[&text]), "d");
        expected.extend([text, "end".to_owned()]);
        while !std::fs::read_to_string(&out).is_ok_and(|read| read.lines().eq(&expected)) {
            std::thread::sleep(Duration::from_millis(5));
        }
        // It has written its last word, and ends.
        output.reopen().unwrap();
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// What a configuration of the list starts.
fn channel(keys: &Keys) -> Box<dyn Output> {
    open_channel(&Delivery::default(), keys).unwrap()
}

fn keys(command: &str, keep_alive: bool) -> Keys {
    Keys { command: command.to_owned(), keep_alive, ..Keys::default() }
}

#[test]
fn a_program_has_the_arguments_folder_and_environment_of_its_keys() {
    let folder = folder("given");
    let script = "printf '%s|' \"$@\" > out; pwd >> out; env -u _ -u PWD -u SHLVL -u OLDPWD | sort >> out; cat >> out";
    let argv = ["/bin/sh", "-c", script, "sh", "$(id)", "a b", "文"].map(str::to_owned).to_vec();
    let secret = folder.join("secret");
    std::fs::write(&secret, "word\n").unwrap();
    let environment = [
        ("TOKEN".to_owned(), Secret::File(secret)),
        ("HOME".to_owned(), Secret::Text("/else".to_owned())),
    ];
    let mut output = channel(&Keys {
        argv,
        directory: folder.clone(),
        environment: Environment(environment.into()),
        ..Keys::default()
    });
    assert_eq!(deliver(&mut *output, &["an alert"]), "d");
    let text = std::fs::read_to_string(folder.join("out")).unwrap();
    let lines: Vec<&str> =
        text.lines().filter(|line| !line.contains("NAME=") && !line.starts_with("USER=")).collect();
    let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let place = folder.canonicalize().unwrap();
    let first = format!("$(id)|a b|文|{}", place.display());
    assert_eq!(lines, [&*first, "HOME=/else", path, "TOKEN=word", "an alert"], "{text}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_program_runs_as_its_user_within_its_limits() {
    let test = "a_program_runs_as_its_user_within_its_limits";
    if !rustix::process::geteuid().is_root() {
        return peregrine_testkit::skipped(test, "only root starts programs as other users");
    }
    let folder = folder("limited");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let out = folder.join("out");
    let command = format!("(id -u; id -G; cat /proc/self/limits) > {}; cat", out.display());
    for keep_alive in [true, false] {
        let mut output = channel(&Keys {
            user: "nobody".to_owned(),
            limits: ProgramLimits {
                memory: Some(Size(256 << 20)),
                processes: Some(Whole(4000)),
                cpu_seconds: Some(Whole(7)),
                open_files: Some(Whole(33)),
            },
            ..keys(&format!("{command} > /dev/null"), keep_alive)
        });
        assert_eq!(deliver(&mut *output, &["one", "two"]), "dd");
        drop(output);
        let text = std::fs::read_to_string(&out).unwrap();
        let nobody = std::fs::read_to_string("/etc/passwd").unwrap();
        let nobody = nobody.lines().find(|line| line.starts_with("nobody:")).unwrap();
        let numbers: Vec<&str> = nobody.split(':').skip(2).take(2).collect();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..2], numbers, "{text}");
        let check = |name: &str, soft: &str, hard: &str| {
            let line = lines.iter().find(|line| line.starts_with(name)).unwrap();
            let words: Vec<&str> = line[name.len()..].split_whitespace().collect();
            assert_eq!(words[..2], [soft, hard], "{line}");
        };
        check("Max address space", "268435456", "268435456");
        check("Max processes", "4000", "4000");
        check("Max cpu time", "7", "12");
        check("Max open files", "33", "33");
        std::fs::remove_file(&out).unwrap();
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_program_ends_with_peregrine_and_so_does_all_it_started() {
    let folder = folder("ends");
    let pids = folder.join("pids");
    // It does not end by itself, nor when it is asked to.
    let command = format!(
        "trap '' TERM; sleep 1000 & echo $$ $! > {}; cat > /dev/null; sleep 1000",
        pids.display()
    );
    let mut output = channel(&keys(&command, true));
    assert_eq!(deliver(&mut *output, &["one"]), "d");
    let read = || std::fs::read_to_string(&pids).unwrap_or_default();
    while !read().ends_with('\n') {
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(output);
    for pid in read().split_whitespace() {
        wait_for_the_end_of(pid);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_a_program_did_not_read_is_given_to_the_next() {
    let folder = folder("unread");
    let out = folder.join("out");
    for end in ["exit 0", "exit 3", "kill -9 $$"] {
        // A shell reads a line, not a byte more.
        let command = format!("read -r line; echo \"$line\" >> {}; {end}", out.display());
        let start = Start::confined(&keys(&command, true), Duration::from_secs(20)).unwrap();
        let mut output = Kept::hurried(start);
        let expected: Vec<String> = (0..20).map(|n| format!("line {n}")).collect();
        let mut left: Vec<&str> = expected.iter().map(String::as_str).collect();
        while !left.is_empty() {
            let report = deliver(&mut output, &left);
            left.drain(..report.chars().take_while(|fate| *fate == 'd').count());
        }
        let read = || std::fs::read_to_string(&out).unwrap_or_default();
        while read().lines().count() < expected.len() {
            output.tick().unwrap_or_default();
            std::thread::sleep(Duration::from_millis(1));
        }
        drop(output);
        assert!(read().lines().eq(expected), "{end}: {}", read());
        std::fs::remove_file(&out).unwrap();
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_line_that_was_read_in_part_is_given_again() {
    let folder = folder("part");
    let (out, first) = (folder.join("out"), folder.join("first"));
    // The first one reads three bytes of the second line.
    let command = format!(
        "mkdir {0} 2>/dev/null && {{ dd bs=1 count=11 of=/dev/null 2>/dev/null; exit 1; }}; cat >> {1}",
        first.display(),
        out.display()
    );
    let start = Start::confined(&keys(&command, true), Duration::from_secs(20)).unwrap();
    let mut output = Kept::hurried(start);
    let mut left = vec!["line 0\n".trim(), "line 1", "line 2"];
    while !left.is_empty() {
        let report = deliver(&mut output, &left);
        left.drain(..report.chars().take_while(|fate| *fate == 'd').count());
    }
    let read = || std::fs::read_to_string(&out).unwrap_or_default();
    while read().lines().count() < 2 {
        output.tick().unwrap_or_default();
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(output);
    assert_eq!(read(), "line 1\nline 2\n");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_program_that_ends_at_once_is_started_ever_less_often() {
    let mut output = channel(&keys("exit 4", true));
    // The pipe takes the first; what became of it shows with a later one.
    let why = "the program ends with status 4";
    while !deliver(&mut *output, &["one"]).contains(why) {}
    let alert = alert(1);
    let wait = |output: &mut dyn Output| {
        output.deliver(&[Record { alert: &alert, text: "two" }]).retry_after.unwrap_or_default()
    };
    let first = wait(&mut *output);
    assert!(first <= Duration::from_millis(250), "{first:?}");
    let mut longest = first;
    while longest <= Duration::from_millis(500) {
        longest = longest.max(wait(&mut *output));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_cannot_work_is_said_at_the_start() {
    let check = |keys: Keys, expected: &str| {
        let error = open_channel(&Delivery::default(), &keys).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(Keys::default(), "set one of `argv` and `command`");
    let argv = |program: &str| Keys { argv: vec![program.to_owned()], ..Keys::default() };
    check(Keys { command: "x".to_owned(), ..argv("cat") }, "set one of `argv` and `command`");
    check(argv("/nosuch"), "argv: there is no program /nosuch");
    check(argv("no-such-program"), "argv: there is no program no-such-program in /usr/local/sbin");
    check(
        Keys { user: "no-such-user".to_owned(), ..keys("cat", false) },
        "has no user no-such-user",
    );
    check(Keys { directory: "/etc/passwd".into(), ..keys("cat", false) }, "is no folder");
    if rustix::process::geteuid().is_root() {
        let limits = ProgramLimits { processes: Some(Whole(3)), ..ProgramLimits::default() };
        check(Keys { limits, ..keys("cat", false) }, "limits.processes: ");
    }
}
