//! Threads whose exit was lost: without reconciliation they would stay for ever.

use crate::state::State;

/// Threads and processes that did not exist on the host at some moment.
#[derive(Debug, Clone, Default)]
pub struct StaleThreads {
    /// A thread and its start: the number may have another owner by now.
    threads: Vec<(i64, u64)>,
    /// Processes without threads.
    processes: Vec<i64>,
}

impl StaleThreads {
    /// Whether there is nothing to remove.
    pub fn is_empty(&self) -> bool {
        self.threads.is_empty() && self.processes.is_empty()
    }
}

impl State {
    /// The threads that are gone according to `lives`. Events of theirs may still be queued: remove
    /// them with [`Self::remove_stale`] once every event older than this moment has been applied.
    pub fn stale_threads(&self, lives: impl Fn(i64) -> bool) -> StaleThreads {
        let threads = self.threads.values().filter(|thread| !lives(thread.tid));
        let empty = self.processes.iter().filter(|(_, process)| process.threads.is_empty());
        StaleThreads {
            threads: threads.map(|thread| (thread.tid, thread.start_ts)).collect(),
            processes: empty.map(|(pid, _)| *pid).collect(),
        }
    }

    /// Removes threads that are gone; returns how many there were.
    pub fn remove_stale(&mut self, gone: &StaleThreads) -> usize {
        self.settle();
        let mut swept = 0;
        for (tid, start_ts) in &gone.threads {
            if self.threads.get(tid).is_some_and(|thread| thread.start_ts == *start_ts) {
                self.remove_thread(*tid, 0);
                swept += 1;
            }
        }
        for pid in &gone.processes {
            if self.processes.get(pid).is_some_and(|process| process.threads.is_empty()) {
                self.remove_process(*pid);
            }
        }
        self.counters.threads_stale += swept;
        usize::try_from(swept).unwrap_or(usize::MAX)
    }

    /// Whether the table of threads is nearly full.
    pub fn is_pressed(&self) -> bool {
        self.threads.len() >= self.limits.threads - self.limits.threads / 10
    }
}
