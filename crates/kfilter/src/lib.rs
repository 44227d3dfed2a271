//! What the kernel may decide about an event before it is made: a program per system call over a
//! few tests, and its bytes as the probe's C reads them (`struct pushdown` of
//! `crates/probe/bpf/pushdown.h`).
//!
//! A test says yes, no or "cannot know". A step follows its `yes` where the test, or its opposite
//! with `not`, holds **or cannot be known**: an unknown never drops an event.

use std::net::IpAddr;

use crate::pushdown_facts::{self, FactTables};
use crate::{SyscallSet, syscalls};

/// What a step asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Test {
    /// The result is below this number.
    ResultBelow(i64),
    /// The result is this number.
    ResultIs(i64),
    /// One of these bits is among the flags of the open, in the capture format's numbers.
    Flags(u32),
    /// One of these bits is in the mode of the open.
    Mode(u32),
    /// What was opened is one of these ([`kinds`]).
    Kind(u32),
    /// The name is one of these, whichever of the file's names is looked at.
    Name(Vec<NameTest>),
    /// The name as asked holds two dots in a row: known to be false, never known to be true.
    Dots,
    /// The descriptor is of one of these kinds: `SCAP_FD_*` as bits.
    FdKind(u32),
    /// It has one of these transport protocols: `SCAP_L4_*` as bits.
    Transport(u32),
    /// It is an internet socket without another end.
    Unmet,
    /// A port of the connection lies between these, both included.
    Port {
        /// The first.
        from: u16,
        /// The last.
        to: u16,
        /// Whichever end has it; else one of the two, and which of them is not known here.
        either: bool,
    },
    /// An address of the connection lies in this network.
    Net {
        /// An address of it.
        net: IpAddr,
        /// How many of its bits count.
        prefix: u8,
        /// As in [`Test::Port`].
        either: bool,
    },
    /// The name of the process, or of one above it, is one of these.
    ProcessName(Whose, Vec<Vec<u8>>),
    /// The effective user lies between these, both included.
    Uid {
        /// The first.
        from: u32,
        /// The last.
        to: u32,
    },
    /// The process runs in a container.
    Container,
}

/// Whose name [`Test::ProcessName`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whose {
    /// The caller's own.
    Own,
    /// Its parent's.
    Parent,
    /// That of any process above it.
    Above,
}

/// Bits of [`Test::Kind`].
pub mod kinds {
    /// Nothing: the call failed.
    pub const FAILED: u32 = 1;
    /// A file that lies in a folder.
    pub const FILE: u32 = 2;
    /// A folder.
    pub const DIRECTORY: u32 = 4;
}

/// What is asked of a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameTest {
    /// It is this.
    Exact(Vec<u8>),
    /// It begins so.
    Prefix(Vec<u8>),
    /// The part before its last slash is this.
    Directory(Vec<u8>),
    /// The part behind its last slash is this.
    Filename(Vec<u8>),
    /// It ends so.
    Suffix(Vec<u8>),
    /// It holds this, which is a name's part with a dot in front ("/."): known to be false where it has
    /// no such part, never known to be true.
    Hidden(Vec<u8>),
}

/// Where a step leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goto {
    /// To a later step of the row.
    Step(u16),
    /// The event is told.
    Pass,
    /// It is not.
    Drop,
}

/// One test and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is asked.
    pub test: Test,
    /// Whether the opposite is asked.
    pub not: bool,
    /// Where it holds or cannot be known.
    pub yes: Goto,
    /// Where it does not hold.
    pub no: Goto,
}

/// The steps of each call that is filtered; every other call is told whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pushdown {
    /// By id of the call. A call without steps is dropped whole.
    pub calls: Vec<(u16, Vec<Step>)>,
}

/// Rows of the probe's table of calls.
pub const ROWS: usize = 1024;
const STEPS: usize = 1024;
/// The kernel walks so many steps of a row; a longer row is told whole.
pub const MAX_STEPS: usize = 96;
const BUCKETS: usize = 256;
const WAYS: usize = 4;
const SUFFIXES: usize = 32;
/// Names are told apart by their first four bytes, which have one of so many places.
const STARTS: usize = 64;
/// Sets of names there can be, a bit each; the last bit is [`Test::Dots`].
const NAMES: usize = 63;
const LONGEST: usize = 255;
const PASS: u16 = 0xffff;
const DROP: u16 = 0xfffe;

const STEP_BYTES: usize = STEPS * 16;
/// As `PD_FILES`.
const FILES: usize = 65_536;
/// Bytes of `struct pushdown`; a test compares it with what the C side says.
pub const SIZE: u32 = 39_736 + pushdown_facts::SIZE;

const SALT_EXACT: u64 = 0x9e37_79b9_7f4a_7c15;
const SALT_DIRECTORY: u64 = 0xc2b2_ae3d_27d4_eb4f;
const SALT_FILENAME: u64 = 0x1656_67b1_9e37_79f9;

