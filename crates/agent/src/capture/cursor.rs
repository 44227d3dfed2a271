//! The events of a capture in order, each with the state of the host.

use std::ops::ControlFlow;

use peregrine_fields::EventContext;
use peregrine_state::Limits;

use super::error::CaptureError;
use super::source::CaptureSource;
use crate::source::{Poll, Record, Source as _};
use crate::stream::Stream;

/// What a capture holds.
pub(crate) enum Entry<'s> {
    /// A record of the first snapshot.
    Snapshot(&'s [u8]),
    /// An event; the state has applied it already.
    Event(EventAt<'s>),
}

/// An event and the state of the host at it.
pub(crate) struct EventAt<'s> {
    pub(crate) context: EventContext<'s>,
    /// The block as the capture holds it, in the current schema.
    pub(crate) bytes: &'s [u8],
    /// The event changes the state only and is not shown.
    pub(crate) state_only: bool,
    /// Rules are evaluated for events like this one.
    pub(crate) for_rules: bool,
}

/// Reads a capture until it ends or `see` stops.
///
/// # Errors
/// Damage, after everything before it; events that cannot be converted to the current schema, after all
/// others; the error of `see`.
pub(crate) fn for_each(
    source: &mut CaptureSource<'_>,
    see: &mut dyn FnMut(Entry<'_>) -> Result<ControlFlow<()>, CaptureError>,
) -> Result<(), CaptureError> {
    let mut stream = Stream::new(Limits::default());
    let host = source.host();
    let mut trailer = Vec::new();
    loop {
        let mut seen = Ok(ControlFlow::Continue(()));
        let poll = source.poll(&mut |record| {
            let record = match record {
                Record::Snapshot(bytes) => {
                    stream.snapshot(bytes, &mut trailer, &host);
                    seen = see(Entry::Snapshot(bytes));
                    return;
                }
                Record::Event(record) => record,
                Record::Restart => {
                    stream.restart();
                    return;
                }
            };
            let Some(event) = stream.event(record, &mut trailer, &host) else { return };
            seen = see(Entry::Event(EventAt {
                context: stream.context(&event, &host),
                bytes: record.bytes,
                state_only: record.state_only,
                for_rules: stream.is_for_rules(event.view.info()),
            }));
        })?;
        if poll == Poll::End || seen?.is_break() {
            return source.left_out();
        }
    }
}
