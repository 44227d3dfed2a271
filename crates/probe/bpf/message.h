/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls that send and receive messages. */
#ifndef PEREGRINE_MESSAGE_H
#define PEREGRINE_MESSAGE_H

/* As many messages as the kernel takes in one call; fewer where loops are unrolled. */
#define MESSAGES 1024
#define MESSAGES_UNROLLED 4

/* A message as the caller describes it, of a `struct mmsghdr` with how much of it went. */
struct message {
	u64 name, pieces, count, control, control_len;
	u32 name_len, len;
};

static __always_inline bool read_message(struct task_struct *task, u64 from, struct message *m, bool with_len)
{
	if (is_compat(task)) {
		u32 raw[8] = {};

		if (bpf_probe_read_user(raw, with_len ? 32 : 28, (void *)from))
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

		if (bpf_probe_read_user(raw, with_len ? 64 : 56, (void *)from))
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
	put_tuple(s, 2, ret > 0 ? sk : 0, true, ret > 0 ? read_sender(s, ARG(4), ARG(5)) : 0);
	put_s64(s, 3, ARG_FD(0));
	put_u32(s, 4, ARG(2));
	end_with(s, task, ARG(0));
}

CALL(sendto)
{
	struct sock *sk = sock_of(file_of(task, ARG(0)));

	begin(s, PPME_SOCKET_SENDTO_X, PPME_SOCKET_SENDTO_X_N, task->pid);
	put_s64(s, 0, ret);
	put_data(s, 1, ARG(1), ret > 0 ? ret : ARG(2));
	put_s64(s, 2, ARG_FD(0));
	put_u32(s, 3, ARG(2));
	put_tuple(s, 4, sk, false, read_address(s, ARG(4), ARG(5)));
	end_with(s, task, ARG(0));
}

CALL(recvmsg)
{
	struct sock *sk = sock_of(file_of(task, ARG(0)));
	struct message m = {};

	begin(s, PPME_SOCKET_RECVMSG_X, PPME_SOCKET_RECVMSG_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u32(s, 1, ret > 0 ? ret : 0);
	if (ret > 0 && read_message(task, ARG(1), &m, false)) {
		put_pieces(s, task, 2, m.pieces, m.count, ret);
		put_tuple(s, 3, sk, true, read_address(s, m.name, m.name_len));
		put_control(s, 4, &m);
	} else {
		put_nothing(s, 2);
		put_nothing(s, 3);
		put_nothing(s, 4);
	}
	put_s64(s, 5, ARG_FD(0));
	end_with(s, task, ARG(0));
}

CALL(sendmsg)
{
	struct sock *sk = sock_of(file_of(task, ARG(0)));
	struct message m = {};
	u64 total;

	read_message(task, ARG(1), &m, false);
	begin(s, PPME_SOCKET_SENDMSG_X, PPME_SOCKET_SENDMSG_X_N, task->pid);
	put_s64(s, 0, ret);
	total = put_pieces(s, task, 1, m.pieces, m.count, moved(ret));
	put_s64(s, 2, ARG_FD(0));
	put_u32(s, 3, total);
	put_tuple(s, 4, sk, false, read_address(s, m.name, m.name_len));
	end_with(s, task, ARG(0));
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

/* Ends one of many events of a call: each tells the descriptor itself. */
static __always_inline void end_one(struct scratch *s, struct task_struct *task, s32 fd)
{
	struct file *file = file_of(task, fd);

	close_block(s, task);
	if (file)
		fact_descriptor(s, task, fd, file, 0);
	send_now(s, LOSS_OTHER);
}

static long tell_received(u32 n, void *context)
{
	struct messages *all = context;
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = all->s;
	struct message m = {};

	if (!next_message(all, n, &m))
		return 0;
	begin(s, PPME_SOCKET_RECVMMSG_X, PPME_SOCKET_RECVMMSG_X_N, task->pid);
	put_s64(s, 0, m.len);
	put_s64(s, 1, all->fd);
	put_u32(s, 2, m.len);
	put_pieces(s, task, 3, m.pieces, m.count, m.len);
	put_tuple(s, 4, sock_of(file_of(task, all->fd)), true, read_address(s, m.name, m.name_len));
	put_control(s, 5, &m);
	end_one(s, task, all->fd);
	return 0;
}

static long tell_sent(u32 n, void *context)
{
	struct messages *all = context;
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = all->s;
	struct message m = {};
	u32 at;

	if (!next_message(all, n, &m))
		return 0;
	begin(s, PPME_SOCKET_SENDMMSG_X, PPME_SOCKET_SENDMMSG_X_N, task->pid);
	put_s64(s, 0, m.len);
	put_s64(s, 1, all->fd);
	at = s->pos;
	put_u32(s, 2, 0);
	*(u32 *)&s->data[at & DATA_MASK] = put_pieces(s, task, 3, m.pieces, m.count, moved(m.len));
	put_tuple(s, 4, sock_of(file_of(task, all->fd)), false, read_address(s, m.name, m.name_len));
	end_one(s, task, all->fd);
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
			lose(LOSS_OTHER);                                                                    \
	}

CALL(recvmmsg)
{
	if (ret > 0) {
		EACH_MESSAGE(tell_received)
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
	if (ret > 0) {
		EACH_MESSAGE(tell_sent)
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
