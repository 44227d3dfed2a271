//! The documents of a file: conditions and correlations as they are written, before references are resolved.
//!
//! Read with our own reader of YAML: crates for Sigma give no place for a mistake, and a mistake without one
//! is of little use to whoever writes rules.

use peregrine_alert::{AlertCondition, ConditionError, condition};
use peregrine_event::Priority;
use peregrine_yaml::{Body, Node, Place};

use crate::detection::condition_of;
use crate::expression::{self, Expression};
use crate::mistake::MistakeKind;
use crate::reader::Reader;
use crate::rule::{COMPARISONS, Comparison, KINDS, Kind};

/// Levels by Sigma's words, and the priority of findings.
pub(crate) const LEVELS: [(&str, Priority); 5] = [
    ("informational", Priority::Informational),
    ("low", Priority::Notice),
    ("medium", Priority::Warning),
    ("high", Priority::Error),
    ("critical", Priority::Critical),
];

/// Keys of every document, those that say something to people among them.
const ABOUT: [&str; 18] = [
    "title",
    "name",
    "id",
    "status",
    "description",
    "author",
    "references",
    "date",
    "modified",
    "related",
    "license",
    "taxonomy",
    "tags",
    "fields",
    "falsepositives",
    "level",
    "scope",
    "generate",
];
const CORRELATION: [&str; 8] =
    ["type", "rules", "group-by", "timespan", "condition", "aliases", "generate", "field"];
const OURS: [&str; 6] = ["absent", "lateness", "quiet", "suppress", "by-host", "within"];

/// What every document says of itself.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) title: String,
    pub(crate) name: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) description: String,
    pub(crate) level: Priority,
    pub(crate) tags: Vec<String>,
    pub(crate) generate: bool,
    /// Where its title stands.
    pub(crate) place: Place,
}

/// A condition as it is written.
#[derive(Debug)]
pub(crate) struct WrittenCondition {
    pub(crate) about: About,
    pub(crate) text: String,
    pub(crate) checked: AlertCondition,
}

/// A name, and the field each rule has for it.
#[derive(Debug)]
pub(crate) struct Alias {
    pub(crate) name: String,
    pub(crate) fields: Vec<(Node, Node)>,
}

/// A document.
#[derive(Debug)]
pub(crate) enum Document {
    Condition(Box<WrittenCondition>),
    Correlation(Box<Written>),
}

impl Document {
    pub(crate) fn about(&self) -> &About {
        match self {
            Self::Condition(written) => &written.about,
            Self::Correlation(written) => &written.about,
        }
    }
}

/// A correlation as it is written.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) about: About,
    pub(crate) kind: Kind,
    pub(crate) steps: Vec<WrittenStep>,
    pub(crate) group_by: Vec<(Node, String)>,
    pub(crate) aliases: Vec<Alias>,
    pub(crate) timespan: i64,
    pub(crate) fields: Vec<(Node, String)>,
    pub(crate) range: Vec<(Comparison, f64)>,
    /// Where the condition stands.
    pub(crate) condition: Node,
    pub(crate) expression: Option<Expression>,
    pub(crate) absent: Option<(Vec<WrittenStep>, i64)>,
    pub(crate) lateness: Option<i64>,
    pub(crate) quiet: Option<i64>,
    pub(crate) suppress: Option<i64>,
    pub(crate) by_host: bool,
    pub(crate) within: Vec<(Node, i64)>,
}

/// What a correlation looks for, as it is written.
#[derive(Debug)]
pub(crate) struct WrittenStep {
    pub(crate) node: Node,
    pub(crate) label: String,
    pub(crate) what: WrittenWhat,
}

#[derive(Debug)]
pub(crate) enum WrittenWhat {
    /// A correlation or condition of the files, else a rule.
    Named(String),
    Rule(String),
    Tag(String),
    Condition(String, AlertCondition),
}

