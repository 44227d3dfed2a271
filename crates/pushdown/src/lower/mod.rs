//! Which comparisons the kernel can evaluate, and by which tests.
//!
//! A condition is traversed with its negations pushed down to the comparisons. Each becomes a test of
//! the kernel, a constant of the event type, or "unknown", which passes either way.

mod descriptor;
mod process;
mod range;

use std::sync::Arc;

use peregrine_event::{CallRoles, EventType, names};
use peregrine_fields::{Arg, Field};
use peregrine_filter::{Constraint, Node, Predicate};
use peregrine_kfilter::{NameTest, Test, kinds};
use peregrine_rules::Rule;

use crate::cond::Cond;

pub(crate) use descriptor::{TRANSPORTS, unix};

/// What a comparison becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    /// Exactly this condition, where each of its tests is known when the event happens.
    As(Cond),
    /// Unknown.
    Unknown,
}

const O_RDONLY: u32 = 1;
const O_WRONLY: u32 = 2;
const O_CREAT: u32 = 4;
const O_TMPFILE: u32 = 1 << 13;
const ANY_EXEC: u32 = 0o111;
const S_ISUID: u32 = 0o4000;
/// Flags whose names are part of no other flag's name.
const FLAGS: [(&str, u32); 4] =
    [("O_CREAT", O_CREAT), ("O_APPEND", 8), ("O_EXCL", 32), ("O_TRUNC", 256)];

/// The condition of one rule for one event type. `who`: tests of the process are included, except where
/// the name of a file decides: few processes open such a file at all.
pub(crate) fn decided(rule: &Rule, code: EventType, who: bool) -> Cond {
    let without = weaken(&rule.condition.root, code, false, false);
    if !who || without.is_about_names() {
        return without;
    }
    weaken(&rule.condition.root, code, false, true)
}

fn weaken(node: &Node<Field>, code: EventType, not: bool, who: bool) -> Cond {
    match node {
        Node::Not(inner) => weaken(inner, code, !not, who),
        Node::And(parts) | Node::Or(parts) => {
            let parts = parts.iter().map(|part| weaken(part, code, not, who));
            if matches!(node, Node::And(_)) == not { Cond::or(parts) } else { Cond::and(parts) }
        }
        Node::Predicate(predicate) => match of_predicate(predicate, code, who) {
            Known::Unknown => Cond::True,
            Known::As(cond) if not => cond.not(),
            Known::As(cond) => cond,
        },
    }
}

fn of_predicate(predicate: &Arc<Predicate<Field>>, code: EventType, who: bool) -> Known {
    let constant = |truth| Known::As(if truth { Cond::True } else { Cond::False });
    match &predicate.kinds {
        Some(kinds) if !kinds.contains(code.0) => constant(false),
        Some(_) if predicate.always_for.contains(code.0) => constant(true),
        Some(_) => Known::Unknown,
        None => predicate
            .constraint()
            .map_or(Known::Unknown, |(field, asked)| known(field, &asked, code, who)),
    }
}