/// One more word of a name into its hash; as `pd_mix`.
fn mix(hash: u64, word: u64, seed: u64) -> u64 {
    let mixed = (hash ^ word).wrapping_mul(seed | 1);
    let mixed = (mixed ^ mixed >> 32).wrapping_mul(SALT_EXACT);
    mixed ^ mixed >> 29
}

/// The whole words of a text, then the rest of it, which may be empty.
fn hash(text: &[u8], seed: u64) -> u64 {
    let (words, rest) = text.as_chunks::<8>();
    let hash = words.iter().fold(seed, |hash, word| mix(hash, u64::from_le_bytes(*word), seed));
    let last = rest.iter().rev().fold(0, |last, byte| last << 8 | u64::from(*byte));
    mix(hash, last, seed)
}

/// Which of the places the first four bytes of a text have; as `pd_place`.
fn place(text: &[u8]) -> usize {
    let four = text.iter().take(4).rev().fold(0, |four, byte| four << 8 | u64::from(*byte));
    (four.wrapping_mul(SALT_DIRECTORY) >> 58) as usize
}

struct Names {
    seed: u64,
    sets: Vec<Vec<NameTest>>,
    /// By place of the beginning: lengths of prefixes, a bit each; bit 0 for whole names and folders.
    starts: Vec<[u64; 4]>,
    /// Places that names of files have.
    files: u64,
    /// Sets with [`NameTest::Hidden`].
    hidden: u64,
    suffixes: Vec<(u64, u64, u64)>,
    slots: Vec<[(u64, u64); WAYS]>,
    /// Sets that cannot be put into the tables: never known.
    given_up: u64,
    /// Sets of which only the end is looked at: never known to hold.
    partly: u64,
}

impl Names {
    fn new(seed: u64) -> Self {
        Self {
            seed,
            sets: Vec::new(),
            starts: vec![[0; 4]; STARTS],
            files: 0,
            hidden: 0,
            suffixes: Vec::new(),
            slots: vec![[(0, 0); WAYS]; BUCKETS],
            given_up: 0,
            partly: 0,
        }
    }

    /// The bit of a set. None: it cannot be known.
    fn bit(&mut self, set: &[NameTest]) -> Option<u64> {
        let known = self.sets.iter().position(|one| one == set);
        let index = known.or_else(|| {
            (self.sets.len() < NAMES).then(|| {
                self.sets.push(set.to_vec());
                let index = self.sets.len() - 1;
                if !set.iter().all(|test| self.insert(test, 1 << index)) {
                    self.given_up |= 1 << index;
                }
                index
            })
        })?;
        (self.given_up & 1 << index == 0).then_some(index as u64)
    }

    /// Whether there was room.
    fn insert(&mut self, test: &NameTest, mask: u64) -> bool {
        let seed = self.seed;
        let (NameTest::Exact(text)
        | NameTest::Prefix(text)
        | NameTest::Directory(text)
        | NameTest::Filename(text)
        | NameTest::Suffix(text)
        | NameTest::Hidden(text)) = test;
        // The kernel takes a zero for the end.
        if text.is_empty() || text.len() > LONGEST - 1 || text.contains(&0) {
            return false;
        }
        match test {
            NameTest::Exact(text) => {
                self.begins(text, 0);
                self.slot(hash(text, seed) ^ SALT_EXACT, mask)
            }
            NameTest::Directory(text) => {
                self.begins(text, 0);
                self.slot(hash(text, seed) ^ SALT_DIRECTORY, mask)
            }
            NameTest::Filename(text) => {
                self.files |= 1 << place(text);
                self.slot(hash(text, seed) ^ SALT_FILENAME, mask)
            }
            NameTest::Prefix(text) => {
                self.begins(text, text.len());
                self.slot(hash(text, seed), mask)
            }
            NameTest::Hidden(text) => {
                self.hidden |= mask;
                self.partly |= mask;
                text.windows(2).any(|two| two == b"/.")
            }
            NameTest::Suffix(text) => {
                let last = text.get(text.len().saturating_sub(8)..).unwrap_or_default();
                // The last byte stands highest, as in a word that ends where the name does.
                let shift = 64 - 8 * last.len();
                let value = last.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
                let (value, cover) = (value << shift, u64::MAX << shift);
                if self.suffixes.len() == SUFFIXES {
                    return false;
                }
                if text.len() > 8 {
                    self.partly |= mask;
                }
                self.suffixes.push((value, cover, mask));
                true
            }
        }
    }

    /// A bit for the names that begin as a text does.
    fn begins(&mut self, text: &[u8], bit: usize) {
        let of = place(text);
        for (place, lengths) in self.starts.iter_mut().enumerate() {
            // What is shorter than a beginning may stand before any.
            if (place == of || text.len() < 4)
                && let Some(word) = lengths.get_mut(bit / 64)
            {
                *word |= 1 << (bit % 64);
            }
        }
    }

    fn slot(&mut self, key: u64, mask: u64) -> bool {
        let Some(bucket) = self.slots.get_mut((key >> 56) as usize) else { return false };
        match bucket.iter_mut().find(|slot| slot.0 == key || slot.1 == 0) {
            Some(slot) => {
                *slot = (key, slot.1 | mask);
                true
            }
            None => false,
        }
    }
}

