/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which policy an act matches. Also compiled for user space, where tests compare it with the conditions
 * themselves; crates/guard/src writes what is read here.
 *
 * A program is jump code over the facts of an act and leads only forwards: it ends within the steps of its
 * act, of which there are GUARD_MAX_STEPS at most. */
#ifndef PEREGRINE_GUARD_EVAL_H
#define PEREGRINE_GUARD_EVAL_H

#include "layout.gen.h"

/* Whether the object is in any set: with none the shorter program decides. */
static __always_inline int guard_has_object(const struct guard_facts *facts)
{
	u64 any = 0;

	for (u32 i = 0; i < GUARD_OBJECT_WORDS; i++)
		any |= facts->words[GUARD_OBJECT + i];
	return any != 0;
}

/* Where a step leads. Without a branch, so that the kernel's checker follows one way only. */
static __always_inline u32 guard_step_to(const struct guard_program *p, const struct guard_step *step,
					 const struct guard_facts *facts)
{
	u64 bits = facts->words[step->word & (GUARD_WORDS - 1)] & step->mask;
	u64 holds = p->zero;

	holds += (bits | -bits) >> 63;
	return step->no ^ ((step->yes ^ step->no) & (u32)-holds);
}

/* Where the program that begins at `at` ends: GUARD_END, or GUARD_MATCH and the number of a policy. */
static __always_inline u32 guard_run(const struct guard_program *p, u32 at, const struct guard_facts *facts)
{
	for (u32 i = 0; i < GUARD_MAX_STEPS; i++) {
		if (at & GUARD_MATCH)
			return at;
		at = guard_step_to(p, &p->steps[at & (GUARD_STEPS - 1)], facts);
	}
	/* The last step led to an end: no act has more steps. */
	return at;
}

/* Where the program of an act ends. */
static __always_inline u32 guard_decide(const struct guard_program *p, u32 act, const struct guard_facts *facts)
{
	const struct guard_act *entry;

	if (act >= GUARD_ACTS)
		return GUARD_END;
	entry = &p->acts[act];
	return guard_run(p, guard_has_object(facts) ? entry->all : entry->no_object, facts);
}

#endif
