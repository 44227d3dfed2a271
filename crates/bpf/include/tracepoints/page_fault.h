/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Page faults, where the kernel has tracepoints for them. They are frequent: attached only while they are
 * of interest. */
#ifndef PG_TRACEPOINTS_PAGE_FAULT_H
#define PG_TRACEPOINTS_PAGE_FAULT_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "arch.h"
#include "record/scratch.h"
#include "syscalls/call.h"

#ifdef PG_HAS_FAULT_TRACEPOINTS

static __always_inline void pg_emit_page_fault(unsigned long address, struct pt_regs *regs, unsigned long code)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = pg_scratch_acquire();

	if (!s)
		return;
	pg_begin(s, PPME_PAGE_FAULT_E, PPME_PAGE_FAULT_E_N, task->pid);
	pg_put_u64(s, 0, address);
	pg_put_u64(s, 1, pg_instruction_pointer(regs));
	pg_put_u32(s, 2, pg_fault_flags(code));
	pg_close_block(s, task);
	pg_finish(s, PG_LOSS_OTHER);
	pg_scratch_release(s);
}

SEC("tp_btf/page_fault_user")
int BPF_PROG(fault_of_user, unsigned long address, struct pt_regs *regs, unsigned long code)
{
	pg_emit_page_fault(address, regs, code);
	return 0;
}

SEC("tp_btf/page_fault_kernel")
int BPF_PROG(fault_of_kernel, unsigned long address, struct pt_regs *regs, unsigned long code)
{
	pg_emit_page_fault(address, regs, code);
	return 0;
}

#endif

#endif
