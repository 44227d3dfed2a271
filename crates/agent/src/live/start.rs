//! What monitoring begins with.

use std::path::Path;

use peregrine_config::Config;
use peregrine_hostinfo::{FirstSnapshot, Host};

use super::container_cgroups::ContainerCgroups;
use super::error::MonitorError;
use super::named;
use super::sinks::Sinks;
use super::source::LiveSource;
use crate::generation::Generation;
use crate::notice::{Notice, Notify};
use crate::options::probe_options;
use crate::pipeline::Pipeline;

/// Where the unified hierarchy of control groups is mounted.
pub(super) const CGROUPS: &str = "/sys/fs/cgroup";

/// Attaches the kernel side and takes the first snapshot; control groups are classified where rules ask for
/// that.
pub(super) fn watch(
    config: &Config,
    pipeline: &mut Pipeline<Host, Sinks>,
    notify: &Notify,
) -> Result<(LiveSource, Option<ContainerCgroups>), MonitorError> {
    let generation = pipeline.generation();
    named::Host::new(pipeline.host(), notify).resolve(generation)?;
    notify_of_excluded(generation, notify);
    let calls = &generation.interest.calls;
    let mut source = LiveSource::start(&probe_options(config), calls, &generation.pushdown)?;
    if let Some(files) = pipeline.host().changed_files() {
        source.set_known_files(&files)?;
    }
    if let Some(why) = source.uring_unavailable() {
        notify(&Notice::UringUnavailable(why.clone()));
    }
    let containers = ContainerCgroups::new(&generation.pushdown, Path::new(CGROUPS));
    // The programs are attached: new events wait in the rings until the snapshot is complete.
    let snapshot = source.snapshot(&mut |record| pipeline.take(record));
    if let Some(FirstSnapshot::Proc(why)) = snapshot {
        notify(&Notice::SnapshotFromProc(why));
    }
    Ok((source, containers))
}

/// Reports the calls that rules reference and the configuration excludes.
pub(super) fn notify_of_excluded(generation: &Generation, notify: &Notify) {
    if !generation.interest.excluded.is_empty() {
        notify(&Notice::CallsExcluded(generation.interest.excluded.clone()));
    }
}
