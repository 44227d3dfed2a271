//! Policy files to policies whose conditions are resolved against the rules.

use std::sync::Arc;

use peregrine_event::names;
use peregrine_filter::ast::Span;
use peregrine_filter::{Checked, Node as Condition};
use peregrine_rules::{
    Beside, MAX_FILE, Options, Rule, RuleSet, SourceText, load_beside, name_fits,
};
use peregrine_yaml::{self as yaml, Body, Node, Place};

use crate::diagnostic::{Diagnostic, PolicyDiagnostic, PolicyError};
use crate::layout::{Action, Mode};

/// The keys of a policy.
pub const KEYS: [&str; 13] = [
    "policy",
    "desc",
    "rules",
    "tags",
    "condition",
    "output",
    "action",
    "mode",
    "fail",
    "scope",
    "except",
    "best_effort",
    "even_the_way_in",
];

/// What reading policy files came to.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The policies; none where there is an error.
    pub policies: Policies,
    /// The rules of the rule files.
    pub rules: RuleSet,
    /// Mistakes and warnings.
    pub diagnostics: Vec<Diagnostic>,
}

/// Policies, in the order of the files.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    /// Them.
    pub policies: Vec<Policy>,
    /// All files, those of rules first, so that a refusal can show where.
    pub(crate) files: Arc<[(String, String)]>,
}

/// One policy.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "a key of a policy each")]
pub struct Policy {
    /// The name.
    pub name: String,
    /// The rules it names, or its own condition, as rules. An output is empty where it has none.
    pub conditions: Vec<Rule>,
    /// Whether the condition is its own.
    pub own_condition: bool,
    /// Only acts for which this holds.
    pub scope: Option<Rule>,
    /// No acts for which one of these holds.
    pub except: Vec<Rule>,
    /// What follows.
    pub action: Action,
    /// How far it goes.
    pub mode: Mode,
    /// Whether it holds when the agent is gone.
    pub fail_closed: bool,
    /// Whether it ends with the agent all the same, because nobody has confirmed it.
    pub on_trial: bool,
    /// Whether what cannot be decided is left out, and a lower level is enough.
    pub best_effort: bool,
    /// Whether it holds for the way in too.
    pub even_the_way_in: bool,
    /// The file, by its place.
    pub(crate) file: usize,
    /// The bytes of its name there.
    pub(crate) span: Span,
}

impl Policy {
    /// Whether it holds when the agent is gone, now.
    pub(crate) fn stays(&self) -> bool {
        self.fail_closed && !self.on_trial
    }
}

impl Policies {
    /// The name and the text of a file.
    pub(crate) fn file(&self, number: usize) -> (&str, &str) {
        self.files.get(number).map_or(("", ""), |(name, text)| (name, text))
    }

    /// Where a policy is: the file and the place of its name.
    pub fn place(&self, policy: &Policy) -> (&str, Place) {
        let (name, text) = self.file(policy.file);
        (name, Place::at(text, policy.span.start))
    }

    /// The policies as rules for an engine, with the number of the policy of each: the condition is that of
    /// a rule, within the scope, without the exceptions.
    pub fn as_rules(&self) -> (RuleSet, Vec<usize>) {
        let mut rules = RuleSet::default();
        let mut numbers = Vec::new();
        for (number, policy) in self.policies.iter().enumerate() {
            for rule in policy.conditions.iter().filter(|_| policy.mode != Mode::Off) {
                let mut rule = rule.clone();
                let mut parts = vec![rule.condition.root.clone()];
                let mut kinds = rule.condition.kinds.clone();
                if let Some(scope) = &policy.scope {
                    parts.push(scope.condition.root.clone());
                    kinds = kinds.intersection(&scope.condition.kinds);
                }
                let except = policy.except.iter().map(|one| one.condition.root.clone());
                parts.extend(except.map(|root| Condition::Not(Box::new(root))));
                rule.condition = Checked { root: Condition::And(parts), kinds, lints: Vec::new() };
                rule.enabled = true;
                rules.rules.push(rule);
                numbers.push(number);
            }
        }
        (rules, numbers)
    }
}

