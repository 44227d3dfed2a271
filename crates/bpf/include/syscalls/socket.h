/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls on sockets. */
#ifndef PG_SYSCALLS_SOCKET_H
#define PG_SYSCALLS_SOCKET_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "kernel/object.h"
#include "record/scratch.h"
#include "record/trailer.h"
#include "syscalls/call.h"

PG_SYSCALL(connect)
{
	s32 fd = PG_ARG(0);
	struct sock *sk = pg_sock_of_file(pg_file_of_fd(task, fd));
	u16 given = pg_read_sockaddr(s, PG_ARG(1), PG_ARG(2));
	bool done = ret == 0 || ret == -EINPROGRESS;
	u8 role = 0;

	/* An address without a family takes the other end away. */
	if (sk && done && !given)
		role = PG_ROLE_PARTED;
	else if (sk && done)
		role = PG_ROLE_CLIENT | (ret == 0 ? PG_ROLE_CONNECTED : 0);
	pg_begin(s, PPME_SOCKET_CONNECT_X, PPME_SOCKET_CONNECT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_tuple(s, 1, done ? sk : 0, false, given);
	pg_put_s64(s, 2, fd);
	pg_put_sockaddr(s, 3, given);
	pg_close_block(s, task);
	if (done && pg_names_file(s, given))
		pg_trailer_root(s);
	pg_queue_fd_role(s, fd, role);
	pg_finish(s, PG_LOSS_CONNECT);
}

PG_SYSCALL(bind)
{
	s32 fd = PG_ARG(0);
	u16 given = pg_read_sockaddr(s, PG_ARG(1), PG_ARG(2));

	pg_begin(s, PPME_SOCKET_BIND_X, PPME_SOCKET_BIND_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_sockaddr(s, 1, given);
	pg_put_s64(s, 2, fd);
	pg_close_block(s, task);
	pg_queue_fd(s, fd);
	pg_finish(s, PG_LOSS_OTHER);
}

PG_SYSCALL(listen)
{
	s32 fd = PG_ARG(0);

	pg_begin(s, PPME_SOCKET_LISTEN_X, PPME_SOCKET_LISTEN_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, fd);
	pg_put_s32(s, 2, PG_ARG(1));
	pg_close_block(s, task);
	pg_queue_fd_role(s, fd, pg_sock_of_file(pg_file_of_fd(task, fd)) && ret == 0 ? PG_ROLE_SERVER : 0);
	pg_finish(s, PG_LOSS_OTHER);
}

/* The values accept and accept4 share, and the new descriptor. */
static __always_inline void pg_put_accept(struct scratch *s, struct task_struct *task, s32 listening, long ret)
{
	struct file *file = ret >= 0 ? pg_file_of_fd(task, ret) : 0;
	struct sock *sk = pg_sock_of_file(file);
	struct sock *asked = pg_sock_of_file(pg_file_of_fd(task, listening));
	u32 queue = asked ? BPF_CORE_READ(asked, sk_ack_backlog) : 0;
	u32 most = asked ? BPF_CORE_READ(asked, sk_max_ack_backlog) : 0;

	pg_put_s64(s, 0, ret);
	pg_put_tuple(s, 1, sk, true, 0);
	pg_put_u8(s, 2, most ? (u64)queue * 100 / most : 0);
	pg_put_u32(s, 3, queue);
	pg_put_u32(s, 4, most);
}

static __always_inline void pg_finish_accept(struct scratch *s, struct task_struct *task, long ret)
{
	pg_close_block(s, task);
	pg_queue_fd_role(s, ret, PG_ROLE_SERVER | PG_ROLE_CONNECTED);
	pg_finish(s, PG_LOSS_OTHER);
}

PG_SYSCALL(accept)
{
	pg_begin(s, PPME_SOCKET_ACCEPT_5_X, PPME_SOCKET_ACCEPT_5_X_N, task->pid);
	pg_put_accept(s, task, PG_ARG(0), ret);
	pg_finish_accept(s, task, ret);
}

PG_SYSCALL(accept4)
{
	pg_begin(s, PPME_SOCKET_ACCEPT4_6_X, PPME_SOCKET_ACCEPT4_6_X_N, task->pid);
	pg_put_accept(s, task, PG_ARG(0), ret);
	pg_put_s32(s, 5, PG_ARG(3));
	pg_finish_accept(s, task, ret);
}

PG_SYSCALL(socket)
{
	u32 type = PG_ARG(1);

	pg_begin(s, PPME_SOCKET_SOCKET_X, PPME_SOCKET_SOCKET_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u32(s, 1, PG_ARG(0));
	pg_put_u32(s, 2, type);
	pg_put_u32(s, 3, PG_ARG(2));
	pg_put_u32(s, 4, (type & SOCK_NONBLOCK ? PPM_O_NONBLOCK : 0) | (type & SOCK_CLOEXEC ? PPM_O_CLOEXEC : 0));
	pg_finish_fd(s, task, ret);
}

PG_SYSCALL(socketpair)
{
	s32 ends[2] = { -1, -1 };
	struct sock *source, *peer = 0;

	if (ret == 0)
		bpf_probe_read_user(ends, sizeof(ends), (void *)PG_ARG(3));
	source = pg_sock_of_file(pg_file_of_fd(task, ends[0]));
	if (source)
		peer = BPF_CORE_READ((struct unix_sock *)source, peer);
	pg_begin(s, PPME_SOCKET_SOCKETPAIR_X, PPME_SOCKET_SOCKETPAIR_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, ends[0]);
	pg_put_s64(s, 2, ends[1]);
	pg_put_u64(s, 3, (u64)source);
	pg_put_u64(s, 4, (u64)peer);
	pg_put_u32(s, 5, PG_ARG(0));
	pg_put_u32(s, 6, PG_ARG(1));
	pg_put_u32(s, 7, PG_ARG(2));
	pg_finish_two_fds(s, task, ends[0], ends[1], PG_LOSS_OTHER);
}

PG_SYSCALL(getsockname)
{
	pg_begin(s, PPME_SOCKET_GETSOCKNAME_X, PPME_SOCKET_GETSOCKNAME_X_N, task->pid);
	pg_finish_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(getpeername)
{
	pg_begin(s, PPME_SOCKET_GETPEERNAME_X, PPME_SOCKET_GETPEERNAME_X_N, task->pid);
	pg_finish_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(shutdown)
{
	u32 how = PG_ARG(1);

	pg_begin(s, PPME_SOCKET_SHUTDOWN_X, PPME_SOCKET_SHUTDOWN_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	/* The kernel counts as the capture format does; the unknown one is cut to its byte. */
	pg_put_u8(s, 2, how <= PPM_SHUT_RDWR ? how : PPM_SHUT_UNKNOWN & 0xff);
	pg_finish_fd(s, task, PG_ARG(0));
}

#endif
