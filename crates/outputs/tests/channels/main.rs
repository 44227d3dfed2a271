//! Alerts through configuration, queue, protocol and HTTP into receivers: servers that check the documented rules
//! of each and know nothing of the code that sends.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod alertmanager;
mod alerts;
mod chats;
mod server;
mod shape;
mod stores;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use peregrine_alert::{Alert, AlertSink as _, Sequence};
use peregrine_outputs::{Notify, Options, OutputStats, Outputs};

use crate::alerts::{bare, nasty, plain};
use crate::server::{Received, Receiver, Reply, Server};

/// The alerts of this moment: an ordinary one, ones with all that may go wrong, one with nothing in it, and three
/// ordinary ones of just before.
fn samples() -> Vec<Alert> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = u64::try_from(since.as_nanos()).unwrap();
    let mut samples = vec![plain(), nasty(), crowded(), bare()];
    for number in 0..3 {
        let mut alert = plain();
        alert.id.sequence = 100 + number;
        alert.rule = format!("Rule {number}");
        samples.push(alert);
    }
    for (age, alert) in (0..).zip(&mut samples) {
        alert.time_ns = now - age;
    }
    samples
}

/// With more values and a longer rule than receivers take, and more of what they escape.
fn crowded() -> Alert {
    let mut alert = nasty();
    alert.id.sequence -= 1;
    alert.rule.push_str(&"\u{4e2d}".repeat(1200));
    alert.message = format!("opens {}", "<&>\"\\*".repeat(20_000));
    for number in 0..40 {
        alert.fields.insert(format!("proc.aname[{number}]"), "&<>\"\\*_".into());
    }
    alert
}

/// Delivers alerts to an output of the list and waits until they are there.
fn deliver(output: &str, alerts: &[Alert]) -> OutputStats {
    let options = ["stdout_output.enabled=false".to_owned(), format!("outputs=[{output}]")];
    let loaded = peregrine_config::load(None, &options).unwrap();
    assert!(loaded.warnings.is_empty(), "{output}: {:?}", loaded.warnings);
    let config = loaded.config;
    let notify: Notify = Arc::new(|_| {});
    let sequence = Arc::new(Sequence::new(1000));
    let mut outputs = Outputs::start(&config, &Options::new(&config), &sequence, &notify).unwrap();
    for alert in alerts {
        outputs.deliver(Arc::new(alert.clone()));
    }
    let mut stats = outputs.close(Duration::from_secs(30));
    assert_eq!(stats.len(), 1, "{output}");
    stats.remove(0)
}

/// Delivers the samples to a receiver: it has all of them, and no rule was broken.
fn check(receiver: impl Receiver + 'static, output: &str) -> Vec<Received> {
    let server = Server::start(receiver);
    let output = output.replace("SERVER", &server.url());
    let stats = deliver(&format!("{{{output}, retry_first: 10ms}}"), &samples());
    assert_eq!(server.broken(), Vec::<String>::new(), "{output}");
    let (written, refused) = (stats.written, stats.refused);
    assert_eq!((written, refused), (samples().len() as u64, 0), "{output}: {stats:?}");
    server.received()
}

/// The same where the receiver first wants to be left alone.
fn check_busy(
    rules: fn(&Received) -> Result<Reply, String>,
    busy: Reply,
    output: &str,
) -> Vec<Received> {
    let mut first = true;
    let receiver = move |request: &Received| {
        if std::mem::take(&mut first) { Ok(busy.clone()) } else { rules(request) }
    };
    check(receiver, output)
}

/// Both.
fn check_rules(rules: fn(&Received) -> Result<Reply, String>, busy: Reply, output: &str) {
    let calm = check(rules, output);
    for request in &calm {
        let agent = request.header("user-agent").unwrap_or_default();
        assert!(agent.starts_with("peregrine"), "{agent}");
    }
    let received = check_busy(rules, busy, output);
    assert!(received.len() > 1, "{output}: what was not taken is sent again");
}

#[test]
fn slack() {
    let busy = Reply { headers: vec![("Retry-After", "1".to_owned())], ..Reply::new(429, "") };
    let keys = "channel: '#security', username: Peregrine, icon: ':eagle:'";
    check_rules(chats::slack, busy, &format!("type: slack, url: SERVER/services/T/B/X, {keys}"));
}

