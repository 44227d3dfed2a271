/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What is reported of a request that has ended: the event of the call that does the same. */
#ifndef PG_URING_EVENT_H
#define PG_URING_EVENT_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "filter/renamed_dirs.h"
#include "kernel/object.h"
#include "kernel/opened.h"
#include "record/deliver.h"
#include "record/scratch.h"
#include "record/trailer.h"
#include "uring/request.h"

/* The result of a request that worked but whose result nobody kept. */
#define PG_URING_UNKNOWN_RESULT (-100000)
#define TCP_SYN_SENT 2

/* A file registered with a ring, by its place. */
static __noinline struct file *pg_uring_registered_file(u64 ring, u32 place)
{
	struct io_ring_ctx *ctx = (void *)ring;
	struct io_ring_ctx___old *old = (void *)ring;
	unsigned long file = 0;

	if (bpf_core_field_exists(old->file_table.files)) {
		struct io_fixed_file *files = BPF_CORE_READ(old, file_table.files);

		if (files && place < BPF_CORE_READ(old, nr_user_files))
			bpf_probe_read_kernel(&file, sizeof(file), files + place);
	} else {
		struct io_rsrc_node **nodes = BPF_CORE_READ(ctx, file_table.data.nodes), *node = 0;

		if (nodes && place < BPF_CORE_READ(ctx, file_table.data.nr))
			bpf_probe_read_kernel(&node, sizeof(node), nodes + place);
		if (node)
			file = BPF_CORE_READ(node, file_ptr);
	}
	return (struct file *)(file & PG_URING_FILE_POINTER);
}

/* What descriptor `fd` is, behind the block. As the other functions here not static, so that kernels
 * check it once and not for each way that leads to it. */
__noinline int pg_uring_trailer_file(struct scratch *s, u64 task, u64 file, u32 fd, u32 role)
{
	if (s && file)
		pg_trailer_descriptor(s, (struct task_struct *)task, fd, (struct file *)file, role);
	return 0;
}

static __always_inline void pg_uring_trailer_dir(struct scratch *s, const struct uring_request *p, s32 fd)
{
	if (fd >= 0)
		pg_uring_trailer_file(s, p->task, (u64)pg_file_of_fd((struct task_struct *)p->task, fd), fd, 0);
}

static __always_inline void pg_uring_close_block(struct scratch *s, const struct uring_request *p)
{
	pg_seal(s);
	pg_trailer_origin(s, p->pid, p->origin);
}

/* A descriptor made by a request: its number as it is reported, and its file. */
struct uring_file {
	s64 result;
	struct file *file;
};

static __always_inline struct uring_file pg_uring_new_file(const struct uring_request *p, s64 res)
{
	struct uring_file n = { .result = res };

	if (res == PG_URING_UNKNOWN_RESULT) {
		n.result = PG_URING_REGISTERED | PG_URING_NO_SLOT;
	} else if (res >= 0 && p->slot) {
		u32 place = p->slot == PG_URING_ANY_SLOT ? res : p->slot - 1;

		n.result = PG_URING_REGISTERED | place;
		n.file = pg_uring_registered_file(p->ctx, place);
	} else if (res >= 0) {
		n.file = pg_file_of_fd((struct task_struct *)p->task, res);
	}
	return n;
}

