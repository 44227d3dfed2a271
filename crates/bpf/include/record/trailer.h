/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The trailer behind an event block: what the probe knows beside it. */
#ifndef PG_RECORD_TRAILER_H
#define PG_RECORD_TRAILER_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "kernel/object.h"
#include "kernel/read.h"
#include "kernel/usual_mount.h"
#include "kernel/walk.h"
#include "record/scratch.h"

#define PG_OVERLAY_FILE_STRUCT_SINCE 0x60d00
#define AT_FDCWD -100

static __always_inline void pg_trailer_origin(struct scratch *s, u32 pid, u16 flags)
{
	u8 *at = PG_AT(s);

	*(u16 *)&at[0] = PG_TRAILER_ORIGIN;
	*(u16 *)&at[2] = PG_TRAILER_LEN_ORIGIN;
	*(u16 *)&at[4] = bpf_get_smp_processor_id();
	*(u16 *)&at[6] = flags;
	*(u32 *)&at[8] = pid;
	s->pos += 12;
}

/* Appends the walked path; how long it is. */
static __always_inline u32 pg_append_path(struct scratch *s)
{
	u32 n = (PG_STR_MAX - (s->path_at & (PG_STR_MAX - 1))) & (PG_STR_MAX - 1);

	if (n)
		bpf_probe_read_kernel(PG_AT(s), n, &s->path[s->path_at & (PG_STR_MAX - 1)]);
	s->pos += n;
	return n;
}

/* Below which folder the task lives: absolute paths begin there. The top of a mount is known by the
 * mount alone; what file systems say of the number of an inode is not always the kernel's. Of another
 * folder its own path is reported, from the top of all mounts on. */
__noinline int pg_trailer_root(struct scratch *s)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct vfsmount *mnt;
	struct dentry *dentry;
	u32 start;
	u8 *at;

	if (!s || !fs)
		return 0;
	start = s->pos;
	at = PG_AT(s);
	mnt = BPF_CORE_READ(fs, root.mnt);
	dentry = BPF_CORE_READ(fs, root.dentry);
	*(u16 *)&at[0] = PG_TRAILER_ROOT;
	*(u16 *)&at[2] = PG_TRAILER_LEN_ROOT;
	*(u32 *)&at[4] = BPF_CORE_READ(pg_real_mount(mnt), mnt_id);
	*(u64 *)&at[8] = 0;
	s->pos += 4 + PG_TRAILER_LEN_ROOT;
	if (dentry == BPF_CORE_READ(mnt, mnt_root))
		return 0;
	*(u64 *)&at[8] = BPF_CORE_READ(dentry, d_inode, i_ino);
	pg_walk(s, (u64)dentry, (u64)mnt, 0, 0);
	if (s->path_at < PG_STR_MAX) {
		pg_append_path(s);
		*(u16 *)&s->data[(start + 2) & PG_DATA_MASK] = s->pos - start - 4;
	}
	return 0;
}

/* The path the kernel walked for parameter `param`; nothing where there is none. */
static __always_inline void pg_trailer_walked(struct scratch *s, struct task_struct *task, u8 param, struct path *path)
{
	u32 start = s->pos;

	pg_walk_path(s, task, path);
	if (s->path_at >= PG_STR_MAX)
		return;
	*(u16 *)PG_AT(s) = PG_TRAILER_WALKED;
	s->pos += 4;
	*PG_AT(s) = param;
	s->pos += 1;
	pg_append_path(s);
	*(u16 *)&s->data[(start + 2) & PG_DATA_MASK] = s->pos - start - 4;
}

/* Whether the path inside the file system can be another one than that through the mounts: the
 * mount shows a part of it, or the process lives below a folder. The mount of the process's root
 * does not count: where that shows a part (a subvolume), everybody sees that part as the whole. */
