/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Whether an event can matter, asked before it is made. Also compiled for user space, where tests
 * compare it with the rules themselves; crates/kfilter/src writes what is read here.
 *
 * Every answer is yes, no or unknown, and unknown passes. A file has many names (as asked, as the
 * kernel walked it): a test of the name is known only where it is the same for all of them. */
#ifndef PEREGRINE_KFILTER_FILTER_H
#define PEREGRINE_KFILTER_FILTER_H

#include "names.h"
#include "process.h"
#include "socket.h"

struct pd_call {
	s64 ret;
	u32 flags, mode, kind;
	/* Where the steps go on. */
	u32 at;
	/* Whether `yes` and `known` are there: names cost most, so steps stop before they ask for them. */
	u32 named, pad;
	u64 yes, known;
	struct pd_who who;
	struct pd_fd fd;
};

/* What is known of the names of a call's file together: as asked and as walked. */
static __always_inline void pd_all_names(struct pd_call *call, const struct pd_names *asked,
					 const struct pd_names *walked, u32 relation)
{
	u64 dots = asked->yes & PD_DOTS;

	call->named = 1;
	call->yes = asked->yes;
	call->known = asked->known;
	if (relation == PD_OTHER) {
		call->known &= walked->known & ~(asked->yes ^ walked->yes);
	} else if (relation == PD_BELOW) {
		/* Of the folder's own name nothing is known but where the kernel has it. */
		call->yes = 0;
		call->known = walked->known & ~walked->yes;
	}
	call->yes = (call->yes & ~PD_DOTS) | dots;
	call->known = (call->known & ~PD_DOTS) | (dots ^ PD_DOTS);
}

/* A bit of a set and whether that is known, as `pd_one_of` has it. */
static __always_inline int pd_bit(u64 yes, u64 known, u64 bit)
{
	return (yes >> (bit & 63) & 1) | (known >> (bit & 63) & 1) << 1;
}

/* What a test of the process or of the descriptor says: yes 3, no 2, unknown less. */
__noinline int pd_fact(const struct pushdown *p, const struct pd_call *call, u32 kind, u64 arg)
{
	if (!p || !call)
		return 0;
	switch (kind) {
	case PD_FD_KIND: return pd_one_of(call->fd.kinds, arg);
	case PD_TRANSPORT: return pd_one_of(call->fd.transports, arg);
	case PD_UNMET:
		if (!call->fd.kinds)
			return 0;
		return call->fd.kinds & PD_INET_KINDS && !call->fd.met ? 3 : 2;
	case PD_PORT: return pd_port(&call->fd, arg);
	case PD_NET: return pd_net(&p->nets, &call->fd, arg);
	case PD_PROCESS_NAME: return pd_bit(call->who.yes, call->who.known, arg);
	case PD_PARENT_NAME: return pd_bit(call->who.parent_yes, call->who.parent_known, arg);
	case PD_ABOVE_NAME: return pd_bit(call->who.above_yes, call->who.above_known, arg);
	case PD_UID:
		if (!call->who.uid_known)
			return 0;
		return call->who.uid >= (u32)arg && call->who.uid <= (u32)(arg >> 32) ? 3 : 2;
	case PD_CONTAINER:
		if (call->who.container == PD_CONTAINER_UNKNOWN)
			return 0;
		return call->who.container == PD_CONTAINER_INSIDE ? 3 : 2;
	}
	return 0;
}

#define PD_ASKS_NAMES 2

/* Whether the event of a call can matter, from step `at` on; or that names are needed to decide. */
__noinline int pd_passes(const struct pushdown *p, struct pd_call *call)
{
	u32 at;

	if (!p || !call)
		return 1;
	at = call->at;
	for (u32 i = 0; i < PD_MAX_STEPS + 1; i++) {
		const struct pd_step *step;
		u64 arg, holds = p->zero, known = p->zero;

		if (at == PD_PASS)
			return 1;
		if (at == PD_DROP)
			return 0;
		step = &p->steps[at & (PD_STEPS - 1)];
		arg = step->arg;
		switch (step->kind) {
		case PD_RESULT_BELOW:
			/* Numbers of 32 bits and errors: their difference does not run over. */
			holds += (u64)(call->ret - (s64)arg) >> 63;
			known += 1;
			break;
		case PD_RESULT_IS:
			holds += pd_is(call->ret, arg);
			known += 1;
			break;
		case PD_FLAGS:
			holds += pd_is(call->flags & arg, 0) ^ 1;
			known += 1;
			break;
		case PD_MODE:
			holds += pd_is(call->mode & arg, 0) ^ 1;
			known += 1;
			break;
		case PD_KIND:
			holds += pd_is(call->kind & arg, 0) ^ 1;
			known += pd_is(call->kind, 0) ^ 1;
			break;
		case PD_NAME:
			if (!call->named) {
				call->at = at;
				return PD_ASKS_NAMES;
			}
			holds += call->yes >> (arg & 63) & 1;
			known += call->known >> (arg & 63) & 1;
			break;
		default: {
			u64 said = pd_fact(p, call, step->kind, arg);

			holds += said & 1;
			known += said >> 1 & 1;
		}
		}
		at = !known || holds != step->not ? step->yes : step->no;
	}
	return 1;
}

#endif
