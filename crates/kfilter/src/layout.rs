//! The numbers of `include/kfilter/table.h`.

/// Rows of the probe's table of calls.
pub const ROWS: usize = 1024;
pub(crate) const STEPS: usize = 1024;
/// The kernel walks so many steps of a row; a longer row is told whole.
pub const MAX_STEPS: usize = 96;
pub(crate) const BUCKETS: usize = 256;
pub(crate) const WAYS: usize = 4;
pub(crate) const SUFFIXES: usize = 32;
pub(crate) const STARTS: usize = 64;
pub(crate) const PASS: u16 = 0xffff;
pub(crate) const DROP: u16 = 0xfffe;

/// As `PD_FILES`.
pub(crate) const FILES: usize = 65_536;
/// Bytes of `struct pushdown`; a test compares it with what the C side says.
pub const SIZE: u32 = 39_736 + FACTS_SIZE;

pub(crate) const SALT_EXACT: u64 = 0x9e37_79b9_7f4a_7c15;
pub(crate) const SALT_DIRECTORY: u64 = 0xc2b2_ae3d_27d4_eb4f;
pub(crate) const SALT_FILENAME: u64 = 0x1656_67b1_9e37_79f9;

/// Bytes behind the other tables.
pub(crate) const FACTS_SIZE: u32 = 24 * 1024 + 64 * 40;
