//! Sigma's `detection` as a condition in our language.

use peregrine_alert::{AlertField, ConditionError, alert_field};
use peregrine_filter::TypeGroup;
use peregrine_yaml::{Body, Node};

use crate::expression::{self, Expression, fits};
use crate::mistake::MistakeKind;
use crate::reader::Reader;

/// Sigma's names of fields, and ours.
const NAMES: [(&str, &str); 24] = [
    ("CommandLine", "proc.cmdline"),
    ("ComputerName", "hostname"),
    ("Computer", "hostname"),
    ("CurrentDirectory", "proc.cwd"),
    ("DestinationIp", "fd.sip"),
    ("DestinationPort", "fd.sport"),
    ("Hostname", "hostname"),
    ("Image", "proc.exepath"),
    ("LogonId", "proc.sid"),
    ("ParentCommandLine", "proc.pcmdline"),
    ("ParentImage", "proc.pexepath"),
    ("ParentProcessId", "proc.ppid"),
    ("ProcessId", "proc.pid"),
    ("SourceIp", "fd.cip"),
    ("SourcePort", "fd.cport"),
    ("TargetFilename", "fd.name"),
    ("TargetUserName", "user.name"),
    ("User", "user.name"),
    ("UserName", "user.name"),
    ("dst_ip", "fd.sip"),
    ("dst_port", "fd.sport"),
    ("src_ip", "fd.cip"),
    ("src_port", "fd.cport"),
    ("name", "fd.name"),
];

/// The name that conditions use for a field of a file: Sigma's names are translated, and what has no
/// class is a value of that name.
pub(crate) fn field_name(written: &str) -> String {
    if let Some((_, ours)) = NAMES.iter().find(|(sigma, _)| *sigma == written) {
        return (*ours).to_owned();
    }
    let is_ours = written.contains(['.', '['])
        || ["rule", "priority", "source", "tags", "hostname", "time", "output"].contains(&written);
    if is_ours { written.to_owned() } else { format!("field[{written}]") }
}

/// A field of alerts by a name of a file.
///
/// # Errors
/// Where there is none.
pub(crate) fn field(written: &str) -> Result<AlertField, ConditionError> {
    alert_field(&field_name(written))
}

/// A text as conditions write it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' | '"' => out.extend(['\\', letter]),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A text that a pattern takes for itself.
fn literal(text: &str) -> String {
    text.chars().flat_map(|c| "*?[\\".contains(c).then_some('\\').into_iter().chain([c])).collect()
}

/// How the letters of a value are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    Whole,
    Contains,
    StartsWith,
    EndsWith,
    Regex,
    Cidr,
    Exists,
    Number(&'static str),
}

/// The modifiers that are known.
const MODIFIERS: [(&str, Compare); 10] = [
    ("contains", Compare::Contains),
    ("startswith", Compare::StartsWith),
    ("endswith", Compare::EndsWith),
    ("re", Compare::Regex),
    ("cidr", Compare::Cidr),
    ("exists", Compare::Exists),
    ("lt", Compare::Number("<")),
    ("lte", Compare::Number("<=")),
    ("gt", Compare::Number(">")),
    ("gte", Compare::Number(">=")),
];

/// The text of a condition for a `detection`; none where mistakes were noted.
pub(crate) fn condition_of(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let before = reader.mistakes.len();
    let Some(pairs) = node.map() else {
        reader.form(node, "detection", "a map of selections and a condition");
        return None;
    };
    reader.twice(node);
    let mut selections: Vec<(&str, String)> = Vec::new();
    for (key, value) in pairs {
        match key.scalar() {
            Some("condition" | "timeframe") | None => {}
            Some(name) => selections.push((name, selection(reader, value))),
        }
    }
    let Some(condition) = node.get("condition") else {
        reader.wrong(node, MistakeKind::Missing { what: "detection", key: "condition" });
        return None;
    };
    let parts: Vec<String> = reader
        .texts(condition, "condition")
        .into_iter()
        .filter_map(|(node, text)| match expression::parse(text) {
            Ok(expression) => written(reader, node, &expression, &selections),
            Err((why, at)) => {
                reader.inside(node, at, 1, MistakeKind::Condition(why));
                None
            }
        })
        .collect();
    (reader.mistakes.len() == before && !parts.is_empty()).then(|| parts.join(" or "))
}

fn joined(parts: &[String], word: &str) -> String {
    match parts {
        [only] => only.clone(),
        many => format!("({})", many.join(word)),
    }
}

