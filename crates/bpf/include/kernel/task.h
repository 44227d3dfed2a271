/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What events hold of a task: numbers, memory, control groups, program. */
#ifndef PG_KERNEL_TASK_H
#define PG_KERNEL_TASK_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "kernel/object.h"
#include "kernel/read.h"
#include "kernel/walk.h"
#include "record/scratch.h"
#include "record/trailer.h"

#define RLIMIT_NOFILE 7
#define PG_PAGE_KB 4
#define CAP_DAC_OVERRIDE 1
#define PF_EXITING 0x4

static __always_inline struct pid *pg_thread_pid(struct task_struct *task)
{
	return BPF_CORE_READ(task, thread_pid);
}

/* A number as the task's own pid namespace has it (`level` that of the namespace). */
static __always_inline s32 pg_pid_nr(struct pid *pid, u32 level)
{
	struct upid *numbers = (struct upid *)((char *)pid + bpf_core_field_offset(struct pid, numbers));
	s32 nr = 0;

	if (!pid || level > 31)
		return 0;
	bpf_core_read(&nr, sizeof(nr),
		      &((struct upid *)((char *)numbers + level * bpf_core_type_size(struct upid)))->nr);
	return nr;
}

static __always_inline u32 pg_pid_level(struct task_struct *task)
{
	return BPF_CORE_READ(task, thread_pid, level);
}

static __always_inline struct pid *pg_signal_pid(struct task_struct *task, u32 type)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct pid *pid = 0;

	bpf_probe_read_kernel(&pid, sizeof(pid),
			      (char *)signal + bpf_core_field_offset(struct signal_struct, pids) + type * sizeof(pid));
	return pid;
}

/* The namespace a task lives in: that of its deepest number. */
static __always_inline struct pid_namespace *pg_pid_namespace(struct task_struct *task)
{
	struct pid *pid = pg_thread_pid(task);
	u32 level = BPF_CORE_READ(pid, level);
	struct upid *numbers = (struct upid *)((char *)pid + bpf_core_field_offset(struct pid, numbers));
	struct pid_namespace *ns = 0;

	if (!pid || level > 31)
		return 0;
	bpf_core_read(&ns, sizeof(ns),
		      &((struct upid *)((char *)numbers + level * bpf_core_type_size(struct upid)))->ns);
	return ns;
}

static __always_inline u64 pg_pid_namespace_start(struct task_struct *task)
{
	struct pid_namespace *ns = pg_pid_namespace(task);
	u64 start = BPF_CORE_READ(ns, child_reaper, start_boottime);

	return start ? start + pg_config.boot_offset : 0;
}

static __always_inline u32 pg_rss_pages(struct mm_struct *mm, u32 which)
{
	struct mm_struct___old *old = (void *)mm;
	s64 n = 0;

	if (bpf_core_field_exists(old->rss_stat.count))
		n = BPF_CORE_READ(old, rss_stat.count[which].counter);
	else
		/* The kernel's own size of a counter: an index in a field is counted in ours. */
		bpf_probe_read_kernel(&n, sizeof(n),
				      (char *)mm + bpf_core_field_offset(struct mm_struct, rss_stat) +
					      which * bpf_core_type_size(struct percpu_counter) +
					      bpf_core_field_offset(struct percpu_counter, count));
	return n > 0 ? n : 0;
}

static __always_inline u32 pg_rss_kb(struct mm_struct *mm)
{
	return mm ? (pg_rss_pages(mm, 0) + pg_rss_pages(mm, 1) + pg_rss_pages(mm, 3)) * PG_PAGE_KB : 0;
}

static __always_inline u32 pg_swap_kb(struct mm_struct *mm)
{
	return mm ? pg_rss_pages(mm, 2) * PG_PAGE_KB : 0;
}

static __always_inline u32 pg_tty_dev(struct task_struct *task)
{
	struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);
	struct tty_driver *driver = BPF_CORE_READ(tty, driver);

	if (!tty)
		return 0;
	return pg_encode_dev(BPF_CORE_READ(driver, major) << 20 |
			     (BPF_CORE_READ(driver, minor_start) + BPF_CORE_READ(tty, index)));
}

static __always_inline u32 pg_loginuid(struct task_struct *task)
{
	if (bpf_core_field_exists(task->loginuid))
		return BPF_CORE_READ(task, loginuid.val);
	return -1;
}

static __always_inline u64 pg_fd_limit(struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);

	return BPF_CORE_READ(signal, rlim[RLIMIT_NOFILE].rlim_cur);
}

