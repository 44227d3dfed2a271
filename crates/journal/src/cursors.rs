//! How far each consumer has come.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The file of them, beside the segments.
pub(crate) const CURSORS: &str = "cursors";

/// The last record each consumer has had, by the consumer's name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cursors(pub(crate) BTreeMap<String, u64>);

impl Cursors {
    /// One line each, and a checksum.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (consumer, number) in &self.0 {
            let name: serde_json::Value = consumer.as_str().into();
            let _ = writeln!(text, "{number} {name}");
        }
        let sum = crc32fast::hash(text.as_bytes());
        let _ = writeln!(text, "checksum {sum:08x}");
        text
    }

    /// Reads them; none where the text is damaged.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (lines, sum) = text.rsplit_once("checksum ")?;
        let sum = u32::from_str_radix(sum.strip_suffix('\n')?, 16).ok()?;
        (sum == crc32fast::hash(lines.as_bytes())).then_some(())?;
        let line = |line: &str| {
            let (number, name) = line.split_once(' ')?;
            Some((serde_json::from_str(name).ok()?, number.parse().ok()?))
        };
        lines.lines().map(line).collect::<Option<_>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_as_they_were_written() {
        let names = ["http", "a b", "with\nnewline", "\"quoted\" checksum 1", ""];
        let cursors = Cursors(names.iter().map(|name| (*name).to_owned()).zip(3..).collect());
        let text = cursors.text();
        assert_eq!(Cursors::parse(text.as_bytes()), Some(cursors));
        assert_eq!(Cursors::parse(Cursors::default().text().as_bytes()), Some(Cursors::default()));
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] ^= 1;
            assert_eq!(Cursors::parse(&changed), None, "byte {at}");
            assert_eq!(Cursors::parse(&text.as_bytes()[..at]), None, "cut at {at}");
        }
    }
}
