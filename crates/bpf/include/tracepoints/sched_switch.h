/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Another task gets the processor. It happens by the thousand: attached only while it is wanted. */
#ifndef PG_TRACEPOINTS_SCHED_SWITCH_H
#define PG_TRACEPOINTS_SCHED_SWITCH_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "kernel/task.h"
#include "record/scratch.h"
#include "syscalls/call.h"

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
	send(s, PG_LOSS_OTHER);
	give(s);
	return 0;
}

#endif
