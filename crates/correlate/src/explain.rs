//! A correlation in words.

use std::fmt::Write as _;

use peregrine_event::Priority;

use crate::duration::words;
use crate::rule::{Comparison, Correlation, Correlations, Kind, Mode, Step, Test, What};

/// A number as people write it.
fn number(value: f64) -> String {
    value.to_string()
}

fn comparison(kind: Comparison) -> &'static str {
    match kind {
        Comparison::Lt => "less than",
        Comparison::Lte => "at most",
        Comparison::Gt => "more than",
        Comparison::Gte => "at least",
        Comparison::Eq => "exactly",
        Comparison::Neq => "other than",
    }
}

/// An expression as files write it.
pub(crate) fn expression(expression: &crate::Expression) -> String {
    use crate::Expression;
    let many = |parts: &[Expression], word: &str| {
        let parts: Vec<String> = parts.iter().map(self::expression).collect();
        format!("({})", parts.join(word))
    };
    match expression {
        Expression::Name(name, _) => name.clone(),
        Expression::Of { all: true, pattern, .. } => format!("all of {pattern}"),
        Expression::Of { all: false, pattern, .. } => format!("1 of {pattern}"),
        Expression::And(parts) => many(parts, " and "),
        Expression::Or(parts) => many(parts, " or "),
        Expression::Not(inner) => format!("not {}", self::expression(inner)),
    }
}

fn level(level: Priority) -> &'static str {
    crate::parse::LEVELS.iter().find(|(_, known)| *known == level).map_or("", |(word, _)| *word)
}

fn step(correlations: &Correlations, step: &Step) -> String {
    match &step.what {
        What::Rule(name) => format!("alerts of the rule \"{name}\""),
        What::Tag(tag) => format!("alerts with the tag {tag}"),
        What::Condition(number) => {
            let condition = correlations.conditions.get(*number);
            let text = condition.map_or("", |one| one.text.as_str());
            if step.label == text {
                format!("alerts with {text}")
            } else {
                format!("{}: alerts with {text}", step.label)
            }
        }
        What::Correlation(number) => {
            let title = correlations.items.get(*number).map_or("", |item| item.title.as_str());
            format!("findings of the correlation \"{title}\"")
        }
    }
}

/// What the number of a window is.
fn computed(item: &Correlation) -> String {
    let fields: Vec<String> = item
        .steps
        .first()
        .map(|step| step.value.iter().map(ToString::to_string).collect())
        .unwrap_or_default();
    let field = fields.join(", ");
    match item.kind {
        Kind::EventCount => "alerts".to_owned(),
        Kind::ValueCount => format!("different values of {field}"),
        Kind::Temporal => "of these".to_owned(),
        Kind::TemporalOrdered => "of these, in this order".to_owned(),
        Kind::Sum => format!("as the sum of {field}"),
        Kind::Average => format!("as the mean of {field}"),
        Kind::Percentile(rank) => {
            format!("as the {}th percentile of {field}", number(rank))
        }
        Kind::Median => format!("as the median of {field}"),
    }
}

/// What a correlation does, line by line.
pub fn explain(correlations: &Correlations, item: &Correlation) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        // Writing to a text does not fail.
        let _ = writeln!(out, "{text}");
    };
    line(format!("{} ({}, {})", item.title, item.kind.word(), level(item.level)));
    if !item.description.is_empty() {
        line(format!("  {}", item.description.trim().replace('\n', " ")));
    }
    line("  looks for".to_owned());
    for one in &item.steps {
        let within = one.within.map(|within| format!(", at most {} later", words(within)));
        line(format!("    {}{}", step(correlations, one), within.unwrap_or_default()));
    }
    if item.group_by.is_empty() {
        line("  all together".to_owned());
    } else {
        line(format!("  for each {}", item.group_by.join(" and ")));
    }
    let met = match &item.test {
        Test::Steps(over) => format!("once {} matched", expression(over)),
        Test::Range(range) => {
            let parts: Vec<String> = range
                .iter()
                .map(|(kind, bound)| format!("{} {}", comparison(*kind), number(*bound)))
                .collect();
            format!("once there are {} {}", parts.join(" and "), computed(item))
        }
    };
    line(format!("  {met} within {}", words(item.timespan)));
    if let Some(absent) = &item.absent {
        for one in &absent.steps {
            line(format!(
                "  and none of {} within {} behind",
                step(correlations, one),
                words(absent.within)
            ));
        }
    }
    line(match item.mode {
        Mode::AtOnce => "  evaluated with each alert, also a late one".to_owned(),
        Mode::Settled => {
            "  evaluated when no earlier alert can come any more".to_owned()
        }
        Mode::WholeWindows => {
            "  evaluated when a window, which begins with the first alert behind the last one, is over".to_owned()
        }
    });
    line(format!("  a finding ends when nothing was added for {}", words(item.quiet)));
    if let Some(length) = item.suppress {
        line(format!(
            "  for {} behind a finding others of the same group are not reported",
            words(length)
        ));
    }
    if let Some(length) = item.lateness {
        line(format!("  waits {} for late alerts", words(length)));
    }
    if !item.reported {
        line("  its findings are not reported: they only count for the correlations that reference it".to_owned());
    }
    out
}
