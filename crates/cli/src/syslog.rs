//! Lines for the system log.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use jiff::ZonedDateTime;
use peregrine_alert::{FACILITY_USER, Priority, syslog_line};

/// Where the system log listens.
const SOCKET: &str = "/dev/log";

/// A line of this program. Nobody there to take it is no reason to fail.
pub(crate) fn send(program: &str, level: Priority, text: &str) {
    let _ = send_to(Path::new(SOCKET), program, level, text);
}

fn send_to(socket: &Path, program: &str, level: Priority, text: &str) -> io::Result<()> {
    let line = syslog_line((FACILITY_USER, level), &ZonedDateTime::now(), None, program, text);
    let sender = UnixDatagram::unbound()?;
    // Whoever does not read must not hold us up.
    sender.set_nonblocking(true)?;
    sender.send_to(line.as_bytes(), socket).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_severity_time_and_program() {
        let path = std::env::temp_dir().join(format!("peregrine-syslog-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let log = UnixDatagram::bind(&path).unwrap();
        send_to(&path, "peregrine", Priority::Warning, "a\nb %s").unwrap();
        let mut line = [0; 100];
        let len = log.recv(&mut line).unwrap();
        std::fs::remove_file(&path).unwrap();
        let line = String::from_utf8(line[..len].to_vec()).unwrap();
        assert!(line.starts_with("<12>"), "{line}");
        // `Nov  3 02:13:16` in between.
        assert_eq!(&line["<12>".len() + 15..], " peregrine: a\nb %s", "{line}");
        assert!(send_to(&path, "peregrine", Priority::Error, "x").is_err(), "nobody listens");
    }
}
