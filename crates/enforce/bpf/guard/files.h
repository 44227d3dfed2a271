/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Files: opened, made, removed, changed. */
#ifndef PEREGRINE_GUARD_FILES_H
#define PEREGRINE_GUARD_FILES_H

#include "hook.h"

#define O_CREAT 0100
#define O_EXCL 0200
#define O_TRUNC 01000
#define O_APPEND 02000
#define O_TMPFILE_ONLY 020000000
#define FMODE_READ 1
#define FMODE_WRITE 2
#define FMODE_PATH 0x4000
/* In the flags of the open too, where no call can set it. */
#define OPEN_FOR_EXEC 0x20
#define RENAME_EXCHANGE 2
#define ATTR_MODE_UID_GID_SIZE 0xf
#define ATTR_ATIME_MTIME 0x30
#define FS_IOC_SETFLAGS 0x40086602
#define FS_IOC32_SETFLAGS 0x40046602
#define FS_IOC_FSSETXATTR 0x401c5820

static __always_inline int guard_on_open(struct file *file)
{
	u32 asked = file->f_flags, mode = file->f_mode;
	u64 flags = 0;

	if (mode & FMODE_READ)
		flags |= GUARD_FLAG_READ;
	if (mode & FMODE_WRITE)
		flags |= GUARD_FLAG_WRITE;
	if (asked & (O_CREAT | O_TMPFILE_ONLY))
		flags |= GUARD_FLAG_CREATE;
	if (asked & O_TRUNC)
		flags |= GUARD_FLAG_TRUNCATE;
	if (asked & O_APPEND)
		flags |= GUARD_FLAG_APPEND;
	if (asked & O_EXCL)
		flags |= GUARD_FLAG_EXCLUSIVE;
	return guard_on_file(file, GUARD_ACT_OPEN, flags);
}

/* To start a program is an act of its own. */
GUARD_HOOK(file_open)
int BPF_PROG(file_open, struct file *file)
{
	return file->f_flags & OPEN_FOR_EXEC ? 0 : guard_on_open(file);
}

/* What another process opened arrives, over a unix socket or by pidfd_getfd. What was never opened by a name does not
 * count: sockets, pipes, memory; neither do descriptors with O_PATH. */
GUARD_HOOK(file_receive)
int BPF_PROG(file_receive, struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	u64 kind = guard_kind(file->f_inode->i_mode);

	if (!kind || file->f_mode & FMODE_PATH || (dentry->d_parent == dentry && kind != GUARD_FLAG_DIRECTORY))
		return 0;
	return guard_on_open(file);
}

GUARD_HOOK(path_mknod)
int BPF_PROG(path_mknod, const struct path *dir, struct dentry *dentry, u32 mode)
{
	return guard_on_dentry(dentry, (u64)dir->mnt, GUARD_ACT_CREATE,
			       GUARD_FLAG_BY_MKNOD | guard_mode_flags(mode) |
				       guard_kind(mode & S_IFMT ? mode : S_IFREG));
}

GUARD_HOOK(path_mkdir)
int BPF_PROG(path_mkdir, const struct path *dir, struct dentry *dentry)
{
	return guard_on_dentry(dentry, (u64)dir->mnt, GUARD_ACT_CREATE, GUARD_FLAG_BY_MKDIR | GUARD_FLAG_DIRECTORY);
}

GUARD_HOOK(path_symlink)
int BPF_PROG(path_symlink, const struct path *dir, struct dentry *dentry)
{
	return guard_on_dentry(dentry, (u64)dir->mnt, GUARD_ACT_CREATE, GUARD_FLAG_BY_SYMLINK);
}

GUARD_HOOK(path_link)
int BPF_PROG(path_link, struct dentry *old_dentry, const struct path *new_dir, struct dentry *new_dentry)
{
	u64 kind = guard_kind(old_dentry->d_inode->i_mode);
	int denied = guard_on_dentry(old_dentry, (u64)new_dir->mnt, GUARD_ACT_LINK, GUARD_FLAG_BY_LINK);

	if (denied)
		return denied;
	return guard_on_dentry(new_dentry, (u64)new_dir->mnt, GUARD_ACT_CREATE, GUARD_FLAG_BY_LINK | kind);
}

GUARD_HOOK(path_rename)
int BPF_PROG(path_rename, const struct path *old_dir, struct dentry *old_dentry, const struct path *new_dir,
	     struct dentry *new_dentry, u32 how)
{
	u64 kind = guard_kind(old_dentry->d_inode->i_mode), mnt = (u64)new_dir->mnt;
	int denied = guard_on_dentry(old_dentry, mnt, GUARD_ACT_REMOVE, GUARD_FLAG_BY_RENAME);

