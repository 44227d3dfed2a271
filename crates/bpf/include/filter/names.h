/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The names of an opened file, looked at for the filter without writing them down: whether the name
 * asked for is the one the kernel has, part by part from the end. */
#ifndef PG_FILTER_NAMES_H
#define PG_FILTER_NAMES_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "arch.h"
#include "filter/renamed_dirs.h"
#include "kernel/object.h"
#include "kernel/read.h"
#include "kernel/usual_mount.h"
#include "kfilter/names.h"
#include "kfilter/table.h"
#include "kfilter/words.h"
#include "record/scratch.h"
#include "record/trailer.h"

#define PG_PATH_DEPTH 24
/* The folder of before, which is gone. */
#define PG_AT_FORMER_CWD -101

#define PG_READ_FILE_PATH(from, part) PG_READ_PTR(file, from, f_path.part)

/* Pointers of the kernel as numbers: what is read is read through PG_READ. */
struct open_observed {
	u64 file, inode;
	bool regular, no_name;
};

struct path_compare {
	u64 mnt, dentry;
	/* The folder a relative name begins at; none, where that is not known any more. */
	u64 base_mnt, base;
	/* The process's root, and the root of the mount the walk is in. */
	u64 root_mnt, root, top;
	/* The part of the text from `begin` to here is yet to be found. */
	u32 at, begin, absolute, pad;
};

_Static_assert(sizeof(struct path_compare) == sizeof(((struct scratch *)0)->ends), "they are kept there");

#define PG_GO_ON 100
/* No place in a text. */
#define PG_WRITE_ON 100000

/* Files at whole paths that rules name, a bit each, by device and inode: whatever they are called, rules
 * know them by those paths. The loader fills it in. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64[PD_FILES / 64]);
} known_files SEC(".maps");

static __always_inline bool pg_is_known_file(u32 dev, u64 ino)
{
	u32 zero = 0;
	u64 *words = bpf_map_lookup_elem(&known_files, &zero);
	u64 place = pd_file_place(dev, ino);

	return !words || words[place >> 6 & (PD_FILES / 64 - 1)] >> (place & 63) & 1;
}

static __always_inline bool pg_is_renamed_dir(u64 dentry)
{
	u64 bit, *word = pg_renamed_dir_word(dentry, &bit);

	return !word || *word & bit;
}

/* A pointer among a task's fields, as a number. Of one that is followed from the task itself newer kernels look
 * up, each time they check it and for a millisecond, whether it can be trusted. */
#define PG_TASK_PTR(task, field) \
	(LINUX_KERNEL_VERSION >= PG_HAS_RDONLY_CAST ? PG_READ_PTR(task_struct, (u64)(task), field) : (u64)(task)->field)

/* The file of a descriptor, as a number. */
static __always_inline u64 pg_fd_file(struct task_struct *task, s32 fd)
{
	u64 at = (u64)fd * sizeof(u64), file = 0;

	if (fd < 0)
		return 0;
	if (LINUX_KERNEL_VERSION >= PG_HAS_RDONLY_CAST) {
		u64 table = PG_READ_PTR(files_struct, PG_TASK_PTR(task, files), fdt);

		if ((u32)fd < PG_READ(fdtable, table, max_fds))
			file = PG_READ_WORD(PG_READ_PTR(fdtable, table, fd) + at);
	} else {
		struct fdtable *table = task->files->fdt;

		if ((u32)fd < table->max_fds)
			bpf_probe_read_kernel(&file, sizeof(file), (void *)((u64)table->fd + at));
	}
	return file;
}

static __always_inline u64 pg_mount_of(u64 mnt)
{
	return mnt - bpf_core_field_offset(struct mount, mnt);
}

/* Whether the file has names beside the one asked for and the one it lies at: other links, the path
 * in its own file system where a mount or a root shows only a part of that, and the file of a layer
 * that an overlay shows. */
static __always_inline bool pg_has_other_names(struct task_struct *task, struct open_observed *o)
{
	u64 sb = PG_READ_PTR(inode, o->inode, i_sb), mnt = PG_READ_FILE_PATH(o->file, mnt);
	u64 fs = PG_TASK_PTR(task, fs), root_mnt = PG_READ_PTR(fs_struct, fs, root.mnt);

	if (o->regular && PG_READ(inode, o->inode, i_nlink) > 1)
		return true;
	if (PG_READ(super_block, sb, s_magic) == OVERLAYFS_MAGIC)
		return true;
	if (pg_is_known_file(pg_encode_dev(PG_READ(super_block, sb, s_dev)), PG_READ(inode, o->inode, i_ino)))
		return true;
	/* Without a device: perhaps a file system of the kernel's own, which has a usual place. */
	if (!(PG_READ(super_block, sb, s_dev) >> 20)) {
		u32 place = pg_usual_mount(sb);

		if (place < PG_USUAL_MOUNTS)
			return !pg_at_usual_mount(pg_mount_of(mnt), PG_READ_PTR(fs_struct, fs, root.dentry),
						  pg_mount_of(root_mnt), place);
	}
	if (PG_READ_PTR(fs_struct, fs, root.dentry) != PG_READ_PTR(vfsmount, root_mnt, mnt_root))
		return true;
	if (root_mnt == mnt)
		return false;
	/* The whole file system of the root, somewhere else once more. */
	return PG_READ_PTR(vfsmount, root_mnt, mnt_sb) == sb ||
	       PG_READ_PTR(vfsmount, mnt, mnt_root) != PG_READ_PTR(super_block, sb, s_root);
}

