/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Calls on files and descriptors. */
#ifndef PEREGRINE_FILE_H
#define PEREGRINE_FILE_H

/* Permission bits are the same numbers in the capture format. */
#define MODE_BITS 07777
#define O_CREAT_OR_TMPFILE (0100 | 020000000)

struct open_result {
	struct file *file;
	struct inode *inode;
	u32 flags;
};

static __always_inline struct open_result opened(struct task_struct *task, long ret, u32 asked)
{
	struct open_result r = { .flags = open_flags(asked) };
	struct file *file;
	struct inode *inode;

	if (ret < 0)
		return r;
	file = file_of(task, ret);
	if (!file)
		return r;
	inode = BPF_CORE_READ(file, f_inode);
	r.flags |= overlay_layer(inode);
	if (BPF_CORE_READ(file, f_mode) & FMODE_CREATED)
		r.flags |= PPM_O_F_CREATED;
	r.file = file;
	r.inode = inode;
	return r;
}

static __always_inline void put_dev_ino(struct scratch *s, u32 i, struct open_result *r)
{
	struct inode *inode = r->inode;

	put_u32(s, i, inode ? encode_dev(BPF_CORE_READ(inode, i_sb, s_dev)) : 0);
	put_u64(s, i + 1, inode ? BPF_CORE_READ(inode, i_ino) : 0);
}

