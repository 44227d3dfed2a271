//! Ten thousand alerts a second into a program that reads a hundred: what the pipeline, the journal and another
//! output notice of it.

use std::io::Write as _;

use peregrine_event::EventType;
use peregrine_hostinfo::Host;
use peregrine_testkit::Folder;
use peregrine_testkit::streams::Given::{Number, Text};
use peregrine_testkit::streams::event;

use super::super::*;
use crate::generation::Generation;
use crate::notice::{Notify as AgentNotify, for_outputs};
use crate::pipeline::Pipeline;
use crate::source::Record;

/// Alerts a second.
const RATE: u64 = 10_000;
const SOON: Duration = Duration::from_mins(1);

/// A process opens a file that a rule names.
fn open(number: u64) -> Vec<u8> {
    let about = [
        ("fd", Number(3)),
        ("dirfd", Number(-100)),
        ("name", Text(&format!("/marked/{number}"))),
        ("flags", Number(1)),
        ("ino", Number(7)),
    ];
    event(EventType::SYSCALL_OPENAT_2_X, 1_796_000_000_000_000_000 + number, 10, &about)
}

fn configured(folder: &Folder) -> Config {
    let rules = folder.file(
        "rules.yaml",
        "- rule: marked\n  desc: d\n  condition: evt.type = openat and fd.name startswith /marked/\n  \
         output: opened %fd.name\n  priority: notice\n",
    );
    let options = [
        format!("rules_files=[{rules}]"),
        "journal.enabled=true".to_owned(),
        format!("journal.path={}", folder.join("journal")),
        format!("journal.key={}", folder.join("kept/journal.key")),
        "stdout_output.enabled=false".to_owned(),
        "file_output.enabled=true".to_owned(),
        "file_output.keep_alive=true".to_owned(),
        format!("file_output.filename={}", folder.join("alerts")),
        "program_output.enabled=true".to_owned(),
        "program_output.keep_alive=true".to_owned(),
        "program_output.program=while read -r line; do sleep 0.01; done".to_owned(),
    ];
    peregrine_config::load(None, &options).unwrap().config
}

#[test]
fn a_program_that_reads_slowly_slows_nothing() {
    // PEREGRINE_SLOW_OUTPUT=30 in a release build: half a minute, and times count.
    let seconds = std::env::var("PEREGRINE_SLOW_OUTPUT").ok().and_then(|text| text.parse().ok());
    let count = seconds.unwrap_or(1_u64) * RATE;
    let folder = Folder::new("slow-program");
    let config = configured(&folder);
    let (generation, _) = Generation::load(&config).unwrap();
    let sequence = Arc::new(Sequence::new(1));
    let notify: AgentNotify = Arc::new(|_| {});
    let sinks = Sinks::start(&config, &sequence, &for_outputs(&notify)).unwrap();
    let mut pipeline = Pipeline::new(generation, config.limits(), Host::new(), sinks, sequence);
    let events: Vec<Vec<u8>> = (0..count).map(open).collect();
    let mut took = Vec::with_capacity(events.len());
    let begin = Instant::now();
    for (at, bytes) in (0..).zip(&events) {
        // A record arrives when it is due, whether or not those before it are done with.
        let arrives = begin + Duration::from_micros(at * 1_000_000 / RATE);
        while Instant::now() < arrives {
            std::thread::yield_now();
        }
        // Where times do not count, the machine may be a slow one.
        while seconds.is_none() && pipeline.sink().journal_stats().queued > 4096 {
            std::thread::yield_now();
        }
        pipeline.take(Record::live(bytes));
        took.push(arrives.elapsed());
    }
    let sent = begin.elapsed();
    let written = |path: &str| {
        let text = std::fs::read_to_string(folder.join(path)).unwrap_or_default();
        text.split_terminator('\n').count() as u64
    };
    let end = Instant::now() + SOON;
    while written("alerts") < count {
        assert!(Instant::now() < end, "{} of {count} in the file", written("alerts"));
        std::thread::sleep(Duration::from_millis(5));
    }
    let late = begin.elapsed().saturating_sub(sent);
    let (outputs, journal, _) = pipeline.into_sink().close(Duration::from_millis(500));
    assert_eq!(journal, JournalStats { written: count, lost: 0, queued: 0 });
    let of = |name: &str| outputs.iter().find(|output| output.name.starts_with(name)).unwrap();
    let (file, program) = (of("file "), of("program"));
    assert_eq!((file.written, file.dropped, file.queued), (count, 0, 0), "{file:?}");
    // What it has not had stays in the journal.
    assert_eq!((program.dropped, program.in_journal), (0, true), "{program:?}");
    assert!(program.written < count && program.queued > 0, "{program:?}");
    took.sort_unstable();
    let at = |share: usize| took[(took.len() - 1) * share / 1000];
    let figures = format!(
        "{count} alerts in {sent:?}; from the arrival of a record until its alert is handed over: {:?} (p50), \
         {:?} (p99), {:?} at most; the file had all {late:?} later, the program {} of them\n",
        at(500),
        at(990),
        at(1000),
        program.written,
    );
    let _ = std::io::stderr().write_all(figures.as_bytes());
    if seconds.is_some() {
        assert!(at(990) < Duration::from_millis(1), "{figures}");
    }
}
