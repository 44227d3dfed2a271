/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls that ask for and change who a process is. */
#ifndef PG_SYSCALLS_IDENTITY_H
#define PG_SYSCALLS_IDENTITY_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "arch.h"
#include "filter/process_facts.h"
#include "record/scratch.h"
#include "syscalls/call.h"
#include "syscalls/process.h"

static __always_inline bool is_short(struct pt_regs *regs, struct task_struct *task)
{
	return is_compat(task) && has_short_ids(syscall_number(regs));
}

/* A number of a user or group among the arguments; all bits set mean "leave it" in either width. */
static __always_inline u32 asked_id(struct pt_regs *regs, struct task_struct *task, u32 n)
{
	u32 id = ARG(n);

	if (!is_short(regs, task))
		return id;
	id &= 0xffff;
	return id == 0xffff ? -1 : id;
}

/* A number the kernel wrote into the process's memory. */
static __always_inline u32 told_id(struct pt_regs *regs, struct task_struct *task, u32 n)
{
	u32 id = 0;

	bpf_probe_read_user(&id, is_short(regs, task) ? 2 : 4, (void *)ARG(n));
	return id;
}

#define ID(n) asked_id(regs, task, n)
#define TOLD_ID(n) told_id(regs, task, n)

/* getuid and its kin return the number itself. */
#define GETS(name, event)                                              \
	CALL(name)                                                     \
	{                                                              \
		begin(s, event, event##_N, task->pid);                 \
		put_u32(s, 0, ret);                                    \
		END_OTHER;                                             \
	}
GETS(getuid, PPME_SYSCALL_GETUID_X)
GETS(geteuid, PPME_SYSCALL_GETEUID_X)
GETS(getgid, PPME_SYSCALL_GETGID_X)
GETS(getegid, PPME_SYSCALL_GETEGID_X)

#define GETS_THREE(name, event)                                        \
	CALL(name)                                                     \
	{                                                              \
		begin(s, event, event##_N, task->pid);                 \
		put_s64(s, 0, ret);                                    \
		put_u32(s, 1, TOLD_ID(0));                             \
		put_u32(s, 2, TOLD_ID(1));                             \
		put_u32(s, 3, TOLD_ID(2));                             \
		END_OTHER;                                             \
	}
GETS_THREE(getresuid, PPME_SYSCALL_GETRESUID_X)
GETS_THREE(getresgid, PPME_SYSCALL_GETRESGID_X)

/* Another user may do other things. */
#define END_IDENTITY                                                   \
	close_block(s, task);                                          \
	if (ret == 0)                                                  \
		fact_capabilities(s, task);                            \
	send(s, PG_LOSS_OTHER)

#define SETS(name, event)                                              \
	CALL(name)                                                     \
	{                                                              \
		if (ret == 0)                                          \
			user_changes(task);                            \
		begin(s, event, event##_N, task->pid);                 \
		put_s64(s, 0, ret);                                    \
		put_u32(s, 1, ID(0));                                  \
		END_IDENTITY;                                          \
	}
SETS(setuid, PPME_SYSCALL_SETUID_X)
SETS(setgid, PPME_SYSCALL_SETGID_X)

#define SETS_TWO(name, event)                                          \
	CALL(name)                                                     \
	{                                                              \
		if (ret == 0)                                          \
			user_changes(task);                            \
		begin(s, event, event##_N, task->pid);                 \
		put_s64(s, 0, ret);                                    \
		put_u32(s, 1, ID(0));                                  \
		put_u32(s, 2, ID(1));                                  \
		END_IDENTITY;                                          \
	}
SETS_TWO(setreuid, PPME_SYSCALL_SETREUID_X)
SETS_TWO(setregid, PPME_SYSCALL_SETREGID_X)

#define SETS_THREE(name, event)                                        \
	CALL(name)                                                     \
	{                                                              \
		if (ret == 0)                                          \
			user_changes(task);                            \
		begin(s, event, event##_N, task->pid);                 \
		put_s64(s, 0, ret);                                    \
		put_u32(s, 1, ID(0));                                  \
		put_u32(s, 2, ID(1));                                  \
		put_u32(s, 3, ID(2));                                  \
		END_IDENTITY;                                          \
	}
SETS_THREE(setresuid, PPME_SYSCALL_SETRESUID_X)
SETS_THREE(setresgid, PPME_SYSCALL_SETRESGID_X)

#endif
