// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The picture of the host at the start: one iterator over threads, one over open files.
 *
 * A record is its length (u32, of what follows), an event block and the facts behind it. */

#define PLAIN_LOOKS

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "kernel/object.h"
#include "kernel/task.h"
#include "kernel/walk.h"
#include "record/scratch.h"
#include "record/trailer.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline void start(struct scratch *s, u16 type, u32 params, u32 tid)
{
	begin(s, type, params, tid);
	/* The time of what was there before is not known. */
	*(u64 *)&s->data[0] = 0;
}

static __always_inline void write(struct seq_file *seq, struct scratch *s, u32 pid)
{
	u32 len, head;

	fact_origin(s, pid, 0);
	len = s->pos;
	if (len >= DATA_SIZE - 8) {
		lose(PG_LOSS_TOO_LARGE);
		return;
	}
	head = len;
	bpf_seq_write(seq, &head, sizeof(head));
	barrier_var(len);
	bpf_seq_write(seq, s->data, len & DATA_MASK);
}

/* Memory of another process, as much as is there up to TEXT_MAX. */
static __always_inline void put_memory(struct scratch *s, u32 i, struct task_struct *task, u64 start, u64 end)
{
	u32 len = end > start ? end - start : 0;

	if (len >= TEXT_MAX)
		len = TEXT_MAX - 1;
	barrier_var(len);
	len &= TEXT_MAX - 1;
	if (len && !bpf_copy_from_user_task(AT(s), len, (void *)start, task, 0)) {
		s->pos += len;
		s->data[(s->pos - 1) & DATA_MASK] = 0;
	} else {
		len = 0;
	}
	LEN(s, i) = len;
}

/* The arguments, or what the process wrote over them for `ps` to show. Such a title leaves no NUL
 * where the arguments end and may go on into the environment; as in /proc it ends at its first NUL. */
static __always_inline void put_command(struct scratch *s, u32 i, struct task_struct *task, struct mm_struct *mm)
{
	u64 start = BPF_CORE_READ(mm, arg_start), end = BPF_CORE_READ(mm, arg_end);
	u32 from = s->pos;
	char last = 0;
	long len;

	if (end <= start || bpf_copy_from_user_task(&last, 1, (void *)(end - 1), task, 0) || !last) {
		put_memory(s, i, task, start, end);
		return;
	}
	if (BPF_CORE_READ(mm, env_start) == end)
		end = BPF_CORE_READ(mm, env_end);
	put_memory(s, i, task, start, end);
	if (!LEN(s, i))
		return;
	len = bpf_probe_read_kernel_str(s->path, TEXT_MAX, &s->data[from & DATA_MASK]);
	if (len > 0 && len < LEN(s, i)) {
		LEN(s, i) = len;
		s->pos = from + len;
	}
}

SEC("iter.s/task")
int each_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct seq_file *seq = ctx->meta->seq;
	struct scratch *s;
	struct mm_struct *mm;
	const struct cred *cred;
	struct file *file;
	struct inode *inode;
	struct pid *group;
	u32 zero = 0, level, flags = 0;

	/* PF_EXITING: its end was told, or is about to be. */
	if (!task || task->flags & 0x4)
		return 0;
	s = bpf_map_lookup_elem(&scratches, &zero);
	if (!s)
		return 0;
	mm = BPF_CORE_READ(task, mm);
	cred = BPF_CORE_READ(task, cred);
	file = BPF_CORE_READ(mm, exe_file);
	inode = BPF_CORE_READ(file, f_inode);
	group = group_pid(task, PIDTYPE_PGID);
	level = level_of(task);
	start(s, PPME_ITER_TASK_E, PPME_ITER_TASK_E_N, task->pid);
	put_s32(s, 0, BPF_CORE_READ(task, real_parent, tgid));
	put_s32(s, 1, number_at(group, 0));
	put_s32(s, 2, number_at(group, level));
	put_s32(s, 3, number_at(group_pid(task, PIDTYPE_SID), 0));
	put_kernel_text(s, 4, (char *)task + bpf_core_field_offset(struct task_struct, comm), 16);
	put_command(s, 5, task, mm);
	s->path_at = TEXT_MAX;
	if (file)
		flags = program_flags(s, task, file);
	put_path(s, 6);
	put_u32(s, 7, flags);
	put_memory(s, 8, task, BPF_CORE_READ(mm, env_start), BPF_CORE_READ(mm, env_end));
	walk_path(s, task, (struct path *)((char *)BPF_CORE_READ(task, fs) + bpf_core_field_offset(struct fs_struct, pwd)));
	put_path(s, 9);
	put_u64(s, 10, descriptor_limit(task));
	put_u32(s, 11, BPF_CORE_READ(cred, euid.val));
	put_u32(s, 12, BPF_CORE_READ(cred, egid.val));
	put_u64(s, 13, capabilities(cred, 1));
	put_u64(s, 14, capabilities(cred, 2));
	put_u64(s, 15, capabilities(cred, 0));
	put_u64(s, 16, BPF_CORE_READ(inode, i_ino));
	put_u64(s, 17, inode ? changed_at(inode) : 0);
	put_u64(s, 18, inode ? modified_at(inode) : 0);
	put_u32(s, 19, BPF_CORE_READ(mm, total_vm) * PAGE_KB);
	put_u32(s, 20, resident_kb(mm));
	put_u32(s, 21, swapped_kb(mm));
	put_u64(s, 22, BPF_CORE_READ(task, maj_flt));
	put_u64(s, 23, BPF_CORE_READ(task, min_flt));
	put_s32(s, 24, number_at(own_pid(task), level));
	put_s32(s, 25, number_at(BPF_CORE_READ(task, group_leader, thread_pid), level));
	put_u64(s, 26, namespace_start(task));
	put_cgroups(s, 27, task);
	/* The root of its namespace is where every path begins; seen from there it is the root. */
	s->path_at = TEXT_MAX - 1;
	s->path[TEXT_MAX - 1] = '/';
	put_path(s, 28);
	put_u64(s, 29, BPF_CORE_READ(task, start_boottime) + told_by_loader.boot_offset);
	put_u32(s, 30, tty_of(task));
	put_u32(s, 31, login_of(task));
	seal(s);
	fact_program(s, task);
	write(seq, s, task->tgid);
	return 0;
}

