//! The outputs a configuration turns on: those of Falco's keys, then those of the list `outputs`.

use std::collections::BTreeSet;
use std::time::Duration;

use peregrine_alert::Form;
use peregrine_config::model::{FileOutput, HttpOutput, ProgramOutput, SyslogOutput};
use peregrine_config::{Channel, Config, ConfiguredOutput, Delivery, Format, HttpKeys, Whole};

use crate::error::{OutputError, SinkError};
use crate::output::Output;
use crate::over_http::OverHttp;
use crate::requests::Replacement;
use crate::retry::Retry;
use crate::select::{Selection, Writers};
use crate::sinks::{
    falco_http, file, mqtt, nats, program, redis, s3, smtp, stdout, syslog, webhook,
};

/// An output that was opened.
pub(crate) struct Opened {
    /// What people, metrics and the journal's cursor know it by.
    pub(crate) name: String,
    pub(crate) output: Box<dyn Output>,
    pub(crate) retry: Retry,
    /// Alerts it is given at once at most, where the configuration says.
    pub(crate) batch: Option<usize>,
    /// Which alerts it gets, and what is sent of each.
    pub(crate) selection: Selection,
    /// What it was opened with.
    pub(crate) settings: Settings,
}

impl Opened {
    /// What its worker has of it.
    pub(crate) fn into_replacement(self) -> Replacement {
        let Self { output, retry, batch, selection, .. } = self;
        let mut limits = output.batch();
        limits.alerts = limits.alerts.min(batch.unwrap_or(usize::MAX)).max(1);
        Replacement { output, limits, selection, retry }
    }
}

/// All that the configuration says of an output: those of another that are the same make the same output.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    keys: Keys,
    line: Format,
    form: Form,
}

/// The keys of an output of Falco's, with what they depend on beside, or of one of the list.
#[derive(Debug, Clone, PartialEq)]
enum Keys {
    Stdout { buffered: bool },
    File { keys: FileOutput, buffered: bool },
    Syslog(SyslogOutput),
    Program(ProgramOutput),
    Http(Box<HttpOutput>),
    Listed(Box<ConfiguredOutput>),
}

/// How long the program of `program_output` may take for one alert: in Falco as long as it likes.
const PROGRAM_LIMIT: Duration = Duration::from_mins(1);

type Made = Result<Box<dyn Output>, SinkError>;

/// An output that is on, and how it is opened.
pub(crate) struct Planned {
    pub(crate) name: String,
    /// What its keys of Falco begin with; none for one of the list.
    pub(crate) key: Option<&'static str>,
    /// How long an attempt may take.
    pub(crate) timeout: Duration,
    retry: Retry,
    delivery: Delivery,
    usual: Format,
    form: Form,
    keys: Keys,
    make: Box<dyn FnOnce() -> Made + Send>,
}

impl Planned {
    pub(crate) fn settings(&self) -> Settings {
        Settings { keys: self.keys.clone(), line: self.usual, form: self.form }
    }

    /// Opens it.
    ///
    /// # Errors
    /// When what it writes to cannot be opened, or its configuration cannot be used.
    pub(crate) fn open(self) -> Result<Opened, SinkError> {
        let settings = self.settings();
        let Self { name, retry, delivery, usual, form, make, .. } = self;
        let selection = Selection::new(&delivery, usual, form)
            .map_err(|error| SinkError::Configuration(format!("when: {error}")))?;
        let batch = delivery.batch.map(Whole::size);
        Ok(Opened { name, output: make()?, retry, batch, selection, settings })
    }
}

#[cfg(test)]
impl Settings {
    /// Those of an output that no configuration has.
    pub(crate) fn of_test() -> Self {
        let keys = Keys::Stdout { buffered: false };
        Self { keys, line: Format::Text, form: Form::default() }
    }
}

impl Keys {
    /// What keys of Falco begin with.
    fn key(&self) -> Option<&'static str> {
        Some(match self {
            Self::Stdout { .. } => "stdout",
            Self::File { .. } => "file",
            Self::Syslog(_) => "syslog",
            Self::Program(_) => "program",
            Self::Http(_) => "http",
            Self::Listed(_) => return None,
        })
    }
}

/// The outputs that are on, in the order alerts are handed to them.
pub(crate) fn planned(config: &Config) -> Vec<Planned> {
    let mut all = Vec::new();
    let line = if config.json_output { Format::Json } else { Format::Text };
    let form = config.form();
    let mut add = |name: &str, keys, retry, timeout, make: Box<dyn FnOnce() -> Made + Send>| {
        let (name, delivery) = (name.to_owned(), Delivery::default());
        let key = Keys::key(&keys);
        all.push(Planned { name, key, timeout, retry, delivery, usual: line, form, keys, make });
    };
    let buffered = config.buffered_outputs;
    if config.stdout_output.enabled {
        let make = Box::new(move || stdout::open(buffered));
        add("stdout", Keys::Stdout { buffered }, Retry::LOCAL, Duration::ZERO, make);
    }
    if config.file_output.enabled {
        let keys = config.file_output.clone();
        let name = format!("file {}", keys.filename.display());
        let settings = Keys::File { keys: keys.clone(), buffered };
        let make = Box::new(move || file::open(&keys.filename, keys.keep_alive, buffered));
        add(&name, settings, Retry::LOCAL, Duration::ZERO, make);
    }
    if config.syslog_output.enabled {
        let keys = Keys::Syslog(config.syslog_output.clone());
        let tag = config.syslog_output.tag.clone();
        add("syslog", keys, Retry::LOCAL, Duration::ZERO, Box::new(|| Ok(syslog::open(tag))));
    }
    if config.program_output.enabled {
        let keys = config.program_output.clone();
        let settings = Keys::Program(keys.clone());
        let make = move || Ok(program::open(&keys.program, PROGRAM_LIMIT, keys.keep_alive));
        add("program", settings, Retry::LOCAL, PROGRAM_LIMIT, Box::new(make));
    }
    if config.http_output.enabled {
        let (keys, json) = (config.http_output.clone(), config.json_output);
        let settings = Keys::Http(Box::new(keys.clone()));
        let retry = Retry::new(&Delivery::default());
        let timeout = Delivery::default().timeout.0;
        add("http", settings, retry, timeout, Box::new(move || falco_http::open(&keys, json)));
    }
    for output in config.outputs.iter().filter(|output| output.common.enabled) {
        let (delivery, keys) = (output.common.clone(), output.clone());
        all.push(Planned {
            name: output.name.clone(),
            key: None,
            keys: Keys::Listed(Box::new(output.clone())),
            timeout: delivery.timeout.0,
            retry: Retry::new(&delivery),
            usual: usual_format(&output.channel),
            delivery,
            form,
            make: Box::new(move || of_list(&keys, form)),
        });
    }
    all
}

