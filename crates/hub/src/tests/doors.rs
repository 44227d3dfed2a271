//! The door on 2801, hostile bodies, addresses, and a folder that is not as it was.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use peregrine_testkit::Folder;

use super::client::{Client, read};
use super::{body, options, parse, search_all, start, wait_for};
use crate::{Hub, HubError};

#[test]
fn the_door_answers_as_falcosidekick() {
    let folder = Folder::new("hub-door");
    let hub = start(folder.path());
    let mut client = Client::new(hub.ingest());
    let mut check = |method: &str, path: &str, body: &str, status: u16, text: &str| {
        let answer = client.ask(method, path, &[], body.as_bytes()).unwrap();
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (status, text),
            "{method} {path} {body}"
        );
        answer
    };
    let alert = body(1);
    check("POST", "/", &alert, 200, "");
    check("POST", "/any/other", &body(2), 200, "");
    check("GET", "/", "", 400, "Please send with post http method\n");
    check("PUT", "/", &alert, 400, "Please send with post http method\n");
    let refused = "Please send a valid request body\n";
    let answer = check("POST", "/", "", 400, refused);
    assert!(answer.header("peregrine-reason").unwrap().contains("no JSON"));
    let answer = check("POST", "/", "{\"rule\":\"r\",\"priority\":\"bad\"}", 400, refused);
    assert!(answer.header("peregrine-reason").unwrap().contains("`priority` is `bad`"));
    check("POST", "/", &alert.replace("output_fields", "fields"), 400, refused);
    for method in ["GET", "POST", "DELETE"] {
        check(method, "/ping", "", 200, "pong\n");
        let answer = check(method, "/healthz", "", 200, "{\"status\": \"ok\"}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    check("POST", "/test", "", 200, "");
    check("GET", "/test", "", 400, "Please send with post http method\n");
    let added = format!("{{\"event\":{},\"outputs\":[\"Slack\",\"飞书\"]}}", body(3));
    check("POST", "/api/v1/events/add", &added, 200, "\"{}\"\n");
    let metrics = client.get("/metrics").text();
    for line in [
        "falcosecurity_falcosidekick_inputs_total{source=\"requests\",status=\"accepted\"} 4",
        "falcosecurity_falcosidekick_inputs_total{source=\"requests\",status=\"rejected\"} 3",
        "peregrine_hub_refused_total{reason=\"priority\"} 1",
        "{hostname=\"falcosidekick\",rule=\"Test rule\",priority=\"Debug\",priority_raw=\"1\",source=\"internal\",k8s_ns_name=\"\",k8s_pod_name=\"\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    let mut page = Client::new(hub.page());
    wait_for(&mut page, 4);
    assert_eq!(search_all(&mut page, "rule = \"Test rule\" and source = internal").len(), 1);
    assert_eq!(search_all(&mut page, "field[n] = 3"), [body(3)]);
    assert_eq!(page.get_json("/api/v1/outputs"), parse("[\"Slack\",\"飞书\"]"));
    hub.stop();
}

#[test]
fn what_is_sent_again_is_there_once() {
    let folder = Folder::new("hub-again");
    let hub = start(folder.path());
    let mut client = Client::new(hub.ingest());
    for _ in 0..3 {
        assert_eq!(client.post("/", body(7).as_bytes()).unwrap().status, 200);
    }
    let (mut page, address) = (Client::new(hub.page()), hub.page());
    wait_for(&mut page, 1);
    assert_ne!(address.port(), 0);
    hub.stop();
    // The next hub knows it too.
    let hub = start(folder.path());
    let mut client = Client::new(hub.ingest());
    assert_eq!(client.post("/", body(7).as_bytes()).unwrap().status, 200);
    assert_eq!(client.post("/", body(8).as_bytes()).unwrap().status, 200);
    let mut page = Client::new(hub.page());
    wait_for(&mut page, 2);
    assert_eq!(search_all(&mut page, ""), [body(8), body(7)]);
    hub.stop();
}

#[test]
fn hostile_bodies_are_refused_and_harm_nobody() {
    let folder = Folder::new("hub-hostile");
    let hub = start(folder.path());
    let ingest = hub.ingest();
    let check = |body: &[u8], status: u16| {
        let answer = Client::new(ingest).post("/", body).unwrap();
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        assert_eq!(answer.status, status, "{shown}: {}", answer.text());
    };
    let with = |value: &str| {
        format!(
            r#"{{"rule":"r","priority":"info","time":"2026-01-31T10:00:00Z","output_fields":{{"x":{value}}}}}"#
        )
        .into_bytes()
    };
    check(&with(&"[".repeat(200_000)), 400);
    check(&with(&format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000))), 400);
    check(b"{\"rule\":\"\xff\xfe\"}", 400);
    check(b"\0\0\0\0", 400);
    check(&with("\"\\ud800\""), 400);
    check(&with("1e999"), 400);
    check(&with("\"\\u0000' OR 1=1; DROP TABLE alert; -- \\\" NEAR(x) * ^ : -\""), 200);
    let fields: Vec<String> = (0..50_000).map(|number| format!("\"f{number}\":{number}")).collect();
    check(&with(&format!("{{{}}}", fields.join(","))), 200);
    // More than a body may have, whether it says so or not.
    check(&with(&format!("\"{}\"", "x".repeat(2 << 20))), 413);
    let mut stream = TcpStream::connect(ingest).unwrap();
    stream.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").unwrap();
    let piece = vec![b' '; 64 << 10];
    for _ in 0..64 {
        let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat();
        if stream.write_all(&chunk).is_err() {
            break;
        }
    }
    if let Ok(answer) = read(&mut stream) {
        assert_eq!(answer.status, 413);
    }
    // A body that does not come, a head that does not come, no request at all: none holds up another.
    let mut slow = TcpStream::connect(ingest).unwrap();
    slow.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{").unwrap();
    let mut silent: Vec<TcpStream> =
        (0..100).map(|_| TcpStream::connect(ingest).unwrap()).collect();
    silent[0].write_all(b"POST / HT").unwrap();
    check(&with("\"after\""), 200);
    // What breaks off in the middle is no alert.
    drop(slow);
    let mut other = TcpStream::connect(ingest).unwrap();
    other.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").unwrap();
    other.shutdown(std::net::Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    let _ = other.read_to_end(&mut rest);
    // A page of another place in somebody's browser.
    let foreign = [("origin", "https://evil.example"), ("content-type", "text/plain")];
    let answer = Client::new(ingest).ask("POST", "/", &foreign, &with("1")).unwrap();
    assert_eq!(answer.status, 403);
    let named = [("host", "evil.example:2802")];
    let mut page = Client::new(hub.page());
    assert_eq!(page.ask("GET", "/api/v2/status", &named, b"").unwrap().status, 421);
    wait_for(&mut page, 3);
    assert_eq!(search_all(&mut page, "").len(), 3);
    let refused = page.get_json("/api/v2/status")["refused"].clone();
    assert_eq!(
        (refused["origin"].as_u64(), refused["depth"].as_u64()),
        (Some(1), Some(2)),
        "{refused}"
    );
    drop(silent);
    hub.stop();
}

#[test]
fn addresses_that_others_reach_need_a_word() {
    let folder = Folder::new("hub-address");
    let any = SocketAddr::from(([0, 0, 0, 0], 0));
    let mut open = options(folder.path());
    open.page = any;
    assert!(matches!(Hub::start(&open), Err(HubError::NotLoopback { flag: "--page", .. })));
    let mut open = options(folder.path());
    open.ingest = any;
    let error = Hub::start(&open).unwrap_err().to_string();
    assert!(error.contains("--open-ingest"), "{error}");
    open.open_ingest = true;
    Hub::start(&open).unwrap().stop();
}

#[test]
fn a_store_without_its_log_is_refused() {
    let folder = Folder::new("hub-log-gone");
    let hub = start(folder.path());
    let mut client = Client::new(hub.ingest());
    for number in 0..20 {
        client.post("/", body(number).as_bytes()).unwrap();
    }
    wait_for(&mut Client::new(hub.page()), 20);
    hub.stop();
    std::fs::remove_dir_all(folder.path().join("log")).unwrap();
    std::fs::remove_file(folder.path().join("log.head")).unwrap();
    let error = Hub::start(&options(folder.path())).unwrap_err();
    assert!(matches!(error, HubError::LogIsOlder { .. }), "{error}");
}
