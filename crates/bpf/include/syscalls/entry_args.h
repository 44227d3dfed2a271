/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Arguments in memory that a call may overwrite before it returns: a path under the result of
 * `newfstatat`, iovecs under the data received into them. `entering` saves them at the entry of the call;
 * it runs only while such a call is of interest. What cannot be read at the entry, or does not fit, is
 * read at the return like all other arguments. */
#ifndef PG_SYSCALLS_ENTRY_ARGS_H
#define PG_SYSCALLS_ENTRY_ARGS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "arch.h"
#include "record/deliver.h"
#include "record/scratch.h"

#define PG_ENTRY_BYTES_MAX PG_STR_MAX
#define PG_ENTRY_IOVECS_MAX 250
#define PG_ENTRY_MESSAGES_MAX 32
/* Of a message: its head, then its first pieces. */
#define PG_MSGHDR_MAX 64
#define PG_ENTRY_MESSAGE_SIZE 128

struct entry_args {
	/* Of the call, as the register had it. */
	u32 number;
	/* Bytes that are kept; of messages how many, of a wait 1 its time and 2 its signals. */
	u32 len;
	/* Arguments that lie in memory themselves. */
	u32 words[8];
	u32 has_words, pad;
	u8 bytes[PG_ENTRY_BYTES_MAX + PG_MSGHDR_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct entry_args);
} kept_calls SEC(".maps");

/* What the entry of this call found. */
static __always_inline struct entry_args *pg_entry_args(struct task_struct *task, struct pt_regs *regs)
{
	struct entry_args *k = bpf_task_storage_get(&kept_calls, task, 0, 0);

	return k && k->number == (u32)pg_syscall_number(regs) ? k : 0;
}

static __always_inline void pg_forget_entry_args(struct task_struct *task)
{
	bpf_task_storage_delete(&kept_calls, task);
}

/* Argument `n` of a call whose arguments lie at `from`. */
__noinline u64 pg_arg_in_memory(u64 from, u32 n)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct entry_args *k = pg_entry_args(task, (struct pt_regs *)bpf_task_pt_regs(task));
	u32 value = 0;

	n &= 7;
	if (k && k->has_words)
		return k->words[n];
	bpf_probe_read_user(&value, sizeof(value), (void *)(from + n * 4));
	return value;
}

/* Argument `n` of a call, the sub-call's where it came through socketcall. */
static __always_inline u64 pg_arg(struct pt_regs *regs, struct task_struct *task, u32 n)
{
	if (pg_is_compat(task) && pg_is_socketcall(pg_syscall_number(regs)))
		return pg_arg_in_memory(pg_socketcall_args(regs), n);
	return pg_register_arg(regs, task, n);
}

/* Argument `n` of mmap: the oldest 32-bit call has them in memory. */
static __always_inline u64 pg_mmap_arg(struct pt_regs *regs, struct task_struct *task, u32 n)
{
	if (pg_is_compat(task) && pg_is_old_mmap(pg_syscall_number(regs)))
		return pg_arg_in_memory(pg_old_mmap_args(regs), n);
	return pg_register_arg(regs, task, n);
}

/* Reads a text of the calling process, as it stood there when the call began, to where the next value goes.
 * Its length with the NUL; below zero where it cannot be read. */
static __always_inline long pg_read_entry_str(struct scratch *s, struct task_struct *task, struct pt_regs *regs,
					      u64 from)
{
	struct entry_args *k = pg_entry_args(task, regs);
	long n;

	if (!k || !k->len)
		return pg_read_user_str(s, from);
	n = bpf_probe_read_kernel_str(PG_AT(s), PG_STR_MAX, k->bytes);
	/* Older kernels say 0 of an empty text. */
	if (n == 0) {
		*PG_AT(s) = 0;
		n = 1;
	}
	return n;
}

/* A path of the calling process, as it stood there when the call began. */
static __always_inline void pg_put_entry_str(struct scratch *s, struct task_struct *task, struct pt_regs *regs, u32 i,
					     u64 from)
{
	long n = pg_read_entry_str(s, task, regs, from);

	if (n <= 0)
		n = 0;
	PG_LEN(s, i) = n;
	s->pos += n;
}

/* A structure of `len` bytes, as it stood there when the call began. */
static __always_inline void pg_read_entry_bytes(struct task_struct *task, struct pt_regs *regs, void *to, u32 len,
						u64 from)
{
	struct entry_args *k = pg_entry_args(task, regs);

	if (!k || !k->len)
		bpf_probe_read_user(to, len, (void *)from);
	else
		bpf_probe_read_kernel(to, len, k->bytes);
}

