/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What every program at the return of a call begins and ends with. */
#ifndef PG_SYSCALLS_CALL_H
#define PG_SYSCALLS_CALL_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "arch.h"
#include "record/deliver.h"
#include "record/scratch.h"
#include "record/trailer.h"
#include "syscalls/entry.h"

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
	return is_compat(task) ? PG_ORIGIN_COMPAT : 0;
}

static __always_inline void close_block(struct scratch *s, struct task_struct *task)
{
	seal(s);
	fact_origin(s, task->tgid, origin_flags(task));
}

/* The end of a call that works on an open descriptor. */
static __always_inline void send_with(struct scratch *s, struct task_struct *task, s32 fd)
{
	close_block(s, task);
	tell(s, fd);
	send(s, PG_LOSS_DIR_FILE);
}

/* The same for calls that are not about folders and files. */
static __always_inline void end_with(struct scratch *s, struct task_struct *task, s32 fd)
{
	close_block(s, task);
	tell(s, fd);
	send(s, PG_LOSS_OTHER);
}

#define END_OTHER                   \
	close_block(s, task);       \
	send(s, PG_LOSS_OTHER)

#define END                         \
	close_block(s, task);       \
	send(s, PG_LOSS_DIR_FILE)

/* The end of a call that names files by their paths and leaves none of them open. */
#define END_PATH                    \
	close_block(s, task);       \
	fact_root(s);               \
	send(s, PG_LOSS_DIR_FILE)

/* The same below a folder given by its descriptor. */
static __always_inline void send_below(struct scratch *s, struct task_struct *task, s32 fd)
{
	close_block(s, task);
	fact_root(s);
	tell(s, fd);
	send(s, PG_LOSS_DIR_FILE);
}

/* The same between two such folders. */
#define END_BETWEEN(from, to)       \
	close_block(s, task);       \
	fact_root(s);               \
	tell(s, from);              \
	if ((from) != (to))         \
		tell(s, to);        \
	send(s, PG_LOSS_DIR_FILE)

/* The end of a call that names two descriptors, or one twice. Numbers below zero are none. */
static __always_inline void send_both(struct scratch *s, struct task_struct *task, s32 one, s32 two, u32 class)
{
	close_block(s, task);
	tell(s, one);
	if (two != one)
		tell(s, two);
	send(s, class);
}

/* The end of a call that makes a descriptor, `ret` where it worked. */
static __always_inline void send_new(struct scratch *s, struct task_struct *task, long ret)
{
	close_block(s, task);
	tell(s, ret);
	send(s, PG_LOSS_OTHER);
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

#endif