/* A folder opened through a ring is taken for one that rules know by another name than the kernel. */
static __always_inline void pg_uring_note_dir(struct opened *r)
{
	struct inode *inode = r->inode;
	struct file *file = r->file;
	u64 bit, *word;

	if (!inode || (BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFDIR)
		return;
	word = pg_renamed_dir_word((u64)BPF_CORE_READ(file, f_path.dentry), &bit);
	if (word)
		__sync_fetch_and_or(word, bit);
}

__noinline int pg_uring_open(struct scratch *s, const struct uring_request *p, s64 res)
{
	struct opened r;
	struct uring_file n;
	u32 at;

	if (!s || !p)
		return 0;
	n = pg_uring_new_file(p, res);
	/* Not on the stack: kernels before 6.8 allow the chain that emits an open no more. */
	s->fds[0].fd = n.result;
	r = pg_opened_file(n.file, p->flags);
	pg_uring_note_dir(&r);
	if (p->opcode == PG_OP_OPENAT2)
		pg_begin(s, PPME_SYSCALL_OPENAT2_X, PPME_SYSCALL_OPENAT2_X_N, p->tid);
	else
		pg_begin(s, PPME_SYSCALL_OPENAT_2_X, PPME_SYSCALL_OPENAT_2_X_N, p->tid);
	pg_put_s64(s, 0, n.result);
	pg_put_s64(s, 1, p->fd);
	at = s->pos;
	pg_put_kernel_str(s, 2, pg_uring_text(p), PG_STR_MAX);
	pg_put_u32(s, 3, r.flags);
	pg_put_u32(s, 4, pg_create_mode(p->flags, p->mode));
	if (p->opcode == PG_OP_OPENAT2) {
		pg_put_u32(s, 5, pg_resolve_flags(p->resolve));
		pg_put_dev_ino(s, 6, &r);
	} else {
		pg_put_dev_ino(s, 5, &r);
	}
	pg_seal(s);
	pg_trailer_origin(s, p->pid, p->origin | (r.place ? PG_ORIGIN_PLACE : 0));
	pg_uring_trailer_file(s, p->task, (u64)n.file, s->fds[0].fd, 0);
	if (s->data[at & PG_DATA_MASK] != '/')
		pg_uring_trailer_dir(s, p, p->fd);
	pg_submit(s, PG_LOSS_OPEN);
	return 0;
}

static __always_inline void pg_uring_put_first_name(struct scratch *s, u32 i, const struct uring_request *p)
{
	pg_put_kernel_str(s, i, pg_uring_text(p), PG_STR_MAX);
}

static __always_inline void pg_uring_put_second_name(struct scratch *s, u32 i, const struct uring_request *p)
{
	pg_put_kernel_str(s, i, (u8 *)pg_uring_text(p) + (p->len & (2 * PG_STR_MAX - 1)), PG_STR_MAX);
}

__noinline int pg_uring_names(struct scratch *s, const struct uring_request *p, s64 res)
{
	if (!s || !p)
		return 0;
	if (res == PG_URING_UNKNOWN_RESULT)
		res = 0;
	switch (p->opcode) {
	case PG_OP_UNLINKAT:
		pg_begin(s, PPME_SYSCALL_UNLINKAT_2_X, PPME_SYSCALL_UNLINKAT_2_X_N, p->tid);
		pg_put_s64(s, 0, res);
		pg_put_s64(s, 1, p->fd);
		pg_uring_put_first_name(s, 2, p);
		pg_put_u32(s, 3, p->flags & PPM_AT_REMOVEDIR);
		break;
	case PG_OP_MKDIRAT:
		pg_begin(s, PPME_SYSCALL_MKDIRAT_X, PPME_SYSCALL_MKDIRAT_X_N, p->tid);
		pg_put_s64(s, 0, res);
		pg_put_s64(s, 1, p->fd);
		pg_uring_put_first_name(s, 2, p);
		pg_put_u32(s, 3, p->mode);
		break;
	case PG_OP_RENAMEAT:
		pg_begin(s, PPME_SYSCALL_RENAMEAT2_X, PPME_SYSCALL_RENAMEAT2_X_N, p->tid);
		pg_put_s64(s, 0, res);
		pg_put_s64(s, 1, p->fd);
		pg_uring_put_first_name(s, 2, p);
		pg_put_s64(s, 3, p->fd2);
		pg_uring_put_second_name(s, 4, p);
		pg_put_u32(s, 5, p->flags);
		break;
	case PG_OP_SYMLINKAT:
		pg_begin(s, PPME_SYSCALL_SYMLINKAT_X, PPME_SYSCALL_SYMLINKAT_X_N, p->tid);
		pg_put_s64(s, 0, res);
		pg_uring_put_first_name(s, 1, p);
		pg_put_s64(s, 2, p->fd2);
		pg_uring_put_second_name(s, 3, p);
		break;
	default:
		pg_begin(s, PPME_SYSCALL_LINKAT_2_X, PPME_SYSCALL_LINKAT_2_X_N, p->tid);
		pg_put_s64(s, 0, res);
		pg_put_s64(s, 1, p->fd);
		pg_uring_put_first_name(s, 2, p);
		pg_put_s64(s, 3, p->fd2);
		pg_uring_put_second_name(s, 4, p);
		pg_put_u32(s, 5, p->flags & (PPM_AT_SYMLINK_FOLLOW | PPM_AT_EMPTY_PATH));
	}
	pg_uring_close_block(s, p);
	if (p->opcode != PG_OP_SYMLINKAT)
		pg_uring_trailer_dir(s, p, p->fd);
	if (p->opcode >= PG_OP_SYMLINKAT || p->opcode == PG_OP_RENAMEAT)
		if (p->fd2 != p->fd || p->opcode == PG_OP_SYMLINKAT)
			pg_uring_trailer_dir(s, p, p->fd2);
	pg_submit(s, PG_LOSS_DIR_FILE);
	return 0;
}

/* The address kept of a request, into the small buffer; its family. */
static __always_inline u16 pg_uring_saved_sockaddr(struct scratch *s, const struct uring_request *p)
{
	*(u16 *)s->small = 0;
	if (p->len < 2 || bpf_probe_read_kernel(s->small, PG_SOCKADDR_MAX, pg_uring_text(p)))
		return 0;
	return pg_small_family(s, p->len);
}

static __always_inline s64 pg_uring_fd(const struct uring_request *p)
{
	return p->marks & PG_URING_FIXED_FILE ? PG_URING_REGISTERED | (u32)p->fd : p->fd;
}

__noinline int pg_uring_connect(struct scratch *s, const struct uring_request *p, s64 res, u64 file)
{
	struct sock *sk;
	u16 given;
	bool done;

	if (!s || !p)
		return 0;
	sk = pg_sock_of_file((struct file *)file);
	given = pg_uring_saved_sockaddr(s, p);
	if (res == PG_URING_UNKNOWN_RESULT)
		res = sk && BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_SYN_SENT ? -EINPROGRESS : 0;
	done = res == 0 || res == -EINPROGRESS;
	pg_begin(s, PPME_SOCKET_CONNECT_X, PPME_SOCKET_CONNECT_X_N, p->tid);
	pg_put_s64(s, 0, res);
	pg_put_tuple(s, 1, done ? sk : 0, false, given);
	pg_put_s64(s, 2, pg_uring_fd(p));
	pg_put_sockaddr(s, 3, given);
	pg_uring_close_block(s, p);
	pg_uring_trailer_file(s, p->task, file, pg_uring_fd(p),
			      sk && done && !given ? PG_ROLE_PARTED
			      : sk && done	   ? PG_ROLE_CLIENT | (res == 0 ? PG_ROLE_CONNECTED : 0)
						   : 0);
	pg_submit(s, PG_LOSS_CONNECT);
	return 0;
}

__noinline int pg_uring_accept(struct scratch *s, const struct uring_request *p, s64 res, u64 listening)
{
	struct sock *asked;
	struct uring_file n;
	u32 queue, most;

	if (!s || !p)
		return 0;
	asked = pg_sock_of_file((struct file *)listening);
	n = pg_uring_new_file(p, res);
	queue = asked ? BPF_CORE_READ(asked, sk_ack_backlog) : 0;
	most = asked ? BPF_CORE_READ(asked, sk_max_ack_backlog) : 0;
	pg_begin(s, PPME_SOCKET_ACCEPT4_6_X, PPME_SOCKET_ACCEPT4_6_X_N, p->tid);
	pg_put_s64(s, 0, n.result);
	pg_put_tuple(s, 1, pg_sock_of_file(n.file), true, 0);
	pg_put_u8(s, 2, most ? (u64)queue * 100 / most : 0);
	pg_put_u32(s, 3, queue);
	pg_put_u32(s, 4, most);
	pg_put_s32(s, 5, p->flags);
	pg_uring_close_block(s, p);
	pg_uring_trailer_file(s, p->task, (u64)n.file, n.result, PG_ROLE_SERVER | PG_ROLE_CONNECTED);
	pg_submit(s, PG_LOSS_OTHER);
	return 0;
}

/* Other calls on sockets, and the end of a descriptor. */
__noinline int pg_uring_socket(struct scratch *s, const struct uring_request *p, s64 res, u64 file)
{
	struct uring_file n = {};
	u32 flags, role = 0;
	u16 given;
	s64 fd;

	if (!s || !p)
		return 0;
	fd = pg_uring_fd(p);
	flags = p->flags;
	if (p->opcode == PG_OP_SOCKET) {
		n = pg_uring_new_file(p, res);
		pg_begin(s, PPME_SOCKET_SOCKET_X, PPME_SOCKET_SOCKET_X_N, p->tid);
		pg_put_s64(s, 0, n.result);
		pg_put_u32(s, 1, p->fd2);
		pg_put_u32(s, 2, flags);
		pg_put_u32(s, 3, p->mode);
		pg_put_u32(s, 4,
			   (flags & SOCK_NONBLOCK ? PPM_O_NONBLOCK : 0) | (flags & SOCK_CLOEXEC ? PPM_O_CLOEXEC : 0));
		pg_uring_close_block(s, p);
		pg_uring_trailer_file(s, p->task, (u64)n.file, n.result, 0);
		pg_submit(s, PG_LOSS_OTHER);
		return 0;
	}
	if (res == PG_URING_UNKNOWN_RESULT)
		res = 0;
	switch (p->opcode) {
	case PG_OP_BIND:
		given = pg_uring_saved_sockaddr(s, p);
		pg_begin(s, PPME_SOCKET_BIND_X, PPME_SOCKET_BIND_X_N, p->tid);
		pg_put_s64(s, 0, res);
		pg_put_sockaddr(s, 1, given);
		pg_put_s64(s, 2, fd);
		break;
	case PG_OP_LISTEN:
		pg_begin(s, PPME_SOCKET_LISTEN_X, PPME_SOCKET_LISTEN_X_N, p->tid);
		pg_put_s64(s, 0, res);
		pg_put_s64(s, 1, fd);
		pg_put_s32(s, 2, flags);
		role = res == 0 ? PG_ROLE_SERVER : 0;
		break;
	case PG_OP_SHUTDOWN:
		pg_begin(s, PPME_SOCKET_SHUTDOWN_X, PPME_SOCKET_SHUTDOWN_X_N, p->tid);
		pg_put_s64(s, 0, res);
		pg_put_s64(s, 1, fd);
		pg_put_u8(s, 2, flags <= PPM_SHUT_RDWR ? flags : PPM_SHUT_UNKNOWN & 0xff);
		break;
	default:
		pg_begin(s, PPME_SYSCALL_CLOSE_X, PPME_SYSCALL_CLOSE_X_N, p->tid);
		pg_put_s64(s, 0, res);
		pg_put_s64(s, 1, p->slot ? PG_URING_REGISTERED | (p->slot - 1) : p->fd);
		pg_uring_close_block(s, p);
		pg_submit(s, PG_LOSS_CLOSE);
		return 0;
	}
	pg_uring_close_block(s, p);
	pg_uring_trailer_file(s, p->task, file, fd, role);
	pg_submit(s, PG_LOSS_OTHER);
	return 0;
}

/* What was received, where this runs in the process it was received by; a worker shares its memory. */
static __always_inline void pg_uring_put_received(struct scratch *s, u32 i, const struct uring_request *p, s64 res)
{
	struct task_struct *here = bpf_get_current_task_btf(), *task = (struct task_struct *)p->task;
	u32 len = p->len2;

	if (res <= 0 || BPF_CORE_READ(task, mm) != here->mm)
		len = 0;
	else if (res < len)
		len = res;
	barrier_var(len);
	len &= 127;
	if (len && bpf_probe_read_user(PG_AT(s), len, (void *)p->user))
		len = 0;
	PG_LEN(s, i) = len;
	s->pos += len;
}

static __always_inline void pg_uring_put_sent(struct scratch *s, u32 i, const struct uring_request *p, s64 res)
{
	u32 len = p->len2;

	if (res > 0 && res < len)
		len = res;
	barrier_var(len);
	len &= 127;
	if (len && bpf_probe_read_kernel(PG_AT(s), len, (u8 *)pg_uring_text(p) + PG_URING_DATA_AT))
		len = 0;
	PG_LEN(s, i) = len;
	s->pos += len;
}

__noinline int pg_uring_message(struct scratch *s, const struct uring_request *p, s64 res, u64 file)
{
	struct sock *sk;
	s64 fd;

	if (!s || !p)
		return 0;
	sk = pg_sock_of_file((struct file *)file);
	fd = pg_uring_fd(p);
	if (res == PG_URING_UNKNOWN_RESULT)
		res = p->mode;
	switch (p->opcode) {
	case PG_OP_RECV:
		pg_begin(s, PPME_SOCKET_RECVFROM_X, PPME_SOCKET_RECVFROM_X_N, p->tid);
		pg_put_s64(s, 0, res);
		pg_uring_put_received(s, 1, p, res);
		pg_put_tuple(s, 2, res > 0 ? sk : 0, true, 0);
		pg_put_s64(s, 3, fd);
		pg_put_u32(s, 4, p->flags);
		break;
	case PG_OP_RECVMSG:
		pg_begin(s, PPME_SOCKET_RECVMSG_X, PPME_SOCKET_RECVMSG_X_N, p->tid);
		pg_put_s64(s, 0, res);
		pg_put_u32(s, 1, res > 0 ? res : 0);
		pg_uring_put_received(s, 2, p, res);
		pg_put_tuple(s, 3, res > 0 ? sk : 0, true, 0);
		pg_put_empty(s, 4);
		pg_put_s64(s, 5, fd);
		break;
	case PG_OP_SENDMSG:
	case PG_OP_SENDMSG_ZC:
		pg_begin(s, PPME_SOCKET_SENDMSG_X, PPME_SOCKET_SENDMSG_X_N, p->tid);
		pg_put_s64(s, 0, res);
		pg_uring_put_sent(s, 1, p, res);
		pg_put_s64(s, 2, fd);
		pg_put_u32(s, 3, p->mode);
		pg_put_message_tuple(s, 4, sk, false, pg_uring_saved_sockaddr(s, p));
		break;
	default:
		pg_begin(s, PPME_SOCKET_SENDTO_X, PPME_SOCKET_SENDTO_X_N, p->tid);
		pg_put_s64(s, 0, res);
		pg_uring_put_sent(s, 1, p, res);
		pg_put_s64(s, 2, fd);
		pg_put_u32(s, 3, p->mode);
		pg_put_tuple(s, 4, sk, false, 0);
	}
	pg_uring_close_block(s, p);
	pg_uring_trailer_file(s, p->task, file, fd, 0);
	pg_submit(s, PG_LOSS_OTHER);
	return 0;
}

#endif
