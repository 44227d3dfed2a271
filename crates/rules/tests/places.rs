//! Places of mistakes: a fault planted anywhere in a rule file is shown at its line and column.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use peregrine_rules::{Code, Diagnostic, Options, SourceText, load};
use proptest::prelude::*;

/// What is planted: a word that is a mistake wherever a comparison, an event or an address may stand.
/// Each is there once.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Field,
    Event,
    Address,
    Macro,
    Connective,
}

/// The word to be found.
fn word(fault: Fault) -> &'static str {
    match fault {
        Fault::Field => "proc.nosuchthing",
        Fault::Event => "nosuchcall",
        Fault::Address => "10.0.0.256",
        Fault::Macro => "no_such_macro",
        Fault::Connective => "&&",
    }
}

/// A comparison, right or with the fault.
fn comparison(number: usize, fault: Option<Fault>) -> String {
    match fault {
        Some(Fault::Field) => "proc.nosuchthing = \"it's\"".to_owned(),
        Some(Fault::Event) => "evt.type in (open, nosuchcall, close)".to_owned(),
        Some(Fault::Address) => "fd.sip in (10.0.0.1, 10.0.0.256)".to_owned(),
        Some(Fault::Macro) => "no_such_macro".to_owned(),
        Some(Fault::Connective) => "proc.name = a && proc.pid > 1".to_owned(),
        None => match number % 5 {
            0 => "proc.name in (cat, \"a b\", d)".to_owned(),
            1 => "evt.type = open".to_owned(),
            2 => "fd.name startswith /etc/\u{e9}\u{e8}".to_owned(),
            3 => "(proc.pid > 1 or proc.name = \"x\\\"y\")".to_owned(),
            _ => "not fd.num = 3".to_owned(),
        },
    }
}

/// How YAML writes a text.
#[derive(Debug, Clone, Copy)]
enum Style {
    Plain,
    Continued,
    Folded,
    FoldedKept,
    Literal,
    Single,
    Double,
    DoubleContinued,
}

const STYLES: [Style; 8] = [
    Style::Plain,
    Style::Continued,
    Style::Folded,
    Style::FoldedKept,
    Style::Literal,
    Style::Single,
    Style::Double,
    Style::DoubleContinued,
];

/// A condition as the value of a key that stands at two blanks.
fn written(parts: &[String], style: Style) -> String {
    let one = parts.join(" and ");
    let lines = |indent: &str| parts.join(&format!("\n{indent}and "));
    let double = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    match style {
        Style::Plain => one,
        Style::Continued => lines("    "),
        Style::Folded => format!(">\n    {}", lines("    ")),
        Style::FoldedKept => format!(">+  # why\n\n    {}\n\n", parts.join("\n\n      and ")),
        Style::Literal => format!("|-\n    {}", lines("      ")),
        Style::Single => format!("'{}'", one.replace('\'', "''")),
        Style::Double => format!("\"{}\"", double(&one)),
        Style::DoubleContinued => {
            format!("\"{}\"", double(&one).replace(" and ", " \\\n      and "))
        }
    }
}

/// Where the fault is planted.
#[derive(Debug, Clone, Copy)]
enum Where {
    Rule,
    Append,
    Macro,
    MacroOfMacro,
    MacroAppend,
    List,
    ListOfList,
    Exception,
}

const WHERE: [Where; 8] = [
    Where::Rule,
    Where::Append,
    Where::Macro,
    Where::MacroOfMacro,
    Where::MacroAppend,
    Where::List,
    Where::ListOfList,
    Where::Exception,
];

#[derive(Debug, Clone)]
struct Case {
    fault: Fault,
    place: Where,
    /// How each text is written, the lists too.
    styles: Vec<Style>,
    /// How many right comparisons stand before and behind the fault.
    before: usize,
    behind: usize,
    /// Whether lines end as on Windows.
    crlf: bool,
}

