//! Files to correlations: references resolved, circles refused, each behind those it references.

use std::collections::BTreeMap;
use std::sync::Arc;

use peregrine_alert::AlertField;
use peregrine_event::names::nearest;

use crate::detection::field;
use crate::fingerprint::fingerprint;
use crate::mistake::{Mistake, MistakeKind};
use crate::order::Walk;
use crate::parse::{
    About, Document, Written, WrittenCondition, WrittenStep, WrittenWhat, condition_mistakes,
    documents,
};
use crate::reader::Reader;
use crate::rule::{
    Absent, Comparison, Correlation, Correlations, Kind, MAX_CHAIN, MAX_COUNTED_RULES, MAX_STEPS,
    Mode, NamedCondition, Step, Test, What, never,
};

/// A file of correlations.
#[derive(Debug, Clone, Copy)]
pub struct SourceText<'t> {
    /// Its name, for mistakes.
    pub name: &'t str,
    /// What is in it.
    pub text: &'t str,
}

/// What came of some files.
#[derive(Debug)]
pub struct Loaded {
    /// The correlations; with a mistake in any file, none.
    pub correlations: Correlations,
    /// The rules that correlations name and no file defines: name, file, line.
    pub rules: Vec<(String, String, usize)>,
    /// What is wrong, file by file in order of place.
    pub mistakes: Vec<Mistake>,
}

/// What a name of the files stands for.
#[derive(Debug, Clone, Copy)]
enum Target {
    Correlation(usize),
    Condition(usize),
}

struct Resolver<'t> {
    readers: Vec<Reader<'t>>,
    names: BTreeMap<String, (Target, usize, usize)>,
    conditions: Vec<NamedCondition>,
    /// Whether a correlation wants what it references reported too.
    generated: Vec<(Target, bool)>,
    rules: Vec<(String, String, usize)>,
}