/// A policy read, its conditions unresolved.
struct Draft<'n> {
    name: &'n str,
    file: usize,
    span: Span,
    rules: Vec<&'n Node>,
    tags: Vec<&'n Node>,
    condition: Option<&'n Node>,
    output: Option<&'n Node>,
    scope: Option<&'n Node>,
    except: Vec<&'n Node>,
    action: Action,
    mode: Mode,
    fail_closed: bool,
    best_effort: bool,
    even_the_way_in: bool,
}

/// Loads policy files and the rule files whose rules, lists and macros they use.
pub fn load(policies: &[SourceText<'_>], rules: &[SourceText<'_>], options: &Options) -> Loaded {
    let mut reader = Reader { files: policies, diagnostics: Vec::new() };
    let documents: Vec<Vec<Node>> = (0..policies.len()).map(|file| reader.parse(file)).collect();
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    for (file, documents) in documents.iter().enumerate() {
        for document in documents {
            for node in reader.items(file, document) {
                drafts.extend(reader.draft(file, node));
            }
        }
    }
    for (number, draft) in drafts.iter().enumerate() {
        if drafts.iter().take(number).any(|other| other.name == draft.name) {
            reader.report(PolicyError::DuplicateName, draft.file, draft.span, draft.name);
        }
    }
    let conditions: Vec<Beside<'_>> = drafts.iter().flat_map(conditions).collect();
    let beside = load_beside(rules, options, policies, &conditions);
    let mut diagnostics = reader.diagnostics;
    diagnostics
        .extend(beside.loaded.diagnostics.into_iter().map(|one| Diagnostic::Rules(Box::new(one))));
    let files = rules.iter().chain(policies);
    let files = files.map(|file| (file.name.to_owned(), file.text.to_owned())).collect();
    let mut loaded = Loaded {
        policies: Policies { policies: Vec::new(), files },
        rules: beside.loaded.rules,
        diagnostics,
    };
    if loaded.diagnostics.iter().any(Diagnostic::is_error) {
        return loaded;
    }
    let mut resolved = beside.conditions.into_iter();
    let mut reader = Reader { files: policies, diagnostics: Vec::new() };
    let drafts = drafts.iter().map(|draft| {
        let mut next = |node: Option<&Node>| node.and_then(|_| resolved.next());
        let own = next(draft.condition);
        let scope = next(draft.scope);
        let except = draft.except.iter().filter_map(|node| next(Some(node))).collect();
        Policy {
            name: draft.name.to_owned(),
            own_condition: own.is_some(),
            conditions: own.map_or_else(|| reader.select(draft, &loaded.rules), |own| vec![own]),
            scope,
            except,
            action: draft.action,
            mode: draft.mode,
            fail_closed: draft.fail_closed,
            on_trial: false,
            best_effort: draft.best_effort,
            even_the_way_in: draft.even_the_way_in,
            file: rules.len() + draft.file,
            span: draft.span,
        }
    });
    let drafts: Vec<Policy> = drafts.collect();
    if reader.diagnostics.is_empty() {
        loaded.policies.policies = drafts;
    }
    loaded.diagnostics.extend(reader.diagnostics);
    loaded
}

/// The conditions of a policy, in the order they are taken back.
fn conditions<'n>(draft: &Draft<'n>) -> impl Iterator<Item = Beside<'n>> {
    let (name, file) = (draft.name, draft.file);
    let beside = move |condition, output| Beside { kind: "policy", name, file, condition, output };
    let output = draft.output;
    let own = draft.condition.map(|node| beside(node, output));
    let others = draft.scope.into_iter().chain(draft.except.clone());
    own.into_iter().chain(others.map(move |node| beside(node, None)))
}

struct Reader<'s> {
    files: &'s [SourceText<'s>],
    diagnostics: Vec<Diagnostic>,
}

fn span_of(node: &Node) -> Span {
    let (start, end) = (node.place.offset, node.span.end);
    if node.span.is_empty() {
        Span { start, end: start }
    } else {
        Span { start: node.span.start, end }
    }
}

