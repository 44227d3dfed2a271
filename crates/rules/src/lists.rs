//! Lists that name lists, and lists put into conditions.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::collect::{Items, ListItem};
use crate::traced::{Origin, Traced};

/// The longest text of one list. Forty lists that each name the one before twice would fill memory.
pub(crate) const MOST: usize = 16 << 20;
/// How deep a list may lie in others that were written before it. Deeper names stay names.
const DEEPEST: usize = 64;

struct Flatten<'i> {
    items: &'i Items,
    done: BTreeMap<&'i str, Traced>,
    too_long: Vec<&'i ListItem>,
    /// Those with items that could not be read.
    incomplete: BTreeSet<&'i str>,
}

/// The items of each list as text. A list may name lists that were first written before it was last: a
/// file that comes later may write both anew.
fn flatten(items: &Items) -> Flatten<'_> {
    let incomplete = items.unread.names("list").collect();
    let mut flatten = Flatten { items, done: BTreeMap::new(), too_long: Vec::new(), incomplete };
    let mut lists: Vec<_> = items.lists.values().collect();
    // Most lists name only what is done already.
    lists.sort_by_key(|list| list.first);
    for list in lists {
        flatten.list(list, &mut Vec::new());
    }
    flatten
}

impl<'i> Flatten<'i> {
    fn list(&mut self, list: &'i ListItem, open: &mut Vec<&'i str>) {
        if self.done.contains_key(list.name.as_str()) {
            return;
        }
        open.push(&list.name);
        let mut text = Traced::default();
        for scalar in &list.items {
            let item = scalar.value.as_str();
            let inner = self.items.lists.get(item).filter(|inner| {
                let name = inner.name.as_str();
                inner.first < list.order
                    && !open.contains(&name)
                    && (open.len() < DEEPEST || self.done.contains_key(name))
            });
            if let Some(inner) = inner {
                self.list(inner, open);
            }
            let inner = inner.and_then(|inner| self.done.get_key_value(inner.name.as_str()));
            if inner.is_some_and(|(name, _)| self.incomplete.contains(name)) {
                self.incomplete.insert(&list.name);
            }
            let quotes = inner.is_none() && item.contains(' ') && !item.starts_with(['"', '\'']);
            let word = inner.map_or(item, |(_, inner)| inner.text());
            if text.text().len() + word.len() > MOST {
                self.too_long.push(list);
                text.truncate(0);
                break;
            }
            if word.is_empty() {
                continue;
            }
            if !text.is_empty() {
                text.push_between(", ");
            }
            match inner {
                Some((name, _)) => text.push(word, Origin::List((*name).into()), 0),
                None if quotes => {
                    text.push(&format!("\"{word}\""), Origin::Whole(Rc::clone(scalar)), 0);
                }
                None => text.push(word, Origin::Scalar(Rc::clone(scalar)), 0),
            }
        }
        open.pop();
        self.done.insert(&list.name, text);
    }
}

/// The lists of all files, to be put into conditions.
pub(crate) struct Lists<'i> {
    texts: BTreeMap<&'i str, Traced>,
    /// Those with items that could not be read.
    incomplete: BTreeSet<&'i str>,
    /// The names in the order in which they were first written.
    order: Vec<&'i str>,
    /// Names with letters in them that no word has.
    odd: Vec<&'i str>,
    used: RefCell<BTreeSet<&'i str>>,
}

impl<'i> Lists<'i> {
    /// The lists, and those that are too long.
    pub(crate) fn new(items: &'i Items) -> (Self, Vec<&'i ListItem>) {
        let Flatten { done: texts, too_long, incomplete, .. } = flatten(items);
        let mut lists: Vec<_> = items.lists.values().collect();
        lists.sort_by_key(|list| list.first);
        let order: Vec<&str> = lists.iter().map(|list| list.name.as_str()).collect();
        let odd = order.iter().copied().filter(|name| name.contains(ends_a_word)).collect();
        (Self { texts, incomplete, order, odd, used: RefCell::default() }, too_long)
    }

