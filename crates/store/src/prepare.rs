//! What an alert comes to before it is written: its row, its terms, its body compressed.

use std::io;

use peregrine_alert::Alert;
use serde_json::Value as Json;
use zstd::bulk::Compressor;

use crate::document::{Document, Refused};
use crate::facet::FacetKind;
use crate::{issue, terms};

/// How far ahead of the hub's clock the time of an alert may be; one that is further has the time it was received at.
const AHEAD_US: i64 = 5 * 60 * 1_000_000;

/// An alert as it was received.
#[derive(Debug, Clone, Copy)]
pub struct Received<'b> {
    /// The record of the log it was read from.
    pub record: u64,
    /// Its JSON.
    pub body: &'b [u8],
    /// When, nanoseconds since the epoch.
    pub received_ns: u64,
}

/// An alert that can be written.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub(crate) record: u64,
    pub(crate) time_us: i64,
    pub(crate) received_us: i64,
    pub(crate) priority: u8,
    pub(crate) issue: i64,
    /// Values by [`FacetKind::NAMED`].
    pub(crate) named: [Option<String>; FacetKind::NAMED.len()],
    pub(crate) terms: String,
    pub(crate) body: Vec<u8>,
    /// The body compressed, and the number of the codec it was done with.
    pub(crate) packed: Option<(u64, Vec<u8>)>,
}

/// An alert that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// The record of the log it was read from.
    pub record: u64,
    /// The id it has.
    pub id: i64,
}

fn microseconds(nanoseconds: u64) -> i64 {
    i64::try_from(nanoseconds / 1000).unwrap_or(i64::MAX)
}

/// The time an alert is stored at, microseconds since the epoch: that of its event, or, where that is too far ahead,
/// when it was received.
fn stored_us(time_ns: u64, received_ns: u64) -> i64 {
    let (time, received) = (microseconds(time_ns), microseconds(received_ns).min(i64::MAX >> 11));
    if time > received.saturating_add(AHEAD_US) { received } else { time }
}

impl Prepared {
    /// Prepares an alert; `compressor` is that of the codec with this number.
    ///
    /// # Errors
    /// When it is no alert.
    pub(crate) fn of(
        received: Received<'_>,
        compressor: Option<(u64, &mut Compressor<'_>)>,
    ) -> Result<Self, Refused> {
        let Document { alert, .. } = Document::parse(received.body)?;
        let packed = compressor.and_then(|(number, compressor)| {
            Some((number, compressor.compress(received.body).ok()?))
        });
        Ok(Self {
            record: received.record,
            time_us: stored_us(alert.time_ns, received.received_ns),
            received_us: microseconds(received.received_ns),
            priority: alert.priority as u8,
            issue: issue::fingerprint(&alert),
            terms: terms::terms(&alert),
            named: named(&alert),
            body: received.body.to_vec(),
            packed,
        })
    }

    /// The body compressed by the codec with this number.
    pub(crate) fn packed_by(
        &mut self,
        number: u64,
        compressor: &mut Compressor<'_>,
    ) -> io::Result<&[u8]> {
        let packed = match self.packed.take() {
            Some((by, packed)) if by == number => packed,
            _ => compressor.compress(&self.body)?,
        };
        Ok(&self.packed.insert((number, packed)).1)
    }
}

fn named(alert: &Alert) -> [Option<String>; FacetKind::NAMED.len()] {
    FacetKind::NAMED.map(|kind| match kind {
        FacetKind::Host => Some(alert.id.host.clone()),
        FacetKind::Rule => Some(alert.rule.clone()),
        FacetKind::Source => Some(alert.source.clone()),
        other => match alert.fields.get(other.field()) {
            Some(Json::String(text)) => Some(text.clone()),
            _ => None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_ahead_of_the_hub_is_that_of_arrival() {
        let check = |time_ns: u64, received_ns: u64, expected: i64| {
            assert_eq!(stored_us(time_ns, received_ns), expected, "{time_ns} {received_ns}");
        };
        let second = 1_000_000_000;
        check(5 * second, 10 * second, 5_000_000);
        check(300 * second, second, 300_000_000);
        check(302 * second, second, 1_000_000);
        check(u64::MAX, second, 1_000_000);
        assert!(stored_us(u64::MAX, u64::MAX).checked_mul(1024).is_some());
    }
}
