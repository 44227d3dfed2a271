//! Acts by programs, and the alerts they raise, for tests of the names of files.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::agent::Watched;

/// Opens through raw calls, in perl: 257 openat, 437 openat2.
pub(crate) const OPEN: &str = r#"use Fcntl;
    sub at { my ($fd, $name, $flags) = @_; my $got = syscall(257, $fd, $name, $flags, 0);
             die "$name: $!" if $got < 0; $got }
    sub at2 { my ($fd, $name, $flags) = @_; my $how = pack("QQQ", $flags, 0, 0);
              my $got = syscall(437, $fd, $name, $how, length $how);
              die "$name: $!" if $got < 0; $got }
"#;

/// A program that acts.
pub(crate) struct Act(Vec<String>);

impl Act {
    pub(crate) fn of(words: &[&str]) -> Self {
        Self(words.iter().map(|word| (*word).to_owned()).collect())
    }

    pub(crate) fn shell(text: &str) -> Self {
        Self::of(&["sh", "-c", text])
    }

    /// A shell with mounts of its own.
    pub(crate) fn apart(text: &str) -> Self {
        Self::of(&["unshare", "--mount", "sh", "-c", text])
    }

    pub(crate) fn perl(text: &str) -> Self {
        Self::of(&["perl", "-e", &format!("{OPEN}{text}")])
    }

    /// Whether it can be done here; where not, a loud line says so.
    pub(crate) fn is_possible(&self, what: &str) -> bool {
        self.0.first().is_none_or(|word| word != "unshare") || peregrine_testkit::own_mounts(what)
    }

    /// Whether it could be done.
    pub(crate) fn done(&self) -> bool {
        Command::new(&self.0[0]).args(&self.0[1..]).output().unwrap().status.success()
    }

    pub(crate) fn commit(&self) {
        let done = Command::new(&self.0[0]).args(&self.0[1..]).output().unwrap();
        assert!(done.status.success(), "{:?}: {done:?}", self.0);
    }
}

/// Watches with these rules, of which one is called Marker and is about the file `marker` in the folder.
pub(crate) fn watch(folder: &Path, rules: &str) -> Watched {
    std::fs::write(folder.join("marker"), "").unwrap();
    let file = folder.join("rules.yaml");
    std::fs::write(&file, rules).unwrap();
    Watched::start(&["--json", "-r", file.to_str().unwrap(), "-o", "load_plugins=[]"])
}

/// The rule on the marker of `folder`, for [`alerts`]; makes the marker.
pub(crate) fn marker(folder: &Path) -> String {
    let file = folder.join("marker");
    std::fs::write(&file, "").unwrap();
    format!(
        "- {{rule: Marker, desc: d, priority: INFO, condition: 'evt.type in (open, openat) and fd.name = {} and \
         proc.apid = {}', output: marker}}\n",
        file.display(),
        std::process::id()
    )
}

/// What acts raised up to now: a marker behind them says that all is reported.
pub(crate) fn alerts(watched: &mut Watched, folder: &Path) -> Vec<serde_json::Value> {
    Act::shell(&format!("exec < {}/marker", folder.display())).commit();
    let mut alerts: Vec<serde_json::Value> = Vec::new();
    loop {
        let Some(line) = watched.line(Duration::from_mins(1)) else {
            panic!("no alert on the marker after {} others: {}", alerts.len(), watched.end());
        };
        let alert: serde_json::Value = serde_json::from_str(&line).unwrap();
        if alert["rule"] == "Marker" {
            return alerts;
        }
        alerts.push(alert);
    }
}

pub(crate) fn field<'a>(alert: &'a serde_json::Value, name: &str) -> &'a str {
    alert["output_fields"][name].as_str().unwrap_or_default()
}
