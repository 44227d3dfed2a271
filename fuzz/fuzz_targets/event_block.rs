//! Records of the rings: parsed, applied to the state, every field extracted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use peregrine_event::Event;
use peregrine_fields::{Catalogue, EventContext, all};
use peregrine_filter::{Scheme as _, Source as _};
use peregrine_state::{Limits, NoHostInfo, State};

fuzz_target!(|data: &[u8]| {
    let limits = Limits { threads: 16, fds: 16, all_fds: 64, bytes: 1 << 16 };
    let mut state = State::new(limits);
    let mut rest = data;
    let mut num = 0;
    while let Some((len, behind)) = rest.split_first() {
        let take = (usize::from(*len) * 4).min(behind.len());
        let (record, behind) = behind.split_at(take);
        rest = behind;
        num += 1;
        let Ok(event) = Event::parse(num, record) else { continue };
        state.apply(&event, &NoHostInfo);
        let context = EventContext::new(&event, &state, &NoHostInfo);
        for info in all() {
            for arg in [None, Some("0"), Some("1"), Some("name")] {
                if let Ok(field) = Catalogue::default().field(info.name, arg) {
                    let _ = context.value(&field);
                }
            }
        }
    }
});
