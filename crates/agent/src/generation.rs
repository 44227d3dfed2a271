//! Rules and everything derived from them, as one value: built on any thread, and applied while events
//! come.

use std::collections::BTreeMap;
use std::sync::Arc;

use peregrine_alert::RuleOutput;
use peregrine_config::{CaptureEvents, CaptureMode, Config};
use peregrine_engine::Engine;
use peregrine_event::{SyscallSet, syscalls};
use peregrine_fields::BufferFormat;
use peregrine_kfilter::Pushdown;
use peregrine_pushdown::pushdown;
use peregrine_rules::{Diagnostic, Rule, RuleSet, Selected};

use crate::guard::{PolicyError, PolicySet};
use crate::metrics::{LoadedFiles, RuleKey};
use crate::rule_times::RuleTimes;
use crate::rules::{RuleFileError, load_rules};
use crate::syscall_interest::{SyscallInterest, decoded};

/// The compiled rules of a configuration, and what they need from the kernel and the host.
#[derive(Debug)]
pub struct Generation {
    pub(crate) engine: Engine,
    rules: RuleSet,
    /// Tags of each rule, as alerts carry them.
    tags: Vec<Vec<String>>,
    pub(crate) interest: SyscallInterest,
    pub(crate) pushdown: Pushdown,
    /// Whether the state follows names that threads give themselves.
    pub(crate) follow_names: bool,
    /// How alerts show buffers.
    pub(crate) buffers: BufferFormat,
    /// Measures each rule, where the configuration asks for metrics of rules.
    pub(crate) times: Option<RuleTimes>,
    /// The files it was made from.
    pub(crate) files: LoadedFiles,
    /// The policies, where there are any.
    pub(crate) guard: Option<Arc<PolicySet>>,
}

impl Generation {
    /// Compiles rules that were loaded without an error.
    pub fn new(config: &Config, rules: RuleSet) -> Self {
        let engine = Engine::new(&rules, config.rule_matching);
        let tags = rules.rules.iter().map(|rule| rule.tags.iter().cloned().collect()).collect();
        let base = config.base_syscalls();
        let mut interest = SyscallInterest::new(&engine.needs(), &base);
        let captured = captured(config, &rules);
        match captured {
            CaptureEvents::Filtered => {}
            CaptureEvents::Calls => interest.add(&syscalls::state(), &base),
            CaptureEvents::All => interest.add(&decoded().union(&syscalls::state()), &base),
        }
        let filtered = captured == CaptureEvents::Filtered;
        let pushdown = if config.engine.modern_ebpf.pushdown && filtered {
            pushdown(&rules, &interest.calls, &interest.unfiltered)
        } else {
            Pushdown::default()
        };
        let follow_names = config.falco_libs.proc_name_follows_prctl;
        let buffers =
            if config.buffer_format_base64 { BufferFormat::Base64 } else { BufferFormat::Dotted };
        let files = LoadedFiles::default();
        let timed = config.metrics.enabled && config.metrics.rules_counters_enabled;
        let times = timed.then(|| RuleTimes::new(&rules));
        Self {
            engine,
            rules,
            tags,
            interest,
            pushdown,
            follow_names,
            buffers,
            times,
            files,
            guard: None,
        }
    }

    /// Remembers the files it was made from, for metrics.
    #[must_use]
    pub fn from_files(mut self, files: LoadedFiles) -> Self {
        self.files = files;
        self
    }

    /// Reads the rule files of a configuration, or the shipped rules, selects rules, and compiles them;
    /// also returns a report for people.
    ///
    /// # Errors
    /// When a file cannot be read, a rule has an error, or a required plugin is missing. Nothing is
    /// loaded then.
    pub fn load(config: &Config) -> Result<(Self, LoadReport), LoadError> {
        let mut loaded = load_rules(config)?;
        if loaded.failed() {
            return Err(LoadError::Rules(loaded.diagnostics));
        }
        if let Some(unmet) = loaded.unmet_plugins.into_iter().next() {
            return Err(LoadError::Plugin { unmet, diagnostics: loaded.diagnostics });
        }
        let idle = loaded.rules.select(&config.rules, config.priority);
        let report = LoadReport {
            diagnostics: loaded.diagnostics,
            idle_selections: idle.into_iter().map(|selection| selection.of.clone()).collect(),
        };
        let mut generation = Self::new(config, loaded.rules);
        generation.guard = PolicySet::load(config)?;
        Ok((generation, report))
    }