/// The condition for a comparison of `field`, for one event type. `who`: whether tests of the process
/// are included.
fn known(field: &Field, asked: &Constraint<'_>, code: EventType, who: bool) -> Known {
    let name = field.info.name;
    let opens = code.has_role(CallRoles::OPENS);
    let cond = match (name, &field.arg) {
        ("evt.num", Arg::None) => match asked {
            Constraint::Numbers(numbers) if numbers.iter().all(|number| *number <= 0) => {
                Some(Cond::False)
            }
            _ => None,
        },
        ("evt.res", Arg::None) => result_text(asked),
        ("evt.rawres", Arg::None) => result(asked),
        ("evt.failed", Arg::None) => truth(asked, Cond::test(Test::ResultBelow(0))),
        ("fd.num", Arg::None) if opens => descriptor(asked),
        ("evt.is_open_read", Arg::None) if opens => truth(asked, flags(code, O_RDONLY)),
        ("evt.is_open_write", Arg::None) if opens => truth(asked, flags(code, O_WRONLY)),
        ("evt.is_open_exec", Arg::None) if opens => truth(
            asked,
            Cond::and([flags(code, O_CREAT | O_TMPFILE), Cond::test(Test::Mode(ANY_EXEC))]),
        ),
        ("evt.is_open_setuid", Arg::None) if opens => truth(
            asked,
            Cond::and([flags(code, O_CREAT | O_TMPFILE), Cond::test(Test::Mode(S_ISUID))]),
        ),
        ("evt.arg", arg) if opens && arg.key() == Some("flags") => match asked {
            // `creat` has no flags.
            Constraint::Contains(_) if code == EventType::SYSCALL_CREAT_X => Some(Cond::False),
            Constraint::Contains(word) => FLAGS
                .iter()
                .find(|(flag, _)| flag.as_bytes() == *word)
                .map(|(_, bit)| Cond::test(Test::Flags(*bit))),
            _ => None,
        },
        ("fd.typechar", Arg::None) if opens => kind(asked, |word| match word {
            // A failed open below a folder counts as a file.
            b"f" if opens_below(code) => kinds::FILE | kinds::FAILED,
            b"f" => kinds::FILE,
            b"d" => kinds::DIRECTORY,
            b"o" if !opens_below(code) => kinds::FAILED,
            _ => 0,
        }),
        // A failed call has no type and no file name: no comparison of them is true.
        ("fd.type", Arg::None) if opens => kind(asked, |word| match word {
            b"file" => kinds::FILE,
            b"directory" => kinds::DIRECTORY,
            _ => 0,
        })
        .map(of_success),
        ("fd.name", Arg::None) if opens => path(asked),
        ("fd.directory", Arg::None) if opens => texts(asked, NameTest::Directory),
        ("fd.filename", Arg::None) if opens => filename(asked).map(of_success),
        ("fd.nameraw", Arg::None) if opens => match asked {
            Constraint::Contains(part) if part.windows(2).any(|two| two == b"..") => {
                Some(Cond::test(Test::Dots))
            }
            _ => None,
        },
        _ if who && let Some(cond) = process::of_process(field, asked) => Some(cond),
        _ if code.has_role(CallRoles::ON_DESCRIPTOR) => descriptor::of_descriptor(field, asked),
        _ => None,
    };
    // Where one call makes many events, they only share whether it failed.
    cond.filter(|cond| !code.has_role(CallRoles::MANY_EVENTS) || !cond.asks(&is_of_one_result))
        .map_or(Known::Unknown, Known::As)
}

fn is_of_one_result(test: &Test) -> bool {
    matches!(test, Test::ResultIs(_)) || matches!(test, Test::ResultBelow(below) if *below != 0)
}

fn truth(asked: &Constraint<'_>, cond: Cond) -> Option<Cond> {
    match asked {
        Constraint::Numbers(numbers) => match numbers.as_slice() {
            [1] => Some(cond),
            [0] => Some(cond.not()),
            _ => None,
        },
        Constraint::NotNumber(0) => Some(cond),
        Constraint::NotNumber(1) => Some(cond.not()),
        _ => None,
    }
}

/// `creat` has no flags among its arguments; these are its flags.
fn flags(code: EventType, bits: u32) -> Cond {
    if code != EventType::SYSCALL_CREAT_X {
        return Cond::test(Test::Flags(bits));
    }
    if bits & (O_WRONLY | O_CREAT) != 0 { Cond::True } else { Cond::False }
}

fn is(number: i128) -> Cond {
    i64::try_from(number).map_or(Cond::False, |number| Cond::test(Test::ResultIs(number)))
}

fn opens_below(code: EventType) -> bool {
    matches!(code, EventType::SYSCALL_OPENAT_2_X | EventType::SYSCALL_OPENAT2_X)
}

/// For calls that opened something.
fn of_success(cond: Cond) -> Cond {
    Cond::and([Cond::test(Test::Kind(kinds::FAILED)).not(), cond])
}

/// The number of the opened descriptor; -1 where the call failed.
fn descriptor(asked: &Constraint<'_>) -> Option<Cond> {
    let failed = || Cond::test(Test::ResultBelow(0));
    let one = |number: i128| match number {
        -1 => failed(),
        ..-1 => Cond::False,
        _ => is(number),
    };
    match asked {
        Constraint::Numbers(numbers) => Some(Cond::or(numbers.iter().copied().map(one))),
        Constraint::NotNumber(number) => Some(one(*number).not()),
        Constraint::Below(..=-1) => Some(Cond::False),
        Constraint::AtLeast(..=-1) => Some(Cond::False.not()),
        _ => result(asked),
    }
}

