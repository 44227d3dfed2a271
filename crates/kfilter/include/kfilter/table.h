/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The table of a filter, as user space writes it and the kernel reads it. */
#ifndef PEREGRINE_KFILTER_TABLE_H
#define PEREGRINE_KFILTER_TABLE_H

#include "types.h"

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

/* Bits for files that rules know by whole paths. */
#define PD_FILES 65536

#define PD_NAME_BUCKETS 256
#define PD_NAME_WAYS 4

/* Sets of names of processes that rules ask for, a bit each. A name is 16 bytes, zeros behind it. */
struct pd_process_names {
	struct {
		u64 first, last, mask;
	} slots[PD_NAME_BUCKETS * PD_NAME_WAYS];
};

#define PD_NETS 64

/* Networks that rules ask for. Addresses of IPv4 are those of IPv6 that stand for them; all lie in
 * memory as on the wire. */
struct pd_nets {
	struct {
		u64 address[2], mask[2];
		u64 is_v4;
	} nets[PD_NETS];
};

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

#endif
