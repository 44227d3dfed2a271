// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The kernel's filter as a function of user space. */
#include <string.h>
#include "kfilter/filter.h"

/* `asked` and `walked`: texts in buffers; `walked` is 0 where nothing was opened. `other_names`: the file
 * has names beside these. `below`: a relative name begins at the folder, known by its walked name, in
 * which what was walked lies. `who`, `fd`: what is known of the process and of the descriptor. */
int peregrine_kfilter_passes(const void *table, u32 row, s64 ret, u32 flags, u32 mode, u32 kind,
			     const struct pd_text *asked, u32 asked_len, const struct pd_text *walked, u32 walked_len,
			     int other_names, int below, const struct pd_who *who, const struct pd_fd *fd)
{
	const struct pushdown *p = table;
	struct pd_call call = { .ret = ret, .flags = flags, .mode = mode, .kind = kind, .who = *who, .fd = *fd };
	struct pd_names one = {}, other = {};
	u32 relation = PD_NOTHING;
	int passes;

	call.at = p->rows[row & (PD_ROWS - 1)].begin;
	passes = pd_passes(p, &call);
	if (passes != PD_ASKS_NAMES)
		return passes;
	call.named = 1;
	if (!other_names) {
		pd_scan(p, asked, asked_len, &one);
		if (walked) {
			relation = below ? PD_BELOW : PD_OTHER;
			if (one.absolute && !memcmp(asked->bytes, walked->bytes, PD_TEXT))
				relation = PD_SAME;
			else
				pd_scan(p, walked, walked_len, &other);
		}
		pd_all_names(&call, &one, &other, relation);
	}
	return pd_passes(p, &call);
}

/* The ways of what is known of a process, each as the kernel programs go it. */
void peregrine_kfilter_rename(struct process_facts *facts, u64 first, u64 last)
{
	pd_rename(facts, first, last);
}

u64 peregrine_kfilter_own(const void *table, struct pd_who *who, const struct process_facts *own,
			  const struct process_facts *first, u32 uid)
{
	pd_own(who, &((const struct pushdown *)table)->process_names, own, first, uid);
	return pd_cgroup(own, first);
}

int peregrine_kfilter_above(const void *table, struct pd_who *who, const struct process_facts *above, u32 level)
{
	return pd_above(who, &((const struct pushdown *)table)->process_names, above, level);
}

void peregrine_kfilter_above_ends(struct pd_who *who)
{
	pd_above_ends(who);
}
