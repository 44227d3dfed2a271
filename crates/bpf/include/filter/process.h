/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Remembers what events last said of each thread (kfilter/process.h), for the filter. A thread is known
 * from the moment a record that describes it was submitted, or from the first iteration over all threads.
 * What changes a thread without an event makes it unknown: hooks at renames and at moves between control
 * groups, the user is compared with the one it has. */
#ifndef PG_FILTER_PROCESS_H
#define PG_FILTER_PROCESS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "kernel/task.h"
#include "kfilter/filter.h"
#include "kfilter/process.h"
#include "kfilter/table.h"

/* Processes above one that are followed. */
#define PG_ANCESTORS_MAX 16
#define PF_KTHREAD 0x00200000

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct process_facts);
} process_facts SEC(".maps");

_Static_assert(PD_CONTAINER_HOST == PG_CONTAINER_HOST && PD_CONTAINER_INSIDE == PG_CONTAINER_INSIDE,
	       "the loader writes these numbers");

/* Control groups by their numbers: PD_CONTAINER_*, which user space derives from their names. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u64);
	__type(value, u32);
} cgroup_kinds SEC(".maps");

#define PG_IN_UNIFIED(id)                                                                                    \
	if (bpf_core_enum_value_exists(enum cgroup_subsys_id, id)) {                                         \
		css = 0;                                                                                     \
		bpf_probe_read_kernel(&css, sizeof(css),                                                     \
				      (char *)set + bpf_core_field_offset(struct css_set, subsys) +          \
					      bpf_core_enum_value(enum cgroup_subsys_id, id) * sizeof(css)); \
		if (!css || BPF_CORE_READ(css, cgroup, root, hierarchy_id))                                  \
			return 0;                                                                            \
	}

/* The number of the group a thread is in; 0 where the five groups that events hold are not one. */
static __noinline u64 pg_unified_cgroup(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *css;

	PG_IN_UNIFIED(cpuset_cgrp_id);
	PG_IN_UNIFIED(cpu_cgrp_id);
	PG_IN_UNIFIED(cpuacct_cgrp_id);
	PG_IN_UNIFIED(io_cgrp_id);
	PG_IN_UNIFIED(memory_cgrp_id);
	return BPF_CORE_READ(set, dfl_cgrp, kn, id);
}

static __always_inline void pg_read_process(struct process_facts *f, struct task_struct *task)
{
	u64 name[2] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), (char *)task + bpf_core_field_offset(struct task_struct, comm));
	f->name[0] = name[0];
	f->name[1] = name[1];
	f->cgroup = pg_unified_cgroup(task);
	f->parent = BPF_CORE_READ(task, real_parent, tgid);
	f->uid = BPF_CORE_READ(task, cred, euid.val);
	f->renamed = f->moved = f->changed = 0;
}

/* From now on nothing is known of the caller: an event that describes it anew is about to be made. */
static __always_inline void pg_forget_process(void)
{
	struct process_facts *f = bpf_task_storage_get(&process_facts, bpf_get_current_task_btf(), 0, 0);

	if (f)
		f->reported = 0;
}

/* An event with all of it was delivered, or was not. */
static __noinline bool pg_remember_process(bool sent)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct process_facts *f;

	if (!sent)
		return sent;
	f = bpf_task_storage_get(&process_facts, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!f)
		return false;
	f->reported = 0;
	pg_read_process(f, task);
	f->reported = 1;
	return true;
}

/* The event of whoever starts a task holds its control groups. A child that was put into another group is
 * seen in either, by which event comes first. */
static __always_inline void pg_remember_cgroup(bool sent)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct process_facts *f = bpf_task_storage_get(&process_facts, task, 0, 0);

	if (f && sent)
		f->cgroup = pg_unified_cgroup(task);
}

static __always_inline void pg_remember_child(bool sent)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct process_facts *f;

	if (!pg_remember_process(sent))
		return;
	f = bpf_task_storage_get(&process_facts, task, 0, 0);
	if (f && f->cgroup != pg_unified_cgroup(task->pid != task->tgid ? task->group_leader : task->real_parent))
		f->cgroup = 0;
}

/* A thread changes its user: rules see that of all threads of its process. */
static __always_inline void pg_user_changed(struct task_struct *task)
{
	struct process_facts *f = bpf_task_storage_get(&process_facts, task, 0, 0);

	if (f)
		f->changed = 1;
	f = bpf_task_storage_get(&process_facts, task->group_leader, 0, 0);
	if (f)
		f->changed = 1;
}

