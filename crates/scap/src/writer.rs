//! Writes captures.

use std::io::{self, Write};
use std::net::IpAddr;

use peregrine_event::{Category, Event, EventFlags, EventType, EventView};
use rustc_hash::FxHashMap;

use crate::blocks::LARGEST;
use crate::entries::{self, Body};
use crate::reader::{MAGIC, Machine, SECTION, STATE_ONLY, UserEntry};
use crate::tail;

const MACHINE: u32 = 0x201;
const THREADS: u32 = 0x215;
const DESCRIPTORS: u32 = 0x218;
const INTERFACES: u32 = 0x219;
const ACCOUNTS: u32 = 0x220;
const EVENT: u32 = 0x216;
const EVENT_WITH_FLAGS: u32 = 0x217;
/// Types of an event's block, for events larger than [`SMALL`].
const EVENT_LARGE: u32 = 0x221;
const EVENT_WITH_FLAGS_LARGE: u32 = 0x222;

/// Room for a host name; the last byte is a NUL.
const HOSTNAME: usize = 128;
/// Readers have this much room for what follows the first two words of an event's block, unless its
/// type says that it may be larger.
const SMALL: usize = 65_536;
/// Bytes of the first snapshot buffered until the first event; more of it is written before.
const MOST_KEPT: usize = 16 << 20;

/// Writes a capture that Falco, sysdig and [`crate::Reader`] read.
///
/// Blocks are written in several small pieces: use a buffered output. For a compressed capture use an
/// output that compresses. Falco refuses a capture without events. After an error of the output the
/// capture ends inside a block: write no more. What is buffered is written by the first event or by
/// [`Writer::finish`], not when the writer is dropped.
///
/// Reading a capture returns what was written, except for what the format cannot hold:
///
/// - of the machine: bytes of its name after the 127th;
/// - of users and groups: bytes of a text after the 255th;
/// - of a thread's record: time and CPU, and `start_time`. Its process and what `state` stores of it
///   (trailer) are preserved. A missing value returns as 0, -1 or an empty text; a thread without arguments
///   returns with its name as the program; the last text of a list gets a NUL. A text is truncated after
///   1024 bytes, a list after 4096, control groups at the end of one;
/// - of a descriptor's record: time and CPU, the mount, and the process if it is not the record's
///   thread. The device of a file and what `state` stores of it (trailer) are preserved. A name is
///   truncated after 1023 bytes. A socket has one of the protocols TCP, UDP, ICMP (also for IPv6), raw
///   (for any other), or 0, and returns with the usual type for it; a unix socket returns as a stream of
///   protocol 0; a netlink socket as `ITER_TASK_FILE_ANON_INODE` of kind 15, without type and protocol;
///   an anonymous kind without a number in the format as kind 10;
/// - the order of records of the first snapshot: threads come first, then descriptors by thread.
///
/// The trailer of an event is written behind it, where only [`crate::Reader`] looks.
///
/// [`crate::Item`] also lacks these: name and speed of an interface, memory and highest process number
/// of the machine, the peer of a unix socket; they are written empty and 0. An event of an older schema
/// is written unchanged: the reader converts it.
pub struct Writer<W> {
    out: W,
    begun: bool,
    /// Entries of threads.
    threads: Body,
    /// Entries of descriptors, behind the thread's number; in the order of threads.
    descriptors: Vec<Body>,
    places: FxHashMap<i64, usize>,
    /// Bytes in the two.
    kept: usize,
}

impl<W> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("begun", &self.begun).finish_non_exhaustive()
    }
}

impl<W: Write> Writer<W> {
    /// Starts a capture: the machine, its addresses with their netmasks, users and groups.
    ///
    /// # Errors
    /// If the output fails; [`io::ErrorKind::InvalidInput`] if the families of an address and its
    /// netmask differ.
    pub fn new(
        out: W,
        machine: &Machine,
        interfaces: &[(IpAddr, IpAddr)],
        accounts: &[UserEntry],
    ) -> io::Result<Self> {
        let mut writer = Self {
            out,
            begun: false,
            threads: Body::default(),
            descriptors: Vec::new(),
            places: FxHashMap::default(),
            kept: 0,
        };
        let mut body = Body::default();
        // The length of the section is not known yet.
        body.u32(MAGIC).u16(1).u16(2).u64(u64::MAX);
        writer.block(SECTION, &[&body.0])?;

        let mut name = [0_u8; HOSTNAME];
        let reported = &machine.hostname;
        let reported =
            reported.get(..reported.floor_char_boundary(HOSTNAME - 1)).unwrap_or_default();
        name.iter_mut().zip(reported.bytes()).for_each(|(place, byte)| *place = byte);
        let mut body = Body::default();
        body.u32(machine.cpus).u64(0).u64(0).bytes(&name).u64(machine.boot_ns).u64(0).u64(0).u64(0);
        writer.block(MACHINE, &[&body.0])?;

        let mut body = Body::default();
        for (address, netmask) in interfaces {
            entries::interface(*address, *netmask, &mut body).ok_or_else(|| {
                invalid(format!("{address} and its netmask {netmask} are of different families"))
            })?;
        }
        writer.block(INTERFACES, &[&body.0])?;

        let mut body = Body::default();
        for account in accounts {
            entries::account(account, &mut body);
        }
        writer.block(ACCOUNTS, &[&body.0])?;
        Ok(writer)
    }

