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
#include "filter/process.h"
#include "kernel/task.h"
#include "kernel/walk.h"
#include "record/scratch.h"
#include "record/trailer.h"
#include "syscalls/arguments.h"
#include "syscalls/call.h"
#include "syscalls/entry_args.h"

/* What the calling task may do after a call that changes it. */
static __always_inline void pg_trailer_capabilities(struct scratch *s, struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, cred);
	u8 *at = PG_AT(s);

	*(u16 *)&at[0] = PG_TRAILER_CAPABILITIES;
	*(u16 *)&at[2] = 24;
	*(u64 *)&at[4] = pg_cap_set(cred, 0);
	*(u64 *)&at[12] = pg_cap_set(cred, 1);
	*(u64 *)&at[20] = pg_cap_set(cred, 2);
	s->pos += 28;
}

/* Parameters 3 to 14, the same in clone and execve. */
__noinline int pg_put_task(struct scratch *s)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	if (!s)
		return 0;
	pg_put_s64(s, 3, BPF_CORE_READ(task, pid));
	pg_put_s64(s, 4, BPF_CORE_READ(task, tgid));
	pg_put_s64(s, 5, BPF_CORE_READ(task, real_parent, tgid));
	pg_walk_path(s, task,
		     (struct path *)((char *)BPF_CORE_READ(task, fs) + bpf_core_field_offset(struct fs_struct, pwd)));
	pg_put_path(s, 6);
	pg_put_u64(s, 7, pg_fd_limit(task));
	pg_put_u64(s, 8, BPF_CORE_READ(task, maj_flt));
	pg_put_u64(s, 9, BPF_CORE_READ(task, min_flt));
	pg_put_u32(s, 10, BPF_CORE_READ(mm, total_vm) * PG_PAGE_KB);
	pg_put_u32(s, 11, pg_rss_kb(mm));
	pg_put_u32(s, 12, pg_swap_kb(mm));
	pg_put_kernel_str(s, 13, (char *)task + bpf_core_field_offset(struct task_struct, comm), 16);
	pg_put_cgroups(s, 14, task);
	return 0;
}

/* Clone flags: the kernel's bit, the capture format's. */
static __always_inline u32 pg_clone_flags(u64 flags)
{
	u32 out = 0;

#define PG_FLAG(bit, name) out |= flags & (bit) ? PPM_CL_##name : 0
	PG_FLAG(0x00000100, CLONE_VM);
	PG_FLAG(0x00000200, CLONE_FS);
	PG_FLAG(0x00000400, CLONE_FILES);
	PG_FLAG(0x00000800, CLONE_SIGHAND);
	PG_FLAG(0x00002000, CLONE_PTRACE);
	PG_FLAG(0x00004000, CLONE_VFORK);
	PG_FLAG(0x00008000, CLONE_PARENT);
	PG_FLAG(0x00010000, CLONE_THREAD);
	PG_FLAG(0x00020000, CLONE_NEWNS);
	PG_FLAG(0x00040000, CLONE_SYSVSEM);
	PG_FLAG(0x00080000, CLONE_SETTLS);
	PG_FLAG(0x00100000, CLONE_PARENT_SETTID);
	PG_FLAG(0x00200000, CLONE_CHILD_CLEARTID);
	PG_FLAG(0x00800000, CLONE_UNTRACED);
	PG_FLAG(0x01000000, CLONE_CHILD_SETTID);
	PG_FLAG(0x02000000, CLONE_NEWCGROUP);
	PG_FLAG(0x04000000, CLONE_NEWUTS);
	PG_FLAG(0x08000000, CLONE_NEWIPC);
	PG_FLAG(0x10000000, CLONE_NEWUSER);
	PG_FLAG(0x20000000, CLONE_NEWPID);
	PG_FLAG(0x40000000, CLONE_NEWNET);
	PG_FLAG(0x80000000, CLONE_IO);
#undef PG_FLAG
	return out;
}

