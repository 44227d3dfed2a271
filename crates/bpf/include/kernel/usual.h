/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* File systems the kernel itself fills, and where they are usually mounted: mounted anywhere else, their
 * files are known under that path, too. */
#ifndef PG_KERNEL_USUAL_H
#define PG_KERNEL_USUAL_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "kernel/look.h"
#include "kernel/object.h"
#include "kernel/walk.h"

#define SYSFS_MAGIC 0x62656572

#define USUAL_MOST 32

struct usual {
	u64 magic;
	/* The first eight bytes of the last name of the path, and how long that name is. */
	u64 last;
	u32 last_len;
	u32 len;
	/* The path without its first slash. */
	char at[USUAL_MOST];
};

static const struct usual usual_places[PG_USUAL_MOUNTS] = { PG_USUAL_MOUNT_ROWS };

/* The place of a file system in the table; PG_USUAL_MOUNTS where it has none. On its own, so that the
 * kernel's checker follows it once; as are pointers elsewhere, what it looks at is given as a number. */
__noinline u32 usual_place(u64 sb)
{
	u32 place = PG_USUAL_MOUNTS;
	u64 magic, name;

	/* On a device of its own lies nothing of the kind. */
	if (LOOK(super_block, sb, s_dev) >> 20)
		return place;
	magic = LOOK(super_block, sb, s_magic);
	for (u32 i = 0; i < PG_USUAL_MOUNTS; i++)
		if (usual_places[i].magic == magic)
			place = i;
	/* devtmpfs has the number of every tmpfs: it is known by the name of its type. */
	if (place == PG_USUAL_DEVTMPFS) {
		name = LOOK_AT(super_block, sb, s_type);
		name = LOOK_AT(file_system_type, name, name);
		if (LOOK_WORD(name) != LETTERS('d', 'e', 'v', 't', 'm', 'p', 'f', 's'))
			place = PG_USUAL_MOUNTS;
	}
	return place;
}

/* Whether a folder is called as the last name of a usual path is. */
static __always_inline bool is_called(u64 folder, u32 place)
{
	const struct usual *u;
	u32 len = LOOK(dentry, folder, d_name.len);
	u64 name = LOOK_AT(dentry, folder, d_name.name);

	/* So that the compiler keeps the mask the verifier needs. */
	barrier_var(place);
	u = &usual_places[place & (PG_USUAL_MOUNTS - 1)];
	name = LOOK_WORD(name);
	if (len < 8)
		name = low_bytes(name, len);
	return len == u->last_len && name == u->last;
}

/* Whether a mount shows its file system from the top on. */
static __always_inline bool shows_all(u64 mount, u64 sb)
{
	return LOOK_AT(mount, mount, mnt.mnt_root) == LOOK_AT(super_block, sb, s_root);
}

/* Whether what a mount shows lies where it usually does, as a process sees it: file systems of the first
 * places at the top of the process's root, others somewhere below those. Where it does not, or that is
 * not known, the files have another name. */
__noinline int in_usual_place(u64 mount, u64 root, u64 root_mnt, u32 place)
{
	u64 above = LOOK_AT(mount, mount, mnt_parent), at = LOOK_AT(mount, mount, mnt_mountpoint), sb;

	if (!shows_all(mount, LOOK_AT(mount, mount, mnt.mnt_sb)) || !is_called(at, place))
		return 0;
	if (place > PG_USUAL_DEVTMPFS) {
		place = place == PG_USUAL_BINFMT_MISC ? PG_USUAL_PROC : PG_USUAL_SYSFS;
		sb = LOOK_AT(mount, above, mnt.mnt_sb);
		if (LOOK(super_block, sb, s_magic) != (place ? SYSFS_MAGIC : PROC_SUPER_MAGIC) || !shows_all(above, sb))
			return 0;
		at = LOOK_AT(mount, above, mnt_mountpoint);
		above = LOOK_AT(mount, above, mnt_parent);
		if (!is_called(at, place))
			return 0;
	}
	return LOOK_AT(dentry, at, d_parent) == root && above == root_mnt;
}

/* Whether files of a file system have another name where the mount shows them, by the file system's usual
 * place: file systems of the table only. */
static __always_inline bool lies_elsewhere(struct task_struct *task, struct mount *mnt, u32 place)
{
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	if (!fs)
		return true;
	return !in_usual_place((u64)mnt, (u64)BPF_CORE_READ(fs, root.dentry),
			       (u64)real_mount(BPF_CORE_READ(fs, root.mnt)), place);
}

#endif
