//! The types of outputs, a file each; `channels.rs` opens them.

pub(crate) mod alertmanager;
mod chat;
mod connected;
pub(crate) mod dingtalk;
pub(crate) mod discord;
pub(crate) mod elasticsearch;
pub(crate) mod falco_http;
pub(crate) mod falcosidekick;
pub(crate) mod feishu;
pub(crate) mod file;
#[cfg(feature = "kafka")]
pub(crate) mod kafka;
mod lines;
pub(crate) mod loki;
pub(crate) mod mqtt;
pub(crate) mod nats;
pub(crate) mod otlp;
pub(crate) mod pagerduty;
pub(crate) mod program;
pub(crate) mod redis;
#[cfg(test)]
mod requests;
pub(crate) mod s3;
#[cfg(test)]
pub(crate) mod samples;
pub(crate) mod slack;
pub(crate) mod smtp;
pub(crate) mod splunk;
pub(crate) mod stdout;
pub(crate) mod syslog;
pub(crate) mod teams;
pub(crate) mod telegram;
#[cfg(test)]
mod tests;
pub(crate) mod webhook;
pub(crate) mod wecom;

use peregrine_alert::Alert;
use peregrine_config::{Encryption, TlsKeys};

use crate::error::SinkError;
use crate::tls::Tls;

/// How a connection is encrypted; none where it is not.
fn tls_of(encryption: Encryption, keys: &TlsKeys) -> Result<Option<Tls>, SinkError> {
    match encryption {
        Encryption::Tls => Tls::load(keys).map(Some),
        Encryption::None if *keys == TlsKeys::default() => Ok(None),
        Encryption::None => {
            let words = "`tls` has no effect without `encryption: tls`: set it, or leave `tls` out";
            Err(SinkError::Configuration(words.to_owned()))
        }
    }
}

/// The identity of an alert as one word of letters that every protocol allows: a receiver recognises repeats by it.
fn identity(alert: &Alert) -> String {
    let host = alert.id.host.chars().map(|c| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' => c,
        _ => '_',
    });
    format!("{}-{}", host.collect::<String>(), alert.id.sequence)
}
