//! Containers: paused, stopped, taken off their networks, by the API of docker and podman; where podman has no socket
//! by its program.

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::error::{ActError, tried};
use crate::ledger::Undo;
use crate::run::{output, tool};

/// Where engines listen, unless the configuration says so.
pub(crate) const SOCKETS: &[&str] = &["/run/docker.sock", "/run/podman/podman.sock"];
/// Bytes of an answer.
const ANSWER: u64 = 4 << 20;
/// How long an engine may take: stopping waits for the container.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who runs a container.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Engine {
    Socket(PathBuf),
    /// podman's program.
    Program,
}

/// What is done to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Pause,
    Unpause,
    Stop,
    Start,
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::Stop => "stop",
            Self::Start => "start",
        }
    }
}

/// An id is put into a path of HTTP and among arguments: nothing else may be in it.
fn check(id: &str) -> Result<(), ActError> {
    let is_id = (12..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id { Ok(()) } else { Err(ActError::NoContainer(id.to_owned())) }
}

fn is_name(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    !name.starts_with('-') && !name.is_empty() && name.bytes().all(word)
}

/// A request, and the status and body of its answer.
fn request(
    socket: &Path,
    method: &str,
    path: &str,
    body: Option<&Json>,
) -> Result<(u16, Vec<u8>), ActError> {
    let failed = || tried::<std::io::Error>(socket.display().to_string());
    let mut stream = UnixStream::connect(socket).map_err(failed())?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed())?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(failed())?;
    let body = body.map(ToString::to_string).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).map_err(failed())?;
    let mut answer = Vec::new();
    stream.take(ANSWER).read_to_end(&mut answer).map_err(failed())?;
    let malformed = || ActError::Unable(format!("{} answers no HTTP", socket.display()));
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(malformed)?;
    let status = answer
        .split(|byte| *byte == b' ')
        .nth(1)
        .and_then(|word| std::str::from_utf8(word).ok()?.parse().ok());
    Ok((status.ok_or_else(malformed)?, answer.split_off(end + 4)))
}

/// Who has a container, and what it says of it.
fn find(id: &str, sockets: &[PathBuf]) -> Result<(Engine, Json), ActError> {
    check(id)?;
    for socket in sockets.iter().filter(|socket| socket.exists()) {
        if let Ok((200, body)) = request(socket, "GET", &format!("/containers/{id}/json"), None) {
            let about = serde_json::from_slice(&body).unwrap_or_default();
            return Ok((Engine::Socket(socket.to_owned()), about));
        }
    }
    let arguments = ["container", "inspect", id].map(OsStr::new);
    let inspected = output("podman", &arguments);
    let inspected = inspected.and_then(|text| serde_json::from_slice::<Json>(&text).ok());
    match inspected.and_then(|list| list.get(0).cloned()) {
        Some(about) => Ok((Engine::Program, about)),
        None => Err(ActError::NoContainer(id.to_owned())),
    }
}

fn post(socket: &Path, path: &str, body: Option<&Json>) -> Result<(), ActError> {
    let (status, body) = request(socket, "POST", path, body)?;
    // 304: it is so already.
    if matches!(status, 200 | 201 | 204 | 304) {
        return Ok(());
    }
    let said: Json = serde_json::from_slice(&body).unwrap_or_default();
    let said = said["message"].as_str().or_else(|| said["cause"].as_str());
    let said = said.unwrap_or_default().to_owned();
    let program = format!("{} answered {status}", socket.display());
    Err(ActError::Tool { program, said })
}

fn socket_of(engine: &Engine) -> PathBuf {
    match engine {
        Engine::Socket(socket) => socket.clone(),
        Engine::Program => PathBuf::new(),
    }
}

