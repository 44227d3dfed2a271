/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What rules ask of names, by words of eight bytes; part of pushdown.h, which has the structures. */
#ifndef PEREGRINE_PD_NAMES_H
#define PEREGRINE_PD_NAMES_H

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

#endif
