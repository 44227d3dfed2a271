//! From a record to an event with the state of the host: parse, number, resolve the origin of its
//! program, apply. Rules, recordings and printed captures all get their events from here.

use peregrine_event::{Category, Event, EventInfo, Trailer};
use peregrine_fields::{EventContext, counts_as_first};
use peregrine_state::{HostInfo, Limits, State};

use crate::program_origin::program_origin;
use crate::source::EventRecord;

/// The state of the host, and the position in the stream.
#[derive(Debug)]
pub(crate) struct Stream {
    state: State,
    limits: Limits,
    events: u64,
    damaged: u64,
    first_ts: u64,
    begun: bool,
}

impl Stream {
    /// Before the first record.
    pub(crate) fn new(limits: Limits) -> Self {
        let state = State::new(limits);
        Self { state, limits, events: 0, damaged: 0, first_ts: 0, begun: false }
    }

    /// Begins with another host; events are numbered and timed on.
    pub(crate) fn restart(&mut self) {
        self.state = State::new(self.limits);
        self.begun = false;
    }

    /// The state of the host.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    /// Events so far: the number of the last.
    pub(crate) fn events(&self) -> u64 {
        self.events
    }

    /// Malformed records.
    pub(crate) fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Applies a record of the first snapshot and returns it; none for a malformed one, which is counted.
    /// `trailer` is the buffer for its trailer where user space extends it.
    pub(crate) fn snapshot<'e>(
        &mut self,
        bytes: &'e [u8],
        trailer: &'e mut Vec<u8>,
        host: &dyn HostInfo,
    ) -> Option<Event<'e>> {
        let Ok(mut event) = Event::parse(0, bytes) else {
            self.damaged += 1;
            return None;
        };
        add_origin(&mut event, trailer, host);
        self.state.apply(&event, host);
        Some(event)
    }

    /// Applies the next event and returns it; none for a malformed record, which is counted. `trailer`
    /// is the buffer for its trailer where user space extends it.
    pub(crate) fn event<'e>(
        &mut self,
        record: EventRecord<'e>,
        trailer: &'e mut Vec<u8>,
        host: &dyn HostInfo,
    ) -> Option<Event<'e>> {
        let Ok(mut event) = Event::parse(self.events + 1, record.bytes) else {
            self.damaged += 1;
            return None;
        };
        event.cpu = record.cpu.unwrap_or(event.cpu);
        self.events += 1;
        if self.first_ts == 0 && counts_as_first(&event) {
            self.first_ts = event.view.ts();
        }
        self.begun = self.begun || !is_account(event.view.info());
        add_origin(&mut event, trailer, host);
        self.state.apply(&event, host);
        Some(event)
    }

    /// Whether rules are evaluated for the event that was applied last. Two kinds only change the state:
    /// users and containers reported before the first other event, and the enter events of calls, whose
    /// exit events have the same parameters and more.
    pub(crate) fn is_for_rules(&self, info: &EventInfo) -> bool {
        self.begun && (info.event_type().is_exit() || !info.is(Category::Syscall))
    }

    /// What fields and rules see of an applied event.
    pub(crate) fn context<'c>(
        &'c self,
        event: &'c Event<'c>,
        host: &'c dyn HostInfo,
    ) -> EventContext<'c> {
        self.context_in(event, &self.state, host)
    }

    /// The same of an event of before, with the state as it was then.
    pub(crate) fn context_in<'c>(
        &self,
        event: &'c Event<'c>,
        state: &'c State,
        host: &'c dyn HostInfo,
    ) -> EventContext<'c> {
        let mut context = EventContext::new(event, state, host);
        context.first_ts = self.first_ts;
        context
    }
}

/// Users, groups and containers that are reported as events.
fn is_account(info: &EventInfo) -> bool {
    info.is(Category::Metaevent) && info.is(Category::Process)
}

/// Adds the origin of a program's file where the kernel cannot determine it.
fn add_origin<'e>(event: &mut Event<'e>, trailer: &'e mut Vec<u8>, host: &dyn HostInfo) {
    if let Some(found) = program_origin(event, host) {
        extend_trailer(event, &found, trailer);
    }
}

/// Appends items to the trailer of an event; `buffer` then holds the whole trailer.
pub(crate) fn extend_trailer<'e>(event: &mut Event<'e>, items: &[u8], buffer: &'e mut Vec<u8>) {
    buffer.clear();
    buffer.extend_from_slice(event.trailer.bytes());
    buffer.extend_from_slice(items);
    event.trailer = Trailer::new(buffer);
}

#[cfg(test)]
mod tests {
    use peregrine_event::{EventBuilder, EventType};
    use peregrine_state::NoHostInfo;

    use super::*;

    #[test]
    fn events_are_numbered_and_timed_from_the_first() {
        let block = |code, ts| EventBuilder::new(code, ts, 7).i64(7).finish();
        let account = EventBuilder::new(EventType::USER_ADDED_E, 90, 7).u32(1).u32(1).finish();
        let records = [
            (account, Some((1, 0, false))),
            (vec![1, 2, 3], None),
            (block(EventType::SYSCALL_SETSID_E, 100), Some((2, 100, false))),
            (block(EventType::SYSCALL_SETSID_X, 150), Some((3, 100, true))),
        ];
        let mut stream = Stream::new(Limits::default());
        for (bytes, expected) in records {
            let record = EventRecord { bytes: &bytes, cpu: Some(3), state_only: false };
            let mut trailer = Vec::new();
            let event = stream.event(record, &mut trailer, &NoHostInfo);
            let got = event.map(|event| {
                assert_eq!(event.cpu, 3);
                let first = stream.context(&event, &NoHostInfo).first_ts;
                (event.num, first, stream.is_for_rules(event.view.info()))
            });
            assert_eq!(got, expected, "{bytes:?}");
        }
        assert_eq!((stream.events(), stream.damaged()), (3, 1));
    }
}
