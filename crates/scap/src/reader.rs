//! Reads captures.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::net::IpAddr;
use std::ops::Range;

use peregrine_event::{Category, EventFlags, EventType, HEADER_LEN};

use crate::blocks::Blocks;
use crate::bytes::Bytes;
use crate::convert::{Converter, Step, passes};
use crate::error::{ConvertError, Damage, NotACapture, ScapError};
use crate::lists;
use crate::tail;

/// The section header's type and magic number.
pub(crate) const SECTION: u32 = 0x0a0d_0d0a;
pub(crate) const MAGIC: u32 = 0x1a2b_3c4d;
/// A bit of an event's flags.
pub(crate) const STATE_ONLY: u32 = 1;

/// The machine a capture was made on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// CPUs.
    pub cpus: u32,
    /// The host's name.
    pub hostname: String,
    /// Boot time, nanoseconds since the epoch; 0 unknown.
    pub boot_ns: u64,
}

/// A user or a group of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in /etc/passwd and /etc/group")]
pub enum UserEntry {
    User { uid: u32, gid: u32, name: String, home: String, shell: String },
    Group { gid: u32, name: String },
}

/// An item of a capture. Records of the current schema are borrowed from the reader's buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item<'b> {
    /// The machine.
    Machine(Machine),
    /// A user or group.
    UserEntry(UserEntry),
    /// The addresses of the machine with their netmasks.
    Interfaces(Vec<(IpAddr, IpAddr)>),
    /// A thread or descriptor that no event created: a record of a first snapshot.
    Snapshot(Cow<'b, [u8]>),
    /// An event.
    Event {
        /// The CPU it happened on.
        cpu: u16,
        /// The event is there to update state, and is not evaluated by rules.
        state_only: bool,
        /// The block, and behind it the trailer in captures of Peregrine.
        record: Cow<'b, [u8]>,
    },
}

impl Item<'_> {
    /// The same without a borrow of the reader.
    pub fn into_owned(self) -> Item<'static> {
        let owned = |record: Cow<'_, [u8]>| Cow::Owned(record.into_owned());
        match self {
            Self::Machine(machine) => Item::Machine(machine),
            Self::UserEntry(account) => Item::UserEntry(account),
            Self::Interfaces(interfaces) => Item::Interfaces(interfaces),
            Self::Snapshot(record) => Item::Snapshot(owned(record)),
            Self::Event { cpu, state_only, record } => {
                Item::Event { cpu, state_only, record: owned(record) }
            }
        }
    }
}

/// An event of the current block.
struct Found {
    cpu: u16,
    state_only: bool,
    /// The block, where it was converted.
    made: Option<Vec<u8>>,
    /// Its range in the body, where it was not.
    place: Range<usize>,
    /// The range of its trailer in the body.
    trailer: Range<usize>,
}

/// Reads a capture.
pub struct Reader<'r> {
    blocks: Blocks<'r>,
    ready: VecDeque<Item<'static>>,
    ended: bool,
    broken: Option<ScapError>,
    /// The event in the block that `new` has read already.
    begun: Option<Found>,
    converter: Converter,
    left_out: u64,
    why: Option<ConvertError>,
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("offset", &self.blocks.offset()).finish_non_exhaustive()
    }
}

