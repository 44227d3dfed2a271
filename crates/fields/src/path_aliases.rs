//! The other names of an event's files: what the kernel walked to, where that lies inside its file
//! system, and the paths rules know it by.

use peregrine_event::{CallRoles, TrailerItem};
use peregrine_state::{FdInfo, SeenFile, join, kinds};

use crate::arg::Arg;
use crate::call;
use crate::catalogue::Field;
use crate::context::{EventContext, PathAlias};
use crate::info::PathOf;
use crate::path_params::{as_asked, folder_of, is_path, spoken_to};

/// Arguments of calls that are paths.
const ARGUMENTS: [&str; 11] = [
    "name", "path", "filename", "pathname", "oldpath", "newpath", "linkpath", "target", "dir",
    "dev", "special",
];

/// Whether a field has the other name of a path parameter, whether or not a descriptor has it.
pub fn names_param(field: &Field) -> bool {
    names_path(field) && field.info.path != PathOf::Descriptor
}

/// Whether a field has the other name of a file while that is looked at.
pub fn names_path(field: &Field) -> bool {
    match field.info.path {
        PathOf::None => false,
        PathOf::Descriptor | PathOf::Parameter => true,
        PathOf::Argument => {
            matches!(field.arg, Arg::Index(_))
                || field.arg.key().is_some_and(|key| ARGUMENTS.contains(&key))
        }
    }
}

/// The parameter with the path of the file that a call opens.
fn opened_by(context: &EventContext<'_>) -> Option<usize> {
    let view = &context.event.view;
    let opens = view.info().roles.has(CallRoles::OPENS) || view.info().name == "open_by_handle_at";
    opens.then(|| view.index_of("name").or_else(|| view.index_of("path"))).flatten()
}

/// Hands out every name of the event's files that differs from the requested one. `by_inode`: also
/// those that files are known by whatever their path.
pub fn path_aliases(
    context: &EventContext<'_>,
    by_inode: bool,
    mut take: impl FnMut(PathAlias<'_>),
) {
    of_descriptor(context, by_inode, &mut take);
    of_params(context, by_inode, &mut take);
}

fn of_descriptor(context: &EventContext<'_>, by_inode: bool, take: &mut impl FnMut(PathAlias<'_>)) {
    let Some(info) = context.fd() else { return };
    if info.kind == kinds::UNIX_SOCK {
        of_socket(context, info, by_inode, take);
    }
    let Some(info) = Some(info).filter(|info| info.is_path()) else { return };
    let param = opened_by(context);
    let fd = context.state.event_fd_number().unwrap_or(-1);
    names_of(context, fd, info, by_inode, &mut |path: &[u8]| {
        take(PathAlias { descriptor: true, param, path });
    });
}

