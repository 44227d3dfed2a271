//! A capture through the pipeline.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use peregrine_hostinfo::Host;
use peregrine_outputs::{Outputs, Tell};
use peregrine_rules::RuleSet;
use peregrine_scap::{Account as ScapAccount, Item, Reader};
use peregrine_state::{Group, Outside, User};

use crate::account::Account;
use crate::config::Config;
use crate::pipeline::Pipeline;

/// How long outputs may take to finish.
const PATIENCE: Duration = Duration::from_mins(1);
/// Events between two looks at the time, for progress.
const LOOK: u64 = 100_000;

/// One replay.
pub struct Replay<'r> {
    /// Settings.
    pub config: &'r Config,
    /// The rules, loaded without an error.
    pub rules: RuleSet,
    /// Tells people how it goes.
    pub tell: Tell,
    /// Told the number of events so far, now and then.
    pub progress: &'r dyn Fn(u64, Duration),
}

impl std::fmt::Debug for Replay<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").field("rules", &self.rules.rules.len()).finish_non_exhaustive()
    }
}

/// What the capture itself knows; the time zone and names of services are those of this host.
#[derive(Debug, Default)]
struct Captured {
    host: Host,
    hostname: RefCell<String>,
    users: RefCell<HashMap<u32, User>>,
    groups: RefCell<HashMap<u32, Group>>,
}

impl Captured {
    fn learn(&self, account: ScapAccount) {
        match account {
            ScapAccount::User { uid, gid, name, home, shell } => {
                self.users.borrow_mut().insert(uid, User { uid, gid, name, home, shell });
            }
            ScapAccount::Group { gid, name } => {
                self.groups.borrow_mut().insert(gid, Group { gid, name });
            }
        }
    }
}

impl Outside for Captured {
    fn user(&self, uid: u32) -> Option<User> {
        self.users.borrow().get(&uid).cloned()
    }

    fn group(&self, gid: u32) -> Option<Group> {
        self.groups.borrow().get(&gid).cloned()
    }

    fn hostname(&self) -> String {
        self.hostname.borrow().clone()
    }

    fn service(&self, port: u16, udp: bool) -> Option<String> {
        self.host.service(port, udp)
    }

    fn utc_offset(&self, time_ns: u64) -> i32 {
        self.host.utc_offset(time_ns)
    }

    fn thread(&self, _tid: i64, _write: &mut dyn FnMut(&[u8])) {}
}

/// Reads a capture and raises its alerts. Where it is damaged, what stands before the damage counts;
/// the damage is the second value.
///
/// # Errors
/// When the file cannot be opened, is no capture, or an output cannot be opened.
pub fn replay(file: &Path, replay: Replay<'_>) -> anyhow::Result<(Account, Option<String>)> {
    let Replay { config, rules, tell, progress } = replay;
    let name = file.display();
    let input = File::open(file).with_context(|| format!("cannot open the capture {name}"))?;
    let mut reader = Reader::new(input).with_context(|| format!("{name}"))?;
    let outputs = Outputs::start(&config.targets(), &config.output_options(), &tell)?;
    let mut pipeline =
        Pipeline::new(rules, config.matching, config.limits, Captured::default(), outputs);
    let begin = Instant::now();
    let mut events = 0_u64;
    let damage = loop {
        match reader.next_item() {
            Ok(Some(Item::Machine(machine))) => {
                *pipeline.outside().hostname.borrow_mut() = machine.hostname;
            }
            Ok(Some(Item::Account(account))) => pipeline.outside().learn(account),
            Ok(Some(Item::Known(record))) => pipeline.snapshot(&record),
            Ok(Some(Item::Event { cpu, record, state_only })) => {
                if state_only {
                    pipeline.state_only(&record);
                } else {
                    pipeline.event_on(Some(cpu), &record);
                }
                events += 1;
                if events.is_multiple_of(LOOK) {
                    progress(events, begin.elapsed());
                }
            }
            Ok(Some(_)) => {}
            Ok(None) => break None,
            Err(error) => break Some(format!("{name}: {error}")),
        }
    };
    let (events, damaged) = pipeline.counts();
    let hits = crate::account::hits(pipeline.rules(), pipeline.engine());
    let outputs = pipeline.into_outputs().close(PATIENCE);
    let account = Account {
        watched: begin.elapsed(),
        events,
        damaged,
        hits,
        losses: peregrine_probe::Losses::default(),
        outputs,
    };
    Ok((account, damage))
}
