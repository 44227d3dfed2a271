//! `type: kafka`: messages of Kafka, each delivered when all replicas in step have it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use peregrine_alert::Form;
use peregrine_config::{Delivery, Kafka as Keys, Secret};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{
    BaseProducer, BaseRecord, DeliveryResult, Producer as _, ProducerContext, PurgeConfig,
};
use rdkafka::{ClientConfig, ClientContext};

use super::identity;
use crate::error::SinkError;
use crate::output::{Batch, Fate, Output, Record, Report};
use crate::short_text::ShortText;

const PORT: u16 = 9092;
/// How long the library may keep what happened to itself.
const MOMENT: Duration = Duration::from_millis(20);

struct Kafka {
    servers: String,
    topic: ShortText,
    username: String,
    password: Secret,
    limit: Duration,
    alerts: usize,
    producer: Option<BaseProducer<Heard>>,
}

/// What the library's thread reports.
#[derive(Default)]
struct Heard {
    /// What became of messages, by their places in the batch.
    settled: Mutex<Vec<(usize, Result<(), KafkaError>)>>,
    /// The last thing that failed without being about one message.
    error: Mutex<Option<String>>,
}

impl ClientContext for Heard {
    fn error(&self, _error: KafkaError, reason: &str) {
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
    }
}

impl ProducerContext for Heard {
    type DeliveryOpaque = Box<usize>;

    fn delivery(&self, result: &DeliveryResult<'_>, at: Box<usize>) {
        let result = match result {
            Ok(_) => Ok(()),
            Err((error, _)) => Err(error.clone()),
        };
        self.settled.lock().unwrap_or_else(PoisonError::into_inner).push((*at, result));
    }
}

/// An output of this type. `form`: that of `{{ output }}`.
pub(crate) fn open(
    common: &Delivery,
    keys: &Keys,
    form: Form,
) -> Result<Box<dyn Output>, SinkError> {
    let servers: Vec<String> = keys.servers.iter().map(|server| server.with_port(PORT)).collect();
    Ok(Box::new(Kafka {
        servers: servers.join(","),
        topic: ShortText::new("topic", &keys.topic, form)?,
        username: keys.username.clone(),
        password: keys.password.clone(),
        limit: common.timeout.0,
        alerts: common.batch.map_or(500, peregrine_config::Whole::size),
        producer: None,
    }))
}

impl Kafka {
    fn connect(&self) -> Result<BaseProducer<Heard>, SinkError> {
        let mut config = ClientConfig::new();
        let limit = self.limit.as_millis().clamp(1, 900_000).to_string();
        config
            .set("bootstrap.servers", &self.servers)
            .set("client.id", "peregrine")
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("message.timeout.ms", &limit)
            .set("socket.timeout.ms", self.limit.as_millis().clamp(1000, 300_000).to_string())
            .set("linger.ms", "0")
            .set("message.max.bytes", "10000000")
            // It only waits for the other side's patience to end.
            .set("log.connection.close", "false");
        if !self.username.is_empty() {
            config
                .set("security.protocol", "sasl_plaintext")
                .set("sasl.mechanisms", "PLAIN")
                .set("sasl.username", &self.username)
                .set("sasl.password", self.password.load()?);
        }
        config.create_with_context(Heard::default()).map_err(|source| self.cannot(&source, None))
    }

    fn cannot(&self, error: &KafkaError, heard: Option<String>) -> SinkError {
        let login = heard.as_deref().is_some_and(|heard| heard.contains("uthentication"));
        let what = if login { ": check `username` and `password`" } else { "" };
        let heard = heard.map(|heard| format!(" ({heard})")).unwrap_or_default();
        SinkError::Answer(format!(
            "cannot publish to kafka at {}: {error}{heard}{what}",
            self.servers
        ))
    }

    /// Hands the alerts over and waits until it is known what became of each, or the time is up.
    fn send(
        &self,
        producer: &BaseProducer<Heard>,
        batch: &[Record<'_>],
        fates: &mut [Fate],
    ) -> Result<(), SinkError> {
        let end = Instant::now() + self.limit;
        let heard = producer.context();
        let mut waiting = 0_usize;
        let mut failed = None;
        for (at, (record, fate)) in batch.iter().zip(fates.iter_mut()).enumerate() {
            let alert = record.alert;
            let topic = match self.topic.of(alert) {
                Ok(topic) => topic,
                Err(error) => {
                    *fate = Fate::Refused(error);
                    continue;
                }
            };
            let id = identity(alert);
            let headers =
                OwnedHeaders::new().insert(Header { key: "peregrine-id", value: Some(&id) });
            let mut message = BaseRecord::with_opaque_to(&topic, Box::new(at))
                .key(&alert.id.host)
                .payload(record.text)
                .headers(headers);
            loop {
                match producer.send(message) {
                    Ok(()) => {
                        waiting += 1;
                        break;
                    }
                    Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back))
                        if Instant::now() < end =>
                    {
                        message = back;
                        producer.poll(MOMENT);
                    }
                    Err((error, _)) if is_final(&error) => {
                        *fate = Fate::Refused(self.cannot(&error, None));
                        break;
                    }
                    Err((error, _)) => {
                        failed = Some(self.cannot(&error, None));
                        break;
                    }
                }
            }
        }
        while waiting > 0 {
            if Instant::now() >= end {
                // What is still on its way is reported as purged.
                producer.purge(PurgeConfig::default().queue().inflight());
            }
            producer.poll(MOMENT);
            let settled =
                std::mem::take(&mut *heard.settled.lock().unwrap_or_else(PoisonError::into_inner));
            for (at, result) in settled {
                waiting = waiting.saturating_sub(1);
                let Some(fate) = fates.get_mut(at) else { continue };
                match result {
                    Ok(()) => *fate = Fate::Delivered,
                    Err(error) if is_final(&error) => {
                        *fate = Fate::Refused(self.cannot(&error, None));
                    }
                    Err(error) => {
                        let why =
                            heard.error.lock().unwrap_or_else(PoisonError::into_inner).clone();
                        failed = failed.or(Some(self.cannot(&error, why)));
                    }
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

/// Whether the broker will never take it.
fn is_final(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{InvalidMessage, InvalidTopic, MessageSizeTooLarge};
    error
        .rdkafka_error_code()
        .is_some_and(|code| matches!(code, MessageSizeTooLarge | InvalidMessage | InvalidTopic))
}

impl Output for Kafka {
    fn batch(&self) -> Batch {
        Batch { alerts: self.alerts, bytes: 8 << 20, ..Batch::ONE }
    }

    fn deliver(&mut self, batch: &[Record<'_>]) -> Report {
        let producer = match self.producer.take() {
            Some(producer) => producer,
            None => match self.connect() {
                Ok(producer) => producer,
                Err(error) => return Report::failed(batch.len(), error),
            },
        };
        let mut fates: Vec<Fate> = batch.iter().map(|_| Fate::Again).collect();
        let error = self.send(&producer, batch, &mut fates).err();
        if producer.client().fatal_error().is_none() {
            self.producer = Some(producer);
        }
        Report { fates, error, retry_after: None }
    }

    fn tick(&mut self) -> Result<(), SinkError> {
        if let Some(producer) = &self.producer {
            producer.poll(Duration::ZERO);
        }
        Ok(())
    }
}
