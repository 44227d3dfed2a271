//! What Peregrine has to say about itself while it runs. Whoever takes a [`Notice`] decides where it
//! goes: a line on stderr, and of some an alert, so that whoever reads only the outputs learns of it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use peregrine_alert::Priority;
use peregrine_outputs::{OutputNotice, SinkError};
use peregrine_probe::{Damage, Losses, MissingRight, ProbeError, UringUnavailable};
use serde_json::{Map, Value as Json};

/// Takes notices.
pub type Notify = Arc<dyn Fn(&Notice) + Send + Sync>;

/// What outputs have to say is a notice, too.
pub fn for_outputs(notify: &Notify) -> peregrine_outputs::Notify {
    let notify = Arc::clone(notify);
    Arc::new(move |notice: &OutputNotice| notify(&Notice::Output(notice.clone())))
}

/// One of them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Notice {
    /// The rules are loaded and events come.
    Watching {
        /// Rules that are on.
        rules: usize,
        /// Threads of the first snapshot.
        threads: usize,
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
    /// The agent runs in a pid namespace of its own.
    ForeignPidNamespace,
    /// There is too little memory for the rings that are set.
    RingsTooLarge {
        /// How many rings there are.
        rings: u64,
        /// Bytes of one that were asked for.
        asked: u32,
        /// Bytes of one that are used.
        bytes: u32,
        /// Mebibytes of memory there are.
        memory: u64,
    },
    /// A host that rules name has no address: why.
    HostUnresolved {
        /// Its name.
        name: String,
        /// Why.
        why: String,
    },
    /// Files on a file system are not known by their inodes.
    HardLinksUnknown {
        /// One of them, that rules name.
        path: String,
    },
    /// Rules look at calls that `base_syscalls.custom_set` takes away.
    CallsTakenAway(Vec<&'static str>),
    /// The kernel emits no events for what is done through an `io_uring`: why.
    UringUnavailable(UringUnavailable),
    /// The kernel does not take the files that rules name: why.
    KnownFilesRefused(String),
    /// SIGHUP while this host is watched.
    NoReload,
    /// SIGHUP or SIGUSR1 while a capture is written.
    NoReopen,
    /// Events of a capture that are left out: how many and why.
    EventsLeftOut(String),
    /// Events were lost since that was said last.
    EventsLost {
        /// How many.
        lost: u64,
        /// How many events there were so far.
        events: u64,
        /// How many by class.
        classes: Vec<(&'static str, u64)>,
        /// The setting that makes rings larger.
        setting: &'static str,
    },
    /// Somebody damaged what Peregrine has in the kernel.
    SensorDamaged(Damage),
    /// The state of the host came to its bounds since that was said last: what was dropped or refused.
    MemoryLimit([(&'static str, u64); 4]),
    /// An output lost alerts since that was said last.
    AlertsLost {
        /// The output.
        output: String,
        /// How many.
        lost: u64,
    },
    /// An output fails, or works again.
    Output(OutputNotice),
}

impl Notice {
    /// That events were lost since `before`, where there are any.
    pub(crate) fn of_losses(
        before: &Losses,
        now: &Losses,
        events: u64,
        setting: &'static str,
    ) -> Option<Self> {
        let lost = now.total().saturating_sub(before.total());
        let classes = now
            .by_class()
            .zip(before.by_class())
            .map(|((class, now), (_, before))| (class, now.saturating_sub(before)))
            .collect();
        (lost > 0).then_some(Self::EventsLost { lost, events, classes, setting })
    }

    /// How severe it is.
    pub fn level(&self) -> Priority {
        match self {
            Self::EventsLost { .. } | Self::SensorDamaged(_) => Priority::Critical,
            Self::KnownFilesRefused(_) => Priority::Error,
            Self::Output(output) => match output {
                OutputNotice::Fails { .. } | OutputNotice::NotReopened { .. } => Priority::Error,
                OutputNotice::QueueFull { .. } => Priority::Warning,
                OutputNotice::WorksAgain { .. } => Priority::Notice,
            },
            Self::RightMissing(_)
            | Self::ForeignPidNamespace
            | Self::HostUnresolved { .. }
            | Self::HardLinksUnknown { .. }
            | Self::CallsTakenAway(_)
            | Self::UringUnavailable(_)
            | Self::EventsLeftOut(_)
            | Self::MemoryLimit(_)
            | Self::AlertsLost { .. } => Priority::Warning,
            Self::SnapshotFromProc(_)
            | Self::RingsTooLarge { .. }
            | Self::NoReload
            | Self::NoReopen => Priority::Notice,
            Self::Watching { .. } | Self::Recording { .. } => Priority::Informational,
        }
    }

    /// Whether it is that nobody reads stdout any more, as after `| head -1`.
    pub fn is_closed_stdout(&self) -> bool {
        let Self::Output(OutputNotice::Fails { output, why }) = self else { return false };
        let closed = |error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe;
        output == "stdout" && matches!(&**why, SinkError::Write(error) if closed(error))
    }

    /// The rule of the alert that says it in the outputs, and the alert's message; none where a line on
    /// stderr is enough.
    pub fn alert(&self) -> Option<(&'static str, String)> {
        Some(match self {
            // The rule and the words under which Falco reports that.
            Self::EventsLost { lost, .. } => (
                "Falco internal: syscall event drop",
                format!("{lost} system calls dropped in last second."),
            ),
            Self::SensorDamaged(_) => ("Peregrine internal: sensor damaged", format!("{self}.")),
            Self::MemoryLimit(_) => ("Peregrine internal: memory limit", format!("{self}.")),
            Self::AlertsLost { .. } => ("Peregrine internal: output loss", self.to_string()),
            _ => return None,
        })
    }

    /// Its figures, as alerts and the journal carry them.
    pub fn fields(&self) -> Map<String, Json> {
        let mut fields = Map::new();
        let mut put = |key: &str, value: Json| _ = fields.insert(key.to_owned(), value);
        match self {
            Self::Watching { rules, threads } => {
                put("rules", (*rules).into());
                put("threads", (*threads).into());
            }
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
            Self::CallsTakenAway(calls) => put("syscalls", calls.clone().into()),
            // Falco has these as texts.
            Self::EventsLost { lost, events, classes, .. } => {
                put("n_evts", events.to_string().into());
                put("n_drops", lost.to_string().into());
                let mut full = 0;
                for (class, count) in classes {
                    let name = match *class {
                        "scratch" => "n_drops_scratch_map".to_owned(),
                        "too_large" => "n_drops_too_large".to_owned(),
                        _ => {
                            full += count;
                            format!("n_drops_buffer_{class}")
                        }
                    };
                    put(&name, count.to_string().into());
                }
                put("n_drops_buffer_total", full.to_string().into());
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
            Self::AlertsLost { output, lost } => {
                put("output", output.as_str().into());
                put("lost", (*lost).into());
            }
            Self::Output(output) => put("output", output.output().into()),
            Self::ForeignPidNamespace | Self::NoReload | Self::NoReopen => {}
        }
        fields
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Watching { rules, threads } => {
                write!(f, "{rules} rules, {threads} threads, watching")
            }
            Self::Recording { threads, descriptors, path } => write!(
                f,
                "{threads} threads, {descriptors} descriptors, recording into {}",
                path.display()
            ),
            Self::SnapshotFromProc(why) => write!(f, "the first snapshot was read from /proc: {why}"),
            Self::RightMissing(right) => right.fmt(f),
            Self::ForeignPidNamespace => f.write_str(
                "this is not the host's pid namespace: its own alerts can be events of rules, and threads whose end is lost stay known (run it in the host's, in a container with --pid=host)",
            ),
            Self::RingsTooLarge { rings, asked, bytes, memory } => write!(
                f,
                "{rings} rings of {asked} bytes are too much for the {memory} MiB of memory there are: each has {bytes} bytes"
            ),
            Self::HostUnresolved { name, why } => write!(
                f,
                "rules name the host {name}, which has no address now ({why}): they match once it has one"
            ),
            Self::HardLinksUnknown { path } => write!(
                f,
                "hard links to {path} and other files on its file system are not recognised: its inode numbers are not the kernel's"
            ),
            Self::CallsTakenAway(calls) => write!(
                f,
                "rules look at calls that base_syscalls.custom_set takes away: {}",
                calls.join(", ")
            ),
            Self::UringUnavailable(why) => {
                write!(f, "calls through io_uring are not monitored: {why}")
            }
            Self::KnownFilesRefused(why) => {
                write!(f, "opens under other names may not be seen: {why}")
            }
            Self::NoReload => f.write_str(
                "SIGHUP: rules and settings are read anew by a restart only; watching goes on with those there are",
            ),
            Self::NoReopen => {
                f.write_str("a recording reads and opens nothing anew: it goes on as it is")
            }
            Self::EventsLeftOut(what) => f.write_str(what),
            Self::EventsLost { lost, setting, .. } => write!(
                f,
                "{lost} events were lost in the last second: the rings were full ({setting} makes them larger)"
            ),
            Self::SensorDamaged(Damage { kind, unrepaired: None }) => {
                write!(f, "damage to the kernel side was repaired: {kind}")
            }
            Self::SensorDamaged(Damage { kind, unrepaired: Some(why) }) => {
                write!(f, "damage to the kernel side could not be repaired: {kind}: {why}")
            }
            Self::MemoryLimit(counts) => {
                f.write_str("memory is bounded: ")?;
                let more = counts.iter().filter(|(_, count)| *count > 0);
                for (at, (name, count)) in more.enumerate() {
                    let comma = if at > 0 { ", " } else { "" };
                    write!(f, "{comma}{count} {}", name.replace('_', " "))?;
                }
                f.write_str(" in the last second, oldest first")
            }
            Self::AlertsLost { .. } => {
                f.write_str("Alerts were lost: the queue was full or writing failed.")
            }
            Self::Output(output) => output.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use peregrine_probe::{DamageKind, Unrepaired};

    use super::*;

    #[test]
    fn notices_are_words_alerts_and_figures() {
        let check = |notice: &Notice, words: &str, alert: Option<(&str, &str)>, fields: &str| {
            assert_eq!(notice.to_string(), words);
            let got = notice.alert();
            assert_eq!(got.as_ref().map(|(rule, text)| (*rule, text.as_str())), alert);
            assert_eq!(Json::from(notice.fields()).to_string(), fields);
        };
        check(
            &Notice::MemoryLimit([
                ("threads_shed", 2),
                ("descriptors_shed", 0),
                ("a", 0),
                ("b", 1),
            ]),
            "memory is bounded: 2 threads shed, 1 b in the last second, oldest first",
            Some((
                "Peregrine internal: memory limit",
                "memory is bounded: 2 threads shed, 1 b in the last second, oldest first.",
            )),
            r#"{"a":0,"b":1,"descriptors_shed":0,"threads_shed":2}"#,
        );
        check(
            &Notice::SensorDamaged(Damage { kind: DamageKind::RingRemoved, unrepaired: None }),
            "damage to the kernel side was repaired: a ring was removed",
            Some((
                "Peregrine internal: sensor damaged",
                "damage to the kernel side was repaired: a ring was removed.",
            )),
            r#"{"repaired":true,"what":"a ring was removed"}"#,
        );
        check(
            &Notice::SensorDamaged(Damage {
                kind: DamageKind::SelfTestMissing,
                unrepaired: Some(Unrepaired::CauseUnknown),
            }),
            "damage to the kernel side could not be repaired: the event of a self-test call did not arrive: the cause is not known",
            Some((
                "Peregrine internal: sensor damaged",
                "damage to the kernel side could not be repaired: the event of a self-test call did not arrive: the cause is not known.",
            )),
            r#"{"repaired":false,"what":"the event of a self-test call did not arrive"}"#,
        );
        let before = Losses::default();
        assert!(Notice::of_losses(&before, &before, 5, "x").is_none());
        check(
            &Notice::EventsLost {
                lost: 3,
                events: 9,
                classes: vec![("open", 2), ("scratch", 1)],
                setting: "--ring-size",
            },
            "3 events were lost in the last second: the rings were full (--ring-size makes them larger)",
            Some(("Falco internal: syscall event drop", "3 system calls dropped in last second.")),
            r#"{"n_drops":"3","n_drops_buffer_open":"2","n_drops_buffer_total":"2","n_drops_scratch_map":"1","n_evts":"9"}"#,
        );
        let output = "stdout".to_owned();
        let full = Notice::Output(OutputNotice::QueueFull { output });
        check(
            &full,
            "output stdout: the queue is full, alerts are dropped and counted",
            None,
            r#"{"output":"stdout"}"#,
        );
        assert_eq!(full.level(), Priority::Warning);
    }
}
