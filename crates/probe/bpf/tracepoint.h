/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What is no call: tracepoints that come by the thousand. Attached only while they are wanted. */
#ifndef PEREGRINE_TRACEPOINT_H
#define PEREGRINE_TRACEPOINT_H

/* Another task gets the processor: which one, and what the one that leaves has used. */
SEC("tp_btf/sched_switch")
int BPF_PROG(switch_task, bool preempted, struct task_struct *task, struct task_struct *next)
{
	struct scratch *s = take();
	struct mm_struct *mm;

	if (!s)
		return 0;
	mm = task->mm;
	begin(s, PPME_SCHEDSWITCH_6_E, PPME_SCHEDSWITCH_6_E_N, task->pid);
	put_s64(s, 0, next->pid);
	put_u64(s, 1, task->maj_flt);
	put_u64(s, 2, task->min_flt);
	put_u32(s, 3, BPF_CORE_READ(mm, total_vm) * PAGE_KB);
	put_u32(s, 4, resident_kb(mm));
	put_u32(s, 5, swapped_kb(mm));
	close_block(s, task);
	send(s, LOSS_OTHER);
	give(s);
	return 0;
}

/* The processor's bits, the capture format's: each bit of the first four says one thing or the other. */
static __always_inline u32 fault_flags(unsigned long code)
{
	return (code & 1 ? PPM_PF_PROTECTION_VIOLATION : PPM_PF_PAGE_NOT_PRESENT) |
	       (code & 2 ? PPM_PF_WRITE_ACCESS : PPM_PF_READ_ACCESS) |
	       (code & 4 ? PPM_PF_USER_FAULT : PPM_PF_SUPERVISOR_FAULT) | (code & 8 ? PPM_PF_RESERVED_PAGE : 0) |
	       (code & 16 ? PPM_PF_INSTRUCTION_FETCH : 0);
}

static __always_inline void faulted(unsigned long address, struct pt_regs *regs, unsigned long code)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = take();

	if (!s)
		return;
	begin(s, PPME_PAGE_FAULT_E, PPME_PAGE_FAULT_E_N, task->pid);
	put_u64(s, 0, address);
	put_u64(s, 1, regs->ip);
	put_u32(s, 2, fault_flags(code));
	close_block(s, task);
	send(s, LOSS_OTHER);
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
