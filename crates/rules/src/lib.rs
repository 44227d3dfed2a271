//! Rule files -> a set of rules, and every mistake with its place.
//!
//! In: the texts of rule files, in order. Out: a [`RuleSet`] whose conditions and outputs are
//! resolved against the field catalogue, and [`Diagnostic`]s with Falco's codes.
//! Never: I/O; a half-loaded set: with one error there are no rules at all, so that whoever holds
//! an older set keeps it.
//!
//! `peregrine_yaml` reads text into nodes with places, `recovery` what can be read behind a fault of its
//! syntax; `collect` turns nodes into lists, macros and
//! rules, with override and append; `resolve` puts lists and macros in and checks conditions and
//! outputs;
//! `kind` says what can be wrong, `render` writes it out, for people and as Falco does; `format` puts
//! a file in order.

mod beside;
mod code;
mod collect;
mod diagnostic;
mod encoding;
mod exception;
mod exceptions;
mod filter_text;
mod format;
mod item;
mod keys;
pub mod kind;
mod lists;
mod macros;
mod names_as_values;
mod recovery;
mod render;
mod report;
mod required;
mod resolve;
mod schema;
mod suggest;
mod syntax;
mod traced;
mod yaml_faults;

use std::collections::{BTreeSet, HashMap};

use peregrine_event::Priority;
use peregrine_fields::Field;
use peregrine_filter::{Checked, Template};
use peregrine_yaml::{self as yaml, Place};

pub use beside::{Beside, LoadedBeside, Written, excerpt, load_beside};
pub use code::{Code, Severity};
pub use encoding::{Decoded, EncodingNote, decode};
pub use filter_text::filter_diagnostics;
pub use format::{format, wrapped_condition};
pub use keys::{EXCEPTION_KEYS, keys_of};
pub use report::MANY_CODES;
pub use schema::{about_key, editor_schema, schema_warnings};

use collect::{At, Items};

pub use diagnostic::{Diagnostic, Edit, Expression, Link, Repair};
pub use kind::DiagnosticKind;
pub use render::falco;

/// The engine version rule files may require: Falco's of the release we are compatible with.
pub const ENGINE_VERSION: (u64, u64, u64) = (0, 62, 0);

/// How large a rule file may be: the largest known one has a quarter of a megabyte.
pub const MAX_FILE: usize = 16 << 20;

/// One rule file.
#[derive(Debug, Clone, Copy)]
pub struct SourceText<'a> {
    /// How people know it: its path.
    pub name: &'a str,
    /// What it says.
    pub text: &'a str,
}

/// How rules are loaded.
#[derive(Debug, Clone)]
pub struct Options {
    /// Less severe rules are left out.
    pub priority: Priority,
    /// Appended to outputs, in order, each with a blank between.
    pub append_output: Vec<ExtraOutput>,
    /// Fields `static.KEY` and their texts.
    pub static_fields: Vec<(String, String)>,
    /// As Falco does: loading ends at the first error instead of reporting all mistakes at once, and
    /// what only Peregrine takes is one.
    pub as_falco: bool,
}

/// What is appended to the outputs of some rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtraOutput {
    /// The format; may be empty.
    pub format: String,
    /// Values only JSON has: the key, and the format of its value. The field of the key itself, `%key`,
    /// keeps its type; anything else is a text.
    pub fields: Vec<(String, String)>,
    /// Only rules on events of this source.
    pub source: Option<String>,
    /// Only rules that have all these tags.
    pub tags: Vec<String>,
    /// Only the rule of this name.
    pub rule: Option<String>,
}

impl ExtraOutput {
    /// Something for every rule.
    pub fn everywhere(format: impl Into<String>) -> Self {
        Self { format: format.into(), ..Self::default() }
    }

    fn is_for(&self, rule: &str, source: &str, tags: &BTreeSet<String>) -> bool {
        self.rule.as_ref().is_none_or(|name| name == rule)
            && self.source.as_ref().is_none_or(|name| name == source)
            && self.tags.iter().all(|tag| tags.contains(tag))
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            priority: Priority::Debug,
            append_output: Vec::new(),
            static_fields: Vec::new(),
            as_falco: false,
        }
    }
}

