//! Values as the bytes of a text.

use peregrine_filter::Value;

/// Appends a value; of a list all, with commas between.
pub(crate) fn append(value: &Value<'_>, out: &mut Vec<u8>) {
    let mut text = |text: String| out.extend_from_slice(text.as_bytes());
    match value {
        Value::Int(number) => text(number.to_string()),
        Value::Uint(number) => text(number.to_string()),
        Value::Double(number) => text(number.to_string()),
        Value::Bool(truth) => text(truth.to_string()),
        Value::Ip(address) => text(address.to_string()),
        Value::Net(address, prefix) => text(format!("{address}/{prefix}")),
        Value::Str(bytes) | Value::Bytes(bytes) => out.extend_from_slice(bytes),
        Value::List(list) | Value::Any(list) => {
            for (at, value) in list.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                append(value, out);
            }
        }
        Value::Either(pair) => append(&pair[0], out),
    }
}
