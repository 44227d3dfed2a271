//! The live view over HTTP: at once, from where a client was, each client at its own pace.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use peregrine_testkit::Folder;
use serde_json::Value as Json;

use super::client::{Client, encoded};
use super::{PATIENCE, body, parse, start};
use crate::limits::Limits;

/// A live view. Over HTTP/1.0 its body ends with the connection and has no other frame.
struct View {
    stream: TcpStream,
    bytes: Vec<u8>,
    /// The `id` of the last event.
    last: String,
}

#[derive(Debug, PartialEq)]
enum Event {
    Alert(Json),
    Skipped(u64),
}

impl View {
    fn open(address: SocketAddr, parameters: &str, last: Option<&str>) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let last = last.map(|last| format!("last-event-id: {last}\r\n")).unwrap_or_default();
        let head =
            format!("GET /api/v2/live?{parameters} HTTP/1.0\r\nhost: localhost\r\n{last}\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut view = Self { stream, bytes: Vec::new(), last: String::new() };
        let head = view.block("\r\n\r\n").unwrap();
        assert!(head.contains(" 200 ") && head.contains("text/event-stream"), "{head}");
        // From here on nothing is missed.
        assert!(view.block("\n\n").unwrap().contains("retry: "));
        view
    }

    /// What comes up to an end; none: the hub closed the view.
    fn block(&mut self, end: &str) -> Option<String> {
        let mut piece = vec![0; 64 << 10];
        let mut looked = 0;
        loop {
            let found =
                self.bytes[looked..].windows(end.len()).position(|one| one == end.as_bytes());
            if let Some(at) = found {
                let rest = self.bytes.split_off(looked + at + end.len());
                let block = std::mem::replace(&mut self.bytes, rest);
                let block = String::from_utf8(block).unwrap();
                if let Some(id) = block.lines().find_map(|line| line.strip_prefix("id: ")) {
                    id.clone_into(&mut self.last);
                }
                return Some(block);
            }
            looked = self.bytes.len().saturating_sub(end.len());
            match self.stream.read(&mut piece).unwrap() {
                0 => return None,
                count => self.bytes.extend_from_slice(&piece[..count]),
            }
        }
    }

    fn next(&mut self) -> Event {
        loop {
            let block = self.block("\n\n").unwrap();
            let data: Vec<&str> =
                block.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
            let data = data.join("\n");
            if block.contains("event: skipped") {
                return Event::Skipped(parse(&data)["skipped"].as_u64().unwrap());
            }
            if block.contains("event: alert") {
                return Event::Alert(parse(&data));
            }
        }
    }

    /// The number of the next alert.
    fn number(&mut self) -> u64 {
        match self.next() {
            Event::Alert(hit) => hit["alert"]["output_fields"]["n"].as_u64().unwrap(),
            Event::Skipped(count) => panic!("{count} were skipped"),
        }
    }
}

fn send(client: &mut Client, numbers: impl IntoIterator<Item = u64>) {
    for number in numbers {
        assert_eq!(client.post("/", body(number).as_bytes()).unwrap().status, 200);
    }
}

#[test]
fn an_alert_is_in_the_live_view_at_once_as_a_search_has_it() {
    let folder = Folder::new("hub-live");
    let hub = start(folder.path());
    let mut client = Client::new(hub.ingest());
    let mut all = View::open(hub.page(), "", None);
    let filter = format!("q={}&filter=n%20%3D%20x", encoded("rule = \"Rule 1\""));
    let condition = format!("q={}", encoded("rule = \"Rule 1\""));
    let wrong = Client::new(hub.page()).get("/api/v2/live?q=rule%20%3D%3D%3D");
    assert_eq!((wrong.status, parse(&wrong.text())["line"].as_u64()), (400, Some(1)));
    let wrong = Client::new(hub.page()).get(&format!("/api/v2/live?{filter}"));
    assert_eq!(wrong.status, 400, "{}", wrong.text());
    let mut some = View::open(hub.page(), &condition, None);
    let window = "from=2026-01-31T10:00:02Z&to=2026-01-31T10:00:04Z";
    let mut part = View::open(hub.page(), window, None);
    let begin = Instant::now();
    send(&mut client, [1]);
    let Event::Alert(hit) = all.next() else { panic!("it was skipped") };
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(hit["alert"], parse(&body(1)));
    let found = Client::new(hub.page()).get_json("/api/v2/search/hits");
    assert_eq!(found["hits"][0], hit);
    send(&mut client, 2..=7);
    assert_eq!((2..=7).map(|_| all.number()).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7]);
    assert_eq!([some.number(), some.number()], [1, 6]);
    assert_eq!([part.number(), part.number()], [2, 3]);
    // The end of the hub is the end of a view.
    hub.stop();
    assert_eq!(all.block("\n\n"), None);
}

