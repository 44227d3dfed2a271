//! What the kernel could not tell, by class.

use libbpf_rs::{MapCore, MapFlags};

/// Names of the classes, in the order of `enum loss` in `bpf/scratch.h`. The first eight are full
/// rings, by what was lost; then: no scratch slot free, record too large.
pub const CLASSES: [&str; 10] = [
    "clone_fork_exit",
    "execve_exit",
    "connect_exit",
    "open_exit",
    "dir_file_exit",
    "other_interest_exit",
    "close_exit",
    "proc_exit",
    "scratch",
    "too_large",
];

/// Records lost since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Losses([u64; CLASSES.len()]);

impl Losses {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Those without which the picture of threads is not true: births, programs, ends. What was
    /// lost for want of a slot or of room may be one.
    pub fn of_threads(&self) -> u64 {
        let classes = ["clone_fork_exit", "execve_exit", "proc_exit", "scratch", "too_large"];
        self.by_class().filter(|(class, _)| classes.contains(class)).map(|(_, count)| count).sum()
    }

    /// Class by class, those without a loss too.
    pub fn by_class(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        CLASSES.iter().copied().zip(self.0)
    }

    pub(crate) fn read(map: &impl MapCore) -> libbpf_rs::Result<Self> {
        let mut losses = Self::default();
        for (class, count) in (0_u32..).zip(&mut losses.0) {
            let per_cpu = map.lookup_percpu(&class.to_ne_bytes(), MapFlags::ANY)?;
            *count = per_cpu
                .unwrap_or_default()
                .iter()
                .filter_map(|value| Some(u64::from_ne_bytes(value.get(..8)?.try_into().ok()?)))
                .sum();
        }
        Ok(losses)
    }
}
