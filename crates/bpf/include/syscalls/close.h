/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What a close closed. At the return of the call the descriptor is gone: `closing` reads it at the entry,
 * and runs only while close is of interest. */
#ifndef PG_SYSCALLS_CLOSE_H
#define PG_SYSCALLS_CLOSE_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "arch.h"
#include "kernel/object.h"
#include "record/scratch.h"
#include "record/trailer.h"
#include "syscalls/call.h"

/* A fact of a file with the longest path, or of a socket with the longest name. */
#define PG_CLOSING_MAX (4 + PG_TRAILER_LEN_DESCRIPTOR + PG_STR_MAX + 4 + PG_TRAILER_LEN_GENERATION)

struct closing {
	s32 fd;
	/* Of the fact below; 0 where there is none. */
	u32 len;
	u8 fact[PG_CLOSING_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct closing);
} closings SEC(".maps");

SEC("tp_btf/sys_enter")
int BPF_PROG(closing, struct pt_regs *regs, long id)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 number = id;
	struct closing *kept;
	struct file *file;
	struct scratch *s;
	u32 len;
	s32 fd;

	if (!pg_is_close(task, number))
		return 0;
	fd = PG_ARG(0);
	file = pg_file_of_fd(task, fd);
	if (!file)
		return 0;
	kept = bpf_task_storage_get(&closings, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!kept)
		return 0;
	kept->len = 0;
	s = pg_scratch_acquire();
	if (!s)
		return 0;
	s->pos = 0;
	pg_trailer_descriptor(s, task, fd, file, 0);
	len = s->pos;
	barrier_var(len);
	if (len <= PG_CLOSING_MAX && !bpf_probe_read_kernel(kept->fact, len, s->data)) {
		kept->fd = fd;
		kept->len = len;
	}
	pg_scratch_release(s);
	return 0;
}

/* Appends what the entry of this close found. */
static __always_inline void pg_append_closed_fd(struct scratch *s, struct task_struct *task, s32 fd)
{
	struct closing *kept = bpf_task_storage_get(&closings, task, 0, 0);
	u32 len;

	if (!kept)
		return;
	len = kept->len;
	kept->len = 0;
	barrier_var(len);
	if (kept->fd == fd && len && len <= PG_CLOSING_MAX && !bpf_probe_read_kernel(PG_AT(s), len, kept->fact))
		s->pos += len;
}

PG_SYSCALL(close)
{
	pg_begin(s, PPME_SYSCALL_CLOSE_X, PPME_SYSCALL_CLOSE_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_close_block(s, task);
	pg_append_closed_fd(s, task, PG_ARG(0));
	pg_finish(s, PG_LOSS_CLOSE);
}

#endif
