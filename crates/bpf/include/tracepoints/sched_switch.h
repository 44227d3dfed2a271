/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The scheduler switches to another task. This is frequent: attached only while it is of interest. */
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
	struct scratch *s = pg_scratch_acquire();
	struct mm_struct *mm;

	if (!s)
		return 0;
	mm = task->mm;
	pg_begin(s, PPME_SCHEDSWITCH_6_E, PPME_SCHEDSWITCH_6_E_N, task->pid);
	pg_put_s64(s, 0, next->pid);
	pg_put_u64(s, 1, task->maj_flt);
	pg_put_u64(s, 2, task->min_flt);
	pg_put_u32(s, 3, BPF_CORE_READ(mm, total_vm) * PG_PAGE_KB);
	pg_put_u32(s, 4, pg_rss_kb(mm));
	pg_put_u32(s, 5, pg_swap_kb(mm));
	pg_close_block(s, task);
	pg_finish(s, PG_LOSS_OTHER);
	pg_scratch_release(s);
	return 0;
}

#endif
