/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Requests whose end the kernel does not tell. */
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

/* Such a request is looked for after this long; where nothing but time can tell, after the other. */
#define SWEEP_NS 10000000ULL
#define LONG_NS 100000000ULL
#define TCP_CLOSE 7

struct sweep {
	u64 now;
};

/* Whether a request whose end nobody told is worth waiting for no longer; its result. `same`: its
 * memory still is what it was. */
static __always_inline bool is_over(const struct pending *p, struct io_kiocb *req, u64 age, s64 *res)
{
	struct sock *sk;
	u8 state;

	*res = UNKNOWN_RESULT;
	if ((u64)BPF_CORE_READ(req, ctx) != p->ctx || BPF_CORE_READ(req, opcode) != p->opcode ||
	    BPF_CORE_READ(req, cqe.user_data) != p->user_data)
		return true;
	if (p->marks & MARK_CLEANED) {
		*res = BPF_CORE_READ(req, cqe.res);
		return !(BPF_CORE_READ(req, flags) & REQ_NEED_CLEANUP);
	}
	if (age < LONG_NS)
		return false;
	switch (p->opcode) {
	case PG_OP_ACCEPT:
	case PG_OP_RECV:
	case PG_OP_RECVMSG:
		return false;
	case PG_OP_CONNECT:
		if (p->marks & MARK_FIXED)
			sk = sock_of(registered(p->ctx, p->fd));
		else
			sk = sock_of(file_of((struct task_struct *)p->task, p->fd));
		state = sk ? BPF_CORE_READ(sk, __sk_common.skc_state) : 0;
		return state != TCP_CLOSE;
	case PG_OP_SOCKET:
		if (BPF_CORE_READ(req, cqe.res) >= 0)
			*res = BPF_CORE_READ(req, cqe.res);
	}
	return true;
}

/* Tells a request that has ended without a word. */
static long sweep_one(void *map, u64 *key, struct pending *p, struct sweep *c)
{
	struct task_struct *task = (struct task_struct *)p->task;
	u64 age = c->now - p->at;
	s64 res;

	if (age < SWEEP_NS || !is_over(p, (struct io_kiocb *)*key, age, &res))
		return 0;
	/* Its end may be being told right now. */
	if (!(p->marks & MARK_SEEN)) {
		p->marks |= MARK_SEEN;
		return 0;
	}
	if (BPF_CORE_READ(task, pid) != p->own_tid || BPF_CORE_READ(task, start_boottime) != p->start)
		p->task = 0;
	tell_end(p, res, 0);
	bpf_map_delete_elem(map, key);
	return 0;
}

/* A request is submitted whose memory was another's: that one has ended. */
static __always_inline void tell_former(struct io_kiocb *req)
{
	u64 key = (u64)req;
	struct pending *p = bpf_map_lookup_elem(&pending_short, &key);

	if (!p)
		p = bpf_map_lookup_elem(&pending_long, &key);
	if (!p)
		return;
	tell_end(p, (u64)BPF_CORE_READ(req, ctx) == p->ctx ? BPF_CORE_READ(req, cqe.res) : UNKNOWN_RESULT, 0);
	if (bpf_map_delete_elem(&pending_short, &key))
		bpf_map_delete_elem(&pending_long, &key);
}

static __always_inline int submitted(struct io_kiocb *req)
{
	struct wanted *wanted = wanted_now();
	u32 opcode = BPF_CORE_READ(req, opcode), row;
	struct scratch *s;

	tell_former(req);
	if (!wanted || opcode >= OPS)
		return 0;
	barrier_var(opcode);
	row = same_call[opcode & (OPS - 1)];
	if (!row || !has(wanted->rows, row, PG_ROWS))
		return 0;
	if ((row == PG_NR_SENDTO && has(wanted->rows, PG_ONLY_CONNECTS_SENDTO, PG_ROWS)) ||
	    (row == PG_NR_SENDMSG && has(wanted->rows, PG_ONLY_CONNECTS_SENDMSG, PG_ROWS)))
		return 0;
	s = take();
	if (!s)
		return 0;
	keep((struct pending *)s->data, req, opcode);
	give(s);
	return 0;
}

#endif
