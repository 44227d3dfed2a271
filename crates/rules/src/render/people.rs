//! Diagnostics for people.

use std::fmt;

use crate::code::Severity;
use crate::diagnostic::Diagnostic;

impl fmt::Display for Diagnostic {
    /// Place, what is wrong, the line with a caret, the item.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        writeln!(
            f,
            "{}:{}:{}: {level}[{}]: {}",
            self.file,
            self.place.line,
            self.place.column,
            self.code.name(),
            self.kind
        )?;
        if self.place.line > 0 && !self.line_text.trim().is_empty() {
            let number = self.place.line.to_string();
            let space = " ".repeat(number.len());
            let before: String = self
                .line_text
                .chars()
                .take(self.place.column.saturating_sub(1))
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            writeln!(f, "{space} |\n{number} | {}\n{space} | {before}^", self.line_text)?;
        }
        if let Some((kind, name)) = self.items.last() {
            write!(f, "  in {kind} '{name}'")?;
        }
        Ok(())
    }
}
