//! What is recorded while it is watched raises the same alerts when it is replayed, with the same
//! values in every field. Needs root; says so loudly where it has none.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use peregrine_agent::capture::Window;
use peregrine_agent::capture::replay::{Replay, replay};
use peregrine_agent::generation::Generation;
use peregrine_agent::live::{LiveSource, Monitor};
use peregrine_agent::metrics::Metric;
use peregrine_agent::notice::{CaptureNotice, Notice, Notify};
use peregrine_agent::pipeline::Pipeline;
use peregrine_agent::record::{Options, Packing, Recorder, calls};
use peregrine_agent::source::{Record, Source as _};
use peregrine_alert::Sequence;
use peregrine_config::model::ContainerEngines;
use peregrine_config::{Config, Count, Whole};
use peregrine_event::{EventBuilder, EventType};
use peregrine_fields::ArgRule;
use peregrine_hostinfo::{Host, first_snapshot};
use peregrine_kfilter::Pushdown;
use peregrine_outputs::{Options as OutputOptions, Outputs};

/// Fields that say the place in the stream: a file begins later than the watching.
fn of_the_stream(field: &str) -> bool {
    ["evt.num", "evt.reltime", "evt.deltatime"].iter().any(|front| field.starts_with(front))
}

/// A rule for all that the acts do, with every field in its output.
fn rules(folder: &Path) -> PathBuf {
    let me = std::process::id();
    let mut output = String::new();
    for field in peregrine_fields::all() {
        let printed = field.listed && field.answered() && !field.filter_only && !field.deprecated;
        if printed && field.arg != ArgRule::Required && !of_the_stream(field.name) {
            write!(output, " %{}", field.name).unwrap();
        }
    }
    output.push_str(" %proc.aname[2] %proc.aexepath[2] %proc.env[PATH] %evt.arg[0] %evt.arg[1]");
    let calls = "execve, execveat, clone, clone3, fork, vfork, open, openat, openat2, creat, close, \
        close_range, dup, dup2, dup3, fcntl, socket, socketpair, connect, bind, listen, accept, \
        accept4, pipe, pipe2, unlink, unlinkat, rename, renameat, renameat2, chmod, fchmod, fchmodat, \
        chdir, fchdir, setuid, setgid, setresuid, setresgid, setsid, prctl, memfd_create, symlink, \
        symlinkat, link, linkat, read, write, sendto, recvfrom, lseek, eventfd2, procexit";
    // What this process does by itself is left out but for its acts: every alert is one more write.
    let below = folder.join("acts").display().to_string();
    let who = format!(
        "proc.name != find and ((proc.pid={me} and fd.name startswith {below}) or proc.ppid={me} or \
         proc.apid[2]={me} or proc.apid[3]={me})"
    );
    let rule = |name: &str, calls: &str, more: &str| {
        format!(
            "- rule: {name}\n  desc: d\n  priority: notice\n{more}  condition: evt.type in ({calls}) and {who}\n  \
             output: \"x{output}\"\n"
        )
    };
    let capture = "  capture: true\n  capture_duration: 3\n";
    let text = rule("start", "execve", capture) + &rule("act", calls, "");
    let file = folder.join("rules.yaml");
    std::fs::write(&file, text).unwrap();
    file
}

fn run(command: &mut Command) {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}");
}

/// Something of everything.
fn act(folder: &Path) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        std::io::copy(&mut client, &mut std::io::sink()).unwrap();
    });
    // Every Debian has perl, and perl makes the calls of its script and no others.
    let program = format!(
        r#"
        use Socket; use POSIX ();
        mkdir "below"; open(my $new, ">", "below/file"); print $new "x"; close $new;
        symlink "below/file", "link"; open(my $one, "<", "link"); open(my $two, "<&", $one);
        open(my $three, "<&=", POSIX::dup2(fileno($one), 60)); my $line = <$three>;
        pipe(my $out, my $in); syswrite $in, "z"; sysread $out, $line, 1;
        socketpair(my $left, my $right, AF_UNIX, SOCK_STREAM, 0); syswrite $left, "q";
        socket(my $udp, PF_INET, SOCK_DGRAM, 0); send($udp, "d", 0, sockaddr_in(9, INADDR_LOOPBACK));
        socket(my $tcp, PF_INET, SOCK_STREAM, 0);
        connect($tcp, sockaddr_in({port}, INADDR_LOOPBACK)) or die; syswrite $tcp, "hello"; close $tcp;
        chmod 0600, "below/file"; rename "below/file", "below/other"; link "below/other", "hard";
        my $name = "memory"; my $memory = syscall(319, $name, 0);
        chdir "below"; open(my $near, "<", "other"); open(my $up, "<", "../hard");
        open(my $no, "<", "not/there"); opendir(my $dir, "..");
        $0 = "another title";
        if (!fork) {{ POSIX::setgid(65534); POSIX::setuid(65534); open(my $passwd, "<", "/etc/passwd");
            POSIX::setsid(); exec "/bin/cat", "-n", "/etc/hostname"; }} wait;
        unlink "other", "../link", "../hard"; chdir "/"; open(my $hosts, "<", "etc/hosts");
        "#
    );
    run(Command::new("perl").args(["-e", &program]).current_dir(folder));
    server.join().unwrap();
    run(Command::new("sh").args(["-c", "cat /etc/passwd | head -1; exit 0"]).current_dir("/etc"));
    run(Command::new("cat").arg("/etc/group").uid(65534).gid(65534));
    // Nobody's business: it fills files.
    run(Command::new("find").arg("/etc").stderr(Stdio::null()));
    let there = folder.to_owned();
    let threads = (0..3).map(move |number| {
        let file = there.join(format!("thread{number}"));
        std::thread::spawn(move || {
            std::fs::write(&file, "x").unwrap();
            let read = std::fs::File::open(&file).unwrap();
            let copy = read.try_clone().unwrap();
            std::fs::remove_file(&file).unwrap();
            drop((read, copy));
        })
    });
    threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());
}

