/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Limits of resources. */
#ifndef PG_SYSCALLS_LIMITS_H
#define PG_SYSCALLS_LIMITS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "tables.gen.h"
#include "arch.h"
#include "record/scratch.h"
#include "syscalls/call.h"
#include "syscalls/entry_args.h"

struct rlimits {
	u64 soft, hard;
};

/* A user's `struct rlimit`; zeros where it cannot be read. */
static __always_inline struct rlimits pg_read_rlimit(struct task_struct *task, u64 from)
{
	struct rlimits limits = {};

	if (pg_is_compat(task)) {
		u32 narrow[2] = {};

		bpf_probe_read_user(narrow, sizeof(narrow), (void *)from);
		/* All bits set: no limit. */
		limits.soft = narrow[0] == (u32)-1 ? -1ULL : narrow[0];
		limits.hard = narrow[1] == (u32)-1 ? -1ULL : narrow[1];
	} else {
		bpf_probe_read_user(&limits, sizeof(limits), (void *)from);
	}
	return limits;
}

/* The kernel's numbers are the capture format's. */
static __always_inline u8 pg_rlimit_resource(u32 number)
{
	return number <= PPM_RLIMIT_RTTIME ? number : PPM_RLIMIT_UNKNOWN;
}

PG_SYSCALL(setrlimit)
{
	struct rlimits limits = pg_read_rlimit(task, PG_ARG(1));

	pg_begin(s, PPME_SYSCALL_SETRLIMIT_X, PPME_SYSCALL_SETRLIMIT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, limits.soft);
	pg_put_s64(s, 2, limits.hard);
	pg_put_u8(s, 3, pg_rlimit_resource(PG_ARG(0)));
	PG_FINISH_OTHER;
}

PG_SYSCALL(getrlimit)
{
	struct rlimits limits = { -1ULL, -1ULL };

	if (ret == 0)
		limits = pg_read_rlimit(task, PG_ARG(1));
	pg_begin(s, PPME_SYSCALL_GETRLIMIT_X, PPME_SYSCALL_GETRLIMIT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, limits.soft);
	pg_put_s64(s, 2, limits.hard);
	pg_put_u8(s, 3, pg_rlimit_resource(PG_ARG(0)));
	PG_FINISH_OTHER;
}

/* In 32-bit programs too its limits have 64 bits. */
PG_SYSCALL(prlimit64)
{
	struct rlimits asked = {}, former = {};

	pg_read_entry_bytes(task, regs, &asked, sizeof(asked), PG_ARG(2));
	pg_forget_entry_args(task);
	if (ret == 0)
		bpf_probe_read_user(&former, sizeof(former), (void *)PG_ARG(3));
	pg_begin(s, PPME_SYSCALL_PRLIMIT_X, PPME_SYSCALL_PRLIMIT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, asked.soft);
	pg_put_s64(s, 2, asked.hard);
	pg_put_s64(s, 3, former.soft);
	pg_put_s64(s, 4, former.hard);
	pg_put_s64(s, 5, PG_ARG_FD(0));
	pg_put_u8(s, 6, pg_rlimit_resource(PG_ARG(1)));
	PG_FINISH_OTHER;
}

#endif
