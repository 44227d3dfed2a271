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
	/* Of one name: where its last slash is, and its shape. */
	u32 slash;
	u8 absolute, odd;
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

/* On its own, so that the kernel's checker follows it once. */
__noinline u64 pd_find(const struct pushdown *p, u64 key)
{
	u32 at = (key >> 56) * PD_WAYS;
	u64 found = 0;

	if (!p)
		return 0;
	for (u32 way = 0; way < PD_WAYS; way++)
		if (p->slots[at + way].key == key)
			found |= p->slots[at + way].mask;
	return found;
}

/* One more word of a name into its hash. Twice, so that what is changed in one word cannot be made
 * good in the next by somebody who does not know the seed. */
static __always_inline u64 pd_mix(u64 hash, u64 word, u64 seed)
{
	hash = (hash ^ word) * (seed | 1);
	hash ^= hash >> 32;
	hash *= PD_SALT_EXACT;
	return hash ^ hash >> 29;
}

/* What is asked of the prefixes that end in a word: bit n of `lengths` for n bytes of it. */
__noinline u64 pd_prefixes(const struct pushdown *p, u64 hash, u64 word, u64 lengths)
{
	u64 found = 0;

	if (!p)
		return 0;
	for (u32 n = 0; n < 8; n++) {
		if (!lengths)
			break;
		if (lengths & 1)
			found |= pd_find(p, pd_mix(hash, pd_low(word, n), p->seed));
		lengths >>= 1;
	}
	return found;
}

/* Which of 64 places four bytes have. */
static __always_inline u32 pd_place(u64 four)
{
	return (four & 0xffffffff) * PD_SALT_DIRECTORY >> 58;
}

/* What was seen of a name so far, and the former word: bit 7 of each byte that is a slash, a dot. */
struct pd_seen {
	u64 odd, dots, hidden, slashes, dot;
	/* Where the last slash is: in which word, and there. */
	u64 word, last;
};

#define PD_EACH(byte) (0x0101010101010101ull * (byte))

static __always_inline void pd_see(struct pd_seen *seen, u64 word, u32 at, u64 named)
{
	u64 low = word & PD_EACH(0x7f);
	u64 slash = ~((low ^ PD_EACH('/')) + PD_EACH(0x7f)) & PD_EACH(0x80);
	u64 dot = ~((low ^ PD_EACH('.')) + PD_EACH(0x7f)) & PD_EACH(0x80);
	u64 after_slash = slash << 8 | seen->slashes >> 56, after_dot = dot << 8 | seen->dot >> 56;
	u64 second = slash << 16 | seen->slashes >> 48, second_dot = dot << 16 | seen->dot >> 48;
	u64 third = slash << 24 | seen->slashes >> 40, none;

	/* Below a space, above a tilde, more than seven bits. */
	seen->odd |= (~(low + PD_EACH(0x60)) | (low + PD_EACH(1)) | word) & PD_EACH(0x80);
	/* "", "." and ".." are no names of their own. */
	seen->odd |= slash & (after_slash | (after_dot & (second | (second_dot & third))));
	seen->dots |= dot & after_dot;
	seen->hidden |= dot & after_slash;
	seen->slashes = slash;
	seen->dot = dot;
	slash &= named;
	none = -pd_is(slash, 0);
	seen->word = (seen->word & none) | (at & ~none);
	seen->last = (seen->last & none) | slash;
}

/* What is asked of a name from its beginning on: prefixes, the whole, the folder it lies in. `slash`:
 * where its last slash is. */
__noinline u64 pd_from_start(const struct pushdown *p, const struct pd_text *text, u32 len, u32 slash)
{
	u64 hash, seed, yes, lengths, whole, longer;
	u32 place;

	if (!p || !text)
		return 0;
	hash = seed = p->seed;
	yes = p->zero;
	place = pd_place(pd_word(text, 0)) & (PD_STARTS - 1);
	/* What lies in the root lies in "/". */
	slash += !slash;
	lengths = p->starts[place].lengths[0];
	longer = p->starts[place].lengths[1] | p->starts[place].lengths[2] | p->starts[place].lengths[3];
	whole = lengths & 1;
	lengths ^= whole;
	for (u32 i = 0; i < PD_WORDS; i++) {
		/* What is left, and so not known once it was compared. */
		u64 word, here, last = len >> 3 ^ i, folder = slash >> 3 ^ i;

		PD_HIDE(last);
		PD_HIDE(folder);
		if (!(whole | lengths | longer))
			break;
		if (i && !(i & 7))
			lengths = p->starts[place].lengths[i >> 3];
		/* Behind the end stand zeroes, which no prefix has. */
		word = pd_word(text, i * 8);
		if (!last)
			word = pd_low(word, len);
		here = lengths & 0xff;
		lengths >>= 8;
		if (here)
			yes |= pd_prefixes(p, hash, word, here);
		if (whole && !folder)
			yes |= pd_find(p, pd_mix(hash, pd_low(word, slash), seed) ^ PD_SALT_DIRECTORY);
		hash = pd_mix(hash, word, seed);
		if (!last)
			return whole ? yes | pd_find(p, hash ^ PD_SALT_EXACT) : yes;
	}
	return yes;
}

