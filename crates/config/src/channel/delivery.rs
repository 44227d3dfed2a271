//! The keys every output of `outputs` has.

use serde_json::{Value as Json, json};

use peregrine_alert::Priority;

use super::condition::When;
use super::maybe::Maybe;
use super::quiet::{Dedup, Mute, Throttle};
use super::template::Template;
use crate::reader::Reader;
use crate::setting::Status::Used;
use crate::setting::{Kind, Value, section};
use crate::tree::Node;
use crate::values::{Interval, Whole};

section! {
    /// The keys every output of `outputs` has.
    Delivery {
        /// Whether alerts go there.
        enabled: bool = true, Used;
        /// Only alerts for which this condition holds: the rule language over the alert's own fields (`rule`,
        /// `priority`, `source`, `tags`, `hostname`, `time`, `output`) and the values it carries.
        when: When = When::default(), Used, "priority >= warning and not tags in (noise)";
        /// Only alerts of this priority and more severe ones.
        priority: Option<Priority> = None, Used, "warning";
        /// What is sent: `text` (the line Falco writes), `message` (without time and priority), `json`, `cef` (the
        /// Common Event Format).
        /// Each type has the default that suits its receiver.
        format: Option<Format> = None, Used, "json";
        /// A template in its place (minijinja): `{{ rule }}`, `{{ fields["proc.name"] }}`.
        template: Template = Template::default(), Used, "'{{ hostname }}: {{ message }}'";
        /// So many alerts in a time at most. Of the others one alert at the end of that time says how many they
        /// were, from when to when.
        throttle: Maybe<Throttle> = Maybe(None), Used, "{alerts: 10, per: 1m, by: [rule]}";
        /// Of equal alerts the first one. Of the others one alert at the end of the window says how many they
        /// were, from when to when.
        dedup: Maybe<Dedup> = Maybe(None), Used, "{window: 10m, by: [rule, output]}";
        /// Quiet times by the host's clock: one alert at their end says how many there were.
        mute: Vec<Mute> = Vec::new(), Used, "[{from: '22:00', to: '06:00', days: [sat, sun], when: priority < error}]";
        /// Alerts in one request at most, where the receiver takes several.
        batch: Option<Whole<1, 10000>> = None, Used, "100";
        /// How long one attempt may take.
        timeout: Interval = Interval(std::time::Duration::from_secs(10)), Used;
        /// How long is waited at most after the first attempt that fails, before the next. Each further failure
        /// doubles it; a random part of it is waited.
        retry_first: Interval = Interval(std::time::Duration::from_millis(500)), Used, "1s";
        /// How long is waited at most after many failures.
        retry_most: Interval = Interval(std::time::Duration::from_secs(30)), Used, "5m";
        /// An alert that could not be delivered for so long is given up: counted, reported, and kept as a dead letter
        /// where there is a journal. Not set: it is tried for ever.
        give_up_after: Option<Interval> = None, Used, "1d";
    }
}

/// What is sent of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The line Falco writes, with time and priority.
    Text,
    /// The rule's output alone.
    Message,
    /// One JSON object.
    Json,
    /// The Common Event Format.
    Cef,
}

impl Format {
    const NAMES: [(&'static str, Self); 4] = [
        ("text", Self::Text),
        ("message", Self::Message),
        ("json", Self::Json),
        ("cef", Self::Cef),
    ];
}

impl Value for Format {
    fn kind() -> Kind {
        let names = Self::NAMES.map(|(name, _)| name);
        Kind { words: "text, message, json or cef".to_owned(), schema: json!({ "enum": names }) }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let text = reader.text(node, key)?;
        match Self::NAMES.iter().find(|(name, _)| *name == text) {
            Some((_, format)) => Some(*format),
            None => reader.wrong(node, key, Self::kind().words),
        }
    }

    fn json(&self) -> Json {
        let name = Self::NAMES.iter().find(|(_, format)| format == self);
        name.map_or(Json::Null, |(name, _)| (*name).into())
    }
}
