/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls that make descriptors without a name, and those that turn their knobs. */
#ifndef PG_SYSCALLS_DESCRIPTOR_H
#define PG_SYSCALLS_DESCRIPTOR_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "kernel/object.h"
#include "record/scratch.h"
#include "syscalls/call.h"

PG_SYSCALL(ioctl)
{
	pg_begin(s, PPME_SYSCALL_IOCTL_3_X, PPME_SYSCALL_IOCTL_3_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u64(s, 2, PG_ARG(1));
	pg_put_u64(s, 3, PG_ARG(2));
	pg_close_block(s, task);
	pg_queue_fd(s, PG_ARG(0));
	pg_finish(s, PG_LOSS_OTHER);
}

#define F_DUPFD 0
#define F_LINUX_SPECIFIC 1024
#define F_DUPFD_CLOEXEC 1030

/* The kernel's commands in the capture format's numbers: from 0, and from 1024. */
const u8 pg_fcntl_low[64] = {
	1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 13, 15, 17, 18, 19, 21, 22, 0,	0,  0,
	0, 0, 0, 0, 0, 0, 0, 0, 0,  0,	0,  0,	0,  0,	0,  0,	30, 31, 32,
};
const u8 pg_fcntl_high[16] = {
	23, 24, 27, 0, 0, 25, 26, 28, 29,
};

static __always_inline u8 pg_fcntl_command(u32 command)
{
	if (command < sizeof(pg_fcntl_low)) {
		barrier_var(command);
		return pg_fcntl_low[command & 63];
	}
	command -= F_LINUX_SPECIFIC;
	if (command >= sizeof(pg_fcntl_high))
		return PPM_FCNTL_UNKNOWN;
	barrier_var(command);
	return pg_fcntl_high[command & 15];
}

PG_SYSCALL(fcntl)
{
	u32 command = PG_ARG(1);
	s32 fd = PG_ARG(0), copy = command == F_DUPFD || command == F_DUPFD_CLOEXEC ? ret : fd;

	pg_begin(s, PPME_SYSCALL_FCNTL_X, PPME_SYSCALL_FCNTL_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, fd);
	pg_put_u8(s, 2, pg_fcntl_command(command));
	pg_put_u64(s, 3, PG_ARG(2));
	pg_finish_two_fds(s, task, fd, copy, PG_LOSS_OTHER);
}

PG_SYSCALL(splice)
{
	pg_begin(s, PPME_SYSCALL_SPLICE_X, PPME_SYSCALL_SPLICE_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_s64(s, 2, PG_ARG_FD(2));
	pg_put_u64(s, 3, PG_ARG(4));
	pg_put_u32(s, 4,
		   PG_ARG(5) & (PPM_SPLICE_F_MOVE | PPM_SPLICE_F_NONBLOCK | PPM_SPLICE_F_MORE | PPM_SPLICE_F_GIFT));
	pg_finish_two_fds(s, task, PG_ARG(0), PG_ARG(2), PG_LOSS_OTHER);
}

PG_SYSCALL(close_range)
{
	pg_begin(s, PPME_SYSCALL_CLOSE_RANGE_X, PPME_SYSCALL_CLOSE_RANGE_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u32(s, 1, PG_ARG(0));
	pg_put_u32(s, 2, PG_ARG(1));
	pg_put_u32(s, 3, PG_ARG(2) & (PPM_CLOSE_RANGE_UNSHARE | PPM_CLOSE_RANGE_CLOEXEC));
	pg_close_block(s, task);
	pg_finish(s, PG_LOSS_CLOSE);
}

/* The open flags a call for new descriptors takes. Falco has none of -1, which no call takes. */
static __always_inline u32 pg_new_flags(s32 flags, u32 known)
{
	return flags < 0 ? 0 : pg_open_flags(flags) & known;
}

struct pipe_fds {
	s32 read, write;
};

/* Result, both ends, inode: parameters 0 to 3. The ends stand in the user's memory, and are reported as
 * they stand there even where the call failed. */
static __always_inline struct pipe_fds pg_put_pipe(struct scratch *s, struct task_struct *task, long ret, u64 from)
{
	struct pipe_fds ends = {};
	u64 ino = 0;

	if (bpf_probe_read_user(&ends, sizeof(ends), (void *)from))
		ends.read = ends.write = -1;
	if (ret == 0) {
		struct file *file = pg_file_of_fd(task, ends.read);

		ino = BPF_CORE_READ(file, f_inode, i_ino);
	}
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, ends.read);
	pg_put_s64(s, 2, ends.write);
	pg_put_u64(s, 3, ino);
	if (ret != 0)
		ends.read = ends.write = -1;
	return ends;
}

PG_SYSCALL(pipe)
{
	struct pipe_fds ends;

	pg_begin(s, PPME_SYSCALL_PIPE_X, PPME_SYSCALL_PIPE_X_N, task->pid);
	ends = pg_put_pipe(s, task, ret, PG_ARG(0));
	pg_finish_two_fds(s, task, ends.read, ends.write, PG_LOSS_OTHER);
}

PG_SYSCALL(pipe2)
{
	struct pipe_fds ends;

	pg_begin(s, PPME_SYSCALL_PIPE2_X, PPME_SYSCALL_PIPE2_X_N, task->pid);
	ends = pg_put_pipe(s, task, ret, PG_ARG(0));
	pg_put_u32(s, 4, pg_new_flags(PG_ARG(1), PPM_O_CLOEXEC | PPM_O_DIRECT | PPM_O_NONBLOCK));
	pg_finish_two_fds(s, task, ends.read, ends.write, PG_LOSS_OTHER);
}

PG_SYSCALL(eventfd)
{
	pg_begin(s, PPME_SYSCALL_EVENTFD_X, PPME_SYSCALL_EVENTFD_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u64(s, 1, (u32)PG_ARG(0));
	pg_put_u32(s, 2, 0);
	pg_finish_new_fd(s, task, ret);
}

PG_SYSCALL(eventfd2)
{
	pg_begin(s, PPME_SYSCALL_EVENTFD2_X, PPME_SYSCALL_EVENTFD2_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u16(s, 1, pg_new_flags(PG_ARG(1), PPM_O_CLOEXEC | PPM_O_NONBLOCK));
	pg_put_u64(s, 2, (u32)PG_ARG(0));
	pg_finish_new_fd(s, task, ret);
}

PG_SYSCALL(inotify_init)
{
	pg_begin(s, PPME_SYSCALL_INOTIFY_INIT_X, PPME_SYSCALL_INOTIFY_INIT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u8(s, 1, 0);
	pg_finish_new_fd(s, task, ret);
}

PG_SYSCALL(inotify_init1)
{
	pg_begin(s, PPME_SYSCALL_INOTIFY_INIT1_X, PPME_SYSCALL_INOTIFY_INIT1_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u16(s, 1, pg_new_flags(PG_ARG(0), PPM_O_CLOEXEC | PPM_O_NONBLOCK));
	pg_finish_new_fd(s, task, ret);
}

PG_SYSCALL(userfaultfd)
{
	pg_begin(s, PPME_SYSCALL_USERFAULTFD_X, PPME_SYSCALL_USERFAULTFD_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u32(s, 1, pg_new_flags(PG_ARG(0), PPM_O_CLOEXEC | PPM_O_NONBLOCK));
	pg_finish_new_fd(s, task, ret);
}

#define PG_FUTEX_COMMAND_MASK 127

PG_SYSCALL(futex)
{
	u32 asked = PG_ARG(1);
	u16 command = asked & PG_FUTEX_COMMAND_MASK;

	if (command > PPM_FU_FUTEX_CMP_REQUEUE_PI)
		command = 0;
	pg_begin(s, PPME_SYSCALL_FUTEX_X, PPME_SYSCALL_FUTEX_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u64(s, 1, PG_ARG(0));
	pg_put_u16(s, 2, command | (asked & (PPM_FU_FUTEX_PRIVATE_FLAG | PPM_FU_FUTEX_CLOCK_REALTIME)));
	pg_put_u64(s, 3, PG_ARG(2));
	pg_close_block(s, task);
	pg_finish(s, PG_LOSS_OTHER);
}

#endif
