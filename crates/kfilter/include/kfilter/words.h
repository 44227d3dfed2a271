/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Texts by words of eight bytes, without branches. */
#ifndef PEREGRINE_KFILTER_WORDS_H
#define PEREGRINE_KFILTER_WORDS_H

#include "table.h"

/* So that the compiler makes no branches of sums. */
#define PD_HIDE(value) asm volatile("" : "+r"(value))

/* A text of less than PD_TEXT bytes. It is read by words, so what lies behind it is read, too. */
struct pd_text {
	u8 bytes[PD_TEXT + 8];
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

#endif
