//! Response files, read: everything that is wrong is found, not only the first of it.

use std::time::Duration;

use peregrine_alert::{AlertField, ConditionError, alert_field, condition};
use peregrine_filter::error::{CheckErrorKind, FieldError};
use peregrine_yaml::{Body, Node, parse};

use crate::action::{self, Action};
use crate::duration::parse_duration;
use crate::matching::Match;
use crate::mistake::{Mistake, MistakeKind};
use crate::reader::{Reader, near};
use crate::response::{AfterCrash, Limits, OnFailure, Response};

/// What files hold.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The responses, in order.
    pub responses: Vec<Response>,
    /// What is wrong: where there is anything, nothing is to be used.
    pub mistakes: Vec<Mistake>,
}

const KEYS: &[&str] = &[
    "response",
    "description",
    "enabled",
    "dry_run",
    "match",
    "actions",
    "limits",
    "on_failure",
    "after_crash",
];
const MATCH_KEYS: &[&str] = &["rules", "tags", "source", "priority", "condition"];
const LIMIT_KEYS: &[&str] = &["per", "at_most", "cooldown"];

/// Reads response files: names and texts.
pub fn load<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Loaded {
    let mut loaded = Loaded::default();
    // Name, file and line of each.
    let mut known: Vec<(String, String, usize)> = Vec::new();
    for (file, text) in files {
        let mut reader = Reader::new(file, text);
        match parse(text) {
            Ok(documents) => {
                for document in &documents {
                    reader.document(document, &mut known, &mut loaded.responses);
                }
            }
            Err(error) => {
                let at = error.place.offset.min(text.len());
                reader.at(at..at, MistakeKind::Yaml(error.kind.to_string()));
            }
        }
        reader.mistakes.sort_by_key(|mistake| mistake.place.offset);
        loaded.mistakes.append(&mut reader.mistakes);
    }
    loaded
}

