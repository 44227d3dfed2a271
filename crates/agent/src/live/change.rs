//! Other rules in the place of those that run. What takes long is done on another thread, while events go on to
//! be evaluated: [`Preparation::prepare`] before, [`Former::finish`] after [`Monitor::swap`], which is short.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use peregrine_config::Config;
use peregrine_config::model::SyscallEventDrops;
use peregrine_probe::{Change, Changed, Replaced};

use super::Monitor;
use super::start::{CGROUPS, notify_of_excluded};
use crate::generation::Generation;
use crate::live::container_cgroups::ContainerCgroups;
use crate::live::error::MonitorError;
use crate::live::memory::Memory;
use crate::live::named::{Host, Named};
use crate::live::sinks::{FormerSinks, PreparedSinks, SinksPreparation};
use crate::notice::{Notice, Notify};
use crate::on_match::{LastCaptures, Settings};

/// How long captures that are written otherwise now may take for what they were given.
const LAST_CAPTURES: Duration = Duration::from_secs(5);

/// What other rules and outputs are prepared from, on any thread.
pub struct Preparation {
    watching: Option<Watching<Change>>,
    sinks: SinksPreparation,
    memory: Memory,
    watches: bool,
}

/// Rules and outputs that are prepared: the kernel emits what these rules or the former ones need, the host resolves
/// what either names, outputs are open.
pub struct Prepared {
    generation: Generation,
    watching: Option<Watching<Changed>>,
    sinks: PreparedSinks,
    drops: SyscallEventDrops,
    captures: Option<Settings>,
}

/// What is over since other rules took hold.
pub struct Former {
    /// Without the last one where events that wait for the metadata of their container are yet to be evaluated by
    /// it.
    generations: Vec<Generation>,
    watching: Option<Watching<Replaced>>,
    sinks: Option<FormerSinks>,
    captures: Option<LastCaptures>,
    notify: Notify,
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
    /// When an output cannot be opened, a thread cannot be started or the kernel refuses.
    pub fn prepare(
        self,
        generation: Generation,
        config: &Config,
    ) -> Result<Prepared, MonitorError> {
        let sinks = self.sinks.prepare(config)?;
        let drops = config.syscall_event_drops.clone();
        let mut fitted = config.clone();
        self.memory.fit(&mut fitted, peregrine_probe::rings());
        let captures = Settings::new(&fitted, self.watches);
        let Some(Watching { kernel, host, named: former }) = self.watching else {
            return Ok(Prepared { generation, watching: None, sinks, drops, captures });
        };
        let named = Named::of(&generation);
        let prepared = host
            .set(&former.and(&named))
            .and_then(|()| Ok(kernel.prepare(&generation.interest.calls, &generation.pushdown)?));
        match prepared {
            Ok(kernel) => {
                let watching = Some(Watching { kernel, host, named });
                Ok(Prepared { generation, watching, sinks, drops, captures })
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
    /// Has the kernel emit and the host resolve no more than the new rules need, frees what the former ones took, and
    /// waits for outputs that are in the configuration no more.
    ///
    /// # Errors
    /// When the kernel or the host refuses: both go on with more than is needed.
    pub fn finish(self) -> Result<(), MonitorError> {
        let Self { generations, watching, sinks, captures, notify } = self;
        drop(generations);
        let finished = watching.map_or(Ok(()), |Watching { kernel, host, named }| {
            let emits = kernel.finish();
            host.set(&named)?;
            Ok(emits?)
        });
        if let Some(sinks) = sinks {
            sinks.finish(&notify);
        }
        let notices = captures.map(|captures| captures.finish(LAST_CAPTURES)).unwrap_or_default();
        for notice in notices {
            notify(&Notice::Capture(notice));
        }
        finished
    }
}

impl Monitor {
    /// Frees generations whose last events have been evaluated, on a thread of its own.
    pub(crate) fn free_retired(&mut self) {
        let retired = self.pipeline.take_retired();
        if !retired.is_empty() {
            // Where there can be no thread they are freed here.
            let _ = std::thread::Builder::new().name("reload".to_owned()).spawn(|| drop(retired));
        }
    }

    /// Begins a change of rules, which ends with [`Former::finish`]. One at a time.
    ///
    /// # Errors
    /// When the system has no more descriptors.
    pub fn preparation(&mut self) -> Result<Preparation, MonitorError> {
        let watching = self.source.change()?.map(|kernel| {
            let host = Host::new(self.pipeline.host(), &self.notify);
            Watching { kernel, host, named: Named::of(self.pipeline.generation()) }
        });
        let (memory, watches) = (self.memory.clone(), self.source.has_driver());
        Ok(Preparation { watching, sinks: self.pipeline.sink().preparation(), memory, watches })
    }

    /// Evaluates other rules from the next event on, and delivers to other outputs; those before it were evaluated by
    /// the former ones. No event is evaluated by both, none by neither.
    ///
    /// # Errors
    /// When the kernel refuses: the former rules and outputs stay.
    pub fn swap(&mut self, prepared: Prepared) -> Result<Former, MonitorError> {
        let Prepared { generation, watching, sinks, drops, captures } = prepared;
        let watching = match watching {
            Some(watching) => self.adopt(watching, &generation)?,
            None => None,
        };
        self.pipeline.replace(generation);
        self.drops = self.drops.renewed(&drops);
        let sinks = match self.pipeline.sink_mut().swap(sinks) {
            Ok(former) => Some(former),
            Err(error) => {
                self.report(&Notice::OutputsStay { why: error.to_string() });
                None
            }
        };
        let captures = match self.pipeline.set_captures(captures) {
            Ok(former) => former,
            Err(error) => {
                self.report(&Notice::CapturesStay { why: error.to_string() });
                None
            }
        };
        let (generations, notify) = (self.pipeline.take_retired(), Arc::clone(&self.notify));
        Ok(Former { generations, watching, sinks, captures, notify })
    }

    /// Has the kernel filter for other rules.
    fn adopt(
        &mut self,
        watching: Watching<Changed>,
        generation: &Generation,
    ) -> Result<Option<Watching<Replaced>>, MonitorError> {
        let Watching { kernel, host, named } = watching;
        // The kernel knows the files that rules name before it filters by them.
        if let Some(files) = self.pipeline.host().changed_files() {
            self.source.set_known_files(&files)?;
        }
        let replaced = self.source.adopt(kernel)?;
        notify_of_excluded(generation, &self.notify);
        if !ContainerCgroups::is_needed(&generation.pushdown) {
            self.containers = None;
        } else if self.containers.is_none() {
            // They are classified soon: the kernel drops no event of one that is not.
            self.containers = ContainerCgroups::new(&generation.pushdown, Path::new(CGROUPS));
        }
        Ok(replaced.map(|kernel| Watching { kernel, host, named }))
    }
}
