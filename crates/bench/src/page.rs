//! The outcome as Markdown: what was promised, then a table a scenario.

use std::fmt::Write as _;
use std::ops::Add;

use super::Figures;
use super::flood::Flooded;
use super::latency::Latencies;
use super::machine::Machine;
use super::memory::Memory;
use super::record::Recorded;
use super::replay::Replayed;
use super::rules::Costs;
use super::start::Starts;
use super::stats::{Spread, real, real64, whole};
use super::watch::{Compared, Watched};

/// Iterations the goal for the agent's own time is about.
const ITERATIONS: f64 = 2_000_000.0;
/// Percent of the CPU time in other hands from which on a run is no good measure.
const BUSY: f64 = 10.0;
/// Rules of a set that are shown.
const DEAREST: usize = 20;

/// The page; `plots` says whether plots stand beside it.
pub(super) fn page(figures: &Figures, plots: bool) -> String {
    let mut page = head(figures);
    let mut add = |text: String, plot: Option<(&str, &str)>| {
        page.push_str(&text);
        if let Some((file, says)) = plot.filter(|_| plots) {
            let _ = writeln!(page, "\n![{says}](benchmarks/{file})");
        }
    };
    if let Some(watched) = &figures.watch {
        add(watch(watched), Some(("ratios.svg", "How many times as long each kind of work takes")));
    }
    if let Some(flooded) = &figures.flood {
        add(flood(flooded), Some(("flood.svg", "Loss and the agent's time against the rate")));
    }
    if let Some(latencies) = &figures.latency {
        add(latency(latencies), Some(("latency.svg", "From the call to the alert")));
    }
    if let Some(starts) = &figures.start {
        add(start(starts), None);
    }
    if let Some(of) = &figures.memory {
        add(memory(of), None);
    }
    if let Some(recorded) = &figures.record {
        add(record(recorded), None);
    }
    if let Some(journaled) = &figures.journal {
        add(journaled.page(), None);
    }
    if let Some(replayed) = &figures.replay {
        add(replay(replayed), None);
    }
    for costs in figures.rules.iter().flatten() {
        add(rules(costs), None);
    }
    page
}

fn head(figures: &Figures) -> String {
    let mut page = "# Benchmarks\n\nWritten by `cargo xtask bench`, as root; not by hand. `cargo xtask bench \
         --help` says how to measure a part,\nother rules, another capture. What is promised stands in \
         [SPECIFICATION.md](SPECIFICATION.md).\n\n"
        .to_owned();
    page += &machine_table(&figures.machine);
    let goals = goals(figures);
    if !goals.is_empty() {
        page += "\n## Goals\n\n| what | goal | measured | |\n|---|---:|---:|---|\n";
        for Goal { what, bound, measured, met } in goals {
            let met = if met { "met" } else { "**missed**" };
            let _ = writeln!(page, "| {what} | {bound} | {measured} | {met} |");
        }
    }
    page
}

/// The machine and the run, and a word where others used it.
pub(super) fn machine_table(machine: &Machine) -> String {
    let rows = [
        ("machine", format!("{}, {} CPUs, {} MiB", machine.cpu, machine.cpus, machine.memory_mib)),
        ("kernel", machine.kernel.clone()),
        ("built", format!("{}, {}, profile {}", machine.commit, machine.rustc, machine.profile)),
        (
            "run",
            format!(
                "{}, {} s{}",
                machine.date,
                machine.seconds,
                if machine.quick { ", quick: few and short turns" } else { "" }
            ),
        ),
        (
            "others",
            format!(
                "used {:.1} % of the CPU time meanwhile; the machine's host took {:.1} %",
                machine.others, machine.stolen
            ),
        ),
    ];
    let mut page = "| | |\n|---|---|\n".to_owned();
    for (what, value) in rows {
        let _ = writeln!(page, "| {what} | {value} |");
    }
    if machine.others + machine.stolen > BUSY {
        page += "\n**The machine was busy: what is measured by the clock here says little.**\n";
    }
    page
}

/// A goal and what became of it.
struct Goal {
    what: String,
    bound: String,
    measured: String,
    met: bool,
}