/// A rule ready to be evaluated.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The name.
    pub name: String,
    /// What it says of itself.
    pub description: String,
    /// The condition as written, with what was appended.
    pub condition_text: String,
    /// The condition, lists and macros put in, exceptions added.
    pub condition: Checked<Field>,
    /// That condition as text.
    pub condition_compiled: String,
    /// Where each comparison of `condition` was written, in the order of the text; empty but for rules loaded
    /// by [`load_beside`].
    pub written: Vec<Option<Written>>,
    /// Where macros stand in `condition`: the number of the part a macro was put in for, counted from the
    /// root, each part before those below it, and the macro's name.
    pub macros: Vec<(usize, String)>,
    /// The output as written.
    pub output_text: String,
    /// The output, with what is appended to it.
    pub output: Template<Field>,
    /// That output as text.
    pub output_compiled: String,
    /// Values only JSON has: the key, and the format of its value.
    pub extra_fields: Vec<(String, Template<Field>)>,
    /// How bad it is.
    pub priority: Priority,
    /// The tags, in order.
    pub tags: BTreeSet<String>,
    /// The source of events it looks at.
    pub source: String,
    /// Whether it is evaluated.
    pub enabled: bool,
    /// Whether a hit starts a capture.
    pub capture: bool,
    /// How long that capture is, milliseconds; 0: as configured.
    pub capture_duration: u64,
    /// The exceptions, without their values.
    pub exceptions: Vec<ExceptionInfo>,
}

/// What is known of an exception besides its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionInfo {
    /// The name.
    pub name: String,
    /// The fields it compares.
    pub fields: Vec<String>,
    /// How it compares each.
    pub comps: Vec<String>,
}

/// The rules of all files, in order.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    /// The rules; a rule's place is its number in hits.
    pub rules: Vec<Rule>,
}

/// Switches rules on or off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// On, or off.
    pub enable: bool,
    /// The rules meant: by name, `*` any text; or by a tag.
    pub of: Selected,
}

/// Which rules a [`Selection`] means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selected {
    /// By name; `*` stands for any text.
    Rule(String),
    /// All that have the tag.
    Tag(String),
}

impl RuleSet {
    /// Applies selections in order and returns those that meant no rule. Rules less severe than
    /// `least` stay off.
    pub fn select<'s>(
        &mut self,
        selections: &'s [Selection],
        least: Priority,
    ) -> Vec<&'s Selection> {
        let mut idle = Vec::new();
        for selection in selections {
            let mut any = false;
            for rule in &mut self.rules {
                let meant = match &selection.of {
                    Selected::Rule(pattern) => name_fits(pattern, &rule.name),
                    Selected::Tag(tag) => rule.tags.contains(tag),
                };
                if meant {
                    any = true;
                    rule.enabled = selection.enable && rule.priority <= least;
                }
            }
            if !any {
                idle.push(selection);
            }
        }
        idle
    }
}

/// Whether a name fits a pattern in which `*` is any text.
pub fn name_fits(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = rest.get(at + piece.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

impl std::fmt::Display for Selected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rule(pattern) => write!(f, "the rule name '{pattern}'"),
            Self::Tag(tag) => write!(f, "the tag '{tag}'"),
        }
    }
}

/// What came of loading.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The rules; none when there is an error.
    pub rules: RuleSet,
    /// Errors and warnings, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// What the files require of plugins and nobody built in meets, a line each.
    pub unmet_plugins: Vec<String>,
}

