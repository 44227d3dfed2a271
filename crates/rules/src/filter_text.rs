//! A condition that stands in no rule file: a filter given on the command line.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use peregrine_filter::check;
use peregrine_yaml::Place;

use crate::SourceText;
use crate::collect::{At, Items};
use crate::diagnostic::Diagnostic;
use crate::kind::DiagnosticKind;
use crate::lists::Lists;
use crate::macros::{Fault, Macros};
use crate::report::{diagnostic, replacement};
use crate::suggest;
use crate::traced::{Files, Scalar, Traced};

/// Everything that is wrong with a condition without macros and lists, as it would be reported of a rule's; `name` stands
/// where a file is named.
pub fn filter_diagnostics(name: &str, text: &str) -> Vec<Diagnostic> {
    let sources = [SourceText { name, text }];
    let (files, items) = (Files::new(&sources), Items::default());
    let (lists, _) = Lists::new(&items);
    let Some(macros) = Macros::new(&items, lists, &files, &mut |_, _| false) else {
        return Vec::new();
    };
    let span = Range { start: 0, end: text.len() };
    let whole = Traced::scalar(&Rc::new(Scalar { file: 0, span, value: text.to_owned() }));
    let at = At { file: 0, place: Place::at(text, 0) };
    let mut faults = Vec::new();
    let read = macros.tree(&whole, &mut faults);
    let mut out: Vec<Diagnostic> = faults
        .into_iter()
        .map(|fault| diagnostic(&files, at, Vec::new(), fault, Vec::new()))
        .collect();
    let Some((read, tree, _)) = read else { return out };
    let shown: Arc<str> = text.into();
    for error in check(&tree, &items.catalogue).err().unwrap_or_default() {
        let advice = suggest::for_condition(&error.kind, &items.catalogue, &macros.lists);
        let spot = macros.spot_of(&read, error.span);
        let mut fault = Fault::new(DiagnosticKind::Condition(error.kind))
            .at(spot)
            .within(&shown, Some(macros.offset(error.span.start)));
        fault.repair = replacement(&files, &fault, advice.instead);
        let mut reported = diagnostic(&files, at, Vec::new(), fault, Vec::new());
        reported.help.extend(advice.help);
        out.push(reported);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let reported = filter_diagnostics("filter", text);
        let shown: Vec<String> = reported.iter().map(ToString::to_string).collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn mistakes_are_shown_as_those_of_rules() {
        check("evt.type = open and proc.pid > 7", &[]);
        check(
            "evt.tpye = open",
            &["filter:1:1: error[LOAD_ERR_COMPILE_CONDITION]: there is no field 'evt.tpye'
  |
1 | evt.tpye = open
  | ^^^^^^^^
  help: replace `evt.tpye` with `evt.type`
  |
1 - evt.tpye = open
1 + evt.type = open"],
        );
    }

    #[test]
    fn all_mistakes_are_reported_at_their_places() {
        let place = |text: &str| -> Vec<(usize, usize)> {
            let reported = filter_diagnostics("filter", text);
            reported.iter().map(|one| (one.place.line, one.place.column)).collect()
        };
        assert_eq!(place("evt.type = opne and proc.nmae = x"), [(1, 12), (1, 21)]);
        assert_eq!(place("evt.type = open && proc.nmae = x"), [(1, 17), (1, 20)]);
        assert_eq!(place("(evt.type = open"), [(1, 17)]);
        assert_eq!(place("evt.type = open and\nproc.nmae = x"), [(2, 1)]);
        assert_eq!(place("spawned_process"), [(1, 1)]);
    }
}
