/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Page faults, where the kernel has tracepoints for them. They come by the thousand: attached only while
 * they are wanted. */
#ifndef PG_TRACEPOINTS_PAGE_FAULT_H
#define PG_TRACEPOINTS_PAGE_FAULT_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "arch.h"
#include "record/scratch.h"
#include "syscalls/call.h"

#ifdef HAS_FAULT_TRACEPOINTS

static __always_inline void faulted(unsigned long address, struct pt_regs *regs, unsigned long code)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = take();

	if (!s)
		return;
	begin(s, PPME_PAGE_FAULT_E, PPME_PAGE_FAULT_E_N, task->pid);
	put_u64(s, 0, address);
	put_u64(s, 1, instruction_pointer(regs));
	put_u32(s, 2, fault_flags(code));
	close_block(s, task);
	send(s, PG_LOSS_OTHER);
	give(s);
}

SEC("tp_btf/page_fault_user")
int BPF_PROG(fault_of_user, unsigned long address, struct pt_regs *regs, unsigned long code)
{
	faulted(address, regs, code);
	return 0;
}

SEC("tp_btf/page_fault_kernel")
int BPF_PROG(fault_of_kernel, unsigned long address, struct pt_regs *regs, unsigned long code)
{
	faulted(address, regs, code);
	return 0;
}

#endif

#endif
