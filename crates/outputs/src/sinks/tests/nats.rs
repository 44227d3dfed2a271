//! `type: nats` with NATS.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::*;

/// What a subscriber heard: subjects, and the texts.
type Heard = Arc<Mutex<Vec<(String, Json)>>>;

struct Server {
    folder: Folder,
    program: PathBuf,
    port: u16,
    process: Option<Process>,
    heard: Heard,
    stream: bool,
}

/// Speaks the text protocol of NATS itself: subscribes, and keeps what it hears.
fn listen(port: u16, subject: &str, heard: &Heard) {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let connect = r#"{"verbose":false,"user":"u","pass":"p","headers":true}"#;
    write!(socket, "CONNECT {connect}\r\nSUB {subject} 1\r\nPING\r\n").unwrap();
    let mut lines = BufReader::new(socket.try_clone().unwrap());
    let heard = Arc::clone(heard);
    let mut line = String::new();
    while line.trim() != "PONG" {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0);
    }
    std::thread::spawn(move || {
        let mut line = String::new();
        while lines.read_line(&mut line).is_ok_and(|size| size > 0) {
            let words: Vec<&str> = line.split_whitespace().collect();
            if let ["HMSG", subject, "1", .., head, size] = words[..] {
                let (head, size): (usize, usize) = (head.parse().unwrap(), size.parse().unwrap());
                let mut bytes = vec![0; size + 2];
                if lines.read_exact(&mut bytes).is_err() {
                    return;
                }
                let text = serde_json::from_slice(&bytes[head..size]).unwrap();
                heard.lock().unwrap().push((subject.to_owned(), text));
            } else if words == ["PING"] {
                let _ = socket.write_all(b"PONG\r\n");
            }
            line.clear();
        }
    });
}

impl Server {
    fn new(test: &str, stream: bool) -> Option<Self> {
        let program = program(test, "nats-server", "nats-server")?;
        let (folder, port) = (Folder::new(test), free_port());
        Some(Self { folder, program, port, process: None, heard: Heard::default(), stream })
    }

    /// Asks the stream's interface: a request with its answer.
    fn ask(&self, subject: &str, body: &Json) -> Json {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let login = async_nats::ConnectOptions::new().user_and_password("u".into(), "p".into());
            let client = login.connect(format!("127.0.0.1:{}", self.port)).await.unwrap();
            let answer = client.request(subject.to_owned(), body.to_string().into()).await;
            answer.map_or(Json::Null, |answer| serde_json::from_slice(&answer.payload).unwrap())
        })
    }

    fn messages(&self) -> u64 {
        let about = self.ask("$JS.API.STREAM.INFO.ALERTS", &json!({}));
        about["state"]["messages"].as_u64().unwrap_or_default()
    }

    fn yaml(&self, more: &str) -> String {
        format!(
            "{{type: nats, servers: '127.0.0.1:{}', username: u, password: p{more}}}",
            self.port
        )
    }
}

impl Receiver for Server {
    fn start(&mut self) {
        let permissions =
            "permissions: {publish: [\"peregrine.>\", \"_INBOX.>\"], subscribe: \"_INBOX.>\"}";
        let config = format!(
            "listen: \"127.0.0.1:{}\"\njetstream: {{store_dir: {:?}}}\n\
             authorization: {{users: [{{user: u, password: p}}, {{user: narrow, password: p, {permissions}}}]}}\n",
            self.port, self.folder.0
        );
        let config = self.folder.file("nats.conf", &config);
        let mut command = Command::new(&self.program);
        self.process = Some(Process::server(command.arg("-c").arg(config), self.port));
        if self.stream {
            let stream = json!({"name": "ALERTS", "subjects": ["peregrine.>"], "storage": "file"});
            until("the stream is there", || {
                self.ask("$JS.API.STREAM.CREATE.ALERTS", &stream)["config"]["name"] == "ALERTS"
            });
        } else {
            listen(self.port, "peregrine.>", &self.heard);
        }
    }

    fn kill(&mut self) {
        self.process = None;
    }

    fn received(&self) -> Vec<Json> {
        if self.stream {
            // Read anew from the stream's begin: what it has, not what went by.
            let heard = Heard::default();
            let subject = format!("heard.{}", free_port());
            listen(self.port, &subject, &heard);
            let count = self.messages();
            let consumer = json!({"stream_name": "ALERTS", "config": {
                "deliver_subject": subject, "deliver_policy": "all", "ack_policy": "none",
            }});
            self.ask("$JS.API.CONSUMER.CREATE.ALERTS", &consumer);
            until("the stream was read", || heard.lock().unwrap().len() as u64 >= count);
            return heard.lock().unwrap().iter().map(|(_, text)| text.clone()).collect();
        }
        self.heard.lock().unwrap().iter().map(|(_, text)| text.clone()).collect()
    }
}

#[test]
pub(super) fn nats_passes_alerts_on() {
    let Some(mut server) = Server::new("nats_passes_alerts_on", false) else { return };
    let yaml = server.yaml("");
    check_delivery(&mut server, &yaml, 400);
    assert_eq!(server.heard.lock().unwrap()[0].0, "peregrine.alerts.warning");

    let error = failure(&mut *open(&yaml.replace("password: p", "password: x")).unwrap());
    assert!(error.contains("check `username` and `password`"), "{error}");
    // The server says afterwards that it does not pass a subject on.
    let narrow =
        server.yaml(", subject: 'other.{{ source }}'").replace("username: u", "username: narrow");
    let error = failure(&mut *open(&narrow).unwrap());
    assert!(error.contains("Permissions Violation for Publish to \"other.syscall\""), "{error}");
    let mut allowed = open(&server.yaml("").replace("username: u", "username: narrow")).unwrap();
    deliver_all(&mut *allowed, vec![plain(1)], 1);
    // More than the server takes in one message.
    let mut large = plain(7);
    large.message = "x".repeat(2 << 20);
    let report = deliver(&mut *open(&yaml).unwrap(), &[plain(6), large, plain(8)]);
    assert!(
        matches!(report.fates[..], [Fate::Delivered, Fate::Refused(_), Fate::Delivered]),
        "{:?}",
        report.error
    );
}

#[test]
fn a_stream_of_nats_keeps_each_alert_once() {
    let Some(mut server) = Server::new("a_stream_of_nats_keeps_each_alert_once", true) else {
        return;
    };
    let yaml = server.yaml(", jetstream: true");
    check_delivery(&mut server, &yaml, 400);
    // What was sent again had its number with it.
    assert_eq!(server.messages(), 400);
    let mut output = open(&yaml).unwrap();
    deliver_all(&mut *output, vec![plain(500), plain(500), plain(501)], 3);
    deliver_all(&mut *output, vec![plain(500)], 1);
    assert_eq!(server.messages(), 402);
    let error = failure(&mut *open(&server.yaml(", jetstream: true, subject: none")).unwrap());
    assert!(error.contains("has no stream for the subject none: create one"), "{error}");
}

#[test]
fn nats_that_hangs_is_given_up() {
    hang(|port| format!("{{type: nats, servers: '127.0.0.1:{port}', timeout: 1s}}"));
}
