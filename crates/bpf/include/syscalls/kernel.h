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
#include "syscalls/entry.h"

/* Bytes of the calling process, at most `most` of them (below TEXT_MAX). */
static __always_inline void put_bytes(struct scratch *s, u32 i, u64 from, u64 len, u32 most)
{
	u32 n = len > most ? most : len;

	/* So that the compiler keeps the mask the verifier needs. */
	barrier_var(n);
	n &= TEXT_MAX - 1;
	if (!n || bpf_probe_read_user(AT(s), n, (void *)from))
		n = 0;
	LEN(s, i) = n;
	s->pos += n;
}

CALL(init_module)
{
	begin(s, PPME_SYSCALL_INIT_MODULE_X, PPME_SYSCALL_INIT_MODULE_X_N, task->pid);
	put_s64(s, 0, ret);
	put_bytes(s, 1, ARG(0), ARG(1), SNAPLEN);
	put_u64(s, 2, ARG(1));
	put_user_text(s, 3, ARG(2));
	END_OTHER;
}

CALL(finit_module)
{
	begin(s, PPME_SYSCALL_FINIT_MODULE_X, PPME_SYSCALL_FINIT_MODULE_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_user_text(s, 2, ARG(1));
	put_u32(s, 3,
		ARG(2) & (PPM_MODULE_INIT_IGNORE_MODVERSIONS | PPM_MODULE_INIT_IGNORE_VERMAGIC |
			  PPM_MODULE_INIT_COMPRESSED_FILE));
	close_block(s, task);
	tell(s, ARG(0));
	send(s, PG_LOSS_OTHER);
}

CALL(delete_module)
{
	u32 flags = ARG(1);

	begin(s, PPME_SYSCALL_DELETE_MODULE_X, PPME_SYSCALL_DELETE_MODULE_X_N, task->pid);
	put_s64(s, 0, ret);
	put_user_text(s, 1, ARG(0));
	put_u32(s, 2,
		(flags & 04000 ? PPM_DELETE_MODULE_O_NONBLOCK : 0) | (flags & 01000 ? PPM_DELETE_MODULE_O_TRUNC : 0));
	END_OTHER;
}

/* What an operation on keys takes: the lower four bits how many arguments, the upper which of them
 * are texts. */
const u8 keyctl_takes[64] = {
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
static __always_inline void put_key_argument(struct scratch *s, struct task_struct *task, struct pt_regs *regs, u32 n,
					     u8 takes, u64 value)
{
	u32 start = s->pos;

	if (takes & 0x10 << n) {
		long len;

		*AT(s) = PPM_KEYCTL_IDX_CHARBUF;
		s->pos += 1;
		len = read_kept_text(s, task, regs, value);
		s->pos += len > 0 ? len : 0;
	} else {
		*AT(s) = PPM_KEYCTL_IDX_INT64;
		s->pos += 1;
		*(u64 *)AT(s) = n < (takes & 0xf) ? value : 0;
		s->pos += 8;
	}
	LEN(s, n + 2) = s->pos - start;
}

CALL(keyctl)
{
	u32 operation = ARG(0);
	u8 takes = 0;

	if (operation < sizeof(keyctl_takes)) {
		barrier_var(operation);
		takes = keyctl_takes[operation & 63];
	}
	begin(s, PPME_SYSCALL_KEYCTL_X, PPME_SYSCALL_KEYCTL_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u32(s, 1, operation);
	put_key_argument(s, task, regs, 0, takes, ARG(1));
	put_key_argument(s, task, regs, 1, takes, ARG(2));
	put_key_argument(s, task, regs, 2, takes, ARG(3));
	put_key_argument(s, task, regs, 3, takes, ARG(4));
	forget_kept(task);
	END_OTHER;
}

/* The commands of bpf that return a descriptor, a bit each. */
#define BPF_BIT(command) (1ULL << (command))
#define BPF_TOKEN_CREATE 36
#define BPF_MAKES_DESCRIPTOR                                                                                   \
	(BPF_BIT(PPM_BPF_MAP_CREATE) | BPF_BIT(PPM_BPF_PROG_LOAD) | BPF_BIT(PPM_BPF_OBJ_GET) |                 \
	 BPF_BIT(PPM_BPF_PROG_GET_FD_BY_ID) | BPF_BIT(PPM_BPF_MAP_GET_FD_BY_ID) |                              \
	 BPF_BIT(PPM_BPF_RAW_TRACEPOINT_OPEN) | BPF_BIT(PPM_BPF_BTF_LOAD) | BPF_BIT(PPM_BPF_BTF_GET_FD_BY_ID) | \
	 BPF_BIT(PPM_BPF_LINK_CREATE) | BPF_BIT(PPM_BPF_LINK_GET_FD_BY_ID) | BPF_BIT(PPM_BPF_ITER_CREATE) |    \
	 BPF_BIT(BPF_TOKEN_CREATE))

CALL(bpf)
{
	u32 command = ARG(0);

	begin(s, PPME_SYSCALL_BPF_2_X, PPME_SYSCALL_BPF_2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s32(s, 1, command);
	close_block(s, task);
	if (command < 64 && BPF_MAKES_DESCRIPTOR >> command & 1)
		tell(s, ret);
	send(s, PG_LOSS_OTHER);
}

CALL(seccomp)
{
	begin(s, PPME_SYSCALL_SECCOMP_X, PPME_SYSCALL_SECCOMP_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u64(s, 1, ARG(0));
	put_u64(s, 2, (u32)ARG(1));
	END_OTHER;
}

/* Commands of quotactl, what stands above the kind of quota: general ones from 0x800001, those of
 * XFS from 0x5801. Both lists are bits in the same order in the capture format. */
#define Q_GENERAL 0x800001
#define Q_XFS 0x5801
const u16 quota_general[16] = {
	PPM_Q_SYNC, PPM_Q_QUOTAON, PPM_Q_QUOTAOFF, PPM_Q_GETFMT,
	PPM_Q_GETINFO, PPM_Q_SETINFO, PPM_Q_GETQUOTA, PPM_Q_SETQUOTA,
};
const u16 quota_xfs[16] = {
	PPM_Q_XQUOTAON, PPM_Q_XQUOTAOFF, PPM_Q_XGETQUOTA, PPM_Q_XSETQLIM,
	PPM_Q_XGETQSTAT, PPM_Q_XQUOTARM, PPM_Q_XQUOTASYNC,
};

static __always_inline u16 quota_command(u32 asked)
{
	u32 general = (asked >> 8) - Q_GENERAL, xfs = (asked >> 8) - Q_XFS;

	if (general < 16) {
		barrier_var(general);
		return quota_general[general & 15];
	}
	if (xfs < 16) {
		barrier_var(xfs);
		return quota_xfs[xfs & 15];
	}
	return 0;
}

static __always_inline u8 quota_format(u32 format)
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
#define QUOTA_LIMITS_LEN 68

CALL(quotactl)
{
	u32 asked = ARG(0), id = ARG(2), kind = asked & 0xff, format = 0;
	u16 command = quota_command(asked);
	u64 from = ARG(3);
	struct quota_limits limits = {};
	struct quota_info info = {};
	u8 format_out = PPM_QFMT_NOT_USED;
	bool on_one = command == PPM_Q_GETQUOTA || command == PPM_Q_SETQUOTA || command == PPM_Q_XGETQUOTA ||
		      command == PPM_Q_XSETQLIM;

	if ((command == PPM_Q_GETQUOTA || command == PPM_Q_SETQUOTA) &&
	    bpf_probe_read_user(&limits, QUOTA_LIMITS_LEN, (void *)from))
		limits.valid = 0;
	if ((command == PPM_Q_GETINFO || command == PPM_Q_SETINFO) &&
	    bpf_probe_read_user(&info, sizeof(info), (void *)from))
		info.valid = 0;
	if (command == PPM_Q_GETFMT && !bpf_probe_read_user(&format, sizeof(format), (void *)from))
		format_out = quota_format(format);
	begin(s, PPME_SYSCALL_QUOTACTL_X, PPME_SYSCALL_QUOTACTL_X_N, task->pid);
	put_s64(s, 0, ret);
	put_kept_text(s, task, regs, 1, ARG(1));
	forget_kept(task);
	if (command == PPM_Q_QUOTAON)
		put_user_text(s, 2, from);
	else
		put_nothing(s, 2);
	put_u64(s, 3, limits.valid & QIF_BLIMITS ? limits.bhardlimit : 0);
	put_u64(s, 4, limits.valid & QIF_BLIMITS ? limits.bsoftlimit : 0);
	put_u64(s, 5, limits.valid & QIF_SPACE ? limits.curspace : 0);
	put_u64(s, 6, limits.valid & QIF_ILIMITS ? limits.ihardlimit : 0);
	put_u64(s, 7, limits.valid & QIF_ILIMITS ? limits.isoftlimit : 0);
	put_u64(s, 8, limits.valid & QIF_BTIME ? limits.btime : 0);
	put_u64(s, 9, limits.valid & QIF_ITIME ? limits.itime : 0);
	put_u64(s, 10, info.valid & IIF_BGRACE ? info.bgrace : 0);
	put_u64(s, 11, info.valid & IIF_IGRACE ? info.igrace : 0);
	put_u8(s, 12, info.valid & IIF_FLAGS && info.flags & DQF_ROOT_SQUASH ? PPM_V1_DQF_RSQUASH : 0);
	put_u8(s, 13, format_out);
	put_u16(s, 14, command);
	put_u8(s, 15, kind == 0 ? PPM_USRQUOTA : kind == 1 ? PPM_GRPQUOTA : 0);
	put_u32(s, 16, on_one ? id : 0);
	put_u8(s, 17, command == PPM_Q_QUOTAON ? quota_format(id) : PPM_QFMT_NOT_USED);
	END_OTHER;
}

CALL(fsconfig)
{
	u32 command = ARG(1);
	s32 aux = ARG(4);

	begin(s, PPME_SYSCALL_FSCONFIG_X, PPME_SYSCALL_FSCONFIG_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u32(s, 2, command);
	put_user_text(s, 3, ARG(2));
	if (ret >= 0 && command == PPM_FSCONFIG_SET_BINARY)
		put_bytes(s, 4, ARG(3), aux > 0 ? aux : 0, TEXT_MAX - 1);
	else
		put_nothing(s, 4);
	if (ret >= 0 && command >= PPM_FSCONFIG_SET_STRING && command <= PPM_FSCONFIG_SET_PATH_EMPTY &&
	    command != PPM_FSCONFIG_SET_BINARY)
		put_user_text(s, 5, ARG(3));
	else
		put_nothing(s, 5);
	put_s32(s, 6, aux);
	close_block(s, task);
	tell(s, ARG(0));
	send(s, PG_LOSS_OTHER);
}

/* How a ring is set up. The first two bits are the same numbers in the capture format; its third
 * belongs to no setup, so the others stand one higher. */
#define SETUP_SAME 0x03
#define SETUP_HIGHER 0x7c

CALL(io_uring_setup)
{
	struct {
		u32 sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features;
	} params = {};

	bpf_probe_read_user(&params, sizeof(params), (void *)ARG(1));
	begin(s, PPME_SYSCALL_IO_URING_SETUP_X, PPME_SYSCALL_IO_URING_SETUP_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u32(s, 1, ARG(0));
	put_u32(s, 2, params.sq_entries);
	put_u32(s, 3, params.cq_entries);
	put_u32(s, 4, (params.flags & SETUP_SAME) | (params.flags & SETUP_HIGHER) << 1);
	put_u32(s, 5, params.sq_thread_cpu);
	put_u32(s, 6, params.sq_thread_idle);
	/* The features the format knows are the kernel's first. */
	put_u32(s, 7, params.features & (PPM_IORING_FEAT_RSRC_TAGS * 2 - 1));
	send_new(s, task, ret);
}

#define IORING_ENTER_EXT_ARG_REG 64

/* The signals a wait lets through; with an extended argument the pointer to them stands in that. */
static __always_inline u32 waiting_signals(u64 from, u32 flags)
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

CALL(io_uring_enter)
{
	u32 flags = ARG(3);

	begin(s, PPME_SYSCALL_IO_URING_ENTER_X, PPME_SYSCALL_IO_URING_ENTER_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u32(s, 2, ARG(1));
	put_u32(s, 3, ARG(2));
	put_u32(s, 4,
		flags & (PPM_IORING_ENTER_GETEVENTS | PPM_IORING_ENTER_SQ_WAKEUP | PPM_IORING_ENTER_SQ_WAIT |
			 PPM_IORING_ENTER_EXT_ARG));
	put_u32(s, 5, waiting_signals(ARG(4), flags));
	close_block(s, task);
	tell(s, ARG(0));
	send(s, PG_LOSS_OTHER);
}

CALL(io_uring_register)
{
	begin(s, PPME_SYSCALL_IO_URING_REGISTER_X, PPME_SYSCALL_IO_URING_REGISTER_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u16(s, 2, ARG(1));
	put_u64(s, 3, ARG(2));
	put_u32(s, 4, ARG(3));
	close_block(s, task);
	tell(s, ARG(0));
	send(s, PG_LOSS_OTHER);
}

#endif
