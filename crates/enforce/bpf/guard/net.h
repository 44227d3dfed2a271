/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Sockets: made, bound, connected, sent from without a connection. */
#ifndef PEREGRINE_GUARD_NET_H
#define PEREGRINE_GUARD_NET_H

#include "hook.h"
#include "sockets.h"

#define MSG_FASTOPEN 0x20000000

/* Decides about a socket and an address, as the kernel copied it. */
static __noinline int guard_on_address(struct socket *socket, u64 from, u32 len, u32 act)
{
	struct guard_case c = {};
	struct guard_program *p = guard_begin(&c, act);
	struct sock *sk;
	u16 family = 0, own;

	if (!p || len < 2)
		return 0;
	bpf_probe_read_kernel(&family, sizeof(family), (void *)from);
	sk = socket->sk;
	if (!sk)
		return 0;
	own = sk->__sk_common.skc_family;
	/* The older sockets of the internet take an address without a family for theirs. */
	if (!family && own == AF_INET)
		family = AF_INET;
	if (family == AF_INET) {
		u32 ipv4 = 0;

		bpf_probe_read_kernel(&ipv4, sizeof(ipv4), (void *)(from + 4));
		guard_map_ipv4(c.address, ipv4);
	} else if (family == AF_INET6) {
		bpf_probe_read_kernel(c.address, sizeof(c.address), (void *)(from + 8));
	} else {
		return 0;
	}
	bpf_probe_read_kernel(&c.port, sizeof(c.port), (void *)(from + 2));
	c.port = __builtin_bswap16(c.port);
	c.family = family;
	c.facts.words[GUARD_FLAGS] = guard_socket_flags(family, sk->sk_type, sk->sk_protocol);
	guard_net(&c, p->acts[act].needs);
	return guard_end(&c, p, GUARD_LEVEL) ? -EPERM : 0;
}

GUARD_HOOK(socket_create)
int BPF_PROG(socket_create, int family, int type, int protocol, int of_kernel)
{
	if (of_kernel)
		return 0;
	return guard_on_process(GUARD_ACT_SOCKET, guard_socket_flags(family, type, protocol));
}

GUARD_HOOK(socket_bind)
int BPF_PROG(socket_bind, struct socket *socket, struct sockaddr *address, int len)
{
	return guard_on_address(socket, (u64)address, len, GUARD_ACT_BIND);
}

GUARD_HOOK(socket_connect)
int BPF_PROG(socket_connect, struct socket *socket, struct sockaddr *address, int len)
{
	return guard_on_address(socket, (u64)address, len, GUARD_ACT_CONNECT);
}

/* What goes to an address of its own, or connects by sending. */
GUARD_HOOK(socket_sendmsg)
int BPF_PROG(socket_sendmsg, struct socket *socket, struct msghdr *message)
{
	u64 name = (u64)message->msg_name;

	if (!name || (socket->type == SOCK_STREAM && !(message->msg_flags & MSG_FASTOPEN)))
		return 0;
	return guard_on_address(socket, name, message->msg_namelen, GUARD_ACT_CONNECT);
}

GUARD_HOOK(socket_listen)
int BPF_PROG(socket_listen, struct socket *socket)
{
	struct guard_case c = {};
	struct guard_program *p = guard_begin(&c, GUARD_ACT_LISTEN);
	struct sock *sk;

	if (!p)
		return 0;
	sk = socket->sk;
	if (!sk)
		return 0;
	c.family = sk->__sk_common.skc_family;
	c.port = sk->__sk_common.skc_num;
	if (c.family == AF_INET)
		guard_map_ipv4(c.address, sk->__sk_common.skc_rcv_saddr);
	else
		bpf_probe_read_kernel(c.address, sizeof(c.address), &sk->__sk_common.skc_v6_rcv_saddr);
	c.facts.words[GUARD_FLAGS] = guard_socket_flags(c.family, sk->sk_type, sk->sk_protocol);
	guard_net(&c, p->acts[GUARD_ACT_LISTEN].needs);
	return guard_end(&c, p, GUARD_LEVEL) ? -EPERM : 0;
}

/* The other end's file, where it is bound to one. */
static __noinline int guard_on_unix(u64 sock)
{
	struct unix_sock *other = (struct unix_sock *)sock;
	struct guard_case c = {};
	struct guard_program *p = guard_begin(&c, GUARD_ACT_UNIX_CONNECT);
	struct dentry *dentry;

	if (!p)
		return 0;
	dentry = BPF_CORE_READ(other, path.dentry);
	if (dentry) {
		u64 mnt = (u64)BPF_CORE_READ(other, path.mnt);

		c.ino = BPF_CORE_READ(dentry, d_inode, i_ino);
		c.dev = BPF_CORE_READ(dentry, d_sb, s_dev);
		guard_inode_marks(&c.facts, c.ino, c.dev, BPF_CORE_READ(dentry, d_inode, i_generation), c.slot);
		if (!guard_far_marks(&c.facts, (u64)dentry, (u64)guard_mount_of(mnt), c.slot, 0))
			guard_too_deep(&c);
		c.dentry = (u64)dentry;
		c.mnt = mnt;
	}
	c.facts.words[GUARD_FLAGS] = GUARD_FLAG_UNIX;
	c.family = AF_UNIX;
	return guard_end(&c, p, GUARD_LEVEL) ? -EPERM : 0;
}

GUARD_HOOK(unix_stream_connect)
int BPF_PROG(unix_stream_connect, struct sock *sock, struct sock *other)
{
	return guard_on_unix((u64)other);
}

GUARD_HOOK(unix_may_send)
int BPF_PROG(unix_may_send, struct socket *socket, struct socket *other)
{
	u64 sock = 0;

	bpf_probe_read_kernel(&sock, sizeof(sock), &other->sk);
	return guard_on_unix(sock);
}

#endif
