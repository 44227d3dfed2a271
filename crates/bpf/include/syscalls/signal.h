/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Signals: sent, delivered, read from a descriptor. */
#ifndef PG_SYSCALLS_SIGNAL_H
#define PG_SYSCALLS_SIGNAL_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "record/scratch.h"
#include "syscalls/call.h"

CALL(kill)
{
	begin(s, PPME_SYSCALL_KILL_X, PPME_SYSCALL_KILL_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u8(s, 2, ARG(1));
	END_OTHER;
}

CALL(tkill)
{
	begin(s, PPME_SYSCALL_TKILL_X, PPME_SYSCALL_TKILL_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u8(s, 2, ARG(1));
	END_OTHER;
}

CALL(tgkill)
{
	begin(s, PPME_SYSCALL_TGKILL_X, PPME_SYSCALL_TGKILL_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_s64(s, 2, ARG_FD(1));
	put_u8(s, 3, ARG(2));
	END_OTHER;
}

/* The first 32 signals of a user's set: as many as the parameter holds. */
static __always_inline u32 signals(u64 from)
{
	u32 set = 0;

	bpf_probe_read_user(&set, sizeof(set), (void *)from);
	return set;
}

#define SFD_NONBLOCK 04000
#define SFD_CLOEXEC 02000000

CALL(signalfd)
{
	begin(s, PPME_SYSCALL_SIGNALFD_X, PPME_SYSCALL_SIGNALFD_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u32(s, 2, signals(ARG(1)));
	/* The older call has none. */
	put_u8(s, 3, 0);
	end_with(s, task, ret);
}

CALL(signalfd4)
{
	u32 flags = ARG(3);

	begin(s, PPME_SYSCALL_SIGNALFD4_X, PPME_SYSCALL_SIGNALFD4_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u16(s, 1, (flags & SFD_NONBLOCK ? PPM_O_NONBLOCK : 0) | (flags & SFD_CLOEXEC ? PPM_O_CLOEXEC : 0));
	put_s64(s, 2, ARG_FD(0));
	put_u32(s, 3, signals(ARG(1)));
	end_with(s, task, ret);
}

#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGKILL 9
#define SIGTERM 15
#define SIGCHLD 17
#define SIGTSTP 20
#define SIGRTMIN 32

/* Who sent it, where a signal of this number says so. */
static __always_inline s32 sender(s32 signal, struct kernel_siginfo *info)
{
	switch (signal) {
	case SIGHUP:
	case SIGINT:
	case SIGQUIT:
	case SIGTERM:
	case SIGTSTP:
		/* Positive: the kernel's own. */
		if (BPF_CORE_READ(info, si_code) > 0)
			return 0;
		break;
	case SIGKILL:
	case SIGCHLD:
		break;
	default:
		if (signal < SIGRTMIN)
			return 0;
	}
	/* Of every kind of signal with a sender its number comes first. */
	return BPF_CORE_READ(info, _sifields._kill._pid);
}

/* Attached only while it is wanted. */
SEC("tp_btf/signal_deliver")
int BPF_PROG(deliver_signal, int signal, struct kernel_siginfo *info)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = take();

	if (!s)
		return 0;
	begin(s, PPME_SIGNALDELIVER_E, PPME_SIGNALDELIVER_E_N, task->pid);
	put_s64(s, 0, sender(signal, info));
	put_s64(s, 1, task->pid);
	put_u8(s, 2, signal);
	close_block(s, task);
	send(s, PG_LOSS_OTHER);
	give(s);
	return 0;
}

#endif
