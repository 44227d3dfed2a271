/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls that make, change and end processes. */
#ifndef PG_SYSCALLS_PROCESS_H
#define PG_SYSCALLS_PROCESS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "tables.gen.h"
#include "arch.h"
#include "filter/process_facts.h"
#include "kernel/task.h"
#include "kernel/walk.h"
#include "record/scratch.h"
#include "record/trailer.h"
#include "syscalls/arguments.h"
#include "syscalls/call.h"
#include "syscalls/entry.h"

/* What the calling task may do after a call that changes it. */
static __always_inline void fact_capabilities(struct scratch *s, struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, cred);
	u8 *at = AT(s);

	*(u16 *)&at[0] = PG_TRAILER_CAPABILITIES;
	*(u16 *)&at[2] = 24;
	*(u64 *)&at[4] = capabilities(cred, 0);
	*(u64 *)&at[12] = capabilities(cred, 1);
	*(u64 *)&at[20] = capabilities(cred, 2);
	s->pos += 28;
}

/* Parameters 3 to 14, the same in clone and execve. */
__noinline int put_task(struct scratch *s)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	if (!s)
		return 0;
	put_s64(s, 3, BPF_CORE_READ(task, pid));
	put_s64(s, 4, BPF_CORE_READ(task, tgid));
	put_s64(s, 5, BPF_CORE_READ(task, real_parent, tgid));
	walk_path(s, task, (struct path *)((char *)BPF_CORE_READ(task, fs) + bpf_core_field_offset(struct fs_struct, pwd)));
	put_path(s, 6);
	put_u64(s, 7, descriptor_limit(task));
	put_u64(s, 8, BPF_CORE_READ(task, maj_flt));
	put_u64(s, 9, BPF_CORE_READ(task, min_flt));
	put_u32(s, 10, BPF_CORE_READ(mm, total_vm) * PAGE_KB);
	put_u32(s, 11, resident_kb(mm));
	put_u32(s, 12, swapped_kb(mm));
	put_kernel_text(s, 13, (char *)task + bpf_core_field_offset(struct task_struct, comm), 16);
	put_cgroups(s, 14, task);
	return 0;
}

/* Clone flags: the kernel's bit, the capture format's. */
static __always_inline u32 clone_flags(u64 flags)
{
	u32 out = 0;

#define FLAG(bit, name) out |= flags & (bit) ? PPM_CL_##name : 0
	FLAG(0x00000100, CLONE_VM);
	FLAG(0x00000200, CLONE_FS);
	FLAG(0x00000400, CLONE_FILES);
	FLAG(0x00000800, CLONE_SIGHAND);
	FLAG(0x00002000, CLONE_PTRACE);
	FLAG(0x00004000, CLONE_VFORK);
	FLAG(0x00008000, CLONE_PARENT);
	FLAG(0x00010000, CLONE_THREAD);
	FLAG(0x00020000, CLONE_NEWNS);
	FLAG(0x00040000, CLONE_SYSVSEM);
	FLAG(0x00080000, CLONE_SETTLS);
	FLAG(0x00100000, CLONE_PARENT_SETTID);
	FLAG(0x00200000, CLONE_CHILD_CLEARTID);
	FLAG(0x00800000, CLONE_UNTRACED);
	FLAG(0x01000000, CLONE_CHILD_SETTID);
	FLAG(0x02000000, CLONE_NEWCGROUP);
	FLAG(0x04000000, CLONE_NEWUTS);
	FLAG(0x08000000, CLONE_NEWIPC);
	FLAG(0x10000000, CLONE_NEWUSER);
	FLAG(0x20000000, CLONE_NEWPID);
	FLAG(0x40000000, CLONE_NEWNET);
	FLAG(0x80000000, CLONE_IO);
#undef FLAG
	return out;
}

