/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls the capture format has no event for, but rules of ours ask about: generic events, with facts
 * behind them of what the call was given. */
#ifndef PG_SYSCALLS_GENERIC_H
#define PG_SYSCALLS_GENERIC_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "arch.h"
#include "kernel/object.h"
#include "kernel/opened.h"
#include "kernel/walk.h"
#include "record/scratch.h"
#include "record/trailer.h"
#include "syscalls/call.h"

/* The generic event of this call, closed. */
static __always_inline void pg_begin_generic(struct scratch *s, struct task_struct *task, struct pt_regs *regs,
					     long ret)
{
	u32 native = pg_syscall_number(regs);
	u16 id;

	pg_begin(s, PPME_GENERIC_X, PPME_GENERIC_X_N, task->pid);
	if (pg_is_compat(task)) {
		id = pg_compat_id(native);
	} else {
		native = pg_plain_number(native);
		id = pg_syscalls[native & (PG_NUMBERS - 1)].id;
	}
	pg_put_u16(s, 0, id);
	pg_put_u16(s, 1, native);
	pg_close_block(s, task);
}

static __always_inline void pg_trailer_number(struct scratch *s, u8 which, s64 number)
{
	u8 *at = PG_AT(s);

	*(u16 *)&at[0] = PG_TRAILER_ARGUMENT;
	*(u16 *)&at[2] = 9;
	at[4] = which;
	*(s64 *)&at[5] = number;
	s->pos += 13;
}

/* The head of a fact whose text begins at `pg_begin_snapshot + 5`, of which `n` bytes stand there. */
static __always_inline void pg_end_str(struct scratch *s, u32 start, u8 which, long n)
{
	u8 *at = &s->data[start & PG_DATA_MASK];

	if (n < 0 || n >= PG_STR_MAX)
		n = 0;
	*(u16 *)&at[0] = PG_TRAILER_ARGUMENT;
	*(u16 *)&at[2] = 1 + n;
	at[4] = which;
	s->pos = start + 5 + n;
}

static __always_inline void pg_trailer_str(struct scratch *s, u8 which, u64 from)
{
	u32 start = s->pos;
	long n;

	s->pos += 5;
	n = pg_read_user_str(s, from);
	pg_end_str(s, start, which, n > 0 ? n - 1 : 0);
}

/* The path of an open file, as if it had been asked for by it. */
static __always_inline void pg_trailer_path_of(struct scratch *s, struct task_struct *task, s32 fd)
{
	struct file *file = pg_file_of_fd(task, fd);
	u32 start = s->pos;

	if (!file)
		return;
	pg_walk_file(s, task, file);
	if (s->path_at >= PG_STR_MAX)
		return;
	s->pos += 5;
	pg_end_str(s, start, PG_ARGUMENT_PATH, pg_append_path(s));
}

/* A path asked for, below the current folder. */
#define PG_GENERIC_PATH(name, path, more)                      \
	PG_SYSCALL(name)                                       \
	{                                                      \
		pg_begin_generic(s, task, regs, ret);          \
		pg_trailer_number(s, PG_ARGUMENT_RESULT, ret); \
		pg_trailer_str(s, PG_ARGUMENT_PATH, path);     \
		more;                                          \
		pg_trailer_root(s);                            \
		pg_finish(s, PG_LOSS_DIR_FILE);                \
	}

/* A path below the folder a descriptor stands for. */
#define PG_GENERIC_BELOW(name, folder, path, more)                     \
	PG_SYSCALL(name)                                               \
	{                                                              \
		pg_begin_generic(s, task, regs, ret);                  \
		pg_trailer_number(s, PG_ARGUMENT_RESULT, ret);         \
		pg_trailer_number(s, PG_ARGUMENT_FOLDER, (s32)folder); \
		pg_trailer_str(s, PG_ARGUMENT_PATH, path);             \
		more;                                                  \
		pg_trailer_root(s);                                    \
		pg_queue_fd(s, folder);                                \
		pg_finish(s, PG_LOSS_DIR_FILE);                        \
	}

/* An open file. */
#define PG_GENERIC_FD(name, fd, more)                          \
	PG_SYSCALL(name)                                       \
	{                                                      \
		pg_begin_generic(s, task, regs, ret);          \
		pg_trailer_number(s, PG_ARGUMENT_RESULT, ret); \
		pg_trailer_path_of(s, task, fd);               \
		more;                                          \
		pg_finish(s, PG_LOSS_DIR_FILE);                \
	}

