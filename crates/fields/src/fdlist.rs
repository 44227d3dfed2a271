//! `fdlist.*`: the descriptors that `poll` and its kin wait for, a text with commas between.

use peregrine_event::ParamType;
use peregrine_filter::Value;
use peregrine_state::{Endpoint, FdInfo, Socket};

use crate::catalogue::Get;
use crate::context::EventContext;
use crate::render::lossy;

/// The numbers in the event's list.
fn numbers(c: &EventContext<'_>) -> Option<Vec<i64>> {
    let view = &c.event.view;
    let index = view.info().params.iter().position(|param| param.ty == ParamType::Fdlist)?;
    // A count, then each number with its flags.
    let entries = c.event.view.param(index)?.get(2..)?.chunks_exact(10);
    Some(entries.filter_map(|entry| entry.first_chunk().copied().map(i64::from_le_bytes)).collect())
}

/// What is known of each descriptor, as `text` shows it; those it shows nothing of are passed over.
fn joined(c: &EventContext<'_>, text: fn(&FdInfo) -> Option<String>) -> Option<Value<'static>> {
    let numbers = numbers(c)?;
    let files = c.thread()?.files();
    let known = |number: i64| c.state.fd(files, number).and_then(text);
    Some(Value::string(numbers.into_iter().filter_map(known).collect::<Vec<_>>().join(",")))
}

fn end(info: &FdInfo, end: fn(&Socket) -> Option<Endpoint>) -> Option<Endpoint> {
    end(info.socket.as_ref()?)
}

pub(crate) fn getter(name: &str) -> Option<Get> {
    let get: Get = match name {
        "fdlist.nums" => |c, _| {
            let numbers = numbers(c)?;
            Some(Value::string(numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",")))
        },
        "fdlist.names" => {
            |c, _| joined(c, |info| (!info.name.is_empty()).then(|| lossy(&info.name).into_owned()))
        }
        "fdlist.cips" => {
            |c, _| joined(c, |info| end(info, |one| one.client).map(|end| end.ip.to_string()))
        }
        "fdlist.sips" => {
            |c, _| joined(c, |info| end(info, |one| one.server).map(|end| end.ip.to_string()))
        }
        "fdlist.cports" => {
            |c, _| joined(c, |info| end(info, |one| one.client).map(|end| end.port.to_string()))
        }
        "fdlist.sports" => {
            |c, _| joined(c, |info| end(info, |one| one.server).map(|end| end.port.to_string()))
        }
        _ => return None,
    };
    Some(get)
}