static __always_inline void pg_finish_clone(struct scratch *s, struct task_struct *task, long ret, u16 type, u32 flags)
{
	u32 level = pg_pid_level(task);

	if (level || BPF_CORE_READ(task, nsproxy, pid_ns_for_children, level))
		flags |= PPM_CL_CHILD_IN_PIDNS;
	pg_begin(s, type, PPME_SYSCALL_CLONE_20_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_args(s, 1, BPF_CORE_READ(task, mm));
	pg_put_task(s);
	pg_put_u32(s, 15, flags);
	pg_put_u32(s, 16, BPF_CORE_READ(task, cred, euid.val));
	pg_put_u32(s, 17, BPF_CORE_READ(task, cred, egid.val));
	pg_put_s64(s, 18, pg_pid_nr(pg_thread_pid(task), level));
	pg_put_s64(s, 19, pg_pid_nr(BPF_CORE_READ(task, group_leader, thread_pid), level));
	pg_put_u64(s, 20, pg_pid_namespace_start(task));
	pg_close_block(s, task);
	/* The first of a user namespace may do anything in it. */
	if (ret == 0 && flags & PPM_CL_CLONE_NEWUSER)
		pg_trailer_capabilities(s, task);
	if (ret == 0)
		pg_remember_child(pg_finish(s, PG_LOSS_CLONE_FORK));
	else
		pg_remember_cgroup(pg_finish(s, PG_LOSS_CLONE_FORK));
}

PG_SYSCALL(clone)
{
	pg_finish_clone(s, task, ret, PPME_SYSCALL_CLONE_20_X, pg_clone_flags(PG_ARG(0)));
}

PG_SYSCALL(clone3)
{
	pg_finish_clone(s, task, ret, PPME_SYSCALL_CLONE3_X, pg_clone_flags(pg_clone3_flags_of(task, PG_ARG(0))));
}

PG_SYSCALL(fork)
{
	pg_finish_clone(s, task, ret, PPME_SYSCALL_FORK_20_X, 0);
}

PG_SYSCALL(vfork)
{
	pg_finish_clone(s, task, ret, PPME_SYSCALL_VFORK_20_X, 0);
}

/* Parameters 0 to 29 of execve and execveat. */
static __always_inline void pg_put_exec(struct scratch *s, struct task_struct *task, struct pt_regs *regs, long ret,
					u32 first)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	const struct cred *cred = BPF_CORE_READ(task, cred);
	struct file *file = BPF_CORE_READ(mm, exe_file);
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct pid *group = pg_signal_pid(task, PIDTYPE_PGID);

	pg_put_s64(s, 0, ret);
	if (ret == 0) {
		pg_put_args(s, 1, mm);
	} else {
		u64 list = PG_ARG(first), name = 0;
		u32 width = pg_pointer_width(task);

		if (width == 4)
			bpf_probe_read_user(&name, 4, (void *)list);
		else
			bpf_probe_read_user(&name, 8, (void *)list);
		pg_put_user_str(s, 1, name);
		pg_put_str_array(s, 2, list, width, 1);
	}
	pg_put_task(s);
	if (ret == 0)
		pg_put_env(s, 15, mm);
	else
		pg_put_str_array(s, 15, PG_ARG(first + 1), pg_pointer_width(task), 0);
	pg_put_u32(s, 16, pg_tty_dev(task));
	pg_put_s64(s, 17, pg_pid_nr(group, pg_pid_level(task)));
	pg_put_u32(s, 18, pg_loginuid(task));
	pg_put_u32(s, 19, pg_exe_flags(s, task, file));
	pg_put_u64(s, 20, pg_cap_set(cred, 0));
	pg_put_u64(s, 21, pg_cap_set(cred, 1));
	pg_put_u64(s, 22, pg_cap_set(cred, 2));
	pg_put_u64(s, 23, BPF_CORE_READ(inode, i_ino));
	pg_put_u64(s, 24, inode ? pg_ctime(inode) : 0);
	pg_put_u64(s, 25, inode ? pg_mtime(inode) : 0);
	pg_put_u32(s, 26, BPF_CORE_READ(cred, euid.val));
	/* program_flags walked to it. */
	pg_put_path(s, 27);
	pg_put_s64(s, 28, pg_pid_nr(group, 0));
	pg_put_u32(s, 29, BPF_CORE_READ(cred, egid.val));
}

/* The end of a call that starts a program: what it starts with is what its first three descriptors are now,
 * whichever way they came to be it. */
