//! Other rules in the place of those that run. What takes long is done on another thread, while events go on to
//! be evaluated: [`Preparation::prepare`] before, [`Former::finish`] after [`Monitor::swap`], which is short.

use std::path::Path;

use peregrine_probe::{Change, Changed, Replaced};

use super::{CGROUPS, Monitor, notify_of_excluded};
use crate::generation::Generation;
use crate::live::container_cgroups::ContainerCgroups;
use crate::live::error::MonitorError;
use crate::live::named::{Host, Named};

/// What other rules are prepared from, on any thread.
pub struct Preparation(Option<Watching<Change>>);

/// Rules that are prepared: the kernel emits what they or the former ones need, the host resolves what either
/// names.
pub struct Prepared {
    generation: Generation,
    watching: Option<Watching<Changed>>,
}

/// What is over since other rules took hold.
pub struct Former {
    /// None where events that wait for the metadata of their container are yet to be evaluated by it.
    generation: Option<Generation>,
    watching: Option<Watching<Replaced>>,
}

/// The kernel, as far as a change has come, and the host with what rules name of it. There is none of it where
/// no event comes.
struct Watching<K> {
    kernel: K,
    host: Host,
    named: Named,
}

impl std::fmt::Debug for Preparation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Preparation").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Former {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Former").finish_non_exhaustive()
    }
}

impl Preparation {
    /// Does what takes long. Where it fails the former rules stay.
    ///
    /// # Errors
    /// When a thread cannot be started or the kernel refuses.
    pub fn prepare(self, generation: Generation) -> Result<Prepared, MonitorError> {
        let Some(Watching { kernel, host, named: former }) = self.0 else {
            return Ok(Prepared { generation, watching: None });
        };
        let named = Named::of(&generation);
        let prepared = host
            .set(&former.and(&named))
            .and_then(|()| Ok(kernel.prepare(&generation.interest.calls, &generation.pushdown)?));
        match prepared {
            Ok(kernel) => {
                Ok(Prepared { generation, watching: Some(Watching { kernel, host, named }) })
            }
            Err(error) => {
                host.set(&former)?;
                Err(error)
            }
        }
    }
}

impl Prepared {
    /// How many rules are enabled.
    pub fn enabled(&self) -> usize {
        self.generation.enabled()
    }
}

impl Former {
    /// Has the kernel emit and the host resolve no more than the new rules need, and frees what the former ones
    /// took.
    ///
    /// # Errors
    /// When the kernel or the host refuses: both go on with more than is needed.
    pub fn finish(self) -> Result<(), MonitorError> {
        let Self { generation, watching } = self;
        drop(generation);
        let Some(Watching { kernel, host, named }) = watching else { return Ok(()) };
        let emits = kernel.finish();
        host.set(&named)?;
        Ok(emits?)
    }
}

impl Monitor {
    /// Begins a change of rules, which ends with [`Former::finish`]. One at a time.
    ///
    /// # Errors
    /// When the system has no more descriptors.
    pub fn preparation(&mut self) -> Result<Preparation, MonitorError> {
        let Some(kernel) = self.source.change()? else { return Ok(Preparation(None)) };
        let host = Host::new(self.pipeline.host(), &self.notify);
        let named = Named::of(self.pipeline.generation());
        Ok(Preparation(Some(Watching { kernel, host, named })))
    }

    /// Evaluates other rules from the next event on; those before it were evaluated by the former ones. No event is
    /// evaluated by both, none by neither.
    ///
    /// # Errors
    /// When the kernel refuses: the former rules stay.
    pub fn swap(&mut self, prepared: Prepared) -> Result<Former, MonitorError> {
        let Prepared { generation, watching } = prepared;
        let Some(Watching { kernel, host, named }) = watching else {
            let generation = self.pipeline.replace(generation);
            return Ok(Former { generation, watching: None });
        };
        // The kernel knows the files that rules name before it filters by them.
        if let Some(files) = self.pipeline.host().changed_files() {
            self.source.set_known_files(&files)?;
        }
        let replaced = self.source.adopt(kernel)?;
        notify_of_excluded(&generation, &self.notify);
        if !ContainerCgroups::is_needed(&generation.pushdown) {
            self.containers = None;
        } else if self.containers.is_none() {
            // They are classified soon: the kernel drops no event of one that is not.
            self.containers = ContainerCgroups::new(&generation.pushdown, Path::new(CGROUPS));
        }
        let generation = self.pipeline.replace(generation);
        let watching = replaced.map(|kernel| Watching { kernel, host, named });
        Ok(Former { generation, watching })
    }
}
