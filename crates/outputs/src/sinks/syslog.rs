//! The system log: `syslog_output`, and `type: syslog`, which speaks to other hosts too.

mod local;
mod message;
mod network;

use std::sync::atomic::AtomicU64;

use jiff::ZonedDateTime;
use peregrine_alert::{FACILITY_USER, syslog_line};
use peregrine_config::{Delivery, Format, Syslog as Keys, SyslogHeader, SyslogProtocol, TlsKeys};

use self::local::{Local, Make};
use self::message::{Header, Message, Messages};
use self::network::{DATAGRAM, Network};
use super::connected::Connected;
use crate::cut::{cut, utf8};
use crate::error::SinkError;
use crate::output::Output;
use crate::tls::Tls;

/// Where the system log of this host listens.
const SOCKET: &str = "/dev/log";
/// Receivers have to take messages of so many bytes.
const LEAST: usize = 480;

/// Opens `syslog_output`. `program`: the name alerts are tagged with.
pub(crate) fn open(program: String) -> Box<dyn Output> {
    Box::new(Local::new(SOCKET.into(), usize::MAX, as_falco(program)))
}

/// The messages Falco sends: of this moment, texts as they are.
fn as_falco(program: String) -> Make {
    Box::new(move |alert, text, most| {
        let now = ZonedDateTime::now();
        let line =
            |text: &str| syslog_line((FACILITY_USER, alert.priority), &now, None, &program, text);
        let shorter = cut(text, most.saturating_sub(line("").len()), utf8);
        Message { text: line(&shorter), cut: shorter.len() < text.len() }
    })
}

/// An output of this type.
pub(crate) fn open_channel(common: &Delivery, keys: &Keys) -> Result<Box<dyn Output>, SinkError> {
    let wrong = |words: &str| Err(SinkError::Configuration(words.to_owned()));
    let is_local = keys.protocol == SyslogProtocol::Local;
    if is_local != keys.server.host.is_empty() {
        return wrong(if is_local {
            "`server` has no effect with `protocol: local`: set `protocol` to udp, tcp or tls"
        } else {
            "set `server`, or `protocol: local` for the log of this host"
        });
    }
    if keys.protocol != SyslogProtocol::Tls && keys.tls != TlsKeys::default() {
        return wrong("`tls` has no effect without `protocol: tls`: set it, or leave `tls` out");
    }
    let most = usize::try_from(keys.max_message_size.0).unwrap_or(usize::MAX);
    if most < LEAST {
        return wrong("`max_message_size` is less than 480 bytes, which every receiver takes");
    }
    if keys.protocol == SyslogProtocol::Udp && most > DATAGRAM {
        return wrong("`max_message_size` is more than the 65507 bytes that fit a datagram");
    }
    // JSON and CEF have the values, and rules of their own about how they begin.
    let is_text = !common.template.0.is_empty()
        || matches!(common.format, None | Some(Format::Text | Format::Message));
    let number = u32::try_from(keys.enterprise_number.0).unwrap_or_default();
    let data = keys.structured_data.unwrap_or(is_text).then_some(number);
    let header = match (keys.header, is_local) {
        (Some(SyslogHeader::Rfc5424), _) | (None, false) => Header::New(data),
        (Some(SyslogHeader::Rfc3164), false) => Header::Old,
        (Some(SyslogHeader::Rfc3164) | None, true) => Header::OldLocal,
    };
    let messages = Messages {
        header,
        facility: keys.facility.number(),
        app_name: keys.app_name.clone(),
        bom: is_text,
        pid: std::process::id(),
    };
    if is_local {
        let make = Box::new(move |alert: &_, text: &_, most| messages.message(alert, text, most));
        return Ok(Box::new(Local::new(keys.socket.clone(), most, make)));
    }
    let tls = (keys.protocol == SyslogProtocol::Tls).then(|| Tls::load(&keys.tls)).transpose()?;
    let network = Network {
        server: keys.server.clone(),
        protocol: keys.protocol,
        tls,
        messages,
        most,
        alerts: common.batch.map_or(100, peregrine_config::Whole::size),
        cut: AtomicU64::new(0),
    };
    Ok(Box::new(Connected::new(network, common.timeout.0)?))
}
