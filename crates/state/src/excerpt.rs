//! What rules can see of the state at one event, as a state of its own: for events that are evaluated
//! later, when the state has moved on.

use std::collections::BTreeSet;
use std::sync::Arc;

use peregrine_event::{Event, ParamType};

use crate::fd::FdInfo;
use crate::state::State;
use crate::thread::{Process, Thread};

/// The state at one event.
#[derive(Debug)]
pub struct Excerpt {
    /// The event's thread, its process and descriptors, its ancestors and leaders, the threads that
    /// parameters name, and the descriptions of containers.
    pub state: State,
    /// About how many bytes it keeps from being freed.
    pub bytes: usize,
}

impl State {
    /// What fields can be taken from at the event that was applied last.
    pub fn excerpt(&self, event: &Event<'_>) -> Excerpt {
        let mut taken = Self {
            containers: self.containers.described_only(),
            event_fd: self.event_fd,
            unstored_fd: self.unstored_fd.clone(),
            fd_renamed: self.fd_renamed,
            unstored_thread: self.unstored_thread.clone(),
            resolved_fd_paths: self.resolved_fd_paths.clone(),
            follows_names: self.follows_names,
            falco_semantics: self.falco_semantics,
            event_tid: self.event_tid,
            ..Self::default()
        };
        let mut bytes = size_of::<Self>();
        let tid = event.view.tid();
        if let Some(thread) = self.thread(tid) {
            for one in self.related(thread) {
                bytes += taken.copy_thread(self, one);
            }
            for files in BTreeSet::from([thread.pid, thread.files()]) {
                if let Some(process) = self.processes.get(&files) {
                    // Until the process ends or changes its table nobody copies it.
                    bytes += process.fds.len() * (size_of::<FdInfo>() + 64) + size_of::<Process>();
                    taken.processes.insert(files, process.clone());
                }
            }
        }
        for tid in named_threads(event) {
            if let Some(thread) = self.threads.get(&tid) {
                bytes += taken.copy_thread(self, thread);
            }
        }
        Excerpt { state: taken, bytes }
    }

    /// The thread, those above it, and those that lead its session and groups.
    fn related<'s>(&'s self, thread: &'s Thread) -> Vec<&'s Thread> {
        let main = self.main_thread(thread.pid);
        let leaders = [thread.sid, thread.pgid, thread.vpgid, thread.ptid];
        let mut related = vec![thread];
        related.extend(main);
        related.extend(leaders.iter().filter_map(|tid| self.threads.get(tid)));
        related.extend(self.ancestors(thread));
        related.extend(self.threads_above(thread));
        related.extend(main.into_iter().flat_map(|main| self.threads_above(main)));
        related
    }

    /// Copies a thread and, without its descriptors, its process. Returns about how many bytes that is.
    fn copy_thread(&mut self, from: &Self, thread: &Thread) -> usize {
        if self.threads.contains_key(&thread.tid) {
            return 0;
        }
        self.threads.insert(thread.tid, thread.clone());
        if let Some(process) = from.processes.get(&thread.pid) {
            let known = Process {
                fds: Arc::default(),
                cwd: Arc::clone(&process.cwd),
                walked_cwd: process.walked_cwd.clone(),
                threads: BTreeSet::from([thread.tid]),
                ..Process::default()
            };
            self.processes.entry(thread.pid).or_insert(known);
        }
        size_of::<Thread>() + size_of::<Process>()
    }
}

