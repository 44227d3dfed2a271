//! The whole product on this kernel: real acts in, alerts out. Needs root; says so loudly where it has
//! none.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed test may panic")]

mod acts;
mod alerts;
mod as_falco;
mod captures;
mod containers;
mod control;
mod delivery;
mod engines;
mod everyday;
mod gone;
mod guard;
mod guard_kernel;
mod host_names;
mod host_root;
mod hostile;
mod inherited;
mod journal;
mod kernel_filesystems;
mod lifecycle;
mod other_entries;
mod paths;
mod prometheus;
mod pushdown;
mod race;
mod receivers;
mod record;
mod reload;
mod resolved_paths;
mod respond;
mod respond_containers;
mod respond_evidence;
mod respond_reload;
mod service;
mod sockets;
mod support;
mod threads;
