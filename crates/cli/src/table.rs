//! Tables for people: columns as wide as they need to be, colour on a terminal.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};

/// Colours, or none: `--color` decides, else `NO_COLOR`, `CLICOLOR_FORCE`, `TERM` and whether a terminal shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint(bool);

impl Paint {
    pub(crate) fn stdout() -> Self {
        Self(AutoStream::choice(&io::stdout()) != ColorChoice::Never)
    }

    /// None, whatever stdout is.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self(false)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.wrap("32", text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.wrap("31", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }
}

/// Writes rows with two blanks between columns; the last column is not padded.
pub(crate) fn write(out: &mut impl Write, rows: &[Vec<String>]) -> io::Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| shown(cell)).max().unwrap_or(0)
        })
        .collect();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - shown(cell) + 2));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// How many places a cell takes: colours take none.
fn shown(cell: &str) -> usize {
    let mut count = 0;
    let mut inside = false;
    for c in cell.chars() {
        match c {
            '\x1b' => inside = true,
            'm' if inside => inside = false,
            _ if inside => {}
            _ => count += 1,
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_their_colour() {
        let rows = [
            vec![Paint(true).good("ok"), "a".to_owned(), "x".to_owned()],
            vec!["failed".to_owned(), "long".to_owned(), String::new()],
        ];
        let mut out = Vec::new();
        write(&mut out, &rows).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "\x1b[32mok\x1b[0m      a     x\nfailed  long\n");
    }
}
