//! Time on a CPU, which others on the machine disturb little.

#![expect(unsafe_code, reason = "asks the kernel")]

use std::time::Duration;

/// How long the calling thread ran so far, in the kernel and outside.
pub fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a place for one time.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// How long the children this process has waited for ran, and theirs.
pub fn children_time() -> Duration {
    usage(libc::RUSAGE_CHILDREN)
}

/// How long this process ran so far, all of its threads.
pub fn process_time() -> Duration {
    usage(libc::RUSAGE_SELF)
}

fn usage(who: i32) -> Duration {
    // SAFETY: plain numbers, for which all zeroes is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: a place for one account.
    unsafe { libc::getrusage(who, &raw mut usage) };
    let time = |time: libc::timeval| {
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_usec * 1000).unwrap_or(0))
    };
    time(usage.ru_utime) + time(usage.ru_stime)
}

#[cfg(test)]
mod tests {
    use super::{children_time, process_time, thread_time};
    use std::time::{Duration, Instant};

    #[test]
    fn work_takes_time_and_sleep_takes_none() {
        let before = thread_time();
        let begin = Instant::now();
        while thread_time().saturating_sub(before) < Duration::from_millis(5) {
            assert!(begin.elapsed() < Duration::from_secs(10), "the clock stands still");
        }
        let before = thread_time();
        std::thread::sleep(Duration::from_millis(50));
        assert!(thread_time().saturating_sub(before) < Duration::from_millis(40));
        assert!(process_time() >= Duration::from_millis(5));
    }

    #[test]
    fn children_count_once_they_were_waited_for() {
        let before = children_time();
        let loops = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done";
        std::process::Command::new("/bin/sh").args(["-c", loops]).status().unwrap();
        assert!(children_time() > before);
    }
}
