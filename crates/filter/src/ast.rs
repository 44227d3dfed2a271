//! The tree of a condition as it was written: names unresolved, values untyped, places kept.

use std::borrow::Cow;
use std::fmt;

/// Byte offsets of a piece of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A condition.
#[derive(Debug, PartialEq, Eq)]
pub enum Expr {
    /// All of them.
    And(Vec<Expr>, Span),
    /// Any of them.
    Or(Vec<Expr>, Span),
    /// Not it.
    Not(Box<Expr>, Span),
    /// One comparison.
    Check(Check),
    /// A macro by name.
    Macro(String, Span),
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What is looked at.
    pub left: Operand,
    /// How.
    pub op: Op,
    /// The operator.
    pub op_span: Span,
    /// `oneof`, `anyof`, `allof` before a list.
    pub modifier: Option<Modifier>,
    /// With what.
    pub right: Right,
    /// The whole comparison.
    pub span: Span,
}

/// The right side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Right {
    /// Nothing: `exists`.
    Nothing,
    /// One value.
    Value(Word),
    /// Values in parentheses.
    List(Vec<Word>, Span),
    /// A bare word, not in parentheses: a list of one.
    ListName(String, Span),
    /// Another field: `val(field)` or a transformer.
    Operand(Operand),
}

/// A value as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The text, escapes resolved.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// A field or a transformer of fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// `name[arg]`.
    Field {
        /// The dotted name.
        name: String,
        /// What stands in brackets.
        arg: Option<String>,
        /// Where.
        span: Span,
    },
    /// `tolower(...)` and its kin; `val(...)` too.
    Call {
        /// Which.
        transformer: Transformer,
        /// Its arguments.
        args: Vec<Operand>,
        /// What stands in brackets behind it.
        arg: Option<String>,
        /// Where.
        span: Span,
    },
    /// A quoted text among a transformer's arguments.
    Text(Word),
    /// A number among a transformer's arguments.
    Number(Word),
    /// A list among a transformer's arguments.
    List(Vec<Operand>, Span),
}

/// Comparisons, as rules write them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the language's")]
pub enum Op {
    Exists,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Contains,
    Icontains,
    Bcontains,
    Startswith,
    Bstartswith,
    Endswith,
    Glob,
    Iglob,
    Regex,
    In,
    Intersects,
    Pmatch,
}

impl Op {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Exists,
        Self::Eq,
        Self::Ne,
        Self::Lt,
        Self::Le,
        Self::Gt,
        Self::Ge,
        Self::Contains,
        Self::Icontains,
        Self::Bcontains,
        Self::Startswith,
        Self::Bstartswith,
        Self::Endswith,
        Self::Glob,
        Self::Iglob,
        Self::Regex,
        Self::In,
        Self::Intersects,
        Self::Pmatch,
    ];

    /// As written in a condition.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exists => "exists",
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Contains => "contains",
            Self::Icontains => "icontains",
            Self::Bcontains => "bcontains",
            Self::Startswith => "startswith",
            Self::Bstartswith => "bstartswith",
            Self::Endswith => "endswith",
            Self::Glob => "glob",
            Self::Iglob => "iglob",
            Self::Regex => "regex",
            Self::In => "in",
            Self::Intersects => "intersects",
            Self::Pmatch => "pmatch",
        }
    }
}

/// How many of a list must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the language's")]
pub enum Modifier {
    Oneof,
    Anyof,
    Allof,
}

impl Modifier {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Oneof, Self::Anyof, Self::Allof];

    /// As written in a condition.
    pub fn name(self) -> &'static str {
        match self {
            Self::Oneof => "oneof",
            Self::Anyof => "anyof",
            Self::Allof => "allof",
        }
    }
}

/// Functions of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the language's")]
pub enum Transformer {
    Tolower,
    Toupper,
    B64,
    Basename,
    Len,
    Join,
    Concat,
    Getopt,
    Val,
}

impl Transformer {
    /// All but `val`, which stands on the right side only.
    pub const ALL: [Self; 8] = [
        Self::Tolower,
        Self::Toupper,
        Self::B64,
        Self::Basename,
        Self::Len,
        Self::Join,
        Self::Concat,
        Self::Getopt,
    ];

    /// As written in a condition.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tolower => "tolower",
            Self::Toupper => "toupper",
            Self::B64 => "b64",
            Self::Basename => "basename",
            Self::Len => "len",
            Self::Join => "join",
            Self::Concat => "concat",
            Self::Getopt => "getopt",
            Self::Val => "val",
        }
    }
}

impl Check {
    /// The values on its right; a bare word is a list of one.
    pub fn words(&self) -> Cow<'_, [Word]> {
        match &self.right {
            Right::Value(word) => Cow::Borrowed(std::slice::from_ref(word)),
            Right::List(words, _) => Cow::Borrowed(words),
            Right::ListName(name, span) => {
                Cow::Owned(vec![Word { text: name.clone(), span: *span }])
            }
            Right::Nothing | Right::Operand(_) => Cow::Borrowed(&[]),
        }
    }
}

