use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use peregrine_config::Config;
use peregrine_testkit::Folder;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::*;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

fn config(options: &[&str]) -> Config {
    let mut all = vec!["webserver.listen_address=127.0.0.1", "webserver.listen_port=0"];
    all.extend(options);
    let all: Vec<String> = all.into_iter().map(str::to_owned).collect();
    peregrine_config::load(None, &all).unwrap().config
}

/// A server with one page, `/page`.
fn serve(options: &[&str], limits: Limits) -> (WebServer, SocketAddr) {
    serve_with(options, limits, Arc::new(|path| (path == "/page").then(|| page("yes"))))
}

fn serve_with(options: &[&str], limits: Limits, answer: Answer) -> (WebServer, SocketAddr) {
    let listener = WebListener::bind(&config(options).webserver).unwrap();
    let address = listener.address().unwrap();
    (WebListener { limits, ..listener }.serve(answer).unwrap(), address)
}

fn page(text: &str) -> Page {
    Page { status: 200, media_type: "text/plain", text: text.to_owned() }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// What a server sends until it closes the connection.
fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is cut is closed, too.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8(bytes).unwrap()
}

fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = connect(address);
    let _ = stream.write_all(request.as_bytes());
    rest(stream)
}

fn request(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
}

/// Asks until there is an answer: on a busy machine a client may be slower than a limit that is short for the test.
fn until_answered(address: SocketAddr, request: &str) -> String {
    let end = Instant::now() + PATIENCE;
    loop {
        let answer = ask(address, request);
        if !answer.is_empty() {
            return answer;
        }
        assert!(Instant::now() < end, "no answer to {request}");
    }
}

#[test]
fn pages_are_answered_as_falco_answers_them() {
    let (_server, address) = serve(&[], Limits::default());
    let check = |method: &str, path: &str, status: &str, expected: &str| {
        let answer = ask(address, &request(method, path));
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let head = head.to_lowercase();
        assert!(head.starts_with(&format!("http/1.1 {status}")), "{method} {path}: {head}");
        assert_eq!(body, expected, "{method} {path}");
        let typed = head.contains("content-type: text/plain\r\n");
        assert_eq!(typed, status == "200", "{method} {path}: {head}");
    };
    check("GET", "/page", "200", "yes");
    check("GET", "/page?x=1", "200", "yes");
    check("HEAD", "/page", "200", "");
    for path in ["/", "/page/", "/PAGE", "/page/..", "*"] {
        check("GET", path, "404", "");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        check(method, "/page", "404", "");
    }
    check("TRACE", "/page", "400", "");
    check("LOOK", "/page", "400", "");
}

#[test]
fn a_connection_has_as_many_answers_as_requests() {
    let (_server, address) = serve(&[], Limits::default());
    let keep = "GET /page HTTP/1.1\r\nHost: here\r\n\r\n";
    let answers = ask(address, &format!("{keep}{keep}{}", request("GET", "/page")));
    assert_eq!(answers.matches("yes").count(), 3, "{answers}");
}

#[test]
fn what_is_no_request_ends_its_connection() {
    let limits = Limits { request: Duration::from_millis(300), ..Limits::default() };
    let (_server, address) = serve(&[], limits);
    let long = format!("GET /page HTTP/1.1\r\nHost: here\r\nX: {}\r\n\r\n", "x".repeat(64 << 10));
    let many = format!("GET /page HTTP/1.1\r\nHost: here\r\n{}\r\n", "X: y\r\n".repeat(2000));
    let wrong =
        ["", "\0\0\0", "GET /page", "GET /page HTTP/1.1\r\nHost: here\r\n", &long, &many, "\r\n"];
    for bytes in wrong {
        // Neither closes a client's side: the server does.
        assert!(!ask(address, bytes).contains("yes"), "{bytes:.40?}");
    }
    assert!(until_answered(address, &request("GET", "/page")).ends_with("yes"));
}

#[test]
fn clients_that_keep_their_connections_hold_up_nobody() {
    let limits = Limits { connections: 8, request: PATIENCE, ..Limits::default() };
    let (_server, address) = serve(&[], limits);
    let mut silent: Vec<TcpStream> = (0..40).map(|_| connect(address)).collect();
    // Half of them begin a request that never ends.
    for stream in silent.iter_mut().step_by(2) {
        let _ = stream.write_all(b"GET /page HTTP/1.1\r\nX: ");
    }
    let begin = Instant::now();
    for _ in 0..20 {
        assert!(ask(address, &request("GET", "/page")).ends_with("yes"));
    }
    assert!(begin.elapsed() < PATIENCE);
    // The oldest were closed for others.
    assert_eq!(rest(silent.remove(0)), "");
}

#[test]
fn a_connection_is_used_for_so_long_only() {
    let limits = Limits { connection: Duration::from_millis(200), ..Limits::default() };
    let (_server, address) = serve(&[], limits);
    // Nobody asks to have it closed.
    let request = "GET /page HTTP/1.1\r\nHost: here\r\n\r\n";
    assert!(until_answered(address, request).ends_with("yes"));
}

/// Pages that wait until they are let go, and one that does not.
fn hanging() -> (Answer, Receiver<()>, Sender<()>) {
    let (begun, begins) = channel();
    let (release, released) = channel();
    let (begun, released) = (Mutex::new(begun), Mutex::new(released));
    let answer = move |path: &str| {
        if path == "/hang" {
            begun.lock().unwrap().send(()).unwrap();
            let _ = released.lock().unwrap().recv();
        }
        Some(page("yes"))
    };
    (Arc::new(answer), begins, release)
}

