//! What a service manager (systemd) is notified of: `sd_notify`, over the socket it names in the
//! environment. Without one nothing is said.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// The service manager that started this process, if one did that wants to know.
///
/// It ends a service that says nothing for too long, so the thread whose work matters calls
/// [`Self::progress`] between two pieces of it, and no other.
#[derive(Debug, Default)]
pub struct ServiceManager {
    socket: Option<(UnixDatagram, SocketAddr)>,
    /// How often it is notified that the work goes on; none where it does not ask.
    interval: Option<Duration>,
    notified: Option<Instant>,
    reloading: bool,
}

impl ServiceManager {
    /// The one the environment names.
    ///
    /// # Errors
    /// When it names a socket that this process cannot send to.
    pub fn from_environment() -> io::Result<Self> {
        let var = std::env::var_os;
        let Some(name) = var("NOTIFY_SOCKET") else { return Ok(Self::default()) };
        let number = |name| var(name).and_then(|text| text.to_str()?.parse().ok());
        // A process that was started by one that is watched has its environment too.
        let is_meant =
            number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
        let watchdog = number("WATCHDOG_USEC").filter(|_| is_meant).map(Duration::from_micros);
        Self::at(&name, watchdog)
    }

    /// The one that listens at a path, or at an abstract name behind `@`, and ends who says nothing for so long.
    fn at(name: &OsStr, watchdog: Option<Duration>) -> io::Result<Self> {
        let address = match name.as_bytes().split_first() {
            Some((b'@', name)) => SocketAddr::from_abstract_name(name)?,
            _ => SocketAddr::from_pathname(name)?,
        };
        let socket = UnixDatagram::unbound()?;
        // It says what it has to say to nobody rather than wait.
        socket.set_nonblocking(true)?;
        let interval = watchdog.filter(|time| !time.is_zero()).map(|time| time / 3);
        Ok(Self { socket: Some((socket, address)), interval, notified: None, reloading: false })
    }

    fn send(&self, text: &str) {
        if let Some((socket, address)) = &self.socket {
            // Where it hears nothing it ends this process: there is nobody else to say it to.
            let _ = socket.send_to_addr(text.as_bytes(), address);
        }
    }

    /// The service does its work; `what` is shown beside its state, on one line.
    pub fn ready(&mut self, what: &str) {
        self.send(&format!("READY=1\nSTATUS={what}"));
        self.notified = None;
        self.progress();
    }

    /// The same of a service whose work takes as long as it takes: nobody is to wait for [`Self::progress`].
    pub fn ready_unwatched(&self, what: &str) {
        self.send(&format!("READY=1\nSTATUS={what}\nWATCHDOG_USEC=0"));
    }

    /// Work was done since the last call. To be called often; it says so as often as it is asked to.
    pub fn progress(&mut self) {
        let Some(interval) = self.interval else { return };
        if self.notified.is_none_or(|at| at.elapsed() >= interval) {
            self.send("WATCHDOG=1");
            self.notified = Some(Instant::now());
        }
    }

    /// Whether the configuration is being read anew now; `what` is shown once that is over.
    pub fn reloading(&mut self, now: bool, what: impl FnOnce() -> String) {
        if now == self.reloading {
            return;
        }
        self.reloading = now;
        if now {
            let time = clock_gettime(ClockId::Monotonic);
            let usec = i128::from(time.tv_sec) * 1_000_000 + i128::from(time.tv_nsec / 1000);
            self.send(&format!("RELOADING=1\nMONOTONIC_USEC={usec}"));
        } else {
            self.ready(&what());
        }
    }

    /// The work ends.
    pub fn stopping(&mut self) {
        self.send("STOPPING=1\nSTATUS=stopping");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a service manager would listen, and what was said there.
    struct Listener(UnixDatagram);

    impl Listener {
        fn heard(&self) -> Vec<String> {
            let mut all = Vec::new();
            let mut piece = [0; 1000];
            while let Ok(size) = self.0.recv(&mut piece) {
                all.push(String::from_utf8(piece[..size].to_vec()).unwrap());
            }
            all
        }
    }

    fn listener(name: &str) -> (Listener, String) {
        let name = format!("peregrine-test-{}-{name}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        socket.set_nonblocking(true).unwrap();
        (Listener(socket), format!("@{name}"))
    }

    #[test]
    fn the_states_of_a_service_are_sent() {
        let (listener, name) = listener("states");
        let mut service = ServiceManager::at(OsStr::new(&name), None).unwrap();
        service.progress();
        service.ready("monitoring: 3 rules");
        service.reloading(false, || unreachable!());
        assert_eq!(listener.heard(), ["READY=1\nSTATUS=monitoring: 3 rules"]);
        service.reloading(true, || unreachable!());
        service.reloading(true, || unreachable!());
        let heard = listener.heard();
        let [begin] = heard.as_slice() else { panic!("{heard:?}") };
        let time = begin.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
        assert!(time.parse::<u64>().unwrap() > 0, "{begin}");
        service.reloading(false, || "monitoring: 4 rules".to_owned());
        service.stopping();
        assert_eq!(
            listener.heard(),
            ["READY=1\nSTATUS=monitoring: 4 rules", "STOPPING=1\nSTATUS=stopping"]
        );
    }

    #[test]
    fn work_of_any_length_is_not_watched() {
        let (listener, name) = listener("unwatched");
        let watchdog = Some(Duration::from_secs(30));
        let service = ServiceManager::at(OsStr::new(&name), watchdog).unwrap();
        service.ready_unwatched("replaying a.scap");
        assert_eq!(listener.heard(), ["READY=1\nSTATUS=replaying a.scap\nWATCHDOG_USEC=0"]);
    }

    #[test]
    fn progress_is_sent_as_often_as_is_asked_for() {
        let check = |watchdog: Duration, calls: usize, expected: usize| {
            let (listener, name) = listener(&format!("{watchdog:?}"));
            let mut service = ServiceManager::at(OsStr::new(&name), Some(watchdog)).unwrap();
            for _ in 0..calls {
                service.progress();
            }
            assert_eq!(listener.heard(), vec!["WATCHDOG=1"; expected], "{watchdog:?}");
        };
        check(Duration::from_hours(1), 5, 1);
        // Each call is later than the last one by more than this.
        check(Duration::from_nanos(3), 5, 5);
        check(Duration::ZERO, 5, 0);
    }

    #[test]
    fn nobody_who_listens_stops_nothing() {
        let mut service = ServiceManager::at(OsStr::new("/nowhere/notify"), None).unwrap();
        service.ready("monitoring");
        ServiceManager::default().ready("monitoring");
        assert!(ServiceManager::at(OsStr::new("@"), None).is_ok());
        let long = "/".repeat(300);
        assert!(ServiceManager::at(OsStr::new(&long), None).is_err());
    }
}