/* What may be done by who runs a file with this attribute, where it is that of capabilities: two words
 * behind a version, each with one of what is inherited behind it. */
static __always_inline void pg_trailer_file_capabilities(struct scratch *s, u64 value)
{
	u32 words[4] = {};

	bpf_probe_read_user(words, sizeof(words), (void *)value);
	pg_trailer_number(s, PG_ARGUMENT_NUMBER, (u64)words[3] << 32 | words[1]);
}

/* The attribute's name, and its value. */
#define PG_XATTR(name, value)                      \
	pg_trailer_str(s, PG_ARGUMENT_NAME, name); \
	pg_trailer_file_capabilities(s, value)

/* `setxattrat` has the value in a structure, as its first member. */
static __always_inline u64 pg_first_word(u64 from)
{
	u64 word = 0;

	bpf_probe_read_user(&word, sizeof(word), (void *)from);
	return word;
}

PG_GENERIC_PATH(truncate, PG_ARG(0), pg_trailer_number(s, PG_ARGUMENT_NUMBER, PG_ARG(1)))
PG_GENERIC_FD(ftruncate, PG_ARG(0), pg_trailer_number(s, PG_ARGUMENT_NUMBER, PG_ARG(1)))
PG_GENERIC_FD(fallocate, PG_ARG(0), pg_trailer_number(s, PG_ARGUMENT_NUMBER, (u32)PG_ARG(1)))
PG_GENERIC_PATH(setxattr, PG_ARG(0), PG_XATTR(PG_ARG(1), PG_ARG(2)))
PG_GENERIC_PATH(lsetxattr, PG_ARG(0), PG_XATTR(PG_ARG(1), PG_ARG(2)))
PG_GENERIC_FD(fsetxattr, PG_ARG(0), PG_XATTR(PG_ARG(1), PG_ARG(2)))
PG_GENERIC_BELOW(setxattrat, PG_ARG(0), PG_ARG(1), PG_XATTR(PG_ARG(3), pg_first_word(PG_ARG(4))))
PG_GENERIC_BELOW(fchmodat2, PG_ARG(0), PG_ARG(1), pg_trailer_number(s, PG_ARGUMENT_NUMBER, PG_ARG(2) & PG_MODE_BITS))
/* Where the mount goes. */
PG_GENERIC_BELOW(move_mount, PG_ARG(2), PG_ARG(3), )

PG_SYSCALL(fsopen)
{
	pg_begin_generic(s, task, regs, ret);
	pg_trailer_number(s, PG_ARGUMENT_RESULT, ret);
	pg_trailer_str(s, PG_ARGUMENT_NAME, PG_ARG(0));
	pg_finish(s, PG_LOSS_DIR_FILE);
}

/* Since 6.9 a pidfd is an inode of its own file system. */
static __always_inline struct task_struct *pg_task_of_pidfd(struct task_struct *task, s32 fd)
{
	struct file *file = pg_file_of_fd(task, fd);
	struct pid *pid = 0;

	if (!file)
		return 0;
	pid = BPF_CORE_READ(file, private_data);
	if (!pid)
		pid = BPF_CORE_READ(file, f_inode, i_private);
	return pg_task_of_pid(pid, PIDTYPE_TGID);
}

/* Whom the signal is for, by name. */
PG_SYSCALL(pidfd_send_signal)
{
	struct task_struct *other = ret == 0 ? pg_task_of_pidfd(task, PG_ARG(0)) : 0;
	u32 start;
	long n;

	pg_begin_generic(s, task, regs, ret);
	pg_trailer_number(s, PG_ARGUMENT_RESULT, ret);
	pg_trailer_number(s, PG_ARGUMENT_NUMBER, (u32)PG_ARG(1));
	if (other) {
		start = s->pos;
		s->pos += 5;
		n = bpf_probe_read_kernel_str(PG_AT(s), 16,
					      (char *)other + bpf_core_field_offset(struct task_struct, comm));
		pg_end_str(s, start, PG_ARGUMENT_NAME, n > 0 ? n - 1 : 0);
	}
	pg_finish(s, PG_LOSS_OTHER);
}

#endif