impl Reader<'_> {
    fn diagnostic(
        &self,
        kind: PolicyError,
        file: usize,
        span: Span,
        policy: &str,
    ) -> PolicyDiagnostic {
        let text = self.files.get(file).map_or(("", ""), |file| (file.name, file.text));
        PolicyDiagnostic::new(kind, text, span, policy)
    }

    fn report(&mut self, kind: PolicyError, file: usize, span: Span, policy: &str) {
        let one = self.diagnostic(kind, file, span, policy);
        self.diagnostics.push(one.into());
    }

    fn parse(&mut self, file: usize) -> Vec<Node> {
        let text = self.files.get(file).map_or("", |file| file.text);
        if text.len() > MAX_FILE {
            let kind = PolicyError::TooLarge { bytes: text.len() };
            self.report(kind, file, Span::default(), "");
            return Vec::new();
        }
        yaml::parse(text).unwrap_or_else(|error| {
            let start = error.place.offset;
            self.report(PolicyError::Yaml(error.kind), file, Span { start, end: start }, "");
            Vec::new()
        })
    }

    /// The policies of a document.
    fn items<'n>(&mut self, file: usize, document: &'n Node) -> Vec<&'n Node> {
        match &document.body {
            Body::Null => Vec::new(),
            // Lists and macros are read with those of the rules.
            Body::List(list) => list
                .iter()
                .filter(|one| !matches!(one.body, Body::Null))
                .filter(|one| one.get("list").is_none() && one.get("macro").is_none())
                .collect(),
            Body::Map(_) | Body::Scalar(_) => {
                self.report(PolicyError::NotPolicies, file, span_of(document), "");
                Vec::new()
            }
        }
    }

    fn draft<'n>(&mut self, file: usize, node: &'n Node) -> Option<Draft<'n>> {
        let name_of = |node: &'n Node| node.scalar().filter(|name| !name.trim().is_empty());
        let Some((name_node, name)) =
            node.get("policy").and_then(|node| Some((node, name_of(node)?)))
        else {
            self.report(PolicyError::NotPolicies, file, span_of(node), "");
            return None;
        };
        let before = self.diagnostics.len();
        self.keys(file, node, name);
        let mut keys = Keys { reader: self, file, node, name };
        let draft = Draft {
            name,
            file,
            span: span_of(name_node),
            rules: keys.list("rules"),
            tags: keys.list("tags"),
            condition: keys.text("condition"),
            output: keys.text("output"),
            scope: keys.text("scope"),
            except: keys.list("except"),
            action: keys.one_of("action", Action::ALL.map(|one| (one.name(), one)), Action::Deny),
            mode: keys.mode(),
            fail_closed: keys.one_of("fail", [("open", false), ("closed", true)], false),
            best_effort: keys.truth("best_effort"),
            even_the_way_in: keys.truth("even_the_way_in"),
        };
        let named = !draft.rules.is_empty() || !draft.tags.is_empty();
        match draft.condition {
            None if !named && self.diagnostics.len() == before => {
                self.report(PolicyError::NoCondition, file, draft.span, name);
            }
            Some(condition) if named => {
                self.report(PolicyError::ConditionAndRules, file, span_of(condition), name);
            }
            _ => {}
        }
        Some(draft)
    }

    /// Keys nobody knows, and those written twice.
    fn keys(&mut self, file: usize, node: &Node, policy: &str) {
        for key in node.repeated() {
            let kind =
                PolicyError::DuplicateKey { key: key.scalar().unwrap_or_default().to_owned() };
            self.report(kind, file, span_of(key), policy);
        }
        for (key, _) in node.map().unwrap_or_default() {
            let word = key.scalar().unwrap_or_default();
            if KEYS.contains(&word) {
                continue;
            }
            let kind = PolicyError::UnknownKey { key: word.to_owned() };
            let one = self.diagnostic(kind, file, span_of(key), policy);
            let one = match names::nearest(word, KEYS.into_iter()) {
                Some(near) => one.help(format!("replace `{word}` with `{near}`")),
                None => one.help(format!("the keys are {}", KEYS.join(", "))),
            };
            self.diagnostics.push(one.into());
        }
    }

    /// The rules a policy names.
    fn select(&mut self, draft: &Draft<'_>, rules: &RuleSet) -> Vec<Rule> {
        let mut chosen = vec![false; rules.rules.len()];
        let mut choose = |is: &dyn Fn(&Rule) -> bool| {
            let mut any = false;
            for (chosen, rule) in chosen.iter_mut().zip(&rules.rules) {
                if is(rule) {
                    (*chosen, any) = (true, true);
                }
            }
            any
        };
        for node in &draft.rules {
            let word = node.scalar().unwrap_or_default();
            if !choose(&|rule| name_fits(word, &rule.name)) {
                let kind = PolicyError::NoRule(format!("the name '{word}'"));
                let mut one = self.diagnostic(kind, draft.file, span_of(node), draft.name);
                let known = rules.rules.iter().map(|rule| rule.name.as_str());
                if let Some(near) = names::nearest(word, known) {
                    one = one.help(format!("there is a rule '{near}'"));
                } else if rules.rules.is_empty() {
                    one = one.help("there are no rules: name their files too");
                }
                self.diagnostics.push(one.into());
            }
        }
        for node in &draft.tags {
            let word = node.scalar().unwrap_or_default();
            if !choose(&|rule| rule.tags.contains(word)) {
                let kind = PolicyError::NoRule(format!("the tag '{word}'"));
                self.report(kind, draft.file, span_of(node), draft.name);
            }
        }
        let chosen = rules.rules.iter().zip(chosen).filter(|(_, chosen)| *chosen);
        chosen.map(|(rule, _)| rule.clone()).collect()
    }
}

