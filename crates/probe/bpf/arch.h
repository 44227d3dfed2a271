/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* All the programs know of the processor: how a call's number and arguments lie in registers. */
#ifndef PEREGRINE_ARCH_H
#define PEREGRINE_ARCH_H

#define TS_COMPAT 2
#define SOCKETCALL_32 102
#define PPOLL_TIME64_32 414
#define MMAP_32 90
#define IPC_32 117
#define X32_BIT 0x40000000
#define X32_OWN 35
#define NUMBERS 512
/* Programs stand by x86-64 number. Above: those of calls only 32-bit programs have, at NUMBERS plus
 * their 32-bit number; the sub-calls of socketcall that have none at NUMBERS plus SOCKETCALL_ROWS. */
#define ROWS 1024
#define SOCKETCALL_ROWS 480
#define ROW_CONNECT 42
#define ROW_SENDTO 44
#define ROW_SENDMSG 46
/* Above all rows: sends that nobody wants to be told of but where they make a connection. */
#define ONLY_CONNECTS_SENDTO 1021
#define ONLY_CONNECTS_SENDMSG 1022
#define ONLY_CONNECTS_SENDMMSG 1023

struct syscall_row {
	u16 id;
	u16 exit;
	u16 generic;
};

const struct syscall_row syscall_rows[NUMBERS] = { PG_X86_64_SYSCALLS };
const s16 i386_to_x86_64[NUMBERS] = { PG_I386_TO_X86_64 };
const u16 i386_ids[NUMBERS] = { PG_I386_IDS };
const s16 socketcall_to_x86_64[32] = { PG_SOCKETCALL_TO_X86_64 };
/* semop semget semctl semtimedop, msgsnd msgrcv msgget msgctl, shmat shmdt shmget shmctl */
const u16 ipc_to_x86_64[32] = {
	[1] = 65,  [2] = 64,  [3] = 66,	 [4] = 220, [11] = 69, [12] = 70,
	[13] = 68, [14] = 71, [21] = 30, [22] = 67, [23] = 29, [24] = 31,
};

static __always_inline bool is_compat(struct task_struct *task)
{
	return task->thread_info.status & TS_COMPAT;
}

/* The x32 calls that have numbers of their own, 512 and up, in order. 64 long, the rest zero, so
 * that a mask keeps the index inside. */
const u16 x32_to_x86_64[64] = {
	13, 15, 16, 19, 20, 45, 46, 47, 59, 101, 127, 128, 129, 131, 222, 244, 246, 247,
	273, 274, 278, 54, 55, 206, 209, 297, 295, 296, 299, 307, 310, 311, 322, 327, 328,
};

static __always_inline s32 from_x32(u32 number)
{
	if (number < NUMBERS)
		return number;
	number -= NUMBERS;
	if (number >= X32_OWN)
		return -1;
	barrier_var(number);
	return x32_to_x86_64[number & 63];
}

/* The row of a 32-bit call, negative where it has none. The capture format's map takes stat64,
 * lstat64, fstat64, mmap2, umount and _llseek for their 64-bit kin, which have other parameters,
 * and leaves out _newselect, ppoll_time64 and recvmmsg_time64. */
static __always_inline s32 compat_row(struct pt_regs *regs, u32 native)
{
	u32 call = regs->bx;

	switch (native) {
	case SOCKETCALL_32:
		if (call == 9 || call == 10)
			return NUMBERS + SOCKETCALL_ROWS + call;
		if (call >= 32)
			return 0;
		barrier_var(call);
		return socketcall_to_x86_64[call & 31];
	case IPC_32:
		/* The upper half says which form of the structures is meant. */
		call &= 0xffff;
		if (call >= 32)
			return 0;
		barrier_var(call);
		return ipc_to_x86_64[call & 31];
	case 22:
	case 140:
	case 192:
	case 195:
	case 196:
	case 197:
		return NUMBERS + native;
	case 142:
		return 23;
	case 414:
		return 271;
	case 417:
		return 299;
	}
	barrier_var(native);
	return i386_to_x86_64[native & (NUMBERS - 1)];
}

/* Argument `n` of a call that has them in registers. */
static __always_inline u64 register_arg(struct pt_regs *regs, struct task_struct *task, u32 n)
{
	if (!is_compat(task)) {
		switch (n) {
		case 0: return regs->di;
		case 1: return regs->si;
		case 2: return regs->dx;
		case 3: return regs->r10;
		case 4: return regs->r8;
		default: return regs->r9;
		}
	}
	switch (n) {
	case 0: return (u32)regs->bx;
	case 1: return (u32)regs->cx;
	case 2: return (u32)regs->dx;
	case 3: return (u32)regs->si;
	case 4: return (u32)regs->di;
	default: return (u32)regs->bp;
	}
}

/* Whether the call came as a 32-bit one whose arguments are not those of its 64-bit namesake. */
static __always_inline bool came_as(struct pt_regs *regs, struct task_struct *task, u32 number)
{
	return is_compat(task) && regs->orig_ax == number;
}

/* A user's array of pointers: how wide its entries are. */
static __always_inline u32 pointer_width(struct task_struct *task)
{
	return is_compat(task) ? 4 : 8;
}

#endif
