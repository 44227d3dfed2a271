/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls only 32-bit programs have. The loader places them by their 32-bit numbers. */
#ifndef PG_SYSCALLS_COMPAT_H
#define PG_SYSCALLS_COMPAT_H

#include "vmlinux.h"
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "kernel/object.h"
#include "record/scratch.h"
#include "syscalls/buffer.h"
#include "syscalls/call.h"
#include "syscalls/entry.h"
#include "syscalls/memory.h"

CALL(stat64)
{
	begin(s, PPME_SYSCALL_STAT64_X, PPME_SYSCALL_STAT64_X_N, task->pid);
	put_s64(s, 0, ret);
	put_kept_text(s, task, regs, 1, ARG(0));
	forget_kept(task);
	END_PATH;
}

CALL(lstat64)
{
	begin(s, PPME_SYSCALL_LSTAT64_X, PPME_SYSCALL_LSTAT64_X_N, task->pid);
	put_s64(s, 0, ret);
	put_kept_text(s, task, regs, 1, ARG(0));
	forget_kept(task);
	END_PATH;
}

CALL(fstat64)
{
	begin(s, PPME_SYSCALL_FSTAT64_X, PPME_SYSCALL_FSTAT64_X_N, task->pid);
	put_s64(s, 0, ret);
	send_with(s, task, ARG(0));
}

CALL(umount)
{
	begin(s, PPME_SYSCALL_UMOUNT_1_X, PPME_SYSCALL_UMOUNT_1_X_N, task->pid);
	put_s64(s, 0, ret);
	put_user_text(s, 1, ARG(0));
	END_PATH;
}

CALL(_llseek)
{
	u32 whence = ARG(4);

	begin(s, PPME_SYSCALL_LLSEEK_X, PPME_SYSCALL_LLSEEK_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u64(s, 2, ARG(1) << 32 | ARG(2));
	put_u8(s, 3, whence <= SEEK_END ? whence : PPM_SEEK_SET);
	send_with(s, task, ARG(0));
}

CALL(mmap2)
{
	begin(s, PPME_SYSCALL_MMAP2_X, PPME_SYSCALL_MMAP2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_sizes(s, task);
	put_u64(s, 4, ARG(0));
	put_u64(s, 5, ARG(1));
	put_u32(s, 6, protection(ARG(2)));
	put_u32(s, 7, map_flags(ARG(3)));
	put_s64(s, 8, ARG_FD(4));
	/* In pages. */
	put_u64(s, 9, ARG(5));
	end_with(s, task, ARG(4));
}

/* Sub-calls of socketcall. */
CALL(send)
{
	struct sock *sk = sock_of(file_of(task, ARG(0)));

	begin(s, PPME_SOCKET_SEND_X, PPME_SOCKET_SEND_X_N, task->pid);
	put_s64(s, 0, ret);
	put_data(s, 1, ARG(1), ret > 0 ? ret : ARG(2));
	put_s64(s, 2, ARG_FD(0));
	put_u32(s, 3, ARG(2));
	put_tuple(s, 4, sk, false, 0);
	end_with(s, task, ARG(0));
}

CALL(recv)
{
	struct sock *sk = sock_of(file_of(task, ARG(0)));

	begin(s, PPME_SOCKET_RECV_X, PPME_SOCKET_RECV_X_N, task->pid);
	put_s64(s, 0, ret);
	put_data(s, 1, ARG(1), ret > 0 ? ret : 0);
	put_s64(s, 2, ARG_FD(0));
	put_u32(s, 3, ARG(2));
	put_tuple(s, 4, ret > 0 ? sk : 0, true, 0);
	end_with(s, task, ARG(0));
}

#endif
