//! What the language requires of the fields it is used with.

use std::fmt::Debug;
use std::hash::Hash;

use crate::error::{FieldError, UnknownEventType};
use crate::kind_set::KindSet;
use crate::types::Type;
use crate::value::Value;

/// What the language must know of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of a field")]
pub struct FieldDef {
    /// The name, without an argument.
    pub name: &'static str,
    /// The type of its value, or of the elements of its list.
    pub ty: Type,
    /// Whether the value is a list.
    pub is_list: bool,
    /// Only in conditions.
    pub filter_only: bool,
    /// Only in outputs.
    pub print_only: bool,
    /// Whether it may stand on the right side (`val(...)`).
    pub rhs: bool,
    /// Whether transformers take it.
    pub transformers: bool,
}

/// The fields a condition may speak of.
pub trait Scheme {
    /// One field with its argument, resolved.
    type Field: Clone + Eq + Hash + Debug + Send + Sync;

    /// Resolves a name and what stood in brackets.
    ///
    /// # Errors
    /// No such field, an argument missing or not taken.
    fn field(&self, name: &str, arg: Option<&str>) -> Result<Self::Field, FieldError>;

    /// Whether there is a field of this name: cheaper to ask than for the field and its error.
    fn knows(&self, name: &str) -> bool {
        let _ = name;
        true
    }

    /// What the language must know of a field.
    fn def(&self, field: &Self::Field) -> FieldDef;

    /// The type of a field whose type depends on its argument; `def(field).ty` for the others.
    fn field_type(&self, field: &Self::Field) -> Type {
        self.def(field).ty
    }

    /// How many kinds of event there are: they are numbered from 0.
    fn kinds(&self) -> u16;

    /// For a field that names the kind of event: the kinds `value` stands for. `None` for the
    /// others.
    fn kinds_of(
        &self,
        field: &Self::Field,
        value: &str,
    ) -> Option<Result<KindSet, UnknownEventType>>;

    /// The value a field has for every event of a kind, where that is known beforehand.
    fn constant(&self, field: &Self::Field, kind: u16) -> Option<&'static str> {
        let _ = (field, kind);
        None
    }

    /// The kinds whose events never have a value of a field: comparisons with it are false.
    fn never_for(&self, field: &Self::Field) -> KindSet {
        let _ = field;
        KindSet::new(self.kinds())
    }

    /// Whether sources hand out the values of a field one by one ([`Source::each`]).
    fn multi_valued(&self, field: &Self::Field) -> bool {
        let _ = field;
        false
    }

    /// Whether sources may know what the value of a field follows from ([`Source::key`]).
    fn memoizable(&self, field: &Self::Field) -> bool {
        let _ = field;
        false
    }

    /// Whether a field names the kind of event.
    fn names_kinds(&self, field: &Self::Field) -> bool {
        let _ = field;
        false
    }

    /// Whether a field is a distance that `=` only bounds (`evt.around[T]=D`: at most D); it takes no
    /// other operator.
    fn is_window(&self, field: &Self::Field) -> bool {
        let _ = field;
        false
    }

    /// Whether only what Falco takes is taken.
    fn strict(&self) -> bool {
        false
    }

    /// For a field that names the kind of event: whether it must be compared with names there are.
    fn checks_names(&self, field: &Self::Field) -> bool {
        let _ = field;
        false
    }

    /// What a field that is only for conditions is in an output: one without values, or with others.
    fn mute(&self, field: Self::Field) -> Self::Field {
        field
    }

    /// A number that is written as a name (a port by its service, a flag): `None` where names are
    /// not taken.
    fn number(&self, field: &Self::Field, word: &str) -> Option<i128> {
        let _ = (field, word);
        None
    }
}

/// How several values of a field count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Together {
    /// As [`Value::Any`].
    Any,
    /// As [`Value::Either`].
    Either,
}

/// Where values come from: one event and all that is known around it.
pub trait Source<F> {
    /// The value of a field; `None` where there is none.
    fn value(&self, field: &F) -> Option<Value<'_>>;

    /// What the value of a field follows from, where that is one number: events with the same key
    /// have the same value, so a comparison with it need not be made again. `None` where it is not so
    /// for this event.
    fn key(&self, field: &F) -> Option<u64> {
        let _ = field;
        None
    }

    /// For a field that has several values at once: hands them out one by one, which a list made of
    /// them (`Value::Any`, `Value::Either`) would have to be allocated for. `None` for the others.
    fn each(&self, field: &F, take: &mut dyn FnMut(&Value<'_>)) -> Option<Together> {
        let _ = (field, take);
        None
    }
}
