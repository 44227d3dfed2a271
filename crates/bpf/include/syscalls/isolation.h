/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls that change what a process sees and what it may do. */
#ifndef PG_SYSCALLS_ISOLATION_H
#define PG_SYSCALLS_ISOLATION_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "kernel/task.h"
#include "record/scratch.h"
#include "syscalls/call.h"
#include "syscalls/identity.h"
#include "syscalls/process.h"

PG_SYSCALL(chroot)
{
	pg_begin(s, PPME_SYSCALL_CHROOT_X, PPME_SYSCALL_CHROOT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_user_str(s, 1, PG_ARG(0));
	PG_FINISH_OTHER;
}

PG_SYSCALL(unshare)
{
	pg_begin(s, PPME_SYSCALL_UNSHARE_X, PPME_SYSCALL_UNSHARE_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u32(s, 1, pg_clone_flags(PG_ARG(0)));
	PG_FINISH_IDENTITY;
}

PG_SYSCALL(setns)
{
	pg_begin(s, PPME_SYSCALL_SETNS_X, PPME_SYSCALL_SETNS_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u32(s, 2, pg_clone_flags(PG_ARG(1)));
	pg_close_block(s, task);
	if (ret == 0)
		pg_trailer_capabilities(s, task);
	pg_queue_fd(s, PG_ARG(0));
	pg_finish(s, PG_LOSS_OTHER);
}

/* What the task has after the call, not what was asked for. */
PG_SYSCALL(capset)
{
	const struct cred *cred = BPF_CORE_READ(task, cred);

	pg_begin(s, PPME_SYSCALL_CAPSET_X, PPME_SYSCALL_CAPSET_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u64(s, 1, pg_cap_set(cred, 0));
	pg_put_u64(s, 2, pg_cap_set(cred, 1));
	pg_put_u64(s, 3, pg_cap_set(cred, 2));
	PG_FINISH_OTHER;
}

#endif
