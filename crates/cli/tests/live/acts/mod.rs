//! Acts that break the rules we ship: for each rule at least one row, by tactic as the rules are.
//!
//! An act has a folder of its own (`HERE` in its text) and a mark in its environment, by which its
//! alerts are told from those of whatever else happens on the machine. Where it would harm it has
//! mounts or a network of its own. It need not succeed where the attempt is what the rule reports.

mod collection;
mod command_and_control;
mod container_escape;
mod credential_access;
mod defense_evasion;
mod discovery;
mod execution;
mod exfiltration;
mod impact;
mod lateral_movement;
mod persistence;
mod privilege_escalation;

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::agent::{MARK, container_group, enter_host_groups};

/// How the text of an act is run.
#[derive(Clone, Copy)]
enum How {
    Shell,
    Perl,
}

/// One act, and the rule it breaks.
pub(crate) struct Row {
    /// The rule it breaks.
    pub(crate) rule: &'static str,
    /// How many alerts of it.
    alerts: usize,
    also: Option<&'static str>,
    how: How,
    text: &'static str,
    apart: bool,
    place: Place,
}

/// In which control groups.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Those of the test.
    Here,
    /// The topmost ones: no container, wherever the test runs.
    Host,
    /// Some named as those of a container are.
    Container,
}

impl Row {
    const fn new(rule: &'static str, how: How, text: &'static str) -> Self {
        Self { rule, alerts: 1, also: None, how, text, apart: false, place: Place::Here }
    }

    /// A shell command.
    const fn shell(rule: &'static str, text: &'static str) -> Self {
        Self::new(rule, How::Shell, text)
    }

    /// A perl program: every Debian has perl, and perl makes raw system calls.
    const fn perl(rule: &'static str, text: &'static str) -> Self {
        Self::new(rule, How::Perl, text)
    }

    /// With mounts and a network of its own.
    const fn apart(mut self) -> Self {
        self.apart = true;
        self
    }

    /// In control groups named as those of a container are.
    const fn in_container(mut self) -> Self {
        self.place = Place::Container;
        self
    }

    /// In no container.
    const fn on_host(mut self) -> Self {
        self.place = Place::Host;
        self
    }

    /// Several events of its rule.
    const fn making(mut self, alerts: usize) -> Self {
        self.alerts = alerts;
        self
    }

    /// One alert of another rule beside.
    const fn also(mut self, rule: &'static str) -> Self {
        self.also = Some(rule);
        self
    }

    /// The rules of the alerts it makes, sorted.
    pub(crate) fn expected(&self) -> Vec<&'static str> {
        let mut rules = vec![self.rule; self.alerts];
        rules.extend(self.also);
        rules.sort_unstable();
        rules
    }

    /// Whether it can be done here; where not, a loud line says so.
    pub(crate) fn is_possible(&self) -> bool {
        // Where mounts cannot be made, as in a chroot, users of its own cannot either.
        let mounts = self.apart || self.text.contains("unshare ");
        !mounts || peregrine_testkit::own_mounts(self.rule)
    }

    /// Does it under a mark and waits for its end.
    pub(crate) fn commit(&self, mark: &str, folder: &Path) {
        let text = self.text.replace("HERE", &folder.display().to_string());
        let mut words: Vec<String> = Vec::new();
        let mut add = |more: &[&str]| words.extend(more.iter().map(|word| (*word).to_owned()));
        let group = (self.place == Place::Container).then(container_group);
        if let Some(group) = &group {
            let enter = format!("echo $$ > {} && exec \"$@\"", group.door().display());
            add(&["sh", "-c", &enter, "sh"]);
        }
        if self.place == Place::Host {
            add(&["sh", "-c", &enter_host_groups(), "sh"]);
        }
        if self.apart {
            add(&["unshare", "--mount", "--net"]);
        }
        match self.how {
            How::Shell => add(&["sh", "-c", &text]),
            How::Perl => add(&["perl", "-e", &text]),
        }
        let output = Command::new(&words[0])
            .args(&words[1..])
            .env_clear()
            .env(MARK, mark)
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{words:?}: {} {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// Every row.
pub(crate) fn all() -> impl Iterator<Item = &'static Row> {
    [
        execution::ROWS,
        persistence::ROWS,
        privilege_escalation::ROWS,
        container_escape::ROWS,
        defense_evasion::ROWS,
        credential_access::ROWS,
        discovery::ROWS,
        lateral_movement::ROWS,
        collection::ROWS,
        command_and_control::ROWS,
        exfiltration::ROWS,
        impact::ROWS,
    ]
    .into_iter()
    .flatten()
}