impl<'r> Reader<'r> {
    /// Reads the first block, and decompresses the input where necessary.
    ///
    /// # Errors
    /// If the bytes are not a capture.
    pub fn new(mut input: impl Read + 'r) -> Result<Self, ScapError> {
        let mut first = [0_u8; 4];
        let got =
            fill(&mut input, &mut first).map_err(|source| ScapError::Io { offset: 0, source })?;
        if got == 0 {
            return Err(NotACapture::Empty.into());
        }
        let begun = io::Cursor::new(first.get(..got).unwrap_or_default().to_vec());
        let whole = begun.chain(input);
        let input: Box<dyn Read + 'r> = match first {
            [0x1f, 0x8b, ..] => Box::new(flate2::read::MultiGzDecoder::new(whole)),
            [0x28, 0xb5, 0x2f, 0xfd] => {
                let decoder = zstd::Decoder::new(whole)
                    .map_err(|source| ScapError::Io { offset: 0, source })?;
                Box::new(decoder)
            }
            _ => Box::new(whole),
        };
        let mut reader = Self {
            blocks: Blocks::new(input),
            ready: VecDeque::new(),
            ended: false,
            broken: None,
            begun: None,
            converter: Converter::default(),
            left_out: 0,
            why: None,
        };
        match reader.blocks.advance() {
            Ok(Some(SECTION)) => {}
            Ok(_) | Err(ScapError::Damaged { .. }) => {
                return Err(NotACapture::NoSectionHeader.into());
            }
            Err(other) => return Err(other),
        }
        let mut header = Bytes(reader.blocks.body());
        if header.u32() != Some(MAGIC) {
            return Err(NotACapture::Foreign.into());
        }
        match (header.u16(), header.u16()) {
            (Some(1), Some(_)) => {}
            _ => return Err(NotACapture::Version.into()),
        }
        // A network capture has the same header; its next block is an interface description.
        match reader.blocks.advance()? {
            Some(1 | 6) => return Err(NotACapture::Packets.into()),
            Some(kind) => {
                reader.begun = reader.understand(kind);
            }
            None => reader.ended = true,
        }
        Ok(reader)
    }

    /// The next item; `None` at the end.
    ///
    /// # Errors
    /// Once, if the capture is damaged; after it come no further items.
    pub fn next_item(&mut self) -> Result<Option<Item<'_>>, ScapError> {
        let mut found = self.begun.take();
        while found.is_none() {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(item));
            }
            if let Some(error) = self.broken.take() {
                return Err(error);
            }
            if self.ended {
                return Ok(None);
            }
            match self.blocks.advance() {
                Ok(None) => self.ended = true,
                // Nearly all blocks.
                Ok(Some(kind @ (0x216 | 0x217 | 0x221 | 0x222))) => {
                    let with_flags = matches!(kind, 0x217 | 0x222);
                    if let Some((cpu, state_only, place)) = self.as_it_stands(with_flags) {
                        let record = self.blocks.body().get(place).unwrap_or_default().into();
                        return Ok(Some(Item::Event { cpu, state_only, record }));
                    }
                    found = self.understand(kind);
                }
                Ok(Some(kind)) => found = self.understand(kind),
                Err(error) => {
                    self.ended = true;
                    return Err(error);
                }
            }
        }
        Ok(found.map(|found| {
            let Found { cpu, state_only, made, place, .. } = found;
            let lent = || self.blocks.body().get(place).unwrap_or_default();
            let record = made.map_or_else(|| Cow::Borrowed(lent()), Cow::Owned);
            Item::Event { cpu, state_only, record }
        }))
    }

    /// How many events could not be converted, and why the first could not.
    pub fn left_out(&self) -> Option<(u64, &ConvertError)> {
        self.why.as_ref().map(|why| (self.left_out, why))
    }

    /// The event of the current block if it can be borrowed: of the current schema, without a trailer.
    fn as_it_stands(&self, with_flags: bool) -> Option<(u16, bool, Range<usize>)> {
        let mut b = Bytes(self.blocks.body());
        let whole = b.0.len();
        let cpu = b.u16()?;
        let flags = if with_flags { b.u32()? } else { 0 };
        let begin = whole - b.0.len();
        let len = usize::try_from(u32::from_le_bytes(*b.0.get(16..)?.first_chunk()?)).ok()?;
        let (record, behind) = b.0.split_at_checked(len)?;
        let as_it_stands = behind.len() < tail::LEAST && passes(record);
        as_it_stands.then_some((cpu, flags & STATE_ONLY != 0, begin..begin + len))
    }

    /// Reads the current block: returns an event, and queues anything else in `ready`.
    fn understand(&mut self, kind: u32) -> Option<Found> {
        let body = self.blocks.body();
        let out = &mut self.ready;
        let done = match kind {
            0x201 | 0x8002_abcd => {
                machine(body).map(|machine| out.push_back(Item::Machine(machine)))
            }
            0x202 | 0x8000_abcd => lists::threads(body, 1, out),
            0x207 | 0x8013_abcd => lists::threads(body, 2, out),
            0x209 | 0x8014_abcd => lists::threads(body, 3, out),
            0x210..=0x215 => {
                let version = u8::try_from(kind - 0x20c).unwrap_or(9);
                lists::threads(body, version, out)
            }
            0x203 | 0x8001_abcd => lists::descriptors(body, 1, out),
            0x218 => lists::descriptors(body, 2, out),
            0x205 | 0x8011_abcd => lists::interfaces(body, 1, out),
            0x219 => lists::interfaces(body, 2, out),
            0x206 | 0x8012_abcd => lists::accounts(body, 1, out),
            0x220 => lists::accounts(body, 2, out),
            0x216 | 0x217 | 0x221 | 0x222 | 0x204 | 0x8010_abcd | 0x208 => {
                let with_flags = matches!(kind, 0x217 | 0x222 | 0x208);
                let old = matches!(kind, 0x204 | 0x8010_abcd | 0x208);
                match found(body, with_flags, old) {
                    Some(found) => return self.today(found),
                    None => None,
                }
            }
            // A further section, or blocks of a later format: ignored.
            _ => Some(()),
        };
        if done.is_none() {
            // What comes before the damage is returned first.
            self.ended = true;
            self.broken = Some(self.blocks.damaged(Damage::Content { kind }));
        }
        None
    }

    /// Converts an event and adds its trailer; `None` where nothing is left of it. A record of a snapshot
    /// is queued in `ready`.
    fn today(&mut self, mut found: Found) -> Option<Found> {
        let body = self.blocks.body();
        let lent = body.get(found.place.clone()).unwrap_or_default();
        let trailer = body.get(found.trailer.clone()).unwrap_or_default();
        let mut made = found.made.take();
        let code = code_of(made.as_deref().unwrap_or(lent));
        if code.and_then(EventType::info).is_some_and(|info| info.is(Category::Iter)) {
            let record = [made.as_deref().unwrap_or(lent), trailer].concat();
            self.ready.push_back(Item::Snapshot(record.into()));
            return None;
        }
        let mut kept = Ok(true);
        if made.is_none() {
            match self.converter.step(lent) {
                Ok(Step::Same) => {}
                Ok(Step::Became(newer)) => made = Some(newer),
                Ok(Step::Dropped) => return None,
                Err(why) => kept = Err(why),
            }
        }
        if let Some(made) = &mut made {
            kept = self.converter.convert(made);
        }
        // Facts refer to the parameters they were written with.
        if !trailer.is_empty() && made.as_deref().map_or(code, code_of) == code {
            match &mut made {
                Some(made) => made.extend_from_slice(trailer),
                None => found.place = self.blocks.join(found.place, found.trailer.clone()),
            }
        }
        match kept {
            Ok(true) => Some(Found { made, ..found }),
            Ok(false) => None,
            Err(why) => {
                self.left_out += 1;
                self.why.get_or_insert(why);
                None
            }
        }
    }
}