static __always_inline bool pg_shows_part(struct fs_struct *fs, struct mount *mnt)
{
	struct vfsmount *root_mnt;

	if (!fs)
		return false;
	root_mnt = BPF_CORE_READ(fs, root.mnt);
	if (BPF_CORE_READ(fs, root.dentry) != BPF_CORE_READ(root_mnt, mnt_root))
		return true;
	if (pg_real_mount(root_mnt) == mnt)
		return false;
	/* The whole file system of the root, somewhere else once more. */
	return BPF_CORE_READ(mnt, mnt.mnt_sb) == BPF_CORE_READ(root_mnt, mnt_sb) ||
	       BPF_CORE_READ(mnt, mnt.mnt_root) != BPF_CORE_READ(mnt, mnt.mnt_sb, s_root);
}

/* `place`: of the file system's usual mount point, which comes before; PG_USUAL_MOUNTS where it has none. */
static __always_inline void pg_trailer_inside(struct scratch *s, s32 fd, struct dentry *dentry, u32 place)
{
	u32 start = s->pos;

	pg_walk_fs(s, (u64)dentry);
	if (place < PG_USUAL_MOUNTS && (s->path_at < PG_STR_MAX || BPF_CORE_READ(dentry, d_parent) == dentry)) {
		const struct usual_mount *u;

		/* So that the compiler keeps the mask the verifier needs. */
		barrier_var(place);
		u = &pg_usual_mounts[place & (PG_USUAL_MOUNTS - 1)];
		if (!pg_prepend_name(s, u->at, u->len))
			s->path_at = PG_STR_MAX;
	}
	if (s->path_at >= PG_STR_MAX)
		return;
	*(u16 *)PG_AT(s) = PG_TRAILER_INSIDE;
	s->pos += 4;
	*(s32 *)PG_AT(s) = fd;
	s->pos += 4;
	pg_append_path(s);
	*(u16 *)&s->data[(start + 2) & PG_DATA_MASK] = s->pos - start - 4;
}

/* The file of a layer, or of a unix socket's name, by its inode. */
static __always_inline void pg_trailer_below(struct scratch *s, s32 fd, struct inode *inode)
{
	u8 *at = PG_AT(s);

	*(u16 *)&at[0] = PG_TRAILER_BELOW;
	*(u16 *)&at[2] = PG_TRAILER_LEN_BELOW;
	*(s32 *)&at[4] = fd;
	*(u32 *)&at[8] = pg_encode_dev(BPF_CORE_READ(inode, i_sb, s_dev));
	*(u64 *)&at[12] = BPF_CORE_READ(inode, i_ino);
	*(u32 *)&at[20] = BPF_CORE_READ(inode, i_generation);
	s->pos += 4 + PG_TRAILER_LEN_BELOW;
}

/* Which of the files that had the number of descriptor `fd`'s it is; of most kernel file systems they
 * have no such thing. */
static __always_inline void pg_trailer_generation(struct scratch *s, s32 fd, struct inode *inode)
{
	u32 generation = BPF_CORE_READ(inode, i_generation);
	u8 *at = PG_AT(s);

	if (!generation)
		return;
	*(u16 *)&at[0] = PG_TRAILER_GENERATION;
	*(u16 *)&at[2] = PG_TRAILER_LEN_GENERATION;
	*(s32 *)&at[4] = fd;
	*(u32 *)&at[8] = generation;
	s->pos += 4 + PG_TRAILER_LEN_GENERATION;
}

/* Which of descriptors 0 to 2 are open, a bit each. */
static __always_inline void pg_trailer_streams(struct scratch *s, struct task_struct *task)
{
	u8 *at = PG_AT(s);

	*(u16 *)&at[0] = PG_TRAILER_STREAMS;
	*(u16 *)&at[2] = 1;
	at[4] = (pg_file_of_fd(task, 0) ? 1 : 0) | (pg_file_of_fd(task, 1) ? 2 : 0) | (pg_file_of_fd(task, 2) ? 4 : 0);
	s->pos += 5;
}

