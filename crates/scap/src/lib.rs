//! Capture files.
//!
//! In: the bytes of a `.scap` file, plain, gzip or zstd, through `Read`. Out: [`Item`]s in the order
//! of the file: the machine, users and groups, threads and descriptors as records of a first
//! snapshot (`ITER_TASK` and its kin), events as records.
//! Never: a file opened; the whole file in memory; a panic on damaged bytes: what stands before the
//! damage comes out, then one error that names the byte.

mod bytes;
mod lists;
mod reader;

pub use reader::{Account, Item, Machine, Reader, ScapError};
