// Generated from schema/ by `cargo xtask codegen`; do not edit.

//! Indexes of parameters: a module an event, a constant a parameter. Whoever reads a parameter by
//! its constant does not compile once the schema has another.

/// `PPME_GENERIC_E`.
pub mod generic_e {
    /// `ID`.
    pub const ID: usize = 0;
    /// `nativeID`.
    pub const NATIVEID: usize = 1;
}

/// `PPME_GENERIC_X`.
pub mod generic_x {
    /// `ID`.
    pub const ID: usize = 0;
    /// `nativeID`.
    pub const NATIVEID: usize = 1;
}

/// `PPME_SYSCALL_OPEN_E`.
pub mod open_e {
    /// `name`.
    pub const NAME: usize = 0;
    /// `flags`.
    pub const FLAGS: usize = 1;
    /// `mode`.
    pub const MODE: usize = 2;
}

/// `PPME_SYSCALL_OPEN_X`.
pub mod open_x {
    /// `fd`.
    pub const FD: usize = 0;
    /// `name`.
    pub const NAME: usize = 1;
    /// `flags`.
    pub const FLAGS: usize = 2;
    /// `mode`.
    pub const MODE: usize = 3;
    /// `dev`.
    pub const DEV: usize = 4;
    /// `ino`.
    pub const INO: usize = 5;
}

/// `PPME_SYSCALL_CLOSE_E`.
pub mod close_e {
    /// `fd`.
    pub const FD: usize = 0;
}

/// `PPME_SYSCALL_CLOSE_X`.
pub mod close_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
}

/// `PPME_SYSCALL_READ_E`.
pub mod read_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `size`.
    pub const SIZE: usize = 1;
}

/// `PPME_SYSCALL_READ_X`.
pub mod read_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `data`.
    pub const DATA: usize = 1;
    /// `fd`.
    pub const FD: usize = 2;
    /// `size`.
    pub const SIZE: usize = 3;
}

/// `PPME_SYSCALL_WRITE_E`.
pub mod write_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `size`.
    pub const SIZE: usize = 1;
}

/// `PPME_SYSCALL_WRITE_X`.
pub mod write_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `data`.
    pub const DATA: usize = 1;
    /// `fd`.
    pub const FD: usize = 2;
    /// `size`.
    pub const SIZE: usize = 3;
}

/// `PPME_SYSCALL_BRK_1_E`.
pub mod brk_1_e {
    /// `size`.
    pub const SIZE: usize = 0;
}

/// `PPME_SYSCALL_BRK_1_X`.
pub mod brk_1_x {
    /// `res`.
    pub const RES: usize = 0;
}

/// `PPME_SYSCALL_EXECVE_8_X`.
pub mod execve_8_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
}

/// `PPME_SYSCALL_CLONE_11_X`.
pub mod clone_11_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `flags`.
    pub const FLAGS: usize = 8;
    /// `uid`.
    pub const UID: usize = 9;
    /// `gid`.
    pub const GID: usize = 10;
}

/// `PPME_SOCKET_SOCKET_E`.
pub mod socket_e {
    /// `domain`.
    pub const DOMAIN: usize = 0;
    /// `type`.
    pub const TYPE: usize = 1;
    /// `proto`.
    pub const PROTO: usize = 2;
}

/// `PPME_SOCKET_SOCKET_X`.
pub mod socket_x {
    /// `fd`.
    pub const FD: usize = 0;
    /// `domain`.
    pub const DOMAIN: usize = 1;
    /// `type`.
    pub const TYPE: usize = 2;
    /// `proto`.
    pub const PROTO: usize = 3;
    /// `flags`.
    pub const FLAGS: usize = 4;
}

/// `PPME_SOCKET_BIND_E`.
pub mod bind_e {
    /// `fd`.
    pub const FD: usize = 0;
}

/// `PPME_SOCKET_BIND_X`.
pub mod bind_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `addr`.
    pub const ADDR: usize = 1;
    /// `fd`.
    pub const FD: usize = 2;
}

/// `PPME_SOCKET_CONNECT_E`.
pub mod connect_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `addr`.
    pub const ADDR: usize = 1;
}

/// `PPME_SOCKET_CONNECT_X`.
pub mod connect_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `tuple`.
    pub const TUPLE: usize = 1;
    /// `fd`.
    pub const FD: usize = 2;
    /// `addr`.
    pub const ADDR: usize = 3;
}

/// `PPME_SOCKET_LISTEN_E`.
pub mod listen_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `backlog`.
    pub const BACKLOG: usize = 1;
}

/// `PPME_SOCKET_LISTEN_X`.
pub mod listen_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `backlog`.
    pub const BACKLOG: usize = 2;
}

/// `PPME_SOCKET_ACCEPT_X`.
pub mod accept_x {
    /// `fd`.
    pub const FD: usize = 0;
    /// `tuple`.
    pub const TUPLE: usize = 1;
    /// `queuepct`.
    pub const QUEUEPCT: usize = 2;
}

/// `PPME_SOCKET_SEND_E`.
pub mod send_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `size`.
    pub const SIZE: usize = 1;
}

/// `PPME_SOCKET_SEND_X`.
pub mod send_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `data`.
    pub const DATA: usize = 1;
    /// `fd`.
    pub const FD: usize = 2;
    /// `size`.
    pub const SIZE: usize = 3;
    /// `tuple`.
    pub const TUPLE: usize = 4;
}

/// `PPME_SOCKET_SENDTO_E`.
pub mod sendto_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `size`.
    pub const SIZE: usize = 1;
    /// `tuple`.
    pub const TUPLE: usize = 2;
}

/// `PPME_SOCKET_SENDTO_X`.
pub mod sendto_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `data`.
    pub const DATA: usize = 1;
    /// `fd`.
    pub const FD: usize = 2;
    /// `size`.
    pub const SIZE: usize = 3;
    /// `tuple`.
    pub const TUPLE: usize = 4;
}

/// `PPME_SOCKET_RECV_E`.
pub mod recv_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `size`.
    pub const SIZE: usize = 1;
}

/// `PPME_SOCKET_RECV_X`.
pub mod recv_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `data`.
    pub const DATA: usize = 1;
    /// `fd`.
    pub const FD: usize = 2;
    /// `size`.
    pub const SIZE: usize = 3;
    /// `tuple`.
    pub const TUPLE: usize = 4;
}

/// `PPME_SOCKET_RECVFROM_E`.
pub mod recvfrom_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `size`.
    pub const SIZE: usize = 1;
}

/// `PPME_SOCKET_RECVFROM_X`.
pub mod recvfrom_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `data`.
    pub const DATA: usize = 1;
    /// `tuple`.
    pub const TUPLE: usize = 2;
    /// `fd`.
    pub const FD: usize = 3;
    /// `size`.
    pub const SIZE: usize = 4;
}

/// `PPME_SOCKET_SHUTDOWN_E`.
pub mod shutdown_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `how`.
    pub const HOW: usize = 1;
}

/// `PPME_SOCKET_SHUTDOWN_X`.
pub mod shutdown_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `how`.
    pub const HOW: usize = 2;
}

/// `PPME_SOCKET_SOCKETPAIR_E`.
pub mod socketpair_e {
    /// `domain`.
    pub const DOMAIN: usize = 0;
    /// `type`.
    pub const TYPE: usize = 1;
    /// `proto`.
    pub const PROTO: usize = 2;
}

/// `PPME_SOCKET_SOCKETPAIR_X`.
pub mod socketpair_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd1`.
    pub const FD1: usize = 1;
    /// `fd2`.
    pub const FD2: usize = 2;
    /// `source`.
    pub const SOURCE: usize = 3;
    /// `peer`.
    pub const PEER: usize = 4;
    /// `domain`.
    pub const DOMAIN: usize = 5;
    /// `type`.
    pub const TYPE: usize = 6;
    /// `proto`.
    pub const PROTO: usize = 7;
}

/// `PPME_SOCKET_SETSOCKOPT_X`.
pub mod setsockopt_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `level`.
    pub const LEVEL: usize = 2;
    /// `optname`.
    pub const OPTNAME: usize = 3;
    /// `val`.
    pub const VAL: usize = 4;
    /// `optlen`.
    pub const OPTLEN: usize = 5;
}

/// `PPME_SOCKET_GETSOCKOPT_X`.
pub mod getsockopt_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `level`.
    pub const LEVEL: usize = 2;
    /// `optname`.
    pub const OPTNAME: usize = 3;
    /// `val`.
    pub const VAL: usize = 4;
    /// `optlen`.
    pub const OPTLEN: usize = 5;
}

/// `PPME_SOCKET_SENDMSG_E`.
pub mod sendmsg_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `size`.
    pub const SIZE: usize = 1;
    /// `tuple`.
    pub const TUPLE: usize = 2;
}

/// `PPME_SOCKET_SENDMSG_X`.
pub mod sendmsg_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `data`.
    pub const DATA: usize = 1;
    /// `fd`.
    pub const FD: usize = 2;
    /// `size`.
    pub const SIZE: usize = 3;
    /// `tuple`.
    pub const TUPLE: usize = 4;
}

/// `PPME_SOCKET_SENDMMSG_X`.
pub mod sendmmsg_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `size`.
    pub const SIZE: usize = 2;
    /// `data`.
    pub const DATA: usize = 3;
    /// `tuple`.
    pub const TUPLE: usize = 4;
}

/// `PPME_SOCKET_RECVMSG_E`.
pub mod recvmsg_e {
    /// `fd`.
    pub const FD: usize = 0;
}

/// `PPME_SOCKET_RECVMSG_X`.
pub mod recvmsg_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `size`.
    pub const SIZE: usize = 1;
    /// `data`.
    pub const DATA: usize = 2;
    /// `tuple`.
    pub const TUPLE: usize = 3;
    /// `msgcontrol`.
    pub const MSGCONTROL: usize = 4;
    /// `fd`.
    pub const FD: usize = 5;
}

/// `PPME_SOCKET_RECVMMSG_X`.
pub mod recvmmsg_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `size`.
    pub const SIZE: usize = 2;
    /// `data`.
    pub const DATA: usize = 3;
    /// `tuple`.
    pub const TUPLE: usize = 4;
    /// `msgcontrol`.
    pub const MSGCONTROL: usize = 5;
}

/// `PPME_SOCKET_ACCEPT4_E`.
pub mod accept4_e {
    /// `flags`.
    pub const FLAGS: usize = 0;
}

/// `PPME_SOCKET_ACCEPT4_X`.
pub mod accept4_x {
    /// `fd`.
    pub const FD: usize = 0;
    /// `tuple`.
    pub const TUPLE: usize = 1;
    /// `queuepct`.
    pub const QUEUEPCT: usize = 2;
}

/// `PPME_SYSCALL_CREAT_E`.
pub mod creat_e {
    /// `name`.
    pub const NAME: usize = 0;
    /// `mode`.
    pub const MODE: usize = 1;
}

/// `PPME_SYSCALL_CREAT_X`.
pub mod creat_x {
    /// `fd`.
    pub const FD: usize = 0;
    /// `name`.
    pub const NAME: usize = 1;
    /// `mode`.
    pub const MODE: usize = 2;
    /// `dev`.
    pub const DEV: usize = 3;
    /// `ino`.
    pub const INO: usize = 4;
    /// `creat_flags`.
    pub const CREAT_FLAGS: usize = 5;
}

/// `PPME_SYSCALL_PIPE_X`.
pub mod pipe_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd1`.
    pub const FD1: usize = 1;
    /// `fd2`.
    pub const FD2: usize = 2;
    /// `ino`.
    pub const INO: usize = 3;
}

