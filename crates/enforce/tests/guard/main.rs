//! The programs in the kernel against real acts: as root, natively what this kernel offers, in guests all of it.

mod acts;
mod net;
mod policies;
mod start;
mod table;
