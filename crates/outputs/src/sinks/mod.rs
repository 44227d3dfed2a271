//! The types of outputs: a file and a row each.

mod file;
mod lines;
mod stdout;

use crate::sink::OutputType;

/// Every type, in the order alerts are handed to them.
pub(crate) const TYPES: &[OutputType] = &[stdout::TYPE, file::TYPE];
