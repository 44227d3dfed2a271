//! Freeze: the control group of a process, all that is in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use peregrine_respond::Process;

use crate::error::{ActError, tried};
use crate::identity::Held;
use crate::process_table::Entry;
use crate::protect::Protection;
use crate::taskstats::TaskStats;

/// How long freezing may take: a process in the middle of a call of the disk is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Freezes the group of a process; its folder.
pub(crate) fn freeze(
    process: &Process,
    stats: Option<&TaskStats>,
    protection: &Protection,
) -> Result<PathBuf, ActError> {
    let held = Held::of(process, stats)?;
    protection.check(&held.entry)?;
    let folder = group_of(process.pid)?;
    for pid in members(&folder) {
        if let Some(entry) = Entry::of(pid)
            && let Some(why) = protection.of(&entry)
        {
            let what = format!("the control group {} with process {pid}", folder.display());
            return Err(ActError::Protected { what, why });
        }
    }
    set(&folder, true)?;
    Ok(folder)
}

/// Lets a group go on.
pub(crate) fn thaw(folder: &Path) -> Result<(), ActError> {
    if !folder.exists() {
        return Err(ActError::NothingToUndo("the control group is gone"));
    }
    set(folder, false)
}

/// Every process in a group and the groups below it.
fn members(folder: &Path) -> Vec<i32> {
    let text = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    let mut pids: Vec<i32> = text.lines().filter_map(|line| line.parse().ok()).collect();
    let below = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in below.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        pids.extend(members(&entry.path()));
    }
    pids
}

/// The folder of the group whose processes can be frozen together.
fn group_of(pid: i32) -> Result<PathBuf, ActError> {
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup"))
        .map_err(tried(format!("the control groups of process {pid}")))?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").map_err(tried("the mounts"))?;
    let group = |wanted: &str| {
        groups.lines().find_map(|line| {
            let mut parts = line.splitn(3, ':').skip(1);
            let (controllers, path) = (parts.next()?, parts.next()?);
            let is_it = if wanted.is_empty() {
                controllers.is_empty()
            } else {
                controllers.split(',').any(|one| one == wanted)
            };
            is_it.then_some(path.to_owned())
        })
    };
    // Where the freezer of old is there it has the processes; else the unified hierarchy.
    for (controller, kind, file) in
        [("freezer", "cgroup", "freezer.state"), ("", "cgroup2", "cgroup.freeze")]
    {
        let (Some(path), Some(mount)) = (group(controller), mount_of(&mounts, kind, controller))
        else {
            continue;
        };
        let folder = mount.join(path.trim_start_matches('/'));
        if path != "/" && folder.join(file).exists() {
            return Ok(folder);
        }
    }
    Err(ActError::Unable(format!("process {pid} has no control group of its own to freeze")))
}

/// Where a hierarchy is mounted.
fn mount_of(mounts: &str, kind: &str, controller: &str) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let (front, behind) = line.split_once(" - ")?;
        let mut behind = behind.split(' ');
        let (found, options) = (behind.next()?, behind.nth(1)?);
        let has = controller.is_empty() || options.split(',').any(|option| option == controller);
        (found == kind && has).then(|| front.split(' ').nth(4).map(PathBuf::from))?
    })
}

fn set(folder: &Path, frozen: bool) -> Result<(), ActError> {
    let shown = folder.display();
    let (file, word, state, reached) = if folder.join("freezer.state").exists() {
        let word = if frozen { "FROZEN" } else { "THAWED" };
        ("freezer.state", word, "freezer.state", word.to_owned())
    } else {
        let word = if frozen { "1" } else { "0" };
        ("cgroup.freeze", word, "cgroup.events", format!("frozen {word}"))
    };
    fs::write(folder.join(file), word).map_err(tried(format!("{shown}/{file}")))?;
    let begin = Instant::now();
    loop {
        let now = fs::read_to_string(folder.join(state)).unwrap_or_default();
        if now.lines().any(|line| line == reached) {
            return Ok(());
        }
        if begin.elapsed() > PATIENCE {
            return Err(ActError::Unable(format!("{shown} does not become {word}")));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
