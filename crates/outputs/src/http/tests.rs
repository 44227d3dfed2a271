//! The client against a server of the test, which does one thing after the other.

use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use flate2::read::{GzDecoder, ZlibDecoder};
use peregrine_alert::Alert;
use peregrine_config::{Compression, Headers, HttpKeys, Secret, TlsKeys};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::{HttpOutput, Protocol, Request};
use crate::error::SinkError;
use crate::output::{Batch, Fate, Output, Record, Report};
use crate::tests::alert;

/// Long enough for whatever is no hanging.
const LIMIT: Duration = Duration::from_secs(20);

const CLOSED: &str = "HOST: it closed the connection before its answer was whole";

/// What the server does with one connection, each request of it in turn.
#[derive(Clone)]
enum Act {
    /// Answers, and reads the next request.
    Answer(Vec<u8>),
    /// Answers and closes.
    Last(Vec<u8>),
    /// Answers with so many bytes, whoever reads them.
    Flood(u64),
    /// Answers a byte now and then, for ever.
    Drip,
    /// Reads and says nothing.
    Hang,
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()).into()
}

/// A request as it came.
#[derive(Debug, Clone, PartialEq)]
struct Asked {
    head: String,
    body: Vec<u8>,
    connection: usize,
}

impl Asked {
    fn header(&self, name: &str) -> Option<&str> {
        let find = |line: &'_ str| line.split_once(": ").is_some_and(|(key, _)| key == name);
        self.head
            .lines()
            .find(|line| find(line))
            .and_then(|line| line.split_once(": "))
            .map(|x| x.1)
    }
}

trait Stream: std::io::Read + Write {}
impl<T: std::io::Read + Write> Stream for T {}

struct Server {
    port: u16,
    thread: JoinHandle<Vec<Asked>>,
}

/// Serves the acts, over as many connections as they take.
fn serve(acts: Vec<Act>, tls: Option<Arc<ServerConfig>>) -> Server {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (mut acts, mut asked, mut connection) = (acts.into_iter().peekable(), Vec::new(), 0);
        while acts.peek().is_some() {
            let (socket, _) = listener.accept().unwrap();
            connection += 1;
            let stream: Box<dyn Stream> = match &tls {
                None => Box::new(socket),
                Some(config) => {
                    let tls = ServerConnection::new(Arc::clone(config)).unwrap();
                    Box::new(StreamOwned::new(tls, socket))
                }
            };
            let mut stream = BufReader::new(stream);
            while let Some(request) = read(&mut stream, connection) {
                asked.push(request);
                let Some(act) = acts.next() else { break };
                let to = stream.get_mut();
                match act {
                    Act::Answer(bytes) => to.write_all(&bytes).and_then(|()| to.flush()).unwrap(),
                    Act::Last(bytes) => {
                        to.write_all(&bytes).and_then(|()| to.flush()).unwrap();
                        break;
                    }
                    Act::Flood(bytes) => {
                        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\n\r\n");
                        to.write_all(head.as_bytes()).unwrap();
                        // The client stops reading: that is an error here.
                        let _ = std::io::copy(&mut std::io::repeat(b'x').take(bytes), to);
                        break;
                    }
                    Act::Drip => {
                        to.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n").unwrap();
                        while to.write_all(b"x").and_then(|()| to.flush()).is_ok() {
                            std::thread::sleep(Duration::from_millis(20));
                        }
                        break;
                    }
                    Act::Hang => {
                        let _ = stream.read(&mut [0]);
                        break;
                    }
                }
                if acts.peek().is_none() {
                    break;
                }
            }
        }
        asked
    });
    Server { port, thread }
}

/// A request; none where the connection ends, or no handshake comes about.
fn read(from: &mut BufReader<Box<dyn Stream>>, connection: usize) -> Option<Asked> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if from.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let asked = Asked { head, body: Vec::new(), connection };
    let mut body = vec![0; asked.header("Content-Length").unwrap().parse().unwrap()];
    from.read_exact(&mut body).ok()?;
    Some(Asked { body, ..asked })
}

impl Server {
    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://127.0.0.1:{}/secret-path?token=1", self.port)
    }
}

/// A request for each text.
struct Each(String, usize);

impl Protocol for Each {
    fn batch(&self) -> Batch {
        Batch { alerts: self.1, ..Batch::ONE }
    }

