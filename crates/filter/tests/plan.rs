//! The plan equals the naive evaluator on conditions nobody would write.

use std::cell::RefCell;

use peregrine_filter::error::{FieldError, ParseErrorKind, UnknownEventType};
use peregrine_filter::{
    DEFAULT_DEPTH, FieldDef, KindSet, Plan, Scheme, Scratch, Source, TracedPart, Type, Value,
    check, parse, reference, trace,
};
use proptest::prelude::*;

/// Fields `t.a` to `t.d` (texts), `n.x` (a number), `evt.type`; kind 0 is `one`, the last one `two`.
const KINDS: u16 = 2;

/// How many kinds of event there are.
#[derive(Debug)]
struct Small(u16);

impl Scheme for Small {
    type Field = String;

    fn field(&self, name: &str, _arg: Option<&str>) -> Result<String, FieldError> {
        ["t.a", "t.b", "t.c", "t.d", "n.x", "evt.type"]
            .contains(&name)
            .then(|| name.to_owned())
            .ok_or_else(|| FieldError::Unknown { name: name.to_owned(), arg: None, near: None })
    }

    fn def(&self, field: &String) -> FieldDef {
        FieldDef {
            name: "",
            ty: if field == "n.x" { Type::Int64 } else { Type::Str },
            is_list: false,
            filter_only: false,
            print_only: false,
            rhs: true,
            transformers: true,
        }
    }

    fn kinds(&self) -> u16 {
        self.0
    }

    fn kinds_of(&self, field: &String, value: &str) -> Option<Result<KindSet, UnknownEventType>> {
        (field == "evt.type").then(|| {
            let mut kinds = KindSet::new(self.0);
            kinds.insert(match value {
                "one" => 0,
                "two" => self.0 - 1,
                other => return Err(UnknownEventType { name: other.to_owned() }),
            });
            Ok(kinds)
        })
    }

    fn memoizable(&self, field: &String) -> bool {
        field == "n.x"
    }

    fn names_kinds(&self, field: &String) -> bool {
        field == "evt.type"
    }
}

#[derive(Debug, Clone)]
struct Facts {
    kind: u16,
    texts: [Option<String>; 3],
    number: Option<i64>,
}

impl Source<String> for Facts {
    fn key(&self, field: &String) -> Option<u64> {
        assert_eq!(field, "n.x", "only fields with keys are asked for them");
        // Of some events nobody knows it.
        self.number.and_then(|number| u64::try_from(number).ok())
    }

    fn value(&self, field: &String) -> Option<Value<'_>> {
        match field.as_str() {
            "t.a" => self.texts[0].as_ref().map(|text| Value::str(text.as_bytes())),
            "t.b" => self.texts[1].as_ref().map(|text| Value::str(text.as_bytes())),
            "t.c" => self.texts[2].as_ref().map(|text| Value::str(text.as_bytes())),
            "n.x" => self.number.map(Value::Int),
            _ => Some(Value::str(if self.kind == 0 { b"one" } else { b"two" })),
        }
    }
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[ab]{1,3}", Just("/a/b".to_owned()), Just("ab".to_owned())]
}

fn comparison() -> impl Strategy<Value = String> {
    let text = (prop_oneof![Just("t.a"), Just("t.b"), Just("t.c")], word(), word(), 0..12_u8);
    let texts = text.prop_map(|(field, a, b, op)| match op {
        0 => format!("{field} = {a}"),
        1 => format!("{field} != {a}"),
        2 => format!("{field} contains {a}"),
        3 => format!("{field} startswith {a}"),
        4 => format!("{field} endswith {a}"),
        5 => format!("{field} in ({a}, {b})"),
        6 => format!("{field} pmatch ({a}, {b})"),
        7 => format!("{field} exists"),
        8 => format!("toupper({field}) = {a}"),
        9 => format!("{field} glob *{a}?"),
        10 => format!("{field} startswith oneof ({a}, {b})"),
        _ => format!("{field} = val(t.a)"),
    });
    let numbers = (prop_oneof![Just("="), Just("!="), Just("<"), Just(">=")], -2..3_i64)
        .prop_map(|(op, number)| format!("n.x {op} {number}"));
    let kinds = prop_oneof![
        Just("evt.type = one".to_owned()),
        Just("evt.type != two".to_owned()),
        Just("evt.type in (one, two)".to_owned()),
        Just("evt.type exists".to_owned()),
    ];
    prop_oneof![4 => texts, 1 => numbers, 2 => kinds]
}

fn condition() -> impl Strategy<Value = String> {
    comparison().prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("({})", parts.join(" and "))),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("({})", parts.join(" or "))),
            inner.prop_map(|part| format!("not ({part})")),
        ]
    })
}

