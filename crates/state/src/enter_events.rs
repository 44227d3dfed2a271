//! Arguments of calls at their entry: names in memory may change until the return.

use std::sync::Arc;

use peregrine_event::{Event, EventType, EventView, param};

use crate::host_info::HostInfo;
use crate::path;
use crate::state::State;

impl State {
    /// Stores the enter event of a call that opens, connects or executes.
    pub(crate) fn enter(&mut self, event: &Event<'_>) {
        // One per thread in such a call, so no more than there are threads.
        const MOST: usize = 65_536;
        let keeps = matches!(
            event.view.event_type(),
            EventType::SYSCALL_OPEN_E
                | EventType::SYSCALL_OPENAT_2_E
                | EventType::SYSCALL_OPENAT2_E
                | EventType::SYSCALL_CREAT_E
                | EventType::SYSCALL_EXECVEAT_E
                | EventType::SOCKET_CONNECT_E
        );
        if !keeps {
            return;
        }
        if self.entered.len() < MOST {
            self.entered.insert(event.view.tid(), event.view.bytes().to_vec());
            self.counters.entries_kept += 1;
        } else {
            self.counters.entries_refused += 1;
        }
    }

    /// Removes the enter event of the call that returns with this event and passes it to `use_it`.
    pub(crate) fn take_enter_event<T>(
        &mut self,
        event: &Event<'_>,
        codes: &[EventType],
        use_it: impl FnOnce(&EventView<'_>) -> Option<T>,
    ) -> Option<T> {
        let kept =
            if self.entered.is_empty() { None } else { self.entered.remove(&event.view.tid()) };
        let Some(bytes) = kept else {
            // A live kernel reports no entries of such calls: it saves their arguments itself.
            self.counters.entries_missing += u64::from(self.falco_semantics);
            return None;
        };
        self.counters.entries_found += 1;
        let (enter, _) = EventView::parse(&bytes).ok()?;
        codes.contains(&enter.event_type()).then(|| use_it(&enter)).flatten()
    }

    /// The path of a program: the kernel's walk, else the host's, else the name the call was given.
    pub(crate) fn exepath(
        &mut self,
        event: &Event<'_>,
        pid: i64,
        host: &dyn HostInfo,
    ) -> Arc<[u8]> {
        const AT_EMPTY_PATH: u32 = 1;
        let view = &event.view;
        let at = self.take_enter_event(event, &[EventType::SYSCALL_EXECVEAT_E], |enter| {
            let name = enter.str(param::execveat_e::PATHNAME).unwrap_or_default().to_vec();
            Some((
                enter.i64(param::execveat_e::DIRFD).unwrap_or(-100),
                name,
                enter.u32(param::execveat_e::FLAGS).unwrap_or(0),
            ))
        });
        let walked = view.str(param::execve_19_x::TRUSTED_EXEPATH).filter(|path| !path.is_empty());
        let mut found = None;
        if walked.is_none() && event.trailer.origin().is_some() {
            found = host.program_path(pid);
            self.counters.paths_unresolved += u64::from(found.is_none());
        }
        let asked = || {
            let name = view.index_of("filename").and_then(|index| view.str(index))?;
            let known = self.processes.get(&pid).map(|process| &*process.cwd);
            let cwd = view.str(param::execve_19_x::CWD).or(known).unwrap_or_default();
            Some(path::join(cwd, name))
        };
        let below = || {
            let (dirfd, name, flags) = at?;
            let base = self.base_of(view.tid(), dirfd);
            if name == b"<NA>" {
                return base
                    .filter(|_| flags & AT_EMPTY_PATH != 0)
                    .map(|base| base.to_vec())
                    .or(Some(name));
            }
            Some(path::join(&base.unwrap_or_default(), &name))
        };
        let path = walked.map(<[u8]>::to_vec).or(found).or_else(below).or_else(asked);
        Arc::from(without_deleted(&path.unwrap_or_default()))
    }
}

/// The path of a deleted program without the kernel's mark.
pub(crate) fn without_deleted(path: &[u8]) -> &[u8] {
    path.strip_suffix(b" (deleted)").unwrap_or(path)
}
