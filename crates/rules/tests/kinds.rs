//! Mistakes are kinds: what people wrote decides nothing and is never cut.

use peregrine_filter::error::{CheckErrorKind, FieldError, LintKind};
use peregrine_rules::kind::ReferenceError;
use peregrine_rules::{
    Code, Diagnostic, DiagnosticKind, Options, Severity, SourceText, falco, load,
};

fn rule(condition: &str) -> String {
    format!(
        "- rule: r\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n  warn_evttypes: false\n"
    )
}

/// The only mistake of a file.
fn only(text: &str) -> Diagnostic {
    let loaded = load(&[SourceText { name: "f.yaml", text }], &Options::default());
    let [reported] = loaded.diagnostics.as_slice() else {
        panic!("{text}: {:?}", loaded.diagnostics)
    };
    reported.clone()
}

#[test]
fn a_mistake_has_its_kind_its_bytes_and_what_to_write_instead() {
    let check = |condition: &str, is: fn(&DiagnosticKind) -> bool, piece: &str, instead| {
        let text = rule(condition);
        let reported = only(&text);
        assert!(is(&reported.kind), "{condition}: {:?}", reported.kind);
        assert_eq!(text.get(reported.span.start..reported.span.end), Some(piece), "{condition}");
        assert_eq!(reported.span.start, reported.place.offset, "{condition}");
        let repair = reported.repair.as_ref().map(|repair| repair.edits[0].text.as_str());
        assert_eq!(repair, instead, "{condition}");
    };
    check(
        "evt.type = open and proc.nme = cat",
        |kind| {
            matches!(
                kind,
                DiagnosticKind::Condition(CheckErrorKind::Field(FieldError::Unknown { .. }))
            )
        },
        "proc.nme",
        Some("proc.name"),
    );
    check(
        "evt.type = opn",
        |kind| matches!(kind, DiagnosticKind::Condition(CheckErrorKind::EventType(_))),
        "opn",
        Some("open"),
    );
    check(
        "evt.type = open and proc.name = proc.pname",
        |kind| matches!(kind, DiagnosticKind::Lint(LintKind::FieldAsText { .. })),
        "proc.pname",
        Some("val(proc.pname)"),
    );
    check(
        "evt.type = open and nosuch",
        |kind| matches!(kind, DiagnosticKind::Reference(ReferenceError::UndefinedMacro { .. })),
        "nosuch",
        None,
    );
    check("evt.type = open and", |kind| matches!(kind, DiagnosticKind::Syntax(_)), "", None);
}

#[test]
fn what_people_wrote_decides_nothing() {
    // The words of a mistake that is forgiven, as a value that is none.
    let text = rule("evt.failed = 'unknown event type nonexistent field unknown filter:'")
        + "  skip-if-unknown-filter: true\n";
    let reported = only(&text);
    assert_eq!((reported.code, reported.severity()), (Code::ErrCompileCondition, Severity::Error));
    let text = rule("evt.type = opn") + "  skip-if-unknown-filter: true\n";
    let reported = only(&text);
    assert_eq!((reported.code, reported.severity()), (Code::WarnUnknownFilter, Severity::Warning));
}

#[test]
fn what_people_wrote_is_never_cut() {
    let check = |condition: &str, words: &str| {
        assert_eq!(falco::message(&only(&rule(condition)), &[]), words, "{condition}");
    };
    check(
        "evt.failed = 'a; did you mean b'",
        "filter error: unrecognized boolean value a; did you mean b",
    );
    check("proc.pid = 'token x Did you mean y'", "token x Did you mean y is not a valid number");
    check("proc.nme = a", "filter_check called with nonexistent field proc.nme");
    check(
        "evt.type = open and proc.name = proc.pname",
        "'proc.pname' may be a valid field misused as a const string value",
    );
    check(
        "evt.type = open and proc.name regex ^cat$",
        "regex check with '^cat$' may be optimized with simpler operators such as '=', 'contains', 'startswith', 'endswith'",
    );
    let macros = "- macro: known\n  condition: evt.type = open\n".to_owned();
    let loaded = load(
        &[SourceText { name: "f", text: &(macros + &rule("knwn or known")) }],
        &Options::default(),
    );
    let reported = loaded.diagnostics.first().unwrap();
    assert_eq!(reported.repair.as_ref().unwrap().title, "replace `knwn` with `known`");
    assert_eq!(falco::message(reported, &[]), "Undefined macro 'knwn' used in filter.");
}
