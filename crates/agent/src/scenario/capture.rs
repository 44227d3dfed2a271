//! The alerts of a capture, and those a test expects of it: in any order, each so many times.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use peregrine_alert::{Alert, Sequence, one_line};
use peregrine_config::Config;
use peregrine_engine::Matching;
use peregrine_rules::RuleSet;
use peregrine_yaml::{Body, Node};

use super::node::{Wrong, number, pairs, text, wrong};
use crate::capture::{CaptureError, CaptureSource, Window};
use crate::generation::Generation;
use crate::pipeline::Pipeline;
use crate::poll_loop::poll_loop;
use crate::source::Source as _;

/// Fields of a time or of a number of an event: they would make every alert one of its own.
const OF_ONE_EVENT: [&str; 8] = [
    "evt.time",
    "evt.datetime",
    "evt.rawtime",
    "evt.reltime",
    "evt.deltatime",
    "evt.latency",
    "evt.outputtime",
    "evt.num",
];

/// What is said of an expected alert.
const KEYS: [&str; 4] = ["rule", "output", "fields", "count"];

/// The alerts that rules raise on the events of a capture.
pub(crate) fn alerts_of(
    file: &Path,
    rules: RuleSet,
    matching: Matching,
) -> Result<Vec<Arc<Alert>>, CaptureError> {
    let mut config = Config { rule_matching: matching, ..Config::default() };
    config.engine.modern_ebpf.pushdown = false;
    let generation = Generation::new(&config, rules);
    let mut source = CaptureSource::open(file, Window::default())?;
    let sequence = Arc::new(Sequence::new(1));
    let mut pipeline =
        Pipeline::new(generation, config.limits(), source.host(), Vec::new(), sequence);
    let stop = Arc::new(AtomicBool::new(false));
    poll_loop(&stop, None, || source.poll(&mut |record| pipeline.take(record)))?;
    Ok(pipeline.into_sink())
}

/// An expected alert.
#[derive(Debug)]
pub(crate) struct Entry<'n> {
    pub(crate) node: &'n Node,
    pub(crate) rule: Option<&'n str>,
    pub(crate) output: Option<&'n str>,
    pub(crate) fields: Vec<(&'n str, &'n str)>,
    pub(crate) count: usize,
}

/// The entries of `expect`.
pub(crate) fn entries(expect: Option<&Node>) -> Result<Vec<Entry<'_>>, Wrong> {
    let list = match expect.map(|node| (node, &node.body)) {
        None | Some((_, Body::Null)) => return Ok(Vec::new()),
        Some((_, Body::List(list))) => list,
        Some((node, _)) => return wrong(node, "expect is a list of alerts"),
    };
    list.iter().map(entry).collect()
}

fn entry(node: &Node) -> Result<Entry<'_>, Wrong> {
    if let Some(rule) = node.scalar() {
        return Ok(Entry { node, rule: Some(rule), output: None, fields: Vec::new(), count: 1 });
    }
    pairs(node, "an expected alert", &KEYS)?;
    let get = |key: &str| node.get(key).map(|value| text(value, key)).transpose();
    let mut fields = Vec::new();
    if let Some(of_entry) = node.get("fields") {
        let Some(pairs) = of_entry.map() else {
            return wrong(of_entry, "fields is a map: `proc.name: cat`");
        };
        for (name, value) in pairs {
            fields.push((text(name, "a field")?, value.scalar().unwrap_or("null")));
        }
    }
    let count = node.get("count").map_or(Ok(1), |value| number(value, "count"))?;
    Ok(Entry { node, rule: get("rule")?, output: get("output")?, fields, count })
}

impl Entry<'_> {
    fn fits(&self, alert: &Alert) -> bool {
        self.rule.is_none_or(|rule| rule == alert.rule)
            && self.output.is_none_or(|output| output == alert.message)
            && self.fields.iter().all(|(name, expected)| {
                alert.fields.get(*name).is_some_and(|value| field_text(value) == *expected)
            })
    }

    /// How much it says: of two that an alert fits, the one that says more has it.
    fn says(&self) -> usize {
        usize::from(self.rule.is_some()) + usize::from(self.output.is_some()) + self.fields.len()
    }
}

/// A field's value as tests write it.
pub(crate) fn field_text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Alerts of one rule with the same values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) rule: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) count: usize,
    /// The output of the first.
    message: String,
}

/// What there is of each entry, and what none of them expects, in the order in which it came first.
pub(crate) struct Tally {
    pub(crate) counts: Vec<usize>,
    pub(crate) others: Vec<Group>,
}

impl Tally {
    /// Counts alerts.
    pub(crate) fn new(entries: &[Entry<'_>], alerts: &[Arc<Alert>]) -> Self {
        let mut counts = vec![0; entries.len()];
        let mut others: Vec<Group> = Vec::new();
        let mut by_saying: Vec<(usize, &Entry<'_>)> = entries.iter().enumerate().collect();
        by_saying.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.says()));
        for alert in alerts {
            // Of entries that say the same, one that still lacks alerts has it.
            let fitting = || by_saying.iter().filter(|(_, entry)| entry.fits(alert));
            let lacks = |place: usize, entry: &Entry<'_>| {
                counts.get(place).is_some_and(|count| *count < entry.count)
            };
            let found = fitting()
                .find(|(place, entry)| lacks(*place, entry))
                .or_else(|| fitting().next())
                .map(|(place, _)| *place);
            if let Some(count) = found.and_then(|place| counts.get_mut(place)) {
                *count += 1;
                continue;
            }
            let fields: Vec<(String, String)> = alert
                .fields
                .iter()
                .filter(|(name, _)| !OF_ONE_EVENT.iter().any(|one| name.starts_with(one)))
                .map(|(name, value)| (name.clone(), field_text(value)))
                .collect();
            let same = |group: &&mut Group| group.rule == alert.rule && group.fields == fields;
            if let Some(group) = others.iter_mut().find(same) {
                group.count += 1;
            } else {
                let (rule, message) = (alert.rule.clone(), alert.message.clone());
                others.push(Group { rule, fields, count: 1, message });
            }
        }
        Self { counts, others }
    }
}

/// Compares the alerts of a capture with those expected; `node` is where the test names the capture.
pub(crate) fn compare(
    node: &Node,
    entries: &[Entry<'_>],
    alerts: &[Arc<Alert>],
) -> Result<(), Wrong> {
    let tally = Tally::new(entries, alerts);
    let mut differ = String::new();
    let mut first = None;
    for (entry, found) in entries.iter().zip(&tally.counts) {
        if *found != entry.count {
            first = first.or(Some(entry.node));
            let what = entry.rule.or(entry.output).unwrap_or("an alert");
            let fields = entry.fields.iter().map(|(name, value)| format!(" {name}={value}"));
            let what = one_line(format!("{what}{}", fields.collect::<String>()));
            let line = entry.node.place.line;
            let _ =
                write!(differ, "\n  line {line}: expected {}, found {found}: {what}", entry.count);
        }
    }
    for group in &tally.others {
        let message = one_line(group.message.clone());
        let _ =
            write!(differ, "\n  not expected, found {}: {}: {message}", group.count, group.rule);
    }
    if differ.is_empty() {
        return Ok(());
    }
    let file = node.scalar().unwrap_or_default();
    wrong(
        first.unwrap_or(node),
        format!("the alerts of {file} differ (--update writes them):{differ}"),
    )
}
