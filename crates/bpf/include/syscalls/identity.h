/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls that ask for and change who a process is. */
#ifndef PG_SYSCALLS_IDENTITY_H
#define PG_SYSCALLS_IDENTITY_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "tables.gen.h"
#include "arch.h"
#include "filter/process.h"
#include "record/scratch.h"
#include "syscalls/call.h"
#include "syscalls/process.h"

static __always_inline bool pg_uses_short_ids(struct pt_regs *regs, struct task_struct *task)
{
	return pg_is_compat(task) && pg_has_short_ids(pg_syscall_number(regs));
}

/* A number of a user or group among the arguments; all bits set mean "leave it" in either width. */
static __always_inline u32 pg_id_arg(struct pt_regs *regs, struct task_struct *task, u32 n)
{
	u32 id = PG_ARG(n);

	if (!pg_uses_short_ids(regs, task))
		return id;
	id &= 0xffff;
	return id == 0xffff ? -1 : id;
}

/* A number the kernel wrote into the process's memory. */
static __always_inline u32 pg_id_at(struct pt_regs *regs, struct task_struct *task, u32 n)
{
	u32 id = 0;

	bpf_probe_read_user(&id, pg_uses_short_ids(regs, task) ? 2 : 4, (void *)PG_ARG(n));
	return id;
}

#define PG_ID_ARG(n) pg_id_arg(regs, task, n)
#define PG_ID_AT(n) pg_id_at(regs, task, n)

/* getuid and its kin return the number itself. */
#define PG_GET_ID(name, event)                            \
	PG_SYSCALL(name)                                  \
	{                                                 \
		pg_begin(s, event, event##_N, task->pid); \
		pg_put_u32(s, 0, ret);                    \
		PG_FINISH_OTHER;                          \
	}
PG_GET_ID(getuid, PPME_SYSCALL_GETUID_X)
PG_GET_ID(geteuid, PPME_SYSCALL_GETEUID_X)
PG_GET_ID(getgid, PPME_SYSCALL_GETGID_X)
PG_GET_ID(getegid, PPME_SYSCALL_GETEGID_X)

#define PG_GET_THREE_IDS(name, event)                     \
	PG_SYSCALL(name)                                  \
	{                                                 \
		pg_begin(s, event, event##_N, task->pid); \
		pg_put_s64(s, 0, ret);                    \
		pg_put_u32(s, 1, PG_ID_AT(0));            \
		pg_put_u32(s, 2, PG_ID_AT(1));            \
		pg_put_u32(s, 3, PG_ID_AT(2));            \
		PG_FINISH_OTHER;                          \
	}
PG_GET_THREE_IDS(getresuid, PPME_SYSCALL_GETRESUID_X)
PG_GET_THREE_IDS(getresgid, PPME_SYSCALL_GETRESGID_X)

/* Another user may do other things. */
#define PG_FINISH_IDENTITY                        \
	pg_close_block(s, task);                  \
	if (ret == 0)                             \
		pg_trailer_capabilities(s, task); \
	pg_finish(s, PG_LOSS_OTHER)

#define PG_SET_ID(name, event)                            \
	PG_SYSCALL(name)                                  \
	{                                                 \
		if (ret == 0)                             \
			pg_user_changed(task);            \
		pg_begin(s, event, event##_N, task->pid); \
		pg_put_s64(s, 0, ret);                    \
		pg_put_u32(s, 1, PG_ID_ARG(0));           \
		PG_FINISH_IDENTITY;                       \
	}
PG_SET_ID(setuid, PPME_SYSCALL_SETUID_X)
PG_SET_ID(setgid, PPME_SYSCALL_SETGID_X)

#define PG_SET_TWO_IDS(name, event)                       \
	PG_SYSCALL(name)                                  \
	{                                                 \
		if (ret == 0)                             \
			pg_user_changed(task);            \
		pg_begin(s, event, event##_N, task->pid); \
		pg_put_s64(s, 0, ret);                    \
		pg_put_u32(s, 1, PG_ID_ARG(0));           \
		pg_put_u32(s, 2, PG_ID_ARG(1));           \
		PG_FINISH_IDENTITY;                       \
	}
PG_SET_TWO_IDS(setreuid, PPME_SYSCALL_SETREUID_X)
PG_SET_TWO_IDS(setregid, PPME_SYSCALL_SETREGID_X)

#define PG_SET_THREE_IDS(name, event)                     \
	PG_SYSCALL(name)                                  \
	{                                                 \
		if (ret == 0)                             \
			pg_user_changed(task);            \
		pg_begin(s, event, event##_N, task->pid); \
		pg_put_s64(s, 0, ret);                    \
		pg_put_u32(s, 1, PG_ID_ARG(0));           \
		pg_put_u32(s, 2, PG_ID_ARG(1));           \
		pg_put_u32(s, 3, PG_ID_ARG(2));           \
		PG_FINISH_IDENTITY;                       \
	}
PG_SET_THREE_IDS(setresuid, PPME_SYSCALL_SETRESUID_X)
PG_SET_THREE_IDS(setresgid, PPME_SYSCALL_SETRESGID_X)

#endif
