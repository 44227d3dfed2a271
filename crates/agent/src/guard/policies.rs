//! Policies of one load, and how they are compiled each time a mode changes.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use peregrine_config::Config;
use peregrine_config::model::GuardMode;
use peregrine_guard::{
    Accounts, Capabilities, Compiled, Diagnostic, Level, Mode, Policies, Policy,
};
use peregrine_rules::{Rule, SourceText};

use super::in_kernel::SIDES;
use super::trials::Wanted;
use crate::rules::{RuleFile, RuleFileError, rules_of};

/// Why policies cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A file cannot be read.
    #[error(transparent)]
    Files(#[from] RuleFileError),
    /// Policies have errors; warnings are among the diagnostics, too.
    #[error("the policies have {} error(s): nothing is loaded", .0.iter().filter(|one| one.is_error()).count())]
    Policies(Vec<Diagnostic>),
}

impl PolicyError {
    /// What is wrong, each with its place.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::Files(_) => &[],
            Self::Policies(diagnostics) => diagnostics,
        }
    }
}

/// Policies of one load.
#[derive(Debug, Default)]
pub struct PolicySet {
    policies: Policies,
}

impl PolicySet {
    /// Reads the policies of a configuration, and the rules they name; none where it names no files.
    ///
    /// # Errors
    /// When a file cannot be read, a policy has an error, or asks what this host cannot decide.
    pub fn load(config: &Config) -> Result<Option<Arc<Self>>, PolicyError> {
        if config.guard.policies.is_empty() {
            return Ok(None);
        }
        let files = crate::rules::policy_files(&config.guard.policies)?;
        let rules = rules_of(config)?;
        let options = config.rule_options();
        let loaded = peregrine_guard::load(&sources(&files), &sources(&rules), &options);
        if loaded.diagnostics.iter().any(Diagnostic::is_error) {
            return Err(PolicyError::Policies(loaded.diagnostics));
        }
        let set = Self { policies: loaded.policies };
        // As far as the configuration has them go. Who gave up the rights to find out what the host offers has
        // policies take hold after a restart only.
        let most = config.guard.mode;
        if HOST.get().is_some() || may_find_out() {
            let mode_of = |_: &str, mode| limited(mode, most);
            let asked = set.in_modes(&mode_of, &|_| false);
            peregrine_guard::compile(&asked, host(), &HostAccounts::read())
                .map_err(PolicyError::Policies)?;
        }
        Ok(Some(Arc::new(set)))
    }

    /// The names of the policies, what changes with them, and the modes of their files.
    pub(super) fn wanted(&self) -> impl Iterator<Item = (Wanted, Mode)> {
        self.policies.policies.iter().map(|policy| {
            let wanted = Wanted {
                name: policy.name.clone(),
                digest: digest(policy),
                enforces: policy.mode == Mode::Enforce,
            };
            (wanted, policy.mode)
        })
    }

    /// The policies in the modes that they have now: by the name and the mode of the file. `is_confirmed`: by the name,
    /// whether one may outlive the agent.
    fn in_modes(
        &self,
        mode_of: &dyn Fn(&str, Mode) -> Mode,
        is_confirmed: &dyn Fn(&str) -> bool,
    ) -> Policies {
        let mut policies = self.policies.clone();
        for policy in &mut policies.policies {
            policy.mode = mode_of(&policy.name, policy.mode);
            policy.on_trial = policy.mode != Mode::Enforce || !is_confirmed(&policy.name);
        }
        policies
    }

    /// Compiles them for a host, for each level that decides here.
    ///
    /// # Errors
    /// What this host cannot decide.
    pub(super) fn compile(
        &self,
        host: &Capabilities,
        mode_of: &dyn Fn(&str, Mode) -> Mode,
        is_confirmed: &dyn Fn(&str) -> bool,
    ) -> Result<Generation, Vec<Diagnostic>> {
        let policies = self.in_modes(mode_of, is_confirmed);
        let accounts = HostAccounts::read();
        let at = |levels: &[Level]| {
            let is_here = |level: Level| levels.contains(&level);
            peregrine_guard::compile_for(&policies, host, &accounts, &is_here).map(Arc::new)
        };
        let [hooks, root] = SIDES;
        Ok(Generation {
            all: at(&Level::ALL)?,
            by_fanotify: at(&[Level::Fanotify])?,
            in_kernel: [at(&hooks)?, at(&root)?],
        })
    }
}

