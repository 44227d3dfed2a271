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
#include "syscalls/entry_args.h"

/* Queues descriptor `fd` of the calling task: `rest` appends it to the trailer. */
static __always_inline void pg_queue_fd_role(struct scratch *s, s32 fd, u8 role)
{
	u32 n = s->pending_fds;

	if (fd < 0 || n >= PG_PENDING_FDS_MAX)
		return;
	barrier_var(n);
	n &= PG_PENDING_FDS_MAX - 1;
	s->fds[n].fd = fd;
	s->fds[n].role = role;
	s->pending_fds = n + 1;
}

static __always_inline void pg_queue_fd(struct scratch *s, s32 fd)
{
	pg_queue_fd_role(s, fd, 0);
}

/* Queues the current directory, which the trailer holds as a descriptor. */
static __always_inline void pg_queue_cwd(struct scratch *s)
{
	u32 n = s->pending_fds;

	if (n >= PG_PENDING_FDS_MAX)
		return;
	barrier_var(n);
	n &= PG_PENDING_FDS_MAX - 1;
	s->fds[n].fd = AT_FDCWD;
	s->fds[n].role = 0;
	s->pending_fds = n + 1;
}

/* Queues the directory a relative path begins at. The path is in the data at `at`. */
static __always_inline void pg_queue_base_dir(struct scratch *s, u32 at, s32 fd)
{
	if (fd >= 0 && s->pos != at && s->data[at & PG_DATA_MASK] != '/')
		pg_queue_fd(s, fd);
}

/* Ends an event. Where descriptors are queued, `rest` appends them and submits the record. Returns whether
 * the record was submitted. */
static __always_inline bool pg_finish(struct scratch *s, u32 class)
{
	s->class = class;
	return !s->pending_fds && pg_submit(s, class);
}

static __always_inline u16 pg_origin_flags(struct task_struct *task)
{
	return pg_is_compat(task) ? PG_ORIGIN_COMPAT : 0;
}

static __always_inline void pg_close_block(struct scratch *s, struct task_struct *task)
{
	pg_seal(s);
	pg_trailer_origin(s, task->tgid, pg_origin_flags(task));
}

/* The end of a call that works on an open descriptor. */
static __always_inline void pg_finish_file_fd(struct scratch *s, struct task_struct *task, s32 fd)
{
	pg_close_block(s, task);
	pg_queue_fd(s, fd);
	pg_finish(s, PG_LOSS_DIR_FILE);
}

/* The same for calls that are not about folders and files. */
static __always_inline void pg_finish_fd(struct scratch *s, struct task_struct *task, s32 fd)
{
	pg_close_block(s, task);
	pg_queue_fd(s, fd);
	pg_finish(s, PG_LOSS_OTHER);
}

#define PG_FINISH_OTHER          \
	pg_close_block(s, task); \
	pg_finish(s, PG_LOSS_OTHER)

#define PG_FINISH_FILE           \
	pg_close_block(s, task); \
	pg_finish(s, PG_LOSS_DIR_FILE)

/* The end of a call that names files by their paths and leaves none of them open. */
#define PG_FINISH_PATH           \
	pg_close_block(s, task); \
	pg_trailer_root(s);      \
	pg_finish(s, PG_LOSS_DIR_FILE)

/* The same below a folder given by its descriptor. */
static __always_inline void pg_finish_below(struct scratch *s, struct task_struct *task, s32 fd)
{
	pg_close_block(s, task);
	pg_trailer_root(s);
	pg_queue_fd(s, fd);
	pg_finish(s, PG_LOSS_DIR_FILE);
}

/* The same between two such folders. */
#define PG_FINISH_TWO_DIRS(from, to) \
	pg_close_block(s, task);     \
	pg_trailer_root(s);          \
	pg_queue_fd(s, from);        \
	if ((from) != (to))          \
		pg_queue_fd(s, to);  \
	pg_finish(s, PG_LOSS_DIR_FILE)

/* The end of a call that names two descriptors, or one twice. Numbers below zero are none. */
static __always_inline void pg_finish_two_fds(struct scratch *s, struct task_struct *task, s32 one, s32 two, u32 class)
{
	pg_close_block(s, task);
	pg_queue_fd(s, one);
	if (two != one)
		pg_queue_fd(s, two);
	pg_finish(s, class);
}

/* The end of a call that makes a descriptor, `ret` where it worked. */
static __always_inline void pg_finish_new_fd(struct scratch *s, struct task_struct *task, long ret)
{
	pg_close_block(s, task);
	pg_queue_fd(s, ret);
	pg_finish(s, PG_LOSS_OTHER);
}

/* `rest`, put there by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} rests SEC(".maps");

/* A program for the return of one call. `task`, `regs` and `ret` are there; `s` is the slot. */
#define PG_SYSCALL(name)                                                                                           \
	static __always_inline void name##_body(struct scratch *s, struct task_struct *task, struct pt_regs *regs, \
						long ret);                                                         \
	SEC("tp_btf/sys_exit") int BPF_PROG(sys_##name, struct pt_regs *regs, long ret)                            \
	{                                                                                                          \
		struct scratch *s = pg_scratch_acquire();                                                          \
                                                                                                                   \
		if (s) {                                                                                           \
			s->owner = (u64)bpf_get_current_task_btf();                                                \
			name##_body(s, bpf_get_current_task_btf(), regs, ret);                                     \
			if (s->pending_fds) {                                                                      \
				bpf_tail_call(ctx, &rests, 0);                                                     \
				pg_count_loss(s->class);                                                           \
			}                                                                                          \
			pg_scratch_release(s);                                                                     \
		}                                                                                                  \
		return 0;                                                                                          \
	}                                                                                                          \
	static __always_inline void name##_body(struct scratch *s, struct task_struct *task, struct pt_regs *regs, \
						long ret)

#define PG_ARG(n) pg_arg(regs, task, n)
#define PG_ARG_FD(n) ((s64)(s32)PG_ARG(n))

#endif
