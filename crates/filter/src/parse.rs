//! Text -> tree. The grammar is Falco's: operators are read as prefixes, blanks are free.

use crate::ast::{Check, Expr, Modifier, Op, Operand, Right, Span, Transformer, Word};
use crate::error::{Expected, ParseError, ParseErrorKind};

/// How deep conditions may nest when nobody says otherwise: three for each parenthesis.
pub const DEFAULT_DEPTH: usize = 30_000;

pub(crate) type Parsed<T> = Result<T, ParseError>;

/// Reads a condition.
///
/// # Errors
/// At the first place that is not of the language.
pub fn parse(text: &str, max_depth: usize) -> Parsed<Expr> {
    read(Parser::new(text, max_depth))
}

/// Reads a condition whose first byte has the number `base` in the spans of the tree: so the trees of
/// many texts may be put together, and each span still says of which text it is. The place of an error
/// is counted from the beginning of the text.
///
/// # Errors
/// At the first place that is not of the language.
pub fn parse_at(text: &str, max_depth: usize, base: usize) -> Parsed<Expr> {
    read(Parser { base, ..Parser::new(text, max_depth) })
}

/// Reads a condition where some fields have names without a dot, which are names of macros elsewhere. Numbers
/// may be words there, for the scheme to read.
///
/// # Errors
/// At the first place that is not of the language.
pub fn parse_with(text: &str, max_depth: usize, undotted: &[&str]) -> Parsed<Expr> {
    read(Parser { undotted, ..Parser::new(text, max_depth) })
}

fn read(mut parser: Parser<'_>) -> Parsed<Expr> {
    let text = parser.text;
    if text.bytes().all(is_blank) {
        return Err(parser.error(ParseErrorKind::Empty));
    }
    let expr = parser.or()?;
    parser.blanks();
    if !parser.at_end() {
        let done = text.get(..parser.pos).unwrap_or(text);
        let apart = |c: char| " \u{8}\t\n\r(),=\"'".contains(c);
        let last = done.trim_end_matches(apart).rsplit(apart).next().unwrap_or_default();
        return Err(parser.error(ParseErrorKind::TokenAfter { last: last.to_owned() }));
    }
    Ok(expr)
}

/// Reads the longest field or transformer expression at the front of `text`: the output language.
/// Returns it and how many bytes it takes.
///
/// # Errors
/// When the front is no such expression.
pub fn parse_operand(text: &str) -> Parsed<(Operand, usize)> {
    let mut parser = Parser::new(text, DEFAULT_DEPTH);
    let operand = match parser.transformer()? {
        Some(operand) => operand,
        None => parser.field()?.ok_or_else(|| parser.error(Expected::Field))?,
    };
    Ok((operand, parser.pos))
}

pub(crate) struct Parser<'t> {
    pub(crate) text: &'t str,
    pub(crate) pos: usize,
    /// The number of the first byte.
    base: usize,
    depth: usize,
    max_depth: usize,
    /// Fields whose names have no dot.
    pub(crate) undotted: &'t [&'t str],
}

const STR_OPS: [(&str, Op); 12] = [
    ("==", Op::Eq),
    ("=", Op::Eq),
    ("!=", Op::Ne),
    ("bcontains ", Op::Bcontains),
    ("bstartswith ", Op::Bstartswith),
    ("contains ", Op::Contains),
    ("endswith ", Op::Endswith),
    ("glob ", Op::Glob),
    ("icontains ", Op::Icontains),
    ("iglob ", Op::Iglob),
    ("startswith ", Op::Startswith),
    ("regex ", Op::Regex),
];
const NUM_OPS: [(&str, Op); 4] = [("<=", Op::Le), ("<", Op::Lt), (">=", Op::Ge), (">", Op::Gt)];
const LIST_OPS: [(&str, Op); 3] =
    [("intersects", Op::Intersects), ("in", Op::In), ("pmatch", Op::Pmatch)];
const MODIFIERS: [(&str, Modifier); 3] =
    [("oneof", Modifier::Oneof), ("anyof", Modifier::Anyof), ("allof", Modifier::Allof)];

pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 8 | b'\r' | b'\n')
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, max_depth: usize) -> Self {
        Self { text, pos: 0, base: 0, depth: 0, max_depth, undotted: &[] }
    }
}

