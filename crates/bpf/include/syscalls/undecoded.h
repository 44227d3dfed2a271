/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls the capture format has no event for, but rules of ours ask about: generic events, with facts
 * behind them of what the call was given. */
#ifndef PG_SYSCALLS_UNDECODED_H
#define PG_SYSCALLS_UNDECODED_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "arch.h"
#include "kernel/object.h"
#include "kernel/opened.h"
#include "kernel/walk.h"
#include "record/scratch.h"
#include "record/trailer.h"
#include "syscalls/call.h"

/* The generic event of this call, closed. */
static __always_inline void begin_undecoded(struct scratch *s, struct task_struct *task, struct pt_regs *regs, long ret)
{
	u32 native = syscall_number(regs);
	u16 id;

	begin(s, PPME_GENERIC_X, PPME_GENERIC_X_N, task->pid);
	if (is_compat(task)) {
		id = compat_id(native);
	} else {
		native = plain_number(native);
		id = syscall_rows[native & (PG_NUMBERS - 1)].id;
	}
	put_u16(s, 0, id);
	put_u16(s, 1, native);
	close_block(s, task);
}

static __always_inline void fact_number(struct scratch *s, u8 which, s64 number)
{
	u8 *at = AT(s);

	*(u16 *)&at[0] = PG_TRAILER_ARGUMENT;
	*(u16 *)&at[2] = 9;
	at[4] = which;
	*(s64 *)&at[5] = number;
	s->pos += 13;
}

/* The head of a fact whose text begins at `start + 5`, of which `n` bytes stand there. */
static __always_inline void end_text(struct scratch *s, u32 start, u8 which, long n)
{
	u8 *at = &s->data[start & DATA_MASK];

	if (n < 0 || n >= TEXT_MAX)
		n = 0;
	*(u16 *)&at[0] = PG_TRAILER_ARGUMENT;
	*(u16 *)&at[2] = 1 + n;
	at[4] = which;
	s->pos = start + 5 + n;
}

static __always_inline void fact_text(struct scratch *s, u8 which, u64 from)
{
	u32 start = s->pos;
	long n;

	s->pos += 5;
	n = read_user_text(s, from);
	end_text(s, start, which, n > 0 ? n - 1 : 0);
}

/* The path of an open file, as if it had been asked for by it. */
static __always_inline void fact_path_of(struct scratch *s, struct task_struct *task, s32 fd)
{
	struct file *file = file_of(task, fd);
	u32 start = s->pos;

	if (!file)
		return;
	walk_file(s, task, file);
	if (s->path_at >= TEXT_MAX)
		return;
	s->pos += 5;
	end_text(s, start, PG_ARGUMENT_PATH, append_path(s));
}

/* A path asked for, below the current folder. */
#define UNDECODED_PATH(name, path, more)                       \
	CALL(name)                                             \
	{                                                      \
		begin_undecoded(s, task, regs, ret);           \
		fact_number(s, PG_ARGUMENT_RESULT, ret);          \
		fact_text(s, PG_ARGUMENT_PATH, path);             \
		more;                                          \
		fact_root(s);                                  \
		send(s, PG_LOSS_DIR_FILE);                        \
	}

/* A path below the folder a descriptor stands for. */
#define UNDECODED_BELOW(name, folder, path, more)              \
	CALL(name)                                             \
	{                                                      \
		begin_undecoded(s, task, regs, ret);           \
		fact_number(s, PG_ARGUMENT_RESULT, ret);          \
		fact_number(s, PG_ARGUMENT_FOLDER, (s32)folder);  \
		fact_text(s, PG_ARGUMENT_PATH, path);             \
		more;                                          \
		fact_root(s);                                  \
		tell(s, folder);                               \
		send(s, PG_LOSS_DIR_FILE);                        \
	}

