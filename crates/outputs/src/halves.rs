//! An output whose receiver refuses a whole batch for one alert it does not take: the others are sent without it.

use crate::SinkError;
use crate::output::{Batch, Fate, Output, Record, Report};

/// Sends a batch that was refused for what it holds again, in halves.
pub(crate) struct Halves<O>(pub(crate) O);

/// Whether a batch was refused for what it holds, and not for who sends it or where to.
fn for_what_it_holds(report: &Report) -> bool {
    let what = |fate: &Fate| {
        matches!(fate, Fate::Refused(SinkError::Status { status: 400 | 413 | 422, .. }))
    };
    !report.fates.is_empty() && report.fates.iter().all(what)
}

impl<O: Output> Output for Halves<O> {
    fn batch(&self) -> Batch {
        self.0.batch()
    }

    fn deliver(&mut self, batch: &[Record<'_>]) -> Report {
        let report = self.0.deliver(batch);
        if batch.len() < 2 || !for_what_it_holds(&report) {
            return report;
        }
        let (first, second) = batch.split_at(batch.len() / 2);
        let mut report = self.deliver(first);
        if report.error.is_some() {
            // The receiver fails now: what follows waits with what is sent again, so that the order stays.
            report.fates.extend(second.iter().map(|_| Fate::Again));
            return report;
        }
        let rest = self.deliver(second);
        report.fates.extend(rest.fates);
        Report { error: rest.error, retry_after: rest.retry_after, ..report }
    }

    fn reopen(&mut self) -> Result<(), SinkError> {
        self.0.reopen()
    }

    fn tick(&mut self) -> Result<(), SinkError> {
        self.0.tick()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::samples::plain;

    /// Refuses a batch with a text "bad" in it, fails at one with "down", and remembers what it took.
    struct Picky(Vec<String>, u16);

    impl Output for Picky {
        fn deliver(&mut self, batch: &[Record<'_>]) -> Report {
            let status = self.1;
            let why = || SinkError::Status { status, answer: String::new() };
            if batch.iter().any(|record| record.text == "bad") {
                return Report::refused(batch.len(), why);
            }
            if batch.iter().any(|record| record.text == "down") {
                return Report::failed(batch.len(), SinkError::Answer("down".to_owned()));
            }
            self.0.extend(batch.iter().map(|record| record.text.to_owned()));
            Report::delivered(batch.len())
        }
    }

    #[test]
    fn one_bad_alert_spoils_no_batch() {
        let check = |status: u16, texts: &str, taken: &str, expected: &str| {
            let alert = plain();
            let batch: Vec<Record<'_>> =
                texts.split(' ').map(|text| Record { alert: &alert, text }).collect();
            let mut output = Halves(Picky(Vec::new(), status));
            let report = output.deliver(&batch);
            let fates: String = report
                .fates
                .iter()
                .map(|fate| match fate {
                    Fate::Delivered => 'd',
                    Fate::Refused(_) => 'r',
                    Fate::Again => 'a',
                })
                .collect();
            assert_eq!(fates, expected, "{texts}");
            assert_eq!(output.0.0.join(" "), taken, "{texts}");
            assert_eq!(report.error.is_some(), fates.contains('a'), "{texts}");
        };
        check(400, "a b c", "a b c", "ddd");
        check(400, "a bad c", "a c", "drd");
        check(413, "bad b c bad e", "b c e", "rddrd");
        check(400, "bad bad", "", "rr");
        check(400, "bad", "", "r");
        // Who sends is refused: nothing in the batch would change that.
        check(401, "a bad c", "", "rrr");
        check(400, "a down bad c", "", "aaaa");
        check(400, "a bad down c", "a", "draa");
    }
}