/// The bytes of the probe's `known_files`: a bit for each of these files, by device (as the kernel's
/// facts tell it) and inode.
pub fn known_files(files: impl IntoIterator<Item = (u32, u64)>) -> Vec<u8> {
    let mut bits = vec![0_u8; FILES / 8];
    for (dev, ino) in files {
        let place = (ino ^ u64::from(dev) << 32).wrapping_mul(SALT_DIRECTORY) >> 48;
        if let Some(byte) = bits.get_mut(place as usize / 8) {
            *byte |= 1 << (place % 8);
        }
    }
    bits
}

impl Pushdown {
    /// Whether nothing is filtered.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Whether a test of some call is such a one.
    pub fn asks(&self, such: &dyn Fn(&Test) -> bool) -> bool {
        self.calls.iter().any(|(_, steps)| steps.iter().any(|step| such(&step.test)))
    }

    /// The calls that are filtered.
    pub fn filtered(&self) -> SyscallSet {
        self.calls.iter().map(|(call, _)| *call).collect()
    }

    /// The bytes of `struct pushdown`. `row` says where a call stands in the table of calls;
    /// `seed` keeps others from making names that hash like those of the rules.
    pub fn encode(&self, seed: u64, row: impl Fn(u16) -> Option<u16>) -> Vec<u8> {
        let mut names = Names::new(seed);
        let mut facts = FactTables::new();
        let mut rows = vec![(PASS, 0_u16); ROWS];
        let mut steps: Vec<u8> = Vec::new();
        for (call, row_steps) in &self.calls {
            let Some(place) = row(*call).and_then(|row| rows.get_mut(usize::from(row))) else {
                continue;
            };
            let begin = steps.len() / 16;
            if row_steps.len() > MAX_STEPS || begin + row_steps.len() > STEPS {
                continue;
            }
            let mut wants = 0;
            for step in row_steps {
                let (kind, arg): (u8, u64) = match &step.test {
                    Test::ResultBelow(number) => (0, number.cast_unsigned()),
                    Test::ResultIs(number) => (1, number.cast_unsigned()),
                    Test::Flags(bits) => (2, u64::from(*bits)),
                    Test::Mode(bits) => (3, u64::from(*bits)),
                    Test::Kind(bits) => (4, u64::from(*bits)),
                    Test::Name(set) => names.bit(set).map_or((6, 0), |bit| (5, bit)),
                    Test::Dots => (5, NAMES as u64),
                    other => {
                        let (kind, arg, gathered) = facts.step(other).unwrap_or((6, 0, 0));
                        wants |= gathered;
                        (kind, arg)
                    }
                };
                let goto = |goto: Goto| match goto {
                    Goto::Step(step) => u16::try_from(begin).unwrap_or(PASS).saturating_add(step),
                    Goto::Pass => PASS,
                    Goto::Drop => DROP,
                };
                steps.extend([kind, u8::from(step.not)]);
                steps.extend(goto(step.yes).to_le_bytes());
                steps.extend(goto(step.no).to_le_bytes());
                steps.extend([0; 2]);
                steps.extend(arg.to_le_bytes());
            }
            let first = u16::try_from(begin).unwrap_or(PASS);
            *place = (if row_steps.is_empty() { DROP } else { first }, wants);
        }
        let mut bytes = Vec::new();
        bytes.extend(seed.to_le_bytes());
        bytes.extend(0_u64.to_le_bytes());
        bytes.extend(names.partly.to_le_bytes());
        for word in names.starts.iter().flatten().copied() {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(names.files.to_le_bytes());
        bytes.extend(names.hidden.to_le_bytes());
        let ends = |all, (value, ..): &(u64, u64, u64)| all | 1_u64 << (value >> 56 & 63);
        bytes.extend(names.suffixes.iter().fold(0, ends).to_le_bytes());
        bytes.extend((names.suffixes.len() as u64).to_le_bytes());
        names.suffixes.resize(SUFFIXES, (u64::MAX, 0, 0));
        for (value, cover, mask) in names.suffixes {
            for word in [value, cover, mask] {
                bytes.extend(word.to_le_bytes());
            }
        }
        for (begin, wants) in rows {
            bytes.extend(begin.to_le_bytes());
            bytes.extend(wants.to_le_bytes());
        }
        steps.resize(STEP_BYTES, 0);
        bytes.extend(steps);
        for (key, mask) in names.slots.iter().flatten() {
            bytes.extend(key.to_le_bytes());
            bytes.extend(mask.to_le_bytes());
        }
        bytes.extend(facts.bytes());
        bytes
    }

    /// What is asked of a call, for people; none: it is told whole.
    pub fn describe(&self, call: &str) -> Option<&[Step]> {
        let id = syscalls::by_name(call)?.id;
        self.calls.iter().find(|(one, _)| *one == id).map(|(_, steps)| steps.as_slice())
    }
}