static __noinline int pg_add_cgroup(struct scratch *s, struct task_struct *task, u32 subsystem, u64 name, u32 name_len)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *css = 0;
	struct cgroup *group;
	u32 at, n;

	bpf_probe_read_kernel(&css, sizeof(css),
			      (char *)set + bpf_core_field_offset(struct css_set, subsys) + subsystem * sizeof(css));
	group = BPF_CORE_READ(css, cgroup);
	/* In the unified hierarchy, number 0, a controller may stand above the group the task is in. */
	if (group && !BPF_CORE_READ(group, root, hierarchy_id))
		group = BPF_CORE_READ(set, dfl_cgrp);
	pg_walk_cgroup(s, (u64)BPF_CORE_READ(group, kn));
	*(u64 *)PG_AT(s) = name;
	s->pos += name_len;
	at = s->path_at & (PG_STR_MAX - 1);
	n = (PG_STR_MAX - at) & (PG_STR_MAX - 1);
	if (n)
		bpf_probe_read_kernel(PG_AT(s), n, &s->path[at]);
	s->pos += n;
	*PG_AT(s) = 0;
	s->pos += 1;
	return 0;
}

#define PG_PUT_CGROUP(id, letters, len)                            \
	if (bpf_core_enum_value_exists(enum cgroup_subsys_id, id)) \
	pg_add_cgroup(s, task, bpf_core_enum_value(enum cgroup_subsys_id, id), letters, len)

/* `subsystem=path` of five control groups, each with a NUL. */
static __always_inline void pg_put_cgroups(struct scratch *s, u32 i, struct task_struct *task)
{
	u32 start = s->pos;

	PG_PUT_CGROUP(cpuset_cgrp_id, PG_STR8('c', 'p', 'u', 's', 'e', 't', '=', 0), 7);
	PG_PUT_CGROUP(cpu_cgrp_id, PG_STR8('c', 'p', 'u', '=', 0, 0, 0, 0), 4);
	PG_PUT_CGROUP(cpuacct_cgrp_id, PG_STR8('c', 'p', 'u', 'a', 'c', 'c', 't', '='), 8);
	PG_PUT_CGROUP(io_cgrp_id, PG_STR8('i', 'o', '=', 0, 0, 0, 0, 0), 3);
	PG_PUT_CGROUP(memory_cgrp_id, PG_STR8('m', 'e', 'm', 'o', 'r', 'y', '=', 0), 7);
	PG_LEN(s, i) = s->pos - start;
}

/* How the name of a memfd begins. */
#define PG_MEMFD_PREFIX PG_STR8('m', 'e', 'm', 'f', 0, 0, 0, 0)

/* Whether who runs the file may write it. */
static __always_inline bool pg_may_write(const struct cred *cred, struct inode *inode)
{
	u16 mode = BPF_CORE_READ(inode, i_mode);
	u64 capable = 0;

	bpf_core_read(&capable, sizeof(capable), &cred->cap_effective);
	if (capable & (1 << CAP_DAC_OVERRIDE))
		return true;
	if (BPF_CORE_READ(cred, euid.val) == BPF_CORE_READ(inode, i_uid.val))
		return mode & 0200;
	if (BPF_CORE_READ(cred, egid.val) == BPF_CORE_READ(inode, i_gid.val))
		return mode & 0020;
	return mode & 0002;
}

static __always_inline u64 pg_cap_set(const struct cred *cred, u32 which)
{
	u64 set = 0;

	if (which == 0)
		bpf_core_read(&set, sizeof(set), &cred->cap_inheritable);
	else if (which == 1)
		bpf_core_read(&set, sizeof(set), &cred->cap_permitted);
	else
		bpf_core_read(&set, sizeof(set), &cred->cap_effective);
	return set;
}

static __always_inline u64 pg_ctime(struct inode *inode)
{
	struct inode___old *old = (void *)inode;
	struct inode___mid *mid = (void *)inode;

	if (bpf_core_field_exists(inode->i_ctime_sec))
		/* The highest bit says that somebody has looked (6.13 and later). */
		return BPF_CORE_READ(inode, i_ctime_sec) * 1000000000ULL +
		       (BPF_CORE_READ(inode, i_ctime_nsec) & 0x7fffffff);
	if (bpf_core_field_exists(old->i_ctime))
		return BPF_CORE_READ(old, i_ctime.tv_sec) * 1000000000ULL + BPF_CORE_READ(old, i_ctime.tv_nsec);
	return BPF_CORE_READ(mid, __i_ctime.tv_sec) * 1000000000ULL + BPF_CORE_READ(mid, __i_ctime.tv_nsec);
}

static __always_inline u64 pg_mtime(struct inode *inode)
{
	struct inode___old *old = (void *)inode;
	struct inode___mid *mid = (void *)inode;

	if (bpf_core_field_exists(inode->i_mtime_sec))
		return BPF_CORE_READ(inode, i_mtime_sec) * 1000000000ULL + BPF_CORE_READ(inode, i_mtime_nsec);
	if (bpf_core_field_exists(old->i_mtime))
		return BPF_CORE_READ(old, i_mtime.tv_sec) * 1000000000ULL + BPF_CORE_READ(old, i_mtime.tv_nsec);
	return BPF_CORE_READ(mid, __i_mtime.tv_sec) * 1000000000ULL + BPF_CORE_READ(mid, __i_mtime.tv_nsec);
}

