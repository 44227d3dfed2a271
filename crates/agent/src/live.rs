//! Watching this host until somebody says stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;

use peregrine_engine::pushdown::pushdown;
use peregrine_event::pushdown::Pushdown;
use peregrine_hostinfo::{FirstSnapshot, Host, first_snapshot};
use peregrine_outputs::{Outputs, Tell};
use peregrine_rules::RuleSet;

use crate::account::Account;
use crate::config::Config;
use crate::pipeline::Pipeline;
use crate::source::{LiveSource, Source, always};

/// Longest sleep between two looks at the rings, while little happens and while much does.
const IDLE: Duration = Duration::from_millis(10);
const BUSY: Duration = Duration::from_millis(1);
/// From this many records in one look on, much is happening.
const MANY: usize = 2000;
/// How often losses are looked at.
const LOOK_AT_LOSSES: Duration = Duration::from_secs(1);
/// How long outputs may take to finish.
const PATIENCE: Duration = Duration::from_secs(5);

/// One run.
pub struct Run<'r> {
    /// Settings.
    pub config: &'r Config,
    /// The rules, loaded without an error.
    pub rules: RuleSet,
    /// Set to stop.
    pub stop: Arc<AtomicBool>,
    /// Stops by itself after this long.
    pub duration: Option<Duration>,
    /// Tells people how it goes.
    pub tell: Tell,
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("rules", &self.rules.rules.len()).finish_non_exhaustive()
    }
}

/// Watches this host.
///
/// # Errors
/// When outputs cannot be opened or the kernel side not be set up. After that nothing stops it but
/// `stop` and `duration`.
pub fn run(run: Run<'_>) -> anyhow::Result<Account> {
    let Run { config, rules, stop, duration, tell } = run;
    let outputs = Outputs::start(&config.targets(), &config.output_options(), &tell)?;
    let enabled = rules.rules.iter().filter(|rule| rule.enabled).count();
    let mut pipeline = Pipeline::new(rules, config.matching, config.limits, Host::new(), outputs);
    let needed = pipeline.engine().needs().syscalls;
    let pushdown = if config.pushdown {
        pushdown(pipeline.rules(), &needed, &always(&needed))
    } else {
        Pushdown::default()
    };
    let mut source = LiveSource::start(config.ring_bytes, &needed, &pushdown)?;
    let teller = Arc::clone(&tell);
    pipeline
        .outside()
        .look_for(pipeline.engine().hosts().to_vec(), move |name, why| {
            teller(&format!(
                "rules name the host {name}, which has no address now ({why}): they match once it has one"
            ));
        })
        .context("cannot look for the addresses of hosts")?;
    // The programs run already: what happens now waits in the rings until the picture stands.
    if let FirstSnapshot::Proc(why) = first_snapshot(&mut |record| pipeline.snapshot(record)) {
        tell(&format!("the first snapshot was read from /proc: {why}"));
    }
    tell(&format!("{enabled} rules, {} threads, watching", pipeline.state().thread_count()));
    let begin = Instant::now();
    let mut looked = begin;
    let mut lost = 0;
    while !stop.load(Ordering::Relaxed) && duration.is_none_or(|end| begin.elapsed() < end) {
        let taken = source.next(&mut |record| pipeline.event(record));
        if looked.elapsed() >= LOOK_AT_LOSSES {
            looked = Instant::now();
            let now = source.losses().total();
            if now > lost {
                tell(&format!(
                    "{} events were lost in the last second: the rings were full (engine.modern_ebpf.buf_size_preset makes them larger)",
                    now - lost
                ));
                lost = now;
            }
        }
        std::thread::sleep(if taken >= MANY { BUSY } else { IDLE });
    }
    source.finish(&mut |record| pipeline.event(record));
    Ok(account(begin.elapsed(), pipeline, &source))
}

fn account(watched: Duration, pipeline: Pipeline<Host>, source: &LiveSource) -> Account {
    let (events, damaged) = pipeline.counts();
    let hits = crate::account::hits(pipeline.rules(), pipeline.engine());
    let losses = source.losses();
    let outputs = pipeline.into_outputs().close(PATIENCE);
    Account { watched, events, damaged, hits, losses, filtered: source.filtered(), outputs }
}
