//! The outputs a configuration turns on: those of Falco's keys, then those of the list `outputs`.

use std::time::Duration;

use peregrine_alert::Form;
use peregrine_config::{Channel, Config, ConfiguredOutput, Delivery, Format, HttpKeys, Whole};

use crate::error::{OutputError, SinkError};
use crate::output::Output;
use crate::over_http::OverHttp;
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
    make: Box<dyn FnOnce() -> Made + Send>,
}

impl Planned {
    /// Opens it.
    ///
    /// # Errors
    /// When what it writes to cannot be opened, or its configuration cannot be used.
    pub(crate) fn open(self) -> Result<Opened, SinkError> {
        let Self { name, retry, delivery, usual, form, make, .. } = self;
        let selection = Selection::new(&delivery, usual, form)
            .map_err(|error| SinkError::Configuration(format!("when: {error}")))?;
        let batch = delivery.batch.map(Whole::size);
        Ok(Opened { name, output: make()?, retry, batch, selection })
    }
}

/// The outputs that are on, in the order alerts are handed to them.
pub(crate) fn planned(config: &Config) -> Vec<Planned> {
    let mut all = Vec::new();
    let line = if config.json_output { Format::Json } else { Format::Text };
    let form = config.form();
    let mut add = |name: &str, key, retry, timeout, make: Box<dyn FnOnce() -> Made + Send>| {
        let (name, delivery) = (name.to_owned(), Delivery::default());
        let key = Some(key);
        all.push(Planned { name, key, timeout, retry, delivery, usual: line, form, make });
    };
    let buffered = config.buffered_outputs;
    if config.stdout_output.enabled {
        let make = Box::new(move || stdout::open(buffered));
        add("stdout", "stdout", Retry::LOCAL, Duration::ZERO, make);
    }
    if config.file_output.enabled {
        let keys = config.file_output.clone();
        let name = format!("file {}", keys.filename.display());
        let make = Box::new(move || file::open(&keys.filename, keys.keep_alive, buffered));
        add(&name, "file", Retry::LOCAL, Duration::ZERO, make);
    }
    if config.syslog_output.enabled {
        let tag = config.syslog_output.tag.clone();
        add("syslog", "syslog", Retry::LOCAL, Duration::ZERO, Box::new(|| Ok(syslog::open(tag))));
    }
    if config.program_output.enabled {
        let keys = config.program_output.clone();
        let make = move || Ok(program::open(&keys.program, PROGRAM_LIMIT, keys.keep_alive));
        add("program", "program", Retry::LOCAL, PROGRAM_LIMIT, Box::new(make));
    }
    if config.http_output.enabled {
        let (keys, json) = (config.http_output.clone(), config.json_output);
        let retry = Retry::new(&Delivery::default());
        let timeout = Delivery::default().timeout.0;
        add("http", "http", retry, timeout, Box::new(move || falco_http::open(&keys, json)));
    }
    for output in config.outputs.iter().filter(|output| output.common.enabled) {
        let (delivery, keys) = (output.common.clone(), output.clone());
        all.push(Planned {
            name: output.name.clone(),
            key: None,
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

/// Opens every output that is on, in the order alerts are handed to them.
pub(crate) fn open(config: &Config) -> Result<Vec<Opened>, OutputError> {
    let mut all: Vec<Opened> = Vec::new();
    let mut writers = Writers::default();
    for output in planned(config) {
        let name = output.name.clone();
        let failed = |source| OutputError::Open { output: name.clone(), source };
        let mut opened = output.open().map_err(failed)?;
        opened.selection.share(&mut writers);
        if all.iter().any(|other| other.name == name) {
            return Err(OutputError::SameName(name));
        }
        all.push(opened);
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
