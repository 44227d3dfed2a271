/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls that change the kernel itself or hand it work: modules, programs, keys, quotas, rings. */
#ifndef PG_SYSCALLS_KERNEL_H
#define PG_SYSCALLS_KERNEL_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "arch.h"
#include "record/scratch.h"
#include "syscalls/call.h"
#include "syscalls/entry_args.h"

/* Bytes of the calling process, at most `most` of them (below PG_STR_MAX). */
static __always_inline void pg_put_bytes(struct scratch *s, u32 i, u64 from, u64 len, u32 most)
{
	u32 n = len > most ? most : len;

	/* So that the compiler keeps the mask the verifier needs. */
	barrier_var(n);
	n &= PG_STR_MAX - 1;
	if (!n || bpf_probe_read_user(PG_AT(s), n, (void *)from))
		n = 0;
	PG_LEN(s, i) = n;
	s->pos += n;
}

PG_SYSCALL(init_module)
{
	pg_begin(s, PPME_SYSCALL_INIT_MODULE_X, PPME_SYSCALL_INIT_MODULE_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_bytes(s, 1, PG_ARG(0), PG_ARG(1), PG_SNAPLEN);
	pg_put_u64(s, 2, PG_ARG(1));
	pg_put_user_str(s, 3, PG_ARG(2));
	PG_FINISH_OTHER;
}

PG_SYSCALL(finit_module)
{
	pg_begin(s, PPME_SYSCALL_FINIT_MODULE_X, PPME_SYSCALL_FINIT_MODULE_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_user_str(s, 2, PG_ARG(1));
	pg_put_u32(s, 3,
		   PG_ARG(2) & (PPM_MODULE_INIT_IGNORE_MODVERSIONS | PPM_MODULE_INIT_IGNORE_VERMAGIC |
				PPM_MODULE_INIT_COMPRESSED_FILE));
	pg_close_block(s, task);
	pg_queue_fd(s, PG_ARG(0));
	pg_finish(s, PG_LOSS_OTHER);
}

PG_SYSCALL(delete_module)
{
	u32 flags = PG_ARG(1);

	pg_begin(s, PPME_SYSCALL_DELETE_MODULE_X, PPME_SYSCALL_DELETE_MODULE_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_user_str(s, 1, PG_ARG(0));
	pg_put_u32(s, 2,
		   (flags & 04000 ? PPM_DELETE_MODULE_O_NONBLOCK : 0) |
			   (flags & 01000 ? PPM_DELETE_MODULE_O_TRUNC : 0));
	PG_FINISH_OTHER;
}

/* What an operation on keys takes: the lower four bits how many arguments, the upper which of them
 * are texts. */
const u8 pg_keyctl_args[64] = {
	[PPM_KEYCTL_GET_KEYRING_ID] = 2,
	[PPM_KEYCTL_JOIN_SESSION_KEYRING] = 0x11,
	[PPM_KEYCTL_UPDATE] = 3,
	[PPM_KEYCTL_REVOKE] = 1,
	[PPM_KEYCTL_CHOWN] = 3,
	[PPM_KEYCTL_SETPERM] = 2,
	[PPM_KEYCTL_DESCRIBE] = 3,
	[PPM_KEYCTL_CLEAR] = 1,
	[PPM_KEYCTL_LINK] = 2,
	[PPM_KEYCTL_UNLINK] = 2,
	[PPM_KEYCTL_SEARCH] = 0x64,
	[PPM_KEYCTL_READ] = 3,
	[PPM_KEYCTL_INSTANTIATE] = 4,
	[PPM_KEYCTL_NEGATE] = 3,
	[PPM_KEYCTL_SET_REQKEY_KEYRING] = 1,
	[PPM_KEYCTL_SET_TIMEOUT] = 2,
	[PPM_KEYCTL_ASSUME_AUTHORITY] = 1,
	[PPM_KEYCTL_GET_SECURITY] = 3,
	[PPM_KEYCTL_SESSION_TO_PARENT] = 0,
	[PPM_KEYCTL_REJECT] = 4,
	[PPM_KEYCTL_INSTANTIATE_IOV] = 4,
	[PPM_KEYCTL_INVALIDATE] = 1,
	[PPM_KEYCTL_GET_PERSISTENT] = 2,
	[PPM_KEYCTL_DH_COMPUTE] = 4,
	[PPM_KEYCTL_PKEY_QUERY] = 0x43,
	[PPM_KEYCTL_PKEY_ENCRYPT] = 0x24,
	[PPM_KEYCTL_PKEY_DECRYPT] = 0x24,
	[PPM_KEYCTL_PKEY_SIGN] = 0x24,
	[PPM_KEYCTL_PKEY_VERIFY] = 0x24,
	[PPM_KEYCTL_RESTRICT_KEYRING] = 0x63,
	[PPM_KEYCTL_MOVE] = 4,
	[PPM_KEYCTL_CAPABILITIES] = 2,
	[PPM_KEYCTL_WATCH_KEY] = 3,
};

/* Argument `n` of an operation on keys, parameter `n` + 2: 0 where the operation does not take it. */
static __always_inline void pg_put_keyctl_arg(struct scratch *s, struct task_struct *task, struct pt_regs *regs, u32 n,
					      u8 takes, u64 value)
{
	u32 start = s->pos;

	if (takes & 0x10 << n) {
		long len;

		*PG_AT(s) = PPM_KEYCTL_IDX_CHARBUF;
		s->pos += 1;
		len = pg_read_entry_str(s, task, regs, value);
		s->pos += len > 0 ? len : 0;
	} else {
		*PG_AT(s) = PPM_KEYCTL_IDX_INT64;
		s->pos += 1;
		*(u64 *)PG_AT(s) = n < (takes & 0xf) ? value : 0;
		s->pos += 8;
	}
	PG_LEN(s, n + 2) = s->pos - start;
}

PG_SYSCALL(keyctl)
{
	u32 operation = PG_ARG(0);
	u8 takes = 0;

	if (operation < sizeof(pg_keyctl_args)) {
		barrier_var(operation);
		takes = pg_keyctl_args[operation & 63];
	}
	pg_begin(s, PPME_SYSCALL_KEYCTL_X, PPME_SYSCALL_KEYCTL_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u32(s, 1, operation);
	pg_put_keyctl_arg(s, task, regs, 0, takes, PG_ARG(1));
	pg_put_keyctl_arg(s, task, regs, 1, takes, PG_ARG(2));
	pg_put_keyctl_arg(s, task, regs, 2, takes, PG_ARG(3));
	pg_put_keyctl_arg(s, task, regs, 3, takes, PG_ARG(4));
	pg_forget_entry_args(task);
	PG_FINISH_OTHER;
}

/* The commands of bpf that return a descriptor, a bit each. */
#define PG_BPF_BIT(command) (1ULL << (command))
#define BPF_TOKEN_CREATE 36
#define PG_BPF_RETURNS_FD                                                                               \
	(PG_BPF_BIT(PPM_BPF_MAP_CREATE) | PG_BPF_BIT(PPM_BPF_PROG_LOAD) | PG_BPF_BIT(PPM_BPF_OBJ_GET) | \
	 PG_BPF_BIT(PPM_BPF_PROG_GET_FD_BY_ID) | PG_BPF_BIT(PPM_BPF_MAP_GET_FD_BY_ID) |                 \
	 PG_BPF_BIT(PPM_BPF_RAW_TRACEPOINT_OPEN) | PG_BPF_BIT(PPM_BPF_BTF_LOAD) |                       \
	 PG_BPF_BIT(PPM_BPF_BTF_GET_FD_BY_ID) | PG_BPF_BIT(PPM_BPF_LINK_CREATE) |                       \
	 PG_BPF_BIT(PPM_BPF_LINK_GET_FD_BY_ID) | PG_BPF_BIT(PPM_BPF_ITER_CREATE) | PG_BPF_BIT(BPF_TOKEN_CREATE))

PG_SYSCALL(bpf)
{
	u32 command = PG_ARG(0);

	pg_begin(s, PPME_SYSCALL_BPF_2_X, PPME_SYSCALL_BPF_2_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s32(s, 1, command);
	pg_close_block(s, task);
	if (command < 64 && PG_BPF_RETURNS_FD >> command & 1)
		pg_queue_fd(s, ret);
	pg_finish(s, PG_LOSS_OTHER);
}

PG_SYSCALL(seccomp)
{
	pg_begin(s, PPME_SYSCALL_SECCOMP_X, PPME_SYSCALL_SECCOMP_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u64(s, 1, PG_ARG(0));
	pg_put_u64(s, 2, (u32)PG_ARG(1));
	PG_FINISH_OTHER;
}

/* Commands of quotactl, what stands above the kind of quota: general ones from 0x800001, those of
 * XFS from 0x5801. Both lists are bits in the same order in the capture format. */
#define PG_QUOTA_GENERAL 0x800001
#define PG_QUOTA_XFS 0x5801
const u16 pg_quota_general[16] = {
	PPM_Q_SYNC,    PPM_Q_QUOTAON, PPM_Q_QUOTAOFF, PPM_Q_GETFMT,
	PPM_Q_GETINFO, PPM_Q_SETINFO, PPM_Q_GETQUOTA, PPM_Q_SETQUOTA,
};
const u16 pg_quota_xfs[16] = {
	PPM_Q_XQUOTAON,	 PPM_Q_XQUOTAOFF, PPM_Q_XGETQUOTA,  PPM_Q_XSETQLIM,
	PPM_Q_XGETQSTAT, PPM_Q_XQUOTARM,  PPM_Q_XQUOTASYNC,
};

static __always_inline u16 pg_quotactl_command(u32 asked)
{
	u32 general = (asked >> 8) - PG_QUOTA_GENERAL, xfs = (asked >> 8) - PG_QUOTA_XFS;

	if (general < 16) {
		barrier_var(general);
		return pg_quota_general[general & 15];
	}
	if (xfs < 16) {
		barrier_var(xfs);
		return pg_quota_xfs[xfs & 15];
	}
	return 0;
}

static __always_inline u8 pg_quota_format(u32 format)
{
	switch (format) {
	case 1: return PPM_QFMT_VFS_OLD;
	case 2: return PPM_QFMT_VFS_V0;
	case 4: return PPM_QFMT_VFS_V1;
	}
	return PPM_QFMT_NOT_USED;
}

#define QIF_BLIMITS 1
#define QIF_SPACE 2
#define QIF_ILIMITS 4
#define QIF_BTIME 16
#define QIF_ITIME 32
#define IIF_BGRACE 1
#define IIF_IGRACE 2
#define IIF_FLAGS 4
#define DQF_ROOT_SQUASH 1

struct quota_limits {
	u64 bhardlimit, bsoftlimit, curspace, ihardlimit, isoftlimit, curinodes, btime, itime;
	u32 valid, pad;
};
struct quota_info {
	u64 bgrace, igrace;
	u32 flags, valid;
};
/* Where the limits end: behind that a user's structure may have ended too. */
#define PG_QUOTA_LIMITS_LEN 68

PG_SYSCALL(quotactl)
{
	u32 asked = PG_ARG(0), id = PG_ARG(2), kind = asked & 0xff, format = 0;
	u16 command = pg_quotactl_command(asked);
	u64 from = PG_ARG(3);
	struct quota_limits limits = {};
	struct quota_info info = {};
	u8 format_out = PPM_QFMT_NOT_USED;
	bool on_one = command == PPM_Q_GETQUOTA || command == PPM_Q_SETQUOTA || command == PPM_Q_XGETQUOTA ||
		      command == PPM_Q_XSETQLIM;

	if ((command == PPM_Q_GETQUOTA || command == PPM_Q_SETQUOTA) &&
	    bpf_probe_read_user(&limits, PG_QUOTA_LIMITS_LEN, (void *)from))
		limits.valid = 0;
	if ((command == PPM_Q_GETINFO || command == PPM_Q_SETINFO) &&
	    bpf_probe_read_user(&info, sizeof(info), (void *)from))
		info.valid = 0;
	if (command == PPM_Q_GETFMT && !bpf_probe_read_user(&format, sizeof(format), (void *)from))
		format_out = pg_quota_format(format);
	pg_begin(s, PPME_SYSCALL_QUOTACTL_X, PPME_SYSCALL_QUOTACTL_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_entry_str(s, task, regs, 1, PG_ARG(1));
	pg_forget_entry_args(task);
	if (command == PPM_Q_QUOTAON)
		pg_put_user_str(s, 2, from);
	else
		pg_put_empty(s, 2);
	pg_put_u64(s, 3, limits.valid & QIF_BLIMITS ? limits.bhardlimit : 0);
	pg_put_u64(s, 4, limits.valid & QIF_BLIMITS ? limits.bsoftlimit : 0);
	pg_put_u64(s, 5, limits.valid & QIF_SPACE ? limits.curspace : 0);
	pg_put_u64(s, 6, limits.valid & QIF_ILIMITS ? limits.ihardlimit : 0);
	pg_put_u64(s, 7, limits.valid & QIF_ILIMITS ? limits.isoftlimit : 0);
	pg_put_u64(s, 8, limits.valid & QIF_BTIME ? limits.btime : 0);
	pg_put_u64(s, 9, limits.valid & QIF_ITIME ? limits.itime : 0);
	pg_put_u64(s, 10, info.valid & IIF_BGRACE ? info.bgrace : 0);
	pg_put_u64(s, 11, info.valid & IIF_IGRACE ? info.igrace : 0);
	pg_put_u8(s, 12, info.valid & IIF_FLAGS && info.flags & DQF_ROOT_SQUASH ? PPM_V1_DQF_RSQUASH : 0);
	pg_put_u8(s, 13, format_out);
	pg_put_u16(s, 14, command);
	pg_put_u8(s, 15, kind == 0 ? PPM_USRQUOTA : kind == 1 ? PPM_GRPQUOTA : 0);
	pg_put_u32(s, 16, on_one ? id : 0);
	pg_put_u8(s, 17, command == PPM_Q_QUOTAON ? pg_quota_format(id) : PPM_QFMT_NOT_USED);
	PG_FINISH_OTHER;
}

PG_SYSCALL(fsconfig)
{
	u32 command = PG_ARG(1);
	s32 aux = PG_ARG(4);

	pg_begin(s, PPME_SYSCALL_FSCONFIG_X, PPME_SYSCALL_FSCONFIG_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u32(s, 2, command);
	pg_put_user_str(s, 3, PG_ARG(2));
	if (ret >= 0 && command == PPM_FSCONFIG_SET_BINARY)
		pg_put_bytes(s, 4, PG_ARG(3), aux > 0 ? aux : 0, PG_STR_MAX - 1);
	else
		pg_put_empty(s, 4);
	if (ret >= 0 && command >= PPM_FSCONFIG_SET_STRING && command <= PPM_FSCONFIG_SET_PATH_EMPTY &&
	    command != PPM_FSCONFIG_SET_BINARY)
		pg_put_user_str(s, 5, PG_ARG(3));
	else
		pg_put_empty(s, 5);
	pg_put_s32(s, 6, aux);
	pg_close_block(s, task);
	pg_queue_fd(s, PG_ARG(0));
	pg_finish(s, PG_LOSS_OTHER);
}

/* How a ring is set up. The first two bits are the same numbers in the capture format; its third
 * belongs to no setup, so the others stand one higher. */
#define PG_URING_SETUP_SAME 0x03
#define PG_URING_SETUP_HIGHER 0x7c

PG_SYSCALL(io_uring_setup)
{
	struct {
		u32 sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features;
	} params = {};

	bpf_probe_read_user(&params, sizeof(params), (void *)PG_ARG(1));
	pg_begin(s, PPME_SYSCALL_IO_URING_SETUP_X, PPME_SYSCALL_IO_URING_SETUP_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u32(s, 1, PG_ARG(0));
	pg_put_u32(s, 2, params.sq_entries);
	pg_put_u32(s, 3, params.cq_entries);
	pg_put_u32(s, 4, (params.flags & PG_URING_SETUP_SAME) | (params.flags & PG_URING_SETUP_HIGHER) << 1);
	pg_put_u32(s, 5, params.sq_thread_cpu);
	pg_put_u32(s, 6, params.sq_thread_idle);
	/* The features the format knows are the kernel's first. */
	pg_put_u32(s, 7, params.features & (PPM_IORING_FEAT_RSRC_TAGS * 2 - 1));
	pg_finish_new_fd(s, task, ret);
}

#define IORING_ENTER_EXT_ARG_REG 64

/* The signals a wait lets through; with an extended argument the pointer to them stands in that. */
static __always_inline u32 pg_waiting_signals(u64 from, u32 flags)
{
	u32 set = 0;

	if (flags & PPM_IORING_ENTER_EXT_ARG) {
		u64 inner = 0;

		if (!(flags & IORING_ENTER_EXT_ARG_REG))
			bpf_probe_read_user(&inner, sizeof(inner), (void *)from);
		from = inner;
	}
	if (from)
		bpf_probe_read_user(&set, sizeof(set), (void *)from);
	return set;
}

PG_SYSCALL(io_uring_enter)
{
	u32 flags = PG_ARG(3);

	pg_begin(s, PPME_SYSCALL_IO_URING_ENTER_X, PPME_SYSCALL_IO_URING_ENTER_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u32(s, 2, PG_ARG(1));
	pg_put_u32(s, 3, PG_ARG(2));
	pg_put_u32(s, 4,
		   flags & (PPM_IORING_ENTER_GETEVENTS | PPM_IORING_ENTER_SQ_WAKEUP | PPM_IORING_ENTER_SQ_WAIT |
			    PPM_IORING_ENTER_EXT_ARG));
	pg_put_u32(s, 5, pg_waiting_signals(PG_ARG(4), flags));
	pg_close_block(s, task);
	pg_queue_fd(s, PG_ARG(0));
	pg_finish(s, PG_LOSS_OTHER);
}

PG_SYSCALL(io_uring_register)
{
	pg_begin(s, PPME_SYSCALL_IO_URING_REGISTER_X, PPME_SYSCALL_IO_URING_REGISTER_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u16(s, 2, PG_ARG(1));
	pg_put_u64(s, 3, PG_ARG(2));
	pg_put_u32(s, 4, PG_ARG(3));
	pg_close_block(s, task);
	pg_queue_fd(s, PG_ARG(0));
	pg_finish(s, PG_LOSS_OTHER);
}

#endif