/// Reads files of correlations as one set: what one defines others may reference.
pub fn load(sources: &[SourceText<'_>]) -> Loaded {
    let mut written: Vec<(usize, Box<Written>)> = Vec::new();
    let mut resolver = Resolver {
        readers: Vec::new(),
        names: BTreeMap::new(),
        conditions: Vec::new(),
        generated: Vec::new(),
        rules: Vec::new(),
    };
    let mut condition_abouts: Vec<About> = Vec::new();
    for (file, source) in sources.iter().enumerate() {
        let mut reader = Reader::new(source.name, source.text);
        let found = documents(&mut reader);
        let is_empty = found.is_empty() && reader.mistakes.is_empty();
        if is_empty {
            reader.at(peregrine_yaml::Place::at(source.text, 0), 1, MistakeKind::Empty);
        }
        resolver.readers.push(reader);
        for document in found {
            let target = match &document {
                Document::Correlation(_) => Target::Correlation(written.len()),
                Document::Condition(_) => Target::Condition(resolver.conditions.len()),
            };
            resolver.name(document.about(), target, file);
            match document {
                Document::Correlation(one) => written.push((file, one)),
                Document::Condition(one) => {
                    let WrittenCondition { about, text, checked } = *one;
                    let title = about.title.clone();
                    let checked = Arc::new(checked);
                    resolver.conditions.push(NamedCondition { title, text, checked });
                    condition_abouts.push(about);
                }
            }
        }
    }
    let built: Vec<Option<Correlation>> =
        written.iter().map(|(file, one)| resolver.correlation(*file, one)).collect();
    let order = resolver.order(&written, &built);
    let mut mistakes: Vec<Mistake> = Vec::new();
    for reader in &mut resolver.readers {
        reader.mistakes.sort_by_key(|mistake| mistake.place.offset);
        mistakes.append(&mut reader.mistakes);
    }
    let mut correlations = Correlations { items: Vec::new(), conditions: resolver.conditions };
    if mistakes.is_empty() {
        let built: Vec<Correlation> = built.into_iter().flatten().collect();
        correlations.items = sorted(built, &order, &resolver.generated);
        let generated = resolver.generated.iter().filter_map(|(target, on)| match target {
            Target::Condition(number) if *on => Some(*number),
            _ => None,
        });
        let generated: std::collections::BTreeSet<usize> = generated.collect();
        for number in generated {
            if let Some(about) = condition_abouts.get(number) {
                correlations.items.push(each_match(about, number));
            }
        }
        let mut fingerprints = Vec::new();
        for item in &mut correlations.items {
            item.fingerprint = fingerprint(item, &correlations.conditions, &fingerprints);
            fingerprints.push(item.fingerprint);
        }
    }
    Loaded { correlations, rules: resolver.rules, mistakes }
}

/// A condition whose matches are findings by themselves, because a correlation says `generate`.
fn each_match(about: &About, condition: usize) -> Correlation {
    let step = Step {
        label: about.title.clone(),
        what: What::Condition(condition),
        group: Vec::new(),
        value: Vec::new(),
        within: None,
    };
    Correlation {
        title: about.title.clone(),
        name: None,
        id: about.id.clone(),
        description: about.description.clone(),
        level: about.level,
        tags: about.tags.clone(),
        kind: Kind::EventCount,
        steps: vec![step],
        group_by: Vec::new(),
        timespan: 0,
        test: Test::Range(vec![(Comparison::Gte, 1.0)]),
        absent: None,
        quiet: 0,
        suppress: None,
        lateness: None,
        reported: true,
        mode: Mode::AtOnce,
        fingerprint: [0; 16],
        origin: (String::new(), about.place.line),
    }
}

/// Correlations in an order in which each stands behind those it references.
fn sorted(
    built: Vec<Correlation>,
    order: &[usize],
    generated: &[(Target, bool)],
) -> Vec<Correlation> {
    let mut places = vec![0; built.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(place) = places.get_mut(*old) {
            *place = new;
        }
    }
    let mut built: Vec<Option<Correlation>> = built.into_iter().map(Some).collect();
    let mut items = Vec::new();
    for old in order {
        let Some(mut item) = built.get_mut(*old).and_then(Option::take) else { continue };
        let absents = item.absent.iter_mut().flat_map(|absent| &mut absent.steps);
        for step in item.steps.iter_mut().chain(absents) {
            if let What::Correlation(number) = &mut step.what {
                *number = places.get(*number).copied().unwrap_or_default();
            }
        }
        let mut wanted = generated
            .iter()
            .filter(|(target, _)| matches!(target, Target::Correlation(one) if one == old))
            .map(|(_, on)| *on)
            .peekable();
        let is_referenced = wanted.peek().is_some();
        item.reported = !is_referenced || wanted.any(|on| on);
        item.mode = item.fitting_mode(is_referenced);
        items.push(item);
    }
    items
}

impl Resolver<'_> {
    fn name(&mut self, about: &About, target: Target, file: usize) {
        let mut names: Vec<&String> = vec![&about.title];
        names.extend(&about.name);
        names.extend(&about.id);
        names.dedup();
        for name in names {
            let Some((_, other, line)) = self.names.get(name) else {
                self.names.insert(name.clone(), (target, file, about.place.line));
                continue;
            };
            let file_of = |number: usize| self.readers.get(number).map(|reader| reader.file);
            let kind = MistakeKind::NameTaken {
                name: name.clone(),
                file: file_of(*other).unwrap_or_default().to_owned(),
                line: *line,
            };
            if let Some(reader) = self.readers.get_mut(file) {
                reader.at(about.place, 1, kind);
            }
        }
    }

    fn correlation(&mut self, file: usize, written: &Written) -> Option<Correlation> {
        let before = self.readers.get(file)?.mistakes.len();
        let most = if written.kind.is_temporal() { MAX_STEPS } else { MAX_COUNTED_RULES };
        let found = written.steps.len();
        if found > most {
            self.wrong(file, &written.condition, MistakeKind::ManySteps { found, most });
        }
        self.check_steps(file, written);
        self.check_fields(file, written);
        let steps: Vec<Step> =
            written.steps.iter().filter_map(|step| self.step(file, written, step)).collect();
        let absent = written.absent.as_ref().map(|(rules, within)| Absent {
            steps: rules.iter().filter_map(|step| self.step(file, written, step)).collect(),
            within: *within,
        });
        let test = self.test(file, written);
        let reader = self.readers.get(file)?;
        if reader.mistakes.len() > before {
            return None;
        }
        let mut group_by: Vec<String> =
            written.group_by.iter().map(|(_, name)| name.clone()).collect();
        if written.by_host {
            group_by.push("hostname".to_owned());
        }
        let about = &written.about;
        Some(Correlation {
            title: about.title.clone(),
            name: about.name.clone(),
            id: about.id.clone(),
            description: about.description.clone(),
            level: about.level,
            tags: about.tags.clone(),
            kind: written.kind,
            steps,
            group_by,
            timespan: written.timespan,
            test,
            absent,
            quiet: written.quiet.unwrap_or(written.timespan),
            suppress: written.suppress,
            lateness: written.lateness,
            reported: true,
            mode: Mode::AtOnce,
            fingerprint: [0; 16],
            origin: (reader.file.to_owned(), about.place.line),
        })
    }

    fn wrong(&mut self, file: usize, node: &peregrine_yaml::Node, kind: MistakeKind) {
        if let Some(reader) = self.readers.get_mut(file) {
            reader.wrong(node, kind);
        }
    }

    /// Whether every name that must be a step is one.
    fn check_steps(&mut self, file: usize, written: &Written) {
        let labels: Vec<String> = written.steps.iter().map(|step| step.label.clone()).collect();
        let absent = written.absent.iter().flat_map(|(steps, _)| steps);
        let all: Vec<String> =
            labels.iter().cloned().chain(absent.map(|step| step.label.clone())).collect();
        let unknown = |name: &str, known: &[String]| MistakeKind::UnknownStep {
            name: name.to_owned(),
            nearest: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
            steps: known.to_vec(),
        };
        let mut wrong = Vec::new();
        for alias in &written.aliases {
            for (key, _) in &alias.fields {
                let name = key.scalar().unwrap_or_default();
                if !all.iter().any(|label| label == name) {
                    wrong.push((key.clone(), None, unknown(name, &all)));
                }
            }
        }
        for (key, _) in &written.within {
            let name = key.scalar().unwrap_or_default();
            if !labels.iter().any(|label| label == name) {
                wrong.push((key.clone(), None, unknown(name, &labels)));
            }
        }
        if let Some(expression) = &written.expression {
            expression.names(&mut |name, is_pattern, at| {
                let fits = |label: &String| {
                    if is_pattern { crate::expression::fits(name, label) } else { label == name }
                };
                if !labels.iter().any(fits) {
                    let place = Some((at, name.chars().count()));
                    wrong.push((written.condition.clone(), place, unknown(name, &labels)));
                }
            });
        }
        let Some(reader) = self.readers.get_mut(file) else { return };
        for (node, place, kind) in wrong {
            match place {
                Some((at, letters)) => reader.inside(&node, at, letters, kind),
                None => reader.wrong(&node, kind),
            }
        }
    }

    fn check_fields(&mut self, file: usize, written: &Written) {
        let this = written.kind.word();
        match (written.kind.has_field(), written.fields.as_slice()) {
            (true, []) => {
                let kind = MistakeKind::Missing { what: "condition", key: "field" };
                self.wrong(file, &written.condition, kind);
            }
            (false, [(node, _), ..]) => {
                let types = "value_count and the other value types";
                let kind = MistakeKind::NotOfType { key: "field", types, this };
                self.wrong(file, node, kind);
            }
            (true, [_, (node, _), ..]) if written.kind.is_numeric() => {
                let expected = "one field: numbers of several cannot be put together";
                let kind = MistakeKind::Form { what: "field".to_owned(), expected };
                self.wrong(file, node, kind);
            }
            _ => {}
        }
    }

    fn step(&mut self, file: usize, written: &Written, step: &WrittenStep) -> Option<Step> {
        let what = match &step.what {
            WrittenWhat::Rule(name) => self.rule(file, step, name),
            WrittenWhat::Tag(tag) => What::Tag(tag.clone()),
            WrittenWhat::Condition(text, checked) => {
                let title = step.label.clone();
                let checked = Arc::new(checked.clone());
                let text = text.clone();
                self.conditions.push(NamedCondition { title, text, checked });
                What::Condition(self.conditions.len() - 1)
            }
            WrittenWhat::Named(name) => match self.names.get(name) {
                Some((target, ..)) => {
                    self.generated.push((*target, written.about.generate));
                    match target {
                        Target::Correlation(number) => What::Correlation(*number),
                        Target::Condition(number) => What::Condition(*number),
                    }
                }
                None => self.rule(file, step, name),
            },
        };
        let reader = self.readers.get_mut(file)?;
        let mut read = |node: &peregrine_yaml::Node, name: &str| match field(name) {
            Ok(found) => Some(found),
            Err(error) => {
                // Said once, with the first step.
                if written.steps.first().is_some_and(|first| first.label == step.label) {
                    condition_mistakes(reader, node, &error);
                }
                None
            }
        };
        // What a step calls a value: by its alias, else by the name itself.
        let mut resolve = |node: &peregrine_yaml::Node, name: &str| {
            let alias = written.aliases.iter().find(|alias| alias.name == name);
            let Some(alias) = alias else { return read(node, name) };
            let pair =
                alias.fields.iter().find(|(key, _)| key.scalar() == Some(step.label.as_str()));
            match pair {
                Some((_, value)) => read(value, value.scalar().unwrap_or_default()),
                None => read(node, name),
            }
        };
        let mut group: Vec<AlertField> =
            written.group_by.iter().filter_map(|(node, name)| resolve(node, name)).collect();
        if written.by_host {
            group.push(AlertField::Hostname);
        }
        let value = written.fields.iter().filter_map(|(node, name)| resolve(node, name)).collect();
        let within = written.within.iter().find(|(key, _)| key.scalar() == Some(&step.label));
        let within = within.map(|(_, length)| *length);
        Some(Step { label: step.label.clone(), what, group, value, within })
    }

    fn rule(&mut self, file: usize, step: &WrittenStep, name: &str) -> What {
        let file = self.readers.get(file).map_or("", |reader| reader.file);
        self.rules.push((name.to_owned(), file.to_owned(), step.node.place.line));
        What::Rule(name.to_owned())
    }

    fn test(&mut self, file: usize, written: &Written) -> Test {
        if let Some(expression) = &written.expression {
            let all = |_: &str| true;
            let ordered = written.kind == Kind::TemporalOrdered;
            if ordered && !expression.holds(&all, &|_, _| true) {
                let why = "with all steps in their order it is false".to_owned();
                self.wrong(file, &written.condition, MistakeKind::Never(why));
            }
            return Test::Steps(expression.clone());
        }
        let steps = written.steps.len();
        #[expect(clippy::cast_precision_loss, reason = "a few steps")]
        let all = steps as f64;
        if written.range.is_empty() {
            return Test::Range(vec![(Comparison::Gte, all)]);
        }
        let test = Test::Range(written.range.clone());
        if let Some(why) = never(&written.range, written.kind, all) {
            self.wrong(file, &written.condition, MistakeKind::Never(why));
        }
        test
    }

    /// An order of correlations, each behind those it references; mistakes where there is none.
    fn order(
        &mut self,
        written: &[(usize, Box<Written>)],
        built: &[Option<Correlation>],
    ) -> Vec<usize> {
        let references: Vec<Vec<usize>> = built
            .iter()
            .map(|one| {
                let steps = one.iter().flat_map(|one| {
                    one.steps.iter().chain(one.absent.iter().flat_map(|absent| &absent.steps))
                });
                steps
                    .filter_map(|step| match step.what {
                        What::Correlation(number) => Some(number),
                        _ => None,
                    })
                    .collect()
            })
            .collect();
        let mut walk =
            Walk { references: &references, depth: vec![None; built.len()], ..Walk::default() };
        for number in 0..built.len() {
            walk.visit(number);
        }
        let Walk { order, circles, depth, .. } = walk;
        let title = |number: &usize| {
            written.get(*number).map(|(_, one)| one.about.title.clone()).unwrap_or_default()
        };
        for circle in circles {
            let Some((file, one)) = circle.first().and_then(|first| written.get(*first)) else {
                continue;
            };
            let names = circle.iter().chain(circle.first()).map(title).collect();
            let place = one.about.place;
            if let Some(reader) = self.readers.get_mut(*file) {
                reader.at(place, 1, MistakeKind::Circle(names));
            }
        }
        for ((file, one), length) in
            written.iter().zip(depth.iter().map(|depth| depth.unwrap_or(0)))
        {
            // Said of the first that is too far from the beginning, not of all behind it.
            if length == MAX_CHAIN + 1
                && let Some(reader) = self.readers.get_mut(*file)
            {
                reader.at(one.about.place, 1, MistakeKind::Deep { length, most: MAX_CHAIN });
            }
        }
        order
    }
}