/// `PPME_SYSCALL_EVENTFD_E`.
pub mod eventfd_e {
    /// `initval`.
    pub const INITVAL: usize = 0;
    /// `flags`.
    pub const FLAGS: usize = 1;
}

/// `PPME_SYSCALL_EVENTFD_X`.
pub mod eventfd_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `initval`.
    pub const INITVAL: usize = 1;
    /// `flags`.
    pub const FLAGS: usize = 2;
}

/// `PPME_SYSCALL_FUTEX_E`.
pub mod futex_e {
    /// `addr`.
    pub const ADDR: usize = 0;
    /// `op`.
    pub const OP: usize = 1;
    /// `val`.
    pub const VAL: usize = 2;
}

/// `PPME_SYSCALL_FUTEX_X`.
pub mod futex_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `addr`.
    pub const ADDR: usize = 1;
    /// `op`.
    pub const OP: usize = 2;
    /// `val`.
    pub const VAL: usize = 3;
}

/// `PPME_SYSCALL_STAT_X`.
pub mod stat_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
}

/// `PPME_SYSCALL_LSTAT_X`.
pub mod lstat_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
}

/// `PPME_SYSCALL_FSTAT_E`.
pub mod fstat_e {
    /// `fd`.
    pub const FD: usize = 0;
}

/// `PPME_SYSCALL_FSTAT_X`.
pub mod fstat_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
}

/// `PPME_SYSCALL_STAT64_X`.
pub mod stat64_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
}

/// `PPME_SYSCALL_LSTAT64_X`.
pub mod lstat64_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
}

/// `PPME_SYSCALL_FSTAT64_E`.
pub mod fstat64_e {
    /// `fd`.
    pub const FD: usize = 0;
}

/// `PPME_SYSCALL_FSTAT64_X`.
pub mod fstat64_x {
    /// `res`.
    pub const RES: usize = 0;
}

/// `PPME_SYSCALL_EPOLLWAIT_E`.
pub mod epollwait_e {
    /// `maxevents`.
    pub const MAXEVENTS: usize = 0;
}

/// `PPME_SYSCALL_EPOLLWAIT_X`.
pub mod epollwait_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `maxevents`.
    pub const MAXEVENTS: usize = 1;
}

/// `PPME_SYSCALL_POLL_E`.
pub mod poll_e {
    /// `fds`.
    pub const FDS: usize = 0;
    /// `timeout`.
    pub const TIMEOUT: usize = 1;
}

