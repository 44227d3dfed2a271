//! The programs in the kernel against real acts: as root, natively what this kernel offers, in guests all of it
//! (`scripts/vm-guard.sh`).

#![expect(unsafe_code, reason = "acts are raw calls in forked processes")]
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]
#![expect(clippy::print_stdout, reason = "rows of the tables of docs/guard.md")]

mod acts;
mod agreement;
mod cost;
mod holder;
mod net;
mod policies;
mod start;
mod starter;
mod strength;
mod table;
