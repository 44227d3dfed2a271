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
#include "syscalls/entry.h"

/* As many pieces as the kernel takes in one call; fewer where loops are unrolled. */
#define PIECES 1024
#define PIECES_UNROLLED 16

/* Up to SNAPLEN bytes of a buffer that holds `n`. Nothing is put where it cannot be read. */
static __always_inline void put_data(struct scratch *s, u32 i, u64 from, u64 n)
{
	u32 len = n < SNAPLEN ? n : SNAPLEN;

	/* So that the compiler keeps the mask the verifier needs. */
	barrier_var(len);
	len &= 127;
	if (!len || bpf_probe_read_user(AT(s), len, (void *)from))
		len = 0;
	s->pos += len;
	LEN(s, i) = len;
}

/* Up to TEXT_MAX - 1 bytes, for what is told whole. */
static __always_inline void append_bytes(struct scratch *s, u64 from, u64 n)
{
	u32 len = n < TEXT_MAX ? n : TEXT_MAX - 1;

	barrier_var(len);
	len &= TEXT_MAX - 1;
	if (len && !bpf_probe_read_user(AT(s), len, (void *)from))
		s->pos += len;
}

struct pieces {
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

static long add_piece(u32 n, void *context)
{
	struct pieces *p = context;
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
	if (bpf_probe_read_user(AT(p->s), most, (void *)base)) {
		p->left = 0;
		return 0;
	}
	p->s->pos += most;
	p->left -= most;
	return 0;
}

/* Puts the first bytes of the pieces (`struct iovec`) together and adds up how much they hold. */
static __noinline int gather(struct pieces *p, u32 count)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
		bpf_loop(count < PIECES ? count : PIECES, add_piece, p, 0);
	} else {
		for (u32 n = 0; n < PIECES_UNROLLED; n++)
			if (n >= count || add_piece(n, p))
				break;
	}
	return 0;
}

/* The data parameter of pieces; what they hold together. `kept`: the first of them, as they were when the call
 * began. */
static __always_inline u64 put_pieces_kept(struct scratch *s, struct task_struct *task, u32 i, u64 from, u64 count,
					   u64 most, u64 kept, u32 kept_count)
{
	struct pieces p = { .s = s,
			    .from = from,
			    .left = most < SNAPLEN ? most : SNAPLEN,
			    .narrow = is_compat(task),
			    .kept = kept,
			    .kept_count = kept_count };
	u32 start = s->pos;

	gather(&p, count < PIECES ? count : PIECES);
	LEN(s, i) = s->pos - start;
	return p.total;
}

static __always_inline u64 put_pieces(struct scratch *s, struct task_struct *task, u32 i, u64 from, u64 count,
				      u64 most)
{
	return put_pieces_kept(s, task, i, from, count, most, 0, 0);
}

/* The data a call received into pieces that its second and third argument tell. */
static __always_inline void put_received_pieces(struct scratch *s, struct task_struct *task, struct pt_regs *regs,
						u32 i, long ret)
{
	struct kept *k = kept_of(task, regs);

	if (ret > 0)
		put_pieces_kept(s, task, i, ARG(1), ARG(2), ret, k ? (u64)&k->bytes[HEAD_MAX] : 0, k ? k->len : 0);
	else
		put_nothing(s, i);
	forget_kept(task);
}

/* What a call that failed or moved nothing was given: all of it counts. */
static __always_inline u64 moved(long ret)
{
	return ret > 0 ? ret : SNAPLEN;
}

#endif
