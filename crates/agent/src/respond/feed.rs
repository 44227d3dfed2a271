//! The pipeline's side of responses.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use peregrine_alert::{Alert, AlertId, RuleOutput, format_event};
use peregrine_fields::{Catalogue, EventContext, Field};
use peregrine_filter::{Getter, Template, Value, check_operand, parse_operand};
use peregrine_respond::{Need, Occurrence, Response, need};

use crate::on_match::Feed;

/// A match that responses may answer.
#[derive(Debug)]
pub struct ResponseHit {
    /// What they read of it.
    pub occurrence: Occurrence,
    /// Where the output comes, once it is rendered; none where nobody reads it, or it is there already.
    pub message: Option<Receiver<String>>,
    /// Where the capture of what led to the event comes, for evidence.
    pub events: Option<Receiver<PathBuf>>,
}

/// Takes matches. Never waits: further events wait for it.
pub trait HitSink: Send {
    /// Takes one.
    fn take(&mut self, hit: ResponseHit);
}

/// Copies what responses read out of the events of matches, and passes it on before anything is rendered.
pub struct ResponseFeed {
    responses: Arc<[Response]>,
    sink: Box<dyn HitSink>,
    /// Whether evidence is taken.
    acts: bool,
    /// What responses read of rules, by the rule's name, as far as they matched.
    rules: HashMap<String, Option<Rc<RuleNeed>>>,
    /// Alerts of the event at hand that somebody waits for: their numbers.
    waiting: Vec<(u64, Waiting)>,
}

enum Waiting {
    /// The output alone.
    Message(SyncSender<String>),
    /// All of it: a condition reads the output.
    Whole(Box<ResponseHit>),
}

/// What responses read of the events of a rule.
struct RuleNeed {
    need: Need,
    getters: Vec<(String, Getter<Field>)>,
}

impl fmt::Debug for ResponseFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFeed").field("responses", &self.responses).finish_non_exhaustive()
    }
}

impl RuleNeed {
    fn new(responses: &[Response], rule: &RuleOutput<'_>) -> Option<Self> {
        let need = need(responses, rule.name, rule.tags, rule.source, rule.priority)?;
        let catalogue = Catalogue::default();
        let getter = |name: &String| {
            let (operand, _) = parse_operand(name).ok()?;
            let getter = check_operand(&operand, &catalogue).ok()?;
            Some((name.clone(), getter))
        };
        let getters = need.fields.keys().filter_map(getter).collect();
        Some(Self { need, getters })
    }
}

impl ResponseFeed {
    /// For these responses.
    pub fn new(responses: Arc<[Response]>, sink: Box<dyn HitSink>) -> Self {
        Self { responses, sink, acts: false, rules: HashMap::new(), waiting: Vec::new() }
    }

    /// Whether what they say is done.
    #[must_use]
    pub(crate) fn acting(mut self, acts: bool) -> Self {
        self.acts = acts;
        self
    }

    /// Other rules are evaluated from now on.
    pub(crate) fn forget_rules(&mut self) {
        self.rules.clear();
    }

    /// A rule matched; its alert will have this number. Nothing is rendered yet.
    pub(crate) fn matched(
        &mut self,
        number: u64,
        alert_host: Option<&String>,
        rule: &RuleOutput<'_>,
        context: &EventContext<'_>,
        captures: Option<&mut Feed>,
    ) {
        if !self.rules.contains_key(rule.name) {
            let need = RuleNeed::new(&self.responses, rule).map(Rc::new);
            self.rules.insert(rule.name.to_owned(), need);
        }
        let Some(Some(known)) = self.rules.get(rule.name) else { return };
        let RuleNeed { need, getters } = &**known;
        let mut values: BTreeMap<String, Value<'static>> = BTreeMap::new();
        for (name, getter) in getters {
            if let Some(value) = getter.value(context) {
                values.insert(name.clone(), value.into_owned());
            }
        }
        for (key, format) in
            rule.extra_fields.iter().filter(|(key, _)| need.fields.contains_key(key))
        {
            values.entry(key.clone()).or_insert_with(|| text(format, context));
        }
        let host = alert_host.cloned().unwrap_or_else(|| context.outside.hostname());
        let occurrence = Occurrence {
            alert: AlertId { host, sequence: number },
            time_ns: context.event.view.ts(),
            rule: rule.name.to_owned(),
            priority: rule.priority,
            source: rule.source.to_owned(),
            tags: rule.tags.to_vec(),
            message: String::new(),
            values,
        };
        let events = captures.filter(|_| need.evidence && self.acts).map(|captures| {
            let (to, from) = channel();
            captures.wanted(context.event, to);
            from
        });
        if need.message_first {
            let hit = ResponseHit { occurrence, message: None, events };
            self.waiting.push((number, Waiting::Whole(Box::new(hit))));
            return;
        }
        let message = need.message.then(|| {
            let (to, from) = sync_channel(1);
            self.waiting.push((number, Waiting::Message(to)));
            from
        });
        self.sink.take(ResponseHit { occurrence, message, events });
    }

    /// The alert of a match is rendered.
    pub(crate) fn rendered(&mut self, alert: &Alert) {
        let number = alert.id.sequence;
        let Some(at) = self.waiting.iter().position(|(waits, _)| *waits == number) else { return };
        match self.waiting.swap_remove(at).1 {
            // There is room for it; where nobody waits any more nobody needs it.
            Waiting::Message(to) => drop(to.try_send(alert.message.clone())),
            Waiting::Whole(mut hit) => {
                hit.occurrence.message.clone_from(&alert.message);
                self.sink.take(*hit);
            }
        }
    }
}

fn text(format: &Template<Field>, context: &EventContext<'_>) -> Value<'static> {
    Value::string(format_event(format, context, false).text)
}