    /// Adds a record of the first snapshot: a thread or one of its descriptors. It is buffered until
    /// the first event, or until there are too many.
    ///
    /// After the first event it is written at once, as an event that is not shown: no list may follow
    /// an event. Only [`crate::Reader`] recognizes it there.
    ///
    /// # Errors
    /// If the output fails; [`io::ErrorKind::InvalidInput`] if it is not a record of a first snapshot:
    /// then nothing is written.
    pub fn snapshot(&mut self, record: &[u8]) -> io::Result<()> {
        let event = Event::parse(0, record).map_err(invalid)?;
        if self.begun && event.view.info().is(Category::Iter) {
            return self.event(event.cpu, true, record);
        }
        if event.view.event_type() == EventType::ITER_TASK_E {
            let before = self.threads.0.len();
            entries::thread(&event, &mut self.threads);
            self.kept += self.threads.0.len() - before;
        } else {
            let entry = entries::descriptor(&event).ok_or_else(|| {
                invalid(format!("{} is not a record of a snapshot", event.view.info().code))
            })?;
            let tid = event.view.tid();
            let place = *self.places.entry(tid).or_insert_with(|| {
                let mut list = Body::default();
                list.i64(tid);
                self.descriptors.push(list);
                self.descriptors.len() - 1
            });
            if let Some(list) = self.descriptors.get_mut(place) {
                list.bytes(&entry);
            }
            self.kept += entry.len();
        }
        if self.kept > MOST_KEPT { self.write_lists() } else { Ok(()) }
    }

    /// Adds an event: its block, and behind it the trailer, if any. Events must come in order.
    ///
    /// # Errors
    /// If the output fails; [`io::ErrorKind::InvalidInput`] if it is not an event, or larger than the
    /// reader's limit (256 MiB): then nothing is written.
    pub fn event(&mut self, cpu: u16, state_only: bool, record: &[u8]) -> io::Result<()> {
        let (view, trailer) = EventView::parse(record).map_err(invalid)?;
        let bytes = view.bytes();
        let (cpu, flags) = (cpu.to_le_bytes(), STATE_ONLY.to_le_bytes());
        let flags: &[u8] = if state_only { &flags } else { &[] };
        let head = tail::head(trailer.len());
        let head: &[u8] = if trailer.is_empty() { &[] } else { &head };
        // Some tools write events larger than their type allows.
        let len = cpu.len() + flags.len() + bytes.len() + head.len() + trailer.len();
        let room = len.next_multiple_of(4) + 4;
        let large = view.info().flags.has(EventFlags::LARGE_PAYLOAD) || room > SMALL;
        let kind = match (state_only, large) {
            (false, false) => EVENT,
            (false, true) => EVENT_LARGE,
            (true, false) => EVENT_WITH_FLAGS,
            (true, true) => EVENT_WITH_FLAGS_LARGE,
        };
        self.write_lists()?;
        self.begun = true;
        self.block(kind, &[&cpu, flags, bytes, head, trailer])
    }

    /// The output; what was written so far ends with a whole block.
    pub fn output(&mut self) -> &mut W {
        &mut self.out
    }

    /// Ends the capture; returns the flushed output.
    ///
    /// # Errors
    /// If the output fails.
    pub fn finish(mut self) -> io::Result<W> {
        self.write_lists()?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Writes what is buffered of the first snapshot now.
    ///
    /// # Errors
    /// If the output fails.
    pub fn write_lists(&mut self) -> io::Result<()> {
        if self.kept == 0 {
            return Ok(());
        }
        self.kept = 0;
        self.places.clear();
        let threads = std::mem::take(&mut self.threads);
        let descriptors = std::mem::take(&mut self.descriptors);
        if !threads.0.is_empty() {
            self.block(THREADS, &[&threads.0])?;
        }
        descriptors.iter().try_for_each(|list| self.block(DESCRIPTORS, &[&list.0]))
    }

    fn block(&mut self, kind: u32, parts: &[&[u8]]) -> io::Result<()> {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        let padded = len.next_multiple_of(4);
        let total = u32::try_from(padded + 12).ok().filter(|_| padded <= LARGEST);
        let total = total.ok_or_else(|| invalid(format!("a block of {len} bytes")))?.to_le_bytes();
        self.out.write_all(&kind.to_le_bytes())?;
        self.out.write_all(&total)?;
        for part in parts {
            self.out.write_all(part)?;
        }
        let padding = [0_u8; 3];
        self.out.write_all(padding.get(..padded - len).unwrap_or_default())?;
        self.out.write_all(&total)
    }
}

fn invalid(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}
