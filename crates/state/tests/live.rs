//! Descriptors of live events: the probe's word goes before what an event alone would say.

#![expect(clippy::unwrap_used, reason = "tests")]

use peregrine_event::{Descriptor, Event, EventBuilder, EventType, FactsWriter, Origin};
use peregrine_state::{Limits, NoOutside, State};

const PID: u32 = 7;
const BPF: i8 = 17;

fn origin() -> FactsWriter {
    FactsWriter::default().origin(Origin { cpu: 0, flags: 0, pid: PID })
}

fn file(fd: i32, kind: u8, name: &'static [u8]) -> Descriptor<'static> {
    Descriptor { fd, kind, role: 0, open_flags: 3, dev: 0, mnt: 0, ino: 1, payload: name }
}

/// The kinds of descriptors 0 and 4 after standard input was opened and `bpf` returned `result`.
fn after_bpf(result: i64, facts: Option<FactsWriter>) -> [Option<i8>; 2] {
    let mut state = State::new(Limits::default());
    let mut apply = |mut block: Vec<u8>, facts: Option<FactsWriter>| {
        block.extend(facts.map(FactsWriter::finish).unwrap_or_default());
        state.apply(&Event::parse(1, &block).unwrap(), &NoOutside);
    };
    let input = EventBuilder::new(EventType::SYSCALL_OPEN_X, 1, i64::from(PID));
    let input = input.i64(0).str(b"/dev/null").u32(1).u32(0).u32(0).u64(0);
    apply(input.finish(), None);
    let bpf = EventBuilder::new(EventType::SYSCALL_BPF_2_X, 2, i64::from(PID));
    apply(bpf.i64(result).i32(16).finish(), facts);
    [0, 4].map(|fd| state.fd(i64::from(PID), fd).map(|info| info.kind))
}

#[test]
fn only_some_results_of_bpf_are_descriptors() {
    let file_kind = after_bpf(-1, None)[0];
    assert!(file_kind.is_some() && file_kind != Some(BPF));
    assert_eq!(after_bpf(0, Some(origin())), [file_kind, None], "a query that went well");
    let made = origin().descriptor(&file(4, 10, b"bpf-map"));
    assert_eq!(after_bpf(4, Some(made)), [file_kind, Some(BPF)]);
    assert_eq!(after_bpf(0, None), [Some(BPF), None], "a capture does not say");
}

#[test]
fn what_was_closed_is_known_for_this_event() {
    let mut state = State::new(Limits::default());
    let mut apply = |code: EventType, facts: FactsWriter| {
        let mut block = EventBuilder::new(code, 1, i64::from(PID)).i64(0).i64(4).finish();
        block.extend(facts.finish());
        state.apply(&Event::parse(1, &block).unwrap(), &NoOutside);
        state.fd(i64::from(PID), 4).map(|info| info.name.to_vec())
    };
    let closed = origin().descriptor(&file(4, 16, b"/never/seen/opened"));
    let name = apply(EventType::SYSCALL_CLOSE_X, closed);
    assert_eq!(name.as_deref(), Some(&b"/never/seen/opened"[..]));
    assert_eq!(apply(EventType::SYSCALL_FCHDIR_X, origin()), None);
}
