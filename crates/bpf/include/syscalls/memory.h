/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls on a process's memory. */
#ifndef PG_SYSCALLS_MEMORY_H
#define PG_SYSCALLS_MEMORY_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "kernel/task.h"
#include "record/scratch.h"
#include "syscalls/call.h"
#include "syscalls/entry.h"

/* How much memory the process has, how much of it is there, how much is swapped out, in KiB:
 * parameters 1 to 3. */
static __always_inline void put_sizes(struct scratch *s, struct task_struct *task)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	put_u32(s, 1, BPF_CORE_READ(mm, total_vm) * PAGE_KB);
	put_u32(s, 2, resident_kb(mm));
	put_u32(s, 3, swapped_kb(mm));
}

static __always_inline void send_memory(struct scratch *s, struct task_struct *task)
{
	close_block(s, task);
	send(s, PG_LOSS_OTHER);
}

static __always_inline u32 protection(u32 prot)
{
	return (prot & (PPM_PROT_READ | PPM_PROT_WRITE | PPM_PROT_EXEC | PPM_PROT_SEM)) |
	       (prot & 0x01000000 ? PPM_PROT_GROWSDOWN : 0) | (prot & 0x02000000 ? PPM_PROT_GROWSUP : 0);
}

/* Flags of a mapping: the kernel's bit, the capture format's. */
static __always_inline u32 map_flags(u32 flags)
{
	u32 out = flags & (PPM_MAP_SHARED | PPM_MAP_PRIVATE);

#define FLAG(bit, name) out |= flags & (bit) ? PPM_MAP_##name : 0
	FLAG(0x00010, FIXED);
	FLAG(0x00020, ANONYMOUS);
	FLAG(0x00040, 32BIT);
	FLAG(0x00100, GROWSDOWN);
	FLAG(0x00800, DENYWRITE);
	FLAG(0x01000, EXECUTABLE);
	FLAG(0x02000, LOCKED);
	FLAG(0x04000, NORESERVE);
	FLAG(0x08000, POPULATE);
	FLAG(0x10000, NONBLOCK);
#undef FLAG
	return out;
}

CALL(brk)
{
	begin(s, PPME_SYSCALL_BRK_4_X, PPME_SYSCALL_BRK_4_X_N, task->pid);
	put_u64(s, 0, ret);
	put_sizes(s, task);
	put_u64(s, 4, ARG(0));
	send_memory(s, task);
}

CALL(mmap)
{
	s32 fd = mapping_arg(regs, task, 4);

	begin(s, PPME_SYSCALL_MMAP_X, PPME_SYSCALL_MMAP_X_N, task->pid);
	put_s64(s, 0, ret);
	put_sizes(s, task);
	put_u64(s, 4, mapping_arg(regs, task, 0));
	put_u64(s, 5, mapping_arg(regs, task, 1));
	put_u32(s, 6, protection(mapping_arg(regs, task, 2)));
	put_u32(s, 7, map_flags(mapping_arg(regs, task, 3)));
	put_s64(s, 8, fd);
	put_u64(s, 9, mapping_arg(regs, task, 5));
	close_block(s, task);
	tell(s, fd);
	send(s, PG_LOSS_OTHER);
}

CALL(munmap)
{
	begin(s, PPME_SYSCALL_MUNMAP_X, PPME_SYSCALL_MUNMAP_X_N, task->pid);
	put_s64(s, 0, ret);
	put_sizes(s, task);
	put_u64(s, 4, ARG(0));
	put_u64(s, 5, ARG(1));
	send_memory(s, task);
}

CALL(mprotect)
{
	begin(s, PPME_SYSCALL_MPROTECT_X, PPME_SYSCALL_MPROTECT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u64(s, 1, ARG(0));
	put_u64(s, 2, ARG(1));
	put_u32(s, 3, protection(ARG(2)));
	send_memory(s, task);
}

CALL(mlock)
{
	begin(s, PPME_SYSCALL_MLOCK_X, PPME_SYSCALL_MLOCK_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u64(s, 1, ARG(0));
	put_u64(s, 2, ARG(1));
	send_memory(s, task);
}

CALL(mlock2)
{
	begin(s, PPME_SYSCALL_MLOCK2_X, PPME_SYSCALL_MLOCK2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u64(s, 1, ARG(0));
	put_u64(s, 2, ARG(1));
	put_u32(s, 3, ARG(2) & PPM_MLOCK_ONFAULT);
	send_memory(s, task);
}

CALL(munlock)
{
	begin(s, PPME_SYSCALL_MUNLOCK_X, PPME_SYSCALL_MUNLOCK_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u64(s, 1, ARG(0));
	put_u64(s, 2, ARG(1));
	send_memory(s, task);
}

CALL(mlockall)
{
	begin(s, PPME_SYSCALL_MLOCKALL_X, PPME_SYSCALL_MLOCKALL_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u32(s, 1, ARG(0) & (PPM_MLOCKALL_MCL_CURRENT | PPM_MLOCKALL_MCL_FUTURE | PPM_MLOCKALL_MCL_ONFAULT));
	send_memory(s, task);
}

CALL(munlockall)
{
	begin(s, PPME_SYSCALL_MUNLOCKALL_X, PPME_SYSCALL_MUNLOCKALL_X_N, task->pid);
	put_s64(s, 0, ret);
	send_memory(s, task);
}

#endif
