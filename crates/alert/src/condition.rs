//! Conditions over alerts: the language of rules, with an alert's own fields and the values it carries.
//!
//! `rule`, `priority`, `source`, `tags`, `hostname`, `time` and `output` are the alert's; a field of events
//! (`proc.name`, `fd.name`) is the value the alert has of it; `field[NAME]` is any value by its name.
//! Of priorities the worse one is the greater: `priority >= warning`.

use std::fmt;

use jiff::Timestamp;
use peregrine_event::Priority;
use peregrine_fields::Catalogue;
use peregrine_filter::error::{FieldError, UnknownEventType};
use peregrine_filter::{
    CheckError, Checked, FieldDef, Getter, KindSet, Node, ParseError, Scheme, Source, Together,
    Type, TypeGroup, Value, check, parse_with,
};
use serde_json::Value as Json;

use crate::alert::Alert;

/// How deep a condition may nest.
const DEPTH: usize = 1000;

/// A field of alerts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AlertField {
    /// The rule.
    Rule,
    /// How bad it is.
    Priority,
    /// The source of the event.
    Source,
    /// The rule's tags: one of them must pass.
    Tags,
    /// The host.
    Hostname,
    /// When the event happened.
    Time,
    /// The output with its values.
    Output,
    /// A value the alert carries.
    Value {
        /// Its name.
        name: String,
        /// How it is compared.
        ty: Type,
        /// Whether it is a list.
        is_list: bool,
    },
}

/// The alert's own fields by name.
const OWN: [(&str, AlertField); 7] = [
    ("rule", AlertField::Rule),
    ("priority", AlertField::Priority),
    ("source", AlertField::Source),
    ("tags", AlertField::Tags),
    ("hostname", AlertField::Hostname),
    ("time", AlertField::Time),
    ("output", AlertField::Output),
];
/// Begins the names of figures of the whole fleet: numbers.
const FLEET: &str = "fleet.";
/// Takes the name of a value in brackets.
const ANY: &str = "field";

impl fmt::Display for AlertField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Value { name, .. } = self {
            return f.write_str(name);
        }
        let own = OWN.iter().find(|(_, field)| field == self);
        f.write_str(own.map_or(ANY, |(name, _)| name))
    }
}

/// The fields of alerts.
#[derive(Debug, Clone, Copy, Default)]
pub struct AlertScheme;

impl AlertScheme {
    /// Whether it is a field of events, by its class: misspelled it is no value of another source.
    fn is_of_events(name: &str) -> bool {
        let class = name.split('.').next().unwrap_or_default();
        peregrine_fields::all().iter().any(|info| info.class == class)
    }
}

impl Scheme for AlertScheme {
    type Field = AlertField;

    fn field(&self, name: &str, arg: Option<&str>) -> Result<AlertField, FieldError> {
        let text =
            |name: &str| AlertField::Value { name: name.to_owned(), ty: Type::Str, is_list: false };
        if let Some((_, field)) = OWN.iter().find(|(own, _)| *own == name) {
            return match arg {
                None => Ok(field.clone()),
                Some(_) => Err(FieldError::TakesNoArgument { name: name.to_owned() }),
            };
        }
        if name == ANY {
            return arg
                .map(text)
                .ok_or_else(|| FieldError::NeedsArgument { name: name.to_owned() });
        }
        if name.starts_with(FLEET) {
            return match arg {
                None => {
                    let (name, ty) = (name.to_owned(), Type::Uint64);
                    Ok(AlertField::Value { name, ty, is_list: false })
                }
                Some(_) => Err(FieldError::TakesNoArgument { name: name.to_owned() }),
            };
        }
        if !Self::is_of_events(name) {
            // Of another source, or one the rule's writer made up.
            return match arg {
                None => Ok(text(name)),
                Some(arg) => Ok(text(&format!("{name}[{arg}]"))),
            };
        }
        let catalogue = Catalogue::default();
        let field = catalogue.field(name, arg)?;
        let def = catalogue.def(&field);
        let ty = catalogue.field_type(&field);
        // What has no type of its own stands in the alert as text.
        let ty = if ty.group() == TypeGroup::Opaque { Type::Str } else { ty };
        Ok(AlertField::Value { name: field.to_string(), ty, is_list: def.is_list })
    }

    fn def(&self, field: &AlertField) -> FieldDef {
        let def = |name, ty, is_list| FieldDef {
            name,
            ty,
            is_list,
            filter_only: false,
            print_only: false,
            rhs: true,
            transformers: true,
        };
        match field {
            AlertField::Value { ty, is_list, .. } => def(ANY, *ty, *is_list),
            AlertField::Priority => def("priority", Type::Uint8, false),
            AlertField::Time => def("time", Type::AbsTime, false),
            own => {
                let name = OWN.iter().find(|(_, field)| field == own).map_or(ANY, |(name, _)| name);
                def(name, Type::Str, false)
            }
        }
    }

    fn kinds(&self) -> u16 {
        1
    }

