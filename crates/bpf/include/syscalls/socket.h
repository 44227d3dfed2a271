/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls on sockets. */
#ifndef PG_SYSCALLS_SOCKET_H
#define PG_SYSCALLS_SOCKET_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "kernel/object.h"
#include "record/scratch.h"
#include "record/trailer.h"
#include "syscalls/call.h"

CALL(connect)
{
	s32 fd = ARG(0);
	struct sock *sk = sock_of(file_of(task, fd));
	u16 given = read_address(s, ARG(1), ARG(2));
	bool done = ret == 0 || ret == -EINPROGRESS;
	u8 role = 0;

	/* An address without a family takes the other end away. */
	if (sk && done && !given)
		role = PG_ROLE_PARTED;
	else if (sk && done)
		role = PG_ROLE_CLIENT | (ret == 0 ? PG_ROLE_CONNECTED : 0);
	begin(s, PPME_SOCKET_CONNECT_X, PPME_SOCKET_CONNECT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_tuple(s, 1, done ? sk : 0, false, given);
	put_s64(s, 2, fd);
	put_address(s, 3, given);
	close_block(s, task);
	if (done && names_file(s, given))
		fact_root(s);
	tell_as(s, fd, role);
	send(s, PG_LOSS_CONNECT);
}

CALL(bind)
{
	s32 fd = ARG(0);
	u16 given = read_address(s, ARG(1), ARG(2));

	begin(s, PPME_SOCKET_BIND_X, PPME_SOCKET_BIND_X_N, task->pid);
	put_s64(s, 0, ret);
	put_address(s, 1, given);
	put_s64(s, 2, fd);
	close_block(s, task);
	tell(s, fd);
	send(s, PG_LOSS_OTHER);
}

CALL(listen)
{
	s32 fd = ARG(0);

	begin(s, PPME_SOCKET_LISTEN_X, PPME_SOCKET_LISTEN_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, fd);
	put_s32(s, 2, ARG(1));
	close_block(s, task);
	tell_as(s, fd, sock_of(file_of(task, fd)) && ret == 0 ? PG_ROLE_SERVER : 0);
	send(s, PG_LOSS_OTHER);
}

/* The values accept and accept4 share, and the new descriptor. */
static __always_inline void accepted(struct scratch *s, struct task_struct *task, s32 listening, long ret)
{
	struct file *file = ret >= 0 ? file_of(task, ret) : 0;
	struct sock *sk = sock_of(file);
	struct sock *asked = sock_of(file_of(task, listening));
	u32 queue = asked ? BPF_CORE_READ(asked, sk_ack_backlog) : 0;
	u32 most = asked ? BPF_CORE_READ(asked, sk_max_ack_backlog) : 0;

	put_s64(s, 0, ret);
	put_tuple(s, 1, sk, true, 0);
	put_u8(s, 2, most ? (u64)queue * 100 / most : 0);
	put_u32(s, 3, queue);
	put_u32(s, 4, most);
}

static __always_inline void send_accepted(struct scratch *s, struct task_struct *task, long ret)
{
	close_block(s, task);
	tell_as(s, ret, PG_ROLE_SERVER | PG_ROLE_CONNECTED);
	send(s, PG_LOSS_OTHER);
}

CALL(accept)
{
	begin(s, PPME_SOCKET_ACCEPT_5_X, PPME_SOCKET_ACCEPT_5_X_N, task->pid);
	accepted(s, task, ARG(0), ret);
	send_accepted(s, task, ret);
}

CALL(accept4)
{
	begin(s, PPME_SOCKET_ACCEPT4_6_X, PPME_SOCKET_ACCEPT4_6_X_N, task->pid);
	accepted(s, task, ARG(0), ret);
	put_s32(s, 5, ARG(3));
	send_accepted(s, task, ret);
}

CALL(socket)
{
	u32 type = ARG(1);

	begin(s, PPME_SOCKET_SOCKET_X, PPME_SOCKET_SOCKET_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u32(s, 1, ARG(0));
	put_u32(s, 2, type);
	put_u32(s, 3, ARG(2));
	put_u32(s, 4, (type & SOCK_NONBLOCK ? PPM_O_NONBLOCK : 0) | (type & SOCK_CLOEXEC ? PPM_O_CLOEXEC : 0));
	end_with(s, task, ret);
}

CALL(socketpair)
{
	s32 ends[2] = { -1, -1 };
	struct sock *source, *peer = 0;

	if (ret == 0)
		bpf_probe_read_user(ends, sizeof(ends), (void *)ARG(3));
	source = sock_of(file_of(task, ends[0]));
	if (source)
		peer = BPF_CORE_READ((struct unix_sock *)source, peer);
	begin(s, PPME_SOCKET_SOCKETPAIR_X, PPME_SOCKET_SOCKETPAIR_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ends[0]);
	put_s64(s, 2, ends[1]);
	put_u64(s, 3, (u64)source);
	put_u64(s, 4, (u64)peer);
	put_u32(s, 5, ARG(0));
	put_u32(s, 6, ARG(1));
	put_u32(s, 7, ARG(2));
	send_both(s, task, ends[0], ends[1], PG_LOSS_OTHER);
}

CALL(getsockname)
{
	begin(s, PPME_SOCKET_GETSOCKNAME_X, PPME_SOCKET_GETSOCKNAME_X_N, task->pid);
	end_with(s, task, ARG(0));
}

CALL(getpeername)
{
	begin(s, PPME_SOCKET_GETPEERNAME_X, PPME_SOCKET_GETPEERNAME_X_N, task->pid);
	end_with(s, task, ARG(0));
}

CALL(shutdown)
{
	u32 how = ARG(1);

	begin(s, PPME_SOCKET_SHUTDOWN_X, PPME_SOCKET_SHUTDOWN_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	/* The kernel counts as the capture format does; the unknown one is cut to its byte. */
	put_u8(s, 2, how <= PPM_SHUT_RDWR ? how : PPM_SHUT_UNKNOWN & 0xff);
	end_with(s, task, ARG(0));
}

#endif
