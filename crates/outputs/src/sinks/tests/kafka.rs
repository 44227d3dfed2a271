//! `type: kafka` with the broker librdkafka brings for tests.

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::mocking::MockCluster;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use super::*;

/// What the topic has: keys, identities and texts.
fn read(servers: &str, topic: &str, count: usize) -> Vec<(String, String, Json)> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers).set("group.id", "test");
    let consumer: BaseConsumer = config.create().unwrap();
    let mut partitions = TopicPartitionList::new();
    partitions.add_partition_offset(topic, 0, Offset::Beginning).unwrap();
    consumer.assign(&partitions).unwrap();
    let mut all = Vec::new();
    until("the topic was read", || {
        if let Some(Ok(message)) = consumer.poll(Duration::from_millis(100)) {
            let word = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap().to_vec()).unwrap();
            let id = message.headers().unwrap().get(0);
            let text = serde_json::from_slice(message.payload().unwrap()).unwrap();
            all.push((word(message.key()), word(id.value), text));
        }
        all.len() >= count
    });
    all
}

#[test]
pub(super) fn kafka_gets_alerts_in_order() {
    let cluster = MockCluster::new(3).unwrap();
    cluster.create_topic("alerts", 1, 3).unwrap();
    let servers = cluster.bootstrap_servers();
    let list =
        servers.split(',').map(|server| format!("'{server}'")).collect::<Vec<_>>().join(", ");
    let yaml = format!("{{type: kafka, servers: [{list}], topic: alerts, timeout: 20s}}");
    let mut output = open(&yaml).unwrap();
    let mut sent = vec![plain(1), nasty(2), plain(3)];
    sent.extend((4..200).map(plain));
    let report = deliver(&mut *output, &sent);
    assert!(report.error.is_none(), "{report:?}");
    assert!(report.fates.iter().all(|fate| matches!(fate, Fate::Delivered)));
    let has = read(&servers, "alerts", sent.len());
    let expected: Vec<_> = sent
        .iter()
        .map(|alert| ("web-1".to_owned(), format!("web-1-{}", alert.id.sequence), json_of(alert)))
        .collect();
    assert_eq!(has, expected);
    // More than it takes in one message: refused, and the next one goes on.
    let mut large = plain(300);
    large.message = "x".repeat(11_000_000);
    let report = deliver(&mut *output, &[large, plain(301)]);
    assert!(matches!(report.fates[..], [Fate::Refused(_), Fate::Delivered]), "{report:?}");
    // All brokers go, and come back.
    for broker in 1..=3 {
        cluster.broker_down(broker).unwrap();
    }
    let mut short = open(&yaml.replace("timeout: 20s", "timeout: 1s")).unwrap();
    let start = Instant::now();
    let error = failure(&mut *short);
    assert!(start.elapsed() < Duration::from_secs(5), "{error}");
    assert!(error.starts_with("cannot publish to kafka at 127.0.0.1:"), "{error}");
    for broker in 1..=3 {
        cluster.broker_up(broker).unwrap();
    }
    deliver_all(&mut *short, (400..410).map(plain).collect(), 5);
}

#[test]
fn a_kafka_that_hangs_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let mut output =
        open(&format!("{{type: kafka, servers: '127.0.0.1:{port}', timeout: 1s}}")).unwrap();
    let start = Instant::now();
    let error = failure(&mut *output);
    assert!(start.elapsed() < Duration::from_secs(5), "{error}");
}
