/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the kernel's objects are, in the capture format's numbers. */
#ifndef PG_KERNEL_OBJECT_H
#define PG_KERNEL_OBJECT_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "arch.h"
#include "record/scratch.h"

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define S_IFREG 0100000
#define S_IFDIR 0040000
#define S_IFIFO 0010000

#define OVERLAYFS_MAGIC 0x794c7630
#define TMPFS_MAGIC 0x01021994
#define RAMFS_MAGIC 0x858458f6
#define BTRFS_MAGIC 0x9123683e
#define PROC_SUPER_MAGIC 0x9fa0
#define PIDFS_MAGIC 0x50494446
#define FMODE_CREATED 0x100000
#define FMODE_PATH 0x4000

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16
#define TCP_ESTABLISHED 1
#define TCP_LISTEN 10

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_NONBLOCK 04000
#define SOCK_CLOEXEC 02000000
#define IPPROTO_MPTCP 262
#define EINPROGRESS 115
#define SEEK_END 2

static __always_inline struct file *pg_file_of_fd(struct task_struct *task, s32 fd)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd);
	struct file *file = 0;

	if (fd < 0 || (u32)fd >= BPF_CORE_READ(table, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}

static __always_inline struct socket *pg_socket_of_file(struct file *file)
{
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	return BPF_CORE_READ(file, private_data);
}

static __always_inline struct sock *pg_sock_of_file(struct file *file)
{
	struct socket *socket = pg_socket_of_file(file);

	return socket ? BPF_CORE_READ(socket, sk) : 0;
}

static __always_inline u32 pg_encode_dev(u32 dev)
{
	u32 major = dev >> 20, minor = dev & 0xfffff;

	return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
}

/* PPM_FD_UPPER_LAYER, PPM_FD_LOWER_LAYER or nothing: where in an overlay a file lies. */
static __always_inline u32 pg_overlay_layer(struct inode *inode)
{
	void *upper = 0;

	if (!inode || BPF_CORE_READ(inode, i_sb, s_magic) != OVERLAYFS_MAGIC)
		return 0;
	/* The overlay keeps the upper dentry right behind the inode it shows. */
	bpf_probe_read_kernel(&upper, sizeof(upper), (char *)inode + bpf_core_type_size(struct inode));
	return upper ? PPM_FD_UPPER_LAYER : PPM_FD_LOWER_LAYER;
}

/* Flags of an open in the capture format's numbers. */
static __always_inline u32 pg_open_flags(u32 flags)
{
	u32 out = (flags & 3) + 1;

	if ((flags & 3) == 3)
		out = 0;
	if (flags & 0100)
		out |= PPM_O_CREAT;
	if (flags & 0200)
		out |= PPM_O_EXCL;
	if (flags & 01000)
		out |= PPM_O_TRUNC;
	if (flags & 02000)
		out |= PPM_O_APPEND;
	if (flags & 04000)
		out |= PPM_O_NONBLOCK;
	if (flags & 010000)
		out |= PPM_O_DSYNC;
	if (flags & 04000000)
		out |= PPM_O_SYNC;
	if (flags & O_DIRECT)
		out |= PPM_O_DIRECT;
	if (flags & O_LARGEFILE)
		out |= PPM_O_LARGEFILE;
	if (flags & O_DIRECTORY)
		out |= PPM_O_DIRECTORY;
	if (flags & 02000000)
		out |= PPM_O_CLOEXEC;
	if (flags & 020000000)
		out |= PPM_O_TMPFILE;
	return out;
}

static __always_inline bool pg_is_inet_server(struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_LISTEN;
}

/* SCAP_FD_* of a file; SCAP_FD_UNSUPPORTED where only its name says more. */
static __always_inline u8 pg_fd_kind(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	u16 mode = BPF_CORE_READ(inode, i_mode) & S_IFMT;
	struct socket *socket;
	struct sock *sk;

	switch (mode) {
	case S_IFDIR: return SCAP_FD_DIRECTORY;
	case S_IFIFO: return SCAP_FD_FIFO;
	case 0: return SCAP_FD_UNSUPPORTED;
	case S_IFSOCK:
		socket = BPF_CORE_READ(file, private_data);
		sk = BPF_CORE_READ(socket, sk);
		switch (BPF_CORE_READ(sk, __sk_common.skc_family)) {
		case AF_UNIX: return SCAP_FD_UNIX_SOCK;
		case AF_INET: return pg_is_inet_server(sk) ? SCAP_FD_IPV4_SERVSOCK : SCAP_FD_IPV4_SOCK;
		case AF_INET6: return pg_is_inet_server(sk) ? SCAP_FD_IPV6_SERVSOCK : SCAP_FD_IPV6_SOCK;
		case AF_NETLINK: return SCAP_FD_NETLINK;
		}
		return SCAP_FD_UNSUPPORTED;
	}
	if (BPF_CORE_READ(inode, i_sb, s_magic) == PIDFS_MAGIC)
		return SCAP_FD_PIDFD;
	return SCAP_FD_FILE_V2;
}

/* A raw socket speaks no protocol of the transport layer, whatever packets it is for. */
static __always_inline u8 pg_l4_protocol(struct sock *sk)
{
	if (BPF_CORE_READ(sk, sk_type) == SOCK_RAW)
		return SCAP_L4_RAW;
	switch (BPF_CORE_READ(sk, sk_protocol)) {
	case 6:
	case IPPROTO_MPTCP: return SCAP_L4_TCP;
	case 17: return SCAP_L4_UDP;
	case 1:
	case 58: return SCAP_L4_ICMP;
	case 255: return SCAP_L4_RAW;
	}
	return SCAP_L4_NA;
}

static __always_inline u16 pg_swap16(u16 v)
{
	return v << 8 | v >> 8;
}

/* One end of an internet socket: address, port. */
static __always_inline void pg_put_endpoint(struct scratch *s, struct sock *sk, u16 family, bool remote)
{
	u32 width = family == AF_INET ? 4 : 16;
	u16 port =
		remote ? pg_swap16(BPF_CORE_READ(sk, __sk_common.skc_dport)) : BPF_CORE_READ(sk, __sk_common.skc_num);

	if (family == AF_INET) {
		*(u32 *)PG_AT(s) = remote ? BPF_CORE_READ(sk, __sk_common.skc_daddr)
					  : BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
	} else if (remote) {
		BPF_CORE_READ_INTO((struct in6_addr *)PG_AT(s), sk, __sk_common.skc_v6_daddr);
	} else {
		BPF_CORE_READ_INTO((struct in6_addr *)PG_AT(s), sk, __sk_common.skc_v6_rcv_saddr);
	}
	s->pos += width;
	*(u16 *)PG_AT(s) = port;
	s->pos += 2;
}

/* An end as the caller gave it, for sockets that do not have it (yet). */
static __always_inline void pg_put_given_endpoint(struct scratch *s, u16 family, const u8 *address)
{
	if (family == AF_INET) {
		*(u32 *)PG_AT(s) = *(u32 *)&address[4];
		s->pos += 4;
	} else {
		*(u64 *)PG_AT(s) = *(u64 *)&address[8];
		*((u64 *)PG_AT(s) + 1) = *(u64 *)&address[16];
		s->pos += 16;
	}
	*(u16 *)PG_AT(s) = pg_swap16(*(u16 *)&address[2]);
	s->pos += 2;
}

/* The length of a unix socket's address that is only a family. */
#define PG_UNNAMED_SOCKADDR_LEN 2

/* The name a unix socket is bound to, with a NUL; an abstract one with an @ for its leading NUL, so that it
 * is no path. */
static __always_inline void pg_put_unix_name(struct scratch *s, struct sock *sk)
{
	struct unix_address *address = BPF_CORE_READ((struct unix_sock *)sk, addr);
	long n = 0;

	if (address) {
		char *from = address->name[0].sun_path;
		u32 len = BPF_CORE_READ(address, len);
		char first = 1;

		if (len > sizeof(struct sockaddr_un))
			len = sizeof(struct sockaddr_un);
		len = len > PG_UNNAMED_SOCKADDR_LEN ? len - PG_UNNAMED_SOCKADDR_LEN : 0;
		if (len)
			bpf_probe_read_kernel(&first, 1, from);
		if (!first) {
			*PG_AT(s) = '@';
			s->pos += 1;
			from += 1;
		} else if (len) {
			len += 1;
		}
		/* An abstract name has no NUL behind it. So that the compiler keeps the mask the verifier needs. */
		barrier_var(len);
		len &= 127;
		if (len)
			n = bpf_probe_read_kernel_str(PG_AT(s), len, from);
	}
	if (n <= 0) {
		*PG_AT(s) = 0;
		n = 1;
	}
	s->pos += n;
}

#define PG_SOCKADDR_MAX 112

/* The family of the address in the small buffer. The name of an abstract unix socket begins with an @ from
 * here on. */
static __always_inline u16 pg_small_family(struct scratch *s, u32 len)
{
	if (*(u16 *)s->small == AF_UNIX && len > PG_UNNAMED_SOCKADDR_LEN && !s->small[2])
		s->small[2] = '@';
	return *(u16 *)s->small;
}

/* Reads a user's socket address into the small buffer; its family, or 0. */
static __always_inline u16 pg_read_sockaddr(struct scratch *s, u64 from, u32 len)
{
	*(u16 *)s->small = 0;
	if (len < 2 || !from)
		return 0;
	if (len > 110)
		len = 110;
	__builtin_memset(s->small, 0, PG_SOCKADDR_MAX);
	/* So that the compiler keeps the mask the verifier needs. */
	barrier_var(len);
	if (bpf_probe_read_user(s->small, len & 127, (void *)from))
		return 0;
	return pg_small_family(s, len);
}

/* Whether the address in the small buffer names a file. */
static __always_inline bool pg_names_file(struct scratch *s, u16 family)
{
	return family == AF_UNIX && s->small[2] && s->small[2] != '@';
}

/* The same of an address that goes with a message. The internet's older sockets take one without a family
 * for theirs. */
static __always_inline u16 pg_message_family(struct scratch *s, struct sock *sk, u32 len)
{
	u16 given = pg_small_family(s, len);

	if (given || len < 16 || !sk || BPF_CORE_READ(sk, __sk_common.skc_family) != AF_INET ||
	    BPF_CORE_READ(sk, sk_type) == SOCK_STREAM)
		return given;
	return *(u64 *)s->small ? AF_INET : 0;
}

static __always_inline u16 pg_read_message_address(struct scratch *s, struct sock *sk, u64 from, u32 len)
{
	pg_read_sockaddr(s, from, len);
	return from ? pg_message_family(s, sk, len) : 0;
}

/* A socket address parameter, from the small buffer. */
static __always_inline void pg_put_sockaddr(struct scratch *s, u32 i, u16 family)
{
	u32 start = s->pos;
	long n;

	if (family != AF_INET && family != AF_INET6 && family != AF_UNIX) {
		pg_put_empty(s, i);
		return;
	}
	*PG_AT(s) = family;
	s->pos += 1;
	if (family == AF_UNIX) {
		n = bpf_probe_read_kernel_str(PG_AT(s), 110, &s->small[2]);
		s->pos += n > 0 ? n : 0;
	} else {
		pg_put_given_endpoint(s, family, s->small);
	}
	PG_LEN(s, i) = s->pos - start;
}

/* The other end by the address in the small buffer. A socket of the newer protocol takes one of the older
 * too, and speaks to the address of its own that stands for it. */
static __always_inline void pg_put_remote_endpoint(struct scratch *s, u16 family, u16 given)
{
	if (family == AF_INET6 && given == AF_INET) {
		*(u64 *)PG_AT(s) = 0;
		*((u32 *)PG_AT(s) + 2) = 0xffff0000u;
		*((u32 *)PG_AT(s) + 3) = *(u32 *)&s->small[4];
		s->pos += 16;
		*(u16 *)PG_AT(s) = pg_swap16(*(u16 *)&s->small[2]);
		s->pos += 2;
		return;
	}
	pg_put_given_endpoint(s, family, s->small);
}

/* Family, source, destination. `inbound`: the other end asked. `given`: the family of the address in the
 * small buffer, for another end the socket does not have, or, with `counts`, does not speak with now.
 * Nothing for other families. Neither inlined nor static, so that the kernel's checker follows it once and not
 * for each event that has ends: so it takes a number for the socket. */
__noinline int pg_put_endpoints_of(struct scratch *s, u64 of_sock, u32 inbound, u32 given, u32 counts)
{
	struct sock *sk = (struct sock *)of_sock;
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	if (!s)
		return 0;
	if (family == AF_INET || family == AF_INET6) {
		bool fits = given == family || (family == AF_INET6 && given == AF_INET);

		*PG_AT(s) = family;
		s->pos += 1;
		if (!inbound)
			pg_put_endpoint(s, sk, family, false);
		if (fits && (counts || BPF_CORE_READ(sk, __sk_common.skc_dport) == 0))
			pg_put_remote_endpoint(s, family, given);
		else
			pg_put_endpoint(s, sk, family, true);
		if (inbound)
			pg_put_endpoint(s, sk, family, false);
	} else if (family == AF_UNIX) {
		struct sock *peer = BPF_CORE_READ((struct unix_sock *)sk, peer);

		/* What is sent elsewhere does not go to the peer. */
		if (counts && given == AF_UNIX && !inbound)
			peer = 0;
		*PG_AT(s) = family;
		s->pos += 1;
		*(u64 *)PG_AT(s) = (u64)(inbound ? peer : sk);
		s->pos += 8;
		*(u64 *)PG_AT(s) = (u64)(inbound ? sk : peer);
		s->pos += 8;
		if (given == AF_UNIX && !inbound) {
			long n = bpf_probe_read_kernel_str(PG_AT(s), 110, &s->small[2]);

			s->pos += n > 0 ? n : 0;
		} else {
			pg_put_unix_name(s, inbound || !peer ? sk : peer);
		}
	}
	return 0;
}

static __always_inline void pg_put_endpoints(struct scratch *s, struct sock *sk, bool inbound, u16 given)
{
	pg_put_endpoints_of(s, (u64)sk, inbound, given, false);
}

/* Whether an address that goes with a message counts whatever the socket is connected to: streams take none.
 * `given`: its family. */
static __always_inline bool pg_address_counts(struct sock *sk, u16 given)
{
	u16 type = BPF_CORE_READ(sk, sk_type);

	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_UNIX)
		return given && type == SOCK_DGRAM;
	return given && type != SOCK_STREAM;
}

/* The tuple of a message: whom it went to or, `inbound`, came from. */
static __always_inline void pg_put_message_tuple(struct scratch *s, u32 i, struct sock *sk, bool inbound, u16 given)
{
	u32 start = s->pos;

	if (sk) {
		bool counts = pg_address_counts(sk, given);

		/* The address of a unix socket that takes none says nothing. */
		if (!counts && given == AF_UNIX)
			given = 0;
		pg_put_endpoints_of(s, (u64)sk, inbound, given, counts);
	}
	PG_LEN(s, i) = s->pos - start;
}

static __always_inline void pg_put_tuple(struct scratch *s, u32 i, struct sock *sk, bool inbound, u16 given)
{
	u32 start = s->pos;

	if (sk)
		pg_put_endpoints(s, sk, inbound, given);
	PG_LEN(s, i) = s->pos - start;
}

#endif