/* The folder a relative name begins at. */
static __always_inline bool pg_find_base(struct task_struct *task, s32 dirfd, struct path_compare *ends)
{
	u64 file;

	if (dirfd == AT_FDCWD) {
		u64 fs = PG_TASK_PTR(task, fs);

		ends->base_mnt = PG_READ_PTR(fs_struct, fs, pwd.mnt);
		ends->base = PG_READ_PTR(fs_struct, fs, pwd.dentry);
		return true;
	}
	file = pg_fd_file(task, dirfd);
	if (!file)
		return false;
	ends->base_mnt = PG_READ_FILE_PATH(file, mnt);
	ends->base = PG_READ_FILE_PATH(file, dentry);
	return true;
}

/* Whether `len` bytes of a name of the kernel stand in a text at a place. */
__noinline int pg_same_name(const struct pd_text *text, u32 at, u64 name, u32 len)
{
	if (!text)
		return 0;
	for (u32 i = 0; i < PD_WORDS; i++) {
		u64 word = 0;

		/* Any structure that begins with a whole word will do. */
		if (LINUX_KERNEL_VERSION >= PG_HAS_RDONLY_CAST)
			word = PG_READ(pt_regs, name, PG_REGS_FIRST_WORD);
		else
			bpf_probe_read_kernel(&word, sizeof(word), (void *)name);
		word ^= pd_word(text, at & (PD_TEXT - 1));
		if (len < 8)
			return pd_low(word, len) == 0;
		if (word)
			return 0;
		len -= 8;
		name += 8;
		at += 8;
	}
	return 0;
}

/* One step from a file up to the root, with the name asked for: whether that part stands there. The
 * kernel's checker follows it once, not once a step. */
__noinline int pg_compare_name(struct path_compare *e, const struct pd_text *text)
{
	u64 parent, name, mnt, dentry;
	u32 n, at;

	if (!e || !text)
		return PD_OTHER;
	mnt = e->mnt;
	dentry = e->dentry;
	at = e->at;
	if (at == e->begin && !e->absolute)
		return (!e->base || (dentry == e->base && mnt == e->base_mnt)) && !pg_is_renamed_dir(dentry) ? PD_BELOW
													     : PD_OTHER;
	if (dentry == e->root && mnt == e->root_mnt)
		return at ? PD_OTHER : PD_SAME;
	if (dentry == e->top) {
		u64 real = pg_mount_of(mnt), above = PG_READ_PTR(mount, real, mnt_parent);

		if (above == real || !above)
			return PD_OTHER;
		e->dentry = PG_READ_PTR(mount, real, mnt_mountpoint);
		e->mnt = above + bpf_core_field_offset(struct mount, mnt);
		e->top = PG_READ_PTR(vfsmount, e->mnt, mnt_root);
		return PG_GO_ON;
	}
	parent = PG_READ_PTR(dentry, dentry, d_parent);
	n = PG_READ(dentry, dentry, d_name.len);
	name = PG_READ_PTR(dentry, dentry, d_name.name);
	if (parent == dentry || !parent || !n || n > at - e->begin)
		return PD_OTHER;
	at -= n;
	if (LINUX_KERNEL_VERSION >= PG_HAS_RDONLY_CAST && n <= 8) {
		/* Most names are short: for them no call. */
		u64 word = PG_READ(pt_regs, name, PG_REGS_FIRST_WORD) ^ pd_word(text, at & (PD_TEXT - 1));

		if (n < 8)
			word = pd_low(word, n);
		if (word)
			return PD_OTHER;
	} else if (!pg_same_name(text, at, name, n)) {
		return PD_OTHER;
	}
	if (at != e->begin || e->absolute) {
		if (!at || text->bytes[(at - 1) & (PD_TEXT - 1)] != '/')
			return PD_OTHER;
		at -= 1;
	}
	e->at = at;
	e->dentry = parent;
	return PG_GO_ON;
}

/* How the walked name lies to the one asked for. Leaves `e` where it came to. */
static __noinline u32 pg_compare_path(struct task_struct *task, struct path_compare *e, const struct pd_text *text,
				      u32 len, bool absolute)
{
	u64 fs = PG_TASK_PTR(task, fs);

	e->root = PG_READ_PTR(fs_struct, fs, root.dentry);
	e->root_mnt = PG_READ_PTR(fs_struct, fs, root.mnt);
	e->top = PG_READ_PTR(vfsmount, e->mnt, mnt_root);
	e->at = len;
	e->absolute = absolute;
	/* "./" leads nowhere else, nor does "." alone. */
	if (!absolute && text->bytes[0] == '.') {
		if (len == 1)
			e->begin = 1;
		else if (text->bytes[1] == '/')
			e->begin = 2;
	}
	for (u32 i = 0; i < PG_PATH_DEPTH; i++) {
		u32 relation = pg_compare_name(e, text);

		if (relation != PG_GO_ON)
			return relation;
	}
	return PD_OTHER;
}

