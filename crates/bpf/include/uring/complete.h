/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Reports a request that has ended. */
#ifndef PG_URING_COMPLETE_H
#define PG_URING_COMPLETE_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "kernel/object.h"
#include "record/scratch.h"
#include "uring/event.h"
#include "uring/request.h"

/* `file`: what the request worked on; 0 where it is to be looked up. */
static __always_inline void pg_uring_emit(const struct uring_request *p, s64 res, u64 file)
{
	struct scratch *s = pg_scratch_acquire();

	if (!s)
		return;
	if (!file && p->marks & PG_URING_FIXED_FILE)
		file = (u64)pg_uring_registered_file(p->ctx, p->fd);
	else if (!file)
		file = (u64)pg_file_of_fd((struct task_struct *)p->task, p->fd);
	switch (p->opcode) {
	case PG_OP_OPENAT:
	case PG_OP_OPENAT2: pg_uring_open(s, p, res); break;
	case PG_OP_UNLINKAT:
	case PG_OP_MKDIRAT:
	case PG_OP_RENAMEAT:
	case PG_OP_SYMLINKAT:
	case PG_OP_LINKAT: pg_uring_names(s, p, res); break;
	case PG_OP_CONNECT: pg_uring_connect(s, p, res, file); break;
	case PG_OP_ACCEPT: pg_uring_accept(s, p, res, file); break;
	case PG_OP_BIND:
	case PG_OP_LISTEN:
	case PG_OP_SHUTDOWN:
	case PG_OP_SOCKET:
	case PG_OP_CLOSE: pg_uring_socket(s, p, res, file); break;
	default: pg_uring_message(s, p, res, file);
	}
	pg_scratch_release(s);
}

static __always_inline bool pg_uring_works_on_file(u8 opcode)
{
	switch (opcode) {
	case PG_OP_CONNECT:
	case PG_OP_ACCEPT:
	case PG_OP_BIND:
	case PG_OP_LISTEN:
	case PG_OP_SHUTDOWN:
	case PG_OP_SEND:
	case PG_OP_SEND_ZC:
	case PG_OP_SENDMSG:
	case PG_OP_SENDMSG_ZC:
	case PG_OP_RECV:
	case PG_OP_RECVMSG: return true;
	}
	return false;
}

static __always_inline int pg_uring_completed(u64 ring, u64 req, u64 user_data, s64 res)
{
	struct uring_many_key key = { ring, user_data };
	struct uring_request *p;
	u64 file = 0;

	if (!req) {
		p = bpf_map_lookup_elem(&pending_many, &key);
		if (p)
			pg_uring_emit(p, res, 0);
		return 0;
	}
	p = bpf_map_lookup_elem(&pending_short, &req);
	if (!p)
		p = bpf_map_lookup_elem(&pending_long, &req);
	if (!p)
		return 0;
	if (pg_uring_works_on_file(p->opcode))
		file = (u64)BPF_CORE_READ((struct io_kiocb *)req, file);
	pg_uring_emit(p, res, file);
	if (p->opcode == PG_OP_ACCEPT || p->opcode == PG_OP_RECV || p->opcode == PG_OP_RECVMSG)
		bpf_map_delete_elem(&pending_many, &key);
	if (bpf_map_delete_elem(&pending_short, &req))
		bpf_map_delete_elem(&pending_long, &req);
	return 0;
}

#endif
