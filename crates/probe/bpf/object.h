/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the kernel's objects are, in the capture format's numbers. */
#ifndef PEREGRINE_OBJECT_H
#define PEREGRINE_OBJECT_H

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
#define TCP_LISTEN 10

static __always_inline struct file *file_of(struct task_struct *task, s32 fd)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd);
	struct file *file = 0;

	if (fd < 0 || (u32)fd >= BPF_CORE_READ(table, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}

static __always_inline struct socket *socket_of(struct file *file)
{
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	return BPF_CORE_READ(file, private_data);
}

static __always_inline struct sock *sock_of(struct file *file)
{
	struct socket *socket = socket_of(file);

	return socket ? BPF_CORE_READ(socket, sk) : 0;
}

static __always_inline u32 encode_dev(u32 dev)
{
	u32 major = dev >> 20, minor = dev & 0xfffff;

	return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
}

/* PPM_FD_UPPER_LAYER, PPM_FD_LOWER_LAYER or nothing: where in an overlay a file lies. */
static __always_inline u32 overlay_layer(struct inode *inode)
{
	void *upper = 0;

	if (!inode || BPF_CORE_READ(inode, i_sb, s_magic) != OVERLAYFS_MAGIC)
		return 0;
	/* The overlay keeps the upper dentry right behind the inode it shows. */
	bpf_probe_read_kernel(&upper, sizeof(upper), (char *)inode + bpf_core_type_size(struct inode));
	return upper ? PPM_FD_UPPER_LAYER : PPM_FD_LOWER_LAYER;
}

/* Flags of an open in the capture format's numbers. */
static __always_inline u32 open_flags(u32 flags)
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
	if (flags & 040000)
		out |= PPM_O_DIRECT;
	if (flags & 0100000)
		out |= PPM_O_LARGEFILE;
	if (flags & 0200000)
		out |= PPM_O_DIRECTORY;
	if (flags & 02000000)
		out |= PPM_O_CLOEXEC;
	if (flags & 020000000)
		out |= PPM_O_TMPFILE;
	return out;
}

static __always_inline bool is_inet_server(struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_LISTEN;
}

/* SCAP_FD_* of a file; SCAP_FD_UNSUPPORTED where only its name tells more. */
static __always_inline u8 kind_of(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	u16 mode = BPF_CORE_READ(inode, i_mode) & S_IFMT;
	struct socket *socket;
	struct sock *sk;

	switch (mode) {
	case S_IFDIR:
		return SCAP_FD_DIRECTORY;
	case S_IFIFO:
		return SCAP_FD_FIFO;
	case 0:
		return SCAP_FD_UNSUPPORTED;
	case S_IFSOCK:
		socket = BPF_CORE_READ(file, private_data);
		sk = BPF_CORE_READ(socket, sk);
		switch (BPF_CORE_READ(sk, __sk_common.skc_family)) {
		case AF_UNIX:
			return SCAP_FD_UNIX_SOCK;
		case AF_INET:
			return is_inet_server(sk) ? SCAP_FD_IPV4_SERVSOCK : SCAP_FD_IPV4_SOCK;
		case AF_INET6:
			return is_inet_server(sk) ? SCAP_FD_IPV6_SERVSOCK : SCAP_FD_IPV6_SOCK;
		case AF_NETLINK:
			return SCAP_FD_NETLINK;
		}
		return SCAP_FD_UNSUPPORTED;
	}
	if (BPF_CORE_READ(inode, i_sb, s_magic) == PIDFS_MAGIC)
		return SCAP_FD_PIDFD;
	return SCAP_FD_FILE_V2;
}

static __always_inline u8 transport(struct sock *sk)
{
	switch (BPF_CORE_READ(sk, sk_protocol)) {
	case 6: return SCAP_L4_TCP;
	case 17: return SCAP_L4_UDP;
	case 1:
	case 58: return SCAP_L4_ICMP;
	case 255: return SCAP_L4_RAW;
	}
	return SCAP_L4_NA;
}

static __always_inline u16 swap16(u16 v)
{
	return v << 8 | v >> 8;
}

/* One end of an internet socket: address, port. */
static __always_inline void put_end(struct scratch *s, struct sock *sk, u16 family, bool remote)
{
	u32 width = family == AF_INET ? 4 : 16;
	u16 port = remote ? swap16(BPF_CORE_READ(sk, __sk_common.skc_dport)) : BPF_CORE_READ(sk, __sk_common.skc_num);

	if (family == AF_INET) {
		*(u32 *)AT(s) = remote ? BPF_CORE_READ(sk, __sk_common.skc_daddr)
				       : BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
	} else if (remote) {
		BPF_CORE_READ_INTO((struct in6_addr *)AT(s), sk, __sk_common.skc_v6_daddr);
	} else {
		BPF_CORE_READ_INTO((struct in6_addr *)AT(s), sk, __sk_common.skc_v6_rcv_saddr);
	}
	s->pos += width;
	*(u16 *)AT(s) = port;
	s->pos += 2;
}

