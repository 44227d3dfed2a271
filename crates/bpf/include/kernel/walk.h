/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Paths as the kernel has them: from a dentry up to the process's root, through mounts. Names are
 * written from the end of the path area backwards, so the result stands there in reading order. */
#ifndef PG_KERNEL_WALK_H
#define PG_KERNEL_WALK_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "record/scratch.h"

/* A path of 4095 bytes has no more names; mounts come between them. */
#define PG_WALK_STEPS 2112
#define PG_WALK_STEPS_UNROLLED 24

struct walk {
	struct scratch *s;
	struct dentry *dentry;
	struct mount *mnt;
	struct dentry *root_dentry;
	struct mount *root_mnt;
	u64 ended;
};

static __always_inline struct mount *pg_real_mount(struct vfsmount *mnt)
{
	return (struct mount *)((char *)mnt - bpf_core_field_offset(struct mount, mnt));
}

/* Puts "/name" in front of the path. Says whether there was room. How far the path goes lies in the scratch
 * and not on the stack: of a number there the kernel's checker knows nothing, and follows the next step once. */
static __always_inline bool pg_prepend_name(struct scratch *s, const void *name, u32 len)
{
	u32 at = s->path_at;

	len &= PG_NAME_MAX - 1;
	if (at <= len + 1 || at > PG_STR_MAX)
		return false;
	at -= len;
	if (bpf_probe_read_kernel(&s->path[at & (PG_STR_MAX - 1)], len, name))
		return false;
	at -= 1;
	s->path[at & (PG_STR_MAX - 1)] = '/';
	s->path_at = at;
	return true;
}

static long pg_walk_step(u32 step, void *context)
{
	struct walk *w = context;
	struct dentry *dentry = w->dentry;
	struct mount *mnt = w->mnt;
	struct dentry *parent;
	const unsigned char *name;
	u32 len;

	if (dentry == w->root_dentry && mnt == w->root_mnt) {
		w->ended = 1;
		return 1;
	}
	if (dentry == BPF_CORE_READ(mnt, mnt.mnt_root)) {
		struct mount *above = BPF_CORE_READ(mnt, mnt_parent);

		if (above == mnt || !above) {
			w->ended = 1;
			return 1;
		}
		w->dentry = BPF_CORE_READ(mnt, mnt_mountpoint);
		w->mnt = above;
		return 0;
	}
	parent = BPF_CORE_READ(dentry, d_parent);
	len = BPF_CORE_READ(dentry, d_name.len);
	name = BPF_CORE_READ(dentry, d_name.name);
	if (parent == dentry || !parent) {
		/* In no folder: a memfd, a pipe, an anonymous inode. Its name is no path. */
		w->ended = 2;
		if (w->s->path_at == PG_STR_MAX && pg_prepend_name(w->s, name, len))
			w->s->path_at += 1;
		return 1;
	}
	if (!pg_prepend_name(w->s, name, len))
		return 1;
	w->dentry = parent;
	return 0;
}

/* Walks from a file, which lies in `mnt`, to a root. A path that does not end is reported as unknown, not as
 * part of one. As the other walks not static, so that the kernel's checker follows it once and not for each
 * way that leads to it: so it takes numbers for what it reads. */
__noinline int pg_walk(struct scratch *s, u64 dentry, u64 mnt, u64 root_dentry, u64 root_mnt)
{
	struct walk w = { .s = s,
			  .dentry = (struct dentry *)dentry,
			  .mnt = pg_real_mount((struct vfsmount *)mnt),
			  .root_dentry = (struct dentry *)root_dentry,
			  .root_mnt = pg_real_mount((struct vfsmount *)root_mnt) };

	if (!s)
		return 0;
	s->path_at = PG_STR_MAX;
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
		bpf_loop(PG_WALK_STEPS, pg_walk_step, &w, 0);
	} else {
		for (u32 i = 0; i < PG_WALK_STEPS_UNROLLED; i++)
			if (pg_walk_step(i, &w))
				break;
	}
	if (!w.ended) {
		s->path_at = PG_STR_MAX;
		return 0;
	}
	if (s->path_at == PG_STR_MAX && w.ended == 1) {
		s->path_at = PG_STR_MAX - 1;
		s->path[PG_STR_MAX - 1] = '/';
	}
	return 0;
}

