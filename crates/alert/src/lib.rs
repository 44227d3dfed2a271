//! Alerts: what a matching rule reports to people and machines.
//!
//! In: a matching rule and the context of the event. Out: an owned [`Alert`], the first allocation for
//! an event, its text and JSON in Falco's forms, and an encoding that can be decoded.
//! Never: I/O, a clock: the time of an alert is the time of its event.

mod alert;
mod cef;
mod codec;
mod condition;
mod form;
mod format;
mod one_line;
mod render;
mod sink;
mod syslog;
mod value;

pub use peregrine_event::Priority;
pub use peregrine_fields::iso8601;
use peregrine_fields::{FieldInfo, all};

pub use alert::{Alert, AlertId, INTERNAL, Sequence};
pub use codec::{DecodeError, VERSION};
pub use condition::{
    AlertCondition, AlertField, AlertScheme, ConditionError, alert_field, condition, decided,
    priority_value,
};
pub use form::Form;
pub use format::{Formatted, format_event, format_line};
pub use one_line::{escape_json, one_line};
pub use render::{RuleOutput, render};
pub use sink::AlertSink;
pub use syslog::{FACILITY_USER, syslog_code, syslog_line};
pub use value::json_value;

/// The fields whose values are appended to every output by default: those that Falco's container support
/// suggests, `container_id=%container.id ...`.
pub fn suggested_output() -> String {
    let tokens: Vec<String> = all()
        .iter()
        .filter(|info| info.suggested_output)
        .map(|info: &FieldInfo| format!("{}=%{}", info.name.replace('.', "_"), info.name))
        .collect();
    tokens.join(" ")
}
