/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls that read and write. */
#ifndef PG_SYSCALLS_IO_H
#define PG_SYSCALLS_IO_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "tables.gen.h"
#include "arch.h"
#include "record/scratch.h"
#include "syscalls/buffer.h"
#include "syscalls/call.h"

/* A position: one argument, or two halves in a 32-bit program. */
static __always_inline u64 pg_file_offset(struct pt_regs *regs, struct task_struct *task)
{
	u64 at = PG_ARG(3);

	return pg_is_compat(task) ? at | PG_ARG(4) << 32 : at;
}

PG_SYSCALL(read)
{
	pg_begin(s, PPME_SYSCALL_READ_X, PPME_SYSCALL_READ_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_data(s, 1, PG_ARG(1), ret > 0 ? ret : 0);
	pg_put_s64(s, 2, PG_ARG_FD(0));
	pg_put_u32(s, 3, PG_ARG(2));
	pg_finish_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(pread64)
{
	pg_begin(s, PPME_SYSCALL_PREAD_X, PPME_SYSCALL_PREAD_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_data(s, 1, PG_ARG(1), ret > 0 ? ret : 0);
	pg_put_s64(s, 2, PG_ARG_FD(0));
	pg_put_u32(s, 3, PG_ARG(2));
	pg_put_u64(s, 4, pg_file_offset(regs, task));
	pg_finish_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(readv)
{
	pg_begin(s, PPME_SYSCALL_READV_X, PPME_SYSCALL_READV_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u32(s, 1, ret > 0 ? ret : 0);
	pg_put_received_iovecs(s, task, regs, 2, ret);
	pg_put_s64(s, 3, PG_ARG_FD(0));
	pg_finish_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(preadv)
{
	pg_begin(s, PPME_SYSCALL_PREADV_X, PPME_SYSCALL_PREADV_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u32(s, 1, ret > 0 ? ret : 0);
	pg_put_received_iovecs(s, task, regs, 2, ret);
	pg_put_s64(s, 3, PG_ARG_FD(0));
	pg_put_u64(s, 4, pg_file_offset(regs, task));
	pg_finish_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(write)
{
	pg_begin(s, PPME_SYSCALL_WRITE_X, PPME_SYSCALL_WRITE_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_data(s, 1, PG_ARG(1), ret > 0 ? ret : PG_ARG(2));
	pg_put_s64(s, 2, PG_ARG_FD(0));
	pg_put_u32(s, 3, PG_ARG(2));
	pg_finish_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(pwrite64)
{
	pg_begin(s, PPME_SYSCALL_PWRITE_X, PPME_SYSCALL_PWRITE_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_data(s, 1, PG_ARG(1), ret > 0 ? ret : PG_ARG(2));
	pg_put_s64(s, 2, PG_ARG_FD(0));
	pg_put_u32(s, 3, PG_ARG(2));
	pg_put_u64(s, 4, pg_file_offset(regs, task));
	pg_finish_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(writev)
{
	pg_begin(s, PPME_SYSCALL_WRITEV_X, PPME_SYSCALL_WRITEV_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	u64 total = pg_put_iovecs(s, task, 1, PG_ARG(1), PG_ARG(2), pg_data_len(ret));
	pg_put_s64(s, 2, PG_ARG_FD(0));
	pg_put_u32(s, 3, total);
	pg_finish_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(pwritev)
{
	pg_begin(s, PPME_SYSCALL_PWRITEV_X, PPME_SYSCALL_PWRITEV_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	u64 total = pg_put_iovecs(s, task, 1, PG_ARG(1), PG_ARG(2), pg_data_len(ret));
	pg_put_s64(s, 2, PG_ARG_FD(0));
	pg_put_u32(s, 3, total);
	pg_put_u64(s, 4, pg_file_offset(regs, task));
	pg_finish_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(sendfile)
{
	bool narrow = pg_is_compat(task) && pg_has_short_offset(pg_syscall_number(regs));
	u64 offset = 0;

	bpf_probe_read_user(&offset, narrow ? 4 : 8, (void *)PG_ARG(2));
	pg_begin(s, PPME_SYSCALL_SENDFILE_X, PPME_SYSCALL_SENDFILE_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u64(s, 1, offset);
	pg_put_s64(s, 2, PG_ARG_FD(0));
	pg_put_s64(s, 3, PG_ARG_FD(1));
	pg_put_u64(s, 4, PG_ARG(3));
	pg_finish_two_fds(s, task, PG_ARG(0), PG_ARG(1), PG_LOSS_OTHER);
}

/* The caller's side of the memory is reported. */
PG_SYSCALL(process_vm_readv)
{
	pg_begin(s, PPME_SYSCALL_PROCESS_VM_READV_X, PPME_SYSCALL_PROCESS_VM_READV_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_received_iovecs(s, task, regs, 2, ret);
	PG_FINISH_OTHER;
}

PG_SYSCALL(process_vm_writev)
{
	pg_begin(s, PPME_SYSCALL_PROCESS_VM_WRITEV_X, PPME_SYSCALL_PROCESS_VM_WRITEV_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_received_iovecs(s, task, regs, 2, ret);
	PG_FINISH_OTHER;
}

#endif
