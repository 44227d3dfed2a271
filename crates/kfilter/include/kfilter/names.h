/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What rules ask of the names of a file. */
#ifndef PEREGRINE_KFILTER_NAMES_H
#define PEREGRINE_KFILTER_NAMES_H

#include "words.h"

static __always_inline u64 pd_file_place(u32 dev, u64 ino)
{
	return (ino ^ (u64)dev << 32) * PD_SALT_DIRECTORY >> 48;
}

/* What a name, or all names, hold: sets of names of the rules, a bit each, and which are known. */
struct pd_names {
	u64 yes, known;
	u64 absolute;
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

/* Which sets hold a key. */
static __always_inline u64 pd_found(const struct pushdown *p, u64 key)
{
	u32 at = (key >> 56) * PD_WAYS;
	u64 found = 0;

	for (u32 way = 0; way < PD_WAYS; way++)
		found |= p->slots[at + way].mask & -pd_is(p->slots[at + way].key, key);
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

/* What is asked of the prefixes that end in a word: bit n of `lengths` for n bytes of it. On its own, as
 * are the next two, so that the kernel's checker follows it once; but a call costs as much as thirty
 * instructions, so what every name needs is in `pd_scan`. */
__noinline u64 pd_prefixes(const struct pushdown *p, u64 hash, u64 word, u64 lengths)
{
	u64 found = 0;

	if (!p)
		return 0;
	for (u32 n = 0; n < 8; n++) {
		if (!lengths)
			break;
		if (lengths & 1)
			found |= pd_found(p, pd_mix(hash, pd_low(word, n), p->seed));
		lengths >>= 1;
	}
	return found;
}

/* Which sets hold a file's name, which begins at `at`. */
__noinline u64 pd_of_file(const struct pushdown *p, const struct pd_text *text, u32 at, u32 len)
{
	u64 hash, word = 0;
	u32 n = len - at;

	if (!p || !text)
		return 0;
	hash = p->seed;
	for (u32 i = 0; i < PD_WORDS; i++) {
		word = pd_word(text, at & (PD_TEXT - 1));
		if (n < 8)
			break;
		hash = pd_mix(hash, word, p->seed);
		at += 8;
		n -= 8;
	}
	return pd_found(p, pd_mix(hash, pd_low(word, n), p->seed) ^ PD_SALT_FILENAME);
}

/* Which sets hold an ending of a name whose last eight bytes are these. */
__noinline u64 pd_endings(const struct pushdown *p, u64 tail)
{
	u64 found = 0;

	if (!p)
		return 0;
	for (u32 i = 0; i < PD_SUFFIXES; i++) {
		if (i >= p->endings)
			break;
		if ((tail & p->suffixes[i].cover) == p->suffixes[i].value)
			found |= p->suffixes[i].mask;
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
	/* The word the last slash is in, where it is in that, and where that word begins. */
	u64 folder, last, at;
	/* The hash of all words so far, and of those before that one. */
	u64 hash, folder_hash;
};

#define PD_EACH(byte) (0x0101010101010101ull * (byte))

/* The word at `at`; of its bytes those in `behind` are not the name's. */
static __always_inline void pd_see(struct pd_seen *seen, u64 word, u64 at, u64 behind)
{
	/* A name ends as one before a slash does. */
	u64 ended = word | (PD_EACH('a') & behind << 8) | (PD_EACH('/') & behind & ~(behind << 8));
	u64 low = ended & PD_EACH(0x7f);
	u64 slash = ~((low ^ PD_EACH('/')) + PD_EACH(0x7f)) & PD_EACH(0x80);
	u64 dot = ~((low ^ PD_EACH('.')) + PD_EACH(0x7f)) & PD_EACH(0x80);
	u64 after_slash = slash << 8 | seen->slashes >> 56, after_dot = dot << 8 | seen->dot >> 56;
	u64 second = slash << 16 | seen->slashes >> 48, second_dot = dot << 16 | seen->dot >> 48;
	u64 third = slash << 24 | seen->slashes >> 40, none;

	/* Below a space, above a tilde, more than seven bits. */
	seen->odd |= (~(low + PD_EACH(0x60)) | (low + PD_EACH(1)) | ended) & PD_EACH(0x80);
	/* "", "." and ".." are no names of their own. */
	seen->odd |= slash & (after_slash | (after_dot & (second | (second_dot & third))));
	seen->dots |= dot & after_dot;
	seen->hidden |= dot & after_slash;
	seen->slashes = slash;
	seen->dot = dot;
	slash &= ~behind;
	none = -pd_is(slash, 0);
	seen->at = (seen->at & none) | (at & ~none);
	seen->last = (seen->last & none) | slash;
	seen->folder = (seen->folder & none) | (word & ~none);
	seen->folder_hash = (seen->folder_hash & none) | (seen->hash & ~none);
}

/* Which byte of a word is the last that has a bit. */
static __always_inline u64 pd_last(u64 word)
{
	u64 four = (pd_is(word >> 32, 0) ^ 1) << 2, two, one;

	word >>= four * 8;
	two = (pd_is(word >> 16, 0) ^ 1) << 1;
	word >>= two * 8;
	one = pd_is(word >> 8, 0) ^ 1;
	return four + two + one;
}

/* Looks at one name of `len` bytes. A name that is not in the shape rules see it in (relative, with
 * "..", doubled slashes, strange bytes, too long) is not known, but for whether it holds two dots. */
static __always_inline void pd_scan(const struct pushdown *p, const struct pd_text *text, u32 len, struct pd_names *out)
{
	struct pd_seen seen;
	u64 first = pd_word(text, 0), seed = p->seed, yes = p->zero, behind, lengths, whole, part;
	u32 place = pd_place(first) & (PD_STARTS - 1), slash;

	out->absolute = (first & 0xff) == '/';
	out->known = 0;
	/* What does not fit may have its dots where it was not read. */
	out->yes = PD_DOTS;
	if (len >= PD_TEXT - 1)
		return;
	seen.odd = seen.dots = seen.hidden = seen.dot = seen.folder = seen.last = seen.at = p->zero;
	/* A relative name begins as one behind a slash does. */
	seen.slashes = p->zero + ((u64)!out->absolute << 63);
	seen.hash = seen.folder_hash = seed;
	lengths = p->starts[place].lengths[0];
	/* A name or a folder is asked for that begins so. */
	whole = lengths & 1;
	lengths ^= whole;
	for (u32 i = 0; i < PD_WORDS; i++) {
		/* What is left, and so not known once it was compared. */
		u64 left = len >> 3 ^ i, word = pd_word(text, i * 8);

		PD_HIDE(left);
		/* Behind the end stand zeroes, which no prefix has. */
		behind = -pd_is(left, 0) & ~0ull << (len & 7) * 8;
		word &= ~behind;
		if (i && !(i & 7))
			lengths = p->starts[place].lengths[i >> 3];
		if (lengths & 0xff)
			yes |= pd_prefixes(p, seen.hash, word, lengths & 0xff);
		lengths >>= 8;
		pd_see(&seen, word, i * 8, behind);
		seen.hash = pd_mix(seen.hash, word, seed);
		if (!left)
			break;
	}
	out->yes = (u64)(seen.dots != 0) << 63;
	if (seen.odd || !out->absolute)
		return;
	part = pd_last(seen.last);
	slash = seen.at + part;
	if (whole) {
		/* What lies in the root lies in "/". */
		part += !slash;
		yes |= pd_found(p, pd_mix(seen.folder_hash, pd_low(seen.folder, part), seed) ^ PD_SALT_DIRECTORY);
		yes |= pd_found(p, seen.hash ^ PD_SALT_EXACT);
	}
	if (seen.hidden)
		yes |= p->hidden;
	part = len >= 8 ? pd_word(text, (len - 8) & (PD_TEXT - 1)) : pd_low(first, len) << (8 - len) * 8;
	if (p->last >> (part >> 56 & 63) & 1)
		yes |= pd_endings(p, part);
	part = pd_word(text, (slash + 1) & (PD_TEXT - 1));
	if (len - slash <= 4)
		part = pd_low(part, len - slash - 1);
	if (p->files >> pd_place(part) & 1)
		yes |= pd_of_file(p, text, slash + 1, len);
	out->yes |= yes;
	out->known = ~(yes & p->partly);
}

/* The same on its own. */
__noinline int pd_scan_apart(const struct pushdown *p, const struct pd_text *text, u32 len, struct pd_names *out)
{
	if (p && text && out)
		pd_scan(p, text, len, out);
	return 0;
}

#endif
