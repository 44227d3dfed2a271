//! An output that is several: each gets every alert, and one that takes it is enough.

use std::time::{Duration, Instant};

use crate::SinkError;
use crate::output::{Batch, Fate, Output, Record, Report};

/// How long one that failed is left alone while another takes what it did not.
const REST: Duration = Duration::from_secs(30);

/// The members of a cluster.
pub(crate) struct AnyOf {
    members: Vec<Member>,
}

struct Member {
    output: Box<dyn Output>,
    rests_until: Option<Instant>,
    /// Whether it did when the batch at hand came.
    rests: bool,
}

impl AnyOf {
    /// At least one.
    pub(crate) fn new(outputs: Vec<Box<dyn Output>>) -> Self {
        let member = |output| Member { output, rests_until: None, rests: false };
        Self { members: outputs.into_iter().map(member).collect() }
    }
}

/// The better of two fates.
fn better(one: Fate, other: Fate) -> Fate {
    match (one, other) {
        (Fate::Delivered, _) | (_, Fate::Delivered) => Fate::Delivered,
        (Fate::Again, _) | (_, Fate::Again) => Fate::Again,
        (refused, Fate::Refused(_)) => refused,
    }
}

impl Output for AnyOf {
    fn batch(&self) -> Batch {
        self.members.first().map_or(Batch::ONE, |member| member.output.batch())
    }

    fn deliver(&mut self, batch: &[Record<'_>]) -> Report {
        let now = Instant::now();
        for member in &mut self.members {
            member.rests_until = member.rests_until.filter(|until| now < *until);
            member.rests = member.rests_until.is_some();
        }
        let mut all: Option<Report> = None;
        // First those that worked; the others only where that is not enough.
        for resting in [false, true] {
            let enough = all
                .as_ref()
                .is_some_and(|all| all.fates.iter().all(|fate| matches!(fate, Fate::Delivered)));
            if resting && enough {
                break;
            }
            for member in &mut self.members {
                if member.rests != resting {
                    continue;
                }
                let report = member.output.deliver(batch);
                let failed = report.error.is_some();
                member.rests_until = failed.then(|| Instant::now() + REST);
                all = Some(match all {
                    None => report,
                    Some(all) => merged(all, report),
                });
            }
        }
        let mut all = all.unwrap_or_else(|| {
            let why = SinkError::Configuration("there is no receiver".to_owned());
            Report::failed(batch.len(), why)
        });
        if !all.fates.iter().any(|fate| matches!(fate, Fate::Again)) {
            (all.error, all.retry_after) = (None, None);
        }
        all
    }

    fn reopen(&mut self) -> Result<(), SinkError> {
        self.members.iter_mut().try_for_each(|member| member.output.reopen())
    }

    fn tick(&mut self) -> Result<(), SinkError> {
        self.members.iter_mut().try_for_each(|member| member.output.tick())
    }
}

fn merged(one: Report, other: Report) -> Report {
    Report {
        fates: one
            .fates
            .into_iter()
            .zip(other.fates)
            .map(|(one, other)| better(one, other))
            .collect(),
        error: one.error.or(other.error),
        retry_after: match (one.retry_after, other.retry_after) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::sinks::samples::{plain, record};

    /// Answers each call with the next word of its script, and counts calls.
    struct Scripted(Vec<&'static str>, Arc<Mutex<Vec<usize>>>, usize);

    impl Output for Scripted {
        fn deliver(&mut self, batch: &[Record<'_>]) -> Report {
            self.1.lock().unwrap().push(self.2);
            let why = || SinkError::Answer("no".to_owned());
            match self.0.remove(0) {
                "yes" => Report::delivered(batch.len()),
                "never" => Report::refused(batch.len(), why),
                _ => Report::failed(batch.len(), why()),
            }
        }
    }

    #[test]
    fn one_that_takes_it_is_enough() {
        let check = |scripts: &[&[&'static str]], expected: &[&str], calls: &[usize]| {
            let called = Arc::default();
            let member = |(at, script): (usize, &&[&'static str])| -> Box<dyn Output> {
                Box::new(Scripted(script.to_vec(), Arc::clone(&called), at))
            };
            let mut any = AnyOf::new(scripts.iter().enumerate().map(member).collect());
            let alert = plain();
            for expected in expected {
                let report = any.deliver(&[record(&alert)]);
                let got = match report.fates.as_slice() {
                    [Fate::Delivered] => "yes",
                    [Fate::Refused(_)] => "never",
                    [Fate::Again] => "again",
                    other => panic!("{other:?}"),
                };
                assert_eq!(got, *expected, "{scripts:?}");
                assert_eq!(report.error.is_some(), got == "again", "{scripts:?}");
            }
            assert_eq!(*called.lock().unwrap(), calls, "{scripts:?}");
        };
        check(&[&["yes"], &["yes"]], &["yes"], &[0, 1]);
        check(&[&["again"], &["yes"]], &["yes"], &[0, 1]);
        check(&[&["never"], &["again"]], &["again"], &[0, 1]);
        check(&[&["never"], &["never"]], &["never"], &[0, 1]);
        check(&[&["never"], &["yes"]], &["yes"], &[0, 1]);
        // One that failed rests, but not where the other fails too.
        check(&[&["again"], &["yes", "yes"]], &["yes", "yes"], &[0, 1, 1]);
        check(&[&["again", "yes"], &["yes", "again"]], &["yes", "yes"], &[0, 1, 1, 0]);
    }
}