#[test]
fn a_page_that_hangs_holds_up_neither_others_nor_the_end() {
    let (answer, begins, release) = hanging();
    let (server, address) = serve_with(&["webserver.threadiness=2"], Limits::default(), answer);
    let mut hangs = connect(address);
    hangs.write_all(request("GET", "/hang").as_bytes()).unwrap();
    begins.recv_timeout(PATIENCE).unwrap();
    assert!(ask(address, &request("GET", "/page")).ends_with("yes"));
    // The client goes; the page is still being made.
    hangs.shutdown(Shutdown::Both).unwrap();
    drop(server);
    release.send(()).unwrap();
}

/// A certificate for this host and its key in one file, as Falco has them.
fn certificate(folder: &Path) -> String {
    let names = vec!["127.0.0.1".to_owned()];
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(names).unwrap();
    let path = folder.join("server.pem");
    std::fs::write(&path, cert.pem() + &signing_key.serialize_pem()).unwrap();
    path.display().to_string()
}

#[test]
fn pages_are_encrypted() {
    let folder = Folder::new("web-tls");
    let pem = certificate(folder.path());
    let options = ["webserver.ssl_enabled=true", &format!("webserver.ssl_certificate={pem}")];
    let limits = Limits { request: PATIENCE, ..Limits::default() };
    let (_server, address) = serve(&options, limits);
    // One that does not speak TLS, and one that does not speak at all.
    let mut plain = connect(address);
    plain.write_all(request("GET", "/page").as_bytes()).unwrap();
    let _silent = connect(address);
    assert!(ask_encrypted(address, &pem).unwrap().ends_with("yes"));
    assert!(!ask(address, &request("GET", "/page")).contains("yes"));
}

/// What a server answers to who trusts the certificate of a file.
fn ask_encrypted(address: SocketAddr, pem: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(pem).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let client = ClientConnection::new(Arc::new(client), name).unwrap();
    let mut stream = StreamOwned::new(client, connect(address));
    stream.write_all(request("GET", "/page").as_bytes())?;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    Ok(String::from_utf8(answer).unwrap())
}

/// The server that a configuration asks for where one runs, and whether it is the one that runs.
fn renew(former: &WebServer, options: &[&str]) -> Result<Option<WebServer>, WebError> {
    let listener = WebListener::bind_after(&config(options).webserver, Some(&former.port()))?;
    let answer: Answer = Arc::new(|path| (path == "/page").then(|| page("next")));
    listener.map(|listener| listener.serve(answer)).transpose()
}

#[test]
fn another_configuration_serves_at_the_same_port() {
    let folder = Folder::new("web-renewed");
    let pem = certificate(folder.path());
    let (plain, address) = serve(&[], Limits::default());
    // What is no matter of the server keeps it.
    for same in [&[][..], &["webserver.k8s_healthz_endpoint=/other"]] {
        assert!(renew(&plain, same).unwrap().is_none(), "{same:?}");
    }
    let options = ["webserver.ssl_enabled=true", &format!("webserver.ssl_certificate={pem}")];
    let encrypted = renew(&plain, &options).unwrap().unwrap();
    drop(plain);
    assert!(ask_encrypted(address, &pem).unwrap().ends_with("next"));
    assert!(renew(&encrypted, &options).unwrap().is_none());
    // Another certificate in the same file.
    let former = folder.path().join("former.pem");
    std::fs::rename(&pem, &former).unwrap();
    assert!(matches!(renew(&encrypted, &options), Err(WebError::Certificate { .. })));
    certificate(folder.path());
    let renewed = renew(&encrypted, &options).unwrap().unwrap();
    drop(encrypted);
    assert!(ask_encrypted(address, &pem).unwrap().ends_with("next"));
    assert!(ask_encrypted(address, &former.display().to_string()).is_err());
    let plain = renew(&renewed, &["webserver.threadiness=2"]).unwrap().unwrap();
    drop(renewed);
    assert!(ask(address, &request("GET", "/page")).ends_with("next"));
    drop(plain);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn what_keeps_it_from_starting_is_named() {
    let folder = Folder::new("web-wrong");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let pem = std::fs::read_to_string(certificate(folder.path())).unwrap();
    let key_at = pem.find("-----BEGIN PRIVATE").unwrap();
    let (certificate, key) = pem.split_at(key_at);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = format!("webserver.listen_port={}", taken.local_addr().unwrap().port());
    let check = |options: &[&str], expected: &str| {
        let error = WebListener::bind(&config(options).webserver).unwrap_err();
        let source = std::error::Error::source(&error);
        let text = source.map_or_else(|| error.to_string(), |why| format!("{error}: {why}"));
        assert!(text.starts_with("webserver: ") && text.contains(expected), "{text}");
    };
    check(&[&port], "(webserver.listen_address, webserver.listen_port): Address already in use");
    // Addresses for documentation are nobody's.
    check(&["webserver.listen_address=192.0.2.1"], "cannot listen on 192.0.2.1, port 0");
    let tls = |path: &str, expected: &str| {
        let path = format!("webserver.ssl_certificate={path}");
        check(&["webserver.ssl_enabled=true", &path], expected);
    };
    tls("/nosuch.pem", "No such file or directory");
    tls(&file("empty.pem", ""), "there is no certificate in it");
    tls(&file("certificate.pem", certificate), "there is no private key in it");
    tls(&file("key.pem", key), "there is no certificate in it");
}