static __always_inline void pg_finish_exec(struct scratch *s, struct task_struct *task, long ret)
{
	pg_close_block(s, task);
	if (ret == 0) {
		pg_trailer_program(s, task);
		pg_trailer_streams(s, task);
		pg_queue_fd(s, 0);
		pg_queue_fd(s, 1);
		pg_queue_fd(s, 2);
		s->describes_process = 1;
	}
	pg_finish(s, PG_LOSS_EXECVE);
}

PG_SYSCALL(execve)
{
	if (ret == 0)
		pg_forget_process();
	pg_begin(s, PPME_SYSCALL_EXECVE_19_X, PPME_SYSCALL_EXECVE_19_X_N, task->pid);
	pg_put_exec(s, task, regs, ret, 1);
	/* A new program's registers say nothing of the call; the kernel leaves the name behind the
	 * environment. */
	pg_put_user_str(s, 30, ret == 0 ? BPF_CORE_READ(task, mm, env_end) : PG_ARG(0));
	pg_finish_exec(s, task, ret);
}

PG_SYSCALL(execveat)
{
	if (ret == 0)
		pg_forget_process();
	pg_begin(s, PPME_SYSCALL_EXECVEAT_X, PPME_SYSCALL_EXECVEAT_X_N, task->pid);
	pg_put_exec(s, task, regs, ret, 2);
	pg_finish_exec(s, task, ret);
}

/* Who gets the children of a task that ends: another thread of the process, the next ancestor
 * that asked for them, or the first process of the pid namespace. 0 without children. */
struct reaper {
	struct task_struct *ending;
	struct list_head *at;
	struct list_head *head;
	s32 tid;
};

#define PG_REAPER_THREADS_MAX 64

