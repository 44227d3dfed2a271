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

PG_SYSCALL(kill)
{
	pg_begin(s, PPME_SYSCALL_KILL_X, PPME_SYSCALL_KILL_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u8(s, 2, PG_ARG(1));
	PG_FINISH_OTHER;
}

PG_SYSCALL(tkill)
{
	pg_begin(s, PPME_SYSCALL_TKILL_X, PPME_SYSCALL_TKILL_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u8(s, 2, PG_ARG(1));
	PG_FINISH_OTHER;
}

PG_SYSCALL(tgkill)
{
	pg_begin(s, PPME_SYSCALL_TGKILL_X, PPME_SYSCALL_TGKILL_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_s64(s, 2, PG_ARG_FD(1));
	pg_put_u8(s, 3, PG_ARG(2));
	PG_FINISH_OTHER;
}

/* The first 32 signals of a user's set: as many as the parameter holds. */
static __always_inline u32 pg_sigset(u64 from)
{
	u32 set = 0;

	bpf_probe_read_user(&set, sizeof(set), (void *)from);
	return set;
}

#define SFD_NONBLOCK 04000
#define SFD_CLOEXEC 02000000

PG_SYSCALL(signalfd)
{
	pg_begin(s, PPME_SYSCALL_SIGNALFD_X, PPME_SYSCALL_SIGNALFD_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u32(s, 2, pg_sigset(PG_ARG(1)));
	/* The older call has none. */
	pg_put_u8(s, 3, 0);
	pg_finish_fd(s, task, ret);
}

PG_SYSCALL(signalfd4)
{
	u32 flags = PG_ARG(3);

	pg_begin(s, PPME_SYSCALL_SIGNALFD4_X, PPME_SYSCALL_SIGNALFD4_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u16(s, 1, (flags & SFD_NONBLOCK ? PPM_O_NONBLOCK : 0) | (flags & SFD_CLOEXEC ? PPM_O_CLOEXEC : 0));
	pg_put_s64(s, 2, PG_ARG_FD(0));
	pg_put_u32(s, 3, pg_sigset(PG_ARG(1)));
	pg_finish_fd(s, task, ret);
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
static __always_inline s32 pg_signal_sender(s32 signal, struct kernel_siginfo *info)
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
	case SIGCHLD: break;
	default:
		if (signal < SIGRTMIN)
			return 0;
	}
	/* Of every kind of signal with a sender its number comes first. */
	return BPF_CORE_READ(info, _sifields._kill._pid);
}

/* Attached only while it is of interest. */
SEC("tp_btf/signal_deliver")
int BPF_PROG(deliver_signal, int signal, struct kernel_siginfo *info)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = pg_scratch_acquire();

	if (!s)
		return 0;
	pg_begin(s, PPME_SIGNALDELIVER_E, PPME_SIGNALDELIVER_E_N, task->pid);
	pg_put_s64(s, 0, pg_signal_sender(signal, info));
	pg_put_s64(s, 1, task->pid);
	pg_put_u8(s, 2, signal);
	pg_close_block(s, task);
	pg_finish(s, PG_LOSS_OTHER);
	pg_scratch_release(s);
	return 0;
}

#endif
