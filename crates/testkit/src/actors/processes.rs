//! What processes become.

use std::ffi::CString;

use super::calls::{HERE, reg, sys};
use crate::events::Dice;

/// Names of programs, which processes also give themselves.
pub const NAMES: [&str; 6] =
    ["pg-planted", "pg-other", "pg-third", "a-name-of-15-ch", "a-name-longer-than-15", "sh"];
/// Users that processes become.
pub const USERS: [u32; 3] = [0, 1000, 43210];

pub(super) const SIGCHLD_ONLY: usize = libc::SIGCHLD as usize;

/// One change.
#[derive(Debug)]
pub enum Become {
    /// Another name of the thread.
    Name(&'static str),
    /// Another name of the process's first thread, by its file.
    NameOfFirst(&'static str),
    /// Real, effective and kept user of the thread; below zero: as it is.
    User([i64; 3]),
    UserOfFiles(u32),
    Group(u8),
    /// Takes in those below it whose parents end.
    Reaper(bool),
    /// Children that ended are gone at once, or stay until somebody asks.
    Forget(bool),
    AskForChildren,
    Session,
}

impl Become {
    pub(super) fn some(dice: &mut Dice) -> Self {
        let id = |dice: &mut Dice| {
            if dice.roll(3) == 0 { -1 } else { i64::from(dice.of(&USERS)) }
        };
        match dice.roll(13) {
            0..4 => Self::Name(dice.of(&NAMES)),
            4 => Self::NameOfFirst(dice.of(&NAMES)),
            // The way back is kept.
            5 | 6 => Self::User([-1, id(dice), 0]),
            7 => Self::User([id(dice), 0, 0]),
            8 => Self::UserOfFiles(dice.of(&USERS)),
            9 => Self::Group(u8::try_from(dice.roll(3)).unwrap_or(0)),
            10 => Self::Reaper(dice.roll(2) == 0),
            11 => Self::Forget(dice.roll(2) == 0),
            _ => dice_of_two(dice),
        }
    }

    pub(super) fn commit(&self) -> i64 {
        match self {
            Self::Name(name) => {
                let name = CString::new(*name).unwrap_or_default();
                sys(libc::SYS_prctl, &[libc::PR_SET_NAME as usize, name.as_ptr() as usize])
            }
            Self::NameOfFirst(name) => {
                let pid = sys(libc::SYS_getpid, &[]);
                write(&format!("/proc/self/task/{pid}/comm"), name)
            }
            Self::User(ids) => sys(libc::SYS_setresuid, &ids.map(reg)),
            Self::UserOfFiles(id) => sys(libc::SYS_setfsuid, &[*id as usize]),
            Self::Group(number) => group(*number),
            Self::Reaper(on) => {
                let what = libc::PR_SET_CHILD_SUBREAPER as usize;
                sys(libc::SYS_prctl, &[what, usize::from(*on)])
            }
            Self::Forget(on) => {
                ignore(libc::SIGCHLD, *on);
                0
            }
            Self::AskForChildren => {
                let mut status = 0_i32;
                let (at, any) = ((&raw mut status) as usize, reg(-1));
                sys(libc::SYS_wait4, &[any, at, libc::WNOHANG as usize, 0])
            }
            Self::Session => sys(libc::SYS_setsid, &[]),
        }
    }
}

fn dice_of_two(dice: &mut Dice) -> Become {
    if dice.roll(2) == 0 { Become::AskForChildren } else { Become::Session }
}

/// Takes no notice of a signal, or does again.
pub(super) fn ignore(signal: i32, on: bool) {
    let how = if on { libc::SIG_IGN } else { libc::SIG_DFL };
    // SAFETY: no code of ours runs on the signal.
    unsafe { libc::signal(signal, how) };
}

/// Goes to the control group of a number, with all threads.
pub(super) fn group(number: u8) -> i64 {
    let groups = HERE.with_borrow(|here| here.groups.clone());
    if groups.is_empty() { 0 } else { write(&format!("{groups}/{number}/cgroup.procs"), "0") }
}

fn write(path: &str, text: &str) -> i64 {
    let path = CString::new(path).unwrap_or_default();
    let fd = sys(libc::SYS_open, &[path.as_ptr() as usize, libc::O_WRONLY as usize]);
    if fd < 0 {
        return fd;
    }
    let result = sys(libc::SYS_write, &[reg(fd), text.as_ptr() as usize, text.len()]);
    sys(libc::SYS_close, &[reg(fd)]);
    result
}
