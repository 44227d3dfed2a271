//! Control groups of tasks: where they are, in hierarchies of both kinds.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::call;
use crate::watch::{Folder, Watch, c};

/// Where the hierarchy of the `cpu` controller can be reached, and whether it is the unified one.
pub fn hierarchy(own: &Folder) -> (PathBuf, bool) {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    let mounted = mounts.lines().find_map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        (words[2] == "cgroup" && words[3].split(',').any(|option| option == "cpu"))
            .then(|| PathBuf::from(words[1]))
    });
    mounted.map_or_else(
        || {
            let (kind, at) = (c("cgroup2"), c(&own.0));
            assert_eq!(call!(SYS_mount, &kind, &at, &kind, 0, 0), 0, "mount of the hierarchy");
            (own.0.clone(), true)
        },
        |folder| (folder, false),
    )
}

#[test]
fn groups_are_told_where_the_task_is() {
    if !peregrine_testkit::root("groups_are_told_where_the_task_is") {
        return;
    }
    let own = Folder::new("cgroups");
    let (root, unified) = hierarchy(&own);
    let id = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";
    let outer = format!("peregrine-{}", std::process::id());
    let inner = format!("docker-{id}.scope");
    let group = root.join(&outer).join(&inner);
    std::fs::create_dir_all(&group).unwrap();
    let mut watch = Watch::new(&["execve", "clone", "clone3", "vfork", "fork"]);
    // No controller is switched on for the group: all of them stand above it.
    let act = format!("echo $$ > {}/cgroup.procs && exec /bin/true", group.display());
    let mut child =
        Command::new("/bin/sh").args(["-c", &act]).stdin(Stdio::null()).spawn().unwrap();
    let pid = i64::from(child.id());
    assert!(child.wait().unwrap().success(), "{act}");
    let programs = |watch: &mut Watch| watch.wait(|seen| seen.tid == pid && seen.name == "execve");
    let before = programs(&mut watch).list(14);
    let after = programs(&mut watch).list(14);
    let at = |groups: &[String], subsystem: &str| {
        let found =
            groups.iter().find_map(|group| group.strip_prefix(subsystem)?.strip_prefix('='));
        found.unwrap_or_else(|| panic!("{subsystem} in {groups:?}")).to_owned()
    };
    let path = format!("/{outer}/{inner}");
    assert_eq!(at(&after, "cpu"), path);
    assert_ne!(at(&before, "cpu"), path);
    for subsystem in ["cpuset", "io", "memory"] {
        let expected = if unified { path.clone() } else { at(&before, subsystem) };
        assert_eq!(at(&after, subsystem), expected, "{subsystem} of {after:?}");
    }
    std::fs::remove_dir(&group).unwrap();
    std::fs::remove_dir(root.join(&outer)).unwrap();
    if unified {
        assert_eq!(call!(SYS_umount2, &c(&own.0), 0), 0);
    }
}
