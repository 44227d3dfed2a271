//! The paths of calls that leave nothing open: where each begins, and what of it is looked at.

use peregrine_event::{Event, EventType, EventView, ParamInfo, ParamType, arguments};
use peregrine_state::{Last, State, join};

use crate::call;

/// Stands for the current folder.
const AT_FDCWD: i64 = -100;
/// Flags in the capture format's numbers. `fchownat` has the first where links are not followed.
const AT_SYMLINK_FOLLOW: u32 = 1024;
const AT_SYMLINK_NOFOLLOW: u32 = 256;
/// A mount that shows what is there already.
const MS_BIND: u32 = 4096;
/// No path the kernel takes is longer.
const PATH_MAX: usize = 4096;

/// A path an event names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathParam {
    /// Which parameter.
    pub index: usize,
    /// The path from the process's root, not cleaned.
    pub path: Vec<u8>,
    /// What of it is looked at.
    pub last: Last,
    /// The descriptor of the folder the last name stands in, where the path is no more than that name and
    /// the kernel reported the folder: nothing is left to be walked.
    pub within: Option<i64>,
    /// Whether the last name has to stand there once the call is over, or to be gone; none: either.
    pub stands: Option<bool>,
    /// What the symbolic link leads to that the call made there.
    pub link: Option<Vec<u8>>,
}

/// Whether a parameter is a path the call walked, or what a link is made to point at.
pub(crate) fn is_path(view: &EventView<'_>, info: &ParamInfo) -> bool {
    matches!(info.ty, ParamType::Fsrelpath | ParamType::Fspath)
        || matches!(
            (view.info().name, info.name),
            ("symlink" | "symlinkat", "target") | ("mount", "dev")
        )
}

/// What of a path is looked at once the call is over; none of paths that are not resolved again.
fn last(view: &EventView<'_>, name: &str) -> Option<Last> {
    let has = |flag: u32| {
        view.index_of("flags").and_then(|index| view.u32(index)).is_some_and(|all| all & flag != 0)
    };
    let followed = |follows: bool| if follows { Last::Followed } else { Last::Standing };
    Some(match (view.info().name, name) {
        ("symlink" | "symlinkat", "target") => Last::Followed,
        ("link", "oldpath") | ("lchown" | "lstat", _) => Last::Standing,
        ("linkat", "oldpath") => followed(has(AT_SYMLINK_FOLLOW)),
        ("fchownat", _) => followed(!has(AT_SYMLINK_FOLLOW)),
        ("newfstatat", _) => followed(!has(AT_SYMLINK_NOFOLLOW)),
        ("mount", "dev") => has(MS_BIND).then_some(Last::Followed)?,
        (
            "chmod" | "fchmodat" | "chown" | "stat" | "access" | "mount" | "umount" | "umount2",
            _,
        ) => Last::Followed,
        (
            "unlink" | "unlinkat" | "rmdir" | "rename" | "renameat" | "renameat2" | "link"
            | "linkat" | "symlink" | "symlinkat" | "mkdir" | "mkdirat" | "mknod" | "mknodat",
            _,
        ) => Last::Folder,
        _ => return None,
    })
}

/// Whether the last name of a path stands there once a call is over.
fn stands(view: &EventView<'_>, name: &str) -> Option<bool> {
    const RENAME_EXCHANGE: u32 = 2;
    let flags = || view.index_of("flags").and_then(|index| view.u32(index)).unwrap_or(0);
    match (view.info().name, name) {
        ("unlink" | "unlinkat" | "rmdir" | "rename" | "renameat", "name" | "path" | "oldpath") => {
            Some(false)
        }
        ("renameat2", "oldpath") => Some(flags() & RENAME_EXCHANGE != 0),
        ("mkdir" | "mkdirat" | "mknod" | "mknodat", "path")
        | ("rename" | "renameat" | "renameat2" | "link" | "linkat", "newpath")
        | ("symlink" | "symlinkat", "linkpath") => Some(true),
        _ => None,
    }
}

/// The descriptor of the reported folder in which a relative path is no more than a name.
fn within(event: &Event<'_>, info: &ParamInfo, raw: &[u8], last: Last) -> Option<i64> {
    let dirfd = folder_of(&event.view, info);
    let plain = !raw.contains(&b'/') && !matches!(raw, b"." | b"..");
    let reported = dirfd >= 0
        && event
            .trailer
            .descriptor(dirfd)
            .is_some_and(|reported| reported.payload.first() == Some(&b'/'));
    (last == Last::Folder && plain && reported).then_some(dirfd)
}

/// The descriptor a relative path begins at.
pub(crate) fn folder_of(view: &EventView<'_>, info: &ParamInfo) -> i64 {
    info.dirfd.and_then(|place| view.i64(usize::from(place))).unwrap_or(AT_FDCWD)
}

/// A path from the process's root on, as far as the folder it begins at is known.
fn from_root(event: &Event<'_>, state: &State, info: &ParamInfo, raw: &[u8]) -> Option<Vec<u8>> {
    below(event, state, folder_of(&event.view, info), raw)
}

