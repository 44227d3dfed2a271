//! The kernel's filter, compiled for user space from the header that the kernel programs include.

use std::ffi::c_int;

use crate::kinds;
use crate::layout::SIZE;
pub use crate::layout::{Fd, ProcessFacts, Who};

unsafe extern "C" {
    fn peregrine_kfilter_passes(
        table: *const u8,
        row: u32,
        ret: i64,
        flags: u32,
        mode: u32,
        kind: u32,
        asked: *const u8,
        asked_len: u32,
        walked: *const u8,
        walked_len: u32,
        other_names: c_int,
        below: c_int,
        who: *const Who,
        fd: *const Fd,
    ) -> c_int;
    fn peregrine_kfilter_rename(facts: *mut ProcessFacts, first: u64, last: u64);
    fn peregrine_kfilter_own(
        table: *const u8,
        who: *mut Who,
        own: *const ProcessFacts,
        first: *const ProcessFacts,
        uid: u32,
    ) -> u64;
    fn peregrine_kfilter_above(
        table: *const u8,
        who: *mut Who,
        above: *const ProcessFacts,
        level: u32,
    ) -> c_int;
    fn peregrine_kfilter_above_ends(who: *mut Who);
}

/// A name as the kernel has it: 16 bytes, zeros behind it.
pub fn name(text: &str) -> [u64; 2] {
    let word = |from: usize| {
        let letters = text.bytes().take(15).skip(from).take(8);
        letters.enumerate().fold(0, |word, (place, byte)| word | u64::from(byte) << (8 * place))
    };
    [word(0), word(8)]
}

impl ProcessFacts {
    /// The thread is renamed.
    pub fn rename(&mut self, to: &str) {
        let [first, last] = name(to);
        // SAFETY: the structure is laid out as C's, and only used during the call.
        unsafe { peregrine_kfilter_rename(self, first, last) }
    }
}

fn or_null(facts: Option<&ProcessFacts>) -> *const ProcessFacts {
    facts.map_or(std::ptr::null(), std::ptr::from_ref)
}

impl Who {
    /// Sets what is known of the caller; `cgroup` is 0 where its control group is unknown.
    pub fn own(
        &mut self,
        table: &Table,
        own: Option<&ProcessFacts>,
        first: Option<&ProcessFacts>,
        uid: u32,
    ) -> u64 {
        // SAFETY: a table is whole, the structures are laid out as C's or null, which it takes for
        // "nothing is known"; it keeps no pointer.
        unsafe { peregrine_kfilter_own(table.bytes(), self, or_null(own), or_null(first), uid) }
    }

    /// Adds an ancestor. Returns whether further ancestors can be known.
    pub fn above(&mut self, table: &Table, above: Option<&ProcessFacts>, level: u32) -> bool {
        // SAFETY: as in `own`.
        unsafe { peregrine_kfilter_above(table.bytes(), self, or_null(above), level) != 0 }
    }

    /// The chain of ancestors ended early.
    pub fn above_ends(&mut self) {
        // SAFETY: the structure is laid out as C's, and only used during the call.
        unsafe { peregrine_kfilter_above_ends(self) }
    }
}

/// The bytes of a table, aligned to words.
#[derive(Debug, Clone)]
pub struct Table(Vec<u64>);

impl Table {
    /// Copies them.
    ///
    /// # Panics
    /// When their number is not the one the filter reads.
    pub fn new(bytes: &[u8]) -> Self {
        assert_eq!(bytes.len(), SIZE as usize, "the table is whole");
        let word = |word: &[u8]| u64::from_ne_bytes(word.try_into().unwrap_or_default());
        Self(bytes.chunks_exact(8).map(word).collect())
    }

    fn bytes(&self) -> *const u8 {
        self.0.as_ptr().cast()
    }
}

/// A call as the kernel sees it.
#[derive(Debug, Clone, Copy)]
pub struct Call<'c> {
    /// Its row in the table of calls.
    pub row: u16,
    /// Its result.
    pub ret: i64,
    /// Flags of the open, in the capture format's numbers.
    pub flags: u32,
    /// The mode of the open.
    pub mode: u32,
    /// What was opened (`crate::kinds`); 0: unknown.
    pub kind: u32,
    /// The requested name.
    pub asked: &'c [u8],
    /// The name as the kernel walked it, where something was opened.
    pub walked: Option<&'c [u8]>,
    /// Whether the file has other names.
    pub other_names: bool,
    /// Whether the requested name is relative, and the walked name is that of the folder it begins at
    /// followed by the requested name.
    pub below: bool,
    /// The process.
    pub who: Who,
    /// The descriptor.
    pub fd: Fd,
}

impl<'c> Call<'c> {
    /// Opens a file by the name that the kernel has for it; the process is unknown.
    pub fn of_file(row: u16, name: &'c [u8]) -> Self {
        Self {
            row,
            ret: 3,
            flags: 0,
            mode: 0,
            kind: kinds::FILE,
            asked: name,
            walked: Some(name),
            other_names: false,
            below: false,
            who: Who::default(),
            fd: Fd::default(),
        }
    }
}

/// As the kernel reads a name: as much as fits with its NUL; the bytes behind it are undefined.
fn buffer(text: &[u8]) -> ([u8; 264], u32) {
    let mut buffer = *b"/etc/../x".repeat(30).first_chunk().unwrap_or(&[0; 264]);
    let text = text.get(..255).unwrap_or(text);
    for (place, byte) in buffer.iter_mut().zip(text.iter().chain([&0])) {
        *place = *byte;
    }
    (buffer, u32::try_from(text.len()).unwrap_or(u32::MAX))
}

/// Whether the kernel emits the event of this call.
pub fn passes(table: &Table, call: &Call<'_>) -> bool {
    let (asked, asked_len) = buffer(call.asked);
    let walked = call.walked.map(buffer);
    let walked = walked.as_ref().map_or((std::ptr::null(), 0), |(text, len)| (text.as_ptr(), *len));
    // SAFETY: a table is whole, the texts are buffers of the length the filter reads, or null where it
    // takes that for "none", the structures are laid out as C's; it keeps no pointer.
    let reported = unsafe {
        peregrine_kfilter_passes(
            table.bytes(),
            u32::from(call.row),
            call.ret,
            call.flags,
            call.mode,
            call.kind,
            asked.as_ptr(),
            asked_len,
            walked.0,
            walked.1,
            c_int::from(call.other_names),
            c_int::from(call.below),
            &raw const call.who,
            &raw const call.fd,
        )
    };
    reported != 0
}
