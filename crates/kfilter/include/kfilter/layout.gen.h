/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Generated from schema/ by `cargo xtask codegen`; do not edit. */
#ifndef PEREGRINE_KFILTER_LAYOUT_GEN_H
#define PEREGRINE_KFILTER_LAYOUT_GEN_H

#include "types.h"

/* Rows of the probe's table of calls. */
#define PD_ROWS 1024

/* Steps of all rows together. */
#define PD_STEPS 1024

/* The kernel walks so many steps of a row; a longer row passes every event. */
#define PD_MAX_STEPS 96

/* Buckets of names of files, by the highest byte of their hash. */
#define PD_BUCKETS 256

/* Slots of a bucket. */
#define PD_WAYS 4

/* Endings of names. */
#define PD_SUFFIXES 32

/* Names are told apart by their first four bytes, which have one of so many places. */
#define PD_STARTS 64

/* Bytes of a name with its NUL. */
#define PD_TEXT 256

/* Behind a last step: the event passes. */
#define PD_PASS 0xffff

/* Behind a last step: the event is dropped. */
#define PD_DROP 0xfffe

/* A row tests the process. */
#define PD_WANTS_PROCESS 2

/* A row tests its parent. */
#define PD_WANTS_PARENT 4

/* A row tests any process above it. */
#define PD_WANTS_ABOVE 8

/* A row tests the descriptor. */
#define PD_WANTS_FD 16

/* Bit of the test `KIND`: nothing was opened, the call failed. */
#define PD_KIND_FAILED 1

/* Bit of the test `KIND`: a file that lies in a folder was opened. */
#define PD_KIND_FILE 2

/* Bit of the test `KIND`: a folder was opened. */
#define PD_KIND_DIRECTORY 4

/* Bit of the argument of `PORT` and `NET`: whichever end has it. */
#define PD_EITHER 0x100000000ull

/* Buckets of names of processes, by the highest byte of their hash. */
#define PD_NAME_BUCKETS 256

/* Slots of a bucket of names of processes. */
#define PD_NAME_WAYS 4

/* Networks. */
#define PD_NETS 64

/* Bits for files that rules know by whole paths. */
#define PD_FILES 65536

/* Sets whole names apart from prefixes with the same hash. */
#define PD_SALT_EXACT 0x9e3779b97f4a7c15ull

/* Sets folders apart. */
#define PD_SALT_DIRECTORY 0xc2b2ae3d27d4eb4full

/* Sets names of files in a folder apart. */
#define PD_SALT_FILENAME 0x165667b19e3779f9ull

/* What a step asks. */
enum {
	/* The result is below the argument. */
	PD_RESULT_BELOW,
	/* The result is the argument. */
	PD_RESULT_IS,
	/* One of the argument's bits is among the flags of the open. */
	PD_FLAGS,
	/* One of the argument's bits is in the mode of the open. */
	PD_MODE,
	/* What was opened is one of the argument's bits. */
	PD_KIND,
	/* The name is in the set of the argument's number. */
	PD_NAME,
	/* Not known. */
	PD_UNKNOWN,
	/* The descriptor is of one of the argument's kinds, a bit each. */
	PD_FD_KIND,
	/* It has one of the argument's transport protocols, a bit each. */
	PD_TRANSPORT,
	/* It is an internet socket without another end. */
	PD_UNMET,
	/* A port lies between bits 0 to 15 and bits 16 to 31 of the argument. */
	PD_PORT,
	/* An address lies in the network of the argument's number. */
	PD_NET,
	/* The name of the process is in the set of the argument's number. */
	PD_PROCESS_NAME,
	/* That of its parent is. */
	PD_PARENT_NAME,
	/* That of a process above it is. */
	PD_ABOVE_NAME,
	/* The user lies between the low and the high half of the argument. */
	PD_UID,
	/* The process runs in a container. */
	PD_CONTAINER,
};

/* Names that begin with the same place. */
struct pd_start {
	/* Bit n: some rule asks for a prefix of n bytes that begins so; bit 0: for a name or a folder that does. */
	u64 lengths[4];
};
_Static_assert(sizeof(struct pd_start) == 32, "as in user space");

/* An ending of names. */
struct pd_suffix {
	/* Its last eight bytes, the last one highest. */
	u64 value;
	/* Which bytes of the name's last word count. */
	u64 cover;
	/* The sets that hold it. */
	u64 mask;
};
_Static_assert(sizeof(struct pd_suffix) == 24, "as in user space");

/* Where the steps of a call begin, and what they want gathered. */
struct pd_row {
	/* The first step. */
	u16 begin;
	/* Bits `WANTS_*`. */
	u16 wants;
};
_Static_assert(sizeof(struct pd_row) == 4, "as in user space");

/* One test and where it leads. */
struct pd_step {
	/* Which test. */
	u8 kind;
	/* Whether the opposite is asked. */
	u8 not;
	/* Where it holds or cannot be known. */
	u16 yes;
	/* Where it does not hold. */
	u16 no;
	/* 0. */
	u16 pad;
	/* What the test compares with. */
	u64 arg;
};
_Static_assert(sizeof(struct pd_step) == 16, "as in user space");

