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

fn spawn(folder: &Path) -> (Child, SocketAddr, SocketAddr) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::killed::is_a_hub_until_it_is_killed", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
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
    senders.into_iter().for_each(|sender| sender.join().unwrap());
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
