//! A correlation as the engine evaluates it.

use std::sync::Arc;

use peregrine_alert::{AlertCondition, AlertField};
use peregrine_event::Priority;

use crate::expression::Expression;

/// Steps of a correlation that looks at which of its rules matched.
pub const MAX_STEPS: usize = 16;
/// Rules of a correlation that counts what all of them match.
pub const MAX_COUNTED_RULES: usize = 1000;
/// How many correlations a chain may have.
pub const MAX_CHAIN: usize = 8;

/// The correlations of some files: each stands behind those it references.
#[derive(Debug, Clone, Default)]
pub struct Correlations {
    /// The correlations.
    pub items: Vec<Correlation>,
    /// The conditions the files define, which correlations reference by number.
    pub conditions: Vec<NamedCondition>,
}

/// A condition of a file: Sigma's `detection`, or `when` in our own language.
#[derive(Debug, Clone)]
pub struct NamedCondition {
    /// How people call it.
    pub title: String,
    /// Its text in our language.
    pub text: String,
    /// What is evaluated.
    pub checked: Arc<AlertCondition>,
}

/// One correlation.
#[derive(Debug, Clone)]
pub struct Correlation {
    /// How people call it: the rule of its findings.
    pub title: String,
    /// How other correlations reference it, beside its title.
    pub name: Option<String>,
    /// Its identity, beside its title.
    pub id: Option<String>,
    /// What it is about.
    pub description: String,
    /// How bad its findings are.
    pub level: Priority,
    /// The tags of its findings.
    pub tags: Vec<String>,
    /// What is computed of a window.
    pub kind: Kind,
    /// What is looked for: rules, tags, conditions, other correlations.
    pub steps: Vec<Step>,
    /// The names of the values that all alerts of a group share.
    pub group_by: Vec<String>,
    /// How long a window is, nanoseconds.
    pub timespan: i64,
    /// What a window must meet.
    pub test: Test,
    /// What must not follow.
    pub absent: Option<Absent>,
    /// How long nothing may be added to a finding before it ends, nanoseconds; at least `timespan`.
    pub quiet: i64,
    /// For so long after a finding the next ones of the same group are counted and not reported, nanoseconds.
    pub suppress: Option<i64>,
    /// How long windows wait for late alerts, nanoseconds; none: as long as the engine does.
    pub lateness: Option<i64>,
    /// Whether its findings are reported; those only other correlations look at are not.
    pub reported: bool,
    /// When windows are evaluated.
    pub mode: Mode,
    /// A text that changes with anything its state depends on.
    pub fingerprint: [u8; 16],
    /// The file and line it was written in.
    pub origin: (String, usize),
}

/// What is computed of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// How many alerts there are.
    EventCount,
    /// How many values a field has.
    ValueCount,
    /// How many of the steps matched.
    Temporal,
    /// The same, and whether they matched in their order.
    TemporalOrdered,
    /// The sum of a field.
    Sum,
    /// The mean of a field.
    Average,
    /// The value below which so many percent of a field's values lie.
    Percentile(f64),
    /// The value in the middle.
    Median,
}

/// The types by the words files use.
pub(crate) const KINDS: [(&str, Kind); 8] = [
    ("event_count", Kind::EventCount),
    ("value_count", Kind::ValueCount),
    ("temporal", Kind::Temporal),
    ("temporal_ordered", Kind::TemporalOrdered),
    ("value_sum", Kind::Sum),
    ("value_avg", Kind::Average),
    ("value_percentile", Kind::Percentile(50.0)),
    ("value_median", Kind::Median),
];

impl Kind {
    /// The word that files use.
    pub fn word(self) -> &'static str {
        let same = |kind: &Self| std::mem::discriminant(kind) == std::mem::discriminant(&self);
        KINDS.iter().find(|(_, kind)| same(kind)).map_or("", |(word, _)| word)
    }

    /// Whether it looks at which of the steps matched.
    pub fn is_temporal(self) -> bool {
        matches!(self, Self::Temporal | Self::TemporalOrdered)
    }

    /// Whether it computes with the values of a field.
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Sum | Self::Average | Self::Percentile(_) | Self::Median)
    }

    /// Whether its condition names a field.
    pub fn has_field(self) -> bool {
        self == Self::ValueCount || self.is_numeric()
    }
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// Equal.
    Eq,
    /// Another.
    Neq,
}

/// The comparisons by the words files use.
pub(crate) const COMPARISONS: [(&str, Comparison); 6] = [
    ("lt", Comparison::Lt),
    ("lte", Comparison::Lte),
    ("gt", Comparison::Gt),
    ("gte", Comparison::Gte),
    ("eq", Comparison::Eq),
    ("neq", Comparison::Neq),
];

