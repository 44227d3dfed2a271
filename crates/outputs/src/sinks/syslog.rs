//! `syslog_output`: the system log of this host, as `syslog(3)` writes to it.

use std::io::{self, Write as _};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::PathBuf;
use std::time::Duration;

use jiff::ZonedDateTime;
use peregrine_alert::Priority;
use rustix::io::Errno;

use crate::error::SinkError;
use crate::output::{Output, Record, Report};

/// Where the system log listens.
const SOCKET: &str = "/dev/log";
/// The facility `LOG_USER`.
const USER: usize = 1;
/// How long the log may take for an alert.
const TIMEOUT: Duration = Duration::from_secs(5);

enum Log {
    Datagram(UnixDatagram),
    Stream(UnixStream),
}

struct Syslog {
    socket: PathBuf,
    /// The name alerts are tagged with.
    program: String,
    open: Option<Log>,
}

/// Opens it; it connects when there is an alert.
pub(crate) fn open(program: String) -> Box<dyn Output> {
    Box::new(Syslog { socket: SOCKET.into(), program, open: None })
}

/// The severity of RFC 5424, 0 to 7.
pub(super) fn severity(priority: Priority) -> usize {
    Priority::ALL.iter().position(|known| *known == priority).unwrap_or_default()
}

impl Syslog {
    fn connect(&self) -> io::Result<Log> {
        let socket = UnixDatagram::unbound()?;
        match socket.connect(&self.socket) {
            Ok(()) => {
                socket.set_write_timeout(Some(TIMEOUT))?;
                Ok(Log::Datagram(socket))
            }
            Err(error) if error.raw_os_error() == Some(Errno::PROTOTYPE.raw_os_error()) => {
                let socket = UnixStream::connect(&self.socket)?;
                socket.set_write_timeout(Some(TIMEOUT))?;
                Ok(Log::Stream(socket))
            }
            Err(error) => Err(error),
        }
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        if self.open.is_none() {
            self.open = Some(self.connect()?);
        }
        let Some(log) = &mut self.open else { return Ok(()) };
        match log {
            Log::Datagram(socket) => datagram(socket, line),
            // Messages of a stream end with a zero byte.
            Log::Stream(socket) => {
                socket.write_all(line.as_bytes()).and_then(|()| socket.write_all(&[0]))
            }
        }
    }
}

/// Sends it whole; what no datagram can hold is cut.
fn datagram(socket: &UnixDatagram, line: &str) -> io::Result<()> {
    let mut most = line.len();
    loop {
        let part = line.get(..line.floor_char_boundary(most)).unwrap_or(line);
        match socket.send(part.as_bytes()) {
            Err(error)
                if error.raw_os_error() == Some(Errno::MSGSIZE.raw_os_error()) && most > 1024 =>
            {
                most /= 2;
            }
            done => return done.map(drop),
        }
    }
}

impl Output for Syslog {
    fn deliver(&mut self, batch: &[Record<'_>]) -> Report {
        let mut done = 0;
        for record in batch {
            let time = ZonedDateTime::now().strftime("%b %e %H:%M:%S");
            let code = USER * 8 + severity(record.alert.priority);
            let line = format!("<{code}>{time} {}: {}", self.program, record.text);
            let used = self.open.is_some();
            let mut result = self.write(&line);
            if result.is_err() {
                self.open = None;
                if used {
                    // The log was started anew meanwhile: that is no reason to report an error.
                    result = self.write(&line);
                }
            }
            if let Err(error) = result {
                self.open = None;
                let socket = self.socket.display();
                let why = SinkError::Receiver(format!(
                    "the system log takes nothing at {socket}: {error}: does one run?"
                ));
                return Report::part(done, batch.len(), Some(why));
            }
            done += 1;
        }
        Report::delivered(done)
    }

    fn reopen(&mut self) -> Result<(), SinkError> {
        self.open = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::unix::net::UnixListener;

    use super::*;
    use crate::output::Fate;
    use crate::tests::alert;

    fn scratch(name: &str) -> PathBuf {
        let path =
            std::env::temp_dir().join(format!("peregrine-log-{name}-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        path
    }

    fn deliver(log: &mut Syslog, text: &str) -> bool {
        let report = log.deliver(&[Record { alert: &alert(1), text }]);
        matches!(report.fates[..], [Fate::Delivered])
    }

    /// What stands before the time and behind it.
    fn parts(line: &[u8]) -> (String, String) {
        let line = std::str::from_utf8(line).unwrap();
        let (code, rest) = line.split_once('>').unwrap();
        // `Nov  3 02:13:16`.
        (code.to_owned(), rest[15..].to_owned())
    }

    #[test]
    fn datagrams_have_severity_time_and_program_and_a_new_log_is_found() {
        let path = scratch("datagram");
        let mut log = Syslog { socket: path.clone(), program: "falco".to_owned(), open: None };
        assert!(!deliver(&mut log, "nobody listens"));
        let mut bytes = vec![0; 1 << 20];
        for text in ["a\nb %s 文", "second"] {
            let socket = UnixDatagram::bind(&path).unwrap();
            assert!(deliver(&mut log, text));
            let len = socket.recv(&mut bytes).unwrap();
            assert_eq!(parts(&bytes[..len]), ("<13".to_owned(), format!(" falco: {text}")));
            std::fs::remove_file(&path).unwrap();
        }
        // 100 KiB arrive whole; what the system's buffers cannot hold is cut between two characters.
        let socket = UnixDatagram::bind(&path).unwrap();
        let text = "文".repeat(100 << 10);
        assert!(deliver(&mut log, &text[..99 << 10]));
        let len = socket.recv(&mut bytes).unwrap();
        assert_eq!(parts(&bytes[..len]).1, format!(" falco: {}", &text[..99 << 10]));
        assert!(deliver(&mut log, &text));
        let len = socket.recv(&mut bytes).unwrap();
        let cut = parts(&bytes[..len]).1;
        assert!(cut.len() > 50 << 10 && format!(" falco: {text}").starts_with(&cut));
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_log_that_listens_for_streams_is_spoken_to() {
        let path = scratch("stream");
        let listener = UnixListener::bind(&path).unwrap();
        let mut log = Syslog { socket: path.clone(), program: "falco".to_owned(), open: None };
        assert!(deliver(&mut log, "one\ntwo"));
        let (mut socket, _) = listener.accept().unwrap();
        drop(log);
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(parts(&bytes), ("<13".to_owned(), " falco: one\ntwo\0".to_owned()));
    }
}
