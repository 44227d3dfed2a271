//! What is said of the word under the cursor.

use std::fmt::Write as _;
use std::ops::Range;

use peregrine_fields::Catalogue;
use peregrine_rules::{about_key, wrapped_condition};

use crate::about;
use crate::condition::{Role, operator, transformer};
use crate::files::View;
use crate::index::{Kind, Meaning, Word};
use crate::project::Project;

/// How many items of a list are shown.
const ITEMS: usize = 100;

/// What is said of a byte of a document, in Markdown, and the bytes of the word it is in.
pub(crate) fn at(
    view: &View,
    project: &Project,
    catalogue: &Catalogue,
    offset: usize,
) -> Option<(String, Range<usize>)> {
    let word = view.index().word_at(offset)?;
    Some((of_word(project, catalogue, word)?, word.bytes.clone()))
}

fn of_word(project: &Project, catalogue: &Catalogue, word: &Word) -> Option<String> {
    if let Some((kind, name)) = project.named(word) {
        return Some(of_name(project, kind, &name));
    }
    match &word.meaning {
        Meaning::Field | Meaning::Condition(Role::Field, _) => {
            about::of_field(catalogue, &word.text)
        }
        Meaning::Condition(Role::Value, Some(field)) => {
            matches!(field.as_str(), "evt.type" | "syscall.type")
                .then(|| about::of_event(&word.text))?
        }
        Meaning::Condition(Role::Operator, _) => {
            let op = operator(&word.text)?;
            Some(format!("**{op}** operator: {}", about::of_operator(op)))
        }
        Meaning::Condition(Role::Transformer, _) => {
            let found = transformer(&word.text)?;
            Some(format!("**{found}** transformer: {}", about::of_transformer(found)))
        }
        Meaning::Key => about_key(&word.text).map(|about| format!("**{}**: {about}", word.text)),
        Meaning::Condition(..) | Meaning::Name(_) | Meaning::Item => None,
    }
}

/// The items of a name as they stand in their files, and what they come to.
fn of_name(project: &Project, kind: Kind, name: &str) -> String {
    let mut text = format!("**{name}** {}", kind.word());
    for (file, item) in project.items(kind, name) {
        let Some(view) = project.views.get(file) else { continue };
        let written = view.text.get(item.bytes.clone()).unwrap_or_default();
        let _ = write!(text, "\n\n{}\n```yaml\n{written}\n```", view.name);
    }
    match kind {
        Kind::List => {
            let items = project.list(name);
            let shown: Vec<&str> = items.iter().take(ITEMS).map(String::as_str).collect();
            let more = items.len() - shown.len();
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            let values = if items.len() == 1 { "value" } else { "values" };
            let _ = write!(text, "\n\n{} {values}: {}{more}", items.len(), shown.join(", "));
        }
        Kind::Macro | Kind::Rule => {
            let expanded =
                project.condition(kind, name).and_then(|condition| project.expanded(&condition));
            if let Some(expanded) = expanded {
                let expanded = wrapped_condition(&expanded, 0);
                let _ = write!(text, "\n\nwith macros and lists put in:\n```\n{expanded}\n```");
            }
        }
    }
    text
}
