/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* One source, two kinds of programs: before the functions that call the security modules (P2), or as a security module
 * (P1). GUARD_LSM chooses. */
#ifndef PEREGRINE_GUARD_HOOK_H
#define PEREGRINE_GUARD_HOOK_H

#include "verdict.h"
#include <bpf/bpf_tracing.h>

#ifdef GUARD_LSM
#define GUARD_SEC(module, function) SEC("lsm/" module)
#define GUARD_LEVEL GUARD_P1
#else
#define GUARD_SEC(module, function) SEC("fmod_ret/security_" function)
#define GUARD_LEVEL GUARD_P2
#endif

/* Where both have one name. */
#define GUARD_HOOK(name) GUARD_SEC(#name, #name)

#define S_IFMT 0170000
#define S_IFREG 0100000
#define S_IFDIR 0040000
#define S_IFBLK 0060000
#define S_IFCHR 0020000
#define S_ISUID 04000
#define S_ISGID 02000
#define S_IXANY 0111

static __always_inline u64 guard_kind(u32 mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return GUARD_FLAG_REGULAR;
	case S_IFDIR: return GUARD_FLAG_DIRECTORY;
	case S_IFBLK:
	case S_IFCHR: return GUARD_FLAG_DEVICE;
	}
	return 0;
}

/* What a mode that is given says. */
static __always_inline u64 guard_mode_flags(u32 mode)
{
	return (mode & S_IXANY ? GUARD_FLAG_EXEC_MODE : 0) | (mode & S_ISUID ? GUARD_FLAG_SETUID_MODE : 0) |
	       (mode & S_ISGID ? GUARD_FLAG_SETGID_MODE : 0);
}

/* What lies deeper than is followed counts as in every set. */
static __always_inline void guard_too_deep(struct guard_case *c)
{
	GUARD_LOST(deep);
	for (u32 i = 0; i < GUARD_OBJECT_WORDS; i++)
		c->facts.words[GUARD_OBJECT + i] = ~0ull;
}

static __always_inline bool guard_wants_object(const struct guard_program *p, u32 act)
{
	return p->acts[act & 31].needs & (GUARD_NEEDS_OBJECT | GUARD_NEEDS_COMPONENTS);
}

/* Decides about an act on what is at a dentry, or will be. */
static __noinline int guard_on_dentry(struct dentry *dentry, u64 mnt, u32 act, u64 flags)
{
	struct guard_case c = {};
	struct guard_program *p = guard_begin(&c, act);
	struct inode *inode;

	if (!p)
		return 0;
	/* All that is kept in variables over calls takes of the little stack there is. */
	c.facts.words[GUARD_FLAGS] = flags;
	c.dentry = (u64)dentry;
	c.mnt = mnt;
	c.dev = dentry->d_sb->s_dev;
	if (guard_wants_object(p, act) &&
	    !guard_marks(&c.facts, dentry, mnt, c.slot, p->acts[act].needs & GUARD_NEEDS_COMPONENTS))
		guard_too_deep(&c);
	inode = guard_inode_of(dentry);
	if (inode) {
		u16 mode = 0;

		bpf_core_read(&mode, sizeof(mode), &inode->i_mode);
		bpf_core_read(&c.ino, sizeof(c.ino), &inode->i_ino);
		c.facts.words[GUARD_FLAGS] |= guard_kind(mode);
	}
	return guard_end(&c, p, GUARD_LEVEL) ? -EPERM : 0;
}

/* The same of an open file, which is there. */
static __noinline int guard_on_file(struct file *file, u32 act, u64 flags)
{
	struct guard_case c = {};
	struct guard_program *p = guard_begin(&c, act);
	struct dentry *dentry;
	struct inode *inode;

	if (!p)
		return 0;
	dentry = file->f_path.dentry;
	inode = file->f_inode;
	if (guard_wants_object(p, act) &&
	    !guard_file_marks(&c.facts, file, c.slot, p->acts[act].needs & GUARD_NEEDS_COMPONENTS))
		guard_too_deep(&c);
	flags |= guard_kind(inode->i_mode);
	if (dentry->d_parent == dentry && !(flags & GUARD_FLAG_DIRECTORY))
		flags |= GUARD_FLAG_MEMFD;
	c.dentry = (u64)dentry;
	c.mnt = (u64)file->f_path.mnt;
	c.ino = inode->i_ino;
	c.dev = inode->i_sb->s_dev;
	c.facts.words[GUARD_FLAGS] = flags;
	return guard_end(&c, p, GUARD_LEVEL) ? -EPERM : 0;
}

/* Decides about an act that has no object. */
static __noinline int guard_on_process(u32 act, u64 flags)
{
	struct guard_case c = {};
	struct guard_program *p = guard_begin(&c, act);

	if (!p)
		return 0;
	c.facts.words[GUARD_FLAGS] = flags;
	return guard_end(&c, p, GUARD_LEVEL) ? -EPERM : 0;
}

#endif
