/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The set of calls of interest, and the way of a record to its reader: shared by the objects that emit
 * events. */
#ifndef PG_RECORD_DELIVER_H
#define PG_RECORD_DELIVER_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "tables.gen.h"
#include "kfilter/table.h"
#include "record/scratch.h"

/* The calls of interest and what the filter drops of them; replaced as a whole when rules change. */
struct interest {
	u64 rows[PG_ROWS / 64];
	u64 compat[PG_NUMBERS / 64];
	struct pushdown pushdown;
};

/* Sizes instead of types: before 6.2 a map with a type is another kind than one without, and those
 * of later generations have none. */
struct interest_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(struct interest));
};

/* The loader makes this one and `rings`, with what is in them. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, u32);
	__array(values, struct interest_map);
} generation SEC(".maps");

static __always_inline struct interest *pg_interest(void)
{
	u32 zero = 0;
	void *current_map = bpf_map_lookup_elem(&generation, &zero);

	return current_map ? bpf_map_lookup_elem(current_map, &zero) : 0;
}

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, u32);
	__array(values, struct ring);
} rings SEC(".maps");

/* Puts the record into the ring of this CPU, if it can. Nobody is woken: the reader comes by itself. */
static __always_inline bool pg_submit(struct scratch *s, u32 class)
{
	u32 key = bpf_get_smp_processor_id() / PG_CPUS_PER_RING;
	void *ring = bpf_map_lookup_elem(&rings, &key);
	u32 len = s->pos;

	if (len >= PG_DATA_SIZE)
		pg_count_loss(PG_LOSS_TOO_LARGE);
	else if (!ring || bpf_ringbuf_output(ring, s->data, len, BPF_RB_NO_WAKEUP))
		pg_count_loss(class);
	else
		return true;
	return false;
}

/* Whether bit `n` is set. The mask is for verifiers that lose sight of a check made before. */
static __always_inline bool pg_has_bit(const u64 *bits, u32 n, u32 count)
{
	barrier_var(n);
	n &= count - 1;
	return bits[n / 64] >> (n % 64) & 1;
}

#endif