impl Parser<'_> {
    pub(crate) fn rest(&self) -> &str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.pos).copied()
    }

    pub(crate) fn at_end(&self) -> bool {
        self.pos >= self.text.len()
    }

    pub(crate) fn blanks(&mut self) {
        while self.peek().is_some_and(is_blank) {
            self.pos += 1;
        }
    }

    /// A mistake at the place that was read up to.
    pub(crate) fn error(&self, kind: impl Into<ParseErrorKind>) -> ParseError {
        let before = self.text.get(..self.pos).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
        ParseError { offset: self.pos, line, column, kind: kind.into() }
    }

    pub(crate) fn span(&self, start: usize) -> Span {
        Span { start: self.base + start, end: self.base + self.pos }
    }

    pub(crate) fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.pos += token.len();
        }
        found
    }

    /// Takes an operator that ends in a blank: any blank does for the space in its name.
    pub(crate) fn take_word(&mut self, word: &str) -> bool {
        let bare = word.trim_end();
        let spaced = bare.len() < word.len();
        let rest = self.rest().as_bytes();
        if !self.rest().starts_with(bare)
            || (spaced && !rest.get(bare.len()).copied().is_some_and(is_blank))
        {
            return false;
        }
        self.pos += bare.len();
        true
    }

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > self.max_depth {
            return Err(self.error(ParseErrorKind::TooDeep { limit: self.max_depth }));
        }
        Ok(())
    }

    fn or(&mut self) -> Parsed<Expr> {
        self.chain("or", Self::and, Expr::Or)
    }

    fn and(&mut self) -> Parsed<Expr> {
        self.chain("and", Self::not, Expr::And)
    }

    fn chain(
        &mut self,
        word: &'static str,
        next: fn(&mut Self) -> Parsed<Expr>,
        make: fn(Vec<Expr>, Span) -> Expr,
    ) -> Parsed<Expr> {
        self.deeper()?;
        let start = self.pos;
        self.blanks();
        let mut parts = vec![next(self)?];
        self.blanks();
        while self.take(word) {
            match self.peek() {
                Some(b'(') => {
                    self.pos += 1;
                    parts.push(self.closed()?);
                }
                Some(byte) if is_blank(byte) => {
                    self.blanks();
                    parts.push(next(self)?);
                }
                _ => return Err(self.error(ParseErrorKind::BlankAfter { word })),
            }
            self.blanks();
        }
        self.depth -= 1;
        if parts.len() == 1 {
            return parts.pop().ok_or_else(|| self.error(ParseErrorKind::Empty));
        }
        Ok(make(parts, self.span(start)))
    }

    /// After an opening parenthesis: an expression and the closing one.
    fn closed(&mut self) -> Parsed<Expr> {
        self.blanks();
        // Conditions may nest deeper than the stack of whoever asks is high.
        let inner = crate::deep::deep(|| self.or())?;
        self.blanks();
        if !self.take(")") {
            return Err(self.error(Expected::Parenthesis));
        }
        Ok(inner)
    }

    fn not(&mut self) -> Parsed<Expr> {
        self.deeper()?;
        self.blanks();
        let start = self.pos;
        let mut negated = false;
        let inner = loop {
            if self.take("not(") {
                negated = !negated;
                break self.closed()?;
            }
            if !self.take_word("not ") {
                break self.check()?;
            }
            negated = !negated;
            self.blanks();
        };
        self.depth -= 1;
        Ok(if negated { Expr::Not(Box::new(inner), self.span(start)) } else { inner })
    }

    fn check(&mut self) -> Parsed<Expr> {
        self.blanks();
        let start = self.pos;
        if self.take("(") {
            return self.closed();
        }
        if let Some(left) = self.transformer()? {
            return self.condition(left, start);
        }
        if let Some(left) = self.field()? {
            return self.condition(left, start);
        }
        if let Some(name) = self.identifier() {
            return Ok(Expr::Macro(name, self.span(start)));
        }
        Err(self.error(Expected::Check))
    }

    pub(crate) fn identifier_len(&self, dotted: bool) -> usize {
        let bytes = self.rest().as_bytes();
        let mut at = 0;
        let mut ends = 0;
        loop {
            if !bytes.get(at).is_some_and(u8::is_ascii_alphabetic) {
                return ends;
            }
            while bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
                at += 1;
            }
            ends = at;
            if !dotted || bytes.get(at) != Some(&b'.') {
                return ends;
            }
            at += 1;
        }
    }

    pub(crate) fn identifier(&mut self) -> Option<String> {
        let len = self.identifier_len(false);
        let name = self.rest().get(..len)?.to_owned();
        self.pos += len;
        (len > 0).then_some(name)
    }

    /// A dotted name, and what stands in brackets behind it.
    pub(crate) fn field(&mut self) -> Parsed<Option<Operand>> {
        let start = self.pos;
        // A later part of a dotted name may begin with a digit or a sign only in brackets.
        let len = self.identifier_len(true);
        let name = self.rest().get(..len).unwrap_or_default().to_owned();
        if !name.contains('.') && !self.undotted.contains(&name.as_str()) {
            return Ok(None);
        }
        self.pos += len;
        let arg = self.bracket()?;
        Ok(Some(Operand::Field { name, arg, span: self.span(start) }))
    }

    pub(crate) fn bracket(&mut self) -> Parsed<Option<String>> {
        if !self.take("[") {
            return Ok(None);
        }
        let arg = if matches!(self.peek(), Some(b'"' | b'\'')) {
            self.quoted()?
        } else {
            let len =
                self.rest().bytes().take_while(|b| !is_blank(*b) && !b"[]\"'".contains(b)).count();
            if len == 0 {
                return Err(self.error(Expected::FieldArgument));
            }
            let arg = self.rest().get(..len).unwrap_or_default().to_owned();
            self.pos += len;
            arg
        };
        if !self.take("]") {
            return Err(self.error(Expected::Bracket));
        }
        Ok(Some(arg))
    }

    pub(crate) fn transformer(&mut self) -> Parsed<Option<Operand>> {
        let start = self.pos;
        let Some(transformer) = Transformer::ALL
            .into_iter()
            .find(|t| self.rest().strip_prefix(t.name()).is_some_and(|r| r.starts_with('(')))
        else {
            return Ok(None);
        };
        self.deeper()?;
        self.pos += transformer.name().len() + 1;
        let mut args = Vec::new();
        loop {
            self.blanks();
            args.push(self.argument(true)?);
            self.blanks();
            if self.take(",") {
                continue;
            }
            if self.take(")") {
                break;
            }
            return Err(self.error(Expected::TransformerEnd));
        }
        self.depth -= 1;
        let arg = self.bracket()?;
        Ok(Some(Operand::Call { transformer, args, arg, span: self.span(start) }))
    }

    pub(crate) fn argument(&mut self, lists: bool) -> Parsed<Operand> {
        let start = self.pos;
        if let Some(operand) = self.transformer()? {
            return Ok(operand);
        }
        if let Some(operand) = self.field()? {
            return Ok(operand);
        }
        if matches!(self.peek(), Some(b'"' | b'\'')) {
            let text = self.quoted()?;
            return Ok(Operand::Text(Word { text, span: self.span(start) }));
        }
        let len = self.number_len();
        if len > 0 {
            let text = self.rest().get(..len).unwrap_or_default().to_owned();
            self.pos += len;
            return Ok(Operand::Number(Word { text, span: self.span(start) }));
        }
        if lists && self.take("(") {
            let mut args = Vec::new();
            self.blanks();
            if !self.take(")") {
                loop {
                    self.blanks();
                    args.push(self.argument(false)?);
                    self.blanks();
                    if self.take(")") {
                        break;
                    }
                    if !self.take(",") {
                        return Err(self.error(Expected::Parenthesis));
                    }
                }
            }
            return Ok(Operand::List(args, self.span(start)));
        }
        Err(self.error(Expected::TransformerArgument))
    }

    fn condition(&mut self, left: Operand, start: usize) -> Parsed<Expr> {
        self.blanks();
        let exists = self.pos;
        if self.take("exists") {
            let span = self.span(start);
            return Ok(Expr::Check(Check {
                left,
                op: Op::Exists,
                op_span: self.span(exists),
                modifier: None,
                right: Right::Nothing,
                span,
            }));
        }
        let mut modifier = None;
        let op_start = self.pos;
        let one_word = |parser: &Self, op: Op| {
            let len = op.name().len();
            let doubled = op == Op::Eq
                && parser.text.get(op_start..).is_some_and(|rest| rest.starts_with("=="));
            Span {
                start: parser.base + op_start,
                end: parser.base + op_start + len + usize::from(doubled),
            }
        };
        let (op, right) = if let Some(op) = self.one_of(&NUM_OPS) {
            self.blanks();
            (op, self.number_value()?)
        } else if let Some(op) = self.one_of(&STR_OPS) {
            self.blanks();
            modifier = self.modifier();
            if modifier.is_some() { (op, self.list_value()?) } else { (op, self.string_value()?) }
        } else if let Some(op) = self.one_of(&LIST_OPS) {
            self.blanks();
            (op, self.list_value()?)
        } else {
            return Err(self.error(Expected::Operator));
        };
        let (span, op_span) = (self.span(start), one_word(self, op));
        Ok(Expr::Check(Check { left, op, op_span, modifier, right, span }))
    }

    fn one_of<T: Copy>(&mut self, words: &[(&str, T)]) -> Option<T> {
        words.iter().find(|(word, _)| self.take_word(word)).map(|(_, op)| *op)
    }

    /// `oneof (` and its kin are modifiers only between blanks and when a list follows:
    /// `proc.name = oneof` is a value.
    pub(crate) fn modifier(&mut self) -> Option<Modifier> {
        let before = self.pos;
        let last = self.text.as_bytes().get(before.wrapping_sub(1)).copied();
        if !last.is_some_and(is_blank) {
            return None;
        }
        for (word, modifier) in MODIFIERS {
            if self.take_word(word) {
                self.blanks();
                let name = self.rest().get(..self.identifier_len(false)).unwrap_or_default();
                let blank = self.pos > before + word.len();
                let follows =
                    self.peek() == Some(b'(') || !matches!(name, "" | "and" | "or" | "not");
                if blank && follows {
                    return Some(modifier);
                }
                self.pos = before;
            }
        }
        None
    }
}
