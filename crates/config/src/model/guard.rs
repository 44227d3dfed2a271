//! `guard`: what happens on this host only where no policy forbids it.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value as Json;

use crate::choices::choice;
use crate::reader::Reader;
use crate::setting::Status::{Section, Used};
use crate::setting::{Kind, Value, section};
use crate::tree::Node;
use crate::values::Interval;

section! {
    /// `guard`. (Not in Falco.)
    Guard {
        /// Files of policies, and folders of them; `shipped` stands for those that come with Peregrine. Without any
        /// nothing is ever denied. Where there are none at the start, policies that come later hold after a
        /// restart: what they need is a right that Peregrine gives up otherwise.
        policies: Vec<PathBuf> = Vec::new(), Used, "[shipped, /etc/peregrine/guard.d]";
        /// No policy goes further than this, whatever its own `mode` is: `off`, `shadow` (what would have been denied
        /// is reported), `enforce`.
        mode: GuardMode = GuardMode::Enforce, Used, "shadow";
        /// A policy that denies for the first time, or that changed, waits so long for `peregrine guard confirm`;
        /// then it is back in shadow mode. 0s: none needs to be confirmed.
        confirm_within: Interval = Interval(Duration::from_mins(5)), Used, "15m";
        /// Programs that no policy denies anything, beside those by which people get in: sshd, login, getty, su and
        /// sudo.
        way_in: Vec<PathBuf> = Vec::new(), Used, "[/usr/bin/teleport]";
        /// The folder of what must survive a restart: which policies were confirmed.
        state: PathBuf = PathBuf::from("/var/lib/peregrine/guard"), Used;
        /// The folder of a BPF file system that keeps what policies with `fail: closed` need when the agent has ended.
        /// Agents that run side by side keep theirs apart in it.
        pins: PathBuf = PathBuf::from("/sys/fs/bpf/peregrine"), Used;
        /// How to get out of a policy that denies too much.
        break_glass: BreakGlass = BreakGlass::default(), Section;
    }
}

section! {
    /// `guard.break_glass`.
    BreakGlass {
        /// As long as this file has a token that `peregrine guard token` made for this host, nothing is denied. It
        /// must be root's, and nobody else may write it.
        file: PathBuf = PathBuf::from("/run/peregrine/break-glass"), Used;
        /// The public half of the key that signs tokens. `peregrine guard token --new-key` makes both; the other half
        /// belongs on another machine. Without this file no token counts.
        key: PathBuf = PathBuf::from("/etc/peregrine/break-glass.pub"), Used;
    }
}

choice! {
    /// `guard.mode`.
    GuardMode {
        /// Policies are not looked at.
        Off = "off",
        /// What they would have done is reported.
        Shadow = "shadow",
        /// It is done.
        Enforce = "enforce",
    }
}
