//! Killed at random moments under load: nothing that was acknowledged is lost, nothing is there twice.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use peregrine_testkit::Folder;

use super::client::Client;
use super::{body, options, parse, search_all, wait_for};
use crate::Hub;

/// Names the folder to the process that is the hub.
const FOLDER: &str = "PEREGRINE_HUB_KILLED";
const SENDERS: u64 = 4;

/// A hub until it is killed, which says where it listens.
#[test]
#[ignore = "run by the tests below, which kill it"]
fn is_a_hub_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let hub = Hub::start(&options(folder.as_ref())).unwrap();
    println!("\nlistens {} {}", hub.ingest(), hub.page());
    loop {
        std::thread::park();
    }
}

const HUB: [&str; 4] =
    ["--exact", "tests::killed::is_a_hub_until_it_is_killed", "--ignored", "--nocapture"];

fn spawn(folder: &Path) -> (Child, SocketAddr, SocketAddr) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    spawn_as(command.args(HUB).env(FOLDER, folder))
}

fn spawn_as(command: &mut Command) -> (Child, SocketAddr, SocketAddr) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    for line in lines {
        if let Some((ingest, page)) =
            line.strip_prefix("listens ").and_then(|rest| rest.split_once(' '))
        {
            return (child, ingest.parse().unwrap(), page.parse().unwrap());
        }
    }
    let status = child.wait().unwrap();
    panic!("the hub did not start: {status}");
}

fn killed_again_and_again(name: &str, times: u64) {
    let folder = Folder::new(name);
    let (child, ingest, page) = spawn(folder.path());
    let mut child = child;
    let mut page = page;
    let address = Arc::new(Mutex::new(ingest));
    let (next, acknowledged, ends) = (
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let (next, acknowledged) = (Arc::clone(&next), Arc::clone(&acknowledged));
            let (address, ends) = (Arc::clone(&address), Arc::clone(&ends));
            std::thread::spawn(move || {
                while !ends.load(Ordering::Relaxed) {
                    let alert = body(next.fetch_add(1, Ordering::Relaxed));
                    // As a sender does: the same again until it is acknowledged.
                    loop {
                        let mut client = Client::new(*address.lock().unwrap());
                        match client.post("/", alert.as_bytes()) {
                            Ok(answer) if answer.status == 200 => break,
                            _ => std::thread::sleep(Duration::from_millis(2)),
                        }
                    }
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let mut seed = blake3::hash(name.as_bytes())
        .as_bytes()
        .first_chunk()
        .copied()
        .map_or(1, u64::from_le_bytes);
    for _ in 0..times {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        // At a moment of its work: after so many more alerts, and a little.
        let until = acknowledged.load(Ordering::Relaxed) + seed % 150;
        while acknowledged.load(Ordering::Relaxed) < until {
            std::thread::sleep(Duration::from_micros(200));
        }
        std::thread::sleep(Duration::from_micros(seed % 3000));
        child.kill().unwrap();
        child.wait().unwrap();
        let (new, ingest, new_page) = spawn(folder.path());
        (child, page) = (new, new_page);
        *address.lock().unwrap() = ingest;
    }
    ends.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.join().unwrap();
    }
    let sent = acknowledged.load(Ordering::Relaxed);
    assert_eq!(sent, next.load(Ordering::Relaxed));
    let mut client = Client::new(page);
    wait_for(&mut client, sent);
    let mut numbers: Vec<u64> = search_all(&mut client, "")
        .iter()
        .map(|alert| parse(alert)["output_fields"]["n"].as_u64().unwrap())
        .collect();
    numbers.sort_unstable();
    child.kill().unwrap();
    child.wait().unwrap();
    println!("{times} times killed: {sent} alerts acknowledged, {} in the store", numbers.len());
    assert_eq!(numbers, (0..sent).collect::<Vec<_>>());
}

#[test]
fn a_killed_hub_loses_nothing_and_has_nothing_twice() {
    killed_again_and_again("hub-killed", 4);
}

#[test]
#[ignore = "takes a minute: `make hub` runs it"]
fn a_hub_that_is_killed_a_hundred_times_loses_nothing_and_has_nothing_twice() {
    killed_again_and_again("hub-killed-often", 100);
}

#[test]
fn a_full_disk_refuses_and_what_was_acknowledged_stays() {
    let test = "a_full_disk_refuses_and_what_was_acknowledged_stays";
    if !(peregrine_testkit::root(test) && peregrine_testkit::own_mounts(test)) {
        return;
    }
    let folder = Folder::new("hub-full-disk");
    // A disk of its own that nobody else sees, and ends with the hub.
    let script = "mount -t tmpfs -o size=24m tmpfs \"$0\" && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", script]).arg(folder.path());
    command.arg(std::env::current_exe().unwrap()).args(HUB).env(FOLDER, folder.path());
    let (mut child, ingest, page) = spawn_as(&mut command);
    let mut client = Client::new(ingest);
    let mut acknowledged = Vec::new();
    let mut refused = 0;
    for number in 0..600_u64 {
        // What cannot be compressed much.
        let noise: String = (0..1200_u64)
            .map(|at| blake3::hash(&(number * 1200 + at).to_le_bytes()).to_hex().to_string())
            .collect();
        let alert = body(number).replacen("opened", &noise, 1);
        let answer = client.post("/", alert.as_bytes()).unwrap();
        match answer.status {
            200 => acknowledged.push(number),
            429 | 503 => {
                let why = answer.header("peregrine-reason").unwrap_or_default();
                assert!(why.contains("full") || why.contains("No space"), "{why}");
                assert_eq!(answer.header("retry-after"), Some("5"));
                refused += 1;
            }
            status => panic!("{status}: {}", answer.text()),
        }
        if refused >= 20 {
            break;
        }
    }
    assert!(refused >= 20, "{} alerts of 77 kB on a disk of 24 MB", acknowledged.len());
    // It goes on answering; what is not in the store yet is in the log.
    let mut client = Client::new(page);
    let status = client.get_json("/api/v2/status");
    let counted: u64 =
        status["refused"].as_object().unwrap().values().filter_map(serde_json::Value::as_u64).sum();
    assert_eq!((status["accepted"].as_u64(), counted), (Some(acknowledged.len() as u64), refused));
    let mut found: Vec<u64> = search_all(&mut client, "")
        .iter()
        .map(|alert| parse(alert)["output_fields"]["n"].as_u64().unwrap())
        .collect();
    found.sort_unstable();
    assert!(found.iter().all(|number| acknowledged.contains(number)), "{found:?}");
    assert!(
        found.len() == acknowledged.len()
            || status["failing"].is_string()
            || status["behind_s"] != 0.0
    );
    child.kill().unwrap();
    child.wait().unwrap();
}
