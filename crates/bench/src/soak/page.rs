//! The report.

use std::fmt::Write as _;

use super::account::Account;
use super::{CYCLE, FOLDER_AWAY, RATE, RELOAD, SERVER_AWAY, STOPPED, Soaked};
use crate::machine::Machine;
use crate::page::machine_table;
use crate::stats::real64;

/// What is promised, and what there was.
#[derive(Debug)]
pub(super) struct Promise {
    pub(super) what: String,
    pub(super) measured: String,
    promised: &'static str,
    pub(super) kept: bool,
}

/// Everything that is promised.
pub(super) fn promises(soaked: &Soaked) -> Vec<Promise> {
    let account = &soaked.account;
    let mut promises = Vec::new();
    let mut add = |what: &str, measured: String, promised, kept| {
        promises.push(Promise { what: what.to_owned(), measured, promised, kept });
    };
    let (events, _) = account.means();
    add(
        "events a second that reach the agent",
        format!("{events:.0}"),
        "50,000",
        events >= real64(RATE) * 0.95,
    );
    let planted = account.planted.len();
    for (place, fate) in &account.fates {
        add(
            &format!("planted matches, at the {place}"),
            format!(
                "{} of {planted} once, {} more often, {} lost while stopped, {} missing; {} sent again with their number",
                fate.once, fate.repeated, fate.lost, fate.missing, fate.sent_again
            ),
            "all once but for what is lost while stopped",
            fate.repeated == 0 && fate.missing == 0,
        );
    }
    if let Some((_, fate)) = account.fates.first() {
        add(
            "first acts of containers with the image of their container",
            format!("{} of {}", fate.with_image, fate.contained),
            "all",
            fate.with_image == fate.contained,
        );
    }
    let (stopped, others) = account.lost();
    add("events lost while the agent was stopped", stopped.to_string(), "no bound", true);
    add("events lost at any other time", others.to_string(), "0", others == 0);
    let memory = account.memory();
    add(
        "memory of its own (`RssAnon`) after the first fifth of the time: least, median, most",
        format!(
            "{}, {}, {}: within {:.1} % of the median",
            mib(memory.least),
            mib(memory.median),
            mib(memory.most),
            memory.spread() * 100.0
        ),
        "within 5 %",
        memory.spread() <= 0.05,
    );
    promises
}

/// KiB as MiB.
fn mib(kib: f64) -> String {
    format!("{:.2} MiB", kib / 1024.0)
}

pub(super) fn page(machine: &Machine, soaked: &Soaked) -> String {
    let account = &soaked.account;
    let mut page = format!(
        "# Everything at once\n\nWritten by `make soak`, as root; not by hand. `peregrine run` with the rules we ship, a journal, a file and a web \
         server\nas outputs, and no event left out in the kernel (`engine.modern_ebpf.pushdown: false`), for {} minutes at niceness {} under\n{RATE} opens a second, \
         50 processes a second (each tenth a shell with three more), a container every two seconds (a control\ngroup, metadata from a docker of the test's own), \
         and 20 opens a second that a rule is about. Every {RELOAD} s rules are changed and\nreloaded. In every {CYCLE} s the web server is away for {} s (it answers 503 \
         or hangs up), the folder of the file for {} s, and\nthe agent is stopped (`SIGSTOP`) for {} s; what the kernel has no room for meanwhile is lost and counted.\n\n",
        soaked.minutes,
        soaked.nice,
        SERVER_AWAY.1 - SERVER_AWAY.0,
        FOLDER_AWAY.1 - FOLDER_AWAY.0,
        STOPPED.1 - STOPPED.0,
    );
    page += &machine_table(machine);
    page += "\n| what | measured | promised | |\n|---|---|---|---|\n";
    for Promise { what, measured, promised, kept } in promises(soaked) {
        let kept = if kept { "kept" } else { "**not kept**" };
        let _ = writeln!(page, "| {what} | {measured} | {promised} | {kept} |");
    }
    page += "\n![Memory, events, losses and CPU time of the agent over the time](soak.svg)\n\n";
    page += &figures(account);
    page
}

/// What there was, without a promise.
fn figures(account: &Account) -> String {
    let (_, cpu) = account.means();
    let memory = account.memory();
    let (outages, away) = account.outages();
    let queued = account.samples.iter().map(|sample| sample.queued).max().unwrap_or(0);
    let in_order =
        |[half, most, longest]: [f64; 3]| format!("{half:.1} ms, {most:.1} ms, {longest:.1} ms");
    let rows = [
        (
            "opens, processes, containers",
            format!("{}, {}, {}", account.opens, account.processes, account.containers()),
        ),
        ("events", account.reported.events.to_string()),
        ("CPU time of the agent, of one CPU", format!("{cpu:.1} %")),
        (
            "memory of its own, median of the first and of the last fifth of what counts",
            format!("{}, {}", mib(memory.first), mib(memory.last)),
        ),
        ("reloads", account.reloads.len().to_string()),
        ("a reload, p50, p99, longest", in_order(account.reload_ms(|one| one.took))),
        ("events wait for it, p50, p99, longest", in_order(account.reload_ms(|one| one.pause))),
        ("outages of an output", format!("{outages}, of {away:.0} s each")),
        ("alerts that waited for outputs, most", queued.to_string()),
        ("times it was stopped", account.stops.len().to_string()),
        ("time", format!("{:.0} s", account.seconds())),
    ];
    let mut text = "| what | measured |\n|---|---|\n".to_owned();
    for (what, value) in rows {
        let _ = writeln!(text, "| {what} | {value} |");
    }
    text
}
