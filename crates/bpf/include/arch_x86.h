/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* x86-64, with the calls of i386 and x32 programs. Included by arch.h alone. */
#ifndef PG_ARCH_X86_H
#define PG_ARCH_X86_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "tables.gen.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};

struct thread_info___x86 {
	u32 status;
};
struct task_struct___x86 {
	struct thread_info___x86 thread_info;
};

#pragma clang attribute pop

/* The whole word that the registers begin with. */
#define PG_REGS_FIRST_WORD r15

/* Flags of open that have other numbers elsewhere. */
#define O_DIRECT 040000
#define O_LARGEFILE 0100000
#define O_DIRECTORY 0200000

#define TS_COMPAT 2
#define PG_X32_BIT 0x40000000
/* How many calls x32 has at numbers of their own. */
#define PG_X32_OWN 35

/* Numbers of 32-bit programs. */
#define PG_I386_CLOSE 6
#define PG_I386_MMAP 90
#define PG_I386_SOCKETCALL 102
#define PG_I386_IPC 117
#define PG_I386_SENDFILE 187
#define PG_I386_PPOLL_TIME64 414

/* Rows of calls that only 32-bit programs have. */

static const s16 pg_i386_rows[PG_NUMBERS] = { PG_I386_TO_X86_64 };
static const u16 pg_i386_ids[PG_NUMBERS] = { PG_I386_IDS };
static const s16 pg_socketcall_rows[32] = { PG_SOCKETCALL_TO_X86_64 };
static const u16 pg_ipc_rows[32] = {
	[1] = PG_NR_SEMOP,   [2] = PG_NR_SEMGET,  [3] = PG_NR_SEMCTL,  [4] = PG_NR_SEMTIMEDOP,
	[11] = PG_NR_MSGSND, [12] = PG_NR_MSGRCV, [13] = PG_NR_MSGGET, [14] = PG_NR_MSGCTL,
	[21] = PG_NR_SHMAT,  [22] = PG_NR_SHMDT,  [23] = PG_NR_SHMGET, [24] = PG_NR_SHMCTL,
};
/* The x32 calls that have numbers of their own, 512 and up, in order. 64 long, the rest zero, so
 * that a mask keeps the index inside. */
static const u16 pg_x32_rows[64] = {
	13,  15,  16,  19, 20, 45,  46,	 47,  59,  101, 127, 128, 129, 131, 222, 244, 246, 247,
	273, 274, 278, 54, 55, 206, 209, 297, 295, 296, 299, 307, 310, 311, 322, 327, 328,
};

static __always_inline bool pg_is_compat(struct task_struct *task)
{
	return ((struct task_struct___x86 *)task)->thread_info.status & TS_COMPAT;
}

/* The number the call came with, which says with TS_COMPAT and PG_X32_BIT how it came. */
static __always_inline u64 pg_syscall_number(struct pt_regs *regs)
{
	return regs->orig_ax;
}

static __always_inline u64 pg_instruction_pointer(struct pt_regs *regs)
{
	return regs->ip;
}

/* The number of a call of a 64-bit program without how it came. */
static __always_inline u32 pg_plain_number(u32 number)
{
	return number & ~PG_X32_BIT;
}

static __always_inline s32 pg_x32_row(u32 number)
{
	if (number < PG_NUMBERS)
		return number;
	number -= PG_NUMBERS;
	if (number >= PG_X32_OWN)
		return -1;
	barrier_var(number);
	return pg_x32_rows[number & 63];
}

/* The row of a call of a 64-bit program, negative where it has none. */
static __always_inline s32 pg_native_row(u32 number)
{
	return number & PG_X32_BIT ? pg_x32_row(number & ~PG_X32_BIT) : (s32)number;
}

/* The id in the capture format of a call of a 32-bit program. */
static __always_inline u16 pg_compat_id(u32 number)
{
	return pg_i386_ids[number & (PG_NUMBERS - 1)];
}

/* The row of a 32-bit call, negative where it has none. The capture format's map takes stat64,
 * lstat64, fstat64, mmap2, umount and _llseek for their 64-bit kin, which have other parameters,
 * and leaves out _newselect, ppoll_time64 and recvmmsg_time64. */
static __always_inline s32 pg_compat_row(struct pt_regs *regs, u32 native)
{
	u32 call = regs->bx;

	switch (native) {
	case PG_I386_SOCKETCALL:
		if (call == 9 || call == 10)
			return PG_NUMBERS + PG_SOCKETCALL_ROWS + call;
		if (call >= 32)
			return 0;
		barrier_var(call);
		return pg_socketcall_rows[call & 31];
	case PG_I386_IPC:
		/* The upper half says which form of the structures is meant. */
		call &= 0xffff;
		if (call >= 32)
			return 0;
		barrier_var(call);
		return pg_ipc_rows[call & 31];
	case 22:
	case 140:
	case 192:
	case 195:
	case 196:
	case 197: return PG_NUMBERS + native;
	case 142: return PG_NR_SELECT;
	case PG_I386_PPOLL_TIME64: return PG_NR_PPOLL;
	case 417: return PG_NR_RECVMMSG;
	}
	barrier_var(native);
	return pg_i386_rows[native & (PG_NUMBERS - 1)];
}