    fn kinds_of(
        &self,
        _field: &AlertField,
        _value: &str,
    ) -> Option<Result<KindSet, UnknownEventType>> {
        None
    }

    fn multi_valued(&self, field: &AlertField) -> bool {
        *field == AlertField::Tags
    }

    fn number(&self, field: &AlertField, word: &str) -> Option<i128> {
        match field {
            AlertField::Priority => word.parse().ok().map(|priority| i128::from(weight(priority))),
            AlertField::Time => word.parse::<Timestamp>().ok().map(Timestamp::as_nanosecond),
            _ => None,
        }
    }
}

/// Of priorities the worse one is the greater.
fn weight(priority: Priority) -> u8 {
    u8::try_from(Priority::ALL.len()).unwrap_or(u8::MAX) - 1 - priority as u8
}

/// The value of [`AlertField::Priority`].
pub fn priority_value(priority: Priority) -> Value<'static> {
    Value::Uint(weight(priority).into())
}

impl Source<AlertField> for Alert {
    fn value(&self, field: &AlertField) -> Option<Value<'_>> {
        Some(match field {
            AlertField::Rule => Value::str(self.rule.as_bytes()),
            AlertField::Priority => priority_value(self.priority),
            AlertField::Source => Value::str(self.source.as_bytes()),
            AlertField::Tags => {
                Value::Any(self.tags.iter().map(|tag| Value::str(tag.as_bytes())).collect())
            }
            AlertField::Hostname => Value::str(self.id.host.as_bytes()),
            AlertField::Time => Value::Uint(self.time_ns),
            AlertField::Output => Value::str(self.message.as_bytes()),
            AlertField::Value { name, ty, is_list } => {
                return value_of(self.fields.get(name)?, *ty, *is_list);
            }
        })
    }

    fn each(&self, field: &AlertField, take: &mut dyn FnMut(&Value<'_>)) -> Option<Together> {
        (*field == AlertField::Tags).then(|| {
            self.tags.iter().for_each(|tag| take(&Value::str(tag.as_bytes())));
            Together::Any
        })
    }
}

/// What a value of an alert is in the type its field has.
fn value_of(json: &Json, ty: Type, is_list: bool) -> Option<Value<'_>> {
    match (json, ty.group()) {
        (Json::Null, _) => None,
        (Json::Array(list), _) => {
            Some(Value::List(list.iter().filter_map(|one| value_of(one, ty, false)).collect()))
        }
        (one, _) if is_list => Some(Value::List(vec![value_of(one, ty, false)?])),
        (Json::Bool(truth), TypeGroup::Bool) => Some(Value::Bool(*truth)),
        (Json::Number(number), TypeGroup::Number) => number
            .as_u64()
            .map(Value::Uint)
            .or_else(|| number.as_i64().map(Value::Int))
            .or_else(|| number.as_f64().map(Value::Double)),
        (Json::String(text), TypeGroup::Number) => number_of(text).map(Value::Uint),
        (Json::String(text), TypeGroup::Ip) => address_of(text),
        (Json::String(text), _) => Some(Value::str(text.as_bytes())),
        (other, _) => Some(Value::string(other.to_string())),
    }
}

/// A number as alerts write those of other bases.
fn number_of(text: &str) -> Option<u64> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok();
    }
    match text.strip_prefix('0').filter(|digits| !digits.is_empty()) {
        Some(digits) => u64::from_str_radix(digits, 8).ok(),
        None => text.parse().ok(),
    }
}

fn address_of(text: &str) -> Option<Value<'static>> {
    match text.split_once('/') {
        None => text.parse().ok().map(Value::Ip),
        Some((address, prefix)) => Some(Value::Net(address.parse().ok()?, prefix.parse().ok()?)),
    }
}

/// A text that is no condition over alerts.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ConditionError {
    /// It cannot be parsed.
    #[error("{}", marked(text, error.offset, error))]
    Parse {
        /// The text.
        text: String,
        /// What is wrong, and where.
        error: ParseError,
    },
    /// It is more than a field.
    #[error("`{text}` is no field of alerts")]
    NotAField {
        /// The text.
        text: String,
    },
    /// It names what there is not, or compares what cannot be compared.
    #[error("{}", all_marked(text, errors))]
    Check {
        /// The text.
        text: String,
        /// What is wrong, and where.
        errors: Vec<CheckError>,
    },
}

/// A message with the place in a text that it is about.
fn marked(text: &str, at: usize, error: &dyn std::error::Error) -> String {
    let column = text.get(..at).unwrap_or(text).chars().count();
    format!("column {}: {error}\n  | {text}\n  | {:column$}^", column + 1, "")
}

fn all_marked(text: &str, errors: &[CheckError]) -> String {
    let errors = errors.iter().map(|error| marked(text, error.span.start, error));
    errors.collect::<Vec<_>>().join("\n")
}

/// A condition over alerts.
pub type AlertCondition = Checked<AlertField>;

