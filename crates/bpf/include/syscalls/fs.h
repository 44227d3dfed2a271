/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls on the tree of files: what stands where, whose it is, what is mounted. */
#ifndef PG_SYSCALLS_FS_H
#define PG_SYSCALLS_FS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "kernel/object.h"
#include "kernel/opened.h"
#include "kernel/walk.h"
#include "record/scratch.h"
#include "syscalls/call.h"
#include "syscalls/entry.h"
#include "syscalls/file.h"
#include "syscalls/way.h"

/* Result and one path: parameters 0 and 1. */
static __always_inline void put_result_and_path(struct scratch *s, long ret, u64 path)
{
	put_s64(s, 0, ret);
	put_way(s, 1, path);
}

/* Result, folder and a path below it: parameters 0 to 2. */
static __always_inline void put_result_and_relative(struct scratch *s, long ret, s32 folder, u64 path)
{
	put_s64(s, 0, ret);
	put_s64(s, 1, folder);
	put_way(s, 2, path);
}

CALL(stat)
{
	u32 at;

	begin(s, PPME_SYSCALL_STAT_X, PPME_SYSCALL_STAT_X_N, task->pid);
	put_s64(s, 0, ret);
	at = s->pos;
	put_kept_text(s, task, regs, 1, ARG(0));
	look_for_way(s, at);
	forget_kept(task);
	END_PATH;
}

CALL(lstat)
{
	u32 at;

	begin(s, PPME_SYSCALL_LSTAT_X, PPME_SYSCALL_LSTAT_X_N, task->pid);
	put_s64(s, 0, ret);
	at = s->pos;
	put_kept_text(s, task, regs, 1, ARG(0));
	look_for_way(s, at);
	forget_kept(task);
	END_PATH;
}

