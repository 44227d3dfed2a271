//! `type: falcosidekick`: Falcosidekick, and whatever else takes Falco's JSON, an alert a request.

use std::time::Duration;

use peregrine_config::Falcosidekick as Keys;
use serde_json::{Value as Json, json};

use crate::SinkError;
use crate::facts::time;
use crate::http::{Protocol, Request};
use crate::output::Record;
use crate::sign;

pub(crate) struct Falcosidekick {
    url: String,
    keys: Keys,
}

impl Falcosidekick {
    pub(crate) fn new(keys: &Keys) -> Result<Self, SinkError> {
        Ok(Self { url: sign::url("url", &keys.url)?, keys: keys.clone() })
    }

    fn alert(&self, record: &Record<'_>) -> Json {
        let alert = record.alert;
        let mut fields = alert.fields.clone();
        fields.insert("evt.time".to_owned(), alert.time_ns.into());
        let own = self.keys.custom_fields.0.iter();
        fields.extend(own.map(|(name, value)| (name.clone(), value.as_str().into())));
        // Falcosidekick refuses an alert whose output is empty.
        let output = if record.text.is_empty() { alert.rule.as_str() } else { record.text };
        json!({
            "hostname": alert.id.host,
            "output": output,
            "output_fields": fields,
            "priority": alert.priority.name(),
            "rule": alert.rule,
            "source": alert.source,
            "tags": alert.tags,
            "time": time(alert),
        })
    }
}

impl Protocol for Falcosidekick {
    fn requests(
        &mut self,
        batch: &[Record<'_>],
        _now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        let request =
            |record| Request::post(&self.url, "application/json", self.alert(record).to_string());
        Ok(batch.iter().map(|record| (request(record), 1)).collect())
    }
}
