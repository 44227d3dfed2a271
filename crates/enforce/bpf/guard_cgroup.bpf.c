// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Level P3: verdicts about addresses and sockets at the root of the control groups. */
#define GUARD_SENDS_NO_SIGNALS
#include "guard/sockets.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* What the kernel passes, by its interface for programs: not to be relocated. */
struct bpf_sock_addr {
	u32 user_family, user_ip4, user_ip6[4], user_port, family, type, protocol, msg_src_ip4, msg_src_ip6[4];
	u64 sk;
};

struct bpf_sock {
	u32 bound_dev_if, family, type, protocol;
};

#define GUARD_ALLOWED 1

static __always_inline int guard_on_ctx(struct bpf_sock_addr *ctx, u32 act, bool ipv6)
{
	struct guard_case c = {};
	struct guard_program *p = guard_begin(&c, act);

	if (!p)
		return GUARD_ALLOWED;
	if (ipv6) {
		u32 words[4] = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3] };

		__builtin_memcpy(c.address, words, sizeof(c.address));
		c.family = AF_INET6;
	} else {
		guard_map_ipv4(c.address, ctx->user_ip4);
		c.family = AF_INET;
	}
	c.port = __builtin_bswap16(ctx->user_port);
	c.facts.words[GUARD_FLAGS] = guard_socket_flags(c.family, ctx->type, ctx->protocol);
	guard_net(&c, p->acts[act].needs);
	return guard_end(&c, p, GUARD_P3) ? 0 : GUARD_ALLOWED;
}

SEC("cgroup/connect4")
int guard_connect4(struct bpf_sock_addr *ctx)
{
	return guard_on_ctx(ctx, GUARD_ACT_CONNECT, false);
}

SEC("cgroup/connect6")
int guard_connect6(struct bpf_sock_addr *ctx)
{
	return guard_on_ctx(ctx, GUARD_ACT_CONNECT, true);
}

SEC("cgroup/sendmsg4")
int guard_sendmsg4(struct bpf_sock_addr *ctx)
{
	return guard_on_ctx(ctx, GUARD_ACT_CONNECT, false);
}

SEC("cgroup/sendmsg6")
int guard_sendmsg6(struct bpf_sock_addr *ctx)
{
	return guard_on_ctx(ctx, GUARD_ACT_CONNECT, true);
}

SEC("cgroup/bind4")
int guard_bind4(struct bpf_sock_addr *ctx)
{
	return guard_on_ctx(ctx, GUARD_ACT_BIND, false);
}

SEC("cgroup/bind6")
int guard_bind6(struct bpf_sock_addr *ctx)
{
	return guard_on_ctx(ctx, GUARD_ACT_BIND, true);
}

SEC("cgroup/sock_create")
int guard_socket(struct bpf_sock *ctx)
{
	struct guard_case c = {};
	struct guard_program *p = guard_begin(&c, GUARD_ACT_SOCKET);

	if (!p)
		return GUARD_ALLOWED;
	c.family = ctx->family;
	c.facts.words[GUARD_FLAGS] = guard_socket_flags(ctx->family, ctx->type, ctx->protocol);
	return guard_end(&c, p, GUARD_P3) ? 0 : GUARD_ALLOWED;
}