/// Policies, compiled for everything that decides here. Policies have the same numbers in each.
#[derive(Debug)]
pub(super) struct Generation {
    pub(super) all: Arc<Compiled>,
    pub(super) by_fanotify: Arc<Compiled>,
    /// By [`SIDES`].
    pub(super) in_kernel: [Arc<Compiled>; 2],
}

fn sources(files: &[RuleFile]) -> Vec<SourceText<'_>> {
    files.iter().map(RuleFile::source).collect()
}

static HOST: OnceLock<Capabilities> = OnceLock::new();

/// What this host offers: found out once, before the agent gives up rights.
pub(super) fn host() -> &'static Capabilities {
    HOST.get_or_init(peregrine_enforce::capabilities)
}

fn may_find_out() -> bool {
    let own = rustix::thread::capabilities(None);
    own.is_ok_and(|own| own.effective.contains(rustix::thread::CapabilitySet::SYS_ADMIN))
}

/// The mode of a policy, no further than the configuration has it.
pub(super) fn limited(mode: Mode, most: GuardMode) -> Mode {
    match (mode, most) {
        (_, GuardMode::Off) | (Mode::Off, _) => Mode::Off,
        (_, GuardMode::Shadow) => Mode::Shadow,
        (mode, GuardMode::Enforce) => mode,
    }
}

/// Changes with whatever a policy decides about, and what follows.
fn digest(policy: &Policy) -> String {
    let mut hasher = DefaultHasher::new();
    let mut add = |rule: &Rule| rule.condition_compiled.hash(&mut hasher);
    policy.conditions.iter().for_each(&mut add);
    policy.scope.iter().for_each(&mut add);
    policy.except.iter().for_each(&mut add);
    (policy.conditions.len(), policy.scope.is_some(), policy.action as u8).hash(&mut hasher);
    (policy.fail_closed, policy.best_effort, policy.even_the_way_in).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The accounts of this host.
#[derive(Debug, Default)]
pub struct HostAccounts {
    users: Vec<(String, u32)>,
    groups: Vec<(String, u32)>,
}

impl HostAccounts {
    /// Those of `/etc/passwd` and `/etc/group`.
    pub fn read() -> Self {
        let read = |path: &str| accounts(&std::fs::read_to_string(path).unwrap_or_default());
        Self { users: read("/etc/passwd"), groups: read("/etc/group") }
    }
}

/// The first and the third word of each line.
fn accounts(text: &str) -> Vec<(String, u32)> {
    let account = |line: &str| {
        let mut words = line.split(':');
        Some((words.next()?.to_owned(), words.nth(1)?.parse().ok()?))
    };
    text.lines().filter_map(account).collect()
}

fn number_of(accounts: &[(String, u32)], name: &str) -> Option<u32> {
    accounts.iter().find(|(own, _)| own == name).map(|(_, number)| *number)
}

impl Accounts for HostAccounts {
    fn uid(&self, name: &str) -> Option<u32> {
        number_of(&self.users, name)
    }

    fn gid(&self, name: &str) -> Option<u32> {
        number_of(&self.groups, name)
    }
}

/// The files and folders whose changes change policies.
pub fn watched_policies(config: &Config) -> Vec<PathBuf> {
    let named = config.guard.policies.iter();
    named.filter(|path| path.as_path() != Path::new(peregrine_config::SHIPPED)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read() {
        let read = accounts("root:x:0:0:root:/root:/bin/sh\nbad\nx:y:z\nsshd:x:104:65534::/:/x\n");
        assert_eq!(read, [("root".to_owned(), 0), ("sshd".to_owned(), 104)]);
        assert_eq!((number_of(&read, "sshd"), number_of(&read, "nobody")), (Some(104), None));
    }

    #[test]
    fn no_policy_goes_further_than_the_configuration() {
        for (mode, most, expected) in [
            (Mode::Enforce, GuardMode::Enforce, Mode::Enforce),
            (Mode::Enforce, GuardMode::Shadow, Mode::Shadow),
            (Mode::Shadow, GuardMode::Enforce, Mode::Shadow),
            (Mode::Off, GuardMode::Shadow, Mode::Off),
            (Mode::Enforce, GuardMode::Off, Mode::Off),
        ] {
            assert_eq!(limited(mode, most), expected);
        }
    }
}
