//! What calls were given that the capture format has no event for: their paths, as those of any other
//! call, and `evt.call.*`.

use peregrine_event::{Event, arguments, name_tables, names};
use peregrine_filter::Value;
use peregrine_state::Last;

use crate::context::EventContext;
use crate::render::flag_names;

/// Stands for the path of such a call where the parameters of events are counted.
pub(crate) const PATH: usize = 200;

/// Bits of `fallocate`.
const FALLOC: [(i64, &str); 5] = [
    (1, "FALLOC_FL_KEEP_SIZE"),
    (2, "FALLOC_FL_PUNCH_HOLE"),
    (8, "FALLOC_FL_COLLAPSE_RANGE"),
    (16, "FALLOC_FL_ZERO_RANGE"),
    (32, "FALLOC_FL_INSERT_RANGE"),
];

/// The path such a call was given, and the folder it begins at (-100: the current one).
pub(crate) fn path<'e>(event: &Event<'e>) -> Option<(&'e [u8], i64)> {
    let raw = event.trailer.argument(arguments::PATH)?;
    Some((raw, event.trailer.number(arguments::FOLDER).unwrap_or(-100)))
}

/// What of that path is looked at once the call is over; none where it is an open file's.
pub(crate) fn last(event: &Event<'_>) -> Option<Last> {
    match event.view.type_name() {
        "truncate" | "setxattr" | "setxattrat" | "fchmodat2" | "move_mount" => Some(Last::Followed),
        "lsetxattr" => Some(Last::Standing),
        _ => None,
    }
}

/// Its number, in words where it has any.
pub(crate) fn value<'c>(c: &EventContext<'c>) -> Option<Value<'c>> {
    let number = c.event.trailer.number(arguments::NUMBER)?;
    let mut words: Vec<&str> = Vec::new();
    match c.event.view.type_name() {
        "fchmodat2" => {
            let bits = number.cast_unsigned();
            flag_names(name_tables::CHMOD_MODE, bits, &mut |name| words.push(name));
        }
        "pidfd_send_signal" => {
            words.extend(u8::try_from(number).ok().and_then(names::signal_name));
        }
        "setxattr" | "lsetxattr" | "fsetxattr" | "setxattrat" => {
            let name = c.event.trailer.argument(arguments::NAME)?;
            if name != b"security.capability" {
                return None;
            }
            words.extend(names::capability_names(number.cast_unsigned()));
        }
        "fallocate" => {
            words.extend(FALLOC.iter().filter(|(bit, _)| number & bit != 0).map(|(_, name)| name));
        }
        _ => {}
    }
    let text = if words.is_empty() { number.to_string() } else { words.join("|") };
    Some(Value::string(text.into_bytes()))
}
