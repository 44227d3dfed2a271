//! What this host offers: each level is proven by an act of our own.

use peregrine_guard::layout::{self, ActEntry};
use peregrine_guard::{Act, Action, Capabilities, Compiled, CompiledPolicy, Level, Mode, Place};

use super::canary::Canary;
use super::hooks::acts_of;
use super::{Guard, Options, host};

/// What the programs of this host can do. It tries each level: that takes a moment, and the right to load programs.
pub fn capabilities() -> Capabilities {
    let mut capabilities = Capabilities { skips_fmod_ret: host::preempts(), ..Default::default() };
    if let Ok(canary) = Canary::start(None) {
        for level in [Level::Lsm, Level::FmodRet] {
            let is_asked = level != Level::Lsm || host::has_bpf_lsm();
            if is_asked && proven(level, &[Act::Listen], &canary).contains(&Act::Listen) {
                for act in Act::ALL {
                    capabilities.add(act, level);
                }
            }
        }
        for (level, acts) in [
            (Level::Cgroup, &[Act::Connect, Act::Bind, Act::Socket][..]),
            (Level::KillBefore, &[Act::Exec]),
        ] {
            for act in proven(level, acts, &canary) {
                capabilities.add(act, level);
            }
        }
    }
    capabilities
}

/// The acts that every program about them decides about at this level.
fn proven(level: Level, acts: &[Act], canary: &Canary) -> Vec<Act> {
    let options = Options { level: Some(level), ..Options::default() };
    let Ok(guard) = Guard::start(&shadowing(acts), &options) else { return Vec::new() };
    let tried = guard.prove(canary);
    let is_proven = |act: &Act| {
        let mut of_act = tried.iter().filter(|(program, ..)| acts_of(program).contains(act));
        of_act.clone().count() > 0 && of_act.all(|(.., proven)| proven.is_ok())
    };
    acts.iter().copied().filter(is_proven).collect()
}

/// A policy about these acts that denies nobody anything.
fn shadowing(acts: &[Act]) -> Compiled {
    let policy = CompiledPolicy {
        name: String::new(),
        id: 0,
        rules: Vec::new(),
        action: Action::Deny,
        mode: Mode::Off,
        fail_closed: false,
        even_the_way_in: false,
        output: None,
        file: String::new(),
        place: Place::default(),
        acts: Vec::new(),
    };
    let mut compiled = Compiled { policies: vec![policy], ..Compiled::none() };
    for act in acts {
        if let Some(entry) = compiled.acts.get_mut(*act as usize) {
            *entry = ActEntry { all: layout::MATCH, no_object: layout::MATCH, needs: 0 };
        }
    }
    compiled
}
