/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What a process reads, writes, sends and receives: the first bytes of it. */
#ifndef PG_SYSCALLS_BUFFER_H
#define PG_SYSCALLS_BUFFER_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "arch.h"
#include "record/scratch.h"
#include "syscalls/call.h"
#include "syscalls/entry_args.h"

/* As many pieces as the kernel takes in one call; fewer where loops are unrolled. */
#define PG_IOVECS_MAX 1024
#define PG_IOVECS_UNROLLED 16

/* Up to PG_SNAPLEN bytes of a buffer that holds `n`. Nothing is put where it cannot be read. */
static __always_inline void pg_put_data(struct scratch *s, u32 i, u64 from, u64 n)
{
	u32 len = n < PG_SNAPLEN ? n : PG_SNAPLEN;

	/* So that the compiler keeps the mask the verifier needs. */
	barrier_var(len);
	len &= 127;
	if (!len || bpf_probe_read_user(PG_AT(s), len, (void *)from))
		len = 0;
	s->pos += len;
	PG_LEN(s, i) = len;
}

/* Up to PG_STR_MAX - 1 bytes, for what is reported whole. */
static __always_inline void pg_append_bytes(struct scratch *s, u64 from, u64 n)
{
	u32 len = n < PG_STR_MAX ? n : PG_STR_MAX - 1;

	barrier_var(len);
	len &= PG_STR_MAX - 1;
	if (len && !bpf_probe_read_user(PG_AT(s), len, (void *)from))
		s->pos += len;
}

struct iovecs {
	struct scratch *s;
	u64 from;
	/* How much the pieces hold together. */
	u64 total;
	/* How much may still be copied. */
	u32 left;
	u32 narrow;
	/* The first so many pieces, as they were when the call began. */
	u64 kept;
	u32 kept_count, pad;
};

static long pg_add_iovec(u32 n, void *context)
{
	struct iovecs *p = context;
	u64 base, len;
	u32 most = p->left;

	if (p->narrow) {
		u32 piece[2];

		if (n < p->kept_count)
			bpf_probe_read_kernel(piece, sizeof(piece), (void *)(p->kept + n * sizeof(piece)));
		else if (bpf_probe_read_user(piece, sizeof(piece), (void *)(p->from + n * sizeof(piece))))
			return 1;
		base = piece[0];
		len = piece[1];
	} else {
		u64 piece[2];

		if (n < p->kept_count)
			bpf_probe_read_kernel(piece, sizeof(piece), (void *)(p->kept + n * sizeof(piece)));
		else if (bpf_probe_read_user(piece, sizeof(piece), (void *)(p->from + n * sizeof(piece))))
			return 1;
		base = piece[0];
		len = piece[1];
	}
	p->total += len;
	if (len < most)
		most = len;
	barrier_var(most);
	most &= 127;
	if (!most)
		return 0;
	if (bpf_probe_read_user(PG_AT(p->s), most, (void *)base)) {
		p->left = 0;
		return 0;
	}
	p->s->pos += most;
	p->left -= most;
	return 0;
}

/* Puts the first bytes of the pieces (`struct iovec`) together and adds up how much they hold. */
static __noinline int pg_gather_iovecs(struct iovecs *p, u32 count)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
		bpf_loop(count < PG_IOVECS_MAX ? count : PG_IOVECS_MAX, pg_add_iovec, p, 0);
	} else {
		for (u32 n = 0; n < PG_IOVECS_UNROLLED; n++)
			if (n >= count || pg_add_iovec(n, p))
				break;
	}
	return 0;
}

/* The data parameter of pieces; what they hold together. `kept`: the first of them, as they were when the call
 * began. */
static __always_inline u64 pg_put_saved_iovecs(struct scratch *s, struct task_struct *task, u32 i, u64 from, u64 count,
					       u64 most, u64 kept, u32 kept_count)
{
	struct iovecs p = { .s = s,
			    .from = from,
			    .left = most < PG_SNAPLEN ? most : PG_SNAPLEN,
			    .narrow = pg_is_compat(task),
			    .kept = kept,
			    .kept_count = kept_count };
	u32 start = s->pos;

	pg_gather_iovecs(&p, count < PG_IOVECS_MAX ? count : PG_IOVECS_MAX);
	PG_LEN(s, i) = s->pos - start;
	return p.total;
}

static __always_inline u64 pg_put_iovecs(struct scratch *s, struct task_struct *task, u32 i, u64 from, u64 count,
					 u64 most)
{
	return pg_put_saved_iovecs(s, task, i, from, count, most, 0, 0);
}

/* The data a call received into the iovecs of its second and third argument. */
static __always_inline void pg_put_received_iovecs(struct scratch *s, struct task_struct *task, struct pt_regs *regs,
						   u32 i, long ret)
{
	struct entry_args *k = pg_entry_args(task, regs);

	if (ret > 0)
		pg_put_saved_iovecs(s, task, i, PG_ARG(1), PG_ARG(2), ret, k ? (u64)&k->bytes[PG_MSGHDR_MAX] : 0,
				    k ? k->len : 0);
	else
		pg_put_empty(s, i);
	pg_forget_entry_args(task);
}

/* What a call that failed or moved nothing was given: all of it counts. */
static __always_inline u64 pg_data_len(long ret)
{
	return ret > 0 ? ret : PG_SNAPLEN;
}

#endif
