/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What a call's descriptor is and, of a socket, whom it speaks with. Also compiled for user space.
 *
 * Which end asked is known to the state that rules see, not here: a test of "the" client's or the
 * server's port is known where both ends answer it alike. */
#ifndef PEREGRINE_KFILTER_SOCKET_H
#define PEREGRINE_KFILTER_SOCKET_H

#include "table.h"

/* SCAP_FD_IPV4_SOCK to SCAP_FD_IPV6_SERVSOCK, as bits. */
#define PD_INET_KINDS 0x78u

/* Yes 3, no 2, unknown 0: bit 1 says that it is known. */
static __always_inline int pd_one_of(u32 may, u32 asked)
{
	if (!may)
		return 0;
	if (!(may & asked))
		return 2;
	return may & ~asked ? 0 : 3;
}

/* What both ends say of a test of one of them, or of either. */
static __always_inline int pd_ends(const struct pd_fd *fd, u64 here, u64 there, u64 either)
{
	if (!fd->kinds)
		return 0;
	/* What is no internet socket has no ends: nothing is true of them. */
	if (!(fd->kinds & PD_INET_KINDS))
		return 2;
	if (!fd->met)
		return 0;
	if (either)
		return here | there ? 3 : 2;
	if (here != there)
		return 0;
	return here ? 3 : 2;
}

static __always_inline int pd_port(const struct pd_fd *fd, u64 arg)
{
	u64 from = arg & 0xffff, to = arg >> 16 & 0xffff;
	u64 here = fd->port[0] >= from && fd->port[0] <= to;
	u64 there = fd->port[1] >= from && fd->port[1] <= to;

	return pd_ends(fd, here, there, arg & PD_EITHER);
}

static __always_inline u64 pd_in_net(const struct pd_nets *nets, u32 n, const u64 *address)
{
	u64 is_v4 = address[0] == 0 && (u32)address[1] == 0xffff0000u;
	u64 differs = ((address[0] ^ nets->nets[n].address[0]) & nets->nets[n].mask[0]) |
		      ((address[1] ^ nets->nets[n].address[1]) & nets->nets[n].mask[1]);

	return !differs && is_v4 == nets->nets[n].is_v4;
}

static __always_inline int pd_net(const struct pd_nets *nets, const struct pd_fd *fd, u64 arg)
{
	u32 n = arg & (PD_NETS - 1);

	return pd_ends(fd, pd_in_net(nets, n, fd->address[0]), pd_in_net(nets, n, fd->address[1]), arg & PD_EITHER);
}

#endif