static __always_inline void cloned(struct scratch *s, struct task_struct *task, long ret, u16 type, u32 flags)
{
	u32 level = level_of(task);

	if (level || BPF_CORE_READ(task, nsproxy, pid_ns_for_children, level))
		flags |= PPM_CL_CHILD_IN_PIDNS;
	begin(s, type, PPME_SYSCALL_CLONE_20_X_N, task->pid);
	put_s64(s, 0, ret);
	put_arguments(s, 1, BPF_CORE_READ(task, mm));
	put_task(s);
	put_u32(s, 15, flags);
	put_u32(s, 16, BPF_CORE_READ(task, cred, euid.val));
	put_u32(s, 17, BPF_CORE_READ(task, cred, egid.val));
	put_s64(s, 18, number_at(own_pid(task), level));
	put_s64(s, 19, number_at(BPF_CORE_READ(task, group_leader, thread_pid), level));
	put_u64(s, 20, namespace_start(task));
	close_block(s, task);
	/* The first of a user namespace may do anything in it. */
	if (ret == 0 && flags & PPM_CL_CLONE_NEWUSER)
		fact_capabilities(s, task);
	if (ret == 0)
		remember_child(send(s, PG_LOSS_CLONE_FORK));
	else
		remember_cgroup(send(s, PG_LOSS_CLONE_FORK));
}

CALL(clone)
{
	cloned(s, task, ret, PPME_SYSCALL_CLONE_20_X, clone_flags(ARG(0)));
}

CALL(clone3)
{
	cloned(s, task, ret, PPME_SYSCALL_CLONE3_X, clone_flags(flags_of_clone3(task, ARG(0))));
}

CALL(fork)
{
	cloned(s, task, ret, PPME_SYSCALL_FORK_20_X, 0);
}

CALL(vfork)
{
	cloned(s, task, ret, PPME_SYSCALL_VFORK_20_X, 0);
}

/* Parameters 0 to 29 of execve and execveat. */
static __always_inline void executed(struct scratch *s, struct task_struct *task, struct pt_regs *regs, long ret,
				     u32 first)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	const struct cred *cred = BPF_CORE_READ(task, cred);
	struct file *file = BPF_CORE_READ(mm, exe_file);
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct pid *group = group_pid(task, PIDTYPE_PGID);

	put_s64(s, 0, ret);
	if (ret == 0) {
		put_arguments(s, 1, mm);
	} else {
		u64 list = ARG(first), name = 0;
		u32 width = pointer_width(task);

		if (width == 4)
			bpf_probe_read_user(&name, 4, (void *)list);
		else
			bpf_probe_read_user(&name, 8, (void *)list);
		put_user_text(s, 1, name);
		put_array(s, 2, list, width, 1);
	}
	put_task(s);
	if (ret == 0)
		put_environment(s, 15, mm);
	else
		put_array(s, 15, ARG(first + 1), pointer_width(task), 0);
	put_u32(s, 16, tty_of(task));
	put_s64(s, 17, number_at(group, level_of(task)));
	put_u32(s, 18, login_of(task));
	put_u32(s, 19, program_flags(s, task, file));
	put_u64(s, 20, capabilities(cred, 0));
	put_u64(s, 21, capabilities(cred, 1));
	put_u64(s, 22, capabilities(cred, 2));
	put_u64(s, 23, BPF_CORE_READ(inode, i_ino));
	put_u64(s, 24, inode ? changed_at(inode) : 0);
	put_u64(s, 25, inode ? modified_at(inode) : 0);
	put_u32(s, 26, BPF_CORE_READ(cred, euid.val));
	/* program_flags walked to it. */
	put_path(s, 27);
	put_s64(s, 28, number_at(group, 0));
	put_u32(s, 29, BPF_CORE_READ(cred, egid.val));
}

/* The end of a call that starts a program: what it starts with is what its first three descriptors are now,
 * whichever way they came to be it. */
static __always_inline void send_executed(struct scratch *s, struct task_struct *task, long ret)
{
	close_block(s, task);
	if (ret == 0) {
		fact_program(s, task);
		fact_streams(s, task);
		tell(s, 0);
		tell(s, 1);
		tell(s, 2);
		s->tells_all = 1;
	}
	send(s, PG_LOSS_EXECVE);
}