/* Whether a 32-bit number stands for many calls, of which an argument selects one. */
static __always_inline bool pg_is_multiplexer(u32 number)
{
	return number == PG_I386_SOCKETCALL || number == PG_I386_IPC;
}

/* Argument `n` of a call that has them in registers; `compat`: of a 32-bit program. */
static __always_inline u64 pg_register_arg_of(struct pt_regs *regs, bool compat, u32 n)
{
	if (!compat) {
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

/* The 32-bit calls that have their arguments in memory: socketcall, and the oldest mmap. */
static __always_inline bool pg_is_socketcall(u64 number)
{
	return number == PG_I386_SOCKETCALL;
}

static __always_inline u64 pg_socketcall_args(struct pt_regs *regs)
{
	return (u32)regs->cx;
}

static __always_inline bool pg_is_old_mmap(u64 number)
{
	return number == PG_I386_MMAP;
}

static __always_inline u64 pg_old_mmap_args(struct pt_regs *regs)
{
	return (u32)regs->bx;
}

/* The 32-bit ipc sorts its arguments in its own way: the call, three numbers, a pointer. */
static __always_inline bool pg_is_ipc(u64 number)
{
	return number == PG_I386_IPC;
}

/* Argument `n` of ipc behind the call. */
static __always_inline u64 pg_ipc_arg(struct pt_regs *regs, u32 n)
{
	switch (n) {
	case 0: return regs->cx;
	case 1: return regs->dx;
	case 2: return regs->si;
	default: return (u32)regs->di;
	}
}

/* The oldest 32-bit calls know 16 bits of a number of a user or group: setuid setgid setreuid setregid
 * getresuid setresuid getresgid setresgid. */
static __always_inline bool pg_has_short_ids(u64 number)
{
	switch (number) {
	case 23:
	case 46:
	case 70:
	case 71:
	case 164:
	case 165:
	case 170:
	case 171: return true;
	}
	return false;
}

/* The 32-bit sendfile whose offset has 32 bits. */
static __always_inline bool pg_has_short_offset(u64 number)
{
	return number == PG_I386_SENDFILE;
}

/* Whether a 32-bit wait for descriptors takes its time in numbers of 32 bits. */
static __always_inline bool pg_has_short_time(u64 number)
{
	return number != PG_I386_PPOLL_TIME64;
}

/* Whether a call that begins closes a descriptor. */
static __always_inline bool pg_is_close(struct task_struct *task, u32 number)
{
	if (number != PG_NR_CLOSE && number != (PG_NR_CLOSE | PG_X32_BIT) && number != PG_I386_CLOSE)
		return false;
	return (number == PG_I386_CLOSE) == pg_is_compat(task);
}

/* Whether a message may go to, or come from, another address than the one its socket is connected to. */
static __always_inline bool pg_may_have_address(struct pt_regs *regs, bool compat)
{
	switch ((u32)regs->orig_ax & ~PG_X32_BIT) {
	case PG_NR_SENDTO:
	case PG_NR_RECVFROM:
	case PG_NR_SENDMSG:
	case PG_NR_RECVMSG:
	case PG_NR_RECVMMSG:
	case PG_NR_SENDMMSG:
	/* Those of x32. */
	case 517:
	case 518:
	case 519:
	case 537:
	case 538: return !compat;
	/* recvmmsg, sendmmsg, sendto to recvmsg, recvmmsg_time64 of i386. */
	case 337:
	case 345:
	case 369 ... 372:
	case 417: return compat;
	}
	return false;
}

/* The kernel has tracepoints for page faults. */
#define PG_HAS_FAULT_TRACEPOINTS

/* The processor's bits, the capture format's: each bit of the first four says one thing or the other. */
static __always_inline u32 pg_fault_flags(unsigned long code)
{
	return (code & 1 ? PPM_PF_PROTECTION_VIOLATION : PPM_PF_PAGE_NOT_PRESENT) |
	       (code & 2 ? PPM_PF_WRITE_ACCESS : PPM_PF_READ_ACCESS) |
	       (code & 4 ? PPM_PF_USER_FAULT : PPM_PF_SUPERVISOR_FAULT) | (code & 8 ? PPM_PF_RESERVED_PAGE : 0) |
	       (code & 16 ? PPM_PF_INSTRUCTION_FETCH : 0);
}

#endif
