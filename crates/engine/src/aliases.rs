//! Rules under every name of a file.
//!
//! A file has the requested name and perhaps others: through links, through mounts, by its
//! inode. Every rule is evaluated under each of them, in the order of the rules. What is true under
//! another name counts only where a comparison that asks for a path has become true there: an
//! exclusion that no longer holds raises nothing.
//!
//! Nothing of this is done for an event whose file has one name, or before a comparison has become
//! true.

use hashbrown::HashMap;
use peregrine_event::{CodeSet, EventType};
use peregrine_fields::{EventContext, Field, names_param, names_path, path_aliases, speaks};
use peregrine_filter::{Answer, DeltaEval, KindSet, SignedPredicate};
use peregrine_rules::RuleSet;

/// A rule that tests a path.
#[derive(Debug)]
struct PathRule {
    number: u32,
    delta: DeltaEval,
    kinds: KindSet,
    /// The comparisons that ask for a path, by number.
    paths: Vec<u32>,
}

/// What rules ask of an event under another name.
#[derive(Debug, Default)]
pub(crate) struct PathAliases {
    predicates: Vec<SignedPredicate<Field>>,
    rules: Vec<PathRule>,
    /// By event code: places in `rules`, and the comparisons that ask for a path.
    by_code: Vec<(Vec<usize>, Vec<u32>)>,
    /// Events of whose parameters a comparison asks for a path, or that speak to one.
    params: CodeSet,
    /// The paths that rules ask for as a whole.
    exact: Vec<Vec<u8>>,
    /// By comparison: whether it became true under the name looked at.
    became_true: Vec<bool>,
}

impl PathAliases {
    /// Reads the enabled rules.
    pub(crate) fn new(rules: &RuleSet) -> Self {
        let mut aliases = Self::default();
        let mut numbers: HashMap<(String, bool), u32> = HashMap::new();
        for (number, rule) in (0_u32..).zip(&rules.rules).filter(|(_, rule)| rule.enabled) {
            let mut asks = false;
            rule.condition.root.predicates(&mut |predicate| {
                predicate.fields(&mut |field| asks |= names_path(field));
            });
            if !asks {
                continue;
            }
            let predicates = &mut aliases.predicates;
            let delta = DeltaEval::new(&rule.condition.root, &mut |one| {
                *numbers.entry((one.predicate.text.clone(), one.wanted)).or_insert_with(|| {
                    predicates.push(one);
                    u32::try_from(predicates.len() - 1).unwrap_or(u32::MAX)
                })
            });
            let mut paths = Vec::new();
            delta.numbers(&mut |one| {
                let asks = predicates.get(one as usize).is_some_and(|one| one.asks_for(names_path));
                if asks && !paths.contains(&one) {
                    paths.push(one);
                }
            });
            if !paths.is_empty() {
                let kinds = rule.condition.kinds.clone();
                aliases.rules.push(PathRule { number, delta, kinds, paths });
            }
        }
        aliases.index();
        aliases
    }

    fn index(&mut self) {
        for (place, rule) in self.rules.iter().enumerate() {
            let of_param = |one: &u32| {
                self.predicates.get(*one as usize).is_some_and(|one| one.asks_for(names_param))
            };
            let of_param = rule.paths.iter().any(of_param);
            for code in rule.kinds.iter() {
                // A unix socket's name is a path too.
                if of_param || speaks(EventType(code)) {
                    self.params.insert(EventType(code));
                }
                let code = usize::from(code);
                if self.by_code.len() <= code {
                    self.by_code.resize_with(code + 1, Default::default);
                }
                let Some((rules, paths)) = self.by_code.get_mut(code) else { continue };
                rules.push(place);
                for one in &rule.paths {
                    if !paths.contains(one) {
                        paths.push(*one);
                    }
                }
            }
            for one in rule.paths.iter().filter_map(|one| self.predicates.get(*one as usize)) {
                one.equal_texts(&mut |text| {
                    if text.first() == Some(&b'/') {
                        self.exact.push(text.to_vec());
                    }
                });
            }
        }
        self.exact.sort_unstable();
        self.exact.dedup();
        self.became_true = vec![false; self.predicates.len()];
    }

    /// The paths that rules ask for as a whole.
    pub(crate) fn exact(&self) -> &[Vec<u8>] {
        &self.exact
    }

    /// Whether rules ask for a path among the parameters of such events.
    pub(crate) fn asks_for_params(&self, code: EventType) -> bool {
        self.params.contains(code)
    }

    /// Adds the rules that hit under another name to those that hit from `before` on; with `first` one
    /// is left of all.
    pub(crate) fn evaluate(
        &mut self,
        context: &EventContext<'_>,
        first: bool,
        before: usize,
        hits: &mut Vec<u32>,
    ) {
        let Self { predicates, rules, by_code, exact, became_true, params: _ } = self;
        let code = context.event.view.event_type().0;
        let Some((places, paths)) = by_code.get(usize::from(code)) else { return };
        if paths.is_empty() {
            return;
        }
        let mut any_alias = false;
        path_aliases(context, !exact.is_empty(), |alias| {
            let under = context.under(alias);
            any_alias = true;
            let mut any = false;
            for number in paths {
                let Some(one) = predicates.get(*number as usize) else { continue };
                let now = one.holds(&under) && !one.holds(context);
                if let Some(place) = became_true.get_mut(*number as usize) {
                    *place = now;
                }
                any |= now;
            }
            if !any {
                return;
            }
            let mut answer = |number: u32| match predicates.get(number as usize) {
                _ if became_true.get(number as usize) == Some(&true) => Answer::BecameTrue,
                Some(one) if one.holds(&under) => Answer::Yes,
                _ => Answer::No,
            };
            for rule in places.iter().filter_map(|place| rules.get(*place)) {
                let known = hits.iter().skip(before).any(|hit| *hit == rule.number);
                let may =
                    rule.paths.iter().any(|one| became_true.get(*one as usize) == Some(&true));
                if known || !may || rule.delta.answer(&mut answer) != Answer::BecameTrue {
                    continue;
                }
                hits.push(rule.number);
                // Those behind it come too late.
                if first {
                    return;
                }
            }
        });
        if !any_alias {
            return;
        }
        // Comparisons that events of another code do not ask keep what is written here.
        for number in paths {
            if let Some(place) = became_true.get_mut(*number as usize) {
                *place = false;
            }
        }
        hits.get_mut(before..).unwrap_or_default().sort_unstable();
        // With one rule an event the first has it, under whichever name.
        if first {
            hits.truncate(before + 1);
        }
    }
}
