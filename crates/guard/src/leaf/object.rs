//! Comparisons of the names an act is about.

use std::collections::BTreeSet;

use peregrine_fields::{Arg, Field};
use peregrine_filter::{Constraint, Value};

use super::asked::{Asked, Leaf};
use crate::calls::View;
use crate::compiled::PathKind;
use crate::cond::{Cond, Fact, Name};
use crate::layout::{Act, flag};

/// Which of a call's names a field is.
enum Which {
    /// The act's object.
    Own,
    /// Another one, of which another act decides.
    Other,
    /// The call has no such name: comparisons are false.
    None,
}

pub(super) fn leaf(asked: &Asked<'_>, field: &Field) -> Option<Leaf> {
    if !matches!(field.arg, Arg::None) {
        return None;
    }
    let which = match field.info.name {
        "fd.name" | "fd.name.resolved" | "fd.nameraw" | "fd.directory" | "fd.filename" => {
            descriptor(asked)?
        }
        "fs.path.name" | "fs.path.nameraw" => one_path(asked),
        "fs.path.source" | "fs.path.sourceraw" => two_paths(asked, true)?,
        "fs.path.target" | "fs.path.targetraw" => two_paths(asked, false)?,
        "fd.type" | "fd.typechar" if is_file_act(asked) => return kind(asked),
        "fd.num" if is_file_act(asked) => {
            let all = [0, 3, 4096].map(|number| asked.holds(Value::Int(number)));
            return all.iter().all(|one| *one == all[0]).then(|| Leaf::constant(all[0]));
        }
        _ => return None,
    };
    Some(match which {
        Which::None => Leaf::constant(false),
        Which::Other => Leaf::Elsewhere,
        Which::Own => match field.info.name {
            "fd.directory" => directory(asked),
            "fd.filename" => filename(asked),
            _ => path(asked),
        },
    })
}

/// An argument that is a path.
pub(super) fn argument(asked: &Asked<'_>, key: &str) -> Option<Leaf> {
    let own = match asked.calls.act {
        Act::Open => matches!(key, "name" | "path"),
        Act::Create => match asked.calls.view {
            View::Created => matches!(key, "name" | "path"),
            _ => matches!(key, "path" | "newpath" | "linkpath"),
        },
        Act::Remove => matches!(key, "path" | "name" | "oldpath"),
        Act::Link => key == "oldpath",
        Act::Attributes => matches!(key, "filename" | "path" | "pathname"),
        Act::Exec | Act::MapExec => key == "filename",
        Act::Mount => key == "dir",
        Act::Unmount => key == "name",
        _ => false,
    };
    let other = matches!(
        (asked.calls.act, asked.calls.flag, key),
        (Act::Create, flag::BY_RENAME | flag::BY_LINK, "oldpath")
            | (Act::Remove, flag::BY_RENAME, "newpath")
            | (Act::Link, _, "newpath")
    );
    match (own, other) {
        (true, _) => Some(path(asked)),
        (_, true) => Some(Leaf::Elsewhere),
        _ => None,
    }
}

/// Whether the call's descriptor is that of a file.
fn is_file_act(asked: &Asked<'_>) -> bool {
    match asked.calls.view {
        View::Created | View::Truncated => true,
        View::Own => matches!(asked.calls.act, Act::Open | Act::MapExec),
        View::Mapped => false,
    }
}

/// What the descriptor of a call is the name of.
fn descriptor(asked: &Asked<'_>) -> Option<Which> {
    Some(match (asked.calls.act, asked.calls.view) {
        (_, View::Created | View::Truncated)
        | (Act::Open | Act::LoadModule | Act::UnixConnect, _)
        | (Act::MapExec, View::Own) => Which::Own,
        (Act::Attributes, View::Own) => Which::Own,
        (Act::Connect | Act::Bind | Act::Listen | Act::Socket, _) => return None,
        _ => Which::None,
    })
}

fn one_path(asked: &Asked<'_>) -> Which {
    match (asked.calls.act, asked.calls.flag) {
        (Act::Create, flag::BY_MKDIR)
        | (Act::Remove, flag::BY_UNLINK | flag::BY_RMDIR)
        | (Act::Attributes, flag::BY_CHMOD | flag::BY_CHOWN)
        | (Act::Open | Act::Mount | Act::Unmount, _) => Which::Own,
        _ if asked.calls.view == View::Created || asked.calls.view == View::Truncated => Which::Own,
        _ => Which::None,
    }
}

/// `source` and `target`: of links the new name is the source, as Falco has it.
fn two_paths(asked: &Asked<'_>, source: bool) -> Option<Which> {
    Some(match (asked.calls.act, asked.calls.flag) {
        (Act::Create, flag::BY_RENAME) => {
            if source {
                Which::Other
            } else {
                Which::Own
            }
        }
        (Act::Remove, flag::BY_RENAME) => {
            if source {
                Which::Own
            } else {
                Which::Other
            }
        }
        (Act::Create, flag::BY_LINK) => {
            if source {
                Which::Own
            } else {
                Which::Other
            }
        }
        (Act::Link, _) => {
            if source {
                Which::Other
            } else {
                Which::Own
            }
        }
        // What a symbolic link says, and what is mounted, is a text to hooks.
        (Act::Create, flag::BY_SYMLINK) if source => Which::Own,
        (Act::Mount, _) if !source => Which::Own,
        (Act::Create, flag::BY_SYMLINK) | (Act::Mount, _) => return None,
        _ => Which::None,
    })
}

