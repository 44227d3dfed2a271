//! Capture files, plain and compressed: read, converted to the current schema, applied to the state, shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use peregrine_alert::format_event;
use peregrine_event::Event;
use peregrine_fields::{Catalogue, EventContext};
use peregrine_filter::Template;
use peregrine_scap::{Item, Reader};
use peregrine_state::{Limits, NoHostInfo, State};

const SHOWN: &str = "*%evt.num %evt.type %evt.args %evt.res %fd.name %fd.lip %fs.path.name %fs.path.source %fs.path.target %proc.cmdline %proc.sname %proc.cwd %proc.aname[2] %container.name %container.mounts";

fuzz_target!(|data: &[u8]| {
    let Ok(mut reader) = Reader::new(data) else { return };
    let Ok(shown) = Template::parse(SHOWN, &Catalogue::default()) else { return };
    let limits = Limits { threads: 1000, fds: 1000, all_fds: 10_000, bytes: 1 << 22 };
    let mut state = State::new(limits);
    // A small compressed file may hold a great many items: a look at the first is enough.
    for number in 0..2_000 {
        match reader.next_item() {
            Ok(Some(Item::Snapshot(record) | Item::Event { record, .. })) => {
                let Ok(event) = Event::parse(number, &record) else { continue };
                state.apply(&event, &NoHostInfo);
                let _ = format_event(&shown, &EventContext::new(&event, &state, &NoHostInfo), false);
            }
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return,
        }
    }
});