/// An expression with the conditions of its selections in the place of their names.
fn written(
    reader: &mut Reader<'_>,
    node: &Node,
    expression: &Expression,
    selections: &[(&str, String)],
) -> Option<String> {
    let missing = |reader: &mut Reader<'_>, name: &str, at: usize| {
        let steps = selections.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>();
        let nearest =
            peregrine_event::names::nearest(name, selections.iter().map(|(name, _)| *name));
        let kind = MistakeKind::UnknownStep {
            name: name.to_owned(),
            nearest: nearest.map(str::to_owned),
            steps,
        };
        reader.inside(node, at, name.chars().count(), kind);
        None
    };
    let many = |reader: &mut Reader<'_>, parts: &[Expression], word: &str| {
        let parts: Option<Vec<String>> =
            parts.iter().map(|part| written(reader, node, part, selections)).collect();
        parts.map(|parts| joined(&parts, word))
    };
    match expression {
        Expression::Name(name, at) => match selections.iter().find(|(known, _)| known == name) {
            Some((_, text)) => Some(text.clone()),
            None => missing(reader, name, *at),
        },
        Expression::Of { all, pattern, at } => {
            let fitting: Vec<String> = selections
                .iter()
                .filter(|(name, _)| fits(pattern, name))
                .map(|(_, text)| text.clone())
                .collect();
            if fitting.is_empty() {
                return missing(reader, pattern, *at);
            }
            Some(joined(&fitting, if *all { " and " } else { " or " }))
        }
        Expression::And(parts) => many(reader, parts, " and "),
        Expression::Or(parts) => many(reader, parts, " or "),
        Expression::Not(inner) => {
            Some(format!("not ({})", written(reader, node, inner, selections)?))
        }
    }
}

/// A selection: all pairs of a map, any map or keyword of a list.
fn selection(reader: &mut Reader<'_>, node: &Node) -> String {
    match &node.body {
        Body::Map(pairs) => {
            let parts: Vec<String> =
                pairs.iter().map(|(key, value)| item(reader, key, value)).collect();
            joined(&parts, " and ")
        }
        Body::List(list) if !list.is_empty() => {
            let parts: Vec<String> = list.iter().map(|one| selection(reader, one)).collect();
            joined(&parts, " or ")
        }
        Body::Scalar(keyword) => format!("output icontains {}", quoted(keyword)),
        _ => {
            reader.form(node, "a selection", "a map of fields and values, or a list");
            String::new()
        }
    }
}

/// One field with its values.
fn item(reader: &mut Reader<'_>, key: &Node, value: &Node) -> String {
    let Some(text) = key.scalar() else {
        reader.form(key, "a field", "a word");
        return String::new();
    };
    let mut parts = text.split('|');
    let name = parts.next().unwrap_or_default();
    let (mut compare, mut all, mut cased) = (Compare::Whole, false, false);
    for modifier in parts {
        match MODIFIERS.iter().find(|(known, _)| *known == modifier) {
            Some((_, found)) => compare = *found,
            None if modifier == "all" => all = true,
            None if modifier == "cased" => cased = true,
            None => {
                let mut known = MODIFIERS.map(|(known, _)| known).to_vec();
                known.extend(["all", "cased"]);
                let nearest = peregrine_event::names::nearest(modifier, known.iter().copied());
                let nearest = nearest.map(str::to_owned);
                let word = modifier.to_owned();
                reader.wrong(key, MistakeKind::Word { what: "a modifier", word, nearest, known });
            }
        }
    }
    let text = field_name(name);
    let group = match alert_field(&text) {
        Ok(AlertField::Value { ty, .. }) => ty.group(),
        Ok(_) => TypeGroup::Text,
        Err(_) => {
            reader.wrong(key, MistakeKind::Condition(format!("there is no field `{name}`")));
            return String::new();
        }
    };
    let values: Vec<&Node> = match &value.body {
        Body::List(list) => list.iter().collect(),
        _ => vec![value],
    };
    let mut parts = Vec::new();
    for value in values {
        match &value.body {
            Body::Null => parts.push(format!("not {text} exists")),
            Body::Scalar(written) => {
                if compare == Compare::Cidr && octets(written).is_none() {
                    let expected =
                        "a network of IPv4 whose prefix is 8, 16, 24 or 32 bits: 10.0.0.0/8";
                    reader.form(value, "cidr", expected);
                }
                parts.push(comparison(&text, group, compare, cased, written));
            }
            _ => reader.form(value, "a value", "a text or a number"),
        }
    }
    joined(&parts, if all { " and " } else { " or " })
}

