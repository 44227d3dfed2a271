//! Capture files.
//!
//! In: the bytes of a `.scap` file, plain, gzip or zstd, through `Read`. Out: [`Item`]s in the order
//! of the file: the machine, users and groups, threads and descriptors as records of a first
//! snapshot (`ITER_TASK` and its kin), events as records. Events of older schemas become today's
//! at this edge ([`Converter`]); from here on nobody knows of them.
//! In the other direction ([`Writer`]): the machine and such records in, a capture out through
//! `Write`, in the newest blocks only, the facts of live events where other tools do not look; what
//! the format cannot hold is said there.
//! Never: a file opened; the whole file in memory; a panic on damaged bytes: what stands before the
//! damage comes out, then one error that names the byte.

mod blocks;
mod bytes;
#[rustfmt::skip]
mod conversion_table;
mod convert;
mod entries;
mod lists;
mod reader;
mod tail;
mod writer;

pub use convert::{Converter, Step};
pub use reader::{Account, Item, Machine, Reader, ScapError};
pub use writer::Writer;