/// The names of the file that a unix socket, or the one it speaks with, is bound to: by themselves, and as
/// the name of a connection has them, behind its two ends.
fn of_socket(
    context: &EventContext<'_>,
    info: &FdInfo,
    by_inode: bool,
    take: &mut impl FnMut(PathAlias<'_>),
) {
    let mut names: Vec<Vec<u8>> = Vec::new();
    let mut add = |name: &[u8]| {
        if names.iter().all(|known| known != name) {
            names.push(name.to_vec());
        }
    };
    let reported = [&info.resolved, &info.bound, &info.fs_path];
    reported.into_iter().flatten().for_each(|name| add(name));
    if let Some(index) = spoken_to(&context.event.view) {
        for item in context.event.trailer.iter() {
            match item {
                TrailerItem::ResolvedPath(one) if usize::from(one.param) == index => add(one.path),
                TrailerItem::Alias(one) if usize::from(one.param) == index => add(one.path),
                _ => {}
            }
        }
    }
    if let Some((dev, ino)) = info.overlay_lower.filter(|_| by_inode) {
        let fd = context.state.event_fd_number().unwrap_or(-1);
        let generation =
            context.event.trailer.overlay_lower(fd).map_or(0, |below| below.generation);
        let file = SeenFile { dev, ino, generation, at: context.event.view.ts() };
        context.outside.file_names(&file, &mut add);
    }
    let Some((ends, asked)) = ends_and_name(&info.name) else {
        for path in &names {
            take(PathAlias { descriptor: true, param: None, path });
        }
        return;
    };
    // By itself the name asked for is another one too: rules speak of paths.
    if asked.first() == Some(&b'/') {
        take(PathAlias { descriptor: true, param: None, path: asked });
    }
    for path in names.iter().filter(|path| *path != asked) {
        take(PathAlias { descriptor: true, param: None, path });
        let whole = [ends, path].concat();
        take(PathAlias { descriptor: true, param: None, path: &whole });
    }
}

/// The two ends at the front of a unix socket's name (`a0->b0 `), and what stands behind them.
fn ends_and_name(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = name.iter().position(|byte| *byte == b' ')?;
    let (ends, rest) = name.split_at_checked(blank + 1)?;
    let mut ends_only = ends.strip_suffix(b" ")?.iter();
    ends_only.all(|byte| byte.is_ascii_hexdigit() || b"->".contains(byte)).then_some((ends, rest))
}

/// The names of a descriptor's file besides the requested one.
fn names_of(
    context: &EventContext<'_>,
    fd: i64,
    info: &FdInfo,
    by_inode: bool,
    other: &mut impl FnMut(&[u8]),
) {
    let walked = info.resolved.as_deref().unwrap_or(&info.name);
    let inside = info.fs_path.as_deref().unwrap_or(walked);
    if *walked != *info.name {
        other(walked);
    }
    if *inside != *info.name && *inside != *walked {
        other(inside);
    }
    if by_inode && info.resolved.is_some() {
        let known = [&*info.name, walked, inside];
        let mut more: Vec<Vec<u8>> = Vec::new();
        let (trailer, at) = (context.event.trailer, context.event.view.ts());
        let own = SeenFile { dev: info.dev, ino: info.ino, generation: trailer.generation(fd), at };
        let below = info.overlay_lower.map(|(dev, ino)| {
            let generation = trailer.overlay_lower(fd).map_or(0, |below| below.generation);
            SeenFile { dev, ino, generation, at }
        });
        for file in [Some(own), below].into_iter().flatten() {
            context.outside.file_names(&file, &mut |path| {
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

/// The paths an event names, as they were walked: reported in its trailer, or known from the folder they begin
/// at.
fn of_params(context: &EventContext<'_>, by_inode: bool, take: &mut impl FnMut(PathAlias<'_>)) {
    let event = context.event;
    let view = &event.view;
    if event.trailer.origin().is_none() || opened_by(context).is_some() {
        return;
    }
    if let Some((raw, dirfd)) = call::path(event) {
        of_param(context, call::PATH, raw, dirfd, take);
        return;
    }
    for (index, info) in view.info().params.iter().enumerate().filter(|(_, one)| is_path(view, one))
    {
        let Some(raw) = view.str(index) else { continue };
        let dirfd = folder_of(view, info);
        if raw.is_empty() {
            of_empty_path(context, by_inode, index, dirfd, take);
        } else {
            of_param(context, index, raw, dirfd, take);
        }
    }
}

/// The other names of one path.
fn of_param(
    context: &EventContext<'_>,
    index: usize,
    raw: &[u8],
    dirfd: i64,
    take: &mut impl FnMut(PathAlias<'_>),
) {
    let (event, state) = (context.event, context.state);
    let asked = as_asked(event, state, dirfd, raw);
    let mut other = |path: &[u8]| {
        if *path != *asked {
            take(PathAlias { descriptor: false, param: Some(index), path });
        }
    };
    let mut reported = false;
    for item in event.trailer.iter() {
        match item {
            TrailerItem::ResolvedPath(one) if usize::from(one.param) == index => {
                reported = true;
                other(one.path);
            }
            TrailerItem::Alias(one) if usize::from(one.param) == index => other(one.path),
            _ => {}
        }
    }
    if reported || raw.first() == Some(&b'/') {
        return;
    }
    let inside = event.trailer.fs_path(dirfd);
    for folder in [state.walked_base_of(event, dirfd), inside].into_iter().flatten() {
        other(&join(folder, raw));
    }
}

/// The file a descriptor stands for, asked for by no name (`AT_EMPTY_PATH`).
fn of_empty_path(
    context: &EventContext<'_>,
    by_inode: bool,
    index: usize,
    dirfd: i64,
    take: &mut impl FnMut(PathAlias<'_>),
) {
    let files = context.thread().map(peregrine_state::Thread::files);
    let Some(info) =
        files.and_then(|files| context.state.fd(files, dirfd)).filter(|fd| fd.is_path())
    else {
        return;
    };
    let mut other = |path: &[u8]| take(PathAlias { descriptor: false, param: Some(index), path });
    other(&info.name);
    names_of(context, dirfd, info, by_inode, &mut other);
}