fn goals(figures: &Figures) -> Vec<Goal> {
    let mut goals = Vec::new();
    let mut add = |what: String, bound: String, measured: String, met: bool| {
        goals.push(Goal { what, bound, measured, met });
    };
    if let Some(watched) = &figures.watch {
        for (row, place, name) in under(watched) {
            let Some(set) = row.sets.get(place) else { continue };
            let bound = match row.work {
                // A quarter more, or twice what an empty program adds.
                "open-read-close" => (2.0 * row.empty.wall.value - 1.0).max(1.25),
                "fork-exec" => 1.08,
                "build" => 1.02,
                _ => continue,
            };
            let ratio = set.ratio.wall.value;
            add(
                format!("{}, {name}", row.work),
                format!("<= {bound:.2}x"),
                format!("{ratio:.2}x"),
                ratio <= bound,
            );
            if row.work == "open-read-close" {
                let cpu = set.agent_cpu * ITERATIONS / real64(set.times.max(1));
                add(
                    format!("agent's CPU time for 2,000,000 of them, {name}"),
                    "<= 0.5 s".to_owned(),
                    format!("{cpu:.2} s"),
                    cpu <= 0.5,
                );
            }
        }
        let lost: u64 =
            watched.rows.iter().flat_map(|row| &row.sets).map(|set| set.reported.lost).sum();
        add("events lost in all turns".to_owned(), "0".to_owned(), grouped(lost), lost == 0);
    }
    for step in figures.flood.iter().flat_map(|flood| &flood.steps).filter(|s| s.wanted.is_none()) {
        add(
            format!("flood as fast as it goes, alerts, {}", step.rules),
            grouped(step.planted),
            grouped(step.alerts),
            step.alerts == step.planted,
        );
        add(
            format!("the same, events lost, {}", step.rules),
            "0".to_owned(),
            grouped(step.reported.lost),
            step.reported.lost == 0,
        );
    }
    if let Some(latency) = &figures.latency {
        for (one, bound) in [(&latency.idle, 15.0), (&latency.flood, 25.0)] {
            let p99 = one.at.get(1).copied().unwrap_or(f64::MAX);
            add(
                format!("call to alert on stdout, {}, p99", one.when),
                format!("<= {bound:.0} ms"),
                format!("{p99:.1} ms"),
                p99 <= bound,
            );
        }
    }
    if let Some(memory) = &figures.memory {
        add(
            "`RssAnon`, default rules".to_owned(),
            "<= 25 MiB".to_owned(),
            mib(memory.idle),
            memory.idle <= 25 << 10,
        );
    }
    if let Some(start) = &figures.start {
        let first = start.alert.value;
        add(
            "start to first alert".to_owned(),
            "<= 500 ms".to_owned(),
            format!("{first:.0} ms"),
            first <= 500.0,
        );
    }
    for one in figures.replay.iter().flatten() {
        // The bounds are those of two mixes; another capture has none.
        let bound = match one.capture.as_str() {
            super::replay::DEFAULT => 1.4e6,
            super::replay::ALL => 3.0e6,
            _ => continue,
        };
        add(
            format!("replay, {}, {}", one.capture, one.rules),
            format!(">= {:.1} M/s", bound / 1e6),
            format!("{:.2} M/s", one.rate / 1e6),
            one.rate >= bound,
        );
        add(
            format!("evaluation and alerts, an event of the same, {}", one.rules),
            "<= 250 ns".to_owned(),
            format!("{:.0} ns", one.evaluation_ns),
            one.evaluation_ns <= 250.0,
        );
    }
    goals
}

/// Each row with each set of rules.
fn under(watched: &Watched) -> impl Iterator<Item = (&super::watch::Row, usize, &str)> {
    let sets = watched.sets.iter().enumerate();
    sets.flat_map(|(place, name)| watched.rows.iter().map(move |row| (row, place, name.as_str())))
}

