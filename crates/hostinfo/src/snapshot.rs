//! The threads and descriptors there are at the start.

/// Where the first snapshot came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstSnapshot {
    /// BPF iterators.
    Iterators,
    /// `/proc`, and why not iterators.
    Proc(String),
}

/// Writes a record for every thread, then for every descriptor: from BPF iterators, from `/proc`
/// where this kernel has none. Take it after the programs are attached, so that nothing that
/// happens meanwhile is missing from both.
pub fn first_snapshot(take: &mut dyn FnMut(&[u8])) -> FirstSnapshot {
    // Nothing half: records count only when all of them came.
    let mut records: Vec<Vec<u8>> = Vec::new();
    match peregrine_probe::snapshot(&mut |record| records.push(record.to_vec())) {
        Ok(_) => {
            for record in &records {
                take(record);
            }
            FirstSnapshot::Iterators
        }
        Err(error) => {
            crate::process::write_all(take);
            FirstSnapshot::Proc(error.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use peregrine_event::{Event, EventType};
    use peregrine_state::{Limits, NoOutside, State};

    use super::*;

    fn picture(fill: impl Fn(&mut dyn FnMut(&[u8]))) -> State {
        let mut state = State::new(Limits::default());
        fill(&mut |record| {
            let event = Event::parse(0, record).unwrap();
            assert!(event.view.event_type().0 >= EventType::ITER_TASK_E.0);
            state.apply(&event, &NoOutside);
        });
        state
    }

    /// Of this process both ways tell the same.
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
        let kernel = picture(|take| {
            first_snapshot(take);
        });
        let proc = picture(|take| crate::process::write_all(take));
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
            process.fds.iter().map(|(fd, info)| (*fd, info.kind, info.name.to_vec())).collect()
        };
        let (told, read) = (fds(&kernel), fds(&proc));
        // Reading /proc opens descriptors of its own, and so does loading programs.
        let both: Vec<_> = told.intersection(&read).collect();
        // Which end asked is a guess by ports after the fact: the name may stand either way round.
        let name = format!("::1:{}", client.local_addr().unwrap().port());
        for part in ["/etc/hostname", "peregrine-hostinfo", &name] {
            let has = both.iter().any(|(_, _, fd)| String::from_utf8_lossy(fd).contains(part));
            assert!(has, "{part}: {told:?} {read:?}");
        }
        let _ = std::fs::remove_file(
            std::env::temp_dir().join(format!("peregrine-hostinfo-{}", std::process::id())),
        );
    }
}
