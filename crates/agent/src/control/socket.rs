//! The socket at its path: one agent at a time has it.
//!
//! A lock beside the socket says whether its agent lives: the kernel drops it with the process, however that ended,
//! and two agents that start at once cannot both have it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, OpenOptionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use super::error::ControlError;

/// Connections that wait to be accepted.
const BACKLOG: i32 = 16;

/// A socket that listens.
pub(super) struct Bound {
    pub(super) listener: UnixListener,
    /// Nobody else listens at the path while this is open.
    pub(super) lock: File,
}

/// Listens at a path, for root only.
pub(super) fn bind(path: &Path) -> Result<Bound, ControlError> {
    let failed = |what: &'static str, path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| ControlError::System { what, path, source }
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(failed("make the folder", folder))?;
    }
    let address =
        SocketAddrUnix::new(path).map_err(|error| failed("listen at", path)(too_long(error)))?;
    let beside = lock_path(path);
    let no_link = OFlags::NOFOLLOW.bits().cast_signed();
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(no_link)
        .open(&beside)
        .map_err(failed("open", &beside))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(ControlError::Taken { path: path.to_owned() });
        }
        Err(TryLockError::Error(source)) => return Err(failed("lock", &beside)(source)),
    }
    match fs::symlink_metadata(path) {
        Ok(meta) if !meta.file_type().is_socket() => {
            return Err(ControlError::NotASocket { path: path.to_owned() });
        }
        // The lock is gone, or whoever listens there takes none.
        Ok(_) if is_served(&address) => {
            return Err(ControlError::Taken { path: path.to_owned() });
        }
        Ok(_) => fs::remove_file(path).map_err(failed("remove the old socket", path))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed("look at", path)(error)),
    }
    let listener = listen(&address).map_err(|error| failed("listen at", path)(error.into()))?;
    Ok(Bound { listener, lock })
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

fn too_long(error: Errno) -> io::Error {
    if error == Errno::NAMETOOLONG {
        return io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path of a socket has 107 bytes at most",
        );
    }
    error.into()
}

fn listen(address: &SocketAddrUnix) -> Result<UnixListener, Errno> {
    let socket = stream_socket(SocketFlags::CLOEXEC)?;
    // The socket at the path gets this mode when it is made: there is no moment when others may connect.
    rustix::fs::fchmod(&socket, Mode::RUSR | Mode::WUSR)?;
    rustix::net::bind(&socket, address)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(socket.into())
}

pub(super) fn stream_socket(flags: SocketFlags) -> Result<rustix::fd::OwnedFd, Errno> {
    rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
}

/// Whether somebody listens there, without waiting for them.
fn is_served(address: &SocketAddrUnix) -> bool {
    let connected = stream_socket(SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)
        .and_then(|socket| rustix::net::connect(&socket, address));
    // Many wait there already.
    matches!(connected, Ok(()) | Err(Errno::AGAIN))
}
