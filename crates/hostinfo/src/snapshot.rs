//! The threads and descriptors at the start, and threads again later.

use std::sync::Arc;

use peregrine_probe::{ProbeError, Snapshot};

use crate::host_files::{is_other_proc, sees_all};

/// The source of the first snapshot.
#[derive(Debug, Clone)]
pub enum FirstSnapshot {
    /// BPF iterators.
    Iterators,
    /// `/proc`, and why not iterators.
    Proc(Arc<ProbeError>),
    /// The host's `/proc` below `HOST_ROOT`: iterators see no further than this process's pid namespace.
    HostRoot,
}

/// Lists all threads of the host: at the start, and again where events were lost.
#[derive(Debug)]
pub struct Snapshots(Result<Snapshot, Arc<ProbeError>>);

impl Snapshots {
    /// Prepares the iterators; without them in this kernel `/proc` is used.
    pub fn new() -> Self {
        Self(Snapshot::load().map_err(Arc::new))
    }

    /// Writes a record for every thread, then for every descriptor. Call it after the programs are
    /// attached, so that every change is in the snapshot or in an event.
    pub fn first(&self, take: &mut dyn FnMut(&[u8])) -> FirstSnapshot {
        if is_other_proc() {
            crate::process::write_all(take);
            return FirstSnapshot::HostRoot;
        }
        let all = |snapshot: &Snapshot, take: &mut dyn FnMut(&[u8])| {
            snapshot.threads(take)?;
            snapshot.descriptors(take)
        };
        match self.whole(all, take) {
            Ok(()) => FirstSnapshot::Iterators,
            Err(why) => {
                crate::process::write_all(take);
                FirstSnapshot::Proc(why)
            }
        }
    }

    /// Writes a record for every running thread. False where not all can be seen from here: in a pid
    /// namespace, without the host's `/proc`.
    pub fn threads(&self, take: &mut dyn FnMut(&[u8])) -> bool {
        if !sees_all() {
            return false;
        }
        if is_other_proc() || self.whole(Snapshot::threads, take).is_err() {
            crate::process::write_threads(take);
        }
        true
    }

    /// Passes records on as they arrive, since there may be more of them than memory. If it fails
    /// midway, those passed on are right, and the caller reads the rest from `/proc`.
    fn whole(
        &self,
        write: impl Fn(&Snapshot, &mut dyn FnMut(&[u8])) -> Result<usize, ProbeError>,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Arc<ProbeError>> {
        let snapshot = self.0.as_ref().map_err(Arc::clone)?;
        write(snapshot, take).map(drop).map_err(Arc::new)
    }
}

/// The first snapshot alone: as [`Snapshots::first`].
pub fn first_snapshot(take: &mut dyn FnMut(&[u8])) -> FirstSnapshot {
    Snapshots::new().first(take)
}

impl Default for Snapshots {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use peregrine_event::{Event, EventType};
    use peregrine_state::{Limits, NoHostInfo, State};

    use super::*;

    fn state_of(fill: impl Fn(&mut dyn FnMut(&[u8]))) -> State {
        let mut state = State::new(Limits::default());
        fill(&mut |record| {
            let event = Event::parse(0, record).unwrap();
            assert!(event.view.event_type().0 >= EventType::ITER_TASK_E.0);
            state.apply(&event, &NoHostInfo);
        });
        state
    }

    /// Of this process both sources are equal.
    #[test]
    fn live_proc_and_iterators_agree() {
        if !peregrine_testkit::root("live_proc_and_iterators_agree") {
            return;
        }
        let listener = std::net::TcpListener::bind("[::1]:0").unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let _unix = std::os::unix::net::UnixListener::bind(
            std::env::temp_dir().join(format!("peregrine-hostinfo-{}", std::process::id())),
        )
        .unwrap();
        let _file = std::fs::File::open("/etc/hostname").unwrap();
        let me = i64::from(std::process::id());
        let kernel = state_of(|take| {
            first_snapshot(take);
        });
        let proc = state_of(|take| crate::process::write_all(take));
        let (a, b) = (kernel.thread(me).unwrap(), proc.thread(me).unwrap());
        let common = |thread: &peregrine_state::Thread| {
            let image = &thread.image;
            (
                (thread.pid, thread.ptid, thread.vtid, thread.vpid, thread.sid, thread.pgid),
                (thread.vpgid, thread.comm.clone(), thread.uid, thread.gid, thread.loginuid),
                (thread.cap_permitted, thread.cap_effective, thread.tty, thread.fdlimit),
                (image.exe.clone(), image.exepath.clone(), image.args.clone(), image.env.clone()),
                (image.ino, image.ctime, image.mtime),
            )
        };
        assert_eq!(common(a), common(b));
        assert_eq!(kernel.cwd(a), proc.cwd(b));
        assert!(a.start_ts.abs_diff(b.start_ts) < 50_000_000, "{} {}", a.start_ts, b.start_ts);
        let fds = |state: &State| -> BTreeSet<(i64, i8, Vec<u8>)> {
            let process = state.process_of(state.thread(me).unwrap()).unwrap();
            process.fds.iter().map(|(fd, info)| (fd, info.kind, info.name.to_vec())).collect()
        };
        let (reported, read) = (fds(&kernel), fds(&proc));
        // Reading /proc opens descriptors of its own, and so does loading programs.
        let both: Vec<_> = reported.intersection(&read).collect();
        // The role is guessed by ports: the name may have either order.
        let name = format!("::1:{}", client.local_addr().unwrap().port());
        for part in ["/etc/hostname", "peregrine-hostinfo", &name] {
            let has = both.iter().any(|(_, _, fd)| String::from_utf8_lossy(fd).contains(part));
            assert!(has, "{part}: {reported:?} {read:?}");
        }
        let _ = std::fs::remove_file(
            std::env::temp_dir().join(format!("peregrine-hostinfo-{}", std::process::id())),
        );
    }
}