/* A folder that was opened: what is opened below it has its name, which is the text put before. */
static __always_inline void note_if_folder(struct scratch *s, u32 at, s32 dirfd, long ret, struct open_result *r)
{
	struct inode *inode = r->inode;

	if (inode && (BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFDIR)
		note_folder(s, at, dirfd, ret);
}

static __always_inline void send_open(struct scratch *s, struct task_struct *task, long ret, struct open_result *r)
{
	close_block(s, task);
	if (r->file)
		tell(s, ret);
	send(s, LOSS_OPEN);
}

static __always_inline u32 create_mode(u32 asked, u32 mode)
{
	return asked & O_CREAT_OR_TMPFILE ? mode & MODE_BITS : 0;
}

CALL(open)
{
	u32 asked = ARG(1);
	struct open_result r = opened(task, ret, asked);
	u32 at;

	begin(s, PPME_SYSCALL_OPEN_X, PPME_SYSCALL_OPEN_X_N, task->pid);
	put_s64(s, 0, ret);
	at = s->pos;
	put_user_text(s, 1, ARG(0));
	note_if_folder(s, at, AT_FDCWD, ret, &r);
	put_u32(s, 2, r.flags);
	put_u32(s, 3, create_mode(asked, ARG(2)));
	put_dev_ino(s, 4, &r);
	send_open(s, task, ret, &r);
}

CALL(openat)
{
	u32 asked = ARG(2);
	struct open_result r = opened(task, ret, asked);
	u32 at;

	begin(s, PPME_SYSCALL_OPENAT_2_X, PPME_SYSCALL_OPENAT_2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	at = s->pos;
	put_user_text(s, 2, ARG(1));
	note_if_folder(s, at, ARG_FD(0), ret, &r);
	put_u32(s, 3, r.flags);
	put_u32(s, 4, create_mode(asked, ARG(3)));
	put_dev_ino(s, 5, &r);
	send_open(s, task, ret, &r);
}

CALL(openat2)
{
	struct {
		u64 flags, mode, resolve;
	} how = {};
	struct open_result r;
	u32 at;

	bpf_probe_read_user(&how, sizeof(how), (void *)ARG(2));
	r = opened(task, ret, how.flags);
	begin(s, PPME_SYSCALL_OPENAT2_X, PPME_SYSCALL_OPENAT2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	at = s->pos;
	put_user_text(s, 2, ARG(1));
	note_if_folder(s, at, ARG_FD(0), ret, &r);
	put_u32(s, 3, r.flags);
	put_u32(s, 4, create_mode(how.flags, how.mode));
	/* RESOLVE_NO_XDEV, _NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH, _IN_ROOT, _CACHED */
	put_u32(s, 5,
		(how.resolve & 1 ? PPM_RESOLVE_NO_XDEV : 0) | (how.resolve & 2 ? PPM_RESOLVE_NO_MAGICLINKS : 0) |
			(how.resolve & 4 ? PPM_RESOLVE_NO_SYMLINKS : 0) | (how.resolve & 8 ? PPM_RESOLVE_BENEATH : 0) |
			(how.resolve & 16 ? PPM_RESOLVE_IN_ROOT : 0) | (how.resolve & 32 ? PPM_RESOLVE_CACHED : 0));
	put_dev_ino(s, 6, &r);
	send_open(s, task, ret, &r);
}

CALL(creat)
{
	struct open_result r = opened(task, ret, 0);
	u16 layer = 0;

	if (r.flags & PPM_FD_UPPER_LAYER)
		layer = PPM_FD_UPPER_LAYER_CREAT;
	else if (r.flags & PPM_FD_LOWER_LAYER)
		layer = PPM_FD_LOWER_LAYER_CREAT;
	begin(s, PPME_SYSCALL_CREAT_X, PPME_SYSCALL_CREAT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_user_text(s, 1, ARG(0));
	put_u32(s, 2, ARG(1) & MODE_BITS);
	put_dev_ino(s, 3, &r);
	put_u16(s, 5, layer);
	send_open(s, task, ret, &r);
}

/* dup and its kin: the new descriptor is told. */
static __always_inline void send_dup(struct scratch *s, struct task_struct *task, long ret)
{
	close_block(s, task);
	tell(s, ret);
	send(s, LOSS_OTHER);
}

CALL(dup)
{
	begin(s, PPME_SYSCALL_DUP_1_X, PPME_SYSCALL_DUP_1_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	send_dup(s, task, ret);
}

CALL(dup2)
{
	begin(s, PPME_SYSCALL_DUP2_X, PPME_SYSCALL_DUP2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_s64(s, 2, ARG_FD(1));
	send_dup(s, task, ret);
}

CALL(dup3)
{
	begin(s, PPME_SYSCALL_DUP3_X, PPME_SYSCALL_DUP3_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_s64(s, 2, ARG_FD(1));
	put_u32(s, 3, ARG(2) & 02000000 ? PPM_O_CLOEXEC : 0);
	send_dup(s, task, ret);
}

/* A call that works on an open descriptor. */
static __always_inline void send_with(struct scratch *s, struct task_struct *task, s32 fd)
{
	close_block(s, task);
	tell(s, fd);
	send(s, LOSS_DIR_FILE);
}

CALL(fchmod)
{
	begin(s, PPME_SYSCALL_FCHMOD_X, PPME_SYSCALL_FCHMOD_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_u32(s, 2, ARG(1) & MODE_BITS);
	send_with(s, task, ARG(0));
}

CALL(fchdir)
{
	begin(s, PPME_SYSCALL_FCHDIR_X, PPME_SYSCALL_FCHDIR_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	send_with(s, task, ARG(0));
}

/* The same for calls that are not about folders and files. */
static __always_inline void end_with(struct scratch *s, struct task_struct *task, s32 fd)
{
	close_block(s, task);
	tell(s, fd);
	send(s, LOSS_OTHER);
}

#define END_OTHER                   \
	close_block(s, task);       \
	send(s, LOSS_OTHER)

#define END                         \
	close_block(s, task);       \
	send(s, LOSS_DIR_FILE)

/* A call between two folders given by descriptors. */
#define END_BETWEEN(from, to)       \
	close_block(s, task);       \
	tell(s, from);              \
	if ((from) != (to))         \
		tell(s, to);        \
	send(s, LOSS_DIR_FILE)

/* Tells the current folder by the path the kernel walked. */
__noinline int tell_pwd(struct scratch *s, u32 param)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	if (s && fs)
		fact_walked(s, task, param, (struct path *)((char *)fs + bpf_core_field_offset(struct fs_struct, pwd)));
	return 0;
}

CALL(chdir)
{
	u32 at;

	begin(s, PPME_SYSCALL_CHDIR_X, PPME_SYSCALL_CHDIR_X_N, task->pid);
	put_s64(s, 0, ret);
	at = s->pos;
	put_user_text(s, 1, ARG(0));
	if (ret == 0)
		note_folder(s, at, AT_FORMER, AT_FDCWD);
	close_block(s, task);
	if (ret == 0)
		tell_pwd(s, 1);
	send(s, LOSS_DIR_FILE);
}

CALL(chmod)
{
	begin(s, PPME_SYSCALL_CHMOD_X, PPME_SYSCALL_CHMOD_X_N, task->pid);
	put_s64(s, 0, ret);
	put_user_text(s, 1, ARG(0));
	put_u32(s, 2, ARG(1) & MODE_BITS);
	END;
}

CALL(fchmodat)
{
	begin(s, PPME_SYSCALL_FCHMODAT_X, PPME_SYSCALL_FCHMODAT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_user_text(s, 2, ARG(1));
	put_u32(s, 3, ARG(2) & MODE_BITS);
	send_with(s, task, ARG(0));
}

CALL(rename)
{
	begin(s, PPME_SYSCALL_RENAME_X, PPME_SYSCALL_RENAME_X_N, task->pid);
	put_s64(s, 0, ret);
	put_user_text(s, 1, ARG(0));
	put_user_text(s, 2, ARG(1));
	END;
}

CALL(renameat)
{
	begin(s, PPME_SYSCALL_RENAMEAT_X, PPME_SYSCALL_RENAMEAT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_user_text(s, 2, ARG(1));
	put_s64(s, 3, ARG_FD(2));
	put_user_text(s, 4, ARG(3));
	END_BETWEEN(ARG(0), ARG(2));
}

CALL(renameat2)
{
	begin(s, PPME_SYSCALL_RENAMEAT2_X, PPME_SYSCALL_RENAMEAT2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_user_text(s, 2, ARG(1));
	put_s64(s, 3, ARG_FD(2));
	put_user_text(s, 4, ARG(3));
	put_u32(s, 5, ARG(4));
	END_BETWEEN(ARG(0), ARG(2));
}

CALL(unlink)
{
	begin(s, PPME_SYSCALL_UNLINK_2_X, PPME_SYSCALL_UNLINK_2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_user_text(s, 1, ARG(0));
	END;
}

CALL(unlinkat)
{
	begin(s, PPME_SYSCALL_UNLINKAT_2_X, PPME_SYSCALL_UNLINKAT_2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_user_text(s, 2, ARG(1));
	put_u32(s, 3, ARG(2) & PPM_AT_REMOVEDIR);
	send_with(s, task, ARG(0));
}

CALL(symlink)
{
	begin(s, PPME_SYSCALL_SYMLINK_X, PPME_SYSCALL_SYMLINK_X_N, task->pid);
	put_s64(s, 0, ret);
	put_user_text(s, 1, ARG(0));
	put_user_text(s, 2, ARG(1));
	END;
}

CALL(symlinkat)
{
	begin(s, PPME_SYSCALL_SYMLINKAT_X, PPME_SYSCALL_SYMLINKAT_X_N, task->pid);
	put_s64(s, 0, ret);
	put_user_text(s, 1, ARG(0));
	put_s64(s, 2, ARG_FD(1));
	put_user_text(s, 3, ARG(2));
	send_with(s, task, ARG(1));
}

CALL(link)
{
	begin(s, PPME_SYSCALL_LINK_2_X, PPME_SYSCALL_LINK_2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_user_text(s, 1, ARG(0));
	put_user_text(s, 2, ARG(1));
	END;
}

CALL(linkat)
{
	begin(s, PPME_SYSCALL_LINKAT_2_X, PPME_SYSCALL_LINKAT_2_X_N, task->pid);
	put_s64(s, 0, ret);
	put_s64(s, 1, ARG_FD(0));
	put_user_text(s, 2, ARG(1));
	put_s64(s, 3, ARG_FD(2));
	put_user_text(s, 4, ARG(3));
	put_u32(s, 5, ARG(4) & (PPM_AT_SYMLINK_FOLLOW | PPM_AT_EMPTY_PATH));
	END_BETWEEN(ARG(0), ARG(2));
}

CALL(memfd_create)
{
	begin(s, PPME_SYSCALL_MEMFD_CREATE_X, PPME_SYSCALL_MEMFD_CREATE_X_N, task->pid);
	put_s64(s, 0, ret);
	put_user_text(s, 1, ARG(0));
	put_u32(s, 2, ARG(1) & (PPM_MFD_CLOEXEC | PPM_MFD_ALLOW_SEALING | PPM_MFD_HUGETLB));
	close_block(s, task);
	tell(s, ret);
	send(s, LOSS_OTHER);
}

#endif
