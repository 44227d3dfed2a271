//! Alerts reach a web server, in order, whatever it does meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::delivery::{RATE, Stage, kill, numbers};

const SOON: Duration = Duration::from_mins(1);

/// What the server does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Takes,
    /// 503.
    Busy,
    /// It reads and says nothing.
    Hangs,
    /// Half an answer.
    Cuts,
    /// It takes it, and answers with a gigabyte.
    Floods,
}

/// A request with an alert of the test.
#[derive(Debug, Clone)]
struct Asked {
    /// Of the file that raised the alert.
    number: u64,
    /// The header `Peregrine-Sequence`.
    sequence: String,
    taken: bool,
}

#[derive(Default)]
struct State {
    answer: Mutex<Option<Answer>>,
    certificate: Mutex<Option<Arc<ServerConfig>>>,
    asked: Mutex<Vec<Asked>>,
    /// Numbers of the alerts it took.
    taken: Mutex<BTreeSet<u64>>,
    connections: Mutex<u64>,
}

/// A web server; with a certificate, one of TLS.
struct Server {
    port: u16,
    state: Arc<State>,
}

impl Server {
    fn start(certificate: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State { certificate: Mutex::new(certificate), ..State::default() });
        let shared = Arc::clone(&state);
        // It ends with the test.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, shared) = (stream.unwrap(), Arc::clone(&shared));
                std::thread::spawn(move || {
                    let certificate = shared.certificate.lock().unwrap().clone();
                    *shared.connections.lock().unwrap() += 1;
                    // The client may hang up at any moment.
                    let _ = match certificate {
                        None => serve(stream, &shared),
                        Some(certificate) => {
                            let tls = ServerConnection::new(certificate).unwrap();
                            serve(StreamOwned::new(tls, stream), &shared)
                        }
                    };
                });
            }
        });
        Self { port, state }
    }

    fn set(&self, answer: Answer) {
        *self.state.answer.lock().unwrap() = Some(answer);
    }

    fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().unwrap().clone()
    }

    fn requests(&self) -> usize {
        self.state.asked.lock().unwrap().len()
    }

    /// Waits as long as requests come, and a while longer.
    fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let (mut end, mut before) = (Instant::now() + SOON, 0);
        while !holds(self) {
            let requests = self.requests();
            if requests > before {
                (end, before) = (Instant::now() + SOON, requests);
            }
            assert!(Instant::now() < end, "{what}: {requests} requests, {:?}", self.asked().last());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until it has taken the alerts of all numbers below this.
    fn until_taken(&self, count: u64) {
        self.until(&format!("{count} alerts"), |server| {
            server.state.taken.lock().unwrap().len() as u64 >= count
        });
    }

    /// Waits until so many more requests came.
    fn until_asked_again(&self, more: usize) {
        let before = self.requests();
        self.until("further requests", |server| server.requests() >= before + more);
    }

    /// What it took is in order, and whatever came again had the same number.
    fn check(&self, count: u64) {
        let mut next = 0;
        let mut sequences = BTreeMap::new();
        for asked in self.asked() {
            let known = sequences.entry(asked.number).or_insert_with(|| asked.sequence.clone());
            assert_eq!(*known, asked.sequence, "{asked:?}");
            assert!(asked.number <= next, "{asked:?} came before {next}");
            if asked.taken {
                next = next.max(asked.number + 1);
            }
        }
        assert_eq!(next, count);
        let different: BTreeSet<&String> = sequences.values().collect();
        assert_eq!(different.len(), sequences.len(), "{sequences:?}");
    }
}

