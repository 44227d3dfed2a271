/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls that make descriptors without a name, and those that turn their knobs. */
#ifndef PG_SYSCALLS_DESCRIPTOR_H
#define PG_SYSCALLS_DESCRIPTOR_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "kernel/object.h"
#include "record/scratch.h"
#include "syscalls/call.h"

CALL(ioctl)
{
	begin(s, PPME_SYSCALL_IOCTL_3_X, PPME_SYSCALL_IOCTL_3_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u64(s, 2, ARG(1));
	put_u64(s, 3, ARG(2));
	close_block(s, task);
	tell(s, ARG(0));
	send(s, PG_LOSS_OTHER);
}

#define F_DUPFD 0
#define F_LINUX_SPECIFIC 1024
#define F_DUPFD_CLOEXEC 1030

/* The kernel's commands in the capture format's numbers: from 0, and from 1024. */
const u8 fcntl_low[64] = {
	1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 13, 15, 17, 18, 19, 21,
	22, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 30, 31, 32,
};
const u8 fcntl_high[16] = {
	23, 24, 27, 0, 0, 25, 26, 28, 29,
};

static __always_inline u8 fcntl_command(u32 command)
{
	if (command < sizeof(fcntl_low)) {
		barrier_var(command);
		return fcntl_low[command & 63];
	}
	command -= F_LINUX_SPECIFIC;
	if (command >= sizeof(fcntl_high))
		return PPM_FCNTL_UNKNOWN;
	barrier_var(command);
	return fcntl_high[command & 15];
}

CALL(fcntl)
{
	u32 command = ARG(1);
	s32 fd = ARG(0), copy = command == F_DUPFD || command == F_DUPFD_CLOEXEC ? ret : fd;

	begin(s, PPME_SYSCALL_FCNTL_X, PPME_SYSCALL_FCNTL_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, fd);
	put_u8(s, 2, fcntl_command(command));
	put_u64(s, 3, ARG(2));
	send_both(s, task, fd, copy, PG_LOSS_OTHER);
}

CALL(splice)
{
	begin(s, PPME_SYSCALL_SPLICE_X, PPME_SYSCALL_SPLICE_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_s64(s, 2, ARG_FD(2));
	put_u64(s, 3, ARG(4));
	put_u32(s, 4,
		ARG(5) & (PPM_SPLICE_F_MOVE | PPM_SPLICE_F_NONBLOCK | PPM_SPLICE_F_MORE | PPM_SPLICE_F_GIFT));
	send_both(s, task, ARG(0), ARG(2), PG_LOSS_OTHER);
}

CALL(close_range)
{
	begin(s, PPME_SYSCALL_CLOSE_RANGE_X, PPME_SYSCALL_CLOSE_RANGE_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u32(s, 1, ARG(0));
	put_u32(s, 2, ARG(1));
	put_u32(s, 3, ARG(2) & (PPM_CLOSE_RANGE_UNSHARE | PPM_CLOSE_RANGE_CLOEXEC));
	close_block(s, task);
	send(s, PG_LOSS_CLOSE);
}

/* The open flags a call for new descriptors takes. Falco has none of -1, which no call takes. */
static __always_inline u32 new_flags(s32 flags, u32 known)
{
	return flags < 0 ? 0 : open_flags(flags) & known;
}

struct both_ends {
	s32 read, write;
};

/* Result, both ends, inode: parameters 0 to 3. The ends stand in the user's memory, and are told as
 * they stand there even where the call failed. */
static __always_inline struct both_ends put_pipe(struct scratch *s, struct task_struct *task, long ret, u64 from)
{
	struct both_ends ends = {};
	u64 ino = 0;

	if (bpf_probe_read_user(&ends, sizeof(ends), (void *)from))
		ends.read = ends.write = -1;
	if (ret == 0) {
		struct file *file = file_of(task, ends.read);

		ino = BPF_CORE_READ(file, f_inode, i_ino);
	}
	put_s64(s, 0, ret);
	put_s64(s, 1, ends.read);
	put_s64(s, 2, ends.write);
	put_u64(s, 3, ino);
	if (ret != 0)
		ends.read = ends.write = -1;
	return ends;
}

CALL(pipe)
{
	struct both_ends ends;

	begin(s, PPME_SYSCALL_PIPE_X, PPME_SYSCALL_PIPE_X_N, task->pid);
	ends = put_pipe(s, task, ret, ARG(0));
	send_both(s, task, ends.read, ends.write, PG_LOSS_OTHER);
}

CALL(pipe2)
{
	struct both_ends ends;

	begin(s, PPME_SYSCALL_PIPE2_X, PPME_SYSCALL_PIPE2_X_N, task->pid);
	ends = put_pipe(s, task, ret, ARG(0));
	put_u32(s, 4, new_flags(ARG(1), PPM_O_CLOEXEC | PPM_O_DIRECT | PPM_O_NONBLOCK));
	send_both(s, task, ends.read, ends.write, PG_LOSS_OTHER);
}

CALL(eventfd)
{
	begin(s, PPME_SYSCALL_EVENTFD_X, PPME_SYSCALL_EVENTFD_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u64(s, 1, (u32)ARG(0));
	put_u32(s, 2, 0);
	send_new(s, task, ret);
}

CALL(eventfd2)
{
	begin(s, PPME_SYSCALL_EVENTFD2_X, PPME_SYSCALL_EVENTFD2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u16(s, 1, new_flags(ARG(1), PPM_O_CLOEXEC | PPM_O_NONBLOCK));
	put_u64(s, 2, (u32)ARG(0));
	send_new(s, task, ret);
}

CALL(inotify_init)
{
	begin(s, PPME_SYSCALL_INOTIFY_INIT_X, PPME_SYSCALL_INOTIFY_INIT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u8(s, 1, 0);
	send_new(s, task, ret);
}

CALL(inotify_init1)
{
	begin(s, PPME_SYSCALL_INOTIFY_INIT1_X, PPME_SYSCALL_INOTIFY_INIT1_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u16(s, 1, new_flags(ARG(0), PPM_O_CLOEXEC | PPM_O_NONBLOCK));
	send_new(s, task, ret);
}

CALL(userfaultfd)
{
	begin(s, PPME_SYSCALL_USERFAULTFD_X, PPME_SYSCALL_USERFAULTFD_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u32(s, 1, new_flags(ARG(0), PPM_O_CLOEXEC | PPM_O_NONBLOCK));
	send_new(s, task, ret);
}

#define FUTEX_COMMANDS 127

CALL(futex)
{
	u32 asked = ARG(1);
	u16 command = asked & FUTEX_COMMANDS;

	if (command > PPM_FU_FUTEX_CMP_REQUEUE_PI)
		command = 0;
	begin(s, PPME_SYSCALL_FUTEX_X, PPME_SYSCALL_FUTEX_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u64(s, 1, ARG(0));
	put_u16(s, 2, command | (asked & (PPM_FU_FUTEX_PRIVATE_FLAG | PPM_FU_FUTEX_CLOCK_REALTIME)));
	put_u64(s, 3, ARG(2));
	close_block(s, task);
	send(s, PG_LOSS_OTHER);
}

#endif
