//! Rules that name hosts, on this kernel. Needs root; says so loudly where it has none.

use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::agent::{Watched, scratch};

#[test]
fn live_a_connection_to_a_named_host() {
    let test = "live_a_connection_to_a_named_host";
    if !peregrine_testkit::root(test) || !peregrine_testkit::resolves(test, "localhost") {
        return;
    }
    let folder = scratch("names");
    let rules = folder.join("rules.yaml");
    let own = std::process::id();
    let rule = |name: &str, condition: &str| {
        format!(
            "- rule: {name}\n  desc: d\n  condition: evt.type=connect and {condition} and proc.pid={own}\n  \
             output: to %fd.sip.name port %fd.sport\n  priority: NOTICE\n"
        )
    };
    let text = rule("to this machine", "fd.sip.name=localhost")
        + &rule("to one of two", "fd.sip.name in (localhost, no-such-host.invalid)")
        + &rule("to nobody", "fd.sip.name=no-such-host.invalid");
    std::fs::write(&rules, text).unwrap();
    let path = rules.display().to_string();
    let mut watched = Watched::start(&["-r", &path, "--json", "-o", "rule_matching=all"]);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let to = listener.local_addr().unwrap();
    // Names are resolved beside the events: the first connections may come too early.
    let end = Instant::now() + Duration::from_mins(1);
    let mut lines = Vec::new();
    while lines.is_empty() {
        assert!(Instant::now() < end, "no alert");
        TcpStream::connect(to).unwrap();
        lines.extend(watched.line(Duration::from_millis(100)));
    }
    watched.end();
    while let Some(line) = watched.line(Duration::ZERO) {
        lines.push(line);
    }
    let reported: Vec<String> = lines
        .iter()
        .map(|line| {
            let alert: Value = serde_json::from_str(line).unwrap();
            let fields = &alert["output_fields"];
            format!("{} {} {}", alert["rule"], fields["fd.sip.name"], fields["fd.sport"])
        })
        .collect();
    let port = to.port();
    let expected = [
        format!(r#""to this machine" "localhost" {port}"#),
        format!(r#""to one of two" "localhost" {port}"#),
    ];
    // Both of each connection that came late enough.
    for pair in reported.chunks(2) {
        assert_eq!(pair, expected);
    }
    std::fs::remove_dir_all(folder).unwrap();
}