fn serve(stream: impl Read + Write, state: &State) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let header = |name: &str| {
            let value = |line: &str| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned);
            head.lines().find_map(value).unwrap_or_default()
        };
        let mut body = vec![0; header("Content-Length").parse().unwrap()];
        stream.read_exact(&mut body)?;
        let answer = state.answer.lock().unwrap().unwrap_or(Answer::Takes);
        let taken = matches!(answer, Answer::Takes | Answer::Floods);
        let sequence = header("Peregrine-Sequence");
        let numbers = numbers(&String::from_utf8(body).unwrap());
        let asked =
            numbers.iter().map(|&number| Asked { number, sequence: sequence.clone(), taken });
        state.asked.lock().unwrap().extend(asked);
        if taken {
            state.taken.lock().unwrap().extend(&numbers);
        }
        let to = stream.get_mut();
        match answer {
            Answer::Takes => to.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?,
            Answer::Busy => to.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")?,
            Answer::Hangs => return stream.read(&mut [0]).map(drop),
            Answer::Cuts => {
                to.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")?;
                return to.flush();
            }
            Answer::Floods => {
                let length = 1_u64 << 30;
                write!(to, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n")?;
                return io::copy(&mut io::repeat(b'x').take(length), to).map(drop);
            }
        }
        to.flush()?;
    }
}

/// An authority, whose certificate is written to a file, and two certificates for this host: one that has expired,
/// and a good one.
fn certificates(authority: &Path) -> [Arc<ServerConfig>; 2] {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    std::fs::write(authority, issuer.pem()).unwrap();
    [Some(rcgen::date_time_ymd(2001, 1, 1)), None].map(|ends| {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.not_after = ends.unwrap_or(params.not_after);
        let key = KeyPair::generate().unwrap();
        let chain = vec![params.signed_by(&key, &issuer).unwrap().der().clone()];
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).unwrap())
    })
}

/// One server does all that goes wrong in turn, the agent killed and started again while it is busy; the other one's
/// certificate has expired until the end. `alerts`: how many are raised while each goes wrong.
fn misbehaving(alerts: u64) {
    let stage = Stage::new("receivers");
    let authority = stage.folder.join("ca.crt");
    let [expired, good] = certificates(&authority);
    let (plain, tls) = (Server::start(None), Server::start(Some(expired)));
    let common = "retry_first: 20ms, retry_most: 200ms, timeout: 1s";
    let outputs = format!(
        "outputs=[{{name: plain, type: webhook, url: 'http://127.0.0.1:{}/', {common}}}, \
         {{name: tls, type: webhook, url: 'https://127.0.0.1:{}/', tls: {{ca_cert: {}}}, {common}}}]",
        plain.port,
        tls.port,
        authority.display()
    );
    let mut watched = stage.start(&[&outputs]);
    let mut all = alerts / 2;
    stage.act(0..all);
    plain.until_taken(all);
    for answer in [Answer::Busy, Answer::Hangs, Answer::Cuts, Answer::Floods] {
        plain.set(answer);
        stage.act(all..all + alerts / 2);
        all += alerts / 2;
        // What it answers so far is tried again, and it is by each of these.
        plain.until_asked_again(if answer == Answer::Floods { 0 } else { 2 });
        if answer == Answer::Busy {
            stage.until_in_journal(all);
            kill(watched.pid());
            drop(watched);
            watched = stage.start(&[&outputs]);
            plain.until_asked_again(2);
        }
        stage.act(all..all + alerts / 2);
        all += alerts / 2;
        plain.set(Answer::Takes);
        plain.until_taken(all);
    }
    tls.until("a handshake", |tls| *tls.state.connections.lock().unwrap() > 1);
    assert!(tls.asked().is_empty(), "{:?}", tls.asked());
    *tls.state.certificate.lock().unwrap() = Some(good);
    tls.until_taken(all);
    let reported = watched.stop();
    plain.check(all);
    tls.check(all);
    for part in ["output tls fails: ", "its certificate has expired", "output tls works again"] {
        assert!(reported.contains(part), "no `{part}` in {reported}");
    }
    assert!(!reported.contains("for the next start"), "{reported}");
    let repeated = plain.requests() as u64 - all;
    let _ = writeln!(io::stderr(), "{all} alerts, {repeated} further requests");
}

#[test]
fn live_receivers_that_misbehave_get_every_alert_in_order() {
    if !peregrine_testkit::root("live_receivers_that_misbehave_get_every_alert_in_order") {
        return;
    }
    // Of each kind so many seconds.
    let seconds = std::env::var("PEREGRINE_RECEIVER_AWAY").ok().and_then(|text| text.parse().ok());
    misbehaving(seconds.map_or(20, |seconds: u64| seconds * RATE));
}
