/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Paths that lead through a link of /proc to a descriptor or to the current directory of the caller. What
 * the link points to is known during the call only, so it is reported with the event. */
#ifndef PG_SYSCALLS_PROC_LINK_H
#define PG_SYSCALLS_PROC_LINK_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "kernel/read.h"
#include "kernel/task.h"
#include "record/scratch.h"
#include "syscalls/call.h"

#define PG_PID_DIGITS 8

static __always_inline u64 pg_text_word(struct scratch *s, u32 at)
{
	return *(u64 *)&s->data[at & PG_DATA_MASK];
}

/* The number that stands at `*at`, which is left behind it; below zero where there is none. */
static __always_inline s32 pg_text_number(struct scratch *s, u32 *at)
{
	s32 number = -1;

	for (u32 i = 0; i < PG_PID_DIGITS; i++) {
		u8 digit = s->data[*at & PG_DATA_MASK] - '0';

		if (digit > 9)
			break;
		number = (number < 0 ? 0 : number) * 10 + digit;
		*at += 1;
	}
	return number;
}

static __always_inline bool pg_is_own_pid(struct task_struct *task, s32 number)
{
	u32 level = pg_pid_level(task);

	return number == task->tgid || number == task->pid || number == pg_pid_nr(pg_thread_pid(task), level) ||
	       number == pg_pid_nr(BPF_CORE_READ(task, group_leader, thread_pid), level);
}

/* Looks at the path in the data at `at`, which begins with "/proc/" or "/dev/". */
__noinline int pg_queue_proc_link_target(struct scratch *s, u32 at)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 word;

	if (!s)
		return 0;
	word = pg_text_word(s, at);
	if (word == PG_STR8('/', 'd', 'e', 'v', '/', 'f', 'd', '/')) {
		at += 8;
		pg_queue_fd(s, pg_text_number(s, &at));
		return 0;
	}
	if (word == PG_STR8('/', 'd', 'e', 'v', '/', 's', 't', 'd')) {
		word = pg_text_word(s, at + 8) & 0xffffff;
		if (word == PG_STR8('i', 'n', 0, 0, 0, 0, 0, 0))
			pg_queue_fd(s, 0);
		else if (word == PG_STR8('o', 'u', 't', 0, 0, 0, 0, 0))
			pg_queue_fd(s, 1);
		else if (word == PG_STR8('e', 'r', 'r', 0, 0, 0, 0, 0))
			pg_queue_fd(s, 2);
		return 0;
	}
	if (pg_low_bytes(word, 6) != PG_STR8('/', 'p', 'r', 'o', 'c', '/', 0, 0))
		return 0;
	at += 6;
	word = pg_text_word(s, at);
	if (pg_low_bytes(word, 5) == PG_STR8('s', 'e', 'l', 'f', '/', 0, 0, 0)) {
		at += 5;
	} else if (word == PG_STR8('t', 'h', 'r', 'e', 'a', 'd', '-', 's')) {
		at += 12;
	} else {
		if (!pg_is_own_pid(task, pg_text_number(s, &at)))
			return 0;
		at += 1;
	}
	if (pg_low_bytes(pg_text_word(s, at), 5) == PG_STR8('t', 'a', 's', 'k', '/', 0, 0, 0)) {
		at += 5;
		pg_text_number(s, &at);
		at += 1;
	}
	word = pg_low_bytes(pg_text_word(s, at), 3);
	if (word == PG_STR8('c', 'w', 'd', 0, 0, 0, 0, 0)) {
		pg_queue_cwd(s);
	} else if (word == PG_STR8('f', 'd', '/', 0, 0, 0, 0, 0)) {
		at += 3;
		pg_queue_fd(s, pg_text_number(s, &at));
	}
	return 0;
}

/* Looks at a path that was put at `at`, of a call that leaves nothing open. */
static __always_inline void pg_queue_proc_link(struct scratch *s, u32 at)
{
	u64 word = pg_text_word(s, at);

	if (pg_low_bytes(word, 6) == PG_STR8('/', 'p', 'r', 'o', 'c', '/', 0, 0) ||
	    pg_low_bytes(word, 5) == PG_STR8('/', 'd', 'e', 'v', '/', 0, 0, 0))
		pg_queue_proc_link_target(s, at);
}

/* Such a path of the calling process. */
static __always_inline void pg_put_path_arg(struct scratch *s, u32 i, u64 from)
{
	u32 at = s->pos;

	pg_put_user_str(s, i, from);
	pg_queue_proc_link(s, at);
}

#endif
