// Generated from schema/ by `cargo xtask codegen`; do not edit.

use crate::info::{CallRoles, Categories, Category, EventFlags, EventInfo, EventWords, ParamInfo, ParamType, PrintFormat};
use crate::name_tables as names;
use crate::EventType;

impl ParamType {
    /// Every type in the order of its number on the wire.
    pub const ALL: [(ParamType, &'static str); 49] = [
        (ParamType::None, "NONE"),
        (ParamType::Int8, "INT8"),
        (ParamType::Int16, "INT16"),
        (ParamType::Int32, "INT32"),
        (ParamType::Int64, "INT64"),
        (ParamType::Uint8, "UINT8"),
        (ParamType::Uint16, "UINT16"),
        (ParamType::Uint32, "UINT32"),
        (ParamType::Uint64, "UINT64"),
        (ParamType::Charbuf, "CHARBUF"),
        (ParamType::Bytebuf, "BYTEBUF"),
        (ParamType::Errno, "ERRNO"),
        (ParamType::Sockaddr, "SOCKADDR"),
        (ParamType::Socktuple, "SOCKTUPLE"),
        (ParamType::Fd, "FD"),
        (ParamType::Pid, "PID"),
        (ParamType::Fdlist, "FDLIST"),
        (ParamType::Fspath, "FSPATH"),
        (ParamType::Syscallid, "SYSCALLID"),
        (ParamType::Sigtype, "SIGTYPE"),
        (ParamType::Reltime, "RELTIME"),
        (ParamType::Abstime, "ABSTIME"),
        (ParamType::Port, "PORT"),
        (ParamType::L4proto, "L4PROTO"),
        (ParamType::Sockfamily, "SOCKFAMILY"),
        (ParamType::Bool, "BOOL"),
        (ParamType::Ipv4addr, "IPV4ADDR"),
        (ParamType::Dyn, "DYN"),
        (ParamType::Flags8, "FLAGS8"),
        (ParamType::Flags16, "FLAGS16"),
        (ParamType::Flags32, "FLAGS32"),
        (ParamType::Uid, "UID"),
        (ParamType::Gid, "GID"),
        (ParamType::Double, "DOUBLE"),
        (ParamType::Sigset, "SIGSET"),
        (ParamType::Charbufarray, "CHARBUFARRAY"),
        (ParamType::CharbufPairArray, "CHARBUF_PAIR_ARRAY"),
        (ParamType::Ipv4net, "IPV4NET"),
        (ParamType::Ipv6addr, "IPV6ADDR"),
        (ParamType::Ipv6net, "IPV6NET"),
        (ParamType::Ipaddr, "IPADDR"),
        (ParamType::Ipnet, "IPNET"),
        (ParamType::Mode, "MODE"),
        (ParamType::Fsrelpath, "FSRELPATH"),
        (ParamType::Enumflags8, "ENUMFLAGS8"),
        (ParamType::Enumflags16, "ENUMFLAGS16"),
        (ParamType::Enumflags32, "ENUMFLAGS32"),
        (ParamType::Fd32, "FD32"),
        (ParamType::Pid32, "PID32"),
    ];
}

impl EventType {
    /// `PPME_GENERIC_E`, `syscall`.
    pub const GENERIC_E: Self = Self(0);
    /// `PPME_GENERIC_X`, `syscall`.
    pub const GENERIC_X: Self = Self(1);
    /// `PPME_SYSCALL_OPEN_E`, `open`.
    pub const SYSCALL_OPEN_E: Self = Self(2);
    /// `PPME_SYSCALL_OPEN_X`, `open`.
    pub const SYSCALL_OPEN_X: Self = Self(3);
    /// `PPME_SYSCALL_CLOSE_E`, `close`.
    pub const SYSCALL_CLOSE_E: Self = Self(4);
    /// `PPME_SYSCALL_CLOSE_X`, `close`.
    pub const SYSCALL_CLOSE_X: Self = Self(5);
    /// `PPME_SYSCALL_READ_E`, `read`.
    pub const SYSCALL_READ_E: Self = Self(6);
    /// `PPME_SYSCALL_READ_X`, `read`.
    pub const SYSCALL_READ_X: Self = Self(7);
    /// `PPME_SYSCALL_WRITE_E`, `write`.
    pub const SYSCALL_WRITE_E: Self = Self(8);
    /// `PPME_SYSCALL_WRITE_X`, `write`.
    pub const SYSCALL_WRITE_X: Self = Self(9);
    /// `PPME_SYSCALL_BRK_1_E`, `brk`.
    pub const SYSCALL_BRK_1_E: Self = Self(10);
    /// `PPME_SYSCALL_BRK_1_X`, `brk`.
    pub const SYSCALL_BRK_1_X: Self = Self(11);
    /// `PPME_SYSCALL_EXECVE_8_E`, `execve`.
    pub const SYSCALL_EXECVE_8_E: Self = Self(12);
    /// `PPME_SYSCALL_EXECVE_8_X`, `execve`.
    pub const SYSCALL_EXECVE_8_X: Self = Self(13);
    /// `PPME_SYSCALL_CLONE_11_E`, `clone`.
    pub const SYSCALL_CLONE_11_E: Self = Self(14);
    /// `PPME_SYSCALL_CLONE_11_X`, `clone`.
    pub const SYSCALL_CLONE_11_X: Self = Self(15);
    /// `PPME_PROCEXIT_E`, `procexit`.
    pub const PROCEXIT_E: Self = Self(16);
    /// `PPME_PROCEXIT_X`, `NA`.
    pub const PROCEXIT_X: Self = Self(17);
    /// `PPME_SOCKET_SOCKET_E`, `socket`.
    pub const SOCKET_SOCKET_E: Self = Self(18);
    /// `PPME_SOCKET_SOCKET_X`, `socket`.
    pub const SOCKET_SOCKET_X: Self = Self(19);
    /// `PPME_SOCKET_BIND_E`, `bind`.
    pub const SOCKET_BIND_E: Self = Self(20);
    /// `PPME_SOCKET_BIND_X`, `bind`.
    pub const SOCKET_BIND_X: Self = Self(21);
    /// `PPME_SOCKET_CONNECT_E`, `connect`.
    pub const SOCKET_CONNECT_E: Self = Self(22);
    /// `PPME_SOCKET_CONNECT_X`, `connect`.
    pub const SOCKET_CONNECT_X: Self = Self(23);
    /// `PPME_SOCKET_LISTEN_E`, `listen`.
    pub const SOCKET_LISTEN_E: Self = Self(24);
    /// `PPME_SOCKET_LISTEN_X`, `listen`.
    pub const SOCKET_LISTEN_X: Self = Self(25);
    /// `PPME_SOCKET_ACCEPT_E`, `accept`.
    pub const SOCKET_ACCEPT_E: Self = Self(26);
    /// `PPME_SOCKET_ACCEPT_X`, `accept`.
    pub const SOCKET_ACCEPT_X: Self = Self(27);
    /// `PPME_SOCKET_SEND_E`, `send`.
    pub const SOCKET_SEND_E: Self = Self(28);
    /// `PPME_SOCKET_SEND_X`, `send`.
    pub const SOCKET_SEND_X: Self = Self(29);
    /// `PPME_SOCKET_SENDTO_E`, `sendto`.
    pub const SOCKET_SENDTO_E: Self = Self(30);
    /// `PPME_SOCKET_SENDTO_X`, `sendto`.
    pub const SOCKET_SENDTO_X: Self = Self(31);
    /// `PPME_SOCKET_RECV_E`, `recv`.
    pub const SOCKET_RECV_E: Self = Self(32);
    /// `PPME_SOCKET_RECV_X`, `recv`.
    pub const SOCKET_RECV_X: Self = Self(33);
    /// `PPME_SOCKET_RECVFROM_E`, `recvfrom`.
    pub const SOCKET_RECVFROM_E: Self = Self(34);
    /// `PPME_SOCKET_RECVFROM_X`, `recvfrom`.
    pub const SOCKET_RECVFROM_X: Self = Self(35);
    /// `PPME_SOCKET_SHUTDOWN_E`, `shutdown`.
    pub const SOCKET_SHUTDOWN_E: Self = Self(36);
    /// `PPME_SOCKET_SHUTDOWN_X`, `shutdown`.
    pub const SOCKET_SHUTDOWN_X: Self = Self(37);
    /// `PPME_SOCKET_GETSOCKNAME_E`, `getsockname`.
    pub const SOCKET_GETSOCKNAME_E: Self = Self(38);
    /// `PPME_SOCKET_GETSOCKNAME_X`, `getsockname`.
    pub const SOCKET_GETSOCKNAME_X: Self = Self(39);
    /// `PPME_SOCKET_GETPEERNAME_E`, `getpeername`.
    pub const SOCKET_GETPEERNAME_E: Self = Self(40);
    /// `PPME_SOCKET_GETPEERNAME_X`, `getpeername`.
    pub const SOCKET_GETPEERNAME_X: Self = Self(41);
    /// `PPME_SOCKET_SOCKETPAIR_E`, `socketpair`.
    pub const SOCKET_SOCKETPAIR_E: Self = Self(42);
    /// `PPME_SOCKET_SOCKETPAIR_X`, `socketpair`.
    pub const SOCKET_SOCKETPAIR_X: Self = Self(43);
    /// `PPME_SOCKET_SETSOCKOPT_E`, `setsockopt`.
    pub const SOCKET_SETSOCKOPT_E: Self = Self(44);
    /// `PPME_SOCKET_SETSOCKOPT_X`, `setsockopt`.
    pub const SOCKET_SETSOCKOPT_X: Self = Self(45);
    /// `PPME_SOCKET_GETSOCKOPT_E`, `getsockopt`.
    pub const SOCKET_GETSOCKOPT_E: Self = Self(46);
    /// `PPME_SOCKET_GETSOCKOPT_X`, `getsockopt`.
    pub const SOCKET_GETSOCKOPT_X: Self = Self(47);
    /// `PPME_SOCKET_SENDMSG_E`, `sendmsg`.
    pub const SOCKET_SENDMSG_E: Self = Self(48);
    /// `PPME_SOCKET_SENDMSG_X`, `sendmsg`.
    pub const SOCKET_SENDMSG_X: Self = Self(49);
    /// `PPME_SOCKET_SENDMMSG_E`, `sendmmsg`.
    pub const SOCKET_SENDMMSG_E: Self = Self(50);
    /// `PPME_SOCKET_SENDMMSG_X`, `sendmmsg`.
    pub const SOCKET_SENDMMSG_X: Self = Self(51);
    /// `PPME_SOCKET_RECVMSG_E`, `recvmsg`.
    pub const SOCKET_RECVMSG_E: Self = Self(52);
    /// `PPME_SOCKET_RECVMSG_X`, `recvmsg`.
    pub const SOCKET_RECVMSG_X: Self = Self(53);
    /// `PPME_SOCKET_RECVMMSG_E`, `recvmmsg`.
    pub const SOCKET_RECVMMSG_E: Self = Self(54);
    /// `PPME_SOCKET_RECVMMSG_X`, `recvmmsg`.
    pub const SOCKET_RECVMMSG_X: Self = Self(55);
    /// `PPME_SOCKET_ACCEPT4_E`, `accept`.
    pub const SOCKET_ACCEPT4_E: Self = Self(56);
    /// `PPME_SOCKET_ACCEPT4_X`, `accept`.
    pub const SOCKET_ACCEPT4_X: Self = Self(57);
    /// `PPME_SYSCALL_CREAT_E`, `creat`.
    pub const SYSCALL_CREAT_E: Self = Self(58);
    /// `PPME_SYSCALL_CREAT_X`, `creat`.
    pub const SYSCALL_CREAT_X: Self = Self(59);
    /// `PPME_SYSCALL_PIPE_E`, `pipe`.
    pub const SYSCALL_PIPE_E: Self = Self(60);
    /// `PPME_SYSCALL_PIPE_X`, `pipe`.
    pub const SYSCALL_PIPE_X: Self = Self(61);
    /// `PPME_SYSCALL_EVENTFD_E`, `eventfd`.
    pub const SYSCALL_EVENTFD_E: Self = Self(62);
    /// `PPME_SYSCALL_EVENTFD_X`, `eventfd`.
    pub const SYSCALL_EVENTFD_X: Self = Self(63);
    /// `PPME_SYSCALL_FUTEX_E`, `futex`.
    pub const SYSCALL_FUTEX_E: Self = Self(64);
    /// `PPME_SYSCALL_FUTEX_X`, `futex`.
    pub const SYSCALL_FUTEX_X: Self = Self(65);
    /// `PPME_SYSCALL_STAT_E`, `stat`.
    pub const SYSCALL_STAT_E: Self = Self(66);
    /// `PPME_SYSCALL_STAT_X`, `stat`.
    pub const SYSCALL_STAT_X: Self = Self(67);
    /// `PPME_SYSCALL_LSTAT_E`, `lstat`.
    pub const SYSCALL_LSTAT_E: Self = Self(68);
    /// `PPME_SYSCALL_LSTAT_X`, `lstat`.
    pub const SYSCALL_LSTAT_X: Self = Self(69);
    /// `PPME_SYSCALL_FSTAT_E`, `fstat`.
    pub const SYSCALL_FSTAT_E: Self = Self(70);
    /// `PPME_SYSCALL_FSTAT_X`, `fstat`.
    pub const SYSCALL_FSTAT_X: Self = Self(71);
    /// `PPME_SYSCALL_STAT64_E`, `stat64`.
    pub const SYSCALL_STAT64_E: Self = Self(72);
    /// `PPME_SYSCALL_STAT64_X`, `stat64`.
    pub const SYSCALL_STAT64_X: Self = Self(73);
    /// `PPME_SYSCALL_LSTAT64_E`, `lstat64`.
    pub const SYSCALL_LSTAT64_E: Self = Self(74);
    /// `PPME_SYSCALL_LSTAT64_X`, `lstat64`.
    pub const SYSCALL_LSTAT64_X: Self = Self(75);
    /// `PPME_SYSCALL_FSTAT64_E`, `fstat64`.
    pub const SYSCALL_FSTAT64_E: Self = Self(76);
    /// `PPME_SYSCALL_FSTAT64_X`, `fstat64`.
    pub const SYSCALL_FSTAT64_X: Self = Self(77);
    /// `PPME_SYSCALL_EPOLLWAIT_E`, `epoll_wait`.
    pub const SYSCALL_EPOLLWAIT_E: Self = Self(78);
    /// `PPME_SYSCALL_EPOLLWAIT_X`, `epoll_wait`.
    pub const SYSCALL_EPOLLWAIT_X: Self = Self(79);
    /// `PPME_SYSCALL_POLL_E`, `poll`.
    pub const SYSCALL_POLL_E: Self = Self(80);
    /// `PPME_SYSCALL_POLL_X`, `poll`.
    pub const SYSCALL_POLL_X: Self = Self(81);
    /// `PPME_SYSCALL_SELECT_E`, `select`.
    pub const SYSCALL_SELECT_E: Self = Self(82);
    /// `PPME_SYSCALL_SELECT_X`, `select`.
    pub const SYSCALL_SELECT_X: Self = Self(83);
    /// `PPME_SYSCALL_NEWSELECT_E`, `select`.
    pub const SYSCALL_NEWSELECT_E: Self = Self(84);
    /// `PPME_SYSCALL_NEWSELECT_X`, `select`.
    pub const SYSCALL_NEWSELECT_X: Self = Self(85);
    /// `PPME_SYSCALL_LSEEK_E`, `lseek`.
    pub const SYSCALL_LSEEK_E: Self = Self(86);
    /// `PPME_SYSCALL_LSEEK_X`, `lseek`.
    pub const SYSCALL_LSEEK_X: Self = Self(87);
    /// `PPME_SYSCALL_LLSEEK_E`, `llseek`.
    pub const SYSCALL_LLSEEK_E: Self = Self(88);
    /// `PPME_SYSCALL_LLSEEK_X`, `llseek`.
    pub const SYSCALL_LLSEEK_X: Self = Self(89);
    /// `PPME_SYSCALL_IOCTL_2_E`, `ioctl`.
    pub const SYSCALL_IOCTL_2_E: Self = Self(90);
    /// `PPME_SYSCALL_IOCTL_2_X`, `ioctl`.
    pub const SYSCALL_IOCTL_2_X: Self = Self(91);
    /// `PPME_SYSCALL_GETCWD_E`, `getcwd`.
    pub const SYSCALL_GETCWD_E: Self = Self(92);
    /// `PPME_SYSCALL_GETCWD_X`, `getcwd`.
    pub const SYSCALL_GETCWD_X: Self = Self(93);
    /// `PPME_SYSCALL_CHDIR_E`, `chdir`.
    pub const SYSCALL_CHDIR_E: Self = Self(94);
    /// `PPME_SYSCALL_CHDIR_X`, `chdir`.
    pub const SYSCALL_CHDIR_X: Self = Self(95);
    /// `PPME_SYSCALL_FCHDIR_E`, `fchdir`.
    pub const SYSCALL_FCHDIR_E: Self = Self(96);
    /// `PPME_SYSCALL_FCHDIR_X`, `fchdir`.
    pub const SYSCALL_FCHDIR_X: Self = Self(97);
    /// `PPME_SYSCALL_MKDIR_E`, `mkdir`.
    pub const SYSCALL_MKDIR_E: Self = Self(98);
    /// `PPME_SYSCALL_MKDIR_X`, `mkdir`.
    pub const SYSCALL_MKDIR_X: Self = Self(99);
    /// `PPME_SYSCALL_RMDIR_E`, `rmdir`.
    pub const SYSCALL_RMDIR_E: Self = Self(100);
    /// `PPME_SYSCALL_RMDIR_X`, `rmdir`.
    pub const SYSCALL_RMDIR_X: Self = Self(101);
    /// `PPME_SYSCALL_OPENAT_E`, `openat`.
    pub const SYSCALL_OPENAT_E: Self = Self(102);
    /// `PPME_SYSCALL_OPENAT_X`, `openat`.
    pub const SYSCALL_OPENAT_X: Self = Self(103);
    /// `PPME_SYSCALL_LINK_E`, `link`.
    pub const SYSCALL_LINK_E: Self = Self(104);
    /// `PPME_SYSCALL_LINK_X`, `link`.
    pub const SYSCALL_LINK_X: Self = Self(105);
    /// `PPME_SYSCALL_LINKAT_E`, `linkat`.
    pub const SYSCALL_LINKAT_E: Self = Self(106);
    /// `PPME_SYSCALL_LINKAT_X`, `linkat`.
    pub const SYSCALL_LINKAT_X: Self = Self(107);
    /// `PPME_SYSCALL_UNLINK_E`, `unlink`.
    pub const SYSCALL_UNLINK_E: Self = Self(108);
    /// `PPME_SYSCALL_UNLINK_X`, `unlink`.
    pub const SYSCALL_UNLINK_X: Self = Self(109);
    /// `PPME_SYSCALL_UNLINKAT_E`, `unlinkat`.
    pub const SYSCALL_UNLINKAT_E: Self = Self(110);
    /// `PPME_SYSCALL_UNLINKAT_X`, `unlinkat`.
    pub const SYSCALL_UNLINKAT_X: Self = Self(111);
    /// `PPME_SYSCALL_PREAD_E`, `pread`.
    pub const SYSCALL_PREAD_E: Self = Self(112);
    /// `PPME_SYSCALL_PREAD_X`, `pread`.
    pub const SYSCALL_PREAD_X: Self = Self(113);
    /// `PPME_SYSCALL_PWRITE_E`, `pwrite`.
    pub const SYSCALL_PWRITE_E: Self = Self(114);
    /// `PPME_SYSCALL_PWRITE_X`, `pwrite`.
    pub const SYSCALL_PWRITE_X: Self = Self(115);
    /// `PPME_SYSCALL_READV_E`, `readv`.
    pub const SYSCALL_READV_E: Self = Self(116);
    /// `PPME_SYSCALL_READV_X`, `readv`.
    pub const SYSCALL_READV_X: Self = Self(117);
    /// `PPME_SYSCALL_WRITEV_E`, `writev`.
    pub const SYSCALL_WRITEV_E: Self = Self(118);
    /// `PPME_SYSCALL_WRITEV_X`, `writev`.
    pub const SYSCALL_WRITEV_X: Self = Self(119);
    /// `PPME_SYSCALL_PREADV_E`, `preadv`.
    pub const SYSCALL_PREADV_E: Self = Self(120);
    /// `PPME_SYSCALL_PREADV_X`, `preadv`.
    pub const SYSCALL_PREADV_X: Self = Self(121);
    /// `PPME_SYSCALL_PWRITEV_E`, `pwritev`.
    pub const SYSCALL_PWRITEV_E: Self = Self(122);
    /// `PPME_SYSCALL_PWRITEV_X`, `pwritev`.
    pub const SYSCALL_PWRITEV_X: Self = Self(123);
    /// `PPME_SYSCALL_DUP_E`, `dup`.
    pub const SYSCALL_DUP_E: Self = Self(124);
    /// `PPME_SYSCALL_DUP_X`, `dup`.
    pub const SYSCALL_DUP_X: Self = Self(125);
    /// `PPME_SYSCALL_SIGNALFD_E`, `signalfd`.
    pub const SYSCALL_SIGNALFD_E: Self = Self(126);
    /// `PPME_SYSCALL_SIGNALFD_X`, `signalfd`.
    pub const SYSCALL_SIGNALFD_X: Self = Self(127);
    /// `PPME_SYSCALL_KILL_E`, `kill`.
    pub const SYSCALL_KILL_E: Self = Self(128);
    /// `PPME_SYSCALL_KILL_X`, `kill`.
    pub const SYSCALL_KILL_X: Self = Self(129);
    /// `PPME_SYSCALL_TKILL_E`, `tkill`.
    pub const SYSCALL_TKILL_E: Self = Self(130);
    /// `PPME_SYSCALL_TKILL_X`, `tkill`.
    pub const SYSCALL_TKILL_X: Self = Self(131);
    /// `PPME_SYSCALL_TGKILL_E`, `tgkill`.
    pub const SYSCALL_TGKILL_E: Self = Self(132);
    /// `PPME_SYSCALL_TGKILL_X`, `tgkill`.
    pub const SYSCALL_TGKILL_X: Self = Self(133);
    /// `PPME_SYSCALL_NANOSLEEP_E`, `nanosleep`.
    pub const SYSCALL_NANOSLEEP_E: Self = Self(134);
    /// `PPME_SYSCALL_NANOSLEEP_X`, `nanosleep`.
    pub const SYSCALL_NANOSLEEP_X: Self = Self(135);
    /// `PPME_SYSCALL_TIMERFD_CREATE_E`, `timerfd_create`.
    pub const SYSCALL_TIMERFD_CREATE_E: Self = Self(136);
    /// `PPME_SYSCALL_TIMERFD_CREATE_X`, `timerfd_create`.
    pub const SYSCALL_TIMERFD_CREATE_X: Self = Self(137);
    /// `PPME_SYSCALL_INOTIFY_INIT_E`, `inotify_init`.
    pub const SYSCALL_INOTIFY_INIT_E: Self = Self(138);
    /// `PPME_SYSCALL_INOTIFY_INIT_X`, `inotify_init`.
    pub const SYSCALL_INOTIFY_INIT_X: Self = Self(139);
    /// `PPME_SYSCALL_GETRLIMIT_E`, `getrlimit`.
    pub const SYSCALL_GETRLIMIT_E: Self = Self(140);
    /// `PPME_SYSCALL_GETRLIMIT_X`, `getrlimit`.
    pub const SYSCALL_GETRLIMIT_X: Self = Self(141);
    /// `PPME_SYSCALL_SETRLIMIT_E`, `setrlimit`.
    pub const SYSCALL_SETRLIMIT_E: Self = Self(142);
    /// `PPME_SYSCALL_SETRLIMIT_X`, `setrlimit`.
    pub const SYSCALL_SETRLIMIT_X: Self = Self(143);
    /// `PPME_SYSCALL_PRLIMIT_E`, `prlimit`.
    pub const SYSCALL_PRLIMIT_E: Self = Self(144);
    /// `PPME_SYSCALL_PRLIMIT_X`, `prlimit`.
    pub const SYSCALL_PRLIMIT_X: Self = Self(145);
    /// `PPME_SCHEDSWITCH_1_E`, `switch`.
    pub const SCHEDSWITCH_1_E: Self = Self(146);
    /// `PPME_SCHEDSWITCH_1_X`, `NA`.
    pub const SCHEDSWITCH_1_X: Self = Self(147);
    /// `PPME_DROP_E`, `drop`.
    pub const DROP_E: Self = Self(148);
    /// `PPME_DROP_X`, `drop`.
    pub const DROP_X: Self = Self(149);
    /// `PPME_SYSCALL_FCNTL_E`, `fcntl`.
    pub const SYSCALL_FCNTL_E: Self = Self(150);
    /// `PPME_SYSCALL_FCNTL_X`, `fcntl`.
    pub const SYSCALL_FCNTL_X: Self = Self(151);
    /// `PPME_SCHEDSWITCH_6_E`, `switch`.
    pub const SCHEDSWITCH_6_E: Self = Self(152);
    /// `PPME_SCHEDSWITCH_6_X`, `NA`.
    pub const SCHEDSWITCH_6_X: Self = Self(153);
    /// `PPME_SYSCALL_EXECVE_13_E`, `execve`.
    pub const SYSCALL_EXECVE_13_E: Self = Self(154);
    /// `PPME_SYSCALL_EXECVE_13_X`, `execve`.
    pub const SYSCALL_EXECVE_13_X: Self = Self(155);
    /// `PPME_SYSCALL_CLONE_16_E`, `clone`.
    pub const SYSCALL_CLONE_16_E: Self = Self(156);
    /// `PPME_SYSCALL_CLONE_16_X`, `clone`.
    pub const SYSCALL_CLONE_16_X: Self = Self(157);
    /// `PPME_SYSCALL_BRK_4_E`, `brk`.
    pub const SYSCALL_BRK_4_E: Self = Self(158);
    /// `PPME_SYSCALL_BRK_4_X`, `brk`.
    pub const SYSCALL_BRK_4_X: Self = Self(159);
    /// `PPME_SYSCALL_MMAP_E`, `mmap`.
    pub const SYSCALL_MMAP_E: Self = Self(160);
    /// `PPME_SYSCALL_MMAP_X`, `mmap`.
    pub const SYSCALL_MMAP_X: Self = Self(161);
    /// `PPME_SYSCALL_MMAP2_E`, `mmap2`.
    pub const SYSCALL_MMAP2_E: Self = Self(162);
    /// `PPME_SYSCALL_MMAP2_X`, `mmap2`.
    pub const SYSCALL_MMAP2_X: Self = Self(163);
    /// `PPME_SYSCALL_MUNMAP_E`, `munmap`.
    pub const SYSCALL_MUNMAP_E: Self = Self(164);
    /// `PPME_SYSCALL_MUNMAP_X`, `munmap`.
    pub const SYSCALL_MUNMAP_X: Self = Self(165);
    /// `PPME_SYSCALL_SPLICE_E`, `splice`.
    pub const SYSCALL_SPLICE_E: Self = Self(166);
    /// `PPME_SYSCALL_SPLICE_X`, `splice`.
    pub const SYSCALL_SPLICE_X: Self = Self(167);
    /// `PPME_SYSCALL_PTRACE_E`, `ptrace`.
    pub const SYSCALL_PTRACE_E: Self = Self(168);
    /// `PPME_SYSCALL_PTRACE_X`, `ptrace`.
    pub const SYSCALL_PTRACE_X: Self = Self(169);
    /// `PPME_SYSCALL_IOCTL_3_E`, `ioctl`.
    pub const SYSCALL_IOCTL_3_E: Self = Self(170);
    /// `PPME_SYSCALL_IOCTL_3_X`, `ioctl`.
    pub const SYSCALL_IOCTL_3_X: Self = Self(171);
    /// `PPME_SYSCALL_EXECVE_14_E`, `execve`.
    pub const SYSCALL_EXECVE_14_E: Self = Self(172);
    /// `PPME_SYSCALL_EXECVE_14_X`, `execve`.
    pub const SYSCALL_EXECVE_14_X: Self = Self(173);
    /// `PPME_SYSCALL_RENAME_E`, `rename`.
    pub const SYSCALL_RENAME_E: Self = Self(174);
    /// `PPME_SYSCALL_RENAME_X`, `rename`.
    pub const SYSCALL_RENAME_X: Self = Self(175);
    /// `PPME_SYSCALL_RENAMEAT_E`, `renameat`.
    pub const SYSCALL_RENAMEAT_E: Self = Self(176);
    /// `PPME_SYSCALL_RENAMEAT_X`, `renameat`.
    pub const SYSCALL_RENAMEAT_X: Self = Self(177);
    /// `PPME_SYSCALL_SYMLINK_E`, `symlink`.
    pub const SYSCALL_SYMLINK_E: Self = Self(178);
    /// `PPME_SYSCALL_SYMLINK_X`, `symlink`.
    pub const SYSCALL_SYMLINK_X: Self = Self(179);
    /// `PPME_SYSCALL_SYMLINKAT_E`, `symlinkat`.
    pub const SYSCALL_SYMLINKAT_E: Self = Self(180);
    /// `PPME_SYSCALL_SYMLINKAT_X`, `symlinkat`.
    pub const SYSCALL_SYMLINKAT_X: Self = Self(181);
    /// `PPME_SYSCALL_FORK_E`, `fork`.
    pub const SYSCALL_FORK_E: Self = Self(182);
    /// `PPME_SYSCALL_FORK_X`, `fork`.
    pub const SYSCALL_FORK_X: Self = Self(183);
    /// `PPME_SYSCALL_VFORK_E`, `vfork`.
    pub const SYSCALL_VFORK_E: Self = Self(184);
    /// `PPME_SYSCALL_VFORK_X`, `vfork`.
    pub const SYSCALL_VFORK_X: Self = Self(185);
    /// `PPME_PROCEXIT_1_E`, `procexit`.
    pub const PROCEXIT_1_E: Self = Self(186);
    /// `PPME_PROCEXIT_1_X`, `NA`.
    pub const PROCEXIT_1_X: Self = Self(187);
    /// `PPME_SYSCALL_SENDFILE_E`, `sendfile`.
    pub const SYSCALL_SENDFILE_E: Self = Self(188);
    /// `PPME_SYSCALL_SENDFILE_X`, `sendfile`.
    pub const SYSCALL_SENDFILE_X: Self = Self(189);
    /// `PPME_SYSCALL_QUOTACTL_E`, `quotactl`.
    pub const SYSCALL_QUOTACTL_E: Self = Self(190);
    /// `PPME_SYSCALL_QUOTACTL_X`, `quotactl`.
    pub const SYSCALL_QUOTACTL_X: Self = Self(191);
    /// `PPME_SYSCALL_SETRESUID_E`, `setresuid`.
    pub const SYSCALL_SETRESUID_E: Self = Self(192);
    /// `PPME_SYSCALL_SETRESUID_X`, `setresuid`.
    pub const SYSCALL_SETRESUID_X: Self = Self(193);
    /// `PPME_SYSCALL_SETRESGID_E`, `setresgid`.
    pub const SYSCALL_SETRESGID_E: Self = Self(194);
    /// `PPME_SYSCALL_SETRESGID_X`, `setresgid`.
    pub const SYSCALL_SETRESGID_X: Self = Self(195);
    /// `PPME_SCAPEVENT_E`, `scapevent`.
    pub const SCAPEVENT_E: Self = Self(196);
    /// `PPME_SCAPEVENT_X`, `NA`.
    pub const SCAPEVENT_X: Self = Self(197);
    /// `PPME_SYSCALL_SETUID_E`, `setuid`.
    pub const SYSCALL_SETUID_E: Self = Self(198);
    /// `PPME_SYSCALL_SETUID_X`, `setuid`.
    pub const SYSCALL_SETUID_X: Self = Self(199);
    /// `PPME_SYSCALL_SETGID_E`, `setgid`.
    pub const SYSCALL_SETGID_E: Self = Self(200);
    /// `PPME_SYSCALL_SETGID_X`, `setgid`.
    pub const SYSCALL_SETGID_X: Self = Self(201);
    /// `PPME_SYSCALL_GETUID_E`, `getuid`.
    pub const SYSCALL_GETUID_E: Self = Self(202);
    /// `PPME_SYSCALL_GETUID_X`, `getuid`.
    pub const SYSCALL_GETUID_X: Self = Self(203);
    /// `PPME_SYSCALL_GETEUID_E`, `geteuid`.
    pub const SYSCALL_GETEUID_E: Self = Self(204);
    /// `PPME_SYSCALL_GETEUID_X`, `geteuid`.
    pub const SYSCALL_GETEUID_X: Self = Self(205);
    /// `PPME_SYSCALL_GETGID_E`, `getgid`.
    pub const SYSCALL_GETGID_E: Self = Self(206);
    /// `PPME_SYSCALL_GETGID_X`, `getgid`.
    pub const SYSCALL_GETGID_X: Self = Self(207);
    /// `PPME_SYSCALL_GETEGID_E`, `getegid`.
    pub const SYSCALL_GETEGID_E: Self = Self(208);
    /// `PPME_SYSCALL_GETEGID_X`, `getegid`.
    pub const SYSCALL_GETEGID_X: Self = Self(209);
    /// `PPME_SYSCALL_GETRESUID_E`, `getresuid`.
    pub const SYSCALL_GETRESUID_E: Self = Self(210);
    /// `PPME_SYSCALL_GETRESUID_X`, `getresuid`.
    pub const SYSCALL_GETRESUID_X: Self = Self(211);
    /// `PPME_SYSCALL_GETRESGID_E`, `getresgid`.
    pub const SYSCALL_GETRESGID_E: Self = Self(212);
    /// `PPME_SYSCALL_GETRESGID_X`, `getresgid`.
    pub const SYSCALL_GETRESGID_X: Self = Self(213);
    /// `PPME_SYSCALL_EXECVE_15_E`, `execve`.
    pub const SYSCALL_EXECVE_15_E: Self = Self(214);
    /// `PPME_SYSCALL_EXECVE_15_X`, `execve`.
    pub const SYSCALL_EXECVE_15_X: Self = Self(215);
    /// `PPME_SYSCALL_CLONE_17_E`, `clone`.
    pub const SYSCALL_CLONE_17_E: Self = Self(216);
    /// `PPME_SYSCALL_CLONE_17_X`, `clone`.
    pub const SYSCALL_CLONE_17_X: Self = Self(217);
    /// `PPME_SYSCALL_FORK_17_E`, `fork`.
    pub const SYSCALL_FORK_17_E: Self = Self(218);
    /// `PPME_SYSCALL_FORK_17_X`, `fork`.
    pub const SYSCALL_FORK_17_X: Self = Self(219);
    /// `PPME_SYSCALL_VFORK_17_E`, `vfork`.
    pub const SYSCALL_VFORK_17_E: Self = Self(220);
    /// `PPME_SYSCALL_VFORK_17_X`, `vfork`.
    pub const SYSCALL_VFORK_17_X: Self = Self(221);
    /// `PPME_SYSCALL_CLONE_20_E`, `clone`.
    pub const SYSCALL_CLONE_20_E: Self = Self(222);
    /// `PPME_SYSCALL_CLONE_20_X`, `clone`.
    pub const SYSCALL_CLONE_20_X: Self = Self(223);
    /// `PPME_SYSCALL_FORK_20_E`, `fork`.
    pub const SYSCALL_FORK_20_E: Self = Self(224);
    /// `PPME_SYSCALL_FORK_20_X`, `fork`.
    pub const SYSCALL_FORK_20_X: Self = Self(225);
    /// `PPME_SYSCALL_VFORK_20_E`, `vfork`.
    pub const SYSCALL_VFORK_20_E: Self = Self(226);
    /// `PPME_SYSCALL_VFORK_20_X`, `vfork`.
    pub const SYSCALL_VFORK_20_X: Self = Self(227);
    /// `PPME_CONTAINER_E`, `container`.
    pub const CONTAINER_E: Self = Self(228);
    /// `PPME_CONTAINER_X`, `NA`.
    pub const CONTAINER_X: Self = Self(229);
    /// `PPME_SYSCALL_EXECVE_16_E`, `execve`.
    pub const SYSCALL_EXECVE_16_E: Self = Self(230);
    /// `PPME_SYSCALL_EXECVE_16_X`, `execve`.
    pub const SYSCALL_EXECVE_16_X: Self = Self(231);
    /// `PPME_SIGNALDELIVER_E`, `signaldeliver`.
    pub const SIGNALDELIVER_E: Self = Self(232);
    /// `PPME_SIGNALDELIVER_X`, `NA`.
    pub const SIGNALDELIVER_X: Self = Self(233);
    /// `PPME_PROCINFO_E`, `procinfo`.
    pub const PROCINFO_E: Self = Self(234);
    /// `PPME_PROCINFO_X`, `NA`.
    pub const PROCINFO_X: Self = Self(235);
    /// `PPME_SYSCALL_GETDENTS_E`, `getdents`.
    pub const SYSCALL_GETDENTS_E: Self = Self(236);
    /// `PPME_SYSCALL_GETDENTS_X`, `getdents`.
    pub const SYSCALL_GETDENTS_X: Self = Self(237);
    /// `PPME_SYSCALL_GETDENTS64_E`, `getdents64`.
    pub const SYSCALL_GETDENTS64_E: Self = Self(238);
    /// `PPME_SYSCALL_GETDENTS64_X`, `getdents64`.
    pub const SYSCALL_GETDENTS64_X: Self = Self(239);
    /// `PPME_SYSCALL_SETNS_E`, `setns`.
    pub const SYSCALL_SETNS_E: Self = Self(240);
    /// `PPME_SYSCALL_SETNS_X`, `setns`.
    pub const SYSCALL_SETNS_X: Self = Self(241);
    /// `PPME_SYSCALL_FLOCK_E`, `flock`.
    pub const SYSCALL_FLOCK_E: Self = Self(242);
    /// `PPME_SYSCALL_FLOCK_X`, `flock`.
    pub const SYSCALL_FLOCK_X: Self = Self(243);
    /// `PPME_CPU_HOTPLUG_E`, `cpu_hotplug`.
    pub const CPU_HOTPLUG_E: Self = Self(244);
    /// `PPME_CPU_HOTPLUG_X`, `NA`.
    pub const CPU_HOTPLUG_X: Self = Self(245);
    /// `PPME_SOCKET_ACCEPT_5_E`, `accept`.
    pub const SOCKET_ACCEPT_5_E: Self = Self(246);
    /// `PPME_SOCKET_ACCEPT_5_X`, `accept`.
    pub const SOCKET_ACCEPT_5_X: Self = Self(247);
    /// `PPME_SOCKET_ACCEPT4_5_E`, `accept`.
    pub const SOCKET_ACCEPT4_5_E: Self = Self(248);
    /// `PPME_SOCKET_ACCEPT4_5_X`, `accept`.
    pub const SOCKET_ACCEPT4_5_X: Self = Self(249);
    /// `PPME_SYSCALL_SEMOP_E`, `semop`.
    pub const SYSCALL_SEMOP_E: Self = Self(250);
    /// `PPME_SYSCALL_SEMOP_X`, `semop`.
    pub const SYSCALL_SEMOP_X: Self = Self(251);
    /// `PPME_SYSCALL_SEMCTL_E`, `semctl`.
    pub const SYSCALL_SEMCTL_E: Self = Self(252);
    /// `PPME_SYSCALL_SEMCTL_X`, `semctl`.
    pub const SYSCALL_SEMCTL_X: Self = Self(253);
    /// `PPME_SYSCALL_PPOLL_E`, `ppoll`.
    pub const SYSCALL_PPOLL_E: Self = Self(254);
    /// `PPME_SYSCALL_PPOLL_X`, `ppoll`.
    pub const SYSCALL_PPOLL_X: Self = Self(255);
    /// `PPME_SYSCALL_MOUNT_E`, `mount`.
    pub const SYSCALL_MOUNT_E: Self = Self(256);
    /// `PPME_SYSCALL_MOUNT_X`, `mount`.
    pub const SYSCALL_MOUNT_X: Self = Self(257);
    /// `PPME_SYSCALL_UMOUNT_E`, `umount`.
    pub const SYSCALL_UMOUNT_E: Self = Self(258);
    /// `PPME_SYSCALL_UMOUNT_X`, `umount`.
    pub const SYSCALL_UMOUNT_X: Self = Self(259);
    /// `PPME_K8S_E`, `k8s`.
    pub const K8S_E: Self = Self(260);
    /// `PPME_K8S_X`, `NA`.
    pub const K8S_X: Self = Self(261);
    /// `PPME_SYSCALL_SEMGET_E`, `semget`.
    pub const SYSCALL_SEMGET_E: Self = Self(262);
    /// `PPME_SYSCALL_SEMGET_X`, `semget`.
    pub const SYSCALL_SEMGET_X: Self = Self(263);
    /// `PPME_SYSCALL_ACCESS_E`, `access`.
    pub const SYSCALL_ACCESS_E: Self = Self(264);
    /// `PPME_SYSCALL_ACCESS_X`, `access`.
    pub const SYSCALL_ACCESS_X: Self = Self(265);
    /// `PPME_SYSCALL_CHROOT_E`, `chroot`.
    pub const SYSCALL_CHROOT_E: Self = Self(266);
    /// `PPME_SYSCALL_CHROOT_X`, `chroot`.
    pub const SYSCALL_CHROOT_X: Self = Self(267);
    /// `PPME_TRACER_E`, `tracer`.
    pub const TRACER_E: Self = Self(268);
    /// `PPME_TRACER_X`, `NA`.
    pub const TRACER_X: Self = Self(269);
    /// `PPME_MESOS_E`, `mesos`.
    pub const MESOS_E: Self = Self(270);
    /// `PPME_MESOS_X`, `NA`.
    pub const MESOS_X: Self = Self(271);
    /// `PPME_CONTAINER_JSON_E`, `container`.
    pub const CONTAINER_JSON_E: Self = Self(272);
    /// `PPME_CONTAINER_JSON_X`, `NA`.
    pub const CONTAINER_JSON_X: Self = Self(273);
    /// `PPME_SYSCALL_SETSID_E`, `setsid`.
    pub const SYSCALL_SETSID_E: Self = Self(274);
    /// `PPME_SYSCALL_SETSID_X`, `setsid`.
    pub const SYSCALL_SETSID_X: Self = Self(275);
    /// `PPME_SYSCALL_MKDIR_2_E`, `mkdir`.
    pub const SYSCALL_MKDIR_2_E: Self = Self(276);
    /// `PPME_SYSCALL_MKDIR_2_X`, `mkdir`.
    pub const SYSCALL_MKDIR_2_X: Self = Self(277);
    /// `PPME_SYSCALL_RMDIR_2_E`, `rmdir`.
    pub const SYSCALL_RMDIR_2_E: Self = Self(278);
    /// `PPME_SYSCALL_RMDIR_2_X`, `rmdir`.
    pub const SYSCALL_RMDIR_2_X: Self = Self(279);
    /// `PPME_NOTIFICATION_E`, `notification`.
    pub const NOTIFICATION_E: Self = Self(280);
    /// `PPME_NOTIFICATION_X`, `NA`.
    pub const NOTIFICATION_X: Self = Self(281);
    /// `PPME_SYSCALL_EXECVE_17_E`, `execve`.
    pub const SYSCALL_EXECVE_17_E: Self = Self(282);
    /// `PPME_SYSCALL_EXECVE_17_X`, `execve`.
    pub const SYSCALL_EXECVE_17_X: Self = Self(283);
    /// `PPME_SYSCALL_UNSHARE_E`, `unshare`.
    pub const SYSCALL_UNSHARE_E: Self = Self(284);
    /// `PPME_SYSCALL_UNSHARE_X`, `unshare`.
    pub const SYSCALL_UNSHARE_X: Self = Self(285);
    /// `PPME_INFRASTRUCTURE_EVENT_E`, `infra`.
    pub const INFRASTRUCTURE_EVENT_E: Self = Self(286);
    /// `PPME_INFRASTRUCTURE_EVENT_X`, `NA`.
    pub const INFRASTRUCTURE_EVENT_X: Self = Self(287);
    /// `PPME_SYSCALL_EXECVE_18_E`, `execve`.
    pub const SYSCALL_EXECVE_18_E: Self = Self(288);
    /// `PPME_SYSCALL_EXECVE_18_X`, `execve`.
    pub const SYSCALL_EXECVE_18_X: Self = Self(289);
    /// `PPME_PAGE_FAULT_E`, `page_fault`.
    pub const PAGE_FAULT_E: Self = Self(290);
    /// `PPME_PAGE_FAULT_X`, `NA`.
    pub const PAGE_FAULT_X: Self = Self(291);
    /// `PPME_SYSCALL_EXECVE_19_E`, `execve`.
    pub const SYSCALL_EXECVE_19_E: Self = Self(292);
    /// `PPME_SYSCALL_EXECVE_19_X`, `execve`.
    pub const SYSCALL_EXECVE_19_X: Self = Self(293);
    /// `PPME_SYSCALL_SETPGID_E`, `setpgid`.
    pub const SYSCALL_SETPGID_E: Self = Self(294);
    /// `PPME_SYSCALL_SETPGID_X`, `setpgid`.
    pub const SYSCALL_SETPGID_X: Self = Self(295);
    /// `PPME_SYSCALL_BPF_E`, `bpf`.
    pub const SYSCALL_BPF_E: Self = Self(296);
    /// `PPME_SYSCALL_BPF_X`, `bpf`.
    pub const SYSCALL_BPF_X: Self = Self(297);
    /// `PPME_SYSCALL_SECCOMP_E`, `seccomp`.
    pub const SYSCALL_SECCOMP_E: Self = Self(298);
    /// `PPME_SYSCALL_SECCOMP_X`, `seccomp`.
    pub const SYSCALL_SECCOMP_X: Self = Self(299);
    /// `PPME_SYSCALL_UNLINK_2_E`, `unlink`.
    pub const SYSCALL_UNLINK_2_E: Self = Self(300);
    /// `PPME_SYSCALL_UNLINK_2_X`, `unlink`.
    pub const SYSCALL_UNLINK_2_X: Self = Self(301);
    /// `PPME_SYSCALL_UNLINKAT_2_E`, `unlinkat`.
    pub const SYSCALL_UNLINKAT_2_E: Self = Self(302);
    /// `PPME_SYSCALL_UNLINKAT_2_X`, `unlinkat`.
    pub const SYSCALL_UNLINKAT_2_X: Self = Self(303);
    /// `PPME_SYSCALL_MKDIRAT_E`, `mkdirat`.
    pub const SYSCALL_MKDIRAT_E: Self = Self(304);
    /// `PPME_SYSCALL_MKDIRAT_X`, `mkdirat`.
    pub const SYSCALL_MKDIRAT_X: Self = Self(305);
    /// `PPME_SYSCALL_OPENAT_2_E`, `openat`.
    pub const SYSCALL_OPENAT_2_E: Self = Self(306);
    /// `PPME_SYSCALL_OPENAT_2_X`, `openat`.
    pub const SYSCALL_OPENAT_2_X: Self = Self(307);
    /// `PPME_SYSCALL_LINK_2_E`, `link`.
    pub const SYSCALL_LINK_2_E: Self = Self(308);
    /// `PPME_SYSCALL_LINK_2_X`, `link`.
    pub const SYSCALL_LINK_2_X: Self = Self(309);
    /// `PPME_SYSCALL_LINKAT_2_E`, `linkat`.
    pub const SYSCALL_LINKAT_2_E: Self = Self(310);
    /// `PPME_SYSCALL_LINKAT_2_X`, `linkat`.
    pub const SYSCALL_LINKAT_2_X: Self = Self(311);
    /// `PPME_SYSCALL_FCHMODAT_E`, `fchmodat`.
    pub const SYSCALL_FCHMODAT_E: Self = Self(312);
    /// `PPME_SYSCALL_FCHMODAT_X`, `fchmodat`.
    pub const SYSCALL_FCHMODAT_X: Self = Self(313);
    /// `PPME_SYSCALL_CHMOD_E`, `chmod`.
    pub const SYSCALL_CHMOD_E: Self = Self(314);
    /// `PPME_SYSCALL_CHMOD_X`, `chmod`.
    pub const SYSCALL_CHMOD_X: Self = Self(315);
    /// `PPME_SYSCALL_FCHMOD_E`, `fchmod`.
    pub const SYSCALL_FCHMOD_E: Self = Self(316);
    /// `PPME_SYSCALL_FCHMOD_X`, `fchmod`.
    pub const SYSCALL_FCHMOD_X: Self = Self(317);
    /// `PPME_SYSCALL_RENAMEAT2_E`, `renameat2`.
    pub const SYSCALL_RENAMEAT2_E: Self = Self(318);
    /// `PPME_SYSCALL_RENAMEAT2_X`, `renameat2`.
    pub const SYSCALL_RENAMEAT2_X: Self = Self(319);
    /// `PPME_SYSCALL_USERFAULTFD_E`, `userfaultfd`.
    pub const SYSCALL_USERFAULTFD_E: Self = Self(320);
    /// `PPME_SYSCALL_USERFAULTFD_X`, `userfaultfd`.
    pub const SYSCALL_USERFAULTFD_X: Self = Self(321);
    /// `PPME_PLUGINEVENT_E`, `pluginevent`.
    pub const PLUGINEVENT_E: Self = Self(322);
    /// `PPME_PLUGINEVENT_X`, `NA`.
    pub const PLUGINEVENT_X: Self = Self(323);
    /// `PPME_CONTAINER_JSON_2_E`, `container`.
    pub const CONTAINER_JSON_2_E: Self = Self(324);
    /// `PPME_CONTAINER_JSON_2_X`, `NA`.
    pub const CONTAINER_JSON_2_X: Self = Self(325);
    /// `PPME_SYSCALL_OPENAT2_E`, `openat2`.
    pub const SYSCALL_OPENAT2_E: Self = Self(326);
    /// `PPME_SYSCALL_OPENAT2_X`, `openat2`.
    pub const SYSCALL_OPENAT2_X: Self = Self(327);
    /// `PPME_SYSCALL_MPROTECT_E`, `mprotect`.
    pub const SYSCALL_MPROTECT_E: Self = Self(328);
    /// `PPME_SYSCALL_MPROTECT_X`, `mprotect`.
    pub const SYSCALL_MPROTECT_X: Self = Self(329);
    /// `PPME_SYSCALL_EXECVEAT_E`, `execveat`.
    pub const SYSCALL_EXECVEAT_E: Self = Self(330);
    /// `PPME_SYSCALL_EXECVEAT_X`, `execveat`.
    pub const SYSCALL_EXECVEAT_X: Self = Self(331);
    /// `PPME_SYSCALL_COPY_FILE_RANGE_E`, `copy_file_range`.
    pub const SYSCALL_COPY_FILE_RANGE_E: Self = Self(332);
    /// `PPME_SYSCALL_COPY_FILE_RANGE_X`, `copy_file_range`.
    pub const SYSCALL_COPY_FILE_RANGE_X: Self = Self(333);
    /// `PPME_SYSCALL_CLONE3_E`, `clone3`.
    pub const SYSCALL_CLONE3_E: Self = Self(334);
    /// `PPME_SYSCALL_CLONE3_X`, `clone3`.
    pub const SYSCALL_CLONE3_X: Self = Self(335);
    /// `PPME_SYSCALL_OPEN_BY_HANDLE_AT_E`, `open_by_handle_at`.
    pub const SYSCALL_OPEN_BY_HANDLE_AT_E: Self = Self(336);
    /// `PPME_SYSCALL_OPEN_BY_HANDLE_AT_X`, `open_by_handle_at`.
    pub const SYSCALL_OPEN_BY_HANDLE_AT_X: Self = Self(337);
    /// `PPME_SYSCALL_IO_URING_SETUP_E`, `io_uring_setup`.
    pub const SYSCALL_IO_URING_SETUP_E: Self = Self(338);
    /// `PPME_SYSCALL_IO_URING_SETUP_X`, `io_uring_setup`.
    pub const SYSCALL_IO_URING_SETUP_X: Self = Self(339);
    /// `PPME_SYSCALL_IO_URING_ENTER_E`, `io_uring_enter`.
    pub const SYSCALL_IO_URING_ENTER_E: Self = Self(340);
    /// `PPME_SYSCALL_IO_URING_ENTER_X`, `io_uring_enter`.
    pub const SYSCALL_IO_URING_ENTER_X: Self = Self(341);
    /// `PPME_SYSCALL_IO_URING_REGISTER_E`, `io_uring_register`.
    pub const SYSCALL_IO_URING_REGISTER_E: Self = Self(342);
    /// `PPME_SYSCALL_IO_URING_REGISTER_X`, `io_uring_register`.
    pub const SYSCALL_IO_URING_REGISTER_X: Self = Self(343);
    /// `PPME_SYSCALL_MLOCK_E`, `mlock`.
    pub const SYSCALL_MLOCK_E: Self = Self(344);
    /// `PPME_SYSCALL_MLOCK_X`, `mlock`.
    pub const SYSCALL_MLOCK_X: Self = Self(345);
    /// `PPME_SYSCALL_MUNLOCK_E`, `munlock`.
    pub const SYSCALL_MUNLOCK_E: Self = Self(346);
    /// `PPME_SYSCALL_MUNLOCK_X`, `munlock`.
    pub const SYSCALL_MUNLOCK_X: Self = Self(347);
    /// `PPME_SYSCALL_MLOCKALL_E`, `mlockall`.
    pub const SYSCALL_MLOCKALL_E: Self = Self(348);
    /// `PPME_SYSCALL_MLOCKALL_X`, `mlockall`.
    pub const SYSCALL_MLOCKALL_X: Self = Self(349);
    /// `PPME_SYSCALL_MUNLOCKALL_E`, `munlockall`.
    pub const SYSCALL_MUNLOCKALL_E: Self = Self(350);
    /// `PPME_SYSCALL_MUNLOCKALL_X`, `munlockall`.
    pub const SYSCALL_MUNLOCKALL_X: Self = Self(351);
    /// `PPME_SYSCALL_CAPSET_E`, `capset`.
    pub const SYSCALL_CAPSET_E: Self = Self(352);
    /// `PPME_SYSCALL_CAPSET_X`, `capset`.
    pub const SYSCALL_CAPSET_X: Self = Self(353);
    /// `PPME_USER_ADDED_E`, `useradded`.
    pub const USER_ADDED_E: Self = Self(354);
    /// `PPME_USER_ADDED_X`, `NA`.
    pub const USER_ADDED_X: Self = Self(355);
    /// `PPME_USER_DELETED_E`, `userdeleted`.
    pub const USER_DELETED_E: Self = Self(356);
    /// `PPME_USER_DELETED_X`, `NA`.
    pub const USER_DELETED_X: Self = Self(357);
    /// `PPME_GROUP_ADDED_E`, `groupadded`.
    pub const GROUP_ADDED_E: Self = Self(358);
    /// `PPME_GROUP_ADDED_X`, `NA`.
    pub const GROUP_ADDED_X: Self = Self(359);
    /// `PPME_GROUP_DELETED_E`, `groupdeleted`.
    pub const GROUP_DELETED_E: Self = Self(360);
    /// `PPME_GROUP_DELETED_X`, `NA`.
    pub const GROUP_DELETED_X: Self = Self(361);
    /// `PPME_SYSCALL_DUP2_E`, `dup2`.
    pub const SYSCALL_DUP2_E: Self = Self(362);
    /// `PPME_SYSCALL_DUP2_X`, `dup2`.
    pub const SYSCALL_DUP2_X: Self = Self(363);
    /// `PPME_SYSCALL_DUP3_E`, `dup3`.
    pub const SYSCALL_DUP3_E: Self = Self(364);
    /// `PPME_SYSCALL_DUP3_X`, `dup3`.
    pub const SYSCALL_DUP3_X: Self = Self(365);
    /// `PPME_SYSCALL_DUP_1_E`, `dup`.
    pub const SYSCALL_DUP_1_E: Self = Self(366);
    /// `PPME_SYSCALL_DUP_1_X`, `dup`.
    pub const SYSCALL_DUP_1_X: Self = Self(367);
    /// `PPME_SYSCALL_BPF_2_E`, `bpf`.
    pub const SYSCALL_BPF_2_E: Self = Self(368);
    /// `PPME_SYSCALL_BPF_2_X`, `bpf`.
    pub const SYSCALL_BPF_2_X: Self = Self(369);
    /// `PPME_SYSCALL_MLOCK2_E`, `mlock2`.
    pub const SYSCALL_MLOCK2_E: Self = Self(370);
    /// `PPME_SYSCALL_MLOCK2_X`, `mlock2`.
    pub const SYSCALL_MLOCK2_X: Self = Self(371);
    /// `PPME_SYSCALL_FSCONFIG_E`, `fsconfig`.
    pub const SYSCALL_FSCONFIG_E: Self = Self(372);
    /// `PPME_SYSCALL_FSCONFIG_X`, `fsconfig`.
    pub const SYSCALL_FSCONFIG_X: Self = Self(373);
    /// `PPME_SYSCALL_EPOLL_CREATE_E`, `epoll_create`.
    pub const SYSCALL_EPOLL_CREATE_E: Self = Self(374);
    /// `PPME_SYSCALL_EPOLL_CREATE_X`, `epoll_create`.
    pub const SYSCALL_EPOLL_CREATE_X: Self = Self(375);
    /// `PPME_SYSCALL_EPOLL_CREATE1_E`, `epoll_create1`.
    pub const SYSCALL_EPOLL_CREATE1_E: Self = Self(376);
    /// `PPME_SYSCALL_EPOLL_CREATE1_X`, `epoll_create1`.
    pub const SYSCALL_EPOLL_CREATE1_X: Self = Self(377);
    /// `PPME_SYSCALL_CHOWN_E`, `chown`.
    pub const SYSCALL_CHOWN_E: Self = Self(378);
    /// `PPME_SYSCALL_CHOWN_X`, `chown`.
    pub const SYSCALL_CHOWN_X: Self = Self(379);
    /// `PPME_SYSCALL_LCHOWN_E`, `lchown`.
    pub const SYSCALL_LCHOWN_E: Self = Self(380);
    /// `PPME_SYSCALL_LCHOWN_X`, `lchown`.
    pub const SYSCALL_LCHOWN_X: Self = Self(381);
    /// `PPME_SYSCALL_FCHOWN_E`, `fchown`.
    pub const SYSCALL_FCHOWN_E: Self = Self(382);
    /// `PPME_SYSCALL_FCHOWN_X`, `fchown`.
    pub const SYSCALL_FCHOWN_X: Self = Self(383);
    /// `PPME_SYSCALL_FCHOWNAT_E`, `fchownat`.
    pub const SYSCALL_FCHOWNAT_E: Self = Self(384);
    /// `PPME_SYSCALL_FCHOWNAT_X`, `fchownat`.
    pub const SYSCALL_FCHOWNAT_X: Self = Self(385);
    /// `PPME_SYSCALL_UMOUNT_1_E`, `umount`.
    pub const SYSCALL_UMOUNT_1_E: Self = Self(386);
    /// `PPME_SYSCALL_UMOUNT_1_X`, `umount`.
    pub const SYSCALL_UMOUNT_1_X: Self = Self(387);
    /// `PPME_SOCKET_ACCEPT4_6_E`, `accept4`.
    pub const SOCKET_ACCEPT4_6_E: Self = Self(388);
    /// `PPME_SOCKET_ACCEPT4_6_X`, `accept4`.
    pub const SOCKET_ACCEPT4_6_X: Self = Self(389);
    /// `PPME_SYSCALL_UMOUNT2_E`, `umount2`.
    pub const SYSCALL_UMOUNT2_E: Self = Self(390);
    /// `PPME_SYSCALL_UMOUNT2_X`, `umount2`.
    pub const SYSCALL_UMOUNT2_X: Self = Self(391);
    /// `PPME_SYSCALL_PIPE2_E`, `pipe2`.
    pub const SYSCALL_PIPE2_E: Self = Self(392);
    /// `PPME_SYSCALL_PIPE2_X`, `pipe2`.
    pub const SYSCALL_PIPE2_X: Self = Self(393);
    /// `PPME_SYSCALL_INOTIFY_INIT1_E`, `inotify_init1`.
    pub const SYSCALL_INOTIFY_INIT1_E: Self = Self(394);
    /// `PPME_SYSCALL_INOTIFY_INIT1_X`, `inotify_init1`.
    pub const SYSCALL_INOTIFY_INIT1_X: Self = Self(395);
    /// `PPME_SYSCALL_EVENTFD2_E`, `eventfd2`.
    pub const SYSCALL_EVENTFD2_E: Self = Self(396);
    /// `PPME_SYSCALL_EVENTFD2_X`, `eventfd2`.
    pub const SYSCALL_EVENTFD2_X: Self = Self(397);
    /// `PPME_SYSCALL_SIGNALFD4_E`, `signalfd4`.
    pub const SYSCALL_SIGNALFD4_E: Self = Self(398);
    /// `PPME_SYSCALL_SIGNALFD4_X`, `signalfd4`.
    pub const SYSCALL_SIGNALFD4_X: Self = Self(399);
    /// `PPME_SYSCALL_PRCTL_E`, `prctl`.
    pub const SYSCALL_PRCTL_E: Self = Self(400);
    /// `PPME_SYSCALL_PRCTL_X`, `prctl`.
    pub const SYSCALL_PRCTL_X: Self = Self(401);
    /// `PPME_ASYNCEVENT_E`, `asyncevent`.
    pub const ASYNCEVENT_E: Self = Self(402);
    /// `PPME_ASYNCEVENT_X`, `NA`.
    pub const ASYNCEVENT_X: Self = Self(403);
    /// `PPME_SYSCALL_MEMFD_CREATE_E`, `memfd_create`.
    pub const SYSCALL_MEMFD_CREATE_E: Self = Self(404);
    /// `PPME_SYSCALL_MEMFD_CREATE_X`, `memfd_create`.
    pub const SYSCALL_MEMFD_CREATE_X: Self = Self(405);
    /// `PPME_SYSCALL_PIDFD_GETFD_E`, `pidfd_getfd`.
    pub const SYSCALL_PIDFD_GETFD_E: Self = Self(406);
    /// `PPME_SYSCALL_PIDFD_GETFD_X`, `pidfd_getfd`.
    pub const SYSCALL_PIDFD_GETFD_X: Self = Self(407);
    /// `PPME_SYSCALL_PIDFD_OPEN_E`, `pidfd_open`.
    pub const SYSCALL_PIDFD_OPEN_E: Self = Self(408);
    /// `PPME_SYSCALL_PIDFD_OPEN_X`, `pidfd_open`.
    pub const SYSCALL_PIDFD_OPEN_X: Self = Self(409);
    /// `PPME_SYSCALL_INIT_MODULE_E`, `init_module`.
    pub const SYSCALL_INIT_MODULE_E: Self = Self(410);
    /// `PPME_SYSCALL_INIT_MODULE_X`, `init_module`.
    pub const SYSCALL_INIT_MODULE_X: Self = Self(411);
    /// `PPME_SYSCALL_FINIT_MODULE_E`, `finit_module`.
    pub const SYSCALL_FINIT_MODULE_E: Self = Self(412);
    /// `PPME_SYSCALL_FINIT_MODULE_X`, `finit_module`.
    pub const SYSCALL_FINIT_MODULE_X: Self = Self(413);
    /// `PPME_SYSCALL_MKNOD_E`, `mknod`.
    pub const SYSCALL_MKNOD_E: Self = Self(414);
    /// `PPME_SYSCALL_MKNOD_X`, `mknod`.
    pub const SYSCALL_MKNOD_X: Self = Self(415);
    /// `PPME_SYSCALL_MKNODAT_E`, `mknodat`.
    pub const SYSCALL_MKNODAT_E: Self = Self(416);
    /// `PPME_SYSCALL_MKNODAT_X`, `mknodat`.
    pub const SYSCALL_MKNODAT_X: Self = Self(417);
    /// `PPME_SYSCALL_NEWFSTATAT_E`, `newfstatat`.
    pub const SYSCALL_NEWFSTATAT_E: Self = Self(418);
    /// `PPME_SYSCALL_NEWFSTATAT_X`, `newfstatat`.
    pub const SYSCALL_NEWFSTATAT_X: Self = Self(419);
    /// `PPME_SYSCALL_PROCESS_VM_READV_E`, `process_vm_readv`.
    pub const SYSCALL_PROCESS_VM_READV_E: Self = Self(420);
    /// `PPME_SYSCALL_PROCESS_VM_READV_X`, `process_vm_readv`.
    pub const SYSCALL_PROCESS_VM_READV_X: Self = Self(421);
    /// `PPME_SYSCALL_PROCESS_VM_WRITEV_E`, `process_vm_writev`.
    pub const SYSCALL_PROCESS_VM_WRITEV_E: Self = Self(422);
    /// `PPME_SYSCALL_PROCESS_VM_WRITEV_X`, `process_vm_writev`.
    pub const SYSCALL_PROCESS_VM_WRITEV_X: Self = Self(423);
    /// `PPME_SYSCALL_DELETE_MODULE_E`, `delete_module`.
    pub const SYSCALL_DELETE_MODULE_E: Self = Self(424);
    /// `PPME_SYSCALL_DELETE_MODULE_X`, `delete_module`.
    pub const SYSCALL_DELETE_MODULE_X: Self = Self(425);
    /// `PPME_SYSCALL_SETREUID_E`, `setreuid`.
    pub const SYSCALL_SETREUID_E: Self = Self(426);
    /// `PPME_SYSCALL_SETREUID_X`, `setreuid`.
    pub const SYSCALL_SETREUID_X: Self = Self(427);
    /// `PPME_SYSCALL_SETREGID_E`, `setregid`.
    pub const SYSCALL_SETREGID_E: Self = Self(428);
    /// `PPME_SYSCALL_SETREGID_X`, `setregid`.
    pub const SYSCALL_SETREGID_X: Self = Self(429);
    /// `PPME_ITER_TASK_E`, `task`.
    pub const ITER_TASK_E: Self = Self(430);
    /// `PPME_ITER_TASK_X`, `NA`.
    pub const ITER_TASK_X: Self = Self(431);
    /// `PPME_ITER_TASK_FILE_PIPE_E`, `task_file_pipe`.
    pub const ITER_TASK_FILE_PIPE_E: Self = Self(432);
    /// `PPME_ITER_TASK_FILE_PIPE_X`, `NA`.
    pub const ITER_TASK_FILE_PIPE_X: Self = Self(433);
    /// `PPME_ITER_TASK_FILE_MEMFD_E`, `task_file_memfd`.
    pub const ITER_TASK_FILE_MEMFD_E: Self = Self(434);
    /// `PPME_ITER_TASK_FILE_MEMFD_X`, `NA`.
    pub const ITER_TASK_FILE_MEMFD_X: Self = Self(435);
    /// `PPME_ITER_TASK_FILE_REGULAR_E`, `task_file_regular`.
    pub const ITER_TASK_FILE_REGULAR_E: Self = Self(436);
    /// `PPME_ITER_TASK_FILE_REGULAR_X`, `NA`.
    pub const ITER_TASK_FILE_REGULAR_X: Self = Self(437);
    /// `PPME_ITER_TASK_FILE_DIRECTORY_E`, `task_file_directory`.
    pub const ITER_TASK_FILE_DIRECTORY_E: Self = Self(438);
    /// `PPME_ITER_TASK_FILE_DIRECTORY_X`, `NA`.
    pub const ITER_TASK_FILE_DIRECTORY_X: Self = Self(439);
    /// `PPME_ITER_TASK_FILE_SOCKET_INET_E`, `task_file_socket_inet`.
    pub const ITER_TASK_FILE_SOCKET_INET_E: Self = Self(440);
    /// `PPME_ITER_TASK_FILE_SOCKET_INET_X`, `NA`.
    pub const ITER_TASK_FILE_SOCKET_INET_X: Self = Self(441);
    /// `PPME_ITER_TASK_FILE_SOCKET_INET6_E`, `task_file_socket_inet6`.
    pub const ITER_TASK_FILE_SOCKET_INET6_E: Self = Self(442);
    /// `PPME_ITER_TASK_FILE_SOCKET_INET6_X`, `NA`.
    pub const ITER_TASK_FILE_SOCKET_INET6_X: Self = Self(443);
    /// `PPME_ITER_TASK_FILE_SOCKET_UNIX_E`, `task_file_socket_unix`.
    pub const ITER_TASK_FILE_SOCKET_UNIX_E: Self = Self(444);
    /// `PPME_ITER_TASK_FILE_SOCKET_UNIX_X`, `NA`.
    pub const ITER_TASK_FILE_SOCKET_UNIX_X: Self = Self(445);
    /// `PPME_ITER_TASK_FILE_SOCKET_NETLINK_E`, `task_file_socket_netlink`.
    pub const ITER_TASK_FILE_SOCKET_NETLINK_E: Self = Self(446);
    /// `PPME_ITER_TASK_FILE_SOCKET_NETLINK_X`, `NA`.
    pub const ITER_TASK_FILE_SOCKET_NETLINK_X: Self = Self(447);
    /// `PPME_ITER_TASK_FILE_ANON_INODE_E`, `task_file_anon_inode`.
    pub const ITER_TASK_FILE_ANON_INODE_E: Self = Self(448);
    /// `PPME_ITER_TASK_FILE_ANON_INODE_X`, `NA`.
    pub const ITER_TASK_FILE_ANON_INODE_X: Self = Self(449);
    /// `PPME_SYSCALL_CLOSE_RANGE_E`, `NA`.
    pub const SYSCALL_CLOSE_RANGE_E: Self = Self(450);
    /// `PPME_SYSCALL_CLOSE_RANGE_X`, `close_range`.
    pub const SYSCALL_CLOSE_RANGE_X: Self = Self(451);
    /// `PPME_SYSCALL_KEYCTL_E`, `NA`.
    pub const SYSCALL_KEYCTL_E: Self = Self(452);
    /// `PPME_SYSCALL_KEYCTL_X`, `keyctl`.
    pub const SYSCALL_KEYCTL_X: Self = Self(453);
}

pub(crate) static EVENTS: [EventInfo; 454] = [
    EventInfo { id: 0, code: "GENERIC_E", name: "syscall", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "ID", ty: ParamType::Syscallid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "nativeID", ty: ParamType::Uint16, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 1, code: "GENERIC_X", name: "syscall", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "ID", ty: ParamType::Syscallid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "nativeID", ty: ParamType::Uint16, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 2, code: "SYSCALL_OPEN_E", name: "open", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::OPENS.0), live: true, params: &[
        ParamInfo { name: "name", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FILE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "mode", ty: ParamType::Uint32, fmt: PrintFormat::Oct, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 3, code: "SYSCALL_OPEN_X", name: "open", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::OPENS.0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FILE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "mode", ty: ParamType::Uint32, fmt: PrintFormat::Oct, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dev", ty: ParamType::Uint32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ino", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 4, code: "SYSCALL_CLOSE_E", name: "close", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::DESTROYS_FD.0 | EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 5, code: "SYSCALL_CLOSE_X", name: "close", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::DESTROYS_FD.0 | EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 6, code: "SYSCALL_READ_E", name: "read", categories: Categories::new(&[Category::IoRead, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 7, code: "SYSCALL_READ_X", name: "read", categories: Categories::new(&[Category::IoRead, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::ON_DESCRIPTOR.0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 8, code: "SYSCALL_WRITE_E", name: "write", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 9, code: "SYSCALL_WRITE_X", name: "write", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::ON_DESCRIPTOR.0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 10, code: "SYSCALL_BRK_1_E", name: "brk", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 11, code: "SYSCALL_BRK_1_X", name: "brk", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 12, code: "SYSCALL_EXECVE_8_E", name: "execve", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 13, code: "SYSCALL_EXECVE_8_X", name: "execve", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 14, code: "SYSCALL_CLONE_11_E", name: "clone", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 15, code: "SYSCALL_CLONE_11_X", name: "clone", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::CLONE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 16, code: "PROCEXIT_E", name: "procexit", categories: Categories::new(&[Category::Process, Category::Tracepoint]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 17, code: "PROCEXIT_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 18, code: "SOCKET_SOCKET_E", name: "socket", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "domain", ty: ParamType::Enumflags32, fmt: PrintFormat::Dec, names: Some(names::SOCKET_FAMILIES), dynamic: None, dirfd: None },
        ParamInfo { name: "type", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "proto", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 19, code: "SOCKET_SOCKET_X", name: "socket", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "domain", ty: ParamType::Enumflags32, fmt: PrintFormat::Dec, names: Some(names::SOCKET_FAMILIES), dynamic: None, dirfd: None },
        ParamInfo { name: "type", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "proto", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FILE_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 20, code: "SOCKET_BIND_E", name: "bind", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 21, code: "SOCKET_BIND_X", name: "bind", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "addr", ty: ParamType::Sockaddr, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 22, code: "SOCKET_CONNECT_E", name: "connect", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "addr", ty: ParamType::Sockaddr, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 23, code: "SOCKET_CONNECT_X", name: "connect", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tuple", ty: ParamType::Socktuple, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "addr", ty: ParamType::Sockaddr, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 24, code: "SOCKET_LISTEN_E", name: "listen", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "backlog", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 25, code: "SOCKET_LISTEN_X", name: "listen", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "backlog", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 26, code: "SOCKET_ACCEPT_E", name: "accept", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 27, code: "SOCKET_ACCEPT_X", name: "accept", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tuple", ty: ParamType::Socktuple, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "queuepct", ty: ParamType::Uint8, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 28, code: "SOCKET_SEND_E", name: "send", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 29, code: "SOCKET_SEND_X", name: "send", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::ON_DESCRIPTOR.0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tuple", ty: ParamType::Socktuple, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 30, code: "SOCKET_SENDTO_E", name: "sendto", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tuple", ty: ParamType::Socktuple, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 31, code: "SOCKET_SENDTO_X", name: "sendto", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::ON_DESCRIPTOR.0 | CallRoles::EXCHANGES.0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tuple", ty: ParamType::Socktuple, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 32, code: "SOCKET_RECV_E", name: "recv", categories: Categories::new(&[Category::IoRead, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 33, code: "SOCKET_RECV_X", name: "recv", categories: Categories::new(&[Category::IoRead, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::ON_DESCRIPTOR.0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tuple", ty: ParamType::Socktuple, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 34, code: "SOCKET_RECVFROM_E", name: "recvfrom", categories: Categories::new(&[Category::IoRead, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 35, code: "SOCKET_RECVFROM_X", name: "recvfrom", categories: Categories::new(&[Category::IoRead, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::ON_DESCRIPTOR.0 | CallRoles::EXCHANGES.0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tuple", ty: ParamType::Socktuple, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 36, code: "SOCKET_SHUTDOWN_E", name: "shutdown", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "how", ty: ParamType::Enumflags8, fmt: PrintFormat::Hex, names: Some(names::SHUTDOWN_HOW), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 37, code: "SOCKET_SHUTDOWN_X", name: "shutdown", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "how", ty: ParamType::Enumflags8, fmt: PrintFormat::Hex, names: Some(names::SHUTDOWN_HOW), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 38, code: "SOCKET_GETSOCKNAME_E", name: "getsockname", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 39, code: "SOCKET_GETSOCKNAME_X", name: "getsockname", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[] },
    EventInfo { id: 40, code: "SOCKET_GETPEERNAME_E", name: "getpeername", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 41, code: "SOCKET_GETPEERNAME_X", name: "getpeername", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[] },
    EventInfo { id: 42, code: "SOCKET_SOCKETPAIR_E", name: "socketpair", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "domain", ty: ParamType::Enumflags32, fmt: PrintFormat::Dec, names: Some(names::SOCKET_FAMILIES), dynamic: None, dirfd: None },
        ParamInfo { name: "type", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "proto", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 43, code: "SOCKET_SOCKETPAIR_X", name: "socketpair", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd1", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd2", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "source", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "peer", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "domain", ty: ParamType::Enumflags32, fmt: PrintFormat::Dec, names: Some(names::SOCKET_FAMILIES), dynamic: None, dirfd: None },
        ParamInfo { name: "type", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "proto", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 44, code: "SOCKET_SETSOCKOPT_E", name: "setsockopt", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 45, code: "SOCKET_SETSOCKOPT_X", name: "setsockopt", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "level", ty: ParamType::Enumflags8, fmt: PrintFormat::Dec, names: Some(names::SOCKOPT_LEVELS), dynamic: None, dirfd: None },
        ParamInfo { name: "optname", ty: ParamType::Enumflags8, fmt: PrintFormat::Dec, names: Some(names::SOCKOPT_OPTIONS), dynamic: None, dirfd: None },
        ParamInfo { name: "val", ty: ParamType::Dyn, fmt: PrintFormat::Dec, names: None, dynamic: Some(names::SOCKOPT_DYNAMIC_PARAM), dirfd: None },
        ParamInfo { name: "optlen", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 46, code: "SOCKET_GETSOCKOPT_E", name: "getsockopt", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 47, code: "SOCKET_GETSOCKOPT_X", name: "getsockopt", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "level", ty: ParamType::Enumflags8, fmt: PrintFormat::Dec, names: Some(names::SOCKOPT_LEVELS), dynamic: None, dirfd: None },
        ParamInfo { name: "optname", ty: ParamType::Enumflags8, fmt: PrintFormat::Dec, names: Some(names::SOCKOPT_OPTIONS), dynamic: None, dirfd: None },
        ParamInfo { name: "val", ty: ParamType::Dyn, fmt: PrintFormat::Dec, names: None, dynamic: Some(names::SOCKOPT_DYNAMIC_PARAM), dirfd: None },
        ParamInfo { name: "optlen", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 48, code: "SOCKET_SENDMSG_E", name: "sendmsg", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tuple", ty: ParamType::Socktuple, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 49, code: "SOCKET_SENDMSG_X", name: "sendmsg", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::ON_DESCRIPTOR.0 | CallRoles::EXCHANGES.0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tuple", ty: ParamType::Socktuple, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 50, code: "SOCKET_SENDMMSG_E", name: "sendmmsg", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 51, code: "SOCKET_SENDMMSG_X", name: "sendmmsg", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::ON_DESCRIPTOR.0 | CallRoles::EXCHANGES.0 | CallRoles::MANY_EVENTS.0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tuple", ty: ParamType::Socktuple, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 52, code: "SOCKET_RECVMSG_E", name: "recvmsg", categories: Categories::new(&[Category::IoRead, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 53, code: "SOCKET_RECVMSG_X", name: "recvmsg", categories: Categories::new(&[Category::IoRead, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::ON_DESCRIPTOR.0 | CallRoles::EXCHANGES.0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tuple", ty: ParamType::Socktuple, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "msgcontrol", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 54, code: "SOCKET_RECVMMSG_E", name: "recvmmsg", categories: Categories::new(&[Category::IoRead, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 55, code: "SOCKET_RECVMMSG_X", name: "recvmmsg", categories: Categories::new(&[Category::IoRead, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::ON_DESCRIPTOR.0 | CallRoles::EXCHANGES.0 | CallRoles::MANY_EVENTS.0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tuple", ty: ParamType::Socktuple, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "msgcontrol", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 56, code: "SOCKET_ACCEPT4_E", name: "accept", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "flags", ty: ParamType::Int32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 57, code: "SOCKET_ACCEPT4_X", name: "accept", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tuple", ty: ParamType::Socktuple, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "queuepct", ty: ParamType::Uint8, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 58, code: "SYSCALL_CREAT_E", name: "creat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::OPENS.0), live: true, params: &[
        ParamInfo { name: "name", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "mode", ty: ParamType::Uint32, fmt: PrintFormat::Oct, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 59, code: "SYSCALL_CREAT_X", name: "creat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::OPENS.0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "mode", ty: ParamType::Uint32, fmt: PrintFormat::Oct, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dev", ty: ParamType::Uint32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ino", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "creat_flags", ty: ParamType::Flags16, fmt: PrintFormat::Hex, names: Some(names::CREAT_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 60, code: "SYSCALL_PIPE_E", name: "pipe", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 61, code: "SYSCALL_PIPE_X", name: "pipe", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd1", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd2", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ino", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 62, code: "SYSCALL_EVENTFD_E", name: "eventfd", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "initval", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Uint32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 63, code: "SYSCALL_EVENTFD_X", name: "eventfd", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "initval", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Uint32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 64, code: "SYSCALL_FUTEX_E", name: "futex", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "addr", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "op", ty: ParamType::Flags16, fmt: PrintFormat::Hex, names: Some(names::FUTEX_OPERATIONS), dynamic: None, dirfd: None },
        ParamInfo { name: "val", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 65, code: "SYSCALL_FUTEX_X", name: "futex", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "addr", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "op", ty: ParamType::Flags16, fmt: PrintFormat::Hex, names: Some(names::FUTEX_OPERATIONS), dynamic: None, dirfd: None },
        ParamInfo { name: "val", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 66, code: "SYSCALL_STAT_E", name: "stat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 67, code: "SYSCALL_STAT_X", name: "stat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 68, code: "SYSCALL_LSTAT_E", name: "lstat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 69, code: "SYSCALL_LSTAT_X", name: "lstat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 70, code: "SYSCALL_FSTAT_E", name: "fstat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 71, code: "SYSCALL_FSTAT_X", name: "fstat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 72, code: "SYSCALL_STAT64_E", name: "stat64", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 73, code: "SYSCALL_STAT64_X", name: "stat64", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 74, code: "SYSCALL_LSTAT64_E", name: "lstat64", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 75, code: "SYSCALL_LSTAT64_X", name: "lstat64", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 76, code: "SYSCALL_FSTAT64_E", name: "fstat64", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 77, code: "SYSCALL_FSTAT64_X", name: "fstat64", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 78, code: "SYSCALL_EPOLLWAIT_E", name: "epoll_wait", categories: Categories::new(&[Category::Wait, Category::Syscall]), flags: EventFlags(EventFlags::WAITS.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "maxevents", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 79, code: "SYSCALL_EPOLLWAIT_X", name: "epoll_wait", categories: Categories::new(&[Category::Wait, Category::Syscall]), flags: EventFlags(EventFlags::WAITS.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "maxevents", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 80, code: "SYSCALL_POLL_E", name: "poll", categories: Categories::new(&[Category::Wait, Category::Syscall]), flags: EventFlags(EventFlags::WAITS.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fds", ty: ParamType::Fdlist, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "timeout", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 81, code: "SYSCALL_POLL_X", name: "poll", categories: Categories::new(&[Category::Wait, Category::Syscall]), flags: EventFlags(EventFlags::WAITS.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fds", ty: ParamType::Fdlist, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "timeout", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 82, code: "SYSCALL_SELECT_E", name: "select", categories: Categories::new(&[Category::Wait, Category::Syscall]), flags: EventFlags(EventFlags::WAITS.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 83, code: "SYSCALL_SELECT_X", name: "select", categories: Categories::new(&[Category::Wait, Category::Syscall]), flags: EventFlags(EventFlags::WAITS.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 84, code: "SYSCALL_NEWSELECT_E", name: "select", categories: Categories::new(&[Category::Wait, Category::Syscall]), flags: EventFlags(EventFlags::WAITS.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 85, code: "SYSCALL_NEWSELECT_X", name: "select", categories: Categories::new(&[Category::Wait, Category::Syscall]), flags: EventFlags(EventFlags::WAITS.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 86, code: "SYSCALL_LSEEK_E", name: "lseek", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "offset", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "whence", ty: ParamType::Enumflags8, fmt: PrintFormat::Dec, names: Some(names::LSEEK_WHENCE), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 87, code: "SYSCALL_LSEEK_X", name: "lseek", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "offset", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "whence", ty: ParamType::Enumflags8, fmt: PrintFormat::Dec, names: Some(names::LSEEK_WHENCE), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 88, code: "SYSCALL_LLSEEK_E", name: "llseek", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "offset", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "whence", ty: ParamType::Enumflags8, fmt: PrintFormat::Dec, names: Some(names::LSEEK_WHENCE), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 89, code: "SYSCALL_LLSEEK_X", name: "llseek", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "offset", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "whence", ty: ParamType::Enumflags8, fmt: PrintFormat::Dec, names: Some(names::LSEEK_WHENCE), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 90, code: "SYSCALL_IOCTL_2_E", name: "ioctl", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "request", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 91, code: "SYSCALL_IOCTL_2_X", name: "ioctl", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 92, code: "SYSCALL_GETCWD_E", name: "getcwd", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 93, code: "SYSCALL_GETCWD_X", name: "getcwd", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 94, code: "SYSCALL_CHDIR_E", name: "chdir", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 95, code: "SYSCALL_CHDIR_X", name: "chdir", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 96, code: "SYSCALL_FCHDIR_E", name: "fchdir", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 97, code: "SYSCALL_FCHDIR_X", name: "fchdir", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 98, code: "SYSCALL_MKDIR_E", name: "mkdir", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "mode", ty: ParamType::Uint32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 99, code: "SYSCALL_MKDIR_X", name: "mkdir", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 100, code: "SYSCALL_RMDIR_E", name: "rmdir", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 101, code: "SYSCALL_RMDIR_X", name: "rmdir", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 102, code: "SYSCALL_OPENAT_E", name: "openat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::OPENS.0), live: false, params: &[
        ParamInfo { name: "dirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FILE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "mode", ty: ParamType::Uint32, fmt: PrintFormat::Oct, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 103, code: "SYSCALL_OPENAT_X", name: "openat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::OPENS.0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 104, code: "SYSCALL_LINK_E", name: "link", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "oldpath", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "newpath", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 105, code: "SYSCALL_LINK_X", name: "link", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 106, code: "SYSCALL_LINKAT_E", name: "linkat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "olddir", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "oldpath", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "newdir", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "newpath", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 107, code: "SYSCALL_LINKAT_X", name: "linkat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 108, code: "SYSCALL_UNLINK_E", name: "unlink", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 109, code: "SYSCALL_UNLINK_X", name: "unlink", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 110, code: "SYSCALL_UNLINKAT_E", name: "unlinkat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "dirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 111, code: "SYSCALL_UNLINKAT_X", name: "unlinkat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 112, code: "SYSCALL_PREAD_E", name: "pread", categories: Categories::new(&[Category::IoRead, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pos", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 113, code: "SYSCALL_PREAD_X", name: "pread", categories: Categories::new(&[Category::IoRead, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::ON_DESCRIPTOR.0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pos", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 114, code: "SYSCALL_PWRITE_E", name: "pwrite", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pos", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 115, code: "SYSCALL_PWRITE_X", name: "pwrite", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::ON_DESCRIPTOR.0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pos", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 116, code: "SYSCALL_READV_E", name: "readv", categories: Categories::new(&[Category::IoRead, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 117, code: "SYSCALL_READV_X", name: "readv", categories: Categories::new(&[Category::IoRead, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::ON_DESCRIPTOR.0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 118, code: "SYSCALL_WRITEV_E", name: "writev", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 119, code: "SYSCALL_WRITEV_X", name: "writev", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::ON_DESCRIPTOR.0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 120, code: "SYSCALL_PREADV_E", name: "preadv", categories: Categories::new(&[Category::IoRead, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pos", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 121, code: "SYSCALL_PREADV_X", name: "preadv", categories: Categories::new(&[Category::IoRead, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::ON_DESCRIPTOR.0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pos", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 122, code: "SYSCALL_PWRITEV_E", name: "pwritev", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pos", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 123, code: "SYSCALL_PWRITEV_X", name: "pwritev", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::ON_DESCRIPTOR.0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pos", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 124, code: "SYSCALL_DUP_E", name: "dup", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 125, code: "SYSCALL_DUP_X", name: "dup", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 126, code: "SYSCALL_SIGNALFD_E", name: "signalfd", categories: Categories::new(&[Category::Signal, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "mask", ty: ParamType::Uint32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Uint8, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 127, code: "SYSCALL_SIGNALFD_X", name: "signalfd", categories: Categories::new(&[Category::Signal, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "mask", ty: ParamType::Uint32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Uint8, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 128, code: "SYSCALL_KILL_E", name: "kill", categories: Categories::new(&[Category::Signal, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sig", ty: ParamType::Sigtype, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 129, code: "SYSCALL_KILL_X", name: "kill", categories: Categories::new(&[Category::Signal, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sig", ty: ParamType::Sigtype, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 130, code: "SYSCALL_TKILL_E", name: "tkill", categories: Categories::new(&[Category::Signal, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sig", ty: ParamType::Sigtype, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 131, code: "SYSCALL_TKILL_X", name: "tkill", categories: Categories::new(&[Category::Signal, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sig", ty: ParamType::Sigtype, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 132, code: "SYSCALL_TGKILL_E", name: "tgkill", categories: Categories::new(&[Category::Signal, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sig", ty: ParamType::Sigtype, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 133, code: "SYSCALL_TGKILL_X", name: "tgkill", categories: Categories::new(&[Category::Signal, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sig", ty: ParamType::Sigtype, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 134, code: "SYSCALL_NANOSLEEP_E", name: "nanosleep", categories: Categories::new(&[Category::Sleep, Category::Syscall]), flags: EventFlags(EventFlags::WAITS.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "interval", ty: ParamType::Reltime, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 135, code: "SYSCALL_NANOSLEEP_X", name: "nanosleep", categories: Categories::new(&[Category::Sleep, Category::Syscall]), flags: EventFlags(EventFlags::WAITS.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "interval", ty: ParamType::Reltime, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 136, code: "SYSCALL_TIMERFD_CREATE_E", name: "timerfd_create", categories: Categories::new(&[Category::Time, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "clockid", ty: ParamType::Uint8, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Uint8, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 137, code: "SYSCALL_TIMERFD_CREATE_X", name: "timerfd_create", categories: Categories::new(&[Category::Time, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "clockid", ty: ParamType::Uint8, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Uint8, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 138, code: "SYSCALL_INOTIFY_INIT_E", name: "inotify_init", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "flags", ty: ParamType::Uint8, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 139, code: "SYSCALL_INOTIFY_INIT_X", name: "inotify_init", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Uint8, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 140, code: "SYSCALL_GETRLIMIT_E", name: "getrlimit", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "resource", ty: ParamType::Enumflags8, fmt: PrintFormat::Dec, names: Some(names::RLIMIT_RESOURCES), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 141, code: "SYSCALL_GETRLIMIT_X", name: "getrlimit", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cur", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "max", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "resource", ty: ParamType::Enumflags8, fmt: PrintFormat::Dec, names: Some(names::RLIMIT_RESOURCES), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 142, code: "SYSCALL_SETRLIMIT_E", name: "setrlimit", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "resource", ty: ParamType::Enumflags8, fmt: PrintFormat::Dec, names: Some(names::RLIMIT_RESOURCES), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 143, code: "SYSCALL_SETRLIMIT_X", name: "setrlimit", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cur", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "max", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "resource", ty: ParamType::Enumflags8, fmt: PrintFormat::Dec, names: Some(names::RLIMIT_RESOURCES), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 144, code: "SYSCALL_PRLIMIT_E", name: "prlimit", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "resource", ty: ParamType::Enumflags8, fmt: PrintFormat::Dec, names: Some(names::RLIMIT_RESOURCES), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 145, code: "SYSCALL_PRLIMIT_X", name: "prlimit", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "newcur", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "newmax", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "oldcur", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "oldmax", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "resource", ty: ParamType::Enumflags8, fmt: PrintFormat::Dec, names: Some(names::RLIMIT_RESOURCES), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 146, code: "SCHEDSWITCH_1_E", name: "switch", categories: Categories::new(&[Category::Scheduler, Category::Tracepoint]), flags: EventFlags(EventFlags::SKIPPARSERESET.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "next", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 147, code: "SCHEDSWITCH_1_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 148, code: "DROP_E", name: "drop", categories: Categories::new(&[Category::Internal, Category::Metaevent]), flags: EventFlags(EventFlags::SKIPPARSERESET.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "ratio", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 149, code: "DROP_X", name: "drop", categories: Categories::new(&[Category::Internal, Category::Metaevent]), flags: EventFlags(EventFlags::SKIPPARSERESET.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "ratio", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 150, code: "SYSCALL_FCNTL_E", name: "fcntl", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cmd", ty: ParamType::Enumflags8, fmt: PrintFormat::Dec, names: Some(names::FCNTL_COMMANDS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 151, code: "SYSCALL_FCNTL_X", name: "fcntl", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cmd", ty: ParamType::Enumflags8, fmt: PrintFormat::Dec, names: Some(names::FCNTL_COMMANDS), dynamic: None, dirfd: None },
        ParamInfo { name: "arg", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 152, code: "SCHEDSWITCH_6_E", name: "switch", categories: Categories::new(&[Category::Scheduler, Category::Tracepoint]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "next", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 153, code: "SCHEDSWITCH_6_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 154, code: "SYSCALL_EXECVE_13_E", name: "execve", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 155, code: "SYSCALL_EXECVE_13_X", name: "execve", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 156, code: "SYSCALL_CLONE_16_E", name: "clone", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 157, code: "SYSCALL_CLONE_16_X", name: "clone", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::CLONE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 158, code: "SYSCALL_BRK_4_E", name: "brk", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "addr", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 159, code: "SYSCALL_BRK_4_X", name: "brk", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "addr", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 160, code: "SYSCALL_MMAP_E", name: "mmap", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "addr", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "length", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "prot", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::PROT_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::MMAP_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "offset", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 161, code: "SYSCALL_MMAP_X", name: "mmap", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "addr", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "length", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "prot", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::PROT_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::MMAP_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "offset", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 162, code: "SYSCALL_MMAP2_E", name: "mmap2", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "addr", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "length", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "prot", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::PROT_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::MMAP_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgoffset", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 163, code: "SYSCALL_MMAP2_X", name: "mmap2", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "addr", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "length", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "prot", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::PROT_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::MMAP_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgoffset", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 164, code: "SYSCALL_MUNMAP_E", name: "munmap", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "addr", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "length", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 165, code: "SYSCALL_MUNMAP_X", name: "munmap", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "addr", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "length", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 166, code: "SYSCALL_SPLICE_E", name: "splice", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd_in", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd_out", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::SPLICE_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 167, code: "SYSCALL_SPLICE_X", name: "splice", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd_in", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd_out", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::SPLICE_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 168, code: "SYSCALL_PTRACE_E", name: "ptrace", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "request", ty: ParamType::Enumflags16, fmt: PrintFormat::Dec, names: Some(names::PTRACE_REQUESTS), dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 169, code: "SYSCALL_PTRACE_X", name: "ptrace", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "addr", ty: ParamType::Dyn, fmt: PrintFormat::Hex, names: None, dynamic: Some(names::PTRACE_DYNAMIC_PARAM), dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Dyn, fmt: PrintFormat::Hex, names: None, dynamic: Some(names::PTRACE_DYNAMIC_PARAM), dirfd: None },
        ParamInfo { name: "request", ty: ParamType::Enumflags16, fmt: PrintFormat::Dec, names: Some(names::PTRACE_REQUESTS), dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 170, code: "SYSCALL_IOCTL_3_E", name: "ioctl", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "request", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "argument", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 171, code: "SYSCALL_IOCTL_3_X", name: "ioctl", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "request", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "argument", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 172, code: "SYSCALL_EXECVE_14_E", name: "execve", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 173, code: "SYSCALL_EXECVE_14_X", name: "execve", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "env", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 174, code: "SYSCALL_RENAME_E", name: "rename", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 175, code: "SYSCALL_RENAME_X", name: "rename", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "oldpath", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "newpath", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 176, code: "SYSCALL_RENAMEAT_E", name: "renameat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 177, code: "SYSCALL_RENAMEAT_X", name: "renameat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "olddirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "oldpath", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(1) },
        ParamInfo { name: "newdirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "newpath", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(3) },
    ] },
    EventInfo { id: 178, code: "SYSCALL_SYMLINK_E", name: "symlink", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 179, code: "SYSCALL_SYMLINK_X", name: "symlink", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "target", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "linkpath", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 180, code: "SYSCALL_SYMLINKAT_E", name: "symlinkat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 181, code: "SYSCALL_SYMLINKAT_X", name: "symlinkat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "target", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "linkdirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "linkpath", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(2) },
    ] },
    EventInfo { id: 182, code: "SYSCALL_FORK_E", name: "fork", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 183, code: "SYSCALL_FORK_X", name: "fork", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::CLONE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 184, code: "SYSCALL_VFORK_E", name: "vfork", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 185, code: "SYSCALL_VFORK_X", name: "vfork", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::CLONE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 186, code: "PROCEXIT_1_E", name: "procexit", categories: Categories::new(&[Category::Process, Category::Tracepoint]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "status", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ret", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sig", ty: ParamType::Sigtype, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "core", ty: ParamType::Uint8, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "reaper_tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 187, code: "PROCEXIT_1_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 188, code: "SYSCALL_SENDFILE_E", name: "sendfile", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "out_fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "in_fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "offset", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 189, code: "SYSCALL_SENDFILE_X", name: "sendfile", categories: Categories::new(&[Category::IoWrite, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "offset", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "out_fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "in_fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 190, code: "SYSCALL_QUOTACTL_E", name: "quotactl", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "cmd", ty: ParamType::Flags16, fmt: PrintFormat::Dec, names: Some(names::QUOTACTL_CMDS), dynamic: None, dirfd: None },
        ParamInfo { name: "type", ty: ParamType::Flags8, fmt: PrintFormat::Dec, names: Some(names::QUOTACTL_TYPES), dynamic: None, dirfd: None },
        ParamInfo { name: "id", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "quota_fmt", ty: ParamType::Flags8, fmt: PrintFormat::Dec, names: Some(names::QUOTACTL_QUOTA_FMTS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 191, code: "SYSCALL_QUOTACTL_X", name: "quotactl", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "special", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "quotafilepath", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dqb_bhardlimit", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dqb_bsoftlimit", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dqb_curspace", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dqb_ihardlimit", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dqb_isoftlimit", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dqb_btime", ty: ParamType::Reltime, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dqb_itime", ty: ParamType::Reltime, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dqi_bgrace", ty: ParamType::Reltime, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dqi_igrace", ty: ParamType::Reltime, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dqi_flags", ty: ParamType::Flags8, fmt: PrintFormat::Dec, names: Some(names::QUOTACTL_DQI_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "quota_fmt_out", ty: ParamType::Flags8, fmt: PrintFormat::Dec, names: Some(names::QUOTACTL_QUOTA_FMTS), dynamic: None, dirfd: None },
        ParamInfo { name: "cmd", ty: ParamType::Flags16, fmt: PrintFormat::Dec, names: Some(names::QUOTACTL_CMDS), dynamic: None, dirfd: None },
        ParamInfo { name: "type", ty: ParamType::Flags8, fmt: PrintFormat::Dec, names: Some(names::QUOTACTL_TYPES), dynamic: None, dirfd: None },
        ParamInfo { name: "id", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "quota_fmt", ty: ParamType::Flags8, fmt: PrintFormat::Dec, names: Some(names::QUOTACTL_QUOTA_FMTS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 192, code: "SYSCALL_SETRESUID_E", name: "setresuid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "ruid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "euid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "suid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 193, code: "SYSCALL_SETRESUID_X", name: "setresuid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ruid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "euid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "suid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 194, code: "SYSCALL_SETRESGID_E", name: "setresgid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "rgid", ty: ParamType::Gid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "egid", ty: ParamType::Gid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sgid", ty: ParamType::Gid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 195, code: "SYSCALL_SETRESGID_X", name: "setresgid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "rgid", ty: ParamType::Gid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "egid", ty: ParamType::Gid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sgid", ty: ParamType::Gid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 196, code: "SCAPEVENT_E", name: "scapevent", categories: Categories::new(&[Category::Internal, Category::Metaevent]), flags: EventFlags(EventFlags::SKIPPARSERESET.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "event_type", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "event_data", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 197, code: "SCAPEVENT_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 198, code: "SYSCALL_SETUID_E", name: "setuid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "uid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 199, code: "SYSCALL_SETUID_X", name: "setuid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 200, code: "SYSCALL_SETGID_E", name: "setgid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "gid", ty: ParamType::Gid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 201, code: "SYSCALL_SETGID_X", name: "setgid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Gid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 202, code: "SYSCALL_GETUID_E", name: "getuid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 203, code: "SYSCALL_GETUID_X", name: "getuid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "uid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 204, code: "SYSCALL_GETEUID_E", name: "geteuid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 205, code: "SYSCALL_GETEUID_X", name: "geteuid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "euid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 206, code: "SYSCALL_GETGID_E", name: "getgid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 207, code: "SYSCALL_GETGID_X", name: "getgid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "gid", ty: ParamType::Gid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 208, code: "SYSCALL_GETEGID_E", name: "getegid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 209, code: "SYSCALL_GETEGID_X", name: "getegid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "egid", ty: ParamType::Gid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 210, code: "SYSCALL_GETRESUID_E", name: "getresuid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 211, code: "SYSCALL_GETRESUID_X", name: "getresuid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ruid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "euid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "suid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 212, code: "SYSCALL_GETRESGID_E", name: "getresgid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 213, code: "SYSCALL_GETRESGID_X", name: "getresgid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "rgid", ty: ParamType::Gid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "egid", ty: ParamType::Gid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sgid", ty: ParamType::Gid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 214, code: "SYSCALL_EXECVE_15_E", name: "execve", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 215, code: "SYSCALL_EXECVE_15_X", name: "execve", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "comm", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "env", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 216, code: "SYSCALL_CLONE_17_E", name: "clone", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 217, code: "SYSCALL_CLONE_17_X", name: "clone", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "comm", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::CLONE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 218, code: "SYSCALL_FORK_17_E", name: "fork", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 219, code: "SYSCALL_FORK_17_X", name: "fork", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "comm", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::CLONE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 220, code: "SYSCALL_VFORK_17_E", name: "vfork", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 221, code: "SYSCALL_VFORK_17_X", name: "vfork", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "comm", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::CLONE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 222, code: "SYSCALL_CLONE_20_E", name: "clone", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 223, code: "SYSCALL_CLONE_20_X", name: "clone", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "comm", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cgroups", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::CLONE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vtid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vpid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pidns_init_start_ts", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 224, code: "SYSCALL_FORK_20_E", name: "fork", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 225, code: "SYSCALL_FORK_20_X", name: "fork", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "comm", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cgroups", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::CLONE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vtid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vpid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pidns_init_start_ts", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 226, code: "SYSCALL_VFORK_20_E", name: "vfork", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 227, code: "SYSCALL_VFORK_20_X", name: "vfork", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "comm", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cgroups", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::CLONE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vtid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vpid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pidns_init_start_ts", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 228, code: "CONTAINER_E", name: "container", categories: Categories::new(&[Category::Internal, Category::Metaevent]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::SKIPPARSERESET.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "id", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "type", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "image", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 229, code: "CONTAINER_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 230, code: "SYSCALL_EXECVE_16_E", name: "execve", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 231, code: "SYSCALL_EXECVE_16_X", name: "execve", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "comm", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cgroups", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "env", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 232, code: "SIGNALDELIVER_E", name: "signaldeliver", categories: Categories::new(&[Category::Signal, Category::Tracepoint]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "spid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dpid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sig", ty: ParamType::Sigtype, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 233, code: "SIGNALDELIVER_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 234, code: "PROCINFO_E", name: "procinfo", categories: Categories::new(&[Category::Internal, Category::Metaevent]), flags: EventFlags(EventFlags::SKIPPARSERESET.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "cpu_usr", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cpu_sys", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 235, code: "PROCINFO_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 236, code: "SYSCALL_GETDENTS_E", name: "getdents", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 237, code: "SYSCALL_GETDENTS_X", name: "getdents", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 238, code: "SYSCALL_GETDENTS64_E", name: "getdents64", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 239, code: "SYSCALL_GETDENTS64_X", name: "getdents64", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 240, code: "SYSCALL_SETNS_E", name: "setns", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "nstype", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::CLONE_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 241, code: "SYSCALL_SETNS_X", name: "setns", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "nstype", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::CLONE_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 242, code: "SYSCALL_FLOCK_E", name: "flock", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "operation", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FLOCK_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 243, code: "SYSCALL_FLOCK_X", name: "flock", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "operation", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FLOCK_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 244, code: "CPU_HOTPLUG_E", name: "cpu_hotplug", categories: Categories::new(&[Category::System, Category::Metaevent]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::SKIPPARSERESET.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "cpu", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "action", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 245, code: "CPU_HOTPLUG_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 246, code: "SOCKET_ACCEPT_5_E", name: "accept", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 247, code: "SOCKET_ACCEPT_5_X", name: "accept", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tuple", ty: ParamType::Socktuple, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "queuepct", ty: ParamType::Uint8, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "queuelen", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "queuemax", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 248, code: "SOCKET_ACCEPT4_5_E", name: "accept", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "flags", ty: ParamType::Int32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 249, code: "SOCKET_ACCEPT4_5_X", name: "accept", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tuple", ty: ParamType::Socktuple, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "queuepct", ty: ParamType::Uint8, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "queuelen", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "queuemax", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 250, code: "SYSCALL_SEMOP_E", name: "semop", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "semid", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 251, code: "SYSCALL_SEMOP_X", name: "semop", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "nsops", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sem_num_0", ty: ParamType::Uint16, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sem_op_0", ty: ParamType::Int16, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sem_flg_0", ty: ParamType::Flags16, fmt: PrintFormat::Hex, names: Some(names::SEMOP_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "sem_num_1", ty: ParamType::Uint16, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sem_op_1", ty: ParamType::Int16, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sem_flg_1", ty: ParamType::Flags16, fmt: PrintFormat::Hex, names: Some(names::SEMOP_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "semid", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 252, code: "SYSCALL_SEMCTL_E", name: "semctl", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "semid", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "semnum", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cmd", ty: ParamType::Flags16, fmt: PrintFormat::Hex, names: Some(names::SEMCTL_COMMANDS), dynamic: None, dirfd: None },
        ParamInfo { name: "val", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 253, code: "SYSCALL_SEMCTL_X", name: "semctl", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "semid", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "semnum", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cmd", ty: ParamType::Flags16, fmt: PrintFormat::Hex, names: Some(names::SEMCTL_COMMANDS), dynamic: None, dirfd: None },
        ParamInfo { name: "val", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 254, code: "SYSCALL_PPOLL_E", name: "ppoll", categories: Categories::new(&[Category::Wait, Category::Syscall]), flags: EventFlags(EventFlags::WAITS.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fds", ty: ParamType::Fdlist, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "timeout", ty: ParamType::Reltime, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sigmask", ty: ParamType::Sigset, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 255, code: "SYSCALL_PPOLL_X", name: "ppoll", categories: Categories::new(&[Category::Wait, Category::Syscall]), flags: EventFlags(EventFlags::WAITS.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fds", ty: ParamType::Fdlist, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "timeout", ty: ParamType::Reltime, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sigmask", ty: ParamType::Sigset, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 256, code: "SYSCALL_MOUNT_E", name: "mount", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::MOUNT_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 257, code: "SYSCALL_MOUNT_X", name: "mount", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dev", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dir", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "type", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::MOUNT_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 258, code: "SYSCALL_UMOUNT_E", name: "umount", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::UMOUNT_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 259, code: "SYSCALL_UMOUNT_X", name: "umount", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 260, code: "K8S_E", name: "k8s", categories: Categories::new(&[Category::Internal, Category::Metaevent]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::SKIPPARSERESET.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "json", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 261, code: "K8S_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 262, code: "SYSCALL_SEMGET_E", name: "semget", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "key", ty: ParamType::Int32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "nsems", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "semflg", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::SEMGET_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 263, code: "SYSCALL_SEMGET_X", name: "semget", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "key", ty: ParamType::Int32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "nsems", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "semflg", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::SEMGET_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 264, code: "SYSCALL_ACCESS_E", name: "access", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "mode", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::ACCESS_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 265, code: "SYSCALL_ACCESS_X", name: "access", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "mode", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::ACCESS_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 266, code: "SYSCALL_CHROOT_E", name: "chroot", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 267, code: "SYSCALL_CHROOT_X", name: "chroot", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 268, code: "TRACER_E", name: "tracer", categories: Categories::new(&[Category::Other, Category::Metaevent]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "id", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tags", ty: ParamType::Charbufarray, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::CharbufPairArray, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 269, code: "TRACER_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "id", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tags", ty: ParamType::Charbufarray, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::CharbufPairArray, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 270, code: "MESOS_E", name: "mesos", categories: Categories::new(&[Category::Internal, Category::Metaevent]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::SKIPPARSERESET.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "json", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 271, code: "MESOS_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 272, code: "CONTAINER_JSON_E", name: "container", categories: Categories::new(&[Category::Process, Category::Metaevent]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "json", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 273, code: "CONTAINER_JSON_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 274, code: "SYSCALL_SETSID_E", name: "setsid", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 275, code: "SYSCALL_SETSID_X", name: "setsid", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 276, code: "SYSCALL_MKDIR_2_E", name: "mkdir", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "mode", ty: ParamType::Uint32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 277, code: "SYSCALL_MKDIR_2_X", name: "mkdir", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "mode", ty: ParamType::Uint32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 278, code: "SYSCALL_RMDIR_2_E", name: "rmdir", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 279, code: "SYSCALL_RMDIR_2_X", name: "rmdir", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 280, code: "NOTIFICATION_E", name: "notification", categories: Categories::new(&[Category::Other, Category::Metaevent]), flags: EventFlags(EventFlags::SKIPPARSERESET.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "id", ty: ParamType::Charbuf, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "desc", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 281, code: "NOTIFICATION_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 282, code: "SYSCALL_EXECVE_17_E", name: "execve", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 283, code: "SYSCALL_EXECVE_17_X", name: "execve", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "comm", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cgroups", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "env", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tty", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 284, code: "SYSCALL_UNSHARE_E", name: "unshare", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::CLONE_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 285, code: "SYSCALL_UNSHARE_X", name: "unshare", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::CLONE_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 286, code: "INFRASTRUCTURE_EVENT_E", name: "infra", categories: Categories::new(&[Category::Internal, Category::Metaevent]), flags: EventFlags(EventFlags::SKIPPARSERESET.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "source", ty: ParamType::Charbuf, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "description", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "scope", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 287, code: "INFRASTRUCTURE_EVENT_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 288, code: "SYSCALL_EXECVE_18_E", name: "execve", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "filename", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 289, code: "SYSCALL_EXECVE_18_X", name: "execve", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "comm", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cgroups", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "env", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tty", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 290, code: "PAGE_FAULT_E", name: "page_fault", categories: Categories::new(&[Category::Other, Category::Tracepoint]), flags: EventFlags(EventFlags::SKIPPARSERESET.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "addr", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ip", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "error", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::PF_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 291, code: "PAGE_FAULT_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 292, code: "SYSCALL_EXECVE_19_E", name: "execve", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "filename", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 293, code: "SYSCALL_EXECVE_19_X", name: "execve", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "comm", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cgroups", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "env", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tty", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vpgid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "loginuid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::EXECVE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "cap_inheritable", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cap_permitted", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cap_effective", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe_ino", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe_ino_ctime", ty: ParamType::Abstime, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe_ino_mtime", ty: ParamType::Abstime, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "trusted_exepath", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgid", ty: ParamType::Pid, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Gid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "filename", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 294, code: "SYSCALL_SETPGID_E", name: "setpgid", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 295, code: "SYSCALL_SETPGID_X", name: "setpgid", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 296, code: "SYSCALL_BPF_E", name: "bpf", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "cmd", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 297, code: "SYSCALL_BPF_X", name: "bpf", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "res_or_fd", ty: ParamType::Dyn, fmt: PrintFormat::Dec, names: None, dynamic: Some(names::BPF_DYNAMIC_PARAM), dirfd: None },
    ] },
    EventInfo { id: 298, code: "SYSCALL_SECCOMP_E", name: "seccomp", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "op", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 299, code: "SYSCALL_SECCOMP_X", name: "seccomp", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "op", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 300, code: "SYSCALL_UNLINK_2_E", name: "unlink", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 301, code: "SYSCALL_UNLINK_2_X", name: "unlink", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 302, code: "SYSCALL_UNLINKAT_2_E", name: "unlinkat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 303, code: "SYSCALL_UNLINKAT_2_X", name: "unlinkat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(1) },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::UNLINKAT_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 304, code: "SYSCALL_MKDIRAT_E", name: "mkdirat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 305, code: "SYSCALL_MKDIRAT_X", name: "mkdirat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(1) },
        ParamInfo { name: "mode", ty: ParamType::Uint32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 306, code: "SYSCALL_OPENAT_2_E", name: "openat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::OPENS.0), live: true, params: &[
        ParamInfo { name: "dirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(0) },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FILE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "mode", ty: ParamType::Uint32, fmt: PrintFormat::Oct, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 307, code: "SYSCALL_OPENAT_2_X", name: "openat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::OPENS.0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(1) },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FILE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "mode", ty: ParamType::Uint32, fmt: PrintFormat::Oct, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dev", ty: ParamType::Uint32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ino", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 308, code: "SYSCALL_LINK_2_E", name: "link", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 309, code: "SYSCALL_LINK_2_X", name: "link", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "oldpath", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "newpath", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 310, code: "SYSCALL_LINKAT_2_E", name: "linkat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 311, code: "SYSCALL_LINKAT_2_X", name: "linkat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "olddir", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "oldpath", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(1) },
        ParamInfo { name: "newdir", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "newpath", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(3) },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::LINKAT_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 312, code: "SYSCALL_FCHMODAT_E", name: "fchmodat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 313, code: "SYSCALL_FCHMODAT_X", name: "fchmodat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "filename", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(1) },
        ParamInfo { name: "mode", ty: ParamType::Mode, fmt: PrintFormat::Oct, names: Some(names::CHMOD_MODE), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 314, code: "SYSCALL_CHMOD_E", name: "chmod", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 315, code: "SYSCALL_CHMOD_X", name: "chmod", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "filename", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "mode", ty: ParamType::Mode, fmt: PrintFormat::Oct, names: Some(names::CHMOD_MODE), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 316, code: "SYSCALL_FCHMOD_E", name: "fchmod", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 317, code: "SYSCALL_FCHMOD_X", name: "fchmod", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "mode", ty: ParamType::Mode, fmt: PrintFormat::Oct, names: Some(names::CHMOD_MODE), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 318, code: "SYSCALL_RENAMEAT2_E", name: "renameat2", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 319, code: "SYSCALL_RENAMEAT2_X", name: "renameat2", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "olddirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "oldpath", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(1) },
        ParamInfo { name: "newdirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "newpath", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(3) },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::RENAMEAT2_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 320, code: "SYSCALL_USERFAULTFD_E", name: "userfaultfd", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 321, code: "SYSCALL_USERFAULTFD_X", name: "userfaultfd", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FILE_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 322, code: "PLUGINEVENT_E", name: "pluginevent", categories: Categories::new(&[Category::Other, Category::Plugin]), flags: EventFlags(EventFlags::LARGE_PAYLOAD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "plugin_id", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "event_data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 323, code: "PLUGINEVENT_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 324, code: "CONTAINER_JSON_2_E", name: "container", categories: Categories::new(&[Category::Process, Category::Metaevent]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::LARGE_PAYLOAD.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "json", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 325, code: "CONTAINER_JSON_2_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 326, code: "SYSCALL_OPENAT2_E", name: "openat2", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::OPENS.0), live: true, params: &[
        ParamInfo { name: "dirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(0) },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FILE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "mode", ty: ParamType::Uint32, fmt: PrintFormat::Oct, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "resolve", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::OPENAT2_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 327, code: "SYSCALL_OPENAT2_X", name: "openat2", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(CallRoles::OPENS.0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(1) },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FILE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "mode", ty: ParamType::Uint32, fmt: PrintFormat::Oct, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "resolve", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::OPENAT2_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "dev", ty: ParamType::Uint32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ino", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 328, code: "SYSCALL_MPROTECT_E", name: "mprotect", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "addr", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "length", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "prot", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::PROT_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 329, code: "SYSCALL_MPROTECT_X", name: "mprotect", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "addr", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "length", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "prot", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::PROT_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 330, code: "SYSCALL_EXECVEAT_E", name: "execveat", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "dirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pathname", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(0) },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::EXECVEAT_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 331, code: "SYSCALL_EXECVEAT_X", name: "execveat", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "comm", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cgroups", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "env", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tty", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vpgid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "loginuid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::EXECVE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "cap_inheritable", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cap_permitted", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cap_effective", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe_ino", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe_ino_ctime", ty: ParamType::Abstime, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe_ino_mtime", ty: ParamType::Abstime, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "trusted_exepath", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgid", ty: ParamType::Pid, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Gid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 332, code: "SYSCALL_COPY_FILE_RANGE_E", name: "copy_file_range", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fdin", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "offin", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "len", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 333, code: "SYSCALL_COPY_FILE_RANGE_X", name: "copy_file_range", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0 | EventFlags::WRITES_TO_FD.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdout", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "offout", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdin", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "offin", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "len", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 334, code: "SYSCALL_CLONE3_E", name: "clone3", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 335, code: "SYSCALL_CLONE3_X", name: "clone3", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "args", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ptid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "comm", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cgroups", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::CLONE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vtid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vpid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pidns_init_start_ts", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 336, code: "SYSCALL_OPEN_BY_HANDLE_AT_E", name: "open_by_handle_at", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 337, code: "SYSCALL_OPEN_BY_HANDLE_AT_X", name: "open_by_handle_at", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "mountfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FILE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dev", ty: ParamType::Uint32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ino", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 338, code: "SYSCALL_IO_URING_SETUP_E", name: "io_uring_setup", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 339, code: "SYSCALL_IO_URING_SETUP_X", name: "io_uring_setup", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "entries", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sq_entries", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cq_entries", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::IO_URING_SETUP_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "sq_thread_cpu", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sq_thread_idle", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "features", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::IO_URING_SETUP_FEATS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 340, code: "SYSCALL_IO_URING_ENTER_E", name: "io_uring_enter", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 341, code: "SYSCALL_IO_URING_ENTER_X", name: "io_uring_enter", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "to_submit", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "min_complete", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::IO_URING_ENTER_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "sig", ty: ParamType::Sigset, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 342, code: "SYSCALL_IO_URING_REGISTER_E", name: "io_uring_register", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 343, code: "SYSCALL_IO_URING_REGISTER_X", name: "io_uring_register", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "opcode", ty: ParamType::Enumflags16, fmt: PrintFormat::Dec, names: Some(names::IO_URING_REGISTER_OPCODES), dynamic: None, dirfd: None },
        ParamInfo { name: "arg", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "nr_args", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 344, code: "SYSCALL_MLOCK_E", name: "mlock", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 345, code: "SYSCALL_MLOCK_X", name: "mlock", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "addr", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "len", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 346, code: "SYSCALL_MUNLOCK_E", name: "munlock", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 347, code: "SYSCALL_MUNLOCK_X", name: "munlock", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "addr", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "len", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 348, code: "SYSCALL_MLOCKALL_E", name: "mlockall", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 349, code: "SYSCALL_MLOCKALL_X", name: "mlockall", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::MLOCKALL_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 350, code: "SYSCALL_MUNLOCKALL_E", name: "munlockall", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 351, code: "SYSCALL_MUNLOCKALL_X", name: "munlockall", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 352, code: "SYSCALL_CAPSET_E", name: "capset", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 353, code: "SYSCALL_CAPSET_X", name: "capset", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cap_inheritable", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cap_permitted", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cap_effective", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 354, code: "USER_ADDED_E", name: "useradded", categories: Categories::new(&[Category::Process, Category::Metaevent]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "home", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "shell", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "container_id", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 355, code: "USER_ADDED_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 356, code: "USER_DELETED_E", name: "userdeleted", categories: Categories::new(&[Category::Process, Category::Metaevent]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "home", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "shell", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "container_id", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 357, code: "USER_DELETED_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 358, code: "GROUP_ADDED_E", name: "groupadded", categories: Categories::new(&[Category::Process, Category::Metaevent]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "container_id", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 359, code: "GROUP_ADDED_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 360, code: "GROUP_DELETED_E", name: "groupdeleted", categories: Categories::new(&[Category::Process, Category::Metaevent]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "container_id", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 361, code: "GROUP_DELETED_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 362, code: "SYSCALL_DUP2_E", name: "dup2", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 363, code: "SYSCALL_DUP2_X", name: "dup2", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "oldfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "newfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 364, code: "SYSCALL_DUP3_E", name: "dup3", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 365, code: "SYSCALL_DUP3_X", name: "dup3", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "oldfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "newfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FILE_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 366, code: "SYSCALL_DUP_1_E", name: "dup", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 367, code: "SYSCALL_DUP_1_X", name: "dup", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::USES_FD.0 | EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "oldfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 368, code: "SYSCALL_BPF_2_E", name: "bpf", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "cmd", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 369, code: "SYSCALL_BPF_2_X", name: "bpf", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cmd", ty: ParamType::Enumflags32, fmt: PrintFormat::Dec, names: Some(names::BPF_COMMANDS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 370, code: "SYSCALL_MLOCK2_E", name: "mlock2", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 371, code: "SYSCALL_MLOCK2_X", name: "mlock2", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "addr", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "len", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::MLOCK2_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 372, code: "SYSCALL_FSCONFIG_E", name: "fsconfig", categories: Categories::new(&[Category::System, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 373, code: "SYSCALL_FSCONFIG_X", name: "fsconfig", categories: Categories::new(&[Category::System, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cmd", ty: ParamType::Enumflags32, fmt: PrintFormat::Dec, names: Some(names::FSCONFIG_CMDS), dynamic: None, dirfd: None },
        ParamInfo { name: "key", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "value_bytebuf", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "value_charbuf", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "aux", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 374, code: "SYSCALL_EPOLL_CREATE_E", name: "epoll_create", categories: Categories::new(&[Category::Wait, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "size", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 375, code: "SYSCALL_EPOLL_CREATE_X", name: "epoll_create", categories: Categories::new(&[Category::Wait, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "size", ty: ParamType::Int32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 376, code: "SYSCALL_EPOLL_CREATE1_E", name: "epoll_create1", categories: Categories::new(&[Category::Wait, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::EPOLL_CREATE1_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 377, code: "SYSCALL_EPOLL_CREATE1_X", name: "epoll_create1", categories: Categories::new(&[Category::Wait, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::EPOLL_CREATE1_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 378, code: "SYSCALL_CHOWN_E", name: "chown", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 379, code: "SYSCALL_CHOWN_X", name: "chown", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 380, code: "SYSCALL_LCHOWN_E", name: "lchown", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 381, code: "SYSCALL_LCHOWN_X", name: "lchown", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 382, code: "SYSCALL_FCHOWN_E", name: "fchown", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 383, code: "SYSCALL_FCHOWN_X", name: "fchown", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 384, code: "SYSCALL_FCHOWNAT_E", name: "fchownat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 385, code: "SYSCALL_FCHOWNAT_X", name: "fchownat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pathname", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(1) },
        ParamInfo { name: "uid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "gid", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FCHOWNAT_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 386, code: "SYSCALL_UMOUNT_1_E", name: "umount", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 387, code: "SYSCALL_UMOUNT_1_X", name: "umount", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 388, code: "SOCKET_ACCEPT4_6_E", name: "accept4", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "flags", ty: ParamType::Int32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 389, code: "SOCKET_ACCEPT4_6_X", name: "accept4", categories: Categories::new(&[Category::Net, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tuple", ty: ParamType::Socktuple, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "queuepct", ty: ParamType::Uint8, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "queuelen", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "queuemax", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Int32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 390, code: "SYSCALL_UMOUNT2_E", name: "umount2", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::UMOUNT_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 391, code: "SYSCALL_UMOUNT2_X", name: "umount2", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::UMOUNT_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 392, code: "SYSCALL_PIPE2_E", name: "pipe2", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 393, code: "SYSCALL_PIPE2_X", name: "pipe2", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd1", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd2", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ino", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FILE_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 394, code: "SYSCALL_INOTIFY_INIT1_E", name: "inotify_init1", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 395, code: "SYSCALL_INOTIFY_INIT1_X", name: "inotify_init1", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags16, fmt: PrintFormat::Hex, names: Some(names::FILE_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 396, code: "SYSCALL_EVENTFD2_E", name: "eventfd2", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "initval", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 397, code: "SYSCALL_EVENTFD2_X", name: "eventfd2", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags16, fmt: PrintFormat::Hex, names: Some(names::FILE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "initval", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 398, code: "SYSCALL_SIGNALFD4_E", name: "signalfd4", categories: Categories::new(&[Category::Signal, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: false, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "mask", ty: ParamType::Uint32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 399, code: "SYSCALL_SIGNALFD4_X", name: "signalfd4", categories: Categories::new(&[Category::Signal, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::CONVERTER_MANAGED.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags16, fmt: PrintFormat::Hex, names: Some(names::FILE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "mask", ty: ParamType::Uint32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 400, code: "SYSCALL_PRCTL_E", name: "prctl", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 401, code: "SYSCALL_PRCTL_X", name: "prctl", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "option", ty: ParamType::Enumflags32, fmt: PrintFormat::Dec, names: Some(names::PRCTL_OPTIONS), dynamic: None, dirfd: None },
        ParamInfo { name: "arg2_str", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "arg2_int", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 402, code: "ASYNCEVENT_E", name: "asyncevent", categories: Categories::new(&[Category::Other, Category::Metaevent]), flags: EventFlags(EventFlags::LARGE_PAYLOAD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "plugin_id", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 403, code: "ASYNCEVENT_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 404, code: "SYSCALL_MEMFD_CREATE_E", name: "memfd_create", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 405, code: "SYSCALL_MEMFD_CREATE_X", name: "memfd_create", categories: Categories::new(&[Category::Memory, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::MEMFD_CREATE_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 406, code: "SYSCALL_PIDFD_GETFD_E", name: "pidfd_getfd", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 407, code: "SYSCALL_PIDFD_GETFD_X", name: "pidfd_getfd", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid_fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "target_fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Uint32, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 408, code: "SYSCALL_PIDFD_OPEN_E", name: "pidfd_open", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 409, code: "SYSCALL_PIDFD_OPEN_X", name: "pidfd_open", categories: Categories::new(&[Category::Process, Category::Syscall]), flags: EventFlags(EventFlags::CREATES_FD.0 | EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::PIDFD_OPEN_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 410, code: "SYSCALL_INIT_MODULE_E", name: "init_module", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 411, code: "SYSCALL_INIT_MODULE_X", name: "init_module", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "img", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "length", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "uargs", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 412, code: "SYSCALL_FINIT_MODULE_E", name: "finit_module", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 413, code: "SYSCALL_FINIT_MODULE_X", name: "finit_module", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0 | EventFlags::READS_FROM_FD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "uargs", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FINIT_MODULE_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 414, code: "SYSCALL_MKNOD_E", name: "mknod", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 415, code: "SYSCALL_MKNOD_X", name: "mknod", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "mode", ty: ParamType::Mode, fmt: PrintFormat::Oct, names: Some(names::MKNOD_MODE), dynamic: None, dirfd: None },
        ParamInfo { name: "dev", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 416, code: "SYSCALL_MKNODAT_E", name: "mknodat", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 417, code: "SYSCALL_MKNODAT_X", name: "mknodat", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(1) },
        ParamInfo { name: "mode", ty: ParamType::Mode, fmt: PrintFormat::Oct, names: Some(names::MKNOD_MODE), dynamic: None, dirfd: None },
        ParamInfo { name: "dev", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 418, code: "SYSCALL_NEWFSTATAT_E", name: "newfstatat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 419, code: "SYSCALL_NEWFSTATAT_X", name: "newfstatat", categories: Categories::new(&[Category::File, Category::Syscall]), flags: EventFlags(EventFlags::USES_FD.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "dirfd", ty: ParamType::Fd, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fsrelpath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: Some(1) },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::NEWFSTATAT_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 420, code: "SYSCALL_PROCESS_VM_READV_E", name: "process_vm_readv", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 421, code: "SYSCALL_PROCESS_VM_READV_X", name: "process_vm_readv", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 422, code: "SYSCALL_PROCESS_VM_WRITEV_E", name: "process_vm_writev", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 423, code: "SYSCALL_PROCESS_VM_WRITEV_X", name: "process_vm_writev", categories: Categories::new(&[Category::Ipc, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Int64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pid", ty: ParamType::Pid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "data", ty: ParamType::Bytebuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 424, code: "SYSCALL_DELETE_MODULE_E", name: "delete_module", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 425, code: "SYSCALL_DELETE_MODULE_X", name: "delete_module", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "name", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::DELETE_MODULE_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 426, code: "SYSCALL_SETREUID_E", name: "setreuid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0 | EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 427, code: "SYSCALL_SETREUID_X", name: "setreuid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ruid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "euid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 428, code: "SYSCALL_SETREGID_E", name: "setregid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::OLD_VERSION.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 429, code: "SYSCALL_SETREGID_X", name: "setregid", categories: Categories::new(&[Category::User, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "rgid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "egid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 430, code: "ITER_TASK_E", name: "task", categories: Categories::new(&[Category::Process, Category::Iter]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "ppid", ty: ParamType::Pid32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgid", ty: ParamType::Pid32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vpgid", ty: ParamType::Pid32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sid", ty: ParamType::Pid32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "comm", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "argv", ty: ParamType::Charbufarray, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exepath", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::EXECVE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "env", ty: ParamType::Charbufarray, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cwd", ty: ParamType::Charbuf, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fdlimit", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "euid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "egid", ty: ParamType::Gid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cap_permitted", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cap_effective", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cap_inheritable", ty: ParamType::Uint64, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe_ino_num", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe_ino_ctime", ty: ParamType::Abstime, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "exe_ino_mtime", ty: ParamType::Abstime, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_size", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_rss", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vm_swap", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_maj", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pgft_min", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vtgid", ty: ParamType::Pid32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "vpid", ty: ParamType::Pid32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "pidns_init_start_ts", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "cgroups", ty: ParamType::Charbufarray, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "root", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "start_time", ty: ParamType::Abstime, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "tty", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "loginuid", ty: ParamType::Uid, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 431, code: "ITER_TASK_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 432, code: "ITER_TASK_FILE_PIPE_E", name: "task_file_pipe", categories: Categories::new(&[Category::File, Category::Iter]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ino_num", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 433, code: "ITER_TASK_FILE_PIPE_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 434, code: "ITER_TASK_FILE_MEMFD_E", name: "task_file_memfd", categories: Categories::new(&[Category::File, Category::Iter]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ino_num", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 435, code: "ITER_TASK_FILE_MEMFD_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 436, code: "ITER_TASK_FILE_REGULAR_E", name: "task_file_regular", categories: Categories::new(&[Category::File, Category::Iter]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::FILE_FLAGS), dynamic: None, dirfd: None },
        ParamInfo { name: "mnt_id", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ino_num", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 437, code: "ITER_TASK_FILE_REGULAR_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 438, code: "ITER_TASK_FILE_DIRECTORY_E", name: "task_file_directory", categories: Categories::new(&[Category::File, Category::Iter]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ino_num", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 439, code: "ITER_TASK_FILE_DIRECTORY_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 440, code: "ITER_TASK_FILE_SOCKET_INET_E", name: "task_file_socket_inet", categories: Categories::new(&[Category::File, Category::Iter]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sk_type", ty: ParamType::Uint16, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sk_proto", ty: ParamType::Uint16, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "local_ip", ty: ParamType::Ipv4addr, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "local_port", ty: ParamType::Port, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "remote_ip", ty: ParamType::Ipv4addr, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "remote_port", ty: ParamType::Port, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ino_num", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 441, code: "ITER_TASK_FILE_SOCKET_INET_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 442, code: "ITER_TASK_FILE_SOCKET_INET6_E", name: "task_file_socket_inet6", categories: Categories::new(&[Category::File, Category::Iter]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sk_type", ty: ParamType::Uint16, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sk_proto", ty: ParamType::Uint16, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "local_ip", ty: ParamType::Ipv6addr, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "local_port", ty: ParamType::Port, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "remote_ip", ty: ParamType::Ipv6addr, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "remote_port", ty: ParamType::Port, fmt: PrintFormat::Hex, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ino_num", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 443, code: "ITER_TASK_FILE_SOCKET_INET6_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 444, code: "ITER_TASK_FILE_SOCKET_UNIX_E", name: "task_file_socket_unix", categories: Categories::new(&[Category::File, Category::Iter]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sk_type", ty: ParamType::Uint16, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sk_proto", ty: ParamType::Uint16, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sk_pointer", ty: ParamType::Uint64, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sun_path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ino_num", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 445, code: "ITER_TASK_FILE_SOCKET_UNIX_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 446, code: "ITER_TASK_FILE_SOCKET_NETLINK_E", name: "task_file_socket_netlink", categories: Categories::new(&[Category::File, Category::Iter]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sk_type", ty: ParamType::Uint16, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "sk_proto", ty: ParamType::Uint16, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ino_num", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 447, code: "ITER_TASK_FILE_SOCKET_NETLINK_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 448, code: "ITER_TASK_FILE_ANON_INODE_E", name: "task_file_anon_inode", categories: Categories::new(&[Category::File, Category::Iter]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "fd", ty: ParamType::Fd32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "fd_type", ty: ParamType::Flags8, fmt: PrintFormat::Dec, names: Some(names::ANON_INODE_FD_TYPES), dynamic: None, dirfd: None },
        ParamInfo { name: "path", ty: ParamType::Fspath, fmt: PrintFormat::Na, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "ino_num", ty: ParamType::Uint64, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 449, code: "ITER_TASK_FILE_ANON_INODE_X", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 450, code: "SYSCALL_CLOSE_RANGE_E", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 451, code: "SYSCALL_CLOSE_RANGE_X", name: "close_range", categories: Categories::new(&[Category::IoOther, Category::Syscall]), flags: EventFlags(EventFlags::MODIFIES_STATE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "first", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "last", ty: ParamType::Uint32, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "flags", ty: ParamType::Flags32, fmt: PrintFormat::Hex, names: Some(names::CLOSE_RANGE_FLAGS), dynamic: None, dirfd: None },
    ] },
    EventInfo { id: 452, code: "SYSCALL_KEYCTL_E", name: "NA", categories: Categories::new(&[Category::Unknown]), flags: EventFlags(EventFlags::UNUSED.0), roles: CallRoles(0), live: false, params: &[] },
    EventInfo { id: 453, code: "SYSCALL_KEYCTL_X", name: "keyctl", categories: Categories::new(&[Category::Other, Category::Syscall]), flags: EventFlags(EventFlags::NONE.0), roles: CallRoles(0), live: true, params: &[
        ParamInfo { name: "res", ty: ParamType::Errno, fmt: PrintFormat::Dec, names: None, dynamic: None, dirfd: None },
        ParamInfo { name: "operation", ty: ParamType::Enumflags32, fmt: PrintFormat::Dec, names: Some(names::KEYCTL_OPERATIONS), dynamic: None, dirfd: None },
        ParamInfo { name: "arg2", ty: ParamType::Dyn, fmt: PrintFormat::Dec, names: None, dynamic: Some(names::KEYCTL_DYNAMIC_PARAM), dirfd: None },
        ParamInfo { name: "arg3", ty: ParamType::Dyn, fmt: PrintFormat::Dec, names: None, dynamic: Some(names::KEYCTL_DYNAMIC_PARAM), dirfd: None },
        ParamInfo { name: "arg4", ty: ParamType::Dyn, fmt: PrintFormat::Dec, names: None, dynamic: Some(names::KEYCTL_DYNAMIC_PARAM), dirfd: None },
        ParamInfo { name: "arg5", ty: ParamType::Dyn, fmt: PrintFormat::Dec, names: None, dynamic: Some(names::KEYCTL_DYNAMIC_PARAM), dirfd: None },
    ] },
];

pub(crate) static EVENT_WORDS: [EventWords; 193] = [
    EventWords { name: "syscall", about: "A system call without an event of its own, under the call's name: it has the call's number and no other parameter, but `evt.call.name`, `evt.call.value` and `fs.path.name` for some.", example: "syscall.type = getrandom", since: "Falco <=0.33" },
    EventWords { name: "open", about: "Opens a file by its path; `res` of the return is the new descriptor. Most programs call `openat` instead, so name both.", example: "evt.type = open and evt.is_open_write = true and fd.name startswith /etc", since: "Falco <=0.33" },
    EventWords { name: "close", about: "Closes a descriptor: the moment at which a connection or a file is given up.", example: "evt.type = close and fd.type = ipv4", since: "Falco <=0.33" },
    EventWords { name: "read", about: "Reads bytes from a descriptor; for files the open mostly says enough and costs less.", example: "evt.type = read and fd.name = /etc/shadow", since: "Falco <=0.33" },
    EventWords { name: "write", about: "Writes bytes to a descriptor; `data` holds the first of them.", example: "evt.type = write and fd.directory = /etc/cron.d", since: "Falco <=0.33" },
    EventWords { name: "brk", about: "Moves the end of the heap: memory the program asks for.", example: "evt.type = brk and evt.failed = true", since: "Falco <=0.33" },
    EventWords { name: "execve", about: "Starts another program in the process; `proc.*` of the event is already the new program, where it succeeded.", example: "evt.type = execve and proc.name in (nc, ncat)", since: "Falco <=0.33" },
    EventWords { name: "clone", about: "Makes a new process or thread. It is reported twice: of the parent with the child's number as `res`, of the child with 0.", example: "evt.type = clone and evt.arg.flags contains CLONE_NEWUSER", since: "Falco <=0.33" },
    EventWords { name: "procexit", about: "A thread has ended: `ret` is its exit code, `sig` the signal that killed it.", example: "evt.type = procexit and proc.name = auditd", since: "Falco <=0.33" },
    EventWords { name: "socket", about: "Makes a socket of a family and type: raw and packet sockets show here first.", example: "evt.type = socket and evt.arg.domain contains AF_PACKET", since: "Falco <=0.33" },
    EventWords { name: "bind", about: "Gives a socket its own address: a service about to listen.", example: "evt.type = bind and fd.sport = 4444", since: "Falco <=0.33" },
    EventWords { name: "connect", about: "Connects a socket to another end. Without waiting (`O_NONBLOCK`) it ends with `EINPROGRESS`, so do not ask for success alone.", example: "evt.type = connect and fd.rip = 169.254.169.254 and fd.rport = 80", since: "Falco <=0.33" },
    EventWords { name: "listen", about: "Makes a socket accept connections.", example: "evt.type = listen and container.id != host", since: "Falco <=0.33" },
    EventWords { name: "accept", about: "Takes the next connection to a listening socket, by the older call.", example: "evt.type = accept and fd.sport = 22", since: "Falco <=0.33" },
    EventWords { name: "send", about: "Sends bytes through a connected socket (32-bit programs; others call `sendto`).", example: "evt.type = send and fd.rport = 25", since: "Falco <=0.33" },
    EventWords { name: "sendto", about: "Sends bytes through a socket, to an address where it is not connected.", example: "evt.type = sendto and fd.rport = 53", since: "Falco <=0.33" },
    EventWords { name: "recv", about: "Receives bytes from a connected socket (32-bit programs; others call `recvfrom`).", example: "evt.type = recv and fd.type = ipv4", since: "Falco <=0.33" },
    EventWords { name: "recvfrom", about: "Receives bytes from a socket, with the address they came from.", example: "evt.type = recvfrom and fd.sport = 53", since: "Falco <=0.33" },
    EventWords { name: "shutdown", about: "Ends one or both directions of a connection while the descriptor stays open.", example: "evt.type = shutdown and evt.arg.how = SHUT_WR", since: "Falco <=0.33" },
    EventWords { name: "getsockname", about: "Asks for a socket's own address.", example: "evt.type = getsockname and proc.name = sshd", since: "Falco <=0.33" },
    EventWords { name: "getpeername", about: "Asks for the address of a socket's other end.", example: "evt.type = getpeername and proc.name = sshd", since: "Falco <=0.33" },
    EventWords { name: "socketpair", about: "Makes two unix sockets that are connected with each other.", example: "evt.type = socketpair and proc.name = bash", since: "Falco <=0.33" },
    EventWords { name: "setsockopt", about: "Sets an option of a socket; a filter on a packet socket is how sniffers and some backdoors listen.", example: "evt.type = setsockopt and evt.arg.optname = SO_ATTACH_FILTER", since: "Falco <=0.33" },
    EventWords { name: "getsockopt", about: "Asks for an option of a socket, such as who is at the other end.", example: "evt.type = getsockopt and evt.arg.optname = SO_PEERCRED", since: "Falco <=0.33" },
    EventWords { name: "sendmsg", about: "Sends a message in pieces, with descriptors or credentials where it has such.", example: "evt.type = sendmsg and fd.rport = 53", since: "Falco <=0.33" },
    EventWords { name: "sendmmsg", about: "Sends several messages in one call: one event for each.", example: "evt.type = sendmmsg and fd.rport = 53", since: "Falco <=0.33" },
    EventWords { name: "recvmsg", about: "Receives a message in pieces; `msgcontrol` has descriptors that came with it.", example: "evt.type = recvmsg and fd.type = unix", since: "Falco <=0.33" },
    EventWords { name: "recvmmsg", about: "Receives several messages in one call: one event for each.", example: "evt.type = recvmmsg and fd.sport = 53", since: "Falco <=0.33" },
    EventWords { name: "creat", about: "Makes or empties a file and opens it to write, by the oldest of the opens.", example: "evt.type = creat and fd.directory = /etc", since: "Falco <=0.33" },
    EventWords { name: "pipe", about: "Makes a pipe: two descriptors, one to read, one to write.", example: "evt.type = pipe and proc.name = bash", since: "Falco <=0.33" },
    EventWords { name: "eventfd", about: "Makes a descriptor that counts events (the call without flags).", example: "evt.type = eventfd and proc.name = qemu", since: "Falco <=0.33" },
    EventWords { name: "futex", about: "Waits for or wakes threads by a word in memory: very frequent, seldom of use in rules.", example: "evt.type = futex and evt.failed = true", since: "Falco <=0.33" },
    EventWords { name: "stat", about: "Asks for the attributes of a file by its path.", example: "evt.type = stat and fs.path.name = /etc/shadow", since: "Falco <=0.33" },
    EventWords { name: "lstat", about: "Asks for the attributes of a file by its path, of a symbolic link itself.", example: "evt.type = lstat and fs.path.name = /etc/shadow", since: "Falco <=0.33" },
    EventWords { name: "fstat", about: "Asks for the attributes of an open file.", example: "evt.type = fstat and fd.name = /etc/shadow", since: "Falco <=0.33" },
    EventWords { name: "stat64", about: "Asks for the attributes of a file by its path (32-bit programs).", example: "evt.type = stat64 and fs.path.name = /etc/shadow", since: "Falco <=0.33" },
    EventWords { name: "lstat64", about: "Asks for the attributes of a file or a link itself by its path (32-bit programs).", example: "evt.type = lstat64 and fs.path.name = /etc/shadow", since: "Falco <=0.33" },
    EventWords { name: "fstat64", about: "Asks for the attributes of an open file (32-bit programs).", example: "evt.type = fstat64 and evt.failed = true", since: "Falco <=0.33" },
    EventWords { name: "epoll_wait", about: "Waits for something to happen at many descriptors; `res` is how many are ready.", example: "evt.type = epoll_wait and evt.rawres > 100", since: "Falco <=0.33" },
    EventWords { name: "poll", about: "Waits for something to happen at the descriptors in `fds`.", example: "evt.type = poll and fdlist.nums != \"\"", since: "Falco <=0.33" },
    EventWords { name: "select", about: "Waits for something to happen at sets of descriptors.", example: "evt.type = select and evt.failed = true", since: "Falco <=0.33" },
    EventWords { name: "lseek", about: "Moves the place in an open file at which reads and writes go on.", example: "evt.type = lseek and fd.name = /dev/sda", since: "Falco <=0.33" },
    EventWords { name: "llseek", about: "Moves the place in an open file, with 64 bits (32-bit programs).", example: "evt.type = llseek and fd.name = /dev/sda", since: "Falco <=0.33" },
    EventWords { name: "ioctl", about: "Sends a request to a device or file that no other call has; `request` is its number.", example: "evt.type = ioctl and fd.name startswith /dev/tty", since: "Falco <=0.33" },
    EventWords { name: "getcwd", about: "Asks for the working folder.", example: "evt.type = getcwd and proc.name = bash", since: "Falco <=0.33" },
    EventWords { name: "chdir", about: "Changes the working folder by a path.", example: "evt.type = chdir and evt.arg.path startswith /tmp", since: "Falco <=0.33" },
    EventWords { name: "fchdir", about: "Changes the working folder to an open folder: a step of escapes from `chroot`.", example: "evt.type = fchdir and fd.name = /", since: "Falco <=0.33" },
    EventWords { name: "mkdir", about: "Makes a folder.", example: "evt.type = mkdir and fs.path.name startswith /dev/shm", since: "Falco <=0.33" },
    EventWords { name: "rmdir", about: "Removes an empty folder.", example: "evt.type = rmdir and fs.path.name startswith /var/log", since: "Falco <=0.33" },
    EventWords { name: "openat", about: "Opens a file by a path that may be relative to an open folder: what most programs call. `fd.name` is the whole path.", example: "evt.type = openat and evt.is_open_read = true and fd.name = /etc/shadow", since: "Falco <=0.33" },
    EventWords { name: "link", about: "Gives a file a second name (a hard link); `fs.path.source` is the new one.", example: "evt.type = link and fs.path.source startswith /tmp", since: "Falco <=0.33" },
    EventWords { name: "linkat", about: "Gives a file a second name, with paths relative to open folders; `fs.path.target` is the file.", example: "evt.type = linkat and fs.path.target = /etc/shadow", since: "Falco <=0.33" },
    EventWords { name: "unlink", about: "Removes a name of a file.", example: "evt.type = unlink and fs.path.name startswith /var/log", since: "Falco <=0.33" },
    EventWords { name: "unlinkat", about: "Removes a name of a file or, with `AT_REMOVEDIR`, a folder, relative to an open folder.", example: "evt.type = unlinkat and fs.path.name startswith /var/log", since: "Falco <=0.33" },
    EventWords { name: "pread", about: "Reads from a place in a file without moving there.", example: "evt.type = pread and fd.name = /dev/mem", since: "Falco <=0.33" },
    EventWords { name: "pwrite", about: "Writes at a place in a file without moving there: a way into `/proc/PID/mem`.", example: "evt.type = pwrite and fd.name startswith /proc", since: "Falco <=0.33" },
    EventWords { name: "readv", about: "Reads into several pieces of memory.", example: "evt.type = readv and fd.type = ipv4", since: "Falco <=0.33" },
    EventWords { name: "writev", about: "Writes from several pieces of memory.", example: "evt.type = writev and fd.type = ipv4", since: "Falco <=0.33" },
    EventWords { name: "preadv", about: "Reads from a place in a file into several pieces of memory.", example: "evt.type = preadv and fd.name = /dev/sda", since: "Falco <=0.33" },
    EventWords { name: "pwritev", about: "Writes at a place in a file from several pieces of memory.", example: "evt.type = pwritev and fd.name = /dev/sda", since: "Falco <=0.33" },
    EventWords { name: "dup", about: "Makes a second descriptor of an open one, the lowest free number.", example: "evt.type = dup and fd.type in (ipv4, ipv6) and evt.rawres in (0, 1, 2)", since: "Falco <=0.33" },
    EventWords { name: "signalfd", about: "Makes a descriptor from which signals are read (the call without flags).", example: "evt.type = signalfd and proc.name = systemd", since: "Falco <=0.33" },
    EventWords { name: "kill", about: "Sends a signal to a process or a group.", example: "evt.type = kill and evt.arg.sig = SIGKILL", since: "Falco <=0.33" },
    EventWords { name: "tkill", about: "Sends a signal to a thread by its number alone.", example: "evt.type = tkill and evt.arg.sig = SIGKILL", since: "Falco <=0.33" },
    EventWords { name: "tgkill", about: "Sends a signal to a thread of a process.", example: "evt.type = tgkill and evt.arg.sig = SIGABRT", since: "Falco <=0.33" },
    EventWords { name: "nanosleep", about: "Sleeps for a time.", example: "evt.type = nanosleep and evt.failed = true", since: "Falco <=0.33" },
    EventWords { name: "timerfd_create", about: "Makes a descriptor that becomes ready when a timer ends.", example: "evt.type = timerfd_create and proc.name = systemd", since: "Falco <=0.33" },
    EventWords { name: "inotify_init", about: "Makes a descriptor that reports changes of files (the call without flags).", example: "evt.type = inotify_init and container.id != host", since: "Falco <=0.33" },
    EventWords { name: "getrlimit", about: "Asks for a limit of the process.", example: "evt.type = getrlimit and evt.arg.resource = RLIMIT_NOFILE", since: "Falco <=0.33" },
    EventWords { name: "setrlimit", about: "Sets a limit of the process: no core file, say, so that nothing is left to look at.", example: "evt.type = setrlimit and evt.arg.resource = RLIMIT_CORE", since: "Falco <=0.33" },
    EventWords { name: "prlimit", about: "Asks for or sets a limit of any process.", example: "evt.type = prlimit and evt.arg.resource = RLIMIT_CORE", since: "Falco <=0.33" },
    EventWords { name: "switch", about: "The scheduler put another thread on the CPU; `next` is its number.", example: "evt.type = switch and thread.tid = 1", since: "Falco <=0.33" },
    EventWords { name: "drop", about: "The probe began or stopped leaving out events because there were too many; `ratio` is how many of which one was kept.", example: "evt.type = drop and evt.arg.ratio > 1", since: "Falco <=0.33" },
    EventWords { name: "fcntl", about: "Asks or changes something of a descriptor: copies it, sets its flags, locks the file.", example: "evt.type = fcntl and evt.arg.cmd = F_DUPFD", since: "Falco <=0.33" },
    EventWords { name: "mmap", about: "Maps a file or new memory; memory that is writable and executable at once is where injected code runs.", example: "evt.type = mmap and evt.arg.prot contains PROT_EXEC and evt.arg.prot contains PROT_WRITE", since: "Falco <=0.33" },
    EventWords { name: "mmap2", about: "Maps a file or new memory, with an offset in pages (32-bit programs).", example: "evt.type = mmap2 and evt.arg.prot contains PROT_EXEC", since: "Falco <=0.33" },
    EventWords { name: "munmap", about: "Gives mapped memory back.", example: "evt.type = munmap and evt.failed = true", since: "Falco <=0.33" },
    EventWords { name: "splice", about: "Moves bytes between two descriptors inside the kernel, one of them a pipe.", example: "evt.type = splice and fd.type = pipe", since: "Falco <=0.33" },
    EventWords { name: "ptrace", about: "Looks at or controls another process, as debuggers and injectors do.", example: "evt.type = ptrace and evt.arg.request in (PTRACE_POKETEXT, PTRACE_ATTACH)", since: "Falco <=0.33" },
    EventWords { name: "rename", about: "Gives a file another path, in place of what was there.", example: "evt.type = rename and fs.path.target startswith /usr/bin", since: "Falco <=0.33" },
    EventWords { name: "renameat", about: "Gives a file another path, relative to open folders.", example: "evt.type = renameat and fs.path.target startswith /usr/bin", since: "Falco <=0.33" },
    EventWords { name: "symlink", about: "Makes a symbolic link: `fs.path.target` is what it points at, `fs.path.source` the link.", example: "evt.type = symlink and fs.path.target = /etc/shadow", since: "Falco <=0.33" },
    EventWords { name: "symlinkat", about: "Makes a symbolic link relative to an open folder.", example: "evt.type = symlinkat and fs.path.target = /etc/shadow", since: "Falco <=0.33" },
    EventWords { name: "fork", about: "Makes a copy of the process, by the oldest call for it. Most programs call `clone`.", example: "evt.type = fork and proc.name = bash", since: "Falco <=0.33" },
    EventWords { name: "vfork", about: "Makes a child that borrows the parent's memory until it starts a program.", example: "evt.type = vfork and proc.name = make", since: "Falco <=0.33" },
    EventWords { name: "sendfile", about: "Copies a file into a socket inside the kernel: a quick way out for data.", example: "evt.type = sendfile and fd.type = ipv4", since: "Falco <=0.33" },
    EventWords { name: "quotactl", about: "Asks for or sets how much of a disk users may have.", example: "evt.type = quotactl and evt.arg.cmd contains Q_QUOTAOFF", since: "Falco <=0.33" },
    EventWords { name: "setresuid", about: "Sets the real, effective and saved user of the thread.", example: "evt.type = setresuid and evt.arg.euid = root", since: "Falco <=0.33" },
    EventWords { name: "setresgid", about: "Sets the real, effective and saved group of the thread.", example: "evt.type = setresgid and evt.arg.egid = root", since: "Falco <=0.33" },
    EventWords { name: "scapevent", about: "A message of the probe to its reader, in old captures; no act of the host.", example: "evt.type = scapevent and evt.num > 0", since: "Falco <=0.33" },
    EventWords { name: "setuid", about: "Sets the user of the thread: how a daemon gives rights up, or an exploit takes them.", example: "evt.type = setuid and evt.arg.uid = root", since: "Falco <=0.33" },
    EventWords { name: "setgid", about: "Sets the group of the thread.", example: "evt.type = setgid and evt.arg.gid = root", since: "Falco <=0.33" },
    EventWords { name: "getuid", about: "Asks for the real user.", example: "evt.type = getuid and proc.name = sudo", since: "Falco <=0.33" },
    EventWords { name: "geteuid", about: "Asks for the user the thread acts as.", example: "evt.type = geteuid and proc.name = sudo", since: "Falco <=0.33" },
    EventWords { name: "getgid", about: "Asks for the real group.", example: "evt.type = getgid and proc.name = sudo", since: "Falco <=0.33" },
    EventWords { name: "getegid", about: "Asks for the group the thread acts as.", example: "evt.type = getegid and proc.name = sudo", since: "Falco <=0.33" },
    EventWords { name: "getresuid", about: "Asks for the real, effective and saved user.", example: "evt.type = getresuid and proc.name = sudo", since: "Falco <=0.33" },
    EventWords { name: "getresgid", about: "Asks for the real, effective and saved group.", example: "evt.type = getresgid and proc.name = sudo", since: "Falco <=0.33" },
    EventWords { name: "container", about: "A container was found: the message that carries its name, image and labels into a capture.", example: "evt.type = container and container.image.repository = nginx", since: "Falco <=0.33" },
    EventWords { name: "signaldeliver", about: "A signal reached a process: `spid` sent it, `dpid` got it. A crash shows here.", example: "evt.type = signaldeliver and evt.arg.sig = SIGSEGV", since: "Falco <=0.33" },
    EventWords { name: "procinfo", about: "How much CPU a thread used, in old captures.", example: "evt.type = procinfo and thread.ismain = true", since: "Falco <=0.33" },
    EventWords { name: "getdents", about: "Lists a folder (the old form).", example: "evt.type = getdents and fd.name = /root/.ssh", since: "Falco <=0.33" },
    EventWords { name: "getdents64", about: "Lists a folder.", example: "evt.type = getdents64 and fd.name = /root/.ssh", since: "Falco <=0.33" },
    EventWords { name: "setns", about: "Enters a namespace of another process: how `nsenter` and `docker exec` get into a container, and out of one.", example: "evt.type = setns and evt.arg.nstype contains CLONE_NEWNS", since: "Falco <=0.33" },
    EventWords { name: "flock", about: "Locks or unlocks an open file.", example: "evt.type = flock and fd.name = /var/lib/dpkg/lock", since: "Falco <=0.33" },
    EventWords { name: "cpu_hotplug", about: "A CPU was switched on or off.", example: "evt.type = cpu_hotplug and evt.arg.cpu = 1", since: "Falco <=0.33" },
    EventWords { name: "semop", about: "Raises or lowers System V semaphores.", example: "evt.type = semop and evt.failed = true", since: "Falco <=0.33" },
    EventWords { name: "semctl", about: "Asks for, sets or removes System V semaphores.", example: "evt.type = semctl and evt.arg.cmd contains IPC_RMID", since: "Falco <=0.33" },
    EventWords { name: "ppoll", about: "Waits for something to happen at the descriptors in `fds`, with a mask of signals.", example: "evt.type = ppoll and fdlist.nums != \"\"", since: "Falco <=0.33" },
    EventWords { name: "mount", about: "Mounts a file system, or changes a mount; `dev`, `dir` and `type` are what, where and of which kind.", example: "evt.type = mount and evt.arg.type = proc", since: "Falco <=0.33" },
    EventWords { name: "umount", about: "Takes a mount away (the call without flags).", example: "evt.type = umount and fs.path.name = /proc", since: "Falco <=0.33" },
    EventWords { name: "k8s", about: "What Kubernetes' API server said, in old captures.", example: "evt.type = k8s and evt.num > 0", since: "Falco <=0.33" },
    EventWords { name: "semget", about: "Finds or makes a set of System V semaphores.", example: "evt.type = semget and evt.arg.key > 0", since: "Falco <=0.33" },
    EventWords { name: "access", about: "Asks whether a path could be read, written or run.", example: "evt.type = access and evt.arg.name startswith /root", since: "Falco <=0.33" },
    EventWords { name: "chroot", about: "Makes another folder the root of the process: with the host's file system mounted, a way out of a container.", example: "evt.type = chroot and evt.arg.path startswith /host", since: "Falco <=0.33" },
    EventWords { name: "tracer", about: "A mark that a traced program wrote, in old captures.", example: "evt.type = tracer and evt.num > 0", since: "Falco <=0.33" },
    EventWords { name: "mesos", about: "What Mesos said of its tasks, in old captures.", example: "evt.type = mesos and evt.num > 0", since: "Falco <=0.33" },
    EventWords { name: "setsid", about: "Begins a new session without a terminal, as what wants to outlive its login does.", example: "evt.type = setsid and proc.name = bash", since: "Falco <=0.33" },
    EventWords { name: "notification", about: "A message written into a capture by the tool that made it, in old captures.", example: "evt.type = notification and evt.num > 0", since: "Falco <=0.33" },
    EventWords { name: "unshare", about: "Leaves namespaces for new ones; a new user namespace gives every capability inside it.", example: "evt.type = unshare and evt.arg.flags contains CLONE_NEWUSER", since: "Falco <=0.33" },
    EventWords { name: "infra", about: "What the Docker daemon said, in old captures.", example: "evt.type = infra and evt.num > 0", since: "Falco <=0.33" },
    EventWords { name: "page_fault", about: "A page of memory was missing when a program wanted it.", example: "evt.type = page_fault and evt.arg.error contains WRITE_VIOLATION", since: "Falco <=0.33" },
    EventWords { name: "setpgid", about: "Puts a process into a process group.", example: "evt.type = setpgid and proc.name = bash", since: "Falco <=0.33" },
    EventWords { name: "bpf", about: "Loads a program into the kernel, or works with its maps: tracing tools do, and so do rootkits.", example: "evt.type = bpf and evt.arg.cmd = BPF_PROG_LOAD", since: "Falco <=0.33" },
    EventWords { name: "seccomp", about: "Limits the system calls the process may make.", example: "evt.type = seccomp and evt.arg.op = 1", since: "Falco <=0.33" },
    EventWords { name: "mkdirat", about: "Makes a folder, relative to an open folder.", example: "evt.type = mkdirat and fs.path.name startswith /dev/shm", since: "Falco <=0.33" },
    EventWords { name: "fchmodat", about: "Changes the mode of a file by its path, relative to an open folder: what `chmod` calls.", example: "evt.type = fchmodat and evt.arg.mode contains S_ISUID", since: "Falco <=0.33" },
    EventWords { name: "chmod", about: "Changes the mode of a file by its path.", example: "evt.type = chmod and evt.arg.mode contains S_IXUSR", since: "Falco <=0.33" },
    EventWords { name: "fchmod", about: "Changes the mode of an open file.", example: "evt.type = fchmod and evt.arg.mode contains S_IXUSR", since: "Falco <=0.33" },
    EventWords { name: "renameat2", about: "Gives a file another path, relative to open folders, or swaps two files.", example: "evt.type = renameat2 and fs.path.target startswith /usr/bin", since: "Falco <=0.33" },
    EventWords { name: "userfaultfd", about: "Makes a descriptor through which a program handles its own page faults: a tool of kernel exploits.", example: "evt.type = userfaultfd and user.uid != 0", since: "Falco <=0.33" },
    EventWords { name: "pluginevent", about: "An event of a plugin: its own bytes, which the plugin's fields read.", example: "evt.type = pluginevent and evt.num > 0", since: "Falco <=0.33" },
    EventWords { name: "openat2", about: "Opens a file with limits on how its path may be walked (`resolve`).", example: "evt.type = openat2 and evt.is_open_write = true and fd.name startswith /etc", since: "Falco <=0.33" },
    EventWords { name: "mprotect", about: "Changes what memory may be used for; making data executable is a step of most injections.", example: "evt.type = mprotect and evt.arg.prot contains PROT_EXEC and evt.arg.prot contains PROT_WRITE", since: "Falco <=0.33" },
    EventWords { name: "execveat", about: "Starts another program from an open folder or file: the way to run a program that has no path.", example: "evt.type = execveat and proc.is_exe_from_memfd = true", since: "Falco <=0.33" },
    EventWords { name: "copy_file_range", about: "Copies from one file into another inside the kernel: what `cp` calls.", example: "evt.type = copy_file_range and fd.name startswith /usr/bin", since: "Falco <=0.33" },
    EventWords { name: "clone3", about: "Makes a new process or thread, with its arguments in a structure.", example: "evt.type = clone3 and evt.arg.flags contains CLONE_NEWUSER", since: "Falco <=0.33" },
    EventWords { name: "open_by_handle_at", about: "Opens a file by a handle instead of a path: with the right capability a way out of a container.", example: "evt.type = open_by_handle_at and evt.is_open_read = true and container.id != host", since: "Falco <=0.44" },
    EventWords { name: "io_uring_setup", about: "Makes an `io_uring`, through which acts are requested past their system calls. Peregrine reports those acts, as events of the calls they stand for.", example: "evt.type = io_uring_setup and container.id != host", since: "Falco <=0.44" },
    EventWords { name: "io_uring_enter", about: "Hands requests to an `io_uring` and waits for their results.", example: "evt.type = io_uring_enter and evt.failed = true", since: "Falco <=0.44" },
    EventWords { name: "io_uring_register", about: "Gives an `io_uring` files, buffers or limits to work with.", example: "evt.type = io_uring_register and evt.arg.opcode contains IORING_REGISTER_FILES", since: "Falco <=0.44" },
    EventWords { name: "mlock", about: "Keeps memory from being swapped out.", example: "evt.type = mlock and evt.failed = true", since: "Falco <=0.44" },
    EventWords { name: "munlock", about: "Lets memory be swapped out again.", example: "evt.type = munlock and evt.failed = true", since: "Falco <=0.44" },
    EventWords { name: "mlockall", about: "Keeps all memory of the process from being swapped out.", example: "evt.type = mlockall and proc.name = gpg-agent", since: "Falco <=0.44" },
    EventWords { name: "munlockall", about: "Lets all memory of the process be swapped out again.", example: "evt.type = munlockall and evt.failed = true", since: "Falco <=0.44" },
    EventWords { name: "capset", about: "Sets the capabilities of the thread.", example: "evt.type = capset and thread.cap_effective contains CAP_SYS_ADMIN", since: "Falco <=0.44" },
    EventWords { name: "useradded", about: "An account became known: the message that carries users of the host and of containers into a capture.", example: "evt.type = useradded and evt.arg.name = mallory", since: "Falco <=0.44" },
    EventWords { name: "userdeleted", about: "An account is gone, as a message in the stream.", example: "evt.type = userdeleted and evt.arg.name = mallory", since: "Falco <=0.44" },
    EventWords { name: "groupadded", about: "A group became known: the message that carries groups of the host and of containers into a capture.", example: "evt.type = groupadded and evt.arg.name = docker", since: "Falco <=0.44" },
    EventWords { name: "groupdeleted", about: "A group is gone, as a message in the stream.", example: "evt.type = groupdeleted and evt.arg.name = docker", since: "Falco <=0.44" },
    EventWords { name: "dup2", about: "Makes a descriptor with a chosen number of an open one: a socket as 0, 1 and 2 is a reverse shell.", example: "evt.type = dup2 and fd.type in (ipv4, ipv6) and evt.rawres in (0, 1, 2)", since: "Falco <=0.44" },
    EventWords { name: "dup3", about: "Makes a descriptor with a chosen number of an open one, with flags.", example: "evt.type = dup3 and fd.type in (ipv4, ipv6) and evt.rawres in (0, 1, 2)", since: "Falco <=0.44" },
    EventWords { name: "mlock2", about: "Keeps memory from being swapped out, with flags.", example: "evt.type = mlock2 and evt.failed = true", since: "Falco <=0.44" },
    EventWords { name: "fsconfig", about: "Sets up a file system before it is mounted: the newer way to mount, in steps.", example: "evt.type = fsconfig and evt.arg.key = source", since: "Falco <=0.44" },
    EventWords { name: "epoll_create", about: "Makes a descriptor that waits for many others (the old call).", example: "evt.type = epoll_create and proc.name = nginx", since: "Falco <=0.44" },
    EventWords { name: "epoll_create1", about: "Makes a descriptor that waits for many others.", example: "evt.type = epoll_create1 and proc.name = nginx", since: "Falco <=0.44" },
    EventWords { name: "chown", about: "Changes the owner of a file by its path.", example: "evt.type = chown and evt.arg.uid = 0", since: "Falco <=0.44" },
    EventWords { name: "lchown", about: "Changes the owner of a file by its path, of a symbolic link itself.", example: "evt.type = lchown and evt.arg.uid = 0", since: "Falco <=0.44" },
    EventWords { name: "fchown", about: "Changes the owner of an open file.", example: "evt.type = fchown and evt.arg.uid = 0", since: "Falco <=0.44" },
    EventWords { name: "fchownat", about: "Changes the owner of a file by its path, relative to an open folder: what `chown` calls.", example: "evt.type = fchownat and evt.arg.uid = 0", since: "Falco <=0.44" },
    EventWords { name: "accept4", about: "Takes the next connection to a listening socket; the descriptor's remote end is the client.", example: "evt.type = accept4 and fd.sport = 22", since: "Falco <=0.44" },
    EventWords { name: "umount2", about: "Takes a mount away, with flags: at once, or when it is no longer used.", example: "evt.type = umount2 and evt.arg.flags contains DETACH", since: "Falco <=0.44" },
    EventWords { name: "pipe2", about: "Makes a pipe, with flags.", example: "evt.type = pipe2 and proc.name = bash", since: "Falco <=0.44" },
    EventWords { name: "inotify_init1", about: "Makes a descriptor that reports changes of files, with flags.", example: "evt.type = inotify_init1 and container.id != host", since: "Falco <=0.44" },
    EventWords { name: "eventfd2", about: "Makes a descriptor that counts events, with flags.", example: "evt.type = eventfd2 and proc.name = qemu", since: "Falco <=0.44" },
    EventWords { name: "signalfd4", about: "Makes a descriptor from which signals are read, with flags.", example: "evt.type = signalfd4 and proc.name = systemd", since: "Falco <=0.44" },
    EventWords { name: "prctl", about: "Changes something of the process itself: `PR_SET_NAME` is how a process takes another name.", example: "evt.type = prctl and evt.arg.option = PR_SET_NAME", since: "Falco <=0.44" },
    EventWords { name: "asyncevent", about: "A message a plugin put into the stream: its name and its data.", example: "evt.type = asyncevent and evt.asynctype = container", since: "Falco <=0.44" },
    EventWords { name: "memfd_create", about: "Makes a file that lives in memory only; started from its descriptor it never touches a disk.", example: "evt.type = memfd_create and container.id != host", since: "Falco <=0.44" },
    EventWords { name: "pidfd_getfd", about: "Takes a copy of another process's descriptor: its connections and files without its help.", example: "evt.type = pidfd_getfd and evt.failed = false", since: "Falco <=0.44" },
    EventWords { name: "pidfd_open", about: "Makes a descriptor that stands for a process.", example: "evt.type = pidfd_open and evt.arg.pid = 1", since: "Falco <=0.44" },
    EventWords { name: "init_module", about: "Loads a kernel module from memory.", example: "evt.type = init_module and container.id != host", since: "Falco <=0.44" },
    EventWords { name: "finit_module", about: "Loads a kernel module from an open file: what `insmod` and `modprobe` call.", example: "evt.type = finit_module and container.id != host", since: "Falco <=0.44" },
    EventWords { name: "mknod", about: "Makes a device file, a pipe or an empty file by its path.", example: "evt.type = mknod and fs.path.name startswith /dev", since: "Falco <=0.44" },
    EventWords { name: "mknodat", about: "Makes a device file, a pipe or an empty file, relative to an open folder: a disk's device in a container reads the host's disk.", example: "evt.type = mknodat and evt.arg.mode contains S_IFBLK", since: "Falco <=0.44" },
    EventWords { name: "newfstatat", about: "Asks for the attributes of a file, relative to an open folder: what most programs call.", example: "evt.type = newfstatat and evt.arg.path = /etc/shadow", since: "Falco <=0.44" },
    EventWords { name: "process_vm_readv", about: "Reads another process's memory.", example: "evt.type = process_vm_readv and evt.arg.pid = 1", since: "Falco <=0.44" },
    EventWords { name: "process_vm_writev", about: "Writes another process's memory: an injection without `ptrace`.", example: "evt.type = process_vm_writev and evt.arg.pid = 1", since: "Falco <=0.44" },
    EventWords { name: "delete_module", about: "Unloads a kernel module.", example: "evt.type = delete_module and evt.arg.name = nf_tables", since: "Falco <=0.44" },
    EventWords { name: "setreuid", about: "Sets the real and effective user of the thread.", example: "evt.type = setreuid and evt.arg.euid = root", since: "Falco <=0.44" },
    EventWords { name: "setregid", about: "Sets the real and effective group of the thread.", example: "evt.type = setregid and evt.arg.egid = root", since: "Falco <=0.44" },
    EventWords { name: "task", about: "A thread that was there before the watching began: an entry of the first snapshot, no act.", example: "evt.type = task and proc.name = bash", since: "Falco <=0.44" },
    EventWords { name: "task_file_pipe", about: "A pipe that a process had open before the watching began: an entry of the first snapshot.", example: "evt.type = task_file_pipe and evt.num > 0", since: "Falco <=0.44" },
    EventWords { name: "task_file_memfd", about: "A file in memory that a process had open before the watching began: an entry of the first snapshot.", example: "evt.type = task_file_memfd and evt.num > 0", since: "Falco <=0.44" },
    EventWords { name: "task_file_regular", about: "A file that a process had open before the watching began: an entry of the first snapshot.", example: "evt.type = task_file_regular and evt.num > 0", since: "Falco <=0.44" },
    EventWords { name: "task_file_directory", about: "A folder that a process had open before the watching began: an entry of the first snapshot.", example: "evt.type = task_file_directory and evt.num > 0", since: "Falco <=0.44" },
    EventWords { name: "task_file_socket_inet", about: "An IPv4 socket that a process had open before the watching began: an entry of the first snapshot.", example: "evt.type = task_file_socket_inet and evt.num > 0", since: "Falco <=0.44" },
    EventWords { name: "task_file_socket_inet6", about: "An IPv6 socket that a process had open before the watching began: an entry of the first snapshot.", example: "evt.type = task_file_socket_inet6 and evt.num > 0", since: "Falco <=0.44" },
    EventWords { name: "task_file_socket_unix", about: "A unix socket that a process had open before the watching began: an entry of the first snapshot.", example: "evt.type = task_file_socket_unix and evt.num > 0", since: "Falco <=0.44" },
    EventWords { name: "task_file_socket_netlink", about: "A netlink socket that a process had open before the watching began: an entry of the first snapshot.", example: "evt.type = task_file_socket_netlink and evt.num > 0", since: "Falco <=0.44" },
    EventWords { name: "task_file_anon_inode", about: "A descriptor without a file (a timer, an epoll, a bpf program) that a process had open before the watching began: an entry of the first snapshot.", example: "evt.type = task_file_anon_inode and evt.num > 0", since: "Falco <=0.44" },
    EventWords { name: "close_range", about: "Closes all descriptors between two numbers.", example: "evt.type = close_range and evt.arg.first = 3", since: "Falco <=0.44" },
    EventWords { name: "keyctl", about: "Works with the kernel's store of keys, which holds credentials of logins and disks.", example: "evt.type = keyctl and evt.arg.operation = KEYCTL_READ", since: "Falco <=0.44" },
];
