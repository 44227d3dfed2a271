//! Every alert real Falco wrote goes in and comes out as it was.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};

use flate2::read::MultiGzDecoder;
use peregrine_testkit::Folder;

use super::client::Client;
use super::{parse, search_all, start, wait_for};

/// Connections that send at once: the log makes groups of what they send.
const SENDERS: usize = 16;

/// Alerts of real Falco, one of `step`, each once: what is sent again within a minute is the same.
fn alerts(test: &str, step: usize) -> Option<Vec<String>> {
    let folder = peregrine_testkit::conformance(test)?.join("falco");
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().ends_with(".jsonl.gz") {
            let file = std::fs::File::open(path).unwrap();
            lines.extend(BufReader::new(MultiGzDecoder::new(file)).lines().map(Result::unwrap));
        }
    }
    lines.sort();
    lines.dedup();
    Some(lines.into_iter().step_by(step).collect())
}

fn goes_in_and_comes_out(test: &str, step: usize) {
    let Some(sent) = alerts(test, step) else { return };
    assert!(!sent.is_empty());
    let folder = Folder::new(test);
    let hub = start(folder.path());
    std::thread::scope(|scope| {
        for share in sent.chunks(sent.len().div_ceil(SENDERS)) {
            let mut client = Client::new(hub.ingest());
            scope.spawn(move || {
                for alert in share {
                    let answer = client.post("/", alert.as_bytes()).unwrap();
                    assert_eq!((answer.status, answer.text()), (200, String::new()), "{alert}");
                }
            });
        }
    });
    let mut client = Client::new(hub.page());
    wait_for(&mut client, sent.len() as u64);
    let mut found = search_all(&mut client, "");
    found.sort();
    // Alerts as texts: every field has the bytes it was sent with.
    assert!(found == sent, "{} of {} alerts came out", found.len(), sent.len());
    // The same by what every rule, and some field, says.
    let mut rules: BTreeMap<String, usize> = BTreeMap::new();
    let mut processes: BTreeMap<String, usize> = BTreeMap::new();
    for alert in &sent {
        let alert = parse(alert);
        *rules.entry(alert["rule"].as_str().unwrap().to_owned()).or_default() += 1;
        if let Some(name) = alert["output_fields"]["proc.name"].as_str() {
            *processes.entry(name.to_owned()).or_default() += 1;
        }
    }
    for (field, values) in [("rule", rules), ("proc.name", processes)] {
        for (value, count) in values.into_iter().filter(|(value, _)| !value.contains(['"', '\\'])) {
            let q = format!("{field} = \"{value}\"");
            assert_eq!(search_all(&mut client, &q).len(), count, "{q}");
        }
    }
    hub.stop();
}

#[test]
fn alerts_of_falco_come_out_as_they_went_in() {
    goes_in_and_comes_out("hub-some-of-falco", 37);
}

#[test]
#[ignore = "takes a minute: `make hub` runs it"]
fn every_alert_of_falco_comes_out_as_it_went_in() {
    goes_in_and_comes_out("hub-all-of-falco", 1);
}
