//! `type: s3` with moto.

use std::io::{Read as _, Write as _};

use super::*;

struct Server {
    port: u16,
    process: Option<Process>,
}

/// The folder of Python modules with moto: where `scripts/deps.sh` puts it.
fn modules() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| peregrine_testkit::workspace().join("target")).join("tools/moto")
}

/// Whether there is such a server; where not, a loud line says so.
pub(super) fn has_moto(test: &str) -> bool {
    let has = modules().join("moto").is_dir();
    if !has {
        peregrine_testkit::skipped(test, "moto could not be fetched (scripts/deps.sh brokers)");
    }
    has
}

/// The command that starts it.
pub(super) fn moto(port: u16) -> Command {
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", modules()).args(["-m", "moto.server", "-p"]).arg(port.to_string());
    command
}

impl Server {
    fn new(test: &str) -> Option<Self> {
        if !has_moto(test) {
            return None;
        }
        Some(Self { port: free_port(), process: None })
    }

    /// A request of plain HTTP; its status and its body.
    fn ask(&self, method: &str, path: &str) -> (u16, Vec<u8>) {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        // It looks at who asks, not at the signature.
        let who = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let head =
            format!("{method} {path} HTTP/1.0\r\nHost: localhost\r\nAuthorization: {who}\r\n");
        write!(socket, "{head}Content-Length: 0\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
        (status, answer.split_off(end + 4))
    }

    fn objects(&self) -> Vec<String> {
        let (_, list) = self.ask("GET", "/alerts?list-type=2&max-keys=1000");
        let list = String::from_utf8(list).unwrap();
        let keys = list.split("<Key>").skip(1).map(|key| key.split("</Key>").next().unwrap());
        keys.map(str::to_owned).collect()
    }

    fn yaml(&self, more: &str) -> String {
        format!(
            "{{type: s3, name: s3 store, bucket: alerts, endpoint: 'http://127.0.0.1:{}', access_key: a, \
             secret_key: s{more}}}",
            self.port
        )
    }
}

fn plain_bytes(key: &str, bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match key.rsplit_once('.') {
        Some((_, "gz")) => {
            flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
        }
        Some((_, "zst")) => plain = zstd::decode_all(bytes).unwrap(),
        _ => plain.extend_from_slice(bytes),
    }
    plain
}

impl Receiver for Server {
    fn start(&mut self) {
        self.process = Some(Process::server(&mut moto(self.port), self.port));
        assert_eq!(self.ask("PUT", "/alerts").0, 200);
    }

    fn kill(&mut self) {
        self.process = None;
    }

    fn received(&self) -> Vec<Json> {
        let mut all = Vec::new();
        for key in self.objects() {
            let (_, bytes) = self.ask("GET", &format!("/alerts/{key}"));
            let text = String::from_utf8(plain_bytes(&key, &bytes)).unwrap();
            all.extend(text.lines().map(|line| serde_json::from_str::<Json>(line).unwrap()));
        }
        all
    }
}

#[test]
pub(super) fn s3_gets_objects_of_lines() {
    let Some(mut server) = Server::new("s3_gets_objects_of_lines") else { return };
    let mut output = open(&server.yaml("")).unwrap();
    let batch = output.batch();
    assert_eq!((batch.alerts, batch.wait), (1000, Duration::from_mins(1)));
    failure(&mut *output);
    server.start();
    let mut sent = vec![plain(1), nasty(2), plain(3)];
    deliver_all(&mut *output, sent.clone(), 10);
    let json = |alerts: &[Alert]| alerts.iter().map(json_of).collect::<Vec<_>>();
    assert_eq!(server.received(), json(&sent));
    let first =
        "peregrine/2026/11/30/web-1/s3-store-20261130T000000Z-00000000000000000001.jsonl.gz";
    let time = server.objects()[0].split('-').nth(3).unwrap_or_default().to_owned();
    assert_eq!(server.objects(), [first.replace("20261130T000000Z", &time)]);
    // A repeat, with what came meanwhile, takes the first one's place.
    sent.push(plain(4));
    deliver_all(&mut *output, sent.clone(), 10);
    assert_eq!(server.received(), json(&sent));
    for (compression, ending) in [("zstd", ".jsonl.zst"), ("none", ".jsonl")] {
        let more = format!(", compression: {compression}, prefix: '{compression}/x-'");
        deliver_all(&mut *open(&server.yaml(&more)).unwrap(), vec![nasty(2)], 10);
        let has = |key: &String| {
            key.starts_with(&format!("{compression}/x-2026/")) && key.ends_with(ending)
        };
        assert!(server.objects().iter().any(has), "{:?}", server.objects());
    }
    assert_eq!(server.received().iter().filter(|text| **text == json_of(&nasty(2))).count(), 3);

    // It goes and comes back empty.
    server.kill();
    failure(&mut *output);
    server.start();
    deliver_all(&mut *output, vec![plain(5)], 10);
    assert_eq!(server.received(), json(&[plain(5)]));
    let error =
        failure(&mut *open(&server.yaml("").replace("bucket: alerts", "bucket: none")).unwrap());
    assert!(error.contains("has no bucket none: make it"), "{error}");
}

#[test]
fn an_s3_that_hangs_is_given_up() {
    hang(|port| {
        format!(
            "{{type: s3, bucket: b, endpoint: 'http://127.0.0.1:{port}', access_key: a, secret_key: s, timeout: 1s}}"
        )
    });
}