fn case() -> impl Strategy<Value = Case> {
    let faults = [Fault::Field, Fault::Event, Fault::Address, Fault::Macro, Fault::Connective];
    (
        proptest::sample::select(faults.to_vec()),
        proptest::sample::select(WHERE.to_vec()),
        proptest::collection::vec(proptest::sample::select(STYLES.to_vec()), 6),
        0..4_usize,
        0..3_usize,
        any::<bool>(),
    )
        .prop_map(|(fault, place, styles, before, behind, crlf)| {
            // In lists and exceptions only values can be wrong.
            let fault = match place {
                Where::List | Where::ListOfList | Where::Exception => match fault {
                    Fault::Event => Fault::Event,
                    _ => Fault::Address,
                },
                _ => fault,
            };
            Case { fault, place, styles, before, behind, crlf }
        })
}

/// The rule file of a case.
fn file(case: &Case) -> String {
    let file = format!("# rules\n{}", items(case).concat());
    if case.crlf { file.replace('\n', "\r\n") } else { file }
}

/// Its items.
fn items(case: &Case) -> Vec<String> {
    let parts = |here: bool| -> Vec<String> {
        let mut parts: Vec<String> = (0..case.before).map(|n| comparison(n, None)).collect();
        parts.push(comparison(1, here.then_some(case.fault)));
        parts.extend((0..case.behind).map(|n| comparison(n + case.before, None)));
        parts
    };
    let text = |number: usize, place: fn(Where) -> bool| {
        written(&parts(place(case.place)), case.styles[number])
    };
    let appended = |number: usize, place: fn(Where) -> bool| {
        let mut parts = parts(place(case.place));
        parts[0] = format!("and {}", parts[0]);
        written(&parts, case.styles[number])
    };
    let field = if matches!(case.fault, Fault::Event) { "evt.type" } else { "fd.sip" };
    let right = if matches!(case.fault, Fault::Event) { "open" } else { "10.0.0.1" };
    let value = |here: bool| {
        if !here {
            return right.to_owned();
        }
        match case.styles[5] {
            Style::Single => format!("'{}'", word(case.fault)),
            Style::Double => format!("\"{}\"", word(case.fault)),
            _ => word(case.fault).to_owned(),
        }
    };
    let is = |place: Where| std::mem::discriminant(&place) == std::mem::discriminant(&case.place);
    let mut items = Vec::new();
    let mut item = |text: String| items.push(text);
    item(format!("- list: inner\n  items: [{right}, {}]\n", value(is(Where::ListOfList))));
    item(format!("- list: outer\n  items:\n  - {}\n  - inner\n", value(is(Where::List))));
    item(format!("- macro: low\n  condition: {}\n", text(0, |p| matches!(p, Where::MacroOfMacro))));
    item(format!("- macro: high\n  condition: {}\n", text(1, |p| matches!(p, Where::Macro))));
    item(format!(
        "- macro: high\n  condition: {}\n  override: {{condition: append}}\n",
        appended(2, |p| matches!(p, Where::MacroAppend))
    ));
    item("- macro: all\n  condition: (low or high)\n".to_owned());
    item(format!(
        "- rule: r\n  desc: d\n  condition: {}\n  output: o\n  priority: INFO\n  warn_evttypes: false\n  exceptions:\n  - name: e\n    fields: [{field}]\n    comps: [in]\n    values:\n    - [[{right}, {}]]\n",
        text(3, |p| matches!(p, Where::Rule)),
        value(is(Where::Exception))
    ));
    item(format!(
        "- rule: r\n  condition: {}\n  override: {{condition: append}}\n",
        appended(4, |p| matches!(p, Where::Append))
    ));
    // Two rules have what is wrong in lists and macros.
    for (name, condition) in [("s", "all"), ("t", "low or high")] {
        item(format!(
            "- rule: {name}\n  desc: d\n  condition: ({condition}) and {field} in (outer)\n  output: o\n  priority: INFO\n  warn_evttypes: false\n"
        ));
    }
    items
}

