// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The programs that emit events: one at the return of every call, one at the exit of every task.
 *
 * `dispatch` checks whether the call is of interest, then jumps to the program of the call; a call without
 * one becomes the generic event. The programs of calls are in the headers of `syscalls/`, by family. The
 * program of the call x is called sys_x: the loader puts it in its place by that name. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "arch.h"
#include "filter/filter.h"
#include "filter/process.h"
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
#include "syscalls/entry_args.h"
#include "syscalls/file.h"
#include "syscalls/fs.h"
#include "syscalls/generic.h"
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
#include "syscalls/wait.h"
#include "tracepoints/page_fault.h"
#include "tracepoints/sched_switch.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, PG_ROWS);
	__type(key, u32);
	__type(value, u32);
} calls SEC(".maps");

/* Appends one queued descriptor. Not static, so that kernels check it once and not for each. Where names
 * have used up the room it is left out: an event is worth more than its trailer. */
__noinline int pg_append_fd(struct scratch *s, u32 n)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *file;
	s32 fd;

	if (!s || s->pos > PG_DATA_SIZE - PG_FD_ROOM)
		return 0;
	n &= PG_PENDING_FDS_MAX - 1;
	fd = s->fds[n].fd;
	if (fd == AT_FDCWD) {
		pg_trailer_cwd(s, task);
		return 0;
	}
	file = pg_file_of_fd(task, fd);
	if (file)
		pg_trailer_descriptor(s, task, fd, file, s->fds[n].role);
	return 0;
}

/* Appends the queued descriptors and submits the record. A program of its own, jumped to, for the kernel
 * takes longer to check the walk to a path than all the rest of a program. */
SEC("tp_btf/sys_exit")
int BPF_PROG(rest, struct pt_regs *regs, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = pg_scratch_resume(task);
	bool sent;

	if (!s)
		return 0;
	for (u32 i = 0; i < PG_PENDING_FDS_MAX; i++) {
		if (i >= s->pending_fds)
			break;
		pg_append_fd(s, i);
	}
	sent = pg_submit(s, s->class);
	if (s->describes_process)
		pg_remember_process(sent);
	pg_scratch_release(s);
	return 0;
}

static __always_inline void pg_emit_generic(struct task_struct *task, u16 id, u16 native)
{
	struct scratch *s = pg_scratch_acquire();

	if (!s)
		return;
	pg_begin(s, PPME_GENERIC_X, PPME_GENERIC_X_N, task->pid);
	pg_put_u16(s, 0, id);
	pg_put_u16(s, 1, native);
	pg_close_block(s, task);
	pg_finish(s, PG_LOSS_OTHER);
	pg_scratch_release(s);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(dispatch, struct pt_regs *regs, long ret)
{
	struct task_struct *task;
	u32 native = pg_syscall_number(regs);
	struct interest *wanted = pg_interest();
	s32 number = native;
	u32 row, most = PG_NUMBERS;

	if (!wanted)
		return 0;
	/* Most calls are of a number nobody wants, whoever makes them. */
	if (native < PG_NUMBERS && !pg_has_bit(wanted->rows, native, PG_ROWS) &&
	    !pg_has_bit(wanted->compat, native, PG_NUMBERS))
		return 0;
	task = bpf_get_current_task_btf();
	if (pg_is_compat(task)) {
		if (native >= PG_NUMBERS || !pg_has_bit(wanted->compat, native, PG_NUMBERS))
			return 0;
		number = pg_compat_row(regs, native);
		if (number < 0) {
			barrier_var(native);
			pg_emit_generic(task, pg_compat_id(native), native);
			return 0;
		}
		/* No sub-call of this number. */
		if (number == 0 && pg_is_multiplexer(native))
			return 0;
		most = PG_ROWS;
	} else {
		number = pg_native_row(native);
	}
	row = number;
	if (row >= most || !pg_has_bit(wanted->rows, row, PG_ROWS))
		return 0;
	if (wanted->pushdown.rows[row & (PD_ROWS - 1)].begin != PD_PASS &&
	    pg_filtered_out(&wanted->pushdown, task, regs, ret, row))
		return 0;
	bpf_tail_call(ctx, &calls, row);
	if (row >= PG_NUMBERS)
		return 0;
	barrier_var(row);
	pg_emit_generic(task, pg_syscalls[row & (PG_NUMBERS - 1)].id, row);
	return 0;
}

/* For measuring: what any program at this place costs. */
SEC("tp_btf/sys_exit")
int BPF_PROG(nothing, struct pt_regs *regs, long ret)
{
	return 0;
}
