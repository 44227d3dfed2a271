//! Blocks, one after the other.

use std::collections::VecDeque;
use std::io::{self, BufReader, Read};
use std::net::IpAddr;

use peregrine_event::{Category, EventFlags, EventType, HEADER_LEN};

use crate::bytes::Bytes;
use crate::convert::Converter;
use crate::lists;
use crate::tail;

/// The section header's type and magic number.
pub(crate) const SECTION: u32 = 0x0a0d_0d0a;
pub(crate) const MAGIC: u32 = 0x1a2b_3c4d;
/// No block is larger: an event has 64 KiB, a large one and a process list less than this.
pub(crate) const LARGEST: usize = 256 << 20;
/// A bit of an event's flags.
pub(crate) const STATE_ONLY: u32 = 1;

/// Reads an event off the front of a body: its block, and its facts.
type ReadEvent = fn(&[u8]) -> Option<(Vec<u8>, &[u8])>;

/// What is wrong with a capture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScapError {
    /// It is no capture at all.
    #[error("this is no capture: {0}")]
    NotACapture(&'static str),
    /// It ends or breaks in the middle.
    #[error("the capture is damaged at byte {offset}: {what}; what stands before it was read")]
    Damaged {
        /// Offset in the uncompressed bytes.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
    /// It cannot be read.
    #[error("the capture cannot be read at byte {offset}: {source}")]
    Io {
        /// Offset in the uncompressed bytes.
        offset: u64,
        /// Why.
        source: io::Error,
    },
}

/// The machine a capture was made on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// CPUs.
    pub cpus: u32,
    /// The host's name.
    pub hostname: String,
    /// When it was started, nanoseconds since the epoch; 0 unknown.
    pub boot_ns: u64,
}

/// A user or a group of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in /etc/passwd and /etc/group")]
pub enum Account {
    User { uid: u32, gid: u32, name: String, home: String, shell: String },
    Group { gid: u32, name: String },
}

/// One thing a capture tells.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item {
    /// The machine.
    Machine(Machine),
    /// A user or group.
    Account(Account),
    /// The addresses of the machine, each with its netmask.
    Interfaces(Vec<(IpAddr, IpAddr)>),
    /// A thread or descriptor known before the first event, or that only its being there told of: a
    /// record of a first snapshot.
    Known(Vec<u8>),
    /// An event.
    Event {
        /// The CPU it happened on.
        cpu: u16,
        /// It is there for the picture of the host, not for rules.
        state_only: bool,
        /// The block, and behind it the facts where the capture is of ours.
        record: Vec<u8>,
    },
}

/// Reads a capture.
pub struct Reader<'r> {
    input: Box<dyn Read + 'r>,
    /// Where the block in hand begins.
    offset: u64,
    next_offset: u64,
    body: Vec<u8>,
    ready: VecDeque<Item>,
    ended: bool,
    broken: Option<ScapError>,
    converter: Converter,
    left_out: u64,
    why: Option<String>,
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("offset", &self.offset).finish_non_exhaustive()
    }
}

