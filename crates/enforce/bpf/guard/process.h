/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which sets a process is in. What its program and its ancestors say is known from its start on; what it may change at
 * any time (users, groups, control group) is read when it acts. */
#ifndef PEREGRINE_GUARD_PROCESS_H
#define PEREGRINE_GUARD_PROCESS_H

#include "maps.h"
#include <bpf/bpf_core_read.h>

#define PF_KTHREAD 0x00200000

#define GUARD_TASK() ((struct task_struct *)bpf_get_current_task())

/* Bits of `guard_identity.flags`. */
#define GUARD_WAY_IN 1

static __always_inline void guard_add_id(struct guard_facts *facts, u32 kind, u64 id, u32 slot)
{
	struct guard_id key = { .id = id, .kind = kind };
	struct guard_subject_set *set = GUARD_LOOK_UP(ids, slot, &key);

	if (!set)
		return;
	for (u32 i = 0; i < GUARD_SUBJECT_WORDS; i++)
		facts->words[GUARD_SUBJECT + i] |= set->words[i];
}

/* What is known of a process in a generation; nothing where it is not known in that one. */
static __always_inline struct guard_identity *guard_identity(u32 tgid, u64 start, u32 slot, u32 generation)
{
	struct guard_process *process = bpf_map_lookup_elem(&processes, &tgid);
	struct guard_identity *identity;

	if (!process || process->start != start)
		return 0;
	identity = slot & 1 ? &process->in[1] : &process->in[0];
	return identity->generation == generation ? identity : 0;
}

static __always_inline u64 guard_cgroup(struct task_struct *task)
{
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

#define GUARD_NEEDS_IDENTITY (GUARD_NEEDS_COMM | GUARD_NEEDS_EXE | GUARD_NEEDS_ANCESTORS | GUARD_NEEDS_PARENT)

/* The sets of the process that acts. */
__noinline int guard_subject(struct guard_facts *facts, u32 needs, u32 slot)
{
	struct task_struct *task = GUARD_TASK();
	struct guard_config *config = guard_config();

	if (!facts || !config)
		return 0;
	if (needs & GUARD_NEEDS_UID)
		guard_add_id(facts, GUARD_UID, BPF_CORE_READ(task, cred, euid.val), slot);
	if (needs & GUARD_NEEDS_GID)
		guard_add_id(facts, GUARD_GID, BPF_CORE_READ(task, cred, egid.val), slot);
	if (needs & GUARD_NEEDS_LOGINUID)
		guard_add_id(facts, GUARD_LOGINUID, BPF_CORE_READ(task, loginuid.val), slot);
	if (needs & GUARD_NEEDS_CGROUP)
		guard_add_id(facts, GUARD_CGROUP, guard_cgroup(task), slot);
	if (needs & GUARD_NEEDS_TTY && BPF_CORE_READ(task, signal, tty))
		facts->words[GUARD_FLAGS] |= GUARD_FLAG_TTY;
	if (needs & GUARD_NEEDS_CONTAINER)
		facts->words[GUARD_FLAGS] |=
			BPF_CORE_READ(task, thread_pid, level) ? GUARD_FLAG_CONTAINER : GUARD_FLAG_HOST;
	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		facts->words[GUARD_FLAGS] |= GUARD_FLAG_KERNEL_THREAD;
	if (needs & GUARD_NEEDS_IDENTITY) {
		struct guard_identity *who =
			guard_identity(BPF_CORE_READ(task, tgid), BPF_CORE_READ(task, group_leader, start_boottime),
				       slot, config->generation[slot & 1]);

		if (!who)
			return 0;
		for (u32 i = 0; i < GUARD_SUBJECT_WORDS; i++)
			facts->words[GUARD_SUBJECT + i] |= who->subject[i];
		for (u32 i = 0; i < GUARD_ANCESTOR_WORDS; i++)
			facts->words[GUARD_ANCESTORS + i] |= who->ancestors[i];
		facts->words[GUARD_PARENT] |= who->parent;
	}
	return 1;
}

#endif
