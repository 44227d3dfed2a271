//! The other names of an event's files: what the kernel walked to, where that lies inside its file
//! system, and the paths rules know it by.

use peregrine_event::ParamType;
use peregrine_state::join;

use crate::arg::Arg;
use crate::catalogue::Field;
use crate::context::{EventContext, OtherName};

/// Fields whose value is a path of the event, or a part of one.
const PATHS: [&str; 9] = [
    "fd.name",
    "fd.directory",
    "fd.filename",
    "fd.containername",
    "fd.containerdirectory",
    "fs.path.name",
    "fs.path.source",
    "fs.path.target",
    "evt.abspath",
];

/// Arguments of calls that are paths.
const ARGUMENTS: [&str; 8] =
    ["name", "path", "filename", "pathname", "oldpath", "newpath", "linkpath", "special"];

/// Whether a field has the other name of a file while that is looked at.
pub fn names_path(field: &Field) -> bool {
    match &field.arg {
        Arg::Index(_) if field.info.name == "evt.arg" => true,
        arg if field.info.name == "evt.arg" => {
            arg.key().is_some_and(|key| ARGUMENTS.contains(&key))
        }
        _ => PATHS.contains(&field.info.name),
    }
}

/// The parameter by which a call asks for the file it opens.
fn opened_by(context: &EventContext<'_>) -> Option<usize> {
    let view = &context.event.view;
    let opens =
        matches!(view.info().name, "open" | "openat" | "openat2" | "creat" | "open_by_handle_at");
    opens.then(|| view.index_of("name").or_else(|| view.index_of("path"))).flatten()
}

/// Hands out every name of the event's files that differs from the one asked for. `by_inode`: also
/// those that files are known by whatever their path.
pub fn other_names(
    context: &EventContext<'_>,
    by_inode: bool,
    mut take: impl FnMut(OtherName<'_>),
) {
    of_descriptor(context, by_inode, &mut take);
    of_params(context, &mut take);
}

fn of_descriptor(context: &EventContext<'_>, by_inode: bool, take: &mut impl FnMut(OtherName<'_>)) {
    let Some(info) = context.fd().filter(|info| info.is_path()) else { return };
    let walked = info.resolved.as_deref().unwrap_or(&info.name);
    let inside = info.inside.as_deref().unwrap_or(walked);
    let param = opened_by(context);
    let mut other = |path: &[u8]| take(OtherName { descriptor: true, param, path });
    if *walked != *info.name {
        other(walked);
    }
    if *inside != *info.name && *inside != *walked {
        other(inside);
    }
    if by_inode && info.resolved.is_some() {
        let known = [&*info.name, walked, inside];
        let mut more: Vec<Vec<u8>> = Vec::new();
        let files = [Some((info.dev, info.ino)), info.below];
        for (dev, ino) in files.into_iter().flatten() {
            context.outside.file_names(dev, ino, &mut |path| {
                if !known.contains(&path) {
                    more.push(path.to_vec());
                }
            });
        }
        for path in &more {
            other(path);
        }
    }
}

/// Paths below a folder that was reached by another path than the one it is known by. What a path
/// itself leads through the kernel does not tell once the call is over.
fn of_params(context: &EventContext<'_>, take: &mut impl FnMut(OtherName<'_>)) {
    let view = &context.event.view;
    if context.event.facts.origin().is_none() || opened_by(context).is_some() {
        return;
    }
    for (index, info) in view.info().params.iter().enumerate() {
        if !matches!(info.ty, ParamType::Fsrelpath | ParamType::Fspath) {
            continue;
        }
        let Some(raw) = view.str(index).filter(|raw| raw.first().is_some_and(|b| *b != b'/'))
        else {
            continue;
        };
        let dirfd = info.dirfd.and_then(|place| view.i64(usize::from(place))).unwrap_or(-100);
        let Some(walked) = context.state.walked_base_of(context.event, dirfd) else { continue };
        let asked = context.state.base_of(view.tid(), dirfd);
        if asked.as_deref() != Some(walked) {
            let path = join(walked, raw);
            take(OtherName { descriptor: false, param: Some(index), path: &path });
        }
    }
}
