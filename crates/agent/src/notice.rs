//! What Peregrine reports about itself while it runs. The receiver of a [`Notice`] decides where it goes:
//! to stderr, and some to the outputs as alerts too, for readers of the outputs only.

mod captures;
mod guard;
mod level;
mod loss_actions;
mod responses;
mod words;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use captures::CaptureNotice;
pub use guard::GuardNotice;
use peregrine_alert::Priority;
use peregrine_control::{ReloadPlan, RuleChanges};
use peregrine_journal::{JournalNotice, Unread};
pub use peregrine_outputs::OutputNotice;
use peregrine_outputs::SinkError;
use peregrine_probe::{Damage, MissingRight, ProbeError, UringUnavailable};
use serde_json::{Map, Value as Json};

pub use self::loss_actions::LossActions;
pub use self::responses::ResponseNotice;
use crate::control::ControlError;
use crate::reload::{Remark, Trigger};
use crate::sandbox::SandboxError;

/// Takes notices.
pub type Notify = Arc<dyn Fn(&Notice) + Send + Sync>;

/// Passes notices of outputs on as notices.
pub fn for_outputs(notify: &Notify) -> peregrine_outputs::Notify {
    let notify = Arc::clone(notify);
    Arc::new(move |notice: &OutputNotice| notify(&Notice::Output(notice.clone())))
}

