/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* File systems the kernel itself fills, and where they are usually mounted: mounted anywhere else, their
 * files are known under that path, too. */
#ifndef PG_KERNEL_USUAL_MOUNT_H
#define PG_KERNEL_USUAL_MOUNT_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "kernel/object.h"
#include "kernel/read.h"
#include "kernel/walk.h"

#define SYSFS_MAGIC 0x62656572

#define PG_USUAL_PATH_MAX 32

struct usual_mount {
	u64 magic;
	/* The first eight bytes of the last name of the path, and how long that name is. */
	u64 last;
	u32 last_len;
	u32 len;
	/* The path without its first slash. */
	char at[PG_USUAL_PATH_MAX];
};

static const struct usual_mount pg_usual_mounts[PG_USUAL_MOUNTS] = { PG_USUAL_MOUNT_ROWS };

/* The place of a file system in the table; PG_USUAL_MOUNTS where it has none. On its own, so that the
 * kernel's checker follows it once; as are pointers elsewhere, what it looks at is given as a number. */
__noinline u32 pg_usual_mount(u64 sb)
{
	u32 place = PG_USUAL_MOUNTS;
	u64 magic, name;

	/* On a device of its own lies nothing of the kind. */
	if (PG_READ(super_block, sb, s_dev) >> 20)
		return place;
	magic = PG_READ(super_block, sb, s_magic);
	for (u32 i = 0; i < PG_USUAL_MOUNTS; i++)
		if (pg_usual_mounts[i].magic == magic)
			place = i;
	/* devtmpfs has the number of every tmpfs: it is known by the name of its type. */
	if (place == PG_USUAL_DEVTMPFS) {
		name = PG_READ_PTR(super_block, sb, s_type);
		name = PG_READ_PTR(file_system_type, name, name);
		if (PG_READ_WORD(name) != PG_STR8('d', 'e', 'v', 't', 'm', 'p', 'f', 's'))
			place = PG_USUAL_MOUNTS;
	}
	return place;
}

/* Whether a folder is called as the last name of a usual path is. */
static __always_inline bool pg_is_named(u64 folder, u32 place)
{
	const struct usual_mount *u;
	u32 len = PG_READ(dentry, folder, d_name.len);
	u64 name = PG_READ_PTR(dentry, folder, d_name.name);

	/* So that the compiler keeps the mask the verifier needs. */
	barrier_var(place);
	u = &pg_usual_mounts[place & (PG_USUAL_MOUNTS - 1)];
	name = PG_READ_WORD(name);
	if (len < 8)
		name = pg_low_bytes(name, len);
	return len == u->last_len && name == u->last;
}

/* Whether a mount shows its file system from the top on. */
static __always_inline bool pg_shows_whole_fs(u64 mount, u64 sb)
{
	return PG_READ_PTR(mount, mount, mnt.mnt_root) == PG_READ_PTR(super_block, sb, s_root);
}

/* Whether what a mount shows lies where it usually does, as a process sees it: file systems of the first
 * places at the top of the process's root, others somewhere below those. Where it does not, or that is
 * not known, the files have another name. */
__noinline int pg_at_usual_mount(u64 mount, u64 root, u64 root_mnt, u32 place)
{
	u64 above = PG_READ_PTR(mount, mount, mnt_parent), at = PG_READ_PTR(mount, mount, mnt_mountpoint), sb;

	if (!pg_shows_whole_fs(mount, PG_READ_PTR(mount, mount, mnt.mnt_sb)) || !pg_is_named(at, place))
		return 0;
	if (place > PG_USUAL_DEVTMPFS) {
		place = place == PG_USUAL_BINFMT_MISC ? PG_USUAL_PROC : PG_USUAL_SYSFS;
		sb = PG_READ_PTR(mount, above, mnt.mnt_sb);
		if (PG_READ(super_block, sb, s_magic) != (place ? SYSFS_MAGIC : PROC_SUPER_MAGIC) ||
		    !pg_shows_whole_fs(above, sb))
			return 0;
		at = PG_READ_PTR(mount, above, mnt_mountpoint);
		above = PG_READ_PTR(mount, above, mnt_parent);
		if (!pg_is_named(at, place))
			return 0;
	}
	return PG_READ_PTR(dentry, at, d_parent) == root && above == root_mnt;
}

/* Whether files of a file system have another name where the mount shows them, by the file system's usual
 * place: file systems of the table only. */
static __always_inline bool pg_is_mounted_elsewhere(struct task_struct *task, struct mount *mnt, u32 place)
{
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	if (!fs)
		return true;
	return !pg_at_usual_mount((u64)mnt, (u64)BPF_CORE_READ(fs, root.dentry),
				  (u64)pg_real_mount(BPF_CORE_READ(fs, root.mnt)), place);
}

#endif