    /// The names some condition has.
    pub(crate) fn used(&self) -> BTreeSet<&'i str> {
        self.used.borrow().clone()
    }

    /// The names of all lists.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'i str> {
        self.texts.keys().copied()
    }

    /// The items of a list as they are put into conditions.
    pub(crate) fn items(&self, name: &str) -> Option<&Traced> {
        self.texts.get(name)
    }

    /// A condition with the names of lists replaced by their items: wherever a name stands alone
    /// between blanks, parentheses, commas and equal signs, outside of quotes. And whether all of those
    /// items could be read.
    pub(crate) fn put_in(&self, condition: &Traced) -> (Traced, bool) {
        let text = condition.text();
        let mut out = Traced::default();
        let mut complete = true;
        // Up to here the text is in `out`, up to `at` it was looked at.
        let (mut kept, mut at) = (0, 0);
        let mut quote: Option<char> = None;
        let mut begins = true;
        while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = text.get(at..).unwrap_or_default();
            if let Some(open) = quote {
                at += first.len_utf8();
                if first == '\\' {
                    at += text
                        .get(at..)
                        .and_then(|rest| rest.chars().next())
                        .map_or(0, char::len_utf8);
                } else if first == open {
                    quote = None;
                }
                begins = false;
                continue;
            }
            let name = match begins.then(|| self.odd_name(rest)).flatten() {
                Some(name) => name,
                None if delimiter(first) || matches!(first, '"' | '\'') => {
                    quote = (!delimiter(first)).then_some(first);
                    begins = delimiter(first);
                    at += first.len_utf8();
                    continue;
                }
                None => rest.get(..rest.find(ends_a_word).unwrap_or(rest.len())).unwrap_or(rest),
            };
            let start = at;
            at += name.len();
            begins = false;
            let Some((name, items)) = self.texts.get_key_value(name) else { continue };
            self.used.borrow_mut().insert(*name);
            complete &= !self.incomplete.contains(name);
            out.push_slice(condition, kept..start);
            if items.is_empty() {
                // An empty list takes its comma with it.
                let before = out.text().trim_end().len();
                if out.text().get(..before).is_some_and(|before| before.ends_with(',')) {
                    out.truncate(before - 1);
                } else if let Some(rest) = text.get(at..)
                    && let Some(comma) = rest.trim_start().strip_prefix(',')
                {
                    at = text.len() - comma.len();
                    begins = true;
                }
            } else {
                out.push(items.text(), Origin::List((*name).into()), 0);
            }
            kept = at;
        }
        out.push_slice(condition, kept..text.len());
        (out, complete)
    }

    /// The longest odd name a text begins with.
    fn odd_name(&self, text: &str) -> Option<&'i str> {
        let begins = |name: &&&str| {
            text.strip_prefix(**name)
                .is_some_and(|behind| behind.chars().next().is_none_or(delimiter))
        };
        self.odd.iter().filter(begins).max_by_key(|name| name.len()).copied()
    }

    /// The same in Falco's way, which places of mistakes follow: list by list, in quotes too, and with
    /// one blank before and behind in place of those that were there.
    pub(crate) fn put_in_as_falco(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for name in &self.order {
            let items = self.texts.get(name).filter(|_| !name.is_empty());
            let Some(items) = items.map(Traced::text) else { continue };
            let mut from = 0;
            while let Some(found) = text.get(from..).and_then(|rest| rest.find(name)) {
                let (start, end) = (from + found, from + found + name.len());
                let (before, behind) = (text.get(..start), text.get(end..));
                let (before, behind) = (before.unwrap_or_default(), behind.unwrap_or_default());
                let alone = before.chars().next_back().is_none_or(delimiter)
                    && behind.chars().next().is_none_or(delimiter);
                if !alone || text.len() + items.len() > MOST {
                    from = end;
                    continue;
                }
                self.used.borrow_mut().insert(*name);
                let (mut before, mut behind) = (before.trim_end(), behind.trim_start());
                if items.is_empty() {
                    match (before.strip_suffix(','), behind.strip_prefix(',')) {
                        (Some(rest), _) => before = rest,
                        (None, Some(rest)) => behind = rest,
                        (None, None) => {}
                    }
                }
                let blank = if before.is_empty() { "" } else { " " };
                let new = format!("{before}{blank}{items} {behind}");
                from = before.len() + blank.len() + items.len() + 1;
                text = new;
            }
        }
        text
    }
}

