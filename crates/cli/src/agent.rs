//! Asking the running agent.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use peregrine_agent::control::ask;
use peregrine_config::Config;
use peregrine_control::Request;
use serde::de::DeserializeOwned;

use crate::config::{configuration, usual};

/// How long the agent may take for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it may take to read and compile rules.
const LONG: Duration = Duration::from_secs(70);

/// Which agent: the one whose control socket the configuration names.
#[derive(Debug, Args)]
pub(crate) struct Agent {
    /// Configuration file [default: /etc/peregrine/peregrine.yaml, else /etc/falco/falco.yaml]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting over the configuration; repeatable: `control.path=/run/peregrine/second.sock`.
    #[arg(short, long = "option", value_name = "KEY=VALUE")]
    option: Vec<String>,
}

impl Agent {
    /// Its configuration.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn configuration(&self) -> anyhow::Result<Config> {
        configuration(usual(self.config.as_deref()), &self.option)
    }

    /// Asks, and reads the answer.
    ///
    /// # Errors
    /// When no agent answers, or not what was asked for.
    pub(crate) fn ask<T: DeserializeOwned>(&self, request: &Request) -> anyhow::Result<T> {
        let patience = if matches!(request, Request::Reload { .. }) { LONG } else { PATIENCE };
        let config = self.configuration()?;
        let answer = ask(&config.control.path, request, patience)?;
        serde_json::from_value(answer).context("the agent answers in a form of another version")
    }
}
