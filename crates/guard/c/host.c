// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The kernel's evaluator as a function of user space. */
#include "guard/eval.h"

u32 peregrine_guard_decide(const struct guard_program *program, u32 act, const struct guard_facts *facts)
{
	return guard_decide(program, act, facts);
}
