//! A condition to the terms that every match must have, and the times it can be true at.
//!
//! The plan may require too little, never too much: the evaluator decides about what it lets pass.

use std::net::IpAddr;

use peregrine_alert::{AlertField, Priority, priority_value};
use peregrine_filter::{Constraint, Node, Type, TypeGroup};

use crate::terms::{is_indexed, odd_term, own_term, priority_term, value_term};
use crate::text;

/// Terms of one plan at most: where a condition names more, as a list of a thousand names does, nothing is required.
const MAX_TERMS: usize = 400;

/// What of the index a match must be in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Required {
    /// Nothing: all alerts may match.
    Any,
    /// No alert matches.
    None,
    /// This term.
    Term(String),
    /// All of these.
    All(Vec<Self>),
    /// One of these.
    One(Vec<Self>),
}

/// What is known of the matches of a condition beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) required: Required,
    /// All that has these terms matches, in files in which no alert has any of `odd`.
    pub(crate) exact: bool,
    /// The terms of odd values that would have to be looked at.
    pub(crate) odd: Vec<String>,
    /// Microseconds since the epoch, the first and the last.
    pub(crate) times: (i64, i64),
}

pub(crate) const ALWAYS: (i64, i64) = (0, i64::MAX >> 10);

impl Plan {
    /// A plan for all alerts.
    pub(crate) fn all() -> Self {
        Self { required: Required::Any, exact: true, odd: Vec::new(), times: ALWAYS }
    }

    /// Nothing is known.
    fn unknown() -> Self {
        Self { exact: false, ..Self::all() }
    }

    fn requires(required: Required, exact: bool) -> Self {
        Self { required, exact, ..Self::all() }
    }

    /// The plan of a condition.
    pub(crate) fn of(node: &Node<AlertField>) -> Self {
        let plan = Self::of_node(node);
        if plan.required.terms() > MAX_TERMS {
            return Self { required: Required::Any, exact: false, ..plan };
        }
        plan
    }

    /// The plan for alerts that have all of these words, which `words` cuts.
    pub(crate) fn of_words<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        let mut exact = true;
        let mut parts = Vec::new();
        for word in words {
            for run in text::runs(word) {
                let letters = run.text.chars().count();
                // One letter may be a part of any pair; three are more than their pairs.
                exact &= !run.unseparated || letters == 2;
                if !run.unseparated || letters > 1 {
                    text::words_of(run, &mut |word| parts.push(Required::Term(word.to_owned())));
                }
            }
        }
        let plan = Self::requires(Required::all(parts), exact);
        if plan.required.terms() > MAX_TERMS { Self::unknown() } else { plan }
    }

    /// The plan for what all of these are for.
    pub(crate) fn both(mut plans: Vec<Self>) -> Self {
        let times = plans
            .iter()
            .fold(ALWAYS, |(first, last), plan| (first.max(plan.times.0), last.min(plan.times.1)));
        let odd = plans.iter_mut().flat_map(|plan| std::mem::take(&mut plan.odd)).collect();
        let exact = plans.iter().all(|plan| plan.exact);
        let required = Required::all(plans.into_iter().map(|plan| plan.required).collect());
        Self { required, exact, odd, times }
    }

    fn of_node(node: &Node<AlertField>) -> Self {
        match node {
            Node::And(parts) => Self::both(parts.iter().map(Self::of_node).collect()),
            Node::Or(parts) => {
                let mut plans: Vec<Self> = parts.iter().map(Self::of_node).collect();
                let times = plans.iter().fold((i64::MAX, i64::MIN), |(first, last), plan| {
                    (first.min(plan.times.0), last.max(plan.times.1))
                });
                let odd = plans.iter_mut().flat_map(|plan| std::mem::take(&mut plan.odd)).collect();
                let exact = plans.iter().all(|plan| plan.exact);
                let required = Required::one(plans.into_iter().map(|plan| plan.required).collect());
                Self { required, exact, odd, times }
            }
            Node::Not(_) => Self::unknown(),
            Node::Predicate(predicate) => match predicate.constraint() {
                Some((field, constraint)) => of_constraint(field, &constraint),
                None => Self::unknown(),
            },
        }
    }
}