fn watch(watched: &Watched) -> String {
    let mut text = format!(
        "\n## Work while it is watched\n\n`cargo xtask bench watch`: {} rounds; in each, every kind of work \
         takes its turn unprobed, under an empty program at\nthe return of every call, and under `peregrine \
         run`. The lower quartile of the slices of a turn counts. A ratio is the\nmedian of the rounds, in \
         brackets where half of them lie; *on a CPU* counts the time the work and its children ran, which others\non the \
         machine disturb less than the clock. Told, left out and lost are events of the whole machine.\n",
        watched.rounds
    );
    text += "\n| work | what | unprobed | empty program | on a CPU |\n|---|---|---:|---:|---:|\n";
    for row in &watched.rows {
        let (wall, cpu) = compared(&row.empty);
        let _ =
            writeln!(text, "| {} | {} | {} | {wall} | {cpu} |", row.work, row.what, time(row.bare));
    }
    for (place, name) in watched.sets.iter().enumerate() {
        let _ = write!(
            text,
            "\nUnder `peregrine run`, {name}:\n\n| work | times | ratio | on a CPU | agent's CPU, s | each | reported | left out | lost | alerts |\n\
             |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
        );
        for row in &watched.rows {
            let Some(set) = row.sets.get(place) else { continue };
            let (wall, cpu) = compared(&set.ratio);
            let _ = writeln!(
                text,
                "| {} | {} | {wall} | {cpu} | {:.3} | {} | {} | {} | {} | {} |",
                row.work,
                grouped(set.times),
                set.agent_cpu,
                time(set.agent_cpu * 1e9 / real64(set.times.max(1))),
                grouped(set.reported.events),
                grouped(set.reported.filtered),
                grouped(set.reported.lost),
                grouped(set.reported.alerts)
            );
        }
    }
    text
}

fn compared(of: &Compared) -> (String, String) {
    let one = |of: Spread| format!("{:.2}x ({:.2} to {:.2})", of.value, of.low, of.high);
    (one(of.wall), one(of.cpu))
}

fn flood(flooded: &Flooded) -> String {
    let mut text = format!(
        "\n## Loss against rate\n\n`cargo xtask bench flood`: {} threads open and close, half of it below the \
         folder for temporary files, half a file beside\none that a rule names by its prefix. Among them lie \
         opens that rule is about. Unprobed: {} opens/s.\n\n\
         | rules | wanted | opens/s | s | planted | alerts | reported | left out | lost | not written | agent's CPU |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
        flooded.threads,
        grouped(whole(flooded.unprobed))
    );
    for step in &flooded.steps {
        let wanted = step.wanted.map_or_else(|| "all it can".to_owned(), grouped);
        let _ = writeln!(
            text,
            "| {} | {wanted} | {} | {:.0} | {} | {} | {} | {} | {} | {} | {:.1} % |",
            step.rules,
            grouped(whole(step.rate)),
            step.seconds,
            grouped(step.planted),
            grouped(step.alerts),
            grouped(step.reported.events),
            grouped(step.reported.filtered),
            grouped(step.reported.lost),
            grouped(step.reported.unwritten),
            step.agent_cpu / step.seconds * 100.0
        );
    }
    text
}

fn latency(latencies: &Latencies) -> String {
    let mut text = "\n## From the call to the alert\n\n`cargo xtask bench latency`: from before an open that a rule \
         is about until its line is read from stdout; acts 1 to 9 ms\napart, with nothing else to do and while \
         threads on all CPUs open and close as fast as they can. Milliseconds.\n\n\
         | when | acts | p50 | p99 | p99.9 | most | without an alert | lost |\n|---|---:|---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for one in [&latencies.idle, &latencies.flood] {
        let [p50, p99, p999] = one.at;
        let _ = writeln!(
            text,
            "| {} | {} | {p50:.1} | {p99:.1} | {p999:.1} | {:.1} | {} | {} |",
            one.when,
            grouped(one.acts as u64),
            one.most,
            one.missed,
            one.reported.lost
        );
    }
    text
}

fn start(starts: &Starts) -> String {
    let row = |what: &str, of: Spread| {
        format!("| {what} | {:.0} ms | {:.0} to {:.0} ms |\n", of.value, of.low, of.high)
    };
    format!(
        "\n## Start\n\n`cargo xtask bench start`: {} starts with the default rules.\n\n| from its start | median | \
         half of them |\n|---|---:|---:|\n{}{}",
        starts.count,
        row("until it watches", starts.watches),
        row("until the first alert stands on stdout, of acts each millisecond", starts.alert)
    )
}

fn memory(of: &Memory) -> String {
    let fewer = if of.descriptors < 99_000 { " (no more are allowed here)" } else { "" };
    let each = |more: u64, count: usize| {
        let bytes = real64(more.saturating_sub(of.idle)) * 1024.0 / real(count.max(1));
        format!("{bytes:.0} bytes each")
    };
    format!(
        "\n## Memory\n\n`cargo xtask bench memory`: memory of its own (`RssAnon`), default rules. Beside it \
         the rings: {}.\n\n| at | `RssAnon` | |\n|---|---:|---|\n| nothing to do | {} | |\n| {} \
         threads | {} | {} |\n| {} descriptors of {} processes{fewer} | {} | {} |\n",
        mib(of.rings >> 10),
        mib(of.idle),
        grouped(of.threads as u64),
        mib(of.at_threads),
        each(of.at_threads, of.threads),
        grouped(of.descriptors as u64),
        of.processes,
        mib(of.at_descriptors),
        each(of.at_descriptors, of.descriptors)
    )
}