fn result(asked: &Constraint<'_>) -> Option<Cond> {
    // The kernel subtracts: a comparison that could overflow is unknown.
    let below =
        |number: i128| Some(Cond::test(Test::ResultBelow(i32::try_from(number).ok()?.into())));
    match asked {
        Constraint::Numbers(numbers) => Some(Cond::or(numbers.iter().copied().map(is))),
        Constraint::NotNumber(number) => Some(is(*number).not()),
        Constraint::Below(number) => below(*number),
        Constraint::AtLeast(number) => below(*number).map(Cond::not),
        _ => None,
    }
}

/// `SUCCESS`, or the name of the error.
fn result_text(asked: &Constraint<'_>) -> Option<Cond> {
    let failed = || Cond::test(Test::ResultBelow(0));
    let one = |text: &[u8]| {
        if text == b"SUCCESS" {
            return Some(failed().not());
        }
        let number = (-4095..0).find(|number| {
            names::errno_name(*number).is_some_and(|name| name.as_bytes() == text)
        })?;
        Some(is(number.into()))
    };
    match asked {
        Constraint::Texts(texts) => {
            Some(Cond::or(texts.iter().map(|text| one(text)).collect::<Option<Vec<_>>>()?))
        }
        Constraint::NotText(text) => one(text).map(Cond::not),
        _ => None,
    }
}

fn kind(asked: &Constraint<'_>, bits: impl Fn(&[u8]) -> u32) -> Option<Cond> {
    match asked {
        Constraint::Texts(texts) => {
            let bits = texts.iter().fold(0, |all, text| all | bits(text));
            Some(Cond::test(Test::Kind(bits)))
        }
        Constraint::NotText(text) => Some(Cond::test(Test::Kind(bits(text))).not()),
        _ => None,
    }
}

fn set(mut tests: Vec<NameTest>) -> Cond {
    tests.sort();
    tests.dedup();
    if tests.is_empty() { Cond::False } else { Cond::test(Test::Name(tests)) }
}

fn texts(asked: &Constraint<'_>, test: fn(Vec<u8>) -> NameTest) -> Option<Cond> {
    match asked {
        Constraint::Texts(texts) => {
            Some(set(texts.iter().map(|text| test(text.to_vec())).collect()))
        }
        Constraint::NotText(text) => Some(set(vec![test(text.to_vec())]).not()),
        _ => None,
    }
}

/// The root directory has its own name as file name.
fn filename(asked: &Constraint<'_>) -> Option<Cond> {
    let of_root = |text: &[u8]| text.contains(&b'/');
    match asked {
        Constraint::Texts(texts) if texts.iter().any(|text| of_root(text)) => None,
        Constraint::NotText(text) if of_root(text) => None,
        _ => texts(asked, NameTest::Filename),
    }
}

fn path(asked: &Constraint<'_>) -> Option<Cond> {
    match asked {
        Constraint::Startswith([]) | Constraint::Endswith([]) => None,
        Constraint::Startswith(part) => Some(set(vec![NameTest::Prefix(part.to_vec())])),
        Constraint::Endswith(part) => Some(set(vec![NameTest::Suffix(part.to_vec())])),
        Constraint::Contains(part) if part.windows(2).any(|two| two == b"/.") => {
            Some(set(vec![NameTest::Hidden(part.to_vec())]))
        }
        Constraint::Pmatch(paths) => {
            let plain = |path: &&Vec<u8>| {
                path.first() == Some(&b'/')
                    && path.len() > 1
                    && path.last() != Some(&b'/')
                    && !path.windows(2).any(|two| two == b"//")
                    && !path.iter().any(|byte| b"?*[".contains(byte))
            };
            if !paths.iter().all(|path| plain(&path)) {
                return None;
            }
            let both = |path: &Vec<u8>| {
                [NameTest::Exact(path.clone()), NameTest::Prefix([path.as_slice(), b"/"].concat())]
            };
            Some(set(paths.iter().flat_map(both).collect()))
        }
        _ => texts(asked, NameTest::Exact),
    }
}