/* As `struct walk`, without what is not needed here: of a deep chain of functions older kernels count all that
 * they have on the stack, each in steps of 32 bytes. */
struct walk_fs {
	struct scratch *s;
	struct dentry *dentry;
	u64 ended;
};

static long pg_walk_fs_step(u32 step, void *context)
{
	struct walk_fs *w = context;
	struct dentry *dentry = w->dentry;
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);

	if (parent == dentry || !parent) {
		w->ended = 1;
		return 1;
	}
	if (!pg_prepend_name(w->s, BPF_CORE_READ(dentry, d_name.name), BPF_CORE_READ(dentry, d_name.len)))
		return 1;
	w->dentry = parent;
	return 0;
}

/* The path inside the file system: up to its own root, wherever it is mounted. */
__noinline int pg_walk_fs(struct scratch *s, u64 dentry)
{
	struct walk_fs w = { .s = s, .dentry = (struct dentry *)dentry };

	if (!s)
		return 0;
	s->path_at = PG_STR_MAX;
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
		bpf_loop(PG_WALK_STEPS, pg_walk_fs_step, &w, 0);
	} else {
		for (u32 i = 0; i < PG_WALK_STEPS_UNROLLED; i++)
			if (pg_walk_fs_step(i, &w))
				break;
	}
	if (!w.ended)
		s->path_at = PG_STR_MAX;
	return 0;
}

static __always_inline void pg_walk_path(struct scratch *s, struct task_struct *task, struct path *path)
{
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	s->path_at = PG_STR_MAX;
	if (!fs || !path)
		return;
	pg_walk(s, (u64)BPF_CORE_READ(path, dentry), (u64)BPF_CORE_READ(path, mnt), (u64)BPF_CORE_READ(fs, root.dentry),
		(u64)BPF_CORE_READ(fs, root.mnt));
}

static __always_inline void pg_walk_file(struct scratch *s, struct task_struct *task, struct file *file)
{
	s->path_at = PG_STR_MAX;
	if (file)
		pg_walk_path(s, task, (struct path *)((char *)file + bpf_core_field_offset(struct file, f_path)));
}

struct walk_cgroup {
	struct scratch *s;
	struct kernfs_node *node;
	u64 ended;
};

static __always_inline struct kernfs_node *pg_kernfs_parent(struct kernfs_node *node)
{
	struct kernfs_node___old *old = (void *)node;

	if (bpf_core_field_exists(old->parent))
		return BPF_CORE_READ(old, parent);
	return BPF_CORE_READ(node, __parent);
}

static long pg_walk_cgroup_step(u32 step, void *context)
{
	struct walk_cgroup *c = context;
	struct kernfs_node *node = c->node;
	struct kernfs_node *parent = pg_kernfs_parent(node);
	long n;

	if (!parent) {
		c->ended = 1;
		return 1;
	}
	n = bpf_probe_read_kernel_str(c->s->small, PG_NAME_MAX, BPF_CORE_READ(node, name));
	if (n <= 1 || !pg_prepend_name(c->s, c->s->small, n - 1))
		return 1;
	c->node = parent;
	return 0;
}

/* The path of a control group in its hierarchy. */
__noinline int pg_walk_cgroup(struct scratch *s, u64 node)
{
	struct walk_cgroup c = { .s = s, .node = (struct kernfs_node *)node };

	if (!s)
		return 0;
	s->path_at = PG_STR_MAX;
	if (!node)
		return 0;
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
		bpf_loop(PG_WALK_STEPS, pg_walk_cgroup_step, &c, 0);
	} else {
		for (u32 i = 0; i < PG_WALK_STEPS_UNROLLED; i++)
			if (pg_walk_cgroup_step(i, &c))
				break;
	}
	if (!c.ended) {
		s->path_at = PG_STR_MAX;
	} else if (s->path_at == PG_STR_MAX) {
		s->path_at = PG_STR_MAX - 1;
		s->path[PG_STR_MAX - 1] = '/';
	}
	return 0;
}

#endif