impl Reader<'_> {
    fn document(
        &mut self,
        document: &Node,
        known: &mut Vec<(String, String, usize)>,
        responses: &mut Vec<Response>,
    ) {
        let items = match &document.body {
            Body::List(items) => items.as_slice(),
            Body::Null => &[],
            _ => {
                self.expected(
                    document,
                    "a response file",
                    "a list of responses: `- response: NAME`",
                );
                &[]
            }
        };
        for item in items {
            self.response = item.get("response").and_then(Node::scalar).map(str::to_owned);
            let response = self.response(item);
            if let Some(name) = &self.response {
                let place = item.get("response").map_or(item.place, |node| node.place);
                if let Some((_, file, line)) = known.iter().find(|(other, ..)| other == name) {
                    let (name, file, line) = (name.clone(), file.clone(), *line);
                    let node = item.get("response").unwrap_or(item).clone();
                    self.mistake(&node, MistakeKind::DefinedTwice { name, file, line });
                } else {
                    known.push((name.clone(), self.file.to_owned(), place.line));
                }
            }
            responses.extend(response);
        }
        self.response = None;
    }

    fn response(&mut self, item: &Node) -> Option<Response> {
        if !self.keys(item, "a response", KEYS) {
            return None;
        }
        for key in ["response", "match", "actions"] {
            if item.get(key).is_none() {
                self.mistake(item, MistakeKind::MissingKey { key });
            }
        }
        let name = self.scalar(item.get("response")?, "response").map(str::to_owned);
        if name.as_deref().is_some_and(|name| name.trim().is_empty())
            && let Some(node) = item.get("response")
        {
            self.expected(node, "response", "the name of the response");
        }
        let description = item.get("description").and_then(|node| self.scalar(node, "description"));
        let enabled = item.get("enabled").and_then(|node| self.flag(node, "enabled"));
        let dry_run = item.get("dry_run").and_then(|node| self.flag(node, "dry_run"));
        let matches = item.get("match").map(|node| self.matches(node));
        let actions = item.get("actions").map(|node| self.actions(node)).unwrap_or_default();
        let limits = item.get("limits").map(|node| self.limits(node));
        let on_failure = item.get("on_failure").and_then(|node| {
            let words = [("continue", OnFailure::Continue), ("stop", OnFailure::Stop)];
            self.word(node, "on_failure", &words)
        });
        let after_crash = item.get("after_crash").and_then(|node| {
            let words = [("finish", AfterCrash::Finish), ("give_up", AfterCrash::GiveUp)];
            self.word(node, "after_crash", &words)
        });
        Some(Response {
            name: name?,
            description: description.unwrap_or_default().to_owned(),
            enabled: enabled.unwrap_or(true),
            dry_run: dry_run.unwrap_or(false),
            matches: matches?,
            actions,
            limits: limits.unwrap_or_default(),
            on_failure: on_failure.unwrap_or(OnFailure::Continue),
            after_crash: after_crash.unwrap_or(AfterCrash::Finish),
        })
    }

    fn matches(&mut self, node: &Node) -> Match {
        let mut matches = Match::default();
        if !self.keys(node, "match", MATCH_KEYS) {
            return matches;
        }
        if node.map().is_some_and(<[_]>::is_empty) {
            self.mistake(node, MistakeKind::MatchesAll);
        }
        if let Some(rules) = node.get("rules") {
            matches.rules = self.texts(rules, "rules");
            if matches.rules.is_empty() {
                self.expected(rules, "rules", "names of rules");
            }
        }
        if let Some(tags) = node.get("tags") {
            matches.tags = self.texts(tags, "tags");
            if matches.tags.is_empty() {
                self.expected(tags, "tags", "tags of rules");
            }
        }
        if let Some(source) = node.get("source") {
            matches.source = self.scalar(source, "source").map(str::to_owned);
        }
        if let Some(priority) = node.get("priority") {
            matches.priority = priority.scalar().and_then(|word| word.parse().ok());
            if matches.priority.is_none() {
                let words = "a priority, from emergency to debug: it and worse ones match";
                self.expected(priority, "priority", words);
            }
        }
        if let Some(node) = node.get("condition")
            && let Some(text) = self.scalar(node, "condition")
        {
            match condition(text) {
                Ok(condition) => matches.condition = Some(condition),
                Err(error) => self.bad_condition(node, error),
            }
        }
        matches
    }

    fn bad_condition(&mut self, node: &Node, error: ConditionError) {
        match error {
            ConditionError::Parse { error, .. } => {
                let bytes = self.bytes_of(node, error.offset..error.offset);
                self.at(bytes, MistakeKind::Condition { why: error.to_string() });
            }
            ConditionError::Check { errors, .. } => {
                for error in errors {
                    let bytes = self.bytes_of(node, error.span.start..error.span.end);
                    let kind = match error.kind {
                        CheckErrorKind::Field(FieldError::Unknown { name, near, .. }) => {
                            MistakeKind::Field { token: name, near, in_condition: true }
                        }
                        other => MistakeKind::Condition { why: other.to_string() },
                    };
                    self.at(bytes, kind);
                }
            }
            other => self.mistake(node, MistakeKind::Condition { why: other.to_string() }),
        }
    }

    fn limits(&mut self, node: &Node) -> Limits {
        let mut limits = Limits::default();
        if !self.keys(node, "limits", LIMIT_KEYS) {
            return limits;
        }
        if let Some(per) = node.get("per") {
            for one in self.list(per, "per").unwrap_or_default() {
                limits.per.extend(self.field(one, "per"));
            }
        }
        if let Some(at_most) = node.get("at_most") {
            let rate = at_most.scalar().and_then(parse_rate);
            if rate.is_none() {
                self.expected(at_most, "at_most", "a number of alerts and a time, as in 10/1h");
            }
            limits.at_most = rate.unwrap_or(limits.at_most);
        }
        if let Some(cooldown) = node.get("cooldown") {
            limits.cooldown = self.duration(cooldown, "cooldown").unwrap_or_default();
        }
        limits
    }

    /// A field of alerts.
    fn field(&mut self, node: &Node, what: &str) -> Option<AlertField> {
        let name = self.scalar(node, what)?;
        let name = name.strip_prefix('%').unwrap_or(name);
        match alert_field(name) {
            Ok(field) => Some(field),
            Err(error) => {
                let (token, near) = (name.to_owned(), near(&error));
                self.mistake(node, MistakeKind::Field { token, near, in_condition: false });
                None
            }
        }
    }

    fn actions(&mut self, node: &Node) -> Vec<Action> {
        let list = match &node.body {
            Body::List(list) if !list.is_empty() => list.as_slice(),
            _ => {
                self.expected(node, "actions", "a list of actions, as in `- kill: {what: tree}`");
                return Vec::new();
            }
        };
        list.iter().filter_map(|one| self.action(one)).collect()
    }

    /// `- kill: {what: tree}`, or `- kill` for its defaults.
    fn action(&mut self, node: &Node) -> Option<Action> {
        let (name, parameters) = match &node.body {
            Body::Scalar(_) => (node, None),
            Body::Map(pairs) if let [(name, parameters)] = pairs.as_slice() => {
                (name, Some(parameters))
            }
            _ => {
                self.expected(node, "an action", "its name, or its name with parameters");
                return None;
            }
        };
        let parameters = parameters.filter(|node| !matches!(node.body, Body::Null));
        action::read(self, name, parameters)
    }
}

fn parse_rate(text: &str) -> Option<(u32, Duration)> {
    let (number, window) = text.split_once('/')?;
    let rate: (u32, Duration) = (number.trim().parse().ok()?, parse_duration(window.trim())?);
    (rate.0 > 0 && !rate.1.is_zero()).then_some(rate)
}