/// Reads until the buffer is full or the input ends; returns the bytes read.
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

/// The event of a body: the CPU, flags in some blocks, the event, its trailer in captures of Peregrine,
/// padding.
fn found(body: &[u8], with_flags: bool, old: bool) -> Option<Found> {
    let mut b = Bytes(body);
    let cpu = b.u16()?;
    let flags = if with_flags { b.u32()? } else { 0 };
    let begin = body.len() - b.0.len();
    // The event has its length behind ts and tid.
    let len = u32::from_le_bytes(b.0.get(16..20)?.try_into().ok()?);
    let len = usize::try_from(len).ok()?;
    let state_only = flags & STATE_ONLY != 0;
    if old {
        let made = Some(old_event_of(b.0)?);
        return Some(Found { cpu, state_only, made, place: 0..0, trailer: 0..0 });
    }
    let (_, rest) = b.0.split_at_checked(len)?;
    let place = begin..begin + len;
    let trailer = tail::place(rest).map_or(0..0, |at| place.end + at.start..place.end + at.end);
    Some(Found { cpu, state_only, made: None, place, trailer })
}

fn code_of(record: &[u8]) -> Option<EventType> {
    Some(EventType(u16::from_le_bytes(record.get(20..22)?.try_into().ok()?)))
}

/// An event from before 2020 in the current form: its header lacks the number of parameters.
fn old_event_of(body: &[u8]) -> Option<Vec<u8>> {
    const OLD_HEADER: usize = 22;
    let len = usize::try_from(u32::from_le_bytes(body.get(16..20)?.try_into().ok()?)).ok()?;
    let code = u16::from_le_bytes(body.get(20..22)?.try_into().ok()?);
    // Writers of these two counted three bytes too many.
    let len = if matches!(code, 280 | 286) { len.checked_sub(3)? } else { len };
    let rest = body.get(OLD_HEADER..len)?;
    let Some(info) = EventType(code).info() else {
        // Skipped later, whatever it contains.
        return new_event(body, code, 0, &[]);
    };
    let width = if info.flags.has(EventFlags::LARGE_PAYLOAD) { 4 } else { 2 };
    // The largest number for which the lengths fit: trailing empty parameters cannot be seen.
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
    new_event(body, code, u32::try_from(fitting?).ok()?, rest)
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
