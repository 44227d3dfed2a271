//! The addresses of the hosts that rules name.

use std::collections::HashMap;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// How long an answer is trusted: clusters move their services, and resolvers keep answers anyway.
const AGAIN: Duration = Duration::from_secs(10);

type Known = HashMap<IpAddr, Vec<Arc<str>>>;

/// Asks for the addresses of names, again and again, on a thread of its own: an event never waits
/// for the network. Until the first answer no address has a name.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: Arc<RwLock<Known>>,
    stop: Option<Arc<(Mutex<bool>, Condvar)>>,
}

impl Names {
    /// Asks for these names from now on. `unknown` is told once of each that has no address.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(crate) fn ask(
        &mut self,
        names: Vec<String>,
        mut unknown: impl FnMut(&str, &str) + Send + 'static,
    ) -> std::io::Result<()> {
        let (known, stop) = (Arc::clone(&self.known), Arc::default());
        let mut names: Vec<(Arc<str>, bool)> =
            names.into_iter().map(|name| (name.into(), false)).collect();
        let stopped: Arc<(Mutex<bool>, Condvar)> = Arc::clone(&stop);
        self.stop = Some(stop);
        std::thread::Builder::new().name("names".to_owned()).spawn(move || {
            loop {
                let mut found = Known::new();
                for (name, told) in &mut names {
                    match (&**name, 0).to_socket_addrs() {
                        Ok(addresses) => {
                            for address in addresses {
                                let names = found.entry(address.ip()).or_default();
                                if !names.contains(name) {
                                    names.push(Arc::clone(name));
                                }
                            }
                        }
                        Err(error) if !*told => {
                            *told = true;
                            unknown(name, &error.to_string());
                        }
                        Err(_) => {}
                    }
                }
                *known.write().unwrap_or_else(PoisonError::into_inner) = found;
                let (lock, wake) = &*stopped;
                let end = lock.lock().unwrap_or_else(PoisonError::into_inner);
                let waited = wake.wait_timeout_while(end, AGAIN, |end| !*end);
                if *waited.unwrap_or_else(PoisonError::into_inner).0 {
                    return;
                }
            }
        })?;
        Ok(())
    }

    /// The names an address has now.
    pub(crate) fn of(&self, ip: IpAddr, take: &mut dyn FnMut(&str)) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        for name in known.get(&ip).into_iter().flatten() {
            take(name);
        }
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        if let Some((lock, wake)) = self.stop.as_deref() {
            *lock.lock().unwrap_or_else(PoisonError::into_inner) = true;
            wake.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_name_of_the_hosts_file_and_one_nobody_has() {
        let test = "a_name_of_the_hosts_file_and_one_nobody_has";
        if !peregrine_testkit::resolves(test, "localhost") {
            return;
        }
        let (send, told) = mpsc::channel();
        let mut names = Names::default();
        let asked = ["localhost", "no-such-host.invalid"].map(str::to_owned).to_vec();
        names.ask(asked, move |name, _| send.send(name.to_owned()).unwrap_or_default()).unwrap();
        assert_eq!(told.recv_timeout(Duration::from_mins(1)).unwrap(), "no-such-host.invalid");
        let end = std::time::Instant::now() + Duration::from_secs(10);
        let mut found = Vec::new();
        while found.is_empty() && std::time::Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
            names.of(Ipv4Addr::LOCALHOST.into(), &mut |name| found.push(name.to_owned()));
        }
        assert_eq!(found, ["localhost"]);
        names.of(Ipv4Addr::new(192, 0, 2, 1).into(), &mut |name| panic!("{name}"));
    }
}
