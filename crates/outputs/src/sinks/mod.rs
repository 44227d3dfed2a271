//! The types of outputs, a file each; `channels.rs` opens them.

pub(crate) mod alertmanager;
mod chat;
pub(crate) mod dingtalk;
pub(crate) mod discord;
pub(crate) mod elasticsearch;
pub(crate) mod falcosidekick;
pub(crate) mod feishu;
pub(crate) mod file;
mod lines;
pub(crate) mod loki;
pub(crate) mod otlp;
pub(crate) mod pagerduty;
#[cfg(test)]
mod requests;
#[cfg(test)]
pub(crate) mod samples;
pub(crate) mod slack;
pub(crate) mod splunk;
pub(crate) mod stdout;
pub(crate) mod teams;
pub(crate) mod telegram;
pub(crate) mod webhook;
pub(crate) mod wecom;
