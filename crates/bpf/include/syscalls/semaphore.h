/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* System V semaphores. In 32-bit programs they also come through `ipc`. */
#ifndef PG_SYSCALLS_SEMAPHORE_H
#define PG_SYSCALLS_SEMAPHORE_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "arch.h"
#include "record/scratch.h"
#include "syscalls/call.h"

#define IPC_CREAT 01000
#define IPC_EXCL 02000
#define IPC_NOWAIT 04000
#define SEM_UNDO 010000
#define SETVAL 16
/* Marks the newer layout of the structures; no part of the command. */
#define IPC_64 0x100

static __always_inline bool through_ipc(struct pt_regs *regs, struct task_struct *task)
{
	return is_compat(task) && is_ipc(syscall_number(regs));
}

CALL(semget)
{
	bool ipc = through_ipc(regs, task);
	u32 flags = ipc ? ipc_arg(regs, 2) : ARG(2);

	begin(s, PPME_SYSCALL_SEMGET_X, PPME_SYSCALL_SEMGET_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s32(s, 1, ipc ? ipc_arg(regs, 0) : ARG(0));
	put_s32(s, 2, ipc ? ipc_arg(regs, 1) : ARG(1));
	put_u32(s, 3, (flags & IPC_CREAT ? PPM_IPC_CREAT : 0) | (flags & IPC_EXCL ? PPM_IPC_EXCL : 0));
	END_OTHER;
}

struct operation {
	u16 number;
	s16 change;
	u16 flags;
};

static __always_inline void put_operation(struct scratch *s, u32 i, struct operation *o)
{
	put_u16(s, i, o->number);
	put_u16(s, i + 1, o->change);
	put_u16(s, i + 2, (o->flags & IPC_NOWAIT ? PPM_IPC_NOWAIT : 0) | (o->flags & SEM_UNDO ? PPM_SEM_UNDO : 0));
}

CALL(semop)
{
	bool ipc = through_ipc(regs, task);
	u64 from = ipc ? ipc_arg(regs, 3) : ARG(1);
	u32 count = ipc ? ipc_arg(regs, 1) : ARG(2);
	struct operation first = {}, second = {};

	/* Those of a call that failed are told as zeros. */
	if (ret == 0 && count > 0)
		bpf_probe_read_user(&first, sizeof(first), (void *)from);
	if (ret == 0 && count > 1)
		bpf_probe_read_user(&second, sizeof(second), (void *)(from + sizeof(first)));
	begin(s, PPME_SYSCALL_SEMOP_X, PPME_SYSCALL_SEMOP_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u32(s, 1, count);
	put_operation(s, 2, &first);
	put_operation(s, 5, &second);
	put_s32(s, 8, ipc ? ipc_arg(regs, 0) : ARG(0));
	END_OTHER;
}

/* The kernel's commands from 0 on; every other is unknown. */
const u16 semaphore_commands[32] = {
	PPM_IPC_RMID, PPM_IPC_SET,  PPM_IPC_STAT, PPM_IPC_INFO, 0, 0, 0, 0, 0, 0, 0,
	PPM_GETPID,   PPM_GETVAL,   PPM_GETALL,	  PPM_GETNCNT,	PPM_GETZCNT, PPM_SETVAL, PPM_SETALL,
	PPM_SEM_STAT, PPM_SEM_INFO,
};

CALL(semctl)
{
	bool ipc = through_ipc(regs, task);
	u32 command = (ipc ? ipc_arg(regs, 2) : ARG(2)) & ~IPC_64;
	u32 value = 0;
	u16 told = 0;

	if (command == SETVAL && ipc)
		bpf_probe_read_user(&value, sizeof(value), (void *)ipc_arg(regs, 3));
	else if (command == SETVAL)
		value = ARG(3);
	if (command < 32) {
		barrier_var(command);
		told = semaphore_commands[command & 31];
	}
	begin(s, PPME_SYSCALL_SEMCTL_X, PPME_SYSCALL_SEMCTL_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s32(s, 1, ipc ? ipc_arg(regs, 0) : ARG(0));
	put_s32(s, 2, ipc ? ipc_arg(regs, 1) : ARG(1));
	put_u16(s, 3, told);
	put_s32(s, 4, value);
	END_OTHER;
}

#endif
