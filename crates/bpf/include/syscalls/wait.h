/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls that wait, and descriptors to wait for. */
#ifndef PG_SYSCALLS_WAIT_H
#define PG_SYSCALLS_WAIT_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "arch.h"
#include "record/scratch.h"
#include "syscalls/call.h"
#include "syscalls/entry.h"
#include "syscalls/signal.h"

#define POLLED 16
#define EPOLL_CLOEXEC 02000000

/* Up to the fourth bit the kernel and the capture format agree. */
static __always_inline u16 poll_events(u16 events)
{
	u16 out = events & (PPM_POLLIN | PPM_POLLPRI | PPM_POLLOUT);

#define EVENT(bit, name) out |= events & (bit) ? PPM_##name : 0
	EVENT(0x2000, POLLRDHUP);
	EVENT(0x0008, POLLERR);
	EVENT(0x0010, POLLHUP);
	EVENT(0x0020, POLLNVAL);
	EVENT(0x0040, POLLRDNORM);
	EVENT(0x0080, POLLRDBAND);
	EVENT(0x0100, POLLWRNORM);
	EVENT(0x0200, POLLWRBAND);
#undef EVENT
	return out;
}

/* How many descriptors (POLLED at most), then each with what happened to it. */
static __always_inline void put_polled(struct scratch *s, u32 i, u64 from, u32 count)
{
	struct {
		s32 fd;
		u16 events, returned;
	} *polled = (void *)s->small;
	u32 start = s->pos;

	if (count > POLLED)
		count = POLLED;
	barrier_var(count);
	if (!count || bpf_probe_read_user(polled, (count & 31) * sizeof(*polled), (void *)from))
		count = 0;
	*(u16 *)AT(s) = count;
	s->pos += 2;
	for (u32 n = 0; n < POLLED; n++) {
		if (n >= count)
			break;
		*(s64 *)AT(s) = polled[n].fd;
		s->pos += 8;
		*(u16 *)AT(s) = poll_events(polled[n].returned);
		s->pos += 2;
	}
	LEN(s, i) = s->pos - start;
}

/* Nanoseconds of a user's timespec. Nothing where it cannot be read. */
static __always_inline u64 duration(u64 from, bool narrow)
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
static __always_inline u64 duration_of(const u8 *kept, bool narrow)
{
	if (narrow)
		return (u64) * (u32 *)&kept[0] * 1000000000 + *(u32 *)&kept[4];
	return *(u64 *)&kept[0] * 1000000000 + *(u64 *)&kept[8];
}

CALL(select)
{
	begin(s, PPME_SYSCALL_SELECT_X, PPME_SYSCALL_SELECT_X_N, task->pid);
	put_s64(s, 0, ret);
	END_OTHER;
}

CALL(poll)
{
	begin(s, PPME_SYSCALL_POLL_X, PPME_SYSCALL_POLL_X_N, task->pid);
	put_s64(s, 0, ret);
	put_polled(s, 1, ARG(0), ARG(1));
	/* Falco tells a wait without end as 4294967295. */
	put_s64(s, 2, (u32)ARG(2));
	END_OTHER;
}

CALL(ppoll)
{
	bool narrow = is_compat(task) && has_short_time(syscall_number(regs));
	struct kept *k = kept_of(task, regs);

	begin(s, PPME_SYSCALL_PPOLL_X, PPME_SYSCALL_PPOLL_X_N, task->pid);
	put_s64(s, 0, ret);
	put_polled(s, 1, ARG(0), ARG(1));
	/* The call writes what is left of the time over it. */
	put_u64(s, 2, k && k->len & 1 ? duration_of(k->bytes, narrow) : duration(ARG(2), narrow));
	put_u32(s, 3, k && k->len & 2 ? *(u32 *)&k->bytes[16] : signals(ARG(3)));
	forget_kept(task);
	END_OTHER;
}

CALL(epoll_create)
{
	begin(s, PPME_SYSCALL_EPOLL_CREATE_X, PPME_SYSCALL_EPOLL_CREATE_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s32(s, 1, ARG(0));
	end_with(s, task, ret);
}

CALL(epoll_create1)
{
	begin(s, PPME_SYSCALL_EPOLL_CREATE1_X, PPME_SYSCALL_EPOLL_CREATE1_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u32(s, 1, ARG(0) & EPOLL_CLOEXEC ? PPM_EPOLL_CLOEXEC : 0);
	end_with(s, task, ret);
}

CALL(epoll_wait)
{
	begin(s, PPME_SYSCALL_EPOLLWAIT_X, PPME_SYSCALL_EPOLLWAIT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, (s32)ARG(2));
	END_OTHER;
}

CALL(nanosleep)
{
	struct kept *k;

	begin(s, PPME_SYSCALL_NANOSLEEP_X, PPME_SYSCALL_NANOSLEEP_X_N, task->pid);
	put_s64(s, 0, ret);
	k = kept_of(task, regs);
	put_u64(s, 1, k && k->len ? duration_of(k->bytes, is_compat(task)) : duration(ARG(0), is_compat(task)));
	forget_kept(task);
	END_OTHER;
}

CALL(timerfd_create)
{
	begin(s, PPME_SYSCALL_TIMERFD_CREATE_X, PPME_SYSCALL_TIMERFD_CREATE_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u8(s, 1, ARG(0));
	/* The call's flags do not fit into the parameter; Falco too tells none. */
	put_u8(s, 2, 0);
	end_with(s, task, ret);
}

#endif
