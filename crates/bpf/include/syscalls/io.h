/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls that read and write. */
#ifndef PG_SYSCALLS_IO_H
#define PG_SYSCALLS_IO_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "arch.h"
#include "record/scratch.h"
#include "syscalls/buffer.h"
#include "syscalls/call.h"

/* A position: one argument, or two halves in a 32-bit program. */
static __always_inline u64 position(struct pt_regs *regs, struct task_struct *task)
{
	u64 at = ARG(3);

	return is_compat(task) ? at | ARG(4) << 32 : at;
}

CALL(read)
{
	begin(s, PPME_SYSCALL_READ_X, PPME_SYSCALL_READ_X_N, task->pid);
	put_s64(s, 0, ret);
	put_data(s, 1, ARG(1), ret > 0 ? ret : 0);
	put_s64(s, 2, ARG_FD(0));
	put_u32(s, 3, ARG(2));
	end_with(s, task, ARG(0));
}

CALL(pread64)
{
	begin(s, PPME_SYSCALL_PREAD_X, PPME_SYSCALL_PREAD_X_N, task->pid);
	put_s64(s, 0, ret);
	put_data(s, 1, ARG(1), ret > 0 ? ret : 0);
	put_s64(s, 2, ARG_FD(0));
	put_u32(s, 3, ARG(2));
	put_u64(s, 4, position(regs, task));
	end_with(s, task, ARG(0));
}

CALL(readv)
{
	begin(s, PPME_SYSCALL_READV_X, PPME_SYSCALL_READV_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u32(s, 1, ret > 0 ? ret : 0);
	put_received_pieces(s, task, regs, 2, ret);
	put_s64(s, 3, ARG_FD(0));
	end_with(s, task, ARG(0));
}

CALL(preadv)
{
	begin(s, PPME_SYSCALL_PREADV_X, PPME_SYSCALL_PREADV_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u32(s, 1, ret > 0 ? ret : 0);
	put_received_pieces(s, task, regs, 2, ret);
	put_s64(s, 3, ARG_FD(0));
	put_u64(s, 4, position(regs, task));
	end_with(s, task, ARG(0));
}

CALL(write)
{
	begin(s, PPME_SYSCALL_WRITE_X, PPME_SYSCALL_WRITE_X_N, task->pid);
	put_s64(s, 0, ret);
	put_data(s, 1, ARG(1), ret > 0 ? ret : ARG(2));
	put_s64(s, 2, ARG_FD(0));
	put_u32(s, 3, ARG(2));
	end_with(s, task, ARG(0));
}

CALL(pwrite64)
{
	begin(s, PPME_SYSCALL_PWRITE_X, PPME_SYSCALL_PWRITE_X_N, task->pid);
	put_s64(s, 0, ret);
	put_data(s, 1, ARG(1), ret > 0 ? ret : ARG(2));
	put_s64(s, 2, ARG_FD(0));
	put_u32(s, 3, ARG(2));
	put_u64(s, 4, position(regs, task));
	end_with(s, task, ARG(0));
}

CALL(writev)
{
	begin(s, PPME_SYSCALL_WRITEV_X, PPME_SYSCALL_WRITEV_X_N, task->pid);
	put_s64(s, 0, ret);
	u64 total = put_pieces(s, task, 1, ARG(1), ARG(2), moved(ret));
	put_s64(s, 2, ARG_FD(0));
	put_u32(s, 3, total);
	end_with(s, task, ARG(0));
}

CALL(pwritev)
{
	begin(s, PPME_SYSCALL_PWRITEV_X, PPME_SYSCALL_PWRITEV_X_N, task->pid);
	put_s64(s, 0, ret);
	u64 total = put_pieces(s, task, 1, ARG(1), ARG(2), moved(ret));
	put_s64(s, 2, ARG_FD(0));
	put_u32(s, 3, total);
	put_u64(s, 4, position(regs, task));
	end_with(s, task, ARG(0));
}

CALL(sendfile)
{
	bool narrow = is_compat(task) && is_short_sendfile(syscall_number(regs));
	u64 offset = 0;

	bpf_probe_read_user(&offset, narrow ? 4 : 8, (void *)ARG(2));
	begin(s, PPME_SYSCALL_SENDFILE_X, PPME_SYSCALL_SENDFILE_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u64(s, 1, offset);
	put_s64(s, 2, ARG_FD(0));
	put_s64(s, 3, ARG_FD(1));
	put_u64(s, 4, ARG(3));
	send_both(s, task, ARG(0), ARG(1), PG_LOSS_OTHER);
}

/* The caller's side of the memory is told. */
CALL(process_vm_readv)
{
	begin(s, PPME_SYSCALL_PROCESS_VM_READV_X, PPME_SYSCALL_PROCESS_VM_READV_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_received_pieces(s, task, regs, 2, ret);
	END_OTHER;
}

CALL(process_vm_writev)
{
	begin(s, PPME_SYSCALL_PROCESS_VM_WRITEV_X, PPME_SYSCALL_PROCESS_VM_WRITEV_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_received_pieces(s, task, regs, 2, ret);
	END_OTHER;
}

#endif
