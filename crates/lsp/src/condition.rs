//! The words of a condition and what each is, also where the condition is not finished or wrong: what a
//! parser refuses is what people have while they type.

use std::ops::Range;

use peregrine_filter::ast::{Modifier, Op, Transformer};

/// What a word of a condition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A field, with what stands in brackets.
    Field,
    /// Where a comparison may stand: the name of a macro.
    Name,
    /// `=`, `in`, `exists`.
    Operator,
    /// What is compared with, not in quotes; it may be the name of a list.
    Value,
    /// `and`, `or`, `not`.
    Connective,
    /// `tolower` and its kin.
    Transformer,
    /// `oneof` and its kin.
    Modifier,
}

/// A word of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// Its bytes.
    pub(crate) bytes: Range<usize>,
    pub(crate) role: Role,
    /// Of a value: the field it is compared with.
    pub(crate) field: Option<String>,
}

/// The left side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Left {
    /// The field with what stands in brackets; the first, where a transformer takes many.
    pub(crate) field: String,
    /// The outermost transformer.
    pub(crate) transformer: Option<Transformer>,
}

/// What may stand behind a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// A comparison, a macro, `not`, `(`.
    Comparison,
    /// An argument of a transformer.
    Argument,
    /// `,` or `)` behind an argument.
    ArgumentEnd,
    /// An operator for this.
    Operator(Left),
    /// A value for this; `many` inside of parentheses or where a list may stand.
    Value { left: Left, many: bool },
    /// `and`, `or`.
    Connective,
}

/// What stands open.
enum Open {
    Parenthesis,
    /// A list among the arguments of a transformer.
    Arguments,
    List(Left),
    Call {
        transformer: Transformer,
        field: Option<String>,
        right: bool,
    },
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    open: Vec<Open>,
    tokens: Vec<Token>,
    expected: Expected,
}

/// The operator of a word.
pub(crate) fn operator(word: &str) -> Option<Op> {
    if word == "==" {
        return Some(Op::Eq);
    }
    Op::ALL.into_iter().find(|op| op.name() == word)
}

/// The transformer of a word.
pub(crate) fn transformer(word: &str) -> Option<Transformer> {
    let all = Transformer::ALL.into_iter().chain([Transformer::Val]);
    all.into_iter().find(|transformer| transformer.name() == word)
}

/// Whether a letter ends any word.
pub(crate) fn ends_word(letter: char) -> bool {
    letter.is_whitespace() || "(),=\"'".contains(letter)
}

/// Whether a letter ends a word that is no value.
fn ends_name(letter: char) -> bool {
    ends_word(letter) || "<>!".contains(letter)
}

/// Whether an operator takes more than one value.
fn takes_many(op: Op) -> bool {
    matches!(op, Op::In | Op::Intersects | Op::Pmatch)
}

/// The words of a condition, and what may stand behind it.
pub(crate) fn scan(text: &str) -> (Vec<Token>, Expected) {
    let mut scanner = Scanner {
        text,
        at: 0,
        open: Vec::new(),
        tokens: Vec::new(),
        expected: Expected::Comparison,
    };
    while scanner.step() {}
    (scanner.tokens, scanner.expected)
}

