//! What policies become: the form the kernel programs are given.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use peregrine_yaml::Place;
use zerocopy::FromZeros;

use crate::layout::{
    ACTS, Act, ActEntry, Action, CommMarks, END, Mode, NET_WORDS, OBJECT_WORDS, PathMarks,
    PolicyEntry, Program, SUBJECT_WORDS, Step, policy_flag,
};
use crate::level::Level;

/// Everything compiled from one load of policies.
///
/// The tables are as policies write them: paths as text, accounts as numbers. Whoever decides resolves the
/// paths against the host.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The policies; the place is the number in ends of programs. Those that enforce stand before those
    /// that shadow; none is off.
    pub policies: Vec<CompiledPolicy>,
    /// Where the program of each act begins, by act.
    pub acts: [ActEntry; ACTS],
    /// The steps of all programs.
    pub steps: Vec<Step>,
    /// Paths, and the sets they are in.
    pub paths: Vec<PathMark>,
    /// Last components of names, and the sets of objects they are in.
    pub last_components: Vec<(Vec<u8>, [u64; OBJECT_WORDS])>,
    /// Names of processes: at most 15 bytes.
    pub comms: Vec<(Vec<u8>, CommMarks)>,
    /// Effective users.
    pub uids: Vec<(u32, [u64; SUBJECT_WORDS])>,
    /// Login users; `u32::MAX`: nobody logged in.
    pub loginuids: Vec<(u32, [u64; SUBJECT_WORDS])>,
    /// Effective groups.
    pub gids: Vec<(u32, [u64; SUBJECT_WORDS])>,
    /// Containers by id, as rules write it: the first 12 letters.
    pub containers: Vec<(String, [u64; SUBJECT_WORDS])>,
    /// Networks: each has the sets of those that enclose it too, so that the longest prefix that fits says
    /// everything. Those of IPv4 stand here also as mapped ones (`::ffff:0:0/96`).
    pub networks: Vec<Network>,
    /// Ports of the address; ranges do not overlap.
    pub ports: Vec<(RangeInclusive<u16>, [u64; NET_WORDS])>,
}

/// A policy, compiled.
#[derive(Debug, Clone)]
pub struct CompiledPolicy {
    /// The name.
    pub name: String,
    /// A hash of the name: the same in each generation.
    pub id: u32,
    /// The rules it enforces; none where it has a condition of its own.
    pub rules: Vec<String>,
    /// What follows.
    pub action: Action,
    /// How far it goes.
    pub mode: Mode,
    /// Whether it holds when the agent is gone: not while it is on trial.
    pub fail_closed: bool,
    /// Whether it holds for the way in too.
    pub even_the_way_in: bool,
    /// The output of its alerts, where it has one of its own.
    pub output: Option<String>,
    /// The file it is in.
    pub file: String,
    /// Where it begins there.
    pub place: Place,
    /// The acts it decides about, and how.
    pub acts: Vec<PolicyAct>,
}

/// How a policy decides about an act here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyAct {
    /// The act.
    pub act: Act,
    /// The best level of this host.
    pub level: Level,
    /// Whether the program says exactly what the condition says; otherwise it matches less.
    pub exact: bool,
    /// What the program asks, in words.
    pub words: String,
}

/// A path, and the sets that hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathMark {
    /// The path: absolute, without `.`, `..`, double slashes, and a slash at its end (but for `/`).
    pub path: Vec<u8>,
    /// Which objects are meant.
    pub kind: PathKind,
    /// The sets.
    pub marks: PathMarks,
}

/// Which objects a path stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathKind {
    /// The one at the path.
    Exact,
    /// Everything below the folder, at any depth, but not the folder itself.
    Below,
    /// What lies in the folder itself.
    ChildrenOf,
}

/// A network, and the sets that hold its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Its address; bits behind the prefix are 0.
    pub address: IpAddr,
    /// Bits of the prefix.
    pub prefix: u8,
    /// The sets.
    pub sets: [u64; NET_WORDS],
}

impl CompiledPolicy {
    /// It, as the kernel knows it.
    pub fn entry(&self) -> PolicyEntry {
        PolicyEntry {
            id: self.id,
            action: self.action as u8,
            mode: self.mode as u8,
            fail_closed: u8::from(self.fail_closed),
            flags: if self.even_the_way_in { policy_flag::EVEN_THE_WAY_IN } else { 0 },
        }
    }
}

impl Compiled {
    /// No policy about anything.
    pub const fn none() -> Self {
        Self {
            policies: Vec::new(),
            acts: [ActEntry { all: END, no_object: END, needs: 0 }; ACTS],
            steps: Vec::new(),
            paths: Vec::new(),
            last_components: Vec::new(),
            comms: Vec::new(),
            uids: Vec::new(),
            loginuids: Vec::new(),
            gids: Vec::new(),
            containers: Vec::new(),
            networks: Vec::new(),
            ports: Vec::new(),
        }
    }

    /// Acts, policies and steps as one value of a map. None where the allocator has no memory for it.
    pub fn program(&self) -> Option<Box<Program>> {
        let mut program = Program::new_box_zeroed().ok()?;
        program.acts = self.acts;
        for (entry, policy) in program.policies.iter_mut().zip(&self.policies) {
            *entry = policy.entry();
        }
        for (slot, step) in program.steps.iter_mut().zip(&self.steps) {
            *slot = *step;
        }
        Some(program)
    }
}