/// A fault of YAML: the line, where it begins in it, and whether it is the second line of an item or
/// the last.
const NO_YAML: [(&str, usize, bool); 8] = [
    ("  tags: [a, b\n", 8, false),
    ("  tags: [a, b\n", 8, true),
    ("\ttags: [a]\n", 0, false),
    ("  tags: a: b\n", 9, false),
    ("  tags: %a\n", 8, false),
    ("  tags: [a, *b]\n", 12, false),
    (" tags: [a]\n", 1, false),
    ("  tags: \"a\n", 8, true),
];

/// The items without which a planted fault is not met, by number: see `items`.
fn needed(place: Where) -> &'static [usize] {
    match place {
        Where::ListOfList => &[0, 1],
        Where::List => &[1],
        Where::MacroOfMacro => &[2],
        Where::Macro => &[3],
        Where::MacroAppend => &[3, 4],
        Where::Rule | Where::Exception => &[6],
        Where::Append => &[6, 7],
    }
}

/// Line and column, from 1, of the only place of a word.
fn place_of(text: &str, word: &str) -> (usize, usize) {
    assert_eq!(text.matches(word).count(), 1, "{text}");
    let at = text.find(word).unwrap();
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    (line, column)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_fault_is_shown_where_it_stands(case in case()) {
        let text = file(&case);
        let sources = [SourceText { name: "f", text: &text }];
        let loaded = load(&sources, &Options::default());
        let errors: Vec<&Diagnostic> =
            loaded.diagnostics.iter().filter(|one| one.is_error()).collect();
        prop_assert_eq!(errors.len(), 1, "{}\n{:?}\n{:?}", text, case, errors);
        let (error, word) = (errors[0], word(case.fault));
        let (line, column) = place_of(&text, word);
        prop_assert_eq!((error.place.line, error.place.column), (line, column), "{}\n{}", text, error);
        // What is underlined is the word, in the file and in what is printed.
        prop_assert_eq!(&text[error.span.start..error.span.end], word, "{}\n{}", text, error);
        let printed = error.to_string();
        let mut lines = printed.lines().skip(2);
        let (shown, carets) = (lines.next().unwrap(), lines.next().unwrap());
        let from = carets.chars().position(|letter| letter == '^').unwrap();
        let marked: String =
            shown.chars().skip(from).take(carets.matches('^').count()).collect();
        prop_assert_eq!(marked, word, "{}", printed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// An item that is no YAML is reported once, and the file is looked at as if it were right: what it
    /// defines is not missed.
    #[test]
    fn a_fault_of_yaml_hides_no_other(
        case in case(),
        broken in 0..10_usize,
        slip in proptest::sample::select(NO_YAML.to_vec()),
    ) {
        let (line, column, at_end) = slip;
        let whole = file(&case);
        let mut items = items(&case);
        let at = if at_end { items[broken].len() } else { items[broken].find('\n').unwrap() + 1 };
        items[broken].insert_str(at, line);
        let at = items[..broken].concat().len() + at + "# rules\n".len();
        let text = format!("# rules\n{}", items.concat());
        let place = (text[..at].matches('\n').count() + 1, column + 1);
        let text = if case.crlf { text.replace('\n', "\r\n") } else { text };
        let load = |text: &str| load(&[SourceText { name: "f", text }], &Options::default());
        let (loaded, of_whole) = (load(&text), load(&whole));
        let (of_yaml, others): (Vec<_>, Vec<_>) =
            loaded.diagnostics.iter().partition(|one| one.code == Code::ErrYamlParse);
        let places: Vec<_> =
            of_yaml.iter().map(|one| (one.place.line, one.place.column)).collect();
        prop_assert_eq!(places, [place], "{}\n{:?}", text, of_yaml);
        prop_assert!(loaded.rules.rules.is_empty());
        for one in &others {
            let same = |other: &&Diagnostic| (other.code, &other.kind) == (one.code, &one.kind);
            prop_assert!(of_whole.diagnostics.iter().any(|other| same(&other)), "{}\n{}", text, one);
        }
        let word = word(case.fault);
        let met = others.iter().find(|one| one.is_error());
        if let Some(met) = met {
            prop_assert_eq!((met.place.line, met.place.column), place_of(&text, word));
        }
        if !needed(case.place).contains(&broken) {
            prop_assert!(met.is_some(), "{}", text);
        }
    }
}

/// Nine slips in five rules and one of YAML are ten errors at once, in order, each with what mends it; mended that way
/// the file is right.
#[test]
fn nine_slips_in_five_rules_and_one_of_yaml_are_mended_in_one_round() {
    let rule = |name: &str, condition: &str| {
        format!(
            "\n- rule: {name}\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n"
        )
    };
    let text = "\
- list: shells
  items: [bash, zsh]

- macro: opened
  condition: evt.type in (open, opneat)

- rule: one
  descritpion: a file was read
  condition: >
    opened && proc.nmae in (shells)
    and fd.name starts_with /etc
  output: \"%proc.name read %fd.name\"
  priority: warn
"
    .to_owned()
        + &rule("two", "opened and proc.name not in (shells)")
        + &rule("three", "opend and fd.num > 3")
        + &rule("four", "opened and fd.num > 4").replace("output: o", "output: '%fd.nmae'")
        + &rule("five", "opened and fd.num > 5")
        + &rule("six", "opened").replace("output: o", "output: %proc.name opened");
    let text = text.as_str();
    let errors = |text: &str| -> Vec<Diagnostic> {
        let loaded = load(&[SourceText { name: "f", text }], &Options::default());
        loaded.diagnostics.into_iter().filter(Diagnostic::is_error).collect()
    };
    let found = errors(text);
    let places: Vec<String> =
        found.iter().map(|one| format!("{}:{}", one.place.line, one.place.column)).collect();
    assert_eq!(
        places,
        ["5:33", "8:3", "10:12", "10:15", "11:17", "13:13", "17:35", "23:14", "30:13", "42:11"]
    );
    let mut edits: Vec<_> =
        found.iter().flat_map(|one| one.repair.as_ref().unwrap().edits.clone()).collect();
    edits.sort_by_key(|edit| edit.span.start);
    let mut mended = text.to_owned();
    for edit in edits.iter().rev() {
        mended.replace_range(edit.span.start..edit.span.end, &edit.text);
    }
    let loaded = load(&[SourceText { name: "f", text: &mended }], &Options::default());
    assert!(loaded.diagnostics.is_empty(), "{mended}\n{}", loaded.diagnostics[0]);
    assert_eq!(loaded.rules.rules.len(), 6);
}

/// What the configuration appends is named, once, whatever rules it is appended to.
#[test]
fn a_fault_in_an_appended_output_is_named_once() {
    let rule = |name: &str| {
        format!(
            "- rule: {name}\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n"
        )
    };
    let text = ["a", "b", "c"].map(rule).concat();
    let append_output = vec![peregrine_rules::ExtraOutput::everywhere("by %user.nmae")];
    let options = Options { append_output, ..Options::default() };
    let loaded = load(&[SourceText { name: "f", text: &text }], &options);
    let printed: Vec<String> = loaded.diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(
        printed,
        [
            "append_output: error[LOAD_ERR_COMPILE_OUTPUT]: 'by %user.nmae' is appended to outputs, and there is no field 'user.nmae'\n  in rule 'a'"
        ]
    );
}

/// A condition with very many mistakes does not take its length for each of them: that would be hours.
#[test]
fn very_many_mistakes_of_one_condition_are_reported() {
    let many = vec!["nosuchcall"; 5_000].join(", ");
    let text = format!(
        "- rule: a\n  desc: d\n  condition: evt.type in ({many})\n  output: o\n  priority: INFO\n"
    );
    let loaded = load(&[SourceText { name: "f", text: &text }], &Options::default());
    assert_eq!(loaded.diagnostics.len(), 5_000);
}
