//! Tests of the engine as a whole.

mod attack;
mod naive;
mod shipped;
mod streams;

use peregrine_alert::{Alert, AlertId};
use peregrine_event::Priority;
use serde_json::{Map, Value as Json};

use crate::{Correlations, SourceText, load};

pub(super) const SECOND: i64 = 1_000_000_000;

/// The correlations of a text without mistakes.
pub(super) fn correlations(text: &str) -> Correlations {
    let loaded = load(&[SourceText { name: "test.yaml", text }]);
    let mistakes: Vec<String> = loaded.mistakes.iter().map(ToString::to_string).collect();
    assert!(mistakes.is_empty(), "{}\n{text}", mistakes.join("\n"));
    loaded.correlations
}

/// An alert of a rule with some values.
pub(super) fn alert(rule: &str, host: &str, time: i64, fields: &[(&str, Json)]) -> Alert {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    Alert {
        id: AlertId { host: host.to_owned(), sequence: 0 },
        time_ns: u64::try_from(time).unwrap(),
        utc_offset: 0,
        rule: rule.to_owned(),
        priority: Priority::Warning,
        source: "syscall".to_owned(),
        tags: vec![format!("tag_{rule}")],
        message: String::new(),
        fields: fields.collect::<Map<_, _>>(),
    }
}

/// Numbers that a seed repeats.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below another.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    pub(super) fn signed(&mut self, bound: i64) -> i64 {
        i64::try_from(self.below(u64::try_from(bound).unwrap())).unwrap()
    }

    pub(super) fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    pub(super) fn one<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        let place = usize::try_from(self.below(of.len() as u64)).unwrap();
        &of[place]
    }

    pub(super) fn shuffle<T>(&mut self, of: &mut [T]) {
        for last in (1..of.len()).rev() {
            let other = usize::try_from(self.below(last as u64 + 1)).unwrap();
            of.swap(last, other);
        }
    }
}
