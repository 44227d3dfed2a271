/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls that send and receive messages. */
#ifndef PG_SYSCALLS_MESSAGE_H
#define PG_SYSCALLS_MESSAGE_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "arch.h"
#include "kernel/object.h"
#include "record/deliver.h"
#include "record/scratch.h"
#include "record/trailer.h"
#include "syscalls/buffer.h"
#include "syscalls/call.h"
#include "syscalls/entry_args.h"

/* As many messages as the kernel takes in one call; fewer where loops are unrolled. */
#define PG_MESSAGES_MAX 1024
#define PG_MESSAGES_UNROLLED 4

/* A message as the caller describes it, of a `struct mmsghdr` with how much of it went. */
struct msghdr_fields {
	u64 name, pieces, count, control, control_len;
	u32 name_len, len;
};

static __always_inline bool pg_read_msghdr_of(struct task_struct *task, u64 from, struct msghdr_fields *m,
					      bool with_len, bool kept)
{
	if (pg_is_compat(task)) {
		u32 raw[8] = {};

		if (kept ? bpf_probe_read_kernel(raw, with_len ? 32 : 28, (void *)from)
			 : bpf_probe_read_user(raw, with_len ? 32 : 28, (void *)from))
			return false;
		m->name = raw[0];
		m->name_len = raw[1];
		m->pieces = raw[2];
		m->count = raw[3];
		m->control = raw[4];
		m->control_len = raw[5];
		m->len = raw[7];
	} else {
		u64 raw[8] = {};

		if (kept ? bpf_probe_read_kernel(raw, with_len ? 64 : 56, (void *)from)
			 : bpf_probe_read_user(raw, with_len ? 64 : 56, (void *)from))
			return false;
		m->name = raw[0];
		m->name_len = raw[1];
		m->pieces = raw[2];
		m->count = raw[3];
		m->control = raw[4];
		m->control_len = raw[5];
		m->len = raw[7];
	}
	return true;
}

static __always_inline bool pg_read_msghdr(struct task_struct *task, u64 from, struct msghdr_fields *m, bool with_len)
{
	return pg_read_msghdr_of(task, from, m, with_len, false);
}

/* Has a message point where it did when the call began: what the call wrote are lengths. `kept`: its head. */
static __always_inline void pg_restore_pointers(struct task_struct *task, struct msghdr_fields *m, u64 kept)
{
	struct msghdr_fields then = {};

	if (!pg_read_msghdr_of(task, kept, &then, false, true))
		return;
	m->name = then.name;
	m->pieces = then.pieces;
	m->count = then.count;
	m->control = then.control;
}

static __always_inline void pg_put_control(struct scratch *s, u32 i, struct msghdr_fields *m)
{
	u32 start = s->pos;

	if (m->control)
		pg_append_bytes(s, m->control, m->control_len);
	PG_LEN(s, i) = s->pos - start;
}

/* Who the other end of a datagram socket is, into the small buffer: where the kernel has put the
 * address for the caller, and its length. */
static __always_inline u16 pg_read_sender(struct scratch *s, u64 address, u64 len_at)
{
	u32 len = 0;

	if (len_at)
		bpf_probe_read_user(&len, sizeof(len), (void *)len_at);
	return pg_read_sockaddr(s, address, len);
}

