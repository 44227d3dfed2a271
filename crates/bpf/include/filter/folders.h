/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Folders whose own name does not say by which one rules know them: shared by all objects that watch. */
#ifndef PG_FILTER_FOLDERS_H
#define PG_FILTER_FOLDERS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "kfilter/table.h"

#define FOLDERS 20

/* Folders that were reached by another name than the one the kernel has, a bit each, by the place of
 * their dentry. Bits stay: one too many tells an event for nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64[1 << (FOLDERS - 6)]);
} renamed_folders SEC(".maps");

static __always_inline u64 *folder_word(u64 dentry, u64 *bit)
{
	u32 zero = 0;
	u64 *words = bpf_map_lookup_elem(&renamed_folders, &zero);
	u64 place = dentry * PD_SALT_DIRECTORY >> (64 - FOLDERS);
	*bit = 1ull << (place & 63);
	return words ? &words[place >> 6 & ((1 << (FOLDERS - 6)) - 1)] : 0;
}

#endif
