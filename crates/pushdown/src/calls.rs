//! What calls do, as far as the filter must know.

use peregrine_event::EventType;

/// The events of the calls that open; all they leave behind is a descriptor.
pub(crate) const OPENS: [EventType; 4] = [
    EventType::SYSCALL_OPEN_X,
    EventType::SYSCALL_OPENAT_2_X,
    EventType::SYSCALL_OPENAT2_X,
    EventType::SYSCALL_CREAT_X,
];

/// Calls that work on the descriptor among their arguments, the first one, and tell what it is.
pub(crate) const ON_DESCRIPTORS: [EventType; 16] = [
    EventType::SYSCALL_READ_X,
    EventType::SYSCALL_READV_X,
    EventType::SYSCALL_PREAD_X,
    EventType::SYSCALL_PREADV_X,
    EventType::SYSCALL_WRITE_X,
    EventType::SYSCALL_WRITEV_X,
    EventType::SYSCALL_PWRITE_X,
    EventType::SYSCALL_PWRITEV_X,
    EventType::SOCKET_SEND_X,
    EventType::SOCKET_RECV_X,
    EventType::SOCKET_SENDTO_X,
    EventType::SOCKET_SENDMSG_X,
    EventType::SOCKET_SENDMMSG_X,
    EventType::SOCKET_RECVFROM_X,
    EventType::SOCKET_RECVMSG_X,
    EventType::SOCKET_RECVMMSG_X,
];

/// Of these, the ones from which the picture learns whom a socket speaks with, where it is no
/// connection.
pub(crate) const EXCHANGES: [EventType; 6] = [
    EventType::SOCKET_SENDTO_X,
    EventType::SOCKET_SENDMSG_X,
    EventType::SOCKET_SENDMMSG_X,
    EventType::SOCKET_RECVFROM_X,
    EventType::SOCKET_RECVMSG_X,
    EventType::SOCKET_RECVMMSG_X,
];

/// One call makes many events, each with a result of its own.
pub(crate) const MANY: [EventType; 2] =
    [EventType::SOCKET_SENDMMSG_X, EventType::SOCKET_RECVMMSG_X];
