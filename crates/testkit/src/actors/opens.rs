//! Opens, by every kind of name.

use super::calls::{real, reg, sys};
use super::process::{keep, some_fd};
use crate::events::Dice;

/// Files of the scene, below the folder of acts and once more below its `jail`.
pub const FILES: [&str; 16] = [
    "secret",
    "other",
    "below/x",
    "below/deep/y",
    "key.pem",
    "sub/key",
    "sub/secret",
    ".hid/z",
    "hard",
    "linked",
    "points/key",
    "alias/secret",
    "bound/x",
    "near/far/same",
    "none",
    "sub/none.pem",
];

/// Folders of the scene.
pub const FOLDERS: [&str; 8] =
    ["below", "below/deep", "sub", ".hid", "points", "alias", "bound", "near/far"];

/// The call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Open,
    Openat(Beginning),
    Openat2(Beginning),
    Creat,
    /// As a 32-bit program.
    Compat,
}

/// Where a relative name begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beginning {
    Here,
    Descriptor(i32),
    /// A folder that is opened for it.
    Folder(&'static str),
}

/// One open.
#[derive(Debug)]
pub struct Open {
    by: By,
    name: String,
    flags: i32,
    mode: u32,
}

/// A name of something in the scene, or of nothing. `@` is the folder of acts.
pub(super) fn name(dice: &mut Dice) -> String {
    let what = if dice.roll(6) == 0 { dice.of(&FOLDERS) } else { dice.of(&FILES) };
    let (folder, last) = what.rsplit_once('/').unwrap_or((".", what));
    match dice.roll(32) {
        0..8 => format!("@/{what}"),
        8..12 => what.to_owned(),
        12..15 => last.to_owned(),
        15 => format!("./{what}"),
        16 => format!("../{what}"),
        17 => format!("../{}/{last}", folder.rsplit('/').next().unwrap_or(".")),
        18 => format!("@/sub/../{what}"),
        19 => format!("@//{what}"),
        20 => format!("@/./{what}"),
        21 => format!("@/{what}/"),
        22 => format!("@/alias/{what}"),
        23 => format!("/proc/self/cwd/{what}"),
        24 => format!("/proc/self/root@/{what}"),
        25 => format!("/proc/self/fd/{}/{last}", some_fd(dice)),
        26 => format!("/proc/self/fd/{}", some_fd(dice)),
        27 => format!("@/jail/{what}"),
        28 => format!("/{what}"),
        29 => dice.of(&["", ".", "..", "/", "//", "/etc/passwd", "/dev/null"]).to_owned(),
        30 => format!("@/{}{what}", "below/../".repeat(dice.roll(30))),
        _ => format!("@/{what}\u{e9}"),
    }
}

impl Open {
    pub(super) fn some(dice: &mut Dice) -> Self {
        let beginning = match dice.roll(4) {
            0 => Beginning::Descriptor(some_fd(dice)),
            1 => Beginning::Folder(dice.of(&FOLDERS)),
            _ => Beginning::Here,
        };
        let by = match dice.roll(12) {
            0 | 1 => By::Open,
            2 | 3 => By::Openat2(beginning),
            4 => By::Creat,
            5 => By::Compat,
            _ => By::Openat(beginning),
        };
        let way = dice.of(&[libc::O_RDONLY, libc::O_RDONLY, libc::O_WRONLY, libc::O_RDWR]);
        let mut flags = way | libc::O_NONBLOCK;
        for flag in [
            libc::O_CREAT,
            libc::O_EXCL,
            libc::O_TRUNC,
            libc::O_APPEND,
            libc::O_DIRECTORY,
            libc::O_PATH,
            libc::O_NOFOLLOW,
            libc::O_TMPFILE,
        ] {
            if dice.roll(9) == 0 {
                flags |= flag;
            }
        }
        Self { by, name: name(dice), flags, mode: dice.of(&[0o600, 0o644, 0o755, 0]) }
    }

    pub(super) fn commit(&self) -> i64 {
        let path = real(&self.name);
        let (at, flags, mode) =
            (path.as_ptr() as usize, reg(self.flags.into()), self.mode as usize);
        let opened = match self.by {
            By::Open => sys(libc::SYS_open, &[at, flags, mode]),
            By::Creat => sys(libc::SYS_creat, &[at, mode]),
            By::Openat(beginning) => {
                beginning.with(|dir| sys(libc::SYS_openat, &[dir, at, flags, mode]))
            }
            By::Openat2(beginning) => beginning.with(|dir| {
                let mode =
                    if self.flags & (libc::O_CREAT | libc::O_TMPFILE & !libc::O_DIRECTORY) == 0 {
                        0
                    } else {
                        mode as u64
                    };
                let how = [reg(self.flags.into()) as u64, mode, 0];
                sys(libc::SYS_openat2, &[dir, at, how.as_ptr() as usize, size_of_val(&how)])
            }),
            By::Compat => {
                let low = crate::i386::low(path.as_bytes_with_nul());
                let flags = u32::try_from(self.flags).unwrap_or(0);
                let opened = crate::i386::int80(5, &[low, flags, self.mode]);
                sys(libc::SYS_munmap, &[low as usize, 4096]);
                opened
            }
        };
        keep(opened)
    }
}

impl Beginning {
    fn with(self, act: impl FnOnce(usize) -> i64) -> i64 {
        match self {
            Self::Here => act(reg(libc::AT_FDCWD.into())),
            Self::Descriptor(fd) => act(reg(fd.into())),
            Self::Folder(name) => {
                let path = real(&format!("@/{name}"));
                let flags = (libc::O_DIRECTORY | libc::O_PATH) as usize;
                let folder = sys(libc::SYS_open, &[path.as_ptr() as usize, flags]);
                let opened = act(reg(folder));
                sys(libc::SYS_close, &[reg(folder)]);
                opened
            }
        }
    }
}
