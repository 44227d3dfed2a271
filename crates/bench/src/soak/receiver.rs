//! A web server that takes alerts, or does not, and a docker that knows every container.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Result;
use serde_json::{Value, json};

use super::act::IMAGE;

/// What the server does with requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Mood {
    #[default]
    Takes,
    /// 503.
    Busy,
    /// It hangs up.
    Gone,
}

#[derive(Debug, Default)]
struct State {
    mood: Mutex<Mood>,
    /// Alerts it took, with the sequence number of each request.
    taken: Mutex<Vec<(Value, String)>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The web server; it ends with the program.
#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) port: u16,
    state: Arc<State>,
}

impl Receiver {
    pub(super) fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                // The client may hang up at any moment.
                thread::spawn(move || drop(serve(stream, &shared)));
            }
        });
        Ok(Self { port, state })
    }

    pub(super) fn set(&self, mood: Mood) {
        *locked(&self.state.mood) = mood;
    }

    /// What it took so far is handed to the caller.
    pub(super) fn with_taken<T>(&self, look: impl FnOnce(&[(Value, String)]) -> T) -> T {
        look(&locked(&self.state.taken))
    }
}

fn serve(stream: TcpStream, state: &State) -> Result<()> {
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
        let mut body = vec![0; header("Content-Length").parse()?];
        stream.read_exact(&mut body)?;
        let mood = *locked(&state.mood);
        let answer = match mood {
            Mood::Gone => return Ok(()),
            Mood::Busy => "503 Busy",
            Mood::Takes => {
                let sequence = header("Peregrine-Sequence");
                let body = String::from_utf8_lossy(&body);
                for value in serde_json::Deserializer::from_str(&body).into_iter::<Value>() {
                    let alerts = match value? {
                        Value::Array(alerts) => alerts,
                        alert => vec![alert],
                    };
                    let alerts = alerts.into_iter().map(|alert| (alert, sequence.clone()));
                    locked(&state.taken).extend(alerts);
                }
                "200 OK"
            }
        };
        // At once: the rest of an answer in pieces waits until the client confirms the first.
        let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n");
        stream.get_mut().write_all(answer.as_bytes())?;
    }
}

/// A docker whose every container has the same image; it ends with the program.
pub(super) fn docker(socket: &Path) -> Result<()> {
    let listener = UnixListener::bind(socket)?;
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut head = String::new();
            let mut reader = BufReader::new(&stream);
            while !head.ends_with("\r\n\r\n") {
                if !reader.read_line(&mut head).is_ok_and(|read| read > 0) {
                    break;
                }
            }
            let id = head.split("/containers/").nth(1).and_then(|rest| rest.split('/').next());
            let answer = json!({
                "Id": id.unwrap_or_default(),
                "Name": "/soak",
                "Config": {"Image": format!("{IMAGE}:1")},
            })
            .to_string();
            let length = answer.len();
            // One request a connection.
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{answer}"
            );
        }
    });
    Ok(())
}
