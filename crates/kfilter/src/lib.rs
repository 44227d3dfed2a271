//! The filter that both sides of the probe share: for each system call a program over a few tests, by
//! which the kernel drops events before they are built.
//!
//! In: a [`Pushdown`], which the crate `pushdown` derives from rules. Out: the bytes of its table
//! (`struct pushdown`), and in `include/kfilter` the C that evaluates it, for the kernel programs and,
//! with the feature `host`, for tests.
//! Never: I/O; rules; the kernel's structures, which the probe's C reads.
//!
//! A test is true, false or unknown. A step goes to its `yes` where the test, or its opposite with
//! `not`, is true **or unknown**: an unknown test never drops an event.

mod encode;
mod facts_table;
#[cfg(feature = "host")]
#[expect(unsafe_code, reason = "calls the C of the kernel side")]
pub mod host;
#[rustfmt::skip]
#[expect(clippy::unreadable_literal, reason = "generated numbers")]
pub mod layout;
mod names_table;
mod step;
mod test;

pub use encode::known_files;
pub use layout::{MAX_STEPS, ROWS, SIZE};
pub use step::{Goto, Pushdown, Step};
pub use test::{NameTest, Test, Whose, kinds};
