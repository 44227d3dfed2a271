//! `fdlist.*`: the descriptors that `poll` and its kin wait for, a text with commas between.

use std::net::{IpAddr, Ipv4Addr};

use peregrine_event::ParamType;
use peregrine_filter::Value;
use peregrine_state::{FdInfo, IpText, kinds};

use crate::context::EventContext;
use crate::getter::Get;
use crate::render::lossy;

/// The numbers in the event's list.
fn numbers(c: &EventContext<'_>) -> Option<Vec<i64>> {
    let view = &c.event.view;
    let index = view.info().params.iter().position(|param| param.ty == ParamType::Fdlist)?;
    // A count, then each number with its flags.
    let entries = c.event.view.param(index)?.get(2..)?.chunks_exact(10);
    Some(entries.filter_map(|entry| entry.first_chunk().copied().map(i64::from_le_bytes)).collect())
}

/// The texts of all numbers with commas between; no value where that is empty.
fn joined(
    c: &EventContext<'_>,
    text: impl Fn(i64, Option<&FdInfo>) -> Option<String>,
) -> Option<Value<'static>> {
    let files = c.thread()?.files();
    let texts = numbers(c)?.into_iter().filter_map(|fd| text(fd, c.state.fd(files, fd)));
    let all = texts.collect::<Vec<_>>().join(",");
    (!all.is_empty()).then(|| Value::string(all))
}

/// What is known of an end of each socket that has two.
fn of_pairs(
    c: &EventContext<'_>,
    text: impl Fn(&FdInfo) -> Option<String>,
) -> Option<Value<'static>> {
    let pair = |info: &&FdInfo| matches!(info.kind, kinds::IPV4_SOCK | kinds::IPV6_SOCK);
    joined(c, |_, info| text(info.filter(pair)?))
}

pub(crate) fn getter(name: &str) -> Option<Get> {
    let get: Get = match name {
        "fdlist.nums" => |c, _| joined(c, |fd, _| Some(fd.to_string())),
        "fdlist.names" => |c, _| {
            joined(c, |_, info| {
                let name = info.filter(|info| !info.name.is_empty());
                Some(name.map_or_else(|| "<NA>".to_owned(), |info| lossy(&info.name).into_owned()))
            })
        },
        "fdlist.cips" => |c, _| of_pairs(c, |info| Some(IpText(info.source()?.ip).to_string())),
        "fdlist.sips" => |c, _| {
            joined(c, |_, info| {
                let info = info?;
                let ip = info.destination()?.ip;
                Some(match ip {
                    // Of one that waits, the first bytes show as an address of IPv4.
                    IpAddr::V6(ip) if info.kind == kinds::IPV6_SERVSOCK => {
                        let [a, b, c, d, ..] = ip.octets();
                        Ipv4Addr::new(a, b, c, d).to_string()
                    }
                    ip => IpText(ip).to_string(),
                })
            })
        },
        "fdlist.cports" => |c, _| of_pairs(c, |info| Some(info.source()?.port.to_string())),
        "fdlist.sports" => |c, _| of_pairs(c, |info| Some(info.destination()?.port.to_string())),
        _ => return None,
    };
    Some(get)
}