fn facts() -> impl Strategy<Value = Facts> {
    let text = || prop::option::of(word());
    (0..KINDS, [text(), text(), text()], prop::option::of(-2..3_i64))
        .prop_map(|(kind, texts, number)| Facts { kind, texts, number })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plan_equals_reference(begin in prop::option::of(comparison()), conditions in prop::collection::vec(condition(), 1..5), facts in prop::collection::vec(facts(), 1..6)) {
        // Rules often begin alike.
        let begun = begin.map(|begin| begin + " and ").unwrap_or_default();
        let alike = conditions.iter().map(|rest| format!("{begun}{rest}"));
        let conditions: Vec<String> = alike.chain(conditions.iter().cloned()).collect();
        let checked: Vec<_> = conditions
            .iter()
            .map(|text| check(&parse(text, DEFAULT_DEPTH).unwrap(), &Small(KINDS)).unwrap())
            .collect();
        let plan = Plan::new((0..).zip(&checked));
        let other = Plan::new((0..).zip(checked.iter().rev()));
        let mut scratch = Scratch::new();
        for facts in &facts {
            let expected: Vec<u32> = (0..)
                .zip(&checked)
                .filter(|(_, checked)| reference::holds(&checked.root, facts))
                .map(|(number, _)| number)
                .collect();
            let mut hits = Vec::new();
            plan.evaluate(facts.kind, facts, &mut scratch, false, &mut hits);
            prop_assert_eq!(&hits, &expected, "{:?}", conditions);
            plan.evaluate(facts.kind, facts, &mut scratch, true, &mut hits);
            prop_assert_eq!(&hits[expected.len()..], &expected[..expected.len().min(1)], "{:?}", conditions);
            // What is remembered for one plan is not for another.
            hits.clear();
            other.evaluate(facts.kind, facts, &mut scratch, false, &mut hits);
            prop_assert_eq!(hits.len(), expected.len(), "{:?}", conditions);
            for one in &checked {
                let parts = trace(&one.root, facts);
                prop_assert_eq!(parts[0].holds, reference::holds(&one.root, facts));
                // What decides was asked, and something does.
                let mut decisive = parts.iter().filter(|part| part.decides);
                prop_assert!(decisive.clone().any(|part| matches!(part.part, TracedPart::Check(_))));
                prop_assert!(decisive.all(|part| part.skipped_by.is_none()));
            }
            // The kinds a condition is indexed by hold every event it is true for.
            for number in expected {
                let kinds = &checked[number as usize].kinds;
                prop_assert!(kinds.contains(facts.kind), "{}", conditions[number as usize]);
            }
        }
    }

    #[test]
    fn what_is_written_is_what_is_read(text in condition()) {
        let tree = parse(&text, DEFAULT_DEPTH).unwrap();
        let written = tree.to_string();
        // Read again it loses double negations, then nothing.
        let simple = parse(&written, DEFAULT_DEPTH).unwrap().to_string();
        prop_assert_eq!(parse(&simple, DEFAULT_DEPTH).unwrap().to_string(), simple);
    }

    #[test]
    fn no_text_panics(text in "[a-z.= ()'\"\\\\\\[\\]%,0-9\\n<>!]{0,60}") {
        let _ = parse(&text, 50).map(|tree| check(&tree, &Small(KINDS)).map(|_| ()));
        let _ = peregrine_filter::Template::parse(&text, &Small(KINDS)).map(|_| ());
    }
}

