//! The events of a capture, one after the other, each with the state of the host around it.

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
    /// An event; the state has taken it in already.
    Event(EventAt<'s>),
}

/// An event and the state of the host at it.
pub(crate) struct EventAt<'s> {
    pub(crate) context: EventContext<'s>,
    /// The block as the capture holds it, of today's schema.
    pub(crate) bytes: &'s [u8],
    /// It is there for the state, not to be shown.
    pub(crate) state_only: bool,
    /// Rules are asked about events like this one.
    pub(crate) for_rules: bool,
}

/// Goes through a capture until it ends or `see` breaks off.
///
/// # Errors
/// Damage, after what stands before it; events that could not be brought to today's schema, after
/// all others; what `see` fails with.
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
                    stream.snapshot(bytes, &host);
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