impl Required {
    fn all(parts: Vec<Self>) -> Self {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Self::Any => {}
                Self::None => return Self::None,
                Self::All(inner) => all.extend(inner),
                other => all.push(other),
            }
        }
        match all.len() {
            0 => Self::Any,
            1 => all.pop().unwrap_or(Self::Any),
            _ => Self::All(all),
        }
    }

    fn one(parts: Vec<Self>) -> Self {
        let mut one = Vec::new();
        for part in parts {
            match part {
                Self::Any => return Self::Any,
                Self::None => {}
                Self::One(inner) => one.extend(inner),
                other => one.push(other),
            }
        }
        match one.len() {
            0 => Self::None,
            1 => one.pop().unwrap_or(Self::None),
            _ => Self::One(one),
        }
    }

    fn terms(&self) -> usize {
        match self {
            Self::Any | Self::None => 0,
            Self::Term(_) => 1,
            Self::All(parts) | Self::One(parts) => parts.iter().map(Self::terms).sum(),
        }
    }

    /// The query of FTS5 for it; none where nothing is required. Every term is quoted: none is an operator.
    pub(crate) fn expression(&self) -> Option<String> {
        match self {
            Self::Any | Self::None => None,
            Self::Term(term) => Some(format!("\"{}\"", term.replace('"', ""))),
            Self::All(parts) | Self::One(parts) => {
                let operator = if matches!(self, Self::All(_)) { " AND " } else { " OR " };
                let parts: Vec<String> = parts.iter().filter_map(Self::expression).collect();
                Some(format!("({})", parts.join(operator)))
            }
        }
    }
}

fn of_constraint(field: &AlertField, constraint: &Constraint<'_>) -> Plan {
    match field {
        AlertField::Rule => own("rule", constraint),
        AlertField::Source => own("source", constraint),
        AlertField::Hostname => own("hostname", constraint),
        AlertField::Tags => own("tags", constraint),
        AlertField::Output => match constraint {
            Constraint::Texts(texts) => {
                let each = texts.iter().map(|text| words(text, true, true, true)).collect();
                Plan::requires(Required::one(each), false)
            }
            other => within(other, true),
        },
        AlertField::Priority => priority(constraint),
        AlertField::Time => time(constraint),
        AlertField::Value { name, .. } if !is_indexed(name) => Plan::unknown(),
        AlertField::Value { name, ty, .. } => value(name, *ty, constraint),
    }
}

/// Of a text of the alert itself.
fn own(field: &str, constraint: &Constraint<'_>) -> Plan {
    match constraint {
        Constraint::Texts(texts) => {
            let term = |text: &&[u8]| match std::str::from_utf8(text) {
                Ok(text) => Required::Term(own_term(field, text)),
                Err(_) => Required::None,
            };
            Plan::requires(Required::one(texts.iter().map(term).collect()), true)
        }
        other => within(other, false),
    }
}

fn priority(constraint: &Constraint<'_>) -> Plan {
    let asks = |number: i128| match constraint {
        Constraint::Numbers(numbers) => Some(numbers.contains(&number)),
        Constraint::NotNumber(other) => Some(number != *other),
        Constraint::Below(limit) => Some(number < *limit),
        Constraint::AtLeast(limit) => Some(number >= *limit),
        _ => None,
    };
    let mut terms = Vec::new();
    for priority in Priority::ALL {
        match priority_value(priority).number().and_then(asks) {
            Some(true) => terms.push(Required::Term(priority_term(priority))),
            Some(false) => {}
            None => return Plan::unknown(),
        }
    }
    if terms.len() == Priority::ALL.len() {
        return Plan::all();
    }
    Plan::requires(Required::one(terms), true)
}

fn time(constraint: &Constraint<'_>) -> Plan {
    let microseconds = |nanoseconds: i128| {
        i64::try_from(nanoseconds.max(0) / 1000).unwrap_or(ALWAYS.1).min(ALWAYS.1)
    };
    let times = match constraint {
        Constraint::Numbers(numbers) => {
            let (first, last) = (numbers.iter().min(), numbers.iter().max());
            match first.zip(last) {
                Some((first, last)) => (microseconds(*first), microseconds(*last)),
                None => return Plan::unknown(),
            }
        }
        Constraint::Below(limit) => (ALWAYS.0, microseconds(limit - 1)),
        Constraint::AtLeast(limit) => (microseconds(*limit), ALWAYS.1),
        _ => return Plan::unknown(),
    };
    Plan { times, ..Plan::unknown() }
}

/// Of a value that the alert has.
fn value(name: &str, ty: Type, constraint: &Constraint<'_>) -> Plan {
    let term = |text: &str| Required::Term(value_term(name, text));
    let equal: Vec<Required> = match constraint {
        Constraint::Texts(texts) => {
            texts.iter().filter_map(|text| std::str::from_utf8(text).ok().map(term)).collect()
        }
        Constraint::Numbers(numbers) if ty.group() == TypeGroup::Bool => {
            let word = |number: &i128| match number {
                0 => Some(term("false")),
                1 => Some(term("true")),
                _ => None,
            };
            numbers.iter().filter_map(word).collect()
        }
        Constraint::Numbers(numbers) => {
            numbers.iter().map(|number| term(&number.to_string())).collect()
        }
        Constraint::Nets(nets) => {
            let whole = |(address, prefix): &(IpAddr, u8)| {
                let all = if address.is_ipv4() { 32 } else { 128 };
                (*prefix == all).then(|| term(&address.to_string()))
            };
            match nets.iter().map(whole).collect() {
                Some(terms) => terms,
                None => return Plan::unknown(),
            }
        }
        other => return within(other, false),
    };
    let odd = odd_term(name);
    let equal = equal.into_iter().chain([Required::Term(odd.clone())]).collect();
    Plan { odd: vec![odd], ..Plan::requires(Required::one(equal), true) }
}

