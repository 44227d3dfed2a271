//! Conditions over facts, in words.

use std::fmt;

use crate::compiled::PathKind;
use crate::cond::{Cond, Fact, Name, Whose};
use crate::layout::flag;

/// How many members of a set are written out.
const SHOWN: usize = 4;

/// Members between parentheses; of many the first.
fn members<T>(
    f: &mut fmt::Formatter<'_>,
    all: impl ExactSizeIterator<Item = T>,
    each: impl Fn(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    let more = all.len().saturating_sub(SHOWN);
    f.write_str("(")?;
    for (number, one) in all.take(SHOWN).enumerate() {
        f.write_str(if number > 0 { ", " } else { "" })?;
        each(f, one)?;
    }
    if more > 0 {
        write!(f, " and {more} more")?;
    }
    f.write_str(")")
}

impl fmt::Display for Name {
    /// `/a`: the path; `/a/**`: all below; `/a/*`: what lies in it; `**/a`: by its last component; `a`: a process.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match self {
            Self::Path(PathKind::Exact, path) => f.write_str(&text(path)),
            Self::Path(PathKind::Below, path) => {
                write!(f, "{}/**", text(path).trim_end_matches('/'))
            }
            Self::Path(PathKind::ChildrenOf, path) => {
                write!(f, "{}/*", text(path).trim_end_matches('/'))
            }
            Self::Component(name) => write!(f, "**/{}", text(name)),
            Self::Comm(name) => f.write_str(&text(name)),
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |f: &mut fmt::Formatter<'_>, of: &str| write!(f, "{of} in ");
        match self {
            Self::Flags(bits) => {
                let set = flag::NAMES.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
                let names: Vec<&str> = set.map(|(_, name)| *name).collect();
                f.write_str(&names.join("|"))
            }
            Self::Object(names) => {
                named(f, "object")?;
                members(f, names.iter(), |f, name| write!(f, "{name}"))
            }
            Self::Process(whose, names) => {
                named(
                    f,
                    match whose {
                        Whose::Own => "process",
                        Whose::Parent => "parent",
                        Whose::Ancestor => "an ancestor",
                    },
                )?;
                members(f, names.iter(), |f, name| write!(f, "{name}"))
            }
            Self::Container(ids) => {
                named(f, "container")?;
                members(f, ids.iter(), |f, id| f.write_str(id))
            }
            Self::Uid(numbers) | Self::Loginuid(numbers) | Self::Gid(numbers) => {
                named(
                    f,
                    match self {
                        Self::Uid(_) => "uid",
                        Self::Gid(_) => "gid",
                        _ => "loginuid",
                    },
                )?;
                members(f, numbers.iter(), |f, number| match number {
                    &u32::MAX => f.write_str("-1"),
                    number => write!(f, "{number}"),
                })
            }
            Self::Port(ranges) => {
                named(f, "port")?;
                members(f, ranges.iter(), |f, (from, to)| {
                    if from == to { write!(f, "{from}") } else { write!(f, "{from}-{to}") }
                })
            }
            Self::Net(nets) => {
                named(f, "address")?;
                members(f, nets.iter(), |f, (address, prefix)| write!(f, "{address}/{prefix}"))
            }
        }
    }
}

impl fmt::Display for Cond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            for (number, part) in parts.iter().enumerate() {
                f.write_str(if number > 0 { word } else { "" })?;
                match part {
                    Self::And(_) | Self::Or(_) => write!(f, "({part})")?,
                    part => write!(f, "{part}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::True => f.write_str("always"),
            Self::False => f.write_str("never"),
            Self::Fact(fact, not) => write!(f, "{}{fact}", if *not { "not " } else { "" }),
            Self::And(parts) => joined(f, parts, " and "),
            Self::Or(parts) => joined(f, parts, " or "),
        }
    }
}