fn config(folder: &Path, name: &str, rules: &Path) -> Config {
    let file = folder.join(name).display().to_string();
    let options = [
        "json_output=true".to_owned(),
        "stdout_output.enabled=false".to_owned(),
        "file_output.enabled=true".to_owned(),
        format!("file_output.filename={file}"),
        "outputs_queue.capacity=0".to_owned(),
    ];
    let mut config = peregrine_config::load(None, &options).unwrap().config;
    config.rules_files = vec![rules.to_owned()];
    // Every field of every event: nothing is to be dropped.
    config.outputs_queue.bytes = Count::of_size(usize::MAX);
    config
}

/// Thread, time and fields of an alert.
type Fields = (i64, u64, serde_json::Value);

/// The fields of each alert, by thread, in order.
fn alerts(file: &Path) -> Vec<Fields> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut alerts: Vec<_> = text
        .lines()
        .map(|line| {
            let alert: serde_json::Value = serde_json::from_str(line).unwrap();
            let fields = alert["output_fields"].clone();
            (
                fields["thread.tid"].as_i64().unwrap(),
                fields["evt.rawtime"].as_u64().unwrap(),
                fields,
            )
        })
        .collect();
    // A stable sort: what a thread did at one moment stays in order.
    alerts.sort_by_key(|(tid, ..)| *tid);
    alerts
}

fn replayed(files: &[PathBuf], folder: &Path, rules: &Path) -> Vec<Fields> {
    let config = config(folder, "replayed.jsonl", rules);
    let _ = std::fs::remove_file(folder.join("replayed.jsonl"));
    for file in files {
        let what = Replay {
            config: &config,
            generation: Generation::load(&config).unwrap().0,
            window: Window::default(),
            filter: "",
            duration: None,
            host: None,
            stop: Arc::default(),
            notify: Arc::new(|notice| panic!("{notice}")),
        };
        let replayed = replay(&**file, what).unwrap();
        let malformed = replayed.report.metrics.total(Metric::MalformedRecords);
        let damage = replayed.damage;
        assert!(damage.is_none() && malformed == 0, "{}: {damage:?}", file.display());
    }
    alerts(&folder.join("replayed.jsonl"))
}

fn compare(live: &[Fields], again: &[Fields]) {
    for (live, again) in live.iter().zip(again) {
        let (Some(a), Some(b)) = (live.2.as_object(), again.2.as_object()) else { panic!() };
        assert_eq!((live.0, live.1), (again.0, again.1), "{a:?}\n{b:?}");
        for (field, value) in a {
            assert_eq!(b.get(field), Some(value), "{field} of {a:?}");
        }
        assert_eq!(a.len(), b.len());
    }
    assert_eq!(live.len(), again.len());
}