static long pg_next_thread(u32 n, void *context)
{
	struct reaper *h = context;
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

static __noinline int pg_reaper_of(struct task_struct *task)
{
	struct list_head *children =
		(struct list_head *)((char *)task + bpf_core_field_offset(struct task_struct, children));
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct list_head *head =
		(struct list_head *)((char *)signal + bpf_core_field_offset(struct signal_struct, thread_head));
	struct reaper h = { .ending = task, .head = head };
	struct task_struct *above = task;

	if (BPF_CORE_READ(children, next) == children)
		return 0;
	h.at = BPF_CORE_READ(head, next);
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
		bpf_loop(PG_REAPER_THREADS_MAX, pg_next_thread, &h, 0);
	} else {
		for (u32 n = 0; n < PG_REAPER_THREADS_MAX / 4; n++)
			if (pg_next_thread(n, &h))
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
	return BPF_CORE_READ(pg_pid_namespace(task), child_reaper, pid);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(task_exit, struct task_struct *ending)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s;
	u32 code = task->exit_code;
	u8 signal = code & 0x7f;

	s = pg_scratch_acquire();
	if (!s)
		return 0;
	pg_begin(s, PPME_PROCEXIT_1_E, PPME_PROCEXIT_1_E_N, task->pid);
	pg_put_s64(s, 0, (s32)code);
	pg_put_s64(s, 1, signal ? 0 : code >> 8 & 0xff);
	pg_put_u8(s, 2, signal);
	pg_put_u8(s, 3, code >> 7 & 1);
	pg_put_s64(s, 4, pg_reaper_of(task));
	pg_close_block(s, task);
	pg_finish(s, PG_LOSS_PROC_EXIT);
	pg_scratch_release(s);
	return 0;
}

PG_SYSCALL(setsid)
{
	pg_begin(s, PPME_SYSCALL_SETSID_X, PPME_SYSCALL_SETSID_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	PG_FINISH_FILE;
}

PG_SYSCALL(setpgid)
{
	pg_begin(s, PPME_SYSCALL_SETPGID_X, PPME_SYSCALL_SETPGID_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_s64(s, 2, PG_ARG_FD(1));
	PG_FINISH_OTHER;
}

#define PIDFD_NONBLOCK 04000

PG_SYSCALL(pidfd_open)
{
	pg_begin(s, PPME_SYSCALL_PIDFD_OPEN_X, PPME_SYSCALL_PIDFD_OPEN_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_u32(s, 2, PG_ARG(1) & PIDFD_NONBLOCK ? PPM_PIDFD_NONBLOCK : 0);
	pg_finish_fd(s, task, ret);
}

PG_SYSCALL(pidfd_getfd)
{
	pg_begin(s, PPME_SYSCALL_PIDFD_GETFD_X, PPME_SYSCALL_PIDFD_GETFD_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_s64(s, 1, PG_ARG_FD(0));
	pg_put_s64(s, 2, PG_ARG_FD(1));
	pg_put_u32(s, 3, PG_ARG(2));
	pg_finish_fd(s, task, ret);
}

#define PR_SET_NAME 15
#define PR_SET_CHILD_SUBREAPER 36
#define PR_GET_CHILD_SUBREAPER 37

PG_SYSCALL(prctl)
{
	u32 option = PG_ARG(0);
	s64 number = 0;

	pg_begin(s, PPME_SYSCALL_PRCTL_X, PPME_SYSCALL_PRCTL_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	pg_put_u32(s, 1, option);
	if (option == PR_SET_NAME) {
		pg_put_user_str(s, 2, PG_ARG(1));
	} else if (option == PR_GET_CHILD_SUBREAPER) {
		s32 is = 0;

		bpf_probe_read_user(&is, sizeof(is), (void *)PG_ARG(1));
		number = is;
		pg_put_empty(s, 2);
	} else {
		number = PG_ARG(1);
		pg_put_empty(s, 2);
	}
	pg_put_s64(s, 3, number);
	PG_FINISH_FILE;
}

/* The kernel's ptrace requests in the capture format's numbers: from 0, and from 0x4200. */
const u8 pg_ptrace_low[64] = {
	1,  2,	3,  4, 5,  6, 7, 8,  9,	 10, 0, 0, 26, 27, 28, 29, 11,
	12, 30, 31, 0, 32, 0, 0, 13, 33, 34, 0, 0, 0,  35, 36, 37, 38,
};
const u8 pg_ptrace_high[16] = {
	14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
};

static __always_inline u16 pg_ptrace_request(u32 request)
{
	if (request < sizeof(pg_ptrace_low)) {
		barrier_var(request);
		return pg_ptrace_low[request & 63];
	}
	request -= 0x4200;
	if (request >= sizeof(pg_ptrace_high))
		return 0;
	barrier_var(request);
	return pg_ptrace_high[request & 15];
}

PG_SYSCALL(ptrace)
{
	u16 request = pg_ptrace_request(PG_ARG(0));
	u64 data = PG_ARG(3);

	pg_begin(s, PPME_SYSCALL_PTRACE_X, PPME_SYSCALL_PTRACE_X_N, task->pid);
	pg_put_s64(s, 0, ret);
	if (ret < 0) {
		pg_put_empty(s, 1);
		pg_put_empty(s, 2);
	} else {
		u32 start = s->pos;

		*PG_AT(s) = PPM_PTRACE_IDX_UINT64;
		s->pos += 1;
		*(u64 *)PG_AT(s) = PG_ARG(2);
		s->pos += 8;
		PG_LEN(s, 1) = s->pos - start;
		start = s->pos;
		if (request == PPM_PTRACE_CONT || request == PPM_PTRACE_SINGLESTEP || request == PPM_PTRACE_DETACH ||
		    request == PPM_PTRACE_SYSCALL) {
			*PG_AT(s) = PPM_PTRACE_IDX_SIGTYPE;
			s->pos += 1;
			*PG_AT(s) = data;
			s->pos += 1;
		} else {
			/* What a peek found stands where `data` points to. */
			if (request == PPM_PTRACE_PEEKTEXT || request == PPM_PTRACE_PEEKDATA ||
			    request == PPM_PTRACE_PEEKUSR) {
				u64 from = data;

				data = 0;
				bpf_probe_read_user(&data, pg_pointer_width(task) == 4 ? 4 : 8, (void *)from);
			}
			*PG_AT(s) = PPM_PTRACE_IDX_UINT64;
			s->pos += 1;
			*(u64 *)PG_AT(s) = data;
			s->pos += 8;
		}
		PG_LEN(s, 2) = s->pos - start;
	}
	pg_put_u16(s, 3, request);
	pg_put_s64(s, 4, (s32)PG_ARG(1));
	PG_FINISH_FILE;
}

#endif