impl<'t> Scanner<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    /// Takes a quoted text; without an end all that is left.
    fn quoted(&mut self) {
        let Some(quote) = self.peek() else { return };
        self.skip();
        while let Some(letter) = self.peek() {
            self.skip();
            if letter == '\\' {
                self.skip();
            } else if letter == quote {
                return;
            }
        }
    }

    /// Takes what stands in brackets.
    fn bracket(&mut self) {
        if self.peek() != Some('[') {
            return;
        }
        self.skip();
        while let Some(letter) = self.peek() {
            match letter {
                ']' => return self.skip(),
                '"' | '\'' => self.quoted(),
                letter if letter.is_whitespace() => return,
                _ => self.skip(),
            }
        }
    }

    /// Takes a word up to a letter that ends it, brackets whole.
    fn word(&mut self, ends: fn(char) -> bool) -> Range<usize> {
        let start = self.at;
        while let Some(letter) = self.peek().filter(|letter| !ends(*letter)) {
            if letter == '[' && self.at > start {
                self.bracket();
            } else {
                self.skip();
            }
        }
        start..self.at
    }

    fn push(&mut self, bytes: Range<usize>, role: Role, field: Option<String>) {
        if !bytes.is_empty() {
            self.tokens.push(Token { bytes, role, field });
        }
    }

    /// Takes one piece; false at the end.
    fn step(&mut self) -> bool {
        while self.peek().is_some_and(char::is_whitespace) {
            self.skip();
        }
        let Some(letter) = self.peek() else { return false };
        if letter == ')' {
            self.skip();
            self.close();
            return true;
        }
        match self.expected.clone() {
            Expected::Comparison | Expected::Argument => self.operand(letter),
            Expected::ArgumentEnd => self.argument_end(letter),
            Expected::Operator(left) => self.operator(letter, left),
            Expected::Value { left, many } => self.value(letter, left, many),
            Expected::Connective => self.connective(letter),
        }
        true
    }

    fn close(&mut self) {
        self.expected = match self.open.pop() {
            Some(Open::Arguments) => Expected::ArgumentEnd,
            Some(Open::Call { transformer, field, right }) => {
                self.bracket();
                match self.open.last_mut() {
                    Some(Open::Call { .. } | Open::Arguments) => {
                        if let Some(field) = field {
                            self.argument(field);
                        }
                        Expected::ArgumentEnd
                    }
                    _ if right => Expected::Connective,
                    _ => Expected::Operator(Left {
                        field: field.unwrap_or_default(),
                        transformer: Some(transformer),
                    }),
                }
            }
            Some(Open::Parenthesis | Open::List(_)) | None => Expected::Connective,
        };
    }

    /// Notes a field among the arguments of the innermost transformer: the first one counts.
    fn argument(&mut self, field: String) {
        if let Some(Open::Call { field: first, .. }) =
            self.open.iter_mut().rev().find(|open| matches!(open, Open::Call { .. }))
        {
            first.get_or_insert(field);
        }
    }

    /// A field, a macro, a transformer, `not`, an open parenthesis.
    fn operand(&mut self, letter: char) {
        let in_call = matches!(self.open.last(), Some(Open::Call { .. } | Open::Arguments));
        match letter {
            '(' if in_call => {
                self.skip();
                self.open.push(Open::Arguments);
            }
            '(' => {
                self.skip();
                self.open.push(Open::Parenthesis);
                self.expected = Expected::Comparison;
            }
            '"' | '\'' => {
                self.quoted();
                if in_call {
                    self.expected = Expected::ArgumentEnd;
                }
            }
            letter if ends_name(letter) => self.skip(),
            _ => {
                let bytes = self.word(ends_name);
                let word = self.text.get(bytes.clone()).unwrap_or_default();
                if word == "not" && !in_call {
                    self.push(bytes, Role::Connective, None);
                } else if let Some(found) = self.called(word) {
                    self.call(bytes, found, false);
                } else if word.contains('.') {
                    let field = word.to_owned();
                    self.push(bytes, Role::Field, None);
                    self.expected = if in_call {
                        self.argument(field);
                        Expected::ArgumentEnd
                    } else {
                        Expected::Operator(Left { field, transformer: None })
                    };
                } else if in_call {
                    self.expected = Expected::ArgumentEnd;
                } else {
                    self.push(bytes, Role::Name, None);
                    self.expected = Expected::Connective;
                }
            }
        }
    }

    /// The transformer of a word that a parenthesis follows.
    fn called(&self, word: &str) -> Option<Transformer> {
        transformer(word).filter(|_| self.peek() == Some('('))
    }

    fn call(&mut self, bytes: Range<usize>, transformer: Transformer, right: bool) {
        self.push(bytes, Role::Transformer, None);
        self.skip();
        self.open.push(Open::Call { transformer, field: None, right });
        self.expected = Expected::Argument;
    }

    fn argument_end(&mut self, letter: char) {
        self.skip();
        if letter == ',' {
            self.expected = Expected::Argument;
        }
    }

    fn operator(&mut self, letter: char, left: Left) {
        if "=<>!".contains(letter) {
            let start = self.at;
            self.skip();
            if self.peek() == Some('=') {
                self.skip();
            }
            self.push(start..self.at, Role::Operator, None);
            self.expected = Expected::Value { left, many: false };
            return;
        }
        let bytes = self.word(ends_name);
        if bytes.is_empty() {
            return self.skip();
        }
        let word = self.text.get(bytes.clone()).unwrap_or_default();
        let op = operator(word);
        if matches!(word, "and" | "or") {
            self.push(bytes, Role::Connective, None);
            self.expected = Expected::Comparison;
            return;
        }
        self.push(bytes, Role::Operator, None);
        self.expected = match op {
            Some(Op::Exists) => Expected::Connective,
            op => Expected::Value { left, many: op.is_some_and(takes_many) },
        };
    }

    fn value(&mut self, letter: char, left: Left, many: bool) {
        let in_list = matches!(self.open.last(), Some(Open::List(_)));
        match letter {
            '(' if !in_list => {
                self.skip();
                self.open.push(Open::List(left.clone()));
                self.expected = Expected::Value { left, many: true };
            }
            '"' | '\'' => {
                self.quoted();
                self.after_value();
            }
            letter if ends_word(letter) => self.skip(),
            _ => {
                let bytes = self.word(ends_word);
                let word = self.text.get(bytes.clone()).unwrap_or_default();
                let all = [Modifier::Oneof, Modifier::Anyof, Modifier::Allof];
                let behind = self.rest().trim_start();
                if !many && behind.starts_with('(') && all.iter().any(|one| one.name() == word) {
                    self.push(bytes, Role::Modifier, None);
                } else if let (Some(found), false) = (self.called(word), in_list) {
                    self.call(bytes, found, true);
                } else {
                    self.push(bytes, Role::Value, Some(left.field));
                    self.after_value();
                }
            }
        }
    }

    fn after_value(&mut self) {
        self.expected = match self.open.last() {
            Some(Open::List(left)) => Expected::Value { left: left.clone(), many: true },
            _ => Expected::Connective,
        };
    }

    fn connective(&mut self, letter: char) {
        if letter == '(' || !ends_name(letter) {
            let start = self.at;
            let bytes = self.word(ends_name);
            if matches!(self.text.get(bytes.clone()), Some("and" | "or")) {
                self.push(bytes, Role::Connective, None);
            } else {
                // The connective is missing.
                self.at = start;
            }
            self.expected = Expected::Comparison;
        } else {
            self.skip();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_have_roles() {
        let check = |text: &str, expected: &str| {
            let (tokens, _) = scan(text);
            let shown: Vec<String> = tokens
                .iter()
                .map(|token| {
                    let role = match token.role {
                        Role::Field => 'f',
                        Role::Name => 'n',
                        Role::Operator => 'o',
                        Role::Value => 'v',
                        Role::Connective => 'c',
                        Role::Transformer => 't',
                        Role::Modifier => 'm',
                    };
                    format!("{role}:{}", &text[token.bytes.clone()])
                })
                .collect();
            assert_eq!(shown.join(" "), expected, "{text}");
        };
        check("a and not b", "n:a c:and c:not n:b");
        check("evt.type=open or(x)", "f:evt.type o:= v:open c:or n:x");
        check("evt.type in (a, b) and c", "f:evt.type o:in v:a v:b c:and n:c");
        check("proc.name in(shells)", "f:proc.name o:in v:shells");
        check("proc.name in shells", "f:proc.name o:in v:shells");
        check("proc.aname[2] = 'a b' and x", "f:proc.aname[2] o:= c:and n:x");
        check("proc.args[\"a b\"] exists or y", "f:proc.args[\"a b\"] o:exists c:or n:y");
        check("tolower(proc.name) = x", "t:tolower f:proc.name o:= v:x");
        check("a.b = val(c.d) and e", "f:a.b o:= t:val f:c.d c:and n:e");
        check("a.b contains oneof (x, y)", "f:a.b o:contains m:oneof v:x v:y");
        check("join(\",\", (a.b, c.d)) = x", "t:join f:a.b f:c.d o:= v:x");
        // Unfinished or wrong.
        check("a.b", "f:a.b");
        check("a.b is x", "f:a.b o:is v:x");
        check("a b", "n:a n:b");
        check("(a and (b", "n:a c:and n:b");
        check("a.b in (x, y", "f:a.b o:in v:x v:y");
        check(") a", "n:a");
    }

    #[test]
    fn what_may_follow() {
        let check = |text: &str, expected: &str| {
            let shown = match scan(text).1 {
                Expected::Comparison => "comparison".to_owned(),
                Expected::Argument => "argument".to_owned(),
                Expected::ArgumentEnd => "argument end".to_owned(),
                Expected::Operator(left) => {
                    let of = left.transformer.map_or(String::new(), |of| format!(" {of}"));
                    format!("operator {}{of}", left.field)
                }
                Expected::Value { left, many } => format!("value {} {many}", left.field),
                Expected::Connective => "connective".to_owned(),
            };
            assert_eq!(shown, expected, "{text}");
        };
        check("", "comparison");
        check("a and ", "comparison");
        check("a and not (", "comparison");
        check("a ", "connective");
        check("a.b ", "operator a.b");
        check("len(a.b) ", "operator a.b len");
        check("tolower(", "argument");
        check("join(\"x\", ", "argument");
        check("a.b = ", "value a.b false");
        check("a.b in ", "value a.b true");
        check("a.b in (x, ", "value a.b true");
        check("a.b in (x)", "connective");
        check("a.b = x ", "connective");
        check("a.b exists ", "connective");
        check("a.b = val(", "argument");
    }

    proptest! {
        #[test]
        fn any_text_has_words(text in "[ab.=<>!()\\[\\]\"', é\\\\]{0,40}|\\PC{0,40}") {
            let (tokens, _) = scan(&text);
            let mut end = 0;
            for token in tokens {
                prop_assert!(token.bytes.start >= end && text.get(token.bytes.clone()).is_some());
                end = token.bytes.end;
            }
        }
    }
}
