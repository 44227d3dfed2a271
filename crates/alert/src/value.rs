//! Values as text and as JSON.

use peregrine_event::PrintFormat;
use peregrine_fields::{EventContext, Field, lossy, value_text};
use peregrine_filter::{Getter, Value};
use serde_json::Value as Json;

/// The fields with the time of the event.
const TIMES: [&str; 6] = [
    "evt.time",
    "evt.time.s",
    "evt.time.iso8601",
    "evt.datetime",
    "evt.datetime.s",
    "evt.outputtime",
];

/// A token's value as text.
pub(crate) fn text_of(
    value: &Value<'_>,
    getter: &Getter<Field>,
    context: &EventContext<'_>,
) -> String {
    let fmt = if let Getter::Field(field) = getter { field.format() } else { PrintFormat::Na };
    value_text(value, fmt, context.buffers)
}

/// A field's value as JSON: numbers as numbers unless they are printed in another base, lists as arrays,
/// the time of the event as nanoseconds whatever the format of its text is.
pub fn json_value(value: &Value<'_>, field: &Field, context: &EventContext<'_>) -> Json {
    let fmt = field.format();
    if TIMES.contains(&field.info.name) {
        return context.event.view.ts().into();
    }
    match value {
        Value::Int(_) | Value::Uint(_) if matches!(fmt, PrintFormat::Hex | PrintFormat::Oct) => {
            value_text(value, fmt, context.buffers).into()
        }
        Value::Int(number) => (*number).into(),
        Value::Uint(number) => (*number).into(),
        Value::Double(number) => (*number).into(),
        Value::Bool(truth) => (*truth).into(),
        Value::Str(bytes) => lossy(bytes).into_owned().into(),
        Value::List(list) => {
            Json::Array(list.iter().map(|value| json_value(value, field, context)).collect())
        }
        value => value_text(value, fmt, context.buffers).into(),
    }
}

#[cfg(test)]
mod tests {
    use peregrine_event::{Event, EventBuilder, EventType};
    use peregrine_fields::{BufferFormat, Catalogue};
    use peregrine_filter::Template;
    use peregrine_state::{Limits, NoHostInfo, State};
    use serde_json::json;

    use super::*;
    use crate::format_event;

    #[test]
    fn times_of_the_event_are_nanoseconds() {
        let block = EventBuilder::new(EventType::SYSCALL_SETSID_X, 1_700_000_000_500_000_000, 7)
            .i64(7)
            .finish();
        let event = Event::parse(1, &block).unwrap();
        let state = State::new(Limits::default());
        let context = EventContext::new(&event, &state, &NoHostInfo);
        for name in TIMES {
            let format = Template::parse(&format!("*%{name}"), &Catalogue::default()).unwrap();
            let got = format_event(&format, &context, false);
            assert_eq!(got.fields.get(name), Some(&json!(1_700_000_000_500_000_000_u64)), "{name}");
            assert!(got.text.contains(":20"), "{name}: the line has a text: {}", got.text);
        }
    }

    #[test]
    fn buffers_are_dotted_or_base64() {
        let block = EventBuilder::new(EventType::SYSCALL_WRITE_X, 1, 7)
            .i64(4)
            .bytes(b"a\0\xff\n")
            .i64(3)
            .u32(4)
            .finish();
        let event = Event::parse(0, &block).unwrap();
        let state = State::new(Limits::default());
        let text = "%evt.buffer %evt.arg.data";
        let template = Template::parse(text, &Catalogue::default()).unwrap();
        let check = |buffers: BufferFormat, expected: &str| {
            let mut context = EventContext::new(&event, &state, &NoHostInfo);
            context.buffers = buffers;
            let formatted = format_event(&template, &context, false);
            assert_eq!(formatted.text, format!("{expected} {expected}"));
            let fields = json!({"evt.buffer": expected, "evt.arg.data": expected});
            assert_eq!(Json::Object(formatted.fields), fields);
        };
        check(BufferFormat::Dotted, "a...");
        check(BufferFormat::Base64, "YQD/Cg==");
    }
}
