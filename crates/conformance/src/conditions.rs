//! `filter_compile`: which conditions are accepted, and what they are worth.

use peregrine_event::{Event, EventBuilder, EventType};
use peregrine_fields::{Catalogue, EventContext, Field};
use peregrine_filter::error::{FieldError, Lint, LintKind, UnknownEventType};
use peregrine_filter::{
    DEFAULT_DEPTH, FieldDef, KindSet, Plan, Scheme, Scratch, Source, Type, Value, check, parse,
    reference,
};
use peregrine_state::{Limits, NoHostInfo, State};
use serde_json::Value as Json;

use super::{Outcome, compare, is_later};

/// The real fields, and five more the cases use.
struct Mock;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum MockField {
    Real(Box<Field>),
    True,
    False,
    Buffer,
    DoubleQuote,
    SingleQuote,
}

impl std::fmt::Display for MockField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Real(field) => write!(f, "{field}"),
            Self::True => f.write_str("c.true"),
            Self::False => f.write_str("c.false"),
            Self::Buffer => f.write_str("c.buffer"),
            Self::DoubleQuote => f.write_str("c.doublequote"),
            Self::SingleQuote => f.write_str("c.singlequote"),
        }
    }
}

impl Scheme for Mock {
    type Field = MockField;

    fn field(&self, name: &str, arg: Option<&str>) -> Result<MockField, FieldError> {
        Ok(match name {
            "c.true" => MockField::True,
            "c.false" => MockField::False,
            "c.buffer" => MockField::Buffer,
            "c.doublequote" => MockField::DoubleQuote,
            "c.singlequote" => MockField::SingleQuote,
            _ => MockField::Real(Box::new(Catalogue::default().field(name, arg)?)),
        })
    }

    fn def(&self, field: &MockField) -> FieldDef {
        let own = |name, ty| FieldDef {
            name,
            ty,
            is_list: false,
            filter_only: false,
            print_only: false,
            rhs: true,
            transformers: true,
        };
        match field {
            MockField::Real(field) => Catalogue::default().def(field),
            MockField::True => own("c.true", Type::Str),
            MockField::False => own("c.false", Type::Str),
            MockField::Buffer => own("c.buffer", Type::Bytes),
            MockField::DoubleQuote => own("c.doublequote", Type::Str),
            MockField::SingleQuote => own("c.singlequote", Type::Str),
        }
    }

    fn kinds_of(
        &self,
        field: &MockField,
        value: &str,
    ) -> Option<Result<KindSet, UnknownEventType>> {
        if let MockField::Real(field) = field {
            Catalogue::default().kinds_of(field, value)
        } else {
            None
        }
    }

    fn names_kinds(&self, field: &MockField) -> bool {
        if let MockField::Real(field) = field {
            Catalogue::default().names_kinds(field)
        } else {
            false
        }
    }

    fn checks_names(&self, field: &MockField) -> bool {
        if let MockField::Real(field) = field {
            Catalogue::default().checks_names(field)
        } else {
            false
        }
    }

    fn kinds(&self) -> u16 {
        Catalogue::default().kinds()
    }

    fn number(&self, field: &MockField, word: &str) -> Option<i128> {
        if let MockField::Real(field) = field {
            Catalogue::default().number(field, word)
        } else {
            None
        }
    }
}

/// `c.true` equals whatever it is compared with in the cases: they always write 1.
struct MockSource<'c>(EventContext<'c>);

impl Source<MockField> for MockSource<'_> {
    fn value(&self, field: &MockField) -> Option<Value<'_>> {
        match field {
            MockField::Real(field) => self.0.value(field),
            MockField::True => Some(Value::str(b"1")),
            MockField::False | MockField::Buffer => Some(Value::str(b"0")),
            MockField::DoubleQuote => Some(Value::str(b"hello \"quoted\"")),
            MockField::SingleQuote => Some(Value::str(b"hello 'quoted'")),
        }
    }
}

/// How many of these Falco reports too.
fn falcos(lints: &[Lint]) -> u64 {
    lints.iter().filter(|lint| !matches!(lint.kind, LintKind::NumberCut { .. })).count() as u64
}

pub(crate) fn case(case: &Json) -> Outcome {
    if is_later(case) {
        return Outcome::Later;
    }
    let text = case["filter"].as_str().unwrap_or_default();
    let tree = parse(text, DEFAULT_DEPTH).map_err(|error| error.to_string());
    let checked = tree.and_then(|tree| {
        check(&tree, &Mock)
            .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    });
    match case["kind"].as_str().unwrap_or_default() {
        "compile" => match (checked, case["ok"].as_bool()) {
            (Err(_), Some(false)) => Outcome::Passed,
            (Ok(checked), Some(true)) => match case["warnings"].as_u64() {
                Some(count) if count != falcos(&checked.lints) => Outcome::Failed(format!(
                    "{text}: expected {count} warnings, got {:?}",
                    checked.lints
                )),
                _ => Outcome::Passed,
            },
            (Ok(_), _) => Outcome::Failed(format!("{text} must be refused")),
            (Err(error), _) => Outcome::Failed(format!("{text}: {error}")),
        },
        "compile_error" => match checked {
            Ok(_) => Outcome::Failed(format!("{text} must be refused")),
            Err(error) => {
                let message = case["message"].as_str().unwrap_or_default();
                let message = message.strip_prefix("filter error: ").unwrap_or(message);
                if error.contains(message) {
                    Outcome::Passed
                } else {
                    Outcome::Failed(format!("{text}: expected {message:?}, got {error:?}"))
                }
            }
        },
        "run" => {
            let checked = match checked {
                Ok(checked) => checked,
                Err(error) => return Outcome::Failed(format!("{text}: {error}")),
            };
            let block = EventBuilder::new(EventType::GENERIC_X, 1, 1).u16(1).u16(1).finish();
            let Ok(event) = Event::parse(1, &block) else {
                return Outcome::Failed("no event".to_owned());
            };
            let state = State::new(Limits::default());
            let source = MockSource(EventContext::new(&event, &state, &NoHostInfo));
            let naive = reference::holds(&checked.root, &source);
            let plan = Plan::new([(0, &checked)]);
            let mut hits = Vec::new();
            plan.evaluate(EventType::GENERIC_X.0, &source, &mut Scratch::new(), false, &mut hits);
            if naive == hits.is_empty() {
                return Outcome::Failed(format!("{text}: the plan differs from the reference"));
            }
            compare(&Some(naive), &case["expected"].as_bool())
        }
        other => Outcome::Failed(format!("unknown kind {other}")),
    }
}
