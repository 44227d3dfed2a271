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
#define PD_SUFFIXES 32
#define PD_STARTS 64
#define PD_TEXT 256
#define PD_WORDS (PD_TEXT / 8)
#define PD_DOTS (1ull << 63)
#define PD_PASS 0xffff
#define PD_DROP 0xfffe
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

/* Bits for files that rules know by whole paths. */
#define PD_FILES 65536

static __always_inline u64 pd_file_place(u32 dev, u64 ino)
{
	return (ino ^ (u64)dev << 32) * PD_SALT_DIRECTORY >> 48;
}

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
	/* By the first four bytes of a name. Bit n: some rule asks for a prefix of n bytes that begins so;
	 * bit 0: for a name or a folder that does. */
	struct {
		u64 lengths[4];
	} starts[PD_STARTS];
	/* By the first four bytes of a file's name: some rule asks for a file whose name begins so. */
	u64 files;
	/* Sets that hold texts with a part that begins with a dot. */
	u64 hidden;
	/* By the last byte of a name: some rule asks for an ending that ends so. */
	u64 last;
	/* How many of the endings there are. */
	u64 endings;
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

/* A text of less than PD_TEXT bytes. It is read by words, so what lies behind it is read, too. */
struct pd_text {
	u8 bytes[PD_TEXT + 8];
};

/* What a name, or all names, hold: sets of names of the rules, a bit each, and which are known. */
struct pd_names {
	u64 yes, known;
	u64 absolute;
};

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

/* How the walked name of a file lies to the one asked for. */
enum {
	/* It is the same. */
	PD_SAME,
	/* It is that of the folder the relative name begins at, a slash and the name as asked; and the
	 * folder has not been reached under another name than the walked one. */
	PD_BELOW,
	PD_OTHER,
	/* There is none: nothing was opened. */
	PD_NOTHING,
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

/* The lowest `n` bytes of a word, less than eight. */
static __always_inline u64 pd_low(u64 word, u64 n)
{
	return word & ((1ull << (n & 7) * 8) - 1);
}

static __always_inline u64 pd_word(const struct pd_text *text, u32 at)
{
	return *(const u64 *)&text->bytes[at];
}

#include "pd_names.h"

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

#define PD_ASKS_NAMES 2

/* Whether the event of a call can matter, from step `at` on; or that names are needed to tell. */
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
