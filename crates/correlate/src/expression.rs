//! Expressions over names: conditions of Sigma's detections, and of temporal correlations.

use std::iter::Peekable;
use std::vec::IntoIter;

/// How deep an expression may nest.
const DEPTH: usize = 64;

/// An expression over names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// A name, and the byte it begins at.
    Name(String, usize),
    /// All names that fit a pattern, or any of them; `them` is every name.
    Of {
        /// All rather than any.
        all: bool,
        /// With `*` for any letters.
        pattern: String,
        /// The byte the pattern begins at.
        at: usize,
    },
    /// All of them.
    And(Vec<Self>),
    /// Any of them.
    Or(Vec<Self>),
    /// Not it.
    Not(Box<Self>),
}

/// Why a text is no expression: what, and the byte it is about.
pub(crate) type Unreadable = (String, usize);

impl Expression {
    /// Whether there is a `not` in it.
    pub fn has_not(&self) -> bool {
        match self {
            Self::Name(..) | Self::Of { .. } => false,
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::has_not),
            Self::Not(_) => true,
        }
    }

    /// Its value, where `name` says which names are true and `of` what fits a pattern.
    pub fn holds(&self, name: &impl Fn(&str) -> bool, of: &impl Fn(bool, &str) -> bool) -> bool {
        match self {
            Self::Name(text, _) => name(text),
            Self::Of { all, pattern, .. } => of(*all, pattern),
            Self::And(parts) => parts.iter().all(|part| part.holds(name, of)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(name, of)),
            Self::Not(inner) => !inner.holds(name, of),
        }
    }

    /// Calls `visit` for every name and pattern in it, with the byte it begins at.
    pub(crate) fn names(&self, visit: &mut impl FnMut(&str, bool, usize)) {
        match self {
            Self::Name(text, at) => visit(text, false, *at),
            Self::Of { pattern, at, .. } => visit(pattern, true, *at),
            Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.names(visit);
                }
            }
            Self::Not(inner) => inner.names(visit),
        }
    }
}

/// Whether a name fits a pattern; `them` fits all but those that begin with `_`.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    if pattern == "them" {
        return !name.starts_with('_');
    }
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
        last = Some(part);
    }
    // The last part must end the name, wherever it was found first.
    match last {
        None => rest.is_empty(),
        Some(part) => part.is_empty() || rest.is_empty() || name.ends_with(part),
    }
}

type Words = Peekable<IntoIter<(String, usize)>>;

/// Reads an expression.
///
/// # Errors
/// What is wrong, and at which byte.
pub(crate) fn parse(text: &str) -> Result<Expression, Unreadable> {
    let mut words = words(text).into_iter().peekable();
    let found = any(&mut words, text.len(), DEPTH)?;
    match words.next() {
        None => Ok(found),
        Some((word, at)) => Err((format!("`and` or `or` must stand before `{word}`"), at)),
    }
}

fn words(text: &str) -> Vec<(String, usize)> {
    let mut found: Vec<(String, usize)> = Vec::new();
    let mut goes_on = false;
    for (at, letter) in text.char_indices() {
        let is_bracket = matches!(letter, '(' | ')');
        if letter.is_whitespace() || is_bracket {
            goes_on = false;
        } else if goes_on && let Some((word, _)) = found.last_mut() {
            word.push(letter);
        } else {
            found.push((letter.to_string(), at));
            goes_on = true;
        }
        if is_bracket {
            found.push((letter.to_string(), at));
        }
    }
    found
}

fn is(words: &mut Words, keyword: &str) -> bool {
    words.next_if(|(word, _)| word.eq_ignore_ascii_case(keyword)).is_some()
}

fn any(words: &mut Words, end: usize, depth: usize) -> Result<Expression, Unreadable> {
    let mut parts = vec![all(words, end, depth)?];
    while is(words, "or") {
        parts.push(all(words, end, depth)?);
    }
    Ok(one_or(parts, Expression::Or))
}

fn all(words: &mut Words, end: usize, depth: usize) -> Result<Expression, Unreadable> {
    let mut parts = vec![single(words, end, depth)?];
    while is(words, "and") {
        parts.push(single(words, end, depth)?);
    }
    Ok(one_or(parts, Expression::And))
}

fn one_or(mut parts: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            many(parts)
        }
    }
}

fn single(words: &mut Words, end: usize, depth: usize) -> Result<Expression, Unreadable> {
    let Some((word, at)) = words.next() else {
        return Err(("a name must follow".to_owned(), end));
    };
    let Some(depth) = depth.checked_sub(1) else {
        return Err((format!("this nests deeper than {DEPTH} levels"), at));
    };
    let lower = word.to_ascii_lowercase();
    match lower.as_str() {
        "not" => Ok(Expression::Not(Box::new(single(words, end, depth)?))),
        "(" => {
            let inner = any(words, end, depth)?;
            match words.next() {
                Some((close, _)) if close == ")" => Ok(inner),
                Some((other, at)) => Err((format!("`)` must stand before `{other}`"), at)),
                None => Err(("a `(` is not closed".to_owned(), at)),
            }
        }
        ")" | "and" | "or" => Err((format!("a name must stand before `{word}`"), at)),
        "1" | "any" | "all" if is(words, "of") => match words.next() {
            Some((pattern, at)) if pattern != "(" && pattern != ")" => {
                Ok(Expression::Of { all: lower == "all", pattern, at })
            }
            _ => Err((format!("a pattern or `them` must follow `{word} of`"), at)),
        },
        _ => Ok(Expression::Name(word, at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_hold() {
        let check = |text: &str, expected: bool| {
            let expression = parse(text).unwrap_or_else(|(why, at)| panic!("{text}: {at}: {why}"));
            let truth = [("yes", true), ("no", false), ("sel_a", true), ("sel_b", false)];
            let name = |name: &str| truth.iter().any(|(known, is)| *known == name && *is);
            let of = |all: bool, pattern: &str| {
                let mut fitting = truth.iter().filter(|(known, _)| fits(pattern, known));
                if all { fitting.all(|(_, is)| *is) } else { fitting.any(|(_, is)| *is) }
            };
            assert_eq!(expression.holds(&name, &of), expected, "{text}");
        };
        check("yes", true);
        check("yes and no", false);
        check("yes AND not no", true);
        check("no or yes and yes", true);
        check("(no or yes) and no", false);
        check("not (no or no)", true);
        check("1 of sel_*", true);
        check("all of sel_*", false);
        check("all of them", false);
        check("any of sel*b", false);
        check("not 1 of them", false);
    }

    #[test]
    fn patterns_fit() {
        let check = |pattern: &str, name: &str, expected: bool| {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        };
        check("a*", "abc", true);
        check("*c", "abc", true);
        check("*b", "abc", false);
        check("a*b", "abab", true);
        check("abc", "abc", true);
        check("ab", "abc", false);
        check("them", "_hidden", false);
    }

    #[test]
    fn mistakes_have_their_byte() {
        let check = |text: &str, at: usize| assert_eq!(parse(text).unwrap_err().1, at, "{text}");
        check("", 0);
        check("a and", 5);
        check("a b", 2);
        check("(a", 0);
        check("a )", 2);
        check("or a", 0);
        check("1 of", 0);
        check(&"(".repeat(100_000), 64);
    }
}