/* An end as the caller gave it, for sockets that do not have it (yet). */
static __always_inline void put_given_end(struct scratch *s, u16 family, const u8 *address)
{
	if (family == AF_INET) {
		*(u32 *)AT(s) = *(u32 *)&address[4];
		s->pos += 4;
	} else {
		*(u64 *)AT(s) = *(u64 *)&address[8];
		*((u64 *)AT(s) + 1) = *(u64 *)&address[16];
		s->pos += 16;
	}
	*(u16 *)AT(s) = swap16(*(u16 *)&address[2]);
	s->pos += 2;
}

/* The name a unix socket is bound to, with a NUL; an abstract one without its leading NUL. */
static __always_inline void put_unix_name(struct scratch *s, struct sock *sk)
{
	struct unix_address *address = BPF_CORE_READ((struct unix_sock *)sk, addr);
	long n = 0;

	if (address) {
		char *from = address->name[0].sun_path;
		char first = 0;

		bpf_probe_read_kernel(&first, 1, from);
		if (!first)
			from += 1;
		n = bpf_probe_read_kernel_str(AT(s), 108, from);
	}
	if (n <= 0) {
		*AT(s) = 0;
		n = 1;
	}
	s->pos += n;
}

#define ADDRESS_MAX 112

/* Reads a user's socket address into the small buffer; its family, or 0. */
static __always_inline u16 read_address(struct scratch *s, u64 from, u32 len)
{
	*(u16 *)s->small = 0;
	if (len < 2 || !from)
		return 0;
	if (len > 110)
		len = 110;
	__builtin_memset(s->small, 0, ADDRESS_MAX);
	/* So that the compiler keeps the mask the verifier needs. */
	barrier_var(len);
	if (bpf_probe_read_user(s->small, len & 127, (void *)from))
		return 0;
	return *(u16 *)s->small;
}

/* A socket address parameter, from the small buffer. */
static __always_inline void put_address(struct scratch *s, u32 i, u16 family)
{
	u32 start = s->pos;
	long n;

	if (family != AF_INET && family != AF_INET6 && family != AF_UNIX) {
		put_nothing(s, i);
		return;
	}
	*AT(s) = family;
	s->pos += 1;
	if (family == AF_UNIX) {
		n = bpf_probe_read_kernel_str(AT(s), 109, s->small[2] ? &s->small[2] : &s->small[3]);
		s->pos += n > 0 ? n : 0;
	} else {
		put_given_end(s, family, s->small);
	}
	LEN(s, i) = s->pos - start;
}

/* Family, source, destination. `inbound`: the other end asked. `given`: the family of the address
 * in the small buffer, for another end the socket does not have. Nothing for other families. */
static __always_inline void put_ends(struct scratch *s, struct sock *sk, bool inbound, u16 given)
{
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	if (family == AF_INET || family == AF_INET6) {
		*AT(s) = family;
		s->pos += 1;
		if (!inbound)
			put_end(s, sk, family, false);
		if (BPF_CORE_READ(sk, __sk_common.skc_dport) == 0 && given == family)
			put_given_end(s, family, s->small);
		else
			put_end(s, sk, family, true);
		if (inbound)
			put_end(s, sk, family, false);
	} else if (family == AF_UNIX) {
		struct sock *peer = BPF_CORE_READ((struct unix_sock *)sk, peer);

		*AT(s) = family;
		s->pos += 1;
		*(u64 *)AT(s) = (u64)(inbound ? peer : sk);
		s->pos += 8;
		*(u64 *)AT(s) = (u64)(inbound ? sk : peer);
		s->pos += 8;
		if (given == AF_UNIX && !inbound) {
			long n = bpf_probe_read_kernel_str(AT(s), 109, s->small[2] ? &s->small[2] : &s->small[3]);

			s->pos += n > 0 ? n : 0;
		} else {
			put_unix_name(s, inbound || !peer ? sk : peer);
		}
	}
}

static __always_inline void put_tuple(struct scratch *s, u32 i, struct sock *sk, bool inbound, u16 given)
{
	u32 start = s->pos;

	if (sk)
		put_ends(s, sk, inbound, given);
	LEN(s, i) = s->pos - start;
}

#endif
