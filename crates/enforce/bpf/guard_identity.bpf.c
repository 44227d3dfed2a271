// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Who processes are: followed through forks, new programs and ends; asked of all processes there are once the rest is
 * followed. And level K1: a program that policies do not allow is killed before it runs. */
#define GUARD_IDENTITIES
#include "guard/verdict.h"
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define GUARD_ANCESTORS_MAX 4096

/* The sets of a name of a process. */
__noinline int guard_add_comm(struct guard_identity *to, const struct guard_comm *name, u32 slot)
{
	struct guard_comm_marks *marks;
	struct guard_comm key;

	if (!to || !name)
		return 0;
	key = *name;
	marks = GUARD_LOOK_UP(comms, slot, &key);
	if (!marks)
		return 0;
	for (u32 i = 0; i < GUARD_SUBJECT_WORDS; i++)
		to->subject[i] |= marks->subject[i];
	for (u32 i = 0; i < GUARD_ANCESTOR_WORDS; i++)
		to->as_ancestor[i] |= marks->ancestors[i];
	to->as_parent |= marks->parent;
	return 0;
}

/* The sets of a process's own program and name. */
static __noinline int guard_know_itself(struct guard_identity *to, struct task_struct *task, u32 slot, u32 generation)
{
	struct guard_facts marks = {};
	struct guard_comm name = {};
	struct mm_struct *mm = task->mm;
	struct guard_inode key = {};
	struct file *file;

	__builtin_memset(to->subject, 0, sizeof(to->subject));
	__builtin_memset(to->as_ancestor, 0, sizeof(to->as_ancestor));
	to->as_parent = 0;
	to->generation = generation;
	to->flags = 0;
	bpf_probe_read_kernel(name.comm, sizeof(name.comm), task->comm);
	guard_add_comm(to, &name, slot);
	if (!mm)
		return 0;
	file = mm->exe_file;
	if (!file->f_inode)
		return 0;
	key.ino = file->f_inode->i_ino;
	key.dev = file->f_path.dentry->d_sb->s_dev;
	if (bpf_map_lookup_elem(&way_in, &key))
		to->flags |= GUARD_WAY_IN;
	guard_file_marks(&marks, file, slot, false);
	for (u32 i = 0; i < GUARD_SUBJECT_WORDS; i++)
		to->subject[i] |= marks.words[GUARD_SUBJECT + i];
	for (u32 i = 0; i < GUARD_ANCESTOR_WORDS; i++)
		to->as_ancestor[i] |= marks.words[GUARD_ANCESTORS + i];
	to->as_parent |= marks.words[GUARD_PARENT];
	return 0;
}

/* Puts a process into the table of which nothing is known yet. */
__noinline int guard_enter(u32 tgid, u64 start)
{
	struct guard_process fresh = { .start = start };

	if (bpf_map_update_elem(&processes, &tgid, &fresh, BPF_ANY))
		GUARD_LOST(processes);
	return 0;
}