impl Expr {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::And(_, span) | Self::Or(_, span) | Self::Not(_, span) | Self::Macro(_, span) => {
                *span
            }
            Self::Check(check) => check.span,
        }
    }

    /// Calls `visit` for every comparison.
    pub fn checks<'e>(&'e self, visit: &mut impl FnMut(&'e Check)) {
        crate::deep::deep(|| match self {
            Self::And(parts, _) | Self::Or(parts, _) => {
                for part in parts {
                    part.checks(visit);
                }
            }
            Self::Not(inner, _) => inner.checks(visit),
            Self::Check(check) => visit(check),
            Self::Macro(..) => {}
        });
    }

    /// Calls `visit` for every part, each before those below it, with how many parts it is inside.
    pub fn walk<'e>(&'e self, visit: &mut impl FnMut(&'e Self, usize)) {
        self.walk_from(0, visit);
    }

    fn walk_from<'e>(&'e self, depth: usize, visit: &mut impl FnMut(&'e Self, usize)) {
        crate::deep::deep(|| {
            visit(self, depth);
            match self {
                Self::And(parts, _) | Self::Or(parts, _) => {
                    for part in parts {
                        part.walk_from(depth + 1, visit);
                    }
                }
                Self::Not(inner, _) => inner.walk_from(depth + 1, visit),
                Self::Check(_) | Self::Macro(..) => {}
            }
        });
    }

    /// Replaces every macro by what `resolve` says of it; the first error ends it.
    ///
    /// # Errors
    /// Whatever `resolve` says.
    pub fn resolve<E>(
        self,
        resolve: &mut impl FnMut(&str, Span) -> Result<Self, E>,
    ) -> Result<Self, E> {
        let mut whole = self;
        whole.resolve_in_place(resolve)?;
        Ok(whole)
    }

    fn resolve_in_place<E>(
        &mut self,
        resolve: &mut impl FnMut(&str, Span) -> Result<Self, E>,
    ) -> Result<(), E> {
        crate::deep::deep(|| match self {
            Self::And(parts, _) | Self::Or(parts, _) => {
                parts.iter_mut().try_for_each(|part| part.resolve_in_place(resolve))
            }
            Self::Not(inner, _) => inner.resolve_in_place(resolve),
            Self::Check(_) => Ok(()),
            Self::Macro(name, span) => {
                let span = *span;
                let resolved = resolve(name, span)?;
                *self = resolved;
                Ok(())
            }
        })
    }
}

impl Drop for Expr {
    /// A tree may be deeper than the stack is high.
    fn drop(&mut self) {
        match self {
            Self::And(parts, _) | Self::Or(parts, _) => crate::deep::deep(|| parts.clear()),
            Self::Not(inner, _) => crate::deep::deep(|| {
                **inner = Self::Macro(String::new(), Span::default());
            }),
            Self::Check(_) | Self::Macro(..) => {}
        }
    }
}

impl Clone for Expr {
    fn clone(&self) -> Self {
        crate::deep::deep(|| match self {
            Self::And(parts, span) => Self::And(parts.clone(), *span),
            Self::Or(parts, span) => Self::Or(parts.clone(), *span),
            Self::Not(inner, span) => Self::Not(inner.clone(), *span),
            Self::Check(check) => Self::Check(check.clone()),
            Self::Macro(name, span) => Self::Macro(name.clone(), *span),
        })
    }
}

/// Puts a text in quotes when the language would not read it back bare.
pub fn quoted(text: &str) -> String {
    let bare = !text.is_empty()
        && !text.chars().any(|c| " \u{8}\t\n\r(),=\"'\\".contains(c) || c.is_control());
    if bare {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Transformer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::deep::deep(|| {
            let joined = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
                f.write_str("(")?;
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        write!(f, " {word} ")?;
                    }
                    write!(f, "{part}")?;
                }
                f.write_str(")")
            };
            match self {
                Self::And(parts, _) => joined(f, parts, "and"),
                Self::Or(parts, _) => joined(f, parts, "or"),
                Self::Not(inner, _) => write!(f, "not {inner}"),
                Self::Check(check) => write!(f, "{check}"),
                Self::Macro(name, _) => f.write_str(name),
            }
        })
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.left, self.op.name())?;
        if let Some(modifier) = self.modifier {
            write!(f, " {}", modifier.name())?;
        }
        match &self.right {
            Right::Nothing => Ok(()),
            Right::Value(word) => write!(f, " {}", quoted(&word.text)),
            Right::List(words, _) => {
                let words: Vec<String> = words.iter().map(|word| quoted(&word.text)).collect();
                write!(f, " ({})", words.join(", "))
            }
            Right::ListName(name, _) => write!(f, " {name}"),
            Right::Operand(operand) => write!(f, " {operand}"),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bracket = |f: &mut fmt::Formatter<'_>, arg: &Option<String>| match arg {
            Some(arg) => write!(f, "[{}]", quoted(arg)),
            None => Ok(()),
        };
        let list = |f: &mut fmt::Formatter<'_>, args: &[Self], separator: &str| {
            for (index, arg) in args.iter().enumerate() {
                if index > 0 {
                    f.write_str(separator)?;
                }
                write!(f, "{arg}")?;
            }
            f.write_str(")")
        };
        match self {
            Self::Field { name, arg, .. } => {
                f.write_str(name)?;
                bracket(f, arg)
            }
            Self::Call { transformer, args, arg, .. } => {
                write!(f, "{}(", transformer.name())?;
                list(f, args, ",")?;
                bracket(f, arg)
            }
            Self::Text(word) => f.write_str(&quoted(&word.text)),
            Self::Number(word) => f.write_str(&word.text),
            Self::List(args, _) => {
                f.write_str("(")?;
                list(f, args, ",")
            }
        }
    }
}
