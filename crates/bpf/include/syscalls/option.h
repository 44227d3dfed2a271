/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Options of sockets. */
#ifndef PG_SYSCALLS_OPTION_H
#define PG_SYSCALLS_OPTION_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
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
static __always_inline u8 option_name(s32 level, s32 name)
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

static __always_inline u8 option_level(s32 level)
{
	if (level == SOL_SOCKET)
		return PPM_SOCKOPT_LEVEL_SOL_SOCKET;
	return level == SOL_TCP ? PPM_SOCKOPT_LEVEL_SOL_TCP : PPM_SOCKOPT_LEVEL_UNKNOWN;
}

/* Options whose value Falco takes for one number of 32 bits, a bit each: all up to 49 but
 * SO_ERROR, SO_LINGER, SO_PEERCRED, the two times, SO_ATTACH_FILTER and SO_PEERNAME. */
#define NUMBER_OPTIONS                                                                                        \
	(((1ULL << 50) - 2) & ~(1ULL << 4 | 1ULL << 13 | 1ULL << 17 | 1ULL << 20 | 1ULL << 21 | 1ULL << 26 | \
				1ULL << 28))

static __always_inline u64 option_time(struct task_struct *task, s32 name, u64 from)
{
	u64 wide[2] = {};
	u32 narrow[2] = {};

	if (is_compat(task) && (name == SO_RCVTIMEO_OLD || name == SO_SNDTIMEO_OLD)) {
		bpf_probe_read_user(narrow, sizeof(narrow), (void *)from);
		wide[0] = narrow[0];
		wide[1] = narrow[1];
	} else {
		bpf_probe_read_user(wide, sizeof(wide), (void *)from);
	}
	return wide[0] * 1000000000 + wide[1] * 1000;
}

/* The value: what kind it is, then the value. 0 where it cannot be read. */
static __always_inline void put_option(struct scratch *s, struct task_struct *task, u32 i, s32 level, s32 name,
				       u64 from, u32 len)
{
	u32 start = s->pos;
	u64 wide = 0;
	u32 value = 0;

	s->pos += 1;
	if (level == SOL_SOCKET && name == SO_ERROR) {
		s->data[start & DATA_MASK] = PPM_SOCKOPT_IDX_ERRNO;
		bpf_probe_read_user(&value, sizeof(value), (void *)from);
		*(s64 *)AT(s) = -(s64)(s32)value;
		s->pos += 8;
	} else if (level == SOL_SOCKET && (name == SO_RCVTIMEO_OLD || name == SO_SNDTIMEO_OLD ||
					   name == SO_RCVTIMEO_NEW || name == SO_SNDTIMEO_NEW)) {
		s->data[start & DATA_MASK] = PPM_SOCKOPT_IDX_TIMEVAL;
		*(u64 *)AT(s) = option_time(task, name, from);
		s->pos += 8;
	} else if (level == SOL_SOCKET && name == SO_COOKIE) {
		s->data[start & DATA_MASK] = PPM_SOCKOPT_IDX_UINT64;
		bpf_probe_read_user(&wide, sizeof(wide), (void *)from);
		*(u64 *)AT(s) = wide;
		s->pos += 8;
	} else if (level == SOL_SOCKET && name > 0 && name < 50 && NUMBER_OPTIONS >> (name & 63) & 1) {
		s->data[start & DATA_MASK] = PPM_SOCKOPT_IDX_UINT32;
		bpf_probe_read_user(&value, sizeof(value), (void *)from);
		*(u32 *)AT(s) = value;
		s->pos += 4;
	} else {
		s->data[start & DATA_MASK] = PPM_SOCKOPT_IDX_UNKNOWN;
		append_bytes(s, from, len);
	}
	LEN(s, i) = s->pos - start;
}

CALL(setsockopt)
{
	s32 level = ARG(1), name = ARG(2);

	begin(s, PPME_SOCKET_SETSOCKOPT_X, PPME_SOCKET_SETSOCKOPT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u8(s, 2, option_level(level));
	put_u8(s, 3, option_name(level, name));
	put_option(s, task, 4, level, name, ARG(3), ARG(4));
	put_u32(s, 5, ARG(4));
	end_with(s, task, ARG(0));
}

CALL(getsockopt)
{
	s32 level = ARG(1), name = ARG(2);
	u32 len = 0;

	/* After a success this is what the kernel wrote. */
	bpf_probe_read_user(&len, sizeof(len), (void *)ARG(4));
	begin(s, PPME_SOCKET_GETSOCKOPT_X, PPME_SOCKET_GETSOCKOPT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u8(s, 2, option_level(level));
	put_u8(s, 3, option_name(level, name));
	put_option(s, task, 4, level, name, ARG(3), len);
	put_u32(s, 5, len);
	end_with(s, task, ARG(0));
}

#endif