    /// How many rules are loaded.
    pub fn loaded(&self) -> usize {
        self.rules.rules.len()
    }

    /// The rules, in the order of definition.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.rules.iter()
    }

    /// How many rules are enabled.
    pub fn enabled(&self) -> usize {
        self.rules.rules.iter().filter(|rule| rule.enabled).count()
    }

    /// The calls of interest, for the rules and for the state of the host.
    pub fn calls(&self) -> SyscallSet {
        self.interest.calls
    }

    /// The calls that make events some enabled rule can be true for, also those that only rules for nearly
    /// every event reference.
    pub fn calls_of_rules(&self) -> SyscallSet {
        let needs = self.engine.needs();
        needs.syscalls.union(&needs.unnamed)
    }

    /// What alerts need of the rules that matched.
    pub(crate) fn outputs(&self, hits: &[u32]) -> impl Iterator<Item = RuleOutput<'_>> {
        hits.iter().filter_map(|hit| {
            let place = *hit as usize;
            let rule = self.rules.rules.get(place)?;
            Some(RuleOutput {
                name: &rule.name,
                priority: rule.priority,
                source: &rule.source,
                tags: self.tags.get(place)?,
                output: &rule.output,
                extra_fields: &rule.extra_fields,
            })
        })
    }

    /// How long captures are to go on that rules which matched ask for, or every rule does, milliseconds; 0:
    /// as configured.
    pub(crate) fn capture_durations(&self, hits: &[u32], every: bool) -> impl Iterator<Item = u64> {
        let rules = hits.iter().filter_map(|hit| self.rules.rules.get(*hit as usize));
        rules.filter(move |rule| every || rule.capture).map(|rule| rule.capture_duration)
    }

    /// Adds how often each rule matched, those that did not too.
    pub(crate) fn add_matches(&self, matches: &mut BTreeMap<RuleKey, u64>) {
        for (rule, count) in self.rules.rules.iter().zip(self.engine.counts()) {
            let (name, source) = (rule.name.clone(), rule.source.clone());
            let tags = rule.tags.iter().cloned().collect();
            let key = RuleKey { name, priority: rule.priority, source, tags };
            *matches.entry(key).or_default() += count;
        }
    }
}

/// The events that captures on a match have beside those that rules need. None where no rule begins one.
fn captured(config: &Config, rules: &RuleSet) -> CaptureEvents {
    let keys = &config.capture;
    let begins = |rule: &Rule| rule.enabled && (keys.mode == CaptureMode::AllRules || rule.capture);
    if keys.enabled && rules.rules.iter().any(begins) {
        keys.events
    } else {
        CaptureEvents::Filtered
    }
}

/// What people should know about loaded rules.
#[derive(Debug)]
pub struct LoadReport {
    /// Warnings, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// Selections of the configuration that selected no rule.
    pub idle_selections: Vec<Selected>,
}

