/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* System V semaphores. In 32-bit programs they also come through `ipc`. */
#ifndef PG_SYSCALLS_SEMAPHORE_H
#define PG_SYSCALLS_SEMAPHORE_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
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

static __always_inline bool pg_through_ipc(struct pt_regs *regs, struct task_struct *task)
{
	return pg_is_compat(task) && pg_is_ipc(pg_syscall_number(regs));
}

PG_SYSCALL(semget)
{
	bool ipc = pg_through_ipc(regs, task);
	u32 flags = ipc ? pg_ipc_arg(regs, 2) : PG_ARG(2);

	pg_begin(s, PPME_SYSCALL_SEMGET_X, PPME_SYSCALL_SEMGET_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s32(s, 1, ipc ? pg_ipc_arg(regs, 0) : PG_ARG(0));
	pg_put_s32(s, 2, ipc ? pg_ipc_arg(regs, 1) : PG_ARG(1));
	pg_put_u32(s, 3, (flags & IPC_CREAT ? PPM_IPC_CREAT : 0) | (flags & IPC_EXCL ? PPM_IPC_EXCL : 0));
	PG_FINISH_OTHER;
}

struct sembuf {
	u16 number;
	s16 change;
	u16 flags;
};

static __always_inline void pg_put_sembuf(struct scratch *s, u32 i, struct sembuf *o)
{
	pg_put_u16(s, i, o->number);
	pg_put_u16(s, i + 1, o->change);
	pg_put_u16(s, i + 2, (o->flags & IPC_NOWAIT ? PPM_IPC_NOWAIT : 0) | (o->flags & SEM_UNDO ? PPM_SEM_UNDO : 0));
}

PG_SYSCALL(semop)
{
	bool ipc = pg_through_ipc(regs, task);
	u64 from = ipc ? pg_ipc_arg(regs, 3) : PG_ARG(1);
	u32 count = ipc ? pg_ipc_arg(regs, 1) : PG_ARG(2);
	struct sembuf first = {}, second = {};

	/* Those of a call that failed are reported as zeros. */
	if (ret == 0 && count > 0)
		bpf_probe_read_user(&first, sizeof(first), (void *)from);
	if (ret == 0 && count > 1)
		bpf_probe_read_user(&second, sizeof(second), (void *)(from + sizeof(first)));
	pg_begin(s, PPME_SYSCALL_SEMOP_X, PPME_SYSCALL_SEMOP_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u32(s, 1, count);
	pg_put_sembuf(s, 2, &first);
	pg_put_sembuf(s, 5, &second);
	pg_put_s32(s, 8, ipc ? pg_ipc_arg(regs, 0) : PG_ARG(0));
	PG_FINISH_OTHER;
}

/* The kernel's commands from 0 on; every other is unknown. */
const u16 pg_semctl_commands[32] = {
	PPM_IPC_RMID,
	PPM_IPC_SET,
	PPM_IPC_STAT,
	PPM_IPC_INFO,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	PPM_GETPID,
	PPM_GETVAL,
	PPM_GETALL,
	PPM_GETNCNT,
	PPM_GETZCNT,
	PPM_SETVAL,
	PPM_SETALL,
	PPM_SEM_STAT,
	PPM_SEM_INFO,
};

PG_SYSCALL(semctl)
{
	bool ipc = pg_through_ipc(regs, task);
	u32 command = (ipc ? pg_ipc_arg(regs, 2) : PG_ARG(2)) & ~IPC_64;
	u32 value = 0;
	u16 decoded = 0;

	if (command == SETVAL && ipc)
		bpf_probe_read_user(&value, sizeof(value), (void *)pg_ipc_arg(regs, 3));
	else if (command == SETVAL)
		value = PG_ARG(3);
	if (command < 32) {
		barrier_var(command);
		decoded = pg_semctl_commands[command & 31];
	}
	pg_begin(s, PPME_SYSCALL_SEMCTL_X, PPME_SYSCALL_SEMCTL_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s32(s, 1, ipc ? pg_ipc_arg(regs, 0) : PG_ARG(0));
	pg_put_s32(s, 2, ipc ? pg_ipc_arg(regs, 1) : PG_ARG(1));
	pg_put_u16(s, 3, decoded);
	pg_put_s32(s, 4, value);
	PG_FINISH_OTHER;
}

#endif
