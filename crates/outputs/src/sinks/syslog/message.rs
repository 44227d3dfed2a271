//! Messages for the system log, of RFC 5424 or of the form of before, no longer than the receiver takes.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::ZonedDateTime;
use jiff::tz::{Offset, TimeZone};
use peregrine_alert::{Alert, one_line, syslog_code, syslog_line};

use crate::cut::{cut, length, utf8};
use crate::facts::{date, text_of};

/// What a receiver knows a text in UTF-8 by.
const BOM: &str = "\u{feff}";
/// Shorter than this, values say nothing: some are left out instead.
const LEAST: usize = 16;

/// What stands before the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Header {
    /// RFC 5424; with structured data, whose names end in this number.
    New(Option<u32>),
    /// RFC 3164, with the host.
    Old,
    /// The same without it: the log knows the host it runs on.
    OldLocal,
}

/// How messages are made.
#[derive(Debug, Clone)]
pub(super) struct Messages {
    pub(super) header: Header,
    pub(super) facility: u8,
    /// The name of the program.
    pub(super) app_name: String,
    /// Whether a text with other characters than ASCII begins with the mark that says it is UTF-8: text of
    /// formats that have rules of their own does not.
    pub(super) bom: bool,
    /// The number of the process.
    pub(super) pid: u32,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) text: String,
    /// Whether something is missing from it.
    pub(super) cut: bool,
}

impl Messages {
    /// The message of an alert with at most so many bytes.
    pub(super) fn message(&self, alert: &Alert, text: &str, most: usize) -> Message {
        let text = on_one_line(text, most);
        match self.header {
            Header::New(number) => self.new_message(alert, &text, number, most),
            Header::Old => self.old_message(alert, &text, Some(&host(alert)), most),
            Header::OldLocal => self.old_message(alert, &text, None, most),
        }
    }

    fn old_message(&self, alert: &Alert, text: &str, host: Option<&str>, most: usize) -> Message {
        let time = local_time(alert);
        let line = |text: &str| {
            let code = (self.facility, alert.priority);
            syslog_line(code, &time, host, &word(&self.app_name, 32), text)
        };
        let room = most.saturating_sub(line("").len());
        let shorter = cut(text, room, utf8);
        Message { text: line(&shorter), cut: shorter.len() < text.len() }
    }

    fn new_message(&self, alert: &Alert, text: &str, number: Option<u32>, most: usize) -> Message {
        let mut message = format!(
            "{}1 {} {} {} {} {} ",
            syslog_code(self.facility, alert.priority),
            date(alert, "%Y-%m-%dT%H:%M:%S.%6fZ"),
            host(alert),
            word(&self.app_name, 48),
            self.pid,
            word(&alert.rule, 32),
        );
        let mark = if self.bom && !text.is_ascii() { BOM } else { "" };
        // A space stands between the data and the text.
        let room = most.saturating_sub(message.len() + 1 + mark.len());
        let (data, mut is_cut) = match number {
            None => ("-".to_owned(), false),
            // Each has half of the room at least.
            Some(number) => data(alert, number, room - text.len().min(room / 2)),
        };
        let shorter = cut(text, room.saturating_sub(data.len()), utf8);
        is_cut |= shorter.len() < text.len();
        let _ = write!(message, "{data} {mark}{shorter}");
        Message { text: message, cut: is_cut }
    }
}

/// A text on one line. Of a text that is too long anyway, as much as shows that.
fn on_one_line(text: &str, most: usize) -> String {
    let end = text.floor_char_boundary(most.saturating_add(1));
    one_line(text.get(..end).unwrap_or(text).to_owned())
}

/// When the alert was, by the clocks of its host.
fn local_time(alert: &Alert) -> ZonedDateTime {
    let time = jiff::Timestamp::from_nanosecond(i128::from(alert.time_ns)).unwrap_or_default();
    let offset = Offset::from_seconds(alert.utc_offset).unwrap_or(Offset::UTC);
    time.to_zoned_datetime(TimeZone::fixed(offset))
}

/// The host of an alert, as a word.
fn host(alert: &Alert) -> String {
    word(&alert.id.host, 255)
}

/// A text as a word of a header: visible ASCII, `-` where there is nothing.
fn word(text: &str, most: usize) -> String {
    let visible = |c: char| if c.is_ascii_graphic() { c } else { '_' };
    let word: String = text.chars().map(visible).take(most).collect();
    if word.is_empty() { "-".to_owned() } else { word }
}

