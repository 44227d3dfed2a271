//! The kernel of this host as a source of records; or none, where the configuration says so.

use std::convert::Infallible;

use peregrine_event::SyscallSet;
use peregrine_hostinfo::{FirstSnapshot, Snapshots};
use peregrine_kfilter::Pushdown;
use peregrine_probe::{
    Attach, Change, Changed, Damage, Losses, Options, Probe, ProbeError, Replaced, UringUnavailable,
};

use crate::live::kernel_counts::KernelCounts;
use crate::metrics::{Metric, Metrics};
use crate::source::{Poll, Record, Source};

/// This host's kernel, or nothing.
#[derive(Debug)]
pub struct LiveSource(Option<Kernel>);

#[derive(Debug)]
struct Kernel {
    probe: Probe,
    snapshots: Snapshots,
    counts: KernelCounts,
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
        Ok(Self(Some(Kernel { probe, snapshots, counts: KernelCounts::default() })))
    }

    /// A source without an event.
    pub(crate) fn without_driver() -> Self {
        Self(None)
    }

    /// Whether it is this host's kernel.
    pub(crate) fn has_driver(&self) -> bool {
        self.0.is_some()
    }

    /// Hands out the threads and descriptors of the host, once, before the first poll; new events wait
    /// in the rings. None where there is no kernel side.
    pub fn snapshot(&mut self, sink: &mut dyn FnMut(Record<'_>)) -> Option<FirstSnapshot> {
        let Kernel { snapshots, counts, .. } = self.0.as_mut()?;
        Some(snapshots.first(&mut |bytes| {
            counts.snapshot(bytes);
            sink(Record::Snapshot(bytes));
        }))
    }

    /// Hands out the threads of the host. False where this process cannot see all of them.
    pub(crate) fn threads(&mut self, take: &mut dyn FnMut(&[u8])) -> bool {
        self.0.as_mut().is_some_and(|Kernel { snapshots, counts, .. }| {
            snapshots.threads(&mut |bytes| {
                counts.snapshot(bytes);
                take(bytes);
            })
        })
    }

    /// Detaches the programs and hands out what is left in the rings.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Record<'_>)) {
        if let Some(Kernel { probe, counts, .. }) = &mut self.0 {
            probe.detach();
            probe.drain_all(&mut |bytes| {
                counts.event(bytes);
                sink(Record::live(bytes));
            });
        }
    }

    fn probe(&self) -> Option<&Probe> {
        self.0.as_ref().map(|kernel| &kernel.probe)
    }

    fn probe_mut(&mut self) -> Option<&mut Probe> {
        self.0.as_mut().map(|kernel| &mut kernel.probe)
    }

    /// What the kernel could not deliver so far.
    pub fn losses(&self) -> Losses {
        self.probe().and_then(|probe| probe.losses().ok()).unwrap_or_default()
    }

    /// Why the kernel emits no events for what is done through an `io_uring`, where it has that at all.
    pub fn uring_unavailable(&self) -> Option<&UringUnavailable> {
        self.probe()?.uring_unavailable()
    }

    /// How many programs are loaded into the kernel.
    pub(crate) fn programs(&self) -> usize {
        self.probe().map_or(0, Probe::programs)
    }

    /// Begins a change of the calls of interest and the kernel's filter. None where there is no kernel side.
    pub(crate) fn change(&mut self) -> Result<Option<Change>, ProbeError> {
        self.probe_mut().map(Probe::change).transpose()
    }

    /// Takes a change over that is prepared.
    pub(crate) fn adopt(&mut self, changed: Changed) -> Result<Option<Replaced>, ProbeError> {
        self.probe_mut().map(|probe| probe.adopt(changed)).transpose()
    }

    /// Sets the files that rules name by whole paths.
    ///
    /// # Errors
    /// When the kernel refuses: it would drop events that rules match.
    pub(crate) fn set_known_files(&mut self, files: &[(u32, u64)]) -> Result<(), ProbeError> {
        self.probe_mut().map_or(Ok(()), |probe| probe.set_known_files(files))
    }

    /// Classifies a control group as a container's or not. The kernel drops no event of an unclassified
    /// one.
    pub(crate) fn set_container(&mut self, cgroup: u64, container: bool) {
        if let Some(probe) = self.probe_mut() {
            let _ = probe.set_container(cgroup, container);
        }
    }

    /// By how much the clock was set forward since the last call, nanoseconds.
    pub(crate) fn clock_moved(&mut self) -> Option<i64> {
        self.probe_mut()?.clock_moved()
    }

    /// Finds and repairs what somebody damaged of what Peregrine has in the kernel. Where some damage
    /// cannot be repaired, or the cause of missing events is not known, all programs are loaded anew;
    /// what the former ones emitted is handed out.
    pub(crate) fn check(&mut self, sink: &mut dyn FnMut(Record<'_>)) -> Vec<Damage> {
        let Some(probe) = self.probe_mut() else { return Vec::new() };
        let mut found = probe.check();
        if found.iter().any(|damage| damage.unrepaired.is_some()) {
            found.push(probe.restart(&mut |bytes| sink(Record::live(bytes))));
        }
        found
    }

    /// Copies what the kernel counts. Counters that cannot be read are left out.
    pub(crate) fn read_metrics(&self, metrics: &mut Metrics) {
        let Some(Kernel { probe, counts, .. }) = &self.0 else { return };
        let losses = self.losses();
        metrics.read_losses(&losses);
        let processed = metrics.total(Metric::Events);
        metrics.set(Metric::EventsMade, processed.saturating_add(losses.total()));
        metrics.read_filtered(probe.filtered().unwrap_or_default());
        counts.read_metrics(metrics, &probe.losses_by_cpu().unwrap_or_default());
        metrics.add_memory("rings", probe.ring_bytes());
        let runs = probe.program_runs();
        let by_program = |what: fn(&[u64; 2]) -> u64| {
            let rows = runs.iter().map(|(name, counts)| ([name.clone()], what(counts)));
            rows.collect::<Vec<_>>()
        };
        metrics.set_labelled(Metric::ProgramRuns, by_program(|[runs, _]| *runs));
        metrics.set_labelled(Metric::ProgramTime, by_program(|[_, time]| *time));
    }
}

impl Source for LiveSource {
    type Error = Infallible;

    fn poll(&mut self, sink: &mut dyn FnMut(Record<'_>)) -> Result<Poll, Infallible> {
        let Some(Kernel { probe, counts, .. }) = &mut self.0 else { return Ok(Poll::Drained(0)) };
        let drained = probe.drain(&mut |bytes| {
            counts.event(bytes);
            sink(Record::live(bytes));
        });
        Ok(Poll::Drained(drained))
    }
}
