//! Acts that real Falco watched, done again: the same alerts must come, key by key.
//!
//! `live/*.json` of the conformance data names each act, and how it was done: `bash -c COMMAND` by a
//! process called python3, a child of process 1, in a container that no engine knows. Values of that
//! machine are placeholders there; ours are replaced likewise before the comparison.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::agent::{Watched, container_group, container_id, marked, scratch};

/// Falco's three files, in its order.
const RULES: [&str; 3] =
    ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];

/// An act done: what is needed to know its alerts.
struct Done {
    reported: Value,
    driver: String,
    /// What stands above the driver; the recording ends there.
    above: String,
    port: Option<u16>,
}

/// Listens once, and asks whoever comes to run `id`.
fn commander() -> (u16, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (mut caller, _) = listener.accept().unwrap();
        caller.write_all(b"id\nexit\n").unwrap();
        let _ = caller.read_to_end(&mut Vec::new());
    });
    (port, thread)
}

/// Does an act. `here` has `driver.py`, a program `python3` that runs it, and `log`.
fn commit(reported: Value, here: &Path, door: &Path) -> Done {
    let mut command = reported["command"].as_str().unwrap().to_owned();
    let listener = command.contains("PORT").then(commander);
    let port = listener.as_ref().map(|(port, _)| *port);
    if let Some(port) = port {
        command = command.replace("PORT", &port.to_string());
    }
    let sign = here.join(reported["act"].as_str().unwrap());
    // Logs of its own, for one of the acts empties one.
    let line = format!(
        "echo $$ > {} && mount --bind {1}/log /var/log && cd {1} && exec -a python3 ./python3 driver.py",
        door.display(),
        here.display()
    );
    let output = Command::new("unshare")
        .args(["--mount", "bash", "-c", &line])
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("COMMAND", &command)
        .env("SIGN", &sign)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    let end = Instant::now() + Duration::from_secs(20);
    while !sign.exists() {
        assert!(Instant::now() < end, "{command} never ended");
        std::thread::sleep(Duration::from_millis(5));
    }
    if let Some((_, thread)) = listener {
        thread.join().unwrap();
    }
    let said = std::fs::read_to_string(&sign).unwrap();
    let (driver, above) = said.trim_end().split_once(' ').unwrap();
    Done { reported, driver: driver.to_owned(), above: above.to_owned(), port }
}

/// Replaces in every text.
fn in_texts(value: &mut Value, replace: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = replace(text),
        Value::Array(items) => items.iter_mut().for_each(|item| in_texts(item, replace)),
        Value::Object(fields) => fields.values_mut().for_each(|one| in_texts(one, replace)),
        _ => {}
    }
}

/// An alert of ours with placeholders for what differs from machine to machine.
fn as_recorded(alert: &Value, done: &Done) -> Value {
    let mut alert = alert.clone();
    let id = &container_id()[..12];
    alert.as_object_mut().unwrap().remove("hostname");
    let fields = alert["output_fields"].as_object_mut().unwrap();
    fields.remove("mark");
    fields.remove("line");
    let mut numbers = Vec::new();
    for (key, placeholder) in [
        ("evt.time", "<ns>"),
        ("container.start_ts", "<ns>"),
        ("fd.lport", "<port>"),
        ("fd.rport", "<port>"),
    ] {
        if let Some(value) = fields.get_mut(key)
            && let Some(number) = value.as_u64()
        {
            numbers.push((number.to_string(), placeholder));
            *value = json!(placeholder);
        }
    }
    numbers.extend(done.port.map(|port| (port.to_string(), "<port>")));
    // The recording knew nothing above the driver.
    for (_, value) in fields.iter_mut().filter(|(key, _)| key.starts_with("proc.aname[")) {
        if value.as_str() == Some(&done.above) {
            *value = Value::Null;
        }
    }
    let python = std::fs::canonicalize("/usr/bin/python3").map(|path| path.display().to_string());
    in_texts(&mut alert, &|text| {
        let mut text = text.replace(id, "<id>");
        for (number, placeholder) in &numbers {
            text = text.replace(number, placeholder);
        }
        if let Ok(python) = &python {
            text = text.replace(python, "/usr/bin/<python3>");
        }
        for key in ["gparent", "aname[4]", "aname[5]", "aname[6]", "aname[7]"] {
            text = text.replace(&format!("{key}={} ", done.above), &format!("{key}=<NA> "));
        }
        text
    });
    let output = alert["output"].as_str().unwrap();
    let (time, rest) = output.split_once(": ").unwrap();
    assert!(time.len() == 18 && time.starts_with(|c: char| c.is_ascii_digit()), "{output}");
    alert["output"] = json!(format!("<time>: {rest}"));
    let time = alert["time"].as_str().unwrap();
    assert!(time.len() == 30 && time.ends_with('Z'), "{time}");
    alert["time"] = json!("<time>");
    alert
}