	if (denied)
		return denied;
	denied = guard_on_dentry(new_dentry, mnt, GUARD_ACT_CREATE, GUARD_FLAG_BY_RENAME | kind);
	if (denied || !guard_inode_of(new_dentry))
		return denied;
	denied = guard_on_dentry(new_dentry, mnt, GUARD_ACT_REMOVE, GUARD_FLAG_BY_RENAME);
	if (denied || !(how & RENAME_EXCHANGE))
		return denied;
	return guard_on_dentry(old_dentry, mnt, GUARD_ACT_CREATE, GUARD_FLAG_BY_RENAME);
}

GUARD_HOOK(path_unlink)
int BPF_PROG(path_unlink, const struct path *dir, struct dentry *dentry)
{
	return guard_on_dentry(dentry, (u64)dir->mnt, GUARD_ACT_REMOVE, GUARD_FLAG_BY_UNLINK);
}

GUARD_HOOK(path_rmdir)
int BPF_PROG(path_rmdir, const struct path *dir, struct dentry *dentry)
{
	return guard_on_dentry(dentry, (u64)dir->mnt, GUARD_ACT_REMOVE, GUARD_FLAG_BY_RMDIR);
}

GUARD_HOOK(path_truncate)
int BPF_PROG(path_truncate, const struct path *path)
{
	return guard_on_dentry(path->dentry, (u64)path->mnt, GUARD_ACT_ATTRIBUTES, GUARD_FLAG_BY_TRUNCATE);
}

/* Since 6.2; before, ftruncate is a truncate of the path. */
GUARD_HOOK(file_truncate)
int BPF_PROG(file_truncate, struct file *file)
{
	return guard_on_file(file, GUARD_ACT_ATTRIBUTES, GUARD_FLAG_BY_TRUNCATE);
}

GUARD_HOOK(path_chmod)
int BPF_PROG(path_chmod, const struct path *path, u32 mode)
{
	return guard_on_dentry(path->dentry, (u64)path->mnt, GUARD_ACT_ATTRIBUTES,
			       GUARD_FLAG_BY_CHMOD | guard_mode_flags(mode));
}

GUARD_HOOK(path_chown)
int BPF_PROG(path_chown, const struct path *path)
{
	return guard_on_dentry(path->dentry, (u64)path->mnt, GUARD_ACT_ATTRIBUTES, GUARD_FLAG_BY_CHOWN);
}

/* Times only: what else it is called for has hooks of its own. */
static __always_inline int guard_on_times(struct dentry *dentry, struct iattr *attributes)
{
	u32 valid = attributes->ia_valid;

	if (valid & ATTR_MODE_UID_GID_SIZE || !(valid & ATTR_ATIME_MTIME))
		return 0;
	return guard_on_dentry(dentry, 0, GUARD_ACT_ATTRIBUTES, GUARD_FLAG_BY_TIMES);
}

/* As a function and, since 6.9, as a hook: with the owners of the mount before the rest. */
GUARD_HOOK(inode_setattr)
int BPF_PROG(inode_setattr, void *owners, struct dentry *dentry, struct iattr *attributes)
{
	return guard_on_times(dentry, attributes);
}

GUARD_HOOK(inode_setattr)
int BPF_PROG(inode_setattr_of_two, struct dentry *dentry, struct iattr *attributes)
{
	return guard_on_times(dentry, attributes);
}

GUARD_HOOK(inode_setxattr)
int BPF_PROG(inode_setxattr, void *owners, struct dentry *dentry)
{
	return guard_on_dentry(dentry, 0, GUARD_ACT_ATTRIBUTES, GUARD_FLAG_BY_XATTR);
}

GUARD_HOOK(inode_removexattr)
int BPF_PROG(inode_removexattr, void *owners, struct dentry *dentry)
{
	return guard_on_dentry(dentry, 0, GUARD_ACT_ATTRIBUTES, GUARD_FLAG_BY_XATTR);
}

GUARD_HOOK(inode_set_acl)
int BPF_PROG(inode_set_acl, void *owners, struct dentry *dentry)
{
	return guard_on_dentry(dentry, 0, GUARD_ACT_ATTRIBUTES, GUARD_FLAG_BY_XATTR);
}

GUARD_HOOK(inode_remove_acl)
int BPF_PROG(inode_remove_acl, void *owners, struct dentry *dentry)
{
	return guard_on_dentry(dentry, 0, GUARD_ACT_ATTRIBUTES, GUARD_FLAG_BY_XATTR);
}

static __always_inline int guard_on_ioctl(struct file *file, u32 command)
{
	if (command != FS_IOC_SETFLAGS && command != FS_IOC32_SETFLAGS && command != FS_IOC_FSSETXATTR)
		return 0;
	return guard_on_file(file, GUARD_ACT_ATTRIBUTES, GUARD_FLAG_BY_FILE_FLAGS);
}

GUARD_HOOK(file_ioctl)
int BPF_PROG(file_ioctl, struct file *file, u32 command)
{
	return guard_on_ioctl(file, command);
}

/* Since 6.6, for calls of 32 bits. */
GUARD_HOOK(file_ioctl_compat)
int BPF_PROG(file_ioctl_compat, struct file *file, u32 command)
{
	return guard_on_ioctl(file, command);
}

#endif
