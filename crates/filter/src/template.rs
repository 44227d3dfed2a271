//! Output formats: text with `%field` tokens.

use crate::ast::{Operand, Span};
use crate::error::{Expected, ParseErrorKind, TemplateError, TemplateErrorKind};
use crate::operand::check_operand;
use crate::parse::parse_operand;
use crate::scheme::Scheme;
use crate::typed::Getter;

/// An output format, its fields resolved.
#[derive(Debug, Clone)]
pub struct Template<F> {
    /// Text and tokens, in order.
    pub parts: Vec<Part<F>>,
    /// Whether the format began with `*`: values that are missing are printed as `<NA>`.
    pub star: bool,
}

/// A piece of a format.
#[derive(Debug, Clone)]
pub enum Part<F> {
    /// Text as it is.
    Text(String),
    /// A value.
    Token(Token<F>),
}

/// A value's place in a format.
#[derive(Debug, Clone)]
pub struct Token<F> {
    /// As written, without `%` and width: the key in `output_fields`.
    pub text: String,
    /// Its bytes in the format, from `%` on.
    pub span: Span,
    /// Where the value comes from.
    pub getter: Getter<F>,
    /// Cut or padded to so many bytes.
    pub width: Option<usize>,
}

/// How far a token is looked for where not all that stands there is one.
const LONGEST: usize = 512;

/// What a token is read as, and how many bytes it takes.
type Longest<F> = (Operand, Getter<F>, usize);

/// The longest front of a text that is a field or transformer of the scheme: what resolves decides,
/// and what stands behind it is text. Also how many bytes it takes.
///
/// # Errors
/// Why the longest is none, and its bytes.
fn longest<S: Scheme>(
    token: &str,
    scheme: &S,
) -> Result<Longest<S::Field>, (Span, TemplateErrorKind)> {
    // Why the longest of them is none.
    let mut why = None;
    let mut end = token.len();
    while let Some(front) = token.get(..end).filter(|front| !front.is_empty()) {
        let mut shorter = end - 1;
        let kind = match parse_operand(front) {
            Ok((operand, len)) => match check_operand(&operand, scheme) {
                Ok(getter) => return Ok((operand, getter, len)),
                Err(error) => {
                    // What stands behind it made no difference.
                    shorter = len - 1;
                    (error.span, TemplateErrorKind::Unresolved(error.kind))
                }
            },
            Err(error) => not_a_token(token, error.kind),
        };
        why.get_or_insert(kind);
        end = shorter.min(LONGEST);
        while !token.is_char_boundary(end) {
            end -= 1;
        }
    }
    Err(why.unwrap_or_else(|| not_a_token(token, Expected::Field.into())))
}

/// What stands up to the next blank is no token.
fn not_a_token(text: &str, why: ParseErrorKind) -> (Span, TemplateErrorKind) {
    let token = text.split(char::is_whitespace).next().unwrap_or_default().to_owned();
    (Span { start: 0, end: token.len() }, TemplateErrorKind::NoToken { token, why })
}

/// Fields that are only for conditions have no value in an output, or another one.
fn mute<S: Scheme>(getter: &mut Getter<S::Field>, scheme: &S) {
    match getter {
        Getter::Field(field) if scheme.def(field).filter_only => {
            *field = scheme.mute(field.clone());
        }
        Getter::Call { args, .. } | Getter::List(args) => {
            for arg in args {
                mute(arg, scheme);
            }
        }
        Getter::Field(_) | Getter::Text(_) | Getter::Number(_) => {}
    }
}

impl<F> Template<F> {
    /// Reads a format.
    ///
    /// # Errors
    /// At the first token that is no field of the scheme.
    pub fn parse<S: Scheme<Field = F>>(text: &str, scheme: &S) -> Result<Self, TemplateError> {
        let mut first = None;
        let template = Self::read(text, scheme, &mut |error| {
            first = Some(error);
            false
        });
        first.map_or(Ok(template), Err)
    }

    /// The same.
    ///
    /// # Errors
    /// Every token that is no field of the scheme, in order.
    pub fn parse_all<S: Scheme<Field = F>>(
        text: &str,
        scheme: &S,
    ) -> Result<Self, Vec<TemplateError>> {
        let mut errors = Vec::new();
        let template = Self::read(text, scheme, &mut |error| {
            errors.push(error);
            true
        });
        if errors.is_empty() { Ok(template) } else { Err(errors) }
    }

    /// Reads a format up to the first mistake after which `go_on` says so.
    fn read<S: Scheme<Field = F>>(
        text: &str,
        scheme: &S,
        go_on: &mut dyn FnMut(TemplateError) -> bool,
    ) -> Self {
        let star = text.starts_with('*');
        let mut rest = if star { text.get(1..).unwrap_or_default() } else { text };
        let mut parts = Vec::new();
        while let Some(percent) = rest.find('%') {
            let offset = text.len() - rest.len() + percent;
            let at = |start, end, kind| TemplateError { span: Span { start, end }, kind };
            let (before, token) = rest.split_at(percent);
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let token = token.get(1..).unwrap_or_default();
            if token.is_empty() {
                go_on(at(offset, text.len(), TemplateErrorKind::EndsInPercent));
                rest = "";
                break;
            }
            let digits = token.bytes().take_while(u8::is_ascii_digit).count();
            let (width, token) = token.split_at(digits);
            if token.is_empty() {
                go_on(at(offset, text.len(), TemplateErrorKind::EndsInNumber));
                rest = "";
                break;
            }
            let begin = text.len() - token.len();
            let (operand, mut getter, len) = match longest(token, scheme) {
                Ok(found) => found,
                Err((Span { start, end }, kind)) => {
                    if !go_on(at(begin + start, begin + end, kind)) {
                        rest = "";
                        break;
                    }
                    // What follows may be right.
                    rest = token.get(end.max(1)..).unwrap_or_default();
                    continue;
                }
            };
            mute(&mut getter, scheme);
            parts.push(Part::Token(Token {
                text: operand.to_string(),
                span: Span { start: offset, end: begin + len },
                getter,
                width: width.parse().ok(),
            }));
            rest = token.get(len..).unwrap_or_default();
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Self { parts, star }
    }

    /// The tokens, in order.
    pub fn tokens(&self) -> impl Iterator<Item = &Token<F>> {
        self.parts
            .iter()
            .filter_map(|part| if let Part::Token(token) = part { Some(token) } else { None })
    }
}
