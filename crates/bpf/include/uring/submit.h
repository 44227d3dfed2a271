/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What is kept of a request when it is submitted. */
#ifndef PG_URING_SUBMIT_H
#define PG_URING_SUBMIT_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "arch.h"
#include "kernel/object.h"
#include "record/scratch.h"
#include "uring/request.h"

/* A worker of the kernel's that is a thread of the process: the one that polls a submission queue. */
#define PF_IO_WORKER 0x10

#define PG_URING_COMMAND(type) ((struct type *)((char *)req + bpf_core_field_offset(struct io_kiocb, file)))
/* A kernel without the operation does not have its type either, and never comes here. */
#define PG_URING_ARG(type, field) (bpf_core_type_exists(struct type) ? BPF_CORE_READ(PG_URING_COMMAND(type), field) : 0)

static __always_inline void pg_uring_save_name(struct uring_request *p, struct filename *name)
{
	long n = bpf_probe_read_kernel_str(pg_uring_text(p), PG_STR_MAX, BPF_CORE_READ(name, name));

	p->len = n > 0 ? n : 0;
}

static __always_inline void pg_uring_save_names(struct uring_request *p, struct filename *one, struct filename *two)
{
	u32 at;
	long n;

	pg_uring_save_name(p, one);
	at = p->len;
	barrier_var(at);
	at &= 2 * PG_STR_MAX - 1;
	n = bpf_probe_read_kernel_str((u8 *)pg_uring_text(p) + at, PG_STR_MAX, BPF_CORE_READ(two, name));
	p->len2 = n > 0 ? n : 0;
}

static __always_inline void pg_uring_save_user(struct uring_request *p, u32 at, u64 from, u32 len, u32 most)
{
	if (len > most)
		len = most;
	/* So that the compiler keeps the mask the verifier needs. */
	barrier_var(len);
	len &= 127;
	if (len)
		bpf_probe_read_user((u8 *)pg_uring_text(p) + at, len, (void *)from);
}

static __always_inline bool pg_is_socket_family(u64 head)
{
	u16 family = head;

	return family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK;
}

/* The address of a socket, as the kernel has copied it: where what is kept of the request begins, or
 * before 6.19 (and corrections of older ones) within a message's. No type says which. `given`: where it
 * was copied from, if that is known. */
static __always_inline void pg_uring_save_sockaddr(struct uring_request *p, struct io_kiocb *req, u64 given, u32 len)
{
	u8 *from = BPF_CORE_READ(req, async_data);
	u8 *within = from + bpf_core_field_offset(struct io_async_msghdr, addr);
	u64 first = 0, second = 0, asked = 0;

	p->len = len < PG_SOCKADDR_MAX ? len : PG_SOCKADDR_MAX - 1;
	__builtin_memset(pg_uring_text(p), 0, PG_URING_DATA_AT);
	if (!from)
		return;
	bpf_probe_read_kernel(&first, sizeof(first), from);
	bpf_probe_read_kernel(&second, sizeof(second), within);
	if (given)
		bpf_probe_read_user(&asked, sizeof(asked), (void *)given);
	if (!pg_is_socket_family(first) || (given && first != asked && second == asked))
		from = within;
	len = p->len;
	barrier_var(len);
	len &= 127;
	if (len)
		bpf_probe_read_kernel(pg_uring_text(p), len, from);
}

static __always_inline void pg_uring_save_given_sockaddr(struct uring_request *p, u64 from, u32 len)
{
	p->len = len < PG_SOCKADDR_MAX ? len : PG_SOCKADDR_MAX - 1;
	__builtin_memset(pg_uring_text(p), 0, PG_URING_DATA_AT);
	pg_uring_save_user(p, 0, from, p->len, PG_SOCKADDR_MAX - 1);
}

