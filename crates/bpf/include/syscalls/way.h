/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Paths that begin at a descriptor or at the current folder of who asks, by a link of /proc: what that is
 * can be told while the call is there, and nobody finds out later. */
#ifndef PG_SYSCALLS_WAY_H
#define PG_SYSCALLS_WAY_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "kernel/look.h"
#include "kernel/task.h"
#include "record/scratch.h"
#include "syscalls/call.h"

#define DIGITS 8

static __always_inline u64 text_word(struct scratch *s, u32 at)
{
	return *(u64 *)&s->data[at & DATA_MASK];
}

/* The number that stands at `*at`, which is left behind it; below zero where there is none. */
static __always_inline s32 text_number(struct scratch *s, u32 *at)
{
	s32 number = -1;

	for (u32 i = 0; i < DIGITS; i++) {
		u8 digit = s->data[*at & DATA_MASK] - '0';

		if (digit > 9)
			break;
		number = (number < 0 ? 0 : number) * 10 + digit;
		*at += 1;
	}
	return number;
}

static __always_inline bool is_own_number(struct task_struct *task, s32 number)
{
	u32 level = level_of(task);

	return number == task->tgid || number == task->pid || number == number_at(own_pid(task), level) ||
	       number == number_at(BPF_CORE_READ(task, group_leader, thread_pid), level);
}

/* Looks at the path in the data at `at`, which begins with "/proc/" or "/dev/". */
__noinline int note_way(struct scratch *s, u32 at)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 word;

	if (!s)
		return 0;
	word = text_word(s, at);
	if (word == LETTERS('/', 'd', 'e', 'v', '/', 'f', 'd', '/')) {
		at += 8;
		tell(s, text_number(s, &at));
		return 0;
	}
	if (word == LETTERS('/', 'd', 'e', 'v', '/', 's', 't', 'd')) {
		word = text_word(s, at + 8) & 0xffffff;
		if (word == LETTERS('i', 'n', 0, 0, 0, 0, 0, 0))
			tell(s, 0);
		else if (word == LETTERS('o', 'u', 't', 0, 0, 0, 0, 0))
			tell(s, 1);
		else if (word == LETTERS('e', 'r', 'r', 0, 0, 0, 0, 0))
			tell(s, 2);
		return 0;
	}
	if (low_bytes(word, 6) != LETTERS('/', 'p', 'r', 'o', 'c', '/', 0, 0))
		return 0;
	at += 6;
	word = text_word(s, at);
	if (low_bytes(word, 5) == LETTERS('s', 'e', 'l', 'f', '/', 0, 0, 0)) {
		at += 5;
	} else if (word == LETTERS('t', 'h', 'r', 'e', 'a', 'd', '-', 's')) {
		at += 12;
	} else {
		if (!is_own_number(task, text_number(s, &at)))
			return 0;
		at += 1;
	}
	if (low_bytes(text_word(s, at), 5) == LETTERS('t', 'a', 's', 'k', '/', 0, 0, 0)) {
		at += 5;
		text_number(s, &at);
		at += 1;
	}
	word = low_bytes(text_word(s, at), 3);
	if (word == LETTERS('c', 'w', 'd', 0, 0, 0, 0, 0)) {
		tell_current_folder(s);
	} else if (word == LETTERS('f', 'd', '/', 0, 0, 0, 0, 0)) {
		at += 3;
		tell(s, text_number(s, &at));
	}
	return 0;
}

/* Looks at a path that was put at `at`, of a call that leaves nothing open. */
static __always_inline void look_for_way(struct scratch *s, u32 at)
{
	u64 word = text_word(s, at);

	if (low_bytes(word, 6) == LETTERS('/', 'p', 'r', 'o', 'c', '/', 0, 0) ||
	    low_bytes(word, 5) == LETTERS('/', 'd', 'e', 'v', '/', 0, 0, 0))
		note_way(s, at);
}

/* Such a path of the calling process. */
static __always_inline void put_way(struct scratch *s, u32 i, u64 from)
{
	u32 at = s->pos;

	put_user_text(s, i, from);
	look_for_way(s, at);
}

#endif
