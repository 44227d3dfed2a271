//! Falco's command line: which options there are, and how they are read.
//!
//! Falco reads them with cxxopts, whose habits scripts may rely on: a value stands behind its option or,
//! of a long one, behind `=`; short options may be bundled, and what follows one with a value in the same
//! word is its value, letters and digits only; words that are no option are passed over.

use std::fmt;

/// The type of an option's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// On, or with `=` on or off.
    Switch,
    Integer,
    /// The last one counts.
    Text,
    /// A text that may be left out; only behind `=`.
    OptionalText,
    /// All count, in order.
    Texts,
}

/// One option: its letter, its name, its value.
type Row = (Option<char>, &'static str, Kind);

/// Every option. Those without a name of more than one letter have none.
const OPTIONS: &[Row] = &[
    (Some('h'), "help", Kind::Switch),
    (Some('c'), "", Kind::Text),
    (None, "config-schema", Kind::Switch),
    (None, "rule-schema", Kind::Switch),
    (None, "disable-source", Kind::Texts),
    (None, "dry-run", Kind::Switch),
    (None, "enable-source", Kind::Texts),
    (Some('i'), "", Kind::Switch),
    (Some('L'), "", Kind::Switch),
    (Some('l'), "", Kind::Text),
    (None, "list", Kind::OptionalText),
    (None, "list-events", Kind::Switch),
    (None, "list-plugins", Kind::Switch),
    (Some('M'), "", Kind::Integer),
    (None, "markdown", Kind::Switch),
    (None, "format", Kind::Text),
    (Some('N'), "", Kind::Switch),
    (Some('o'), "option", Kind::Texts),
    (None, "plugin-info", Kind::Text),
    (Some('p'), "print", Kind::Text),
    (Some('P'), "pidfile", Kind::Text),
    (Some('r'), "", Kind::Texts),
    (None, "support", Kind::Switch),
    (Some('U'), "unbuffered", Kind::Switch),
    (Some('V'), "validate", Kind::Texts),
    (Some('v'), "", Kind::Switch),
    (None, "version", Kind::Switch),
    (None, "page-size", Kind::Switch),
];

/// Why a command line is refused; its text is Falco's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FlagError {
    /// There is no such option.
    Unknown(String),
    /// The value is missing.
    NoValue(String),
    /// The value has the wrong type.
    BadValue(String),
    /// It looks like an option and is none.
    BadSyntax(String),
}

impl fmt::Display for FlagError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "Option ‘{name}’ does not exist"),
            Self::NoValue(name) => write!(f, "Option ‘{name}’ is missing an argument"),
            Self::BadValue(value) => write!(f, "Argument ‘{value}’ failed to parse"),
            Self::BadSyntax(word) => {
                write!(f, "Argument ‘{word}’ starts with a - but has incorrect syntax")
            }
        }
    }
}

/// The options that were given, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    given: Vec<(&'static Row, String)>,
}

