/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Folders whose own name does not say by which one rules know them: shared by all objects that watch. */
#ifndef PG_FILTER_RENAMED_DIRS_H
#define PG_FILTER_RENAMED_DIRS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "kfilter/table.h"

#define PG_RENAMED_DIRS_BITS 20

/* Directories that were reached by another name than the one the kernel has, a bit each, by the place of
 * their dentry. Bits stay: a bit too many only lets an event pass the filter. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64[1 << (PG_RENAMED_DIRS_BITS - 6)]);
} renamed_folders SEC(".maps");

static __always_inline u64 *pg_renamed_dir_word(u64 dentry, u64 *bit)
{
	u32 zero = 0;
	u64 *words = bpf_map_lookup_elem(&renamed_folders, &zero);
	u64 place = dentry * PD_SALT_DIRECTORY >> (64 - PG_RENAMED_DIRS_BITS);
	*bit = 1ull << (place & 63);
	return words ? &words[place >> 6 & ((1 << (PG_RENAMED_DIRS_BITS - 6)) - 1)] : 0;
}

#endif
