//! Trees may be deeper than the stack of whoever asks is high: every walk down one takes more.

/// With less stack than this left, more is taken.
const LEFT: usize = 128 * 1024;
const MORE: usize = 1024 * 1024;

/// One step down a tree.
pub(crate) fn deep<R>(step: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(LEFT, MORE, step)
}
