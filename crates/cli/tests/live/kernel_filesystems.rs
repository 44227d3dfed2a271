//! What names of files the kernel's own objects show: file systems of the kernel's are known by where they usually
//! lie, wherever else they are mounted; files by their numbers, which others get when they are gone; and by
//! paths of any depth. Needs root; says so loudly where it has none.

use std::os::unix::fs::MetadataExt as _;

use crate::support::act::{Act, alerts, field, watch};
use crate::support::agent::scratch;

/// The rule that is hit, once; HERE is the test's folder.
const WAYS: &[(&str, &str, &str)] = &[
    ("proc", "Core", "mount -t proc p HERE/m; cat HERE/m/sys/kernel/core_pattern"),
    ("proc, bound", "Core", "mount --bind /proc HERE/m; cat HERE/m/sys/kernel/core_pattern"),
    ("a folder of proc", "Core", "mount --bind /proc/sys HERE/m; cat HERE/m/kernel/core_pattern"),
    (
        "a file of proc",
        "Core",
        "touch HERE/c; mount --bind /proc/sys/kernel/core_pattern HERE/c; cat HERE/c",
    ),
    (
        "proc over a folder of proc",
        "Core",
        "mount -t proc p /proc/tty; cat /proc/tty/sys/kernel/core_pattern",
    ),
    ("everything", "Core", "mount --rbind / HERE/m; cat HERE/m/proc/sys/kernel/core_pattern"),
    (
        "everything, as a root",
        "Core",
        "mount --rbind / HERE/m; mkdir HERE/m/HERE/n; chroot HERE/m cat /proc/sys/kernel/core_pattern",
    ),
    ("another process's memory map", "Maps", "mount -t proc p HERE/m; cat HERE/m/self/maps"),
    (
        "sysfs",
        "Sysfs",
        "mount -t sysfs s HERE/m; cat HERE/m/kernel/profiling HERE/m/kernel/uevent_seqnum",
    ),
    ("control groups", "Group", "mount -t cgroup2 c HERE/m; cat HERE/m/cgroup.procs"),
    ("tracefs", "Trace", "mount -t tracefs t HERE/m; cat HERE/m/tracing_on"),
    ("devices", "Device", "mount -t devtmpfs d HERE/m; head -c 1 HERE/m/urandom"),
    (
        "a mode below sysfs",
        "Mode",
        "mount -t sysfs s HERE/m; chmod 0444 HERE/m/kernel/uevent_seqnum; sleep 0.3",
    ),
];