/// What a window must meet.
#[derive(Debug, Clone)]
pub enum Test {
    /// All of these comparisons of the computed number.
    Range(Vec<(Comparison, f64)>),
    /// An expression over which steps matched.
    Steps(Expression),
}

impl Test {
    /// Whether a number meets it; an expression is met by steps, not by a number.
    pub fn takes(&self, number: f64) -> bool {
        let Self::Range(comparisons) = self else { return false };
        #[expect(clippy::float_cmp, reason = "written and counted numbers are exact")]
        comparisons.iter().all(|(comparison, bound)| match comparison {
            Comparison::Lt => number < *bound,
            Comparison::Lte => number <= *bound,
            Comparison::Gt => number > *bound,
            Comparison::Gte => number >= *bound,
            Comparison::Eq => number == *bound,
            Comparison::Neq => number != *bound,
        })
    }

    /// Whether more alerts never make it false again.
    pub fn only_grows(&self) -> bool {
        match self {
            Self::Range(comparisons) => comparisons
                .iter()
                .all(|(comparison, _)| matches!(comparison, Comparison::Gt | Comparison::Gte)),
            Self::Steps(expression) => !expression.has_not(),
        }
    }

    /// The number from which on it is met, where it only grows.
    pub(crate) fn threshold(&self) -> f64 {
        let Self::Range(comparisons) = self else { return 1.0 };
        comparisons.iter().map(|(_, bound)| *bound).fold(1.0, f64::max)
    }
}

/// One of the things a correlation looks for.
#[derive(Debug, Clone)]
pub struct Step {
    /// How the correlation calls it.
    pub label: String,
    /// What it is.
    pub what: What,
    /// Where the values of `group_by` are taken from, in its order.
    pub group: Vec<AlertField>,
    /// The fields whose values count.
    pub value: Vec<AlertField>,
    /// How long after the step before it may come, nanoseconds; none: within the window.
    pub within: Option<i64>,
}

/// What a step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Alerts of a rule.
    Rule(String),
    /// Alerts with a tag.
    Tag(String),
    /// Alerts that meet a condition, by its number.
    Condition(usize),
    /// Findings of another correlation, by its number.
    Correlation(usize),
}

/// What must not follow.
#[derive(Debug, Clone)]
pub struct Absent {
    /// Any of these.
    pub steps: Vec<Step>,
    /// For so long, nanoseconds.
    pub within: i64,
}

/// When windows are evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// With each alert, also a late one: no later alert can change the answer.
    AtOnce,
    /// The window that ends with an alert, when no older alert can come any more.
    Settled,
    /// Windows that begin with the first alert behind the last window, when they are over.
    WholeWindows,
}

impl Correlation {
    /// How long behind the last alert of a window its finding is certain, nanoseconds.
    pub(crate) fn delay(&self) -> i64 {
        self.absent.as_ref().map_or(0, |absent| absent.within)
    }

    /// The mode that what it computes and what others do with it needs.
    pub(crate) fn fitting_mode(&self, is_referenced: bool) -> Mode {
        let waits = is_referenced
            || self.absent.is_some()
            || self.suppress.is_some()
            || self.lateness.is_some();
        match (self.kind.is_numeric(), self.test.only_grows()) {
            (true, _) => Mode::Settled,
            (false, false) => Mode::WholeWindows,
            (false, true) if waits => Mode::Settled,
            (false, true) => Mode::AtOnce,
        }
    }
}

/// Why no number a window can have meets the comparisons.
pub(crate) fn never(range: &[(Comparison, f64)], kind: Kind, steps: f64) -> Option<String> {
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let counts = !kind.is_numeric();
    if counts {
        low = 1.0;
    }
    if kind.is_temporal() {
        high = steps;
    }
    let is_wide = |low: f64, high: f64| low <= high;
    for (comparison, bound) in range {
        // Counts are whole numbers.
        let step = if counts { 1.0 } else { f64::MIN_POSITIVE };
        match comparison {
            Comparison::Lt if counts => high = high.min((bound - step).ceil()),
            Comparison::Gt if counts => low = low.max((bound + step).floor()),
            Comparison::Lt | Comparison::Lte => high = high.min(*bound),
            Comparison::Gt | Comparison::Gte => low = low.max(*bound),
            Comparison::Eq => (low, high) = (low.max(*bound), high.min(*bound)),
            Comparison::Neq => {}
        }
    }
    if is_wide(low, high) {
        return None;
    }
    Some(match (counts, kind.is_temporal()) {
        (true, true) => format!("it sees 1 to {steps} of its rules"),
        (true, false) => "it has at least one alert".to_owned(),
        (false, _) => "the bounds exclude each other".to_owned(),
    })
}
