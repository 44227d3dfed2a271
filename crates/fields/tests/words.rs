//! The words of `peregrine fields` and `peregrine events`: none is missing, and every example is one.

use peregrine_event::{EventInfo, EventType};
use peregrine_fields::{ArgRule, Catalogue, FieldInfo};
use peregrine_filter::{DEFAULT_DEPTH, Template, check, parse};

/// What keeps a text from being a condition.
fn fault(condition: &str) -> Option<String> {
    match parse(condition, DEFAULT_DEPTH) {
        Err(error) => Some(format!("{error:?}")),
        Ok(tree) => check(&tree, &Catalogue::default()).err().map(|errors| format!("{errors:?}")),
    }
}

/// What is wrong with a sentence, or with the release that has what it describes.
fn wording(about: &str, since: &str) -> Option<&'static str> {
    let release = since.strip_prefix("Falco ").or_else(|| since.strip_prefix("Peregrine "));
    let number = release.map(|release| release.strip_prefix("<=").unwrap_or(release));
    let numbered = number
        .and_then(|number| number.split_once('.'))
        .is_some_and(|(major, minor)| major.parse::<u8>().is_ok() && minor.parse::<u8>().is_ok());
    match about {
        "" => Some("no sentence"),
        _ if !about.ends_with('.') && !about.ends_with(')') => Some("no end of the sentence"),
        _ if !about.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || c == '`') => {
            Some("no beginning of a sentence")
        }
        _ if about.len() > 330 => Some("too long to read in a list"),
        _ if !numbered => Some("no release"),
        _ => None,
    }
}

/// The condition that compares a field with a value.
fn comparison(info: &FieldInfo, example: &str) -> String {
    let argument = match info.argument {
        "" => String::new(),
        argument => format!("[{argument}]"),
    };
    let example = example.replace('\\', "\\\\").replace('"', "\\\"");
    if info.is_list {
        return format!("{}{argument} in (\"{example}\")", info.name);
    }
    format!("{}{argument} = \"{example}\"", info.name)
}

#[test]
fn every_field_has_a_sentence_and_an_example_of_its_type() {
    let catalogue = Catalogue::default();
    let mut faults = Vec::new();
    for info in peregrine_fields::all() {
        let FieldInfo { name, about, argument, example, since, .. } = info;
        faults.extend(wording(about, since).map(|fault| format!("{name}: {fault}")));
        if argument.is_empty() != (info.arg == ArgRule::None) || example.is_empty() {
            faults.push(format!("{name}: argument {argument:?}, example {example:?}"));
        }
        if info.print_only {
            let output = format!("%{name}");
            faults.extend(
                Template::parse(&output, &catalogue).err().map(|e| format!("{output}: {e:?}")),
            );
            continue;
        }
        let condition = comparison(info, example);
        faults.extend(fault(&condition).map(|fault| format!("{condition}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_example_of_another_type_is_none() {
    for (name, example) in [
        ("proc.pid", "bash"),
        ("fd.cip", "10.0.0"),
        ("fd.net", "10.0.0.7/99"),
        ("fd.sport", "httpz"),
        ("evt.failed", "perhaps"),
    ] {
        let info = peregrine_fields::all().iter().find(|info| info.name == name).unwrap();
        let condition = comparison(info, example);
        assert!(fault(&condition).is_some(), "{condition}");
    }
}

#[test]
fn every_event_has_a_sentence_and_a_condition_that_asks_for_it() {
    let catalogue = Catalogue::default();
    let mut faults = Vec::new();
    for info in EventType::all().filter_map(EventType::info) {
        let name = info.name;
        let Some(words) = info.words() else {
            assert_eq!(name, "NA", "no words for {}", info.code);
            continue;
        };
        faults.extend(wording(words.about, words.since).map(|fault| format!("{name}: {fault}")));
        let example = words.example;
        if let Some(fault) = fault(example) {
            faults.push(format!("{example}: {fault}"));
            continue;
        }
        let tree = parse(example, DEFAULT_DEPTH).unwrap();
        let asked = check(&tree, &catalogue).unwrap().kinds;
        if !asked.contains(info.id) {
            faults.push(format!("{example} asks for no {}", info.code));
        }
        for part in example.split(' ').filter_map(|word| word.strip_prefix("evt.arg.")) {
            let has = |other: &EventInfo| other.name == name && other.index_of(part).is_some();
            if !EventType::all().filter_map(EventType::info).any(has) {
                faults.push(format!("{example}: {name} has no parameter {part}"));
            }
        }
    }
    faults.dedup();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