SEC("tp_btf/task_rename")
int BPF_PROG(rename_task, struct task_struct *task, const char *name)
{
	struct process_facts *f = bpf_task_storage_get(&process_facts, task, 0, 0);
	u64 now[2] = {};

	if (!f)
		return 0;
	bpf_probe_read_kernel_str(now, sizeof(now), name);
	pd_rename(f, now[0], now[1]);
	return 0;
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(move_task, struct cgroup *to, const char *path, struct task_struct *task, bool whole)
{
	struct process_facts *f = bpf_task_storage_get(&process_facts, task, 0, 0);

	if (f)
		f->moved = 1;
	f = bpf_task_storage_get(&process_facts, task->group_leader, 0, 0);
	if (f)
		f->moved = 1;
	return 0;
}

/* The threads there are at the start. What is known of one already is younger than this look. It may
 * sleep: only so the kernel finds room for as many at once. */
SEC("iter.s/task")
int remember_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct process_facts facts = {};

	if (!task || task->flags & (PF_EXITING | PF_KTHREAD))
		return 0;
	pg_read_process(&facts, task);
	facts.reported = 1;
	bpf_task_storage_get(&process_facts, task, &facts, BPF_LOCAL_STORAGE_GET_F_CREATE);
	return 0;
}

struct ancestors {
	struct pd_who *who;
	const struct pushdown *p;
	struct task_struct *at;
	const struct process_facts *f;
	/* Whether more than the parent is asked for, and whether the first process was reached. */
	u32 all, complete;
};

/* One process more. A step of its own, so that the kernel's checker follows it once and not once a level:
 * it looks up, for a millisecond each time, whether pointers from one task to another can be trusted. */
static long pg_gather_ancestor(u32 above, void *context)
{
	struct ancestors *a = context;
	const struct process_facts *f = a->f;
	struct task_struct *parent = a->at->real_parent;

	/* The first process has none. */
	if (!f->parent && above) {
		a->complete = 1;
		return 1;
	}
	if (!f->parent || parent->tgid != f->parent)
		return 1;
	parent = parent->group_leader;
	f = 0;
	if (!(parent->flags & PF_EXITING))
		f = bpf_task_storage_get(&process_facts, parent, 0, 0);
	if (!pd_above(a->who, &a->p->process_names, f, above + 1) || !f || !a->all)
		return 1;
	a->at = parent;
	a->f = f;
	return 0;
}

/* Follows the parents of a process, as long as they are those that events named. */
static __always_inline void pg_gather_ancestors(struct pd_who *who, const struct pushdown *p, struct task_struct *task,
						const struct process_facts *f, bool all)
{
	struct ancestors a = { .who = who, .p = p, .at = task, .f = f, .all = all };

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
		bpf_loop(PG_ANCESTORS_MAX, pg_gather_ancestor, &a, 0);
	} else {
		for (u32 above = 0; above < PG_ANCESTORS_MAX; above++)
			if (pg_gather_ancestor(above, &a))
				break;
	}
	if (!a.complete)
		pd_above_ends(who);
}

/* Gathers what is known of the caller. PD_CONTAINER_*: where it runs. */
__noinline u32 pg_gather_process(const struct pushdown *p, struct pd_call *call, u32 wants)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct process_facts *own = bpf_task_storage_get(&process_facts, task, 0, 0);
	struct process_facts *first = own;
	struct task_struct *leader = task->group_leader;
	u32 *kind = 0;
	u64 cgroup;

	if (!p || !call)
		return PD_CONTAINER_UNKNOWN;
	if (task->pid != task->tgid)
		first = bpf_task_storage_get(&process_facts, leader, 0, 0);
	if (wants & PD_WANTS_PROCESS) {
		pd_own(&call->who, &p->process_names, own, first, BPF_CORE_READ(task, cred, euid.val));
		cgroup = pd_cgroup(own, first);
		kind = cgroup ? bpf_map_lookup_elem(&cgroup_kinds, &cgroup) : 0;
	}
	/* Of the processes above rules see those of the first thread's. */
	if (wants & (PD_WANTS_PARENT | PD_WANTS_ABOVE) && first && first->reported && !(leader->flags & PF_EXITING))
		pg_gather_ancestors(&call->who, p, leader, first, wants & PD_WANTS_ABOVE);
	return kind ? *kind : PD_CONTAINER_UNKNOWN;
}

#endif
