/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What all programs of the guard share. A generation of policies is a set of inner maps, one in each map of maps:
 * two of them fit, and `current` says which one decides. User space fills the other, then changes `current`. */
#ifndef PEREGRINE_GUARD_MAPS_H
#define PEREGRINE_GUARD_MAPS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <guard/eval.h>
#include "shared.h"

#define GUARD_MAP_OF(outer, inner)                        \
	struct {                                          \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); \
		__uint(max_entries, GUARD_SLOTS);         \
		__type(key, u32);                         \
		__array(values, struct inner);            \
	} outer SEC(".maps")

/* By their sizes: of inner maps the compiler does not describe the types. */
struct guard_names_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct guard_name));
	__uint(value_size, sizeof(struct guard_name_marks));
};
struct guard_dirs_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct guard_inode));
	__uint(value_size, sizeof(struct guard_dir_marks));
};
struct guard_inodes_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct guard_inode));
	__uint(value_size, sizeof(struct guard_inode_marks));
};
struct guard_comms_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct guard_comm));
	__uint(value_size, sizeof(struct guard_comm_marks));
};
struct guard_ids_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct guard_id));
	__uint(value_size, sizeof(struct guard_subject_set));
};
struct guard_networks_map {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(key_size, sizeof(struct guard_network));
	__uint(value_size, sizeof(struct guard_net_set));
};
struct guard_ports_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(struct guard_net_set));
};
struct guard_program_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(struct guard_program));
};

GUARD_MAP_OF(names, guard_names_map);
GUARD_MAP_OF(dirs, guard_dirs_map);
GUARD_MAP_OF(inodes, guard_inodes_map);
GUARD_MAP_OF(comms, guard_comms_map);
GUARD_MAP_OF(ids, guard_ids_map);
GUARD_MAP_OF(networks, guard_networks_map);
GUARD_MAP_OF(ports, guard_ports_map);
GUARD_MAP_OF(programs, guard_program_map);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct guard_config);
} config SEC(".maps");

/* Who each process is, by its number. Not in the storage of tasks: that one refuses to be read where a task was
 * preempted while it read its own. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GUARD_PROCESSES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, struct guard_process);
} processes SEC(".maps");

/* Processes that are never denied anything, with the time they started. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, u64);
} exempt SEC(".maps");

/* Programs by which people come in. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct guard_inode);
	__type(value, u32);
} way_in SEC(".maps");

/* How often each policy was met, by its id. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * GUARD_POLICIES);
	__type(key, u32);
	__type(value, struct guard_hits);
} hits_of SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct guard_losses);
} losses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} verdicts SEC(".maps");

static __always_inline struct guard_config *guard_config(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&config, &zero);
}

static __always_inline struct guard_losses *guard_losses(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&losses, &zero);
}

#define GUARD_LOST(what)                                            \
	do {                                                        \
		struct guard_losses *guard_lost = guard_losses();   \
                                                                    \
		if (guard_lost)                                     \
			__sync_fetch_and_add(&guard_lost->what, 1); \
	} while (0)

/* An entry of a generation's table. */
#define GUARD_LOOK_UP(outer, slot, key)                                            \
	({                                                                         \
		u32 guard_slot = (slot);                                           \
		void *guard_inner = bpf_map_lookup_elem(&outer, &guard_slot);      \
                                                                                   \
		guard_inner ? bpf_map_lookup_elem(guard_inner, (key)) : (void *)0; \
	})

static __always_inline struct guard_program *guard_program(u32 slot)
{
	u32 zero = 0;

	return GUARD_LOOK_UP(programs, slot, &zero);
}

#endif
