/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Addresses: their networks and ports, and what kind of socket it is. */
#ifndef PEREGRINE_GUARD_SOCKETS_H
#define PEREGRINE_GUARD_SOCKETS_H

#include "verdict.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16
#define AF_PACKET 17
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_TYPE_BITS 0xf
#define IPPROTO_ICMP 1
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_ICMPV6 58
#define IPPROTO_MPTCP 262

static __always_inline u64 guard_socket_flags(u32 family, u32 type, u32 protocol)
{
	u64 flags = 0;

	switch (family) {
	case AF_INET: flags |= GUARD_FLAG_IPV4; break;
	case AF_INET6: flags |= GUARD_FLAG_IPV6; break;
	case AF_UNIX: return GUARD_FLAG_UNIX;
	case AF_NETLINK: return GUARD_FLAG_NETLINK;
	case AF_PACKET: return GUARD_FLAG_PACKET;
	default: return 0;
	}
	type &= SOCK_TYPE_BITS;
	if (type == SOCK_RAW)
		return flags | GUARD_FLAG_RAW;
	if (protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP || (type == SOCK_STREAM && !protocol))
		return flags | GUARD_FLAG_TCP;
	if (protocol == IPPROTO_UDP || (type == SOCK_DGRAM && !protocol))
		return flags | GUARD_FLAG_UDP;
	if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6)
		return flags | GUARD_FLAG_ICMP;
	return flags;
}

/* An address of IPv4 becomes that of IPv6 which stands for it. */
static __always_inline void guard_map_ipv4(u8 *address, u32 ipv4)
{
	__builtin_memset(address, 0, 10);
	address[10] = 0xff;
	address[11] = 0xff;
	__builtin_memcpy(&address[12], &ipv4, 4);
}

/* The sets of the case's address and port. */
__noinline int guard_net(struct guard_case *c, u32 needs)
{
	struct guard_net_set *set;

	if (!c)
		return 0;
	if (needs & GUARD_NEEDS_NETWORKS) {
		struct guard_network key = { .bits = 128 };

		__builtin_memcpy(key.address, c->address, sizeof(key.address));
		set = GUARD_LOOK_UP(networks, c->slot, &key);
		if (set)
			for (u32 i = 0; i < GUARD_NET_WORDS; i++)
				c->facts.words[GUARD_NET + i] |= set->words[i];
	}
	if (needs & GUARD_NEEDS_PORTS) {
		u32 port = c->port;

		set = GUARD_LOOK_UP(ports, c->slot, &port);
		if (set)
			for (u32 i = 0; i < GUARD_NET_WORDS; i++)
				c->facts.words[GUARD_NET + i] |= set->words[i];
	}
	return 0;
}

#endif