/// The keys of one policy.
struct Keys<'r, 's, 'n> {
    reader: &'r mut Reader<'s>,
    file: usize,
    node: &'n Node,
    name: &'n str,
}

impl<'n> Keys<'_, '_, 'n> {
    fn wrong(&mut self, node: &Node, key: &'static str, expected: &'static str) {
        let kind = PolicyError::Value { key, expected };
        self.reader.report(kind, self.file, span_of(node), self.name);
    }

    fn text(&mut self, key: &'static str) -> Option<&'n Node> {
        let node = self.node.get(key)?;
        if node.scalar().is_some_and(|text| !text.trim().is_empty()) {
            return Some(node);
        }
        self.wrong(node, key, "a text");
        None
    }

    /// One text, or a list of texts.
    fn list(&mut self, key: &'static str) -> Vec<&'n Node> {
        let is_text = |node: &Node| node.scalar().is_some_and(|text| !text.trim().is_empty());
        match self.node.get(key) {
            None => return Vec::new(),
            Some(node) if is_text(node) => return vec![node],
            Some(node) => match &node.body {
                Body::List(list) if list.iter().all(is_text) => return list.iter().collect(),
                _ => self.wrong(node, key, "a text or a list of texts"),
            },
        }
        Vec::new()
    }

    fn one_of<T: Copy, const N: usize>(
        &mut self,
        key: &'static str,
        words: [(&'static str, T); N],
        otherwise: T,
    ) -> T {
        let Some(node) = self.node.get(key) else { return otherwise };
        let word = node.scalar().unwrap_or_default();
        if let Some((_, value)) = words.iter().find(|(known, _)| *known == word) {
            return *value;
        }
        self.wrong(
            node,
            key,
            match key {
                "action" => "deny, kill or kill_tree",
                "fail" => "open or closed",
                _ => "true or false",
            },
        );
        otherwise
    }

    /// YAML takes `off` for a truth value; it is read as it is written.
    fn mode(&mut self) -> Mode {
        let Some(node) = self.node.get("mode") else { return Mode::Shadow };
        let word = node.scalar().unwrap_or_default();
        let known = Mode::ALL.into_iter().find(|mode| mode.name() == word);
        known.unwrap_or_else(|| {
            self.wrong(node, "mode", "off, shadow or enforce");
            Mode::Shadow
        })
    }

    fn truth(&mut self, key: &'static str) -> bool {
        self.one_of(key, [("true", true), ("false", false)], false)
    }
}
