// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The programs that watch: one at the return of every call, one at the end of every task.
 *
 * `dispatch` asks whether the call is wanted, then jumps to the program of the call; a call without
 * one becomes the generic event. Calls with programs stand by family in the headers included below.
 * A program for the call named x is called sys_x: the loader puts it in its place by that name. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "arch.h"
#include "filter/filter.h"
#include "filter/process_facts.h"
#include "kernel/object.h"
#include "kfilter/filter.h"
#include "record/deliver.h"
#include "record/scratch.h"
#include "record/trailer.h"
#include "syscalls/call.h"

/* The programs. */
#include "syscalls/close.h"
#include "syscalls/compat.h"
#include "syscalls/descriptor.h"
#include "syscalls/file.h"
#include "syscalls/fs.h"
#include "syscalls/identity.h"
#include "syscalls/io.h"
#include "syscalls/isolation.h"
#include "syscalls/kernel.h"
#include "syscalls/limits.h"
#include "syscalls/memory.h"
#include "syscalls/message.h"
#include "syscalls/option.h"
#include "syscalls/process.h"
#include "syscalls/semaphore.h"
#include "syscalls/signal.h"
#include "syscalls/socket.h"
#include "syscalls/undecoded.h"
#include "syscalls/wait.h"
#include "syscalls/entry.h"
#include "tracepoints/page_fault.h"
#include "tracepoints/sched_switch.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, PG_ROWS);
	__type(key, u32);
	__type(value, u32);
} calls SEC(".maps");

/* Tells one of them. Not static, so that kernels check it once and not for each. Where names have used up
 * the room it is left out: an event is worth more than what is told beside it. */
__noinline int tell_one(struct scratch *s, u32 n)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *file;
	s32 fd;

	if (!s || s->pos > DATA_SIZE - TELL_ROOM)
		return 0;
	n &= TELL_MOST - 1;
	fd = s->tell[n].fd;
	if (fd == AT_FDCWD) {
		fact_current_folder(s, task);
		return 0;
	}
	file = file_of(task, fd);
	if (file)
		fact_descriptor(s, task, fd, file, s->tell[n].role);
	return 0;
}

/* What programs end with that have descriptors to tell. It is one of its own, jumped to, for the walk
 * to a path takes a kernel longer to check than all the rest of a program. */
SEC("tp_btf/sys_exit")
int BPF_PROG(rest, struct pt_regs *regs, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = taken_by(task);
	bool sent;

	if (!s)
		return 0;
	for (u32 i = 0; i < TELL_MOST; i++) {
		if (i >= s->telling)
			break;
		tell_one(s, i);
	}
	sent = send_now(s, s->class);
	if (s->tells_all)
		remember_facts(sent);
	give(s);
	return 0;
}

static __always_inline void generic(struct task_struct *task, u16 id, u16 native)
{
	struct scratch *s = take();

	if (!s)
		return;
	begin(s, PPME_GENERIC_X, PPME_GENERIC_X_N, task->pid);
	put_u16(s, 0, id);
	put_u16(s, 1, native);
	close_block(s, task);
	send(s, PG_LOSS_OTHER);
	give(s);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(dispatch, struct pt_regs *regs, long ret)
{
	struct task_struct *task;
	u32 native = syscall_number(regs);
	struct wanted *wanted = wanted_now();
	s32 number = native;
	u32 row, most = PG_NUMBERS;

	if (!wanted)
		return 0;
	/* Most calls are of a number nobody wants, whoever makes them. */
	if (native < PG_NUMBERS && !has(wanted->rows, native, PG_ROWS) && !has(wanted->compat, native, PG_NUMBERS))
		return 0;
	task = bpf_get_current_task_btf();
	if (is_compat(task)) {
		if (native >= PG_NUMBERS || !has(wanted->compat, native, PG_NUMBERS))
			return 0;
		number = compat_row(regs, native);
		if (number < 0) {
			barrier_var(native);
			generic(task, compat_id(native), native);
			return 0;
		}
		/* No sub-call of this number. */
		if (number == 0 && is_multiplexer(native))
			return 0;
		most = PG_ROWS;
	} else {
		number = native_row(native);
	}
	row = number;
	if (row >= most || !has(wanted->rows, row, PG_ROWS))
		return 0;
	if (wanted->pushdown.rows[row & (PD_ROWS - 1)].begin != PD_PASS &&
	    dropped(&wanted->pushdown, task, regs, ret, row))
		return 0;
	bpf_tail_call(ctx, &calls, row);
	if (row >= PG_NUMBERS)
		return 0;
	barrier_var(row);
	generic(task, syscall_rows[row & (PG_NUMBERS - 1)].id, row);
	return 0;
}

/* For measuring: what any program at this place costs. */
SEC("tp_btf/sys_exit")
int BPF_PROG(nothing, struct pt_regs *regs, long ret)
{
	return 0;
}
