// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The host state at the start: one iterator over threads, one over open files.
 *
 * A record is its length (u32, of what follows), an event block and the facts behind it. */

#define PG_PLAIN_READS

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

static __always_inline void pg_begin_snapshot(struct scratch *s, u16 type, u32 params, u32 tid)
{
	pg_begin(s, type, params, tid);
	/* The time of what was there before is not known. */
	*(u64 *)&s->data[0] = 0;
}

static __always_inline void pg_write_record(struct seq_file *seq, struct scratch *s, u32 pid)
{
	u32 len, head;

	pg_trailer_origin(s, pid, 0);
	len = s->pos;
	if (len >= PG_DATA_SIZE - 8) {
		pg_count_loss(PG_LOSS_TOO_LARGE);
		return;
	}
	head = len;
	bpf_seq_write(seq, &head, sizeof(head));
	barrier_var(len);
	bpf_seq_write(seq, s->data, len & PG_DATA_MASK);
}

/* Memory of another process, as much as is there up to PG_STR_MAX. */
static __always_inline void pg_put_task_memory(struct scratch *s, u32 i, struct task_struct *task, u64 start, u64 end)
{
	u32 len = end > start ? end - start : 0;

	if (len >= PG_STR_MAX)
		len = PG_STR_MAX - 1;
	barrier_var(len);
	len &= PG_STR_MAX - 1;
	if (len && !bpf_copy_from_user_task(PG_AT(s), len, (void *)start, task, 0)) {
		s->pos += len;
		s->data[(s->pos - 1) & PG_DATA_MASK] = 0;
	} else {
		len = 0;
	}
	PG_LEN(s, i) = len;
}

/* The arguments, or what the process wrote over them for `ps` to show. Such a title leaves no NUL
 * where the arguments end and may go on into the environment; as in /proc it ends at its first NUL. */
static __always_inline void pg_put_command_line(struct scratch *s, u32 i, struct task_struct *task,
						struct mm_struct *mm)
{
	u64 start = BPF_CORE_READ(mm, arg_start), end = BPF_CORE_READ(mm, arg_end);
	u32 from = s->pos;
	char last = 0;
	long len;