/* The current folder of a task, as a descriptor by the number that stands for it. */
static __always_inline void pg_trailer_cwd(struct scratch *s, struct task_struct *task)
{
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct path *pwd = (struct path *)((char *)fs + bpf_core_field_offset(struct fs_struct, pwd));
	u32 start = s->pos;
	u8 *at = PG_AT(s);

	if (!fs)
		return;
	__builtin_memset(at, 0, 4 + PG_TRAILER_LEN_DESCRIPTOR);
	*(u16 *)&at[0] = PG_TRAILER_DESCRIPTOR;
	*(s32 *)&at[4] = AT_FDCWD;
	at[8] = SCAP_FD_DIRECTORY;
	s->pos += 4 + PG_TRAILER_LEN_DESCRIPTOR;
	pg_walk_path(s, task, pwd);
	pg_append_path(s);
	*(u16 *)&s->data[(start + 2) & PG_DATA_MASK] = s->pos - start - 4;
}

/* The thread a number stands for; 0 where it has ended. */
static __always_inline struct task_struct *pg_task_of_pid(struct pid *pid, u32 type)
{
	struct hlist_node *first = 0;

	bpf_probe_read_kernel(&first, sizeof(first),
			      (char *)pid + bpf_core_field_offset(struct pid, tasks) + type * sizeof(first));
	if (!pid || !first)
		return 0;
	return (struct task_struct *)((char *)first - bpf_core_field_offset(struct task_struct, pid_links) -
				      type * bpf_core_type_size(struct hlist_node));
}

/* Whose folder of /proc the file of descriptor `fd` lies in, in the host's numbers. */
static __always_inline void pg_trailer_process_folder(struct scratch *s, s32 fd, struct inode *inode)
{
	struct proc_inode *own =
		(struct proc_inode *)((char *)inode - bpf_core_field_offset(struct proc_inode, vfs_inode));
	struct task_struct *task = pg_task_of_pid(BPF_CORE_READ(own, pid), PIDTYPE_PID);
	u8 *at = PG_AT(s);

	if (!task)
		return;
	*(u16 *)&at[0] = PG_TRAILER_PROCESS_FOLDER;
	*(u16 *)&at[2] = 8;
	*(s32 *)&at[4] = fd;
	*(s32 *)&at[8] = BPF_CORE_READ(task, tgid);
	s->pos += 12;
}

/* The file of a layer that an overlay's open file shows. Since 6.13 it stands behind a structure of
 * the overlay's own, as its first member. */
static __always_inline void pg_trailer_overlay_file(struct scratch *s, s32 fd, struct file *file)
{
	void *own = BPF_CORE_READ(file, private_data);
	struct file *shown = own;

	if (LINUX_KERNEL_VERSION >= PG_OVERLAY_FILE_STRUCT_SINCE)
		bpf_probe_read_kernel(&shown, sizeof(shown), own);
	if (BPF_CORE_READ(shown, f_inode))
		pg_trailer_below(s, fd, BPF_CORE_READ(shown, f_inode));
}

static __always_inline struct path *pg_bound_path(struct sock *sk)
{
	return (struct path *)((char *)sk + bpf_core_field_offset(struct unix_sock, path));
}

/* The file a unix socket is bound to, or that of the socket it speaks with. Kernels check it once, not for
 * each way that leads to it: so it takes numbers for what it reads. */
__noinline int pg_trailer_bound(struct scratch *s, u64 of_fs, u64 file, s32 fd, u32 role)
{
	struct fs_struct *fs = (struct fs_struct *)of_fs;
	struct sock *sk = pg_sock_of_file((struct file *)file);
	struct sock *peer;
	struct dentry *dentry;
	struct inode *inode;
	struct path *path;
	u32 start;

	if (!s || !fs || !sk || BPF_CORE_READ(sk, __sk_common.skc_family) != AF_UNIX)
		return 0;
	peer = BPF_CORE_READ((struct unix_sock *)sk, peer);
	path = pg_bound_path(sk);
	if (!(role & PG_ROLE_SERVER) && peer && BPF_CORE_READ((struct unix_sock *)peer, path.dentry))
		path = pg_bound_path(peer);
	dentry = BPF_CORE_READ(path, dentry);
	inode = BPF_CORE_READ(dentry, d_inode);
	if (!dentry || !inode)
		return 0;
	pg_walk(s, (u64)dentry, (u64)BPF_CORE_READ(path, mnt), (u64)BPF_CORE_READ(fs, root.dentry),
		(u64)BPF_CORE_READ(fs, root.mnt));
	if (s->path_at >= PG_STR_MAX)
		return 0;
	start = s->pos;
	*(u16 *)PG_AT(s) = PG_TRAILER_BOUND;
	s->pos += 4;
	*(s32 *)PG_AT(s) = fd;
	s->pos += 4;
	pg_append_path(s);
	*(u16 *)&s->data[(start + 2) & PG_DATA_MASK] = s->pos - start - 4;
	if (pg_shows_part(fs, pg_real_mount(BPF_CORE_READ(path, mnt))))
		pg_trailer_inside(s, fd, dentry, PG_USUAL_MOUNTS);
	pg_trailer_below(s, fd, inode);
	return 0;
}

