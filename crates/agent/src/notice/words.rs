//! Notices in words, a line each.

use std::fmt;

use peregrine_probe::Damage;

use super::{Notice, changed_rules};

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Monitoring { rules, threads } => {
                write!(f, "monitoring: {rules} rules, {threads} threads")
            }
            Self::NoDriver { rules } => {
                write!(f, "no event comes: engine.kind is nodriver ({rules} rules)")
            }
            Self::Recording { threads, descriptors, path } => write!(
                f,
                "recording to {}: {threads} threads, {descriptors} descriptors",
                path.display()
            ),
            Self::SnapshotFromProc(why) => write!(f, "the first snapshot was read from /proc: {why}"),
            Self::RightMissing(right) => right.fmt(f),
            Self::SandboxIncomplete(why) => write!(
                f,
                "the sandbox is not whole: {why} (sandbox.enabled=false goes without one)"
            ),
            Self::ForeignPidNamespace => f.write_str(
                "not in the host's pid namespace: rules can match what the agent itself does, and threads whose exit event is lost stay in the state (run it in the host's pid namespace; containers: --pid=host)",
            ),
            Self::RingsTooLarge { rings, asked, bytes, memory } => write!(
                f,
                "{rings} rings of {asked} bytes are too large for {memory} MiB of memory: each has {bytes} bytes"
            ),
            Self::HostUnresolved { name, why } => write!(
                f,
                "rules name the host {name}, which has no address ({why}): they match once it has one"
            ),
            Self::HardLinksUnknown { path } => write!(
                f,
                "hard links to {path} and to other files on its file system are not recognised: the file system reports other inode numbers than the kernel"
            ),
            Self::CallsExcluded(calls) => write!(
                f,
                "rules reference system calls that base_syscalls.custom_set excludes: {}",
                calls.join(", ")
            ),
            Self::UringUnavailable(why) => {
                write!(f, "calls through io_uring are not monitored: {why}")
            }
            Self::KnownFilesRefused(why) => {
                write!(f, "opens of named files through other paths may be missed: {why}")
            }
            Self::NoControl(why) => write!(
                f,
                "no control socket: {why}; peregrine status does not reach this agent (control.path sets another path, control.enabled=false sets none)"
            ),
            Self::NoticesDropped { missed } => {
                write!(f, "{missed} notices were not written: nobody took them in time")
            }
            Self::Reloaded { trigger, rules, took, plan } => {
                let plural = if *rules == 1 { "" } else { "s" };
                write!(f, "reloaded ({}): {rules} rule{plural}", trigger.name())?;
                for (what, count) in changed_rules(plan) {
                    write!(f, ", {count} {what}")?;
                }
                write!(f, ", in {} ms", took.as_millis())
            }
            Self::FilesUnwatched { why } => {
                write!(f, "files of the configuration are not watched for changes: {why}")
            }
            Self::ReloadRejected { trigger, why } => write!(
                f,
                "not reloaded ({}), the former rules and settings stay: {why}",
                trigger.name()
            ),
            Self::ReloadUnfinished { why } => {
                write!(f, "reloaded, but more is watched than the rules need: {why}")
            }
            Self::OutputsStay { why } => {
                write!(f, "reloaded, but the former outputs stay: {why}")
            }
            Self::CapturesStay { why } => {
                write!(f, "reloaded, but captures are written as before: {why}")
            }
            Self::RemovedUndelivered { output, lost } => write!(
                f,
                "output {output} is in the configuration no more: {lost} alerts for it were not delivered"
            ),
            Self::ReloadRemark(remark) => f.write_str(&remark.text),
            Self::RestartNeeded { keys } => write!(
                f,
                "a restart is needed for the new values of {}: the former ones stay",
                keys.join(", ")
            ),
            Self::NoReopen => {
                f.write_str("signal ignored: a recording has nothing to reload or reopen")
            }
            Self::MetricsFileFails { path, why } => {
                write!(f, "metrics cannot be written to {}: {why}", path.display())
            }
            // Falco's line.
            Self::Capture(capture) => capture.fmt(f),
            Self::Guard(guard) => guard.fmt(f),
            Self::Response(response) => response.fmt(f),
            Self::Reopening => f.write_str("SIGUSR1 received, reopening outputs..."),
            Self::EventsLeftOut(what) => f.write_str(what),
            Self::EventsLost { lost, live, .. } => {
                write!(f, "{lost} events were lost in the last second")?;
                if *live {
                    f.write_str(
                        ": the rings were full (engine.modern_ebpf.buf_size_preset sets their size)",
                    )?;
                }
                Ok(())
            }
            Self::RecordingLost { lost, .. } => write!(
                f,
                "{lost} events were lost in the last second: the rings were full (--ring-size sets their size)"
            ),
            // Falco's lines.
            Self::SimulatingLoss => f.write_str("Simulating syscall event drop"),
            Self::LossActionsSkipped => {
                f.write_str("Syscall event drop but token bucket depleted, skipping actions")
            }
            Self::LossEnds => {
                f.write_str("the agent ends: syscall_event_drops.actions has exit, and events were lost")
            }
            Self::SensorDamaged(Damage { kind, unrepaired: None }) => {
                write!(f, "damage to the kernel side was repaired: {kind}")
            }
            Self::SensorDamaged(Damage { kind, unrepaired: Some(why) }) => {
                write!(f, "damage to the kernel side could not be repaired: {kind}: {why}")
            }
            Self::MemoryLimit(counts) => {
                f.write_str("memory limit reached: ")?;
                let more = counts.iter().filter(|(_, count)| *count > 0);
                for (at, (name, count)) in more.enumerate() {
                    let comma = if at > 0 { ", " } else { "" };
                    write!(f, "{comma}{count} {}", name.replace('_', " "))?;
                }
                f.write_str(" in the last second, oldest first")
            }
            Self::AlertsLost { .. } => {
                f.write_str("Alerts were lost: the queue was full, or they could not be delivered.")
            }
            Self::AlertsRefused { .. } => f.write_str(
                "Alerts are refused by the receiver of an output: they are kept as dead letters, or lost there where there is no journal.",
            ),
            Self::ContainerEngineFails { engine, path, why } => write!(
                f,
                "container engine {engine} at {} fails: {why}: alerts about its containers may lack name and image",
                path.display()
            ),
            Self::Output(output) => output.fmt(f),
            Self::Journal(journal) => journal.fmt(f),
        }
    }
}