/// What the words of a part of a text come to. `clock`: the text begins with a time that is not indexed.
fn within(constraint: &Constraint<'_>, clock: bool) -> Plan {
    let required = match constraint {
        Constraint::Contains(part) => words(part, false, false, clock),
        Constraint::Startswith(part) => words(part, true, false, clock),
        Constraint::Endswith(part) => words(part, false, true, clock),
        Constraint::Pmatch(paths) => {
            let path = |path: &Vec<u8>| {
                let parts = path.split(|byte| *byte == b'/');
                // Those are patterns.
                let plain = parts.filter(|part| !part.iter().any(|byte| b"?*[".contains(byte)));
                Required::all(plain.map(|part| words(part, true, true, clock)).collect())
            };
            Required::one(paths.iter().map(path).collect())
        }
        _ => Required::Any,
    };
    Plan::requires(required, false)
}

fn words(part: &[u8], begins: bool, ends: bool, clock: bool) -> Required {
    let Ok(part) = std::str::from_utf8(part) else { return Required::Any };
    let mut all = Vec::new();
    text::words_within(part, begins, ends, &mut |word| {
        if !(clock && word.starts_with(|letter: char| letter.is_ascii_digit())) {
            all.push(Required::Term(word.to_owned()));
        }
    });
    Required::all(all)
}

#[cfg(test)]
mod tests {
    use peregrine_alert::condition;

    use super::*;

    fn plan(text: &str) -> Plan {
        Plan::of(&condition(text).unwrap_or_else(|error| panic!("{text}: {error}")).root)
    }

    #[test]
    fn conditions_require_terms() {
        let check = |text: &str, expected: Option<&str>, exact: bool| {
            let plan = plan(text);
            assert_eq!(plan.required.expression().as_deref(), expected, "{text}");
            assert_eq!(plan.exact, exact, "{text}");
        };
        let rule = format!("\"{}\"", own_term("rule", "x"));
        let tag = format!("\"{}\"", own_term("tags", "a"));
        let name =
            format!("(\"{}\" OR \"{}\")", value_term("proc.name", "cat"), odd_term("proc.name"));
        check("rule = x", Some(&rule), true);
        check("rule = x or tags = a", Some(&format!("({rule} OR {tag})")), true);
        check("rule = x and not tags = a", Some(&rule), false);
        check("rule = x or not tags = a", None, false);
        check("proc.name = cat", Some(&name), true);
        check("rule = x and proc.name = cat", Some(&format!("({rule} AND {name})")), true);
        check("fd.name contains \"/etc/shadow\"", Some("\"etc\""), false);
        check("fd.name pmatch (/etc, /x/*/y)", Some("(\"etc\" OR (\"x\" AND \"y\"))"), false);
        check("output startswith \"14:03:07.482913554: Warning\"", None, false);
        check("output contains \"财务报\"", Some("(\"财务\" AND \"务报\")"), false);
        check("priority >= debug", None, true);
        check("fd.snet = 10.0.0.0/8", None, false);
        check("proc.pid > 3", None, false);
        check("proc.name exists", None, false);
        check("evt.time = 5", None, false);
        check(
            "field[\"NEAR(\"] = x",
            Some(&format!("(\"{}\" OR \"{}\")", value_term("NEAR(", "x"), odd_term("NEAR("))),
            true,
        );
        assert_eq!(plan("priority < debug").required, Required::None);
    }

    #[test]
    fn conditions_have_times() {
        let check = |text: &str, first: i64, last: i64| {
            assert_eq!(plan(text).times, (first, last), "{text}");
        };
        check("time >= 5000 and time < 9000", 5, 8);
        check("time < 9000 or time < 20001", 0, 20);
        check("not time < 9000", 0, ALWAYS.1);
        check("rule = x", 0, ALWAYS.1);
    }

    #[test]
    fn a_long_list_requires_nothing() {
        let names: Vec<String> = (0..1000).map(|number| format!("n{number}")).collect();
        let plan = plan(&format!("proc.name in ({})", names.join(", ")));
        assert_eq!((plan.required, plan.exact), (Required::Any, false));
    }
}