/// The name of a parameter, of at most 32 bytes.
fn name_of(field: &str, known: &mut BTreeSet<String>) -> String {
    let allowed = |c: char| c.is_ascii_graphic() && !"=]\"".contains(c);
    let name: String = field.chars().map(|c| if allowed(c) { c } else { '_' }).take(32).collect();
    let name = if name.is_empty() { "_".to_owned() } else { name };
    let mut own = name.clone();
    let mut number = 1;
    while !known.insert(own.clone()) {
        number += 1;
        let behind = format!("_{number}");
        own = name.chars().take(32 - behind.len()).collect::<String>() + &behind;
    }
    own
}

/// Bytes within the value of a parameter.
fn escaped(c: char) -> usize {
    if matches!(c, '"' | '\\' | ']') { 2 } else { c.len_utf8() }
}

fn parameter(to: &mut String, name: &str, value: &str) {
    let _ = write!(to, " {name}=\"");
    for c in value.chars() {
        if escaped(c) == 2 && c.is_ascii() {
            to.push('\\');
        }
        to.push(c);
    }
    to.push('"');
}

/// What says that something is missing.
const TRUNCATED: &str = " truncated=\"true\"";

/// The structured data of an alert: what it is, then its values, each cut as far as it takes for all of them to
/// have `most` bytes; where that is not enough the last ones are missing. Whether something is.
fn data(alert: &Alert, number: u32, most: usize) -> (String, bool) {
    let mut about = String::new();
    let mut known = BTreeSet::new();
    let mut values: Vec<(String, String)> = Vec::new();
    let tags = alert.tags.join(",");
    let id = format!("{}-{}", alert.id.host, alert.id.sequence);
    let own = [("id", &id), ("rule", &alert.rule), ("source", &alert.source), ("tags", &tags)];
    for (name, value) in own {
        parameter(&mut about, name, &cut(&one_line(value.clone()), 256, escaped));
    }
    for (field, value) in &alert.fields {
        let name = name_of(field, &mut known);
        values.push((name, on_one_line(&text_of(value), most)));
    }
    let begin = format!("[alert@{number}{about}");
    let element = format!("[fields@{number}");
    let make = |each: usize, count: usize| {
        let mut fields = String::new();
        let mut whole = count == values.len();
        for (name, value) in values.iter().take(count) {
            let shorter = cut(value, each, escaped);
            whole &= shorter.len() == value.len();
            parameter(&mut fields, name, &shorter);
        }
        let truncated = if whole { "" } else { TRUNCATED };
        let fields = if count == 0 { String::new() } else { format!("{element}{fields}]") };
        (format!("{begin}{truncated}]{fields}"), !whole)
    };
    let longest = values.iter().map(|(_, value)| length(value, escaped)).max().unwrap_or_default();
    let (mut each, mut count) = (longest, values.len());
    loop {
        let made = make(each, count);
        if made.0.len() <= most {
            return made;
        }
        if each > LEAST {
            each = (each.min(most) * 3 / 4).max(LEAST);
        } else if count > 0 {
            count = count * 3 / 4;
        } else {
            return ("-".to_owned(), true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::samples::{bare, nasty, plain};

    fn messages(header: Header) -> Messages {
        Messages { header, facility: 20, app_name: "my app".to_owned(), bom: true, pid: 7 }
    }

    fn made(header: Header, alert: &Alert, text: &str, most: usize) -> Message {
        messages(header).message(alert, text, most)
    }

    #[test]
    fn messages_have_the_form_of_their_rfc() {
        let check = |header, alert: &Alert, text: &str, expected: &str| {
            let got = made(header, alert, text, 8192);
            assert_eq!(got, Message { text: expected.to_owned(), cut: false });
        };
        let new = "<164>1 2023-11-14T22:13:20.123456Z web-1 my_app 7 Read_sensitive_file";
        check(Header::New(None), &plain(), "a\nb", &format!("{new} - a\\nb"));
        check(Header::New(None), &plain(), "文", &format!("{new} - \u{feff}文"));
        let data = "[alert@5 id=\"web-1-42\" rule=\"Read sensitive file\" source=\"syscall\" \
                    tags=\"filesystem,T1555\"][fields@5 container.image=\"x\" container.image.tag=\"y\" \
                    fd.name=\"/etc/shadow\" proc.name=\"cat\" proc.pid=\"4711\" user.name=\"root\"]";
        check(Header::New(Some(5)), &plain(), "text", &format!("{new} {data} text"));
        check(
            Header::New(Some(5)),
            &bare(),
            "text",
            "<167>1 2023-11-14T22:13:21.000000Z web-1 my_app 7 Peregrine_internal:_test \
             [alert@5 id=\"web-1-43\" rule=\"Peregrine internal: test\" source=\"internal\" tags=\"\"] text",
        );
        // By the clocks of the host: an hour later than in UTC.
        check(Header::Old, &plain(), "a\nb 文", "<164>Nov 14 23:13:20 web-1 my_app: a\\nb 文");
        check(Header::OldLocal, &plain(), "a", "<164>Nov 14 23:13:20 my_app: a");
    }

    /// The parameters of structured data, read as RFC 5424 says.
    fn parameters(message: &str) -> Vec<(String, String)> {
        let mut rest = &message[message.find('[').unwrap()..];
        let mut found = Vec::new();
        while let Some(inside) = rest.strip_prefix('[') {
            rest = &inside[inside.find([' ', ']']).unwrap()..];
            while let Some(pair) = rest.strip_prefix(' ') {
                let (name, value) = pair.split_once("=\"").unwrap();
                let mut text = String::new();
                let mut chars = value.char_indices();
                let end = loop {
                    match chars.next().unwrap() {
                        (_, '\\') => text.push(chars.next().unwrap().1),
                        (at, '"') => break at,
                        (_, ']') => panic!("an unescaped bracket in {name}"),
                        (_, c) => text.push(c),
                    }
                };
                found.push((name.to_owned(), text));
                rest = &value[end + 1..];
            }
            rest = rest.strip_prefix(']').unwrap();
        }
        assert!(rest.starts_with(' '), "{rest}");
        found
    }

    #[test]
    fn values_are_whole_where_there_is_room() {
        let alert = nasty();
        let got = made(Header::New(Some(5)), &alert, &alert.message, 1 << 20);
        assert!(!got.cut);
        let found = parameters(&got.text);
        for (field, value) in &alert.fields {
            let expected = one_line(text_of(value).into_owned());
            let of = |(_, found): &&(String, String)| *found == expected;
            let (name, _) = found.iter().find(of).unwrap_or_else(|| panic!("{field} is missing"));
            assert!(name.len() <= 32 && !name.contains(['=', ']', '"', ' ']), "{name}");
        }
        let names: BTreeSet<&String> = found.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), 4 + alert.fields.len());
        assert!(got.text.ends_with(&one_line(alert.message)));
    }

    #[test]
    fn long_messages_are_cut_at_a_character_and_say_so() {
        let alert = nasty();
        for header in [Header::New(Some(5)), Header::New(None), Header::Old, Header::OldLocal] {
            for most in (480..2000).step_by(37).chain([8192, 65_507, 100_000]) {
                let got = made(header, &alert, &alert.message, most);
                assert!(got.cut && got.text.len() <= most, "{header:?} {most} {}", got.text.len());
                assert!(got.text.contains("..."), "{}", got.text);
                if header == Header::New(Some(5)) && most > 1500 {
                    let found = parameters(&got.text);
                    assert!(found.contains(&("truncated".to_owned(), "true".to_owned())));
                    let room = most - got.text.len();
                    // No more than a quarter of the room stays unused.
                    assert!(room <= most / 4, "{room} of {most}");
                }
            }
        }
        let short = made(Header::New(None), &plain(), &"文".repeat(400), 480);
        assert!(short.text.ends_with("文...") && short.text.len() > 475, "{}", short.text);
    }

    #[test]
    fn names_of_parameters_are_allowed_and_each_its_own() {
        let mut known = BTreeSet::new();
        for (field, expected) in [
            ("proc.name", "proc.name"),
            ("evt.arg[0]", "evt.arg[0_"),
            ("evt.arg[0_", "evt.arg[0__2"),
            ("", "_"),
            ("a=\"b c", "a__b_c"),
            ("文", "__2"),
            ("0123456789012345678901234567890123", "01234567890123456789012345678901"),
            ("0123456789012345678901234567890145", "012345678901234567890123456789_2"),
        ] {
            assert_eq!(name_of(field, &mut known), expected, "{field}");
        }
    }
}
