//! Capture files.
//!
//! In: the bytes of a `.scap` file, plain, gzip or zstd, through `Read`. Out: [`Item`]s in the order of
//! the file: the machine, users and groups, threads and descriptors as records of a first snapshot
//! (`ITER_TASK` and its kin), events as records. Events of older schemas are converted to the current
//! one here ([`Converter`]); other crates know only that one.
//! In the other direction ([`Writer`]): the machine and such records in, a capture out through `Write`,
//! in the newest types of blocks only, with the trailers of live events where other tools do not look;
//! `Writer` lists what the format cannot hold.
//! Never: opening a file; the whole file in memory; a panic on damaged bytes: everything before the
//! damage is returned, then one error with the offset.

mod blocks;
mod bytes;
#[rustfmt::skip]
mod conversion_table;
mod convert;
mod entries;
mod error;
mod lists;
mod reader;
mod tail;
mod writer;

pub use convert::{Converter, Step};
pub use error::{ConvertError, Damage, NotACapture, ScapError};
pub use reader::{Item, Machine, Reader, UserEntry};
pub use writer::Writer;
