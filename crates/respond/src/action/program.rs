//! Actions that call others: run, webhook, capture, evidence.

use std::time::Duration;

use super::parameters::Parameters;
use super::refusal::Refusal;
use crate::mistake::MistakeKind;
use crate::occurrence::Occurrence;
use crate::task::Task;
use crate::text::Text;

pub(super) const NAMES: &[&str] = &["run", "webhook", "capture", "evidence"];

const LONGEST: Duration = Duration::from_hours(1);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ProgramAction {
    Run { argv: Vec<Text>, user: String, timeout: Duration },
    Webhook { url: String, timeout: Duration },
    Capture { hold: Duration },
    Evidence { process: Text },
}

impl ProgramAction {
    pub(super) fn read(of: &mut Parameters<'_, '_, '_>) -> Option<Self> {
        match of.word {
            "run" => Self::run(of),
            "webhook" => {
                if !of.keys(&["url", "timeout"], &["url"]) {
                    return None;
                }
                let timeout = of.duration_or("timeout", Duration::from_secs(5), LONGEST);
                let node = of.get("url")?;
                let url = of.reader.scalar(node, "url")?;
                if !url.starts_with("http://") && !url.starts_with("https://") {
                    of.reader.expected(node, "url", "an address that begins with http(s)://");
                    return None;
                }
                Some(Self::Webhook { url: url.to_owned(), timeout: timeout? })
            }
            "capture" => of
                .keys(&["for"], &[])
                .then_some(())
                .and_then(|()| of.duration_or("for", Duration::from_secs(30), LONGEST))
                .map(|hold| Self::Capture { hold }),
            _ => {
                if !of.keys(&["process"], &[]) {
                    return None;
                }
                Some(Self::Evidence { process: of.text_or("process", "proc.pid")? })
            }
        }
    }

    fn run(of: &mut Parameters<'_, '_, '_>) -> Option<Self> {
        if !of.keys(&["argv", "user", "timeout"], &["argv"]) {
            return None;
        }
        let nodes = of.get("argv").and_then(|node| of.reader.list(node, "argv"))?;
        let argv: Vec<Option<Text>> =
            nodes.iter().map(|node| of.reader.text(node, "argv")).collect();
        let argv: Vec<Text> = argv.into_iter().collect::<Option<_>>()?;
        let (Some(program), Some(node)) = (argv.first(), nodes.first()) else {
            let node = of.get("argv")?;
            of.reader.expected(node, "argv", "a program and its arguments");
            return None;
        };
        // What an attacker names is never the program.
        match program.literal() {
            Some(path) if path.starts_with('/') => {}
            _ => {
                let program = program.source.clone();
                of.reader.mistake(node, MistakeKind::RelativeProgram { program });
                return None;
            }
        }
        let user = match of.get("user") {
            Some(node) => of.reader.scalar(node, "user")?.to_owned(),
            None => "nobody".to_owned(),
        };
        let timeout = of.duration_or("timeout", Duration::from_secs(10), LONGEST)?;
        Some(Self::Run { argv, user, timeout })
    }

    pub(super) fn texts(&self, visit: &mut dyn FnMut(&Text)) {
        match self {
            Self::Run { argv, .. } => argv.iter().for_each(visit),
            Self::Evidence { process } => visit(process),
            Self::Webhook { .. } | Self::Capture { .. } => {}
        }
    }

    pub(super) fn fields(&self) -> &'static [&'static str] {
        match self {
            Self::Evidence { .. } => super::process::FIELDS,
            _ => &[],
        }
    }

    /// Whether it posts the alert as it is shown.
    pub(super) fn posts(&self) -> bool {
        matches!(self, Self::Webhook { .. })
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Run { .. } => "run",
            Self::Webhook { .. } => "webhook",
            Self::Capture { .. } => "capture",
            Self::Evidence { .. } => "evidence",
        }
    }

    pub(super) fn plan(&self, of: &Occurrence) -> Result<Task, Refusal> {
        Ok(match self {
            Self::Run { argv, user, timeout } => {
                let words: Result<_, _> = argv.iter().map(|word| word.bytes(of)).collect();
                let argv = words.map_err(Refusal::Missing)?;
                Task::Run { argv, user: user.clone(), timeout: *timeout }
            }
            Self::Webhook { url, timeout } => {
                Task::Webhook { url: url.clone(), body: of.body(), timeout: *timeout }
            }
            Self::Capture { hold } => Task::Capture { hold: *hold },
            Self::Evidence { process } => {
                Task::Evidence { process: super::process::process(process, of)? }
            }
        })
    }
}
