/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What is told of a request that has ended: the event of the call that does the same. */
#ifndef PG_URING_EVENT_H
#define PG_URING_EVENT_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tables.gen.h"
#include "filter/folders.h"
#include "kernel/object.h"
#include "kernel/opened.h"
#include "record/deliver.h"
#include "record/scratch.h"
#include "record/trailer.h"
#include "uring/request.h"

/* The result of a request that worked but whose result nobody kept. */
#define UNKNOWN_RESULT (-100000)
#define TCP_SYN_SENT 2

/* A file registered with a ring, by its place. */
static __noinline struct file *registered(u64 ring, u32 place)
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
	return (struct file *)(file & FILE_POINTER);
}

/* What descriptor `fd` is, behind the block. As the other functions here not static, so that kernels
 * check it once and not for each way that leads to it. */
__noinline int tell_file(struct scratch *s, u64 task, u64 file, u32 fd, u32 role)
{
	if (s && file)
		fact_descriptor(s, (struct task_struct *)task, fd, (struct file *)file, role);
	return 0;
}

static __always_inline void tell_folder(struct scratch *s, const struct pending *p, s32 fd)
{
	if (fd >= 0)
		tell_file(s, p->task, (u64)file_of((struct task_struct *)p->task, fd), fd, 0);
}

static __always_inline void close_request(struct scratch *s, const struct pending *p)
{
	seal(s);
	fact_origin(s, p->pid, p->origin);
}

/* A descriptor made by a request: its number as it is told, and its file. */
struct new_file {
	s64 result;
	struct file *file;
};

static __always_inline struct new_file new_file(const struct pending *p, s64 res)
{
	struct new_file n = { .result = res };

	if (res == UNKNOWN_RESULT) {
		n.result = REGISTERED | NO_PLACE;
	} else if (res >= 0 && p->slot) {
		u32 place = p->slot == ANY_PLACE ? res : p->slot - 1;

		n.result = REGISTERED | place;
		n.file = registered(p->ctx, place);
	} else if (res >= 0) {
		n.file = file_of((struct task_struct *)p->task, res);
	}
	return n;
}

