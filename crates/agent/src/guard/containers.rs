//! Which control groups of the unified hierarchy are those of containers.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use peregrine_state::Cgroups;

/// Folders that are looked into below the root, at most.
const DEEP: usize = 12;

/// The container of a process by the lines of its control groups.
pub(super) fn container(groups: &[u8]) -> Option<String> {
    let paths = groups.split(|byte| *byte == b'\n').filter_map(|line| {
        let mut parts = line.splitn(3, |byte| *byte == b':');
        parts.nth(2)
    });
    of_paths(paths)
}

fn of_paths<'p>(paths: impl Iterator<Item = &'p [u8]>) -> Option<String> {
    let groups = Cgroups::new(paths);
    let id = groups.container()?.short_id();
    (id != b"host").then(|| String::from_utf8_lossy(id).into_owned())
}

/// The number of each group that is a container's, and its id.
pub(super) fn by_cgroup() -> Vec<(u64, String)> {
    let mut found = Vec::new();
    if let Some(root) = peregrine_enforce::kernel::cgroup_root() {
        look_into(&root, &root, DEEP, &mut found);
    }
    found
}

fn look_into(root: &Path, folder: &Path, deep: usize, found: &mut Vec<(u64, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        // Groups come and go meanwhile.
        let Ok(meta) = entry.metadata() else { continue };
        if !meta.is_dir() {
            continue;
        }
        let path = entry.path();
        let below = path.strip_prefix(root).unwrap_or(&path);
        let group = [b"/", below.as_os_str().as_encoded_bytes()].concat();
        if let Some(id) = of_paths(std::iter::once(group.as_slice())) {
            found.push((meta.ino(), id));
        }
        if deep > 0 {
            look_into(root, &path, deep - 1, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_known_by_their_groups() {
        let id = "c0ffee".repeat(10) + "abcd";
        let groups = format!("0::/system.slice/docker-{id}.scope\n");
        assert_eq!(container(groups.as_bytes()).as_deref(), Some("c0ffeec0ffee"));
        assert_eq!(container(b"0::/user.slice\n"), None);
    }
}
