//! What can be set.

use std::path::PathBuf;

use peregrine_alert::{Form, Priority};
use peregrine_engine::Matching;
use peregrine_rules::{ExtraOutput, Options as RuleOptions, Selection};
use peregrine_state::Limits;

use crate::base_syscalls::BaseSyscalls;

/// How Peregrine runs. The defaults are those of Falco's packages where Falco has the setting.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "one switch of the configuration each")]
pub struct Config {
    /// Rule files and folders, in order; empty: the rules we ship.
    pub rules_files: Vec<PathBuf>,
    /// Switches rules on and off, in order.
    pub selections: Vec<Selection>,
    /// Less severe rules are not loaded.
    pub priority: Priority,
    /// How many rules may report one event.
    pub matching: Matching,
    /// What a line holds.
    pub form: Form,
    /// Alerts that may wait for one output; 0: any number.
    pub queue_capacity: usize,
    /// Bytes of memory that alerts may take which wait for one output.
    pub queue_bytes: usize,
    /// Lines are written in bulk.
    pub buffered: bool,
    /// Alerts on stdout.
    pub stdout: bool,
    /// Alerts in a file.
    pub file: bool,
    /// That file.
    pub file_name: PathBuf,
    /// The file stays open.
    pub file_keep_open: bool,
    /// `container_id=...` and the like are appended to every output.
    pub suggested_output: bool,
    /// Container fields are on (Falco's `container` plugin).
    pub containers: bool,
    /// Appended to outputs before that.
    pub extra_output: Vec<ExtraOutput>,
    /// Fields `static.KEY` and their texts.
    pub static_fields: Vec<(String, String)>,
    /// Bytes of one ring of the kernel side.
    pub ring_bytes: u32,
    /// Bytes of a program's arguments that the probe reports, and of its environment.
    pub arguments_max: u32,
    /// Events no rule can match are left out in the kernel.
    pub pushdown: bool,
    /// Which calls the kernel is to tell beside those rules look at.
    pub base_syscalls: BaseSyscalls,
    /// How many threads and descriptors are kept.
    pub limits: Limits,
    /// What people should know about their settings, each with its place.
    pub warnings: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            rules_files: Vec::new(),
            selections: Vec::new(),
            priority: Priority::Debug,
            matching: Matching::First,
            form: Form::default(),
            // Unlike Falco's 0 (any number): memory has an end, and drops are counted and told.
            queue_capacity: 8192,
            queue_bytes: 32 << 20,
            buffered: false,
            stdout: true,
            file: false,
            file_name: PathBuf::from("./events.txt"),
            file_keep_open: false,
            suggested_output: true,
            containers: true,
            extra_output: Vec::new(),
            static_fields: Vec::new(),
            ring_bytes: 8 << 20,
            arguments_max: 4096,
            pushdown: true,
            base_syscalls: BaseSyscalls::default(),
            limits: Limits::default(),
            warnings: Vec::new(),
        }
    }
}

impl Config {
    /// Sets how many bytes of a program's arguments the probe reports; whether an event has room for them.
    pub(crate) fn set_arguments_max(&mut self, bytes: usize) -> bool {
        let fits = (4096..=12_285).contains(&bytes);
        self.arguments_max = u32::try_from(bytes).unwrap_or(self.arguments_max);
        fits
    }

    /// How rules are loaded.
    pub fn rule_options(&self) -> RuleOptions {
        RuleOptions {
            priority: self.priority,
            append_output: self.appended_output(),
            static_fields: self.static_fields.clone(),
            ..RuleOptions::default()
        }
    }

    /// What is appended to outputs.
    pub fn appended_output(&self) -> Vec<ExtraOutput> {
        let mut extra = self.extra_output.clone();
        if self.suggested_output {
            if self.containers {
                extra.push(ExtraOutput::everywhere(peregrine_alert::suggested_output()));
            }
            extra.extend(self.static_fields.iter().map(|(key, _)| {
                let shown = key.replace('.', "_");
                ExtraOutput::everywhere(format!("static_{shown}=%static.{key}"))
            }));
        }
        extra
    }
}

/// Where a setting stands: the file or the option, and the place in the file.
pub(crate) struct Place(pub(crate) String, pub(crate) Option<peregrine_yaml::Place>);

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.1 {
            Some(place) => write!(f, "{}:{}:{}", self.0, place.line, place.column),
            None => f.write_str(&self.0),
        }
    }
}

/// A setting that cannot be: where it stands, what is wrong, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}
