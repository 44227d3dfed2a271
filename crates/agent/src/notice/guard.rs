//! Notices about policies.

use std::fmt;

use peregrine_alert::Priority;
use serde_json::Value as Json;

/// What became of policies.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GuardNotice {
    /// Policies took hold.
    Guarding {
        /// How many deny.
        enforcing: usize,
        /// How many report what they would deny.
        shadowing: usize,
        /// The levels at which they decide, as `open P4`.
        levels: Vec<String>,
    },
    /// Policies deny for the first time and wait to be confirmed.
    Unconfirmed {
        /// Their names.
        policies: Vec<String>,
        /// For how many seconds.
        seconds: u64,
    },
    /// A policy was not confirmed in time: it reports only.
    FellBack {
        /// Its name.
        policy: String,
    },
    /// Somebody switched all policies off.
    SwitchedOff,
    /// Somebody switched them on again.
    SwitchedOn,
    /// A token has all policies off.
    GlassBroken {
        /// Until then, seconds since 1970.
        until: u64,
    },
    /// The token counts no more.
    GlassWhole,
    /// There is a token that does not count: why.
    BadToken(String),
    /// The boot parameter has all policies off.
    OffByBoot,
    /// Policies of an earlier agent still deny, and this one has none.
    Left {
        /// Where they are pinned.
        pins: std::path::PathBuf,
    },
    /// What policies rely on does not work.
    LevelFell {
        /// What.
        hook: String,
        /// Its level.
        level: &'static str,
        /// Why.
        why: String,
    },
    /// It works again.
    LevelRestored {
        /// What.
        hook: String,
        /// Its level.
        level: &'static str,
    },
    /// Openers went on without a verdict.
    Late {
        /// How many, since this was said last.
        openers: u64,
    },
    /// The watchdog ended and was started again.
    WatchdogRestarted,
    /// Paths or file systems that cannot be watched.
    Unmarked {
        /// The first, and why.
        first: String,
        /// How many.
        count: usize,
    },
    /// What must survive a restart cannot be kept or read: why.
    StateFails(String),
    /// Policies cannot take hold: why.
    Fails(String),
    /// Verdicts that were lost before they were reported.
    VerdictsLost {
        /// How many, since this was said last.
        lost: u64,
    },
}

impl GuardNotice {
    pub(super) fn level(&self) -> Priority {
        match self {
            Self::Guarding { .. } | Self::SwitchedOn | Self::GlassWhole => Priority::Informational,
            Self::LevelRestored { .. } => Priority::Informational,
            Self::Unconfirmed { .. } => Priority::Notice,
            Self::FellBack { .. }
            | Self::SwitchedOff
            | Self::GlassBroken { .. }
            | Self::BadToken(_)
            | Self::OffByBoot
            | Self::Left { .. }
            | Self::Late { .. }
            | Self::WatchdogRestarted
            | Self::Unmarked { .. }
            | Self::VerdictsLost { .. }
            | Self::StateFails(_) => Priority::Warning,
            Self::LevelFell { .. } | Self::Fails(_) => Priority::Error,
        }
    }

