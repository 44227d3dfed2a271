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
#include "filter/folders.h"
#include "kernel/look.h"
#include "kernel/object.h"
#include "kernel/usual.h"
#include "kfilter/names.h"
#include "kfilter/table.h"
#include "kfilter/words.h"
#include "record/scratch.h"
#include "record/trailer.h"

#define DEPTH 24
/* The folder of before, which is gone. */
#define AT_FORMER -101

#define LOOK_PATH(from, part) LOOK_AT(file, from, f_path.part)

/* Pointers of the kernel as numbers: what is read is read through LOOK. */
struct opened_file {
	u64 file, inode;
	bool regular, no_name;
};

struct ends {
	u64 mnt, dentry;
	/* The folder a relative name begins at; none, where that is not known any more. */
	u64 base_mnt, base;
	/* The process's root, and the root of the mount the walk is in. */
	u64 root_mnt, root, top;
	/* The part of the text from `begin` to here is yet to be found. */
	u32 at, begin, absolute, pad;
};

_Static_assert(sizeof(struct ends) == sizeof(((struct scratch *)0)->ends), "they are kept there");

#define PD_GO_ON 100
/* No place in a text. */
#define WRITE_ON 100000

/* Files at whole paths that rules name, a bit each, by device and inode: whatever they are called, rules
 * know them by those paths. The loader fills it in. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64[PD_FILES / 64]);
} known_files SEC(".maps");

static __always_inline bool is_known_file(u32 dev, u64 ino)
{
	u32 zero = 0;
	u64 *words = bpf_map_lookup_elem(&known_files, &zero);
	u64 place = pd_file_place(dev, ino);

	return !words || words[place >> 6 & (PD_FILES / 64 - 1)] >> (place & 63) & 1;
}

static __always_inline bool has_another_name(u64 dentry)
{
	u64 bit, *word = folder_word(dentry, &bit);

	return !word || *word & bit;
}

/* The file of a descriptor, as a number. */
static __always_inline u64 descriptor_file(struct task_struct *task, s32 fd)
{
	struct fdtable *table = task->files->fdt;
	u64 at = (u64)table->fd + (u64)fd * sizeof(u64), file = 0;

	if (fd < 0 || (u32)fd >= table->max_fds)
		return 0;
	if (LINUX_KERNEL_VERSION >= CAN_CAST)
		file = LOOK(pt_regs, at, FIRST_WORD);
	else
		bpf_probe_read_kernel(&file, sizeof(file), (void *)at);
	return file;
}

static __always_inline u64 mount_of(u64 mnt)
{
	return mnt - bpf_core_field_offset(struct mount, mnt);
}

/* Whether the file has names beside the one asked for and the one it lies at: other links, the path
 * in its own file system where a mount or a root shows only a part of that, and the file of a layer
 * that an overlay shows. */
static __always_inline bool has_other_names(struct task_struct *task, struct opened_file *o)
{
	u64 sb = LOOK_AT(inode, o->inode, i_sb), mnt = LOOK_PATH(o->file, mnt);
	struct vfsmount *root_mnt = task->fs->root.mnt;

	if (o->regular && LOOK(inode, o->inode, i_nlink) > 1)
		return true;
	if (LOOK(super_block, sb, s_magic) == OVERLAYFS_MAGIC)
		return true;
	if (is_known_file(encode_dev(LOOK(super_block, sb, s_dev)), LOOK(inode, o->inode, i_ino)))
		return true;
	/* Without a device: perhaps a file system of the kernel's own, which has a usual place. */
	if (!(LOOK(super_block, sb, s_dev) >> 20)) {
		u32 place = usual_place(sb);

		if (place < PG_USUAL_MOUNTS)
			return !in_usual_place(mount_of(mnt), LOOK_AT(fs_struct, task->fs, root.dentry),
					       mount_of(LOOK_AT(fs_struct, task->fs, root.mnt)), place);
	}
	if (task->fs->root.dentry != root_mnt->mnt_root)
		return true;
	if ((u64)root_mnt == mnt)
		return false;
	/* The whole file system of the root, somewhere else once more. */
	return (u64)root_mnt->mnt_sb == sb ||
	       LOOK_AT(vfsmount, mnt, mnt_root) != LOOK_AT(super_block, sb, s_root);
}

