//! Who uses a file: runs it, has it mapped or open.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use crate::process_table::{all, program};

/// Who uses a file, and how; the first that is found.
pub(crate) fn user_of(file: (u64, u64)) -> Option<(i32, &'static str)> {
    let own = std::process::id().cast_signed();
    let living = all().into_iter().filter(|entry| !entry.is_over() && !entry.is_kernel_thread());
    for entry in living {
        let pid = entry.pid;
        if program(pid) == Some(file) {
            return Some((pid, "it runs it"));
        }
        if pid == own {
            continue;
        }
        if has_open(pid, file) {
            return Some((pid, "it has it open"));
        }
        if maps(pid, file) {
            return Some((pid, "it has it in its memory"));
        }
    }
    None
}

fn has_open(pid: i32, file: (u64, u64)) -> bool {
    let Ok(folder) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    folder.flatten().any(|entry| {
        // Only names of files lie in a folder: pipes and sockets are not asked.
        fs::metadata(entry.path()).is_ok_and(|meta| (meta.dev(), meta.ino()) == file)
    })
}

/// Whether a line of the process's maps has the inode: the device is that of the file system, which `stat` may number
/// otherwise, so the mapping itself is asked where the inode fits.
fn maps(pid: i32, file: (u64, u64)) -> bool {
    let Ok(text) = fs::read(format!("/proc/{pid}/maps")) else { return false };
    let inode = file.1.to_string();
    text.split(|byte| *byte == b'\n').any(|line| {
        let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let range = words.next().unwrap_or_default();
        words.nth(3) == Some(inode.as_bytes())
            && std::str::from_utf8(range).is_ok_and(|range| {
                let mapping = format!("/proc/{pid}/map_files/{range}");
                fs::metadata(mapping).is_ok_and(|meta| (meta.dev(), meta.ino()) == file)
            })
    })
}
