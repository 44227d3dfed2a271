//! What is looked for: a condition over alerts, or words.

use peregrine_alert::{Alert, AlertCondition, ConditionError, condition};
use peregrine_filter::reference;

use crate::document::Document;
use crate::plan::Plan;
use crate::terms::texts;
use crate::text;

/// Bytes of a question at most.
const MAX_QUERY: usize = 64 << 10;

/// A text that is neither a condition nor words.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// It is longer than a question may be.
    #[error("the condition has {0} bytes, more than {MAX_QUERY}")]
    TooLong(usize),
    /// It is no condition.
    #[error("{0}")]
    Condition(#[from] ConditionError),
}

impl QueryError {
    /// Line and column of the first mistake, from 1.
    pub fn place(&self) -> Option<(usize, usize)> {
        let Self::Condition(error) = self else { return None };
        let (text, at) = match error {
            ConditionError::Parse { text, error } => (text, error.offset),
            ConditionError::Check { text, errors } => (text, errors.first()?.span.start),
            _ => return None,
        };
        let before = text.get(..at).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Some((before.matches('\n').count() + 1, line.chars().count() + 1))
    }
}

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Query {
    what: What,
    pub(crate) plan: Plan,
}

#[derive(Debug, Clone)]
enum What {
    All,
    Condition(Box<AlertCondition>),
    Words(Vec<String>),
    Both(Box<Query>, Box<Query>),
}

impl Query {
    /// All alerts.
    pub fn all() -> Self {
        Self { what: What::All, plan: Plan::all() }
    }

    /// Reads a condition over alerts, or words that all must be in an alert (`shadow ssh`, `财务`). Of nothing: all
    /// alerts.
    ///
    /// # Errors
    /// What is wrong with the condition, with its column.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.len() > MAX_QUERY {
            return Err(QueryError::TooLong(text.len()));
        }
        if text.trim().is_empty() {
            return Ok(Self::all());
        }
        match condition(text) {
            Ok(checked) => {
                let plan = Plan::of(&checked.root);
                Ok(Self { what: What::Condition(Box::new(checked)), plan })
            }
            Err(error) => match plain_words(text) {
                Some(words) => {
                    let plan = Plan::of_words(words.iter().map(String::as_str));
                    Ok(Self { what: What::Words(words), plan })
                }
                None => Err(error.into()),
            },
        }
    }

    /// What this one and another are both true for.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self.is_all() {
            return other;
        }
        if other.is_all() {
            return self;
        }
        let plan = Plan::both([self.plan.clone(), other.plan.clone()].into());
        Self { what: What::Both(Box::new(self), Box::new(other)), plan }
    }

    /// Whether it is true for every alert.
    pub fn is_all(&self) -> bool {
        matches!(self.what, What::All)
    }

    /// Whether it is true for the alert of a body, stored under an id. Its time is then the one it is stored at.
    pub(crate) fn holds_for(&self, id: i64, body: &[u8]) -> bool {
        if self.is_all() {
            return true;
        }
        stored_alert(id, body).is_some_and(|alert| self.holds(&alert))
    }

    /// Whether it is true for an alert.
    pub fn holds(&self, alert: &Alert) -> bool {
        match &self.what {
            What::All => true,
            What::Condition(checked) => reference::holds(&checked.root, alert),
            What::Words(words) => words.iter().all(|word| has_word(alert, word)),
            What::Both(one, other) => one.holds(alert) && other.holds(alert),
        }
    }
}

/// The alert of a body that is stored under an id, as conditions see it: its time is the one it is stored at. None: the
/// body is no alert.
pub fn stored_alert(id: i64, body: &[u8]) -> Option<Alert> {
    let Ok(Document { mut alert, .. }) = Document::parse(body) else { return None };
    let stored_us = u64::try_from(id >> 10).unwrap_or_default();
    if alert.time_ns / 1000 != stored_us {
        alert.time_ns = stored_us.saturating_mul(1000);
    }
    Some(alert)
}

/// The words of a text, where it is nothing but words.
fn plain_words(text: &str) -> Option<Vec<String>> {
    const OPERATORS: [&str; 4] = ["and", "or", "not", "exists"];
    let plain = |letter: char| {
        letter.is_alphanumeric() || letter.is_whitespace() || "-_./:@".contains(letter)
    };
    if !text.chars().all(plain) {
        return None;
    }
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let is_condition = words.iter().any(|word| OPERATORS.contains(&word.as_str()));
    let any = words.iter().any(|word| text::runs(word).next().is_some());
    (any && !is_condition).then_some(words)
}

/// Whether an alert has every run of a word: letters and digits as a whole word, whatever their case; Han, Kana and
/// Hangul anywhere.
fn has_word(alert: &Alert, word: &str) -> bool {
    text::runs(word).all(|run| {
        let mut found = false;
        let mut wanted = String::new();
        if !run.unseparated {
            text::words_of(run, &mut |word| word.clone_into(&mut wanted));
        }
        texts(alert, &mut |one| {
            if found {
                return;
            }
            if run.unseparated {
                found = one.contains(run.text);
            } else {
                text::words(one, &mut |word| found |= word == wanted);
            }
        });
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_a_condition_or_words() {
        let body = r#"{"rule":"Read x","priority":"info","time":"2026-01-31T14:03:07.482913554Z","hostname":"web-1",
            "output":"14:03:07.482913554: Warning Shadow file","output_fields":{"fd.name":"/家/财务报表.xlsx","n":[{"deep":"down"}]}}"#;
        let alert = Document::parse(body.as_bytes()).unwrap().alert;
        let check = |text: &str, expected: bool| {
            let query = Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(query.holds(&alert), expected, "{text}");
        };
        check("", true);
        check("shadow", true);
        check("Shadow FILE", true);
        check("shado", false);
        check("财务", true);
        check("务报表", true);
        check("表", true);
        check("财表", false);
        check("web-1", true);
        check("down", true);
        check("482913554", false);
        check("hostname = web-1", true);
        check("rule = \"Read x\" and fd.name contains 财务", true);
        let fails = |text: &str, part: &str| {
            let error = Query::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        };
        fails("rule = ", "column");
        let place = |text: &str| Query::parse(text).unwrap_err().place();
        assert_eq!(place("财 = x and\n rul = y"), Some((1, 1)));
        assert_eq!(place("rule = x and\n priority = terrible").map(|(line, _)| line), Some(2));
        fails("shadow and rule = x", "column");
        fails("x' OR 1=1 --", "column");
        fails("---", "column");
        fails(&"x".repeat(MAX_QUERY + 1), "more than 65536");
    }
}