/// What a name of a list stands between.
fn delimiter(letter: char) -> bool {
    letter.is_whitespace() || "(),=".contains(letter)
}

fn ends_a_word(letter: char) -> bool {
    delimiter(letter) || matches!(letter, '"' | '\'')
}

#[cfg(test)]
mod tests {
    use crate::{Options, SourceText, load};

    fn condition(text: &str) -> Result<String, String> {
        let rule = "\n- rule: r\n  desc: d\n  condition: evt.type=open and proc.name in (last)\n  output: o\n  priority: INFO\n";
        let text = format!("{text}{rule}");
        let loaded = load(&[SourceText { name: "f", text: &text }], &Options::default());
        match loaded.rules.rules.first() {
            Some(rule) if !loaded.failed() => Ok(rule.condition_compiled.clone()),
            _ => Err(loaded.diagnostics.iter().map(ToString::to_string).collect()),
        }
    }

    #[test]
    fn lists_written_anew_are_seen_by_lists_written_before() {
        let text = "- list: first\n  items: [a]\n- list: last\n  items: [first, more, b c]\n\
                    - list: more\n  items: [no]\n- list: first\n  items: [d, e]\n";
        assert_eq!(
            condition(text).unwrap(),
            "(evt.type = open and proc.name in (d, e, more, \"b c\"))"
        );
    }

    #[test]
    fn names_may_have_blanks() {
        let check = |text: &str, strict: bool, expected: &str| {
            let text = format!(
                "- list: my list\n  items: [a, b]\n- list: none\n  items: []\n- rule: r\n  desc: d\n  condition: {text}\n  output: o\n  priority: INFO\n"
            );
            let options = Options { as_falco: strict, ..Options::default() };
            let loaded = load(&[SourceText { name: "f", text: &text }], &options);
            let got = loaded.rules.rules.first().map(|rule| rule.condition_compiled.as_str());
            assert_eq!(got, Some(expected), "{text} {:?}", loaded.diagnostics);
        };
        for strict in [false, true] {
            let ends = "evt.type = open and proc.name in";
            check(&format!("{ends} (my list)"), strict, &format!("({ends} (a, b))"));
            check(&format!("{ends} (x,my list , y)"), strict, &format!("({ends} (x, a, b, y))"));
            check(&format!("{ends} (x, none)"), strict, &format!("({ends} (x))"));
            check(&format!("{ends} (none, x)"), strict, &format!("({ends} (x))"));
            check(&format!("{ends} (none)"), strict, &format!("({ends} ())"));
            check(&format!("{ends} (mine)"), strict, &format!("({ends} (mine))"));
        }
    }

    #[test]
    fn loops_and_bombs_end() {
        let text = "- list: one\n  items: [a]\n- list: last\n  items: [one]\n- list: one\n  items: [last, b]\n";
        assert_eq!(condition(text).unwrap(), "(evt.type = open and proc.name in (one))");
        let list = |name: usize, items: String| format!("- list: l{name}\n  items: [{items}]\n");
        let twice =
            |n: usize| if n == 0 { "some".to_owned() } else { format!("l{0}, l{0}", n - 1) };
        let bomb: String = (0..50).map(|n| list(n, twice(n))).collect();
        let error = condition(&(bomb + "- list: last\n  items: [l49]\n")).unwrap_err();
        assert!(error.contains("longer than 16777216 bytes"), "{error}");
        // Each names the next, which was written before it was written again.
        let before: String = (0..2000).map(|n| list(n, "x".to_owned())).collect();
        let again: String = (0..2000).map(|n| list(n, format!("l{}", n + 1))).collect();
        let text = before + &again + "- list: last\n  items: [l0]\n";
        condition(&text).unwrap();
    }
}