/// Reads a condition over alerts.
///
/// # Errors
/// Everything that is wrong with it, with its place.
pub fn condition(text: &str) -> Result<AlertCondition, ConditionError> {
    let mut undotted = OWN.map(|(name, _)| name).to_vec();
    undotted.push(ANY);
    let tree = parse_with(text, DEPTH, &undotted)
        .map_err(|error| ConditionError::Parse { text: text.to_owned(), error })?;
    check(&tree, &AlertScheme)
        .map_err(|errors| ConditionError::Check { text: text.to_owned(), errors })
}

/// Whether a condition is true for all alerts that have the values of `source` in the fields `is_known` names, or
/// for none of them; nothing where that depends on other fields.
pub fn decided(
    node: &Node<AlertField>,
    is_known: &impl Fn(&AlertField) -> bool,
    source: &impl Source<AlertField>,
) -> Option<bool> {
    match node {
        Node::And(parts) | Node::Or(parts) => {
            // What decides as soon as one part says so.
            let decides = matches!(node, Node::Or(_));
            let mut all = Some(!decides);
            for part in parts {
                match decided(part, is_known, source) {
                    Some(truth) if truth == decides => return Some(decides),
                    Some(_) => {}
                    None => all = None,
                }
            }
            all
        }
        Node::Not(inner) => decided(inner, is_known, source).map(|truth| !truth),
        Node::Predicate(predicate) => {
            let mut known = true;
            predicate.fields(&mut |field| known &= is_known(field));
            known.then(|| predicate.holds(source))
        }
    }
}

/// A field of alerts by its name: `rule`, `proc.name`, `proc.aname[2]`, `field[NAME]`.
///
/// # Errors
/// When there is none of that name, or the text is more than a field.
pub fn alert_field(text: &str) -> Result<AlertField, ConditionError> {
    let checked = condition(&format!("{text} exists"))?;
    match &checked.root {
        Node::Predicate(predicate) => match &predicate.left {
            Getter::Field(field) => Ok(field.clone()),
            _ => Err(ConditionError::NotAField { text: text.to_owned() }),
        },
        _ => Err(ConditionError::NotAField { text: text.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use peregrine_filter::reference::holds;
    use serde_json::json;

    use super::*;
    use crate::alert::AlertId;

    fn alert() -> Alert {
        let Json::Object(fields) = json!({
            "proc.name": "cat", "proc.pid": 42, "fd.name": "/etc/shadow", "fd.sip": "10.1.2.3",
            "evt.is_open_read": true, "proc.aname[2]": "sshd", "evt.arg.mode": "0644",
            "container.id": null, "lost": 7, "ka.user.name": "admin", "evt.res": "SUCCESS",
        }) else {
            panic!()
        };
        Alert {
            id: AlertId { host: "web-1".to_owned(), sequence: 9 },
            time_ns: 1_764_460_800_000_000_000,
            utc_offset: 0,
            rule: "Read sensitive file".to_owned(),
            priority: Priority::Warning,
            source: "syscall".to_owned(),
            tags: vec!["filesystem".to_owned(), "T1555".to_owned()],
            message: "a file was opened 日本".to_owned(),
            fields,
        }
    }

    #[test]
    fn conditions_are_about_alerts() {
        let check = |text: &str, expected: bool| {
            let checked = condition(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(holds(&checked.root, &alert()), expected, "{text}");
        };
        check("rule = \"Read sensitive file\"", true);
        check("rule startswith Read and source = syscall", true);
        check("rule in (\"Shell in a container\", other)", false);
        check("priority = warning", true);
        check("priority = WARNING", true);
        check("priority >= warning", true);
        check("priority > warning", false);
        check("priority <= critical", true);
        check("priority in (error, critical)", false);
        check("tags = T1555", true);
        check("tags in (network, filesystem)", true);
        check("not tags in (network)", true);
        check("hostname = web-1 and output contains 日本", true);
        check("time >= \"2025-11-30T00:00:00Z\"", true);
        check("time > 1764460800000000000", false);
        check("time > 2025-11-29T23:59:59Z", true);
        check("proc.name = cat and proc.pid = 42 and proc.pid > 41", true);
        check("fd.name glob /etc/*", true);
        check("fd.name pmatch (/etc)", true);
        check("fd.sip = 10.1.2.3", true);
        check("evt.is_open_read = true", true);
        check("proc.aname[2] = sshd", true);
        check("proc.aname[3] exists", false);
        check("container.id exists", false);
        check("field[lost] = 7", true);
        check("ka.user.name = admin", true);
        check("toupper(proc.name) = CAT", true);
        check("evt.res = SUCCESS", true);
    }

    #[test]
    fn mistakes_are_named_with_their_column() {
        let check = |text: &str, part: &str| {
            let error = condition(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        };
        check("rul = x", "column 5: unexpected token after 'rul'");
        check("rule = x and proc.nmae = y", "column 14");
        check("rule = x and", "column");
        check("priority = terrible", "terrible");
        check("rule[2] = x", "does not take an argument");
        check("field = x", "needs an argument");
        check("some_macro", "some_macro");
        check(&"(".repeat(100_000), "column");
    }
}
