//! The outputs a configuration turns on: those of Falco's keys, then those of the list `outputs`.

use std::time::Duration;

use peregrine_alert::Form;
use peregrine_config::{Channel, Config, ConfiguredOutput, Delivery, Format, HttpKeys, Whole};

use crate::error::{OutputError, SinkError};
use crate::output::Output;
use crate::over_http::OverHttp;
use crate::retry::Retry;
use crate::select::Selection;
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

/// Opens every output that is on, in the order alerts are handed to them.
pub(crate) fn open(config: &Config) -> Result<Vec<Opened>, OutputError> {
    let mut all = Vec::new();
    let line = if config.json_output { Format::Json } else { Format::Text };
    let all_alerts = Delivery::default();
    let mut add = |name: String, retry: Retry, common: &Delivery, usual: Format, made: Made| {
        let selection = Selection::new(common, usual, config.form())
            .map_err(|error| SinkError::Configuration(format!("when: {error}")))
            .map_err(|source| OutputError::Open { output: name.clone(), source })?;
        let batch = common.batch.map(Whole::size);
        let output = made.map_err(|source| OutputError::Open { output: name.clone(), source })?;
        if all.iter().any(|other: &Opened| other.name == name) {
            return Err(OutputError::SameName(name));
        }
        all.push(Opened { name, output, retry, batch, selection });
        Ok(())
    };
    let buffered = config.buffered_outputs;
    if config.stdout_output.enabled {
        add("stdout".to_owned(), Retry::LOCAL, &all_alerts, line, stdout::open(buffered))?;
    }
    let keys = &config.file_output;
    if keys.enabled {
        let name = format!("file {}", keys.filename.display());
        add(
            name,
            Retry::LOCAL,
            &all_alerts,
            line,
            file::open(&keys.filename, keys.keep_alive, buffered),
        )?;
    }
    let keys = &config.syslog_output;
    if keys.enabled {
        add(
            "syslog".to_owned(),
            Retry::LOCAL,
            &all_alerts,
            line,
            Ok(syslog::open(keys.tag.clone())),
        )?;
    }
    let keys = &config.program_output;
    if keys.enabled {
        add(
            "program".to_owned(),
            Retry::LOCAL,
            &all_alerts,
            line,
            Ok(program::open(&keys.program, PROGRAM_LIMIT, keys.keep_alive)),
        )?;
    }
    let keys = &config.http_output;
    if keys.enabled {
        let made = falco_http::open(keys, config.json_output);
        add("http".to_owned(), Retry::new(&all_alerts), &all_alerts, line, made)?;
    }
    for output in config.outputs.iter().filter(|output| output.common.enabled) {
        let common = &output.common;
        let usual = usual_format(&output.channel);
        add(
            output.name.clone(),
            Retry::new(common),
            common,
            usual,
            of_list(output, config.form()),
        )?;
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