/// One report.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Notice {
    /// The rules are loaded and the snapshot is complete.
    Monitoring {
        /// Enabled rules.
        rules: usize,
        /// Threads of the first snapshot.
        threads: usize,
    },
    /// The rules are loaded, and no event comes: the configuration says so.
    NoDriver {
        /// Enabled rules.
        rules: usize,
    },
    /// Events are written to a capture.
    Recording {
        /// Threads of the first snapshot.
        threads: usize,
        /// Descriptors of the first snapshot.
        descriptors: usize,
        /// The capture.
        path: PathBuf,
    },
    /// The first snapshot was not taken from the kernel: why.
    SnapshotFromProc(Arc<ProbeError>),
    /// A right is missing.
    RightMissing(MissingRight),
    /// The agent keeps what it does not need: why.
    SandboxIncomplete(SandboxError),
    /// The agent runs in a pid namespace of its own.
    ForeignPidNamespace,
    /// There is too little memory for the configured rings.
    RingsTooLarge {
        /// How many rings there are.
        rings: u64,
        /// Configured bytes of one.
        asked: u32,
        /// Bytes of one as created.
        bytes: u32,
        /// Mebibytes of memory.
        memory: u64,
    },
    /// A host that rules name has no address.
    HostUnresolved {
        /// Its name.
        name: String,
        /// Why.
        why: String,
    },
    /// Files on a file system cannot be distinguished by their inodes.
    HardLinksUnknown {
        /// One of them, that rules name.
        path: String,
    },
    /// Rules reference calls that `base_syscalls.custom_set` excludes.
    CallsExcluded(Vec<&'static str>),
    /// The kernel emits no events for what is done through an `io_uring`: why.
    UringUnavailable(UringUnavailable),
    /// The kernel refused the files that rules name: why.
    KnownFilesRefused(String),
    /// Commands cannot ask this agent: why.
    NoControl(Arc<ControlError>),
    /// Notices that were dropped: whoever writes them was too slow.
    NoticesDropped {
        /// How many.
        missed: u64,
    },
    /// Another configuration and other rules took hold.
    Reloaded {
        /// What requested it.
        trigger: Trigger,
        /// Enabled rules.
        rules: usize,
        /// How long it took, from the request on.
        took: Duration,
        /// What it changed.
        plan: ReloadPlan,
    },
    /// Changes of files of the configuration are not noticed: why.
    FilesUnwatched {
        /// Why.
        why: String,
    },
    /// A configuration or its rules were rejected: the former ones stay.
    ReloadRejected {
        /// What requested the reload.
        trigger: Trigger,
        /// The first mistake.
        why: String,
    },
    /// Other rules took hold, but not all that the former ones took was let go of: why.
    ReloadUnfinished {
        /// Why.
        why: String,
    },
    /// Other rules took hold, and the former outputs stay: why.
    OutputsStay {
        /// Why.
        why: String,
    },
    /// Other rules took hold, and captures are written as before: why.
    CapturesStay {
        /// Why.
        why: String,
    },
    /// An output is in the configuration no more, and did not get all that was for it.
    RemovedUndelivered {
        /// The output.
        output: String,
        /// How many alerts it did not get.
        lost: u64,
    },
    /// Something about the configuration or the rules of a reload.
    ReloadRemark(Remark),
    /// Keys that changed and hold only after a restart.
    RestartNeeded {
        /// The keys.
        keys: Vec<String>,
    },
    /// SIGHUP or SIGUSR1 while this host is recorded.
    NoReopen,
    /// Events of a capture that cannot be converted: how many and why.
    EventsLeftOut(String),
    /// Events were lost since the last report.
    EventsLost {
        /// How many.
        lost: u64,
        /// Events of that time, the lost ones too.
        events: u64,
        /// How many by class.
        classes: Vec<(&'static str, u64)>,
        /// Whether the source is the kernel.
        live: bool,
        /// What is done about it.
        actions: LossActions,
        /// Its severity.
        level: Priority,
    },
    /// Events are missing in a recording since the last report.
    RecordingLost {
        /// How many.
        lost: u64,
        /// Events so far.
        events: u64,
    },
    /// Losses are made up, for a test.
    SimulatingLoss,
    /// Events were lost, and nothing is done about it: not again so soon.
    LossActionsSkipped,
    /// Events were lost, and the agent is to end then.
    LossEnds,
    /// Somebody damaged what Peregrine has in the kernel.
    SensorDamaged(Damage),
    /// The state of the host reached its limits since the last report: what was evicted or refused.
    MemoryLimit([(&'static str, u64); 4]),
    /// An output lost alerts since the last report.
    AlertsLost {
        /// The output.
        output: String,
        /// How many.
        lost: u64,
    },
    /// The receiver of an output began to refuse alerts since the last report.
    AlertsRefused {
        /// The output.
        output: String,
    },
    /// A container engine fails.
    ContainerEngineFails {
        /// Which.
        engine: &'static str,
        /// Where it was asked.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A line of regular figures could not be written.
    MetricsFileFails {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The files and programs of outputs are opened anew, as a signal asks.
    Reopening,
    /// An output fails, or works again.
    Output(OutputNotice),
    /// The journal is damaged, fails, or works again.
    Journal(JournalNotice),
    /// A capture on a match was written, or not.
    Capture(CaptureNotice),
    /// What became of policies.
    Guard(GuardNotice),
    /// Responses are on, or something of them is wrong.
    Response(ResponseNotice),
}

impl Notice {
    /// Whether it reports that stdout was closed by its reader, as by `| head -1`.
    pub fn is_closed_stdout(&self) -> bool {
        let Self::Output(OutputNotice::Refused { output, why, .. }) = self else { return false };
        let closed = |error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe;
        output == "stdout" && matches!(&**why, SinkError::Write(error) if closed(error))
    }

    /// The rule and the text of its alert; none where a line on stderr is enough.
    pub fn alert(&self) -> Option<(&'static str, String)> {
        let sentence = |rule: &'static str| (rule, format!("{rule}. {self}."));
        let text = |rule: &'static str, text: String| (rule, format!("{rule}. {text}"));
        Some(match self {
            // Falco's rule and text for this.
            Self::EventsLost { lost, .. } => text(
                "Falco internal: syscall event drop",
                format!("{lost} system calls dropped in last second."),
            ),
            // Falco's, too.
            Self::ReloadRejected { why, .. } => {
                let rule = "Falco internal: hot restart failure";
                (rule, format!("{rule}: {why}"))
            }
            Self::SensorDamaged(_) => sentence("Peregrine internal: sensor damaged"),
            Self::MemoryLimit(_) => sentence("Peregrine internal: memory limit"),
            Self::AlertsLost { .. } => text("Peregrine internal: output loss", self.to_string()),
            Self::AlertsRefused { .. } => {
                text("Peregrine internal: alerts refused", self.to_string())
            }
            Self::Journal(JournalNotice::Damaged(_) | JournalNotice::Missing { .. }) => {
                sentence("Peregrine internal: journal damaged")
            }
            Self::Journal(
                JournalNotice::AlertsLost { .. } | JournalNotice::RetiredUnread { .. },
            ) => sentence("Peregrine internal: journal loss"),
            Self::Capture(capture) => sentence(capture.rule()?),
            Self::Guard(guard) => sentence(guard.rule()?),
            Self::Response(response) => sentence(response.rule()?),
            _ => return None,
        })
    }

    /// Whether it is for the log: of lost events the configuration says so.
    pub(crate) fn is_logged(&self) -> bool {
        !matches!(self, Self::EventsLost { actions, .. } if !actions.log && !actions.exit)
    }

    /// Whether its alert is for the outputs.
    pub(crate) fn is_alert(&self) -> bool {
        match self {
            Self::EventsLost { actions, .. } => actions.alert,
            _ => self.alert().is_some(),
        }
    }

    /// Its fields, as alerts and the journal have them.
    pub fn fields(&self) -> Map<String, Json> {
        let mut fields = Map::new();
        let mut put = |key: &str, value: Json| _ = fields.insert(key.to_owned(), value);
        match self {
            Self::Monitoring { rules, threads } => {
                put("rules", (*rules).into());
                put("threads", (*threads).into());
            }
            Self::NoDriver { rules } => put("rules", (*rules).into()),
            Self::Recording { threads, descriptors, path } => {
                put("threads", (*threads).into());
                put("descriptors", (*descriptors).into());
                put("path", path.to_string_lossy().into());
            }
            Self::UringUnavailable(why) => put("reason", why.to_string().into()),
            Self::SnapshotFromProc(why) => put("reason", why.to_string().into()),
            Self::KnownFilesRefused(why) | Self::EventsLeftOut(why) => {
                put("reason", why.as_str().into());
            }
            Self::NoControl(why) => put("reason", why.to_string().into()),
            Self::SandboxIncomplete(why) => put("reason", why.to_string().into()),
            Self::RightMissing(right) => put("capability", right.capability.into()),
            Self::RingsTooLarge { rings, asked, bytes, memory } => {
                put("rings", (*rings).into());
                put("asked", (*asked).into());
                put("bytes", (*bytes).into());
                put("memory_mib", (*memory).into());
            }
            Self::HostUnresolved { name, why } => {
                put("host", name.as_str().into());
                put("reason", why.as_str().into());
            }
            Self::HardLinksUnknown { path } => put("path", path.as_str().into()),
            Self::CallsExcluded(calls) => put("syscalls", calls.clone().into()),
            // Falco has these as texts.
            Self::EventsLost { lost, events, classes, live, .. } => {
                let mut put = |key: &str, count: u64| put(key, count.to_string().into());
                put("n_evts", *events);
                put("n_drops", *lost);
                put("ebpf_enabled", u64::from(*live));
                // The kernel programs have no such losses.
                put("n_drops_bug", 0);
                put("n_drops_page_faults", 0);
                let mut full = 0;
                for (class, count) in classes {
                    match *class {
                        "scratch" => put("n_drops_scratch_map", *count),
                        // Falco has no such field.
                        "too_large" if *count == 0 => {}
                        "too_large" => put("n_drops_too_large", *count),
                        _ => {
                            full += count;
                            put(&format!("n_drops_buffer_{class}"), *count);
                        }
                    }
                }
                put("n_drops_buffer_total", full);
            }
            Self::RecordingLost { lost, events } => {
                put("lost", (*lost).into());
                put("events", (*events).into());
            }
            Self::SensorDamaged(Damage { kind, unrepaired }) => {
                put("what", kind.to_string().into());
                put("repaired", unrepaired.is_none().into());
            }
            Self::MemoryLimit(counts) => {
                for (name, count) in counts {
                    put(name, (*count).into());
                }
            }
            Self::AlertsLost { output, lost } | Self::RemovedUndelivered { output, lost } => {
                put("output", output.as_str().into());
                put("lost", (*lost).into());
            }
            Self::NoticesDropped { missed } => put("missed", (*missed).into()),
            Self::AlertsRefused { output } => put("output", output.as_str().into()),
            Self::ContainerEngineFails { engine, path, why } => {
                put("engine", (*engine).into());
                put("path", path.to_string_lossy().into());
                put("reason", why.as_str().into());
            }
            Self::MetricsFileFails { path, why } => {
                put("path", path.to_string_lossy().into());
                put("reason", why.as_str().into());
            }
            Self::Output(output) => put("output", output.output().into()),
            Self::Capture(capture) => capture.fields(&mut put),
            Self::Guard(guard) => guard.fields(&mut put),
            Self::Response(response) => response.fields(&mut put),
            Self::Journal(journal) => match journal {
                JournalNotice::TornTail { segment, bytes } => {
                    put("segment", segment.as_str().into());
                    put("bytes", (*bytes).into());
                }
                JournalNotice::NotDurable { segment, first, last } => {
                    put("segment", segment.as_str().into());
                    put("first", (*first).into());
                    put("last", (*last).into());
                }
                JournalNotice::Missing { first, last } => {
                    put("first", (*first).into());
                    put("last", (*last).into());
                }
                JournalNotice::RetiredUnread { alerts, unread } => {
                    put("alerts", (*alerts).into());
                    for Unread { consumer, alerts } in unread {
                        put(&format!("unread.{consumer}"), (*alerts).into());
                    }
                }
                JournalNotice::AlertsLost { lost } => put("lost", (*lost).into()),
                JournalNotice::Damaged(why) | JournalNotice::Fails { why } => {
                    put("reason", why.as_str().into());
                }
                _ => {}
            },
            Self::Reloaded { trigger, rules, took, plan } => {
                for (what, count) in changed_rules(plan) {
                    put(&format!("rules_{what}"), count.into());
                }
                put("trigger", trigger.name().into());
                put("rules", (*rules).into());
                put("took_ms", u64::try_from(took.as_millis()).unwrap_or(u64::MAX).into());
            }
            Self::ReloadUnfinished { why }
            | Self::FilesUnwatched { why }
            | Self::OutputsStay { why }
            | Self::CapturesStay { why } => put("reason", why.as_str().into()),
            Self::RestartNeeded { keys } => put("keys", keys.clone().into()),
            // Falco's alert has none.
            Self::ReloadRejected { .. } | Self::ReloadRemark(_) => {}
            Self::ForeignPidNamespace
            | Self::NoReopen
            | Self::Reopening
            | Self::SimulatingLoss
            | Self::LossActionsSkipped
            | Self::LossEnds => {}
        }
        fields
    }
}

/// How many rules a reload added, changed and so on, where it did.
fn changed_rules(plan: &ReloadPlan) -> impl Iterator<Item = (&'static str, usize)> {
    let RuleChanges { added, changed, removed, enabled, disabled } = &plan.rules;
    let counts = [
        ("added", added.len()),
        ("changed", changed.len()),
        ("removed", removed.len()),
        ("enabled", enabled.len()),
        ("disabled", disabled.len()),
    ];
    counts.into_iter().filter(|(_, count)| *count > 0)
}

#[cfg(test)]
mod tests;