impl Flags {
    /// Reads the words behind the program's name.
    pub(crate) fn parse(words: &[String]) -> Result<Self, FlagError> {
        let mut flags = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                break;
            }
            match shape(word) {
                Shape::Word => {}
                Shape::Broken => return Err(FlagError::BadSyntax(word.clone())),
                Shape::Long(name, value) => {
                    let row = row(|row| row.1 == name, name)?;
                    let value = match value {
                        Some(value) => value.to_owned(),
                        None => value_behind(row, name, &mut words)?,
                    };
                    flags.give(row, value)?;
                }
                Shape::Short(letters) => flags.bundle(letters, &mut words)?,
            }
        }
        Ok(flags)
    }

    fn bundle<'w>(
        &mut self,
        letters: &str,
        words: &mut impl Iterator<Item = &'w String>,
    ) -> Result<(), FlagError> {
        for (at, letter) in letters.char_indices() {
            let name = letter.to_string();
            let row = row(|row| row.0 == Some(letter), &name)?;
            let rest = letters.get(at + 1..).unwrap_or_default();
            if rest.is_empty() || implicit(row).is_some() {
                let value = value_behind(row, &name, words)?;
                self.give(row, value)?;
            } else {
                return self.give(row, rest.to_owned());
            }
        }
        Ok(())
    }

    fn give(&mut self, row: &'static Row, value: String) -> Result<(), FlagError> {
        let fits = match row.2 {
            Kind::Switch => truth(&value).is_some(),
            Kind::Integer => integer(&value).is_some(),
            Kind::Text | Kind::OptionalText | Kind::Texts => true,
        };
        if !fits {
            return Err(FlagError::BadValue(value));
        }
        self.given.push((row, value));
        Ok(())
    }

    fn values<'f>(
        &'f self,
        name: &'static str,
    ) -> impl DoubleEndedIterator<Item = &'f str> + use<'f> {
        let named = move |row: &Row| row.1 == name || row.0.is_some_and(|c| name == c.to_string());
        self.given.iter().filter(move |(row, _)| named(row)).map(|(_, value)| value.as_str())
    }

    /// Whether the switch is on.
    pub(crate) fn on(&self, name: &'static str) -> bool {
        self.values(name).next_back().and_then(truth).unwrap_or(false)
    }

    /// The text of an option, the last one given.
    pub(crate) fn text(&self, name: &'static str) -> Option<&str> {
        self.values(name).next_back()
    }

    /// All texts of an option.
    pub(crate) fn texts(&self, name: &'static str) -> Vec<String> {
        self.values(name).map(str::to_owned).collect()
    }

    /// The options of other names than these as words of a command line.
    pub(crate) fn others(&self, names: &[&str]) -> Vec<String> {
        let is_other = |row: &Row| {
            let is_letter = |name: &&str| row.0.is_some_and(|letter| **name == letter.to_string());
            !names.iter().any(|name| *name == row.1 || is_letter(name))
        };
        let given = self.given.iter().filter(|(row, _)| is_other(row));
        given.map(|(row, value)| written(row, value)).collect()
    }

    /// The number of an option, 0 where it is not given.
    pub(crate) fn number(&self, name: &'static str) -> i32 {
        self.values(name).next_back().and_then(integer).unwrap_or(0)
    }
}

/// An option as people write it.
fn written(row: &Row, value: &str) -> String {
    let name = row.0.map_or_else(|| format!("--{}", row.1), |letter| format!("-{letter}"));
    match implicit(row) {
        Some(implicit) if implicit == value => name,
        Some(_) => format!("--{}={value}", row.1),
        None => format!("{name} {value}"),
    }
}

fn row(is: impl Fn(&Row) -> bool, name: &str) -> Result<&'static Row, FlagError> {
    OPTIONS.iter().find(|row| is(row)).ok_or_else(|| FlagError::Unknown(name.to_owned()))
}

/// The value of an option that stands there without one.
fn implicit(row: &Row) -> Option<&'static str> {
    match row.2 {
        Kind::Switch => Some("true"),
        Kind::OptionalText => Some(""),
        Kind::Integer | Kind::Text | Kind::Texts => None,
    }
}

fn value_behind<'w>(
    row: &Row,
    name: &str,
    words: &mut impl Iterator<Item = &'w String>,
) -> Result<String, FlagError> {
    if let Some(value) = implicit(row) {
        return Ok(value.to_owned());
    }
    words.next().cloned().ok_or_else(|| FlagError::NoValue(name.to_owned()))
}

/// What a word of the command line is.
#[derive(Debug, PartialEq, Eq)]
enum Shape<'w> {
    Long(&'w str, Option<&'w str>),
    Short(&'w str),
    /// No option.
    Word,
    /// It begins as an option and is none.
    Broken,
}

fn shape(word: &str) -> Shape<'_> {
    let is_name = |name: &str| {
        name.len() > 1
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    if let Some(long) = word.strip_prefix("--") {
        let (name, value) = long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v)));
        return if is_name(name) { Shape::Long(name, value) } else { Shape::Broken };
    }
    match word.strip_prefix('-') {
        None | Some("") => Shape::Word,
        Some(letters) if letters.chars().all(|c| c.is_ascii_alphanumeric()) => {
            Shape::Short(letters)
        }
        Some(_) => Shape::Broken,
    }
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "t" | "T" | "1" => Some(true),
        "false" | "False" | "f" | "F" | "0" => Some(false),
        _ => None,
    }
}

