//! The time of events is that of the clock, also once somebody sets it, and in a time namespace.

use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::call;
use crate::watch::{Seen, Watch};

/// Only where nobody else lives by the clock it may be set: in the guests of `scripts/vm.sh`.
const OWN_CLOCK: &str = "PEREGRINE_OWN_CLOCK";

fn now() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    u64::try_from(now.as_nanos()).unwrap()
}

/// Makes a call that reports a number.
fn act(number: i64) {
    call!(SYS_lseek, -1_i64, number, 0);
}

fn number(seen: &Seen) -> Option<i64> {
    let me = i64::from(std::process::id());
    (seen.name == "lseek" && seen.pid == me).then(|| seen.num(2))
}

#[test]
fn events_are_stamped_now() {
    if !peregrine_testkit::root("events_are_stamped_now") {
        return;
    }
    let mut watch = Watch::new(&["lseek"]);
    let before = now();
    let seen = watch.own(|| act(7));
    let after = now();
    let slack = 5_000_000;
    assert!(
        (before - slack..after + slack).contains(&seen[0].ts),
        "{before} {} {after}",
        seen[0].ts
    );
}

#[test]
fn a_time_namespace_changes_nothing() {
    const TEST: &str = "a_time_namespace_changes_nothing";
    if !peregrine_testkit::root(TEST) {
        return;
    }
    let own = std::env::current_exe().unwrap();
    for ahead in ["100000", "-100"] {
        let mut inside = Command::new("unshare");
        inside.args(["--time", "--boottime", ahead, "--fork"]).arg(&own);
        inside.args(["--exact", "clock::events_are_stamped_now"]);
        match inside.output() {
            Ok(done) if String::from_utf8_lossy(&done.stderr).contains("unshare:") => {
                peregrine_testkit::skipped(TEST, &String::from_utf8_lossy(&done.stderr));
            }
            Ok(done) => {
                assert!(done.status.success(), "{done:?}");
                assert!(String::from_utf8_lossy(&done.stdout).contains("1 passed"), "{done:?}");
            }
            Err(error) => peregrine_testkit::skipped(TEST, &error.to_string()),
        }
    }
}

#[test]
fn events_follow_the_clock_in_their_order() {
    const TEST: &str = "events_follow_the_clock_in_their_order";
    if !peregrine_testkit::root(TEST) {
        return;
    }
    if std::env::var_os(OWN_CLOCK).is_none() {
        peregrine_testkit::skipped(
            TEST,
            "others live by this machine's clock: scripts/vm.sh runs it in guests",
        );
        return;
    }
    let mut watch = Watch::new(&["lseek"]);
    let mut next = 0;
    let mut expected = 0;
    for step in [3600_i64, -7200, 3600, 86_400, -86_400] {
        let to = now().cast_signed() / 1_000_000_000 + step;
        let time = libc::timespec { tv_sec: to, tv_nsec: 0 };
        (0..50).for_each(|_| {
            act(next);
            next += 1;
        });
        // SAFETY: `time` is one timespec.
        assert_eq!(unsafe { libc::clock_settime(libc::CLOCK_REALTIME, &raw const time) }, 0);
        let mut calm = 0;
        while calm < 20 {
            act(next);
            next += 1;
            let last = next - 1;
            let seen = watch.wait(|seen| {
                let Some(number) = number(seen) else { return false };
                assert_eq!(number, expected, "in the order they happened");
                expected += 1;
                number == last
            });
            // The first ones after the step may still be stamped as before.
            calm = if seen.ts.abs_diff(now()) < 1_000_000_000 { calm + 1 } else { 0 };
            assert!(last < 100_000, "the clock is not followed");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
