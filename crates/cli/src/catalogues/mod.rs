//! `peregrine fields` and `peregrine events`.

mod events;
mod fields;

use std::io::{self, IsTerminal as _, Write};

pub(crate) use events::{EventFlags, events};
pub(crate) use fields::{FieldFlags, fields};

/// Shortens lines to the width of the terminal, where there is one: the whole text is one command away.
struct Lines {
    width: usize,
}

impl Lines {
    fn of_stdout() -> Self {
        let terminal = io::stdout().is_terminal();
        let size = terminal.then(|| rustix::termios::tcgetwinsize(io::stdout()).ok()).flatten();
        let width = size.map_or(usize::MAX, |size| size.ws_col.into());
        Self { width: if width == 0 { usize::MAX } else { width } }
    }

    /// `text` as far as it fits behind `before` columns.
    fn fit(&self, before: usize, text: &str) -> String {
        let room = self.width.saturating_sub(before);
        if text.chars().count() <= room {
            return text.to_owned();
        }
        // On a terminal so narrow that it wraps anyway, a part of the sentence helps nobody.
        if room < 20 {
            return String::new();
        }
        let cut: String = text.chars().take(room - 3).collect();
        format!("{}...", cut.trim_end())
    }
}

/// A paragraph with two blanks before each line, broken before column 80.
fn paragraph(out: &mut impl Write, text: &str) -> io::Result<()> {
    let mut line = String::from(" ");
    for word in text.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > 80 && line.len() > 1 {
            writeln!(out, "{line}")?;
            line = String::from(" ");
        }
        line.push(' ');
        line.push_str(word);
    }
    writeln!(out, "{line}")
}

/// Of the names, the one that was meant, as the end of a sentence.
fn meant<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> String {
    peregrine_event::names::nearest(name, names)
        .map_or_else(String::new, |nearest| format!("\n  did you mean {nearest}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_where_the_terminal_does() {
        let lines = Lines { width: 40 };
        assert_eq!(
            lines.fit(10, "as long as thirty columns are."),
            "as long as thirty columns are."
        );
        assert_eq!(lines.fit(11, "as long as thirty columns are."), "as long as thirty columns...");
        assert_eq!(lines.fit(30, "no room for this sentence"), "");
    }

    #[test]
    fn a_paragraph_loses_no_word() {
        let text = "word ".repeat(60) + &"x".repeat(100) + " end";
        let mut out = Vec::new();
        paragraph(&mut out, &text).unwrap();
        let shown = String::from_utf8(out).unwrap();
        assert!(shown.split_whitespace().eq(text.split_whitespace()));
        assert!(shown.lines().filter(|line| line.chars().count() > 80).count() == 1, "{shown}");
    }
}