fn comparison(field: &str, group: TypeGroup, compare: Compare, cased: bool, value: &str) -> String {
    let equal = || format!("{field} = {}", quoted(value));
    match compare {
        Compare::Number(operator) => format!("{field} {operator} {value}"),
        Compare::Cidr => {
            // As texts: an address has as many parts as its network says.
            let field = if field.starts_with("field[") {
                field.to_owned()
            } else {
                format!("field[{field}]")
            };
            match octets(value) {
                Some((prefix, true)) => format!("{field} = {}", quoted(&prefix)),
                Some((prefix, false)) => format!("{field} startswith {}", quoted(&prefix)),
                None => String::new(),
            }
        }
        Compare::Exists if value == "false" => format!("not {field} exists"),
        Compare::Exists => format!("{field} exists"),
        // Sigma's finds a place anywhere, ours takes the whole text.
        Compare::Regex => format!("{field} regex {}", quoted(&format!("(?s).*(?:{value}).*"))),
        Compare::Whole if group != TypeGroup::Text => equal(),
        Compare::Whole if value.is_empty() => equal(),
        _ => {
            let text: String = pattern(value);
            let plain = text == literal(value);
            match (compare, cased, plain) {
                (Compare::Whole, true, true) => equal(),
                (Compare::Contains, false, true) => format!("{field} icontains {}", quoted(value)),
                (Compare::Contains, true, true) => format!("{field} contains {}", quoted(value)),
                (Compare::StartsWith, true, true) => {
                    format!("{field} startswith {}", quoted(value))
                }
                (Compare::EndsWith, true, true) => format!("{field} endswith {}", quoted(value)),
                (compare, cased, _) => {
                    let before = matches!(compare, Compare::Contains | Compare::EndsWith);
                    let behind = matches!(compare, Compare::Contains | Compare::StartsWith);
                    let star = |is: bool| if is { "*" } else { "" };
                    let glob = if cased { "glob" } else { "iglob" };
                    let text = format!("{}{text}{}", star(before), star(behind));
                    format!("{field} {glob} {}", quoted(&text))
                }
            }
        }
    }
}

/// What the addresses of a network begin with, and whether that is all of them.
fn octets(network: &str) -> Option<(String, bool)> {
    let (address, bits) = network.split_once('/')?;
    let address: std::net::Ipv4Addr = address.parse().ok()?;
    let count = match bits {
        "8" => 1,
        "16" => 2,
        "24" => 3,
        "32" => return Some((address.to_string(), true)),
        _ => return None,
    };
    let mut parts: Vec<String> =
        address.octets().iter().take(count).map(ToString::to_string).collect();
    parts.push(String::new());
    Some((parts.join("."), false))
}

/// A value of Sigma's, `*` and `?` its wildcards and `\` before one no wildcard, as a pattern of ours.
fn pattern(value: &str) -> String {
    let mut out = String::new();
    let mut letters = value.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next_if(|next| "*?\\".contains(*next)) {
                Some(escaped) => out.extend(['\\', escaped]),
                None => out.push_str("\\\\"),
            },
            '[' => out.push_str("\\["),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use peregrine_alert::condition;

    use super::*;

    #[test]
    fn detections_are_conditions() {
        let check = |yaml: &str, expected: &str| {
            let documents = peregrine_yaml::parse(yaml).unwrap();
            let mut reader = Reader::new("f.yml", yaml);
            let text = condition_of(&mut reader, &documents[0]);
            assert_eq!(reader.mistakes, [], "{yaml}");
            let text = text.unwrap();
            assert_eq!(text, expected, "{yaml}");
            condition(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        };
        check(
            "selection: {EventID: [529, 4625]}\ncondition: selection",
            r#"(field[EventID] iglob "529" or field[EventID] iglob "4625")"#,
        );
        check(
            "a: {Image|endswith: /nmap, CommandLine|contains|all: [-sS, x]}\nb: {User: root}\ncondition: a and not b",
            r#"((proc.exepath iglob "*/nmap" and (proc.cmdline icontains "-sS" and proc.cmdline icontains "x")) and not (user.name iglob "root"))"#,
        );
        check(
            "sel_1: {DestinationPort: 22, fd.sip|cidr: 10.0.0.0/8}\nsel_2: [one, two]\ncondition: 1 of sel_*",
            r#"((fd.sport = "22" and field[fd.sip] startswith "10.") or (output icontains "one" or output icontains "two"))"#,
        );
        check(
            "s: {proc.name|cased: 'a*[b', proc.pid|gte: 5, x.y: null, z|exists: true}\ncondition: all of them",
            r#"(proc.name glob "a*\\[b" and proc.pid >= 5 and not x.y exists and field[z] exists)"#,
        );
        check(
            "s: {CommandLine|re: 'a\\.b'}\ncondition: s",
            r#"proc.cmdline regex "(?s).*(?:a\\.b).*""#,
        );
    }

    #[test]
    fn mistakes_have_places() {
        let check = |yaml: &str, line: usize, column: usize, part: &str| {
            let documents = peregrine_yaml::parse(yaml).unwrap();
            let mut reader = Reader::new("f.yml", yaml);
            assert_eq!(condition_of(&mut reader, &documents[0]), None);
            let found = &reader.mistakes[0];
            assert_eq!((found.place.line, found.place.column), (line, column), "{found}");
            assert!(found.message().contains(part), "{found}");
        };
        check("a: {User: x}\ncondition: a and b", 2, 18, "`b`");
        check("a: {User|contain: x}\ncondition: a", 1, 5, "did you mean `contains`");
        check("a: {proc.nmae: x}\ncondition: a", 1, 5, "no field");
        check("a: {User: x}\n", 1, 1, "needs `condition`");
        check("a: {User: x}\ncondition: a or", 2, 16, "must follow");
        check("a: 5\ncondition: 1 of b*", 2, 17, "b*");
        check("a: {fd.sip|cidr: 10.0.0.0/12}\ncondition: a", 1, 18, "8, 16, 24 or 32");
    }
}
