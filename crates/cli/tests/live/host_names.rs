//! Rules that name hosts, on this kernel. Needs root; says so loudly where it has none.

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

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
    // Names are asked for beside everything else: the first connections may come too early.
    let mut alerts = Vec::new();
    for _ in 0..50 {
        TcpStream::connect(to).unwrap();
        alerts = watched.alerts_after(Duration::from_millis(100));
        if !alerts.is_empty() {
            break;
        }
    }
    let reported: Vec<(&str, &str, u64)> = alerts
        .iter()
        .map(|alert| {
            let fields = &alert["output_fields"];
            (
                alert["rule"].as_str().unwrap(),
                fields["fd.sip.name"].as_str().unwrap(),
                fields["fd.sport"].as_u64().unwrap(),
            )
        })
        .collect();
    let port = u64::from(to.port());
    assert_eq!(
        reported,
        [("to this machine", "localhost", port), ("to one of two", "localhost", port)]
    );
    std::fs::remove_dir_all(folder).unwrap();
}