    /// The rule of its alert, where it has one.
    pub(super) fn rule(&self) -> Option<&'static str> {
        Some(match self {
            Self::FellBack { .. } => "Peregrine internal: policy fell back",
            Self::SwitchedOff | Self::GlassBroken { .. } | Self::OffByBoot => {
                "Peregrine internal: guard off"
            }
            Self::SwitchedOn | Self::GlassWhole => "Peregrine internal: guard on",
            Self::BadToken(_) => "Peregrine internal: token refused",
            Self::LevelFell { .. } | Self::LevelRestored { .. } | Self::Fails(_) => {
                "Peregrine internal: guard level"
            }
            Self::Late { .. } | Self::WatchdogRestarted => "Peregrine internal: guard late",
            Self::VerdictsLost { .. } => "Peregrine internal: guard loss",
            Self::Unmarked { .. } => "Peregrine internal: guard incomplete",
            Self::Left { .. } => "Peregrine internal: guard left",
            Self::Guarding { .. } | Self::Unconfirmed { .. } | Self::StateFails(_) => return None,
        })
    }

    pub(super) fn fields(&self, put: &mut dyn FnMut(&str, Json)) {
        match self {
            Self::Guarding { enforcing, shadowing, levels } => {
                put("enforcing", (*enforcing).into());
                put("shadowing", (*shadowing).into());
                put("levels", levels.clone().into());
            }
            Self::Unconfirmed { policies, seconds } => {
                put("policies", policies.clone().into());
                put("seconds", (*seconds).into());
            }
            Self::FellBack { policy } => put("guard.policy", policy.as_str().into()),
            Self::GlassBroken { until } => put("until", (*until).into()),
            Self::Left { pins } => put("pins", pins.display().to_string().into()),
            Self::LevelFell { hook, level, why } => {
                put("hook", hook.as_str().into());
                put("guard.level", (*level).into());
                put("reason", why.as_str().into());
            }
            Self::LevelRestored { hook, level } => {
                put("hook", hook.as_str().into());
                put("guard.level", (*level).into());
            }
            Self::Late { openers } => put("openers", (*openers).into()),
            Self::Unmarked { first, count } => {
                put("first", first.as_str().into());
                put("count", (*count).into());
            }
            Self::VerdictsLost { lost } => put("lost", (*lost).into()),
            Self::BadToken(why) | Self::StateFails(why) | Self::Fails(why) => {
                put("reason", why.as_str().into());
            }
            Self::SwitchedOff
            | Self::SwitchedOn
            | Self::GlassWhole
            | Self::OffByBoot
            | Self::WatchdogRestarted => {}
        }
    }
}

impl fmt::Display for GuardNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guarding { enforcing, shadowing, levels } => write!(
                f,
                "guard: {enforcing} policies deny, {shadowing} report what they would deny ({})",
                levels.join(", ")
            ),
            Self::Unconfirmed { policies, seconds } => write!(
                f,
                "guard: not confirmed yet: {}; without `peregrine guard confirm` within {seconds} s they report only",
                policies.join(", ")
            ),
            Self::FellBack { policy } => write!(
                f,
                "guard: the policy \"{policy}\" was not confirmed in time and reports only \
                 (`peregrine guard try '{policy}'` begins its trial again)"
            ),
            Self::SwitchedOff => {
                f.write_str("guard: off (`peregrine guard on` has policies deny again)")
            }
            Self::SwitchedOn => f.write_str("guard: on again"),
            Self::GlassBroken { until } => {
                write!(f, "guard: off by a token of break-glass, until {until} seconds after 1970")
            }
            Self::GlassWhole => f.write_str("guard: the token counts no more, policies deny again"),
            Self::BadToken(why) => write!(f, "guard: a token of break-glass does not count: {why}"),
            Self::OffByBoot => f.write_str("guard: off by the boot parameter peregrine.guard=off"),
            Self::Left { pins } => write!(
                f,
                "guard: policies of an earlier agent still deny ({}): `peregrine guard off` removes them",
                pins.display()
            ),
            Self::LevelFell { hook, level, why } => {
                write!(f, "guard: {hook} ({level}) does not work: {why}")
            }
            Self::LevelRestored { hook, level } => write!(f, "guard: {hook} ({level}) works"),
            Self::Late { openers } => write!(
                f,
                "guard: {openers} openers of protected files went on without a verdict: it took too long"
            ),
            Self::WatchdogRestarted => {
                f.write_str("guard: the watchdog ended and was started again")
            }
            Self::Unmarked { first, count } => {
                write!(f, "guard: {count} paths are not protected by fanotify: {first}")
            }
            Self::StateFails(why) => {
                write!(f, "guard: what must survive a restart cannot be kept: {why} (guard.state)")
            }
            Self::Fails(why) => write!(f, "guard: policies cannot take hold: {why}"),
            Self::VerdictsLost { lost } => {
                write!(f, "guard: {lost} decisions are in no alert: there was no room for them")
            }
        }
    }
}
