//! Which of the files that had an inode's number a file is: its generation, from the handle by which the
//! file system would find it again.

#![expect(unsafe_code, reason = "handles are asked for through libc")]

use std::ffi::CStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// No handle has more bytes.
const MOST: usize = 128;
/// Since 6.5 file systems that cannot be exported give handles, too.
const AT_HANDLE_FID: i32 = 0x200;
/// `fid_type` of the kernel, and those of single file systems.
const INO32: i32 = 1;
const INO32_PARENT: i32 = 2;
const XFS: i32 = 0x81;
const XFS_PARENT: i32 = 0x82;
const BTRFS: [i32; 3] = [0x4d, 0x4e, 0x4f];
const OVERLAY: i32 = 0xf8;
/// An overlay's handle: three bytes to align it, what it is, the handle's type, a number of the file
/// system's; then the handle of the file it shows.
const OVERLAY_TYPE: usize = 7;
const OVERLAY_HANDLE: usize = 24;

#[repr(C, align(8))]
struct Handle {
    bytes: u32,
    kind: i32,
    room: [u8; MOST],
}

/// The generation of an open file's inode (`O_PATH` will do); 0 where the file system has none, or its
/// handles are not known here.
pub fn generation(file: impl AsFd) -> u32 {
    ask(file.as_fd(), c"", libc::AT_EMPTY_PATH)
}

/// The same of the file of this name in a folder, which is not opened for it; links are not followed.
pub fn generation_at(folder: impl AsFd, name: &CStr) -> u32 {
    ask(folder.as_fd(), name, 0)
}

fn ask(file: BorrowedFd<'_>, name: &CStr, how: i32) -> u32 {
    let most = u32::try_from(MOST).unwrap_or(0);
    for flags in [how, how | AT_HANDLE_FID] {
        let mut handle = Handle { bytes: most, kind: 0, room: [0; MOST] };
        let mut mount = 0;
        // SAFETY: the path is a text with an end, `handle` has room for as many bytes as it says, and
        // both it and `mount` are ours while the call writes them.
        let done = unsafe {
            libc::name_to_handle_at(
                file.as_raw_fd(),
                name.as_ptr(),
                (&raw mut handle).cast(),
                &raw mut mount,
                flags,
            )
        };
        if done == 0 {
            let len = usize::try_from(handle.bytes).unwrap_or(0);
            return read(handle.kind, handle.room.get(..len).unwrap_or_default());
        }
    }
    0
}

/// The generation within a handle.
fn read(kind: i32, handle: &[u8]) -> u32 {
    let word = |at: usize| {
        let bytes = handle.get(at..at + 4).and_then(|four| four.try_into().ok());
        bytes.map_or(0, u32::from_ne_bytes)
    };
    match (kind, handle.len()) {
        // tmpfs: the generation, then the number.
        (INO32, 12) => word(0),
        (INO32 | INO32_PARENT, _) => word(4),
        (XFS | XFS_PARENT, _) => word(8),
        (kind, _) if BTRFS.contains(&kind) => word(16),
        (OVERLAY, _) => {
            let kind = handle.get(OVERLAY_TYPE).copied().map_or(0, i32::from);
            // What lies on an overlay shows no overlay's file again.
            let shown = handle.get(OVERLAY_HANDLE..).unwrap_or_default();
            if kind == OVERLAY { 0 } else { read(kind, shown) }
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: i32, handle: &[u32], expected: u32) {
        let bytes: Vec<u8> = handle.iter().flat_map(|word| word.to_ne_bytes()).collect();
        assert_eq!(read(kind, &bytes), expected, "{kind} {handle:?}");
    }

    #[test]
    fn generations_within_handles() {
        check(INO32, &[11, 22], 22);
        check(INO32_PARENT, &[11, 22, 33, 44], 22);
        check(INO32, &[22, 11, 0], 22);
        check(XFS, &[11, 0, 22], 22);
        check(0x4d, &[11, 0, 5, 0, 22], 22);
        check(OVERLAY, &[0, u32::from_ne_bytes([8, 0, 0, 1]), 0, 0, 0, 0, 11, 22], 22);
        // Damaged, or of nobody known.
        check(OVERLAY, &[0, u32::from_ne_bytes([8, 0, 0, 0xf8]), 0, 0, 0, 0, 11, 22], 0);
        check(INO32, &[11], 0);
        check(99, &[11, 22], 0);
    }

    #[test]
    fn a_number_given_again_is_another_file() {
        let path = std::env::temp_dir().join(format!("peregrine-handle-{}", std::process::id()));
        let generation_now = || generation(std::fs::File::open(&path).unwrap());
        std::fs::write(&path, "").unwrap();
        let first = generation_now();
        let folder = std::fs::File::open(path.parent().unwrap()).unwrap();
        let name = std::ffi::CString::new(path.file_name().unwrap().as_encoded_bytes()).unwrap();
        assert_eq!(generation_at(&folder, &name), first);
        assert_eq!(generation_now(), first);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "").unwrap();
        // Where there are generations they differ.
        assert!(first == 0 || generation_now() != first);
        std::fs::remove_file(&path).unwrap();
    }
}
