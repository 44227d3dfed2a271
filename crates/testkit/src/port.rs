//! Ports of servers that tests start.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

/// A port of this host nobody listens on. The kernel gives it to nobody who asks for any before the server takes it:
/// those are above 32768.
pub fn free_port() -> u16 {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    loop {
        let asked = ASKED.fetch_add(1, Ordering::Relaxed);
        // Other tests are other processes.
        let place = std::process::id().wrapping_mul(16).wrapping_add(asked) % 20_000;
        let port = u16::try_from(10_000 + place).unwrap_or(10_000);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
