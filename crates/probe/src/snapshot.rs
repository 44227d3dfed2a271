//! The first snapshot: every thread and every open file, by BPF iterators.

use std::io::Read;

use libbpf_rs::{Iter, MapCore as _, MapFlags, Object};

use crate::clock::{Clock, Config};
use crate::error::{ProbeError, Refused};
use crate::object::{self, object_bytes, refused};
use crate::programs::is_data;
use crate::rights;

/// The iterators, loaded once and asked as often as one likes.
pub struct Snapshot(Object);

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").finish_non_exhaustive()
    }
}

impl Snapshot {
    /// Loads them.
    ///
    /// # Errors
    /// When this kernel has no such iterators (before 6.1) or refuses them: `/proc` has the same.
    pub fn load() -> Result<Self, ProbeError> {
        rights::preconditions()?;
        let mut open = object::open("snapshot", object_bytes!("snapshot"))?;
        let config = Config::now(Clock::new(), 0);
        for mut map in open.maps_mut() {
            if is_data(&map.name().to_string_lossy()) {
                map.set_initial_value(&config.bytes())
                    .map_err(|error| refused("set the clock offset", error))?;
            }
        }
        Ok(Self(object::load("snapshot", open)?))
    }

    /// Writes a record for every thread that is not about to end: `ITER_TASK` blocks. Returns how many.
    ///
    /// # Errors
    /// When the kernel does not let it run.
    pub fn threads(&self, take: &mut dyn FnMut(&[u8])) -> Result<usize, ProbeError> {
        self.iterate("each_task", take)
    }

    /// Writes a record for every descriptor of every process. Returns how many.
    ///
    /// # Errors
    /// When the kernel does not let it run.
    pub fn descriptors(&self, take: &mut dyn FnMut(&[u8])) -> Result<usize, ProbeError> {
        self.iterate("each_file", take)
    }

    fn iterate(&self, name: &str, take: &mut dyn FnMut(&[u8])) -> Result<usize, ProbeError> {
        let failed = |error| refused(format!("run the iterator {name}"), error);
        let mut count = 0;
        // The clock may have been set since the last time.
        let config = Config::now(Clock::new(), 0);
        for map in self.0.maps().filter(|map| is_data(&map.name().to_string_lossy())) {
            map.update(&0_u32.to_ne_bytes(), &config.bytes(), MapFlags::ANY).map_err(failed)?;
        }
        for program in self.0.progs_mut().filter(|program| program.name() == name) {
            let link = program.attach().map_err(failed)?;
            let mut iterator = Iter::new(&link).map_err(failed)?;
            count += read(&mut iterator, take)
                .map_err(|error| Refused::new(format!("read from {name}"), error))?;
        }
        Ok(count)
    }
}

/// Writes a record for every thread, then one for every descriptor of every process: the blocks
/// `ITER_TASK` and its kin. Returns how many.
///
/// # Errors
/// As [`Snapshot::load`].
pub fn snapshot(take: &mut dyn FnMut(&[u8])) -> Result<usize, ProbeError> {
    let snapshot = Snapshot::load()?;
    Ok(snapshot.threads(take)? + snapshot.descriptors(take)?)
}

/// Cuts a stream of `{len u32, record}` into records.
fn read(from: &mut impl Read, take: &mut dyn FnMut(&[u8])) -> std::io::Result<usize> {
    let mut buffer = vec![0_u8; 256 * 1024];
    let mut held = 0;
    let mut count = 0;
    loop {
        let room = buffer.get_mut(held..).unwrap_or_default();
        let got = match from.read(room) {
            Ok(0) => return Ok(count),
            Ok(got) => got,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        held += got;
        let mut at = 0;
        while let Some(len) = buffer.get(at..held).and_then(|rest| rest.first_chunk::<4>()) {
            let end = at + 4 + u32::from_ne_bytes(*len) as usize;
            let Some(record) = buffer.get(at + 4..end).filter(|_| end <= held) else { break };
            take(record);
            count += 1;
            at = end;
        }
        buffer.copy_within(at..held, 0);
        held -= at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_cut_wherever_the_stream_is_torn() {
        struct Torn(Vec<u8>, usize);
        impl Read for Torn {
            fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
                let n = self.1.min(self.0.len()).min(to.len());
                to[..n].copy_from_slice(&self.0[..n]);
                self.0.drain(..n);
                Ok(n)
            }
        }
        let records: Vec<Vec<u8>> = (0..40_u8).map(|n| vec![n; usize::from(n) * 7]).collect();
        let mut stream = Vec::new();
        for record in &records {
            stream.extend_from_slice(&u32::try_from(record.len()).unwrap().to_ne_bytes());
            stream.extend_from_slice(record);
        }
        for step in [1, 2, 3, 5, 64, 100_000] {
            let mut got = Vec::new();
            let mut torn = Torn(stream.clone(), step);
            let count = read(&mut torn, &mut |record| got.push(record.to_vec())).unwrap();
            assert_eq!((count, &got), (records.len(), &records), "steps of {step}");
        }
    }
}
