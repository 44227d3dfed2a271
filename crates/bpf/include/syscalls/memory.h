/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls on a process's memory. */
#ifndef PG_SYSCALLS_MEMORY_H
#define PG_SYSCALLS_MEMORY_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "kernel/task.h"
#include "record/scratch.h"
#include "syscalls/call.h"
#include "syscalls/entry_args.h"

/* How much memory the process has, how much of it is there, how much is swapped out, in KiB:
 * parameters 1 to 3. */
static __always_inline void pg_put_memory_sizes(struct scratch *s, struct task_struct *task)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	pg_put_u32(s, 1, BPF_CORE_READ(mm, total_vm) * PG_PAGE_KB);
	pg_put_u32(s, 2, pg_rss_kb(mm));
	pg_put_u32(s, 3, pg_swap_kb(mm));
}

static __always_inline void pg_finish_memory(struct scratch *s, struct task_struct *task)
{
	pg_close_block(s, task);
	pg_finish(s, PG_LOSS_OTHER);
}

static __always_inline u32 pg_prot_flags(u32 prot)
{
	return (prot & (PPM_PROT_READ | PPM_PROT_WRITE | PPM_PROT_EXEC | PPM_PROT_SEM)) |
	       (prot & 0x01000000 ? PPM_PROT_GROWSDOWN : 0) | (prot & 0x02000000 ? PPM_PROT_GROWSUP : 0);
}

/* Flags of a mapping: the kernel's bit, the capture format's. */
static __always_inline u32 pg_mmap_flags(u32 flags)
{
	u32 out = flags & (PPM_MAP_SHARED | PPM_MAP_PRIVATE);

#define PG_FLAG(bit, name) out |= flags & (bit) ? PPM_MAP_##name : 0
	PG_FLAG(0x00010, FIXED);
	PG_FLAG(0x00020, ANONYMOUS);
	PG_FLAG(0x00040, 32BIT);
	PG_FLAG(0x00100, GROWSDOWN);
	PG_FLAG(0x00800, DENYWRITE);
	PG_FLAG(0x01000, EXECUTABLE);
	PG_FLAG(0x02000, LOCKED);
	PG_FLAG(0x04000, NORESERVE);
	PG_FLAG(0x08000, POPULATE);
	PG_FLAG(0x10000, NONBLOCK);
#undef PG_FLAG
	return out;
}

PG_SYSCALL(brk)
{
	pg_begin(s, PPME_SYSCALL_BRK_4_X, PPME_SYSCALL_BRK_4_X_N, task->pid);
	pg_put_u64(s, 0, ret);
	pg_put_memory_sizes(s, task);
	pg_put_u64(s, 4, PG_ARG(0));
	pg_finish_memory(s, task);
}

PG_SYSCALL(mmap)
{
	s32 fd = pg_mmap_arg(regs, task, 4);

	pg_begin(s, PPME_SYSCALL_MMAP_X, PPME_SYSCALL_MMAP_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_memory_sizes(s, task);
	pg_put_u64(s, 4, pg_mmap_arg(regs, task, 0));
	pg_put_u64(s, 5, pg_mmap_arg(regs, task, 1));
	pg_put_u32(s, 6, pg_prot_flags(pg_mmap_arg(regs, task, 2)));
	pg_put_u32(s, 7, pg_mmap_flags(pg_mmap_arg(regs, task, 3)));
	pg_put_s64(s, 8, fd);
	pg_put_u64(s, 9, pg_mmap_arg(regs, task, 5));
	pg_close_block(s, task);
	pg_queue_fd(s, fd);
	pg_finish(s, PG_LOSS_OTHER);
}

PG_SYSCALL(munmap)
{
	pg_begin(s, PPME_SYSCALL_MUNMAP_X, PPME_SYSCALL_MUNMAP_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_memory_sizes(s, task);
	pg_put_u64(s, 4, PG_ARG(0));
	pg_put_u64(s, 5, PG_ARG(1));
	pg_finish_memory(s, task);
}

PG_SYSCALL(mprotect)
{
	pg_begin(s, PPME_SYSCALL_MPROTECT_X, PPME_SYSCALL_MPROTECT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u64(s, 1, PG_ARG(0));
	pg_put_u64(s, 2, PG_ARG(1));
	pg_put_u32(s, 3, pg_prot_flags(PG_ARG(2)));
	pg_finish_memory(s, task);
}

PG_SYSCALL(mlock)
{
	pg_begin(s, PPME_SYSCALL_MLOCK_X, PPME_SYSCALL_MLOCK_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u64(s, 1, PG_ARG(0));
	pg_put_u64(s, 2, PG_ARG(1));
	pg_finish_memory(s, task);
}

PG_SYSCALL(mlock2)
{
	pg_begin(s, PPME_SYSCALL_MLOCK2_X, PPME_SYSCALL_MLOCK2_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u64(s, 1, PG_ARG(0));
	pg_put_u64(s, 2, PG_ARG(1));
	pg_put_u32(s, 3, PG_ARG(2) & PPM_MLOCK_ONFAULT);
	pg_finish_memory(s, task);
}

PG_SYSCALL(munlock)
{
	pg_begin(s, PPME_SYSCALL_MUNLOCK_X, PPME_SYSCALL_MUNLOCK_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u64(s, 1, PG_ARG(0));
	pg_put_u64(s, 2, PG_ARG(1));
	pg_finish_memory(s, task);
}

PG_SYSCALL(mlockall)
{
	pg_begin(s, PPME_SYSCALL_MLOCKALL_X, PPME_SYSCALL_MLOCKALL_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u32(s, 1, PG_ARG(0) & (PPM_MLOCKALL_MCL_CURRENT | PPM_MLOCKALL_MCL_FUTURE | PPM_MLOCKALL_MCL_ONFAULT));
	pg_finish_memory(s, task);
}

PG_SYSCALL(munlockall)
{
	pg_begin(s, PPME_SYSCALL_MUNLOCKALL_X, PPME_SYSCALL_MUNLOCKALL_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_finish_memory(s, task);
}

#endif