/* Where the text stands among the arguments of an operation on keys that writes a result; 0: nowhere. */
static __always_inline u32 pg_keyctl_str_arg(u32 operation)
{
	if (operation == PPM_KEYCTL_PKEY_QUERY)
		return 3;
	return operation > PPM_KEYCTL_PKEY_QUERY && operation <= PPM_KEYCTL_PKEY_VERIFY ? 2 : 0;
}

static __always_inline void pg_save_str(struct entry_args *k, u64 from)
{
	long n = bpf_probe_read_user_str(k->bytes, PG_ENTRY_BYTES_MAX, (void *)from);

	k->bytes[PG_ENTRY_BYTES_MAX - 1] = 0;
	if (n == 0) {
		k->bytes[0] = 0;
		n = 1;
	}
	k->len = n > 0 ? n : 0;
}

static __always_inline void pg_save_bytes(struct entry_args *k, u64 from, u32 len)
{
	k->len = from && !bpf_probe_read_user(k->bytes, len, (void *)from) ? len : 0;
}

/* Pieces, from `at` on; how many. */
static __always_inline u32 pg_save_iovecs(struct entry_args *k, u64 from, u64 count, u32 width)
{
	u32 len, most = count < PG_ENTRY_IOVECS_MAX ? count : PG_ENTRY_IOVECS_MAX;

	len = most * width;
	barrier_var(len);
	len &= PG_ENTRY_BYTES_MAX - 1;
	if (!len || bpf_probe_read_user(&k->bytes[PG_MSGHDR_MAX], len, (void *)from))
		return 0;
	return most;
}

struct saving {
	struct entry_args *k;
	u64 from;
	u32 narrow, names;
};

/* One of many messages: the name it is sent to, or its head with its first pieces. */
static long pg_save_message(u32 n, void *context)
{
	struct saving *all = context;
	u32 at = n * PG_ENTRY_MESSAGE_SIZE & (PG_ENTRY_BYTES_MAX - 1);
	struct entry_args *k = all->k;
	u64 head[3] = {};
	u32 width = all->narrow ? 32 : 64, len;

	if (n >= PG_ENTRY_MESSAGES_MAX)
		return 1;
	at &= PG_ENTRY_BYTES_MAX - PG_ENTRY_MESSAGE_SIZE;
	if (all->names) {
		u64 name;

		if (bpf_probe_read_user(head, all->narrow ? 8 : 16, (void *)(all->from + n * width)))
			return 1;
		name = all->narrow ? (u32)head[0] : head[0];
		len = all->narrow ? head[0] >> 32 : (u32)head[1];
		if (len > 110)
			len = 110;
		barrier_var(len);
		len &= 127;
		__builtin_memset(&k->bytes[at], 0, PG_ENTRY_MESSAGE_SIZE);
		if (name && len && bpf_probe_read_user(&k->bytes[at], len, (void *)name))
			return 1;
		*(u32 *)&k->bytes[at + 124] = name ? len : 0;
	} else {
		u64 pieces, count;

		if (bpf_probe_read_user(&k->bytes[at], PG_MSGHDR_MAX, (void *)(all->from + n * width)))
			return 1;
		pieces = all->narrow ? *(u32 *)&k->bytes[at + 8] : *(u64 *)&k->bytes[at + 16];
		count = all->narrow ? *(u32 *)&k->bytes[at + 12] : *(u64 *)&k->bytes[at + 24];
		len = count < 4 ? count : 4;
		len *= all->narrow ? 8 : 16;
		barrier_var(len);
		len &= 127;
		if (len > 64 || (len && bpf_probe_read_user(&k->bytes[at + PG_MSGHDR_MAX], len & 127, (void *)pieces)))
			return 1;
	}
	k->len = n + 1;
	return 0;
}

static __always_inline void pg_save_messages(struct entry_args *k, u64 from, u32 count, bool narrow, bool names)
{
	struct saving all = { .k = k, .from = from, .narrow = narrow, .names = names };

	if (count > PG_ENTRY_MESSAGES_MAX)
		count = PG_ENTRY_MESSAGES_MAX;
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
		bpf_loop(count, pg_save_message, &all, 0);
	} else {
		for (u32 n = 0; n < 4; n++)
			if (n >= count || pg_save_message(n, &all))
				break;
	}
}

