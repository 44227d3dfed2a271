//! `type: redis` with Redis.

use super::*;

struct Server {
    folder: Folder,
    program: PathBuf,
    port: u16,
    process: Option<Process>,
    read: [&'static str; 4],
}

impl Server {
    fn new(test: &str, read: [&'static str; 4]) -> Option<Self> {
        let program = program(test, "redis-server", "redis-server")?;
        Some(Self { folder: Folder::new(test), program, port: free_port(), process: None, read })
    }

    fn ask(&self, arguments: &[&str]) -> Json {
        let mut command = Command::new("redis-cli");
        command.args(["-3", "--json", "-a", "secret", "-p"]).arg(self.port.to_string());
        let answer = command.args(arguments).output().unwrap();
        serde_json::from_slice(&answer.stdout).unwrap_or(Json::Null)
    }
}

impl Receiver for Server {
    fn start(&mut self) {
        let mut command = Command::new(&self.program);
        command.args(["--bind", "127.0.0.1", "--save", "", "--requirepass", "secret"]);
        command
            .args(["--appendonly", "yes", "--appendfsync", "always", "--dir"])
            .arg(&self.folder.0);
        command.arg("--port").arg(self.port.to_string());
        self.process = Some(Process::server(&mut command, self.port));
        until("it read its file", || self.ask(&["PING"]) == "PONG");
    }

    fn kill(&mut self) {
        self.process = None;
    }

    fn received(&self) -> Vec<Json> {
        let all = self.ask(&self.read);
        let text = |entry: &Json| match entry {
            Json::String(text) => serde_json::from_str(text).unwrap(),
            entry => {
                let fields = entry[1].as_array().unwrap();
                let at = fields.iter().position(|name| name == "alert").unwrap();
                serde_json::from_str(fields[at + 1].as_str().unwrap()).unwrap()
            }
        };
        all.as_array().map(|all| all.iter().map(text).collect()).unwrap_or_default()
    }
}

#[test]
pub(super) fn redis_keeps_alerts_in_a_stream() {
    let read = ["XRANGE", "peregrine:alerts", "-", "+"];
    let Some(mut server) = Server::new("redis_keeps_alerts_in_a_stream", read) else { return };
    let port = server.port;
    check_delivery(
        &mut server,
        &format!("{{type: redis, server: '127.0.0.1:{port}', password: secret}}"),
        400,
    );
    let first = server.ask(&["XRANGE", "peregrine:alerts", "-", "+", "COUNT", "1"]);
    let fields = ["id", "web-1-1", "hostname", "web-1", "time"];
    assert_eq!(first[0][1].as_array().unwrap()[..5], fields.map(Json::from));

    let mut short = open(&format!(
        "{{type: redis, server: '127.0.0.1:{port}', password: secret, key: 'a:{{{{ rule | lower }}}}', max_len: 100}}"
    ))
    .unwrap();
    deliver_all(&mut *short, (0..1000).map(plain).collect(), 100);
    let kept = server.ask(&["XLEN", "a:read sensitive file"]).as_u64().unwrap();
    assert!((100..=300).contains(&kept), "{kept}");

    let mut wrong =
        open(&format!("{{type: redis, server: '127.0.0.1:{port}', password: wrong}}")).unwrap();
    let error = failure(&mut *wrong);
    assert!(error.contains("check `username` and `password`"), "{error}");
    let mut none = open(&format!("{{type: redis, server: '127.0.0.1:{port}'}}")).unwrap();
    let error = failure(&mut *none);
    assert!(error.contains("NOAUTH") && error.ends_with("set `password`"), "{error}");
    // Of a batch that the server takes in part only that part is delivered.
    let key = "{type: redis, server: '127.0.0.1:PORT', password: secret, key: 'b{{ sequence }}'}";
    let mut part = open(&key.replace("PORT", &port.to_string())).unwrap();
    server.ask(&["SET", "b2", "no stream"]);
    let report = deliver(&mut *part, &[plain(1), plain(2), plain(3)]);
    assert!(
        matches!(report.fates[..], [Fate::Delivered, Fate::Again, Fate::Delivered]),
        "{report:?}"
    );
    assert!(report.error.unwrap().to_string().contains("WRONGTYPE"));
}

#[test]
fn redis_keeps_alerts_in_a_list() {
    let read = ["LRANGE", "peregrine:alerts", "0", "-1"];
    let Some(mut server) = Server::new("redis_keeps_alerts_in_a_list", read) else { return };
    let yaml = "{type: redis, server: '127.0.0.1:PORT', username: default, password: secret, kind: list, max_len: 5}";
    server.start();
    let mut output = open(&yaml.replace("PORT", &server.port.to_string())).unwrap();
    deliver_all(&mut *output, vec![nasty(1)], 1);
    assert_eq!(server.received(), [json_of(&nasty(1))]);
    deliver_all(&mut *output, (2..10).map(plain).collect(), 4);
    let last: Vec<Json> = (5..10).map(|n| json_of(&plain(n))).collect();
    assert_eq!(server.received(), last);
}

#[test]
fn redis_publishes_alerts() {
    use std::io::{BufRead as _, BufReader};
    let read = ["PING", "", "", ""];
    let Some(mut server) = Server::new("redis_publishes_alerts", read) else { return };
    server.start();
    let mut command = Command::new("redis-cli");
    command.args(["--raw", "-a", "secret", "-p"]).arg(server.port.to_string());
    command.args(["SUBSCRIBE", "ops"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut listener = Process(command.spawn().unwrap());
    let mut lines = BufReader::new(listener.0.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    assert_eq!([next(), next(), next()], ["subscribe", "ops", "1"]);
    let yaml = "{type: redis, server: '127.0.0.1:PORT', password: secret, kind: pubsub, key: ops}";
    let mut output = open(&yaml.replace("PORT", &server.port.to_string())).unwrap();
    deliver_all(&mut *output, vec![nasty(1)], 1);
    assert_eq!([next(), next()], ["message", "ops"]);
    assert_eq!(serde_json::from_str::<Json>(&next()).unwrap(), json_of(&nasty(1)));
}

#[test]
fn a_redis_that_hangs_is_given_up() {
    hang(|port| format!("{{type: redis, server: '127.0.0.1:{port}', password: x, timeout: 1s}}"));
}
