//! Tests of correlations: alerts in, expected findings out.

mod expect;
mod read;

use peregrine_yaml::{Body, Node, parse};

use crate::engine::{Arrival, Engine, Settings};
use crate::finding::{Effect, Finding};
use crate::mistake::{Mistake, MistakeKind};
use crate::reader::Reader;
use crate::resolve::{Loaded, SourceText, load};
use crate::rule::Correlations;
use read::Sent;

/// The result of a test file.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// How many tests there are.
    pub tests: usize,
    /// Those that failed.
    pub failures: Vec<Failure>,
}

/// A failed test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The test's name.
    pub test: String,
    /// Where it failed and what was found instead.
    pub mistake: Mistake,
}

/// When the alerts of a test begin, nanoseconds since the epoch: noon of a day.
const START: i64 = 1_767_268_800_000_000_000;

const KEYS: [&str; 7] =
    ["test", "correlations", "only", "alerts", "expect", "mistakes", "lateness"];

/// Reads a file that a test names.
pub type Read<'r> = dyn Fn(&str) -> Result<Vec<(String, String)>, String> + 'r;

/// Runs the tests of a file. `read` has the texts of the files that a test names, with their names.
pub fn run_tests(name: &str, text: &str, read: &Read<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    let mut reader = Reader::new(name, text);
    let documents = match parse(text) {
        Ok(documents) => documents,
        Err(error) => {
            reader.at(error.place, 1, MistakeKind::Yaml(error.kind.to_string()));
            Vec::new()
        }
    };
    collect(&mut reader, "", &mut verdict);
    for document in &documents {
        let tests = match &document.body {
            Body::List(list) => list.as_slice(),
            Body::Null => &[],
            _ => std::slice::from_ref(document),
        };
        for test in tests {
            verdict.tests += 1;
            let title = test.get("test").and_then(Node::scalar).unwrap_or_default();
            one(&mut reader, test, read);
            collect(&mut reader, title, &mut verdict);
        }
    }
    verdict
}

fn collect(reader: &mut Reader<'_>, test: &str, verdict: &mut Verdict) {
    let mistakes = std::mem::take(&mut reader.mistakes);
    let failures = mistakes.into_iter().map(|mistake| Failure { test: test.to_owned(), mistake });
    verdict.failures.extend(failures);
}

fn one(reader: &mut Reader<'_>, test: &Node, read: &Read<'_>) {
    reader.pairs(test, "a test", &KEYS);
    let Some(named) = test.get("correlations") else {
        reader.wrong(test, MistakeKind::Missing { what: "a test", key: "correlations" });
        return;
    };
    let Some((loaded, offset)) = loaded(reader, named, read) else { return };
    if let Some(wanted) = test.get("mistakes") {
        expect::mistakes(reader, wanted, &loaded.mistakes);
        return;
    }
    if let Some(mistake) = loaded.mistakes.first() {
        // In the text of the test itself it has a place there.
        let place = offset.map_or(named.place, |line| peregrine_yaml::Place {
            line: line + mistake.place.line,
            column: mistake.place.column,
            ..named.place
        });
        reader.at(place, 1, MistakeKind::Expected(mistake.to_string()));
        return;
    }
    let alerts = test.get("alerts").map(|node| read::alerts(reader, node)).unwrap_or_default();
    let lateness = test.get("lateness").and_then(|node| reader.duration(node, "lateness"));
    let Some(wanted) = test.get("expect") else {
        reader.wrong(test, MistakeKind::Missing { what: "a test", key: "expect" });
        return;
    };
    if !reader.mistakes.is_empty() {
        return;
    }
    let mut settings = Settings { disorder: 0, ..Settings::default() };
    settings.lateness = lateness.unwrap_or(settings.lateness);
    let mut played = play(&loaded.correlations, settings, &alerts);
    if let Some(only) = test.get("only") {
        let titles: Vec<&str> =
            reader.texts(only, "only").into_iter().map(|(_, title)| title).collect();
        let items = &loaded.correlations.items;
        played.retain(|one| {
            let item = items.get(one.finding.correlation);
            item.is_some_and(|item| titles.contains(&item.title.as_str()))
        });
    }
    expect::findings(reader, wanted, &loaded.correlations, &played);
}

/// The correlations a test names, and the line behind which their text begins where it stands in the test.
fn loaded(
    reader: &mut Reader<'_>,
    node: &Node,
    read: &Read<'_>,
) -> Option<(Loaded, Option<usize>)> {
    if let Some(text) = node.scalar().filter(|text| text.contains('\n') || text.contains(": ")) {
        let source = SourceText { name: "correlations", text };
        return Some((load(&[source]), Some(node.place.line)));
    }
    let mut files = Vec::new();
    for (node, name) in reader.texts(node, "correlations") {
        match read(name) {
            Ok(found) => files.extend(found),
            Err(why) => reader.wrong(node, MistakeKind::Expected(why)),
        }
    }
    if !reader.mistakes.is_empty() {
        return None;
    }
    let sources: Vec<SourceText<'_>> =
        files.iter().map(|(name, text)| SourceText { name, text }).collect();
    Some((load(&sources), None))
}

/// A finding of a test as it was in the end, and on which hosts its alerts were raised.
#[derive(Debug, Clone)]
pub(crate) struct Played {
    pub(crate) finding: Finding,
    pub(crate) hosts: Vec<String>,
}

/// The findings of some alerts, in order of when they were found.
fn play(correlations: &Correlations, settings: Settings, alerts: &[Sent]) -> Vec<Played> {
    let mut engine = Engine::new(correlations.clone(), settings);
    let mut effects = Vec::new();
    let mut arriving: Vec<&Sent> = alerts.iter().collect();
    arriving.sort_by_key(|sent| sent.arrives);
    for sent in arriving {
        engine.tick(sent.arrives, &mut effects);
        let Sent { agent, sequence, alert, .. } = sent;
        let time = i64::try_from(alert.time_ns).unwrap_or(i64::MAX);
        let sequence = Some(*sequence);
        engine.push(Arrival { agent, sequence, time, alert }, &mut effects);
    }
    engine.finish(&mut effects);
    let mut found: Vec<Played> = effects
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Closed(finding) => Some(finding),
            _ => None,
        })
        .map(|finding| {
            let host = |member: &crate::Member| {
                let agent = engine.agent(member.agent);
                let sent = alerts
                    .iter()
                    .find(|sent| sent.agent == agent && sent.sequence == member.sequence);
                sent.map(|sent| sent.alert.id.host.clone())
            };
            let mut hosts: Vec<String> = finding.members.iter().filter_map(host).collect();
            hosts.sort();
            hosts.dedup();
            Played { finding, hosts }
        })
        .collect();
    found.sort_by_key(|played| (played.finding.fired, played.finding.correlation));
    found
}
