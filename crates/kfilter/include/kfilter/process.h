/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the kernel knows of a process as rules see it: what was reported of it last, by which event, and
 * what may have been reported since by somebody else (a look at all threads). Also compiled for user
 * space, where tests compare it with the state that rules see. */
#ifndef PEREGRINE_KFILTER_PROCESS_H
#define PEREGRINE_KFILTER_PROCESS_H

#include "table.h"

#define PD_CONTAINER_UNKNOWN 0
#define PD_CONTAINER_HOST 1
#define PD_CONTAINER_INSIDE 2

/* The sets that hold a name. */
__noinline u64 pd_process_name(const struct pd_process_names *names, u64 first, u64 last)
{
	u64 hash = (first ^ last * PD_SALT_DIRECTORY) * PD_SALT_EXACT;
	u64 found = 0;
	u32 at;

	if (!names)
		return 0;
	hash ^= hash >> 32;
	hash *= PD_SALT_DIRECTORY;
	at = (hash >> 56) * PD_NAME_WAYS;
	for (u32 way = 0; way < PD_NAME_WAYS; way++) {
		u64 differs = (names->slots[at + way].first ^ first) | (names->slots[at + way].last ^ last);

		if (!differs)
			found |= names->slots[at + way].mask;
	}
	return found;
}

/* The sets that hold the name rules see, and which of them are sure. */
static __always_inline void pd_names_of(const struct pd_process_names *names, const struct process_facts *f, u64 *yes,
					u64 *known)
{
	*yes = *known = 0;
	if (!f || !f->reported || f->renamed > 1)
		return;
	*yes = pd_process_name(names, f->name[0], f->name[1]);
	*known = ~0ull;
	if (f->renamed)
		*known = ~(*yes ^ pd_process_name(names, f->other[0], f->other[1]));
}

/* Somebody renames a thread. Rules see the name its last event had, or the one a look at all threads
 * found since: which of the two is not known here. */
static __always_inline void pd_rename(struct process_facts *f, u64 first, u64 last)
{
	if (!f->reported || (f->name[0] == first && f->name[1] == last))
		return;
	if (!f->renamed) {
		f->other[0] = first;
		f->other[1] = last;
		f->renamed = 1;
	} else if (f->other[0] != first || f->other[1] != last) {
		f->renamed = 2;
	}
}

/* Of the caller: `own` is what is known of the thread, `first` of its process's first one, `uid` its
 * user now. Whoever got another user without an event of that is not known. */
static __always_inline void pd_own(struct pd_who *who, const struct pd_process_names *names,
				   const struct process_facts *own, const struct process_facts *first, u32 uid)
{
	pd_names_of(names, own, &who->yes, &who->known);
	if (!own || !first || !own->reported || !first->reported)
		return;
	who->uid = uid;
	who->uid_known = own->uid == uid && !own->changed && !first->changed;
}

/* The control group in which rules see the caller; 0: not known. */
static __always_inline u64 pd_cgroup(const struct process_facts *own, const struct process_facts *first)
{
	if (!own || !first || !own->reported || !first->reported || own->moved || first->moved)
		return 0;
	return own->cgroup;
}

/* One more process above: `above` is what is known of its first thread, 0 where that is nothing (also
 * of one that ends). `level`: 1 the parent. Whether what stands above it can be known. */
__noinline int pd_above(struct pd_who *who, const struct pd_process_names *names, const struct process_facts *above,
			u32 level)
{
	u64 yes, known;

	if (!who || !names)
		return 0;
	pd_names_of(names, above, &yes, &known);
	if (level == 1) {
		who->parent_yes = yes;
		who->parent_known = known;
		who->above_yes = 0;
		who->above_known = ~0ull;
	}
	/* Sure of a set that one surely is in, or that all surely are not in. */
	who->above_known = (who->above_known & (known | who->above_yes)) | (yes & known);
	who->above_yes |= yes & known;
	return above && above->reported;
}

/* The chain could not be followed to its end: who is not among those seen may stand further above. */
static __always_inline void pd_above_ends(struct pd_who *who)
{
	who->above_known &= who->above_yes;
}

#endif
