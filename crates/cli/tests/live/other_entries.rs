//! Acts that reach the kernel by another way than the ordinary calls raise the same rules: through an
//! `io_uring`, through the 32-bit entry. Needs root; says so loudly where it has none.

use std::ffi::CString;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use crate::support::agent::{Watched, scratch};
use peregrine_testkit::i386::{int80, low};
use peregrine_testkit::ring::{Entry, Ring, op, setup, with};
use serde_json::Value;

const ASKED_CWD: i32 = -100;

fn rules(here: &str, port: u16) -> String {
    let me = std::process::id();
    let rule = |name: &str, condition: &str| {
        format!(
            "- rule: {name}\n  desc: d\n  condition: {condition} and proc.pid = {me}\n  priority: INFO\n  \
             output: ring=%evt.is_io_uring file=%fd.name real=%fd.name.resolved of=%proc.name fd=%fd.num\n"
        )
    };
    let open = "evt.type in (open, openat, openat2)";
    [
        rule("Marker", &format!("{open} and fd.name = {here}/marker")),
        // As rules have it: a file that was opened, to be read.
        rule(
            "Secret opened",
            &format!("{open} and evt.is_open_read = true and fd.num >= 0 and fd.name = /etc/shadow"),
        ),
        rule("Connected", &format!("evt.type = connect and fd.sport = {port}")),
        rule(
            "Removed",
            &format!("evt.type in (unlink, unlinkat) and fs.path.name startswith {here}/vault/"),
        ),
        rule(
            "Renamed",
            &format!(
                "evt.type in (rename, renameat, renameat2) and fs.path.target startswith {here}/vault/"
            ),
        ),
    ]
    .concat()
}

fn start(folder: &Path, port: u16) -> Watched {
    std::fs::write(folder.join("marker"), "").unwrap();
    let file = folder.join("rules.yaml");
    std::fs::write(&file, rules(&folder.display().to_string(), port)).unwrap();
    Watched::start(&["--json", "-r", file.to_str().unwrap(), "-o", "load_plugins=[]"])
}

/// What acts raised up to now: a marker behind them says that all is reported.
fn alerts(watched: &mut Watched, folder: &Path) -> Vec<Value> {
    drop(std::fs::File::open(folder.join("marker")).unwrap());
    let mut alerts: Vec<Value> = Vec::new();
    loop {
        let line = watched.line(Duration::from_mins(1)).expect("an alert on the marker");
        let alert: Value = serde_json::from_str(&line).unwrap();
        if alert["rule"] == "Marker" {
            return alerts;
        }
        alerts.push(alert);
    }
}

fn names(alerts: &[Value]) -> Vec<&str> {
    alerts.iter().filter_map(|alert| alert["rule"].as_str()).collect()
}

fn c(text: &str) -> CString {
    CString::new(text).unwrap()
}

fn one(opcode: u8, name: &CString) -> Entry<'_> {
    Entry { opcode, fd: ASKED_CWD, addr: name.as_ptr() as u64, ..Entry::default() }
}

fn address(to: SocketAddr) -> Vec<u8> {
    let SocketAddr::V4(to) = to else { unreachable!("bound to IPv4") };
    [&2_u16.to_ne_bytes()[..], &to.port().to_be_bytes(), &to.ip().octets(), &[0; 8]].concat()
}

