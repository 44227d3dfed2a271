/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What a program was started with: arguments and environment, of its memory or as somebody asked. */
#ifndef PG_SYSCALLS_ARGUMENTS_H
#define PG_SYSCALLS_ARGUMENTS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "record/scratch.h"

#define PG_ARGS_MAX 64
/* Pieces in which long ones are read. */
#define PG_ARGS_READS 3
/* What an event needs for all else behind its environment. */
#define PG_EXEC_ROOM 9216

/* Appends up to `len` bytes of the process's memory, as far as they can be read; how many. */
static __always_inline u32 pg_append_memory(struct scratch *s, u64 from, u32 len)
{
	u32 done = 0;

	for (u32 i = 0; i < PG_ARGS_READS; i++) {
		u32 n = len - done;

		if (done >= len)
			break;
		if (n >= PG_STR_MAX)
			n = PG_STR_MAX - 1;
		/* So that the compiler keeps the mask the verifier needs. */
		barrier_var(n);
		n &= PG_STR_MAX - 1;
		if (!n || bpf_probe_read_user(PG_AT(s), n, (void *)(from + done)))
			break;
		s->pos += n;
		done += n;
	}
	/* The last text may have lost its NUL to the limit, or to the process itself. */
	if (done)
		s->data[(s->pos - 1) & PG_DATA_MASK] = 0;
	return done;
}

static __always_inline u32 pg_args_max(void)
{
	u32 most = pg_config.arguments_max;

	return most >= PG_STR_MAX ? most - 1 : PG_STR_MAX - 1;
}

/* Program name and arguments as they stand in the process's memory: parameters `i` and `i + 1`. */
static __always_inline void pg_put_args(struct scratch *s, u32 i, struct mm_struct *mm)
{
	u64 start = BPF_CORE_READ(mm, arg_start), end = BPF_CORE_READ(mm, arg_end);
	long n = 0;
	u32 len;

	pg_put_user_str(s, i, start);
	n = PG_LEN(s, i);
	len = n && end > start + n ? end - start - n : 0;
	if (len > pg_args_max())
		len = pg_args_max();
	PG_LEN(s, i + 1) = pg_append_memory(s, start + n, len);
}

static __always_inline void pg_put_env(struct scratch *s, u32 i, struct mm_struct *mm)
{
	u64 start = BPF_CORE_READ(mm, env_start), end = BPF_CORE_READ(mm, env_end);
	u32 len = end > start ? end - start : 0;
	u32 most = pg_args_max();

	/* Beyond what always is, only what leaves room for the rest. */
	if (s->pos + PG_EXEC_ROOM + most > PG_DATA_SIZE)
		most = PG_STR_MAX - 1;
	if (len > most)
		len = most;
	PG_LEN(s, i) = pg_append_memory(s, start, len);
}

struct str_array {
	struct scratch *s;
	u64 from;
	u32 width;
	u32 first;
	/* No text goes beyond it. */
	u32 end;
};

static __always_inline long pg_add_one_str(u32 n, struct str_array *t)
{
	u64 at = 0;
	long len;

	if (bpf_probe_read_user(&at, t->width == 4 ? 4 : 8, (void *)(t->from + (n + t->first) * t->width)) || !at)
		return 1;
	len = pg_read_user_str(t->s, at);
	if (len <= 0 || t->s->pos + (u32)len > t->end)
		return 1;
	t->s->pos += len;
	return 0;
}

static long pg_add_str(u32 n, void *context)
{
	return pg_add_one_str(n, context);
}

/* A user's array of texts, from its `first` one on: what a call asked for that failed. As other
 * functions here not static, so that kernels check it once and not for each way that leads to it. */
__noinline int pg_put_str_array(struct scratch *s, u32 i, u64 from, u32 width, u32 first)
{
	struct str_array t = { .s = s, .from = from, .width = width, .first = first };
	u32 start;

	if (!s)
		return 0;
	start = s->pos;
	t.end = start + PG_STR_MAX;
	if (from) {
		if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
			bpf_loop(PG_ARGS_MAX, pg_add_str, &t, 0);
		} else {
			/* Verifiers that need this branch are picky about where a loop is entered. */
#pragma unroll
			for (u32 n = 0; n < 16; n++)
				if (pg_add_one_str(n, &t))
					break;
		}
	}
	PG_LEN(s, i & 31) = s->pos - start;
	return 0;
}

#endif