/* What the kernel knows of a socket beside its ends. */
static __always_inline u8 pg_socket_role(struct sock *sk, u8 role)
{
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	if (family != AF_INET && family != AF_INET6)
		return role;
	if (BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_ESTABLISHED)
		role |= PG_ROLE_CONNECTED;
	if (BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) != pg_config.own_net)
		role |= PG_ROLE_ELSEWHERE;
	return role;
}

/* What descriptor `fd` is. Leaves the walked path of a file in the scratch. */
static __always_inline void pg_trailer_descriptor(struct scratch *s, struct task_struct *task, s32 fd,
						  struct file *file, u8 role)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct path *path = (struct path *)((char *)file + bpf_core_field_offset(struct file, f_path));
	struct mount *mnt = pg_real_mount(BPF_CORE_READ(path, mnt));
	u32 start = s->pos;
	u8 *at = PG_AT(s);
	u8 kind = pg_fd_kind(file);

	*(u16 *)&at[0] = PG_TRAILER_DESCRIPTOR;
	*(s32 *)&at[4] = fd;
	at[8] = kind;
	at[9] = role;
	*(u16 *)&at[10] = 0;
	*(u32 *)&at[12] = pg_open_flags(BPF_CORE_READ(file, f_flags)) | pg_overlay_layer(inode);
	*(u32 *)&at[16] = pg_encode_dev(BPF_CORE_READ(inode, i_sb, s_dev));
	*(u32 *)&at[20] = BPF_CORE_READ(mnt, mnt_id);
	*(u64 *)&at[24] = BPF_CORE_READ(inode, i_ino);
	s->pos += 4 + PG_TRAILER_LEN_DESCRIPTOR;
	if (kind >= SCAP_FD_IPV4_SOCK && kind <= SCAP_FD_UNIX_SOCK && kind != SCAP_FD_FIFO) {
		struct socket *socket = BPF_CORE_READ(file, private_data);
		struct sock *sk = BPF_CORE_READ(socket, sk);

		at[9] = pg_socket_role(sk, role);
		*PG_AT(s) = pg_l4_protocol(sk);
		s->pos += 1;
		pg_put_endpoints(s, sk, role & PG_ROLE_SERVER, 0);
	} else {
		pg_walk_path(s, task, path);
		pg_append_path(s);
	}
	*(u16 *)&s->data[(start + 2) & PG_DATA_MASK] = s->pos - start - 4;
	if (kind == SCAP_FD_UNIX_SOCK)
		pg_trailer_bound(s, (u64)BPF_CORE_READ(task, fs), (u64)file, fd, role);
	if (kind == SCAP_FD_FILE_V2 || kind == SCAP_FD_DIRECTORY) {
		u32 place = pg_usual_mount((u64)BPF_CORE_READ(inode, i_sb));

		pg_trailer_generation(s, fd, inode);
		if (place < PG_USUAL_MOUNTS ? pg_is_mounted_elsewhere(task, mnt, place)
					    : pg_shows_part(BPF_CORE_READ(task, fs), mnt))
			pg_trailer_inside(s, fd, BPF_CORE_READ(path, dentry), place);
	}
	if (kind == SCAP_FD_FILE_V2 && BPF_CORE_READ(inode, i_sb, s_magic) == OVERLAYFS_MAGIC)
		pg_trailer_overlay_file(s, fd, file);
	if (BPF_CORE_READ(inode, i_sb, s_magic) == PROC_SUPER_MAGIC)
		pg_trailer_process_folder(s, fd, inode);
}

#endif
