//! Functions of fields: one value or list in, one value or list out; no value where one is missing.

use std::borrow::Cow;

use crate::ast::Transformer;
use crate::error::{CheckErrorKind, Signature};
use crate::types::{Type, TypeGroup};
use crate::value::Value;

/// Applies a transformer of one argument to a value.
pub fn transform_of(transformer: Transformer, value: Value<'_>) -> Option<Value<'_>> {
    apply(transformer, vec![Some(value)], None)
}

/// Whether a transformer of one argument takes values (or lists of values) of a type.
pub fn takes(transformer: Transformer, ty: Type, is_list: bool) -> bool {
    let text = ty.group() == TypeGroup::Text;
    match transformer {
        Transformer::Val => true,
        Transformer::Tolower | Transformer::Toupper | Transformer::Basename => text,
        Transformer::B64 => text || ty.group() == TypeGroup::Bytes,
        Transformer::Len => is_list || text || ty.group() == TypeGroup::Bytes,
        Transformer::Join | Transformer::Concat | Transformer::Getopt => false,
    }
}

/// Why a transformer does not take arguments of these types, each with whether it is a list.
pub(crate) fn refuses(transformer: Transformer, args: &[(Type, bool)]) -> Option<CheckErrorKind> {
    let text = |ty: Type| ty.group() == TypeGroup::Text;
    let expects = match (transformer, args) {
        (Transformer::Val, [_]) => return None,
        (Transformer::Join, [(separator, of_many), (element, many)]) => match (of_many, many) {
            (true, _) => Signature::OneSeparator,
            (_, false) => Signature::SecondIsList,
            _ if text(*separator)
                && matches!(element.group(), TypeGroup::Text | TypeGroup::Number) =>
            {
                return None;
            }
            _ => Signature::TextAndList,
        },
        (Transformer::Join, _) => Signature::SeparatorAndList,
        (Transformer::Concat, [] | [_]) => Signature::TwoOrMore,
        (Transformer::Concat, all) if all.iter().all(|(ty, many)| text(*ty) && !many) => {
            return None;
        }
        (Transformer::Getopt, [(_, false), _]) => Signature::FirstIsList,
        (Transformer::Getopt, [_, (_, true)]) => Signature::OneOptions,
        (Transformer::Getopt, [(list, _), (options, _)]) if text(*list) && text(*options) => {
            return None;
        }
        (Transformer::Concat, _) | (Transformer::Getopt, [_, _]) => Signature::Texts,
        (Transformer::Getopt, _) => Signature::ListAndOptions,
        (_, [(ty, many)]) if takes(transformer, *ty, *many) => return None,
        _ => return Some(CheckErrorKind::ArgumentType { transformer }),
    };
    Some(CheckErrorKind::Arguments { transformer, expects })
}

/// Applies a transformer to the values of its arguments.
pub(crate) fn apply<'v>(
    transformer: Transformer,
    args: Vec<Option<Value<'v>>>,
    option: Option<&str>,
) -> Option<Value<'v>> {
    let mut args = args.into_iter();
    match transformer {
        Transformer::Val => args.next()?,
        Transformer::Tolower => each(args.next()??, &|bytes| Some(bytes.to_ascii_lowercase())),
        Transformer::Toupper => each(args.next()??, &|bytes| Some(bytes.to_ascii_uppercase())),
        Transformer::Basename => basename(args.next()??),
        Transformer::B64 => each(args.next()??, &decode_base64),
        Transformer::Len => Some(Value::Uint(match args.next()? {
            None => 0,
            Some(Value::List(list)) => list.len() as u64,
            Some(value) => value.bytes()?.len() as u64,
        })),
        Transformer::Join => {
            let separator = args.next()??;
            let list = match args.next()?? {
                Value::List(list) => list,
                one => vec![one],
            };
            let parts: Option<Vec<Vec<u8>>> = list.iter().map(text_of).collect();
            Some(Value::string(parts?.join(separator.bytes()?)))
        }
        Transformer::Concat => {
            let mut text = Vec::new();
            for arg in args {
                text.extend_from_slice(arg?.bytes()?);
            }
            Some(Value::string(text))
        }
        Transformer::Getopt => {
            let Value::List(list) = args.next()?? else { return None };
            let options = args.next()??;
            getopt(&list, options.bytes()?, option)
        }
    }
}

