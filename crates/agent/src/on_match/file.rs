//! One capture being written.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use peregrine_scap::Writer;
use peregrine_state::State;

use super::batch::Kind;
use crate::record::{Beginning, Packing, Target, header, write_state};

/// Bytes of an event in a file besides its record: block, CPU, flags, padding.
const AROUND: u64 = 64;

/// The name of the capture of a match, as Falco has it: time and number of the event behind the prefix.
pub(super) fn name(prefix: &Path, ts: u64, num: u64) -> PathBuf {
    let mut name = OsString::from(prefix);
    name.push(format!("_{ts:020}_{num:020}.scap"));
    name.into()
}

/// A capture being written.
pub(super) struct CaptureFile {
    path: PathBuf,
    writer: Writer<Target>,
    most: Option<u64>,
    events: u64,
    /// It ends with the first event that is not before this time.
    pub(super) until: u64,
}

/// A capture that was written.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) path: PathBuf,
    pub(super) events: u64,
    pub(super) bytes: u64,
    /// Somebody removed it meanwhile.
    pub(super) removed: bool,
}

/// Where a file is to be, and its bounds.
pub(super) struct Opening<'o> {
    pub(super) path: PathBuf,
    pub(super) beginning: &'o Beginning,
    /// Bytes at most.
    pub(super) most: Option<u64>,
    pub(super) until: u64,
    /// When its first event was.
    pub(super) ts: u64,
}

impl CaptureFile {
    /// Begins a file with the state of the host, and accounts of containers, as records of events.
    ///
    /// # Errors
    /// When it cannot be created, or is there already, or cannot be written.
    pub(super) fn begin<'a>(
        opening: Opening<'_>,
        state: &mut State,
        accounts: impl Iterator<Item = &'a [u8]>,
    ) -> io::Result<Self> {
        let Opening { path, beginning, most, until, ts } = opening;
        // Falco's are gzip files too, whatever their name says.
        let target = Target::create_new(&path, Packing::Gzip)?;
        match beginning_of(target, beginning, state, accounts, ts, most) {
            Ok(writer) => Ok(Self { path, writer, most, events: 0, until }),
            Err(error) => {
                // It holds nothing.
                let _ = std::fs::remove_file(&path);
                Err(error)
            }
        }
    }

    /// Whether a record fits.
    ///
    /// # Errors
    /// When what waits cannot be written.
    pub(super) fn has_room(&mut self, record: &[u8]) -> io::Result<bool> {
        let Some(most) = self.most else { return Ok(true) };
        let more = u64::try_from(record.len()).unwrap_or(u64::MAX).saturating_add(AROUND);
        let target = self.writer.output();
        if target.size().saturating_add(more) > most {
            // What waits may become smaller.
            target.pass()?;
        }
        Ok(target.size().saturating_add(more) <= most)
    }

    /// Writes a record.
    ///
    /// # Errors
    /// When it cannot be written: the file ends with its last whole piece.
    pub(super) fn write(&mut self, cpu: u16, kind: Kind, record: &[u8]) -> io::Result<()> {
        match kind {
            Kind::Looked => self.writer.snapshot(record)?,
            Kind::Event | Kind::StateOnly => {
                self.writer.event(cpu, kind == Kind::StateOnly, record)?;
            }
        }
        self.events += u64::from(kind == Kind::Event);
        self.writer.output().pass_if_full()
    }

    /// Writes what waited long.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn pass_if_due(&mut self) -> io::Result<()> {
        self.writer.output().pass_if_due()
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the last of it cannot be written.
    pub(super) fn end(self) -> io::Result<Ended> {
        let Self { path, writer, events, .. } = self;
        let mut target = writer.finish()?;
        target.pass()?;
        target.reach_disk()?;
        let (bytes, removed) = (target.size(), !target.is_linked()?);
        Ok(Ended { path, events, bytes, removed })
    }
}

fn beginning_of<'a>(
    target: Target,
    beginning: &Beginning,
    state: &mut State,
    accounts: impl Iterator<Item = &'a [u8]>,
    ts: u64,
    most: Option<u64>,
) -> io::Result<Writer<Target>> {
    let mut writer = header(target, beginning)?;
    write_state(&mut writer, state, ts)?;
    for account in accounts {
        // In the order of time.
        let record = [&ts.to_le_bytes(), account.get(8..).unwrap_or_default()].concat();
        writer.event(0, true, &record)?;
    }
    writer.output().pass()?;
    let size = writer.output().size();
    if most.is_some_and(|most| size > most / 2) {
        return Err(io::Error::other(format!(
            "the state of this host takes {size} bytes of every file: set capture.max_file_size_mb to at least {}",
            (size * 4).div_ceil(1 << 20)
        )));
    }
    Ok(writer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_falcos() {
        for (prefix, expected) in [
            ("/tmp/falco", "/tmp/falco_00000001562710430575_00000000000000000042.scap"),
            ("cap", "cap_00000001562710430575_00000000000000000042.scap"),
            ("/var/lib/x/", "/var/lib/x/_00000001562710430575_00000000000000000042.scap"),
        ] {
            assert_eq!(name(Path::new(prefix), 1_562_710_430_575, 42), Path::new(expected));
        }
    }
}
