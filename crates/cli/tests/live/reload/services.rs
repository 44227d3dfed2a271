//! What serves and writes beside the alerts, and follows the configuration: the web server, captures.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Command;

use super::{Stage, UNWATCHED, page};

/// Configures what follows, and asks nobody else for reloads.
fn configure(stage: &Stage, section: &str) {
    let control = stage.path("run/control.sock");
    stage.configure(&format!("{UNWATCHED}control: {{path: {control}}}\n{section}\n"));
}

fn is_served(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[test]
fn live_the_web_server_follows_the_configuration() {
    if !peregrine_testkit::root("live_the_web_server_follows_the_configuration") {
        return;
    }
    let stage = Stage::new("web");
    let configure = |keys: &str| {
        configure(&stage, &format!("webserver: {{listen_address: 127.0.0.1, {keys}}}"));
    };
    let reload = |expected: bool, part: &str| {
        let (ok, printed) = stage.reload(&[]);
        assert!(ok == expected && printed.contains(part), "{printed}");
        assert!(!printed.contains("restart"), "{printed}");
    };
    let (first, second) = (peregrine_testkit::free_port(), peregrine_testkit::free_port());
    stage.rules(&["first"]);
    configure("enabled: false");
    let watched = stage.watch();
    configure(&format!("enabled: true, listen_port: {first}"));
    reload(true, "setting changed: webserver.enabled");
    assert!(page(first, "/healthz").contains(" 200 "));
    configure(&format!("enabled: true, listen_port: {second}"));
    reload(true, "setting changed: webserver.listen_port");
    assert!(page(second, "/healthz").contains(" 200 "));
    // The former one ends a moment later, on another thread.
    stage.until_that("the former port is closed", || !is_served(first));
    // A port that somebody else has keeps what runs, rules included.
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    configure(&format!("enabled: true, listen_port: {}", taken.local_addr().unwrap().port()));
    stage.rules(&["second"]);
    reload(false, "webserver.listen_port");
    assert!(page(second, "/healthz").contains(" 200 "));
    stage.until_alert("first");
    configure("enabled: false");
    reload(true, "setting changed: webserver.enabled");
    stage.until_that("the last port is closed", || !is_served(second));
    stage.until_alert("second");
    watched.stop();
}

#[test]
fn live_captures_follow_the_configuration() {
    if !peregrine_testkit::root("live_captures_follow_the_configuration") {
        return;
    }
    let stage = Stage::new("recaptured");
    let configure = |keys: &str| {
        let keys = format!("mode: all_rules, default_duration: 600000, {keys}");
        configure(&stage, &format!("capture: {{{keys}}}"));
    };
    let reload = || {
        let (ok, printed) = stage.reload(&[]);
        assert!(ok && printed.contains("setting changed: capture."), "{printed}");
        assert!(!printed.contains("restart"), "{printed}");
    };
    let files = |prefix: &str| -> Vec<String> {
        let all = std::fs::read_dir(&stage.0).unwrap();
        let names = all.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with(&format!("{prefix}_"))).collect()
    };
    stage.rules(&["secret"]);
    configure("enabled: false");
    let watched = stage.watch();
    stage.until_alert("secret");
    configure(&format!("enabled: true, path_prefix: {}", stage.path("one")));
    reload();
    stage.until_alert("secret");
    stage.until_that("there is a first file", || !files("one").is_empty());
    configure(&format!("enabled: true, path_prefix: {}", stage.path("two")));
    reload();
    stage.until_alert("secret");
    stage.until_that("there is a second file", || !files("two").is_empty());
    configure("enabled: false");
    reload();
    stage.until_alert("secret");
    let reported = watched.stop();
    let captures = [files("one"), files("two")].concat();
    // Each went on until the reload that ended it.
    assert_eq!(captures.len(), 2, "{captures:?} {reported}");
    for name in &captures {
        let path = stage.path(name);
        let opened = Command::new(env!("CARGO_BIN_EXE_peregrine"))
            .args(["print", &path, "-p", "%evt.type %fd.name"])
            .output()
            .unwrap();
        let opened = String::from_utf8(opened.stdout).unwrap();
        let line = format!("openat {}", stage.path("secret"));
        assert!(opened.lines().any(|one| one == line), "{line}: {opened}");
        assert!(reported.contains(&format!("capture written: {path}")), "{reported}");
    }
}
