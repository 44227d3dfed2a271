//! A part of a capture as a capture of its own.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use peregrine_event::{Event, EventFlags};
use peregrine_fields::EventContext;
use peregrine_filter::{Plan, Scratch};
use peregrine_scap::{Item, Machine, Reader, Writer};
use peregrine_state::{Limits, State};

use crate::capture::{Captured, Place, Window, time_of};
use crate::print::{condition, names_container};

/// Where the events go: gzip where the name says so.
enum Target {
    Plain(BufWriter<File>),
    Packed(GzEncoder<BufWriter<File>>),
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Packed(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Packed(file) => file.flush(),
        }
    }
}

/// Writes the events of a capture for which a condition is true, and what the capture tells of its
/// machine, to another file. Other events that make the picture of the host are kept for that alone.
/// Returns how many events are there to be shown.
///
/// # Errors
/// A filter that is none; a file that is no capture or damaged; a target that cannot be written.
pub fn extract(file: &Path, filter: &str, window: Window, target: &Path) -> anyhow::Result<u64> {
    let condition = (!filter.is_empty()).then(|| condition(filter)).transpose()?;
    let plan = condition.as_ref().map(|condition| Plan::new([(0, condition)]));
    let name = file.display();
    let input = File::open(file).with_context(|| format!("cannot open the capture {name}"))?;
    let mut reader = Reader::new(input).with_context(|| name.to_string())?;
    let failed = || format!("cannot write {}", target.display());
    anyhow::ensure!(
        target.canonicalize().ok().is_none_or(|to| Some(to) != file.canonicalize().ok()),
        "{} cannot be read and written at once",
        target.display()
    );
    let output = BufWriter::new(File::create(target).with_context(failed)?);
    let output = if target.extension().is_some_and(|ending| ending == "gz") {
        Target::Packed(GzEncoder::new(output, Compression::default()))
    } else {
        Target::Plain(output)
    };

    let outside = Captured::default();
    let mut state = State::new(Limits::default());
    let mut scratch = Scratch::new();
    let (mut hits, mut first, mut number, mut written) = (Vec::new(), None, 0, 0);
    let mut machine = Machine { cpus: 1, hostname: String::new(), boot_ns: 0 };
    let (mut accounts, mut interfaces, mut known) = (Vec::new(), Vec::new(), Vec::new());
    let (mut output, mut writer) = (Some(output), None);
    loop {
        match reader.next_item().with_context(|| name.to_string())? {
            None => break,
            Some(Item::Machine(told)) => machine = told,
            Some(Item::Account(account)) => accounts.push(account),
            Some(Item::Interfaces(told)) => interfaces = told,
            Some(Item::Known(record)) => {
                if let Ok(event) = Event::parse(0, &record) {
                    state.apply(&event, &outside);
                }
                // The format has room for what was there before the first event only.
                if writer.is_none() {
                    known.push(record);
                }
            }
            Some(Item::Event { cpu, state_only, record }) => {
                number += 1;
                let place = window.place(&mut first, time_of(&record));
                if place == Place::Behind {
                    break;
                }
                if let Some(output) = output.take() {
                    let mut begun = Writer::new(output, &machine, &interfaces, &accounts)
                        .with_context(failed)?;
                    for record in known.drain(..) {
                        begun.known(&record).with_context(failed)?;
                    }
                    writer = Some(begun);
                }
                let Ok(event) = Event::parse(number, &record) else { continue };
                state.apply(&event, &outside);
                let containers = names_container(filter);
                let context =
                    EventContext { containers, ..EventContext::new(&event, &state, &outside) };
                let wanted = plan.as_ref().is_none_or(|plan| {
                    hits.clear();
                    let code = event.view.event_type().0;
                    plan.evaluate(code, &context, &mut scratch, true, &mut hits);
                    !hits.is_empty()
                });
                let shown = wanted && place == Place::Within;
                let changes = event.view.info().flags.has(EventFlags::MODIFIES_STATE);
                if let Some(writer) = writer.as_mut().filter(|_| shown || changes) {
                    writer.event(cpu, state_only || !shown, &record).with_context(failed)?;
                    written += u64::from(shown);
                }
            }
            Some(_) => {}
        }
    }
    if let Some(writer) = writer {
        match writer.finish().with_context(failed)? {
            Target::Plain(mut file) => file.flush().with_context(failed)?,
            Target::Packed(file) => {
                file.finish().and_then(|mut file| file.flush()).with_context(failed)?;
            }
        }
    }
    Ok(written)
}
