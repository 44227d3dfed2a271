//! Bytes of a rule file -> its text: UTF-8, or UTF-16 and UTF-32 with the mark that says so.

use peregrine_yaml::Place;

/// A rule file as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text; U+FFFD where the bytes are none.
    pub text: String,
    /// What people should know of how it is written, and where.
    pub note: Option<(Place, String)>,
}

/// Reads bytes as text. Every file has one: what cannot be read becomes U+FFFD.
pub fn decode(bytes: Vec<u8>) -> Decoded {
    type Number = fn(&[u8]) -> u32;
    // The longer mark first: one begins with another.
    let marks: [(&[u8], &str, usize, Number); 4] = [
        (b"\xff\xfe\0\0", "UTF-32", 4, |b| u32::from_le_bytes(b.try_into().unwrap_or_default())),
        (b"\0\0\xfe\xff", "UTF-32", 4, |b| u32::from_be_bytes(b.try_into().unwrap_or_default())),
        (b"\xff\xfe", "UTF-16", 2, |b| u16::from_le_bytes(b.try_into().unwrap_or_default()).into()),
        (b"\xfe\xff", "UTF-16", 2, |b| u16::from_be_bytes(b.try_into().unwrap_or_default()).into()),
    ];
    for (mark, name, width, number) in marks {
        let Some(rest) = bytes.strip_prefix(mark) else { continue };
        // Half a letter at the end is none.
        let units =
            rest.chunks(width).map(|unit| if unit.len() == width { number(unit) } else { 0xfffd });
        let text: String = if width == 4 {
            units.map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        } else {
            let units = units.map(|unit| u16::try_from(unit).unwrap_or_default());
            char::decode_utf16(units)
                .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        };
        let place = Place { line: 1, column: 1, offset: 0 };
        let message = format!("the file is {name}: it is read as UTF-8 would be");
        return Decoded { text, note: Some((place, message)) };
    }
    let error = match String::from_utf8(bytes) {
        Ok(text) => return Decoded { text, note: None },
        Err(error) => error,
    };
    let offset = error.utf8_error().valid_up_to();
    let bytes = error.into_bytes();
    let wrong = bytes.get(offset).copied().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let before = text.get(..offset).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let place = Place {
        line: before.matches('\n').count() + 1,
        column: before.get(start..).unwrap_or_default().chars().count() + 1,
        offset,
    };
    let message =
        format!("the byte 0x{wrong:02x} is no UTF-8: it and others like it are read as U+FFFD");
    Decoded { text, note: Some((place, message)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_text() {
        let check = |bytes: &[u8], text: &str, note: Option<(usize, usize, &str)>| {
            let got = decode(bytes.to_vec());
            assert_eq!(got.text, text, "{bytes:?}");
            let told = got.note.as_ref();
            let told = told.map(|(place, message)| (place.line, place.column, message.as_str()));
            match (told, note) {
                (None, None) => {}
                (Some(told), Some(note)) => {
                    assert_eq!((told.0, told.1), (note.0, note.1), "{bytes:?}");
                    assert!(told.2.contains(note.2), "{told:?}");
                }
                other => panic!("{other:?}"),
            }
        };
        check("- rule: \u{e9}\n".as_bytes(), "- rule: \u{e9}\n", None);
        check(b"a\n# caf\xe9\nb", "a\n# caf\u{fffd}\nb", Some((2, 6, "0xe9")));
        check(b"\xff\xfea\0\n\0", "a\n", Some((1, 1, "UTF-16")));
        check(b"\xfe\xff\0a\xd8\x3d\xde\0", "a\u{1f600}", Some((1, 1, "UTF-16")));
        check(b"\xff\xfe\0\0a\0\0\0", "a", Some((1, 1, "UTF-32")));
        check(b"\xff\xfea\0b", "a\u{fffd}", Some((1, 1, "UTF-16")));
        check(b"", "", None);
    }
}
