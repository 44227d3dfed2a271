/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the descriptor of a call is, gathered for the filter. */
#ifndef PG_FILTER_FD_H
#define PG_FILTER_FD_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "arch.h"
#include "kernel/object.h"
#include "kernel/task.h"
#include "kfilter/socket.h"
#include "syscalls/entry_args.h"

/* What anonymous files may be: only their names say which. */
#define PG_NAMELESS_KINDS                                                                                   \
	(1u << SCAP_FD_UNKNOWN | 1u << SCAP_FD_EVENT | 1u << SCAP_FD_UNSUPPORTED | 1u << SCAP_FD_SIGNALFD | \
	 1u << SCAP_FD_EVENTPOLL | 1u << SCAP_FD_INOTIFY | 1u << SCAP_FD_TIMERFD | 1u << SCAP_FD_BPF |      \
	 1u << SCAP_FD_USERFAULTFD | 1u << SCAP_FD_IOURING | 1u << SCAP_FD_PIDFD)

static __always_inline void pg_gather_ends(struct pd_fd *fd, struct sock *sk, u16 family)
{
	if (family == AF_INET) {
		fd->address[0][1] = 0xffff0000u | (u64)BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr) << 32;
		fd->address[1][1] = 0xffff0000u | (u64)BPF_CORE_READ(sk, __sk_common.skc_daddr) << 32;
	} else {
		BPF_CORE_READ_INTO(&fd->address[0], sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&fd->address[1], sk, __sk_common.skc_v6_daddr);
	}
	fd->port[0] = BPF_CORE_READ(sk, __sk_common.skc_num);
	fd->port[1] = pg_swap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
}

static __always_inline bool pg_is_v4_mapped(const u64 *address)
{
	return address[0] == 0 && (u32)address[1] == 0xffff0000u;
}

/* What rules can see it as. An internet socket without another end may have met one before, which
 * rules still see: of it nothing is known but that it is one. Its kinds. */
__noinline u32 pg_gather_fd(struct pd_fd *fd)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct file *file;
	struct sock *sk;
	u32 kinds;
	u8 kind;

	if (!fd)
		return 0;
	/* The arguments lie in memory, which may change. */
	if (pg_is_compat(task) && pg_is_socketcall(pg_syscall_number(regs)))
		return 0;
	file = pg_file_of_fd(task, pg_arg(regs, task, 0));
	if (!file)
		return 0;
	kind = pg_fd_kind(file);
	fd->transports = 1 << SCAP_L4_NA;
	if (kind == SCAP_FD_UNSUPPORTED) {
		return PG_NAMELESS_KINDS;
	}
	kinds = 1u << (kind & 31);
	if (kind == SCAP_FD_FILE_V2) {
		u32 name = 0;

		bpf_probe_read_kernel(&name, sizeof(name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
		if (name == (u32)PG_MEMFD_PREFIX)
			kinds |= 1u << SCAP_FD_MEMFD;
	}
	if (!(kinds & PD_INET_KINDS))
		return kinds;
	sk = pg_sock_of_file(file);
	if (!sk || !BPF_CORE_READ(sk, __sk_common.skc_dport) ||
	    (BPF_CORE_READ(sk, sk_type) != SOCK_STREAM && pg_may_have_address(regs, pg_is_compat(task)))) {
		fd->transports = ~0u;
		return PD_INET_KINDS;
	}
	fd->transports = 1 << (pg_l4_protocol(sk) & 31);
	pg_gather_ends(fd, sk, kind == SCAP_FD_IPV4_SOCK || kind == SCAP_FD_IPV4_SERVSOCK ? AF_INET : AF_INET6);
	fd->met = 1;
	if (pg_is_v4_mapped(fd->address[0]) || pg_is_v4_mapped(fd->address[1]))
		kinds |= 1u << SCAP_FD_IPV4_SOCK;
	return kinds;
}

#endif
