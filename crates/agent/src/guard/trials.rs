//! Which policies deny, and since when they may: one that denies for the first time must be confirmed, or it is back
//! in shadow mode. This is what survives a restart.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a policy is to do, as its file and the configuration have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Its name.
    pub(crate) name: String,
    /// Changes with whatever it decides about.
    pub(crate) digest: String,
    /// Whether it is to deny.
    pub(crate) enforces: bool,
}

/// How far a policy has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// It denies.
    Confirmed,
    /// It denies, until then; seconds since 1970.
    Trying { until: u64 },
    /// It was not confirmed: it reports only, since then.
    FellBack { since: u64 },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Trial {
    digest: String,
    standing: Standing,
}

/// What is kept of all policies. Times are seconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Trials {
    policies: BTreeMap<String, Trial>,
    /// Since when `peregrine guard off` holds.
    off: Option<u64>,
}

impl Trials {
    /// Reads what was kept; none where nothing was.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        match std::fs::read(folder.join(FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Keeps it: whole, or as it was.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        use std::os::unix::fs::DirBuilderExt as _;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let next = folder.join(format!("{FILE}.new"));
        std::fs::write(&next, serde_json::to_vec(self)?)?;
        std::fs::File::open(&next)?.sync_all()?;
        std::fs::rename(next, folder.join(FILE))
    }

    /// Takes other policies: whoever is new, or changed, begins its trial. `within` is its time; without any nothing
    /// needs to be confirmed.
    pub(crate) fn load(&mut self, wanted: &[Wanted], now: u64, within: Duration) {
        let former = std::mem::take(&mut self.policies);
        for Wanted { name, digest, .. } in wanted.iter().filter(|wanted| wanted.enforces) {
            let before = former.get(name).filter(|trial| trial.digest == *digest);
            let until = now.saturating_add(within.as_secs());
            let standing = match before.map(|trial| trial.standing) {
                Some(Standing::Trying { .. }) | None if within.is_zero() => Standing::Confirmed,
                // The clock may have been set back.
                Some(Standing::Trying { until: before }) => {
                    Standing::Trying { until: before.min(until) }
                }
                Some(standing) => standing,
                None => Standing::Trying { until },
            };
            self.policies.insert(name.clone(), Trial { digest: digest.clone(), standing });
        }
        self.fall_back(now);
    }

    /// How far a policy has come that is to deny.
    pub(crate) fn standing(&self, name: &str) -> Option<Standing> {
        Some(self.policies.get(name)?.standing)
    }

    /// Whether a policy denies now.
    pub(crate) fn enforces(&self, name: &str) -> bool {
        !matches!(self.standing(name), None | Some(Standing::FellBack { .. }))
    }

    /// Whether somebody confirmed a policy: then it may outlive the agent.
    pub(crate) fn is_confirmed(&self, name: &str) -> bool {
        self.standing(name) == Some(Standing::Confirmed)
    }

    /// Puts those whose time is over back; their names.
    pub(crate) fn fall_back(&mut self, now: u64) -> Vec<String> {
        let mut names = Vec::new();
        for (name, trial) in &mut self.policies {
            if matches!(trial.standing, Standing::Trying { until } if until <= now) {
                trial.standing = Standing::FellBack { since: now };
                names.push(name.clone());
            }
        }
        names
    }

    /// Confirms a policy, or all that wait for it; the names of those that were. One that fell back begins another
    /// trial instead.
    ///
    /// # Errors
    /// When the policy is to deny nothing.
    pub(crate) fn confirm(&mut self, name: Option<&str>) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        for (own, trial) in &mut self.policies {
            let is_meant = name.is_none_or(|name| name == own);
            if is_meant && matches!(trial.standing, Standing::Trying { .. }) {
                trial.standing = Standing::Confirmed;
                names.push(own.clone());
            }
        }
        match name.map(|name| (name, self.standing(name))) {
            Some((name, None)) => Err(format!("no policy that denies is called \"{name}\"")),
            Some((name, Some(Standing::FellBack { .. }))) => Err(format!(
                "\"{name}\" was not confirmed in time and reports only: \
                 `peregrine guard try '{name}'` begins its trial again"
            )),
            _ => Ok(names),
        }
    }

    /// Begins the trial of a policy that fell back again.
    ///
    /// # Errors
    /// When none of that name did.
    pub(crate) fn again(&mut self, name: &str, now: u64, within: Duration) -> Result<(), String> {
        match self.policies.get_mut(name) {
            Some(Trial { standing: standing @ Standing::FellBack { .. }, .. }) => {
                *standing = if within.is_zero() {
                    Standing::Confirmed
                } else {
                    Standing::Trying { until: now.saturating_add(within.as_secs()) }
                };
                Ok(())
            }
            Some(_) => Err(format!("\"{name}\" denies already")),
            None => Err(format!("no policy that denies is called \"{name}\"")),
        }
    }

    /// Since when nothing is denied, because somebody said so.
    pub(crate) fn off(&self) -> Option<u64> {
        self.off
    }

    /// Denies nothing, or does again.
    pub(crate) fn set_off(&mut self, off: Option<u64>) {
        self.off = off;
    }

    /// When the next trial ends.
    pub(crate) fn next(&self) -> Option<u64> {
        let until = self.policies.values().filter_map(|trial| match trial.standing {
            Standing::Trying { until } => Some(until),
            _ => None,
        });
        until.min()
    }
}

