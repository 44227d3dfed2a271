//! Values as text and as JSON.

use peregrine_event::PrintFormat;
use peregrine_fields::{Field, lossy, value_text};
use peregrine_filter::{Getter, Value};
use serde_json::Value as Json;

/// A token's value as text.
pub(crate) fn text_of(value: &Value<'_>, getter: &Getter<Field>) -> String {
    let fmt = if let Getter::Field(field) = getter { field.format() } else { PrintFormat::Na };
    value_text(value, fmt)
}

/// A field's value as JSON: numbers as numbers unless they are printed in another base, lists as
/// arrays, times of the event as whole nanoseconds.
pub fn json_value(value: &Value<'_>, field: &Field) -> Json {
    let fmt = field.format();
    match value {
        Value::Int(_) | Value::Uint(_) if matches!(fmt, PrintFormat::Hex | PrintFormat::Oct) => {
            value_text(value, fmt).into()
        }
        Value::Int(number) => (*number).into(),
        Value::Uint(number) => (*number).into(),
        Value::Double(number) => (*number).into(),
        Value::Bool(truth) => (*truth).into(),
        Value::Str(bytes) => lossy(bytes).into_owned().into(),
        Value::List(list) => {
            Json::Array(list.iter().map(|value| json_value(value, field)).collect())
        }
        value => value_text(value, fmt).into(),
    }
}