CALL(execve)
{
	if (ret == 0)
		forget_facts();
	begin(s, PPME_SYSCALL_EXECVE_19_X, PPME_SYSCALL_EXECVE_19_X_N, task->pid);
	executed(s, task, regs, ret, 1);
	/* A new program's registers say nothing of the call; the kernel leaves the name behind the
	 * environment. */
	put_user_text(s, 30, ret == 0 ? BPF_CORE_READ(task, mm, env_end) : ARG(0));
	send_executed(s, task, ret);
}

CALL(execveat)
{
	if (ret == 0)
		forget_facts();
	begin(s, PPME_SYSCALL_EXECVEAT_X, PPME_SYSCALL_EXECVEAT_X_N, task->pid);
	executed(s, task, regs, ret, 2);
	send_executed(s, task, ret);
}

/* Who gets the children of a task that ends: another thread of the process, the next ancestor
 * that asked for them, or the first process of the pid namespace. 0 without children. */
struct heir {
	struct task_struct *ending;
	struct list_head *at;
	struct list_head *head;
	s32 tid;
};

#define HEIRS 64

static long next_thread(u32 n, void *context)
{
	struct heir *h = context;
	struct list_head *at = h->at;
	struct task_struct *thread;

	if (!at || at == h->head)
		return 1;
	thread = (struct task_struct *)((char *)at - bpf_core_field_offset(struct task_struct, thread_node));
	if (thread != h->ending && !(BPF_CORE_READ(thread, flags) & PF_EXITING)) {
		h->tid = BPF_CORE_READ(thread, pid);
		return 1;
	}
	h->at = BPF_CORE_READ(at, next);
	return 0;
}

static __noinline int heir_of(struct task_struct *task)
{
	struct list_head *children =
		(struct list_head *)((char *)task + bpf_core_field_offset(struct task_struct, children));
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct list_head *head =
		(struct list_head *)((char *)signal + bpf_core_field_offset(struct signal_struct, thread_head));
	struct heir h = { .ending = task, .head = head };
	struct task_struct *above = task;

	if (BPF_CORE_READ(children, next) == children)
		return 0;
	h.at = BPF_CORE_READ(head, next);
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
		bpf_loop(HEIRS, next_thread, &h, 0);
	} else {
		for (u32 n = 0; n < HEIRS / 4; n++)
			if (next_thread(n, &h))
				break;
	}
	if (h.tid)
		return h.tid;
	if (BPF_CORE_READ_BITFIELD_PROBED(signal, has_child_subreaper)) {
		for (u32 n = 0; n < 16; n++) {
			above = BPF_CORE_READ(above, real_parent);
			signal = BPF_CORE_READ(above, signal);
			if (!above || BPF_CORE_READ(above, pid) <= 1)
				break;
			if (BPF_CORE_READ_BITFIELD_PROBED(signal, is_child_subreaper))
				return BPF_CORE_READ(above, tgid);
		}
	}
	return BPF_CORE_READ(namespace_of(task), child_reaper, pid);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(task_exit, struct task_struct *ending)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s;
	u32 code = task->exit_code;
	u8 signal = code & 0x7f;

	s = take();
	if (!s)
		return 0;
	begin(s, PPME_PROCEXIT_1_E, PPME_PROCEXIT_1_E_N, task->pid);
	put_s64(s, 0, (s32)code);
	put_s64(s, 1, signal ? 0 : code >> 8 & 0xff);
	put_u8(s, 2, signal);
	put_u8(s, 3, code >> 7 & 1);
	put_s64(s, 4, heir_of(task));
	close_block(s, task);
	send(s, PG_LOSS_PROC_EXIT);
	give(s);
	return 0;
}

CALL(setsid)
{
	begin(s, PPME_SYSCALL_SETSID_X, PPME_SYSCALL_SETSID_X_N, task->pid);
	put_s64(s, 0, ret);
	END;
}