/* An open file. */
#define UNDECODED_OPEN(name, fd, more)                         \
	CALL(name)                                             \
	{                                                      \
		begin_undecoded(s, task, regs, ret);           \
		fact_number(s, PG_ARGUMENT_RESULT, ret);          \
		fact_path_of(s, task, fd);                     \
		more;                                          \
		send(s, PG_LOSS_DIR_FILE);                        \
	}

/* What may be done by who runs a file with this attribute, where it is that of capabilities: two words
 * behind a version, each with one of what is inherited behind it. */
static __always_inline void fact_file_capabilities(struct scratch *s, u64 value)
{
	u32 words[4] = {};

	bpf_probe_read_user(words, sizeof(words), (void *)value);
	fact_number(s, PG_ARGUMENT_NUMBER, (u64)words[3] << 32 | words[1]);
}

/* The attribute's name, and its value. */
#define ATTRIBUTE(name, value)               \
	fact_text(s, PG_ARGUMENT_NAME, name);   \
	fact_file_capabilities(s, value)

/* `setxattrat` has the value in a structure, as its first member. */
static __always_inline u64 first_word(u64 from)
{
	u64 word = 0;

	bpf_probe_read_user(&word, sizeof(word), (void *)from);
	return word;
}

UNDECODED_PATH(truncate, ARG(0), fact_number(s, PG_ARGUMENT_NUMBER, ARG(1)))
UNDECODED_OPEN(ftruncate, ARG(0), fact_number(s, PG_ARGUMENT_NUMBER, ARG(1)))
UNDECODED_OPEN(fallocate, ARG(0), fact_number(s, PG_ARGUMENT_NUMBER, (u32)ARG(1)))
UNDECODED_PATH(setxattr, ARG(0), ATTRIBUTE(ARG(1), ARG(2)))
UNDECODED_PATH(lsetxattr, ARG(0), ATTRIBUTE(ARG(1), ARG(2)))
UNDECODED_OPEN(fsetxattr, ARG(0), ATTRIBUTE(ARG(1), ARG(2)))
UNDECODED_BELOW(setxattrat, ARG(0), ARG(1), ATTRIBUTE(ARG(3), first_word(ARG(4))))
UNDECODED_BELOW(fchmodat2, ARG(0), ARG(1), fact_number(s, PG_ARGUMENT_NUMBER, ARG(2) & MODE_BITS))
/* Where the mount goes. */
UNDECODED_BELOW(move_mount, ARG(2), ARG(3), )

CALL(fsopen)
{
	begin_undecoded(s, task, regs, ret);
	fact_number(s, PG_ARGUMENT_RESULT, ret);
	fact_text(s, PG_ARGUMENT_NAME, ARG(0));
	send(s, PG_LOSS_DIR_FILE);
}

/* Since 6.9 a pidfd is an inode of its own file system. */
static __always_inline struct task_struct *task_of_pidfd(struct task_struct *task, s32 fd)
{
	struct file *file = file_of(task, fd);
	struct pid *pid = 0;

	if (!file)
		return 0;
	pid = BPF_CORE_READ(file, private_data);
	if (!pid)
		pid = BPF_CORE_READ(file, f_inode, i_private);
	return task_of(pid, PIDTYPE_TGID);
}

/* Whom the signal is for, by name. */
CALL(pidfd_send_signal)
{
	struct task_struct *other = ret == 0 ? task_of_pidfd(task, ARG(0)) : 0;
	u32 start;
	long n;

	begin_undecoded(s, task, regs, ret);
	fact_number(s, PG_ARGUMENT_RESULT, ret);
	fact_number(s, PG_ARGUMENT_NUMBER, (u32)ARG(1));
	if (other) {
		start = s->pos;
		s->pos += 5;
		n = bpf_probe_read_kernel_str(AT(s), 16, (char *)other + bpf_core_field_offset(struct task_struct, comm));
		end_text(s, start, PG_ARGUMENT_NAME, n > 0 ? n - 1 : 0);
	}
	send(s, PG_LOSS_OTHER);
}

#endif
