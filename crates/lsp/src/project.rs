//! Files that are loaded together, and the names in them.

use std::collections::HashMap;
use std::rc::Rc;

use peregrine_filter::ast::Expr;
use peregrine_filter::parse;

use crate::condition::{Role, scan};
use crate::files::View;
use crate::index::{Item, Kind, Meaning, Word};

/// How deep macros and lists are put into each other.
const DEEPEST: usize = 64;
/// How deep a condition may be that is shown with its macros put in.
const DEPTH: usize = 3000;
/// How many bytes of a condition are shown.
const MOST: usize = 8 << 10;

/// A word of one of the files: the file's number, and the bytes.
pub(crate) type Place = (usize, std::ops::Range<usize>);

/// Files that are loaded together.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) views: Vec<Rc<View>>,
    /// The items of a name: file's number and item's number, in order.
    names: HashMap<(Kind, String), Vec<(usize, usize)>>,
}

impl Project {
    pub(crate) fn new(views: Vec<Rc<View>>) -> Self {
        let mut names: HashMap<(Kind, String), Vec<(usize, usize)>> = HashMap::new();
        for (file, view) in views.iter().enumerate() {
            for (number, item) in view.index().items.iter().enumerate() {
                names.entry((item.kind, item.name.clone())).or_default().push((file, number));
            }
        }
        Self { views, names }
    }

    /// The items of a name, with the number of their file.
    pub(crate) fn items(&self, kind: Kind, name: &str) -> Vec<(usize, &Item)> {
        let found = self.names.get(&(kind, name.to_owned())).into_iter().flatten();
        let item = |(file, number): &(usize, usize)| {
            Some((*file, self.views.get(*file)?.index().items.get(*number)?))
        };
        found.filter_map(item).collect()
    }

    pub(crate) fn has(&self, kind: Kind, name: &str) -> bool {
        self.names.contains_key(&(kind, name.to_owned()))
    }

