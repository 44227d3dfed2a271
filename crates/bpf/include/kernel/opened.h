/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What an open led to, whichever way it was asked for. */
#ifndef PG_KERNEL_OPENED_H
#define PG_KERNEL_OPENED_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "kernel/object.h"
#include "record/scratch.h"

/* Permission bits are the same numbers in the capture format. */
#define PG_MODE_BITS 07777
#define PG_O_CREAT_OR_TMPFILE (0100 | 020000000)

struct opened {
	struct file *file;
	struct inode *inode;
	u32 flags;
	/* Opened only as a place (O_PATH): nothing can be read or written. */
	bool place;
};

/* What an open led to: `file` is 0 where it failed. */
static __always_inline struct opened pg_opened_file(struct file *file, u32 asked)
{
	struct opened r = { .flags = pg_open_flags(asked) };
	struct inode *inode;

	if (!file)
		return r;
	inode = BPF_CORE_READ(file, f_inode);
	r.flags |= pg_overlay_layer(inode);
	if (BPF_CORE_READ(file, f_mode) & FMODE_CREATED)
		r.flags |= PPM_O_F_CREATED;
	r.place = BPF_CORE_READ(file, f_mode) & FMODE_PATH;
	r.file = file;
	r.inode = inode;
	return r;
}

static __always_inline struct opened pg_opened_fd(struct task_struct *task, long ret, u32 asked)
{
	return pg_opened_file(ret < 0 ? 0 : pg_file_of_fd(task, ret), asked);
}

static __always_inline void pg_put_dev_ino(struct scratch *s, u32 i, struct opened *r)
{
	struct inode *inode = r->inode;

	pg_put_u32(s, i, inode ? pg_encode_dev(BPF_CORE_READ(inode, i_sb, s_dev)) : 0);
	pg_put_u64(s, i + 1, inode ? BPF_CORE_READ(inode, i_ino) : 0);
}

static __always_inline u32 pg_create_mode(u32 asked, u32 mode)
{
	return asked & PG_O_CREAT_OR_TMPFILE ? mode & PG_MODE_BITS : 0;
}

/* RESOLVE_NO_XDEV, _NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH, _IN_ROOT, _CACHED */
static __always_inline u32 pg_resolve_flags(u64 asked)
{
	return (asked & 1 ? PPM_RESOLVE_NO_XDEV : 0) | (asked & 2 ? PPM_RESOLVE_NO_MAGICLINKS : 0) |
	       (asked & 4 ? PPM_RESOLVE_NO_SYMLINKS : 0) | (asked & 8 ? PPM_RESOLVE_BENEATH : 0) |
	       (asked & 16 ? PPM_RESOLVE_IN_ROOT : 0) | (asked & 32 ? PPM_RESOLVE_CACHED : 0);
}

#endif