/// The documents of a text.
pub(crate) fn documents(reader: &mut Reader<'_>) -> Vec<Document> {
    let nodes = match peregrine_yaml::parse(reader.text) {
        Ok(nodes) => nodes,
        Err(error) => {
            reader.at(error.place, 1, MistakeKind::Yaml(error.kind.to_string()));
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for node in nodes.iter().filter(|node| !matches!(node.body, Body::Null)) {
        found.extend(document(reader, node));
    }
    found
}

fn document(reader: &mut Reader<'_>, node: &Node) -> Option<Document> {
    let mut known = ABOUT.to_vec();
    let has = |key: &str| node.get(key).is_some();
    match (has("correlation"), has("detection"), has("when")) {
        (true, ..) => known.extend(["correlation", "peregrine"]),
        (_, true, _) => known.extend(["detection", "logsource"]),
        (.., true) => known.push("when"),
        _ => {
            known.extend(["correlation", "peregrine", "detection", "logsource", "when"]);
            reader.pairs(node, "a document", &known);
            if node.map().is_some() {
                reader.wrong(node, MistakeKind::NoContent);
            }
            return None;
        }
    }
    let before = reader.mistakes.len();
    reader.pairs(node, "a document", &known);
    let about = about(reader, node);
    let done = if let Some(inner) = node.get("correlation") {
        correlation(reader, node, inner, about?)
            .map(|written| Document::Correlation(written.into()))
    } else if let Some(detection) = node.get("detection") {
        let text = condition_of(reader, detection)?;
        let checked = checked(reader, detection, &text)?;
        Some(condition_document(about?, text, checked))
    } else {
        let when = node.get("when")?;
        let text = reader.text(when, "when")?.to_owned();
        let checked = checked(reader, when, &text)?;
        Some(condition_document(about?, text, checked))
    };
    done.filter(|_| reader.mistakes.len() == before)
}

fn condition_document(about: About, text: String, checked: AlertCondition) -> Document {
    Document::Condition(Box::new(WrittenCondition { about, text, checked }))
}

/// A condition, each mistake in it at its place in the file.
fn checked(reader: &mut Reader<'_>, node: &Node, text: &str) -> Option<AlertCondition> {
    match condition(text) {
        Ok(checked) => Some(checked),
        Err(error) => {
            condition_mistakes(reader, node, &error);
            None
        }
    }
}

pub(crate) fn condition_mistakes(reader: &mut Reader<'_>, node: &Node, error: &ConditionError) {
    match error {
        ConditionError::Parse { error, .. } => {
            reader.inside(node, error.offset, 1, MistakeKind::Condition(error.to_string()));
        }
        ConditionError::Check { errors, .. } => {
            for error in errors {
                let kind = MistakeKind::Condition(error.to_string());
                reader.inside(
                    node,
                    error.span.start,
                    error.span.end.saturating_sub(error.span.start),
                    kind,
                );
            }
        }
        other => reader.wrong(node, MistakeKind::Condition(other.to_string())),
    }
}

fn about(reader: &mut Reader<'_>, node: &Node) -> Option<About> {
    let text = |reader: &mut Reader<'_>, key: &'static str| {
        let value = node.get(key)?;
        reader.text(value, key).map(str::to_owned)
    };
    let title = text(reader, "title");
    let name = text(reader, "name");
    let place = node.get("title").or_else(|| node.get("name")).unwrap_or(node).place;
    let Some(title) = title.or_else(|| name.clone()) else {
        if node.get("title").is_none() {
            reader.wrong(node, MistakeKind::Missing { what: "a document", key: "title" });
        }
        return None;
    };
    let tags = node.get("tags").map(|tags| reader.texts(tags, "tags")).unwrap_or_default();
    let level = node.get("level").and_then(|level| reader.word(level, "level", &LEVELS));
    let generate = node.get("generate").and_then(|node| reader.truth(node, "generate"));
    Some(About {
        title,
        name,
        id: text(reader, "id"),
        description: text(reader, "description").unwrap_or_default(),
        level: level.unwrap_or(Priority::Warning),
        tags: tags.into_iter().map(|(_, tag)| tag_of(tag)).collect(),
        generate: generate.unwrap_or(false),
        place,
    })
}

/// A tag as our rules write it: Sigma's `attack.t1003.001` and `attack.credential-access` become `T1003.001`
/// and `mitre_credential_access`.
fn tag_of(tag: &str) -> String {
    match tag.strip_prefix("attack.") {
        Some(number)
            if number.starts_with(['t', 'T']) && number.contains(|c: char| c.is_ascii_digit()) =>
        {
            number.to_ascii_uppercase()
        }
        Some(tactic) => format!("mitre_{}", tactic.replace('-', "_")),
        None => tag.to_owned(),
    }
}

fn correlation(
    reader: &mut Reader<'_>,
    node: &Node,
    inner: &Node,
    mut about: About,
) -> Option<Written> {
    reader.pairs(inner, "correlation", &CORRELATION);
    inner.map()?;
    let required = |reader: &mut Reader<'_>, key: &'static str| {
        let found = inner.get(key);
        if found.is_none() {
            reader.wrong(inner, MistakeKind::Missing { what: "correlation", key });
        }
        found
    };
    let kind = required(reader, "type").and_then(|node| reader.word(node, "type", &KINDS));
    let rules = required(reader, "rules").map(|node| steps(reader, node, "rules"));
    let timespan = required(reader, "timespan").and_then(|node| reader.duration(node, "timespan"));
    let group_by = inner.get("group-by").map(|node| reader.texts(node, "group-by"));
    if let Some(generate) = inner.get("generate").and_then(|node| reader.truth(node, "generate")) {
        about.generate = generate;
    }
    let kind = kind?;
    let mut written = Written {
        kind,
        steps: rules?,
        group_by: owned(group_by.unwrap_or_default()),
        aliases: aliases(reader, inner.get("aliases")),
        timespan: timespan?,
        fields: Vec::new(),
        range: Vec::new(),
        condition: inner.get("condition").unwrap_or(inner).clone(),
        expression: None,
        absent: None,
        lateness: None,
        quiet: None,
        suppress: None,
        by_host: false,
        within: Vec::new(),
        about,
    };
    match inner.get("condition") {
        Some(condition) => read_condition(reader, condition, &mut written),
        None if !kind.is_temporal() => {
            reader.wrong(inner, MistakeKind::Missing { what: "correlation", key: "condition" });
        }
        None => {}
    }
    // Early versions of Sigma had it beside the condition.
    if let Some(field) = inner.get("field") {
        written.fields.extend(owned(reader.texts(field, "field")));
    }
    if let Some(ours) = node.get("peregrine") {
        read_ours(reader, ours, &mut written);
    }
    Some(written)
}

fn owned(texts: Vec<(&Node, &str)>) -> Vec<(Node, String)> {
    texts.into_iter().map(|(node, text)| (node.clone(), text.to_owned())).collect()
}

fn aliases(reader: &mut Reader<'_>, node: Option<&Node>) -> Vec<Alias> {
    let Some(node) = node else { return Vec::new() };
    reader.twice(node);
    let Some(pairs) = node.map() else {
        reader.form(node, "aliases", "a map of names, each a map of rules and fields");
        return Vec::new();
    };
    let mut found = Vec::new();
    for (alias, of_rules) in pairs {
        reader.twice(of_rules);
        match (reader.text(alias, "an alias").map(str::to_owned), of_rules.map()) {
            (Some(name), Some(pairs)) => found.push(Alias { name, fields: pairs.to_vec() }),
            (_, None) => reader.form(of_rules, "an alias", "a map: `rule: field`"),
            _ => {}
        }
    }
    found
}

fn read_condition(reader: &mut Reader<'_>, node: &Node, written: &mut Written) {
    if let (Some(text), true) = (node.scalar(), written.kind.is_temporal()) {
        match expression::parse(text) {
            Ok(expression) => written.expression = Some(expression),
            Err((why, at)) => reader.inside(node, at, 1, MistakeKind::Condition(why)),
        }
        return;
    }
    let mut known = COMPARISONS.map(|(word, _)| word).to_vec();
    known.extend(["field", "percentile"]);
    for (key, value) in reader.pairs(node, "condition", &known) {
        let name = key.scalar().unwrap_or_default();
        match name {
            "field" => written.fields = owned(reader.texts(value, "field")),
            "percentile" => {
                let percent = reader.number(value, "percentile");
                if percent.is_some_and(|percent| !(0.0..=100.0).contains(&percent)) {
                    reader.form(value, "percentile", "a number from 0 to 100");
                }
                match (&mut written.kind, percent) {
                    (Kind::Percentile(rank), Some(percent)) => *rank = percent,
                    (kind, _) => {
                        let this = kind.word();
                        let types = "value_percentile";
                        reader
                            .wrong(key, MistakeKind::NotOfType { key: "percentile", types, this });
                    }
                }
            }
            _ => {
                let comparison = COMPARISONS.iter().find(|(word, _)| *word == name);
                if let (Some((word, comparison)), Some(number)) =
                    (comparison, reader.number(value, name))
                {
                    let _ = word;
                    written.range.push((*comparison, number));
                }
            }
        }
    }
    if written.range.is_empty() && node.map().is_some() {
        let key = "gte` or another comparison of `lt, lte, gt, eq, neq";
        reader.wrong(node, MistakeKind::Missing { what: "condition", key });
    }
}

fn read_ours(reader: &mut Reader<'_>, node: &Node, written: &mut Written) {
    for (key, value) in reader.pairs(node, "peregrine", &OURS) {
        match key.scalar().unwrap_or_default() {
            "absent" => {
                reader.pairs(value, "absent", &["rules", "within"]);
                let rules = value.get("rules").map(|rules| steps(reader, rules, "rules"));
                let within = value.get("within").and_then(|node| reader.duration(node, "within"));
                for key in ["rules", "within"] {
                    if value.get(key).is_none() && value.map().is_some() {
                        reader.wrong(value, MistakeKind::Missing { what: "absent", key });
                    }
                }
                written.absent = rules.zip(within);
            }
            "lateness" => written.lateness = reader.duration(value, "lateness"),
            "quiet" => {
                written.quiet = reader.duration(value, "quiet");
                if written.quiet.is_some_and(|quiet| quiet < written.timespan) {
                    let kind = MistakeKind::Shorter { longer: "quiet", shorter: "timespan" };
                    reader.wrong(value, kind);
                }
            }
            "suppress" => written.suppress = reader.duration(value, "suppress"),
            "by-host" => written.by_host = reader.truth(value, "by-host").unwrap_or(false),
            "within" => {
                if written.kind != Kind::TemporalOrdered {
                    let this = written.kind.word();
                    let types = "temporal_ordered";
                    reader.wrong(key, MistakeKind::NotOfType { key: "within", types, this });
                }
                reader.twice(value);
                let Some(pairs) = value.map() else {
                    reader.form(value, "within", "a map: `rule: length of time`");
                    continue;
                };
                for (step, length) in pairs {
                    let length = reader.duration(length, "within");
                    written.within.extend(length.map(|length| (step.clone(), length)));
                }
            }
            _ => {}
        }
    }
}

/// What a list of rules names.
fn steps(reader: &mut Reader<'_>, node: &Node, what: &str) -> Vec<WrittenStep> {
    let single = std::slice::from_ref(node);
    let list = match &node.body {
        Body::List(list) => list.as_slice(),
        Body::Scalar(_) | Body::Map(_) => single,
        Body::Null => &[],
    };
    if list.is_empty() {
        reader.form(node, what, "a list of rules");
    }
    let mut found: Vec<WrittenStep> = Vec::new();
    for one in list {
        let Some(step) = step(reader, one) else { continue };
        if found.iter().any(|other| other.label == step.label) {
            reader.wrong(one, MistakeKind::Twice(step.label));
        } else {
            found.push(step);
        }
    }
    found
}

fn step(reader: &mut Reader<'_>, node: &Node) -> Option<WrittenStep> {
    if node.map().is_none() {
        let text = reader.text(node, "a rule")?.to_owned();
        return Some(WrittenStep {
            node: node.clone(),
            label: text.clone(),
            what: WrittenWhat::Named(text),
        });
    }
    reader.pairs(node, "a rule", &["rule", "tag", "when", "name"]);
    let label = node.get("name").and_then(|name| reader.text(name, "name")).map(str::to_owned);
    let (key, what) = if let Some(rule) = node.get("rule") {
        let text = reader.text(rule, "rule")?.to_owned();
        (text.clone(), WrittenWhat::Rule(text))
    } else if let Some(tag) = node.get("tag") {
        let text = reader.text(tag, "tag")?.to_owned();
        (text.clone(), WrittenWhat::Tag(tag_of(&text)))
    } else if let Some(when) = node.get("when") {
        let text = reader.text(when, "when")?.to_owned();
        let checked = checked(reader, when, &text)?;
        (text.clone(), WrittenWhat::Condition(text, checked))
    } else {
        reader.wrong(node, MistakeKind::Missing { what: "a rule", key: "rule`, `tag` or `when" });
        return None;
    };
    Some(WrittenStep { node: node.clone(), label: label.unwrap_or(key), what })
}
