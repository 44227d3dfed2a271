//! Programs and webhooks.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use peregrine_respond::{Bytes, Task};
use peregrine_testkit::Folder;

use super::{act, done, host, is_root};
use crate::Step;

fn run(argv: &[&[u8]], timeout: Duration) -> Task {
    let argv = argv.iter().map(|word| Bytes(word.to_vec())).collect();
    // Another user can be had by root only.
    let user = if is_root() {
        "nobody".to_owned()
    } else {
        rustix::process::geteuid().as_raw().to_string()
    };
    Task::Run { argv, user, timeout }
}

#[test]
fn arguments_arrive_as_they_are() {
    let folder = Folder::new("act-run");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut host = host(&folder);
    let show =
        folder.file("show", "#!/bin/sh\nfor word; do printf '<%s>' \"$word\"; done; id -un\n");
    std::fs::set_permissions(&show, std::fs::Permissions::from_mode(0o755)).unwrap();
    let words: [&[u8]; 5] = [show.as_bytes(), b"$(id)", b"a\nb", b"'\"", b"\xff"];
    let line = done(&mut host, run(&words, Duration::from_secs(30)));
    let name = if is_root() { "nobody" } else { "" };
    let expected = format!("exit status: 0: <$(id)><a\\nb><'\"><\\xff>{name}");
    assert!(line.detail.starts_with(&expected), "{}", line.detail);
}

#[test]
fn what_takes_too_long_or_fails_is_said() {
    let folder = Folder::new("act-run-fails");
    let mut host = host(&folder);
    let begin = Instant::now();
    let task = run(&[b"/bin/sh", b"-c", b"echo begun; sleep 600"], Duration::from_millis(200));
    let line = act(&mut host, task);
    assert_eq!(line.step, Step::Failed);
    assert!(line.detail.contains("killed after 200ms"), "{}", line.detail);
    assert!(begin.elapsed() < Duration::from_mins(1));
    let line = act(&mut host, run(&[b"/bin/false"], Duration::from_secs(30)));
    assert_eq!((line.step, line.detail.as_str()), (Step::Failed, "/bin/false: exit status: 1"));
    let line = act(&mut host, run(&[b"/no/such"], Duration::from_secs(30)));
    assert!(line.detail.contains("No such file"), "{}", line.detail);
    let nobody = Task::Run {
        argv: vec![Bytes::from("/bin/true")],
        user: "no-such-user".to_owned(),
        timeout: Duration::from_secs(1),
    };
    let line = act(&mut host, nobody);
    assert_eq!(line.detail, "the user no-such-user does not exist");
}

#[test]
fn a_webhook_gets_the_alert() {
    let folder = Folder::new("act-webhook");
    let mut host = host(&folder);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let body = r#"{"rule": "a"}"#;
    let server = std::thread::spawn(move || {
        ["200 OK", "500 No"].map(|status| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut got = Vec::new();
            while !got.ends_with(body.as_bytes()) {
                let mut some = [0; 1024];
                let len = stream.read(&mut some).unwrap();
                got.extend_from_slice(&some[..len]);
            }
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(got).unwrap()
        })
    });
    let task = Task::Webhook { url, body: body.to_owned(), timeout: Duration::from_secs(30) };
    let line = done(&mut host, task.clone());
    assert_eq!(line.detail, "answered 200");
    let line = act(&mut host, task.clone());
    assert!(line.detail.ends_with("answered 500"), "{}", line.detail);
    let [first, _] = server.join().unwrap();
    assert!(first.starts_with("POST /hook HTTP/1.1\r\n"), "{first}");
    let line = act(&mut host, task);
    assert_eq!(line.step, Step::Failed, "{}", line.detail);
}