    fn requests(
        &mut self,
        batch: &[Record<'_>],
        _now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        let body = |records: &[Record<'_>]| -> String { records.iter().map(|r| r.text).collect() };
        Ok(batch
            .chunks(self.1)
            .map(|part| (Request::post(&self.0, "text/plain", body(part)), part.len()))
            .collect())
    }
}

fn deliver(output: &mut impl Output, alerts: &[Arc<Alert>]) -> Report {
    let records: Vec<_> =
        alerts.iter().map(|alert| Record { alert, text: &alert.message }).collect();
    output.deliver(&records)
}

fn fates(report: &Report) -> String {
    let letter = |fate: &Fate| match fate {
        Fate::Delivered => 'd',
        Fate::Refused(_) => 'r',
        Fate::Again => 'a',
    };
    report.fates.iter().map(letter).collect()
}

fn error(report: &Report) -> String {
    report.error.as_ref().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn a_status_decides_and_a_retry_has_the_same_key() {
    let acts = vec![
        Act::Answer(answer("503 Busy", "Retry-After: 7\r\n", "la\x1bter\n")),
        Act::Answer(answer("200 OK", "", "")),
        Act::Answer(answer("429 Many", "Retry-After: Fri, 31 Dec 2199 23:59:59 GMT\r\n", "")),
        Act::Answer(answer("400 Bad", "", "no such thing")),
        Act::Answer(
            b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                .into(),
        ),
        Act::Answer(answer("204 None", "", "")),
    ];
    let server = serve(acts, None);
    let mut output =
        HttpOutput::open(Each(server.url("http"), 2), &HttpKeys::default(), LIMIT).unwrap();
    let alerts = [alert(7), alert(9), alert(8)];
    let busy = deliver(&mut output, &alerts[..2]);
    assert_eq!((fates(&busy).as_str(), busy.retry_after), ("aa", Some(Duration::from_secs(7))));
    assert_eq!(error(&busy), "the answer is 503: la\\u001bter");
    // The second request of the batch is not sent where the first is to be repeated.
    let many = deliver(&mut output, &alerts);
    assert_eq!(fates(&many), "dda");
    assert_eq!(many.retry_after, Some(Duration::from_hours(1)));
    let refused = deliver(&mut output, &alerts[..1]);
    assert_eq!(fates(&refused), "r");
    assert_eq!(fates(&deliver(&mut output, &alerts)), "ddd");
    let asked = server.thread.join().unwrap();
    let header = |name: &str| -> Vec<_> { asked.iter().map(|a| a.header(name).unwrap()).collect() };
    assert_eq!(header("Peregrine-Sequence"), ["7-9", "7-9", "8", "7", "7-9", "8"]);
    let keys = header("Idempotency-Key");
    assert!(keys[0].starts_with("h-7-9-"), "{keys:?}");
    assert_eq!((keys[0], keys[0], keys[2]), (keys[1], keys[4], keys[5]));
    assert!(keys[0] != keys[2] && keys[2] != keys[3]);
    // One connection for all of it.
    assert!(asked.iter().all(|asked| asked.connection == 1), "{asked:?}");
    assert_eq!(asked[0].body, b"alert 7alert 9");
}

#[test]
fn a_receiver_that_misbehaves_is_an_error_in_time_and_tried_again() {
    let check = |act: Act, limit: Duration, expected: &str| {
        let server = serve(vec![act, Act::Answer(answer("200 OK", "", ""))], None);
        let place = format!("127.0.0.1:{}", server.port);
        let mut output =
            HttpOutput::open(Each(server.url("http"), 1), &HttpKeys::default(), limit).unwrap();
        let begun = Instant::now();
        let report = deliver(&mut output, &[alert(1)]);
        assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
        let text = error(&report);
        assert_eq!(text.replace(&place, "HOST"), expected);
        assert_eq!(fates(&report), if expected.is_empty() { "d" } else { "a" });
        assert!(!text.contains("secret-path") && !text.contains("token"), "{text}");
        assert_eq!(fates(&deliver(&mut output, &[alert(1)])), "d");
        server.thread.join().unwrap();
    };
    let short = Duration::from_secs(2);
    let late = "HOST: no whole answer within 2 s: raise `timeout` where it is only slow";
    check(Act::Hang, short, late);
    check(Act::Drip, short, late);
    check(Act::Flood(1 << 30), LIMIT, "");
    let cut = CLOSED;
    check(Act::Last(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".into()), LIMIT, cut);
    check(Act::Last(b"HTTP/1.1 2".into()), LIMIT, cut);
    check(Act::Last(b"".into()), LIMIT, cut);
    check(Act::Last(b"SMTP ready\r\n\r\n".into()), LIMIT, "HOST: its answer is no HTTP");
    let to = "Location: http://other.example:9/secret-path\r\n";
    let moved = "HOST: it redirects (302) to http://other.example:9, which is not followed: \
                 configure the address that answers itself";
    check(Act::Answer(answer("302 Found", to, "")), LIMIT, moved);
}

#[test]
fn nobody_there_is_an_error_that_names_the_host() {
    let check = |url: &str, expected: &str| {
        let mut output =
            HttpOutput::open(Each(url.to_owned(), 1), &HttpKeys::default(), LIMIT).unwrap();
        let report = deliver(&mut output, &[alert(1)]);
        assert_eq!((error(&report).as_str(), fates(&report).as_str()), (expected, "a"));
    };
    let port = peregrine_testkit::free_port();
    let refused = format!(
        "127.0.0.1:{port}: it refuses the connection: does the receiver run, is the port right?"
    );
    check(&format!("http://user:hidden@127.0.0.1:{port}/hidden"), &refused);
    check("ftp://none.invalid/hidden", "the URL is none of HTTP");
    // What the system says of a name it does not know is not ours.
    let url = "http://none.invalid/hidden".to_owned();
    let mut output = HttpOutput::open(Each(url, 1), &HttpKeys::default(), LIMIT).unwrap();
    let text = error(&deliver(&mut output, &[alert(1)]));
    assert!(text.starts_with("none.invalid: ") && !text.contains("hidden"), "{text}");
}

#[test]
fn requests_say_what_is_configured() {
    let acts = vec![Act::Answer(answer("200 OK", "", "")); 3];
    let server = serve(acts, None);
    let url = format!("http://us%20er:pass@127.0.0.1:{}?q", server.port);
    let long = "文".repeat(100_000);
    let mut alert = (*alert(3)).clone();
    alert.message.clone_from(&long);
    let alert = [Arc::new(alert)];
    let headers = [("X-Team", "blue"), ("content-type", "text/x")]
        .map(|(name, value)| (name.to_owned(), Secret::Text(value.to_owned())));
    let mut keys = HttpKeys { headers: Headers(headers.into()), ..HttpKeys::default() };
    (keys.user_agent, keys.keep_alive) = ("me".to_owned(), false);
    for compress in [Compression::None, Compression::Gzip, Compression::Deflate] {
        keys.compress = compress;
        let mut output = HttpOutput::open(Each(url.clone(), 1), &keys, LIMIT).unwrap();
        assert_eq!(fates(&deliver(&mut output, &alert)), "d");
    }
    let asked = server.thread.join().unwrap();
    let mut unpacked = Vec::new();
    for (asked, encoding) in asked.iter().zip([None, Some("gzip"), Some("deflate")]) {
        assert_eq!(asked.header("Content-Encoding"), encoding);
        let length = asked.body.len().to_string();
        let text = |mut from: Box<dyn std::io::Read + '_>| {
            let mut text = String::new();
            from.read_to_string(&mut text).unwrap();
            text
        };
        unpacked.push(match encoding {
            None => text(Box::new(&*asked.body)),
            Some("gzip") => text(Box::new(GzDecoder::new(&*asked.body))),
            Some(_) => text(Box::new(ZlibDecoder::new(&*asked.body))),
        });
        let head: Vec<&str> = asked
            .head
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with("Content-Encoding"))
            .filter(|line| !line.starts_with("Idempotency-Key"))
            .collect();
        let expected = [
            "POST /?q HTTP/1.1".to_owned(),
            format!("Host: 127.0.0.1:{}", server.port),
            "Authorization: Basic dXMgZXI6cGFzcw==".to_owned(),
            "User-Agent: me".to_owned(),
            "Accept: */*".to_owned(),
            "Content-Type: text/x".to_owned(),
            "X-Team: blue".to_owned(),
            "Peregrine-Sequence: 3".to_owned(),
            "Connection: close".to_owned(),
            format!("Content-Length: {length}"),
        ];
        assert_eq!(head, expected);
    }
    assert_eq!(unpacked, [long.as_str(); 3]);
    assert_eq!(asked.iter().map(|asked| asked.connection).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn headers_that_http_does_not_allow_are_refused_at_the_start() {
    let check = |name: &str, value: &str, expected: &str| {
        let header = (name.to_owned(), Secret::Text(value.to_owned()));
        let keys = HttpKeys { headers: Headers([header].into()), ..HttpKeys::default() };
        let opened = HttpOutput::open(Each("http://h".to_owned(), 1), &keys, LIMIT);
        assert_eq!(opened.map(|_| ()).unwrap_err().to_string(), expected);
    };
    check("X-Key", "hid\nden", "the header X-Key has a value HTTP does not allow");
    check("content-length", "1", "the header content-length is Peregrine's own");
}

/// Certificates in a folder of the test.
struct Certificates {
    folder: PathBuf,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Certificates {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("peregrine-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("folder")).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let all = Self { folder, issuer };
        std::fs::write(all.path("ca.crt"), all.issuer.pem()).unwrap();
        std::fs::write(all.path("folder/any name"), all.issuer.pem()).unwrap();
        std::fs::write(all.path("folder/no certificate"), "text").unwrap();
        all
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A certificate for a name, made by the issuer.
    fn make(&self, file: &str, name: &str, expired: bool) -> ServerConfig {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if expired {
            params.not_after = rcgen::date_time_ymd(2001, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        std::fs::write(self.path(&format!("{file}.crt")), certificate.pem()).unwrap();
        std::fs::write(self.path(&format!("{file}.key")), key.serialize_pem()).unwrap();
        let chain = vec![certificate.der().clone()];
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = if file == "mutual" {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from(self.issuer.der().to_vec())).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        builder.with_single_cert(chain, key).unwrap()
    }
}

#[test]
fn certificates_decide_who_is_believed() {
    let files = Certificates::new("tls");
    let good = Arc::new(files.make("good", "127.0.0.1", false));
    let expired = Arc::new(files.make("expired", "127.0.0.1", true));
    let other = Arc::new(files.make("other", "other.example", false));
    let mutual = Arc::new(files.make("mutual", "127.0.0.1", false));
    files.make("client", "client", false);
    let wanted =
        "HOST: it does not accept this host's certificate, or wants one: see `client_cert`";
    let check = |server: &Arc<ServerConfig>, tls: TlsKeys, expected: &str| {
        let server = serve(vec![Act::Last(answer("200 OK", "", ""))], Some(Arc::clone(server)));
        let keys = HttpKeys { tls, ..HttpKeys::default() };
        let place = format!("127.0.0.1:{}", server.port);
        let mut output = HttpOutput::open(Each(server.url("https"), 1), &keys, LIMIT).unwrap();
        let report = deliver(&mut output, &[alert(1)]);
        // A server that wants a certificate says so behind the handshake, if its connection lasts so long.
        let error = error(&report).replace(&place, "HOST").replace(CLOSED, wanted);
        assert_eq!(error, expected);
        assert_eq!(fates(&report), if expected.is_empty() { "d" } else { "a" });
        if expected.is_empty() {
            assert_eq!(server.thread.join().unwrap()[0].body, b"alert 1");
        }
    };
    let none = TlsKeys::default;
    let ca = || TlsKeys { ca_cert: files.path("ca.crt"), ..none() };
    check(&good, ca(), "");
    check(&good, TlsKeys { ca_bundle: files.path("ca.crt"), ..none() }, "");
    check(&good, TlsKeys { ca_path: files.path("folder"), ..none() }, "");
    check(&good, TlsKeys { insecure: true, ..none() }, "");
    check(&expired, TlsKeys { insecure: true, ..none() }, "");
    let unknown =
        "HOST: nobody trusted here signed its certificate: name its authority in `ca_cert`";
    check(&good, none(), unknown);
    check(&expired, ca(), "HOST: its certificate has expired: renew it there");
    let name = "HOST: its certificate is for another name: use the name it is for";
    check(&other, ca(), name);
    check(&mutual, ca(), wanted);
    let client = |key: &str| TlsKeys {
        client_cert: files.path("client.crt"),
        client_key: files.path(key),
        ..ca()
    };
    check(&mutual, client("client.key"), "");
    // What is no TLS at all.
    let plain = serve(vec![Act::Last(answer("200 OK", "", ""))], None);
    let mut output =
        HttpOutput::open(Each(plain.url("https"), 1), &HttpKeys::default(), LIMIT).unwrap();
    drop(plain);
    let report = deliver(&mut output, &[alert(1)]);
    assert_eq!(fates(&report), "a");

    let wrong = |tls: TlsKeys, expected: &str| {
        let keys = HttpKeys { tls, ..HttpKeys::default() };
        let opened = HttpOutput::open(Each("https://h".to_owned(), 1), &keys, LIMIT);
        let error = opened.map(|_| ()).unwrap_err().to_string();
        assert!(
            error.replace(&*files.folder.to_string_lossy(), "DIR").starts_with(expected),
            "{error}"
        );
    };
    let path = |name: &str| TlsKeys { ca_cert: files.path(name), ..none() };
    wrong(path("none"), "tls: ca_cert: DIR/none: ");
    wrong(path("client.key"), "tls: ca_cert: DIR/client.key: there is no certificate");
    wrong(client("good.key"), "tls: client_cert and client_key do not belong together: ");
    wrong(client("client.crt"), "tls: client_key: DIR/client.crt: there is no key");
    let alone = TlsKeys { client_key: PathBuf::new(), ..client("client.key") };
    wrong(alone, "tls: client_cert needs client_key beside it");
    std::fs::remove_dir_all(&files.folder).unwrap();
}
