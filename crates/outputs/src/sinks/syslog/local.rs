//! The socket of the system log of this host, as `syslog(3)` writes to it.

use std::io::{self, Write as _};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::PathBuf;
use std::time::Duration;

use peregrine_alert::Alert;
use rustix::io::Errno;

use super::message::Message;
use crate::error::SinkError;
use crate::output::{Output, Record, Report};

/// How long the log may take for an alert.
const TIMEOUT: Duration = Duration::from_secs(5);
/// A datagram is not cut shorter than this.
const LEAST: usize = 1024;

enum Log {
    Datagram(UnixDatagram),
    Stream(UnixStream),
}

/// The message of an alert with a text, with at most so many bytes.
pub(super) type Make = Box<dyn Fn(&Alert, &str, usize) -> Message + Send>;

pub(super) struct Local {
    socket: PathBuf,
    make: Make,
    /// Bytes of a message at most.
    most: usize,
    open: Option<Log>,
    /// Messages that were cut and delivered.
    cut: u64,
}

impl Local {
    /// It connects when there is an alert.
    pub(super) fn new(socket: PathBuf, most: usize, make: Make) -> Self {
        Self { socket, make, most, open: None, cut: 0 }
    }

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

    /// Sends the message of an alert. Whether it was cut.
    fn write(&mut self, record: &Record<'_>) -> io::Result<bool> {
        if self.open.is_none() {
            self.open = Some(self.connect()?);
        }
        let make = |most| (self.make)(record.alert, record.text, most);
        let mut message = make(self.most);
        match &mut self.open {
            None => {}
            Some(Log::Datagram(socket)) => loop {
                match socket.send(message.text.as_bytes()) {
                    // What no datagram can hold is cut.
                    Err(error)
                        if error.raw_os_error() == Some(Errno::MSGSIZE.raw_os_error())
                            && message.text.len() > LEAST =>
                    {
                        message = make(message.text.len() / 2);
                    }
                    done => {
                        done?;
                        break;
                    }
                }
            },
            Some(Log::Stream(socket)) => {
                // Messages of a stream end with a zero byte.
                message.text.push('\0');
                socket.write_all(message.text.as_bytes())?;
            }
        }
        Ok(message.cut)
    }
}

impl Output for Local {
    fn deliver(&mut self, batch: &[Record<'_>]) -> Report {
        let mut done = 0;
        for record in batch {
            let used = self.open.is_some();
            let mut result = self.write(record);
            if result.is_err() {
                self.open = None;
                if used {
                    // The log was started anew meanwhile: that is no reason to report an error.
                    result = self.write(record);
                }
            }
            match result {
                Ok(cut) => self.cut += u64::from(cut),
                Err(error) => {
                    self.open = None;
                    let socket = self.socket.display();
                    let why = SinkError::Receiver(format!(
                        "the system log takes nothing at {socket}: {error}: does one run?"
                    ));
                    return Report::part(done, batch.len(), Some(why));
                }
            }
            done += 1;
        }
        Report::delivered(done)
    }

    fn reopen(&mut self) -> Result<(), SinkError> {
        self.open = None;
        Ok(())
    }

    fn truncated(&self) -> u64 {
        self.cut
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::unix::net::UnixListener;

    use super::super::as_falco;
    use super::*;
    use crate::output::Fate;
    use crate::tests::alert;

    fn scratch(name: &str) -> PathBuf {
        let path =
            std::env::temp_dir().join(format!("peregrine-log-{name}-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        path
    }

    fn deliver(log: &mut Local, text: &str) -> bool {
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
        let mut log = Local::new(path.clone(), usize::MAX, as_falco("falco".to_owned()));
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
        let kept = cut.strip_suffix("...").unwrap();
        assert!(kept.len() > 50 << 10 && format!(" falco: {text}").starts_with(kept));
        assert_eq!(log.truncated(), 1);
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_log_that_listens_for_streams_is_spoken_to() {
        let path = scratch("stream");
        let listener = UnixListener::bind(&path).unwrap();
        let mut log = Local::new(path.clone(), usize::MAX, as_falco("falco".to_owned()));
        assert!(deliver(&mut log, "one\ntwo"));
        let (mut socket, _) = listener.accept().unwrap();
        drop(log);
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(parts(&bytes), ("<13".to_owned(), " falco: one\ntwo\0".to_owned()));
    }
}
