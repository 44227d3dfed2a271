//! The kernel side against the kernel: what a test did is what arrives. Needs root.

#![expect(unsafe_code, reason = "tests make system calls themselves")]
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]
#![expect(unreachable_pub, reason = "modules of one test")]

mod calls;
mod cgroups;
mod clock;
mod compat;
mod damage;
mod deliveries;
mod ends;
mod files;
mod handed;
mod laid_over;
mod layouts;
mod mixed;
mod names;
mod odd_ways;
mod process_filter;
mod processes;
mod pushdown;
mod reloads;
mod snapshots;
mod sockets;
mod stress;
mod tables;
mod uring;
mod uring_odd;
mod watch;
