//! Sockets of a first snapshot.

use std::sync::Arc;

use peregrine_event::{Event, EventType, param};

use crate::endpoints::{Endpoint, Ends, endpoint, mapped};
use crate::fd::{FdInfo, L4, Role, Socket, kinds};
use crate::sockets::{TCP, UDP, mapped_as};
use crate::state::State;

impl State {
    /// Notes what a socket of the snapshot shows about roles.
    pub(crate) fn listed(&mut self, info: &FdInfo) {
        match info.kind {
            kinds::IPV4_SERVSOCK | kinds::IPV6_SERVSOCK => {
                self.snapshot_server_ports.extend(info.destination().map(|end| end.port));
            }
            kinds::IPV4_SOCK => self.snapshot_open_roles += 1,
            _ => {}
        }
    }

    /// After all sockets of the snapshot: an IPv4 socket whose port another one listens on is a
    /// server's, others are clients'. The role of an IPv6 socket follows from its first use, as in
    /// Falco.
    pub(crate) fn assign_snapshot_roles(&mut self) {
        for process in self.processes.values_mut() {
            let open =
                |info: &FdInfo| info.kind == kinds::IPV4_SOCK && info.socket.role == Role::Unknown;
            if !process.fds.iter().any(|(_, info)| open(info)) {
                continue;
            }
            let Some(fds) = Arc::get_mut(&mut process.fds) else { continue };
            let numbers: Vec<i64> =
                fds.iter().filter(|(_, info)| open(info)).map(|(fd, _)| fd).collect();
            for fd in numbers {
                let Some(info) = fds.get_mut(fd) else { continue };
                let ends = &mut info.socket.ends;
                let port = ends.source(kinds::IPV4_SOCK).map_or(0, |end| end.port);
                if !self.snapshot_server_ports.contains(&port) {
                    info.socket.role = Role::Client;
                    continue;
                }
                ends.swap(kinds::IPV4_SOCK);
                info.socket.role = Role::Server;
                if let Some((from, to)) = info.source().zip(info.destination()) {
                    info.name = format!("{from}->{to}").into_bytes().into();
                }
            }
        }
    }
}

/// A socket of the first snapshot, local endpoint first. Its role follows from its first use or the
/// probe's report.
pub(crate) fn inet(event: &Event<'_>) -> FdInfo {
    use param::iter_task_file_socket_inet_e as inet;
    let view = &event.view;
    let v6 = view.event_type() == EventType::ITER_TASK_FILE_SOCKET_INET6_E;
    let end = |ip: usize, port: usize| {
        let bytes = [view.param(ip)?, &view.u16(port)?.to_le_bytes()].concat();
        endpoint(&bytes, if v6 { 16 } else { 4 })
    };
    let local = end(inet::LOCAL_IP, inet::LOCAL_PORT);
    let local = local.unwrap_or_else(|| Endpoint { ip: [0; 4].into(), port: 0 });
    let remote = end(inet::REMOTE_IP, inet::REMOTE_PORT);
    let remote = remote.filter(|end| end.port != 0 || !end.ip.is_unspecified());
    let l4 = match view.u16(inet::SK_PROTO).map(u32::from) {
        Some(TCP) => L4::Tcp,
        Some(UDP) => L4::Udp,
        Some(1 | 58) => L4::Icmp,
        Some(0) => L4::Unknown,
        _ => L4::Raw,
    };
    let ino = view.u64(inet::INO_NUM).unwrap_or(0);
    let mut ends = Ends::default();
    let Some(remote) = remote else {
        let kind = if v6 { kinds::IPV6_SERVSOCK } else { kinds::IPV4_SERVSOCK };
        ends.set_destination(kind, local);
        ends.set_l4(kind, l4.id());
        let socket = Socket { ends, ..Socket::default() };
        return FdInfo { ino, socket, ..FdInfo::new(kind, local.to_string().into_bytes()) };
    };
    let v4 = mapped(local.ip).zip(mapped(remote.ip));
    let kind = if v4.is_some() { kinds::IPV4_SOCK } else { kinds::IPV6_SOCK };
    let (source, destination) = (mapped_as(local, kind), mapped_as(remote, kind));
    ends.set_source(kind, source);
    ends.set_destination(kind, destination);
    ends.set_l4(kind, l4.id());
    let name = format!("{source}->{destination}");
    let connected = l4 == L4::Tcp;
    let socket = Socket { ends, connected, ..Socket::default() };
    FdInfo { ino, socket, ..FdInfo::new(kind, name.into_bytes()) }
}
