//! Descriptors of live events: the probe's word goes before what an event alone would say.

use peregrine_event::{Descriptor, Event, EventBuilder, EventType, FactsWriter, Origin};
use peregrine_state::{Limits, NoOutside, State};

const PID: u32 = 7;
const BPF: i8 = 17;

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
    let origin = FactsWriter::default().origin(Origin { cpu: 0, flags: 0, pid: PID });
    let file = after_bpf(-1, None)[0];
    assert!(file.is_some() && file != Some(BPF));
    assert_eq!(after_bpf(0, Some(origin.clone())), [file, None], "a query that went well");
    let map = Descriptor {
        fd: 4,
        kind: 10,
        role: 0,
        open_flags: 3,
        dev: 0,
        mnt: 0,
        ino: 1,
        payload: b"bpf-map",
    };
    assert_eq!(after_bpf(4, Some(origin.descriptor(&map))), [file, Some(BPF)]);
    assert_eq!(after_bpf(0, None), [Some(BPF), None], "a capture does not say");
}
