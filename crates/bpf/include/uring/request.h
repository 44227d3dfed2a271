/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What an io_uring is made of, as far as the programs look, and what is kept of a request between its
 * submission and its end. */
#ifndef PG_URING_REQUEST_H
#define PG_URING_REQUEST_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "tables.gen.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct filename {
	const char *name;
};

/* Before 6.13 the table of registered files held the files, since then nodes that do. */
struct io_rsrc_node {
	unsigned long file_ptr;
};
struct io_rsrc_data {
	unsigned int nr;
	struct io_rsrc_node **nodes;
};
struct io_file_table {
	struct io_rsrc_data data;
};
struct io_fixed_file {
	unsigned long file_ptr;
};
struct io_file_table___old {
	struct io_fixed_file *files;
};
struct io_ring_ctx {
	struct io_file_table file_table;
};
struct io_ring_ctx___old {
	struct io_file_table___old file_table;
	unsigned int nr_user_files;
};

struct io_cqe {
	u64 user_data;
	s32 res;
	s32 fd;
};

struct io_uring_cqe {
	u64 user_data;
	s32 res;
	u32 flags;
};

struct io_kiocb {
	struct file *file;
	u8 opcode;
	u64 flags;
	struct io_cqe cqe;
	struct io_ring_ctx *ctx;
	void *async_data;
};

/* What a request asks for lies where the request begins, by operation. */
struct open_how {
	u64 flags, mode, resolve;
};
struct io_open {
	int dfd;
	u32 file_slot;
	struct filename *filename;
	struct open_how how;
};
struct io_close {
	int fd;
	u32 file_slot;
};
struct io_rename {
	int old_dfd, new_dfd;
	struct filename *oldpath, *newpath;
	int flags;
};
struct io_unlink {
	int dfd, flags;
	struct filename *filename;
};
struct io_mkdir {
	int dfd;
	u16 mode;
	struct filename *filename;
};
struct io_link {
	int old_dfd, new_dfd;
	struct filename *oldpath, *newpath;
	int flags;
};
struct io_connect {
	void *addr;
	int addr_len;
};
struct io_bind {
	int addr_len;
};
struct io_listen {
	int backlog;
};
struct io_accept {
	int flags;
	u32 file_slot;
};
struct io_socket {
	int domain, type, protocol;
	u32 file_slot;
};
struct io_shutdown {
	int how;
};
struct io_sr_msg {
	void *buf;
	int len;
	unsigned int msg_flags;
};
struct __kernel_sockaddr_storage {
	u16 ss_family;
};
struct io_async_msghdr {
	struct __kernel_sockaddr_storage addr;
};
/* Before 6.10: the address was copied when the connection was made. */
struct io_async_connect {
	int nothing;
};

#pragma clang attribute pop

/* `enum io_uring_op`, which never changes, has fewer. */
#define PG_URING_OPS 64

/* The call that does the same. */
const u16 pg_uring_same_call[PG_URING_OPS] = { PG_URING_SAME_CALL };

/* Bits of a request's flags; the first are those a program sets, the last was the same since 5.10. */
#define REQ_FIXED_FILE 1
#define REQ_CQE_SKIP 64
#define REQ_NEED_CLEANUP (1 << 13)

#define CQE_F_MORE 2

/* A registered file has no descriptor: events hold a number no descriptor has, its slot above this. */
#define PG_URING_REGISTERED 0x40000000
/* The place is not known. */
#define PG_URING_NO_SLOT 0xfffff
#define PG_URING_ANY_SLOT 0xffffffff
#define PG_URING_FILE_POINTER (~7UL)

/* The kernel completes it only where it failed. */
#define PG_URING_CQE_SKIPPED 1
/* It works on a registered file. */
#define PG_URING_FIXED_FILE 2
/* That it needs no cleaning any more says that it has ended. */
#define PG_URING_CLEANED_UP 4
/* A sweep found that it had ended. */
#define PG_URING_SEEN_ENDED 8

struct uring_request {
	u64 task;
	/* When the task and the request began. */
	u64 start, at;
	u64 ctx, user_data;
	u64 flags, mode, resolve;
	u64 user;
	u32 tid, pid, own_tid;
	s32 fd, fd2;
	u32 slot;
	u16 origin;
	/* Of what stands behind: the first text, the second; or an address, data. */
	u16 len, len2;
	u8 opcode;
	u8 marks;
};

#define PG_URING_SHORT_TEXT 512
#define PG_URING_LONG_TEXT 8192
/* An address is kept in the first bytes of the text, what is sent behind it. */
#define PG_URING_DATA_AT 128

struct uring_short {
	struct uring_request p;
	u8 text[PG_URING_SHORT_TEXT];
};

struct uring_long {
	struct uring_request p;
	u8 text[PG_URING_LONG_TEXT];
};

/* Requests in flight, by their address; those with long names apart. Who uses no ring pays nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, struct uring_short);
} pending_short SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, struct uring_long);
} pending_long SEC(".maps");

/* Requests that end many times; of those ends the kernel does not say whose they are, only the ring
 * and the word the program gave. */
struct uring_many_key {
	u64 ctx, user_data;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct uring_many_key);
	__type(value, struct uring_short);
} pending_many SEC(".maps");

static __always_inline void *pg_uring_text(const struct uring_request *p)
{
	return (u8 *)p + sizeof(*p);
}

#endif
