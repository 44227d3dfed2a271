//! Engines that hang, lie, or never stop talking.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use peregrine_state::Runtime;
use prost::Message as _;
use serde_json::json;

use super::server::{self, Reply};
use super::{Folder, ID, look_up, nobody, seen};
use crate::settings::{Limits, Settings};
use crate::{EngineError, Lookups, Report, containerd};

/// Bytes of an answer.
const LIMIT: usize = 1 << 16;

/// Bounds that are reached soon; `time` is one that nobody needs to reach.
fn limits(time: Duration) -> Limits {
    Limits { answer: LIMIT, time, ..nobody().limits }
}

const AMPLE: Duration = Duration::from_secs(30);

/// Asks an engine that fails: it describes nothing, and is reported once, for a reason that fits.
fn check(name: &str, settings: Settings, runtime: Runtime, fits: fn(&EngineError) -> bool) {
    let lookups = Lookups::start(settings).unwrap();
    let (found, problems) = look_up(&lookups, seen(runtime, ID));
    assert_eq!(found, None, "{name}");
    let whys: Vec<_> = problems.iter().map(|problem| &problem.why).collect();
    assert!(whys.len() == 1 && fits(whys[0]), "{name}: {whys:?}");
    assert!(lookups.counts().failures >= 1 && lookups.counts().unknown == 1, "{name}");
}

fn docker(
    name: &str,
    time: Duration,
    handle: impl Fn(&mut UnixStream) + Send + Sync + 'static,
    fits: fn(&EngineError) -> bool,
) {
    let folder = Folder::new(name);
    let socket = folder.socket("docker.sock");
    server::serve(&socket, move |stream| {
        server::request(stream);
        handle(stream);
    });
    let settings = Settings { docker: vec![socket], limits: limits(time), ..nobody() };
    check(name, settings, Runtime::Docker, fits);
}

/// Sends a text where the other end still listens.
fn send(stream: &mut UnixStream, text: &str) {
    let _ = stream.write_all(text.as_bytes());
}

/// An answer with this body.
fn body(stream: &mut UnixStream, body: &str) {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    send(stream, &(head + body));
}

/// Answers nothing, whatever the protocol, until the other end hangs up.
fn hang(stream: &mut UnixStream) {
    let _ = std::io::copy(stream, &mut std::io::sink());
}

#[test]
fn an_http_engine_that_fails_describes_nothing() {
    let malformed = |why: &EngineError| matches!(why, EngineError::Malformed(_));
    let connection = |why: &EngineError| matches!(why, EngineError::Connection(_));
    let soon = Duration::from_millis(100);
    docker("hangs", soon, hang, |why| *why == EngineError::TimedOut(100));
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{";
    docker(
        "stalls",
        soon,
        move |stream| {
            send(stream, head);
            hang(stream);
        },
        |why| *why == EngineError::TimedOut(100),
    );
    docker("half", AMPLE, move |stream| send(stream, head), connection);
    docker("closes", AMPLE, |_| {}, connection);
    docker("no-http", AMPLE, |stream| send(stream, "SSH-2.0-x\r\n\r\n"), connection);
    docker("no-json", AMPLE, |stream| body(stream, "<html>"), malformed);
    docker("list", AMPLE, |stream| body(stream, "[1]"), malformed);
    let types = json!({"Id": ID, "Mounts": 5}).to_string();
    docker("types", AMPLE, move |stream| body(stream, &types), malformed);
    let nested = "[".repeat(10_000);
    docker("nested", AMPLE, move |stream| body(stream, &nested), malformed);
    let other = json!({"Id": "f".repeat(64), "Name": "/x"}).to_string();
    docker(
        "other",
        AMPLE,
        move |stream| body(stream, &other),
        |why| *why == EngineError::OtherContainer,
    );
    docker(
        "status",
        AMPLE,
        |stream| send(stream, "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"),
        |why| *why == EngineError::Status(500),
    );
    docker(
        "headers",
        AMPLE,
        |stream| {
            send(stream, "HTTP/1.1 200 OK\r\n");
            while stream
                .write_all(b"X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")
                .is_ok()
            {}
        },
        connection,
    );
}

#[test]
fn an_answer_of_100_mb_is_not_read() {
    for chunked in [false, true] {
        let sent = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&sent);
        docker(
            &format!("large-{chunked}"),
            AMPLE,
            move |stream| {
                let megabyte = "x".repeat(1 << 20);
                let length = if chunked {
                    "Transfer-Encoding: chunked"
                } else {
                    "Content-Length: 104857600"
                };
                send(stream, &format!("HTTP/1.1 200 OK\r\n{length}\r\n\r\n"));
                for _ in 0..100 {
                    let head = if chunked { "100000\r\n" } else { "" };
                    let piece = format!("{head}{megabyte}");
                    let piece = if chunked { piece + "\r\n" } else { piece };
                    if stream.write_all(piece.as_bytes()).is_err() {
                        return;
                    }
                    count.fetch_add(1, Ordering::Relaxed);
                }
            },
            |why| *why == EngineError::TooLarge(LIMIT),
        );
        // What the socket holds, and no more.
        assert!(sent.load(Ordering::Relaxed) < 4, "{sent:?}");
    }
}