/// Keys of the raw line in the order in which they stand there.
fn keys(line: &str, of: &Value) -> Vec<String> {
    let fields = of["output_fields"].as_object().unwrap().keys();
    let mut keys: Vec<(usize, String)> = fields
        .chain(of.as_object().unwrap().keys())
        .map(|key| (line.find(&format!("\"{key}\":")).unwrap_or(usize::MAX), key.clone()))
        .collect();
    keys.sort();
    keys.into_iter().map(|(_, key)| key).collect()
}

/// Where two alerts differ, key by key.
fn differences(ours: &Value, theirs: &Value) -> Vec<String> {
    let flat = |alert: &Value| -> Vec<(String, Value)> {
        let mut all = Vec::new();
        for (key, value) in alert.as_object().into_iter().flatten() {
            match value {
                Value::Object(fields) => {
                    all.extend(fields.iter().map(|(key, value)| (key.clone(), value.clone())));
                }
                value => all.push((key.clone(), value.clone())),
            }
        }
        all
    };
    let (ours, theirs) = (flat(ours), flat(theirs));
    let mut found = Vec::new();
    for (key, value) in &theirs {
        let own = ours.iter().find(|(own, _)| own == key).map(|(_, value)| value);
        if own != Some(value) {
            let own = own.map_or_else(|| "missing".to_owned(), ToString::to_string);
            found.push(format!("{key}: ours {own}, Falco's {value}"));
        }
    }
    for (key, value) in &ours {
        if !theirs.iter().any(|(name, _)| name == key) {
            found.push(format!("{key}: ours {value}, Falco has none"));
        }
    }
    found
}

#[test]
fn live_acts_are_told_as_falco_tells_them() {
    const TEST: &str = "live_acts_are_told_as_falco_tells_them";
    if !peregrine_testkit::root(TEST) || !peregrine_testkit::own_mounts(TEST) {
        return;
    }
    let Some(folder) = peregrine_testkit::conformance(TEST) else { return };
    if std::fs::read_to_string("/proc/self/loginuid").is_ok_and(|id| id.trim() != "4294967295") {
        peregrine_testkit::skipped(TEST, "this session has a login user, the recording had none");
        return;
    }
    let here = scratch("as-falco");
    std::fs::create_dir(here.join("log")).unwrap();
    std::fs::write(here.join("log/syslog"), "a line\n").unwrap();
    std::fs::write(here.join("driver.py"), include_str!("driver.pl")).unwrap();
    std::fs::copy("/usr/bin/perl", here.join("python3")).unwrap();
    let mut flags = marked();
    for file in RULES {
        flags.extend(["-r".to_owned(), folder.join("rules").join(file).display().to_string()]);
    }
    let group = container_group();
    let mut watched = Watched::start(&flags);
    let mut files: Vec<_> = std::fs::read_dir(folder.join("falco/live"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert_eq!(files.len(), 11);
    let mut all = Vec::new();
    for file in files {
        let reported: Value =
            serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        if reported["command"].as_str().unwrap().starts_with("python3 ")
            && !Path::new("/usr/bin/python3").exists()
        {
            peregrine_testkit::skipped(TEST, &format!("no python3 for {}", reported["act"]));
            continue;
        }
        all.push(commit(reported, &here, &group.door()));
    }
    let lines = watched.lines_after(Duration::from_secs(1));
    watched.stop();
    std::fs::remove_dir_all(here).unwrap();
    let mut wrong = Vec::new();
    for done in &all {
        let act = &done.reported["act"];
        let below = |alert: &Value| {
            let line = alert["output_fields"]["line"].as_str().unwrap_or_default();
            line.split(' ').skip(1).any(|pid| pid == done.driver)
        };
        let ours: Vec<(&String, Value)> = lines
            .iter()
            .map(|line| (line, serde_json::from_str::<Value>(line).unwrap()))
            .filter(|(_, alert)| below(alert))
            .collect();
        let theirs = done.reported["alerts"].as_array().unwrap();
        let rules = |alerts: &mut dyn Iterator<Item = &Value>| -> Vec<String> {
            alerts.map(|alert| alert["rule"].to_string()).collect()
        };
        let (came, expected) =
            (rules(&mut ours.iter().map(|(_, alert)| alert)), rules(&mut theirs.iter()));
        if came != expected {
            wrong.push(format!("{act}: {expected:?} expected, came {came:?}"));
            continue;
        }
        for ((line, ours), theirs) in ours.iter().zip(theirs) {
            let recorded = as_recorded(ours, done);
            let found = differences(&recorded, theirs);
            wrong.extend(found.into_iter().map(|one| format!("{act}: {}: {one}", theirs["rule"])));
            // Falco writes keys in the order of the alphabet.
            let mut in_order = keys(line, ours);
            let (_, inner): (Vec<_>, Vec<_>) =
                in_order.drain(..).partition(|key| ours.get(key).is_some());
            if !inner.is_sorted() {
                wrong.push(format!("{act}: keys out of order: {inner:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
