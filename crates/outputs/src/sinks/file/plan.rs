//! What is done with files that were put aside: names in, steps out. Whoever is stopped between two steps, or within
//! one, goes on with a new plan of what is there then, and no line is lost or doubled.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

/// What a file is called while it is compressed: it may be a part.
const PART: &str = ".part";
/// What names of compressed files end in.
const PACKED: [&str; 2] = [".gz", ".zst"];
/// Characters of a time in a name: `20261130T094501.123Z`.
const STAMP: usize = 20;

/// Which files that were put aside stay.
#[derive(Debug, Clone)]
pub(super) struct Keep {
    pub(super) max_files: usize,
    /// None: whatever their age.
    pub(super) max_age_ms: Option<u64>,
    /// What compressed ones end in; none: they are not.
    pub(super) packed: Option<&'static str>,
}

/// One step; each is whole or can be done again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Remove(String),
    /// Writes a compressed copy, also to the disk.
    Compress {
        from: String,
        to: String,
    },
    Rename {
        from: String,
        to: String,
    },
}

/// What a file that is put aside at a time is called.
pub(super) fn name(base: &str, time_ms: u64) -> String {
    let time = i64::try_from(time_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    format!("{base}.{}", time.unwrap_or_default().strftime("%Y%m%dT%H%M%S.%3fZ"))
}

/// The time in a name, and what stands behind it; none of files that are no such files.
fn parts<'n>(base: &str, name: &'n str) -> Option<(&'n str, &'n str)> {
    let rest = name.strip_prefix(base)?.strip_prefix('.')?;
    let (stamp, behind) = rest.split_at_checked(STAMP)?;
    let ending = behind.strip_suffix(PART).unwrap_or(behind);
    let known = PACKED.contains(&ending) || behind.is_empty();
    (known && time(stamp).is_some()).then_some((stamp, behind))
}

/// Milliseconds since the epoch.
fn time(stamp: &str) -> Option<u64> {
    let shape = |at: usize, c: char| match at {
        8 => c == 'T',
        15 => c == '.',
        19 => c == 'Z',
        _ => c.is_ascii_digit(),
    };
    if !stamp.chars().enumerate().all(|(at, c)| shape(at, c)) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| stamp.get(range).unwrap_or_default();
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0..4),
        part(4..6),
        part(6..8),
        part(9..11),
        part(11..13),
        part(13..19),
    );
    u64::try_from(text.parse::<Timestamp>().ok()?.as_millisecond()).ok()
}

/// The time for the next file that is put aside: later than that of every other one, whatever the clock does.
pub(super) fn next_time(base: &str, names: &BTreeSet<String>, now_ms: u64) -> u64 {
    let times = names.iter().filter_map(|name| time(parts(base, name)?.0));
    times.max().map_or(now_ms, |last| now_ms.max(last + 1))
}

