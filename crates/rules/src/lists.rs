//! Lists that name lists.

use std::collections::BTreeMap;

use crate::collect::{Items, ListItem};

/// The longest text of one list. Forty lists that each name the one before twice would fill memory.
pub(crate) const MOST: usize = 16 << 20;
/// How deep a list may lie in others that were written before it. Deeper names stay names.
const DEEPEST: usize = 64;

struct Flatten<'i> {
    items: &'i Items,
    done: BTreeMap<&'i str, String>,
    too_long: Vec<&'i ListItem>,
}

/// The items of each list as text, and the lists that are too long. A list may name lists that were
/// first written before it was last: a file that comes later may write both anew.
pub(crate) fn flatten(items: &Items) -> (BTreeMap<&str, String>, Vec<&ListItem>) {
    let mut flatten = Flatten { items, done: BTreeMap::new(), too_long: Vec::new() };
    let mut lists: Vec<_> = items.lists.values().collect();
    // Most lists name only what is done already.
    lists.sort_by_key(|list| list.first);
    for list in lists {
        flatten.list(list, &mut Vec::new());
    }
    (flatten.done, flatten.too_long)
}

impl<'i> Flatten<'i> {
    fn list(&mut self, list: &'i ListItem, open: &mut Vec<&'i str>) {
        if self.done.contains_key(list.name.as_str()) {
            return;
        }
        open.push(&list.name);
        let mut text = String::new();
        for item in &list.items {
            let inner = self.items.lists.get(item).filter(|inner| {
                let name = inner.name.as_str();
                inner.first < list.order
                    && !open.contains(&name)
                    && (open.len() < DEEPEST || self.done.contains_key(name))
            });
            if let Some(inner) = inner {
                self.list(inner, open);
            }
            let quoted;
            let word = match inner.and_then(|inner| self.done.get(inner.name.as_str())) {
                Some(inner) => inner,
                None if item.contains(' ') && !item.starts_with(['"', '\'']) => {
                    quoted = format!("\"{item}\"");
                    &quoted
                }
                None => item,
            };
            if text.len() + word.len() > MOST {
                self.too_long.push(list);
                text.clear();
                break;
            }
            if !word.is_empty() {
                if !text.is_empty() {
                    text.push_str(", ");
                }
                text.push_str(word);
            }
        }
        open.pop();
        self.done.insert(&list.name, text);
    }
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
