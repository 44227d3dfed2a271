//! The addresses of the hosts that rules name.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

/// How long an answer is trusted: clusters move their services, and resolvers keep answers anyway.
const AGAIN: Duration = Duration::from_secs(10);

type Known = HashMap<IpAddr, Vec<Arc<str>>>;

/// Called with a name that has no address, and why.
type Unknown = Arc<dyn Fn(&str, &str) + Send + Sync>;

/// Resolves names, again and again, on a thread of its own: an event never waits for the network.
/// Until the first answer no address has a name. There is no thread where there are no names.
#[derive(Debug, Default)]
pub(crate) struct HostNames {
    shared: Arc<Shared>,
}

/// What the thread shares with those that ask.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    known: RwLock<Known>,
    wanted: Mutex<Wanted>,
    wake: Condvar,
}

/// The names that are resolved.
#[derive(Default)]
struct Wanted {
    names: Vec<Arc<str>>,
    /// Those of them that were reported to have no address.
    reported: HashSet<Arc<str>>,
    unknown: Option<Unknown>,
    /// How often the names were set: what was found for others is thrown away.
    turn: u64,
    /// There is a thread.
    runs: bool,
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wanted").field("names", &self.names).finish_non_exhaustive()
    }
}

impl Shared {
    /// Resolves these names from now on, and no others. What is known of names that stay is kept; the
    /// same names again change nothing. `unknown` is called once for each that has no address.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(crate) fn set(
        self: &Arc<Self>,
        names: &[String],
        unknown: impl Fn(&str, &str) + Send + Sync + 'static,
    ) -> std::io::Result<()> {
        let shared = self;
        let mut wanted = shared.wanted();
        if wanted.names.iter().map(|name| &**name).eq(names) {
            return Ok(());
        }
        wanted.names = names.iter().map(|name| Arc::from(&**name)).collect();
        let Wanted { names, reported, .. } = &mut *wanted;
        reported.retain(|name| names.contains(name));
        let mut known = shared.known.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, of| {
            of.retain(|name| names.contains(name));
            !of.is_empty()
        });
        drop(known);
        wanted.unknown = Some(Arc::new(unknown));
        wanted.turn += 1;
        shared.wake.notify_all();
        if !wanted.runs && !wanted.names.is_empty() {
            let shared = Arc::clone(shared);
            std::thread::Builder::new()
                .name("names".to_owned())
                .spawn(move || resolve_again_and_again(&shared))?;
            wanted.runs = true;
        }
        Ok(())
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HostNames {
    /// What names are set through, on any thread.
    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// The names an address has now.
    pub(crate) fn of(&self, ip: IpAddr, take: &mut dyn FnMut(&str)) {
        let known = self.shared.known.read().unwrap_or_else(PoisonError::into_inner);
        for name in known.get(&ip).into_iter().flatten() {
            take(name);
        }
    }
}

impl Drop for HostNames {
    fn drop(&mut self) {
        let mut wanted = self.shared.wanted();
        wanted.names.clear();
        wanted.turn += 1;
        self.shared.wake.notify_all();
    }
}

/// Resolves the names there are until there are none.
fn resolve_again_and_again(shared: &Shared) {
    let mut wanted = shared.wanted();
    while !wanted.names.is_empty() {
        let (names, turn) = (wanted.names.clone(), wanted.turn);
        drop(wanted);
        let mut found = Known::new();
        let mut failed = Vec::new();
        for name in names {
            match (&*name, 0).to_socket_addrs() {
                Ok(addresses) => {
                    for address in addresses {
                        let names = found.entry(address.ip()).or_default();
                        if !names.contains(&name) {
                            names.push(Arc::clone(&name));
                        }
                    }
                }
                Err(error) => failed.push((name, error.to_string())),
            }
        }
        wanted = shared.wanted();
        if wanted.turn != turn {
            continue;
        }
        *shared.known.write().unwrap_or_else(PoisonError::into_inner) = found;
        failed.retain(|(name, _)| wanted.reported.insert(Arc::clone(name)));
        if let Some(unknown) = wanted.unknown.clone().filter(|_| !failed.is_empty()) {
            drop(wanted);
            for (name, why) in &failed {
                unknown(name, why);
            }
            wanted = shared.wanted();
        }
        let waited = shared.wake.wait_timeout_while(wanted, AGAIN, |wanted| wanted.turn == turn);
        wanted = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
    wanted.runs = false;
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::mpsc;

    use super::*;

    /// Waits until a condition holds.
    fn soon(what: &str, holds: impl Fn() -> bool) {
        let end = std::time::Instant::now() + Duration::from_mins(1);
        while !holds() {
            assert!(std::time::Instant::now() < end, "{what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn names_of(names: &HostNames, ip: IpAddr) -> Vec<String> {
        let mut found = Vec::new();
        names.of(ip, &mut |name| found.push(name.to_owned()));
        found
    }

    /// As many threads hold what they share with it.
    fn threads(names: &HostNames) -> usize {
        Arc::strong_count(&names.shared) - 1
    }

    #[test]
    fn a_name_of_the_hosts_file_and_one_nobody_has() {
        let test = "a_name_of_the_hosts_file_and_one_nobody_has";
        if !peregrine_testkit::resolves(test, "localhost") {
            return;
        }
        let (send, reported) = mpsc::channel();
        let names = HostNames::default();
        let asked = ["localhost", "no-such-host.invalid"].map(str::to_owned);
        names
            .shared()
            .set(&asked, move |name, _| send.send(name.to_owned()).unwrap_or_default())
            .unwrap();
        assert_eq!(reported.recv_timeout(Duration::from_mins(1)).unwrap(), "no-such-host.invalid");
        let here = IpAddr::from(Ipv4Addr::LOCALHOST);
        soon("localhost has an address", || !names_of(&names, here).is_empty());
        assert_eq!(names_of(&names, here), ["localhost"]);
        assert_eq!(names_of(&names, Ipv4Addr::new(192, 0, 2, 1).into()), [""; 0]);
    }

    #[test]
    fn names_are_set_anew_with_one_thread_at_most() {
        let test = "names_are_set_anew_with_one_thread_at_most";
        if !peregrine_testkit::resolves(test, "localhost") {
            return;
        }
        let here = IpAddr::from(Ipv4Addr::LOCALHOST);
        let names = HostNames::default();
        let set = |list: &[&str]| {
            let list: Vec<String> = list.iter().map(|name| (*name).to_owned()).collect();
            names.shared().set(&list, |_, _| {}).unwrap();
        };
        set(&[]);
        assert_eq!(threads(&names), 0);
        for _ in 0..50 {
            set(&["localhost"]);
            set(&["localhost", "no-such-host.invalid"]);
            assert!(threads(&names) <= 1);
        }
        soon("localhost has an address", || names_of(&names, here) == ["localhost"]);
        // What stays is known all the time, what is gone no more.
        set(&["localhost"]);
        assert_eq!(names_of(&names, here), ["localhost"]);
        set(&["no-such-host.invalid"]);
        assert_eq!(names_of(&names, here), [""; 0]);
        set(&[]);
        soon("the thread ends", || threads(&names) == 0);
        // And begins again.
        set(&["localhost"]);
        soon("localhost has an address", || names_of(&names, here) == ["localhost"]);
        drop(names);
    }
}
