//! A web server on loopback that hands each request to a receiver's rules.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value as Json;

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names and values of the query, decoded.
    pub(crate) query: Vec<(String, String)>,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(known, _)| known == name);
        header.map(|(_, value)| value.as_str())
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let pair = self.query.iter().find(|(known, _)| known == name);
        pair.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Result<Json, String> {
        serde_json::from_slice(&self.body).map_err(|error| format!("the body is no JSON: {error}"))
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn new(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.to_owned() }
    }
}

/// A receiver: it answers a request, or says which rule it breaks.
pub(crate) trait Receiver: Send {
    fn take(&mut self, request: &Received) -> Result<Reply, String>;
}

impl<F: FnMut(&Received) -> Result<Reply, String> + Send> Receiver for F {
    fn take(&mut self, request: &Received) -> Result<Reply, String> {
        self(request)
    }
}

/// A server that ends when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

struct State {
    receiver: Mutex<Box<dyn Receiver>>,
    received: Mutex<Vec<Received>>,
    /// The rules that were broken.
    broken: Mutex<Vec<String>>,
    ends: AtomicBool,
}

impl Server {
    pub(crate) fn start(receiver: impl Receiver + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            receiver: Mutex::new(Box::new(receiver)),
            received: Mutex::default(),
            broken: Mutex::default(),
            ends: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.ends.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || {
                    // The client may hang up at any moment.
                    let _ = serve(&stream.unwrap(), &shared);
                });
            }
        });
        Self { address, state, thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap().clone()
    }

    pub(crate) fn broken(&self) -> Vec<String> {
        self.state.broken.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.ends.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(stream: &TcpStream, state: &State) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader)? {
        state.received.lock().unwrap().push(request.clone());
        let reply = state.receiver.lock().unwrap().take(&request).unwrap_or_else(|rule| {
            let reply = Reply::new(400, &rule);
            state.broken.lock().unwrap().push(rule);
            reply
        });
        let mut head =
            format!("HTTP/1.1 {} x\r\nContent-Length: {}\r\n", reply.status, reply.body.len());
        for (name, value) in &reply.headers {
            head.extend([*name, ": ", value, "\r\n"]);
        }
        let mut stream = stream;
        stream.write_all(format!("{head}\r\n{}", reply.body).as_bytes())?;
    }
    Ok(())
}

fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<Received>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut request = Received::default();
    let mut words = line.split_whitespace();
    request.method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    request.path = path.to_owned();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        request.query.push((decoded(name), decoded(value)));
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if let Some(length) = request.header("content-length") {
        request.body = vec![0; length.parse().unwrap()];
        reader.read_exact(&mut request.body)?;
    } else if request.header("transfer-encoding") == Some("chunked") {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk)?;
            if size == 0 {
                break;
            }
            request.body.extend(&chunk[..size]);
        }
    }
    Ok(Some(request))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(if byte == b'+' { b' ' } else { byte });
        }
    }
    String::from_utf8(bytes).unwrap()
}