PG_SYSCALL(recvfrom)
{
	struct sock *sk = pg_sock_of_file(pg_file_of_fd(task, PG_ARG(0)));

	pg_begin(s, PPME_SOCKET_RECVFROM_X, PPME_SOCKET_RECVFROM_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_data(s, 1, PG_ARG(1), ret > 0 ? ret : 0);
	pg_put_message_tuple(s, 2, ret > 0 ? sk : 0, true, ret > 0 ? pg_read_sender(s, PG_ARG(4), PG_ARG(5)) : 0);
	pg_put_s64(s, 3, PG_ARG_FD(0));
	pg_put_u32(s, 4, PG_ARG(2));
	pg_finish_fd(s, task, PG_ARG(0));
}

#define MSG_FASTOPEN 0x20000000

/* A send that makes its connection: reported as the call that does only that. */
__noinline int pg_emit_connect(struct scratch *s, s32 fd, s64 ret, u64 from, u32 len)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct interest *wanted = pg_interest();
	struct file *file = pg_file_of_fd(task, fd);
	struct sock *sk = pg_sock_of_file(file);
	u16 family = sk ? BPF_CORE_READ(sk, __sk_common.skc_family) : 0;
	bool done = ret >= 0 || ret == -EINPROGRESS;
	u16 given;

	if (!s || !sk || !wanted || !pg_has_bit(wanted->rows, PG_NR_CONNECT, PG_ROWS))
		return 0;
	if ((family != AF_INET && family != AF_INET6) || BPF_CORE_READ(sk, sk_type) != SOCK_STREAM)
		return 0;
	given = pg_read_sockaddr(s, from, len);
	pg_begin(s, PPME_SOCKET_CONNECT_X, PPME_SOCKET_CONNECT_X_N, task->pid);
	pg_put_s64(s, 0, ret > 0 ? 0 : ret);
	pg_put_tuple(s, 1, done ? sk : 0, false, given);
	pg_put_s64(s, 2, fd);
	pg_put_sockaddr(s, 3, given);
	pg_close_block(s, task);
	if (file)
		pg_trailer_descriptor(s, task, fd, file,
				      done ? PG_ROLE_CLIENT | (ret >= 0 ? PG_ROLE_CONNECTED : 0) : 0);
	pg_submit(s, PG_LOSS_CONNECT);
	return 0;
}

/* Whether a send is reported as none: it is only looked at for the connections that it makes. */
static __always_inline bool pg_only_connects(u32 mark)
{
	struct interest *wanted = pg_interest();

	return wanted && pg_has_bit(wanted->rows, mark, PG_ROWS);
}

/* Where a path that was spoken to is looked for. */
static __always_inline void pg_trailer_root_of_name(struct scratch *s, struct sock *sk, u16 given, long ret)
{
	if (ret >= 0 && sk && pg_names_file(s, given) && pg_address_counts(sk, given))
		pg_trailer_root(s);
}