/// Why rules were not loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A rule file cannot be read.
    #[error(transparent)]
    Files(#[from] RuleFileError),
    /// Rules have errors; warnings are among the diagnostics, too.
    #[error("the rules have {} error(s): nothing is loaded", .0.iter().filter(|one| one.is_error()).count())]
    Rules(Vec<Diagnostic>),
    /// Policies cannot be loaded.
    #[error(transparent)]
    Policies(#[from] PolicyError),
    /// Rules require a missing plugin.
    #[error("{unmet}")]
    Plugin {
        /// What is required, as a sentence.
        unmet: String,
        /// Warnings.
        diagnostics: Vec<Diagnostic>,
    },
}

impl LoadError {
    /// What is wrong with the rules, each with its place.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::Files(_) | Self::Policies(_) => &[],
            Self::Rules(diagnostics) | Self::Plugin { diagnostics, .. } => diagnostics,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_have_more_than_rules_can_match() {
        let folder = peregrine_testkit::Folder::new("widened");
        let build = |capture: &str, options: &[&str]| {
            let text = format!(
                "- rule: r\n  desc: d\n  condition: evt.type = openat and fd.name = /x\n  output: o\n  \
                 priority: INFO\n{capture}"
            );
            let rules = format!("rules_files=[{}]", folder.file("rules.yaml", &text));
            let options = options.iter().map(|option| (*option).to_owned());
            let options: Vec<String> = options.chain([rules]).collect();
            let config = peregrine_config::load(None, &options).unwrap().config;
            Generation::load(&config).unwrap().0
        };
        let capture = "  capture: true\n";
        let plain = build(capture, &[]);
        assert_ne!(plain.pushdown, Pushdown::default());
        // Nothing more where no rule begins a capture, or the filter is wanted.
        for (capture, options) in [
            ("", &["capture.enabled=true"][..]),
            ("  capture: true\n  enabled: false\n", &["capture.enabled=true"]),
            (capture, &["capture.enabled=true", "capture.events=filtered"]),
            (capture, &["capture.enabled=false", "capture.events=all"]),
        ] {
            let same = build(capture, options);
            let disabled = capture.contains("enabled");
            assert!(disabled || same.calls() == plain.calls(), "{capture} {options:?}");
            assert!(disabled || same.pushdown == plain.pushdown, "{capture} {options:?}");
            assert!(!same.calls().contains(id("mkdir")), "{capture} {options:?}");
        }
        for (capture, options, reads) in [
            (capture, &["capture.enabled=true"][..], false),
            ("", &["capture.enabled=true", "capture.mode=all_rules"], false),
            (capture, &["capture.enabled=true", "capture.events=all"], true),
        ] {
            let more = build(capture, options);
            assert_eq!(more.pushdown, Pushdown::default(), "{capture} {options:?}");
            assert_eq!(more.calls().contains(id("read")), reads, "{capture} {options:?}");
            for call in ["openat", "socket", "dup2"] {
                assert!(more.calls().contains(id(call)), "{call} {options:?}");
            }
        }
        let without =
            build(capture, &["capture.enabled=true", "base_syscalls.custom_set=['!socket']"]);
        assert!(!without.calls().contains(id("socket")));
    }

    fn id(call: &str) -> u16 {
        syscalls::by_name(call).unwrap().id
    }

    #[test]
    fn a_generation_is_built_on_any_thread_or_says_why_not() {
        let scratch = peregrine_testkit::Folder::new("built");
        let folder = scratch.path().to_path_buf();
        let rule = |condition: &str| {
            format!(
                "- rule: r\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n"
            )
        };
        let build = |name: &str, text: Option<String>, selections: &[&str]| {
            let file = folder.join(name);
            if let Some(text) = text {
                std::fs::write(&file, text).unwrap();
            }
            let select = |tag: &&str| peregrine_rules::Selection {
                enable: true,
                of: Selected::Tag((*tag).to_owned()),
            };
            let config = Config {
                rules_files: vec![file],
                rules: selections.iter().map(select).collect(),
                ..Config::default()
            };
            std::thread::spawn(move || Generation::load(&config)).join().unwrap()
        };
        let (generation, report) =
            build("a.yaml", Some(rule("evt.type = chmod")), &["nosuch"]).unwrap();
        assert_eq!((generation.enabled(), report.diagnostics.len()), (1, 0));
        assert!(matches!(&*report.idle_selections, [Selected::Tag(tag)] if tag == "nosuch"));
        let chmod = peregrine_event::syscalls::by_name("chmod").unwrap().id;
        assert!(generation.interest.calls.contains(chmod));
        let error = build("b.yaml", Some(rule("evt.type = nosuch")), &[]).unwrap_err();
        assert!(matches!(error, LoadError::Rules(_)), "{error}");
        assert_eq!(error.diagnostics().iter().filter(|one| one.is_error()).count(), 1);
        let plugin = format!(
            "- required_plugin_versions:\n  - name: k8saudit\n    version: 0.1.0\n{}",
            rule("evt.type = chmod")
        );
        let error = build("c.yaml", Some(plugin), &[]).unwrap_err();
        assert!(matches!(error, LoadError::Plugin { .. }), "{error}");
        assert!(matches!(build("missing.yaml", None, &[]), Err(LoadError::Files(_))));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