#[test]
fn nesting_has_a_limit() {
    let deep = format!("{}t.a = a{}", "(".repeat(20_000), ")".repeat(20_000));
    let error = parse(&deep, DEFAULT_DEPTH).unwrap_err();
    assert_eq!(error.kind, ParseErrorKind::TooDeep { limit: 30_000 });
    // What is just allowed is read, checked, compiled and thrown away on a small stack.
    let levels = DEFAULT_DEPTH / 3 - 1;
    let deep = format!("{}t.a = a{}", "not (t.b = b and ".repeat(levels), ")".repeat(levels));
    let work = move || {
        let tree = parse(&deep, DEFAULT_DEPTH).unwrap();
        let checked = check(&tree, &Small(KINDS)).unwrap();
        let copies = (tree.clone(), checked.clone());
        assert!(tree.to_string().len() > levels);
        assert_eq!(copies.0.to_string().len(), tree.to_string().len());
        let facts = Facts { kind: 0, texts: [None, None, None], number: None };
        let mut hits = Vec::new();
        Plan::new([(0, &checked)]).evaluate(0, &facts, &mut Scratch::new(), false, &mut hits);
        assert_eq!(hits.len() == 1, reference::holds(&checked.root, &facts));
        assert_eq!(hits.len() == 1, trace(&checked.root, &facts)[0].holds);
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap().join().unwrap();
}

#[test]
fn what_decides_and_what_is_not_asked() {
    let facts = Facts { kind: 0, texts: [Some("a".to_owned()), None, None], number: Some(1) };
    // A line each part: its depth, whether it is true, `!` where it decides, `^` and a place where that
    // part is why it is not asked.
    let traced = |text: &str| {
        let checked = check(&parse(text, DEFAULT_DEPTH).unwrap(), &Small(KINDS)).unwrap();
        let parts = trace(&checked.root, &facts).into_iter().map(|part| {
            let what = match part.part {
                TracedPart::All => "and",
                TracedPart::Any => "or",
                TracedPart::Not => "not",
                TracedPart::Check(predicate) => &predicate.text,
            };
            let decides = if part.decides { "!" } else { "" };
            let skipped = part.skipped_by.map(|by| format!(" ^{by}")).unwrap_or_default();
            format!("{} {} {what}{decides}{skipped}", part.depth, part.holds)
        });
        parts.collect::<Vec<_>>().join("; ")
    };
    let check = |text: &str, expected: &str| assert_eq!(traced(text), expected, "{text}");
    check("t.a = a", "0 true t.a = a!");
    // The first false part of an `and` decides, the first true one of an `or`.
    check(
        "t.a = a and n.x = 2 and t.b = b and n.x = 1",
        "0 false and!; 1 true t.a = a; 1 false n.x = 2!; 1 false t.b = b ^0; 1 true n.x = 1 ^0",
    );
    check(
        "t.b = b or t.a = a or n.x = 1",
        "0 true or!; 1 false t.b = b; 1 true t.a = a!; 1 true n.x = 1 ^0",
    );
    // All of them where none ends it.
    check("t.a = a and n.x = 1", "0 true and!; 1 true t.a = a!; 1 true n.x = 1!");
    check("t.b = b or n.x = 2", "0 false or!; 1 false t.b = b!; 1 false n.x = 2!");
    // Inside others, what is not asked stays so.
    check(
        "not (t.b = b or t.a = a) and (n.x = 1 or n.x = 2)",
        "0 false and!; 1 false not!; 2 true or!; 3 false t.b = b; 3 true t.a = a!; \
         1 true or ^0; 2 true n.x = 1 ^0; 2 false n.x = 2 ^0",
    );
}

#[test]
fn a_scheme_has_as_many_kinds_as_it_says() {
    for kinds in [2, 65, 513, 2000] {
        let last = kinds - 1;
        let tree = parse("evt.type = two and t.a = x", DEFAULT_DEPTH).unwrap();
        let checked = check(&tree, &Small(kinds)).unwrap();
        assert_eq!(checked.kinds.iter().collect::<Vec<_>>(), [last]);
        let plan = Plan::new([(7, &checked)]);
        let facts = Facts { kind: last, texts: [Some("x".to_owned()), None, None], number: None };
        let mut hits = Vec::new();
        plan.evaluate(last, &facts, &mut Scratch::new(), false, &mut hits);
        assert_eq!(hits, [7], "{kinds}");
        assert!(plan.looks_at(last) && !plan.looks_at(0) && !plan.looks_at(kinds));
    }
}

/// Remembers which fields were asked for.
struct Recording(RefCell<Vec<String>>);

impl Source<String> for Recording {
    fn key(&self, _: &String) -> Option<u64> {
        None
    }

    fn value(&self, field: &String) -> Option<Value<'_>> {
        self.0.borrow_mut().push(field.clone());
        Some(Value::str(b"a"))
    }
}

#[test]
fn exclusions_are_asked_last() {
    for (condition, expected) in [
        ("not t.a = b and t.b = a and t.c = a", ["t.b", "t.c", "t.a"].as_slice()),
        ("not t.a = b and t.b = b", &["t.b"]),
        ("t.b = a and not (t.a = b or t.c = b) and t.d = a", &["t.b", "t.d", "t.a", "t.c"]),
        ("t.b = a and t.a != b and t.c = a", &["t.b", "t.a", "t.c"]),
    ] {
        let checked = check(&parse(condition, DEFAULT_DEPTH).unwrap(), &Small(KINDS)).unwrap();
        let facts = Recording(RefCell::default());
        Plan::new([(0, &checked)]).evaluate(0, &facts, &mut Scratch::new(), false, &mut Vec::new());
        assert_eq!(facts.0.into_inner(), expected, "{condition}");
    }
}