fn record(recorded: &[Recorded]) -> String {
    let mut text = "\n## Recording\n\n`cargo xtask bench record`: files opened, read and closed under `peregrine record` of all calls \
         that have an event,\nagainst the same unrecorded.\n\n\
         | compressed | ratio | events | lost | bytes an event | recorder's CPU, an event |\n\
         |---|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for one in recorded {
        let Spread { low, value, high } = one.ratio;
        let _ = writeln!(
            text,
            "| {} | {value:.2}x ({low:.2} to {high:.2}) | {} | {} | {:.1} | {} |",
            one.way,
            grouped(one.events),
            grouped(one.lost),
            one.bytes_each(),
            time(one.cpu_each())
        );
    }
    text
}

fn replay(replayed: &[Replayed]) -> String {
    let mut text = "\n## Replay\n\n`cargo xtask bench replay`: one thread reads, takes in and evaluates; its time on a CPU, \
         the fastest of several turns.\nReading \
         the first snapshot is no part of it. Evaluation is what the same takes more than without rules.\nWithout \
         `--capture` two captures are recorded: all kinds of work above, over and over.\n\n\
         | capture | rules | events | alerts | events a CPU second | an event | of that evaluation and alerts |\n\
         |---|---|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for one in replayed {
        let _ = writeln!(
            text,
            "| {} | {}: {} | {} | {} | {:.2} M | {:.0} ns | {:.0} ns |",
            one.capture,
            one.rules,
            one.enabled,
            grouped(one.events),
            grouped(one.alerts),
            one.rate / 1e6,
            one.event_ns,
            one.evaluation_ns
        );
    }
    text
}

fn rules(costs: &Costs) -> String {
    let mut text = format!(
        "\n## What each rule costs: {}\n\n`cargo xtask bench rules`: each of {} rules compiled alone and asked about \
         {} events of \"{}\"; of each event\nthe fastest of several turns, without what the clock takes. Together \
         they share comparisons. {}\n\n\
         | rule | ns, over all events | ns, when asked | asked | hits |\n|---|---:|---:|---:|---:|\n",
        costs.rules,
        costs.each.len(),
        grouped(costs.events as u64),
        costs.capture,
        if costs.each.len() > DEAREST { "The dearest:" } else { "" }
    );
    let shown = costs.each.iter().take(DEAREST);
    for cost in std::iter::once(&costs.together).chain(shown) {
        let _ = writeln!(
            text,
            "| {} | {:.2} | {:.0} | {} | {} |",
            cost.rule,
            cost.event_ns,
            cost.asked_ns,
            grouped(cost.asked as u64),
            grouped(cost.hits)
        );
    }
    let rest: f64 = costs.each.iter().skip(DEAREST).map(|cost| cost.event_ns).fold(0.0, Add::add);
    let others = costs.each.len().saturating_sub(DEAREST);
    if others > 0 {
        let _ = writeln!(text, "| the other {others}, as a sum | {rest:.2} | | | |");
    }
    text
}

/// Nanoseconds in the unit people read best.
fn time(ns: f64) -> String {
    match ns {
        ns if ns < 10_000.0 => format!("{ns:.0} ns"),
        ns if ns < 10_000_000.0 => format!("{:.1} µs", ns / 1e3),
        ns => format!("{:.1} ms", ns / 1e6),
    }
}

/// KiB as MiB.
fn mib(kib: u64) -> String {
    format!("{:.1} MiB", real64(kib) / 1024.0)
}

/// 1234567 as 1,234,567.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{grouped, page};
    use crate::Figures;
    use crate::start::Starts;
    use crate::stats::Spread;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn a_goal_that_is_missed_is_said_to_be() {
        for (ms, word) in [(499.0, "| 499 ms | met |"), (501.0, "| 501 ms | **missed** |")] {
            let alert = Spread { low: 1.0, value: ms, high: 900.0 };
            let start = Some(Starts { count: 3, watches: Spread::default(), alert });
            let text = page(&Figures { start, ..Figures::default() }, false);
            assert!(text.contains(word), "{text}");
            assert!(!text.contains("Memory"), "what was not measured is not printed: {text}");
        }
    }
}