#[test]
fn live_fields_are_those_of_the_replay() {
    if !peregrine_testkit::root("live_fields_are_those_of_the_replay") {
        return;
    }
    let scratch = peregrine_testkit::Folder::new("recorded");
    let folder = scratch.path().to_path_buf();
    let rules = rules(&folder);
    let config = config(&folder, "live.jsonl", &rules);
    let (generation, _) = Generation::load(&config).unwrap();
    let sequence = Arc::new(Sequence::new(1));
    let notify: peregrine_outputs::Notify = Arc::new(|notice| panic!("{notice}"));
    let outputs =
        Outputs::start(&config, &OutputOptions::new(&config), &sequence, &notify).unwrap();
    let mut pipeline = Pipeline::new(generation, config.limits(), Host::new(), outputs, sequence);
    let one = folder.join("one.scap");
    let mut recorder = Recorder::new(&Options::new(one.clone())).unwrap();
    let mut ring = None;

    let probe = peregrine_probe::Options { ring_bytes: 64 << 20, ..Default::default() };
    let mut source =
        LiveSource::start(&probe, &calls("", false).unwrap(), &Pushdown::default()).unwrap();
    let mut snapshot = Vec::new();
    first_snapshot(&mut |record| snapshot.push(record.to_vec()));
    for record in &snapshot {
        pipeline.take(Record::Snapshot(record));
        recorder.take(Record::Snapshot(record));
    }
    recorder.begin(0, 0).unwrap();
    // A ring of files: small ones, so that the state is written in the middle of things.
    let options = Options {
        max_size: Some(recorder.counts().bytes * 2 + 100_000),
        files: Some(1000),
        packing: Packing::Plain,
        ..Options::new(folder.join("ring.scap"))
    };
    let in_ring = ring.insert(Recorder::new(&options).unwrap());
    for record in &snapshot {
        in_ring.take(Record::Snapshot(record));
    }
    in_ring.begin(0, 0).unwrap();

    let there = folder.join("acts");
    let acts = std::thread::spawn(move || {
        std::fs::create_dir_all(&there).unwrap();
        act(&there);
    });
    let mut take = |record: Record<'_>| {
        pipeline.take(record);
        recorder.take(record);
        in_ring.take(record);
    };
    while !acts.is_finished() {
        let Ok(_) = source.poll(&mut take);
        std::thread::sleep(Duration::from_millis(2));
    }
    source.finish(&mut take);
    acts.join().unwrap();
    assert_eq!(source.losses().total(), 0, "{:?}", source.losses());

    pipeline.into_sink().close(Duration::from_mins(1));
    let live = alerts(&folder.join("live.jsonl"));
    assert!(live.len() > 500, "{}", live.len());
    let (counts, files, _, ended) = recorder.finish();
    assert!(ended.is_none(), "{ended:?}");
    assert_eq!((counts.damaged, files.len()), (0, 1));
    assert!(counts.events > 2000 && counts.filtered_out == 0, "{counts:?}");
    compare(&live, &replayed(&[one], &folder, &rules));

    let (_, files, removed, ended) = ring.unwrap().finish();
    assert!(removed == 0 && ended.is_none(), "{removed} {ended:?}");
    assert!(files.len() > 2, "{files:?}");
    let files: Vec<PathBuf> = files.into_iter().map(|file| file.path).collect();
    compare(&live, &replayed(&files, &folder, &rules));
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Captures on matches of acts, with settings of `capture`: the alerts of what was watched, those of the
/// captures, and how many of them there are.
fn captured_on_a_match(name: &str, settings: &[&str]) -> (Vec<Fields>, Vec<Fields>, usize) {
    let scratch = peregrine_testkit::Folder::new(name);
    let folder = scratch.path().to_path_buf();
    let rules = rules(&folder);
    let captures = folder.join("captures");
    std::fs::create_dir(&captures).unwrap();
    let mut config = config(&folder, "live.jsonl", &rules);
    let prefix = format!("capture.path_prefix={}", captures.join("on").display());
    let settings: Vec<String> = ["capture.enabled=true", &*prefix]
        .iter()
        .chain(settings)
        .map(|setting| (*setting).to_owned())
        .collect();
    config.capture = peregrine_config::load(None, &settings).unwrap().config.capture;
    config.engine.modern_ebpf.buf_size_preset.bytes = 64 << 20;
    let (generation, _) = Generation::load(&config).unwrap();
    let said = Arc::new(Mutex::new(Vec::new()));
    let says = Arc::clone(&said);
    let notify: Notify = Arc::new(move |notice| says.lock().unwrap().push(notice.clone()));
    let mut monitor = Monitor::start(&config, generation, &notify).unwrap();
    let there = folder.join("acts");
    let acts = std::thread::spawn(move || {
        std::fs::create_dir_all(&there).unwrap();
        act(&there);
    });
    while !acts.is_finished() {
        monitor.poll();
        std::thread::sleep(Duration::from_millis(2));
    }
    acts.join().unwrap();
    // At the end an output has little time for what it has not written yet.
    while monitor.metrics().total(Metric::AlertsQueued) > 0 {
        monitor.poll();
        std::thread::sleep(Duration::from_millis(2));
    }
    let report = monitor.finish();
    let count = |metric| report.metrics.total(metric);
    for lost in [Metric::EventsLost, Metric::CaptureEventsLost, Metric::AlertsQueued] {
        assert_eq!(count(lost), 0, "{report}");
    }
    let live = alerts(&folder.join("live.jsonl"));
    assert!(live.len() > 500, "{}", live.len());

    let entries = std::fs::read_dir(&captures).unwrap();
    let mut written: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    written.sort();
    assert_eq!(count(Metric::CaptureFiles), written.len() as u64);
    for notice in said.lock().unwrap().iter() {
        let failed = matches!(notice, Notice::Capture(_))
            && !matches!(notice, Notice::Capture(CaptureNotice::Written { .. }));
        assert!(!failed, "{notice}");
    }
    // The names say when the matches were: in this order no event comes twice.
    (live, replayed(&written, &folder, &rules), written.len())
}