/// `PPME_SYSCALL_POLL_X`.
pub mod poll_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fds`.
    pub const FDS: usize = 1;
    /// `timeout`.
    pub const TIMEOUT: usize = 2;
}

/// `PPME_SYSCALL_SELECT_X`.
pub mod select_x {
    /// `res`.
    pub const RES: usize = 0;
}

/// `PPME_SYSCALL_NEWSELECT_X`.
pub mod newselect_x {
    /// `res`.
    pub const RES: usize = 0;
}

/// `PPME_SYSCALL_LSEEK_E`.
pub mod lseek_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `offset`.
    pub const OFFSET: usize = 1;
    /// `whence`.
    pub const WHENCE: usize = 2;
}

/// `PPME_SYSCALL_LSEEK_X`.
pub mod lseek_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `offset`.
    pub const OFFSET: usize = 2;
    /// `whence`.
    pub const WHENCE: usize = 3;
}

/// `PPME_SYSCALL_LLSEEK_E`.
pub mod llseek_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `offset`.
    pub const OFFSET: usize = 1;
    /// `whence`.
    pub const WHENCE: usize = 2;
}

/// `PPME_SYSCALL_LLSEEK_X`.
pub mod llseek_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `offset`.
    pub const OFFSET: usize = 2;
    /// `whence`.
    pub const WHENCE: usize = 3;
}

/// `PPME_SYSCALL_IOCTL_2_E`.
pub mod ioctl_2_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `request`.
    pub const REQUEST: usize = 1;
}

/// `PPME_SYSCALL_IOCTL_2_X`.
pub mod ioctl_2_x {
    /// `res`.
    pub const RES: usize = 0;
}

/// `PPME_SYSCALL_GETCWD_X`.
pub mod getcwd_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
}

/// `PPME_SYSCALL_CHDIR_X`.
pub mod chdir_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
}

/// `PPME_SYSCALL_FCHDIR_E`.
pub mod fchdir_e {
    /// `fd`.
    pub const FD: usize = 0;
}

/// `PPME_SYSCALL_FCHDIR_X`.
pub mod fchdir_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
}

/// `PPME_SYSCALL_MKDIR_E`.
pub mod mkdir_e {
    /// `path`.
    pub const PATH: usize = 0;
    /// `mode`.
    pub const MODE: usize = 1;
}

/// `PPME_SYSCALL_MKDIR_X`.
pub mod mkdir_x {
    /// `res`.
    pub const RES: usize = 0;
}

/// `PPME_SYSCALL_RMDIR_E`.
pub mod rmdir_e {
    /// `path`.
    pub const PATH: usize = 0;
}

/// `PPME_SYSCALL_RMDIR_X`.
pub mod rmdir_x {
    /// `res`.
    pub const RES: usize = 0;
}

/// `PPME_SYSCALL_OPENAT_E`.
pub mod openat_e {
    /// `dirfd`.
    pub const DIRFD: usize = 0;
    /// `name`.
    pub const NAME: usize = 1;
    /// `flags`.
    pub const FLAGS: usize = 2;
    /// `mode`.
    pub const MODE: usize = 3;
}

/// `PPME_SYSCALL_OPENAT_X`.
pub mod openat_x {
    /// `fd`.
    pub const FD: usize = 0;
}

/// `PPME_SYSCALL_LINK_E`.
pub mod link_e {
    /// `oldpath`.
    pub const OLDPATH: usize = 0;
    /// `newpath`.
    pub const NEWPATH: usize = 1;
}

/// `PPME_SYSCALL_LINK_X`.
pub mod link_x {
    /// `res`.
    pub const RES: usize = 0;
}

/// `PPME_SYSCALL_LINKAT_E`.
pub mod linkat_e {
    /// `olddir`.
    pub const OLDDIR: usize = 0;
    /// `oldpath`.
    pub const OLDPATH: usize = 1;
    /// `newdir`.
    pub const NEWDIR: usize = 2;
    /// `newpath`.
    pub const NEWPATH: usize = 3;
}

/// `PPME_SYSCALL_LINKAT_X`.
pub mod linkat_x {
    /// `res`.
    pub const RES: usize = 0;
}

/// `PPME_SYSCALL_UNLINK_E`.
pub mod unlink_e {
    /// `path`.
    pub const PATH: usize = 0;
}

/// `PPME_SYSCALL_UNLINK_X`.
pub mod unlink_x {
    /// `res`.
    pub const RES: usize = 0;
}

/// `PPME_SYSCALL_UNLINKAT_E`.
pub mod unlinkat_e {
    /// `dirfd`.
    pub const DIRFD: usize = 0;
    /// `name`.
    pub const NAME: usize = 1;
}

/// `PPME_SYSCALL_UNLINKAT_X`.
pub mod unlinkat_x {
    /// `res`.
    pub const RES: usize = 0;
}

/// `PPME_SYSCALL_PREAD_E`.
pub mod pread_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `size`.
    pub const SIZE: usize = 1;
    /// `pos`.
    pub const POS: usize = 2;
}

/// `PPME_SYSCALL_PREAD_X`.
pub mod pread_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `data`.
    pub const DATA: usize = 1;
    /// `fd`.
    pub const FD: usize = 2;
    /// `size`.
    pub const SIZE: usize = 3;
    /// `pos`.
    pub const POS: usize = 4;
}

/// `PPME_SYSCALL_PWRITE_E`.
pub mod pwrite_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `size`.
    pub const SIZE: usize = 1;
    /// `pos`.
    pub const POS: usize = 2;
}

/// `PPME_SYSCALL_PWRITE_X`.
pub mod pwrite_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `data`.
    pub const DATA: usize = 1;
    /// `fd`.
    pub const FD: usize = 2;
    /// `size`.
    pub const SIZE: usize = 3;
    /// `pos`.
    pub const POS: usize = 4;
}

/// `PPME_SYSCALL_READV_E`.
pub mod readv_e {
    /// `fd`.
    pub const FD: usize = 0;
}

/// `PPME_SYSCALL_READV_X`.
pub mod readv_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `size`.
    pub const SIZE: usize = 1;
    /// `data`.
    pub const DATA: usize = 2;
    /// `fd`.
    pub const FD: usize = 3;
}

/// `PPME_SYSCALL_WRITEV_E`.
pub mod writev_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `size`.
    pub const SIZE: usize = 1;
}

/// `PPME_SYSCALL_WRITEV_X`.
pub mod writev_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `data`.
    pub const DATA: usize = 1;
    /// `fd`.
    pub const FD: usize = 2;
    /// `size`.
    pub const SIZE: usize = 3;
}

/// `PPME_SYSCALL_PREADV_E`.
pub mod preadv_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `pos`.
    pub const POS: usize = 1;
}

/// `PPME_SYSCALL_PREADV_X`.
pub mod preadv_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `size`.
    pub const SIZE: usize = 1;
    /// `data`.
    pub const DATA: usize = 2;
    /// `fd`.
    pub const FD: usize = 3;
    /// `pos`.
    pub const POS: usize = 4;
}

/// `PPME_SYSCALL_PWRITEV_E`.
pub mod pwritev_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `size`.
    pub const SIZE: usize = 1;
    /// `pos`.
    pub const POS: usize = 2;
}

/// `PPME_SYSCALL_PWRITEV_X`.
pub mod pwritev_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `data`.
    pub const DATA: usize = 1;
    /// `fd`.
    pub const FD: usize = 2;
    /// `size`.
    pub const SIZE: usize = 3;
    /// `pos`.
    pub const POS: usize = 4;
}

/// `PPME_SYSCALL_DUP_E`.
pub mod dup_e {
    /// `fd`.
    pub const FD: usize = 0;
}

/// `PPME_SYSCALL_DUP_X`.
pub mod dup_x {
    /// `res`.
    pub const RES: usize = 0;
}

/// `PPME_SYSCALL_SIGNALFD_E`.
pub mod signalfd_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `mask`.
    pub const MASK: usize = 1;
    /// `flags`.
    pub const FLAGS: usize = 2;
}

/// `PPME_SYSCALL_SIGNALFD_X`.
pub mod signalfd_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `mask`.
    pub const MASK: usize = 2;
    /// `flags`.
    pub const FLAGS: usize = 3;
}

/// `PPME_SYSCALL_KILL_E`.
pub mod kill_e {
    /// `pid`.
    pub const PID: usize = 0;
    /// `sig`.
    pub const SIG: usize = 1;
}

/// `PPME_SYSCALL_KILL_X`.
pub mod kill_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `pid`.
    pub const PID: usize = 1;
    /// `sig`.
    pub const SIG: usize = 2;
}

/// `PPME_SYSCALL_TKILL_E`.
pub mod tkill_e {
    /// `tid`.
    pub const TID: usize = 0;
    /// `sig`.
    pub const SIG: usize = 1;
}

/// `PPME_SYSCALL_TKILL_X`.
pub mod tkill_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `tid`.
    pub const TID: usize = 1;
    /// `sig`.
    pub const SIG: usize = 2;
}

/// `PPME_SYSCALL_TGKILL_E`.
pub mod tgkill_e {
    /// `pid`.
    pub const PID: usize = 0;
    /// `tid`.
    pub const TID: usize = 1;
    /// `sig`.
    pub const SIG: usize = 2;
}

/// `PPME_SYSCALL_TGKILL_X`.
pub mod tgkill_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `pid`.
    pub const PID: usize = 1;
    /// `tid`.
    pub const TID: usize = 2;
    /// `sig`.
    pub const SIG: usize = 3;
}

/// `PPME_SYSCALL_NANOSLEEP_E`.
pub mod nanosleep_e {
    /// `interval`.
    pub const INTERVAL: usize = 0;
}

/// `PPME_SYSCALL_NANOSLEEP_X`.
pub mod nanosleep_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `interval`.
    pub const INTERVAL: usize = 1;
}

/// `PPME_SYSCALL_TIMERFD_CREATE_E`.
pub mod timerfd_create_e {
    /// `clockid`.
    pub const CLOCKID: usize = 0;
    /// `flags`.
    pub const FLAGS: usize = 1;
}

/// `PPME_SYSCALL_TIMERFD_CREATE_X`.
pub mod timerfd_create_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `clockid`.
    pub const CLOCKID: usize = 1;
    /// `flags`.
    pub const FLAGS: usize = 2;
}

/// `PPME_SYSCALL_INOTIFY_INIT_E`.
pub mod inotify_init_e {
    /// `flags`.
    pub const FLAGS: usize = 0;
}

/// `PPME_SYSCALL_INOTIFY_INIT_X`.
pub mod inotify_init_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `flags`.
    pub const FLAGS: usize = 1;
}

/// `PPME_SYSCALL_GETRLIMIT_E`.
pub mod getrlimit_e {
    /// `resource`.
    pub const RESOURCE: usize = 0;
}

/// `PPME_SYSCALL_GETRLIMIT_X`.
pub mod getrlimit_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `cur`.
    pub const CUR: usize = 1;
    /// `max`.
    pub const MAX: usize = 2;
    /// `resource`.
    pub const RESOURCE: usize = 3;
}

/// `PPME_SYSCALL_SETRLIMIT_E`.
pub mod setrlimit_e {
    /// `resource`.
    pub const RESOURCE: usize = 0;
}

/// `PPME_SYSCALL_SETRLIMIT_X`.
pub mod setrlimit_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `cur`.
    pub const CUR: usize = 1;
    /// `max`.
    pub const MAX: usize = 2;
    /// `resource`.
    pub const RESOURCE: usize = 3;
}

/// `PPME_SYSCALL_PRLIMIT_E`.
pub mod prlimit_e {
    /// `pid`.
    pub const PID: usize = 0;
    /// `resource`.
    pub const RESOURCE: usize = 1;
}

/// `PPME_SYSCALL_PRLIMIT_X`.
pub mod prlimit_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `newcur`.
    pub const NEWCUR: usize = 1;
    /// `newmax`.
    pub const NEWMAX: usize = 2;
    /// `oldcur`.
    pub const OLDCUR: usize = 3;
    /// `oldmax`.
    pub const OLDMAX: usize = 4;
    /// `pid`.
    pub const PID: usize = 5;
    /// `resource`.
    pub const RESOURCE: usize = 6;
}

/// `PPME_SCHEDSWITCH_1_E`.
pub mod schedswitch_1_e {
    /// `next`.
    pub const NEXT: usize = 0;
}

/// `PPME_DROP_E`.
pub mod drop_e {
    /// `ratio`.
    pub const RATIO: usize = 0;
}

/// `PPME_DROP_X`.
pub mod drop_x {
    /// `ratio`.
    pub const RATIO: usize = 0;
}

/// `PPME_SYSCALL_FCNTL_E`.
pub mod fcntl_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `cmd`.
    pub const CMD: usize = 1;
}

/// `PPME_SYSCALL_FCNTL_X`.
pub mod fcntl_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `cmd`.
    pub const CMD: usize = 2;
    /// `arg`.
    pub const ARG: usize = 3;
}

/// `PPME_SCHEDSWITCH_6_E`.
pub mod schedswitch_6_e {
    /// `next`.
    pub const NEXT: usize = 0;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 1;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 2;
    /// `vm_size`.
    pub const VM_SIZE: usize = 3;
    /// `vm_rss`.
    pub const VM_RSS: usize = 4;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 5;
}

/// `PPME_SYSCALL_EXECVE_13_X`.
pub mod execve_13_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
}

/// `PPME_SYSCALL_CLONE_16_X`.
pub mod clone_16_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `flags`.
    pub const FLAGS: usize = 13;
    /// `uid`.
    pub const UID: usize = 14;
    /// `gid`.
    pub const GID: usize = 15;
}

/// `PPME_SYSCALL_BRK_4_E`.
pub mod brk_4_e {
    /// `addr`.
    pub const ADDR: usize = 0;
}

/// `PPME_SYSCALL_BRK_4_X`.
pub mod brk_4_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `vm_size`.
    pub const VM_SIZE: usize = 1;
    /// `vm_rss`.
    pub const VM_RSS: usize = 2;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 3;
    /// `addr`.
    pub const ADDR: usize = 4;
}

/// `PPME_SYSCALL_MMAP_E`.
pub mod mmap_e {
    /// `addr`.
    pub const ADDR: usize = 0;
    /// `length`.
    pub const LENGTH: usize = 1;
    /// `prot`.
    pub const PROT: usize = 2;
    /// `flags`.
    pub const FLAGS: usize = 3;
    /// `fd`.
    pub const FD: usize = 4;
    /// `offset`.
    pub const OFFSET: usize = 5;
}

/// `PPME_SYSCALL_MMAP_X`.
pub mod mmap_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `vm_size`.
    pub const VM_SIZE: usize = 1;
    /// `vm_rss`.
    pub const VM_RSS: usize = 2;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 3;
    /// `addr`.
    pub const ADDR: usize = 4;
    /// `length`.
    pub const LENGTH: usize = 5;
    /// `prot`.
    pub const PROT: usize = 6;
    /// `flags`.
    pub const FLAGS: usize = 7;
    /// `fd`.
    pub const FD: usize = 8;
    /// `offset`.
    pub const OFFSET: usize = 9;
}

/// `PPME_SYSCALL_MMAP2_E`.
pub mod mmap2_e {
    /// `addr`.
    pub const ADDR: usize = 0;
    /// `length`.
    pub const LENGTH: usize = 1;
    /// `prot`.
    pub const PROT: usize = 2;
    /// `flags`.
    pub const FLAGS: usize = 3;
    /// `fd`.
    pub const FD: usize = 4;
    /// `pgoffset`.
    pub const PGOFFSET: usize = 5;
}

/// `PPME_SYSCALL_MMAP2_X`.
pub mod mmap2_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `vm_size`.
    pub const VM_SIZE: usize = 1;
    /// `vm_rss`.
    pub const VM_RSS: usize = 2;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 3;
    /// `addr`.
    pub const ADDR: usize = 4;
    /// `length`.
    pub const LENGTH: usize = 5;
    /// `prot`.
    pub const PROT: usize = 6;
    /// `flags`.
    pub const FLAGS: usize = 7;
    /// `fd`.
    pub const FD: usize = 8;
    /// `pgoffset`.
    pub const PGOFFSET: usize = 9;
}

/// `PPME_SYSCALL_MUNMAP_E`.
pub mod munmap_e {
    /// `addr`.
    pub const ADDR: usize = 0;
    /// `length`.
    pub const LENGTH: usize = 1;
}

/// `PPME_SYSCALL_MUNMAP_X`.
pub mod munmap_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `vm_size`.
    pub const VM_SIZE: usize = 1;
    /// `vm_rss`.
    pub const VM_RSS: usize = 2;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 3;
    /// `addr`.
    pub const ADDR: usize = 4;
    /// `length`.
    pub const LENGTH: usize = 5;
}

/// `PPME_SYSCALL_SPLICE_E`.
pub mod splice_e {
    /// `fd_in`.
    pub const FD_IN: usize = 0;
    /// `fd_out`.
    pub const FD_OUT: usize = 1;
    /// `size`.
    pub const SIZE: usize = 2;
    /// `flags`.
    pub const FLAGS: usize = 3;
}

/// `PPME_SYSCALL_SPLICE_X`.
pub mod splice_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd_in`.
    pub const FD_IN: usize = 1;
    /// `fd_out`.
    pub const FD_OUT: usize = 2;
    /// `size`.
    pub const SIZE: usize = 3;
    /// `flags`.
    pub const FLAGS: usize = 4;
}

/// `PPME_SYSCALL_PTRACE_E`.
pub mod ptrace_e {
    /// `request`.
    pub const REQUEST: usize = 0;
    /// `pid`.
    pub const PID: usize = 1;
}

/// `PPME_SYSCALL_PTRACE_X`.
pub mod ptrace_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `addr`.
    pub const ADDR: usize = 1;
    /// `data`.
    pub const DATA: usize = 2;
    /// `request`.
    pub const REQUEST: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
}

/// `PPME_SYSCALL_IOCTL_3_E`.
pub mod ioctl_3_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `request`.
    pub const REQUEST: usize = 1;
    /// `argument`.
    pub const ARGUMENT: usize = 2;
}

/// `PPME_SYSCALL_IOCTL_3_X`.
pub mod ioctl_3_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `request`.
    pub const REQUEST: usize = 2;
    /// `argument`.
    pub const ARGUMENT: usize = 3;
}

