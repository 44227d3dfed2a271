//! Where events come from.

use peregrine_event::SyscallSet;
use peregrine_kfilter::Pushdown;
use peregrine_probe::{Attach, Damage, Losses, Options, Probe, ProbeError};

/// A stream of records in order of time. Live, captures and plugins are this one thing; from here
/// on there is one code for all of them.
pub trait Source {
    /// Hands out the records there are now, and says how many. 0: nothing now, perhaps later.
    fn next(&mut self, take: &mut dyn FnMut(&[u8])) -> usize;

    /// Ends the stream and hands out what is left of it.
    fn finish(&mut self, take: &mut dyn FnMut(&[u8])) -> usize;

    /// What could not be delivered so far.
    fn losses(&self) -> Losses;
}

/// This host's kernel.
#[derive(Debug)]
pub struct LiveSource {
    probe: Probe,
}

impl LiveSource {
    /// Loads the programs and starts them: from here on none of these calls is missed,
    /// but for what the kernel is to leave out.
    ///
    /// # Errors
    /// When the kernel side cannot be set up.
    pub fn start(
        options: &Options,
        calls: &SyscallSet,
        pushdown: &Pushdown,
    ) -> Result<Self, ProbeError> {
        let mut probe = Probe::load(options)?;
        probe.set_filtered(calls, pushdown)?;
        probe.attach(Attach::Watch)?;
        Ok(Self { probe })
    }
}

impl LiveSource {
    /// Why what is done through an `io_uring` is not seen, where it can be done at all.
    pub fn blind_to_rings(&self) -> Option<&str> {
        self.probe.uring_unavailable()
    }

    /// Says which files rules know by whole paths.
    ///
    /// # Errors
    /// When the kernel refuses: it would drop events that matter.
    pub(crate) fn set_known_files(&mut self, files: &[(u32, u64)]) -> anyhow::Result<()> {
        Ok(self.probe.set_known_files(files)?)
    }

    /// Says whether a control group is a container's. What the kernel does not know it does not drop.
    pub(crate) fn set_container(&mut self, cgroup: u64, container: bool) {
        let _ = self.probe.set_container(cgroup, container);
    }

    /// What somebody set the clock forward by since this was asked last, nanoseconds.
    pub(crate) fn clock_moved(&mut self) -> Option<i64> {
        self.probe.clock_moved()
    }

    /// Says what of ours in the kernel somebody damaged, and puts it back; where that cannot be done,
    /// or it is not known what keeps events away, all programs are loaded anew. What they told before
    /// is handed out.
    pub(crate) fn check(&mut self, take: &mut dyn FnMut(&[u8])) -> Vec<Damage> {
        let mut found = self.probe.check();
        if found.iter().any(|damage| damage.left.is_some()) {
            let again = self.probe.restart(take);
            let told = again.err().map(|error| error.to_string());
            found.push(Damage { what: "all programs are loaded anew".to_owned(), left: told });
        }
        found
    }

    /// What the kernel dropped on purpose, by the name of the call.
    pub fn filtered(&self) -> Vec<(&'static str, u64)> {
        self.probe.filtered().unwrap_or_default()
    }
}

impl Source for LiveSource {
    fn next(&mut self, take: &mut dyn FnMut(&[u8])) -> usize {
        self.probe.drain(take)
    }

    fn finish(&mut self, take: &mut dyn FnMut(&[u8])) -> usize {
        self.probe.detach();
        self.probe.drain_all(take)
    }

    fn losses(&self) -> Losses {
        self.probe.losses().unwrap_or_default()
    }
}