static __always_inline void guard_inherit(struct guard_identity *child, const struct guard_identity *parent)
{
	*child = *parent;
	child->parent = parent->as_parent;
	for (u32 i = 0; i < GUARD_ANCESTOR_WORDS; i++)
		child->ancestors[i] = parent->ancestors[i] | parent->as_ancestor[i];
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(guard_fork, struct task_struct *parent, struct task_struct *child)
{
	u32 from = parent->tgid, to = child->tgid;
	struct guard_process *known, born;

	if (from == to)
		return 0;
	known = bpf_map_lookup_elem(&processes, &from);
	if (!known)
		return 0;
	born.start = child->start_boottime;
	guard_inherit(&born.in[0], &known->in[0]);
	guard_inherit(&born.in[1], &known->in[1]);
	if (bpf_map_update_elem(&processes, &to, &born, BPF_ANY))
		GUARD_LOST(processes);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(guard_exec, struct task_struct *task)
{
	struct guard_config *config = guard_config();
	u32 tgid = task->tgid;
	struct guard_process *known = bpf_map_lookup_elem(&processes, &tgid);

	if (!config)
		return 0;
	if (!known) {
		guard_enter(tgid, task->start_boottime);
		known = bpf_map_lookup_elem(&processes, &tgid);
		if (!known)
			return 0;
	}
#pragma clang loop unroll(disable)
	for (u32 slot = 0; slot < GUARD_SLOTS; slot++)
		if (config->known & 1u << slot)
			guard_know_itself(&known->in[slot & 1], task, slot & 1, config->generation[slot & 1]);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(guard_exit, struct task_struct *task)
{
	struct guard_config *config = guard_config();
	u32 tgid = task->tgid;

	if (task->signal->live.counter)
		return 0;
	bpf_map_delete_elem(&processes, &tgid);
	bpf_map_delete_elem(&exempt, &tgid);
	if (config && config->agent == tgid)
		config->agent_gone = 1;
	return 0;
}

/* Processes that were there before: each by itself, then what is above each. In the slot that user space prepares. */
SEC("iter/task")
int guard_know(struct bpf_iter__task *ctx)
{
	struct guard_config *config = guard_config();
	struct task_struct *task = ctx->task;
	struct guard_process *known;
	u32 tgid, slot;

	if (!task || !config || task->tgid != task->pid)
		return 0;
	tgid = task->tgid;
	slot = config->preparing & 1;
	known = bpf_map_lookup_elem(&processes, &tgid);
	if (!known || known->start != task->start_boottime) {
		guard_enter(tgid, task->start_boottime);
		known = bpf_map_lookup_elem(&processes, &tgid);
		if (!known)
			return 0;
	}
	guard_know_itself(slot ? &known->in[1] : &known->in[0], task, slot, config->generation[slot]);
	return 0;
}

struct guard_climb {
	struct task_struct *task;
	struct guard_identity *to;
	u32 slot, pad;
};

static long guard_climb_step(u32 step, void *context)
{
	struct guard_climb *w = context;
	struct task_struct *parent = w->task->real_parent;
	u32 tgid = parent->tgid;
	struct guard_process *known;
	struct guard_identity *above;

	if (parent == w->task || !tgid)
		return 1;
	known = bpf_map_lookup_elem(&processes, &tgid);
	w->task = parent->group_leader;
	if (known) {
		above = w->slot ? &known->in[1] : &known->in[0];
		for (u32 i = 0; i < GUARD_ANCESTOR_WORDS; i++)
			w->to->ancestors[i] |= above->as_ancestor[i];
		if (!step)
			w->to->parent = above->as_parent;
	}
	return 0;
}

SEC("iter/task")
int guard_know_above(struct bpf_iter__task *ctx)
{
	struct guard_config *config = guard_config();
	struct task_struct *task = ctx->task;
	struct guard_climb w = {};
	struct guard_process *known;
	u32 tgid;

	if (!task || !config || task->tgid != task->pid)
		return 0;
	tgid = task->tgid;
	known = bpf_map_lookup_elem(&processes, &tgid);
	if (!known)
		return 0;
	w.task = task;
	w.slot = config->preparing & 1;
	w.to = w.slot ? &known->in[1] : &known->in[0];
	bpf_loop(GUARD_ANCESTORS_MAX, guard_climb_step, &w, 0);
	return 0;
}

/* Of an object only its own sets count: who acts is known by itself. */
static __always_inline void guard_forget_program(struct guard_facts *facts)
{
	for (u32 i = 0; i < GUARD_SUBJECT_WORDS; i++)
		facts->words[GUARD_SUBJECT + i] = 0;
	for (u32 i = 0; i < GUARD_ANCESTOR_WORDS; i++)
		facts->words[GUARD_ANCESTORS + i] = 0;
	facts->words[GUARD_PARENT] = 0;
}

/* The new program has the file of the act of its start; nothing of it has run yet. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(guard_kill_exec, struct task_struct *task, int old, struct linux_binprm *bprm)
{
	struct guard_case c = {};
	struct guard_program *p = guard_begin(&c, GUARD_ACT_EXEC);
	struct file *file;

	if (!p)
		return 0;
	file = bprm->file;
	if (p->acts[GUARD_ACT_EXEC].needs & (GUARD_NEEDS_OBJECT | GUARD_NEEDS_COMPONENTS)) {
		guard_file_marks(&c.facts, file, c.slot, p->acts[GUARD_ACT_EXEC].needs & GUARD_NEEDS_COMPONENTS);
		guard_forget_program(&c.facts);
	}
	c.dentry = (u64)file->f_path.dentry;
	c.mnt = (u64)file->f_path.mnt;
	c.ino = file->f_inode->i_ino;
	c.dev = file->f_inode->i_sb->s_dev;
	if (file->f_path.dentry->d_parent == file->f_path.dentry)
		c.facts.words[GUARD_FLAGS] = GUARD_FLAG_MEMFD;
	if (guard_end(&c, p, GUARD_K1))
		bpf_send_signal(SIGKILL);
	return 0;
}
