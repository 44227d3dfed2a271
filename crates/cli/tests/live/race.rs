//! A path in memory that another thread changes while the kernel reads it: whatever is opened in the
//! end, the rule on that file hits. Needs root; says so loudly where it has none.

use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};

use crate::support::act::{Act, alerts, field, watch};
use crate::support::agent::scratch;
use peregrine_testkit::race::opened_inode;

const OPENS: usize = 2000;

#[test]
fn live_a_path_that_changes_under_the_call_hides_nothing() {
    if !peregrine_testkit::root("live_a_path_that_changes_under_the_call_hides_nothing") {
        return;
    }
    let folder = scratch("race");
    let here = folder.display().to_string();
    // The two names differ in one byte, so memory always holds one of them.
    for name in ["s-secret", "p-secret", "marker"] {
        std::fs::write(folder.join(name), "").unwrap();
    }
    let secret = std::fs::metadata(folder.join("s-secret")).unwrap().ino();
    let me = std::process::id();
    let rules = format!(
        "- rule: Marker\n  desc: d\n  condition: evt.type=openat and fd.name={here}/marker and proc.apid={me}\n  \
           output: m\n  priority: INFO\n\
         - rule: Secret\n  desc: d\n  condition: evt.type in (open, openat) and fd.name={here}/s-secret and proc.pid={me}\n  \
           output: asked=%fd.name ino=%fd.ino real=%fd.name.resolved\n  priority: INFO\n"
    );
    let mut watched = watch(&folder, &rules);
    let path = format!("{here}/s-secret\0");
    let place = here.len() + 1;
    let path: Arc<[AtomicU8]> = path.bytes().map(AtomicU8::new).collect();
    let stop = Arc::new(AtomicBool::new(false));
    let flips = {
        let (path, stop) = (Arc::clone(&path), Arc::clone(&stop));
        std::thread::spawn(move || {
            let mut flips = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                path[place].store(if flips & 1 == 0 { b'p' } else { b's' }, Ordering::Relaxed);
                flips += 1;
                // The longer it stays, the more opens see one name and their return the other.
                (0..flips % 40).for_each(|_| std::hint::spin_loop());
            }
            flips
        })
    };
    let (mut opened, mut reported, mut by_another_name) = (0, 0, 0);
    let end = Instant::now() + Duration::from_mins(1);
    // On a busy machine the two seldom run at the same time.
    while by_another_name < 20 && Instant::now() < end {
        opened += (0..OPENS).filter(|_| opened_inode(&path).unwrap() == secret).count();
        for alert in &alerts(&mut watched, &folder) {
            let really = field(alert, "fd.name.resolved") == format!("{here}/s-secret");
            reported += usize::from(really);
            by_another_name +=
                usize::from(really && field(alert, "fd.name").ends_with("/p-secret"));
        }
        assert_eq!(reported, opened, "every open of the secret is reported");
    }
    stop.store(true, Ordering::Relaxed);
    let flips = flips.join().unwrap();
    watched.stop();
    assert!(opened > 0 && by_another_name > 0, "no race: {flips} flips, {opened} opens");
    Act::of(&["rm", "-r", &here]).commit();
}
