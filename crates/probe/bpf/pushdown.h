/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Whether an event can matter, asked before it is made. Also compiled for user space, where tests
 * compare it with the rules themselves; crates/event/src/pushdown.rs writes what is read here.
 *
 * Every answer is yes, no or unknown, and unknown passes. A file has many names (as asked, as the
 * kernel walked it): a test of the name is known only where it is the same for all of them. */
#ifndef PEREGRINE_PUSHDOWN_H
#define PEREGRINE_PUSHDOWN_H

#define PD_ROWS 1024
#define PD_STEPS 1024
#define PD_MAX_STEPS 96
#define PD_BUCKETS 256
#define PD_WAYS 4
#define PD_SUFFIXES 8
#define PD_TEXT 256
#define PD_DOTS (1ull << 63)
#define PD_PASS 0xffff
#define PD_DROP 0xfffe
#define PD_WANTS_NAMES 1
#define PD_WANTS_PROCESS 2
#define PD_WANTS_PARENT 4
#define PD_WANTS_ABOVE 8
#define PD_WANTS_FD 16

enum {
	PD_RESULT_BELOW,
	PD_RESULT_IS,
	PD_FLAGS,
	PD_MODE,
	PD_KIND,
	PD_NAME,
	PD_UNKNOWN,
	/* From here on `pd_fact` answers. */
	PD_FD_KIND,
	PD_TRANSPORT,
	PD_UNMET,
	PD_PORT,
	PD_NET,
	PD_PROCESS_NAME,
	PD_PARENT_NAME,
	PD_ABOVE_NAME,
	PD_UID,
	PD_CONTAINER,
};

#define PD_KIND_UNKNOWN 0
#define PD_KIND_FAILED 1
#define PD_KIND_FILE 2
#define PD_KIND_DIRECTORY 4

#define PD_SALT_EXACT 0x9e3779b97f4a7c15ull
#define PD_SALT_DIRECTORY 0xc2b2ae3d27d4eb4full
#define PD_SALT_FILENAME 0x165667b19e3779f9ull

#include "pd_process.h"
#include "pd_network.h"

/* So that the compiler makes no branches of sums. */
#define PD_HIDE(value) asm volatile("" : "+r"(value))

struct pd_step {
	u8 kind, not;
	u16 yes, no, pad;
	u64 arg;
};

struct pushdown {
	u64 seed;
	/* Always 0, which the kernel's checker does not know: it need not follow sums that begin with it. */
	u64 zero;
	/* Sets of names of which a yes is no more than a perhaps. */
	u64 partly;
	/* Bit n: some rule asks for a prefix of n bytes. */
	u64 lengths[4];
	struct {
		u64 value, cover, mask;
	} suffixes[PD_SUFFIXES];
	struct {
		u16 begin, wants;
	} rows[PD_ROWS];
	struct pd_step steps[PD_STEPS];
	struct {
		u64 key, mask;
	} slots[PD_BUCKETS * PD_WAYS];
	struct pd_process_names process_names;
	struct pd_nets nets;
};

struct pd_text {
	u8 bytes[PD_TEXT];
};

/* What a name, or all names, hold: sets of names of the rules, a bit each, and which are known. */
struct pd_names {
	u64 yes, known;
	/* Of one name. */
	u32 len;
	u8 absolute, odd;
};

struct pd_call {
	s64 ret;
	u32 flags, mode, kind;
	/* The file has names beside those looked at, or is nothing that has a name as rules see one:
	 * no test of the name is known. */
	u32 more;
	u64 yes, known;
	struct pd_who who;
	struct pd_fd fd;
};

/* 1 where both are the same, else 0. */
static __always_inline u64 pd_is(u64 one, u64 other)
{
	u64 differs = one ^ other, negative = -differs;

	PD_HIDE(negative);
	differs = ((differs | negative) >> 63) ^ 1;
	PD_HIDE(differs);
	return differs;
}

static __always_inline u64 pd_find(const struct pushdown *p, u64 key)
{
	u32 at = (key >> 56) * PD_WAYS;
	u64 found = 0;

	for (u32 way = 0; way < PD_WAYS; way++)
		found |= p->slots[at + way].mask & -pd_is(p->slots[at + way].key, key);
	return found;
}

static __always_inline u64 pd_mix(u64 hash, u8 byte, u64 seed)
{
	hash = (hash ^ byte) * (seed | 1);
	return hash ^ hash >> 29;
}

/* Looks at one name: a text of at most 255 bytes with its NUL. A name that is not in the shape rules
 * see it in (relative, with "..", doubled slashes, strange bytes, too long) is not known, but for
 * whether it holds two dots. Without branches where that goes: the kernel follows each of them. */