impl<'r> Reader<'r> {
    /// Begins with the first block, taking compression off where there is one.
    ///
    /// # Errors
    /// When the bytes are no capture.
    pub fn new(mut input: impl Read + 'r) -> Result<Self, ScapError> {
        let mut first = [0_u8; 4];
        let got =
            fill(&mut input, &mut first).map_err(|source| ScapError::Io { offset: 0, source })?;
        if got == 0 {
            return Err(ScapError::NotACapture("it is empty"));
        }
        let begun = io::Cursor::new(first.get(..got).unwrap_or_default().to_vec());
        let whole = begun.chain(input);
        let input: Box<dyn Read + 'r> = match first {
            [0x1f, 0x8b, ..] => Box::new(BufReader::with_capacity(
                1 << 16,
                flate2::read::MultiGzDecoder::new(whole),
            )),
            [0x28, 0xb5, 0x2f, 0xfd] => {
                let decoder = zstd::Decoder::new(whole)
                    .map_err(|source| ScapError::Io { offset: 0, source })?;
                Box::new(BufReader::with_capacity(1 << 16, decoder))
            }
            _ => Box::new(BufReader::with_capacity(1 << 16, whole)),
        };
        let mut reader = Self {
            input,
            offset: 0,
            next_offset: 0,
            body: Vec::new(),
            ready: VecDeque::new(),
            ended: false,
            broken: None,
            converter: Converter::default(),
            left_out: 0,
            why: None,
        };
        match reader.block() {
            Ok(Some(SECTION)) => {}
            Ok(_) => return Err(ScapError::NotACapture("it does not begin with a section header")),
            Err(ScapError::Damaged { .. }) => {
                return Err(ScapError::NotACapture("it does not begin with a section header"));
            }
            Err(other) => return Err(other),
        }
        let mut header = Bytes(&reader.body);
        if header.u32() != Some(MAGIC) {
            return Err(ScapError::NotACapture(
                "its byte order is not ours, or it is a capture of another kind",
            ));
        }
        match (header.u16(), header.u16()) {
            (Some(1), Some(_)) => {}
            _ => return Err(ScapError::NotACapture("its section header is not of version 1")),
        }
        // A network capture has the same header; its next block is an interface description.
        match reader.block()? {
            Some(1 | 6) => {
                return Err(ScapError::NotACapture("it is a network capture (pcap-ng)"));
            }
            Some(kind) => {
                if let Err(error) = reader.understand(kind) {
                    reader.ended = true;
                    reader.broken = Some(error);
                }
            }
            None => reader.ended = true,
        }
        Ok(reader)
    }

    /// The next thing; none at the end.
    ///
    /// # Errors
    /// Once, where the capture is damaged; after it nothing comes any more.
    pub fn next_item(&mut self) -> Result<Option<Item>, ScapError> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(item));
            }
            if let Some(error) = self.broken.take() {
                return Err(error);
            }
            if self.ended {
                return Ok(None);
            }
            match self.block() {
                Ok(None) => self.ended = true,
                Ok(Some(kind)) => {
                    // What stands before the damage comes out first.
                    if let Err(error) = self.understand(kind) {
                        self.ended = true;
                        self.broken = Some(error);
                    }
                }
                Err(error) => {
                    self.ended = true;
                    return Err(error);
                }
            }
        }
    }

    fn damaged(&self, what: impl Into<String>) -> ScapError {
        ScapError::Damaged { offset: self.offset, what: what.into() }
    }

    /// Reads one block into `body` and gives its type; none at the end of the file.
    fn block(&mut self) -> Result<Option<u32>, ScapError> {
        self.offset = self.next_offset;
        let offset = self.offset;
        let io_error = |source| ScapError::Io { offset, source };
        let mut head = [0_u8; 8];
        let got = fill(&mut self.input, &mut head).map_err(io_error)?;
        if got == 0 {
            return Ok(None);
        }
        let mut bytes = Bytes(&head);
        let (Some(kind), Some(total), true) = (bytes.u32(), bytes.u32(), got == 8) else {
            return Err(self.damaged("a block's header is cut off"));
        };
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        // Header and trailer are 12 bytes.
        let Some(len) = total.checked_sub(12).filter(|len| *len <= LARGEST) else {
            return Err(self.damaged(format!("a block of {total} bytes")));
        };
        self.body.clear();
        let read = (&mut self.input)
            .take(u64::try_from(len).unwrap_or(0))
            .read_to_end(&mut self.body)
            .map_err(io_error)?;
        let mut trailer = [0_u8; 4];
        let end = fill(&mut self.input, &mut trailer).map_err(io_error)?;
        if read < len || end < 4 {
            return Err(self.damaged("the last block is cut off"));
        }
        if usize::try_from(u32::from_le_bytes(trailer)) != Ok(total) {
            return Err(self.damaged("a block's two lengths differ"));
        }
        self.next_offset = offset + u64::try_from(total).unwrap_or(0);
        Ok(Some(kind))
    }

    /// How many events could not be brought to today's schema, and why the first could not.
    pub fn left_out(&self) -> Option<(u64, &str)> {
        self.why.as_deref().map(|why| (self.left_out, why))
    }

    fn event(&mut self, body: &[u8], read: ReadEvent) -> Option<()> {
        let mut b = Bytes(body);
        let cpu = b.u16()?;
        let (record, facts) = read(b.0)?;
        self.take_event(cpu, false, record, facts);
        Some(())
    }

    fn event_with_flags(&mut self, body: &[u8], read: ReadEvent) -> Option<()> {
        let mut b = Bytes(body);
        let (cpu, flags) = (b.u16()?, b.u32()?);
        let (record, facts) = read(b.0)?;
        self.take_event(cpu, flags & STATE_ONLY != 0, record, facts);
        Some(())
    }

    fn take_event(&mut self, cpu: u16, state_only: bool, mut record: Vec<u8>, facts: &[u8]) {
        let code = code_of(&record);
        if code.and_then(EventType::info).is_some_and(|info| info.is(Category::Iter)) {
            record.extend_from_slice(facts);
            self.ready.push_back(Item::Known(record));
            return;
        }
        match self.converter.convert(&mut record) {
            Ok(true) => {
                // Facts speak of the parameters they were written with.
                if code_of(&record) == code {
                    record.extend_from_slice(facts);
                }
                self.ready.push_back(Item::Event { cpu, state_only, record });
            }
            Ok(false) => {}
            Err(why) => {
                self.left_out += 1;
                self.why.get_or_insert(why);
            }
        }
    }

    fn understand(&mut self, kind: u32) -> Result<(), ScapError> {
        let mut out = Vec::new();
        let body = std::mem::take(&mut self.body);
        let done = match kind {
            0x201 | 0x8002_abcd => machine(&body).map(|machine| out.push(Item::Machine(machine))),
            0x202 | 0x8000_abcd => lists::threads(&body, 1, &mut out),
            0x207 | 0x8013_abcd => lists::threads(&body, 2, &mut out),
            0x209 | 0x8014_abcd => lists::threads(&body, 3, &mut out),
            0x210..=0x215 => {
                let version = u8::try_from(kind - 0x20c).unwrap_or(9);
                lists::threads(&body, version, &mut out)
            }
            0x203 | 0x8001_abcd => lists::descriptors(&body, 1, &mut out),
            0x218 => lists::descriptors(&body, 2, &mut out),
            0x205 | 0x8011_abcd => lists::interfaces(&body, 1, &mut out),
            0x219 => lists::interfaces(&body, 2, &mut out),
            0x206 | 0x8012_abcd => lists::accounts(&body, 1, &mut out),
            0x220 => lists::accounts(&body, 2, &mut out),
            0x216 | 0x221 => self.event(&body, event_of),
            0x217 | 0x222 => self.event_with_flags(&body, event_of),
            0x204 | 0x8010_abcd => self.event(&body, old_event_of),
            0x208 => self.event_with_flags(&body, old_event_of),
            // A further section, blocks of a later format: nothing we need.
            _ => Some(()),
        };
        self.body = body;
        self.ready.extend(out);
        done.ok_or_else(|| self.damaged(format!("the content of a block of type {kind:#x}")))
    }
}

