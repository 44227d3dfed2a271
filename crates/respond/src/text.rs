//! Texts with values in them: `%proc.exepath`, `/evidence/%proc.name`. The values stay typed; a text is never given
//! to a shell.

use std::net::IpAddr;

use peregrine_alert::{AlertField, alert_field};
use peregrine_filter::Value;

use crate::bytes::Bytes;
use crate::occurrence::Occurrence;
use crate::values::append;

/// A text with values in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// As written.
    pub(crate) source: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(AlertField),
}

/// What is wrong with such a text, and at which byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextError {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// What stands behind `%`.
    pub(crate) token: String,
}

/// Where the name of a field that begins here ends: letters, dots, an argument in brackets.
fn end_of_name(text: &str) -> usize {
    let name = text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_'));
    let name = name.unwrap_or(text.len());
    let argument = text.get(name..).filter(|rest| rest.starts_with('['));
    argument.and_then(|rest| rest.find(']')).map_or(name, |close| name + close + 1)
}

impl Text {
    /// Reads one; `%%` is a percent sign.
    pub(crate) fn parse(source: &str) -> Result<Self, TextError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = source;
        while let Some(percent) = rest.find('%') {
            literal.push_str(rest.get(..percent).unwrap_or_default());
            let behind = rest.get(percent + 1..).unwrap_or_default();
            if let Some(further) = behind.strip_prefix('%') {
                literal.push('%');
                rest = further;
                continue;
            }
            let start = source.len() - rest.len() + percent;
            let whole = end_of_name(behind);
            // What stands behind the name may be text: `%proc.name.log`.
            let mut end = whole;
            let field = loop {
                let name = behind.get(..end).unwrap_or_default();
                if name.is_empty() {
                    break None;
                }
                match alert_field(name) {
                    Ok(field) if is_known(&field) => break Some(field),
                    _ => end = name.rfind('.').unwrap_or(0),
                }
            };
            let Some(field) = field else {
                let token = behind.get(..whole).unwrap_or_default().to_owned();
                return Err(TextError { start, end: start + 1 + whole, token });
            };
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(Part::Field(field));
            rest = behind.get(end..).unwrap_or_default();
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self { source: source.to_owned(), parts })
    }

    /// The value of a field alone.
    pub(crate) fn of_field(name: &str) -> Self {
        let parts = alert_field(name).map(Part::Field).into_iter().collect();
        Self { source: format!("%{name}"), parts }
    }

    /// The field, where the text is nothing but its value.
    pub(crate) fn field(&self) -> Option<&AlertField> {
        match self.parts.as_slice() {
            [Part::Field(field)] => Some(field),
            _ => None,
        }
    }

    /// Its text, where no value is in it.
    pub(crate) fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The fields in it.
    pub(crate) fn fields(&self, visit: &mut dyn FnMut(&AlertField)) {
        for part in &self.parts {
            if let Part::Field(field) = part {
                visit(field);
            }
        }
    }

    /// With its values; the name of the first field that has none.
    pub(crate) fn bytes(&self, of: &Occurrence) -> Result<Bytes, String> {
        let mut bytes = Vec::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => bytes.extend_from_slice(text.as_bytes()),
                Part::Field(field) => {
                    let value = of.get(field).ok_or_else(|| field.to_string())?;
                    append(&value, &mut bytes);
                }
            }
        }
        Ok(Bytes(bytes))
    }

    /// The address and length of its prefix, where it is one.
    pub(crate) fn network(&self, of: &Occurrence) -> Result<Option<(IpAddr, u8)>, String> {
        if let Some(field) = self.field() {
            match of.get(field).ok_or_else(|| field.to_string())? {
                Value::Ip(address) => return Ok(Some((address, width(address)))),
                Value::Net(address, prefix) => return Ok(Some((address, prefix))),
                _ => {}
            }
        }
        let text = self.bytes(of)?;
        Ok(std::str::from_utf8(&text.0).ok().and_then(parse_network))
    }

    /// The number it is.
    pub(crate) fn number(&self, of: &Occurrence) -> Result<Option<i128>, String> {
        if let Some(field) = self.field() {
            let value = of.get(field).ok_or_else(|| field.to_string())?;
            if let Some(number) = value.number() {
                return Ok(Some(number));
            }
        }
        let text = self.bytes(of)?;
        Ok(std::str::from_utf8(&text.0).ok().and_then(|text| text.trim().parse().ok()))
    }
}

/// A misspelled field of events is a value of nobody.
fn is_known(field: &AlertField) -> bool {
    match field {
        AlertField::Value { name, .. } => name.contains('.') || name.starts_with("field["),
        _ => true,
    }
}

/// Bits of an address.
pub(crate) fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// An address or a network.
pub(crate) fn parse_network(text: &str) -> Option<(IpAddr, u8)> {
    match text.split_once('/') {
        None => text.parse().ok().map(|address: IpAddr| (address, width(address))),
        Some((address, prefix)) => {
            let (address, prefix) = (address.parse::<IpAddr>().ok()?, prefix.parse().ok()?);
            (prefix <= width(address)).then_some((address, prefix))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_values_and_percent_signs() {
        let occurrence = Occurrence::sample(&[
            ("proc.name", Value::str(b"a\n$(b)\xff")),
            ("proc.pid", Value::Int(7)),
            ("fd.rip", Value::Ip([10, 0, 0, 1].into())),
        ]);
        let check = |text: &str, expected: &[u8]| {
            let text = Text::parse(text).unwrap();
            assert_eq!(text.bytes(&occurrence).unwrap().0, expected, "{}", text.source);
        };
        check("", b"");
        check("100%%", b"100%");
        check("%proc.name", b"a\n$(b)\xff");
        check("/x/%proc.pid.log", b"/x/7.log");
        check("%rule on %hostname", b"Miner started on web-1");
        check("[%fd.rip]:%proc.pid", b"[10.0.0.1]:7");
        check("%tags", b"miner,T1496");
        let missing = Text::parse("%fd.name").unwrap();
        assert_eq!(missing.bytes(&occurrence), Err("fd.name".to_owned()));
        let bad = |text: &str, start, end| {
            let error = Text::parse(text).unwrap_err();
            assert_eq!((error.start, error.end), (start, end), "{text}");
        };
        bad("x %proc.nmae y", 2, 12);
        bad("100%", 3, 4);
        bad("% rule", 0, 1);
        bad("%rulez", 0, 6);
    }

    #[test]
    fn networks_are_addresses_with_a_prefix() {
        for (text, expected) in [
            ("10.0.0.1", Some(([10, 0, 0, 1].into(), 32))),
            ("10.0.0.0/8", Some(([10, 0, 0, 0].into(), 8))),
            ("::1", Some((IpAddr::V6(std::net::Ipv6Addr::LOCALHOST), 128))),
            ("10.0.0.0/33", None),
            ("10.0.0", None),
            ("10.0.0.1; drop", None),
        ] {
            assert_eq!(parse_network(text), expected, "{text}");
        }
    }
}
