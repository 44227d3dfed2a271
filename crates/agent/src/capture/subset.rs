//! Writes a part of a capture to another capture.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use peregrine_event::EventFlags;
use peregrine_scap::Writer;

use super::cursor::{Entry, for_each};
use super::error::CaptureError;
use super::host::CapturedHost;
use super::source::CaptureSource;
use super::window::Window;
use crate::event_filter::{EventFilter, names_container};
use crate::record::create;

/// The target: gzip where its name says so.
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

/// Writes the events of a capture for which a condition is true, and the metadata of its machine, to
/// another file. Other events that change the state of the host are written as hidden. Returns the
/// number of shown events.
///
/// # Errors
/// An invalid filter; a file that is not a capture; damage or unconvertible events, after the others are
/// written; a target that cannot be written.
pub fn extract(
    file: &Path,
    filter: &str,
    window: Window,
    target: &Path,
) -> Result<u64, CaptureError> {
    let containers = names_container(filter);
    let mut filter = EventFilter::new(filter)?;
    let mut source = CaptureSource::open(file, window)?;
    if target.canonicalize().ok().is_some_and(|to| Some(to) == file.canonicalize().ok()) {
        return Err(CaptureError::SameFile(target.to_owned()));
    }
    let failed = |source| CaptureError::Write { file: target.to_owned(), source };
    let output = BufWriter::new(create(target).map_err(failed)?);
    let mut output = Some(if target.extension().is_some_and(|ending| ending == "gz") {
        Target::Packed(GzEncoder::new(output, Compression::default()))
    } else {
        Target::Plain(output)
    });

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
        match writer.finish().map_err(failed)? {
            Target::Plain(mut file) => file.flush().map_err(failed)?,
            Target::Packed(file) => {
                file.finish().and_then(|mut file| file.flush()).map_err(failed)?;
            }
        }
    }
    read.map(|()| written)
}

/// Begins the target with what is known before the first event.
fn begin(
    output: Target,
    host: &CapturedHost,
    snapshot: &mut Vec<Vec<u8>>,
) -> std::io::Result<Writer<Target>> {
    let mut writer = Writer::new(output, &host.machine(), &host.netmasks(), &host.accounts())?;
    for record in snapshot.drain(..) {
        writer.snapshot(&record)?;
    }
    Ok(writer)
}