#[test]
fn live_acts_through_rings_are_acts() {
    if !peregrine_testkit::root("live_acts_through_rings_are_acts") {
        return;
    }
    if let Err(why) = Ring::new(1, 0, 0) {
        peregrine_testkit::skipped("live_acts_through_rings_are_acts", &why);
        return;
    }
    let folder = scratch("rings");
    let here = folder.display().to_string();
    std::fs::create_dir(folder.join("vault")).unwrap();
    std::os::unix::fs::symlink("/etc/shadow", folder.join("link")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = listener.local_addr().unwrap();
    let mut watched = start(&folder, to.port());
    for (way, flags) in [(0, 0), (0, with::ASYNC), (setup::SQPOLL, 0), (0, with::SKIP_SUCCESS)] {
        let ring = Ring::new(16, way, 0).unwrap();
        let quiet = flags == with::SKIP_SUCCESS;
        let run = |request: Entry<'_>| {
            let request = Entry { flags: request.flags | flags, ..request };
            if quiet {
                ring.put(&[request]);
                ring.enter(1, 0);
                // Nobody says when it is done; it is found out soon.
                std::thread::sleep(Duration::from_millis(300));
                0
            } else {
                ring.run(&[request])[0]
            }
        };
        // By its name and by a link: the same secret.
        for asked in ["/etc/shadow", &format!("{here}/link")] {
            let name = c(asked);
            let fd = run(one(op::OPENAT, &name));
            assert!(fd >= 0, "{fd}");
            let alerts = alerts(&mut watched, &folder);
            assert_eq!(names(&alerts), ["Secret opened"], "{way} {flags}: {alerts:#?}");
            let fields = &alerts[0]["output_fields"];
            assert_eq!(fields["fd.name"], asked);
            assert_eq!(fields["fd.name.resolved"], "/etc/shadow");
            assert_eq!(fields["evt.is_io_uring"], true);
        }
        let (old, new) = (format!("{here}/f"), format!("{here}/vault/f"));
        std::fs::write(&old, "").unwrap();
        let (from, to_name) = (c(&old), c(&new));
        run(Entry {
            len: ASKED_CWD.cast_unsigned(),
            off: to_name.as_ptr() as u64,
            ..one(op::RENAMEAT, &from)
        });
        run(one(op::UNLINKAT, &to_name));
        assert!(!folder.join("vault/f").exists());
        let socket = unconnected();
        let raw = address(to);
        run(Entry {
            opcode: op::CONNECT,
            fd: socket,
            addr: raw.as_ptr() as u64,
            off: raw.len() as u64,
            ..Entry::default()
        });
        let alerts = alerts(&mut watched, &folder);
        assert_eq!(
            names(&alerts),
            ["Renamed", "Removed", "Connected"],
            "{way} {flags}: {alerts:#?}"
        );
    }
    watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
}

/// A socket nobody has connected: of a ring as well. It stays until the test ends.
fn unconnected() -> i32 {
    let ring = Ring::new(1, 0, 0).unwrap();
    let request = Entry { opcode: op::SOCKET, fd: 2, off: 1, len: 6, ..Entry::default() };
    i32::try_from(ring.run(&[request])[0]).unwrap()
}

#[test]
fn live_acts_of_32_bit_programs_are_acts() {
    if !peregrine_testkit::root("live_acts_of_32_bit_programs_are_acts") {
        return;
    }
    let folder = scratch("narrow");
    let here = folder.display().to_string();
    std::fs::create_dir(folder.join("vault")).unwrap();
    std::os::unix::fs::symlink("/etc/shadow", folder.join("link")).unwrap();
    std::fs::write(folder.join("f"), "").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = listener.local_addr().unwrap();
    let mut watched = start(&folder, to.port());
    let text = |text: &str| low(c(text).as_bytes_with_nul());
    // 5 open, 295 openat
    let cwd = ASKED_CWD.cast_unsigned();
    let link = format!("{here}/link");
    for (number, args) in [
        (5, vec![text("/etc/shadow"), 0, 0]),
        (5, vec![text(&link), 0, 0]),
        (295, vec![cwd, text("/etc/shadow"), 0, 0]),
    ] {
        assert!(int80(number, &args) >= 0);
        let alerts = alerts(&mut watched, &folder);
        assert_eq!(names(&alerts), ["Secret opened"], "{number}: {alerts:#?}");
        assert_eq!(alerts[0]["output_fields"]["fd.name.resolved"], "/etc/shadow");
        assert_eq!(alerts[0]["output_fields"]["evt.is_io_uring"], false);
    }
    // 38 rename, 10 unlink; 102 socketcall: 1 socket, 3 connect
    let (old, new) = (text(&format!("{here}/f")), text(&format!("{here}/vault/f")));
    assert_eq!((int80(38, &[old, new]), int80(10, &[new])), (0, 0));
    let words =
        |words: &[u32]| low(&words.iter().flat_map(|word| word.to_ne_bytes()).collect::<Vec<_>>());
    let socket = int80(102, &[1, words(&[2, 1, 0])]);
    let socket = u32::try_from(socket).unwrap();
    assert_eq!(int80(102, &[3, words(&[socket, low(&address(to)), 16])]), 0);
    let alerts = alerts(&mut watched, &folder);
    assert_eq!(names(&alerts), ["Renamed", "Removed", "Connected"], "{alerts:#?}");
    watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
}
