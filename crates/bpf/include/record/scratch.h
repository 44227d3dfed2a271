/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Where an event is put together, and the ways to append a value to it.
 *
 * A program takes a slot for itself by an atomic exchange and gives it back at its end: a program
 * that preempts another on the same CPU finds the next slot, so no two ever share one. */
#ifndef PG_RECORD_SCRATCH_H
#define PG_RECORD_SCRATCH_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "tables.gen.h"
#include "kfilter/filter.h"
#include "kfilter/names.h"

#define PG_DATA_SIZE 32768
#define PG_DATA_MASK (PG_DATA_SIZE - 1)
#define PG_STR_MAX 4096
#define PG_NAME_MAX 256
/* Bytes of what was read, written, sent or received that an event holds, as in Falco. */
#define PG_SNAPLEN 80

#define PG_PENDING_FDS_MAX 4
/* No descriptor takes more of the trailer: its path twice, seen from the root and from its file system's
 * own. */
#define PG_FD_ROOM (2 * PG_STR_MAX + 128)

struct scratch {
	u64 busy;
	/* Whose event it is. */
	u64 owner;
	u64 ts;
	u32 pos;
	/* The last walked path: path[path_at..PG_STR_MAX]. */
	u32 path_at;
	/* What is left to do: this many descriptors to append, then to submit the record as one of this class. */
	u32 pending_fds;
	u32 class;
	/* The event describes its thread completely: once it is submitted, the filter remembers the thread. */
	u32 describes_process, unused;
	struct {
		s32 fd;
		u32 role;
	} fds[PG_PENDING_FDS_MAX];
	/* What the filter follows a name with, `struct path_compare`: older kernels allow too little on the stack. */
	u64 ends[9];
	/* What the filter looks at: the row of the call and what it did. */
	u32 row, pad;
	struct pd_call call;
	struct pd_names asked, walked;
	/* With room behind it, for those who read it by words. */
	u8 small[PG_NAME_MAX + 8];
	u8 path[PG_STR_MAX + PG_NAME_MAX];
	u8 data[PG_DATA_SIZE + 2 * PG_STR_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PG_SCRATCH_SLOTS);
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PG_LOSS_CLASSES);
	__type(key, u32);
	__type(value, u64);
} losses SEC(".maps");

/* What the loader sets; `Config` of the probe's clock.rs. */
struct {
	/* Nanoseconds to add to the clock since boot for the time of day. */
	u64 boot_offset;
	/* The network namespace the agent is in. */
	u32 own_net;
	/* Bytes of a program's arguments, and of its environment, that an event holds at most. */
	u32 arguments_max;
} pg_config;

static __always_inline void pg_count_loss(u32 class)
{
	u64 *count = bpf_map_lookup_elem(&losses, &class);

	if (count)
		__sync_fetch_and_add(count, 1);
}

static __always_inline struct scratch *pg_scratch_acquire(void)
{
	u32 first = bpf_get_smp_processor_id() * PG_SCRATCH_SLOTS;

#pragma unroll
	for (u32 i = 0; i < PG_SCRATCH_SLOTS; i++) {
		u32 key = first + i;
		struct scratch *s = bpf_map_lookup_elem(&scratches, &key);

		if (s && !__sync_lock_test_and_set(&s->busy, 1))
			return s;
	}
	pg_count_loss(PG_LOSS_SCRATCH);
	return 0;
}

/* The slot a program of this task acquired before it jumped on. No other program of the task runs between,
 * and on this CPU, where it stays, another task's slot has another owner. Only such slots have pending
 * descriptors. */
static __always_inline struct scratch *pg_scratch_resume(struct task_struct *task)
{
	u32 first = bpf_get_smp_processor_id() * PG_SCRATCH_SLOTS;

#pragma unroll
	for (u32 i = 0; i < PG_SCRATCH_SLOTS; i++) {
		u32 key = first + i;
		struct scratch *s = bpf_map_lookup_elem(&scratches, &key);

		if (s && s->busy && s->pending_fds && s->owner == (u64)task)
			return s;
	}
	return 0;
}

static __always_inline void pg_scratch_release(struct scratch *s)
{
	s->pending_fds = 0;
	barrier();
	/* Who takes it runs on the same CPU: no more is needed. */
	*(volatile u64 *)&s->busy = 0;
}

/* Writes the head of an event block; the length follows in `pg_seal`. */
static __always_inline void pg_begin(struct scratch *s, u16 type, u32 params, u32 tid)
{
	s->ts = bpf_ktime_get_boot_ns() + pg_config.boot_offset;
	*(u64 *)&s->data[0] = s->ts;
	*(u64 *)&s->data[8] = tid;
	*(u16 *)&s->data[20] = type;
	*(u16 *)&s->data[22] = params;
	*(u16 *)&s->data[24] = 0;
	s->pos = PG_HEADER_LEN + 2 * params;
	s->pending_fds = 0;
	s->describes_process = 0;
}

static __always_inline void pg_seal(struct scratch *s)
{
	*(u32 *)&s->data[16] = s->pos;
}

#define PG_LEN(s, i) (*(u16 *)&(s)->data[PG_HEADER_LEN + 2 * (i)])
#define PG_AT(s) (&(s)->data[(s)->pos & PG_DATA_MASK])

#define PG_PUT(name, type)                                                     \
	static __always_inline void name(struct scratch *s, u32 i, type value) \
	{                                                                      \
		*(type *)PG_AT(s) = value;                                     \
		PG_LEN(s, i) = sizeof(type);                                   \
		s->pos += sizeof(type);                                        \
	}
PG_PUT(pg_put_s64, s64)
PG_PUT(pg_put_u64, u64)
PG_PUT(pg_put_s32, s32)
PG_PUT(pg_put_u32, u32)
PG_PUT(pg_put_u16, u16)
PG_PUT(pg_put_u8, u8)

static __always_inline void pg_put_empty(struct scratch *s, u32 i)
{
	PG_LEN(s, i) = 0;
}

/* Reads a text of the calling process to where the next value goes. Its length with the NUL; below
 * zero where it cannot be read. Older kernels say 0 of an empty text and leave the NUL out. */
static __always_inline long pg_read_user_str(struct scratch *s, u64 from)
{
	long n = bpf_probe_read_user_str(PG_AT(s), PG_STR_MAX, (void *)from);

	if (n == 0) {
		*PG_AT(s) = 0;
		n = 1;
	}
	return n;
}

/* A text of the calling process. Nothing is put where it cannot be read. */
static __always_inline void pg_put_user_str(struct scratch *s, u32 i, u64 from)
{
	long n = pg_read_user_str(s, from);

	if (n <= 0)
		n = 0;
	PG_LEN(s, i) = n;
	s->pos += n;
}

static __always_inline void pg_put_kernel_str(struct scratch *s, u32 i, const void *from, u32 most)
{
	long n = bpf_probe_read_kernel_str(PG_AT(s), most, from);

	if (n <= 0)
		n = 0;
	PG_LEN(s, i) = n;
	s->pos += n;
}

/* The walked path, as text with a NUL. An unknown one is an empty text. */
static __always_inline void pg_put_path(struct scratch *s, u32 i)
{
	u32 at = s->path_at & (PG_STR_MAX - 1);
	u32 n = (PG_STR_MAX - at) & (PG_STR_MAX - 1);

	if (n)
		bpf_probe_read_kernel(PG_AT(s), n, &s->path[at]);
	s->pos += n;
	*PG_AT(s) = 0;
	s->pos += 1;
	PG_LEN(s, i) = n + 1;
}

#endif
