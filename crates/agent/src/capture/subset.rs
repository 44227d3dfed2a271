//! Writes a part of a capture to another capture.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use peregrine_event::EventFlags;
use peregrine_scap::Writer;

use super::cursor::{Entry, for_each};
use super::error::CaptureError;
use super::host::CapturedHost;
use super::input::Input;
use super::source::CaptureSource;
use super::window::{Span, Window};
use crate::event_filter::{EventFilter, names_container};
use crate::record::{Packing, Target, header};

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extracted {
    /// Events that are there to be shown.
    pub events: u64,
    /// The window, where no event lies in it.
    pub empty_window: Option<Span>,
}

/// Writes the events of a capture for which a condition is true, and what the capture has of its
/// machine, to another file. Other events that change the state of the host are kept for that alone.
/// The name of the file says how it is compressed.
///
/// # Errors
/// An invalid filter; a file that is not a capture; damage or unconvertible events, after the others are
/// written; a target that cannot be written.
pub fn extract<'p>(
    input: impl Into<Input<'p>>,
    filter: &str,
    window: Window,
    target: &Path,
) -> Result<Extracted, CaptureError> {
    let containers = names_container(filter);
    let mut filter = EventFilter::new(filter)?;
    let input = input.into();
    if let [_, second, ..] = &*input.files {
        return Err(CaptureError::Several(second.clone()));
    }
    let same = |file: &PathBuf| {
        target.canonicalize().ok().is_some_and(|to| Some(to) == file.canonicalize().ok())
    };
    if input.files.iter().any(same) {
        return Err(CaptureError::SameFile(target.to_owned()));
    }
    let mut source = CaptureSource::open(input, window)?;
    let failed = |source| CaptureError::Write { file: target.to_owned(), source };
    let mut output = Some(Target::create(target, Packing::of(target)).map_err(failed)?);

    let host = source.host();
    let mut writer: Option<Writer<Target>> = None;
    let (mut snapshot, mut written) = (Vec::new(), 0);
    let read = for_each(&mut source, &mut |entry| {
        match entry {
            Entry::Snapshot(record) => match writer.as_mut() {
                None => snapshot.push(record.to_vec()),
                Some(writer) => writer.snapshot(record).map_err(failed)?,
            },
            Entry::Event(at) => {
                if let Some(output) = output.take() {
                    writer = Some(begin(output, &host, &mut snapshot).map_err(failed)?);
                }
                let event = at.context.event;
                let mut context = at.context;
                context.containers = containers;
                let shown = !at.state_only && filter.fits(&context);
                let changes = event.view.info().flags.has(EventFlags::MODIFIES_STATE);
                if let Some(writer) = writer.as_mut().filter(|_| shown || changes) {
                    writer.event(event.cpu, !shown, at.bytes).map_err(failed)?;
                    writer.output().pass_if_full().map_err(failed)?;
                    written += u64::from(shown);
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    });
    // Everything before damage is valid, and a capture without events is a capture.
    let writer = match (writer, output.take()) {
        (None, Some(output)) => Some(begin(output, &host, &mut snapshot).map_err(failed)?),
        (writer, _) => writer,
    };
    if let Some(writer) = writer {
        let mut output = writer.finish().map_err(failed)?;
        output.pass().map_err(failed)?;
    }
    read.map(|()| Extracted { events: written, empty_window: source.empty_window() })
}

/// Begins the target with what is known before the first event.
fn begin(
    output: Target,
    host: &CapturedHost,
    snapshot: &mut Vec<Vec<u8>>,
) -> std::io::Result<Writer<Target>> {
    let mut writer = header(output, &host.beginning())?;
    for record in snapshot.drain(..) {
        writer.snapshot(&record)?;
    }
    Ok(writer)
}
