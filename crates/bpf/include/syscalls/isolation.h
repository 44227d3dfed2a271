/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls that change what a process sees and what it may do. */
#ifndef PG_SYSCALLS_ISOLATION_H
#define PG_SYSCALLS_ISOLATION_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "kernel/task.h"
#include "record/scratch.h"
#include "syscalls/call.h"
#include "syscalls/identity.h"
#include "syscalls/process.h"

CALL(chroot)
{
	begin(s, PPME_SYSCALL_CHROOT_X, PPME_SYSCALL_CHROOT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_user_text(s, 1, ARG(0));
	END_OTHER;
}

CALL(unshare)
{
	begin(s, PPME_SYSCALL_UNSHARE_X, PPME_SYSCALL_UNSHARE_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u32(s, 1, clone_flags(ARG(0)));
	END_IDENTITY;
}

CALL(setns)
{
	begin(s, PPME_SYSCALL_SETNS_X, PPME_SYSCALL_SETNS_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u32(s, 2, clone_flags(ARG(1)));
	close_block(s, task);
	if (ret == 0)
		fact_capabilities(s, task);
	tell(s, ARG(0));
	send(s, PG_LOSS_OTHER);
}

/* What the task has after the call, not what was asked for. */
CALL(capset)
{
	const struct cred *cred = BPF_CORE_READ(task, cred);

	begin(s, PPME_SYSCALL_CAPSET_X, PPME_SYSCALL_CAPSET_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u64(s, 1, capabilities(cred, 0));
	put_u64(s, 2, capabilities(cred, 1));
	put_u64(s, 3, capabilities(cred, 2));
	END_OTHER;
}

#endif