impl Loaded {
    /// Whether any of the diagnostics is an error.
    pub fn failed(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Loads rule files, in order.
pub fn load(sources: &[SourceText<'_>], options: &Options) -> Loaded {
    load_files(sources, sources.len(), options, None).0
}

/// Loads the first `rule_files` of these files. `beside`: conditions of the others, with what each is of.
fn load_files(
    sources: &[SourceText<'_>],
    rule_files: usize,
    options: &Options,
    beside: Option<&[(&'static str, collect::RuleItem)]>,
) -> (Loaded, Vec<Rule>) {
    let mut diagnostics = Vec::new();
    let mut items = Items::new(options);
    for (file, source) in sources.iter().take(rule_files).enumerate() {
        take(source, file, &mut items, &mut diagnostics);
        if options.as_falco && diagnostics.iter().any(Diagnostic::is_error) {
            break;
        }
    }
    for (file, source) in sources.iter().enumerate().skip(rule_files) {
        let words = beside::words(source.text);
        collect::documents(source, file, &words, &mut items, &mut diagnostics);
    }
    items.resolve(sources, options, diagnostics, beside)
}

/// Loads rule files one after the other, as `falco -V` does: the diagnostics of each are those of reading it and
/// of resolving all rules known by then. A file with a mistake does not end it.
pub fn load_each(sources: &[SourceText<'_>], options: &Options) -> Vec<Loaded> {
    let mut items = Items::new(options);
    let load = |(file, source): (usize, &SourceText<'_>)| {
        let mut diagnostics = Vec::new();
        take(source, file, &mut items, &mut diagnostics);
        items.resolve(sources, options, diagnostics, None).0
    };
    sources.iter().enumerate().map(load).collect()
}

/// Takes what one file says.
fn take(
    source: &SourceText<'_>,
    file: usize,
    items: &mut Items,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if source.text.len() > MAX_FILE {
        let kind = DiagnosticKind::FileTooLarge { bytes: source.text.len() };
        diagnostics.push(Diagnostic::new(kind, source, Place::default(), Vec::new()));
        return;
    }
    let parsed =
        if items.strict { yaml::parse_unmerged(source.text) } else { yaml::parse(source.text) };
    let documents = match parsed {
        Ok(documents) => documents,
        Err(error) if items.strict => {
            diagnostics.push(yaml_faults::where_reading_ended(error, source));
            return;
        }
        Err(error) => {
            let recovered = recovery::read(source, error);
            diagnostics.extend(recovered.faults);
            items.leave_out(recovered.unread, At { file, place: Place::at(source.text, 0) });
            items.partial = recovered.partial;
            recovered.documents
        }
    };
    collect::documents(source, file, &documents, items, diagnostics);
    items.partial.clear();
}

impl Items {
    /// The rules of what was taken so far.
    fn resolve(
        &self,
        sources: &[SourceText<'_>],
        options: &Options,
        mut diagnostics: Vec<Diagnostic>,
        beside: Option<&[(&'static str, collect::RuleItem)]>,
    ) -> (Loaded, Vec<Rule>) {
        let failed = |found: &[Diagnostic]| found.iter().any(Diagnostic::is_error);
        if options.as_falco && failed(&diagnostics) {
            let loaded =
                Loaded { rules: RuleSet::default(), diagnostics, unmet_plugins: Vec::new() };
            return (loaded, Vec::new());
        }
        let (mut rules, mut conditions) =
            resolve::resolve(sources, self, options, beside, &mut diagnostics);
        if failed(&diagnostics) {
            rules = RuleSet::default();
            conditions.clear();
        }
        if options.as_falco {
            diagnostics.retain(|found| found.code.is_falcos());
        } else {
            diagnostics = once_and_in_order(diagnostics, sources);
        }
        let unmet_plugins = self.unmet_plugins.clone();
        (Loaded { rules, diagnostics, unmet_plugins }, conditions)
    }
}

/// Mistakes in the order of the files. One in a macro or list that many rules use is one; an error
/// stands for a warning about the same.
fn once_and_in_order(
    mut diagnostics: Vec<Diagnostic>,
    sources: &[SourceText<'_>],
) -> Vec<Diagnostic> {
    let numbers: HashMap<&str, usize> =
        sources.iter().enumerate().map(|(number, source)| (source.name, number)).collect();
    // What is in no file stands behind.
    let file = |one: &Diagnostic| numbers.get(one.file.as_str()).copied().unwrap_or(usize::MAX);
    diagnostics.sort_by_key(|one| (file(one), one.span.start, one.span.end));
    let mut once: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
    // Where those of one place begin.
    let mut group = 0;
    for one in diagnostics {
        let place = |one: &Diagnostic| (file(one), one.span);
        if once.last().is_some_and(|last| place(last) != place(&one)) {
            group = once.len();
        }
        let same = once.iter_mut().skip(group).find(|earlier| earlier.kind == one.kind);
        match same {
            Some(earlier) => {
                if earlier.items.first() != one.items.first() {
                    earlier.also += 1;
                }
                if one.is_error() {
                    earlier.code = one.code;
                }
            }
            None => once.push(one),
        }
    }
    // What has a mistake is not said to be unused.
    let items = |one: &Diagnostic| one.items.last().cloned();
    let wrong: Vec<_> = once.iter().filter(|one| one.is_error()).filter_map(items).collect();
    once.retain(|one| {
        let unused = matches!(one.kind, DiagnosticKind::UnusedMacro | DiagnosticKind::UnusedList);
        !unused || one.items.last().is_none_or(|item| !wrong.contains(item))
    });
    once
}

#[cfg(test)]
mod tests {
    #[test]
    fn selections_that_select_nothing_are_named() {
        let selections = [
            super::Selection { enable: true, of: super::Selected::Tag("x".to_owned()) },
            super::Selection { enable: false, of: super::Selected::Rule("a*".to_owned()) },
        ];
        let mut rules = super::RuleSet::default();
        let idle = rules.select(&selections, peregrine_event::Priority::Debug);
        let shown: Vec<String> = idle.iter().map(|selection| selection.of.to_string()).collect();
        assert_eq!(shown, ["the tag 'x'", "the rule name 'a*'"]);
    }

    #[test]
    fn patterns_of_names() {
        let check = |pattern: &str, name: &str, expected: bool| {
            assert_eq!(super::name_fits(pattern, name), expected, "{pattern} {name}");
        };
        check("a b", "a b", true);
        check("a", "a b", false);
        check("*", "", true);
        check("a*c", "abc", true);
        check("a*a", "a", false);
        check("*b*", "abc", true);
        check("*x*", "abc", false);
    }
}