static __always_inline bool pg_saves_at_entry(u32 row)
{
	switch (row) {
		PG_KEPT_AT_ENTRY_CASES
		return true;
	}
	return false;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(entering, struct pt_regs *regs, long id)
{
	struct task_struct *task = bpf_get_current_task_btf();
	bool narrow = pg_is_compat(task), in_memory = false, old_time;
	u32 number = pg_syscall_number(regs), width = narrow ? 8 : 16, at;
	struct interest *wanted;
	struct entry_args *k;
	s32 row = number;

	if (narrow) {
		in_memory = pg_is_socketcall(number) || pg_is_old_mmap(number);
		row = number < PG_NUMBERS ? pg_compat_row(regs, number) : -1;
	} else {
		row = pg_native_row(number);
	}
	if (row < 0 || row >= PG_ROWS || (!in_memory && !pg_saves_at_entry(row)))
		return 0;
	wanted = pg_interest();
	if (!wanted || !pg_has_bit(wanted->rows, row, PG_ROWS))
		return 0;
	k = bpf_task_storage_get(&kept_calls, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!k)
		return 0;
	k->number = number;
	k->len = 0;
	k->has_words = 0;
	if (in_memory) {
		u64 from = pg_is_old_mmap(number) ? pg_old_mmap_args(regs) : pg_socketcall_args(regs);

		/* No sub-call has more than six; of those with fewer the rest need not be readable. */
		if (!bpf_probe_read_user(k->words, 24, (void *)from))
			k->has_words = 1;
		else if (!bpf_probe_read_user(k->words, 16, (void *)from))
			k->has_words = 1;
		else if (!bpf_probe_read_user(k->words, 12, (void *)from))
			k->has_words = 1;
	}
	switch (row) {
	case PG_NR_STAT:
	case PG_NR_LSTAT:
	case PG_ROW_STAT64:
	case PG_ROW_LSTAT64: pg_save_str(k, pg_arg(regs, task, 0)); break;
	case PG_NR_NEWFSTATAT:
	case PG_NR_QUOTACTL: pg_save_str(k, pg_arg(regs, task, 1)); break;
	case PG_NR_KEYCTL:
		at = pg_keyctl_str_arg(pg_arg(regs, task, 0));
		if (at)
			pg_save_str(k, at == 2 ? pg_arg(regs, task, 2) : pg_arg(regs, task, 3));
		break;
	case PG_NR_NANOSLEEP: pg_save_bytes(k, pg_arg(regs, task, 0), width); break;
	case PG_NR_PRLIMIT64: pg_save_bytes(k, pg_arg(regs, task, 2), 16); break;
	case PG_NR_PPOLL:
		old_time = narrow && pg_has_short_time(number);
		if (!bpf_probe_read_user(k->bytes, old_time ? 8 : 16, (void *)pg_arg(regs, task, 2)))
			k->len |= 1;
		if (!bpf_probe_read_user(&k->bytes[16], 4, (void *)pg_arg(regs, task, 3)))
			k->len |= 2;
		break;
	case PG_NR_READV:
	case PG_NR_PREADV:
	case PG_NR_PROCESS_VM_READV:
	case PG_NR_PROCESS_VM_WRITEV:
		k->len = pg_save_iovecs(k, pg_arg(regs, task, 1), pg_arg(regs, task, 2), width);
		break;
	case PG_NR_RECVMSG:
		if (!bpf_probe_read_user(k->bytes, narrow ? 28 : 56, (void *)pg_arg(regs, task, 1))) {
			u64 pieces = narrow ? *(u32 *)&k->bytes[8] : *(u64 *)&k->bytes[16];
			u64 count = narrow ? *(u32 *)&k->bytes[12] : *(u64 *)&k->bytes[24];

			k->len = 1 + pg_save_iovecs(k, pieces, count, width);
		}
		break;
	case PG_NR_RECVMMSG:
	case PG_NR_SENDMMSG:
		pg_save_messages(k, pg_arg(regs, task, 1), pg_arg(regs, task, 2), narrow, row == PG_NR_SENDMMSG);
		break;
	}
	return 0;
}

/* The flags of clone3 as the kernel took them, by the numbers of who called and of the child. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, u32);
	__type(value, u64);
} clone3_flags SEC(".maps");

SEC("tp_btf/task_newtask")
int BPF_PROG(new_task, struct task_struct *child, u64 clone_flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	u32 caller = task->pid, made = child->pid;
	u64 flags = clone_flags;

	if (pg_plain_number(pg_syscall_number(regs)) != PG_NR_CLONE3)
		return 0;
	bpf_map_update_elem(&clone3_flags, &caller, &flags, BPF_ANY);
	bpf_map_update_elem(&clone3_flags, &made, &flags, BPF_ANY);
	return 0;
}

/* The flags of the clone3 that returns. A failed call made no task, so no tracepoint saw its flags. */
static __always_inline u64 pg_clone3_flags_of(struct task_struct *task, u64 from)
{
	u32 caller = task->pid;
	u64 *kept = bpf_map_lookup_elem(&clone3_flags, &caller), flags = 0;

	if (!kept) {
		bpf_probe_read_user(&flags, sizeof(flags), (void *)from);
		return flags;
	}
	flags = *kept;
	bpf_map_delete_elem(&clone3_flags, &caller);
	return flags;
}

#endif
