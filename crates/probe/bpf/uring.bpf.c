// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* What is done through an io_uring, as events of the ordinary types.
 *
 * A request is saved when it is submitted, for the kernel has copied its names by then and nobody changes
 * them any more; its event is emitted when it completes. Completions the kernel does not emit, since the
 * program asked so or the ring was full, are found by `reap`, which the reader runs from time to time.
 *
 * An object of its own, so that kernels that do not have its tracepoints can do without it. Scratches,
 * rings, losses and the calls of interest are those of the capture object. */

#define PG_PLAIN_READS

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "uring/complete.h"
#include "uring/reap.h"
#include "uring/request.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("?tp_btf/io_uring_submit_req")
int BPF_PROG(submit_req, struct io_kiocb *req)
{
	return pg_uring_submitted(req);
}

/* Its name before 6.3. */
SEC("?tp_btf/io_uring_submit_sqe")
int BPF_PROG(submit_sqe, struct io_kiocb *req)
{
	return pg_uring_submitted(req);
}

SEC("?tp_btf/io_uring_complete")
int BPF_PROG(complete_words, void *ring, void *req, u64 user_data, int res, u32 flags)
{
	return pg_uring_completed((u64)ring, (u64)req, user_data, res);
}

/* Since 6.16. */
SEC("?tp_btf/io_uring_complete")
int BPF_PROG(complete_cqe, void *ring, void *req, struct io_uring_cqe *cqe)
{
	return pg_uring_completed((u64)ring, (u64)req, BPF_CORE_READ(cqe, user_data), BPF_CORE_READ(cqe, res));
}

SEC("?raw_tp")
int reap(void *ctx)
{
	struct reap c = { .now = bpf_ktime_get_boot_ns() };

	bpf_for_each_map_elem(&pending_short, pg_uring_reap_one, &c, 0);
	bpf_for_each_map_elem(&pending_long, pg_uring_reap_one, &c, 0);
	return 0;
}