/* One step from a file up to the root, writing its name in front of the path: below zero where it cannot
 * go on, where the path begins at the root. On its own as `pg_compare_name` is. */
__noinline int pg_prepend_part(struct scratch *s)
{
	struct path_compare *e;
	u64 parent, name;
	u32 len, at;

	if (!s)
		return -1;
	e = (struct path_compare *)s->ends;
	at = e->at & (PD_TEXT - 1);
	if (e->dentry == e->root && e->mnt == e->root_mnt) {
		if (at == PD_TEXT - 1)
			s->path[--at] = '/';
		return at;
	}
	if (e->dentry == e->top) {
		u64 real = pg_mount_of(e->mnt), above = PG_READ_PTR(mount, real, mnt_parent);

		if (above == real || !above)
			return -1;
		e->dentry = PG_READ_PTR(mount, real, mnt_mountpoint);
		e->mnt = above + bpf_core_field_offset(struct mount, mnt);
		e->top = PG_READ_PTR(vfsmount, e->mnt, mnt_root);
		return PG_WRITE_ON;
	}
	parent = PG_READ_PTR(dentry, e->dentry, d_parent);
	len = PG_READ(dentry, e->dentry, d_name.len);
	name = PG_READ_PTR(dentry, e->dentry, d_name.name);
	if (parent == e->dentry || !parent || len >= PD_TEXT || at <= len + 1)
		return -1;
	at -= len;
	barrier_var(at);
	at &= PD_TEXT - 1;
	len &= PD_TEXT - 1;
	barrier_var(len);
	if (bpf_probe_read_kernel(&s->path[at], len & (PD_TEXT - 1), (void *)name))
		return -1;
	at = (at - 1) & (PD_TEXT - 1);
	s->path[at] = '/';
	e->at = at;
	e->dentry = parent;
	return PG_WRITE_ON;
}

/* Writes the path of an opened file, seen from the process's root, into the path area so that it ends
 * with a NUL at PD_TEXT - 1. Where it begins; below zero where it is not known to its end. */
static __noinline int pg_short_path(struct scratch *s, struct task_struct *task, u64 file)
{
	struct path_compare *e = (struct path_compare *)s->ends;
	u64 fs = PG_TASK_PTR(task, fs);

	e->root = PG_READ_PTR(fs_struct, fs, root.dentry);
	e->root_mnt = PG_READ_PTR(fs_struct, fs, root.mnt);
	e->mnt = PG_READ_FILE_PATH(file, mnt);
	e->dentry = PG_READ_FILE_PATH(file, dentry);
	e->top = PG_READ_PTR(vfsmount, e->mnt, mnt_root);
	e->at = PD_TEXT - 1;
	s->path[PD_TEXT - 1] = 0;
	for (u32 i = 0; i < PG_PATH_DEPTH; i++) {
		int at = pg_prepend_part(s);

		if (at != PG_WRITE_ON)
			return at;
	}
	return -1;
}

/* Looks at the walked name. Whether it is there. */
static __always_inline bool pg_scan_walked(const struct pushdown *p, struct scratch *s, struct task_struct *task,
					   u64 file, struct pd_names *walked)
{
	int at = pg_short_path(s, task, file);

	if (at < 0)
		return false;
	at &= PD_TEXT - 1;
	pd_scan_apart(p, (struct pd_text *)&s->path[at], PD_TEXT - 1 - at, walked);
	return true;
}

/* Remembers a folder that a call reached, where rules know it by another name than the kernel: the name
 * asked for is the text in the data at `at`, its end where the next value goes. */
__noinline int pg_note_dir(struct scratch *s, u32 at, s32 dirfd, s32 fd)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct path_compare ends = {};
	struct pd_text *text;
	u64 folder, bit, *word;
	u32 len;

	if (!s)
		return 0;
	/* Its length with the NUL; nothing where it could not be read. */
	len = s->pos - at;
	at &= PG_DATA_MASK;
	text = (struct pd_text *)&s->data[at];
	if (!pg_find_base(task, fd, &ends))
		return 0;
	ends.mnt = ends.base_mnt;
	ends.dentry = folder = ends.base;
	ends.base = 0;
	if (len > 1 && len < PD_TEXT) {
		/* A slash at the end says no more than that it is a folder. */
		u32 name = len > 2 && text->bytes[(len - 2) & (PD_TEXT - 1)] == '/' ? len - 2 : len - 1;
		bool absolute = text->bytes[0] == '/';
		bool begins = absolute || dirfd == PG_AT_FORMER_CWD || pg_find_base(task, dirfd, &ends);

		if (begins && pg_compare_path(task, &ends, text, name, absolute) != PD_OTHER)
			return 0;
	}
	word = pg_renamed_dir_word(folder, &bit);
	if (word)
		__sync_fetch_and_or(word, bit);
	return 0;
}

#endif
