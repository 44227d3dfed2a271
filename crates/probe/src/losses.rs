//! Records the kernel could not deliver, by class.

use libbpf_rs::{MapCore, MapFlags};

pub use peregrine_event::kernel::LOSS_CLASSES as CLASSES;

/// Records lost since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Losses([u64; CLASSES.len()]);

impl Losses {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Those without which the table of threads is not true: births, programs, ends. What was
    /// lost for want of a slot or of room may be one.
    pub fn of_threads(&self) -> u64 {
        let classes = ["clone_fork_exit", "execve_exit", "proc_exit", "scratch", "too_large"];
        self.by_class().filter(|(class, _)| classes.contains(class)).map(|(_, count)| count).sum()
    }

    /// Class by class, those without a loss too.
    pub fn by_class(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        CLASSES.iter().copied().zip(self.0)
    }

    /// These and others.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let mut both = *self;
        for (count, more) in both.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more);
        }
        both
    }

    /// Of each class the larger number.
    pub(crate) fn at_least(&self, other: &Self) -> Self {
        let mut most = *self;
        for (count, other) in most.0.iter_mut().zip(other.0) {
            *count = (*count).max(other);
        }
        most
    }

    /// Whether of a class there are fewer: counters only grow.
    pub(crate) fn is_less_than(&self, before: &Self) -> bool {
        self.0.iter().zip(before.0).any(|(now, before)| *now < before)
    }

    /// What each CPU lost, of all classes.
    pub(crate) fn by_cpu(map: &impl MapCore) -> libbpf_rs::Result<Vec<u64>> {
        let mut cpus: Vec<u64> = Vec::new();
        for (class, _) in (0_u32..).zip(CLASSES) {
            let values = map.lookup_percpu(&class.to_ne_bytes(), MapFlags::ANY)?;
            for (cpu, value) in values.unwrap_or_default().iter().enumerate() {
                if cpu == cpus.len() {
                    cpus.push(0);
                }
                if let (Some(lost), Some(bytes)) = (cpus.get_mut(cpu), value.get(..8)) {
                    *lost += bytes.try_into().map_or(0, u64::from_ne_bytes);
                }
            }
        }
        Ok(cpus)
    }

    pub(crate) fn read(map: &impl MapCore) -> libbpf_rs::Result<Self> {
        let mut losses = Self::default();
        for (class, count) in (0_u32..).zip(&mut losses.0) {
            *count = per_cpu(map, class)?;
        }
        Ok(losses)
    }
}

/// A counter that every CPU has its own of.
pub(crate) fn per_cpu(map: &impl MapCore, key: u32) -> libbpf_rs::Result<u64> {
    let per_cpu = map.lookup_percpu(&key.to_ne_bytes(), MapFlags::ANY)?;
    Ok(per_cpu
        .unwrap_or_default()
        .iter()
        .filter_map(|value| Some(u64::from_ne_bytes(value.get(..8)?.try_into().ok()?)))
        .sum())
}