	if (end <= start || bpf_copy_from_user_task(&last, 1, (void *)(end - 1), task, 0) || !last) {
		pg_put_task_memory(s, i, task, start, end);
		return;
	}
	if (BPF_CORE_READ(mm, env_start) == end)
		end = BPF_CORE_READ(mm, env_end);
	pg_put_task_memory(s, i, task, start, end);
	if (!PG_LEN(s, i))
		return;
	len = bpf_probe_read_kernel_str(s->path, PG_STR_MAX, &s->data[from & PG_DATA_MASK]);
	if (len > 0 && len < PG_LEN(s, i)) {
		PG_LEN(s, i) = len;
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

	/* PF_EXITING: its exit event was emitted, or is about to be. */
	if (!task || task->flags & 0x4)
		return 0;
	s = bpf_map_lookup_elem(&scratches, &zero);
	if (!s)
		return 0;
	mm = BPF_CORE_READ(task, mm);
	cred = BPF_CORE_READ(task, cred);
	file = BPF_CORE_READ(mm, exe_file);
	inode = BPF_CORE_READ(file, f_inode);
	group = pg_signal_pid(task, PIDTYPE_PGID);
	level = pg_pid_level(task);
	pg_begin_snapshot(s, PPME_ITER_TASK_E, PPME_ITER_TASK_E_N, task->pid);
	pg_put_s32(s, 0, BPF_CORE_READ(task, real_parent, tgid));
	pg_put_s32(s, 1, pg_pid_nr(group, 0));
	pg_put_s32(s, 2, pg_pid_nr(group, level));
	pg_put_s32(s, 3, pg_pid_nr(pg_signal_pid(task, PIDTYPE_SID), 0));
	pg_put_kernel_str(s, 4, (char *)task + bpf_core_field_offset(struct task_struct, comm), 16);
	pg_put_command_line(s, 5, task, mm);
	s->path_at = PG_STR_MAX;
	if (file)
		flags = pg_exe_flags(s, task, file);
	pg_put_path(s, 6);
	pg_put_u32(s, 7, flags);
	pg_put_task_memory(s, 8, task, BPF_CORE_READ(mm, env_start), BPF_CORE_READ(mm, env_end));
	pg_walk_path(s, task,
		     (struct path *)((char *)BPF_CORE_READ(task, fs) + bpf_core_field_offset(struct fs_struct, pwd)));
	pg_put_path(s, 9);
	pg_put_u64(s, 10, pg_fd_limit(task));
	pg_put_u32(s, 11, BPF_CORE_READ(cred, euid.val));
	pg_put_u32(s, 12, BPF_CORE_READ(cred, egid.val));
	pg_put_u64(s, 13, pg_cap_set(cred, 1));
	pg_put_u64(s, 14, pg_cap_set(cred, 2));
	pg_put_u64(s, 15, pg_cap_set(cred, 0));
	pg_put_u64(s, 16, BPF_CORE_READ(inode, i_ino));
	pg_put_u64(s, 17, inode ? pg_ctime(inode) : 0);
	pg_put_u64(s, 18, inode ? pg_mtime(inode) : 0);
	pg_put_u32(s, 19, BPF_CORE_READ(mm, total_vm) * PG_PAGE_KB);
	pg_put_u32(s, 20, pg_rss_kb(mm));
	pg_put_u32(s, 21, pg_swap_kb(mm));
	pg_put_u64(s, 22, BPF_CORE_READ(task, maj_flt));
	pg_put_u64(s, 23, BPF_CORE_READ(task, min_flt));
	pg_put_s32(s, 24, pg_pid_nr(pg_thread_pid(task), level));
	pg_put_s32(s, 25, pg_pid_nr(BPF_CORE_READ(task, group_leader, thread_pid), level));
	pg_put_u64(s, 26, pg_pid_namespace_start(task));
	pg_put_cgroups(s, 27, task);
	/* The root of its namespace is where every path begins; seen from there it is the root. */
	s->path_at = PG_STR_MAX - 1;
	s->path[PG_STR_MAX - 1] = '/';
	pg_put_path(s, 28);
	pg_put_u64(s, 29, BPF_CORE_READ(task, start_boottime) + pg_config.boot_offset);
	pg_put_u32(s, 30, pg_tty_dev(task));
	pg_put_u32(s, 31, pg_loginuid(task));
	pg_seal(s);
	pg_trailer_program(s, task);
	pg_write_record(seq, s, task->tgid);
	return 0;
}

static __always_inline void pg_put_ip_socket(struct scratch *s, u32 i, struct sock *sk, u16 family, bool remote)
{
	u32 from = s->pos;

	pg_put_endpoint(s, sk, family, remote);
	PG_LEN(s, i) = s->pos - from - 2;
	PG_LEN(s, i + 1) = 2;
}

static __always_inline bool pg_put_socket(struct scratch *s, struct task_struct *task, u32 fd, struct file *file,
					  u64 ino)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	u32 from;