/// Does something to a container; what its undo needs.
pub(crate) fn set(id: &str, verb: Verb, sockets: &[PathBuf]) -> Result<Undo, ActError> {
    let (engine, _) = find(id, sockets)?;
    match &engine {
        Engine::Socket(socket) => {
            post(socket, &format!("/containers/{id}/{}", verb.word()), None)?;
        }
        Engine::Program => {
            tool("podman", &[verb.word(), id].map(OsStr::new), b"")?;
        }
    }
    Ok(Undo::Container { socket: socket_of(&engine), networks: Vec::new() })
}

/// Takes a container off all its networks.
pub(crate) fn disconnect(id: &str, sockets: &[PathBuf]) -> Result<Undo, ActError> {
    let (engine, about) = find(id, sockets)?;
    let networks = about["NetworkSettings"]["Networks"].as_object().cloned().unwrap_or_default();
    let networks: Vec<String> = networks.into_iter().map(|(name, _)| name).collect();
    if networks.is_empty() {
        return Err(ActError::Unable(format!("the container {id} is on no network")));
    }
    if let Some(bad) = networks.iter().find(|name| !is_name(name)) {
        return Err(ActError::Unable(format!("the network {bad} has a name that is none")));
    }
    for network in &networks {
        attach(&engine, id, network, false)?;
    }
    Ok(Undo::Container { socket: socket_of(&engine), networks })
}

/// Puts it back on them.
pub(crate) fn connect(id: &str, networks: &[String], sockets: &[PathBuf]) -> Result<(), ActError> {
    let (engine, _) = find(id, sockets)?;
    networks.iter().try_for_each(|network| attach(&engine, id, network, true))
}

fn attach(engine: &Engine, id: &str, network: &str, on: bool) -> Result<(), ActError> {
    let verb = if on { "connect" } else { "disconnect" };
    match engine {
        Engine::Socket(socket) => {
            let body =
                if on { json!({"Container": id}) } else { json!({"Container": id, "Force": true}) };
            post(socket, &format!("/networks/{network}/{verb}"), Some(&body))
        }
        Engine::Program => {
            let mut arguments = vec!["network", verb];
            arguments.extend((!on).then_some("--force"));
            arguments.extend([network, id]);
            let arguments: Vec<&OsStr> = arguments.into_iter().map(OsStr::new).collect();
            tool("podman", &arguments, b"").map(drop)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn nothing_but_an_id_gets_into_a_request() {
        for bad in ["", "short", "../../etc/passwd00", "0123456789ab/../x", "0123456789ab\r\nX: y"]
        {
            assert!(matches!(check(bad), Err(ActError::NoContainer(_))), "{bad}");
        }
        assert!(check("0123456789ab").is_ok());
        for bad in ["", "-f", "a b", "a/b", "a\n"] {
            assert!(!is_name(bad), "{bad}");
        }
        assert!(is_name("podman") && is_name("my_net-1.2"));
    }

    #[test]
    fn answers_have_a_status_and_a_body() {
        let folder = peregrine_testkit::Folder::new("engine-answers");
        let path = folder.path().join("sock");
        let check = |answer: &'static str, expected: Option<(u16, &str)>| {
            let _ = std::fs::remove_file(&path);
            let listener = UnixListener::bind(&path).unwrap();
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut got = [0; 4096];
                let len = stream.read(&mut got).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
                String::from_utf8_lossy(&got[..len]).into_owned()
            });
            let got = request(&path, "POST", "/x", Some(&json!({"a": 1})));
            let got = got.ok().map(|(status, body)| (status, String::from_utf8(body).unwrap()));
            assert_eq!(got, expected.map(|(status, body)| (status, body.to_owned())), "{answer}");
            let sent = server.join().unwrap();
            assert!(sent.starts_with("POST /x HTTP/1.0\r\n") && sent.ends_with("{\"a\":1}"));
        };
        check("HTTP/1.0 204 No Content\r\n\r\n", Some((204, "")));
        check("HTTP/1.0 404 x\r\nA: b\r\n\r\n{}", Some((404, "{}")));
        check("nonsense", None);
        check("", None);
    }
}
