//! What came from the kernel: events by CPU, records of snapshots by what they are about.

use peregrine_event::{EventType, Trailer};

use crate::metrics::{Metric, Metrics};

/// What is counted of a snapshot, by the type of a record.
const RECORDS: [(EventType, Metric, Metric); 10] = [
    (EventType::ITER_TASK_E, Metric::SnapshotThreads, Metric::SnapshotLostThreads),
    (
        EventType::ITER_TASK_FILE_ANON_INODE_E,
        Metric::SnapshotAnonInodes,
        Metric::SnapshotLostAnonInodes,
    ),
    (
        EventType::ITER_TASK_FILE_DIRECTORY_E,
        Metric::SnapshotDirectories,
        Metric::SnapshotLostDirectories,
    ),
    (EventType::ITER_TASK_FILE_MEMFD_E, Metric::SnapshotMemfds, Metric::SnapshotLostMemfds),
    (EventType::ITER_TASK_FILE_PIPE_E, Metric::SnapshotPipes, Metric::SnapshotLostPipes),
    (EventType::ITER_TASK_FILE_REGULAR_E, Metric::SnapshotRegular, Metric::SnapshotLostRegular),
    (EventType::ITER_TASK_FILE_SOCKET_INET_E, Metric::SnapshotInet, Metric::SnapshotLostInet),
    (EventType::ITER_TASK_FILE_SOCKET_INET6_E, Metric::SnapshotInet6, Metric::SnapshotLostInet6),
    (
        EventType::ITER_TASK_FILE_SOCKET_NETLINK_E,
        Metric::SnapshotNetlink,
        Metric::SnapshotLostNetlink,
    ),
    (EventType::ITER_TASK_FILE_SOCKET_UNIX_E, Metric::SnapshotUnix, Metric::SnapshotLostUnix),
];

/// Events by CPU, and records of snapshots.
#[derive(Debug, Default)]
pub(super) struct KernelCounts {
    by_cpu: Vec<u64>,
    records: [u64; RECORDS.len()],
}

impl KernelCounts {
    /// Counts a record of a ring.
    pub(super) fn event(&mut self, record: &[u8]) {
        let Some((_, trailer)) = halves(record) else { return };
        let Some(origin) = Trailer::new(trailer).origin() else { return };
        let cpu = usize::from(origin.cpu);
        if cpu >= self.by_cpu.len() {
            self.by_cpu.resize(cpu + 1, 0);
        }
        if let Some(count) = self.by_cpu.get_mut(cpu) {
            *count += 1;
        }
    }

    /// Counts a record of a snapshot.
    pub(super) fn snapshot(&mut self, record: &[u8]) {
        let Some((code, _)) = halves(record) else { return };
        let place = RECORDS.iter().position(|(of, ..)| *of == code);
        if let Some(count) = place.and_then(|place| self.records.get_mut(place)) {
            *count += 1;
        }
    }

    /// `lost` is what each CPU lost.
    pub(super) fn read_metrics(&self, metrics: &mut Metrics, lost: &[u64]) {
        let cpus = self.by_cpu.len().max(lost.len());
        let count = |counts: &[u64], cpu: usize| counts.get(cpu).copied().unwrap_or(0);
        let by_cpu = |count: &dyn Fn(usize) -> u64| -> Vec<([String; 1], u64)> {
            (0..cpus).map(|cpu| ([cpu.to_string()], count(cpu))).collect()
        };
        let made = by_cpu(&|cpu| count(&self.by_cpu, cpu) + count(lost, cpu));
        metrics.set_labelled(Metric::EventsMadeCpu, made);
        metrics.set_labelled(Metric::EventsLostCpu, by_cpu(&|cpu| count(lost, cpu)));
        for ((_, brought, lost), count) in RECORDS.iter().zip(self.records) {
            metrics.set(*brought, count);
            // Whoever makes a record of a snapshot waits until there is room for it.
            metrics.set(*lost, 0);
        }
    }
}

/// The type of an event block and the trailer behind it.
fn halves(record: &[u8]) -> Option<(EventType, &[u8])> {
    let len = u32::from_le_bytes(record.get(16..20)?.try_into().ok()?);
    let code = u16::from_le_bytes(record.get(20..22)?.try_into().ok()?);
    Some((EventType(code), record.get(usize::try_from(len).ok()?..)?))
}

#[cfg(test)]
mod tests {
    use peregrine_event::{EventBuilder, Origin, TrailerWriter};

    use super::*;

    #[test]
    fn records_are_counted_by_cpu_and_type() {
        let mut counts = KernelCounts::default();
        let event = |cpu: Option<u16>| {
            let mut record = EventBuilder::new(EventType::SYSCALL_SETSID_X, 1, 7).i64(7).finish();
            if let Some(cpu) = cpu {
                let trailer = TrailerWriter::default().origin(Origin { cpu, flags: 0, pid: 7 });
                record.extend_from_slice(&trailer.finish());
            }
            record
        };
        for cpu in [Some(2), None, Some(0), Some(2)] {
            counts.event(&event(cpu));
        }
        counts.event(b"no event");
        let task = EventBuilder::new(EventType::ITER_TASK_E, 1, 7).finish();
        counts.snapshot(&task);
        counts.snapshot(&task);
        counts.snapshot(&event(None));
        let mut metrics = Metrics::default();
        counts.read_metrics(&mut metrics, &[1, 0, 4, 5]);
        let values = |metric| {
            let samples = metrics.samples(metric).iter();
            samples.map(|sample| (sample.labels[0].clone(), sample.value)).collect::<Vec<_>>()
        };
        let expected = |counts: [u64; 4]| {
            (0..)
                .zip(counts)
                .map(|(cpu, count): (u64, u64)| (cpu.to_string(), count))
                .collect::<Vec<_>>()
        };
        assert_eq!(values(Metric::EventsMadeCpu), expected([2, 0, 6, 5]));
        assert_eq!(values(Metric::EventsLostCpu), expected([1, 0, 4, 5]));
        assert_eq!(metrics.total(Metric::SnapshotThreads), 2);
        assert_eq!(metrics.samples(Metric::SnapshotPipes)[0].value, 0);
    }
}
