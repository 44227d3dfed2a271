/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* All the programs know of the processor: registers, call numbers, the ways of 32-bit programs, the
 * flags that have other numbers elsewhere. Each arch_*.h has the same names. */
#ifndef PG_ARCH_H
#define PG_ARCH_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "tables.gen.h"

#if defined(__TARGET_ARCH_x86)
#include "arch_x86.h"
#elif defined(__TARGET_ARCH_arm64)
#include "arch_arm64.h"
#else
#error "define __TARGET_ARCH_x86 or __TARGET_ARCH_arm64"
#endif

struct syscall_row {
	u16 id;
	u16 exit;
	u16 generic;
};

static const struct syscall_row pg_syscalls[PG_NUMBERS] = { PG_NATIVE_SYSCALLS };

/* Argument `n` of a call that has them in registers. */
static __always_inline u64 pg_register_arg(struct pt_regs *regs, struct task_struct *task, u32 n)
{
	return pg_register_arg_of(regs, pg_is_compat(task), n);
}

/* A user's array of pointers: how wide its entries are. */
static __always_inline u32 pg_pointer_width(struct task_struct *task)
{
	return pg_is_compat(task) ? 4 : 8;
}

#endif
