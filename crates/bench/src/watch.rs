//! What work takes unprobed, under an empty program at the return of every call, and under
//! `peregrine run`, turn by turn.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Result;
use peregrine_probe::{Attach, Options, Probe};
use peregrine_testkit::actor::{Actor, pause};
use serde::Serialize;

use super::Bench;
use super::agent::{Agent, Reported};
use super::memory::until_done;
use super::stats::{Spread, quantile};
use super::work::{self, Turn, Work};

/// What one kind of work took.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) work: &'static str,
    pub(super) what: &'static str,
    /// Nanoseconds it takes unprobed.
    pub(super) bare: f64,
    pub(super) empty: Compared,
    /// Under each set of rules.
    pub(super) sets: Vec<Under>,
}

/// As many times as unprobed: the median of the rounds.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(super) struct Compared {
    /// By the clock.
    pub(super) wall: Spread,
    /// On a CPU.
    pub(super) cpu: Spread,
}

/// Under a set of rules.
#[derive(Debug, Serialize)]
pub(super) struct Under {
    pub(super) ratio: Compared,
    /// How often it was done.
    pub(super) times: u64,
    /// What the agent used meanwhile, seconds on a CPU.
    pub(super) agent_cpu: f64,
    pub(super) reported: Reported,
}

/// The whole table.
#[derive(Debug, Serialize)]
pub(super) struct Watched {
    pub(super) sets: Vec<String>,
    pub(super) rounds: usize,
    pub(super) rows: Vec<Row>,
}

/// How a turn is watched.
enum Watching<'w> {
    Not,
    Empty,
    Rules(&'w [PathBuf]),
}

/// One way in all rounds.
#[derive(Default)]
struct Rounds {
    turns: Vec<Turn>,
    times: u64,
    agent_cpu: Duration,
    reported: Reported,
}

impl Rounds {
    /// The lower quartile of each round.
    fn quartiles(&self, of: fn(&Turn) -> &Vec<f64>) -> Vec<f64> {
        self.turns.iter().map(|turn| quantile(of(turn), 0.25)).collect()
    }

    /// Each round against the same round unprobed.
    fn against(&self, bare: &Self) -> Compared {
        let ratio = |of: fn(&Turn) -> &Vec<f64>| {
            let pairs = self.quartiles(of).into_iter().zip(bare.quartiles(of));
            let ratios: Vec<f64> = pairs.filter(|(_, b)| *b > 0.0).map(|(a, b)| a / b).collect();
            Spread::median(&ratios)
        };
        Compared { wall: ratio(|turn| &turn.wall), cpu: ratio(|turn| &turn.cpu) }
    }
}

pub(super) fn run(bench: &Bench) -> Result<Watched> {
    // Where this fails it says why; the process that does it later could not.
    drop(empty()?);
    let sets = bench.sets();
    let rounds = bench.either(3, 6);
    let mut works = work::all(
        &bench.scene,
        bench.either(Duration::from_millis(120), Duration::from_millis(250)),
    )?;
    let mut ways = vec![Watching::Not, Watching::Empty];
    ways.extend(sets.iter().map(|(_, files)| Watching::Rules(files)));
    let mut all: Vec<Vec<Rounds>> =
        works.iter().map(|_| ways.iter().map(|_| Rounds::default()).collect()).collect();
    for round in 0..rounds {
        for (work, taken) in works.iter_mut().zip(&mut all) {
            bench.progress(&format!("watch: round {} of {rounds}: {}", round + 1, work.name));
            // Whoever comes first in one round comes later in the next.
            for number in 0..ways.len() {
                let place = (number + round) % ways.len();
                let (Some(way), Some(rounds)) = (ways.get(place), taken.get_mut(place)) else {
                    continue;
                };
                turn(bench, way, work, rounds)?;
            }
        }
    }
    let mut rows = Vec::new();
    for (work, taken) in works.iter().zip(&all) {
        let [bare, empty, others @ ..] = taken.as_slice() else { continue };
        rows.push(Row {
            work: work.name,
            what: work.what,
            bare: quantile(
                &bare.turns.iter().flat_map(|turn| turn.wall.clone()).collect::<Vec<_>>(),
                0.25,
            ),
            empty: empty.against(bare),
            sets: others
                .iter()
                .map(|under| Under {
                    ratio: under.against(bare),
                    times: under.times,
                    agent_cpu: under.agent_cpu.as_secs_f64(),
                    reported: under.reported,
                })
                .collect(),
        });
    }
    Ok(Watched { sets: sets.into_iter().map(|(name, _)| name).collect(), rounds, rows })
}

/// An empty program at the return of every call, as long as the value is there.
fn empty() -> Result<Probe> {
    let mut probe = Probe::load(&Options::default())?;
    probe.attach(Attach::Nothing)?;
    Ok(probe)
}

/// One turn of one way.
fn turn(bench: &Bench, way: &Watching<'_>, work: &mut Work, rounds: &mut Rounds) -> Result<()> {
    let turn = match way {
        Watching::Not => work.turn()?,
        Watching::Empty => {
            // Another process has it: what it keeps in memory would make this one slower to fork.
            let probe = Actor::start(|stage| {
                let _probe = empty();
                stage.done();
                pause();
            });
            until_done(&probe)?;
            work.turn()?
        }
        Watching::Rules(files) => {
            let agent = Agent::start(&bench.program, files, Stdio::null())?;
            let before = agent.cpu()?;
            let turn = work.turn()?;
            rounds.agent_cpu += agent.cpu()?.saturating_sub(before);
            rounds.reported += agent.stop()?;
            turn
        }
    };
    rounds.times += turn.times;
    rounds.turns.push(turn);
    Ok(())
}