CALL(fstat)
{
	begin(s, PPME_SYSCALL_FSTAT_X, PPME_SYSCALL_FSTAT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	send_with(s, task, ARG(0));
}

/* What all calls of the kind know; the flags of each stand beside it. */
#define AT_SYMLINK_NOFOLLOW 0x100

CALL(newfstatat)
{
	u32 at;

	begin(s, PPME_SYSCALL_NEWFSTATAT_X, PPME_SYSCALL_NEWFSTATAT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	at = s->pos;
	put_kept_text(s, task, regs, 2, ARG(1));
	look_for_way(s, at);
	forget_kept(task);
	put_u32(s, 3, ARG(3) & (PPM_AT_SYMLINK_NOFOLLOW | PPM_AT_NO_AUTOMOUNT | PPM_AT_EMPTY_PATH));
	send_below(s, task, ARG(0));
}

CALL(access)
{
	begin(s, PPME_SYSCALL_ACCESS_X, PPME_SYSCALL_ACCESS_X_N, task->pid);
	put_result_and_path(s, ret, ARG(0));
	put_u32(s, 2, ARG(1) & (PPM_X_OK | PPM_W_OK | PPM_R_OK));
	END_PATH;
}

CALL(mkdir)
{
	begin(s, PPME_SYSCALL_MKDIR_2_X, PPME_SYSCALL_MKDIR_2_X_N, task->pid);
	put_result_and_path(s, ret, ARG(0));
	put_u32(s, 2, ARG(1));
	END_PATH;
}

CALL(mkdirat)
{
	begin(s, PPME_SYSCALL_MKDIRAT_X, PPME_SYSCALL_MKDIRAT_X_N, task->pid);
	put_result_and_relative(s, ret, ARG(0), ARG(1));
	put_u32(s, 3, ARG(2));
	send_below(s, task, ARG(0));
}

CALL(rmdir)
{
	begin(s, PPME_SYSCALL_RMDIR_2_X, PPME_SYSCALL_RMDIR_2_X_N, task->pid);
	put_result_and_path(s, ret, ARG(0));
	END_PATH;
}

/* Permissions and kind of a new node; without a kind it is a regular file. */
static __always_inline u32 node_mode(u32 mode)
{
	u32 kind = mode & S_IFMT;

	if (!kind)
		kind = PPM_S_IFREG;
	else if (kind != PPM_S_IFREG && kind != PPM_S_IFCHR && kind != PPM_S_IFBLK && kind != PPM_S_IFIFO &&
		 kind != PPM_S_IFSOCK)
		kind = 0;
	return (mode & MODE_BITS) | kind;
}

/* The device as Falco has it: encoded as if it came from inside the kernel, though it is a user's. */
CALL(mknod)
{
	begin(s, PPME_SYSCALL_MKNOD_X, PPME_SYSCALL_MKNOD_X_N, task->pid);
	put_result_and_path(s, ret, ARG(0));
	put_u32(s, 2, node_mode(ARG(1)));
	put_u32(s, 3, encode_dev(ARG(2)));
	END_PATH;
}

CALL(mknodat)
{
	begin(s, PPME_SYSCALL_MKNODAT_X, PPME_SYSCALL_MKNODAT_X_N, task->pid);
	put_result_and_relative(s, ret, ARG(0), ARG(1));
	put_u32(s, 3, node_mode(ARG(2)));
	put_u32(s, 4, encode_dev(ARG(3)));
	send_below(s, task, ARG(0));
}

CALL(chown)
{
	begin(s, PPME_SYSCALL_CHOWN_X, PPME_SYSCALL_CHOWN_X_N, task->pid);
	put_result_and_path(s, ret, ARG(0));
	put_u32(s, 2, ARG(1));
	put_u32(s, 3, ARG(2));
	END_PATH;
}

CALL(lchown)
{
	begin(s, PPME_SYSCALL_LCHOWN_X, PPME_SYSCALL_LCHOWN_X_N, task->pid);
	put_result_and_path(s, ret, ARG(0));
	put_u32(s, 2, ARG(1));
	put_u32(s, 3, ARG(2));
	END_PATH;
}

CALL(fchown)
{
	begin(s, PPME_SYSCALL_FCHOWN_X, PPME_SYSCALL_FCHOWN_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u32(s, 2, ARG(1));
	put_u32(s, 3, ARG(2));
	send_with(s, task, ARG(0));
}

CALL(fchownat)
{
	u32 asked = ARG(4);

	begin(s, PPME_SYSCALL_FCHOWNAT_X, PPME_SYSCALL_FCHOWNAT_X_N, task->pid);
	put_result_and_relative(s, ret, ARG(0), ARG(1));
	put_u32(s, 3, ARG(2));
	put_u32(s, 4, ARG(3));
	/* What the format prints as AT_SYMLINK_NOFOLLOW here is the number of another call's flag. */
	put_u32(s, 5,
		(asked & AT_SYMLINK_NOFOLLOW ? PPM_AT_SYMLINK_FOLLOW : 0) | (asked & PPM_AT_EMPTY_PATH));
	send_below(s, task, ARG(0));
}

CALL(getdents)
{
	begin(s, PPME_SYSCALL_GETDENTS_X, PPME_SYSCALL_GETDENTS_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	send_with(s, task, ARG(0));
}

CALL(getdents64)
{
	begin(s, PPME_SYSCALL_GETDENTS64_X, PPME_SYSCALL_GETDENTS64_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	send_with(s, task, ARG(0));
}

CALL(getcwd)
{
	begin(s, PPME_SYSCALL_GETCWD_X, PPME_SYSCALL_GETCWD_X_N, task->pid);
	put_s64(s, 0, ret);
	if (ret >= 0)
		put_user_text(s, 1, ARG(0));
	else
		put_nothing(s, 1);
	END;
}

CALL(flock)
{
	begin(s, PPME_SYSCALL_FLOCK_X, PPME_SYSCALL_FLOCK_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u32(s, 2, ARG(1) & (PPM_LOCK_SH | PPM_LOCK_EX | PPM_LOCK_NB | PPM_LOCK_UN));
	send_with(s, task, ARG(0));
}

CALL(lseek)
{
	u32 whence = ARG(2);

	begin(s, PPME_SYSCALL_LSEEK_X, PPME_SYSCALL_LSEEK_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u64(s, 2, ARG(1));
	put_u8(s, 3, whence <= SEEK_END ? whence : PPM_SEEK_SET);
	send_with(s, task, ARG(0));
}

/* The offset a copy began at: the kernel has moved what stands there. 0 where none was given. */
static __always_inline u64 began_at(u64 from, long moved)
{
	u64 offset = 0;

	if (from && !bpf_probe_read_user(&offset, sizeof(offset), (void *)from) && moved > 0)
		offset -= moved;
	return offset;
}

CALL(copy_file_range)
{
	begin(s, PPME_SYSCALL_COPY_FILE_RANGE_X, PPME_SYSCALL_COPY_FILE_RANGE_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(2));
	put_u64(s, 2, began_at(ARG(3), ret));
	put_s64(s, 3, ARG_FD(0));
	put_u64(s, 4, began_at(ARG(1), ret));
	put_u64(s, 5, ARG(4));
	send_both(s, task, ARG(2), ARG(0), PG_LOSS_DIR_FILE);
}

/* Once the flags had to carry this number; it says nothing. */
#define MS_MGC_VAL 0xc0ed0000
#define MS_MGC_MASK 0xffff0000

CALL(mount)
{
	u32 flags = ARG(3);

	if ((flags & MS_MGC_MASK) == MS_MGC_VAL)
		flags &= ~MS_MGC_MASK;
	begin(s, PPME_SYSCALL_MOUNT_X, PPME_SYSCALL_MOUNT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_way(s, 1, ARG(0));
	put_way(s, 2, ARG(1));
	put_user_text(s, 3, ARG(2));
	put_u32(s, 4, flags);
	END_PATH;
}

CALL(umount2)
{
	u32 flags = ARG(1);

	begin(s, PPME_SYSCALL_UMOUNT2_X, PPME_SYSCALL_UMOUNT2_X_N, task->pid);
	put_result_and_path(s, ret, ARG(0));
	put_u32(s, 2, flags & (PPM_MNT_FORCE | PPM_MNT_DETACH | PPM_MNT_EXPIRE | PPM_UMOUNT_NOFOLLOW));
	END_PATH;
}

CALL(open_by_handle_at)
{
	struct open_result r = opened(task, ret, ARG(2));

	begin(s, PPME_SYSCALL_OPEN_BY_HANDLE_AT_X, PPME_SYSCALL_OPEN_BY_HANDLE_AT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u32(s, 2, r.flags);
	if (r.file) {
		walk_file(s, task, r.file);
		put_path(s, 3);
	} else {
		put_nothing(s, 3);
	}
	put_dev_ino(s, 4, &r);
	send_open(s, task, ret, &r);
}

#endif
