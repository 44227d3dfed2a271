/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls that wait, and descriptors to wait for. */
#ifndef PG_SYSCALLS_WAIT_H
#define PG_SYSCALLS_WAIT_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "tables.gen.h"
#include "arch.h"
#include "record/scratch.h"
#include "syscalls/call.h"
#include "syscalls/entry_args.h"
#include "syscalls/signal.h"

#define PG_POLLFDS_MAX 16
#define EPOLL_CLOEXEC 02000000

/* Up to the fourth bit the kernel and the capture format agree. */
static __always_inline u16 pg_poll_events(u16 events)
{
	u16 out = events & (PPM_POLLIN | PPM_POLLPRI | PPM_POLLOUT);

#define PG_EVENT(bit, name) out |= events & (bit) ? PPM_##name : 0
	PG_EVENT(0x2000, POLLRDHUP);
	PG_EVENT(0x0008, POLLERR);
	PG_EVENT(0x0010, POLLHUP);
	PG_EVENT(0x0020, POLLNVAL);
	PG_EVENT(0x0040, POLLRDNORM);
	PG_EVENT(0x0080, POLLRDBAND);
	PG_EVENT(0x0100, POLLWRNORM);
	PG_EVENT(0x0200, POLLWRBAND);
#undef PG_EVENT
	return out;
}

/* How many descriptors (PG_POLLFDS_MAX at most), then each with what happened to it. */
static __always_inline void pg_put_pollfds(struct scratch *s, u32 i, u64 from, u32 count)
{
	struct {
		s32 fd;
		u16 events, returned;
	} *polled = (void *)s->small;
	u32 start = s->pos;

	if (count > PG_POLLFDS_MAX)
		count = PG_POLLFDS_MAX;
	barrier_var(count);
	if (!count || bpf_probe_read_user(polled, (count & 31) * sizeof(*polled), (void *)from))
		count = 0;
	*(u16 *)PG_AT(s) = count;
	s->pos += 2;
	for (u32 n = 0; n < PG_POLLFDS_MAX; n++) {
		if (n >= count)
			break;
		*(s64 *)PG_AT(s) = polled[n].fd;
		s->pos += 8;
		*(u16 *)PG_AT(s) = pg_poll_events(polled[n].returned);
		s->pos += 2;
	}
	PG_LEN(s, i) = s->pos - start;
}

/* Nanoseconds of a user's timespec. Nothing where it cannot be read. */
static __always_inline u64 pg_timespec_ns(u64 from, bool narrow)
{
	u64 wide[2] = {};
	u32 old[2] = {};

	if (narrow) {
		bpf_probe_read_user(old, sizeof(old), (void *)from);
		return (u64)old[0] * 1000000000 + old[1];
	}
	bpf_probe_read_user(wide, sizeof(wide), (void *)from);
	return wide[0] * 1000000000 + wide[1];
}

/* The same of one that was kept. */
static __always_inline u64 pg_saved_timespec_ns(const u8 *kept, bool narrow)
{
	if (narrow)
		return (u64) * (u32 *)&kept[0] * 1000000000 + *(u32 *)&kept[4];
	return *(u64 *)&kept[0] * 1000000000 + *(u64 *)&kept[8];
}

PG_SYSCALL(select)
{
	pg_begin(s, PPME_SYSCALL_SELECT_X, PPME_SYSCALL_SELECT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	PG_FINISH_OTHER;
}

PG_SYSCALL(poll)
{
	pg_begin(s, PPME_SYSCALL_POLL_X, PPME_SYSCALL_POLL_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_pollfds(s, 1, PG_ARG(0), PG_ARG(1));
	/* Falco reports a wait without end as 4294967295. */
	pg_put_s64(s, 2, (u32)PG_ARG(2));
	PG_FINISH_OTHER;
}

PG_SYSCALL(ppoll)
{
	bool narrow = pg_is_compat(task) && pg_has_short_time(pg_syscall_number(regs));
	struct entry_args *k = pg_entry_args(task, regs);

	pg_begin(s, PPME_SYSCALL_PPOLL_X, PPME_SYSCALL_PPOLL_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_pollfds(s, 1, PG_ARG(0), PG_ARG(1));
	/* The call writes what is left of the time over it. */
	pg_put_u64(s, 2, k && k->len & 1 ? pg_saved_timespec_ns(k->bytes, narrow) : pg_timespec_ns(PG_ARG(2), narrow));
	pg_put_u32(s, 3, k && k->len & 2 ? *(u32 *)&k->bytes[16] : pg_sigset(PG_ARG(3)));
	pg_forget_entry_args(task);
	PG_FINISH_OTHER;
}

PG_SYSCALL(epoll_create)
{
	pg_begin(s, PPME_SYSCALL_EPOLL_CREATE_X, PPME_SYSCALL_EPOLL_CREATE_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s32(s, 1, PG_ARG(0));
	pg_finish_fd(s, task, ret);
}

PG_SYSCALL(epoll_create1)
{
	pg_begin(s, PPME_SYSCALL_EPOLL_CREATE1_X, PPME_SYSCALL_EPOLL_CREATE1_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u32(s, 1, PG_ARG(0) & EPOLL_CLOEXEC ? PPM_EPOLL_CLOEXEC : 0);
	pg_finish_fd(s, task, ret);
}

PG_SYSCALL(epoll_wait)
{
	pg_begin(s, PPME_SYSCALL_EPOLLWAIT_X, PPME_SYSCALL_EPOLLWAIT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, (s32)PG_ARG(2));
	PG_FINISH_OTHER;
}

PG_SYSCALL(nanosleep)
{
	struct entry_args *k;

	pg_begin(s, PPME_SYSCALL_NANOSLEEP_X, PPME_SYSCALL_NANOSLEEP_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	k = pg_entry_args(task, regs);
	pg_put_u64(s, 1,
		   k && k->len ? pg_saved_timespec_ns(k->bytes, pg_is_compat(task))
			       : pg_timespec_ns(PG_ARG(0), pg_is_compat(task)));
	pg_forget_entry_args(task);
	PG_FINISH_OTHER;
}

PG_SYSCALL(timerfd_create)
{
	pg_begin(s, PPME_SYSCALL_TIMERFD_CREATE_X, PPME_SYSCALL_TIMERFD_CREATE_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u8(s, 1, PG_ARG(0));
	/* The call's flags do not fit into the parameter; Falco too reports none. */
	pg_put_u8(s, 2, 0);
	pg_finish_fd(s, task, ret);
}

#endif
