/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls that send and receive messages. */
#ifndef PG_SYSCALLS_MESSAGE_H
#define PG_SYSCALLS_MESSAGE_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "arch.h"
#include "kernel/object.h"
#include "record/deliver.h"
#include "record/scratch.h"
#include "record/trailer.h"
#include "syscalls/buffer.h"
#include "syscalls/call.h"
#include "syscalls/entry.h"

/* As many messages as the kernel takes in one call; fewer where loops are unrolled. */
#define MESSAGES 1024
#define MESSAGES_UNROLLED 4

/* A message as the caller describes it, of a `struct mmsghdr` with how much of it went. */
struct message {
	u64 name, pieces, count, control, control_len;
	u32 name_len, len;
};

static __always_inline bool read_message_of(struct task_struct *task, u64 from, struct message *m, bool with_len,
					     bool kept)
{
	if (is_compat(task)) {
		u32 raw[8] = {};

		if (kept ? bpf_probe_read_kernel(raw, with_len ? 32 : 28, (void *)from) :
			   bpf_probe_read_user(raw, with_len ? 32 : 28, (void *)from))
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

		if (kept ? bpf_probe_read_kernel(raw, with_len ? 64 : 56, (void *)from) :
			   bpf_probe_read_user(raw, with_len ? 64 : 56, (void *)from))
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

static __always_inline bool read_message(struct task_struct *task, u64 from, struct message *m, bool with_len)
{
	return read_message_of(task, from, m, with_len, false);
}

/* Has a message point where it did when the call began: what the call wrote are lengths. `kept`: its head. */
static __always_inline void point_as_kept(struct task_struct *task, struct message *m, u64 kept)
{
	struct message then = {};

	if (!read_message_of(task, kept, &then, false, true))
		return;
	m->name = then.name;
	m->pieces = then.pieces;
	m->count = then.count;
	m->control = then.control;
}

static __always_inline void put_control(struct scratch *s, u32 i, struct message *m)
{
	u32 start = s->pos;

	if (m->control)
		append_bytes(s, m->control, m->control_len);
	LEN(s, i) = s->pos - start;
}

/* Who the other end of a datagram socket is, into the small buffer: where the kernel has put the
 * address for the caller, and its length. */
static __always_inline u16 read_sender(struct scratch *s, u64 address, u64 len_at)
{
	u32 len = 0;

	if (len_at)
		bpf_probe_read_user(&len, sizeof(len), (void *)len_at);
	return read_address(s, address, len);
}

CALL(recvfrom)
{
	struct sock *sk = sock_of(file_of(task, ARG(0)));

	begin(s, PPME_SOCKET_RECVFROM_X, PPME_SOCKET_RECVFROM_X_N, task->pid);
	put_s64(s, 0, ret);
	put_data(s, 1, ARG(1), ret > 0 ? ret : 0);
	put_message_ends(s, 2, ret > 0 ? sk : 0, true, ret > 0 ? read_sender(s, ARG(4), ARG(5)) : 0);
	put_s64(s, 3, ARG_FD(0));
	put_u32(s, 4, ARG(2));
	end_with(s, task, ARG(0));
}

#define MSG_FASTOPEN 0x20000000

/* A send that makes its connection: told as the call that does only that. */
__noinline int tell_connection(struct scratch *s, s32 fd, s64 ret, u64 from, u32 len)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct wanted *wanted = wanted_now();
	struct file *file = file_of(task, fd);
	struct sock *sk = sock_of(file);
	u16 family = sk ? BPF_CORE_READ(sk, __sk_common.skc_family) : 0;
	bool done = ret >= 0 || ret == -EINPROGRESS;
	u16 given;

	if (!s || !sk || !wanted || !has(wanted->rows, PG_NR_CONNECT, PG_ROWS))
		return 0;
	if ((family != AF_INET && family != AF_INET6) || BPF_CORE_READ(sk, sk_type) != SOCK_STREAM)
		return 0;
	given = read_address(s, from, len);
	begin(s, PPME_SOCKET_CONNECT_X, PPME_SOCKET_CONNECT_X_N, task->pid);
	put_s64(s, 0, ret > 0 ? 0 : ret);
	put_tuple(s, 1, done ? sk : 0, false, given);
	put_s64(s, 2, fd);
	put_address(s, 3, given);
	close_block(s, task);
	if (file)
		fact_descriptor(s, task, fd, file, done ? PG_ROLE_CLIENT | (ret >= 0 ? PG_ROLE_CONNECTED : 0) : 0);
	send_now(s, PG_LOSS_CONNECT);
	return 0;
}

/* Whether a send is told as none: it is only looked at for the connections that it makes. */
static __always_inline bool only_connects(u32 mark)
{
	struct wanted *wanted = wanted_now();

	return wanted && has(wanted->rows, mark, PG_ROWS);
}

/* Where a path that was spoken to is looked for. */
static __always_inline void fact_root_of_name(struct scratch *s, struct sock *sk, u16 given, long ret)
{
	if (ret >= 0 && sk && names_file(s, given) && address_counts(sk, given))
		fact_root(s);
}

CALL(sendto)
{
	struct sock *sk = sock_of(file_of(task, ARG(0)));
	u16 given;

	if (ARG(3) & MSG_FASTOPEN)
		tell_connection(s, ARG(0), ret, ARG(4), ARG(5));
	if (only_connects(PG_ONLY_CONNECTS_SENDTO))
		return;
	given = read_message_address(s, sk, ARG(4), ARG(5));

	begin(s, PPME_SOCKET_SENDTO_X, PPME_SOCKET_SENDTO_X_N, task->pid);
	put_s64(s, 0, ret);
	put_data(s, 1, ARG(1), ret > 0 ? ret : ARG(2));
	put_s64(s, 2, ARG_FD(0));
	put_u32(s, 3, ARG(2));
	put_message_ends(s, 4, sk, false, given);
	close_block(s, task);
	fact_root_of_name(s, sk, given, ret);
	tell(s, ARG(0));
	send(s, PG_LOSS_OTHER);
}

CALL(recvmsg)
{
	struct sock *sk = sock_of(file_of(task, ARG(0)));
	struct message m = {};
	struct kept *k;
	s32 fd = ARG(0);

	begin(s, PPME_SOCKET_RECVMSG_X, PPME_SOCKET_RECVMSG_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u32(s, 1, ret > 0 ? ret : 0);
	if (ret > 0 && read_message(task, ARG(1), &m, false)) {
		k = kept_of(task, regs);
		if (k && k->len)
			point_as_kept(task, &m, (u64)k->bytes);
		put_pieces_kept(s, task, 2, m.pieces, m.count, ret, k ? (u64)&k->bytes[HEAD_MAX] : 0,
				k && k->len ? k->len - 1 : 0);
		put_message_ends(s, 3, sk, true, read_address(s, m.name, m.name_len));
		put_control(s, 4, &m);
	} else {
		put_nothing(s, 2);
		put_nothing(s, 3);
		put_nothing(s, 4);
	}
	put_s64(s, 5, fd);
	forget_kept(task);
	end_with(s, task, fd);
}

CALL(sendmsg)
{
	struct sock *sk = sock_of(file_of(task, ARG(0)));
	struct message m = {};
	u64 total;
	u16 given;

	read_message(task, ARG(1), &m, false);
	if (ARG(2) & MSG_FASTOPEN)
		tell_connection(s, ARG(0), ret, m.name, m.name_len);
	if (only_connects(PG_ONLY_CONNECTS_SENDMSG))
		return;
	given = read_message_address(s, sk, m.name, m.name_len);
	begin(s, PPME_SOCKET_SENDMSG_X, PPME_SOCKET_SENDMSG_X_N, task->pid);
	put_s64(s, 0, ret);
	total = put_pieces(s, task, 1, m.pieces, m.count, moved(ret));
	put_s64(s, 2, ARG_FD(0));
	put_u32(s, 3, total);
	put_message_ends(s, 4, sk, false, given);
	close_block(s, task);
	fact_root_of_name(s, sk, given, ret);
	tell(s, ARG(0));
	send(s, PG_LOSS_OTHER);
}

/* A call that moves many messages: one event for each that went, as Falco does. */
struct messages {
	struct scratch *s;
	struct task_struct *task;
	u64 from;
	s32 fd;
};

static __always_inline bool next_message(struct messages *all, u32 n, struct message *m)
{
	u64 width = is_compat(bpf_get_current_task_btf()) ? 32 : 64;

	return read_message(bpf_get_current_task_btf(), all->from + n * width, m, true);
}

/* Ends one of many events of a call: each tells the descriptor itself. `given`: of the address in the small
 * buffer, where it was sent to one. */
static __always_inline void end_one(struct scratch *s, struct task_struct *task, s32 fd, u16 given)
{
	struct file *file = file_of(task, fd);

	close_block(s, task);
	fact_root_of_name(s, sock_of(file), given, 0);
	if (file)
		fact_descriptor(s, task, fd, file, 0);
	send_now(s, PG_LOSS_OTHER);
}

/* What the entry of a call with many messages kept, where message `n` is among it. */
static __always_inline struct kept *kept_message(u32 n)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct kept *k = kept_of(task, (struct pt_regs *)bpf_task_pt_regs(task));

	return k && n < k->len && n < KEPT_MESSAGES ? k : 0;
}

/* Where message `n` was sent to, into the small buffer. The call writes into the heads of messages, where the
 * address of a later one may lie. */
static __always_inline u16 read_kept_address(struct scratch *s, struct sock *sk, struct message *m, u32 n)
{
	struct kept *k = kept_message(n);
	u32 at = n * KEPT_MESSAGE & (KEPT_MAX - KEPT_MESSAGE);

	if (!k)
		return read_message_address(s, sk, m->name, m->name_len);
	*(u16 *)s->small = 0;
	if (*(u32 *)&k->bytes[at + 124] < 2 || bpf_probe_read_kernel(s->small, ADDRESS_MAX, &k->bytes[at]))
		return 0;
	return message_family(s, sk, *(u32 *)&k->bytes[at + 124]);
}

static long tell_received(u32 n, void *context)
{
	struct messages *all = context;
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = all->s;
	struct message m = {};
	struct kept *k = kept_message(n);
	u64 kept = 0;
	u32 pieces = 0;

	if (!next_message(all, n, &m))
		return 0;
	if (k) {
		kept = (u64)&k->bytes[n * KEPT_MESSAGE & (KEPT_MAX - KEPT_MESSAGE)];
		point_as_kept(task, &m, kept);
		kept += HEAD_MAX;
		pieces = m.count < 4 ? m.count : 4;
	}
	begin(s, PPME_SOCKET_RECVMMSG_X, PPME_SOCKET_RECVMMSG_X_N, task->pid);
	put_s64(s, 0, m.len);
	put_s64(s, 1, all->fd);
	put_u32(s, 2, m.len);
	put_pieces_kept(s, task, 3, m.pieces, m.count, m.len, kept, pieces);
	put_message_ends(s, 4, sock_of(file_of(task, all->fd)), true, read_address(s, m.name, m.name_len));
	put_control(s, 5, &m);
	end_one(s, task, all->fd, 0);
	return 0;
}

static long tell_sent(u32 n, void *context)
{
	struct messages *all = context;
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = all->s;
	struct message m = {};
	struct sock *sk;
	u16 given;
	u32 at;

	if (!next_message(all, n, &m))
		return 0;
	begin(s, PPME_SOCKET_SENDMMSG_X, PPME_SOCKET_SENDMMSG_X_N, task->pid);
	put_s64(s, 0, m.len);
	put_s64(s, 1, all->fd);
	at = s->pos;
	put_u32(s, 2, 0);
	*(u32 *)&s->data[at & DATA_MASK] = put_pieces(s, task, 3, m.pieces, m.count, moved(m.len));
	sk = sock_of(file_of(task, all->fd));
	given = read_kept_address(s, sk, &m, n);
	put_message_ends(s, 4, sk, false, given);
	end_one(s, task, all->fd, given);
	return 0;
}

#define EACH_MESSAGE(tell)                                                                                   \
	struct messages all = { .s = s, .from = ARG(1), .fd = ARG(0) };                                     \
                                                                                                             \
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {                                  \
		bpf_loop(ret < MESSAGES ? ret : MESSAGES, tell, &all, 0);                                   \
	} else {                                                                                             \
		for (u32 n = 0; n < MESSAGES_UNROLLED && n < ret; n++)                                      \
			tell(n, &all);                                                                       \
		if (ret > MESSAGES_UNROLLED)                                                                 \
			lose(PG_LOSS_OTHER);                                                                    \
	}

CALL(recvmmsg)
{
	if (ret > 0) {
		EACH_MESSAGE(tell_received)
		forget_kept(task);
		return;
	}
	begin(s, PPME_SOCKET_RECVMMSG_X, PPME_SOCKET_RECVMMSG_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u32(s, 2, 0);
	put_nothing(s, 3);
	put_nothing(s, 4);
	put_nothing(s, 5);
	end_with(s, task, ARG(0));
}

CALL(sendmmsg)
{
	if (ARG(3) & MSG_FASTOPEN) {
		struct message m = {};

		read_message(task, ARG(1), &m, true);
		tell_connection(s, ARG(0), ret, m.name, m.name_len);
	}
	if (only_connects(PG_ONLY_CONNECTS_SENDMMSG))
		return;
	if (ret > 0) {
		EACH_MESSAGE(tell_sent)
		forget_kept(task);
		return;
	}
	begin(s, PPME_SOCKET_SENDMMSG_X, PPME_SOCKET_SENDMMSG_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u32(s, 2, 0);
	put_nothing(s, 3);
	put_nothing(s, 4);
	end_with(s, task, ARG(0));
}

#endif
