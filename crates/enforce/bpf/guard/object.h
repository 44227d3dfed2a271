/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which sets an object is in: by its inode, by its name in its folder, and by the folders above it, up to the root of
 * its file system, whatever part of that is mounted, then on from where it is mounted. */
#ifndef PEREGRINE_GUARD_OBJECT_H
#define PEREGRINE_GUARD_OBJECT_H

#include "maps.h"
#include <bpf/bpf_core_read.h>

/* Folders above an object, each way. What lies deeper is denied to whom policies read paths for. */
#define GUARD_DEPTH 65536

/* Adds the sets of a path to facts: of an object; for identities also of a program. */
static __always_inline void guard_add(struct guard_facts *to, const struct guard_path_marks *from)
{
	for (u32 i = 0; i < GUARD_OBJECT_WORDS; i++)
		to->words[GUARD_OBJECT + i] |= from->object[i];
#ifdef GUARD_IDENTITIES
	for (u32 i = 0; i < GUARD_SUBJECT_WORDS; i++)
		to->words[GUARD_SUBJECT + i] |= from->exe[i];
	for (u32 i = 0; i < GUARD_ANCESTOR_WORDS; i++)
		to->words[GUARD_ANCESTORS + i] |= from->ancestors[i];
	to->words[GUARD_PARENT] |= from->parent;
#endif
}

struct guard_walk {
	struct dentry *dentry;
	struct guard_facts *marks;
	u32 dev;
	/* Whether the object's name is in the table. */
	u8 slot, ended, named, pad;
};

/* The same beyond a mount: by numbers for pointers. */
struct guard_far {
	u64 dentry, mount;
	struct guard_facts *marks;
	u8 slot, steps, ended, crosses;
};

/* The bytes of a name behind the first ones, as one number. The same names have the same number; two that begin alike
 * and share it would be taken for each other. */
static __always_inline u64 guard_rest(u64 name, u32 len)
{
	u64 rest = 0xcbf29ce484222325ull;

	for (u32 at = GUARD_NAME_BYTES; at < 256; at += 8) {
		u64 word = 0;
		u32 left = len > at ? len - at : 0;

		if (!left)
			break;
		if (left > 8)
			left = 8;
		bpf_probe_read_kernel(&word, left, (void *)(name + at));
		rest = (rest ^ word) * 0x9e3779b97f4a7c15ull;
		rest ^= rest >> 29;
	}
	return rest;
}

static __always_inline void guard_put_name(struct guard_name *key, u64 name, u32 len)
{
	u32 short_len = len;

	__builtin_memset(key, 0, sizeof(*key));
	key->len = len;
	if (short_len > GUARD_NAME_BYTES)
		short_len = GUARD_NAME_BYTES;
	bpf_probe_read_kernel(key->name, short_len, (void *)name);
	if (len > GUARD_NAME_BYTES)
		key->rest = guard_rest(name, len);
}

/* Here as below not static, so that the kernel's checker follows a function once and not for each call.
 * What a folder says of the object, which is that many steps below what lies in it. Whether it has names that do. */
__noinline int guard_in_dir(struct guard_facts *marks, u64 ino, u32 dev, u32 steps, u32 slot)
{
	struct guard_inode dir = { .ino = ino, .dev = dev };
	struct guard_dir_marks *above;

	if (!marks)
		return 0;
	above = GUARD_LOOK_UP(dirs, slot, &dir);
	if (!above)
		return 0;
	guard_add(marks, &above->below);
	if (!steps)
		guard_add(marks, &above->children);
	return above->has_names;
}

/* What a name in a folder says of it. Whether it is the object's own name, and in the table. */
__noinline int guard_at(struct guard_facts *marks, u64 ino, u32 dev, u64 name, u64 len_steps_slot)
{
	u32 slot = len_steps_slot & 1, steps = len_steps_slot >> 1 & 3, len = len_steps_slot >> 32;
	struct guard_name_marks *named;
	struct guard_name key;

	if (!marks)
		return 0;
	guard_put_name(&key, name, len);
	key.dev = dev;
	key.parent = ino;
	named = GUARD_LOOK_UP(names, slot, &key);
	if (!named)
		return 0;
	if (!steps) {
		guard_add(marks, &named->self);
		return 1;
	}
	guard_add(marks, &named->below);
	if (steps == 1)
		guard_add(marks, &named->children);
	return 0;
}