/// `PPME_SYSCALL_EXECVE_14_X`.
pub mod execve_14_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `env`.
    pub const ENV: usize = 13;
}

/// `PPME_SYSCALL_RENAME_X`.
pub mod rename_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `oldpath`.
    pub const OLDPATH: usize = 1;
    /// `newpath`.
    pub const NEWPATH: usize = 2;
}

/// `PPME_SYSCALL_RENAMEAT_X`.
pub mod renameat_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `olddirfd`.
    pub const OLDDIRFD: usize = 1;
    /// `oldpath`.
    pub const OLDPATH: usize = 2;
    /// `newdirfd`.
    pub const NEWDIRFD: usize = 3;
    /// `newpath`.
    pub const NEWPATH: usize = 4;
}

/// `PPME_SYSCALL_SYMLINK_X`.
pub mod symlink_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `target`.
    pub const TARGET: usize = 1;
    /// `linkpath`.
    pub const LINKPATH: usize = 2;
}

/// `PPME_SYSCALL_SYMLINKAT_X`.
pub mod symlinkat_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `target`.
    pub const TARGET: usize = 1;
    /// `linkdirfd`.
    pub const LINKDIRFD: usize = 2;
    /// `linkpath`.
    pub const LINKPATH: usize = 3;
}

/// `PPME_SYSCALL_FORK_X`.
pub mod fork_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `flags`.
    pub const FLAGS: usize = 13;
    /// `uid`.
    pub const UID: usize = 14;
    /// `gid`.
    pub const GID: usize = 15;
}

/// `PPME_SYSCALL_VFORK_X`.
pub mod vfork_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `flags`.
    pub const FLAGS: usize = 13;
    /// `uid`.
    pub const UID: usize = 14;
    /// `gid`.
    pub const GID: usize = 15;
}

/// `PPME_PROCEXIT_1_E`.
pub mod procexit_1_e {
    /// `status`.
    pub const STATUS: usize = 0;
    /// `ret`.
    pub const RET: usize = 1;
    /// `sig`.
    pub const SIG: usize = 2;
    /// `core`.
    pub const CORE: usize = 3;
    /// `reaper_tid`.
    pub const REAPER_TID: usize = 4;
}

/// `PPME_SYSCALL_SENDFILE_E`.
pub mod sendfile_e {
    /// `out_fd`.
    pub const OUT_FD: usize = 0;
    /// `in_fd`.
    pub const IN_FD: usize = 1;
    /// `offset`.
    pub const OFFSET: usize = 2;
    /// `size`.
    pub const SIZE: usize = 3;
}

/// `PPME_SYSCALL_SENDFILE_X`.
pub mod sendfile_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `offset`.
    pub const OFFSET: usize = 1;
    /// `out_fd`.
    pub const OUT_FD: usize = 2;
    /// `in_fd`.
    pub const IN_FD: usize = 3;
    /// `size`.
    pub const SIZE: usize = 4;
}

/// `PPME_SYSCALL_QUOTACTL_E`.
pub mod quotactl_e {
    /// `cmd`.
    pub const CMD: usize = 0;
    /// `type`.
    pub const TYPE: usize = 1;
    /// `id`.
    pub const ID: usize = 2;
    /// `quota_fmt`.
    pub const QUOTA_FMT: usize = 3;
}

/// `PPME_SYSCALL_QUOTACTL_X`.
pub mod quotactl_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `special`.
    pub const SPECIAL: usize = 1;
    /// `quotafilepath`.
    pub const QUOTAFILEPATH: usize = 2;
    /// `dqb_bhardlimit`.
    pub const DQB_BHARDLIMIT: usize = 3;
    /// `dqb_bsoftlimit`.
    pub const DQB_BSOFTLIMIT: usize = 4;
    /// `dqb_curspace`.
    pub const DQB_CURSPACE: usize = 5;
    /// `dqb_ihardlimit`.
    pub const DQB_IHARDLIMIT: usize = 6;
    /// `dqb_isoftlimit`.
    pub const DQB_ISOFTLIMIT: usize = 7;
    /// `dqb_btime`.
    pub const DQB_BTIME: usize = 8;
    /// `dqb_itime`.
    pub const DQB_ITIME: usize = 9;
    /// `dqi_bgrace`.
    pub const DQI_BGRACE: usize = 10;
    /// `dqi_igrace`.
    pub const DQI_IGRACE: usize = 11;
    /// `dqi_flags`.
    pub const DQI_FLAGS: usize = 12;
    /// `quota_fmt_out`.
    pub const QUOTA_FMT_OUT: usize = 13;
    /// `cmd`.
    pub const CMD: usize = 14;
    /// `type`.
    pub const TYPE: usize = 15;
    /// `id`.
    pub const ID: usize = 16;
    /// `quota_fmt`.
    pub const QUOTA_FMT: usize = 17;
}

/// `PPME_SYSCALL_SETRESUID_E`.
pub mod setresuid_e {
    /// `ruid`.
    pub const RUID: usize = 0;
    /// `euid`.
    pub const EUID: usize = 1;
    /// `suid`.
    pub const SUID: usize = 2;
}

/// `PPME_SYSCALL_SETRESUID_X`.
pub mod setresuid_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `ruid`.
    pub const RUID: usize = 1;
    /// `euid`.
    pub const EUID: usize = 2;
    /// `suid`.
    pub const SUID: usize = 3;
}

/// `PPME_SYSCALL_SETRESGID_E`.
pub mod setresgid_e {
    /// `rgid`.
    pub const RGID: usize = 0;
    /// `egid`.
    pub const EGID: usize = 1;
    /// `sgid`.
    pub const SGID: usize = 2;
}

/// `PPME_SYSCALL_SETRESGID_X`.
pub mod setresgid_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `rgid`.
    pub const RGID: usize = 1;
    /// `egid`.
    pub const EGID: usize = 2;
    /// `sgid`.
    pub const SGID: usize = 3;
}

/// `PPME_SCAPEVENT_E`.
pub mod scapevent_e {
    /// `event_type`.
    pub const EVENT_TYPE: usize = 0;
    /// `event_data`.
    pub const EVENT_DATA: usize = 1;
}

/// `PPME_SYSCALL_SETUID_E`.
pub mod setuid_e {
    /// `uid`.
    pub const UID: usize = 0;
}

/// `PPME_SYSCALL_SETUID_X`.
pub mod setuid_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `uid`.
    pub const UID: usize = 1;
}

/// `PPME_SYSCALL_SETGID_E`.
pub mod setgid_e {
    /// `gid`.
    pub const GID: usize = 0;
}

/// `PPME_SYSCALL_SETGID_X`.
pub mod setgid_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `gid`.
    pub const GID: usize = 1;
}

/// `PPME_SYSCALL_GETUID_X`.
pub mod getuid_x {
    /// `uid`.
    pub const UID: usize = 0;
}

/// `PPME_SYSCALL_GETEUID_X`.
pub mod geteuid_x {
    /// `euid`.
    pub const EUID: usize = 0;
}

/// `PPME_SYSCALL_GETGID_X`.
pub mod getgid_x {
    /// `gid`.
    pub const GID: usize = 0;
}

/// `PPME_SYSCALL_GETEGID_X`.
pub mod getegid_x {
    /// `egid`.
    pub const EGID: usize = 0;
}

/// `PPME_SYSCALL_GETRESUID_X`.
pub mod getresuid_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `ruid`.
    pub const RUID: usize = 1;
    /// `euid`.
    pub const EUID: usize = 2;
    /// `suid`.
    pub const SUID: usize = 3;
}

/// `PPME_SYSCALL_GETRESGID_X`.
pub mod getresgid_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `rgid`.
    pub const RGID: usize = 1;
    /// `egid`.
    pub const EGID: usize = 2;
    /// `sgid`.
    pub const SGID: usize = 3;
}

/// `PPME_SYSCALL_EXECVE_15_X`.
pub mod execve_15_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `comm`.
    pub const COMM: usize = 13;
    /// `env`.
    pub const ENV: usize = 14;
}

/// `PPME_SYSCALL_CLONE_17_X`.
pub mod clone_17_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `comm`.
    pub const COMM: usize = 13;
    /// `flags`.
    pub const FLAGS: usize = 14;
    /// `uid`.
    pub const UID: usize = 15;
    /// `gid`.
    pub const GID: usize = 16;
}

/// `PPME_SYSCALL_FORK_17_X`.
pub mod fork_17_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `comm`.
    pub const COMM: usize = 13;
    /// `flags`.
    pub const FLAGS: usize = 14;
    /// `uid`.
    pub const UID: usize = 15;
    /// `gid`.
    pub const GID: usize = 16;
}

/// `PPME_SYSCALL_VFORK_17_X`.
pub mod vfork_17_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `comm`.
    pub const COMM: usize = 13;
    /// `flags`.
    pub const FLAGS: usize = 14;
    /// `uid`.
    pub const UID: usize = 15;
    /// `gid`.
    pub const GID: usize = 16;
}

/// `PPME_SYSCALL_CLONE_20_X`.
pub mod clone_20_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `comm`.
    pub const COMM: usize = 13;
    /// `cgroups`.
    pub const CGROUPS: usize = 14;
    /// `flags`.
    pub const FLAGS: usize = 15;
    /// `uid`.
    pub const UID: usize = 16;
    /// `gid`.
    pub const GID: usize = 17;
    /// `vtid`.
    pub const VTID: usize = 18;
    /// `vpid`.
    pub const VPID: usize = 19;
    /// `pidns_init_start_ts`.
    pub const PIDNS_INIT_START_TS: usize = 20;
}

/// `PPME_SYSCALL_FORK_20_X`.
pub mod fork_20_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `comm`.
    pub const COMM: usize = 13;
    /// `cgroups`.
    pub const CGROUPS: usize = 14;
    /// `flags`.
    pub const FLAGS: usize = 15;
    /// `uid`.
    pub const UID: usize = 16;
    /// `gid`.
    pub const GID: usize = 17;
    /// `vtid`.
    pub const VTID: usize = 18;
    /// `vpid`.
    pub const VPID: usize = 19;
    /// `pidns_init_start_ts`.
    pub const PIDNS_INIT_START_TS: usize = 20;
}

/// `PPME_SYSCALL_VFORK_20_X`.
pub mod vfork_20_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `comm`.
    pub const COMM: usize = 13;
    /// `cgroups`.
    pub const CGROUPS: usize = 14;
    /// `flags`.
    pub const FLAGS: usize = 15;
    /// `uid`.
    pub const UID: usize = 16;
    /// `gid`.
    pub const GID: usize = 17;
    /// `vtid`.
    pub const VTID: usize = 18;
    /// `vpid`.
    pub const VPID: usize = 19;
    /// `pidns_init_start_ts`.
    pub const PIDNS_INIT_START_TS: usize = 20;
}