#[test]
fn discord() {
    let busy = Reply::new(429, r#"{"message": "limited", "retry_after": 0.3, "global": false}"#);
    check_rules(chats::discord, busy, "type: discord, url: SERVER/api/webhooks/1/x");
}

#[test]
fn teams() {
    check_rules(chats::teams, Reply::new(429, ""), "type: teams, url: SERVER/workflows/x");
    let busy = Reply::new(
        200,
        "failed: Microsoft Teams endpoint returned HTTP error 429 with ContextId x",
    );
    check_rules(chats::teams_connector, busy, "type: teams, card: message, url: SERVER/webhook/x");
}

#[test]
fn telegram() {
    let busy =
        Reply::new(429, r#"{"ok": false, "error_code": 429, "parameters": {"retry_after": 1}}"#);
    let keys = "type: telegram, url: SERVER, token: '123:abc', chat_id: '-1001', thread_id: 5";
    check_rules(chats::telegram, busy.clone(), keys);
    check_rules(chats::telegram, busy, &format!("{keys}, parse_mode: off"));
}

#[test]
fn dingtalk() {
    let busy = Reply::new(200, r#"{"errcode": -1, "errmsg": "system busy"}"#);
    let url = "'SERVER/robot/send?access_token=t'";
    let keys = format!("type: dingtalk, url: {url}, secret: {}", chats::SECRET);
    check_rules(chats::dingtalk, busy, &format!("{keys}, mention_all: true"));
}

#[test]
fn feishu() {
    let busy = Reply::new(200, r#"{"code": 2200, "msg": "internal error"}"#);
    let keys = format!("url: SERVER/open-apis/bot/v2/hook/x, secret: {}", chats::SECRET);
    check_rules(chats::feishu, busy, &format!("type: feishu, {keys}"));
}

#[test]
fn wecom() {
    let busy = Reply::new(200, r#"{"errcode": -1, "errmsg": "system busy"}"#);
    let url = "'SERVER/cgi-bin/webhook/send?key=k'";
    check_rules(chats::wecom, busy, &format!("type: wecom, url: {url}, mention: ['@all']"));
}

#[test]
fn pagerduty() {
    let key = "0123456789abcdef0123456789abcdef";
    let keys = format!("type: pagerduty, url: SERVER/v2/enqueue, routing_key: {key}");
    let busy = Reply::new(429, "");
    let links = "links: {Runbook: 'https://wiki'}, component: web, group: production";
    check_rules(stores::pagerduty, busy, &format!("{keys}, {links}"));
    let received = check(stores::pagerduty, &format!("{keys}, incident_per: rule"));
    let keys: std::collections::BTreeSet<String> =
        received.iter().map(|request| request.json().unwrap()["dedup_key"].to_string()).collect();
    assert_eq!(keys.len(), samples().len(), "each sample has a rule of its own: {keys:?}");
}

const BASIC: &str = "username: user, password: word";

#[test]
fn alertmanager() {
    let keys = format!(
        "type: alertmanager, urls: [SERVER], {BASIC}, labels: {{team.name: security}}, \
         label_fields: [proc.name, fd.name], generator_url: 'https://peregrine'"
    );
    check_rules(stores::alertmanager, Reply::new(503, ""), &keys);
}

#[test]
fn all_of_a_cluster_get_every_alert_and_one_is_enough() {
    let [one, other] = [(); 2].map(|()| Server::start(stores::alertmanager));
    // Nobody listens at a port that was given back.
    let gone = {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        gone.local_addr().unwrap()
    };
    let urls = format!("urls: ['http://{gone}', '{}', '{}']", one.url(), other.url());
    let stats = deliver(&format!("{{type: alertmanager, {urls}, {BASIC}}}"), &samples());
    assert_eq!((stats.written, stats.refused), (samples().len() as u64, 0), "{stats:?}");
    for server in [one, other] {
        assert_eq!(server.broken(), Vec::<String>::new());
        let alerts: usize = server
            .received()
            .iter()
            .map(|request| request.json().unwrap().as_array().unwrap().len())
            .sum();
        assert_eq!(alerts, samples().len());
    }
}

#[test]
fn loki() {
    let keys = format!(
        "type: loki, url: SERVER, tenant: t1, {BASIC}, labels: {{job: falco}}, label_fields: [user.name], \
         metadata_fields: [proc.cmdline, evt.object]"
    );
    check_rules(stores::loki, Reply::new(429, "rate limit"), &keys);
}

#[test]
fn elasticsearch() {
    let keys = "type: elasticsearch, url: SERVER, api_key: a2V5, pipeline: p";
    // One of three is answered with 429 at first.
    let received = check(stores::Elasticsearch::default(), keys);
    assert!(received.iter().all(|request| request.query("pipeline") == Some("p")));
}

#[test]
fn splunk() {
    let keys = "type: splunk, url: SERVER, token: 0000-1111, index: security";
    let busy = Reply::new(503, r#"{"text": "Server is busy", "code": 9}"#);
    check_rules(stores::splunk, busy.clone(), keys);
    check_rules(stores::splunk, busy, &format!("{keys}, format: text"));
}

#[test]
fn otlp() {
    let keys = "type: otlp, url: SERVER, resource: {deployment.environment.name: test}";
    check_rules(stores::otlp, Reply::new(503, ""), keys);
}

#[test]
fn falcosidekick() {
    let keys = "type: falcosidekick, url: SERVER/, custom_fields: {cluster: production}";
    check_rules(stores::falcosidekick, Reply::new(503, ""), keys);
}

#[test]
fn one_alert_that_is_refused_spoils_no_batch() {
    // Of a batch with the rule in it, all is refused, as Loki does of what is too far behind.
    let server = Server::start(|request: &Received| {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let old = body.contains("Read sensitive file");
        Ok(if old { Reply::new(400, "entry too far behind") } else { Reply::new(204, "") })
    });
    let stats = deliver(&format!("{{type: loki, url: '{}'}}", server.url()), &samples());
    assert_eq!((stats.written, stats.refused), (samples().len() as u64 - 1, 1), "{stats:?}");
}
