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

#define COMMAND(type) ((struct type *)((char *)req + bpf_core_field_offset(struct io_kiocb, file)))
/* A kernel without the operation does not have its type either, and never comes here. */
#define ASKED(type, field) (bpf_core_type_exists(struct type) ? BPF_CORE_READ(COMMAND(type), field) : 0)

static __always_inline void keep_name(struct pending *p, struct filename *name)
{
	long n = bpf_probe_read_kernel_str(text_of(p), TEXT_MAX, BPF_CORE_READ(name, name));

	p->len = n > 0 ? n : 0;
}

static __always_inline void keep_names(struct pending *p, struct filename *one, struct filename *two)
{
	u32 at;
	long n;

	keep_name(p, one);
	at = p->len;
	barrier_var(at);
	at &= 2 * TEXT_MAX - 1;
	n = bpf_probe_read_kernel_str((u8 *)text_of(p) + at, TEXT_MAX, BPF_CORE_READ(two, name));
	p->len2 = n > 0 ? n : 0;
}

static __always_inline void keep_user(struct pending *p, u32 at, u64 from, u32 len, u32 most)
{
	if (len > most)
		len = most;
	/* So that the compiler keeps the mask the verifier needs. */
	barrier_var(len);
	len &= 127;
	if (len)
		bpf_probe_read_user((u8 *)text_of(p) + at, len, (void *)from);
}

static __always_inline bool is_family(u64 head)
{
	u16 family = head;

	return family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK;
}

/* The address of a socket, as the kernel has copied it: where what is kept of the request begins, or
 * before 6.19 (and corrections of older ones) within a message's. No type says which. `given`: where it
 * was copied from, if that is known. */
static __always_inline void keep_address(struct pending *p, struct io_kiocb *req, u64 given, u32 len)
{
	u8 *from = BPF_CORE_READ(req, async_data);
	u8 *within = from + bpf_core_field_offset(struct io_async_msghdr, addr);
	u64 first = 0, second = 0, asked = 0;

	p->len = len < ADDRESS_MAX ? len : ADDRESS_MAX - 1;
	__builtin_memset(text_of(p), 0, DATA_AT);
	if (!from)
		return;
	bpf_probe_read_kernel(&first, sizeof(first), from);
	bpf_probe_read_kernel(&second, sizeof(second), within);
	if (given)
		bpf_probe_read_user(&asked, sizeof(asked), (void *)given);
	if (!is_family(first) || (given && first != asked && second == asked))
		from = within;
	len = p->len;
	barrier_var(len);
	len &= 127;
	if (len)
		bpf_probe_read_kernel(text_of(p), len, from);
}

static __always_inline void keep_given_address(struct pending *p, u64 from, u32 len)
{
	p->len = len < ADDRESS_MAX ? len : ADDRESS_MAX - 1;
	__builtin_memset(text_of(p), 0, DATA_AT);
	keep_user(p, 0, from, p->len, ADDRESS_MAX - 1);
}

/* A message in the user's memory: its address, how much its first piece holds, and of that the first bytes. */
static __always_inline void keep_message(struct pending *p, struct io_kiocb *req, bool sent)
{
	u64 raw[7] = {}, piece[2] = {};

	p->user = (u64)ASKED(io_sr_msg, buf);
	p->flags = ASKED(io_sr_msg, msg_flags);
	if (bpf_probe_read_user(raw, sizeof(raw), (void *)p->user))
		return;
	if (sent)
		keep_given_address(p, raw[0], raw[1]);
	if (!raw[3] || bpf_probe_read_user(piece, sizeof(piece), (void *)raw[2]))
		return;
	p->user = piece[0];
	p->mode = piece[1];
	p->len2 = piece[1] < SNAPLEN ? piece[1] : SNAPLEN;
	if (sent)
		keep_user(p, DATA_AT, piece[0], p->len2, SNAPLEN);
}

static __always_inline void keep_data(struct pending *p, struct io_kiocb *req, bool sent)
{
	u32 len = ASKED(io_sr_msg, len);

	p->user = (u64)ASKED(io_sr_msg, buf);
	p->mode = len;
	p->flags = ASKED(io_sr_msg, msg_flags);
	p->len2 = len < SNAPLEN ? len : SNAPLEN;
	if (sent)
		keep_user(p, DATA_AT, p->user, p->len2, SNAPLEN);
}

