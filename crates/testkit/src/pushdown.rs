//! The kernel's filter, compiled for user space from the header the kernel programs use.

use std::ffi::c_int;

unsafe extern "C" {
    fn peregrine_pushdown_size() -> u64;
    fn peregrine_pushdown(
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
    ) -> c_int;
}

/// A call as the kernel sees it.
#[derive(Debug, Clone, Copy)]
pub struct Call<'c> {
    /// Its row in the table of calls.
    pub row: u16,
    /// What it returned.
    pub ret: i64,
    /// Flags of the open, in the capture format's numbers.
    pub flags: u32,
    /// The mode of the open.
    pub mode: u32,
    /// What was opened (`peregrine_event::pushdown::kinds`); 0: unknown.
    pub kind: u32,
    /// The name as asked.
    pub asked: &'c [u8],
    /// The name as the kernel walked it, where something was opened.
    pub walked: Option<&'c [u8]>,
    /// Whether the file has names beside these.
    pub other_names: bool,
    /// Whether the name as asked is relative, and the name as walked is that of the folder it begins
    /// at with the name as asked behind.
    pub below: bool,
}

/// Bytes of the table the filter reads.
pub fn size() -> usize {
    // SAFETY: it takes nothing and returns a constant.
    usize::try_from(unsafe { peregrine_pushdown_size() }).unwrap_or(usize::MAX)
}

/// As the kernel reads a name: as much as fits with its NUL; behind it stands whatever stood there.
fn buffer(text: &[u8]) -> ([u8; 264], u32) {
    let mut buffer = *b"/etc/../x".repeat(30).first_chunk().unwrap_or(&[0; 264]);
    let text = text.get(..255).unwrap_or(text);
    for (place, byte) in buffer.iter_mut().zip(text.iter().chain([&0])) {
        *place = *byte;
    }
    (buffer, u32::try_from(text.len()).unwrap_or(u32::MAX))
}

/// Whether the kernel tells the event of this call.
///
/// # Panics
/// When `table` does not have the size the filter reads.
pub fn passes(table: &[u8], call: &Call<'_>) -> bool {
    assert_eq!(table.len(), size(), "both sides must agree on the table");
    // The filter reads words; a vector of bytes need not be aligned for them.
    let words: Vec<u64> = table
        .chunks_exact(8)
        .map(|word| u64::from_ne_bytes(word.try_into().unwrap_or_default()))
        .collect();
    let (asked, asked_len) = buffer(call.asked);
    let walked = call.walked.map(buffer);
    let walked = walked.as_ref().map_or((std::ptr::null(), 0), |(text, len)| (text.as_ptr(), *len));
    // SAFETY: `words` holds the whole table (checked above), the texts are buffers of the length the
    // filter reads, or null where it takes that for "none"; it keeps no pointer.
    let told = unsafe {
        peregrine_pushdown(
            words.as_ptr().cast(),
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
        )
    };
    told != 0
}
