/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The kernel side of kfilter/filter.h: what a call did, gathered for it. Where something cannot be read the
 * event passes. */
#ifndef PG_FILTER_FILTER_H
#define PG_FILTER_FILTER_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "tables.gen.h"
#include "arch.h"
#include "filter/fd.h"
#include "filter/names.h"
#include "filter/process.h"
#include "kernel/object.h"
#include "kernel/opened.h"
#include "kernel/read.h"
#include "kfilter/filter.h"
#include "kfilter/names.h"
#include "kfilter/table.h"
#include "kfilter/words.h"
#include "record/scratch.h"
#include "record/trailer.h"

#define S_IFCHR 0020000
#define S_IFBLK 0060000

/* Events dropped on purpose, by row of the call. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PD_ROWS);
	__type(key, u32);
	__type(value, u64);
} filtered SEC(".maps");

/* What an open did, without its names. Whether it could be seen. */
static __always_inline bool pg_gather_open(struct scratch *s, struct pd_call *call, struct open_observed *o,
					   struct task_struct *task, struct pt_regs *regs, bool compat, u32 row)
{
	u16 mode;

	if (row == PG_NR_OPENAT) {
		call->flags = pg_register_arg_of(regs, compat, 2);
		call->mode = pg_register_arg_of(regs, compat, 3);
	} else if (row == PG_NR_OPEN) {
		call->flags = pg_register_arg_of(regs, compat, 1);
		call->mode = pg_register_arg_of(regs, compat, 2);
	} else if (row == PG_NR_OPENAT2) {
		u64 *how = s->ends;

		if (bpf_probe_read_user(how, 2 * sizeof(*how), (void *)pg_register_arg_of(regs, compat, 2)))
			return false;
		call->flags = how[0];
		call->mode = how[1];
	} else {
		call->mode = pg_register_arg_of(regs, compat, 1) & PG_MODE_BITS;
	}
	if (row != PG_NR_CREAT)
		call->mode = pg_create_mode(call->flags, call->mode);
	if (call->ret < 0) {
		call->kind = PD_KIND_FAILED;
		/* Of what should have been a folder rules see no name as of a file. */
		o->no_name = (call->flags & O_DIRECTORY) != 0;
	} else {
		o->file = pg_fd_file(task, call->ret);
		if (!o->file)
			return false;
		o->inode = PG_READ_PTR(file, o->file, f_inode);
		mode = PG_READ(inode, o->inode, i_mode) & S_IFMT;
		if (mode == S_IFREG || mode == S_IFCHR || mode == S_IFBLK)
			call->kind = PD_KIND_FILE;
		else if (mode == S_IFDIR)
			call->kind = PD_KIND_DIRECTORY;
		o->regular = mode == S_IFREG;
		/* What is neither file nor folder has no name as rules see one. */
		o->no_name = call->kind != PD_KIND_FILE;
	}
	call->flags = pg_open_flags(call->flags);
	return true;
}

/* What is known of an open's names. Whether they could be seen. */
static __always_inline bool pg_gather_names(const struct pushdown *p, struct pd_call *call, struct open_observed *o,
					    struct scratch *s, struct task_struct *task, struct pt_regs *regs,
					    bool compat, u32 row)
{
	bool by_path = row == PG_NR_OPEN || row == PG_NR_CREAT;
	struct pd_names *asked = &s->asked, *walked = &s->walked;
	struct pd_text *text = (struct pd_text *)s->small;
	u32 relation = PD_NOTHING;
	long len;

	walked->yes = walked->known = 0;
	len = bpf_probe_read_user_str(text->bytes, PD_TEXT,
				      (void *)(by_path ? pg_register_arg_of(regs, compat, 0)
						       : pg_register_arg_of(regs, compat, 1)));
	/* Older kernels say 0 of an empty text. */
	if (len <= 0 || len > PD_TEXT)
		return false;
	len -= 1;
	pd_scan_apart(p, text, len, asked);
	if (o->file) {
		struct path_compare *ends = (struct path_compare *)s->ends;

		__builtin_memset(ends, 0, sizeof(*ends));
		ends->mnt = PG_READ_FILE_PATH(o->file, mnt);
		ends->dentry = PG_READ_FILE_PATH(o->file, dentry);
		if (!asked->absolute &&
		    !pg_find_base(task, by_path ? AT_FDCWD : (s32)pg_register_arg_of(regs, compat, 0), ends))
			return true;
		relation = pg_compare_path(task, ends, text, len, asked->absolute);
		/* Nothing is known of what lies below a folder that has another name. */
		if (relation == PD_OTHER && !asked->absolute)
			return true;
		if (relation != PD_SAME && !pg_scan_walked(p, s, task, o->file, walked))
			return true;
	} else if (!asked->absolute) {
		return true;
	}
	pd_all_names(call, asked, walked, relation);
	return true;
}