/// `PPME_CONTAINER_E`.
pub mod container_e {
    /// `id`.
    pub const ID: usize = 0;
    /// `type`.
    pub const TYPE: usize = 1;
    /// `name`.
    pub const NAME: usize = 2;
    /// `image`.
    pub const IMAGE: usize = 3;
}

/// `PPME_SYSCALL_EXECVE_16_X`.
pub mod execve_16_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `comm`.
    pub const COMM: usize = 13;
    /// `cgroups`.
    pub const CGROUPS: usize = 14;
    /// `env`.
    pub const ENV: usize = 15;
}

/// `PPME_SIGNALDELIVER_E`.
pub mod signaldeliver_e {
    /// `spid`.
    pub const SPID: usize = 0;
    /// `dpid`.
    pub const DPID: usize = 1;
    /// `sig`.
    pub const SIG: usize = 2;
}

/// `PPME_PROCINFO_E`.
pub mod procinfo_e {
    /// `cpu_usr`.
    pub const CPU_USR: usize = 0;
    /// `cpu_sys`.
    pub const CPU_SYS: usize = 1;
}

/// `PPME_SYSCALL_GETDENTS_E`.
pub mod getdents_e {
    /// `fd`.
    pub const FD: usize = 0;
}

/// `PPME_SYSCALL_GETDENTS_X`.
pub mod getdents_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
}

/// `PPME_SYSCALL_GETDENTS64_E`.
pub mod getdents64_e {
    /// `fd`.
    pub const FD: usize = 0;
}

/// `PPME_SYSCALL_GETDENTS64_X`.
pub mod getdents64_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
}

/// `PPME_SYSCALL_SETNS_E`.
pub mod setns_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `nstype`.
    pub const NSTYPE: usize = 1;
}

/// `PPME_SYSCALL_SETNS_X`.
pub mod setns_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `nstype`.
    pub const NSTYPE: usize = 2;
}

/// `PPME_SYSCALL_FLOCK_E`.
pub mod flock_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `operation`.
    pub const OPERATION: usize = 1;
}

/// `PPME_SYSCALL_FLOCK_X`.
pub mod flock_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `operation`.
    pub const OPERATION: usize = 2;
}

/// `PPME_CPU_HOTPLUG_E`.
pub mod cpu_hotplug_e {
    /// `cpu`.
    pub const CPU: usize = 0;
    /// `action`.
    pub const ACTION: usize = 1;
}

/// `PPME_SOCKET_ACCEPT_5_X`.
pub mod accept_5_x {
    /// `fd`.
    pub const FD: usize = 0;
    /// `tuple`.
    pub const TUPLE: usize = 1;
    /// `queuepct`.
    pub const QUEUEPCT: usize = 2;
    /// `queuelen`.
    pub const QUEUELEN: usize = 3;
    /// `queuemax`.
    pub const QUEUEMAX: usize = 4;
}

/// `PPME_SOCKET_ACCEPT4_5_E`.
pub mod accept4_5_e {
    /// `flags`.
    pub const FLAGS: usize = 0;
}

/// `PPME_SOCKET_ACCEPT4_5_X`.
pub mod accept4_5_x {
    /// `fd`.
    pub const FD: usize = 0;
    /// `tuple`.
    pub const TUPLE: usize = 1;
    /// `queuepct`.
    pub const QUEUEPCT: usize = 2;
    /// `queuelen`.
    pub const QUEUELEN: usize = 3;
    /// `queuemax`.
    pub const QUEUEMAX: usize = 4;
}

/// `PPME_SYSCALL_SEMOP_E`.
pub mod semop_e {
    /// `semid`.
    pub const SEMID: usize = 0;
}

/// `PPME_SYSCALL_SEMOP_X`.
pub mod semop_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `nsops`.
    pub const NSOPS: usize = 1;
    /// `sem_num_0`.
    pub const SEM_NUM_0: usize = 2;
    /// `sem_op_0`.
    pub const SEM_OP_0: usize = 3;
    /// `sem_flg_0`.
    pub const SEM_FLG_0: usize = 4;
    /// `sem_num_1`.
    pub const SEM_NUM_1: usize = 5;
    /// `sem_op_1`.
    pub const SEM_OP_1: usize = 6;
    /// `sem_flg_1`.
    pub const SEM_FLG_1: usize = 7;
    /// `semid`.
    pub const SEMID: usize = 8;
}

/// `PPME_SYSCALL_SEMCTL_E`.
pub mod semctl_e {
    /// `semid`.
    pub const SEMID: usize = 0;
    /// `semnum`.
    pub const SEMNUM: usize = 1;
    /// `cmd`.
    pub const CMD: usize = 2;
    /// `val`.
    pub const VAL: usize = 3;
}

/// `PPME_SYSCALL_SEMCTL_X`.
pub mod semctl_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `semid`.
    pub const SEMID: usize = 1;
    /// `semnum`.
    pub const SEMNUM: usize = 2;
    /// `cmd`.
    pub const CMD: usize = 3;
    /// `val`.
    pub const VAL: usize = 4;
}

/// `PPME_SYSCALL_PPOLL_E`.
pub mod ppoll_e {
    /// `fds`.
    pub const FDS: usize = 0;
    /// `timeout`.
    pub const TIMEOUT: usize = 1;
    /// `sigmask`.
    pub const SIGMASK: usize = 2;
}