/* What is asked of a file's name alone, which begins at `at`. */
__noinline u64 pd_of_file(const struct pushdown *p, const struct pd_text *text, u32 at, u32 len)
{
	u64 hash, word;
	u32 n = len - at;

	if (!p || !text)
		return 0;
	hash = p->seed;
	at &= PD_TEXT - 1;
	word = pd_word(text, at);
	if (n < 4)
		word = pd_low(word, n);
	if (!(p->files >> pd_place(word) & 1))
		return 0;
	for (u32 i = 0; i < PD_WORDS; i++) {
		word = pd_word(text, at & (PD_TEXT - 1));
		if (n < 8)
			break;
		hash = pd_mix(hash, word, p->seed);
		at += 8;
		n -= 8;
	}
	return pd_find(p, pd_mix(hash, pd_low(word, n), p->seed) ^ PD_SALT_FILENAME);
}

/* What shape a name of `len` bytes has, where its last slash is, and how it ends. */
__noinline int pd_shape(const struct pushdown *p, const struct pd_text *text, u32 len, struct pd_names *out)
{
	struct pd_seen seen;
	u64 yes, tail, word, behind, slash;
	u32 at;

	if (!p || !text || !out)
		return 0;
	out->absolute = text->bytes[0] == '/';
	out->odd = 1;
	out->known = 0;
	/* What does not fit may have its dots where it was not read. */
	out->yes = PD_DOTS;
	if (len >= PD_TEXT - 1)
		return 0;
	yes = p->zero;
	seen.odd = seen.dots = seen.hidden = seen.slashes = seen.dot = seen.word = seen.last = p->zero;
	/* A relative name begins as one behind a slash does. */
	if (text->bytes[0] != '/')
		seen.slashes = 1ull << 63;
	for (u32 i = 0; i < PD_WORDS; i++) {
		if (i >= len >> 3)
			break;
		pd_see(&seen, pd_word(text, i * 8), i * 8, ~0ull);
	}
	/* And a name ends as one before a slash does. */
	at = len & (PD_TEXT - 8);
	word = pd_low(pd_word(text, at), len);
	behind = ~0ull << (len & 7) * 8;
	pd_see(&seen, word | (PD_EACH('a') & behind << 8) | (PD_EACH('/') & behind & ~(behind << 8)), at, ~behind);
	out->odd = seen.odd != 0;
	yes |= (u64)(seen.dots != 0) << 63;
	out->yes = yes;
	if (seen.odd || !out->absolute)
		return 0;
	slash = seen.word;
	if (seen.last >> 32) {
		slash += 4;
		seen.last >>= 32;
	}
	if (seen.last >> 16) {
		slash += 2;
		seen.last >>= 16;
	}
	out->slash = slash + (seen.last >> 8 != 0);
	if (len >= 8)
		tail = pd_word(text, (len - 8) & (PD_TEXT - 1));
	else
		tail = word << (8 - len) * 8;
	if (seen.hidden)
		yes |= p->hidden;
	for (u32 j = 0; j < PD_SUFFIXES; j++) {
		if (j >= p->endings || !(p->last >> (tail >> 56 & 63) & 1))
			break;
		if ((tail & p->suffixes[j].cover) == p->suffixes[j].value)
			yes |= p->suffixes[j].mask;
	}
	out->yes = yes;
	return 0;
}

/* Looks at one name of `len` bytes. A name that is not in the shape rules see it in (relative, with
 * "..", doubled slashes, strange bytes, too long) is not known, but for whether it holds two dots. */
static __always_inline void pd_scan(const struct pushdown *p, const struct pd_text *text, u32 len, struct pd_names *out)
{
	pd_shape(p, text, len, out);
	if (out->odd || !out->absolute)
		return;
	out->yes |= pd_from_start(p, text, len, out->slash);
	if (p->files)
		out->yes |= pd_of_file(p, text, out->slash + 1, len);
	out->known = ~(out->yes & p->partly);
}

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