/* The address of a name as a number: functions that are followed once take no pointer of the kernel's. */
static __always_inline u64 guard_name_of(struct dentry *dentry)
{
	u64 name = 0;

	bpf_probe_read_kernel(&name, sizeof(name), &dentry->d_name.name);
	return name;
}

#define GUARD_LEN_STEPS_SLOT(len, steps, slot) ((u64)(len) << 32 | (u64)(steps) << 1 | (slot))

/* What changes between steps is not asked of the walk but of the number of the step: kernels before 6.6 check a step
 * as if it were the first, and take what is known then for what is known always. */
static long guard_near_step(u32 step, void *context)
{
	struct guard_walk *w = context;
	struct dentry *dentry = w->dentry;
	struct dentry *parent = dentry->d_parent;
	u64 ino;

	if (parent == dentry || !parent) {
		w->ended = 1;
		return 1;
	}
	ino = parent->d_inode->i_ino;
	if (step > 2)
		step = 2;
	if (guard_in_dir(w->marks, ino, w->dev, step, w->slot) &&
	    guard_at(w->marks, ino, w->dev, guard_name_of(dentry),
		     GUARD_LEN_STEPS_SLOT(dentry->d_name.len, step, w->slot)))
		w->named = 1;
	w->dentry = parent;
	return 0;
}

static __always_inline struct mount *guard_mount_of(u64 mnt)
{
	return (struct mount *)(mnt - bpf_core_field_offset(struct mount, mnt));
}

static long guard_far_step(u32 step, void *context)
{
	struct guard_far *w = context;
	struct dentry *dentry = (struct dentry *)w->dentry;
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
	u32 dev;
	u64 ino;

	if (parent == dentry || !parent) {
		struct mount *mount = (struct mount *)w->mount;
		struct mount *above = w->crosses ? BPF_CORE_READ(mount, mnt_parent) : 0;

		if (!above || above == mount) {
			w->ended = 1;
			return 1;
		}
		w->dentry = (u64)BPF_CORE_READ(mount, mnt_mountpoint);
		w->mount = (u64)above;
		return 0;
	}
	ino = BPF_CORE_READ(parent, d_inode, i_ino);
	dev = BPF_CORE_READ(parent, d_inode, i_sb, s_dev);
	step += w->steps;
	if (step > 2)
		step = 2;
	if (guard_in_dir(w->marks, ino, dev, step, w->slot))
		guard_at(w->marks, ino, dev, (u64)BPF_CORE_READ(dentry, d_name.name),
			 GUARD_LEN_STEPS_SLOT(BPF_CORE_READ(dentry, d_name.len), step, w->slot));
	w->dentry = (u64)parent;
	return 0;
}

/* The object at a dentry, by numbers for pointers, and on through mounts where there is one. */
__noinline int guard_far_marks(struct guard_facts *marks, u64 dentry, u64 mount, u32 slot, u32 steps)
{
	struct guard_far w = {
		.dentry = dentry, .mount = mount, .marks = marks, .slot = slot, .steps = steps, .crosses = mount != 0
	};

	if (!marks)
		return 0;
	bpf_loop(GUARD_DEPTH, guard_far_step, &w, 0);
	return w.ended;
}

__noinline int guard_inode_marks(struct guard_facts *marks, u64 ino, u32 dev, u32 generation, u32 slot)
{
	struct guard_inode key = { .ino = ino, .dev = dev };
	struct guard_inode_marks *known;

	if (!marks)
		return 0;
	known = GUARD_LOOK_UP(inodes, slot, &key);
	if (known && (!known->generation || known->generation == generation))
		guard_add(marks, &known->self);
	return 0;
}

/* The inode of a name that is in the table is remembered: hard links to it lead to the same sets. */
__noinline int guard_learn(struct guard_facts *marks, u64 ino, u32 dev, u32 generation, u32 slot)
{
	struct guard_inode key = { .ino = ino, .dev = dev };
	struct guard_inode_marks learned = { .generation = generation };
	struct guard_inode_marks *known;
	void *inner;

	if (!marks)
		return 0;
	inner = bpf_map_lookup_elem(&inodes, &slot);
	if (!inner)
		return 0;
	known = bpf_map_lookup_elem(inner, &key);
	if (known && (!known->generation || known->generation == generation)) {
		u64 missing = 0;

		for (u32 i = 0; i < GUARD_OBJECT_WORDS; i++)
			missing |= marks->words[GUARD_OBJECT + i] & ~known->self.object[i];
		if (!missing)
			return 0;
	}
	for (u32 i = 0; i < GUARD_OBJECT_WORDS; i++)
		learned.self.object[i] = marks->words[GUARD_OBJECT + i];
	if (bpf_map_update_elem(inner, &key, &learned, BPF_ANY))
		GUARD_LOST(inodes);
	return 0;
}

