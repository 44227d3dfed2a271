//! The functions a class gives the catalogue for its fields.

use peregrine_filter::{Together, Value};

use crate::arg::Arg;
use crate::context::EventContext;

/// Takes a field's value out of an event's context.
pub(crate) type Get = for<'c> fn(&'c EventContext<'c>, &Arg) -> Option<Value<'c>>;

/// Hands out the values of a field that has several, and says how they count.
pub(crate) type Each = fn(&EventContext<'_>, &mut dyn FnMut(&Value<'_>)) -> Together;