__noinline int pd_scan(const struct pushdown *p, const struct pd_text *text, struct pd_names *out)
{
	u64 seed, hash, base, folder, tail, yes, part, dots, odd, former, len, ended, more;

	if (!p || !text || !out)
		return 0;
	seed = p->seed;
	hash = base = folder = seed;
	tail = yes = part = dots = odd = former = len = ended = p->zero;
	for (u32 i = 0; i < PD_TEXT - 1; i++) {
		u64 byte = text->bytes[i], slash, dot, strange;

		if (!byte) {
			ended += 1;
			break;
		}
		slash = pd_is(byte, '/');
		dot = pd_is(byte, '.');
		/* Below a space, or above a tilde. */
		strange = (byte - 0x20) | (0x7e - byte);
		PD_HIDE(strange);
		odd |= strange >> 63;
		yes |= (dot & pd_is(former, '.')) << 63;
		/* "", "." and ".." are no names of their own. */
		odd |= slash & pd_is(part, dots) & (part - 3) >> 63 & (pd_is(len, 0) - 1);
		more = slash - 1;
		part = (part + 1) & more;
		dots = (dots + dot) & more;
		folder = (hash & ~more) | (folder & more);
		hash = pd_mix(hash, byte, seed);
		base = (seed & ~more) | (pd_mix(base, byte, seed) & more);
		more = pd_is(len, 0) - 1;
		folder = (hash & ~more) | (folder & more);
		tail = tail << 8 | byte;
		former = byte;
		len += 1;
		if (p->lengths[(i + 1) >> 6 & 3] >> ((i + 1) & 63) & 1)
			yes |= pd_find(p, hash);
	}
	odd |= pd_is(ended, 0) | pd_is(len, 0) | (pd_is(part, dots) & (part - 3) >> 63);
	yes |= pd_find(p, hash ^ PD_SALT_EXACT);
	yes |= pd_find(p, folder ^ PD_SALT_DIRECTORY);
	yes |= pd_find(p, base ^ PD_SALT_FILENAME);
	for (u32 j = 0; j < PD_SUFFIXES; j++)
		yes |= p->suffixes[j].mask & -pd_is(tail & p->suffixes[j].cover, p->suffixes[j].value);
	/* A text that goes on beyond what was read may have its dots there. */
	out->yes = yes | pd_is(ended, 0) << 63;
	out->len = len;
	out->absolute = text->bytes[0] == '/';
	out->odd = odd;
	out->known = odd || text->bytes[0] != '/' ? 0 : ~(yes & p->partly);
	return 0;
}

/* Whether the walked name is that of a folder, a slash, and the relative name as asked. */
__noinline int pd_ends_so(const struct pd_text *walked, u32 walked_len, const struct pd_text *asked, u32 asked_len)
{
	if (!walked || !asked || walked_len <= asked_len)
		return 0;
	for (u32 i = 1; i < PD_TEXT; i++) {
		u8 byte = walked->bytes[(walked_len - i) & (PD_TEXT - 1)];

		if (i > asked_len)
			return byte == '/';
		if (byte != asked->bytes[(asked_len - i) & (PD_TEXT - 1)])
			return 0;
	}
	return 0;
}

/* What is known of the names of a call's file together: as asked and, where it was opened, as walked
 * (else `walked` is 0). `ends_so`: see above; asked only of relative names. */
static __always_inline void pd_all_names(struct pd_call *call, const struct pd_names *asked,
					 const struct pd_names *walked, int ends_so)
{
	u64 dots = asked->yes & PD_DOTS;

	if (asked->absolute || asked->odd) {
		call->yes = asked->yes;
		call->known = asked->known;
		if (walked)
			call->known &= walked->known & ~(asked->yes ^ walked->yes);
	} else if (walked && ends_so) {
		/* Below the working folder, or one given by its descriptor, through no symbolic link. Of
		 * the folder's own name nothing is known but where the kernel has it. */
		call->yes = 0;
		call->known = walked->known & ~walked->yes;
	} else {
		call->yes = call->known = 0;
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
	case PD_FD_KIND:
		return pd_one_of(call->fd.kinds, arg);
	case PD_TRANSPORT:
		return pd_one_of(call->fd.transports, arg);
	case PD_UNMET:
		if (!call->fd.kinds)
			return 0;
		return call->fd.kinds & PD_INET_KINDS && !call->fd.met ? 3 : 2;
	case PD_PORT:
		return pd_port(&call->fd, arg);
	case PD_NET:
		return pd_net(&p->nets, &call->fd, arg);
	case PD_PROCESS_NAME:
		return pd_bit(call->who.yes, call->who.known, arg);
	case PD_PARENT_NAME:
		return pd_bit(call->who.parent_yes, call->who.parent_known, arg);
	case PD_ABOVE_NAME:
		return pd_bit(call->who.above_yes, call->who.above_known, arg);
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

/* Whether the event of a call can matter. */
__noinline int pd_passes(const struct pushdown *p, u32 row, const struct pd_call *call)
{
	u32 at;

	if (!p || !call)
		return 1;
	at = p->rows[row & (PD_ROWS - 1)].begin;
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
