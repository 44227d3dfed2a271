//! Bytes of a rule file -> its text: UTF-8, or UTF-16 and UTF-32 with the mark that says so.

use peregrine_yaml::Place;

/// A rule file as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text; U+FFFD where the bytes are none.
    pub text: String,
    /// What people should know of how it is written, and where.
    pub note: Option<(Place, EncodingNote)>,
}

/// How a file is written that is not all UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodingNote {
    /// Two bytes a unit.
    #[error("the file is UTF-16: it is read as UTF-8 would be")]
    Utf16,
    /// Four bytes a letter.
    #[error("the file is UTF-32: it is read as UTF-8 would be")]
    Utf32,
    /// Bytes that are no text.
    #[error("the byte 0x{byte:02x} is no UTF-8: it and others like it are read as U+FFFD")]
    NotUtf8 {
        /// The first of them.
        byte: u8,
    },
}

/// Reads bytes as text. Every file has one: what cannot be read becomes U+FFFD.
pub fn decode(bytes: Vec<u8>) -> Decoded {
    type Number = fn(&[u8]) -> u32;
    // The longer mark first: one begins with another.
    let marks: [(&[u8], EncodingNote, usize, Number); 4] = [
        (b"\xff\xfe\0\0", EncodingNote::Utf32, 4, |b| {
            u32::from_le_bytes(b.try_into().unwrap_or_default())
        }),
        (b"\0\0\xfe\xff", EncodingNote::Utf32, 4, |b| {
            u32::from_be_bytes(b.try_into().unwrap_or_default())
        }),
        (b"\xff\xfe", EncodingNote::Utf16, 2, |b| {
            u16::from_le_bytes(b.try_into().unwrap_or_default()).into()
        }),
        (b"\xfe\xff", EncodingNote::Utf16, 2, |b| {
            u16::from_be_bytes(b.try_into().unwrap_or_default()).into()
        }),
    ];
    for (mark, note, width, number) in marks {
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
        return Decoded { text, note: Some((place, note)) };
    }
    let error = match String::from_utf8(bytes) {
        Ok(text) => return Decoded { text, note: None },
        Err(error) => error,
    };
    let offset = error.utf8_error().valid_up_to();
    let bytes = error.into_bytes();
    let byte = bytes.get(offset).copied().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let place = Place::at(&text, offset);
    Decoded { text, note: Some((place, EncodingNote::NotUtf8 { byte })) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_text() {
        let check = |bytes: &[u8], text: &str, note: Option<(usize, usize, EncodingNote)>| {
            let got = decode(bytes.to_vec());
            assert_eq!(got.text, text, "{bytes:?}");
            let got = got.note.map(|(place, note)| (place.line, place.column, note));
            assert_eq!(got, note, "{bytes:?}");
        };
        let utf16 = Some((1, 1, EncodingNote::Utf16));
        let latin = Some((2, 6, EncodingNote::NotUtf8 { byte: 0xe9 }));
        check("- rule: \u{e9}\n".as_bytes(), "- rule: \u{e9}\n", None);
        check(b"a\n# caf\xe9\nb", "a\n# caf\u{fffd}\nb", latin);
        check(b"\xff\xfea\0\n\0", "a\n", utf16);
        check(b"\xfe\xff\0a\xd8\x3d\xde\0", "a\u{1f600}", utf16);
        check(b"\xff\xfe\0\0a\0\0\0", "a", Some((1, 1, EncodingNote::Utf32)));
        check(b"\xff\xfea\0b", "a\u{fffd}", utf16);
        check(b"", "", None);
    }
}