PG_SYSCALL(sendto)
{
	struct sock *sk = pg_sock_of_file(pg_file_of_fd(task, PG_ARG(0)));
	u16 given;

	if (PG_ARG(3) & MSG_FASTOPEN)
		pg_emit_connect(s, PG_ARG(0), ret, PG_ARG(4), PG_ARG(5));
	if (pg_only_connects(PG_ONLY_CONNECTS_SENDTO))
		return;
	given = pg_read_message_address(s, sk, PG_ARG(4), PG_ARG(5));

	pg_begin(s, PPME_SOCKET_SENDTO_X, PPME_SOCKET_SENDTO_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_data(s, 1, PG_ARG(1), ret > 0 ? ret : PG_ARG(2));
	pg_put_s64(s, 2, PG_ARG_FD(0));
	pg_put_u32(s, 3, PG_ARG(2));
	pg_put_message_tuple(s, 4, sk, false, given);
	pg_close_block(s, task);
	pg_trailer_root_of_name(s, sk, given, ret);
	pg_queue_fd(s, PG_ARG(0));
	pg_finish(s, PG_LOSS_OTHER);
}

PG_SYSCALL(recvmsg)
{
	struct sock *sk = pg_sock_of_file(pg_file_of_fd(task, PG_ARG(0)));
	struct msghdr_fields m = {};
	struct entry_args *k;
	s32 fd = PG_ARG(0);

	pg_begin(s, PPME_SOCKET_RECVMSG_X, PPME_SOCKET_RECVMSG_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u32(s, 1, ret > 0 ? ret : 0);
	if (ret > 0 && pg_read_msghdr(task, PG_ARG(1), &m, false)) {
		k = pg_entry_args(task, regs);
		if (k && k->len)
			pg_restore_pointers(task, &m, (u64)k->bytes);
		pg_put_saved_iovecs(s, task, 2, m.pieces, m.count, ret, k ? (u64)&k->bytes[PG_MSGHDR_MAX] : 0,
				    k && k->len ? k->len - 1 : 0);
		pg_put_message_tuple(s, 3, sk, true, pg_read_sockaddr(s, m.name, m.name_len));
		pg_put_control(s, 4, &m);
	} else {
		pg_put_empty(s, 2);
		pg_put_empty(s, 3);
		pg_put_empty(s, 4);
	}
	pg_put_s64(s, 5, fd);
	pg_forget_entry_args(task);
	pg_finish_fd(s, task, fd);
}

PG_SYSCALL(sendmsg)
{
	struct sock *sk = pg_sock_of_file(pg_file_of_fd(task, PG_ARG(0)));
	struct msghdr_fields m = {};
	u64 total;
	u16 given;

	pg_read_msghdr(task, PG_ARG(1), &m, false);
	if (PG_ARG(2) & MSG_FASTOPEN)
		pg_emit_connect(s, PG_ARG(0), ret, m.name, m.name_len);
	if (pg_only_connects(PG_ONLY_CONNECTS_SENDMSG))
		return;
	given = pg_read_message_address(s, sk, m.name, m.name_len);
	pg_begin(s, PPME_SOCKET_SENDMSG_X, PPME_SOCKET_SENDMSG_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	total = pg_put_iovecs(s, task, 1, m.pieces, m.count, pg_data_len(ret));
	pg_put_s64(s, 2, PG_ARG_FD(0));
	pg_put_u32(s, 3, total);
	pg_put_message_tuple(s, 4, sk, false, given);
	pg_close_block(s, task);
	pg_trailer_root_of_name(s, sk, given, ret);
	pg_queue_fd(s, PG_ARG(0));
	pg_finish(s, PG_LOSS_OTHER);
}

/* A call that moves many messages: one event for each that went, as Falco does. */
struct mmsg {
	struct scratch *s;
	struct task_struct *task;
	u64 from;
	s32 fd;
};

static __always_inline bool pg_next_message(struct mmsg *all, u32 n, struct msghdr_fields *m)
{
	u64 width = pg_is_compat(bpf_get_current_task_btf()) ? 32 : 64;

	return pg_read_msghdr(bpf_get_current_task_btf(), all->from + n * width, m, true);
}

/* Ends one of many events of a call: each reports the descriptor itself. `given`: of the address in the small
 * buffer, where it was sent to one. */
static __always_inline void pg_finish_message(struct scratch *s, struct task_struct *task, s32 fd, u16 given)
{
	struct file *file = pg_file_of_fd(task, fd);

	pg_close_block(s, task);
	pg_trailer_root_of_name(s, pg_sock_of_file(file), given, 0);
	if (file)
		pg_trailer_descriptor(s, task, fd, file, 0);
	pg_submit(s, PG_LOSS_OTHER);
}

/* What the entry of a call with many messages kept, where message `n` is among it. */
static __always_inline struct entry_args *pg_entry_message(u32 n)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct entry_args *k = pg_entry_args(task, (struct pt_regs *)bpf_task_pt_regs(task));

	return k && n < k->len && n < PG_ENTRY_MESSAGES_MAX ? k : 0;
}

/* Where message `n` was sent to, into the small buffer. The call writes into the heads of messages, where the
 * address of a later one may lie. */
static __always_inline u16 pg_read_entry_sockaddr(struct scratch *s, struct sock *sk, struct msghdr_fields *m, u32 n)
{
	struct entry_args *k = pg_entry_message(n);
	u32 at = n * PG_ENTRY_MESSAGE_SIZE & (PG_ENTRY_BYTES_MAX - PG_ENTRY_MESSAGE_SIZE);

	if (!k)
		return pg_read_message_address(s, sk, m->name, m->name_len);
	*(u16 *)s->small = 0;
	if (*(u32 *)&k->bytes[at + 124] < 2 || bpf_probe_read_kernel(s->small, PG_SOCKADDR_MAX, &k->bytes[at]))
		return 0;
	return pg_message_family(s, sk, *(u32 *)&k->bytes[at + 124]);
}

static long pg_emit_received(u32 n, void *context)
{
	struct mmsg *all = context;
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = all->s;
	struct msghdr_fields m = {};
	struct entry_args *k = pg_entry_message(n);
	u64 kept = 0;
	u32 pieces = 0;

	if (!pg_next_message(all, n, &m))
		return 0;
	if (k) {
		kept = (u64)&k->bytes[n * PG_ENTRY_MESSAGE_SIZE & (PG_ENTRY_BYTES_MAX - PG_ENTRY_MESSAGE_SIZE)];
		pg_restore_pointers(task, &m, kept);
		kept += PG_MSGHDR_MAX;
		pieces = m.count < 4 ? m.count : 4;
	}
	pg_begin(s, PPME_SOCKET_RECVMMSG_X, PPME_SOCKET_RECVMMSG_X_N, task->pid);
	pg_put_s64(s, 0, m.len);
	pg_put_s64(s, 1, all->fd);
	pg_put_u32(s, 2, m.len);
	pg_put_saved_iovecs(s, task, 3, m.pieces, m.count, m.len, kept, pieces);
	pg_put_message_tuple(s, 4, pg_sock_of_file(pg_file_of_fd(task, all->fd)), true,
			     pg_read_sockaddr(s, m.name, m.name_len));
	pg_put_control(s, 5, &m);
	pg_finish_message(s, task, all->fd, 0);
	return 0;
}

static long pg_emit_sent(u32 n, void *context)
{
	struct mmsg *all = context;
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = all->s;
	struct msghdr_fields m = {};
	struct sock *sk;
	u16 given;
	u32 at;

	if (!pg_next_message(all, n, &m))
		return 0;
	pg_begin(s, PPME_SOCKET_SENDMMSG_X, PPME_SOCKET_SENDMMSG_X_N, task->pid);
	pg_put_s64(s, 0, m.len);
	pg_put_s64(s, 1, all->fd);
	at = s->pos;
	pg_put_u32(s, 2, 0);
	*(u32 *)&s->data[at & PG_DATA_MASK] = pg_put_iovecs(s, task, 3, m.pieces, m.count, pg_data_len(m.len));
	sk = pg_sock_of_file(pg_file_of_fd(task, all->fd));
	given = pg_read_entry_sockaddr(s, sk, &m, n);
	pg_put_message_tuple(s, 4, sk, false, given);
	pg_finish_message(s, task, all->fd, given);
	return 0;
}

#define PG_EACH_MESSAGE(pg_queue_fd)                                                           \
	struct mmsg all = { .s = s, .from = PG_ARG(1), .fd = PG_ARG(0) };                      \
                                                                                               \
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {                     \
		bpf_loop(ret < PG_MESSAGES_MAX ? ret : PG_MESSAGES_MAX, pg_queue_fd, &all, 0); \
	} else {                                                                               \
		for (u32 n = 0; n < PG_MESSAGES_UNROLLED && n < ret; n++)                      \
			pg_queue_fd(n, &all);                                                  \
		if (ret > PG_MESSAGES_UNROLLED)                                                \
			pg_count_loss(PG_LOSS_OTHER);                                          \
	}

PG_SYSCALL(recvmmsg)
{
	if (ret > 0) {
		PG_EACH_MESSAGE(pg_emit_received)
		pg_forget_entry_args(task);
		return;
	}
	pg_begin(s, PPME_SOCKET_RECVMMSG_X, PPME_SOCKET_RECVMMSG_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u32(s, 2, 0);
	pg_put_empty(s, 3);
	pg_put_empty(s, 4);
	pg_put_empty(s, 5);
	pg_finish_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(sendmmsg)
{
	if (PG_ARG(3) & MSG_FASTOPEN) {
		struct msghdr_fields m = {};

		pg_read_msghdr(task, PG_ARG(1), &m, true);
		pg_emit_connect(s, PG_ARG(0), ret, m.name, m.name_len);
	}
	if (pg_only_connects(PG_ONLY_CONNECTS_SENDMMSG))
		return;
	if (ret > 0) {
		PG_EACH_MESSAGE(pg_emit_sent)
		pg_forget_entry_args(task);
		return;
	}
	pg_begin(s, PPME_SOCKET_SENDMMSG_X, PPME_SOCKET_SENDMMSG_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u32(s, 2, 0);
	pg_put_empty(s, 3);
	pg_put_empty(s, 4);
	pg_finish_fd(s, task, PG_ARG(0));
}

#endif
