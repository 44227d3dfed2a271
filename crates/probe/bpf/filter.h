/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The kernel side of pushdown.h: what a call did, gathered for it. Where something cannot be read the
 * event passes. */
#ifndef PEREGRINE_FILTER_H
#define PEREGRINE_FILTER_H

#define ROW_OPEN 2
#define ROW_CREAT 85
#define ROW_OPENAT 257
#define ROW_OPENAT2 437
#define O_DIRECTORY_ASKED 0200000
#define DEPTH 24
#define S_IFCHR 0020000
#define S_IFBLK 0060000

/* Events dropped on purpose, by row of the call. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PD_ROWS);
	__type(key, u32);
	__type(value, u64);
} filtered SEC(".maps");

/* Writes the path of an opened file, seen from the process's root, into the path area so that it ends
 * with a NUL at PD_TEXT - 1. Where it begins; below zero where it is not known to its end. */
static __noinline int short_path(struct scratch *s, struct task_struct *task, struct file *file)
{
	struct mount *mnt = real_mount(BPF_CORE_READ(file, f_path.mnt));
	struct mount *root_mnt = real_mount(BPF_CORE_READ(task, fs, root.mnt));
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry), *root = BPF_CORE_READ(task, fs, root.dentry);
	struct dentry *top = BPF_CORE_READ(mnt, mnt.mnt_root);
	u32 at = PD_TEXT - 1;

	s->path[PD_TEXT - 1] = 0;
	for (u32 i = 0; i < DEPTH; i++) {
		struct dentry *parent;
		const unsigned char *name;
		u32 len;

		if (dentry == root && mnt == root_mnt) {
			if (at == PD_TEXT - 1)
				s->path[--at] = '/';
			return at;
		}
		if (dentry == top) {
			struct mount *above = BPF_CORE_READ(mnt, mnt_parent);

			if (above == mnt || !above)
				return -1;
			dentry = BPF_CORE_READ(mnt, mnt_mountpoint);
			mnt = above;
			top = BPF_CORE_READ(mnt, mnt.mnt_root);
			continue;
		}
		parent = BPF_CORE_READ(dentry, d_parent);
		len = BPF_CORE_READ(dentry, d_name.len);
		name = BPF_CORE_READ(dentry, d_name.name);
		if (parent == dentry || !parent || len >= PD_TEXT || at <= len + 1)
			return -1;
		at -= len;
		barrier_var(at);
		at &= PD_TEXT - 1;
		len &= PD_TEXT - 1;
		barrier_var(len);
		if (bpf_probe_read_kernel(&s->path[at], len & (PD_TEXT - 1), name))
			return -1;
		at = (at - 1) & (PD_TEXT - 1);
		s->path[at] = '/';
		dentry = parent;
	}
	return -1;
}

/* What was opened, and whether it has names beside the one asked for and the one it lies at: other
 * links, the path in its own file system where a mount or a root shows only a part of that, and the
 * file of a layer that an overlay shows. */
static __noinline int look_at(struct pd_call *call, struct task_struct *task, struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	u16 mode = BPF_CORE_READ(inode, i_mode) & S_IFMT;

	switch (mode) {
	case S_IFDIR:
		call->kind = PD_KIND_DIRECTORY;
		return 0;
	case S_IFREG:
		if (BPF_CORE_READ(inode, i_nlink) > 1)
			call->more = 1;
		/* Fallthrough */
	case S_IFCHR:
	case S_IFBLK:
		call->kind = PD_KIND_FILE;
		break;
	default:
		return 0;
	}
	if (hides_a_part(task, real_mount(BPF_CORE_READ(file, f_path.mnt))) || overlay_layer(inode))
		call->more = 1;
	return 0;
}

/* Fills in what an open did. Whether it could. */
static __always_inline bool look_at_open(const struct pushdown *p, struct pd_call *call, struct scratch *s,
					 struct task_struct *task, struct pt_regs *regs, u32 row)
{
	u64 name = arg(regs, task, row == ROW_OPEN || row == ROW_CREAT ? 0 : 1);
	struct pd_names asked = {}, walked = {};
	struct file *file = 0;
	int ends_so = 0, at;
	u32 wants = p->rows[row & (PD_ROWS - 1)].wants;

	if (row == ROW_OPEN || row == ROW_OPENAT) {
		u32 first = row == ROW_OPEN ? 1 : 2;

		call->flags = arg(regs, task, first);
		call->mode = arg(regs, task, first + 1);
	} else if (row == ROW_OPENAT2) {
		u64 how[2];

		if (bpf_probe_read_user(how, sizeof(how), (void *)arg(regs, task, 2)))
			return false;
		call->flags = how[0];
		call->mode = how[1];
	} else {
		call->mode = arg(regs, task, 1) & MODE_BITS;
	}
	if (row != ROW_CREAT)
		call->mode = create_mode(call->flags, call->mode);
	if (call->ret < 0) {
		call->kind = PD_KIND_FAILED;
		call->more = (call->flags & O_DIRECTORY_ASKED) != 0;
	} else {
		file = file_of(task, call->ret);
		if (!file)
			return false;
		look_at(call, task, file);
		/* What is neither file nor folder has no name as rules see one. */
		if (call->kind != PD_KIND_FILE)
			call->more = 1;
	}
	call->flags = open_flags(call->flags);
	if (!(wants & PD_WANTS_NAMES) || call->more)
		return true;
	if (bpf_probe_read_user_str(s->small, PD_TEXT, (void *)name) <= 0)
		return false;
	pd_scan(p, (struct pd_text *)s->small, &asked);
	if (!file) {
		pd_all_names(call, &asked, 0, 0);
		return true;
	}
	at = short_path(s, task, file);
	if (at < 0) {
		call->kind = PD_KIND_UNKNOWN;
		call->more = 1;
		return true;
	}
	at &= PD_TEXT - 1;
	pd_scan(p, (struct pd_text *)&s->path[at], &walked);
	if (!asked.absolute)
		ends_so = pd_ends_so((struct pd_text *)&s->path[at], walked.len, (struct pd_text *)s->small, asked.len);
	pd_all_names(call, &asked, &walked, ends_so);
	return true;
}

/* Whether the event of a call is dropped, and counted. */
__noinline int dropped(const struct pushdown *p, s64 ret, u32 row)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct pd_call call = { .ret = ret };
	struct scratch *s;
	bool known = true;
	u64 *count;
	u32 wants;

	if (!p)
		return 0;
	wants = p->rows[row & (PD_ROWS - 1)].wants;
	if (wants & (PD_WANTS_PROCESS | PD_WANTS_PARENT | PD_WANTS_ABOVE))
		call.who.container = look_at_process(p, &call, wants);
	if (wants & PD_WANTS_FD)
		call.fd.kinds = look_at_fd(&call.fd);
	if (row == ROW_OPEN || row == ROW_CREAT || row == ROW_OPENAT || row == ROW_OPENAT2) {
		s = take();
		if (!s)
			return 0;
		known = look_at_open(p, &call, s, task, regs, row);
		give(s);
	}
	if (!known || pd_passes(p, row, &call))
		return 0;
	count = bpf_map_lookup_elem(&filtered, &row);
	if (count)
		__sync_fetch_and_add(count, 1);
	return 1;
}

#endif