#[test]
fn live_kernel_file_systems_are_known_by_their_usual_places() {
    if !peregrine_testkit::root("live_kernel_file_systems_are_known_by_their_usual_places") {
        return;
    }
    let folder = scratch("usual");
    let here = folder.display().to_string();
    std::fs::create_dir(folder.join("m")).unwrap();
    let me = std::process::id();
    let open = "evt.type in (open, openat, openat2)";
    let rule = |name: &str, condition: &str| {
        format!(
            "- rule: {name}\n  desc: d\n  condition: {condition} and proc.apid = {me}\n  priority: INFO\n  \
             output: file=%fd.name real=%fd.name.resolved\n"
        )
    };
    let rules = rule("Marker", &format!("{open} and fd.name = {here}/marker"))
        + &rule("Core", &format!("{open} and fd.name = /proc/sys/kernel/core_pattern"))
        + &rule(
            "Maps",
            &format!(
                "{open} and fd.name startswith /proc/ and fd.name endswith /maps and proc.name = cat"
            ),
        )
        + &rule("Sysfs", &format!("{open} and fd.name = /sys/kernel/uevent_seqnum"))
        + &rule("Group", &format!("{open} and fd.name startswith /sys/fs/cgroup/"))
        + &rule("Trace", &format!("{open} and fd.name = /sys/kernel/tracing/tracing_on"))
        + &rule("Device", &format!("{open} and fd.name = /dev/urandom and proc.name = head"))
        + &rule(
            "Mode",
            "evt.type in (chmod, fchmodat) and fs.path.name = /sys/kernel/uevent_seqnum",
        );
    let mut watched = watch(&folder, &rules);
    let mut missed = Vec::new();
    for (way, rule, text) in WAYS {
        if !peregrine_testkit::own_mounts(way) {
            continue;
        }
        let text = text.replace("HERE/m/HERE", &format!("{here}/m{here}")).replace("HERE", &here);
        let (mount, _) = text.split_once("; ").unwrap();
        // Not every kernel has all of them.
        let can = Act::apart(mount).done();
        if !can {
            peregrine_testkit::skipped(way, "this kernel does not mount it");
            continue;
        }
        let _ = alerts(&mut watched, &folder);
        Act::apart(&text).done();
        let alerts = alerts(&mut watched, &folder);
        let hits: Vec<_> = alerts.iter().map(|alert| alert["rule"].as_str().unwrap()).collect();
        if hits != [*rule] {
            missed.push((*way, format!("{alerts:?}")));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    watched.stop();
    let _ = Act::of(&["rm", "-r", &here]).done();
}

#[test]
fn live_a_number_given_again_is_another_file() {
    if !peregrine_testkit::root("live_a_number_given_again_is_another_file") {
        return;
    }
    let folder = scratch("again");
    let here = folder.display().to_string();
    std::fs::write(folder.join("secret"), "s").unwrap();
    let me = std::process::id();
    let rules = format!(
        "- rule: Marker\n  desc: d\n  condition: evt.type in (open, openat) and fd.name={here}/marker and proc.apid={me}\n  \
           output: m\n  priority: INFO\n\
         - rule: Secret opened\n  desc: d\n  condition: evt.type in (open, openat) and fd.name={here}/secret and proc.pid={me} and evt.is_open_read=true\n  \
           output: file=%fd.name\n  priority: INFO\n"
    );
    let mut watched = watch(&folder, &rules);
    let [secret, next, group] = ["secret", "next", "group"].map(|name| folder.join(name));
    let (mut again, mut wrong) = (0, Vec::new());
    for _ in 0..50 {
        let former = secret.metadata().unwrap().ino();
        // As `useradd` does: a new file in the place of the old, then another new file.
        std::fs::write(&next, "n").unwrap();
        std::fs::rename(&next, &secret).unwrap();
        std::fs::write(&group, "g").unwrap();
        again += usize::from(group.metadata().unwrap().ino() == former);
        drop(std::fs::File::open(&group).unwrap());
        for alert in alerts(&mut watched, &folder) {
            wrong.push(field(&alert, "fd.name").to_owned());
        }
        std::fs::remove_file(&group).unwrap();
    }
    assert!(wrong.is_empty(), "{again} numbers given again: {wrong:?}");
    if again == 0 {
        peregrine_testkit::skipped(
            "live_a_number_given_again",
            "this file system gives none again",
        );
    }
    // The other name of what the secret was is none of the secret any more, at once.
    let hard = folder.join("hard");
    std::fs::hard_link(&secret, &hard).unwrap();
    drop(std::fs::File::open(&hard).unwrap());
    assert_eq!(alerts(&mut watched, &folder).len(), 1);
    std::fs::write(&next, "n").unwrap();
    std::fs::rename(&next, &secret).unwrap();
    // File systems tell the time in steps.
    std::thread::sleep(std::time::Duration::from_millis(40));
    drop(std::fs::File::open(&hard).unwrap());
    assert_eq!(alerts(&mut watched, &folder), Vec::<serde_json::Value>::new());
    watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn live_deep_paths_are_known() {
    if !peregrine_testkit::root("live_deep_paths_are_known") {
        return;
    }
    let folder = scratch("levels");
    let here = folder.display().to_string();
    let me = std::process::id();
    let rule = |name: &str, condition: &str| {
        format!(
            "- rule: {name}\n  desc: d\n  condition: {condition} and proc.apid = {me}\n  priority: INFO\n  \
             output: file=%fd.name real=%fd.name.resolved exe=%proc.exepath\n"
        )
    };
    let open = "evt.type in (open, openat, openat2)";
    let rules = rule("Marker", &format!("{open} and fd.name = {here}/marker"))
        + &rule(
            "Opened",
            &format!("{open} and fd.name startswith {here}/vault/ and fd.name endswith /secret"),
        )
        + &rule("Started", &format!("evt.type = execve and proc.exepath startswith {here}/vault/"));
    let mut watched = watch(&folder, &rules);
    // More levels than were walked once; as many as a path has room for.
    for levels in [10, 30, 170, 1900] {
        let below = format!("{here}/vault{}", "/d".repeat(levels));
        std::fs::create_dir_all(&below).unwrap();
        std::fs::write(format!("{below}/secret"), "").unwrap();
        std::fs::copy("/bin/true", format!("{below}/tool")).unwrap();
        let _ = std::fs::remove_file(folder.join("way"));
        std::os::unix::fs::symlink(&below, folder.join("way")).unwrap();
        Act::shell(&format!("cat {here}/way/secret; {here}/way/tool")).commit();
        let alerts = alerts(&mut watched, &folder);
        let hits: Vec<_> = alerts
            .iter()
            .map(|alert| {
                let exe = field(alert, "proc.exepath").strip_prefix(&below);
                let real = field(alert, "fd.name.resolved").strip_prefix(&below);
                (alert["rule"].as_str().unwrap(), real.or(exe))
            })
            .collect();
        assert_eq!(hits, [("Opened", Some("/secret")), ("Started", Some("/tool"))], "{levels}");
    }
    watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
}