/* A hash of a name of a file. */
struct pd_slot {
	/* The hash. */
	u64 key;
	/* The sets that hold the name. */
	u64 mask;
};
_Static_assert(sizeof(struct pd_slot) == 16, "as in user space");

/* A name of processes. */
struct pd_process_slot {
	/* Its first eight bytes, zeros behind it. */
	u64 first;
	/* The other eight. */
	u64 last;
	/* The sets that hold it. */
	u64 mask;
};
_Static_assert(sizeof(struct pd_process_slot) == 24, "as in user space");

/* Sets of names of processes that rules ask for, a bit each. */
struct pd_process_names {
	/* By hash. */
	struct pd_process_slot slots[PD_NAME_BUCKETS * PD_NAME_WAYS];
};
_Static_assert(sizeof(struct pd_process_names) == 24576, "as in user space");

/* A network. Addresses of IPv4 are those of IPv6 that stand for them, as on the wire. */
struct pd_net {
	/* An address of it. */
	u64 address[2];
	/* Which bits count. */
	u64 mask[2];
	/* 1 of IPv4. */
	u64 is_v4;
};
_Static_assert(sizeof(struct pd_net) == 40, "as in user space");

/* Networks that rules ask for. */
struct pd_nets {
	/* By number. */
	struct pd_net nets[PD_NETS];
};
_Static_assert(sizeof(struct pd_nets) == 2560, "as in user space");

/* The table of a filter, as user space writes it and the kernel reads it. */
struct pushdown {
	/* What hashes begin with. */
	u64 seed;
	/* Always 0, which the kernel's checker does not know: it need not follow sums that begin with it. */
	u64 zero;
	/* Sets of names of which a yes is no more than a perhaps. */
	u64 partly;
	/* By the first four bytes of a name. */
	struct pd_start starts[PD_STARTS];
	/* By the first four bytes of a file's name: some rule asks for a file whose name begins so. */
	u64 files;
	/* Sets that hold texts with a part that begins with a dot. */
	u64 hidden;
	/* By the last byte of a name: some rule asks for an ending that ends so. */
	u64 last;
	/* How many of the endings there are. */
	u64 endings;
	/* The endings. */
	struct pd_suffix suffixes[PD_SUFFIXES];
	/* By row of the call. */
	struct pd_row rows[PD_ROWS];
	/* Those of all rows. */
	struct pd_step steps[PD_STEPS];
	/* Names of files by hash. */
	struct pd_slot slots[PD_BUCKETS * PD_WAYS];
	/* Names of processes. */
	struct pd_process_names process_names;
	/* Networks. */
	struct pd_nets nets;
};
_Static_assert(sizeof(struct pushdown) == 66872, "as in user space");

/* What the kernel keeps of a thread. With `reported` an event with all of this was delivered; without it nothing is known. */
struct process_facts {
	/* The name, zeros behind it. */
	u64 name[2];
	/* The name it was given since; with a second one too many are possible. */
	u64 other[2];
	/* The control group in the unified hierarchy; 0: not known. */
	u64 cgroup;
	/* The parent process; 0: it has none. */
	u32 parent;
	/* The effective user. */
	u32 uid;
	/* An event with all of this was delivered. */
	u8 reported;
	/* How many names it was given since. */
	u8 renamed;
	/* Of the first thread, about its process: it was moved to another control group. */
	u8 moved;
	/* Of the first thread, about its process: a thread of it changed its user. */
	u8 changed;
	/* 0. */
	u32 pad;
};
_Static_assert(sizeof(struct process_facts) == 56, "as in user space");

/* What a call's process is: sets of names, a bit each, and which are known. */
struct pd_who {
	/* Sets that hold the process's name. */
	u64 yes;
	/* Which of them are known. */
	u64 known;
	/* The same of its parent. */
	u64 parent_yes;
	/* Which of them are known. */
	u64 parent_known;
	/* The same of any process above it. */
	u64 above_yes;
	/* Which of them are known. */
	u64 above_known;
	/* The effective user. */
	u32 uid;
	/* Whether that is known. */
	u8 uid_known;
	/* `PD_CONTAINER_*`. */
	u8 container;
	/* 0. */
	u16 pad;
};
_Static_assert(sizeof(struct pd_who) == 56, "as in user space");

/* What a call's descriptor is. */
struct pd_fd {
	/* What it may be, `SCAP_FD_*` as bits; 0: nothing is known. */
	u32 kinds;
	/* `SCAP_L4_*` as bits. */
	u32 transports;
	/* Of an internet socket: this end, the other end. Only with `met`. */
	u64 address[2][2];
	/* The ports of both. */
	u16 port[2];
	/* It has another end. */
	u32 met;
};
_Static_assert(sizeof(struct pd_fd) == 48, "as in user space");

#endif
