/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls only 32-bit programs have. The loader places them by their 32-bit numbers. */
#ifndef PG_SYSCALLS_COMPAT_H
#define PG_SYSCALLS_COMPAT_H

#include "vmlinux.h"
#include "tables.gen.h"
#include "kernel/object.h"
#include "record/scratch.h"
#include "syscalls/buffer.h"
#include "syscalls/call.h"
#include "syscalls/entry_args.h"
#include "syscalls/memory.h"

PG_SYSCALL(stat64)
{
	pg_begin(s, PPME_SYSCALL_STAT64_X, PPME_SYSCALL_STAT64_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_entry_str(s, task, regs, 1, PG_ARG(0));
	pg_forget_entry_args(task);
	PG_FINISH_PATH;
}

PG_SYSCALL(lstat64)
{
	pg_begin(s, PPME_SYSCALL_LSTAT64_X, PPME_SYSCALL_LSTAT64_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_entry_str(s, task, regs, 1, PG_ARG(0));
	pg_forget_entry_args(task);
	PG_FINISH_PATH;
}

PG_SYSCALL(fstat64)
{
	pg_begin(s, PPME_SYSCALL_FSTAT64_X, PPME_SYSCALL_FSTAT64_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_finish_file_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(umount)
{
	pg_begin(s, PPME_SYSCALL_UMOUNT_1_X, PPME_SYSCALL_UMOUNT_1_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_user_str(s, 1, PG_ARG(0));
	PG_FINISH_PATH;
}

PG_SYSCALL(_llseek)
{
	u32 whence = PG_ARG(4);

	pg_begin(s, PPME_SYSCALL_LLSEEK_X, PPME_SYSCALL_LLSEEK_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u64(s, 2, PG_ARG(1) << 32 | PG_ARG(2));
	pg_put_u8(s, 3, whence <= SEEK_END ? whence : PPM_SEEK_SET);
	pg_finish_file_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(mmap2)
{
	pg_begin(s, PPME_SYSCALL_MMAP2_X, PPME_SYSCALL_MMAP2_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_memory_sizes(s, task);
	pg_put_u64(s, 4, PG_ARG(0));
	pg_put_u64(s, 5, PG_ARG(1));
	pg_put_u32(s, 6, pg_prot_flags(PG_ARG(2)));
	pg_put_u32(s, 7, pg_mmap_flags(PG_ARG(3)));
	pg_put_s64(s, 8, PG_ARG_FD(4));
	/* In pages. */
	pg_put_u64(s, 9, PG_ARG(5));
	pg_finish_fd(s, task, PG_ARG(4));
}

/* Sub-calls of socketcall. */
PG_SYSCALL(send)
{
	struct sock *sk = pg_sock_of_file(pg_file_of_fd(task, PG_ARG(0)));

	pg_begin(s, PPME_SOCKET_SEND_X, PPME_SOCKET_SEND_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_data(s, 1, PG_ARG(1), ret > 0 ? ret : PG_ARG(2));
	pg_put_s64(s, 2, PG_ARG_FD(0));
	pg_put_u32(s, 3, PG_ARG(2));
	pg_put_tuple(s, 4, sk, false, 0);
	pg_finish_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(recv)
{
	struct sock *sk = pg_sock_of_file(pg_file_of_fd(task, PG_ARG(0)));

	pg_begin(s, PPME_SOCKET_RECV_X, PPME_SOCKET_RECV_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_data(s, 1, PG_ARG(1), ret > 0 ? ret : 0);
	pg_put_s64(s, 2, PG_ARG_FD(0));
	pg_put_u32(s, 3, PG_ARG(2));
	pg_put_tuple(s, 4, ret > 0 ? sk : 0, true, 0);
	pg_finish_fd(s, task, PG_ARG(0));
}

#endif