#[test]
fn a_grpc_engine_that_fails_describes_nothing() {
    let grpc = |name: &str, answer: fn(&str) -> Reply, fits: fn(&EngineError) -> bool| {
        let folder = Folder::new(name);
        let socket = folder.socket("containerd.sock");
        server::grpc(&socket, move |method, _, _| match method {
            containerd::LIST_NAMESPACES => {
                let namespaces = vec![containerd::Namespace { name: "n".to_owned() }];
                Reply::Message(containerd::Namespaces { namespaces }.encode_to_vec())
            }
            _ => answer(method),
        });
        let settings = Settings { containerd: vec![socket], limits: limits(AMPLE), ..nobody() };
        check(name, settings, Runtime::Containerd, fits);
    };
    let malformed = |why: &EngineError| matches!(why, EngineError::Malformed(_));
    grpc("g-status", |_| Reply::Status(14), |why| *why == EngineError::Rpc(14));
    grpc("g-word", |_| Reply::Raw(Vec::new(), "broken"), malformed);
    grpc("g-none", |_| Reply::Raw(vec![0; 5], ""), malformed);
    grpc("g-short", |_| Reply::Raw(vec![0, 0], "0"), malformed);
    grpc("g-length", |_| Reply::Raw(vec![0, 0xff, 0xff, 0xff, 0xff, 1], "0"), malformed);
    grpc("g-packed", |_| Reply::Raw(vec![1, 0, 0, 0, 0], "0"), malformed);
    grpc("g-bytes", |_| Reply::Message(vec![0xff; 50]), malformed);
    grpc(
        "g-large",
        |_| Reply::Raw(vec![0; 100 << 20], "0"),
        |why| *why == EngineError::TooLarge(LIMIT),
    );
    grpc(
        "g-other",
        |_| {
            let container = containerd::Stored { id: "other".to_owned(), ..Default::default() };
            let container = Some(container);
            Reply::Message(containerd::ContainerAnswer { container }.encode_to_vec())
        },
        |why| *why == EngineError::OtherContainer,
    );

    let raw = |name: &str, time, handle: fn(&mut UnixStream), fits: fn(&EngineError) -> bool| {
        let folder = Folder::new(name);
        let socket = folder.socket("crio.sock");
        server::serve(&socket, handle);
        let settings = Settings { cri: vec![socket], limits: limits(time), ..nobody() };
        check(name, settings, Runtime::CriO, fits);
    };
    let connection = |why: &EngineError| matches!(why, EngineError::Connection(_));
    raw("g-hangs", Duration::from_millis(100), hang, |why| *why == EngineError::TimedOut(100));
    raw("g-http1", AMPLE, |stream| body(stream, "{}"), connection);
    raw("g-closes", AMPLE, |_| {}, connection);
}

#[test]
fn an_engine_that_hangs_holds_no_other_up() {
    let folder = Folder::new("beside");
    let (hanging, socket) = (folder.socket("docker.sock"), folder.socket("podman.sock"));
    let connections = server::serve(&hanging, hang);
    server::http(&socket, |_| (200, json!({"Id": ID, "Name": "job"}).to_string()));
    let limits = Limits { queue: 8, at_once: 2, time: Duration::from_hours(1), ..nobody().limits };
    let settings = Settings { docker: vec![hanging], podman: vec![socket], limits, ..nobody() };
    let lookups = Lookups::start(settings).unwrap();
    let of_docker = |n: usize| seen(Runtime::Docker, &format!("{n:064x}"));
    // Fewer than may be looked up at once, or podman's would have to wait.
    for n in 0..7 {
        assert!(lookups.request(of_docker(n)));
    }
    let (found, _) = look_up(&lookups, seen(Runtime::Podman, ID));
    assert_eq!(found.unwrap().name, "job");
    // No more than that are kept.
    let refused = (7..100).filter(|n| !lookups.request(of_docker(*n))).count();
    assert!(refused >= 93 - 2 * 8, "{refused}");
    assert_eq!(lookups.counts().refused, refused as u64);
    assert!(connections.load(Ordering::Relaxed) <= 2);
}

#[test]
fn an_engine_that_failed_rests() {
    let folder = Folder::new("rests");
    let socket = folder.socket("docker.sock");
    let connections = server::serve(&socket, |_| {});
    let settings = Settings { docker: vec![socket], ..nobody() };
    let lookups = Lookups::start(settings).unwrap();
    for n in 0..20 {
        assert!(lookups.request(seen(Runtime::Docker, &format!("{n:064x}"))));
    }
    let (mut answers, mut problems) = (0, 0);
    while answers < 20 {
        match lookups.wait(Duration::from_mins(1)).expect("an answer") {
            Report::Answer(answer) => {
                assert_eq!(answer.container, None);
                answers += 1;
            }
            Report::Problem(_) => problems += 1,
        }
    }
    // 60 attempts; those that ran when the first failed, and after each rest as many.
    let asked = connections.load(Ordering::Relaxed);
    assert!(problems == 1 && asked < 40, "{problems} {asked}");
}