/// Decimal, or hexadecimal behind `0x`; without a plus sign.
fn integer(text: &str) -> Option<i32> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (radix, digits) = digits.strip_prefix("0x").map_or((10, digits), |hex| (16, hex));
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    i32::from_str_radix(&format!("{sign}{digits}"), radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Flags, FlagError> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Flags::parse(&words)
    }

    #[test]
    fn mistakes_have_falcos_words() {
        let check = |line: &str, expected: &str| {
            let got = parse(line).map_err(|error| error.to_string());
            assert_eq!(got.unwrap_err(), expected, "{line}");
        };
        check("-x", "Option ‘x’ does not exist");
        check("--modern-bpf", "Option ‘modern-bpf’ does not exist");
        check("--vers", "Option ‘vers’ does not exist");
        check("-vx", "Option ‘x’ does not exist");
        check("-c", "Option ‘c’ is missing an argument");
        check("-vc", "Option ‘c’ is missing an argument");
        check("--format", "Option ‘format’ is missing an argument");
        check("-M 1.5", "Argument ‘1.5’ failed to parse");
        check("-M +5", "Argument ‘+5’ failed to parse");
        check("-M 2147483648", "Argument ‘2147483648’ failed to parse");
        check("-M -", "Argument ‘-’ failed to parse");
        check("--dry-run=maybe", "Argument ‘maybe’ failed to parse");
        check("--dry-run=", "Argument ‘’ failed to parse");
        check("-cf.yaml", "Argument ‘-cf.yaml’ starts with a - but has incorrect syntax");
        check("--c f", "Argument ‘--c’ starts with a - but has incorrect syntax");
        check("--a.b", "Argument ‘--a.b’ starts with a - but has incorrect syntax");
    }

    #[test]
    fn options_are_read_as_cxxopts_does() {
        let flags = parse("-vpc -r a,b -r c -M 0x10 --list=x word - --format=a=b -o -v").unwrap();
        assert!(flags.on("v") && !flags.on("U"));
        assert_eq!(flags.text("p"), Some("c"));
        assert_eq!(flags.texts("r"), ["a,b", "c"]);
        assert_eq!(flags.number("M"), 16);
        assert_eq!(flags.text("list"), Some("x"));
        assert_eq!(flags.text("format"), Some("a=b"));
        assert_eq!(flags.texts("option"), ["-v"]);
        let flags = parse("--list syscall --dry-run --dry-run=0 -M5 -- -x").unwrap();
        assert_eq!(flags.text("list"), Some(""));
        assert!(!flags.on("dry-run"));
        assert_eq!(flags.number("M"), 5);
        assert_eq!(parse("-M -1").unwrap().number("M"), -1);
    }

    #[test]
    fn options_are_written_as_they_are_read() {
        let flags = parse("-vUc a.yaml --list=syscall -M5 --option=x=y --dry-run -l NAME").unwrap();
        let others = flags.others(&["c", "option"]);
        assert_eq!(others, ["-v", "-U", "--list=syscall", "-M 5", "--dry-run", "-l NAME"]);
        assert_eq!(parse(&others.join(" ")).unwrap().others(&[]), others);
    }

    #[test]
    fn every_option_of_the_help_is_read() {
        let help = include_str!("../../../../schema/falco/help.txt");
        let mut named = Vec::new();
        // What an option is for begins at column 32, or on the next line.
        for line in
            help.lines().filter(|line| line.starts_with("  -") || line.starts_with("      --"))
        {
            for word in line.get(..32).unwrap_or(line).split([' ', ',']) {
                named.extend(
                    word.strip_prefix('-').map(|name| name.trim_start_matches('-').to_owned()),
                );
            }
        }
        let mut known = Vec::new();
        for (letter, name, _) in OPTIONS {
            known.extend(letter.map(String::from));
            known.extend((!name.is_empty()).then(|| (*name).to_owned()));
        }
        named.sort();
        known.sort();
        assert_eq!(named, known);
    }
}
