//! What the journal costs: alerts appended, verified, searched, in files of a folder of the scene. The files
//! are in the page cache: it is the work that is measured, not a disk.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use peregrine_alert::{Alert, AlertId, Priority, condition};
use peregrine_journal::{
    Against, Anchor, FileStorage, Journal, Now, Options, Query, search, verify,
};
use serde::Serialize;
use serde_json::json;

use super::Bench;
use super::stats::{Spread, real64, whole};

/// The first alert: 2026-11-23T17:00:00Z.
const BEGIN: u64 = 1_795_453_200_000_000_000;
/// One a millisecond.
const APART: u64 = 1_000_000;
/// So many bytes are written at once, as by the agent.
const GROUP: usize = 256 << 10;
/// Rules that alert; the first is the one that is searched for, one alert in a hundred is its.
const RULES: u64 = 40;
/// Turns of verifying and searching.
const TURNS: usize = 7;

/// What was measured.
#[derive(Debug, Serialize)]
pub(super) struct Journaled {
    pub(super) alerts: u64,
    pub(super) bytes: u64,
    /// Alerts a second on one thread, made into text, chained and written.
    pub(super) appended: f64,
    /// Megabytes (1,000,000 bytes) a second.
    pub(super) verified: Spread,
    /// Milliseconds for one rule in a tenth of the time.
    pub(super) searched_ms: Spread,
    pub(super) found: u64,
}

impl Journaled {
    /// Its section of the page.
    pub(super) fn page(&self) -> String {
        let (verified, searched) = (self.verified, self.searched_ms);
        format!(
            "\n## Journal\n\n`cargo xtask bench journal`: {} alerts, {} MB, in the page cache.\n\n\
             | what | measured |\n|---|---:|\n\
             | appended on one thread, alerts a second | {} |\n\
             | verified, MB a second | {:.0} ({:.0} to {:.0}) |\n\
             | searched by rule and a tenth of the time, {} found, ms | {:.1} ({:.1} to {:.1}) |\n",
            self.alerts,
            self.bytes / 1_000_000,
            whole(self.appended),
            verified.value,
            verified.low,
            verified.high,
            self.found,
            searched.value,
            searched.low,
            searched.high
        )
    }
}

pub(super) fn run(bench: &Bench) -> Result<Journaled> {
    let count = bench.either(200_000, 1_000_000);
    bench.progress(&format!("journal: {count} alerts"));
    let (folder, kept) = (bench.scene.file("journal"), bench.scene.file("journal-key"));
    let anchor = || Anchor { storage: FileStorage::new(&kept), stem: "journal".to_owned() };
    let options = Options { max_size: 16 << 30, max_age: Duration::MAX, ..Options::default() };
    let begin = Instant::now();
    let now = || {
        let elapsed = begin.elapsed();
        Now { wall_ns: BEGIN + u64::try_from(elapsed.as_nanos()).unwrap_or(0), elapsed }
    };
    let mut journal = Journal::open(FileStorage::exclusive(&folder)?, anchor(), options, now())?;
    let mut one = alert();
    let appending = Instant::now();
    for number in 0..count {
        let rule = if number % 100 == 0 { 0 } else { 1 + number % (RULES - 1) };
        one.rule.truncate(5);
        one.rule.push_str(&rule.to_string());
        one.id.sequence = number;
        one.time_ns = BEGIN + number * APART;
        journal.append(&one, now())?;
        if journal.waiting() >= GROUP {
            journal.commit(now())?;
        }
    }
    journal.close(now())?;
    let appended = real64(count) / appending.elapsed().as_secs_f64();
    let storage = FileStorage::new(&folder);
    let against = Against::anchor(&anchor())?;
    let mut rates = Vec::new();
    let mut bytes = 0;
    for _ in 0..TURNS {
        let begin = Instant::now();
        let verified = verify(&storage, &against)?;
        let time = begin.elapsed().as_secs_f64();
        ensure!(verified.findings.is_empty(), "the journal is damaged: {:?}", verified.findings);
        ensure!(verified.alerts == count, "{} alerts of {count}", verified.alerts);
        bytes = verified.bytes;
        rates.push(real64(bytes) / 1e6 / time);
    }
    let checked = condition("rule = \"Rule 0\" and proc.name = cat")?;
    let tenth = count * APART / 10;
    let query = Query {
        condition: Some(&checked),
        start_ns: Some(BEGIN + 4 * tenth),
        end_ns: Some(BEGIN + 5 * tenth),
        newest_first: false,
    };
    let mut times = Vec::new();
    let mut found = 0;
    for _ in 0..TURNS {
        let begin = Instant::now();
        let mut rules: BTreeMap<String, usize> = BTreeMap::new();
        found = search(&storage, &query, &mut |entry| {
            if let Ok(alert) = entry.alert {
                *rules.entry(alert.rule).or_default() += 1;
            }
            true
        })?
        .found;
        times.push(begin.elapsed().as_secs_f64() * 1e3);
        ensure!(rules.len() == 1 && found == count / 1000, "{found} found: {rules:?}");
    }
    Ok(Journaled {
        alerts: count,
        bytes,
        appended,
        verified: Spread::median(&rates),
        searched_ms: Spread::median(&times),
        found,
    })
}

/// An alert as the rules we ship make them.
fn alert() -> Alert {
    let fields = json!({
        "container.id": "host", "container.name": "host", "evt.type": "openat",
        "fd.name": "/etc/shadow", "proc.cmdline": "cat /etc/shadow", "proc.exepath": "/usr/bin/cat",
        "proc.name": "cat", "proc.pid": 4711, "proc.pname": "bash", "user.loginuid": -1,
        "user.name": "root",
    });
    Alert {
        id: AlertId { host: "web-1.example.com".to_owned(), sequence: 0 },
        time_ns: BEGIN,
        utc_offset: 0,
        rule: "Rule ".to_owned(),
        priority: Priority::Warning,
        source: "syscall".to_owned(),
        tags: vec!["filesystem".to_owned(), "mitre_credential_access".to_owned()],
        message: "A sensitive file was opened for reading (file=/etc/shadow process=cat command=cat /etc/shadow parent=bash user=root)".to_owned(),
        fields: fields.as_object().cloned().unwrap_or_default(),
    }
}