	if (!sk)
		return false;
	switch (family) {
	case AF_INET:
		pg_begin_snapshot(s, PPME_ITER_TASK_FILE_SOCKET_INET_E, PPME_ITER_TASK_FILE_SOCKET_INET_E_N, task->pid);
		break;
	case AF_INET6:
		pg_begin_snapshot(s, PPME_ITER_TASK_FILE_SOCKET_INET6_E, PPME_ITER_TASK_FILE_SOCKET_INET6_E_N,
				  task->pid);
		break;
	case AF_UNIX:
		pg_begin_snapshot(s, PPME_ITER_TASK_FILE_SOCKET_UNIX_E, PPME_ITER_TASK_FILE_SOCKET_UNIX_E_N, task->pid);
		break;
	case AF_NETLINK:
		pg_begin_snapshot(s, PPME_ITER_TASK_FILE_SOCKET_NETLINK_E, PPME_ITER_TASK_FILE_SOCKET_NETLINK_E_N,
				  task->pid);
		break;
	default: return false;
	}
	pg_put_s32(s, 0, fd);
	pg_put_u16(s, 1, BPF_CORE_READ(sk, sk_type));
	pg_put_u16(s, 2, BPF_CORE_READ(sk, sk_protocol));
	switch (family) {
	case AF_INET:
	case AF_INET6:
		pg_put_ip_socket(s, 3, sk, family, false);
		pg_put_ip_socket(s, 5, sk, family, true);
		pg_put_u64(s, 7, ino);
		break;
	case AF_UNIX:
		pg_put_u64(s, 3, (u64)sk);
		from = s->pos;
		pg_put_unix_name(s, sk);
		PG_LEN(s, 4) = s->pos - from;
		pg_put_u64(s, 5, ino);
		break;
	default: pg_put_u64(s, 3, ino);
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
	kind = pg_fd_kind(file);
	if ((kind >= SCAP_FD_IPV4_SOCK && kind <= SCAP_FD_IPV6_SERVSOCK) || kind == SCAP_FD_UNIX_SOCK ||
	    kind == SCAP_FD_NETLINK) {
		if (pg_put_socket(s, task, fd, file, ino)) {
			pg_seal(s);
			pg_write_record(seq, s, task->tgid);
		}
		return 0;
	}
	path = (struct path *)((char *)file + bpf_core_field_offset(struct file, f_path));
	pg_walk_path(s, task, path);
	if (*(u32 *)&s->path[s->path_at & (PG_STR_MAX - 1)] == PG_MEMFD_PREFIX)
		kind = SCAP_FD_MEMFD;
	switch (kind) {
	case SCAP_FD_DIRECTORY:
		pg_begin_snapshot(s, PPME_ITER_TASK_FILE_DIRECTORY_E, PPME_ITER_TASK_FILE_DIRECTORY_E_N, task->pid);
		break;
	case SCAP_FD_FIFO:
		pg_begin_snapshot(s, PPME_ITER_TASK_FILE_PIPE_E, PPME_ITER_TASK_FILE_PIPE_E_N, task->pid);
		break;
	case SCAP_FD_MEMFD:
		pg_begin_snapshot(s, PPME_ITER_TASK_FILE_MEMFD_E, PPME_ITER_TASK_FILE_MEMFD_E_N, task->pid);
		break;
	case SCAP_FD_FILE_V2:
		pg_begin_snapshot(s, PPME_ITER_TASK_FILE_REGULAR_E, PPME_ITER_TASK_FILE_REGULAR_E_N, task->pid);
		mnt = pg_real_mount(BPF_CORE_READ(path, mnt));
		pg_put_s32(s, 0, fd);
		pg_put_path(s, 1);
		pg_put_u32(s, 2, pg_open_flags(BPF_CORE_READ(file, f_flags)) | pg_overlay_layer(inode));
		pg_put_u32(s, 3, BPF_CORE_READ(mnt, mnt_id));
		pg_put_u64(s, 4, ino);
		pg_seal(s);
		pg_write_record(seq, s, task->tgid);
		return 0;
	default:
		pg_begin_snapshot(s, PPME_ITER_TASK_FILE_ANON_INODE_E, PPME_ITER_TASK_FILE_ANON_INODE_E_N, task->pid);
		pg_put_s32(s, 0, fd);
		pg_put_u8(s, 1, kind);
		pg_put_path(s, 2);
		pg_put_u64(s, 3, ino);
		pg_seal(s);
		pg_write_record(seq, s, task->tgid);
		return 0;
	}
	pg_put_s32(s, 0, fd);
	pg_put_path(s, 1);
	pg_put_u64(s, 2, ino);
	pg_seal(s);
	pg_write_record(seq, s, task->tgid);
	return 0;
}