/// `PPME_SYSCALL_PPOLL_X`.
pub mod ppoll_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fds`.
    pub const FDS: usize = 1;
    /// `timeout`.
    pub const TIMEOUT: usize = 2;
    /// `sigmask`.
    pub const SIGMASK: usize = 3;
}

/// `PPME_SYSCALL_MOUNT_E`.
pub mod mount_e {
    /// `flags`.
    pub const FLAGS: usize = 0;
}

/// `PPME_SYSCALL_MOUNT_X`.
pub mod mount_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `dev`.
    pub const DEV: usize = 1;
    /// `dir`.
    pub const DIR: usize = 2;
    /// `type`.
    pub const TYPE: usize = 3;
    /// `flags`.
    pub const FLAGS: usize = 4;
}

/// `PPME_SYSCALL_UMOUNT_E`.
pub mod umount_e {
    /// `flags`.
    pub const FLAGS: usize = 0;
}

/// `PPME_SYSCALL_UMOUNT_X`.
pub mod umount_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `name`.
    pub const NAME: usize = 1;
}

/// `PPME_K8S_E`.
pub mod k8s_e {
    /// `json`.
    pub const JSON: usize = 0;
}

/// `PPME_SYSCALL_SEMGET_E`.
pub mod semget_e {
    /// `key`.
    pub const KEY: usize = 0;
    /// `nsems`.
    pub const NSEMS: usize = 1;
    /// `semflg`.
    pub const SEMFLG: usize = 2;
}

/// `PPME_SYSCALL_SEMGET_X`.
pub mod semget_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `key`.
    pub const KEY: usize = 1;
    /// `nsems`.
    pub const NSEMS: usize = 2;
    /// `semflg`.
    pub const SEMFLG: usize = 3;
}

/// `PPME_SYSCALL_ACCESS_E`.
pub mod access_e {
    /// `mode`.
    pub const MODE: usize = 0;
}

/// `PPME_SYSCALL_ACCESS_X`.
pub mod access_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `name`.
    pub const NAME: usize = 1;
    /// `mode`.
    pub const MODE: usize = 2;
}

/// `PPME_SYSCALL_CHROOT_X`.
pub mod chroot_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
}

/// `PPME_TRACER_E`.
pub mod tracer_e {
    /// `id`.
    pub const ID: usize = 0;
    /// `tags`.
    pub const TAGS: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
}

/// `PPME_TRACER_X`.
pub mod tracer_x {
    /// `id`.
    pub const ID: usize = 0;
    /// `tags`.
    pub const TAGS: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
}

/// `PPME_MESOS_E`.
pub mod mesos_e {
    /// `json`.
    pub const JSON: usize = 0;
}

/// `PPME_CONTAINER_JSON_E`.
pub mod container_json_e {
    /// `json`.
    pub const JSON: usize = 0;
}

/// `PPME_SYSCALL_SETSID_X`.
pub mod setsid_x {
    /// `res`.
    pub const RES: usize = 0;
}

/// `PPME_SYSCALL_MKDIR_2_E`.
pub mod mkdir_2_e {
    /// `mode`.
    pub const MODE: usize = 0;
}

/// `PPME_SYSCALL_MKDIR_2_X`.
pub mod mkdir_2_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
    /// `mode`.
    pub const MODE: usize = 2;
}

/// `PPME_SYSCALL_RMDIR_2_X`.
pub mod rmdir_2_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
}

/// `PPME_NOTIFICATION_E`.
pub mod notification_e {
    /// `id`.
    pub const ID: usize = 0;
    /// `desc`.
    pub const DESC: usize = 1;
}

/// `PPME_SYSCALL_EXECVE_17_X`.
pub mod execve_17_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `comm`.
    pub const COMM: usize = 13;
    /// `cgroups`.
    pub const CGROUPS: usize = 14;
    /// `env`.
    pub const ENV: usize = 15;
    /// `tty`.
    pub const TTY: usize = 16;
}

/// `PPME_SYSCALL_UNSHARE_E`.
pub mod unshare_e {
    /// `flags`.
    pub const FLAGS: usize = 0;
}

/// `PPME_SYSCALL_UNSHARE_X`.
pub mod unshare_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `flags`.
    pub const FLAGS: usize = 1;
}

/// `PPME_INFRASTRUCTURE_EVENT_E`.
pub mod infrastructure_event_e {
    /// `source`.
    pub const SOURCE: usize = 0;
    /// `name`.
    pub const NAME: usize = 1;
    /// `description`.
    pub const DESCRIPTION: usize = 2;
    /// `scope`.
    pub const SCOPE: usize = 3;
}

/// `PPME_SYSCALL_EXECVE_18_E`.
pub mod execve_18_e {
    /// `filename`.
    pub const FILENAME: usize = 0;
}

/// `PPME_SYSCALL_EXECVE_18_X`.
pub mod execve_18_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `comm`.
    pub const COMM: usize = 13;
    /// `cgroups`.
    pub const CGROUPS: usize = 14;
    /// `env`.
    pub const ENV: usize = 15;
    /// `tty`.
    pub const TTY: usize = 16;
}

/// `PPME_PAGE_FAULT_E`.
pub mod page_fault_e {
    /// `addr`.
    pub const ADDR: usize = 0;
    /// `ip`.
    pub const IP: usize = 1;
    /// `error`.
    pub const ERROR: usize = 2;
}

/// `PPME_SYSCALL_EXECVE_19_E`.
pub mod execve_19_e {
    /// `filename`.
    pub const FILENAME: usize = 0;
}

/// `PPME_SYSCALL_EXECVE_19_X`.
pub mod execve_19_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `comm`.
    pub const COMM: usize = 13;
    /// `cgroups`.
    pub const CGROUPS: usize = 14;
    /// `env`.
    pub const ENV: usize = 15;
    /// `tty`.
    pub const TTY: usize = 16;
    /// `vpgid`.
    pub const VPGID: usize = 17;
    /// `loginuid`.
    pub const LOGINUID: usize = 18;
    /// `flags`.
    pub const FLAGS: usize = 19;
    /// `cap_inheritable`.
    pub const CAP_INHERITABLE: usize = 20;
    /// `cap_permitted`.
    pub const CAP_PERMITTED: usize = 21;
    /// `cap_effective`.
    pub const CAP_EFFECTIVE: usize = 22;
    /// `exe_ino`.
    pub const EXE_INO: usize = 23;
    /// `exe_ino_ctime`.
    pub const EXE_INO_CTIME: usize = 24;
    /// `exe_ino_mtime`.
    pub const EXE_INO_MTIME: usize = 25;
    /// `uid`.
    pub const UID: usize = 26;
    /// `trusted_exepath`.
    pub const TRUSTED_EXEPATH: usize = 27;
    /// `pgid`.
    pub const PGID: usize = 28;
    /// `gid`.
    pub const GID: usize = 29;
    /// `filename`.
    pub const FILENAME: usize = 30;
}

/// `PPME_SYSCALL_SETPGID_E`.
pub mod setpgid_e {
    /// `pid`.
    pub const PID: usize = 0;
    /// `pgid`.
    pub const PGID: usize = 1;
}

/// `PPME_SYSCALL_SETPGID_X`.
pub mod setpgid_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `pid`.
    pub const PID: usize = 1;
    /// `pgid`.
    pub const PGID: usize = 2;
}

/// `PPME_SYSCALL_BPF_E`.
pub mod bpf_e {
    /// `cmd`.
    pub const CMD: usize = 0;
}

/// `PPME_SYSCALL_BPF_X`.
pub mod bpf_x {
    /// `res_or_fd`.
    pub const RES_OR_FD: usize = 0;
}

/// `PPME_SYSCALL_SECCOMP_E`.
pub mod seccomp_e {
    /// `op`.
    pub const OP: usize = 0;
    /// `flags`.
    pub const FLAGS: usize = 1;
}

/// `PPME_SYSCALL_SECCOMP_X`.
pub mod seccomp_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `op`.
    pub const OP: usize = 1;
    /// `flags`.
    pub const FLAGS: usize = 2;
}

/// `PPME_SYSCALL_UNLINK_2_X`.
pub mod unlink_2_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
}

/// `PPME_SYSCALL_UNLINKAT_2_X`.
pub mod unlinkat_2_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `dirfd`.
    pub const DIRFD: usize = 1;
    /// `name`.
    pub const NAME: usize = 2;
    /// `flags`.
    pub const FLAGS: usize = 3;
}

/// `PPME_SYSCALL_MKDIRAT_X`.
pub mod mkdirat_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `dirfd`.
    pub const DIRFD: usize = 1;
    /// `path`.
    pub const PATH: usize = 2;
    /// `mode`.
    pub const MODE: usize = 3;
}

/// `PPME_SYSCALL_OPENAT_2_E`.
pub mod openat_2_e {
    /// `dirfd`.
    pub const DIRFD: usize = 0;
    /// `name`.
    pub const NAME: usize = 1;
    /// `flags`.
    pub const FLAGS: usize = 2;
    /// `mode`.
    pub const MODE: usize = 3;
}

/// `PPME_SYSCALL_OPENAT_2_X`.
pub mod openat_2_x {
    /// `fd`.
    pub const FD: usize = 0;
    /// `dirfd`.
    pub const DIRFD: usize = 1;
    /// `name`.
    pub const NAME: usize = 2;
    /// `flags`.
    pub const FLAGS: usize = 3;
    /// `mode`.
    pub const MODE: usize = 4;
    /// `dev`.
    pub const DEV: usize = 5;
    /// `ino`.
    pub const INO: usize = 6;
}

/// `PPME_SYSCALL_LINK_2_X`.
pub mod link_2_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `oldpath`.
    pub const OLDPATH: usize = 1;
    /// `newpath`.
    pub const NEWPATH: usize = 2;
}

/// `PPME_SYSCALL_LINKAT_2_X`.
pub mod linkat_2_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `olddir`.
    pub const OLDDIR: usize = 1;
    /// `oldpath`.
    pub const OLDPATH: usize = 2;
    /// `newdir`.
    pub const NEWDIR: usize = 3;
    /// `newpath`.
    pub const NEWPATH: usize = 4;
    /// `flags`.
    pub const FLAGS: usize = 5;
}

/// `PPME_SYSCALL_FCHMODAT_X`.
pub mod fchmodat_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `dirfd`.
    pub const DIRFD: usize = 1;
    /// `filename`.
    pub const FILENAME: usize = 2;
    /// `mode`.
    pub const MODE: usize = 3;
}

/// `PPME_SYSCALL_CHMOD_X`.
pub mod chmod_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `filename`.
    pub const FILENAME: usize = 1;
    /// `mode`.
    pub const MODE: usize = 2;
}

/// `PPME_SYSCALL_FCHMOD_X`.
pub mod fchmod_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `mode`.
    pub const MODE: usize = 2;
}

/// `PPME_SYSCALL_RENAMEAT2_X`.
pub mod renameat2_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `olddirfd`.
    pub const OLDDIRFD: usize = 1;
    /// `oldpath`.
    pub const OLDPATH: usize = 2;
    /// `newdirfd`.
    pub const NEWDIRFD: usize = 3;
    /// `newpath`.
    pub const NEWPATH: usize = 4;
    /// `flags`.
    pub const FLAGS: usize = 5;
}

/// `PPME_SYSCALL_USERFAULTFD_X`.
pub mod userfaultfd_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `flags`.
    pub const FLAGS: usize = 1;
}

/// `PPME_PLUGINEVENT_E`.
pub mod pluginevent_e {
    /// `plugin_id`.
    pub const PLUGIN_ID: usize = 0;
    /// `event_data`.
    pub const EVENT_DATA: usize = 1;
}

/// `PPME_CONTAINER_JSON_2_E`.
pub mod container_json_2_e {
    /// `json`.
    pub const JSON: usize = 0;
}

/// `PPME_SYSCALL_OPENAT2_E`.
pub mod openat2_e {
    /// `dirfd`.
    pub const DIRFD: usize = 0;
    /// `name`.
    pub const NAME: usize = 1;
    /// `flags`.
    pub const FLAGS: usize = 2;
    /// `mode`.
    pub const MODE: usize = 3;
    /// `resolve`.
    pub const RESOLVE: usize = 4;
}

/// `PPME_SYSCALL_OPENAT2_X`.
pub mod openat2_x {
    /// `fd`.
    pub const FD: usize = 0;
    /// `dirfd`.
    pub const DIRFD: usize = 1;
    /// `name`.
    pub const NAME: usize = 2;
    /// `flags`.
    pub const FLAGS: usize = 3;
    /// `mode`.
    pub const MODE: usize = 4;
    /// `resolve`.
    pub const RESOLVE: usize = 5;
    /// `dev`.
    pub const DEV: usize = 6;
    /// `ino`.
    pub const INO: usize = 7;
}

/// `PPME_SYSCALL_MPROTECT_E`.
pub mod mprotect_e {
    /// `addr`.
    pub const ADDR: usize = 0;
    /// `length`.
    pub const LENGTH: usize = 1;
    /// `prot`.
    pub const PROT: usize = 2;
}

/// `PPME_SYSCALL_MPROTECT_X`.
pub mod mprotect_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `addr`.
    pub const ADDR: usize = 1;
    /// `length`.
    pub const LENGTH: usize = 2;
    /// `prot`.
    pub const PROT: usize = 3;
}

/// `PPME_SYSCALL_EXECVEAT_E`.
pub mod execveat_e {
    /// `dirfd`.
    pub const DIRFD: usize = 0;
    /// `pathname`.
    pub const PATHNAME: usize = 1;
    /// `flags`.
    pub const FLAGS: usize = 2;
}

/// `PPME_SYSCALL_EXECVEAT_X`.
pub mod execveat_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `comm`.
    pub const COMM: usize = 13;
    /// `cgroups`.
    pub const CGROUPS: usize = 14;
    /// `env`.
    pub const ENV: usize = 15;
    /// `tty`.
    pub const TTY: usize = 16;
    /// `vpgid`.
    pub const VPGID: usize = 17;
    /// `loginuid`.
    pub const LOGINUID: usize = 18;
    /// `flags`.
    pub const FLAGS: usize = 19;
    /// `cap_inheritable`.
    pub const CAP_INHERITABLE: usize = 20;
    /// `cap_permitted`.
    pub const CAP_PERMITTED: usize = 21;
    /// `cap_effective`.
    pub const CAP_EFFECTIVE: usize = 22;
    /// `exe_ino`.
    pub const EXE_INO: usize = 23;
    /// `exe_ino_ctime`.
    pub const EXE_INO_CTIME: usize = 24;
    /// `exe_ino_mtime`.
    pub const EXE_INO_MTIME: usize = 25;
    /// `uid`.
    pub const UID: usize = 26;
    /// `trusted_exepath`.
    pub const TRUSTED_EXEPATH: usize = 27;
    /// `pgid`.
    pub const PGID: usize = 28;
    /// `gid`.
    pub const GID: usize = 29;
}

/// `PPME_SYSCALL_COPY_FILE_RANGE_E`.
pub mod copy_file_range_e {
    /// `fdin`.
    pub const FDIN: usize = 0;
    /// `offin`.
    pub const OFFIN: usize = 1;
    /// `len`.
    pub const LEN: usize = 2;
}

/// `PPME_SYSCALL_COPY_FILE_RANGE_X`.
pub mod copy_file_range_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fdout`.
    pub const FDOUT: usize = 1;
    /// `offout`.
    pub const OFFOUT: usize = 2;
    /// `fdin`.
    pub const FDIN: usize = 3;
    /// `offin`.
    pub const OFFIN: usize = 4;
    /// `len`.
    pub const LEN: usize = 5;
}

/// `PPME_SYSCALL_CLONE3_X`.
pub mod clone3_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `exe`.
    pub const EXE: usize = 1;
    /// `args`.
    pub const ARGS: usize = 2;
    /// `tid`.
    pub const TID: usize = 3;
    /// `pid`.
    pub const PID: usize = 4;
    /// `ptid`.
    pub const PTID: usize = 5;
    /// `cwd`.
    pub const CWD: usize = 6;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 7;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 8;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 9;
    /// `vm_size`.
    pub const VM_SIZE: usize = 10;
    /// `vm_rss`.
    pub const VM_RSS: usize = 11;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 12;
    /// `comm`.
    pub const COMM: usize = 13;
    /// `cgroups`.
    pub const CGROUPS: usize = 14;
    /// `flags`.
    pub const FLAGS: usize = 15;
    /// `uid`.
    pub const UID: usize = 16;
    /// `gid`.
    pub const GID: usize = 17;
    /// `vtid`.
    pub const VTID: usize = 18;
    /// `vpid`.
    pub const VPID: usize = 19;
    /// `pidns_init_start_ts`.
    pub const PIDNS_INIT_START_TS: usize = 20;
}