/* A message in the user's memory: its address, how much its first piece holds, and of that the first bytes. */
static __always_inline void pg_uring_save_message(struct uring_request *p, struct io_kiocb *req, bool sent)
{
	u64 raw[7] = {}, piece[2] = {};

	p->user = (u64)PG_URING_ARG(io_sr_msg, buf);
	p->flags = PG_URING_ARG(io_sr_msg, msg_flags);
	if (bpf_probe_read_user(raw, sizeof(raw), (void *)p->user))
		return;
	if (sent)
		pg_uring_save_given_sockaddr(p, raw[0], raw[1]);
	if (!raw[3] || bpf_probe_read_user(piece, sizeof(piece), (void *)raw[2]))
		return;
	p->user = piece[0];
	p->mode = piece[1];
	p->len2 = piece[1] < PG_SNAPLEN ? piece[1] : PG_SNAPLEN;
	if (sent)
		pg_uring_save_user(p, PG_URING_DATA_AT, piece[0], p->len2, PG_SNAPLEN);
}

static __always_inline void pg_uring_save_data(struct uring_request *p, struct io_kiocb *req, bool sent)
{
	u32 len = PG_URING_ARG(io_sr_msg, len);

	p->user = (u64)PG_URING_ARG(io_sr_msg, buf);
	p->mode = len;
	p->flags = PG_URING_ARG(io_sr_msg, msg_flags);
	p->len2 = len < PG_SNAPLEN ? len : PG_SNAPLEN;
	if (sent)
		pg_uring_save_user(p, PG_URING_DATA_AT, p->user, p->len2, PG_SNAPLEN);
}

static __always_inline void pg_uring_save_args(struct uring_request *p, struct io_kiocb *req)
{
	switch (p->opcode) {
	case PG_OP_OPENAT:
	case PG_OP_OPENAT2:
		p->fd = PG_URING_ARG(io_open, dfd);
		/* The kernel adds the last one to what was asked for. */
		p->flags = PG_URING_ARG(io_open, how.flags) & ~(u64)O_LARGEFILE;
		p->mode = PG_URING_ARG(io_open, how.mode);
		p->resolve = PG_URING_ARG(io_open, how.resolve);
		p->slot = PG_URING_ARG(io_open, file_slot);
		pg_uring_save_name(p, PG_URING_ARG(io_open, filename));
		break;
	case PG_OP_UNLINKAT:
		p->fd = PG_URING_ARG(io_unlink, dfd);
		p->flags = PG_URING_ARG(io_unlink, flags);
		pg_uring_save_name(p, PG_URING_ARG(io_unlink, filename));
		break;
	case PG_OP_MKDIRAT:
		p->fd = PG_URING_ARG(io_mkdir, dfd);
		p->mode = PG_URING_ARG(io_mkdir, mode);
		pg_uring_save_name(p, PG_URING_ARG(io_mkdir, filename));
		break;
	case PG_OP_RENAMEAT:
		p->fd = PG_URING_ARG(io_rename, old_dfd);
		p->fd2 = PG_URING_ARG(io_rename, new_dfd);
		p->flags = PG_URING_ARG(io_rename, flags);
		pg_uring_save_names(p, PG_URING_ARG(io_rename, oldpath), PG_URING_ARG(io_rename, newpath));
		break;
	case PG_OP_SYMLINKAT:
	case PG_OP_LINKAT:
		p->fd = PG_URING_ARG(io_link, old_dfd);
		p->fd2 = PG_URING_ARG(io_link, new_dfd);
		p->flags = PG_URING_ARG(io_link, flags);
		pg_uring_save_names(p, PG_URING_ARG(io_link, oldpath), PG_URING_ARG(io_link, newpath));
		break;
	case PG_OP_CONNECT:
		if (bpf_core_type_exists(struct io_async_connect))
			pg_uring_save_given_sockaddr(p, (u64)PG_URING_ARG(io_connect, addr),
						     PG_URING_ARG(io_connect, addr_len));
		else
			pg_uring_save_sockaddr(p, req, (u64)PG_URING_ARG(io_connect, addr),
					       PG_URING_ARG(io_connect, addr_len));
		break;
	case PG_OP_BIND: pg_uring_save_sockaddr(p, req, 0, PG_URING_ARG(io_bind, addr_len)); break;
	case PG_OP_LISTEN: p->flags = PG_URING_ARG(io_listen, backlog); break;
	case PG_OP_ACCEPT:
		p->flags = PG_URING_ARG(io_accept, flags);
		p->slot = PG_URING_ARG(io_accept, file_slot);
		break;
	case PG_OP_SOCKET:
		p->fd2 = PG_URING_ARG(io_socket, domain);
		p->flags = PG_URING_ARG(io_socket, type);
		p->mode = PG_URING_ARG(io_socket, protocol);
		p->slot = PG_URING_ARG(io_socket, file_slot);
		break;
	case PG_OP_SHUTDOWN: p->flags = PG_URING_ARG(io_shutdown, how); break;
	case PG_OP_CLOSE:
		p->fd = PG_URING_ARG(io_close, fd);
		p->slot = PG_URING_ARG(io_close, file_slot);
		break;
	case PG_OP_SEND:
	case PG_OP_SEND_ZC: pg_uring_save_data(p, req, true); break;
	case PG_OP_RECV: pg_uring_save_data(p, req, false); break;
	case PG_OP_SENDMSG:
	case PG_OP_SENDMSG_ZC: pg_uring_save_message(p, req, true); break;
	case PG_OP_RECVMSG: pg_uring_save_message(p, req, false); break;
	}
}