    /// The names of a kind, in order.
    pub(crate) fn names(&self, kind: Kind) -> Vec<&str> {
        let of_kind = self.names.keys().filter(|(of, _)| *of == kind);
        let mut names: Vec<&str> = of_kind.map(|(_, name)| name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// The tags of all rules, in order.
    pub(crate) fn tags(&self) -> Vec<&str> {
        let items = self.views.iter().flat_map(|view| &view.index().items);
        let mut tags: Vec<&str> =
            items.flat_map(|item| item.tags.iter().map(String::as_str)).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    /// What a word names: a list wherever its name stands alone, for lists are put in first.
    pub(crate) fn named(&self, word: &Word) -> Option<(Kind, String)> {
        let name = word.text.as_str();
        let kind = match &word.meaning {
            Meaning::Name(kind) => *kind,
            Meaning::Item | Meaning::Condition(Role::Value, _) => Kind::List,
            Meaning::Condition(Role::Name, _) if self.has(Kind::List, name) => Kind::List,
            Meaning::Condition(Role::Name, _) => Kind::Macro,
            Meaning::Condition(..) | Meaning::Field | Meaning::Key => return None,
        };
        self.has(kind, name).then(|| (kind, name.to_owned()))
    }

    /// Where a name is defined, then where it is added to or changed. What is shipped stands back behind
    /// own definitions.
    pub(crate) fn definitions(&self, kind: Kind, name: &str) -> Vec<Place> {
        let items = self.items(kind, name);
        let shipped = |file: usize| self.views.get(file).is_some_and(|view| view.shipped);
        let own = items.iter().any(|(file, item)| !shipped(*file) && !item.changes);
        let mut found: Vec<_> =
            items.into_iter().filter(|(file, _)| !own || !shipped(*file)).collect();
        found.sort_by_key(|(_, item)| item.changes);
        found.into_iter().map(|(file, item)| (file, item.name_bytes.clone())).collect()
    }

    /// Every word that is a name, in the order of the files.
    pub(crate) fn references(&self, kind: Kind, name: &str) -> Vec<Place> {
        let mut found = Vec::new();
        for (file, view) in self.views.iter().enumerate() {
            let words = view.index().words.iter().filter(|word| word.text == name);
            let same = |word: &&Word| self.named(word).is_some_and(|(of, _)| of == kind);
            found.extend(words.filter(same).map(|word| (file, word.bytes.clone())));
        }
        found
    }

    /// The items of a list, those of lists in it put in.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let mut out = Vec::new();
        let mut left = MOST;
        self.list_into(name, &mut Vec::new(), &mut out, &mut left);
        out
    }

    fn list_into<'p>(
        &'p self,
        name: &str,
        open: &mut Vec<&'p str>,
        out: &mut Vec<String>,
        left: &mut usize,
    ) {
        let mut items: Vec<&str> = Vec::new();
        for (_, item) in self.items(Kind::List, name) {
            if !item.appends {
                items.clear();
            }
            items.extend(item.items.iter().map(String::as_str));
        }
        for item in items {
            if self.has(Kind::List, item) && !open.contains(&item) && open.len() < DEEPEST {
                let key = self.names.get_key_value(&(Kind::List, item.to_owned()));
                open.extend(key.map(|((_, name), _)| name.as_str()));
                self.list_into(item, open, out, left);
                open.pop();
            } else if *left > item.len() {
                *left -= item.len();
                out.push(item.to_owned());
            }
        }
    }

    /// The condition of a macro or rule, with what was added to it.
    pub(crate) fn condition(&self, kind: Kind, name: &str) -> Option<String> {
        let mut condition: Option<String> = None;
        for (_, item) in self.items(kind, name) {
            let Some(text) = &item.condition else { continue };
            match &mut condition {
                Some(before) if item.appends => {
                    before.push(' ');
                    before.push_str(text);
                }
                _ => condition = Some(text.clone()),
            }
        }
        condition
    }

    /// A condition with its macros and lists put in; none where it is not of the language or too long to
    /// be shown.
    pub(crate) fn expanded(&self, condition: &str) -> Option<String> {
        let mut left = MOST;
        let tree = self.tree(condition, &mut Vec::new(), &mut left)?;
        let text = tree.to_string();
        let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
        // The outermost parentheses are those of `and` and `or`.
        Some(match (&tree, inner) {
            (Expr::And(..) | Expr::Or(..), Some(inner)) => inner.to_owned(),
            _ => text,
        })
    }

    fn tree(&self, condition: &str, open: &mut Vec<String>, left: &mut usize) -> Option<Expr> {
        let text = self.with_lists(condition);
        *left = left.checked_sub(text.len())?;
        let tree = parse(&text, DEPTH).ok()?;
        tree.resolve(&mut |name, span| {
            let known = open.len() < DEEPEST && !open.iter().any(|outer| outer == name);
            match self.condition(Kind::Macro, name).filter(|_| known) {
                Some(condition) => {
                    open.push(name.to_owned());
                    let inner = self.tree(&condition, open, left);
                    open.pop();
                    inner.ok_or(())
                }
                None => Ok(Expr::Macro(name.to_owned(), span)),
            }
        })
        .ok()
    }

    /// A condition with its lists put in.
    fn with_lists(&self, condition: &str) -> String {
        let mut out = String::new();
        let mut done = 0;
        for token in scan(condition).0 {
            let name = condition.get(token.bytes.clone()).unwrap_or_default();
            let value = matches!(token.role, Role::Value | Role::Name);
            if !value || !self.has(Kind::List, name) {
                continue;
            }
            let quoted: Vec<String> = self
                .list(name)
                .iter()
                .map(|item| {
                    let bare = !item.contains(' ') || item.starts_with(['"', '\'']);
                    if bare { item.clone() } else { format!("\"{item}\"") }
                })
                .collect();
            out.push_str(condition.get(done..token.bytes.start).unwrap_or_default());
            out.push_str(&quoted.join(", "));
            done = token.bytes.end;
        }
        out.push_str(condition.get(done..).unwrap_or_default());
        out
    }
}