/* What is known of the caller and of a descriptor, where it is asked. */
static __always_inline void pg_gather_process_and_fd(const struct pushdown *p, struct pd_call *call, u32 wants)
{
	if (wants & (PD_WANTS_PROCESS | PD_WANTS_PARENT | PD_WANTS_ABOVE)) {
		__builtin_memset(&call->who, 0, sizeof(call->who));
		call->who.container = pg_gather_process(p, call, wants);
	}
	if (wants & PD_WANTS_FD) {
		__builtin_memset(&call->fd, 0, sizeof(call->fd));
		call->fd.kinds = pg_gather_fd(&call->fd);
	}
}

/* Whether an open passes the filter. Not within `dispatch`: most calls need no stack like this one's. */
static __noinline int pg_open_passes(const struct pushdown *p, struct scratch *s, struct task_struct *task,
				     struct pt_regs *regs)
{
	struct pd_call *call = &s->call;
	struct open_observed o = {};
	bool compat = pg_is_compat(task);
	u32 row = s->row;
	int passes;

	call->flags = call->kind = call->named = 0;
	pg_gather_process_and_fd(p, call, p->rows[row & (PD_ROWS - 1)].wants);
	call->at = p->rows[row & (PD_ROWS - 1)].begin;
	if (!pg_gather_open(s, call, &o, task, regs, compat, row))
		return 1;
	passes = pd_passes(p, call);
	if (passes != PD_ASKS_NAMES)
		return passes;
	/* With no name known all that asks for one passes. */
	call->named = 1;
	call->yes = call->known = 0;
	if (!o.no_name && !(o.file && pg_has_other_names(task, &o)) &&
	    !pg_gather_names(p, call, &o, s, task, regs, compat, row))
		return 1;
	return pd_passes(p, call);
}

/* Whether another call passes the filter. */
__noinline int pg_call_passes(const struct pushdown *p, struct pd_call *call, u32 row)
{
	if (!p || !call)
		return 1;
	call->flags = call->mode = call->kind = call->named = 0;
	pg_gather_process_and_fd(p, call, p->rows[row & (PD_ROWS - 1)].wants);
	call->at = p->rows[row & (PD_ROWS - 1)].begin;
	return pd_passes(p, call);
}

/* Whether the event of a call is dropped, and counted. */
static __always_inline bool pg_filtered_out(const struct pushdown *p, struct task_struct *task, struct pt_regs *regs,
					    s64 ret, u32 row)
{
	struct scratch *s = pg_scratch_acquire();
	u64 *count;
	int passes;

	if (!s)
		return false;
	s->row = row;
	s->call.ret = ret;
	if (row != PG_NR_OPEN && row != PG_NR_CREAT && row != PG_NR_OPENAT && row != PG_NR_OPENAT2)
		passes = pg_call_passes(p, &s->call, row);
	else
		passes = pg_open_passes(p, s, task, regs);
	pg_scratch_release(s);
	if (passes)
		return false;
	count = bpf_map_lookup_elem(&filtered, &row);
	if (count)
		__sync_fetch_and_add(count, 1);
	return true;
}

#endif