const FILE: &str = "policies.json";

#[cfg(test)]
mod tests {
    use peregrine_testkit::Folder;

    use super::*;

    const WITHIN: Duration = Duration::from_mins(1);

    fn wanted(rows: &[(&str, &str, bool)]) -> Vec<Wanted> {
        let row = |(name, digest, enforces): &(&str, &str, bool)| Wanted {
            name: (*name).to_owned(),
            digest: (*digest).to_owned(),
            enforces: *enforces,
        };
        rows.iter().map(row).collect()
    }

    #[test]
    fn a_policy_denies_once_it_is_confirmed_or_falls_back() {
        let mut trials = Trials::default();
        let both = wanted(&[("a", "1", true), ("b", "1", true), ("c", "1", false)]);
        trials.load(&both, 100, WITHIN);
        assert!(trials.enforces("a") && trials.enforces("b") && !trials.enforces("c"));
        assert_eq!(trials.next(), Some(160));
        assert_eq!(trials.confirm(Some("a")), Ok(vec!["a".to_owned()]));
        assert!(trials.confirm(Some("c")).unwrap_err().contains("no policy"));
        assert_eq!(trials.fall_back(159), [""; 0]);
        assert_eq!(trials.fall_back(160), ["b"]);
        assert!(trials.enforces("a") && !trials.enforces("b"));
        assert!(trials.is_confirmed("a") && !trials.is_confirmed("b"));
        assert_eq!(trials.confirm(None), Ok(Vec::new()));
        assert!(trials.confirm(Some("b")).unwrap_err().contains("guard try 'b'"));
        // The same policies after a restart, or a reload.
        trials.load(&both, 200, WITHIN);
        assert_eq!(trials.standing("a"), Some(Standing::Confirmed));
        assert_eq!(trials.standing("b"), Some(Standing::FellBack { since: 160 }));
        assert_eq!(trials.again("b", 200, WITHIN), Ok(()));
        assert!(trials.again("a", 200, WITHIN).unwrap_err().contains("denies already"));
        assert_eq!(trials.confirm(None), Ok(vec!["b".to_owned()]));
        // A policy that changed is to be confirmed again.
        trials.load(&wanted(&[("a", "2", true), ("b", "1", true)]), 300, WITHIN);
        assert_eq!(trials.standing("a"), Some(Standing::Trying { until: 360 }));
        assert_eq!(trials.standing("b"), Some(Standing::Confirmed));
    }

    #[test]
    fn a_trial_is_not_made_longer_by_restarts_or_clocks() {
        let mut trials = Trials::default();
        let one = wanted(&[("a", "1", true)]);
        trials.load(&one, 100, WITHIN);
        trials.load(&one, 150, WITHIN);
        assert_eq!(trials.next(), Some(160));
        trials.load(&one, 10, WITHIN);
        assert_eq!(trials.next(), Some(70));
        trials.load(&one, 1000, WITHIN);
        assert_eq!(trials.standing("a"), Some(Standing::FellBack { since: 1000 }));
        // Where nothing needs to be confirmed nothing falls back.
        let mut trials = Trials::default();
        trials.load(&one, 100, Duration::ZERO);
        assert_eq!(trials.standing("a"), Some(Standing::Confirmed));
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let folder = Folder::new("trials");
        let at = folder.path().join("guard");
        assert_eq!(Trials::read(&at).unwrap(), Trials::default());
        let mut trials = Trials::default();
        trials.load(&wanted(&[("a", "1", true), ("b", "1", true)]), 100, WITHIN);
        trials.set_off(Some(7));
        trials.write(&at).unwrap();
        assert_eq!(Trials::read(&at).unwrap(), trials);
        assert_eq!(trials.off(), Some(7));
        std::fs::write(at.join(FILE), "{").unwrap();
        assert!(Trials::read(&at).is_err());
    }
}
