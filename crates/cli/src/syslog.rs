//! Lines for the system log.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::ZonedDateTime;
use peregrine_alert::{FACILITY_USER, Priority, syslog_line};

/// The system log of this host.
static SYSTEM_LOG: SystemLog = SystemLog::new("/dev/log", Duration::from_millis(500));

/// Who reads lines of the system log.
struct SystemLog {
    socket: &'static str,
    /// How long it has for the next line while its queue is full: ten lines by default (`net.unix.max_dgram_qlen`).
    patience: Duration,
    /// It did not read the last line in time: the next ones do not wait.
    is_stuck: AtomicBool,
}

/// A line of this program. Nobody there to take it is no reason to fail.
pub(crate) fn send(program: &str, level: Priority, text: &str) {
    let _ = SYSTEM_LOG.send(program, level, text);
}

impl SystemLog {
    const fn new(socket: &'static str, patience: Duration) -> Self {
        Self { socket, patience, is_stuck: AtomicBool::new(false) }
    }

    fn send(&self, program: &str, level: Priority, text: &str) -> io::Result<()> {
        let line = syslog_line((FACILITY_USER, level), &ZonedDateTime::now(), None, program, text);
        let sender = UnixDatagram::unbound()?;
        // Who does not read at all must not hold us up.
        if self.is_stuck.load(Ordering::Relaxed) {
            sender.set_nonblocking(true)?;
        } else {
            sender.set_write_timeout(Some(self.patience))?;
        }
        let sent = sender.send_to(line.as_bytes(), self.socket).map(drop);
        let is_full = sent.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        self.is_stuck.store(is_full, Ordering::Relaxed);
        sent
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Instant;

    use super::*;

    /// A socket of this name, and who writes to it.
    fn system_log(name: &str, patience: Duration) -> (UnixDatagram, SystemLog) {
        let name = format!("peregrine-{name}-{}", std::process::id());
        let path: PathBuf = std::env::temp_dir().join(name);
        let _ = std::fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path).unwrap();
        // One for each test.
        (socket, SystemLog::new(path.display().to_string().leak(), patience))
    }

    #[test]
    fn who_reads_slowly_gets_every_line() {
        let (socket, log) = system_log("slow-log", Duration::from_mins(1));
        // More than the queue takes, whatever its size is set to.
        let queue = std::fs::read_to_string("/proc/sys/net/unix/max_dgram_qlen").unwrap();
        let lines = queue.trim().parse::<usize>().unwrap() + 20;
        let reader = std::thread::spawn(move || {
            (0..lines).filter(|_| socket.recv(&mut [0; 100]).unwrap() > 0).count()
        });
        (0..lines).for_each(|number| log.send("p", Priority::Error, &number.to_string()).unwrap());
        assert_eq!(reader.join().unwrap(), lines);
        std::fs::remove_file(log.socket).unwrap();
    }

    #[test]
    fn who_does_not_read_holds_nobody_up() {
        let patience = Duration::from_secs(1);
        let (_socket, log) = system_log("stuck-log", patience);
        let send = || log.send("p", Priority::Error, "x");
        while send().is_ok() {}
        let begin = Instant::now();
        (0..1000).for_each(|_| assert!(send().is_err()));
        assert!(begin.elapsed() < 100 * patience, "{:?}", begin.elapsed());
        std::fs::remove_file(log.socket).unwrap();
    }

    #[test]
    fn lines_have_severity_time_and_program() {
        let (socket, log) = system_log("log", Duration::from_mins(1));
        let send = |level, text| log.send("peregrine", level, text);
        send(Priority::Warning, "a\nb %s").unwrap();
        let mut line = [0; 100];
        let len = socket.recv(&mut line).unwrap();
        std::fs::remove_file(log.socket).unwrap();
        let line = String::from_utf8(line[..len].to_vec()).unwrap();
        assert!(line.starts_with("<12>"), "{line}");
        // `Nov  3 02:13:16` in between.
        assert_eq!(&line["<12>".len() + 15..], " peregrine: a\nb %s", "{line}");
        assert!(send(Priority::Error, "x").is_err(), "nobody listens");
    }
}