/// The outputs that are off, each with the key that turns it on.
pub(crate) fn off(config: &Config) -> Vec<(String, String)> {
    let keys = [
        ("stdout", config.stdout_output.enabled),
        ("file", config.file_output.enabled),
        ("syslog", config.syslog_output.enabled),
        ("program", config.program_output.enabled),
        ("http", config.http_output.enabled),
    ];
    let of_falco = keys.into_iter().filter(|(_, on)| !on);
    let of_falco = of_falco.map(|(name, _)| (name.to_owned(), format!("{name}_output.enabled")));
    let list = config.outputs.iter().enumerate().filter(|(_, output)| !output.common.enabled);
    let list = list.map(|(at, output)| (output.name.clone(), format!("outputs[{at}].enabled")));
    of_falco.chain(list).collect()
}

/// An output of a configuration beside others that run.
pub(crate) enum Next {
    /// It runs already.
    Runs(String),
    /// It is new, or its settings are.
    Opened(Box<Opened>),
}

/// Opens every output that is on, in the order alerts are handed to them, but for those for which `runs` with these
/// settings is true.
pub(crate) fn open(
    config: &Config,
    runs: impl Fn(&str, &Settings) -> bool,
) -> Result<Vec<Next>, OutputError> {
    let mut all: Vec<Next> = Vec::new();
    let mut names = BTreeSet::new();
    let mut writers = Writers::default();
    for output in planned(config) {
        let name = output.name.clone();
        if !names.insert(name.clone()) {
            return Err(OutputError::SameName(name));
        }
        if runs(&name, &output.settings()) {
            all.push(Next::Runs(name));
            continue;
        }
        let failed = |source| OutputError::Open { output: name.clone(), source };
        let mut opened = output.open().map_err(failed)?;
        opened.selection.share(&mut writers);
        all.push(Next::Opened(Box::new(opened)));
    }
    Ok(all)
}

/// What is sent where neither `format` nor `template` says: what people read is the rule's output, what machines
/// read is JSON.
fn usual_format(channel: &Channel) -> Format {
    match channel {
        Channel::Slack(_)
        | Channel::Discord(_)
        | Channel::Teams(_)
        | Channel::Telegram(_)
        | Channel::DingTalk(_)
        | Channel::Feishu(_)
        | Channel::WeCom(_)
        | Channel::PagerDuty(_)
        | Channel::Alertmanager(_)
        | Channel::Elasticsearch(_)
        | Channel::Otlp(_)
        | Channel::Syslog(_) => Format::Message,
        Channel::Smtp(_) | Channel::Falcosidekick(_) => Format::Text,
        _ => Format::Json,
    }
}

/// Opens an output of the list. `form`: that of lines in templates of its own.
pub(crate) fn of_list(output: &ConfiguredOutput, form: Form) -> Made {
    let common = &output.common;
    let timeout = common.timeout.0;
    let usual = HttpKeys::default();
    let keys = output.http.as_ref().unwrap_or(&usual);
    let over_http = OverHttp { keys, timeout, batch: common.batch.map(Whole::size) };
    match &output.channel {
        Channel::Webhook(webhook) => webhook::open(webhook, keys, timeout),
        Channel::Smtp(keys) => smtp::open(common, keys, form),
        Channel::Nats(keys) => nats::open(common, keys, form),
        Channel::Redis(keys) => redis::open(common, keys, form),
        Channel::Mqtt(keys) => mqtt::open(common, keys, form),
        Channel::File(keys) => file::open_channel(common, keys),
        Channel::Program(keys) => program::open_channel(common, keys),
        Channel::Syslog(keys) => syslog::open_channel(common, keys),
        Channel::S3(keys) => s3::open(&output.name, common, keys),
        #[cfg(feature = "kafka")]
        Channel::Kafka(keys) => crate::sinks::kafka::open(common, keys, form),
        #[cfg(not(feature = "kafka"))]
        Channel::Kafka(_) => Err(SinkError::Configuration(
            "this build has no kafka: build with --features kafka".to_owned(),
        )),
        other => {
            let unknown = || Err(SinkError::NotBuilt(other.type_name()));
            over_http.open(other).unwrap_or_else(unknown)
        }
    }
}