/// The threads and processes that parameters of an event name.
fn named_threads(event: &Event<'_>) -> impl Iterator<Item = i64> {
    let params = event.view.info().params.iter().enumerate();
    params.filter_map(|(index, param)| match param.ty {
        ParamType::Pid | ParamType::Pid32 => {
            event.view.i64(index).or_else(|| event.view.i32(index).map(i64::from))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use peregrine_event::{EventBuilder, EventType};

    use crate::{Container, Limits, NoHostInfo, Runtime, State};

    use super::*;

    const ID: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";

    /// The return of a clone in the child.
    fn born(tid: i64, parent: i64, group: &str) -> Vec<u8> {
        let groups = format!("cpu={group}\0");
        let mut block = EventBuilder::new(EventType::SYSCALL_CLONE_20_X, 5, tid);
        for param in 0..21 {
            block = match param {
                0 => block.bytes(&0_i64.to_le_bytes()),
                1 => block.bytes(b"sh\0"),
                3 | 4 | 18 | 19 => block.bytes(&tid.to_le_bytes()),
                5 => block.bytes(&parent.to_le_bytes()),
                14 => block.bytes(groups.as_bytes()),
                _ => block.bytes(b""),
            };
        }
        block.finish()
    }

    fn apply(state: &mut State, block: &[u8]) {
        state.apply(&Event::parse(1, block).unwrap(), &NoHostInfo);
    }

    #[test]
    fn an_excerpt_is_the_state_as_it_was() {
        let mut state = State::new(Limits::default());
        for (tid, parent) in [(100, 1), (200, 100), (300, 200), (400, 1)] {
            apply(&mut state, &born(tid, parent, "/"));
        }
        let chdir = EventBuilder::new(EventType::SYSCALL_CHDIR_X, 8, 300).i64(0).str(b"/tmp");
        apply(&mut state, &chdir.finish());
        let block = EventBuilder::new(EventType::SYSCALL_KILL_X, 9, 300).i64(0).i64(400).u8(9);
        let block = block.finish();
        apply(&mut state, &block);
        let event = Event::parse(1, &block).unwrap();
        let Excerpt { state: taken, bytes } = state.excerpt(&event);
        for tid in [300, 200, 400] {
            let exit =
                EventBuilder::new(EventType::PROCEXIT_1_E, 10, tid).i64(0).i64(0).u8(0).u8(0);
            apply(&mut state, &exit.i64(0).finish());
        }
        state.settle();
        assert!(state.thread(300).is_none());
        let thread = taken.thread(300).expect("the thread");
        let line: Vec<i64> = taken.ancestors(thread).map(|one| one.tid).collect();
        assert_eq!((line, taken.cwd(thread)), (vec![200, 100], &b"/tmp"[..]));
        assert!(taken.thread(400).is_some(), "a parameter names it");
        assert!(bytes > 4 * size_of::<Thread>());
        // Descriptions come later.
        let mut taken = taken;
        state.describe_container(Container { id: "a".to_owned(), ..Container::default() });
        taken.share_containers(&state);
        assert!(taken.container("a").is_some());
    }

    #[test]
    fn containers_without_a_description_are_seen() {
        let mut state = State::new(Limits::default());
        let group = format!("/user.slice/user-7.slice/libpod-{ID}.scope");
        apply(&mut state, &born(100, 1, &group));
        assert!(!state.has_seen_containers(), "nobody watches");
        state.watch_containers();
        apply(&mut state, &born(200, 1, "/system.slice/a.service"));
        assert!(!state.has_seen_containers());
        apply(&mut state, &born(300, 1, &group));
        let seen = state.take_seen_containers();
        let [found] = seen.as_slice() else { panic!("{seen:?}") };
        assert_eq!((&*found.id, &*found.full_id), (&ID[..12], ID));
        assert_eq!((found.runtime, &found.cgroup), (Runtime::Podman, &group));
        state.describe_container(Container { id: ID[..12].to_owned(), ..Container::default() });
        apply(&mut state, &born(400, 1, &group));
        assert!(!state.has_seen_containers(), "it is described");
        state.forget_container(&ID[..12]);
        apply(&mut state, &born(500, 1, &group));
        assert_eq!(state.take_seen_containers().len(), 1);
    }

    #[test]
    fn the_event_of_a_description_describes() {
        let mut state = State::new(Limits::default());
        let container = Container {
            id: ID[..12].to_owned(),
            full_id: ID.to_owned(),
            kind: 11,
            name: "job".to_owned(),
            image_repository: "localhost/busybox".to_owned(),
            labels: Some([("a".to_owned(), "b\"ä".to_owned())].into()),
            mounts: vec![crate::Mount { source: "/etc".to_owned(), ..crate::Mount::default() }],
            liveness_probe: Some(crate::Probe { exe: "true".to_owned(), args: None }),
            ..Container::default()
        };
        let event = EventBuilder::new(EventType::ASYNCEVENT_E, 5, -1).u32(0).str(b"container");
        apply(&mut state, &event.str(container.event_text().as_bytes()).finish());
        assert_eq!(state.container(&ID[..12]), Some(&container));
        assert_eq!(state.containers().count(), 1);
        // Who reads probes takes one that is there for one.
        assert!(!container.event_text().contains("Readiness"));
    }
}