CALL(setpgid)
{
	begin(s, PPME_SYSCALL_SETPGID_X, PPME_SYSCALL_SETPGID_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_s64(s, 2, ARG_FD(1));
	END_OTHER;
}

#define PIDFD_NONBLOCK 04000

CALL(pidfd_open)
{
	begin(s, PPME_SYSCALL_PIDFD_OPEN_X, PPME_SYSCALL_PIDFD_OPEN_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u32(s, 2, ARG(1) & PIDFD_NONBLOCK ? PPM_PIDFD_NONBLOCK : 0);
	end_with(s, task, ret);
}

CALL(pidfd_getfd)
{
	begin(s, PPME_SYSCALL_PIDFD_GETFD_X, PPME_SYSCALL_PIDFD_GETFD_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_s64(s, 2, ARG_FD(1));
	put_u32(s, 3, ARG(2));
	end_with(s, task, ret);
}

#define PR_SET_NAME 15
#define PR_SET_CHILD_SUBREAPER 36
#define PR_GET_CHILD_SUBREAPER 37

CALL(prctl)
{
	u32 option = ARG(0);
	s64 number = 0;

	begin(s, PPME_SYSCALL_PRCTL_X, PPME_SYSCALL_PRCTL_X_N, task->pid);
	put_s64(s, 0, ret);
	put_u32(s, 1, option);
	if (option == PR_SET_NAME) {
		put_user_text(s, 2, ARG(1));
	} else if (option == PR_GET_CHILD_SUBREAPER) {
		s32 is = 0;

		bpf_probe_read_user(&is, sizeof(is), (void *)ARG(1));
		number = is;
		put_nothing(s, 2);
	} else {
		number = ARG(1);
		put_nothing(s, 2);
	}
	put_s64(s, 3, number);
	END;
}

/* The kernel's ptrace requests in the capture format's numbers: from 0, and from 0x4200. */
const u8 ptrace_low[64] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0, 26, 27, 28, 29, 11, 12, 30, 31, 0,
	32, 0, 0, 13, 33, 34, 0, 0, 0, 35, 36, 37, 38,
};
const u8 ptrace_high[16] = {
	14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
};

static __always_inline u16 ptrace_request(u32 request)
{
	if (request < sizeof(ptrace_low)) {
		barrier_var(request);
		return ptrace_low[request & 63];
	}
	request -= 0x4200;
	if (request >= sizeof(ptrace_high))
		return 0;
	barrier_var(request);
	return ptrace_high[request & 15];
}

CALL(ptrace)
{
	u16 request = ptrace_request(ARG(0));
	u64 data = ARG(3);

	begin(s, PPME_SYSCALL_PTRACE_X, PPME_SYSCALL_PTRACE_X_N, task->pid);
	put_s64(s, 0, ret);
	if (ret < 0) {
		put_nothing(s, 1);
		put_nothing(s, 2);
	} else {
		u32 start = s->pos;

		*AT(s) = PPM_PTRACE_IDX_UINT64;
		s->pos += 1;
		*(u64 *)AT(s) = ARG(2);
		s->pos += 8;
		LEN(s, 1) = s->pos - start;
		start = s->pos;
		if (request == PPM_PTRACE_CONT || request == PPM_PTRACE_SINGLESTEP || request == PPM_PTRACE_DETACH ||
		    request == PPM_PTRACE_SYSCALL) {
			*AT(s) = PPM_PTRACE_IDX_SIGTYPE;
			s->pos += 1;
			*AT(s) = data;
			s->pos += 1;
		} else {
			/* What a peek found stands where `data` points to. */
			if (request == PPM_PTRACE_PEEKTEXT || request == PPM_PTRACE_PEEKDATA ||
			    request == PPM_PTRACE_PEEKUSR) {
				u64 from = data;

				data = 0;
				bpf_probe_read_user(&data, pointer_width(task) == 4 ? 4 : 8, (void *)from);
			}
			*AT(s) = PPM_PTRACE_IDX_UINT64;
			s->pos += 1;
			*(u64 *)AT(s) = data;
			s->pos += 8;
		}
		LEN(s, 2) = s->pos - start;
	}
	put_u16(s, 3, request);
	put_s64(s, 4, (s32)ARG(1));
	END;
}

#endif