static __always_inline u32 pg_uring_loss_class(u8 opcode)
{
	switch (opcode) {
	case PG_OP_OPENAT:
	case PG_OP_OPENAT2: return PG_LOSS_OPEN;
	case PG_OP_CONNECT: return PG_LOSS_CONNECT;
	case PG_OP_CLOSE: return PG_LOSS_CLOSE;
	case PG_OP_RENAMEAT:
	case PG_OP_UNLINKAT:
	case PG_OP_MKDIRAT:
	case PG_OP_SYMLINKAT:
	case PG_OP_LINKAT: return PG_LOSS_DIR_FILE;
	}
	return PG_LOSS_OTHER;
}

/* Not inlined: its stack would be counted with that of the chain that emits a former request, which is
 * more than kernels allow that count in steps of 32 bytes (before 6.8). Static, since these kernels let no
 * map be changed from memory a function was given. */
static __noinline void pg_uring_save(struct uring_request *p, struct io_kiocb *req, u8 opcode)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 flags = BPF_CORE_READ(req, flags), key = (u64)req;
	u32 text;
	long kept;

	__builtin_memset(p, 0, sizeof(*p));
	p->task = (u64)task;
	p->start = task->start_boottime;
	p->at = bpf_ktime_get_boot_ns();
	p->ctx = (u64)BPF_CORE_READ(req, ctx);
	p->user_data = BPF_CORE_READ(req, cqe.user_data);
	p->own_tid = task->pid;
	p->pid = task->tgid;
	p->tid = task->flags & PF_IO_WORKER ? task->tgid : task->pid;
	p->fd = BPF_CORE_READ(req, cqe.fd);
	p->origin = PG_ORIGIN_IO_URING | (pg_is_compat(task) ? PG_ORIGIN_COMPAT : 0);
	p->opcode = opcode;
	p->marks =
		(flags & REQ_CQE_SKIP ? PG_URING_CQE_SKIPPED : 0) | (flags & REQ_FIXED_FILE ? PG_URING_FIXED_FILE : 0);
	pg_uring_save_args(p, req);
	text = p->len + p->len2;
	switch (opcode) {
	case PG_OP_OPENAT:
	case PG_OP_OPENAT2:
	case PG_OP_UNLINKAT:
	case PG_OP_MKDIRAT:
	case PG_OP_RENAMEAT:
	case PG_OP_SYMLINKAT:
	case PG_OP_LINKAT:
		if (flags & REQ_NEED_CLEANUP)
			p->marks |= PG_URING_CLEANED_UP;
		break;
	case PG_OP_ACCEPT:
	case PG_OP_RECV:
	case PG_OP_RECVMSG: {
		struct uring_many_key many = { p->ctx, p->user_data };

		bpf_map_update_elem(&pending_many, &many, p, BPF_ANY);
	}
	}
	if (text <= PG_URING_SHORT_TEXT)
		kept = bpf_map_update_elem(&pending_short, &key, p, BPF_ANY);
	else
		kept = bpf_map_update_elem(&pending_long, &key, p, BPF_ANY);
	if (kept)
		pg_count_loss(pg_uring_loss_class(opcode));
}

#endif