#[test]
fn a_resumed_live_view_loses_nothing_and_repeats_nothing() {
    let folder = Folder::new("hub-live-resume");
    let hub = start(folder.path());
    let mut client = Client::new(hub.ingest());
    let mut last = View::open(hub.page(), "", None).last;
    let mut seen = Vec::new();
    for round in 0..10 {
        // Some come while nobody looks, and one twice.
        send(&mut client, round * 10..round * 10 + 5);
        send(&mut client, [round * 10]);
        let mut view = View::open(hub.page(), "", Some(&last));
        send(&mut client, round * 10 + 5..round * 10 + 10);
        // It goes in the middle.
        seen.extend((0..7).map(|_| view.number()));
        last = view.last;
    }
    let mut view = View::open(hub.page(), "", Some(&last));
    seen.extend((0..30).map(|_| view.number()));
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
    let foreign = |last: &str| {
        let headers = [("last-event-id", last)];
        let answer = Client::new(hub.page()).ask("GET", "/api/v2/live", &headers, b"").unwrap();
        (answer.status, answer.text())
    };
    for last in ["x", "99999999"] {
        let (status, text) = foreign(last);
        assert!(status == 400 && text.contains("Last-Event-ID"), "{status} {text}");
    }
    // A hub that was started again has the same positions, and says what it does not have any more.
    let newest = view.last.clone();
    hub.stop();
    let hub = start(folder.path());
    let mut client = Client::new(hub.ingest());
    let mut on = View::open(hub.page(), "", Some(&newest));
    let mut behind = View::open(hub.page(), "", Some(&last));
    send(&mut client, [100]);
    assert_eq!(on.number(), 100);
    let Event::Skipped(count) = behind.next() else { panic!("nothing was skipped") };
    assert_eq!(count, newest.parse::<u64>().unwrap() - last.parse::<u64>().unwrap());
    assert_eq!(behind.number(), 100);
    hub.stop();
}

#[test]
fn a_slow_live_view_is_told_what_it_missed_and_changes_nothing_for_others() {
    const ALERTS: u64 = 70;
    let folder = Folder::new("hub-live-slow");
    let hub = start(folder.path());
    let mut client = Client::new(hub.ingest());
    let mut slow = View::open(hub.page(), "", None);
    let mut fast = View::open(hub.page(), "", None);
    // More than the ring and the buffers of a connection have.
    let text = "财".repeat(300_000);
    for number in 0..ALERTS {
        let large = body(number).replace("\"more\": [1]", &format!("\"more\": \"{text}\""));
        assert_eq!(client.post("/", large.as_bytes()).unwrap().status, 200);
        assert_eq!(fast.number(), number);
    }
    let (mut seen, mut skipped) = (Vec::new(), 0);
    while seen.last() != Some(&(ALERTS - 1)) {
        match slow.next() {
            Event::Alert(hit) => {
                seen.push(hit["alert"]["output_fields"]["n"].as_u64().unwrap());
            }
            Event::Skipped(count) => skipped += count,
        }
    }
    assert!(skipped > 0 && seen.is_sorted(), "{skipped} {seen:?}");
    assert_eq!(seen.len() as u64 + skipped, ALERTS);
    hub.stop();
}

#[test]
fn there_are_no_more_live_views_than_may_be() {
    let folder = Folder::new("hub-live-most");
    let hub = start(folder.path());
    let open = || View::open(hub.page(), "", None);
    let mut views: Vec<View> = (0..Limits::ALL.viewers).map(|_| open()).collect();
    let mut client = Client::new(hub.page());
    let answer = client.get("/api/v2/live");
    assert!(answer.status == 429 && answer.text().contains("64 live views"), "{}", answer.text());
    // One that goes leaves its place.
    views.pop();
    let begin = Instant::now();
    loop {
        let mut stream = TcpStream::connect(hub.page()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(b"GET /api/v2/live HTTP/1.0\r\nhost: localhost\r\n\r\n").unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        if head.ends_with(b"200") {
            break;
        }
        assert!(begin.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(views);
    hub.stop();
}