/// The last part of a path, or of each path of a list, where it lies.
pub(crate) fn basename(value: Value<'_>) -> Option<Value<'_>> {
    fn cut(path: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
        let begin = path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
        match path {
            Cow::Borrowed(path) => Cow::Borrowed(path.get(begin..).unwrap_or_default()),
            Cow::Owned(mut path) => {
                path.drain(..begin);
                Cow::Owned(path)
            }
        }
    }
    match value {
        Value::List(list) => {
            list.into_iter().map(basename).collect::<Option<Vec<_>>>().map(Value::List)
        }
        Value::Bytes(bytes) => Some(Value::Bytes(cut(bytes))),
        Value::Str(text) => Some(Value::Str(cut(text))),
        _ => None,
    }
}

fn each<'v>(value: Value<'v>, change: &dyn Fn(&[u8]) -> Option<Vec<u8>>) -> Option<Value<'v>> {
    match value {
        Value::List(list) => list
            .into_iter()
            .map(|value| each(value, change))
            .collect::<Option<Vec<_>>>()
            .map(Value::List),
        Value::Bytes(bytes) => change(&bytes).map(|bytes| Value::Bytes(bytes.into())),
        value => change(value.bytes()?).map(Value::string),
    }
}

/// The text of one value in a joined list: what it is, or the digits of a number.
fn text_of(value: &Value<'_>) -> Option<Vec<u8>> {
    match value {
        Value::Int(number) => Some(number.to_string().into_bytes()),
        Value::Uint(number) => Some(number.to_string().into_bytes()),
        text => text.bytes().map(<[u8]>::to_vec),
    }
}

/// Base64 without padding; what is no base64 has no value.
fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    let end = text.iter().rposition(|byte| *byte != b'=').map_or(0, |at| at + 1);
    for byte in text.get(..end)? {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    (count != 6).then_some(out)
}

/// Short options of a command line: letters and values in order, or the value of one option.
///
/// An option whose value is missing has the empty text; the list holds that in place of both.
fn getopt<'v>(args: &[Value<'_>], options: &[u8], wanted: Option<&str>) -> Option<Value<'v>> {
    enum Found {
        /// The option takes no value.
        Alone,
        /// It takes one and there is none.
        Missing,
        Value(Vec<u8>),
        /// Nobody knows it.
        Unknown,
    }
    let mut found: Vec<(u8, Found)> = Vec::new();
    let mut words = args.iter().filter_map(Value::bytes);
    while let Some(word) = words.next() {
        if word == b"--" || word.first() != Some(&b'-') || word == b"-" {
            break;
        }
        if word.starts_with(b"--") {
            continue;
        }
        let mut letters = word.get(1..)?;
        while let Some((letter, rest)) = letters.split_first() {
            letters = rest;
            let place = options.iter().position(|option| option == letter && *letter != b':');
            let Some(place) = place else {
                found.push((b'?', Found::Unknown));
                continue;
            };
            if options.get(place + 1) != Some(&b':') {
                found.push((*letter, Found::Alone));
                continue;
            }
            let value = if letters.is_empty() { words.next() } else { Some(letters) };
            found.push((
                *letter,
                value.map_or(Found::Missing, |value| Found::Value(value.to_vec())),
            ));
            break;
        }
    }
    if let Some(wanted) = wanted {
        let mut known = found.into_iter().filter(|(_, value)| !matches!(value, Found::Unknown));
        let (letter, value) = known.rfind(|(letter, _)| wanted.as_bytes() == [*letter])?;
        return Some(Value::string(match value {
            Found::Alone | Found::Unknown => vec![letter],
            Found::Missing => Vec::new(),
            Found::Value(value) => value,
        }));
    }
    let mut list = Vec::new();
    for (letter, value) in found {
        match value {
            Found::Alone | Found::Unknown => list.push(Value::string(vec![letter])),
            Found::Missing => list.push(Value::str(b"")),
            Found::Value(value) => list.extend([vec![letter], value].map(Value::string)),
        }
    }
    Some(Value::List(list))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_needs_no_padding() {
        assert_eq!(decode_base64(b"aGVsbG8"), Some(b"hello".to_vec()));
        assert_eq!(decode_base64(b"aGVsbG8="), Some(b"hello".to_vec()));
        assert_eq!(decode_base64(b"a"), None);
        assert_eq!(decode_base64(b"a b"), None);
    }

    #[test]
    fn options_are_found_in_clusters() {
        let args: Vec<Value<'_>> = [&b"-nt"[..], b"5", b"--long", b"-x"].map(Value::str).to_vec();
        assert_eq!(getopt(&args, b"nt:", Some("t")), Some(Value::string(*b"5")));
        assert_eq!(getopt(&args, b"nt:", Some("n")), Some(Value::string(*b"n")));
        assert_eq!(
            getopt(&args, b"nt:", None),
            Some(Value::List([&b"n"[..], b"t", b"5", b"?"].map(Value::str).to_vec()))
        );
        let args: Vec<Value<'_>> = [&b"-n"[..], b"-t"].map(Value::str).to_vec();
        assert_eq!(getopt(&args, b"nt:", Some("t")), Some(Value::str(b"")));
        assert_eq!(
            getopt(&args, b"nt:", None),
            Some(Value::List([&b"n"[..], b""].map(Value::str).to_vec()))
        );
        assert_eq!(
            getopt(&args, b":nt:", None),
            Some(Value::List([&b"n"[..], b""].map(Value::str).to_vec()))
        );
    }
}
