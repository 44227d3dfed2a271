//! A part of a capture as a capture of its own.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Context as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use peregrine_event::EventFlags;
use peregrine_scap::Writer;

use super::cursor::{Filter, Step, names_container, walk};
use super::{Capture, Captured, Window};

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
/// A filter that is none; a file that is no capture; damage or events left out, after the others are
/// written; a target that cannot be written.
pub fn extract(file: &Path, filter: &str, window: Window, target: &Path) -> anyhow::Result<u64> {
    let containers = names_container(filter);
    let mut filter = Filter::new(filter)?;
    let capture = Capture::open(file)?;
    anyhow::ensure!(
        target.canonicalize().ok().is_none_or(|to| Some(to) != file.canonicalize().ok()),
        "{} cannot be read and written at once",
        target.display()
    );
    let failed = || format!("cannot write {}", target.display());
    let output = BufWriter::new(File::create(target).with_context(failed)?);
    let mut output = Some(if target.extension().is_some_and(|ending| ending == "gz") {
        Target::Packed(GzEncoder::new(output, Compression::default()))
    } else {
        Target::Plain(output)
    });

    let captured = Captured::default();
    let mut writer: Option<Writer<Target>> = None;
    let (mut known, mut written) = (Vec::new(), 0);
    let walked = walk(capture, &captured, window, &mut |step| {
        match step {
            Step::Known(record) => match writer.as_mut() {
                None => known.push(record.to_vec()),
                Some(writer) => writer.known(record).with_context(failed)?,
            },
            Step::Event(met) => {
                if let Some(output) = output.take() {
                    writer = Some(begin(output, &captured, &mut known).with_context(failed)?);
                }
                let event = met.context.event;
                let mut context = met.context;
                context.containers = containers;
                let shown = met.within && filter.fits(&context);
                let changes = event.view.info().flags.has(EventFlags::MODIFIES_STATE);
                if let Some(writer) = writer.as_mut().filter(|_| shown || changes) {
                    let state_only = met.state_only || !shown;
                    writer.event(event.cpu, state_only, met.record).with_context(failed)?;
                    written += u64::from(shown);
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    });
    // What stands before damage is whole all the same, and a capture without events is one.
    let writer = match (writer, output.take()) {
        (None, Some(output)) => Some(begin(output, &captured, &mut known).with_context(failed)?),
        (writer, _) => writer,
    };
    if let Some(writer) = writer {
        match writer.finish().with_context(failed)? {
            Target::Plain(mut file) => file.flush().with_context(failed)?,
            Target::Packed(file) => {
                file.finish().and_then(|mut file| file.flush()).with_context(failed)?;
            }
        }
    }
    walked.map(|()| written)
}

/// Begins the target with what was told before the first event.
fn begin(
    output: Target,
    captured: &Captured,
    known: &mut Vec<Vec<u8>>,
) -> std::io::Result<Writer<Target>> {
    let mut writer =
        Writer::new(output, &captured.machine(), &captured.netmasks(), &captured.accounts())?;
    for record in known.drain(..) {
        writer.known(&record)?;
    }
    Ok(writer)
}