fn kind(asked: &Asked<'_>) -> Option<Leaf> {
    let folder = || Cond::flags(flag::DIRECTORY);
    let file = || folder().not();
    if asked.calls.view != View::Own {
        return asked.words(&[
            ("f", Cond::True),
            ("file", Cond::True),
            ("d", Cond::False),
            ("directory", Cond::False),
        ]);
    }
    asked.words(&[("f", file()), ("file", file()), ("d", folder()), ("directory", folder())])
}

/// Whether a path is one that the kernel walks to: absolute, each component a name.
fn is_walked(path: &[u8]) -> bool {
    let Some(rest) = path.strip_prefix(b"/") else { return false };
    rest.is_empty()
        || rest.split(|byte| *byte == b'/').all(|part| !matches!(part, b"" | b"." | b".."))
}

/// Those that may be the path of something; others never are.
fn of_set(names: BTreeSet<Name>) -> Cond {
    if names.is_empty() { Cond::False } else { Cond::fact(Fact::Object(names)) }
}

/// A comparison of the whole path.
pub(super) fn path(asked: &Asked<'_>) -> Leaf {
    if asked.asks_existence() {
        return Leaf::constant(true);
    }
    match paths(asked.constraint()) {
        Ok(PathSet::Is(names)) => Leaf::Known(of_set(names)),
        Ok(PathSet::IsNot(names)) => Leaf::Known(of_set(names).not()),
        Ok(PathSet::Any) => Leaf::Known(Cond::flags(flag::MEMFD).not()),
        Err(why) => Leaf::Undecidable(why),
    }
}

/// The paths a comparison is about.
pub(super) enum PathSet {
    /// It holds for these.
    Is(BTreeSet<Name>),
    /// It holds for all but these.
    IsNot(BTreeSet<Name>),
    /// It holds for all that lie in folders.
    Any,
}

/// The paths a constraint is about; or why hooks cannot tell.
pub(super) fn paths(constraint: Option<Constraint<'_>>) -> Result<PathSet, String> {
    let exact = |texts: &[&[u8]]| -> BTreeSet<Name> {
        let walked = texts.iter().filter(|path| is_walked(path));
        walked.map(|path| Name::Path(PathKind::Exact, path.to_vec())).collect()
    };
    let simple = "hooks know whole paths, folders and last components";
    match constraint {
        Some(Constraint::Texts(texts)) => Ok(PathSet::Is(exact(&texts))),
        Some(Constraint::NotText(text)) => Ok(PathSet::IsNot(exact(&[text]))),
        Some(Constraint::Startswith(b"/")) => Ok(PathSet::Any),
        Some(Constraint::Startswith(prefix)) => match prefix.strip_suffix(b"/") {
            Some(folder) if is_walked(folder) => {
                Ok(PathSet::Is([Name::Path(PathKind::Below, folder.to_vec())].into()))
            }
            Some(_) => Ok(PathSet::Is(BTreeSet::new())),
            None => {
                let prefix = String::from_utf8_lossy(prefix);
                Err(format!(
                    "{simple}; {prefix} may go on in the same component: write {prefix}/, or `pmatch ({prefix})` for it and all below"
                ))
            }
        },
        Some(Constraint::Endswith(suffix)) => match suffix.strip_prefix(b"/") {
            Some(name) if !name.is_empty() && !name.contains(&b'/') => {
                Ok(PathSet::Is([Name::Component(name.to_vec())].into()))
            }
            _ => Err(format!("{simple}; of an ending those like /name")),
        },
        Some(Constraint::Pmatch(paths)) => {
            if paths.iter().any(|path| path.iter().any(|byte| b"?*[".contains(byte))) {
                return Err(format!("{simple}, no patterns"));
            }
            let paths = paths.iter().filter(|path| is_walked(path));
            let both = paths.flat_map(|path| {
                [PathKind::Exact, PathKind::Below].map(|kind| Name::Path(kind, path.clone()))
            });
            Ok(PathSet::Is(both.collect()))
        }
        _ => Err(simple.to_owned()),
    }
}

fn directory(asked: &Asked<'_>) -> Leaf {
    let children = |texts: &[&[u8]]| {
        let walked = texts.iter().filter(|path| is_walked(path));
        of_set(walked.map(|path| Name::Path(PathKind::ChildrenOf, path.to_vec())).collect())
    };
    match asked.constraint() {
        Some(Constraint::Texts(texts)) => Leaf::Known(children(&texts)),
        Some(Constraint::NotText(text)) => Leaf::Known(children(&[text]).not()),
        _ => Leaf::no("hooks know which folder an object is in by the folder's whole path"),
    }
}

pub(super) fn filename(asked: &Asked<'_>) -> Leaf {
    let components = |texts: &[&[u8]]| {
        let names = texts.iter().filter(|name| !name.is_empty() && !name.contains(&b'/'));
        of_set(names.map(|name| Name::Component(name.to_vec())).collect())
    };
    match asked.constraint() {
        Some(Constraint::Texts(texts)) => Leaf::Known(components(&texts)),
        Some(Constraint::NotText(text)) => Leaf::Known(components(&[text]).not()),
        _ => Leaf::no("hooks know the last component of a name as a whole"),
    }
}
