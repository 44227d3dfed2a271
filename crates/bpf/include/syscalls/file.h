/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls on files and descriptors. */
#ifndef PG_SYSCALLS_FILE_H
#define PG_SYSCALLS_FILE_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "filter/names.h"
#include "kernel/object.h"
#include "kernel/opened.h"
#include "record/scratch.h"
#include "record/trailer.h"
#include "syscalls/call.h"
#include "syscalls/way.h"

/* A folder that was opened: what is opened below it has its name, which is the text put before. */
static __always_inline void note_if_folder(struct scratch *s, u32 at, s32 dirfd, long ret, struct open_result *r)
{
	struct inode *inode = r->inode;

	if (inode && (BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFDIR)
		note_folder(s, at, dirfd, ret);
}

/* What was opened is told, and the folder its path begins at. */
static __always_inline void send_open(struct scratch *s, struct task_struct *task, long ret, struct open_result *r)
{
	seal(s);
	fact_origin(s, task->tgid, origin_flags(task) | (r->place ? PG_ORIGIN_PLACE : 0));
	if (r->file)
		tell(s, ret);
	send(s, PG_LOSS_OPEN);
}

CALL(open)
{
	u32 asked = ARG(1);
	struct open_result r = opened(task, ret, asked);
	u32 at;

	begin(s, PPME_SYSCALL_OPEN_X, PPME_SYSCALL_OPEN_X_N, task->pid);
	put_s64(s, 0, ret);
	at = s->pos;
	put_user_text(s, 1, ARG(0));
	note_if_folder(s, at, AT_FDCWD, ret, &r);
	put_u32(s, 2, r.flags);
	put_u32(s, 3, create_mode(asked, ARG(2)));
	put_dev_ino(s, 4, &r);
	send_open(s, task, ret, &r);
}

CALL(openat)
{
	u32 asked = ARG(2);
	struct open_result r = opened(task, ret, asked);
	u32 at;

	begin(s, PPME_SYSCALL_OPENAT_2_X, PPME_SYSCALL_OPENAT_2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	at = s->pos;
	put_user_text(s, 2, ARG(1));
	tell_base(s, at, ARG_FD(0));
	note_if_folder(s, at, ARG_FD(0), ret, &r);
	put_u32(s, 3, r.flags);
	put_u32(s, 4, create_mode(asked, ARG(3)));
	put_dev_ino(s, 5, &r);
	send_open(s, task, ret, &r);
}

CALL(openat2)
{
	struct {
		u64 flags, mode, resolve;
	} how = {};
	struct open_result r;
	u32 at;

	bpf_probe_read_user(&how, sizeof(how), (void *)ARG(2));
	r = opened(task, ret, how.flags);
	begin(s, PPME_SYSCALL_OPENAT2_X, PPME_SYSCALL_OPENAT2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	at = s->pos;
	put_user_text(s, 2, ARG(1));
	tell_base(s, at, ARG_FD(0));
	note_if_folder(s, at, ARG_FD(0), ret, &r);
	put_u32(s, 3, r.flags);
	put_u32(s, 4, create_mode(how.flags, how.mode));
	put_u32(s, 5, resolve_flags(how.resolve));
	put_dev_ino(s, 6, &r);
	send_open(s, task, ret, &r);
}

CALL(creat)
{
	struct open_result r = opened(task, ret, 0);
	u16 layer = 0;

	if (r.flags & PPM_FD_UPPER_LAYER)
		layer = PPM_FD_UPPER_LAYER_CREAT;
	else if (r.flags & PPM_FD_LOWER_LAYER)
		layer = PPM_FD_LOWER_LAYER_CREAT;
	begin(s, PPME_SYSCALL_CREAT_X, PPME_SYSCALL_CREAT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_user_text(s, 1, ARG(0));
	put_u32(s, 2, ARG(1) & MODE_BITS);
	put_dev_ino(s, 3, &r);
	put_u16(s, 5, layer);
	send_open(s, task, ret, &r);
}

/* dup and its kin: the new descriptor is told. */
static __always_inline void send_dup(struct scratch *s, struct task_struct *task, long ret)
{
	close_block(s, task);
	tell(s, ret);
	send(s, PG_LOSS_OTHER);
}

CALL(dup)
{
	begin(s, PPME_SYSCALL_DUP_1_X, PPME_SYSCALL_DUP_1_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	send_dup(s, task, ret);
}

CALL(dup2)
{
	begin(s, PPME_SYSCALL_DUP2_X, PPME_SYSCALL_DUP2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_s64(s, 2, ARG_FD(1));
	send_dup(s, task, ret);
}

CALL(dup3)
{
	begin(s, PPME_SYSCALL_DUP3_X, PPME_SYSCALL_DUP3_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_s64(s, 2, ARG_FD(1));
	put_u32(s, 3, ARG(2) & 02000000 ? PPM_O_CLOEXEC : 0);
	send_dup(s, task, ret);
}

CALL(fchmod)
{
	begin(s, PPME_SYSCALL_FCHMOD_X, PPME_SYSCALL_FCHMOD_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u32(s, 2, ARG(1) & MODE_BITS);
	send_with(s, task, ARG(0));
}

CALL(fchdir)
{
	begin(s, PPME_SYSCALL_FCHDIR_X, PPME_SYSCALL_FCHDIR_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	send_with(s, task, ARG(0));
}

/* Tells the current folder by the path the kernel walked. */
__noinline int tell_pwd(struct scratch *s, u32 param)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	if (s && fs)
		fact_walked(s, task, param, (struct path *)((char *)fs + bpf_core_field_offset(struct fs_struct, pwd)));
	return 0;
}

CALL(chdir)
{
	u32 at;

	begin(s, PPME_SYSCALL_CHDIR_X, PPME_SYSCALL_CHDIR_X_N, task->pid);
	put_s64(s, 0, ret);
	at = s->pos;
	put_user_text(s, 1, ARG(0));
	if (ret == 0)
		note_folder(s, at, AT_FORMER, AT_FDCWD);
	close_block(s, task);
	if (ret == 0)
		tell_pwd(s, 1);
	send(s, PG_LOSS_DIR_FILE);
}

CALL(chmod)
{
	begin(s, PPME_SYSCALL_CHMOD_X, PPME_SYSCALL_CHMOD_X_N, task->pid);
	put_s64(s, 0, ret);
	put_way(s, 1, ARG(0));
	put_u32(s, 2, ARG(1) & MODE_BITS);
	END_PATH;
}

CALL(fchmodat)
{
	begin(s, PPME_SYSCALL_FCHMODAT_X, PPME_SYSCALL_FCHMODAT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_way(s, 2, ARG(1));
	put_u32(s, 3, ARG(2) & MODE_BITS);
	send_below(s, task, ARG(0));
}

CALL(rename)
{
	begin(s, PPME_SYSCALL_RENAME_X, PPME_SYSCALL_RENAME_X_N, task->pid);
	put_s64(s, 0, ret);
	put_way(s, 1, ARG(0));
	put_way(s, 2, ARG(1));
	END_PATH;
}

CALL(renameat)
{
	begin(s, PPME_SYSCALL_RENAMEAT_X, PPME_SYSCALL_RENAMEAT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_way(s, 2, ARG(1));
	put_s64(s, 3, ARG_FD(2));
	put_way(s, 4, ARG(3));
	END_BETWEEN(ARG(0), ARG(2));
}

CALL(renameat2)
{
	begin(s, PPME_SYSCALL_RENAMEAT2_X, PPME_SYSCALL_RENAMEAT2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_way(s, 2, ARG(1));
	put_s64(s, 3, ARG_FD(2));
	put_way(s, 4, ARG(3));
	put_u32(s, 5, ARG(4));
	END_BETWEEN(ARG(0), ARG(2));
}

CALL(unlink)
{
	begin(s, PPME_SYSCALL_UNLINK_2_X, PPME_SYSCALL_UNLINK_2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_way(s, 1, ARG(0));
	END_PATH;
}

CALL(unlinkat)
{
	begin(s, PPME_SYSCALL_UNLINKAT_2_X, PPME_SYSCALL_UNLINKAT_2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_way(s, 2, ARG(1));
	put_u32(s, 3, ARG(2) & PPM_AT_REMOVEDIR);
	send_below(s, task, ARG(0));
}

CALL(symlink)
{
	begin(s, PPME_SYSCALL_SYMLINK_X, PPME_SYSCALL_SYMLINK_X_N, task->pid);
	put_s64(s, 0, ret);
	put_user_text(s, 1, ARG(0));
	put_way(s, 2, ARG(1));
	END_PATH;
}

CALL(symlinkat)
{
	begin(s, PPME_SYSCALL_SYMLINKAT_X, PPME_SYSCALL_SYMLINKAT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_user_text(s, 1, ARG(0));
	put_s64(s, 2, ARG_FD(1));
	put_way(s, 3, ARG(2));
	send_below(s, task, ARG(1));
}

CALL(link)
{
	begin(s, PPME_SYSCALL_LINK_2_X, PPME_SYSCALL_LINK_2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_way(s, 1, ARG(0));
	put_way(s, 2, ARG(1));
	END_PATH;
}

CALL(linkat)
{
	begin(s, PPME_SYSCALL_LINKAT_2_X, PPME_SYSCALL_LINKAT_2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_way(s, 2, ARG(1));
	put_s64(s, 3, ARG_FD(2));
	put_way(s, 4, ARG(3));
	put_u32(s, 5, ARG(4) & (PPM_AT_SYMLINK_FOLLOW | PPM_AT_EMPTY_PATH));
	END_BETWEEN(ARG(0), ARG(2));
}

CALL(memfd_create)
{
	begin(s, PPME_SYSCALL_MEMFD_CREATE_X, PPME_SYSCALL_MEMFD_CREATE_X_N, task->pid);
	put_s64(s, 0, ret);
	put_user_text(s, 1, ARG(0));
	put_u32(s, 2, ARG(1) & (PPM_MFD_CLOEXEC | PPM_MFD_ALLOW_SEALING | PPM_MFD_HUGETLB));
	close_block(s, task);
	tell(s, ret);
	send(s, PG_LOSS_OTHER);
}

#endif
