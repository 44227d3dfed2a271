//! An alert with Chinese names, newlines, values of 100 KiB and every type of JSON arrives whole by every output.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::Ipv4Addr;
use std::thread::JoinHandle;

use peregrine_config::Channel;
use peregrine_config::model::HttpOutput;

use super::super::{falco_http, file, lines, program as programs, requests};
use super::*;

/// How the test of an output knows.
enum Whole {
    /// What is sent of each value is written down: rows of `requests.rs` with the name of the type.
    WrittenDown,
    /// A receiver has what was sent: the test that compares it.
    Received(#[expect(dead_code, reason = "that it is there is what counts")] fn()),
    /// This build has no such output.
    NotBuilt,
}
use Whole::{Received, WrittenDown};

/// Every output there is: sections of the configuration, and types of the list `outputs`.
const OUTPUTS: &[(&str, Whole)] = &[
    ("stdout_output", Received(a_pipe_gets_whole_lines)),
    ("file_output", Received(a_file_gets_whole_lines)),
    ("program_output", Received(a_program_gets_whole_lines)),
    ("syslog_output", Received(syslog::alerts_arrive_at_rsyslog_by_every_way)),
    ("http_output", Received(requests_of_falco_hold_alerts_whole)),
    ("webhook", Received(requests_of_a_webhook_hold_alerts_whole)),
    ("slack", WrittenDown),
    ("discord", WrittenDown),
    ("teams", WrittenDown),
    ("telegram", WrittenDown),
    ("dingtalk", WrittenDown),
    ("feishu", WrittenDown),
    ("wecom", WrittenDown),
    ("pagerduty", WrittenDown),
    ("alertmanager", WrittenDown),
    ("loki", WrittenDown),
    ("elasticsearch", WrittenDown),
    ("splunk", WrittenDown),
    ("otlp", WrittenDown),
    ("falcosidekick", WrittenDown),
    ("file", Received(a_file_gets_whole_lines)),
    ("program", Received(a_program_gets_whole_lines)),
    ("syslog", Received(syslog::alerts_arrive_at_rsyslog_by_every_way)),
    ("smtp", Received(smtp::mails_have_the_alert_in_text_and_html)),
    ("nats", Received(nats::nats_passes_alerts_on)),
    ("redis", Received(redis::redis_keeps_alerts_in_a_stream)),
    ("mqtt", Received(mqtt::mqtt_passes_alerts_on)),
    ("s3", Received(s3::s3_gets_objects_of_lines)),
    #[cfg(feature = "kafka")]
    ("kafka", Received(kafka::kafka_gets_alerts_in_order)),
    #[cfg(not(feature = "kafka"))]
    ("kafka", Whole::NotBuilt),
];

#[test]
fn every_output_has_a_test_with_an_alert_of_all_that_may_go_wrong() {
    let rows = peregrine_config::rows();
    let sections = rows.iter().filter_map(|row| row.key.strip_suffix(".enabled"));
    let sections = sections.filter(|name| name.ends_with("_output")).map(str::to_owned);
    let there_are: BTreeSet<String> =
        sections.chain(Channel::type_names().map(str::to_owned)).collect();
    let tested: BTreeSet<String> = OUTPUTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(there_are, tested, "each needs a row in OUTPUTS, and a test that belongs to it");
    let written_down = requests::row_names();
    for (name, whole) in OUTPUTS {
        let is_written_down = written_down.iter().any(|row| row == name);
        assert_eq!(is_written_down, matches!(whole, WrittenDown), "{name}");
    }
}

/// The alert as JSON, in one line.
fn line() -> String {
    text_of(&samples::nasty())
}

/// Delivers it between two others; whoever takes lines has three.
fn deliver_three(output: &mut dyn Output) -> String {
    let (first, last) = (plain(1), plain(3));
    let report = deliver(output, &[first.clone(), samples::nasty(), last.clone()]);
    let all = report.fates.iter().all(|fate| matches!(fate, Fate::Delivered));
    assert!(all && report.error.is_none(), "{report:?}");
    format!("{}\n{}\n{}\n", text_of(&first), line(), text_of(&last))
}

#[test]
fn a_pipe_gets_whole_lines() {
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    let read = std::thread::spawn(move || {
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
    });
    let (alert, text) = (samples::nasty(), line());
    let records = [Record { alert: &alert, text: &text }; 2];
    let report = lines::Lines::default().deliver(&records, &mut writer);
    assert!(report.error.is_none(), "{report:?}");
    drop(writer);
    assert_eq!(read.join().unwrap(), format!("{text}\n{text}\n"));
}

#[test]
fn a_file_gets_whole_lines() {
    let folder = Folder::new("whole-file");
    for (keep_alive, buffered) in [(true, true), (true, false), (false, false)] {
        let path = folder.0.join(format!("{keep_alive}-{buffered}"));
        let mut output = file::open(&path, keep_alive, buffered).unwrap();
        let expected = deliver_three(&mut *output);
        assert_eq!(std::fs::read_to_string(path).unwrap(), expected);
    }
    let path = folder.0.join("list");
    let expected =
        deliver_three(&mut *open(&format!("{{type: file, path: {}}}", path.display())).unwrap());
    assert_eq!(std::fs::read_to_string(path).unwrap(), expected);
}

#[test]
fn a_program_gets_whole_lines() {
    let folder = Folder::new("whole-program");
    for (number, keep_alive) in [true, false].into_iter().enumerate() {
        let path = |of: &str| folder.0.join(format!("{number}-{of}"));
        let command = |of: &str| format!("cat >> {}", path(of).display());
        let of_list =
            format!("{{type: program, command: '{}', keep_alive: {keep_alive}}}", command("list"));
        let outputs = [
            ("falco", programs::open(&command("falco"), PATIENCE, keep_alive)),
            ("list", open(&of_list).unwrap()),
        ];
        for (of, mut output) in outputs {
            let expected = deliver_three(&mut *output);
            // Its end is waited for.
            drop(output);
            assert_eq!(std::fs::read_to_string(path(of)).unwrap(), expected);
        }
    }
}

/// Takes so many requests, whose bodies it returns.
fn receiver(requests: usize) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let bodies = std::thread::spawn(move || {
        let mut bodies = Vec::new();
        while bodies.len() < requests {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            loop {
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).unwrap() > 0 {}
                let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
                let Some(length) = length else { break };
                let mut body = vec![0; length.parse().unwrap()];
                stream.read_exact(&mut body).unwrap();
                bodies.push(String::from_utf8(body).unwrap());
                let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                stream.get_mut().write_all(ok).unwrap();
                if bodies.len() == requests {
                    break;
                }
            }
        }
        bodies
    });
    (url, bodies)
}

#[test]
fn requests_of_falco_hold_alerts_whole() {
    let (url, bodies) = receiver(3);
    let keys = HttpOutput { enabled: true, url, ..HttpOutput::default() };
    let expected = deliver_three(&mut *falco_http::open(&keys, true).unwrap());
    assert_eq!(bodies.join().unwrap().join("\n") + "\n", expected);
}

#[test]
fn requests_of_a_webhook_hold_alerts_whole() {
    for (body, requests) in [("single", 3), ("lines", 1), ("array", 1)] {
        let (url, bodies) = receiver(requests);
        let output = open(&format!("{{type: webhook, url: '{url}', body: {body}}}"));
        let expected = deliver_three(&mut *output.unwrap());
        let bodies = bodies.join().unwrap();
        let got = match body {
            "single" => bodies.join("\n") + "\n",
            "lines" => bodies.concat(),
            _ => {
                let alerts: Vec<Json> = serde_json::from_str(&bodies.concat()).unwrap();
                let expected: Vec<Json> =
                    expected.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
                assert_eq!(alerts, expected);
                continue;
            }
        };
        assert_eq!(got, expected, "{body}");
    }
}
