/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* From the facts of an act to what the kernel is answered, and the record of it. */
#ifndef PEREGRINE_GUARD_VERDICT_H
#define PEREGRINE_GUARD_VERDICT_H

#include "object.h"
#include "process.h"

#define EPERM 1
#define SIGKILL 9
#define SIGSTOP 19

/* What is on the stack while an act is decided. */
struct guard_case {
	struct guard_facts facts;
	u32 act, slot;
	/* For the record: where the object is, the address. */
	u64 dentry, mnt, ino;
	u32 dev;
	u16 family, port;
	u8 address[16];
};

struct guard_path {
	struct guard_verdict *to;
	u64 dentry, mount;
};

static long guard_path_step(u32 step, void *context)
{
	struct guard_path *w = context;
	struct dentry *dentry = (struct dentry *)w->dentry;
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
	struct mount *mount = (struct mount *)w->mount, *above;
	u32 len, at;

	if (parent == dentry || !parent) {
		above = mount ? BPF_CORE_READ(mount, mnt_parent) : 0;
		if (!above || above == mount)
			return 1;
		w->dentry = (u64)BPF_CORE_READ(mount, mnt_mountpoint);
		w->mount = (u64)above;
		return 0;
	}
	if (mount && dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		above = BPF_CORE_READ(mount, mnt_parent);
		if (above != mount) {
			w->dentry = (u64)BPF_CORE_READ(mount, mnt_mountpoint);
			w->mount = (u64)above;
			return 0;
		}
	}
	len = BPF_CORE_READ(dentry, d_name.len) & 255;
	at = w->to->path_at;
	if (at <= len + 1 || at > GUARD_PATH_BYTES)
		return 1;
	at -= len;
	if (bpf_probe_read_kernel(&w->to->path[at & (GUARD_PATH_BYTES - 1)], len, BPF_CORE_READ(dentry, d_name.name)))
		return 1;
	at -= 1;
	w->to->path[at & (GUARD_PATH_BYTES - 1)] = '/';
	w->to->path_at = at;
	w->dentry = (u64)parent;
	return 0;
}

/* Returns whether there was room for it. */
__noinline int guard_record(struct guard_case *c, u32 policy, u32 action_mode_level)
{
	struct task_struct *task = GUARD_TASK();
	struct guard_path w = {};
	struct guard_verdict *v;

	if (!c)
		return 0;
	v = bpf_ringbuf_reserve(&verdicts, sizeof(*v), 0);
	if (!v) {
		GUARD_LOST(records);
		return 0;
	}
	v->time = bpf_ktime_get_boot_ns();
	v->cgroup = guard_cgroup(task);
	v->ino = c->ino;
	v->dev = c->dev;
	v->flags = c->facts.words[GUARD_FLAGS];
	v->policy = policy;
	v->tgid = BPF_CORE_READ(task, tgid);
	v->pid = BPF_CORE_READ(task, pid);
	v->uid = BPF_CORE_READ(task, cred, euid.val);
	v->act = c->act;
	v->action = action_mode_level;
	v->mode = action_mode_level >> 8;
	v->level = action_mode_level >> 16;
	v->family = c->family;
	v->port = c->port;
	__builtin_memcpy(v->address, c->address, sizeof(v->address));
	bpf_probe_read_kernel(v->comm, sizeof(v->comm), task->comm);
	v->path_at = GUARD_PATH_BYTES;
	if (c->dentry) {
		w.to = v;
		w.dentry = c->dentry;
		w.mount = c->mnt ? (u64)guard_mount_of(c->mnt) : 0;
		bpf_loop(2 * GUARD_PATH_BYTES, guard_path_step, &w, 0);
	}
	bpf_ringbuf_submit(v, 0);
	return 1;
}

