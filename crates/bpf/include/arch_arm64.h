/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* 64-bit Arm. The objects compile for it; no loader puts them to use yet. `schema/` has no table of the
 * calls of 32-bit Arm programs: they have no row, and so no event. Included by arch.h alone. */
#ifndef PG_ARCH_ARM64_H
#define PG_ARCH_ARM64_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "tables.gen.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
	u64 regs[31];
	u64 sp, pc, pstate;
	u64 orig_x0;
	s32 syscallno;
};

struct thread_info___arm64 {
	unsigned long flags;
};
struct task_struct___arm64 {
	struct thread_info___arm64 thread_info;
};

#pragma clang attribute pop

#define PG_REGS_FIRST_WORD regs[0]

#define O_DIRECTORY 040000
#define O_DIRECT 0200000
#define O_LARGEFILE 0400000

#define TIF_32BIT 22

/* No call has these rows. */

static __always_inline bool pg_is_compat(struct task_struct *task)
{
	return ((struct task_struct___arm64 *)task)->thread_info.flags >> TIF_32BIT & 1;
}

static __always_inline u64 pg_syscall_number(struct pt_regs *regs)
{
	return (u32)regs->syscallno;
}

static __always_inline u64 pg_instruction_pointer(struct pt_regs *regs)
{
	return regs->pc;
}

static __always_inline u32 pg_plain_number(u32 number)
{
	return number;
}

static __always_inline s32 pg_native_row(u32 number)
{
	return number;
}

static __always_inline u16 pg_compat_id(u32 number)
{
	return 0;
}

static __always_inline s32 pg_compat_row(struct pt_regs *regs, u32 number)
{
	return -1;
}

static __always_inline bool pg_is_multiplexer(u32 number)
{
	return false;
}

/* The call's result stands over its first argument, of which there is a copy. */
static __always_inline u64 pg_register_arg_of(struct pt_regs *regs, bool compat, u32 n)
{
	u64 value;

	switch (n) {
	case 0: value = regs->orig_x0; break;
	case 1: value = regs->regs[1]; break;
	case 2: value = regs->regs[2]; break;
	case 3: value = regs->regs[3]; break;
	case 4: value = regs->regs[4]; break;
	default: value = regs->regs[5];
	}
	return compat ? (u32)value : value;
}

/* Every call has its arguments in registers. */
static __always_inline bool pg_is_socketcall(u64 number)
{
	return false;
}

static __always_inline u64 pg_socketcall_args(struct pt_regs *regs)
{
	return 0;
}

static __always_inline bool pg_is_old_mmap(u64 number)
{
	return false;
}

static __always_inline u64 pg_old_mmap_args(struct pt_regs *regs)
{
	return 0;
}

static __always_inline bool pg_is_ipc(u64 number)
{
	return false;
}

static __always_inline u64 pg_ipc_arg(struct pt_regs *regs, u32 n)
{
	return 0;
}

static __always_inline bool pg_has_short_ids(u64 number)
{
	return false;
}

static __always_inline bool pg_has_short_offset(u64 number)
{
	return false;
}

static __always_inline bool pg_has_short_time(u64 number)
{
	return false;
}

static __always_inline bool pg_is_close(struct task_struct *task, u32 number)
{
	return number == PG_NR_CLOSE && !pg_is_compat(task);
}

static __always_inline bool pg_may_have_address(struct pt_regs *regs, bool compat)
{
	switch ((u32)regs->syscallno) {
	case PG_NR_SENDTO:
	case PG_NR_RECVFROM:
	case PG_NR_SENDMSG:
	case PG_NR_RECVMSG:
	case PG_NR_RECVMMSG:
	case PG_NR_SENDMMSG: return !compat;
	}
	return compat;
}

#endif
