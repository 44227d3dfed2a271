//! Responses that change while the host is watched.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command};

use serde_json::Value;

use crate::respond::{PATIENCE, Stage, field, step};
use crate::support::agent::Watched;

fn configure(stage: &Stage, mode: &str) {
    let path = |name: &str| stage.folder.join(name).display().to_string();
    let text = format!(
        "watch_config_files: false\nrules_files: [{}]\njson_output: true\ncontrol: {{enabled: true, path: {}}}\njournal: {{key: {}}}\nrespond: {{files: [{}], mode: {mode}, path: {}}}\n",
        path("rules.yaml"),
        path("run/control.sock"),
        path("own.key"),
        path("respond.yaml"),
        path("store")
    );
    std::fs::write(stage.folder.join("peregrine.yaml"), text).unwrap();
}

/// Whether it succeeded, and what it printed.
fn reload(config: &Path) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_peregrine"));
    let done = command.arg("reload").arg("-c").arg(config).output().unwrap();
    let printed = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8(printed).unwrap())
}

fn is_killed(mut child: Child) -> bool {
    child.wait().unwrap().signal() == Some(9)
}

fn ended(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn live_other_responses_take_hold_without_a_restart() {
    if !peregrine_testkit::root("live_other_responses_take_hold_without_a_restart") {
        return;
    }
    let stage = Stage::new("respond-reload", "  actions: [kill]\n");
    let config = stage.folder.join("peregrine.yaml");
    let response = stage.folder.join("respond.yaml");
    let text = std::fs::read_to_string(&response).unwrap();
    let limited = |most: u32| text.replace("10000/1h", &format!("{most}/1h"));
    let set = |text: String| std::fs::write(&response, text).unwrap();
    set(limited(3));
    configure(&stage, "dry_run");
    let flags = ["-o", "control.enabled=true", "-c", config.to_str().unwrap()];
    let mut agent = Watched::start(&flags);
    let spared = stage.start();
    step(&mut agent, "kill", "dry run");
    ended(spared);

    configure(&stage, "on");
    let (applied, said) = reload(&config);
    assert!(applied && !said.contains("restart"), "{said}");
    assert!(is_killed(stage.start()));
    step(&mut agent, "kill", "done");
    // What is wrong with a file changes nothing.
    set(text.replace("actions: [kill]", "actions: [kil]"));
    let (applied, said) = reload(&config);
    assert!(!applied && said.contains(&format!("{}:", response.display())), "{said}");
    assert!(is_killed(stage.start()));
    let third = step(&mut agent, "kill", "done");
    assert_eq!(field(&third, "response.id"), 3);
    // What it did before counts, also after a reload to the same.
    set(limited(3));
    assert!(reload(&config).0);
    let spared = stage.start();
    let line = agent.line_with("\"rule\":\"Response stopped\"", PATIENCE).expect("it is stopped");
    let stopped: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(field(&stopped, "response.name"), "marked");
    ended(spared);
    // Other limits let it go on, with the same account.
    set(limited(100));
    assert!(reload(&config).0);
    assert!(is_killed(stage.start()));
    let fourth = step(&mut agent, "kill", "done");
    assert_eq!(field(&fourth, "response.id"), 4);
    // None is left.
    set("[]\n".to_owned());
    let (applied, said) = reload(&config);
    assert!(applied, "{said}");
    let spared = stage.start();
    let alert = agent.line_with("\"rule\":\"marked ", PATIENCE);
    assert!(alert.is_some());
    ended(spared);
    let reported = agent.stop();
    assert!(reported.contains("0 responses: they act"), "{reported}");
}