/* A folder opened through a ring is taken for one that rules know by another name than the kernel. */
static __always_inline void note_opened_folder(struct open_result *r)
{
	struct inode *inode = r->inode;
	struct file *file = r->file;
	u64 bit, *word;

	if (!inode || (BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFDIR)
		return;
	word = folder_word((u64)BPF_CORE_READ(file, f_path.dentry), &bit);
	if (word)
		__sync_fetch_and_or(word, bit);
}

__noinline int tell_open(struct scratch *s, const struct pending *p, s64 res)
{
	struct open_result r;
	struct new_file n;
	u32 at;

	if (!s || !p)
		return 0;
	n = new_file(p, res);
	/* Kept there and not on the stack: of the chain that tells an open kernels before 6.8 allow no more. */
	s->tell[0].fd = n.result;
	r = opened_file(n.file, p->flags);
	note_opened_folder(&r);
	if (p->opcode == PG_OP_OPENAT2)
		begin(s, PPME_SYSCALL_OPENAT2_X, PPME_SYSCALL_OPENAT2_X_N, p->tid);
	else
		begin(s, PPME_SYSCALL_OPENAT_2_X, PPME_SYSCALL_OPENAT_2_X_N, p->tid);
	put_s64(s, 0, n.result);
	put_s64(s, 1, p->fd);
	at = s->pos;
	put_kernel_text(s, 2, text_of(p), TEXT_MAX);
	put_u32(s, 3, r.flags);
	put_u32(s, 4, create_mode(p->flags, p->mode));
	if (p->opcode == PG_OP_OPENAT2) {
		put_u32(s, 5, resolve_flags(p->resolve));
		put_dev_ino(s, 6, &r);
	} else {
		put_dev_ino(s, 5, &r);
	}
	seal(s);
	fact_origin(s, p->pid, p->origin | (r.place ? PG_ORIGIN_PLACE : 0));
	tell_file(s, p->task, (u64)n.file, s->tell[0].fd, 0);
	if (s->data[at & DATA_MASK] != '/')
		tell_folder(s, p, p->fd);
	send_now(s, PG_LOSS_OPEN);
	return 0;
}

static __always_inline void put_first(struct scratch *s, u32 i, const struct pending *p)
{
	put_kernel_text(s, i, text_of(p), TEXT_MAX);
}

static __always_inline void put_second(struct scratch *s, u32 i, const struct pending *p)
{
	put_kernel_text(s, i, (u8 *)text_of(p) + (p->len & (2 * TEXT_MAX - 1)), TEXT_MAX);
}

__noinline int tell_names(struct scratch *s, const struct pending *p, s64 res)
{
	if (!s || !p)
		return 0;
	if (res == UNKNOWN_RESULT)
		res = 0;
	switch (p->opcode) {
	case PG_OP_UNLINKAT:
		begin(s, PPME_SYSCALL_UNLINKAT_2_X, PPME_SYSCALL_UNLINKAT_2_X_N, p->tid);
		put_s64(s, 0, res);
		put_s64(s, 1, p->fd);
		put_first(s, 2, p);
		put_u32(s, 3, p->flags & PPM_AT_REMOVEDIR);
		break;
	case PG_OP_MKDIRAT:
		begin(s, PPME_SYSCALL_MKDIRAT_X, PPME_SYSCALL_MKDIRAT_X_N, p->tid);
		put_s64(s, 0, res);
		put_s64(s, 1, p->fd);
		put_first(s, 2, p);
		put_u32(s, 3, p->mode);
		break;
	case PG_OP_RENAMEAT:
		begin(s, PPME_SYSCALL_RENAMEAT2_X, PPME_SYSCALL_RENAMEAT2_X_N, p->tid);
		put_s64(s, 0, res);
		put_s64(s, 1, p->fd);
		put_first(s, 2, p);
		put_s64(s, 3, p->fd2);
		put_second(s, 4, p);
		put_u32(s, 5, p->flags);
		break;
	case PG_OP_SYMLINKAT:
		begin(s, PPME_SYSCALL_SYMLINKAT_X, PPME_SYSCALL_SYMLINKAT_X_N, p->tid);
		put_s64(s, 0, res);
		put_first(s, 1, p);
		put_s64(s, 2, p->fd2);
		put_second(s, 3, p);
		break;
	default:
		begin(s, PPME_SYSCALL_LINKAT_2_X, PPME_SYSCALL_LINKAT_2_X_N, p->tid);
		put_s64(s, 0, res);
		put_s64(s, 1, p->fd);
		put_first(s, 2, p);
		put_s64(s, 3, p->fd2);
		put_second(s, 4, p);
		put_u32(s, 5, p->flags & (PPM_AT_SYMLINK_FOLLOW | PPM_AT_EMPTY_PATH));
	}
	close_request(s, p);
	if (p->opcode != PG_OP_SYMLINKAT)
		tell_folder(s, p, p->fd);
	if (p->opcode >= PG_OP_SYMLINKAT || p->opcode == PG_OP_RENAMEAT)
		if (p->fd2 != p->fd || p->opcode == PG_OP_SYMLINKAT)
			tell_folder(s, p, p->fd2);
	send_now(s, PG_LOSS_DIR_FILE);
	return 0;
}

/* The address kept of a request, into the small buffer; its family. */
static __always_inline u16 kept_address(struct scratch *s, const struct pending *p)
{
	*(u16 *)s->small = 0;
	if (p->len < 2 || bpf_probe_read_kernel(s->small, ADDRESS_MAX, text_of(p)))
		return 0;
	return family_of(s, p->len);
}

static __always_inline s64 number_of(const struct pending *p)
{
	return p->marks & MARK_FIXED ? REGISTERED | (u32)p->fd : p->fd;
}

__noinline int tell_connect(struct scratch *s, const struct pending *p, s64 res, u64 file)
{
	struct sock *sk;
	u16 given;
	bool done;

	if (!s || !p)
		return 0;
	sk = sock_of((struct file *)file);
	given = kept_address(s, p);
	if (res == UNKNOWN_RESULT)
		res = sk && BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_SYN_SENT ? -EINPROGRESS : 0;
	done = res == 0 || res == -EINPROGRESS;
	begin(s, PPME_SOCKET_CONNECT_X, PPME_SOCKET_CONNECT_X_N, p->tid);
	put_s64(s, 0, res);
	put_tuple(s, 1, done ? sk : 0, false, given);
	put_s64(s, 2, number_of(p));
	put_address(s, 3, given);
	close_request(s, p);
	tell_file(s, p->task, file, number_of(p),
		  sk && done && !given ? PG_ROLE_PARTED :
		  sk && done	       ? PG_ROLE_CLIENT | (res == 0 ? PG_ROLE_CONNECTED : 0) :
					 0);
	send_now(s, PG_LOSS_CONNECT);
	return 0;
}

__noinline int tell_accept(struct scratch *s, const struct pending *p, s64 res, u64 listening)
{
	struct sock *asked;
	struct new_file n;
	u32 queue, most;

	if (!s || !p)
		return 0;
	asked = sock_of((struct file *)listening);
	n = new_file(p, res);
	queue = asked ? BPF_CORE_READ(asked, sk_ack_backlog) : 0;
	most = asked ? BPF_CORE_READ(asked, sk_max_ack_backlog) : 0;
	begin(s, PPME_SOCKET_ACCEPT4_6_X, PPME_SOCKET_ACCEPT4_6_X_N, p->tid);
	put_s64(s, 0, n.result);
	put_tuple(s, 1, sock_of(n.file), true, 0);
	put_u8(s, 2, most ? (u64)queue * 100 / most : 0);
	put_u32(s, 3, queue);
	put_u32(s, 4, most);
	put_s32(s, 5, p->flags);
	close_request(s, p);
	tell_file(s, p->task, (u64)n.file, n.result, PG_ROLE_SERVER | PG_ROLE_CONNECTED);
	send_now(s, PG_LOSS_OTHER);
	return 0;
}

/* Other calls on sockets, and the end of a descriptor. */
__noinline int tell_socket(struct scratch *s, const struct pending *p, s64 res, u64 file)
{
	struct new_file n = {};
	u32 flags, role = 0;
	u16 given;
	s64 fd;

	if (!s || !p)
		return 0;
	fd = number_of(p);
	flags = p->flags;
	if (p->opcode == PG_OP_SOCKET) {
		n = new_file(p, res);
		begin(s, PPME_SOCKET_SOCKET_X, PPME_SOCKET_SOCKET_X_N, p->tid);
		put_s64(s, 0, n.result);
		put_u32(s, 1, p->fd2);
		put_u32(s, 2, flags);
		put_u32(s, 3, p->mode);
		put_u32(s, 4,
			(flags & SOCK_NONBLOCK ? PPM_O_NONBLOCK : 0) | (flags & SOCK_CLOEXEC ? PPM_O_CLOEXEC : 0));
		close_request(s, p);
		tell_file(s, p->task, (u64)n.file, n.result, 0);
		send_now(s, PG_LOSS_OTHER);
		return 0;
	}
	if (res == UNKNOWN_RESULT)
		res = 0;
	switch (p->opcode) {
	case PG_OP_BIND:
		given = kept_address(s, p);
		begin(s, PPME_SOCKET_BIND_X, PPME_SOCKET_BIND_X_N, p->tid);
		put_s64(s, 0, res);
		put_address(s, 1, given);
		put_s64(s, 2, fd);
		break;
	case PG_OP_LISTEN:
		begin(s, PPME_SOCKET_LISTEN_X, PPME_SOCKET_LISTEN_X_N, p->tid);
		put_s64(s, 0, res);
		put_s64(s, 1, fd);
		put_s32(s, 2, flags);
		role = res == 0 ? PG_ROLE_SERVER : 0;
		break;
	case PG_OP_SHUTDOWN:
		begin(s, PPME_SOCKET_SHUTDOWN_X, PPME_SOCKET_SHUTDOWN_X_N, p->tid);
		put_s64(s, 0, res);
		put_s64(s, 1, fd);
		put_u8(s, 2, flags <= PPM_SHUT_RDWR ? flags : PPM_SHUT_UNKNOWN & 0xff);
		break;
	default:
		begin(s, PPME_SYSCALL_CLOSE_X, PPME_SYSCALL_CLOSE_X_N, p->tid);
		put_s64(s, 0, res);
		put_s64(s, 1, p->slot ? REGISTERED | (p->slot - 1) : p->fd);
		close_request(s, p);
		send_now(s, PG_LOSS_CLOSE);
		return 0;
	}
	close_request(s, p);
	tell_file(s, p->task, file, fd, role);
	send_now(s, PG_LOSS_OTHER);
	return 0;
}

/* What was received, where this runs in the process it was received by; a worker shares its memory. */
static __always_inline void put_received(struct scratch *s, u32 i, const struct pending *p, s64 res)
{
	struct task_struct *here = bpf_get_current_task_btf(), *task = (struct task_struct *)p->task;
	u32 len = p->len2;

	if (res <= 0 || BPF_CORE_READ(task, mm) != here->mm)
		len = 0;
	else if (res < len)
		len = res;
	barrier_var(len);
	len &= 127;
	if (len && bpf_probe_read_user(AT(s), len, (void *)p->user))
		len = 0;
	LEN(s, i) = len;
	s->pos += len;
}

static __always_inline void put_sent(struct scratch *s, u32 i, const struct pending *p, s64 res)
{
	u32 len = p->len2;

	if (res > 0 && res < len)
		len = res;
	barrier_var(len);
	len &= 127;
	if (len && bpf_probe_read_kernel(AT(s), len, (u8 *)text_of(p) + DATA_AT))
		len = 0;
	LEN(s, i) = len;
	s->pos += len;
}

__noinline int tell_message(struct scratch *s, const struct pending *p, s64 res, u64 file)
{
	struct sock *sk;
	s64 fd;

	if (!s || !p)
		return 0;
	sk = sock_of((struct file *)file);
	fd = number_of(p);
	if (res == UNKNOWN_RESULT)
		res = p->mode;
	switch (p->opcode) {
	case PG_OP_RECV:
		begin(s, PPME_SOCKET_RECVFROM_X, PPME_SOCKET_RECVFROM_X_N, p->tid);
		put_s64(s, 0, res);
		put_received(s, 1, p, res);
		put_tuple(s, 2, res > 0 ? sk : 0, true, 0);
		put_s64(s, 3, fd);
		put_u32(s, 4, p->flags);
		break;
	case PG_OP_RECVMSG:
		begin(s, PPME_SOCKET_RECVMSG_X, PPME_SOCKET_RECVMSG_X_N, p->tid);
		put_s64(s, 0, res);
		put_u32(s, 1, res > 0 ? res : 0);
		put_received(s, 2, p, res);
		put_tuple(s, 3, res > 0 ? sk : 0, true, 0);
		put_nothing(s, 4);
		put_s64(s, 5, fd);
		break;
	case PG_OP_SENDMSG:
	case PG_OP_SENDMSG_ZC:
		begin(s, PPME_SOCKET_SENDMSG_X, PPME_SOCKET_SENDMSG_X_N, p->tid);
		put_s64(s, 0, res);
		put_sent(s, 1, p, res);
		put_s64(s, 2, fd);
		put_u32(s, 3, p->mode);
		put_message_ends(s, 4, sk, false, kept_address(s, p));
		break;
	default:
		begin(s, PPME_SOCKET_SENDTO_X, PPME_SOCKET_SENDTO_X_N, p->tid);
		put_s64(s, 0, res);
		put_sent(s, 1, p, res);
		put_s64(s, 2, fd);
		put_u32(s, 3, p->mode);
		put_tuple(s, 4, sk, false, 0);
	}
	close_request(s, p);
	tell_file(s, p->task, file, fd, 0);
	send_now(s, PG_LOSS_OTHER);
	return 0;
}

#endif
