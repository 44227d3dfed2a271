/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* File systems the kernel itself fills, and where they are usually mounted: mounted anywhere else, their
 * files are known under that path, too. crates/hostinfo/src/usual.rs has the same table. */
#ifndef PEREGRINE_USUAL_H
#define PEREGRINE_USUAL_H

#define PROC_MAGIC 0x9fa0
#define SYSFS_MAGIC 0x62656572
#define DEV_MAGIC 0x01021994

#define USUAL_MOST 32
#define NAME8(a, b, c, d, e, f, g, h)                                                                         \
	((u64)(a) | (u64)(b) << 8 | (u64)(c) << 16 | (u64)(d) << 24 | (u64)(e) << 32 | (u64)(f) << 40 |       \
	 (u64)(g) << 48 | (u64)(h) << 56)

struct usual {
	u64 magic;
	/* The first eight bytes of the last name of the path, and how long that name is. */
	u64 last;
	u32 last_len;
	u32 len;
	/* The path without its first slash. */
	char at[USUAL_MOST];
};

#define USUAL_PLACES 16
#define PLACE_PROC 0
#define PLACE_SYS 1
#define PLACE_DEV 2

const struct usual usual_places[USUAL_PLACES] = {
	{ PROC_MAGIC, NAME8('p', 'r', 'o', 'c', 0, 0, 0, 0), 4, 4, "proc" },
	{ SYSFS_MAGIC, NAME8('s', 'y', 's', 0, 0, 0, 0, 0), 3, 3, "sys" },
	/* devtmpfs has the number of every tmpfs: it is known by the name of its type. */
	{ DEV_MAGIC, NAME8('d', 'e', 'v', 0, 0, 0, 0, 0), 3, 3, "dev" },
	{ 0x63677270, NAME8('c', 'g', 'r', 'o', 'u', 'p', 0, 0), 6, 13, "sys/fs/cgroup" },
	{ 0x74726163, NAME8('t', 'r', 'a', 'c', 'i', 'n', 'g', 0), 7, 18, "sys/kernel/tracing" },
	{ 0x64626720, NAME8('d', 'e', 'b', 'u', 'g', 0, 0, 0), 5, 16, "sys/kernel/debug" },
	{ 0xcafe4a11, NAME8('b', 'p', 'f', 0, 0, 0, 0, 0), 3, 10, "sys/fs/bpf" },
	{ 0x73636673, NAME8('s', 'e', 'c', 'u', 'r', 'i', 't', 'y'), 8, 19, "sys/kernel/security" },
	{ 0x62656570, NAME8('c', 'o', 'n', 'f', 'i', 'g', 0, 0), 6, 17, "sys/kernel/config" },
	{ 0x6165676c, NAME8('p', 's', 't', 'o', 'r', 'e', 0, 0), 6, 13, "sys/fs/pstore" },
	{ 0xde5e81e4, NAME8('e', 'f', 'i', 'v', 'a', 'r', 's', 0), 7, 24, "sys/firmware/efi/efivars" },
	{ 0xf97cff8c, NAME8('s', 'e', 'l', 'i', 'n', 'u', 'x', 0), 7, 14, "sys/fs/selinux" },
	{ 0x43415d53, NAME8('s', 'm', 'a', 'c', 'k', 'f', 's', 0), 7, 14, "sys/fs/smackfs" },
	{ 0x65735543, NAME8('c', 'o', 'n', 'n', 'e', 'c', 't', 'i'), 11, 23, "sys/fs/fuse/connections" },
	{ 0x07655821, NAME8('r', 'e', 's', 'c', 't', 'r', 'l', 0), 7, 14, "sys/fs/resctrl" },
	{ 0x42494e4d, NAME8('b', 'i', 'n', 'f', 'm', 't', '_', 'm'), 11, 23, "proc/sys/fs/binfmt_misc" },
};

/* The place of a file system in the table; USUAL_PLACES where it has none. On its own, so that the
 * kernel's checker follows it once; as are pointers elsewhere, what it looks at is given as a number. */
__noinline u32 usual_place(u64 sb)
{
	u32 place = USUAL_PLACES;
	u64 magic, name;

	/* On a device of its own lies nothing of the kind. */
	if (LOOK(super_block, sb, s_dev) >> 20)
		return place;
	magic = LOOK(super_block, sb, s_magic);
	for (u32 i = 0; i < USUAL_PLACES; i++)
		if (usual_places[i].magic == magic)
			place = i;
	if (place == PLACE_DEV) {
		name = LOOK_AT(super_block, sb, s_type);
		name = LOOK_AT(file_system_type, name, name);
		if (LOOK_WORD(name) != NAME8('d', 'e', 'v', 't', 'm', 'p', 'f', 's'))
			place = USUAL_PLACES;
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
	u = &usual_places[place & (USUAL_PLACES - 1)];
	name = LOOK_WORD(name);
	if (len < 8)
		name = pd_low(name, len);
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
	if (place > PLACE_DEV) {
		place = place == USUAL_PLACES - 1 ? PLACE_PROC : PLACE_SYS;
		sb = LOOK_AT(mount, above, mnt.mnt_sb);
		if (LOOK(super_block, sb, s_magic) != (place ? SYSFS_MAGIC : PROC_MAGIC) || !shows_all(above, sb))
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