static __always_inline void put_ip(struct scratch *s, u32 i, struct sock *sk, u16 family, bool remote)
{
	u32 from = s->pos;

	put_end(s, sk, family, remote);
	LEN(s, i) = s->pos - from - 2;
	LEN(s, i + 1) = 2;
}

static __always_inline bool put_socket(struct scratch *s, struct task_struct *task, u32 fd, struct file *file, u64 ino)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	u32 from;

	if (!sk)
		return false;
	switch (family) {
	case AF_INET:
		start(s, PPME_ITER_TASK_FILE_SOCKET_INET_E, PPME_ITER_TASK_FILE_SOCKET_INET_E_N, task->pid);
		break;
	case AF_INET6:
		start(s, PPME_ITER_TASK_FILE_SOCKET_INET6_E, PPME_ITER_TASK_FILE_SOCKET_INET6_E_N, task->pid);
		break;
	case AF_UNIX:
		start(s, PPME_ITER_TASK_FILE_SOCKET_UNIX_E, PPME_ITER_TASK_FILE_SOCKET_UNIX_E_N, task->pid);
		break;
	case AF_NETLINK:
		start(s, PPME_ITER_TASK_FILE_SOCKET_NETLINK_E, PPME_ITER_TASK_FILE_SOCKET_NETLINK_E_N, task->pid);
		break;
	default:
		return false;
	}
	put_s32(s, 0, fd);
	put_u16(s, 1, BPF_CORE_READ(sk, sk_type));
	put_u16(s, 2, BPF_CORE_READ(sk, sk_protocol));
	switch (family) {
	case AF_INET:
	case AF_INET6:
		put_ip(s, 3, sk, family, false);
		put_ip(s, 5, sk, family, true);
		put_u64(s, 7, ino);
		break;
	case AF_UNIX:
		put_u64(s, 3, (u64)sk);
		from = s->pos;
		put_unix_name(s, sk);
		LEN(s, 4) = s->pos - from;
		put_u64(s, 5, ino);
		break;
	default:
		put_u64(s, 3, ino);
	}
	return true;
}

SEC("iter/task_file")
int each_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct seq_file *seq = ctx->meta->seq;
	struct file *file = ctx->file;
	struct scratch *s;
	struct inode *inode;
	struct path *path;
	struct mount *mnt;
	u32 zero = 0, fd = ctx->fd;
	u8 kind;
	u64 ino;

	/* Threads of a process share its files: once is enough. */
	if (!task || !file || task->pid != task->tgid)
		return 0;
	s = bpf_map_lookup_elem(&scratches, &zero);
	if (!s)
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	ino = BPF_CORE_READ(inode, i_ino);
	kind = kind_of(file);
	if ((kind >= SCAP_FD_IPV4_SOCK && kind <= SCAP_FD_IPV6_SERVSOCK) || kind == SCAP_FD_UNIX_SOCK ||
	    kind == SCAP_FD_NETLINK) {
		if (put_socket(s, task, fd, file, ino)) {
			seal(s);
			write(seq, s, task->tgid);
		}
		return 0;
	}
	path = (struct path *)((char *)file + bpf_core_field_offset(struct file, f_path));
	walk_path(s, task, path);
	if (*(u32 *)&s->path[s->path_at & (TEXT_MAX - 1)] == MEMF)
		kind = SCAP_FD_MEMFD;
	switch (kind) {
	case SCAP_FD_DIRECTORY:
		start(s, PPME_ITER_TASK_FILE_DIRECTORY_E, PPME_ITER_TASK_FILE_DIRECTORY_E_N, task->pid);
		break;
	case SCAP_FD_FIFO:
		start(s, PPME_ITER_TASK_FILE_PIPE_E, PPME_ITER_TASK_FILE_PIPE_E_N, task->pid);
		break;
	case SCAP_FD_MEMFD:
		start(s, PPME_ITER_TASK_FILE_MEMFD_E, PPME_ITER_TASK_FILE_MEMFD_E_N, task->pid);
		break;
	case SCAP_FD_FILE_V2:
		start(s, PPME_ITER_TASK_FILE_REGULAR_E, PPME_ITER_TASK_FILE_REGULAR_E_N, task->pid);
		mnt = real_mount(BPF_CORE_READ(path, mnt));
		put_s32(s, 0, fd);
		put_path(s, 1);
		put_u32(s, 2, open_flags(BPF_CORE_READ(file, f_flags)) | overlay_layer(inode));
		put_u32(s, 3, BPF_CORE_READ(mnt, mnt_id));
		put_u64(s, 4, ino);
		seal(s);
		write(seq, s, task->tgid);
		return 0;
	default:
		start(s, PPME_ITER_TASK_FILE_ANON_INODE_E, PPME_ITER_TASK_FILE_ANON_INODE_E_N, task->pid);
		put_s32(s, 0, fd);
		put_u8(s, 1, kind);
		put_path(s, 2);
		put_u64(s, 3, ino);
		seal(s);
		write(seq, s, task->tgid);
		return 0;
	}
	put_s32(s, 0, fd);
	put_path(s, 1);
	put_u64(s, 2, ino);
	seal(s);
	write(seq, s, task->tgid);
	return 0;
}
