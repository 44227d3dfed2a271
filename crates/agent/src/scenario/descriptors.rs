//! The descriptors that a test's process has before the first event.

use std::net::{IpAddr, SocketAddr};

use peregrine_event::{EventBuilder, EventType, Origin, TrailerWriter};
use peregrine_yaml::{Body, Node};

use super::node::{Wrong, number, text, wrong};

/// Reads `fds`: a map of numbers to what they are.
pub(crate) fn read(node: Option<&Node>, pid: i64) -> Result<Vec<Vec<u8>>, Wrong> {
    let Some(node) = node.filter(|node| !matches!(node.body, Body::Null)) else {
        return Ok(Vec::new());
    };
    let Some(pairs) = node.map() else {
        return wrong(node, "fds is a map: `0: /dev/null`");
    };
    pairs.iter().map(|(fd, what)| one(number(fd, "a descriptor")?, what, pid)).collect()
}

/// A path, one that ends in `/` of a directory; `CLIENT->SERVER`; `unix:PATH`, `pipe:NAME`, `memfd:NAME`.
fn one(fd: i32, node: &Node, pid: i64) -> Result<Vec<u8>, Wrong> {
    use EventType as E;
    let written = text(node, "a descriptor")?;
    let ino = 1;
    let block = |code: E| EventBuilder::new(code, 0, pid).i32(fd);
    let block = if let Some((client, server)) = written.split_once("->") {
        let end = |text: &str| text.trim().parse::<SocketAddr>().ok();
        let (Some(client), Some(server)) = (end(client), end(server)) else {
            return wrong(node, "a connection is written 10.0.0.1:40000->10.0.0.2:80");
        };
        let code = match (client.ip(), server.ip()) {
            (IpAddr::V4(_), IpAddr::V4(_)) => E::ITER_TASK_FILE_SOCKET_INET_E,
            (IpAddr::V6(_), IpAddr::V6(_)) => E::ITER_TASK_FILE_SOCKET_INET6_E,
            _ => return wrong(node, "both ends of a connection have addresses of one family"),
        };
        let bytes = |ip: IpAddr| match ip {
            IpAddr::V4(ip) => ip.octets().to_vec(),
            IpAddr::V6(ip) => ip.octets().to_vec(),
        };
        // A stream, TCP.
        block(code)
            .u16(1)
            .u16(6)
            .bytes(&bytes(client.ip()))
            .u16(client.port())
            .bytes(&bytes(server.ip()))
            .u16(server.port())
            .u64(ino)
    } else if let Some(path) = written.strip_prefix("unix:") {
        block(E::ITER_TASK_FILE_SOCKET_UNIX_E).u16(1).u16(0).u64(1).str(path.as_bytes()).u64(ino)
    } else if let Some(name) = written.strip_prefix("pipe:") {
        block(E::ITER_TASK_FILE_PIPE_E).str(name.as_bytes()).u64(ino)
    } else if let Some(name) = written.strip_prefix("memfd:") {
        block(E::ITER_TASK_FILE_MEMFD_E).str(name.as_bytes()).u64(ino)
    } else if let Some(path) = written.strip_suffix('/').filter(|_| written.starts_with('/')) {
        let path = if path.is_empty() { "/" } else { path };
        block(E::ITER_TASK_FILE_DIRECTORY_E).str(path.as_bytes()).u64(ino)
    } else if written.starts_with('/') {
        block(E::ITER_TASK_FILE_REGULAR_E).str(written.as_bytes()).u32(0).u32(0).u64(ino)
    } else {
        return wrong(
            node,
            "a descriptor is a path (/etc/hosts, /tmp/), a connection (10.0.0.1:40000->10.0.0.2:80), unix:PATH, pipe:NAME or memfd:NAME",
        );
    };
    let pid = u32::try_from(pid).unwrap_or_default();
    let trailer = TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid });
    Ok([block.finish(), trailer.finish()].concat())
}