/* The folder a relative name begins at. */
static __always_inline bool find_base(struct task_struct *task, s32 dirfd, struct ends *ends)
{
	u64 file;

	if (dirfd == AT_FDCWD) {
		ends->base_mnt = LOOK_AT(fs_struct, task->fs, pwd.mnt);
		ends->base = LOOK_AT(fs_struct, task->fs, pwd.dentry);
		return true;
	}
	file = descriptor_file(task, dirfd);
	if (!file)
		return false;
	ends->base_mnt = LOOK_PATH(file, mnt);
	ends->base = LOOK_PATH(file, dentry);
	return true;
}

/* Whether `len` bytes of a name of the kernel stand in a text at a place. */
__noinline int same_part(const struct pd_text *text, u32 at, u64 name, u32 len)
{
	if (!text)
		return 0;
	for (u32 i = 0; i < PD_WORDS; i++) {
		u64 word = 0;

		/* Any structure that begins with a whole word will do. */
		if (LINUX_KERNEL_VERSION >= CAN_CAST)
			word = LOOK(pt_regs, name, FIRST_WORD);
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
__noinline int compare_part(struct ends *e, const struct pd_text *text)
{
	u64 parent, name, mnt, dentry;
	u32 n, at;

	if (!e || !text)
		return PD_OTHER;
	mnt = e->mnt;
	dentry = e->dentry;
	at = e->at;
	if (at == e->begin && !e->absolute)
		return (!e->base || (dentry == e->base && mnt == e->base_mnt)) && !has_another_name(dentry) ? PD_BELOW
													    : PD_OTHER;
	if (dentry == e->root && mnt == e->root_mnt)
		return at ? PD_OTHER : PD_SAME;
	if (dentry == e->top) {
		u64 real = mount_of(mnt), above = LOOK_AT(mount, real, mnt_parent);

		if (above == real || !above)
			return PD_OTHER;
		e->dentry = LOOK_AT(mount, real, mnt_mountpoint);
		e->mnt = above + bpf_core_field_offset(struct mount, mnt);
		e->top = LOOK_AT(vfsmount, e->mnt, mnt_root);
		return PD_GO_ON;
	}
	parent = LOOK_AT(dentry, dentry, d_parent);
	n = LOOK(dentry, dentry, d_name.len);
	name = LOOK_AT(dentry, dentry, d_name.name);
	if (parent == dentry || !parent || !n || n > at - e->begin)
		return PD_OTHER;
	at -= n;
	if (LINUX_KERNEL_VERSION >= CAN_CAST && n <= 8) {
		/* Most names are short: for them no call. */
		u64 word = LOOK(pt_regs, name, FIRST_WORD) ^ pd_word(text, at & (PD_TEXT - 1));

		if (n < 8)
			word = pd_low(word, n);
		if (word)
			return PD_OTHER;
	} else if (!same_part(text, at, name, n)) {
		return PD_OTHER;
	}
	if (at != e->begin || e->absolute) {
		if (!at || text->bytes[(at - 1) & (PD_TEXT - 1)] != '/')
			return PD_OTHER;
		at -= 1;
	}
	e->at = at;
	e->dentry = parent;
	return PD_GO_ON;
}

/* How the walked name lies to the one asked for. Leaves `e` where it came to. */
static __noinline u32 compare_names(struct task_struct *task, struct ends *e, const struct pd_text *text, u32 len,
				    bool absolute)
{
	e->root = LOOK_AT(fs_struct, task->fs, root.dentry);
	e->root_mnt = LOOK_AT(fs_struct, task->fs, root.mnt);
	e->top = LOOK_AT(vfsmount, e->mnt, mnt_root);
	e->at = len;
	e->absolute = absolute;
	/* "./" leads nowhere else, nor does "." alone. */
	if (!absolute && text->bytes[0] == '.') {
		if (len == 1)
			e->begin = 1;
		else if (text->bytes[1] == '/')
			e->begin = 2;
	}
	for (u32 i = 0; i < DEPTH; i++) {
		u32 relation = compare_part(e, text);

		if (relation != PD_GO_ON)
			return relation;
	}
	return PD_OTHER;
}

/* One step from a file up to the root, writing its name in front of the path: below zero where it cannot
 * go on, where the path begins at the root. On its own as `compare_part` is. */
__noinline int write_part(struct scratch *s)
{
	struct ends *e;
	u64 parent, name;
	u32 len, at;

	if (!s)
		return -1;
	e = (struct ends *)s->ends;
	at = e->at & (PD_TEXT - 1);
	if (e->dentry == e->root && e->mnt == e->root_mnt) {
		if (at == PD_TEXT - 1)
			s->path[--at] = '/';
		return at;
	}
	if (e->dentry == e->top) {
		u64 real = mount_of(e->mnt), above = LOOK_AT(mount, real, mnt_parent);

		if (above == real || !above)
			return -1;
		e->dentry = LOOK_AT(mount, real, mnt_mountpoint);
		e->mnt = above + bpf_core_field_offset(struct mount, mnt);
		e->top = LOOK_AT(vfsmount, e->mnt, mnt_root);
		return WRITE_ON;
	}
	parent = LOOK_AT(dentry, e->dentry, d_parent);
	len = LOOK(dentry, e->dentry, d_name.len);
	name = LOOK_AT(dentry, e->dentry, d_name.name);
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
	return WRITE_ON;
}

/* Writes the path of an opened file, seen from the process's root, into the path area so that it ends
 * with a NUL at PD_TEXT - 1. Where it begins; below zero where it is not known to its end. */
static __noinline int short_path(struct scratch *s, struct task_struct *task, u64 file)
{
	struct ends *e = (struct ends *)s->ends;

	e->root = LOOK_AT(fs_struct, task->fs, root.dentry);
	e->root_mnt = LOOK_AT(fs_struct, task->fs, root.mnt);
	e->mnt = LOOK_PATH(file, mnt);
	e->dentry = LOOK_PATH(file, dentry);
	e->top = LOOK_AT(vfsmount, e->mnt, mnt_root);
	e->at = PD_TEXT - 1;
	s->path[PD_TEXT - 1] = 0;
	for (u32 i = 0; i < DEPTH; i++) {
		int at = write_part(s);

		if (at != WRITE_ON)
			return at;
	}
	return -1;
}

/* Looks at the walked name. Whether it is there. */
static __always_inline bool scan_walked(const struct pushdown *p, struct scratch *s, struct task_struct *task,
					u64 file, struct pd_names *walked)
{
	int at = short_path(s, task, file);

	if (at < 0)
		return false;
	at &= PD_TEXT - 1;
	pd_scan_apart(p, (struct pd_text *)&s->path[at], PD_TEXT - 1 - at, walked);
	return true;
}

/* Remembers a folder that a call reached, where rules know it by another name than the kernel: the name
 * asked for is the text in the data at `at`, its end where the next value goes. */
__noinline int note_folder(struct scratch *s, u32 at, s32 dirfd, s32 fd)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct ends ends = {};
	struct pd_text *text;
	u64 folder, bit, *word;
	u32 len;

	if (!s)
		return 0;
	/* Its length with the NUL; nothing where it could not be read. */
	len = s->pos - at;
	at &= DATA_MASK;
	text = (struct pd_text *)&s->data[at];
	if (!find_base(task, fd, &ends))
		return 0;
	ends.mnt = ends.base_mnt;
	ends.dentry = folder = ends.base;
	ends.base = 0;
	if (len > 1 && len < PD_TEXT) {
		/* A slash at the end says no more than that it is a folder. */
		u32 name = len > 2 && text->bytes[(len - 2) & (PD_TEXT - 1)] == '/' ? len - 2 : len - 1;
		bool absolute = text->bytes[0] == '/';
		bool begins = absolute || dirfd == AT_FORMER || find_base(task, dirfd, &ends);

		if (begins && compare_names(task, &ends, text, name, absolute) != PD_OTHER)
			return 0;
	}
	word = folder_word(folder, &bit);
	if (word)
		__sync_fetch_and_or(word, bit);
	return 0;
}

#endif
