//! The text of a parameter as conditions compare it.

use std::borrow::Cow;
use std::io::Write as _;

use peregrine_event::{ParamInfo, ParamType, PrintFormat, names};
use peregrine_filter::Value;
use peregrine_state::join_into;

use crate::context::EventContext;
use crate::render::{
    Formatted, Sockaddr, clean, little, lossy, no_value, number_names, signed, typed_text,
};

/// Writes those names with bars between; whether there are any.
fn write_names(info: &ParamInfo, ty: ParamType, value: u64, out: &mut Vec<u8>) -> bool {
    let mut any = false;
    number_names(info, ty, value, &mut |name| {
        if any {
            out.push(b'|');
        }
        any = true;
        out.extend_from_slice(name.as_bytes());
    });
    any
}

/// The name of a process, else its number.
fn process<'c>(c: &EventContext<'c>, number: i64) -> Option<Value<'c>> {
    let thread = c.state.thread(number).filter(|thread| number >= 0 && !thread.comm.is_empty());
    match thread.map(|thread| lossy(&thread.comm)) {
        Some(Cow::Borrowed(name)) => Some(Value::str(name.as_bytes())),
        Some(Cow::Owned(name)) => Some(Value::string(name)),
        None => c.text(|out| write!(out, "{number}").ok()),
    }
}

/// The text of an address.
fn address<'c>(c: &EventContext<'c>, bytes: &'c [u8]) -> Option<Value<'c>> {
    if let Some((1, rest)) = bytes.split_first() {
        let path = rest.split(|byte| *byte == 0).next().unwrap_or_default();
        return Some(match lossy(path) {
            Cow::Borrowed(path) => Value::str(path.as_bytes()),
            Cow::Owned(path) => Value::string(path),
        });
    }
    c.text(|out| write!(out, "{}", Sockaddr(bytes)).ok())
}

/// Whether the text of a parameter is the names of the bits of a number, or of the number.
pub(crate) fn of_flags(ty: ParamType) -> bool {
    matches!(
        ty,
        ParamType::Flags8
            | ParamType::Flags16
            | ParamType::Flags32
            | ParamType::Mode
            | ParamType::Enumflags8
            | ParamType::Enumflags16
            | ParamType::Enumflags32
    )
}

/// The text of a parameter in conditions: what it stands for, else the plain value. As
/// [`param_text`], but texts are borrowed where they lie, or written where room is used again.
pub(crate) fn param_value<'c>(c: &EventContext<'c>, index: usize) -> Option<Value<'c>> {
    let info = c.event.view.info().params.get(index)?;
    let bytes = c.event.view.param(index)?;
    if let Some(text) = no_value(info.ty, bytes) {
        return Some(Value::str(text.as_bytes()));
    }
    let text = || bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    match info.ty {
        ParamType::Charbuf if text() != b"(NULL)" => {
            let text = text();
            if std::str::from_utf8(text).is_ok() {
                return Some(clean(text));
            }
        }
        ParamType::Sigtype => {
            let number = u8::try_from(little(bytes)).unwrap_or(0);
            return match names::signal_name(number) {
                Some(name) => Some(Value::str(name.as_bytes())),
                None => c.text(|out| write!(out, "{number}").ok()),
            };
        }
        ParamType::Pid | ParamType::Pid32 => return process(c, signed(bytes)),
        ParamType::Sockaddr => return address(c, bytes),
        ParamType::Fspath | ParamType::Fsrelpath => {
            let raw = text();
            let base = if raw.first() == Some(&b'/') || raw.is_empty() {
                None
            } else {
                let dirfd = info.dirfd.and_then(|index| c.event.view.i64(usize::from(index)));
                c.state.base_of(c.event.view.tid(), dirfd.unwrap_or(-100))
            };
            let Some(base) = base else {
                if std::str::from_utf8(raw).is_ok() {
                    return Some(Value::str(raw));
                }
                return Some(Value::string(lossy(raw).into_owned()));
            };
            let whole = c.text(|out| {
                join_into(&base, raw, out);
                std::str::from_utf8(out).ok().map(|_| ())
            });
            if whole.is_some() {
                return whole;
            }
        }
        ty if of_flags(ty) => {
            let number = little(bytes);
            return c.text(|out| {
                if !write_names(info, info.ty, number, out) {
                    let mode = info.ty == ParamType::Mode;
                    let fmt = if mode { info.fmt } else { PrintFormat::Dec };
                    let _ = write!(out, "{}", Formatted(number, fmt));
                }
                Some(())
            });
        }
        _ => {}
    }
    let param = typed_text(c, info, info.ty, info.fmt, bytes);
    Some(Value::string(param.resolved.unwrap_or(param.plain)))
}