/// `PPME_SYSCALL_OPEN_BY_HANDLE_AT_X`.
pub mod open_by_handle_at_x {
    /// `fd`.
    pub const FD: usize = 0;
    /// `mountfd`.
    pub const MOUNTFD: usize = 1;
    /// `flags`.
    pub const FLAGS: usize = 2;
    /// `path`.
    pub const PATH: usize = 3;
    /// `dev`.
    pub const DEV: usize = 4;
    /// `ino`.
    pub const INO: usize = 5;
}

/// `PPME_SYSCALL_IO_URING_SETUP_X`.
pub mod io_uring_setup_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `entries`.
    pub const ENTRIES: usize = 1;
    /// `sq_entries`.
    pub const SQ_ENTRIES: usize = 2;
    /// `cq_entries`.
    pub const CQ_ENTRIES: usize = 3;
    /// `flags`.
    pub const FLAGS: usize = 4;
    /// `sq_thread_cpu`.
    pub const SQ_THREAD_CPU: usize = 5;
    /// `sq_thread_idle`.
    pub const SQ_THREAD_IDLE: usize = 6;
    /// `features`.
    pub const FEATURES: usize = 7;
}

/// `PPME_SYSCALL_IO_URING_ENTER_X`.
pub mod io_uring_enter_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `to_submit`.
    pub const TO_SUBMIT: usize = 2;
    /// `min_complete`.
    pub const MIN_COMPLETE: usize = 3;
    /// `flags`.
    pub const FLAGS: usize = 4;
    /// `sig`.
    pub const SIG: usize = 5;
}

/// `PPME_SYSCALL_IO_URING_REGISTER_X`.
pub mod io_uring_register_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `opcode`.
    pub const OPCODE: usize = 2;
    /// `arg`.
    pub const ARG: usize = 3;
    /// `nr_args`.
    pub const NR_ARGS: usize = 4;
}

/// `PPME_SYSCALL_MLOCK_X`.
pub mod mlock_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `addr`.
    pub const ADDR: usize = 1;
    /// `len`.
    pub const LEN: usize = 2;
}

/// `PPME_SYSCALL_MUNLOCK_X`.
pub mod munlock_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `addr`.
    pub const ADDR: usize = 1;
    /// `len`.
    pub const LEN: usize = 2;
}

/// `PPME_SYSCALL_MLOCKALL_X`.
pub mod mlockall_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `flags`.
    pub const FLAGS: usize = 1;
}

/// `PPME_SYSCALL_MUNLOCKALL_X`.
pub mod munlockall_x {
    /// `res`.
    pub const RES: usize = 0;
}

/// `PPME_SYSCALL_CAPSET_X`.
pub mod capset_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `cap_inheritable`.
    pub const CAP_INHERITABLE: usize = 1;
    /// `cap_permitted`.
    pub const CAP_PERMITTED: usize = 2;
    /// `cap_effective`.
    pub const CAP_EFFECTIVE: usize = 3;
}

/// `PPME_USER_ADDED_E`.
pub mod user_added_e {
    /// `uid`.
    pub const UID: usize = 0;
    /// `gid`.
    pub const GID: usize = 1;
    /// `name`.
    pub const NAME: usize = 2;
    /// `home`.
    pub const HOME: usize = 3;
    /// `shell`.
    pub const SHELL: usize = 4;
    /// `container_id`.
    pub const CONTAINER_ID: usize = 5;
}

/// `PPME_USER_DELETED_E`.
pub mod user_deleted_e {
    /// `uid`.
    pub const UID: usize = 0;
    /// `gid`.
    pub const GID: usize = 1;
    /// `name`.
    pub const NAME: usize = 2;
    /// `home`.
    pub const HOME: usize = 3;
    /// `shell`.
    pub const SHELL: usize = 4;
    /// `container_id`.
    pub const CONTAINER_ID: usize = 5;
}

/// `PPME_GROUP_ADDED_E`.
pub mod group_added_e {
    /// `gid`.
    pub const GID: usize = 0;
    /// `name`.
    pub const NAME: usize = 1;
    /// `container_id`.
    pub const CONTAINER_ID: usize = 2;
}

/// `PPME_GROUP_DELETED_E`.
pub mod group_deleted_e {
    /// `gid`.
    pub const GID: usize = 0;
    /// `name`.
    pub const NAME: usize = 1;
    /// `container_id`.
    pub const CONTAINER_ID: usize = 2;
}

/// `PPME_SYSCALL_DUP2_E`.
pub mod dup2_e {
    /// `fd`.
    pub const FD: usize = 0;
}

/// `PPME_SYSCALL_DUP2_X`.
pub mod dup2_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `oldfd`.
    pub const OLDFD: usize = 1;
    /// `newfd`.
    pub const NEWFD: usize = 2;
}

/// `PPME_SYSCALL_DUP3_E`.
pub mod dup3_e {
    /// `fd`.
    pub const FD: usize = 0;
}

/// `PPME_SYSCALL_DUP3_X`.
pub mod dup3_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `oldfd`.
    pub const OLDFD: usize = 1;
    /// `newfd`.
    pub const NEWFD: usize = 2;
    /// `flags`.
    pub const FLAGS: usize = 3;
}

/// `PPME_SYSCALL_DUP_1_E`.
pub mod dup_1_e {
    /// `fd`.
    pub const FD: usize = 0;
}

/// `PPME_SYSCALL_DUP_1_X`.
pub mod dup_1_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `oldfd`.
    pub const OLDFD: usize = 1;
}

/// `PPME_SYSCALL_BPF_2_E`.
pub mod bpf_2_e {
    /// `cmd`.
    pub const CMD: usize = 0;
}

/// `PPME_SYSCALL_BPF_2_X`.
pub mod bpf_2_x {
    /// `fd`.
    pub const FD: usize = 0;
    /// `cmd`.
    pub const CMD: usize = 1;
}

/// `PPME_SYSCALL_MLOCK2_X`.
pub mod mlock2_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `addr`.
    pub const ADDR: usize = 1;
    /// `len`.
    pub const LEN: usize = 2;
    /// `flags`.
    pub const FLAGS: usize = 3;
}

/// `PPME_SYSCALL_FSCONFIG_X`.
pub mod fsconfig_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `cmd`.
    pub const CMD: usize = 2;
    /// `key`.
    pub const KEY: usize = 3;
    /// `value_bytebuf`.
    pub const VALUE_BYTEBUF: usize = 4;
    /// `value_charbuf`.
    pub const VALUE_CHARBUF: usize = 5;
    /// `aux`.
    pub const AUX: usize = 6;
}

/// `PPME_SYSCALL_EPOLL_CREATE_E`.
pub mod epoll_create_e {
    /// `size`.
    pub const SIZE: usize = 0;
}

/// `PPME_SYSCALL_EPOLL_CREATE_X`.
pub mod epoll_create_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `size`.
    pub const SIZE: usize = 1;
}

/// `PPME_SYSCALL_EPOLL_CREATE1_E`.
pub mod epoll_create1_e {
    /// `flags`.
    pub const FLAGS: usize = 0;
}

/// `PPME_SYSCALL_EPOLL_CREATE1_X`.
pub mod epoll_create1_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `flags`.
    pub const FLAGS: usize = 1;
}

/// `PPME_SYSCALL_CHOWN_X`.
pub mod chown_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
    /// `uid`.
    pub const UID: usize = 2;
    /// `gid`.
    pub const GID: usize = 3;
}

/// `PPME_SYSCALL_LCHOWN_X`.
pub mod lchown_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
    /// `uid`.
    pub const UID: usize = 2;
    /// `gid`.
    pub const GID: usize = 3;
}

/// `PPME_SYSCALL_FCHOWN_X`.
pub mod fchown_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `uid`.
    pub const UID: usize = 2;
    /// `gid`.
    pub const GID: usize = 3;
}

/// `PPME_SYSCALL_FCHOWNAT_X`.
pub mod fchownat_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `dirfd`.
    pub const DIRFD: usize = 1;
    /// `pathname`.
    pub const PATHNAME: usize = 2;
    /// `uid`.
    pub const UID: usize = 3;
    /// `gid`.
    pub const GID: usize = 4;
    /// `flags`.
    pub const FLAGS: usize = 5;
}

/// `PPME_SYSCALL_UMOUNT_1_X`.
pub mod umount_1_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `name`.
    pub const NAME: usize = 1;
}

/// `PPME_SOCKET_ACCEPT4_6_E`.
pub mod accept4_6_e {
    /// `flags`.
    pub const FLAGS: usize = 0;
}

/// `PPME_SOCKET_ACCEPT4_6_X`.
pub mod accept4_6_x {
    /// `fd`.
    pub const FD: usize = 0;
    /// `tuple`.
    pub const TUPLE: usize = 1;
    /// `queuepct`.
    pub const QUEUEPCT: usize = 2;
    /// `queuelen`.
    pub const QUEUELEN: usize = 3;
    /// `queuemax`.
    pub const QUEUEMAX: usize = 4;
    /// `flags`.
    pub const FLAGS: usize = 5;
}

/// `PPME_SYSCALL_UMOUNT2_E`.
pub mod umount2_e {
    /// `flags`.
    pub const FLAGS: usize = 0;
}

/// `PPME_SYSCALL_UMOUNT2_X`.
pub mod umount2_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `name`.
    pub const NAME: usize = 1;
    /// `flags`.
    pub const FLAGS: usize = 2;
}

