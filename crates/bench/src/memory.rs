//! Memory of the agent: with nothing to do, at many threads, at many descriptors.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use peregrine_testkit::actor::{Actor, Descriptor, descriptor_limit, pause};
use serde::Serialize;

use super::Bench;
use super::agent::Agent;

/// Threads and descriptors there shall be.
const THREADS: usize = 10_000;
const DESCRIPTORS: usize = 100_000;
/// Processes that may share the descriptors where one may not have so many.
const PROCESSES: usize = 64;
/// Until the state has applied what happened.
const SETTLE: Duration = Duration::from_secs(1);

/// KiB of memory of its own (`RssAnon`), and how many there were.
#[derive(Debug, Serialize)]
pub(super) struct Memory {
    pub(super) idle: u64,
    pub(super) threads: usize,
    pub(super) at_threads: u64,
    pub(super) descriptors: usize,
    pub(super) processes: usize,
    pub(super) at_descriptors: u64,
    /// Bytes of the rings.
    pub(super) rings: u64,
}

pub(super) fn run(bench: &Bench) -> Result<Memory> {
    bench.progress("memory: nothing to do");
    let agent = Agent::start(&bench.program, &[], Stdio::null())?;
    thread::sleep(SETTLE);
    let idle = agent.memory()?;
    let rings = agent.rings()?;
    bench.progress(&format!("memory: {THREADS} threads"));
    let actor = Actor::start(|stage| {
        for _ in 0..THREADS {
            let thread = thread::Builder::new().stack_size(16 << 10).spawn(|| pause());
            if thread.is_err() {
                break;
            }
        }
        stage.done();
        pause();
    });
    until_done(&actor)?;
    thread::sleep(SETTLE);
    let threads = fs::read_dir(format!("/proc/{}/task", actor.pid))?.count().saturating_sub(1);
    let at_threads = agent.memory()?;
    drop(actor);
    agent.stop()?;
    bench.progress(&format!("memory: {DESCRIPTORS} descriptors"));
    let limit = usize::try_from(descriptor_limit(2 * u32::try_from(DESCRIPTORS)?))?;
    let most = limit.saturating_sub(100).clamp(1, DESCRIPTORS);
    let processes = DESCRIPTORS.div_ceil(most).min(PROCESSES);
    let each = (DESCRIPTORS / processes).min(most);
    let mut actors = Vec::new();
    for _ in 0..processes {
        let actor = Actor::start(|stage| {
            let any = |number: usize| match number % 8 {
                0 => Descriptor::Pipe,
                1 => Descriptor::Socket,
                2 => Descriptor::Event,
                3 => Descriptor::Folder(c"/tmp"),
                _ => Descriptor::File(c"/etc/passwd"),
            };
            let most = i32::try_from(each).unwrap_or(i32::MAX);
            (0..each).find(|number| any(*number).make() >= most - 2);
            stage.done();
            pause();
        });
        until_done(&actor)?;
        actors.push(actor);
    }
    // There they are when it starts: the first snapshot takes in each of them.
    let agent = Agent::start(&bench.program, &[], Stdio::null())?;
    thread::sleep(SETTLE);
    let mut descriptors = 0;
    for actor in &actors {
        descriptors += fs::read_dir(format!("/proc/{}/fd", actor.pid))?.count();
    }
    let at_descriptors = agent.memory()?;
    agent.stop()?;
    Ok(Memory { idle, threads, at_threads, descriptors, processes, at_descriptors, rings })
}

/// Waits for the first stage of an actor.
pub(super) fn until_done(actor: &Actor) -> Result<()> {
    let begin = Instant::now();
    while !actor.is_done() {
        ensure!(begin.elapsed() < Duration::from_mins(1), "process {} takes too long", actor.pid);
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
