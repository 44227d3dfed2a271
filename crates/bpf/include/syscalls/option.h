/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Options of sockets. */
#ifndef PG_SYSCALLS_OPTION_H
#define PG_SYSCALLS_OPTION_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "tables.gen.h"
#include "arch.h"
#include "record/scratch.h"
#include "syscalls/buffer.h"
#include "syscalls/call.h"

#define SOL_SOCKET 1
#define SOL_TCP 6
#define SO_ERROR 4
#define SO_RCVTIMEO_OLD 20
#define SO_SNDTIMEO_OLD 21
#define SO_MEMINFO 55
#define SO_COOKIE 57
#define SO_PEERGROUPS 59
#define SO_RCVTIMEO_NEW 66
#define SO_SNDTIMEO_NEW 67

/* Up to the 50th the capture format numbers options as the kernel does. */
static __always_inline u8 pg_sockopt_name(s32 level, s32 name)
{
	if (level != SOL_SOCKET)
		return 0;
	switch (name) {
	case SO_MEMINFO: return PPM_SOCKOPT_SO_MEMINFO;
	case SO_COOKIE: return PPM_SOCKOPT_SO_COOKIE;
	case SO_PEERGROUPS: return PPM_SOCKOPT_SO_PEERGROUPS;
	case SO_RCVTIMEO_NEW: return PPM_SOCKOPT_SO_RCVTIMEO;
	case SO_SNDTIMEO_NEW: return PPM_SOCKOPT_SO_SNDTIMEO;
	}
	return name > 0 && name <= PPM_SOCKOPT_SO_ATTACH_BPF ? name : 0;
}

static __always_inline u8 pg_sockopt_level(s32 level)
{
	if (level == SOL_SOCKET)
		return PPM_SOCKOPT_LEVEL_SOL_SOCKET;
	return level == SOL_TCP ? PPM_SOCKOPT_LEVEL_SOL_TCP : PPM_SOCKOPT_LEVEL_UNKNOWN;
}

/* Options whose value Falco takes for one number of 32 bits, a bit each: all up to 49 but
 * SO_ERROR, SO_LINGER, SO_PEERCRED, the two times, SO_ATTACH_FILTER and SO_PEERNAME. */
#define PG_SOCKOPT_NUMBERS    \
	(((1ULL << 50) - 2) & \
	 ~(1ULL << 4 | 1ULL << 13 | 1ULL << 17 | 1ULL << 20 | 1ULL << 21 | 1ULL << 26 | 1ULL << 28))

static __always_inline u64 pg_sockopt_time(struct task_struct *task, s32 name, u64 from)
{
	u64 wide[2] = {};
	u32 narrow[2] = {};

	if (pg_is_compat(task) && (name == SO_RCVTIMEO_OLD || name == SO_SNDTIMEO_OLD)) {
		bpf_probe_read_user(narrow, sizeof(narrow), (void *)from);
		wide[0] = narrow[0];
		wide[1] = narrow[1];
	} else {
		bpf_probe_read_user(wide, sizeof(wide), (void *)from);
	}
	return wide[0] * 1000000000 + wide[1] * 1000;
}

/* The value: what kind it is, then the value. 0 where it cannot be read. */
static __always_inline void pg_put_sockopt(struct scratch *s, struct task_struct *task, u32 i, s32 level, s32 name,
					   u64 from, u32 len)
{
	u32 start = s->pos;
	u64 wide = 0;
	u32 value = 0;

	s->pos += 1;
	if (level == SOL_SOCKET && name == SO_ERROR) {
		s->data[start & PG_DATA_MASK] = PPM_SOCKOPT_IDX_ERRNO;
		bpf_probe_read_user(&value, sizeof(value), (void *)from);
		*(s64 *)PG_AT(s) = -(s64)(s32)value;
		s->pos += 8;
	} else if (level == SOL_SOCKET && (name == SO_RCVTIMEO_OLD || name == SO_SNDTIMEO_OLD ||
					   name == SO_RCVTIMEO_NEW || name == SO_SNDTIMEO_NEW)) {
		s->data[start & PG_DATA_MASK] = PPM_SOCKOPT_IDX_TIMEVAL;
		*(u64 *)PG_AT(s) = pg_sockopt_time(task, name, from);
		s->pos += 8;
	} else if (level == SOL_SOCKET && name == SO_COOKIE) {
		s->data[start & PG_DATA_MASK] = PPM_SOCKOPT_IDX_UINT64;
		bpf_probe_read_user(&wide, sizeof(wide), (void *)from);
		*(u64 *)PG_AT(s) = wide;
		s->pos += 8;
	} else if (level == SOL_SOCKET && name > 0 && name < 50 && PG_SOCKOPT_NUMBERS >> (name & 63) & 1) {
		s->data[start & PG_DATA_MASK] = PPM_SOCKOPT_IDX_UINT32;
		bpf_probe_read_user(&value, sizeof(value), (void *)from);
		*(u32 *)PG_AT(s) = value;
		s->pos += 4;
	} else {
		s->data[start & PG_DATA_MASK] = PPM_SOCKOPT_IDX_UNKNOWN;
		pg_append_bytes(s, from, len);
	}
	PG_LEN(s, i) = s->pos - start;
}

PG_SYSCALL(setsockopt)
{
	s32 level = PG_ARG(1), name = PG_ARG(2);

	pg_begin(s, PPME_SOCKET_SETSOCKOPT_X, PPME_SOCKET_SETSOCKOPT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u8(s, 2, pg_sockopt_level(level));
	pg_put_u8(s, 3, pg_sockopt_name(level, name));
	pg_put_sockopt(s, task, 4, level, name, PG_ARG(3), PG_ARG(4));
	pg_put_u32(s, 5, PG_ARG(4));
	pg_finish_fd(s, task, PG_ARG(0));
}

PG_SYSCALL(getsockopt)
{
	s32 level = PG_ARG(1), name = PG_ARG(2);
	u32 len = 0;

	/* After a success this is what the kernel wrote. */
	bpf_probe_read_user(&len, sizeof(len), (void *)PG_ARG(4));
	pg_begin(s, PPME_SOCKET_GETSOCKOPT_X, PPME_SOCKET_GETSOCKOPT_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u8(s, 2, pg_sockopt_level(level));
	pg_put_u8(s, 3, pg_sockopt_name(level, name));
	pg_put_sockopt(s, task, 4, level, name, PG_ARG(3), len);
	pg_put_u32(s, 5, len);
	pg_finish_fd(s, task, PG_ARG(0));
}

#endif