__noinline int guard_last_component(struct guard_facts *marks, u64 name, u32 len, u32 slot)
{
	struct guard_name_marks *named;
	struct guard_name key;

	if (!marks)
		return 0;
	guard_put_name(&key, name, len);
	named = GUARD_LOOK_UP(names, slot, &key);
	if (named)
		guard_add(marks, &named->self);
	return 0;
}

/* A pointer of the kernel's as a number. Kernels from 6.4 on take some pointers for never NULL that can be: a name
 * without a file has no inode, memory no file. They leave tests of such a pointer out and do not catch its use, so it is
 * tested, and followed, as a number. */
#define GUARD_NUMBER(pointer)                                                               \
	({                                                                                  \
		typeof(pointer) guard_pointer = (pointer);                                  \
		u64 guard_number = 0;                                                       \
                                                                                            \
		bpf_probe_read_kernel(&guard_number, sizeof(guard_number), &guard_pointer); \
		guard_number;                                                               \
	})

/* The inode at a dentry, where there is one. */
static __always_inline struct inode *guard_inode_of(struct dentry *dentry)
{
	u64 inode = 0;

	bpf_probe_read_kernel(&inode, sizeof(inode), &dentry->d_inode);
	return (struct inode *)inode;
}

/* All the sets of what is at a dentry, which may be a name without a file. `mnt` is the mount it is seen through, 0
 * where a hook does not say. Whether it was followed to the end. */
static __noinline int guard_marks(struct guard_facts *marks, struct dentry *dentry, u64 mnt, u32 slot, bool names)
{
	struct guard_walk w = { .marks = marks, .slot = slot };
	struct inode *inode = guard_inode_of(dentry);
	struct mount *mount = 0, *above = 0;
	long walked;

	w.dentry = dentry;
	w.dev = dentry->d_sb->s_dev;
	if (inode)
		guard_inode_marks(marks, BPF_CORE_READ(inode, i_ino), w.dev, BPF_CORE_READ(inode, i_generation), slot);
	if (names)
		guard_last_component(marks, guard_name_of(dentry), dentry->d_name.len, slot);
	walked = bpf_loop(GUARD_DEPTH, guard_near_step, &w, 0);
	if (mnt) {
		mount = guard_mount_of(mnt);
		above = BPF_CORE_READ(mount, mnt_parent);
	}
	if (above && above != mount) {
		struct dentry *root = BPF_CORE_READ(mount, mnt.mnt_root);
		u32 steps = 2;

		/* The root of a mount has the name of the folder it is mounted on. The last step was to see that it is
		 * the root. */
		if ((u64)root == (u64)dentry)
			steps = 0;
		else if (walked == 2 && BPF_CORE_READ(root, d_parent) == root)
			steps = 1;
		guard_far_marks(marks, (u64)BPF_CORE_READ(mount, mnt_mountpoint), (u64)above, slot, steps);
	}
	if (w.named && inode)
		guard_learn(marks, BPF_CORE_READ(inode, i_ino), w.dev, BPF_CORE_READ(inode, i_generation), slot);
	return w.ended;
}

/* What an overlay's file is in the layer it lies in. */
static __noinline int guard_layer_marks(struct guard_facts *marks, struct inode *inode, u32 slot)
{
	struct hlist_node *first = inode->i_dentry.first;
	u64 alias = 0;

	guard_inode_marks(marks, inode->i_ino, inode->i_sb->s_dev, inode->i_generation, slot);
	bpf_probe_read_kernel(&alias, sizeof(alias), &first);
	if (alias)
		guard_far_marks(marks, alias - bpf_core_field_offset(struct dentry, d_u.d_alias), 0, slot, 0);
	return 0;
}

/* The same of an open file. An overlay's is also that of the layer it lies in. */
static __always_inline int guard_file_marks(struct guard_facts *marks, struct file *file, u32 slot, bool names)
{
	struct dentry *dentry = file->f_path.dentry;
	struct inode *inode = file->f_inode;

	if (inode != dentry->d_inode && inode)
		guard_layer_marks(marks, inode, slot);
	return guard_marks(marks, dentry, (u64)file->f_path.mnt, slot, names);
}

#endif
