//! Whether the disk hangs.

use std::time::{Duration, Instant};

/// A disk that takes longer for what is written at once hangs: nobody waits for it any more.
pub(crate) const HANGS: Duration = Duration::from_secs(2);
/// Between two looks at the disk no more time counts: what is longer is a time in which this process was stopped, and
/// the disk may have answered meanwhile.
const LOOK: Duration = Duration::from_millis(500);

/// How long the disk has been at work, as far as somebody looked.
#[derive(Debug)]
pub(crate) struct DiskWork {
    looked: Instant,
    took: Duration,
}

impl DiskWork {
    pub(crate) fn begin(now: Instant) -> Self {
        Self { looked: now, took: Duration::ZERO }
    }

    /// Whether it hangs.
    pub(crate) fn hangs(&mut self, now: Instant) -> bool {
        self.took += now.saturating_duration_since(self.looked).min(LOOK);
        self.looked = now;
        self.took >= HANGS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_which_nobody_looked_is_none_in_which_the_disk_hangs() {
        let begin = Instant::now();
        let check = |looks: &[u64], expected: bool| {
            let mut work = DiskWork::begin(begin);
            let mut hangs = false;
            for look in looks {
                hangs = work.hangs(begin + Duration::from_millis(*look));
            }
            assert_eq!(hangs, expected, "{looks:?}");
        };
        check(&[100, 1999], false);
        check(&[400, 800, 1200, 1600, 1999], false);
        check(&[400, 800, 1200, 1600, 2000], true);
        // The process was stopped.
        check(&[100, 60_000], false);
        check(&[100, 60_000, 60_400, 60_800, 61_200, 61_600], true);
    }
}