/* PPM_EXE_* of the program; leaves its walked path in the scratch. */
static __always_inline u32 pg_exe_flags(struct scratch *s, struct task_struct *task, struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	u32 layer = pg_overlay_layer(inode), flags = 0;

	if (!file)
		return 0;
	if (pg_may_write(BPF_CORE_READ(task, cred), inode))
		flags |= PPM_EXE_WRITABLE;
	if (layer == PPM_FD_UPPER_LAYER)
		flags |= PPM_EXE_UPPER_LAYER;
	else if (layer == PPM_FD_LOWER_LAYER)
		flags |= PPM_EXE_LOWER_LAYER;
	pg_walk_file(s, task, file);
	/* A memfd lies in no folder and its name begins so. */
	if (*(u32 *)&s->path[s->path_at & (PG_STR_MAX - 1)] == PG_MEMFD_PREFIX)
		flags |= PPM_EXE_FROM_MEMFD;
	return flags;
}

/* Where the file of the task's program comes from: whether the task lives below the root of the
 * host's first process, who made its mounts, whose the file is. Its path inside the file system is
 * reported where that is not plainly the one walked. */
static __always_inline void pg_trailer_program(struct scratch *s, struct task_struct *task)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct file *file = BPF_CORE_READ(mm, exe_file);
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct task_struct *first = BPF_CORE_READ(task, thread_pid, numbers[0].ns, child_reaper);
	struct fs_struct *first_fs = BPF_CORE_READ(first, fs);
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	const struct cred *cred = BPF_CORE_READ(task, cred);
	struct vfsmount *mnt, *root_mnt;
	struct dentry *root;
	u32 flags = 0, start = s->pos;
	unsigned long magic;
	u8 *at = PG_AT(s);

	if (!inode || !fs)
		return;
	mnt = BPF_CORE_READ(file, f_path.mnt);
	root_mnt = BPF_CORE_READ(fs, root.mnt);
	root = BPF_CORE_READ(fs, root.dentry);
	magic = BPF_CORE_READ(inode, i_sb, s_magic);
	if (first_fs && BPF_CORE_READ(first_fs, root.mnt) == root_mnt && BPF_CORE_READ(first_fs, root.dentry) == root)
		flags |= PG_PROGRAM_HOST_ROOT;
	if (BPF_CORE_READ(task, nsproxy, mnt_ns, user_ns, level) > 0)
		flags |= PG_PROGRAM_USER_MOUNTS;
	if (mnt == root_mnt && root == BPF_CORE_READ(root_mnt, mnt_root))
		flags |= PG_PROGRAM_TOP_ROOT;
	if (mnt != root_mnt && BPF_CORE_READ(mnt, mnt_root) != BPF_CORE_READ(mnt, mnt_sb, s_root))
		flags |= PG_PROGRAM_PART;
	if (BPF_CORE_READ(file, f_path.dentry) == BPF_CORE_READ(mnt, mnt_root))
		flags |= PG_PROGRAM_BOUND;
	if (BPF_CORE_READ(cred, uid.val) != BPF_CORE_READ(cred, euid.val) ||
	    BPF_CORE_READ(cred, gid.val) != BPF_CORE_READ(cred, egid.val))
		flags |= PG_PROGRAM_RAISED;
	if (!BPF_CORE_READ(inode, i_nlink))
		flags |= PG_PROGRAM_REMOVED;
	if (magic == TMPFS_MAGIC || magic == RAMFS_MAGIC)
		flags |= PG_PROGRAM_IN_MEMORY;
	if (magic == BTRFS_MAGIC)
		flags |= PG_PROGRAM_OWN_NUMBERS;
	if (BPF_CORE_READ(inode, i_mode) & 022)
		flags |= PG_PROGRAM_OTHERS_WRITE;
	*(u16 *)&at[0] = PG_TRAILER_PROGRAM;
	*(u16 *)&at[2] = PG_TRAILER_LEN_PROGRAM;
	*(u32 *)&at[4] = flags;
	*(u32 *)&at[8] = pg_encode_dev(BPF_CORE_READ(inode, i_sb, s_dev));
	*(u32 *)&at[12] = BPF_CORE_READ(inode, i_uid.val);
	s->pos += 4 + PG_TRAILER_LEN_PROGRAM;
	/* Read back: the kernel's checker would follow what comes once for each set of flags. */
	flags = *(volatile u32 *)&at[4];
	if (!(flags & (PG_PROGRAM_PART | PG_PROGRAM_IN_MEMORY)))
		return;
	pg_walk_fs(s, (u64)BPF_CORE_READ(file, f_path.dentry));
	if (s->path_at >= PG_STR_MAX)
		return;
	pg_append_path(s);
	*(u16 *)&s->data[(start + 2) & PG_DATA_MASK] = s->pos - start - 4;
}

#endif
