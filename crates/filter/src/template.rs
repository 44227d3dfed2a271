//! Output formats: text with `%field` tokens.

use crate::ast::Operand;
use crate::check::check_operand;
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
    /// Where the value comes from.
    pub getter: Getter<F>,
    /// Cut or padded to so many bytes.
    pub width: Option<usize>,
}

/// What is wrong with a format, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// Byte offset in the format.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
}

impl<F> Template<F> {
    /// Reads a format.
    ///
    /// # Errors
    /// At the first token that is no field of the scheme.
    pub fn parse<S: Scheme<Field = F>>(text: &str, scheme: &S) -> Result<Self, TemplateError> {
        let star = text.starts_with('*');
        let mut rest = if star { text.get(1..).unwrap_or_default() } else { text };
        let mut parts = Vec::new();
        while let Some(percent) = rest.find('%') {
            let offset = text.len() - rest.len() + percent;
            let wrong = |message: String| TemplateError { offset, message };
            let (before, token) = rest.split_at(percent);
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let token = token.get(1..).unwrap_or_default();
            if token.is_empty() {
                return Err(wrong(
                    "invalid formatting syntax: formatting cannot end with a %".to_owned(),
                ));
            }
            let digits = token.bytes().take_while(u8::is_ascii_digit).count();
            let (width, token) = token.split_at(digits);
            if token.is_empty() {
                return Err(wrong(
                    "invalid formatting syntax: formatting cannot end with a number".to_owned(),
                ));
            }
            let (operand, len) = parse_operand(token).map_err(|error| {
                let shown: String = token.chars().take_while(|c| !c.is_whitespace()).collect();
                wrong(format!(
                    "unknown filter: unexpected token after '%' in '%{shown}': {}",
                    error.message
                ))
            })?;
            let getter = check_operand(&operand, scheme).map_err(|error| {
                wrong(format!("unknown filter: unexpected token after '%': {}", error.message))
            })?;
            if let (Operand::Field { .. }, Getter::Field(field)) = (&operand, &getter) {
                let def = scheme.def(field);
                if def.filter_only {
                    return Err(wrong(format!("field '{}' is only for conditions", def.name)));
                }
            }
            parts.push(Part::Token(Token {
                text: operand.to_string(),
                getter,
                width: width.parse().ok(),
            }));
            rest = token.get(len..).unwrap_or_default();
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts, star })
    }

    /// The tokens, in order.
    pub fn tokens(&self) -> impl Iterator<Item = &Token<F>> {
        self.parts
            .iter()
            .filter_map(|part| if let Part::Token(token) = part { Some(token) } else { None })
    }
}
