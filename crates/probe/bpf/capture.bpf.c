// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The programs that watch: one at the return of every call, one at the end of every task.
 *
 * `dispatch` asks whether the call is wanted, then jumps to the program of the call; a call without
 * one becomes the generic event. Calls with programs stand by family in the headers included below.
 * A program for the call named x is called sys_x: the loader puts it in its place by that name. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "events.gen.h"
#include "arch.h"
#include "scratch.h"
#include "walk.h"
#include "object.h"
#include "look.h"
#include "usual.h"
#include "facts.h"
#include "task.h"
#include "deliver.h"
#include "entry.h"
#include "opened.h"
#include "process_facts.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, ROWS);
	__type(key, u32);
	__type(value, u32);
} calls SEC(".maps");

/* Wants it told what descriptor `fd` of the calling task is, behind the closed block. */
static __always_inline void tell_as(struct scratch *s, s32 fd, u8 role)
{
	u32 n = s->telling;

	if (fd < 0 || n >= TELL_MOST)
		return;
	barrier_var(n);
	n &= TELL_MOST - 1;
	s->tell[n].fd = fd;
	s->tell[n].role = role;
	s->telling = n + 1;
}

static __always_inline void tell(struct scratch *s, s32 fd)
{
	tell_as(s, fd, 0);
}

/* Wants it told which the current folder is, as of a descriptor. */
static __always_inline void tell_current_folder(struct scratch *s)
{
	u32 n = s->telling;

	if (n >= TELL_MOST)
		return;
	barrier_var(n);
	n &= TELL_MOST - 1;
	s->tell[n].fd = AT_FDCWD;
	s->tell[n].role = 0;
	s->telling = n + 1;
}

/* Wants it told which folder the path begins at whose text is in the data at `at`: where it is relative. */
static __always_inline void tell_base(struct scratch *s, u32 at, s32 fd)
{
	if (fd >= 0 && s->pos != at && s->data[at & DATA_MASK] != '/')
		tell(s, fd);
}

/* The end of an event. What is to be told of descriptors comes before it is sent: `rest` does both.
 * Whether it was sent. */
static __always_inline bool send(struct scratch *s, u32 class)
{
	s->class = class;
	return !s->telling && send_now(s, class);
}

static __always_inline u16 origin_flags(struct task_struct *task)
{
	return is_compat(task) ? FACT_COMPAT : 0;
}

static __always_inline void close_block(struct scratch *s, struct task_struct *task)
{
	seal(s);
	fact_origin(s, task->tgid, origin_flags(task));
}

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

/* `rest`, put there by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} rests SEC(".maps");

/* A program for the return of one call. `task`, `regs` and `ret` are there; `s` is the slot. */
#define CALL(name)                                                                                          \
	static __always_inline void name##_body(struct scratch *s, struct task_struct *task,               \
						struct pt_regs *regs, long ret);                            \
	SEC("tp_btf/sys_exit") int BPF_PROG(sys_##name, struct pt_regs *regs, long ret)                    \
	{                                                                                                   \
		struct scratch *s = take();                                                                 \
                                                                                                            \
		if (s) {                                                                                    \
			s->owner = (u64)bpf_get_current_task_btf();                                         \
			name##_body(s, bpf_get_current_task_btf(), regs, ret);                              \
			if (s->telling) {                                                                   \
				bpf_tail_call(ctx, &rests, 0);                                              \
				lose(s->class);                                                             \
			}                                                                                   \
			give(s);                                                                            \
		}                                                                                           \
		return 0;                                                                                   \
	}                                                                                                   \
	static __always_inline void name##_body(struct scratch *s, struct task_struct *task,               \
						struct pt_regs *regs, long ret)

#define ARG(n) arg(regs, task, n)
#define ARG_FD(n) ((s64)(s32)ARG(n))

#include "names.h"
#include "way.h"
#include "arguments.h"
#include "close.h"
#include "file.h"
#include "fs.h"
#include "process.h"
#include "socket.h"
#include "memory.h"
#include "kernel.h"
#include "descriptor.h"
#include "identity.h"
#include "isolation.h"
#include "buffer.h"
#include "io.h"
#include "message.h"
#include "option.h"
#include "signal.h"
#include "limits.h"
#include "semaphore.h"
#include "wait.h"
#include "compat.h"
#include "tracepoint.h"
#include "network.h"
#include "filter.h"

static __always_inline void generic(struct task_struct *task, u16 id, u16 native)
{
	struct scratch *s = take();

	if (!s)
		return;
	begin(s, PPME_GENERIC_X, PPME_GENERIC_X_N, task->pid);
	put_u16(s, 0, id);
	put_u16(s, 1, native);
	close_block(s, task);
	send(s, LOSS_OTHER);
	give(s);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(dispatch, struct pt_regs *regs, long ret)
{
	struct task_struct *task;
	u32 native = regs->orig_ax;
	struct wanted *wanted = wanted_now();
	s32 number = native;
	u32 row, most = NUMBERS;

	if (!wanted)
		return 0;
	/* Most calls are of a number nobody wants, whoever makes them. */
	if (native < NUMBERS && !has(wanted->rows, native, ROWS) && !has(wanted->compat, native, NUMBERS))
		return 0;
	task = bpf_get_current_task_btf();
	if (is_compat(task)) {
		if (native >= NUMBERS || !has(wanted->compat, native, NUMBERS))
			return 0;
		number = compat_row(regs, native);
		if (number < 0) {
			barrier_var(native);
			generic(task, i386_ids[native & (NUMBERS - 1)], native);
			return 0;
		}
		/* No sub-call of this number. */
		if (number == 0 && (native == SOCKETCALL_32 || native == IPC_32))
			return 0;
		most = ROWS;
	} else if (native & X32_BIT) {
		number = from_x32(native & ~X32_BIT);
	}
	row = number;
	if (row >= most || !has(wanted->rows, row, ROWS))
		return 0;
	if (wanted->pushdown.rows[row & (PD_ROWS - 1)].begin != PD_PASS &&
	    dropped(&wanted->pushdown, task, regs, ret, row))
		return 0;
	bpf_tail_call(ctx, &calls, row);
	if (row >= NUMBERS)
		return 0;
	barrier_var(row);
	generic(task, syscall_rows[row & (NUMBERS - 1)].id, row);
	return 0;
}

/* For measuring: what any program at this place costs. */
SEC("tp_btf/sys_exit")
int BPF_PROG(nothing, struct pt_regs *regs, long ret)
{
	return 0;
}
