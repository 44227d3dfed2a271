/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Requests whose end the kernel does not report. */
#ifndef PG_URING_REAP_H
#define PG_URING_REAP_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "kernel/object.h"
#include "record/deliver.h"
#include "record/scratch.h"
#include "uring/complete.h"
#include "uring/event.h"
#include "uring/request.h"
#include "uring/submit.h"

/* Such a request is looked for after this long; where only time can decide, after the other. */
#define PG_REAP_NS 10000000ULL
#define PG_REAP_LONG_NS 100000000ULL
#define TCP_CLOSE 7

struct reap {
	u64 now;
};

/* Whether a request has ended that the kernel emitted no end of, and its result. */
static __always_inline bool pg_uring_is_over(const struct uring_request *p, struct io_kiocb *req, u64 age, s64 *res)
{
	struct sock *sk;
	u8 state;

	*res = PG_URING_UNKNOWN_RESULT;
	if ((u64)BPF_CORE_READ(req, ctx) != p->ctx || BPF_CORE_READ(req, opcode) != p->opcode ||
	    BPF_CORE_READ(req, cqe.user_data) != p->user_data)
		return true;
	if (p->marks & PG_URING_CLEANED_UP) {
		*res = BPF_CORE_READ(req, cqe.res);
		return !(BPF_CORE_READ(req, flags) & REQ_NEED_CLEANUP);
	}
	if (age < PG_REAP_LONG_NS)
		return false;
	switch (p->opcode) {
	case PG_OP_ACCEPT:
	case PG_OP_RECV:
	case PG_OP_RECVMSG: return false;
	case PG_OP_CONNECT:
		if (p->marks & PG_URING_FIXED_FILE)
			sk = pg_sock_of_file(pg_uring_registered_file(p->ctx, p->fd));
		else
			sk = pg_sock_of_file(pg_file_of_fd((struct task_struct *)p->task, p->fd));
		state = sk ? BPF_CORE_READ(sk, __sk_common.skc_state) : 0;
		return state != TCP_CLOSE;
	case PG_OP_SOCKET:
		if (BPF_CORE_READ(req, cqe.res) >= 0)
			*res = BPF_CORE_READ(req, cqe.res);
	}
	return true;
}

/* Emits a request that has ended without a completion. */
static long pg_uring_reap_one(void *map, u64 *key, struct uring_request *p, struct reap *c)
{
	struct task_struct *task = (struct task_struct *)p->task;
	u64 age = c->now - p->at;
	s64 res;

	if (age < PG_REAP_NS || !pg_uring_is_over(p, (struct io_kiocb *)*key, age, &res))
		return 0;
	/* Another program may be emitting its end right now. */
	if (!(p->marks & PG_URING_SEEN_ENDED)) {
		p->marks |= PG_URING_SEEN_ENDED;
		return 0;
	}
	if (BPF_CORE_READ(task, pid) != p->own_tid || BPF_CORE_READ(task, start_boottime) != p->start)
		p->task = 0;
	pg_uring_emit(p, res, 0);
	bpf_map_delete_elem(map, key);
	return 0;
}

/* A request is submitted whose memory was another's: that one has ended. */
static __always_inline void pg_uring_emit_former(struct io_kiocb *req)
{
	u64 key = (u64)req;
	struct uring_request *p = bpf_map_lookup_elem(&pending_short, &key);

	if (!p)
		p = bpf_map_lookup_elem(&pending_long, &key);
	if (!p)
		return;
	pg_uring_emit(p, (u64)BPF_CORE_READ(req, ctx) == p->ctx ? BPF_CORE_READ(req, cqe.res) : PG_URING_UNKNOWN_RESULT,
		      0);
	if (bpf_map_delete_elem(&pending_short, &key))
		bpf_map_delete_elem(&pending_long, &key);
}

static __always_inline int pg_uring_submitted(struct io_kiocb *req)
{
	struct interest *wanted = pg_interest();
	u32 opcode = BPF_CORE_READ(req, opcode), row;
	struct scratch *s;

	pg_uring_emit_former(req);
	if (!wanted || opcode >= PG_URING_OPS)
		return 0;
	barrier_var(opcode);
	row = pg_uring_same_call[opcode & (PG_URING_OPS - 1)];
	if (!row || !pg_has_bit(wanted->rows, row, PG_ROWS))
		return 0;
	if ((row == PG_NR_SENDTO && pg_has_bit(wanted->rows, PG_ONLY_CONNECTS_SENDTO, PG_ROWS)) ||
	    (row == PG_NR_SENDMSG && pg_has_bit(wanted->rows, PG_ONLY_CONNECTS_SENDMSG, PG_ROWS)))
		return 0;
	s = pg_scratch_acquire();
	if (!s)
		return 0;
	pg_uring_save((struct uring_request *)s->data, req, opcode);
	pg_scratch_release(s);
	return 0;
}

#endif
