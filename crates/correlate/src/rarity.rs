//! How common things are in the fleet: on how many hosts a program, a user, an address was seen, and since when.

use std::collections::BTreeMap;

use peregrine_alert::{Alert, AlertField};
use peregrine_filter::{Source, Together, Value};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

const DAY: i64 = 86_400_000_000_000;
/// A host that was not seen with a thing for so many days does not count any more.
const WINDOW: u32 = 30;

/// What is counted, the field of alerts it is taken from, and the names of its figures.
const KINDS: [(&str, &str, &str); 5] = [
    ("proc.exepath", "fleet.hosts_with_exe", "fleet.exe_first_seen"),
    ("proc.pname", "fleet.hosts_with_parent", "fleet.parent_first_seen"),
    ("user.name", "fleet.hosts_with_user", "fleet.user_first_seen"),
    ("fd.sip", "fleet.hosts_with_destination", "fleet.destination_first_seen"),
    ("proc.hash.sha256", "fleet.hosts_with_hash", "fleet.hash_first_seen"),
];

/// What is known of one value.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Known {
    /// When it was seen first, nanoseconds since the epoch.
    first: i64,
    /// The day each host was seen with it last.
    hosts: BTreeMap<u32, u32>,
}

/// The counts of a fleet.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Rarity {
    hosts: Vec<String>,
    by_name: FxHashMap<String, u32>,
    known: FxHashMap<(u8, String), Known>,
    /// How many pairs of values and hosts there are.
    pairs: usize,
    /// The day the counts were swept last.
    swept: u32,
}

/// How many pairs of values and hosts are kept; of more, the values that were not seen for longest go.
const MOST_PAIRS: usize = 4_000_000;

fn day(time: i64) -> u32 {
    u32::try_from(time.max(0) / DAY).unwrap_or(u32::MAX)
}

impl Rarity {
    /// Counts an alert of a host and says how common its values are, this host included.
    pub fn observe(&mut self, host: &str, time: i64, alert: &Alert) -> Map<String, Json> {
        let today = day(time);
        if today > self.swept {
            self.sweep(today);
        }
        let host = self.host(host);
        let mut figures = Map::new();
        for (kind, (field, hosts, first)) in (0_u8..).zip(KINDS) {
            let Some(value) = alert.fields.get(field).and_then(Json::as_str) else { continue };
            let key = (kind, value.to_owned());
            let known = self
                .known
                .entry(key)
                .or_insert_with(|| Known { first: time, hosts: BTreeMap::new() });
            known.first = known.first.min(time);
            let last = known.hosts.entry(host).or_insert_with(|| {
                self.pairs += 1;
                today
            });
            *last = (*last).max(today);
            let oldest = today.saturating_sub(WINDOW);
            let count = known.hosts.values().filter(|day| **day >= oldest).count();
            figures.insert(hosts.to_owned(), count.into());
            figures.insert(first.to_owned(), known.first.into());
        }
        figures
    }

    /// How many hosts were seen in all.
    pub fn hosts(&self) -> usize {
        self.hosts.len()
    }

    fn host(&mut self, name: &str) -> u32 {
        if let Some(number) = self.by_name.get(name) {
            return *number;
        }
        let number = u32::try_from(self.hosts.len()).unwrap_or(u32::MAX);
        self.hosts.push(name.to_owned());
        self.by_name.insert(name.to_owned(), number);
        number
    }

    /// Forgets what was not seen for the window, and more where memory is short.
    fn sweep(&mut self, today: u32) {
        self.swept = today;
        let mut window = WINDOW;
        loop {
            let oldest = today.saturating_sub(window);
            let mut pairs = 0;
            self.known.retain(|_, known| {
                known.hosts.retain(|_, day| *day >= oldest);
                pairs += known.hosts.len();
                !known.hosts.is_empty()
            });
            self.pairs = pairs;
            if self.pairs <= MOST_PAIRS || window == 0 {
                return;
            }
            window /= 2;
        }
    }
}

/// An alert with figures of the fleet beside its own values.
#[derive(Debug)]
pub struct InFleet<'a> {
    /// The alert.
    pub alert: &'a Alert,
    /// What [`Rarity::observe`] said of it.
    pub figures: &'a Map<String, Json>,
}

impl Source<AlertField> for InFleet<'_> {
    fn value(&self, field: &AlertField) -> Option<Value<'_>> {
        if let AlertField::Value { name, .. } = field
            && let Some(number) = self.figures.get(name).and_then(Json::as_u64)
        {
            return Some(Value::Uint(number));
        }
        self.alert.value(field)
    }

    fn each(&self, field: &AlertField, take: &mut dyn FnMut(&Value<'_>)) -> Option<Together> {
        self.alert.each(field, take)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tests::{alert, correlations};
    use crate::{Arrival, Effect, Engine, Settings};

    const START: i64 = 20_000 * DAY;

    #[test]
    fn hosts_are_counted_and_forgotten() {
        let mut rarity = Rarity::default();
        let mut see = |host: &str, days: i64, exe: &str| {
            let time = START + days * DAY;
            let alert = alert("R", host, time, &[("proc.exepath", json!(exe))]);
            let figures = rarity.observe(host, time, &alert);
            let first = figures["fleet.exe_first_seen"].as_i64().unwrap();
            (figures["fleet.hosts_with_exe"].as_u64().unwrap(), (first - START) / DAY)
        };
        assert_eq!(see("a", 0, "/x"), (1, 0));
        assert_eq!(see("a", 0, "/x"), (1, 0));
        assert_eq!(see("b", 1, "/x"), (2, 0));
        assert_eq!(see("b", 1, "/y"), (1, 1));
        // An alert of before comes late.
        assert_eq!(see("c", 0, "/y"), (2, 0));
        // After a month without it a host does not count.
        assert_eq!(see("b", 31, "/x"), (1, 0));
        assert_eq!(see("b", 70, "/y"), (1, 70));
        assert_eq!(rarity.hosts(), 3);
        assert_eq!(rarity.pairs, 1);
    }

    #[test]
    fn conditions_see_the_fleet() {
        let correlations = correlations(
            "title: Rare\ncorrelation:\n  type: event_count\n  rules: [{when: fleet.hosts_with_exe <= 1}]\n  timespan: 1s\n  condition: {gte: 1}\n",
        );
        let mut engine = Engine::new(correlations, Settings::default());
        let mut rarity = Rarity::default();
        let mut opened = |host: &str, second: i64| {
            let time = START + second * 1_000_000_000;
            let alert = alert("R", host, time, &[("proc.exepath", json!("/x"))]);
            let figures = rarity.observe(host, time, &alert);
            let mut effects = Vec::new();
            let arrival = Arrival { agent: host, sequence: None, time, alert: &alert };
            let source = InFleet { alert: &alert, figures: &figures };
            engine.push_with(arrival, &source, &mut effects);
            effects.iter().filter(|effect| matches!(effect, Effect::Opened(_))).count()
        };
        assert_eq!(opened("a", 0), 1);
        assert_eq!(opened("b", 100), 0);
    }
}
