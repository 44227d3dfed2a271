/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Programs: started, mapped, traced, signalled; modules, mounts, users, the clock. */
#ifndef PEREGRINE_GUARD_PROGRAMS_H
#define PEREGRINE_GUARD_PROGRAMS_H

#include "hook.h"

#define PROT_READ 1
#define PROT_EXEC 4
#define READ_IMPLIES_EXEC 0x0400000
#define VM_EXEC 4
#define PTRACE_MODE_ATTACH 2
#define READING_MODULE 2
#define CAP_SYS_TIME 25

GUARD_SEC("bprm_check_security", "bprm_check")
int BPF_PROG(bprm_check, struct linux_binprm *bprm)
{
	struct file *file = bprm->file;
	u64 flags = file->f_inode->i_mode & S_ISUID ? GUARD_FLAG_SETUID_EXEC : 0;

	return guard_on_file(file, GUARD_ACT_EXEC, flags);
}

/* The function is told only what is asked for. Programs of old have memory that is read executable. */
GUARD_HOOK(mmap_file)
int BPF_PROG(mmap_file, struct file *file, unsigned long asked, unsigned long protection)
{
#ifndef GUARD_LSM
	protection = asked;
	if (asked & PROT_READ && BPF_CORE_READ(GUARD_TASK(), personality) & READ_IMPLIES_EXEC)
		protection |= PROT_EXEC;
#endif
	if (!(protection & PROT_EXEC))
		return 0;
	if (!GUARD_NUMBER(file))
		return guard_on_process(GUARD_ACT_MAP_EXEC, GUARD_FLAG_ANONYMOUS);
	return guard_on_file(file, GUARD_ACT_MAP_EXEC, 0);
}

GUARD_HOOK(file_mprotect)
int BPF_PROG(file_mprotect, struct vm_area_struct *vma, unsigned long asked, unsigned long protection)
{
	struct file *file;

	if (!(protection & PROT_EXEC) || vma->vm_flags & VM_EXEC)
		return 0;
	file = vma->vm_file;
	if (!GUARD_NUMBER(file))
		return guard_on_process(GUARD_ACT_MAP_EXEC, GUARD_FLAG_ANONYMOUS);
	return guard_on_file(file, GUARD_ACT_MAP_EXEC, 0);
}

/* Of another process: its program is the object. */
static __always_inline int guard_on_task(struct task_struct *task, u32 act)
{
	struct file *file;

	if (task->tgid == BPF_CORE_READ(GUARD_TASK(), tgid))
		return 0;
	file = task->mm->exe_file;
	if (!GUARD_NUMBER(file))
		return guard_on_process(act, 0);
	return guard_on_file(file, act, 0);
}

GUARD_HOOK(ptrace_access_check)
int BPF_PROG(ptrace_access_check, struct task_struct *child, u32 mode)
{
	if (!(mode & PTRACE_MODE_ATTACH))
		return 0;
	return guard_on_task(child, GUARD_ACT_TRACE);
}

GUARD_HOOK(task_kill)
int BPF_PROG(task_kill, struct task_struct *target, struct kernel_siginfo *info, int signal)
{
	if (!signal)
		return 0;
	return guard_on_task(target, GUARD_ACT_SIGNAL);
}

GUARD_HOOK(kernel_read_file)
int BPF_PROG(kernel_read_file, struct file *file, u32 what)
{
	return what == READING_MODULE ? guard_on_file(file, GUARD_ACT_LOAD_MODULE, 0) : 0;
}

GUARD_HOOK(kernel_load_data)
int BPF_PROG(kernel_load_data, u32 what)
{
	return what == READING_MODULE ? guard_on_process(GUARD_ACT_LOAD_MODULE, 0) : 0;
}

GUARD_HOOK(bpf)
int BPF_PROG(bpf_call, int command)
{
	return guard_on_process(GUARD_ACT_LOAD_BPF, 0);
}

GUARD_HOOK(sb_mount)
int BPF_PROG(sb_mount, const char *device, const struct path *path)
{
	return guard_on_dentry(path->dentry, (u64)path->mnt, GUARD_ACT_MOUNT, GUARD_FLAG_BY_MOUNT);
}

GUARD_HOOK(move_mount)
int BPF_PROG(move_mount, const struct path *from, const struct path *to)
{
	return guard_on_dentry(to->dentry, (u64)to->mnt, GUARD_ACT_MOUNT, GUARD_FLAG_BY_MOUNT);
}

GUARD_SEC("sb_pivotroot", "sb_pivotroot")
int BPF_PROG(sb_pivotroot, const struct path *old, const struct path *new)
{
	return guard_on_dentry(new->dentry, (u64) new->mnt, GUARD_ACT_MOUNT, GUARD_FLAG_BY_PIVOT_ROOT);
}

GUARD_HOOK(sb_umount)
int BPF_PROG(sb_umount, struct vfsmount *mnt)
{
	return guard_on_dentry(mnt->mnt_root, (u64)mnt, GUARD_ACT_UNMOUNT, 0);
}

GUARD_HOOK(task_fix_setuid)
int BPF_PROG(task_fix_setuid)
{
	return guard_on_process(GUARD_ACT_CHANGE_USER, GUARD_FLAG_BY_SETUID);
}

GUARD_HOOK(task_fix_setgid)
int BPF_PROG(task_fix_setgid)
{
	return guard_on_process(GUARD_ACT_CHANGE_USER, GUARD_FLAG_BY_SETGID);
}

/* Programs with the set-user-id bit change users without a call. */
GUARD_HOOK(bprm_creds_from_file)
int BPF_PROG(bprm_creds_from_file, struct linux_binprm *bprm, struct file *file)
{
	u32 mode = file->f_inode->i_mode;

	if (!(mode & (S_ISUID | S_ISGID)))
		return 0;
	return guard_on_file(file, GUARD_ACT_CHANGE_USER,
			     (mode & S_ISUID ? GUARD_FLAG_BY_SETUID | GUARD_FLAG_SETUID_EXEC : 0) |
				     (mode & S_ISGID ? GUARD_FLAG_BY_SETGID : 0));
}

/* The right is asked for by all that sets the clock, adjtimex too; `settime` is not. */
GUARD_HOOK(capable)
int BPF_PROG(capable, const struct cred *cred, void *owners, int capability)
{
	return capability == CAP_SYS_TIME ? guard_on_process(GUARD_ACT_SET_TIME, 0) : 0;
}

#endif
