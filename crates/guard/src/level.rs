//! How early, and how surely, a host can decide about an act.

use crate::layout::{ACTS, Act};

/// What stops an act, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// P1: a program of BPF LSM.
    Lsm,
    /// P2: a program that replaces the result of `security_*`.
    FmodRet,
    /// P3: a program at the root of the control groups.
    Cgroup,
    /// P4: fanotify; user space decides, within a deadline.
    Fanotify,
    /// K1: the process is killed before the program it starts runs.
    KillBefore,
    /// K2: the process is killed after the act.
    KillAfter,
    /// D: the act is reported.
    Detect,
}

impl Level {
    /// All of them, the surest first.
    pub const ALL: [Self; 7] = [
        Self::Lsm,
        Self::FmodRet,
        Self::Cgroup,
        Self::Fanotify,
        Self::KillBefore,
        Self::KillAfter,
        Self::Detect,
    ];

    /// Its short name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lsm => "P1",
            Self::FmodRet => "P2",
            Self::Cgroup => "P3",
            Self::Fanotify => "P4",
            Self::KillBefore => "K1",
            Self::KillAfter => "K2",
            Self::Detect => "D",
        }
    }

    /// What it is, in words.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Lsm => "BPF LSM",
            Self::FmodRet => "fmod_ret on security hooks",
            Self::Cgroup => "control group hooks",
            Self::Fanotify => "fanotify",
            Self::KillBefore => "killed before the program runs",
            Self::KillAfter => "killed after the act",
            Self::Detect => "reported only",
        }
    }

    /// Whether the act does not happen.
    pub const fn prevents(self) -> bool {
        matches!(self, Self::Lsm | Self::FmodRet | Self::Cgroup | Self::Fanotify)
    }

    /// Whether it is decided by facts: what is no fact cannot be asked.
    pub const fn is_by_facts(self) -> bool {
        !matches!(self, Self::KillAfter | Self::Detect)
    }

    /// Whether hooks of this kind exist for an act at all, on any host.
    pub const fn exists_for(self, act: Act) -> bool {
        match self {
            Self::Lsm | Self::FmodRet | Self::KillAfter | Self::Detect => true,
            Self::Cgroup => matches!(act, Act::Connect | Act::Bind | Act::Socket),
            Self::Fanotify => matches!(act, Act::Open | Act::Exec),
            Self::KillBefore => matches!(act, Act::Exec),
        }
    }
}

/// Levels, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Levels(u8);

impl Levels {
    /// Adds a level.
    pub fn insert(&mut self, level: Level) {
        self.0 |= 1 << level as u8;
    }

    /// Whether a level is among them.
    pub const fn contains(self, level: Level) -> bool {
        self.0 & 1 << level as u8 != 0
    }

    /// Them, the surest first.
    pub fn iter(self) -> impl Iterator<Item = Level> {
        Level::ALL.into_iter().filter(move |level| self.contains(*level))
    }
}

/// What a host offers for each act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// The levels by act ([`Act`] as a number).
    pub levels: [Levels; ACTS],
    /// Programs of P2 may be skipped here, because tasks are preempted inside them: there it is not
    /// offered to policies with `fail: closed`.
    pub skips_fmod_ret: bool,
}

impl Capabilities {
    /// A host with these levels, wherever they exist; to report and to kill afterwards is always possible.
    pub fn of(levels: &[Level]) -> Self {
        let mut capabilities = Self::default();
        for act in Act::ALL {
            for level in levels.iter().chain(&[Level::KillAfter, Level::Detect]) {
                if level.exists_for(act) {
                    capabilities.add(act, *level);
                }
            }
        }
        capabilities
    }

    /// Adds a level of an act.
    pub fn add(&mut self, act: Act, level: Level) {
        if let Some(levels) = self.levels.get_mut(act as usize) {
            levels.insert(level);
        }
    }

    /// The levels of an act.
    pub fn of_act(&self, act: Act) -> Levels {
        self.levels.get(act as usize).copied().unwrap_or_default()
    }
}
