//! The right sides of comparisons: words, numbers, quoted texts, lists.

use crate::ast::{Operand, Right, Transformer, Word};
use crate::error::{Expected, ParseErrorKind};
use crate::parse::{Parsed, Parser, is_blank};

impl Parser<'_> {
    pub(crate) fn value_operand(&mut self) -> Parsed<Option<Operand>> {
        let start = self.pos;
        if self.take("val(") {
            self.blanks();
            let field = self.field()?.ok_or_else(|| self.error(Expected::FieldInVal))?;
            self.blanks();
            if !self.take(")") {
                return Err(self.error(Expected::TransformerEnd));
            }
            let arg = self.bracket()?;
            let span = self.span(start);
            return Ok(Some(Operand::Call {
                transformer: Transformer::Val,
                args: vec![field],
                arg,
                span,
            }));
        }
        self.transformer()
    }

    pub(crate) fn number_len(&self) -> usize {
        let bytes = self.rest().as_bytes();
        if bytes.first() == Some(&b'0') && matches!(bytes.get(1), Some(b'x' | b'X')) {
            let digits = bytes.iter().skip(2).take_while(|b| b.is_ascii_alphanumeric()).count();
            if digits > 0 {
                return 2 + digits;
            }
        }
        let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
        let digits = bytes.iter().skip(at).take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return 0;
        }
        at += digits;
        if bytes.get(at) == Some(&b'.') {
            at += 1 + bytes.iter().skip(at + 1).take_while(|b| b.is_ascii_digit()).count();
        }
        if matches!(bytes.get(at), Some(b'e' | b'E'))
            && matches!(bytes.get(at + 1), Some(b'+' | b'-'))
        {
            let digits = bytes.iter().skip(at + 2).take_while(|b| b.is_ascii_digit()).count();
            if digits > 0 {
                at += 2 + digits;
            }
        }
        at
    }

    pub(crate) fn number_value(&mut self) -> Parsed<Right> {
        if !self.undotted.is_empty() {
            // Its scheme may know numbers by words: priorities, times.
            return self.string_value();
        }
        if let Some(operand) = self.value_operand()? {
            return Ok(Right::Operand(operand));
        }
        let (start, len) = (self.pos, self.number_len());
        if len == 0 {
            return Err(self.error(Expected::Number));
        }
        let text = self.rest().get(..len).unwrap_or_default().to_owned();
        self.pos += len;
        Ok(Right::Value(Word { text, span: self.span(start) }))
    }

    pub(crate) fn string_value(&mut self) -> Parsed<Right> {
        if let Some(operand) = self.value_operand()? {
            return Ok(Right::Operand(operand));
        }
        self.word()?.map(Right::Value).ok_or_else(|| self.error(Expected::Text))
    }

    pub(crate) fn word(&mut self) -> Parsed<Option<Word>> {
        let start = self.pos;
        if matches!(self.peek(), Some(b'"' | b'\'')) {
            let text = self.quoted()?;
            return Ok(Some(Word { text, span: self.span(start) }));
        }
        let len =
            self.rest().bytes().take_while(|b| !is_blank(*b) && !b"(),=\"'".contains(b)).count();
        let text = self.rest().get(..len).unwrap_or_default().to_owned();
        self.pos += len;
        Ok((len > 0).then(|| Word { text, span: self.span(start) }))
    }

    pub(crate) fn list_value(&mut self) -> Parsed<Right> {
        if let Some(operand) = self.value_operand()? {
            return Ok(Right::Operand(operand));
        }
        let start = self.pos;
        if self.take("(") {
            let mut words = Vec::new();
            self.blanks();
            if !self.take(")") {
                loop {
                    self.blanks();
                    words.push(self.word()?.ok_or_else(|| self.error(Expected::Word))?);
                    self.blanks();
                    if self.take(")") {
                        break;
                    }
                    if !self.take(",") {
                        return Err(self.error(Expected::Parenthesis));
                    }
                }
            }
            return Ok(Right::List(words, self.span(start)));
        }
        let name = self.identifier().ok_or_else(|| self.error(Expected::List))?;
        Ok(Right::ListName(name, self.span(start)))
    }

    /// A text in quotes, escapes resolved.
    pub(crate) fn quoted(&mut self) -> Parsed<String> {
        let Some(quote) = self.rest().chars().next() else {
            return Err(self.error(Expected::Word));
        };
        let begin = self.pos + 1;
        let inside = self.text.get(begin..).unwrap_or_default();
        let Some(len) = closing(inside, quote) else {
            return Err(self.error(Expected::Quote));
        };
        let mut text = String::new();
        let mut letters = inside.get(..len).unwrap_or_default().char_indices();
        while let Some((at, letter)) = letters.next() {
            if letter != '\\' {
                text.push(letter);
                continue;
            }
            let escaped = letters.next().map(|(_, escaped)| escaped);
            text.push(match escaped {
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some(' ' | '\\') => '\\',
                Some('/') => '/',
                Some(same) if same == quote => quote,
                _ => {
                    self.pos = begin + at;
                    return Err(self.error(ParseErrorKind::Escape));
                }
            });
        }
        self.pos = begin + len + 1;
        Ok(text)
    }
}

/// Where the quote ends: at the first one without a backslash right before it, whatever stands
/// before that backslash; where every one has a backslash, at the last.
fn closing(inside: &str, quote: char) -> Option<usize> {
    let mut last = None;
    let mut before = '\0';
    for (at, letter) in inside.char_indices() {
        if letter == quote {
            if before != '\\' {
                return Some(at);
            }
            last = Some(at);
        }
        before = letter;
    }
    last
}