/// The same of a path that begins at a descriptor.
fn below(event: &Event<'_>, state: &State, dirfd: i64, raw: &[u8]) -> Option<Vec<u8>> {
    if raw.first() == Some(&b'/') {
        return Some(raw.to_vec());
    }
    let walked = state.walked_base_of(event, dirfd).map(<[u8]>::to_vec);
    let asked = || {
        let base = state.base_of(event.view.tid(), dirfd).filter(|_| dirfd == AT_FDCWD)?;
        (base.first() == Some(&b'/')).then(|| base.to_vec())
    };
    Some([&*walked.or_else(asked)?, b"/", raw].concat())
}

/// Hands out the paths of a call that went well and left nothing open, where the root they were asked
/// below is reported.
pub fn path_params(event: &Event<'_>, state: &State, mut take: impl FnMut(PathParam)) {
    let view = &event.view;
    if event.trailer.root().is_none() {
        return;
    }
    if let Some((raw, dirfd)) = call::path(event) {
        let last = call::last(event)
            .filter(|_| event.trailer.number(arguments::RESULT).is_some_and(|it| it >= 0));
        if let (Some(last), Some(path)) = (last, below(event, state, dirfd, raw))
            && !raw.is_empty()
            && path.len() < PATH_MAX
        {
            let index = call::PATH;
            take(PathParam { index, path, last, within: None, stands: Some(true), link: None });
        }
        return;
    }
    let failed = view.i64(0).is_none_or(|result| result < 0);
    if failed {
        return;
    }
    for (index, info) in view.info().params.iter().enumerate().filter(|(_, one)| is_path(view, one))
    {
        let Some(last) = last(view, info.name) else { continue };
        let Some(raw) = view.str(index).filter(|raw| !raw.is_empty()) else { continue };
        let path = if info.name == "target" && raw.first() != Some(&b'/') {
            // A link's target is meant from the folder the link stands in.
            let link =
                view.info().params.iter().enumerate().find(|(_, one)| one.name == "linkpath");
            let folder = link.and_then(|(index, info)| {
                let mut path = from_root(event, state, info, view.str(index)?)?;
                path.truncate(path.iter().rposition(|byte| *byte == b'/')? + 1);
                Some(path)
            });
            folder.map(|folder| [&*folder, raw].concat())
        } else {
            from_root(event, state, info, raw)
        };
        if let Some(path) = path.filter(|path| path.len() < PATH_MAX) {
            let is_link = (view.info().name, info.name);
            let link = matches!(is_link, ("symlink" | "symlinkat", "linkpath"));
            let target = || view.str(view.index_of("target")?).map(<[u8]>::to_vec);
            take(PathParam {
                index,
                path,
                last,
                within: within(event, info, raw, last),
                stands: stands(view, info.name),
                link: link.then(target).flatten(),
            });
        }
    }
    if let Some((index, raw)) = path_spoken_to(view)
        && let Some(path) = below(event, state, AT_FDCWD, raw)
    {
        let last = Last::Followed;
        take(PathParam { index, path, last, within: None, stands: None, link: None });
    }
}

/// The parameter with the address a call speaks to.
pub(crate) fn spoken_to(view: &EventView<'_>) -> Option<usize> {
    match view.event_type() {
        EventType::SOCKET_CONNECT_X => Some(3),
        EventType::SOCKET_SENDTO_X | EventType::SOCKET_SENDMSG_X | EventType::SOCKET_SENDMMSG_X => {
            view.index_of("tuple")
        }
        _ => None,
    }
}

/// Whether events of this kind can speak to a file by the name of their descriptor.
pub fn speaks(code: EventType) -> bool {
    matches!(
        code,
        EventType::SOCKET_CONNECT_X
            | EventType::SOCKET_SENDTO_X
            | EventType::SOCKET_SENDMSG_X
            | EventType::SOCKET_SENDMMSG_X
    )
}

/// The path a call speaks to, where that is a unix socket of one.
fn path_spoken_to<'v>(view: &EventView<'v>) -> Option<(usize, &'v [u8])> {
    let index = spoken_to(view)?;
    let rest = view.param(index)?.strip_prefix(&[1])?;
    // In a tuple two numbers stand before the name.
    let connects = view.event_type() == EventType::SOCKET_CONNECT_X;
    let name = if connects { rest } else { rest.get(16..)? };
    let name = name.split(|byte| *byte == 0).next()?;
    (!name.is_empty() && !name.starts_with(b"@")).then_some((index, name))
}

/// Whether a call may have changed where other paths lead.
pub fn changes_paths(event: &Event<'_>) -> bool {
    let name = event.view.type_name();
    ["rename", "symlink", "mount", "umount", "move_mount"].iter().any(|one| name.starts_with(one))
}

/// Whether a call only looks at what stands at its path: such calls are many, and change nothing.
pub fn only_looks(event: &Event<'_>) -> bool {
    matches!(event.view.info().name, "stat" | "lstat" | "newfstatat" | "access")
}

/// A path as it was asked for, from the root on where that is known.
pub(crate) fn as_asked(event: &Event<'_>, state: &State, dirfd: i64, raw: &[u8]) -> Vec<u8> {
    let base = state.base_of(event.view.tid(), dirfd);
    join(base.as_deref().unwrap_or_default(), raw)
}
