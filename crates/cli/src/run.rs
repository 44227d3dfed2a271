//! `peregrine run`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use peregrine_agent::generation::Generation;
use peregrine_agent::live::Run;
use peregrine_agent::notice::{Notice, Notify};
use peregrine_agent::signals::{Wishes, stop_on_signals};
use peregrine_config::Config;
use peregrine_event::Priority;

use crate::config::{configuration, usual};
use crate::moment::duration;
use crate::terminal::{complain, detail, level, report, say};

/// What `run` and `replay` have in common.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// A rules file, or a folder of them; repeatable, in order. Instead of those of the configuration.
    #[arg(short, long = "rules", value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// Configuration file (the keys of falco.yaml) [default: /etc/peregrine/peregrine.yaml, if there]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting over the configuration; repeatable.
    #[arg(short, long = "option", value_name = "KEY=VALUE")]
    option: Vec<String>,
    /// Alerts as JSON, one object a line: as -o `json_output=true`.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine run\n  peregrine run -r rules.yaml -r more.d --json\n  peregrine run -o file_output.enabled=true -o file_output.filename=/var/log/alerts"
)]
pub(crate) struct Flags {
    #[command(flatten)]
    common: Common,
    /// Stop by itself after this time: 90, 90s, 5m, 1h.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    duration: Option<Duration>,
}

/// Takes notices: those that are severe enough are lines on stderr.
pub(crate) fn notify(configured: Option<Priority>) -> Notify {
    let level = level(configured);
    Arc::new(move |notice: &Notice| {
        if is_written(notice, level) {
            complain(notice);
        }
    })
}

/// Whether a notice is severe enough; `None`: none is.
fn is_written(notice: &Notice, level: Option<Priority>) -> bool {
    level.is_some_and(|level| notice.level() <= level)
}

/// The level the configuration says notices on from; `None`: none is said.
pub(crate) fn notice_level(config: &Config) -> Option<Priority> {
    config.log_stderr.then_some(config.log_level)
}

/// Settings and rules, ready; `own` are settings of the command, under those of the user.
pub(crate) fn prepare(flags: &Common, own: &[String]) -> anyhow::Result<(Config, Generation)> {
    let mut options = own.to_vec();
    options.extend(flags.option.iter().cloned());
    if flags.json {
        options.push("json_output=true".to_owned());
    }
    let file = usual(flags.config.as_deref());
    let mut config = configuration(file, &options)?;
    if let Some(file) = file {
        detail(format_args!("configuration {}", file.display()));
    }
    if !flags.rules.is_empty() {
        config.rules_files.clone_from(&flags.rules);
    }
    let loaded = Generation::load(&config);
    let diagnostics = match &loaded {
        Ok((_, report)) => &report.diagnostics,
        Err(error) => error.diagnostics(),
    };
    for diagnostic in diagnostics {
        if diagnostic.is_error() { complain(diagnostic) } else { say(diagnostic) }
    }
    let (generation, report) = loaded?;
    for idle in report.idle_selections {
        say(format!("warning: rules: {idle} selects no rule"));
    }
    Ok((config, generation))
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    // Before all else: a signal that comes early ends nothing it must not end.
    let stop = stop_on_signals().context("cannot listen to signals")?;
    let wishes = Wishes::by_signals().context("cannot listen to signals")?;
    let (config, generation) = prepare(&flags.common, &[])?;
    let ended = peregrine_agent::live::run(Run {
        config: &config,
        generation,
        stop,
        wishes,
        duration: flags.duration,
        notify: notify(notice_level(&config)),
    })?;
    report(false, ended);
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_written_by_level() {
        let check = |notice: Notice, level: Option<Priority>, expected: bool| {
            assert_eq!(is_written(&notice, level), expected, "{notice} {level:?}");
        };
        let usual = Some(Config::default().log_level);
        check(Notice::Watching { rules: 1, threads: 1 }, usual, true);
        check(Notice::Watching { rules: 1, threads: 1 }, Some(Priority::Notice), false);
        check(Notice::ForeignPidNamespace, Some(Priority::Warning), true);
        check(Notice::ForeignPidNamespace, Some(Priority::Error), false);
        check(Notice::ForeignPidNamespace, None, false);
    }
}
