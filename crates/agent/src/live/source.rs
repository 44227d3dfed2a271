//! The kernel of this host as a source of records.

use std::convert::Infallible;

use peregrine_event::SyscallSet;
use peregrine_hostinfo::{FirstSnapshot, Snapshots};
use peregrine_kfilter::Pushdown;
use peregrine_probe::{
    Attach, Change, Changed, Damage, Losses, Options, Probe, ProbeError, Replaced, UringUnavailable,
};

use crate::metrics::Metrics;
use crate::source::{Poll, Record, Source};

/// This host's kernel.
#[derive(Debug)]
pub struct LiveSource {
    probe: Probe,
    snapshots: Snapshots,
}

impl LiveSource {
    /// Loads and attaches the programs: from here on the kernel emits every event of these calls, except
    /// those its filter drops.
    ///
    /// # Errors
    /// When the kernel side cannot be set up.
    pub fn start(
        options: &Options,
        calls: &SyscallSet,
        pushdown: &Pushdown,
    ) -> Result<Self, ProbeError> {
        // The kernel verifies the programs of snapshots at the same time as those that monitor.
        let snapshots = std::thread::spawn(Snapshots::new);
        let mut probe = Probe::load(options)?;
        probe.set_filtered(calls, pushdown)?;
        probe.attach(Attach::Watch)?;
        let snapshots = snapshots.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok(Self { probe, snapshots })
    }

    /// Hands out the threads and descriptors of the host, once, before the first poll; new events wait
    /// in the rings.
    pub fn snapshot(&self, sink: &mut dyn FnMut(Record<'_>)) -> FirstSnapshot {
        self.snapshots.first(&mut |bytes| sink(Record::Snapshot(bytes)))
    }

    /// Hands out the threads of the host. False where this process cannot see all of them.
    pub(crate) fn threads(&self, take: &mut dyn FnMut(&[u8])) -> bool {
        self.snapshots.threads(take)
    }

    /// Detaches the programs and hands out what is left in the rings.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Record<'_>)) {
        self.probe.detach();
        self.probe.drain_all(&mut |bytes| sink(Record::live(bytes)));
    }

    /// What the kernel could not deliver so far.
    pub fn losses(&self) -> Losses {
        self.probe.losses().unwrap_or_default()
    }

    /// Why the kernel emits no events for what is done through an `io_uring`, where it has that at all.
    pub fn uring_unavailable(&self) -> Option<&UringUnavailable> {
        self.probe.uring_unavailable()
    }

    /// How many programs are loaded into the kernel.
    pub(crate) fn programs(&self) -> usize {
        self.probe.programs()
    }

    /// Begins a change of the calls of interest and the kernel's filter.
    pub(crate) fn change(&mut self) -> Result<Change, ProbeError> {
        self.probe.change()
    }

    /// Takes a change over that is prepared.
    pub(crate) fn adopt(&mut self, changed: Changed) -> Result<Replaced, ProbeError> {
        self.probe.adopt(changed)
    }

    /// Sets the files that rules name by whole paths.
    ///
    /// # Errors
    /// When the kernel refuses: it would drop events that rules match.
    pub(crate) fn set_known_files(&mut self, files: &[(u32, u64)]) -> Result<(), ProbeError> {
        self.probe.set_known_files(files)
    }

    /// Classifies a control group as a container's or not. The kernel drops no event of an unclassified
    /// one.
    pub(crate) fn set_container(&mut self, cgroup: u64, container: bool) {
        let _ = self.probe.set_container(cgroup, container);
    }

    /// By how much the clock was set forward since the last call, nanoseconds.
    pub(crate) fn clock_moved(&mut self) -> Option<i64> {
        self.probe.clock_moved()
    }

    /// Finds and repairs what somebody damaged of what Peregrine has in the kernel. Where some damage
    /// cannot be repaired, or the cause of missing events is not known, all programs are loaded anew;
    /// what the former ones emitted is handed out.
    pub(crate) fn check(&mut self, sink: &mut dyn FnMut(Record<'_>)) -> Vec<Damage> {
        let mut found = self.probe.check();
        if found.iter().any(|damage| damage.unrepaired.is_some()) {
            found.push(self.probe.restart(&mut |bytes| sink(Record::live(bytes))));
        }
        found
    }

    /// Copies what the kernel counts. Counters that cannot be read are left out.
    pub(crate) fn read_metrics(&self, metrics: &mut Metrics) {
        metrics.read_losses(&self.losses());
        metrics.read_filtered(self.probe.filtered().unwrap_or_default());
    }
}

impl Source for LiveSource {
    type Error = Infallible;

    fn poll(&mut self, sink: &mut dyn FnMut(Record<'_>)) -> Result<Poll, Infallible> {
        Ok(Poll::Drained(self.probe.drain(&mut |bytes| sink(Record::live(bytes)))))
    }
}