/* Whom nothing is denied: the first process, threads of the kernel, the agent. */
static __always_inline int guard_is_exempt(struct task_struct *task)
{
	u32 tgid = BPF_CORE_READ(task, tgid);
	u64 *since;

	if (tgid <= 1 || BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return 1;
	since = bpf_map_lookup_elem(&exempt, &tgid);
	return since && *since == BPF_CORE_READ(task, group_leader, start_boottime);
}

/* What follows from the end of an act's steps. */
static __always_inline int guard_answer(struct guard_case *c, struct guard_program *p, u32 end, u32 level)
{
	struct task_struct *task = GUARD_TASK();
	struct guard_config *config = guard_config();
	struct guard_policy *policy;
	struct guard_hits *hits;
	u8 mode, action, flags;
	int recorded __attribute__((unused));
	u32 id;

	policy = &p->policies[end & (GUARD_POLICIES - 1)];
	id = policy->id;
	mode = policy->mode;
	action = policy->action;
	flags = policy->flags;
	if (!config || guard_is_exempt(task) || (config->agent_gone && !policy->fail_closed))
		return 0;
	if (!(flags & GUARD_POLICY_EVEN_THE_WAY_IN)) {
		struct guard_identity *who =
			guard_identity(BPF_CORE_READ(task, tgid), BPF_CORE_READ(task, group_leader, start_boottime),
				       c->slot, config->generation[c->slot & 1]);

		if (who && who->flags & GUARD_WAY_IN)
			return 0;
	}
	hits = bpf_map_lookup_elem(&hits_of, &id);
	if (hits) {
		__sync_fetch_and_add(mode == GUARD_MODE_ENFORCE ? &hits->denied : &hits->would, 1);
		hits->last = bpf_ktime_get_boot_ns();
	}
	recorded = guard_record(c, id, (u32)action | (u32)mode << 8 | level << 16);
	if (mode != GUARD_MODE_ENFORCE)
		return 0;
		/* Programs of control groups may send none on 6.1 and 6.12: there whoever reads the record kills. */
#ifndef GUARD_SENDS_NO_SIGNALS
	/* Of a tree the agent ends all, while the first, which has stopped, is still above the others. */
	if (action == GUARD_ACTION_KILL_TREE && level != GUARD_K1 && recorded && !config->agent_gone)
		bpf_send_signal(SIGSTOP);
	else if (action != GUARD_ACTION_DENY)
		bpf_send_signal(SIGKILL);
#endif
	return -EPERM;
}

struct guard_way {
	const struct guard_program *p;
	const struct guard_facts *facts;
	u32 at, pad;
};

static long guard_way_step(u32 step, void *context)
{
	struct guard_way *w = context;

	if (w->at & GUARD_MATCH)
		return 1;
	w->at = guard_step_to(w->p, &w->p->steps[w->at & (GUARD_STEPS - 1)], w->facts);
	return 0;
}

/* Walks the steps of an act, as `guard_run` does, which the kernel's checker would follow through all of them. */
__noinline int guard_run_steps(const struct guard_program *p, u32 at, const struct guard_facts *facts)
{
	struct guard_way w = { .p = p, .facts = facts, .at = at };

	if (!p || !facts)
		return GUARD_END;
	bpf_loop(GUARD_MAX_STEPS + 1, guard_way_step, &w, 0);
	return w.at;
}

/* Whether this is the act by which the agent tries a hook. */
static __noinline int guard_is_canary(u32 act)
{
	struct guard_config *config = guard_config();
	struct task_struct *task = GUARD_TASK();
	u32 canary;

	if (!config || !config->canary || config->canary_act != act)
		return 0;
	canary = config->canary;
	if (BPF_CORE_READ(task, pid) != canary && BPF_CORE_READ(task, real_parent, pid) != canary)
		return 0;
	__sync_fetch_and_add(&config->canary_hits, 1);
	return 1;
}

/* The program that decides about an act now; nothing where no policy is about it. */
static __always_inline struct guard_program *guard_begin(struct guard_case *c, u32 act)
{
	struct guard_config *config = guard_config();
	struct guard_program *p;

	if (!config)
		return 0;
	c->slot = config->current & 1;
	p = guard_program(c->slot);
	if (!p)
		return 0;
	/* While a hook is tried its end is reached, where that is looked for: here there is no room on the stack. */
	if (!config->canary && p->acts[act].all == GUARD_END && p->acts[act].no_object == GUARD_END)
		return 0;
	c->act = act;
	return p;
}

/* The end of every program: all facts of the object, the flags and the address are there. */
__noinline int guard_end(struct guard_case *c, struct guard_program *p, u32 level)
{
	struct guard_act *entry;
	u32 at, end, act;

	if (!c || !p)
		return 0;
	if (guard_is_canary(c->act))
		return -EPERM;
	act = c->act;
	if (act >= GUARD_ACTS)
		return 0;
	entry = &p->acts[act];
	at = guard_has_object(&c->facts) ? entry->all : entry->no_object;
	if (at == GUARD_END)
		return 0;
	if (entry->needs)
		guard_subject(&c->facts, entry->needs, c->slot);
	end = guard_run_steps(p, at, &c->facts);
	if (end == GUARD_END || !(end & GUARD_MATCH))
		return 0;
	return guard_answer(c, p, end, level);
}

#endif
