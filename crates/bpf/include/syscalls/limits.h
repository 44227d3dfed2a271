/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Limits of resources. */
#ifndef PG_SYSCALLS_LIMITS_H
#define PG_SYSCALLS_LIMITS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "arch.h"
#include "record/scratch.h"
#include "syscalls/call.h"
#include "syscalls/entry.h"

struct limits {
	u64 soft, hard;
};

/* A user's `struct rlimit`; zeros where it cannot be read. */
static __always_inline struct limits read_limits(struct task_struct *task, u64 from)
{
	struct limits limits = {};

	if (is_compat(task)) {
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
static __always_inline u8 resource(u32 number)
{
	return number <= PPM_RLIMIT_RTTIME ? number : PPM_RLIMIT_UNKNOWN;
}

CALL(setrlimit)
{
	struct limits limits = read_limits(task, ARG(1));

	begin(s, PPME_SYSCALL_SETRLIMIT_X, PPME_SYSCALL_SETRLIMIT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, limits.soft);
	put_s64(s, 2, limits.hard);
	put_u8(s, 3, resource(ARG(0)));
	END_OTHER;
}

CALL(getrlimit)
{
	struct limits limits = { -1ULL, -1ULL };

	if (ret == 0)
		limits = read_limits(task, ARG(1));
	begin(s, PPME_SYSCALL_GETRLIMIT_X, PPME_SYSCALL_GETRLIMIT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, limits.soft);
	put_s64(s, 2, limits.hard);
	put_u8(s, 3, resource(ARG(0)));
	END_OTHER;
}

/* In 32-bit programs too its limits have 64 bits. */
CALL(prlimit64)
{
	struct limits asked = {}, former = {};

	read_kept(task, regs, &asked, sizeof(asked), ARG(2));
	forget_kept(task);
	if (ret == 0)
		bpf_probe_read_user(&former, sizeof(former), (void *)ARG(3));
	begin(s, PPME_SYSCALL_PRLIMIT_X, PPME_SYSCALL_PRLIMIT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, asked.soft);
	put_s64(s, 2, asked.hard);
	put_s64(s, 3, former.soft);
	put_s64(s, 4, former.hard);
	put_s64(s, 5, ARG_FD(0));
	put_u8(s, 6, resource(ARG(1)));
	END_OTHER;
}

#endif