/// The steps to where nothing is left to do.
pub(super) fn plan(base: &str, names: &BTreeSet<String>, keep: &Keep, now_ms: u64) -> Vec<Step> {
    // By their time, the oldest first.
    let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (stamp, behind) in names.iter().filter_map(|name| parts(base, name)) {
        files.entry(stamp).or_default().push(behind);
    }
    let name = |stamp: &str, behind: &str| format!("{base}.{stamp}{behind}");
    let (mut removed, mut compressed) = (Vec::new(), Vec::new());
    let count = files.len();
    for (at, (stamp, all)) in files.into_iter().enumerate() {
        let age = time(stamp).map_or(0, |time| now_ms.saturating_sub(time));
        let goes = count - at > keep.max_files || keep.max_age_ms.is_some_and(|most| age > most);
        // A compressed one has its name once it is whole.
        let is_packed = all.iter().any(|behind| PACKED.contains(behind));
        for behind in &all {
            let is_whole = !behind.ends_with(PART) && (!behind.is_empty() || !is_packed);
            if goes || !is_whole {
                removed.push(Step::Remove(name(stamp, behind)));
            }
        }
        if let Some(ending) = keep.packed
            && !goes
            && !is_packed
            && all.contains(&"")
        {
            let (from, to) = (name(stamp, ""), name(stamp, ending));
            let part = format!("{to}{PART}");
            compressed.push(Step::Compress { from: from.clone(), to: part.clone() });
            compressed.push(Step::Rename { from: part, to });
            compressed.push(Step::Remove(from));
        }
    }
    removed.extend(compressed);
    removed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BASE: &str = "alerts";

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn keep(max_files: usize, packed: Option<&'static str>) -> Keep {
        Keep { max_files, max_age_ms: None, packed }
    }

    #[test]
    fn names_have_a_time() {
        let at = 1_796_031_901_123;
        assert_eq!(name(BASE, at), "alerts.20261130T094501.123Z");
        assert_eq!(time("20261130T094501.123Z"), Some(at));
        for other in
            ["alerts", "alerts.1", "alerts.20261130T094501.123Z.bz2", "x.20261130T094501.123Z"]
        {
            assert_eq!(parts(BASE, other), None, "{other}");
        }
        for bad in
            ["20261330T094501.123Z", "2026-130T094501.123Z", "\u{4e2d}\u{6587}30T094501.123Z."]
        {
            assert_eq!(parts(BASE, &format!("alerts.{bad}")), None, "{bad}");
        }
        let known = names(&["alerts", "alerts.20261130T094501.123Z.gz", "alerts.1"]);
        assert_eq!(next_time(BASE, &known, at + 10), at + 10);
        // The clock was set back.
        assert_eq!(next_time(BASE, &known, 5), at + 1);
    }

    #[test]
    fn old_files_go_and_others_are_compressed() {
        let check = |files: &[&str], keep: &Keep, expected: &[&str]| {
            let shown: Vec<String> = plan(BASE, &names(files), keep, 1_796_031_901_123)
                .iter()
                .map(|step| match step {
                    Step::Remove(name) => format!("- {name}"),
                    Step::Compress { from, to } => format!("{from} > {to}"),
                    Step::Rename { from, to } => format!("{from} = {to}"),
                })
                .collect();
            assert_eq!(shown, expected, "{files:?}");
        };
        let (old, new) = ("alerts.20261101T000000.000Z", "alerts.20261130T094501.000Z");
        let [old_gz, new_gz] = [old, new].map(|name| format!("{name}.gz"));
        check(&["alerts", "alerts.1", old, new], &keep(2, None), &[]);
        check(&["alerts", old, new], &keep(1, None), &[&format!("- {old}")]);
        check(&[&old_gz, &new_gz], &keep(1, None), &[&format!("- {old_gz}")]);
        let steps = [
            format!("{new} > {new_gz}.part"),
            format!("{new_gz}.part = {new_gz}"),
            format!("- {new}"),
        ];
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        check(&[&old_gz, new], &keep(9, Some(".gz")), &steps);
        // What an earlier run began.
        let part = format!("{new_gz}.part");
        let mut again = vec![format!("- {part}")];
        again.extend(steps.iter().map(ToString::to_string));
        let again: Vec<&str> = again.iter().map(String::as_str).collect();
        check(&[new, &part], &keep(9, Some(".gz")), &again);
        check(&[new, &new_gz], &keep(9, Some(".gz")), &[&format!("- {new}")]);
        // Compressed another way before.
        check(&[&old_gz], &keep(9, Some(".zst")), &[]);
        let aged = Keep { max_age_ms: Some(86_400_000), ..keep(9, None) };
        check(&[old, new], &aged, &[&format!("- {old}")]);
    }

    /// A folder: the lines of each file; of a part none counts.
    #[derive(Default)]
    struct Folder(BTreeMap<String, Vec<u32>>);

    impl Folder {
        fn names(&self) -> BTreeSet<String> {
            self.0.keys().cloned().collect()
        }

        fn act(&mut self, step: &Step, is_torn: bool) {
            match step {
                Step::Remove(name) => _ = self.0.remove(name).unwrap(),
                Step::Compress { from, to } => {
                    let mut lines = self.0[from].clone();
                    lines.truncate(if is_torn { lines.len() / 2 } else { usize::MAX });
                    self.0.insert(to.clone(), lines);
                }
                Step::Rename { from, to } => {
                    let lines = self.0.remove(from).unwrap();
                    assert!(self.0.insert(to.clone(), lines).is_none(), "{to} was overwritten");
                }
            }
        }

        /// The steps of a plan until it is stopped, within the last one where that can be.
        fn housekeep(&mut self, keep: &Keep, now_ms: u64, stop: usize, is_torn: bool) {
            let steps = plan(BASE, &self.names(), keep, now_ms);
            for (at, step) in steps.iter().take(stop).enumerate() {
                self.act(step, is_torn && at + 1 == stop);
            }
        }
    }

    proptest! {
        /// Lines are written, files put aside and compressed, by a clock that goes as it likes, and all of it is stopped
        /// at any moment.
        #[test]
        fn no_line_is_lost_or_doubled(
            acts in prop::collection::vec((0..3_u8, 0..1_000_u64, 0..8_usize, any::<bool>()), 1..60),
            max_files in 1..6_usize,
            packed in prop::sample::select(vec![None, Some(".gz"), Some(".zst")]),
        ) {
            let all = keep(usize::MAX, packed);
            let (mut folder, mut line) = (Folder::default(), 0);
            let mut now = 1_796_031_901_000;
            for (act, time, stop, is_torn) in acts {
                now = if time < 300 { now - time } else { now + time };
                match act {
                    0 => {
                        line += 1;
                        folder.0.entry(BASE.to_owned()).or_default().push(line);
                    }
                    1 => if let Some(lines) = folder.0.remove(BASE) {
                        let aside = name(BASE, next_time(BASE, &folder.names(), now));
                        prop_assert!(folder.0.insert(aside, lines).is_none());
                    },
                    _ => folder.housekeep(&all, now, stop, is_torn),
                }
            }
            folder.housekeep(&all, now, usize::MAX, false);
            prop_assert!(plan(BASE, &folder.names(), &all, now).is_empty());
            let read = |folder: &Folder| -> Vec<u32> {
                let (last, others): (Vec<_>, Vec<_>) = folder.0.iter().partition(|(name, _)| *name == BASE);
                others.into_iter().chain(last).flat_map(|(_, lines)| lines.clone()).collect()
            };
            prop_assert_eq!(read(&folder), (1..=line).collect::<Vec<u32>>());
            // Of what may stay the newest does.
            let few = keep(max_files, packed);
            let before = folder.0.len() - usize::from(folder.0.contains_key(BASE));
            folder.housekeep(&few, now, usize::MAX, false);
            let after = folder.0.len() - usize::from(folder.0.contains_key(BASE));
            prop_assert_eq!(after, before.min(max_files));
            let left = read(&folder);
            prop_assert_eq!(&left[..], &(1..=line).collect::<Vec<u32>>()[(line as usize - left.len())..]);
        }
    }
}