static __always_inline void keep_asked(struct pending *p, struct io_kiocb *req)
{
	switch (p->opcode) {
	case PG_OP_OPENAT:
	case PG_OP_OPENAT2:
		p->fd = ASKED(io_open, dfd);
		/* The kernel adds the last one to what was asked for. */
		p->flags = ASKED(io_open, how.flags) & ~(u64)O_LARGEFILE;
		p->mode = ASKED(io_open, how.mode);
		p->resolve = ASKED(io_open, how.resolve);
		p->slot = ASKED(io_open, file_slot);
		keep_name(p, ASKED(io_open, filename));
		break;
	case PG_OP_UNLINKAT:
		p->fd = ASKED(io_unlink, dfd);
		p->flags = ASKED(io_unlink, flags);
		keep_name(p, ASKED(io_unlink, filename));
		break;
	case PG_OP_MKDIRAT:
		p->fd = ASKED(io_mkdir, dfd);
		p->mode = ASKED(io_mkdir, mode);
		keep_name(p, ASKED(io_mkdir, filename));
		break;
	case PG_OP_RENAMEAT:
		p->fd = ASKED(io_rename, old_dfd);
		p->fd2 = ASKED(io_rename, new_dfd);
		p->flags = ASKED(io_rename, flags);
		keep_names(p, ASKED(io_rename, oldpath), ASKED(io_rename, newpath));
		break;
	case PG_OP_SYMLINKAT:
	case PG_OP_LINKAT:
		p->fd = ASKED(io_link, old_dfd);
		p->fd2 = ASKED(io_link, new_dfd);
		p->flags = ASKED(io_link, flags);
		keep_names(p, ASKED(io_link, oldpath), ASKED(io_link, newpath));
		break;
	case PG_OP_CONNECT:
		if (bpf_core_type_exists(struct io_async_connect))
			keep_given_address(p, (u64)ASKED(io_connect, addr), ASKED(io_connect, addr_len));
		else
			keep_address(p, req, (u64)ASKED(io_connect, addr), ASKED(io_connect, addr_len));
		break;
	case PG_OP_BIND:
		keep_address(p, req, 0, ASKED(io_bind, addr_len));
		break;
	case PG_OP_LISTEN:
		p->flags = ASKED(io_listen, backlog);
		break;
	case PG_OP_ACCEPT:
		p->flags = ASKED(io_accept, flags);
		p->slot = ASKED(io_accept, file_slot);
		break;
	case PG_OP_SOCKET:
		p->fd2 = ASKED(io_socket, domain);
		p->flags = ASKED(io_socket, type);
		p->mode = ASKED(io_socket, protocol);
		p->slot = ASKED(io_socket, file_slot);
		break;
	case PG_OP_SHUTDOWN:
		p->flags = ASKED(io_shutdown, how);
		break;
	case PG_OP_CLOSE:
		p->fd = ASKED(io_close, fd);
		p->slot = ASKED(io_close, file_slot);
		break;
	case PG_OP_SEND:
	case PG_OP_SEND_ZC:
		keep_data(p, req, true);
		break;
	case PG_OP_RECV:
		keep_data(p, req, false);
		break;
	case PG_OP_SENDMSG:
	case PG_OP_SENDMSG_ZC:
		keep_message(p, req, true);
		break;
	case PG_OP_RECVMSG:
		keep_message(p, req, false);
		break;
	}
}

static __always_inline u32 loss_of(u8 opcode)
{
	switch (opcode) {
	case PG_OP_OPENAT:
	case PG_OP_OPENAT2:
		return PG_LOSS_OPEN;
	case PG_OP_CONNECT:
		return PG_LOSS_CONNECT;
	case PG_OP_CLOSE:
		return PG_LOSS_CLOSE;
	case PG_OP_RENAMEAT:
	case PG_OP_UNLINKAT:
	case PG_OP_MKDIRAT:
	case PG_OP_SYMLINKAT:
	case PG_OP_LINKAT:
		return PG_LOSS_DIR_FILE;
	}
	return PG_LOSS_OTHER;
}

/* Not inlined: what it puts on the stack would be counted with what it takes to tell a former request, and
 * that is more than kernels allow that count in steps of 32 bytes (before 6.8). Static, since these kernels
 * let no map be changed from memory a function was given. */
static __noinline void keep(struct pending *p, struct io_kiocb *req, u8 opcode)
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
	p->origin = PG_ORIGIN_IO_URING | (is_compat(task) ? PG_ORIGIN_COMPAT : 0);
	p->opcode = opcode;
	p->marks = (flags & REQ_CQE_SKIP ? MARK_SKIP : 0) | (flags & REQ_FIXED_FILE ? MARK_FIXED : 0);
	keep_asked(p, req);
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
			p->marks |= MARK_CLEANED;
		break;
	case PG_OP_ACCEPT:
	case PG_OP_RECV:
	case PG_OP_RECVMSG: {
		struct many_key many = { p->ctx, p->user_data };

		bpf_map_update_elem(&pending_many, &many, p, BPF_ANY);
	}
	}
	if (text <= SHORT_TEXT)
		kept = bpf_map_update_elem(&pending_short, &key, p, BPF_ANY);
	else
		kept = bpf_map_update_elem(&pending_long, &key, p, BPF_ANY);
	if (kept)
		lose(loss_of(opcode));
}

#endif
