//! What changes where names lead.

use super::calls::{HERE, real, reg, sys};
use super::opens::{FILES, FOLDERS, name};
use super::process::{keep, some_fd};
use crate::events::Dice;

/// One change.
#[derive(Debug)]
pub enum FileAct {
    /// To a folder by its name.
    Go(String),
    /// To the folder of a descriptor.
    GoTo(i32),
    /// Two names, of files or folders, swapped or one after the other.
    Rename(&'static str, &'static str, u32),
    Remove(String),
    RemoveFolder(String),
    MakeFolder(String),
    /// A file is gone and another one has its name.
    Again(&'static str),
    /// One more name of a file.
    Link(&'static str, &'static str),
    Symlink(&'static str, &'static str),
    Close(i32),
    CopyDescriptor(i32, i32),
    /// Mounts of its own, from now on.
    Apart,
    /// A part of the scene at another place, or a file system of its own there.
    Mount(Option<&'static str>, &'static str),
    Unmount(&'static str),
    /// From now on the jail is the root.
    Jail,
}

const PAIRS: [(&str, &str); 7] = [
    ("below", "sub"),
    ("below", "renamed"),
    ("renamed", "below"),
    ("sub", "near/far"),
    ("secret", "other"),
    ("below/x", "sub/key"),
    ("near", "new"),
];

impl FileAct {
    pub(super) fn some(dice: &mut Dice) -> Self {
        let folder = |dice: &mut Dice| dice.of(&FOLDERS);
        match dice.roll(25) {
            0 | 1 => Self::Go(format!("@/{}", folder(dice))),
            2 => Self::Go(dice.of(&["@", "..", "."]).to_owned()),
            3 => Self::Go(folder(dice).to_owned()),
            4 => Self::Go(name(dice)),
            5 | 6 => Self::GoTo(some_fd(dice)),
            7..10 => {
                let (one, other) = dice.of(&PAIRS);
                Self::Rename(one, other, dice.of(&[0, libc::RENAME_EXCHANGE]))
            }
            10 => Self::removal(dice),
            11 | 12 => Self::Again(dice.of(&FILES)),
            13 | 14 => Self::Link(dice.of(&FILES), dice.of(&FILES)),
            15 => Self::Symlink(folder(dice), dice.of(&["points", "alias", "linked"])),
            16 => Self::Close(some_fd(dice)),
            17 => Self::CopyDescriptor(some_fd(dice), some_fd(dice)),
            18 => Self::Apart,
            19..22 => Self::Mount((dice.roll(5) != 0).then(|| folder(dice)), folder(dice)),
            22 => Self::Mount(Some(dice.of(&FILES)), dice.of(&FILES)),
            23 => Self::Unmount(folder(dice)),
            _ => Self::Jail,
        }
    }

    /// Something is removed, or made: what rules about processes look at.
    pub(super) fn removal(dice: &mut Dice) -> Self {
        match dice.roll(3) {
            0 => Self::Remove(name(dice)),
            1 => Self::RemoveFolder(name(dice)),
            _ => Self::MakeFolder(name(dice)),
        }
    }

    pub(super) fn commit(&self) -> i64 {
        let at = |text: &str| real(&format!("@/{text}"));
        let here = reg(libc::AT_FDCWD.into());
        let one = |number, text: &str| {
            let path = real(text);
            sys(number, &[path.as_ptr() as usize, 0o755])
        };
        let two = |number, from: &str, to: &str| {
            let (from, to) = (at(from), at(to));
            sys(number, &[from.as_ptr() as usize, to.as_ptr() as usize])
        };
        match self {
            Self::Go(to) => one(libc::SYS_chdir, to),
            Self::GoTo(fd) => sys(libc::SYS_fchdir, &[reg((*fd).into())]),
            Self::Rename(from, to, flags) => {
                let (from, to) = (at(from), at(to));
                let (from, to) = (from.as_ptr() as usize, to.as_ptr() as usize);
                sys(libc::SYS_renameat2, &[here, from, here, to, *flags as usize])
            }
            Self::Remove(name) => one(libc::SYS_unlink, name),
            Self::RemoveFolder(name) => one(libc::SYS_rmdir, name),
            Self::MakeFolder(name) => one(libc::SYS_mkdir, name),
            Self::Again(name) => {
                let path = at(name);
                sys(libc::SYS_unlink, &[path.as_ptr() as usize]);
                let flags = (libc::O_CREAT | libc::O_EXCL | libc::O_RDWR) as usize;
                keep(sys(libc::SYS_openat, &[here, path.as_ptr() as usize, flags, 0o666]))
            }
            Self::Link(from, to) => {
                one(libc::SYS_unlink, &format!("@/{to}"));
                two(libc::SYS_link, from, to)
            }
            Self::Symlink(to, link) => {
                one(libc::SYS_unlink, &format!("@/{link}"));
                two(libc::SYS_symlink, to, link)
            }
            Self::Close(fd) => sys(libc::SYS_close, &[reg((*fd).into())]),
            Self::CopyDescriptor(from, to) => {
                sys(libc::SYS_dup2, &[reg((*from).into()), reg((*to).into())])
            }
            Self::Apart => apart(),
            Self::Mount(from, to) => mount(*from, to),
            Self::Unmount(at) if HERE.with_borrow(|here| here.apart) => {
                let path = real(&format!("@/{at}"));
                sys(libc::SYS_umount2, &[path.as_ptr() as usize, libc::MNT_DETACH as usize])
            }
            Self::Unmount(_) => 0,
            Self::Jail => {
                let result = one(libc::SYS_chroot, "@/jail");
                if result == 0 {
                    HERE.with_borrow_mut(|here| here.jailed = true);
                }
                result
            }
        }
    }
}

fn apart() -> i64 {
    let result = sys(libc::SYS_unshare, &[libc::CLONE_NEWNS as usize]);
    if result < 0 {
        return result;
    }
    let flags = word(libc::MS_REC | libc::MS_PRIVATE);
    let root = c"/".as_ptr() as usize;
    let result = sys(libc::SYS_mount, &[c"none".as_ptr() as usize, root, 0, flags, 0]);
    if result == 0 {
        HERE.with_borrow_mut(|here| here.apart = true);
    }
    result
}

/// Nothing is mounted where others would see it.
fn mount(from: Option<&str>, to: &str) -> i64 {
    if !HERE.with_borrow(|here| here.apart) {
        return 0;
    }
    let to = real(&format!("@/{to}"));
    let to = to.as_ptr() as usize;
    if let Some(from) = from {
        let from = real(&format!("@/{from}"));
        return sys(libc::SYS_mount, &[from.as_ptr() as usize, to, 0, word(libc::MS_BIND), 0]);
    }
    let kind = c"tmpfs".as_ptr() as usize;
    sys(libc::SYS_mount, &[kind, to, kind, 0, 0])
}

fn word(flags: libc::c_ulong) -> usize {
    usize::try_from(flags).unwrap_or(0)
}