/// `PPME_SYSCALL_PIPE2_X`.
pub mod pipe2_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd1`.
    pub const FD1: usize = 1;
    /// `fd2`.
    pub const FD2: usize = 2;
    /// `ino`.
    pub const INO: usize = 3;
    /// `flags`.
    pub const FLAGS: usize = 4;
}

/// `PPME_SYSCALL_INOTIFY_INIT1_X`.
pub mod inotify_init1_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `flags`.
    pub const FLAGS: usize = 1;
}

/// `PPME_SYSCALL_EVENTFD2_E`.
pub mod eventfd2_e {
    /// `initval`.
    pub const INITVAL: usize = 0;
}

/// `PPME_SYSCALL_EVENTFD2_X`.
pub mod eventfd2_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `flags`.
    pub const FLAGS: usize = 1;
    /// `initval`.
    pub const INITVAL: usize = 2;
}

/// `PPME_SYSCALL_SIGNALFD4_E`.
pub mod signalfd4_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `mask`.
    pub const MASK: usize = 1;
}

/// `PPME_SYSCALL_SIGNALFD4_X`.
pub mod signalfd4_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `flags`.
    pub const FLAGS: usize = 1;
    /// `fd`.
    pub const FD: usize = 2;
    /// `mask`.
    pub const MASK: usize = 3;
}

/// `PPME_SYSCALL_PRCTL_X`.
pub mod prctl_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `option`.
    pub const OPTION: usize = 1;
    /// `arg2_str`.
    pub const ARG2_STR: usize = 2;
    /// `arg2_int`.
    pub const ARG2_INT: usize = 3;
}

/// `PPME_ASYNCEVENT_E`.
pub mod asyncevent_e {
    /// `plugin_id`.
    pub const PLUGIN_ID: usize = 0;
    /// `name`.
    pub const NAME: usize = 1;
    /// `data`.
    pub const DATA: usize = 2;
}

/// `PPME_SYSCALL_MEMFD_CREATE_X`.
pub mod memfd_create_x {
    /// `fd`.
    pub const FD: usize = 0;
    /// `name`.
    pub const NAME: usize = 1;
    /// `flags`.
    pub const FLAGS: usize = 2;
}

/// `PPME_SYSCALL_PIDFD_GETFD_X`.
pub mod pidfd_getfd_x {
    /// `fd`.
    pub const FD: usize = 0;
    /// `pid_fd`.
    pub const PID_FD: usize = 1;
    /// `target_fd`.
    pub const TARGET_FD: usize = 2;
    /// `flags`.
    pub const FLAGS: usize = 3;
}

/// `PPME_SYSCALL_PIDFD_OPEN_X`.
pub mod pidfd_open_x {
    /// `fd`.
    pub const FD: usize = 0;
    /// `pid`.
    pub const PID: usize = 1;
    /// `flags`.
    pub const FLAGS: usize = 2;
}

/// `PPME_SYSCALL_INIT_MODULE_X`.
pub mod init_module_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `img`.
    pub const IMG: usize = 1;
    /// `length`.
    pub const LENGTH: usize = 2;
    /// `uargs`.
    pub const UARGS: usize = 3;
}

/// `PPME_SYSCALL_FINIT_MODULE_X`.
pub mod finit_module_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `fd`.
    pub const FD: usize = 1;
    /// `uargs`.
    pub const UARGS: usize = 2;
    /// `flags`.
    pub const FLAGS: usize = 3;
}

/// `PPME_SYSCALL_MKNOD_X`.
pub mod mknod_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
    /// `mode`.
    pub const MODE: usize = 2;
    /// `dev`.
    pub const DEV: usize = 3;
}

/// `PPME_SYSCALL_MKNODAT_X`.
pub mod mknodat_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `dirfd`.
    pub const DIRFD: usize = 1;
    /// `path`.
    pub const PATH: usize = 2;
    /// `mode`.
    pub const MODE: usize = 3;
    /// `dev`.
    pub const DEV: usize = 4;
}

/// `PPME_SYSCALL_NEWFSTATAT_X`.
pub mod newfstatat_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `dirfd`.
    pub const DIRFD: usize = 1;
    /// `path`.
    pub const PATH: usize = 2;
    /// `flags`.
    pub const FLAGS: usize = 3;
}

/// `PPME_SYSCALL_PROCESS_VM_READV_X`.
pub mod process_vm_readv_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `pid`.
    pub const PID: usize = 1;
    /// `data`.
    pub const DATA: usize = 2;
}

/// `PPME_SYSCALL_PROCESS_VM_WRITEV_X`.
pub mod process_vm_writev_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `pid`.
    pub const PID: usize = 1;
    /// `data`.
    pub const DATA: usize = 2;
}

/// `PPME_SYSCALL_DELETE_MODULE_X`.
pub mod delete_module_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `name`.
    pub const NAME: usize = 1;
    /// `flags`.
    pub const FLAGS: usize = 2;
}

/// `PPME_SYSCALL_SETREUID_X`.
pub mod setreuid_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `ruid`.
    pub const RUID: usize = 1;
    /// `euid`.
    pub const EUID: usize = 2;
}

/// `PPME_SYSCALL_SETREGID_X`.
pub mod setregid_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `rgid`.
    pub const RGID: usize = 1;
    /// `egid`.
    pub const EGID: usize = 2;
}

/// `PPME_ITER_TASK_E`.
pub mod iter_task_e {
    /// `ppid`.
    pub const PPID: usize = 0;
    /// `pgid`.
    pub const PGID: usize = 1;
    /// `vpgid`.
    pub const VPGID: usize = 2;
    /// `sid`.
    pub const SID: usize = 3;
    /// `comm`.
    pub const COMM: usize = 4;
    /// `argv`.
    pub const ARGV: usize = 5;
    /// `exepath`.
    pub const EXEPATH: usize = 6;
    /// `flags`.
    pub const FLAGS: usize = 7;
    /// `env`.
    pub const ENV: usize = 8;
    /// `cwd`.
    pub const CWD: usize = 9;
    /// `fdlimit`.
    pub const FDLIMIT: usize = 10;
    /// `euid`.
    pub const EUID: usize = 11;
    /// `egid`.
    pub const EGID: usize = 12;
    /// `cap_permitted`.
    pub const CAP_PERMITTED: usize = 13;
    /// `cap_effective`.
    pub const CAP_EFFECTIVE: usize = 14;
    /// `cap_inheritable`.
    pub const CAP_INHERITABLE: usize = 15;
    /// `exe_ino_num`.
    pub const EXE_INO_NUM: usize = 16;
    /// `exe_ino_ctime`.
    pub const EXE_INO_CTIME: usize = 17;
    /// `exe_ino_mtime`.
    pub const EXE_INO_MTIME: usize = 18;
    /// `vm_size`.
    pub const VM_SIZE: usize = 19;
    /// `vm_rss`.
    pub const VM_RSS: usize = 20;
    /// `vm_swap`.
    pub const VM_SWAP: usize = 21;
    /// `pgft_maj`.
    pub const PGFT_MAJ: usize = 22;
    /// `pgft_min`.
    pub const PGFT_MIN: usize = 23;
    /// `vtgid`.
    pub const VTGID: usize = 24;
    /// `vpid`.
    pub const VPID: usize = 25;
    /// `pidns_init_start_ts`.
    pub const PIDNS_INIT_START_TS: usize = 26;
    /// `cgroups`.
    pub const CGROUPS: usize = 27;
    /// `root`.
    pub const ROOT: usize = 28;
    /// `start_time`.
    pub const START_TIME: usize = 29;
    /// `tty`.
    pub const TTY: usize = 30;
    /// `loginuid`.
    pub const LOGINUID: usize = 31;
}

/// `PPME_ITER_TASK_FILE_PIPE_E`.
pub mod iter_task_file_pipe_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
    /// `ino_num`.
    pub const INO_NUM: usize = 2;
}

/// `PPME_ITER_TASK_FILE_MEMFD_E`.
pub mod iter_task_file_memfd_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
    /// `ino_num`.
    pub const INO_NUM: usize = 2;
}

/// `PPME_ITER_TASK_FILE_REGULAR_E`.
pub mod iter_task_file_regular_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
    /// `flags`.
    pub const FLAGS: usize = 2;
    /// `mnt_id`.
    pub const MNT_ID: usize = 3;
    /// `ino_num`.
    pub const INO_NUM: usize = 4;
}

/// `PPME_ITER_TASK_FILE_DIRECTORY_E`.
pub mod iter_task_file_directory_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `path`.
    pub const PATH: usize = 1;
    /// `ino_num`.
    pub const INO_NUM: usize = 2;
}

/// `PPME_ITER_TASK_FILE_SOCKET_INET_E`.
pub mod iter_task_file_socket_inet_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `sk_type`.
    pub const SK_TYPE: usize = 1;
    /// `sk_proto`.
    pub const SK_PROTO: usize = 2;
    /// `local_ip`.
    pub const LOCAL_IP: usize = 3;
    /// `local_port`.
    pub const LOCAL_PORT: usize = 4;
    /// `remote_ip`.
    pub const REMOTE_IP: usize = 5;
    /// `remote_port`.
    pub const REMOTE_PORT: usize = 6;
    /// `ino_num`.
    pub const INO_NUM: usize = 7;
}

/// `PPME_ITER_TASK_FILE_SOCKET_INET6_E`.
pub mod iter_task_file_socket_inet6_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `sk_type`.
    pub const SK_TYPE: usize = 1;
    /// `sk_proto`.
    pub const SK_PROTO: usize = 2;
    /// `local_ip`.
    pub const LOCAL_IP: usize = 3;
    /// `local_port`.
    pub const LOCAL_PORT: usize = 4;
    /// `remote_ip`.
    pub const REMOTE_IP: usize = 5;
    /// `remote_port`.
    pub const REMOTE_PORT: usize = 6;
    /// `ino_num`.
    pub const INO_NUM: usize = 7;
}

/// `PPME_ITER_TASK_FILE_SOCKET_UNIX_E`.
pub mod iter_task_file_socket_unix_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `sk_type`.
    pub const SK_TYPE: usize = 1;
    /// `sk_proto`.
    pub const SK_PROTO: usize = 2;
    /// `sk_pointer`.
    pub const SK_POINTER: usize = 3;
    /// `sun_path`.
    pub const SUN_PATH: usize = 4;
    /// `ino_num`.
    pub const INO_NUM: usize = 5;
}

/// `PPME_ITER_TASK_FILE_SOCKET_NETLINK_E`.
pub mod iter_task_file_socket_netlink_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `sk_type`.
    pub const SK_TYPE: usize = 1;
    /// `sk_proto`.
    pub const SK_PROTO: usize = 2;
    /// `ino_num`.
    pub const INO_NUM: usize = 3;
}

/// `PPME_ITER_TASK_FILE_ANON_INODE_E`.
pub mod iter_task_file_anon_inode_e {
    /// `fd`.
    pub const FD: usize = 0;
    /// `fd_type`.
    pub const FD_TYPE: usize = 1;
    /// `path`.
    pub const PATH: usize = 2;
    /// `ino_num`.
    pub const INO_NUM: usize = 3;
}

/// `PPME_SYSCALL_CLOSE_RANGE_X`.
pub mod close_range_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `first`.
    pub const FIRST: usize = 1;
    /// `last`.
    pub const LAST: usize = 2;
    /// `flags`.
    pub const FLAGS: usize = 3;
}

/// `PPME_SYSCALL_KEYCTL_X`.
pub mod keyctl_x {
    /// `res`.
    pub const RES: usize = 0;
    /// `operation`.
    pub const OPERATION: usize = 1;
    /// `arg2`.
    pub const ARG2: usize = 2;
    /// `arg3`.
    pub const ARG3: usize = 3;
    /// `arg4`.
    pub const ARG4: usize = 4;
    /// `arg5`.
    pub const ARG5: usize = 5;
}