/// Reads until the buffer is full or the input ends; how much came.
fn fill(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while let Some(rest) = buffer.get_mut(got..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(more) => got += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

fn machine(body: &[u8]) -> Option<Machine> {
    let mut b = Bytes(body);
    let cpus = b.u32()?;
    b.take(16)?;
    let name = b.take(128)?;
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
    let boot_ns = b.u64()?;
    Some(Machine { cpus, hostname: String::from_utf8_lossy(name).into_owned(), boot_ns })
}

/// The event at the front of a body. Behind it lie its facts where the capture is of ours, and padding.
fn event_of(body: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    // The event says how long it is: ts, tid, then the length of all of it.
    let len = u32::from_le_bytes(body.get(16..20)?.try_into().ok()?);
    let (block, rest) = body.split_at_checked(usize::try_from(len).ok()?)?;
    Some((block.to_vec(), tail::read(rest)))
}

fn code_of(record: &[u8]) -> Option<EventType> {
    Some(EventType(u16::from_le_bytes(record.get(20..22)?.try_into().ok()?)))
}

/// An event of before 2020 in today's form: its header does not say how many parameters there are.
fn old_event_of(body: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    const OLD_HEADER: usize = 22;
    let len = usize::try_from(u32::from_le_bytes(body.get(16..20)?.try_into().ok()?)).ok()?;
    let code = u16::from_le_bytes(body.get(20..22)?.try_into().ok()?);
    // Writers of these two counted three bytes too many.
    let len = if matches!(code, 280 | 286) { len.checked_sub(3)? } else { len };
    let rest = body.get(OLD_HEADER..len)?;
    let Some(info) = EventType(code).info() else {
        // Left out below, whatever is in it.
        return Some((new_event(body, code, 0, &[])?, &[]));
    };
    let width = if info.flags.has(EventFlags::LARGE_PAYLOAD) { 4 } else { 2 };
    // As many as make the lengths fit: the most of them, as trailing empty ones cannot be told.
    let mut fitting = None;
    let mut values = 0_usize;
    for count in 0..=info.params.len() {
        if rest.len() == (count * width).checked_add(values)? {
            fitting = Some(count);
        }
        let Some(length) = rest.get(count * width..(count + 1) * width) else { break };
        let mut wide = [0_u8; 4];
        wide.get_mut(..width)?.copy_from_slice(length);
        values = values.checked_add(usize::try_from(u32::from_le_bytes(wide)).ok()?)?;
    }
    Some((new_event(body, code, u32::try_from(fitting?).ok()?, rest)?, &[]))
}

fn new_event(old: &[u8], code: u16, nparams: u32, rest: &[u8]) -> Option<Vec<u8>> {
    let len = u32::try_from(HEADER_LEN.checked_add(rest.len())?).ok()?;
    let mut record = Vec::with_capacity(HEADER_LEN + rest.len());
    record.extend_from_slice(old.get(..16)?);
    record.extend_from_slice(&len.to_le_bytes());
    record.extend_from_slice(&code.to_le_bytes());
    record.extend_from_slice(&nparams.to_le_bytes());
    record.extend_from_slice(rest);
    Some(record)
}
