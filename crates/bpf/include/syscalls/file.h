/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls on files and descriptors. */
#ifndef PG_SYSCALLS_FILE_H
#define PG_SYSCALLS_FILE_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "filter/names.h"
#include "kernel/object.h"
#include "kernel/opened.h"
#include "record/scratch.h"
#include "record/trailer.h"
#include "syscalls/call.h"
#include "syscalls/proc_link.h"

/* A folder that was opened: what is opened below it has its name, which is the text put before. */
static __always_inline void pg_note_if_dir(struct scratch *s, u32 at, s32 dirfd, long ret, struct opened *r)
{
	struct inode *inode = r->inode;

	if (inode && (BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFDIR)
		pg_note_dir(s, at, dirfd, ret);
}

/* What was opened is reported, and the folder its path begins at. */
static __always_inline void pg_finish_open(struct scratch *s, struct task_struct *task, long ret, struct opened *r)
{
	pg_seal(s);
	pg_trailer_origin(s, task->tgid, pg_origin_flags(task) | (r->place ? PG_ORIGIN_PLACE : 0));
	if (r->file)
		pg_queue_fd(s, ret);
	pg_finish(s, PG_LOSS_OPEN);
}

PG_SYSCALL(open)
{
	u32 asked = PG_ARG(1);
	struct opened r = pg_opened_fd(task, ret, asked);
	u32 at;

	pg_begin(s, PPME_SYSCALL_OPEN_X, PPME_SYSCALL_OPEN_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	at = s->pos;
	pg_put_user_str(s, 1, PG_ARG(0));
	pg_note_if_dir(s, at, AT_FDCWD, ret, &r);
	pg_put_u32(s, 2, r.flags);
	pg_put_u32(s, 3, pg_create_mode(asked, PG_ARG(2)));
	pg_put_dev_ino(s, 4, &r);
	pg_finish_open(s, task, ret, &r);
}

PG_SYSCALL(openat)
{
	u32 asked = PG_ARG(2);
	struct opened r = pg_opened_fd(task, ret, asked);
	u32 at;

	pg_begin(s, PPME_SYSCALL_OPENAT_2_X, PPME_SYSCALL_OPENAT_2_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	at = s->pos;
	pg_put_user_str(s, 2, PG_ARG(1));
	pg_queue_base_dir(s, at, PG_ARG_FD(0));
	pg_note_if_dir(s, at, PG_ARG_FD(0), ret, &r);
	pg_put_u32(s, 3, r.flags);
	pg_put_u32(s, 4, pg_create_mode(asked, PG_ARG(3)));
	pg_put_dev_ino(s, 5, &r);
	pg_finish_open(s, task, ret, &r);
}

PG_SYSCALL(openat2)
{
	struct {
		u64 flags, mode, resolve;
	} how = {};
	struct opened r;
	u32 at;

	bpf_probe_read_user(&how, sizeof(how), (void *)PG_ARG(2));
	r = pg_opened_fd(task, ret, how.flags);
	pg_begin(s, PPME_SYSCALL_OPENAT2_X, PPME_SYSCALL_OPENAT2_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	at = s->pos;
	pg_put_user_str(s, 2, PG_ARG(1));
	pg_queue_base_dir(s, at, PG_ARG_FD(0));
	pg_note_if_dir(s, at, PG_ARG_FD(0), ret, &r);
	pg_put_u32(s, 3, r.flags);
	pg_put_u32(s, 4, pg_create_mode(how.flags, how.mode));
	pg_put_u32(s, 5, pg_resolve_flags(how.resolve));
	pg_put_dev_ino(s, 6, &r);
	pg_finish_open(s, task, ret, &r);
}

PG_SYSCALL(creat)
{
	struct opened r = pg_opened_fd(task, ret, 0);
	u16 layer = 0;

	if (r.flags & PPM_FD_UPPER_LAYER)
		layer = PPM_FD_UPPER_LAYER_CREAT;
	else if (r.flags & PPM_FD_LOWER_LAYER)
		layer = PPM_FD_LOWER_LAYER_CREAT;
	pg_begin(s, PPME_SYSCALL_CREAT_X, PPME_SYSCALL_CREAT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_user_str(s, 1, PG_ARG(0));
	pg_put_u32(s, 2, PG_ARG(1) & PG_MODE_BITS);
	pg_put_dev_ino(s, 3, &r);
	pg_put_u16(s, 5, layer);
	pg_finish_open(s, task, ret, &r);
}

/* dup and its kin: the new descriptor is reported. */
static __always_inline void pg_finish_dup(struct scratch *s, struct task_struct *task, long ret)
{
	pg_close_block(s, task);
	pg_queue_fd(s, ret);
	pg_finish(s, PG_LOSS_OTHER);
}

PG_SYSCALL(dup)
{
	pg_begin(s, PPME_SYSCALL_DUP_1_X, PPME_SYSCALL_DUP_1_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_finish_dup(s, task, ret);
}

PG_SYSCALL(dup2)
{
	pg_begin(s, PPME_SYSCALL_DUP2_X, PPME_SYSCALL_DUP2_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_s64(s, 2, PG_ARG_FD(1));
	pg_finish_dup(s, task, ret);
}

PG_SYSCALL(dup3)
{
	pg_begin(s, PPME_SYSCALL_DUP3_X, PPME_SYSCALL_DUP3_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_s64(s, 2, PG_ARG_FD(1));
	pg_put_u32(s, 3, PG_ARG(2) & 02000000 ? PPM_O_CLOEXEC : 0);
	pg_finish_dup(s, task, ret);
}

PG_SYSCALL(fchmod)
{
	pg_begin(s, PPME_SYSCALL_FCHMOD_X, PPME_SYSCALL_FCHMOD_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u32(s, 2, PG_ARG(1) & PG_MODE_BITS);
	pg_finish_file_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(fchdir)
{
	pg_begin(s, PPME_SYSCALL_FCHDIR_X, PPME_SYSCALL_FCHDIR_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_finish_file_fd(s, task, PG_ARG(0));
}

/* Reports the current folder by the path the kernel walked. */
__noinline int pg_trailer_walked_cwd(struct scratch *s, u32 param)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	if (s && fs)
		pg_trailer_walked(s, task, param,
				  (struct path *)((char *)fs + bpf_core_field_offset(struct fs_struct, pwd)));
	return 0;
}

PG_SYSCALL(chdir)
{
	u32 at;

	pg_begin(s, PPME_SYSCALL_CHDIR_X, PPME_SYSCALL_CHDIR_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	at = s->pos;
	pg_put_user_str(s, 1, PG_ARG(0));
	if (ret == 0)
		pg_note_dir(s, at, PG_AT_FORMER_CWD, AT_FDCWD);
	pg_close_block(s, task);
	if (ret == 0)
		pg_trailer_walked_cwd(s, 1);
	pg_finish(s, PG_LOSS_DIR_FILE);
}

PG_SYSCALL(chmod)
{
	pg_begin(s, PPME_SYSCALL_CHMOD_X, PPME_SYSCALL_CHMOD_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_path_arg(s, 1, PG_ARG(0));
	pg_put_u32(s, 2, PG_ARG(1) & PG_MODE_BITS);
	PG_FINISH_PATH;
}

PG_SYSCALL(fchmodat)
{
	pg_begin(s, PPME_SYSCALL_FCHMODAT_X, PPME_SYSCALL_FCHMODAT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_path_arg(s, 2, PG_ARG(1));
	pg_put_u32(s, 3, PG_ARG(2) & PG_MODE_BITS);
	pg_finish_below(s, task, PG_ARG(0));
}

PG_SYSCALL(rename)
{
	pg_begin(s, PPME_SYSCALL_RENAME_X, PPME_SYSCALL_RENAME_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_path_arg(s, 1, PG_ARG(0));
	pg_put_path_arg(s, 2, PG_ARG(1));
	PG_FINISH_PATH;
}

PG_SYSCALL(renameat)
{
	pg_begin(s, PPME_SYSCALL_RENAMEAT_X, PPME_SYSCALL_RENAMEAT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_path_arg(s, 2, PG_ARG(1));
	pg_put_s64(s, 3, PG_ARG_FD(2));
	pg_put_path_arg(s, 4, PG_ARG(3));
	PG_FINISH_TWO_DIRS(PG_ARG(0), PG_ARG(2));
}

PG_SYSCALL(renameat2)
{
	pg_begin(s, PPME_SYSCALL_RENAMEAT2_X, PPME_SYSCALL_RENAMEAT2_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_path_arg(s, 2, PG_ARG(1));
	pg_put_s64(s, 3, PG_ARG_FD(2));
	pg_put_path_arg(s, 4, PG_ARG(3));
	pg_put_u32(s, 5, PG_ARG(4));
	PG_FINISH_TWO_DIRS(PG_ARG(0), PG_ARG(2));
}

PG_SYSCALL(unlink)
{
	pg_begin(s, PPME_SYSCALL_UNLINK_2_X, PPME_SYSCALL_UNLINK_2_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_path_arg(s, 1, PG_ARG(0));
	PG_FINISH_PATH;
}

PG_SYSCALL(unlinkat)
{
	pg_begin(s, PPME_SYSCALL_UNLINKAT_2_X, PPME_SYSCALL_UNLINKAT_2_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_path_arg(s, 2, PG_ARG(1));
	pg_put_u32(s, 3, PG_ARG(2) & PPM_AT_REMOVEDIR);
	pg_finish_below(s, task, PG_ARG(0));
}

PG_SYSCALL(symlink)
{
	pg_begin(s, PPME_SYSCALL_SYMLINK_X, PPME_SYSCALL_SYMLINK_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_user_str(s, 1, PG_ARG(0));
	pg_put_path_arg(s, 2, PG_ARG(1));
	PG_FINISH_PATH;
}

PG_SYSCALL(symlinkat)
{
	pg_begin(s, PPME_SYSCALL_SYMLINKAT_X, PPME_SYSCALL_SYMLINKAT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_user_str(s, 1, PG_ARG(0));
	pg_put_s64(s, 2, PG_ARG_FD(1));
	pg_put_path_arg(s, 3, PG_ARG(2));
	pg_finish_below(s, task, PG_ARG(1));
}

PG_SYSCALL(link)
{
	pg_begin(s, PPME_SYSCALL_LINK_2_X, PPME_SYSCALL_LINK_2_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_path_arg(s, 1, PG_ARG(0));
	pg_put_path_arg(s, 2, PG_ARG(1));
	PG_FINISH_PATH;
}

PG_SYSCALL(linkat)
{
	pg_begin(s, PPME_SYSCALL_LINKAT_2_X, PPME_SYSCALL_LINKAT_2_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_path_arg(s, 2, PG_ARG(1));
	pg_put_s64(s, 3, PG_ARG_FD(2));
	pg_put_path_arg(s, 4, PG_ARG(3));
	pg_put_u32(s, 5, PG_ARG(4) & (PPM_AT_SYMLINK_FOLLOW | PPM_AT_EMPTY_PATH));
	PG_FINISH_TWO_DIRS(PG_ARG(0), PG_ARG(2));
}

PG_SYSCALL(memfd_create)
{
	pg_begin(s, PPME_SYSCALL_MEMFD_CREATE_X, PPME_SYSCALL_MEMFD_CREATE_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_user_str(s, 1, PG_ARG(0));
	pg_put_u32(s, 2, PG_ARG(1) & (PPM_MFD_CLOEXEC | PPM_MFD_ALLOW_SEALING | PPM_MFD_HUGETLB));
	pg_close_block(s, task);
	pg_queue_fd(s, ret);
	pg_finish(s, PG_LOSS_OTHER);
}

#endif
