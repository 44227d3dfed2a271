/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls on the tree of files: what stands where, whose it is, what is mounted. */
#ifndef PG_SYSCALLS_FS_H
#define PG_SYSCALLS_FS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "tables.gen.h"
#include "kernel/object.h"
#include "kernel/opened.h"
#include "kernel/walk.h"
#include "record/scratch.h"
#include "syscalls/call.h"
#include "syscalls/entry_args.h"
#include "syscalls/file.h"
#include "syscalls/proc_link.h"

/* Result and one path: parameters 0 and 1. */
static __always_inline void pg_put_result_and_path(struct scratch *s, long ret, u64 path)
{
	pg_put_s64(s, 0, ret);
	pg_put_path_arg(s, 1, path);
}

/* Result, folder and a path below it: parameters 0 to 2. */
static __always_inline void pg_put_result_and_relative(struct scratch *s, long ret, s32 folder, u64 path)
{
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, folder);
	pg_put_path_arg(s, 2, path);
}

PG_SYSCALL(stat)
{
	u32 at;

	pg_begin(s, PPME_SYSCALL_STAT_X, PPME_SYSCALL_STAT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	at = s->pos;
	pg_put_entry_str(s, task, regs, 1, PG_ARG(0));
	pg_queue_proc_link(s, at);
	pg_forget_entry_args(task);
	PG_FINISH_PATH;
}

PG_SYSCALL(lstat)
{
	u32 at;

	pg_begin(s, PPME_SYSCALL_LSTAT_X, PPME_SYSCALL_LSTAT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	at = s->pos;
	pg_put_entry_str(s, task, regs, 1, PG_ARG(0));
	pg_queue_proc_link(s, at);
	pg_forget_entry_args(task);
	PG_FINISH_PATH;
}

PG_SYSCALL(fstat)
{
	pg_begin(s, PPME_SYSCALL_FSTAT_X, PPME_SYSCALL_FSTAT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_finish_file_fd(s, task, PG_ARG(0));
}

/* What all calls of the kind know; the flags of each stand beside it. */
#define AT_SYMLINK_NOFOLLOW 0x100

PG_SYSCALL(newfstatat)
{
	u32 at;

	pg_begin(s, PPME_SYSCALL_NEWFSTATAT_X, PPME_SYSCALL_NEWFSTATAT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	at = s->pos;
	pg_put_entry_str(s, task, regs, 2, PG_ARG(1));
	pg_queue_proc_link(s, at);
	pg_forget_entry_args(task);
	pg_put_u32(s, 3, PG_ARG(3) & (PPM_AT_SYMLINK_NOFOLLOW | PPM_AT_NO_AUTOMOUNT | PPM_AT_EMPTY_PATH));
	pg_finish_below(s, task, PG_ARG(0));
}

PG_SYSCALL(access)
{
	pg_begin(s, PPME_SYSCALL_ACCESS_X, PPME_SYSCALL_ACCESS_X_N, task->pid);
	pg_put_result_and_path(s, ret, PG_ARG(0));
	pg_put_u32(s, 2, PG_ARG(1) & (PPM_X_OK | PPM_W_OK | PPM_R_OK));
	PG_FINISH_PATH;
}

PG_SYSCALL(mkdir)
{
	pg_begin(s, PPME_SYSCALL_MKDIR_2_X, PPME_SYSCALL_MKDIR_2_X_N, task->pid);
	pg_put_result_and_path(s, ret, PG_ARG(0));
	pg_put_u32(s, 2, PG_ARG(1));
	PG_FINISH_PATH;
}

PG_SYSCALL(mkdirat)
{
	pg_begin(s, PPME_SYSCALL_MKDIRAT_X, PPME_SYSCALL_MKDIRAT_X_N, task->pid);
	pg_put_result_and_relative(s, ret, PG_ARG(0), PG_ARG(1));
	pg_put_u32(s, 3, PG_ARG(2));
	pg_finish_below(s, task, PG_ARG(0));
}

PG_SYSCALL(rmdir)
{
	pg_begin(s, PPME_SYSCALL_RMDIR_2_X, PPME_SYSCALL_RMDIR_2_X_N, task->pid);
	pg_put_result_and_path(s, ret, PG_ARG(0));
	PG_FINISH_PATH;
}

/* Permissions and kind of a new node; without a kind it is a regular file. */
static __always_inline u32 pg_node_mode(u32 mode)
{
	u32 kind = mode & S_IFMT;

	if (!kind)
		kind = PPM_S_IFREG;
	else if (kind != PPM_S_IFREG && kind != PPM_S_IFCHR && kind != PPM_S_IFBLK && kind != PPM_S_IFIFO &&
		 kind != PPM_S_IFSOCK)
		kind = 0;
	return (mode & PG_MODE_BITS) | kind;
}

/* The device as Falco has it: encoded as if it came from inside the kernel, though it is a user's. */
PG_SYSCALL(mknod)
{
	pg_begin(s, PPME_SYSCALL_MKNOD_X, PPME_SYSCALL_MKNOD_X_N, task->pid);
	pg_put_result_and_path(s, ret, PG_ARG(0));
	pg_put_u32(s, 2, pg_node_mode(PG_ARG(1)));
	pg_put_u32(s, 3, pg_encode_dev(PG_ARG(2)));
	PG_FINISH_PATH;
}

PG_SYSCALL(mknodat)
{
	pg_begin(s, PPME_SYSCALL_MKNODAT_X, PPME_SYSCALL_MKNODAT_X_N, task->pid);
	pg_put_result_and_relative(s, ret, PG_ARG(0), PG_ARG(1));
	pg_put_u32(s, 3, pg_node_mode(PG_ARG(2)));
	pg_put_u32(s, 4, pg_encode_dev(PG_ARG(3)));
	pg_finish_below(s, task, PG_ARG(0));
}

PG_SYSCALL(chown)
{
	pg_begin(s, PPME_SYSCALL_CHOWN_X, PPME_SYSCALL_CHOWN_X_N, task->pid);
	pg_put_result_and_path(s, ret, PG_ARG(0));
	pg_put_u32(s, 2, PG_ARG(1));
	pg_put_u32(s, 3, PG_ARG(2));
	PG_FINISH_PATH;
}

PG_SYSCALL(lchown)
{
	pg_begin(s, PPME_SYSCALL_LCHOWN_X, PPME_SYSCALL_LCHOWN_X_N, task->pid);
	pg_put_result_and_path(s, ret, PG_ARG(0));
	pg_put_u32(s, 2, PG_ARG(1));
	pg_put_u32(s, 3, PG_ARG(2));
	PG_FINISH_PATH;
}

PG_SYSCALL(fchown)
{
	pg_begin(s, PPME_SYSCALL_FCHOWN_X, PPME_SYSCALL_FCHOWN_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u32(s, 2, PG_ARG(1));
	pg_put_u32(s, 3, PG_ARG(2));
	pg_finish_file_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(fchownat)
{
	u32 asked = PG_ARG(4);

	pg_begin(s, PPME_SYSCALL_FCHOWNAT_X, PPME_SYSCALL_FCHOWNAT_X_N, task->pid);
	pg_put_result_and_relative(s, ret, PG_ARG(0), PG_ARG(1));
	pg_put_u32(s, 3, PG_ARG(2));
	pg_put_u32(s, 4, PG_ARG(3));
	/* What the format prints as AT_SYMLINK_NOFOLLOW here is the number of another call's flag. */
	pg_put_u32(s, 5, (asked & AT_SYMLINK_NOFOLLOW ? PPM_AT_SYMLINK_FOLLOW : 0) | (asked & PPM_AT_EMPTY_PATH));
	pg_finish_below(s, task, PG_ARG(0));
}

PG_SYSCALL(getdents)
{
	pg_begin(s, PPME_SYSCALL_GETDENTS_X, PPME_SYSCALL_GETDENTS_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_finish_file_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(getdents64)
{
	pg_begin(s, PPME_SYSCALL_GETDENTS64_X, PPME_SYSCALL_GETDENTS64_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_finish_file_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(getcwd)
{
	pg_begin(s, PPME_SYSCALL_GETCWD_X, PPME_SYSCALL_GETCWD_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	if (ret >= 0)
		pg_put_user_str(s, 1, PG_ARG(0));
	else
		pg_put_empty(s, 1);
	PG_FINISH_FILE;
}

PG_SYSCALL(flock)
{
	pg_begin(s, PPME_SYSCALL_FLOCK_X, PPME_SYSCALL_FLOCK_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u32(s, 2, PG_ARG(1) & (PPM_LOCK_SH | PPM_LOCK_EX | PPM_LOCK_NB | PPM_LOCK_UN));
	pg_finish_file_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(lseek)
{
	u32 whence = PG_ARG(2);

	pg_begin(s, PPME_SYSCALL_LSEEK_X, PPME_SYSCALL_LSEEK_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u64(s, 2, PG_ARG(1));
	pg_put_u8(s, 3, whence <= SEEK_END ? whence : PPM_SEEK_SET);
	pg_finish_file_fd(s, task, PG_ARG(0));
}

/* The offset a copy began at: the kernel has moved what stands there. 0 where none was given. */
static __always_inline u64 pg_offset_before(u64 from, long moved)
{
	u64 offset = 0;

	if (from && !bpf_probe_read_user(&offset, sizeof(offset), (void *)from) && moved > 0)
		offset -= moved;
	return offset;
}

PG_SYSCALL(copy_file_range)
{
	pg_begin(s, PPME_SYSCALL_COPY_FILE_RANGE_X, PPME_SYSCALL_COPY_FILE_RANGE_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(2));
	pg_put_u64(s, 2, pg_offset_before(PG_ARG(3), ret));
	pg_put_s64(s, 3, PG_ARG_FD(0));
	pg_put_u64(s, 4, pg_offset_before(PG_ARG(1), ret));
	pg_put_u64(s, 5, PG_ARG(4));
	pg_finish_two_fds(s, task, PG_ARG(2), PG_ARG(0), PG_LOSS_DIR_FILE);
}

/* Once the flags had to carry this number; it says nothing. */
#define MS_MGC_VAL 0xc0ed0000
#define MS_MGC_MASK 0xffff0000

PG_SYSCALL(mount)
{
	u32 flags = PG_ARG(3);

	if ((flags & MS_MGC_MASK) == MS_MGC_VAL)
		flags &= ~MS_MGC_MASK;
	pg_begin(s, PPME_SYSCALL_MOUNT_X, PPME_SYSCALL_MOUNT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_path_arg(s, 1, PG_ARG(0));
	pg_put_path_arg(s, 2, PG_ARG(1));
	pg_put_user_str(s, 3, PG_ARG(2));
	pg_put_u32(s, 4, flags);
	PG_FINISH_PATH;
}

PG_SYSCALL(umount2)
{
	u32 flags = PG_ARG(1);

	pg_begin(s, PPME_SYSCALL_UMOUNT2_X, PPME_SYSCALL_UMOUNT2_X_N, task->pid);
	pg_put_result_and_path(s, ret, PG_ARG(0));
	pg_put_u32(s, 2, flags & (PPM_MNT_FORCE | PPM_MNT_DETACH | PPM_MNT_EXPIRE | PPM_UMOUNT_NOFOLLOW));
	PG_FINISH_PATH;
}

PG_SYSCALL(open_by_handle_at)
{
	struct opened r = pg_opened_fd(task, ret, PG_ARG(2));

	pg_begin(s, PPME_SYSCALL_OPEN_BY_HANDLE_AT_X, PPME_SYSCALL_OPEN_BY_HANDLE_AT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u32(s, 2, r.flags);
	if (r.file) {
		pg_walk_file(s, task, r.file);
		pg_put_path(s, 3);
	} else {
		pg_put_empty(s, 3);
	}
	pg_put_dev_ino(s, 4, &r);
	pg_finish_open(s, task, ret, &r);
}

#endif