#[test]
fn live_captures_on_a_match_replay_as_it_was() {
    if !peregrine_testkit::root("live_captures_on_a_match_replay_as_it_was") {
        return;
    }
    let everything = ["capture.mode=all_rules", "capture.default_duration=600000"];
    let (live, again, files) = captured_on_a_match("one-capture", &everything);
    assert_eq!(files, 1);
    compare(&live, &again);
    // Several, which begin in the middle of things.
    let filtered = ["capture.before_duration=1", "capture.events=filtered"];
    let (live, again, files) = captured_on_a_match("some-captures", &filtered);
    assert!(files > 2 && again.len() > 10, "{files} {}", again.len());
    for alert in &again {
        let same = |one: &&Fields| (one.0, one.1) == (alert.0, alert.1);
        let all: Vec<&Fields> = live.iter().filter(same).collect();
        assert!(all.contains(&alert), "{alert:?}\n{all:?}");
    }
}

const CONTAINER: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";

/// A docker that says the same of every container.
fn docker(socket: &Path) {
    let listener = UnixListener::bind(socket).unwrap();
    let answer = serde_json::json!({"Id": CONTAINER, "Name": "/shop",
        "Config": {"Image": "registry.example/web:7", "Labels": {"team": "blue"}}})
    .to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut head, mut byte) = (stream.unwrap(), Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() > 0 {
                head.push(byte[0]);
            }
            let length = answer.len();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{answer}");
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
}

/// The return of a clone in a process of that container.
fn born_in_container(tid: i64, ts: u64) -> Vec<u8> {
    let groups = format!("cpuset=/docker/{CONTAINER}\0");
    let mut block = EventBuilder::new(EventType::SYSCALL_CLONE_20_X, ts, tid);
    for param in 0..21 {
        block = match param {
            0 => block.bytes(&0_i64.to_le_bytes()),
            1 => block.bytes(b"sh\0"),
            3 | 4 | 18 | 19 => block.bytes(&tid.to_le_bytes()),
            5 => block.bytes(&1_i64.to_le_bytes()),
            14 => block.bytes(groups.as_bytes()),
            _ => block.bytes(b""),
        };
    }
    block.finish()
}

#[test]
fn a_replay_has_the_metadata_of_containers_from_their_first_event_on() {
    let folder = std::env::temp_dir().join(format!("peregrine-described-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let socket = folder.join("docker.sock");
    docker(&socket);
    let mut engines = ContainerEngines { max_wait: Whole(60_000), ..ContainerEngines::default() };
    engines.docker.sockets = vec![socket];
    let options = Options {
        engines: Some(engines),
        max_size: Some(1 << 16),
        files: Some(100),
        ..Options::new(folder.join("ring.scap"))
    };
    let mut recorder = Recorder::new(&options).unwrap();
    recorder.begin(1, 1).unwrap();
    // No thread of the machine has such a number.
    let tid = i64::from(i32::MAX) - 7;
    let mut take = |record: Vec<u8>| {
        recorder.take(Record::live(&record));
        recorder.look();
    };
    take(born_in_container(tid, 100));
    for number in 0..2000_u64 {
        let chdir = EventBuilder::new(EventType::SYSCALL_CHDIR_X, 200 + number, tid);
        take(chdir.i64(0).str(b"/a/folder/with/a/name").finish());
    }
    let (counts, files, ..) = recorder.finish();
    assert_eq!(counts.events, 2001);
    assert!(files.len() > 2, "{files:?}");
    let rules = folder.join("rules.yaml");
    let text = "- rule: r\n  desc: d\n  condition: evt.type in (clone, chdir) and \
        container.image.repository = registry.example/web\n  output: \"%thread.tid %evt.rawtime \
        %container.name %container.image.tag %container.label[team]\"\n  priority: INFO\n";
    std::fs::write(&rules, text).unwrap();
    // Each file alone: none of its events lacks the description.
    let mut seen = 0;
    for file in files {
        for (_, _, fields) in replayed(&[file.path], &folder, &rules) {
            let described = ["container.name", "container.image.tag", "container.label[team]"];
            assert_eq!(described.map(|field| &fields[field]), ["shop", "7", "blue"], "{fields:#}");
            seen += 1;
        }
    }
    assert_eq!(seen, 2001);
    std::fs::remove_dir_all(folder).unwrap();
}
