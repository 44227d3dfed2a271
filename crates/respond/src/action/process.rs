//! Actions on processes: kill, stop, continue, freeze.

use peregrine_filter::Value;

use super::parameters::Parameters;
use super::refusal::Refusal;
use crate::bytes::Bytes;
use crate::occurrence::Occurrence;
use crate::task::{Process, Signal, Task, What};
use crate::text::Text;

pub(super) const NAMES: &[&str] = &["kill", "stop", "continue", "freeze"];

/// What tells a process from a later one with its number.
pub(super) const FIELDS: &[&str] =
    &["proc.pid", "proc.pid.ts", "proc.name", "proc.exe_ino", "container.full_id", "container.id"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProcessAction {
    verb: Verb,
    what: What,
    process: Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Kill(Signal),
    Stop,
    Continue,
    Freeze,
}

impl ProcessAction {
    pub(super) fn read(of: &mut Parameters<'_, '_, '_>) -> Option<Self> {
        let known: &[&str] = match of.word {
            "kill" => &["what", "signal", "process"],
            "freeze" => &["process"],
            _ => &["what", "process"],
        };
        if !of.keys(known, &[]) {
            return None;
        }
        let what = of.word_or("what", &What::ALL, What::Process);
        let verb = match of.word {
            "kill" => Verb::Kill(match of.get("signal") {
                Some(node) if node.scalar().is_some_and(|word| word.starts_with("SIG")) => {
                    let names = Signal::ALL.map(|(name, signal)| (with_sig(name), signal));
                    of.reader.word(node, "signal", &names)?
                }
                Some(node) => of.reader.word(node, "signal", &Signal::ALL)?,
                None => Signal::Kill,
            }),
            "stop" => Verb::Stop,
            "continue" => Verb::Continue,
            _ => Verb::Freeze,
        };
        let process = of.text_or("process", "proc.pid");
        Some(Self { verb, what: what?, process: process? })
    }

    pub(super) fn texts(&self, visit: &mut dyn FnMut(&Text)) {
        visit(&self.process);
    }

    pub(super) fn name(&self) -> &'static str {
        match self.verb {
            Verb::Kill(_) => "kill",
            Verb::Stop => "stop",
            Verb::Continue => "continue",
            Verb::Freeze => "freeze",
        }
    }

    pub(super) fn plan(&self, of: &Occurrence) -> Result<Task, Refusal> {
        let process = process(&self.process, of)?;
        let what = self.what;
        if what == What::Container && process.container.is_none() {
            return Err(Refusal::NoContainer);
        }
        Ok(match self.verb {
            Verb::Kill(signal) => Task::Kill { what, process, signal },
            Verb::Stop => Task::Stop { what, process },
            Verb::Continue => Task::Continue { what, process },
            Verb::Freeze => Task::Freeze { process },
        })
    }
}

fn with_sig(name: &'static str) -> &'static str {
    match name {
        "KILL" => "SIGKILL",
        "TERM" => "SIGTERM",
        "INT" => "SIGINT",
        "HUP" => "SIGHUP",
        "QUIT" => "SIGQUIT",
        "ABRT" => "SIGABRT",
        "USR1" => "SIGUSR1",
        _ => "SIGUSR2",
    }
}

/// The process that a text names, as the event shows it.
pub(super) fn process(text: &Text, of: &Occurrence) -> Result<Process, Refusal> {
    let number = text.number(of).map_err(Refusal::Missing)?;
    let pid = number.and_then(|pid| i32::try_from(pid).ok()).filter(|pid| *pid > 0);
    let pid = pid.ok_or_else(|| Refusal::NotAProcess(text.source.clone()))?;
    let own = of.named("proc.pid").and_then(Value::number) == Some(i128::from(pid));
    let number = |name: &str| {
        let number = of.named(name).filter(|_| own).and_then(Value::number);
        number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
    };
    let name = of.named("proc.name").filter(|_| own).and_then(Value::bytes).unwrap_or_default();
    Ok(Process {
        pid,
        seen_ns: of.time_ns,
        started_ns: number("proc.pid.ts"),
        exe_ino: number("proc.exe_ino"),
        name: Bytes(name.to_vec()),
        container: container(of),
    })
}

/// The full id of the container of the event.
pub(super) fn container(of: &Occurrence) -> Option<String> {
    let text = |name: &str| {
        let bytes = of.named(name).and_then(Value::bytes)?;
        let text = std::str::from_utf8(bytes).ok()?;
        (!text.is_empty() && text != "host").then(|| text.to_owned())
    };
    text("container.full_id").or_else(|| text("container.id"))
}
