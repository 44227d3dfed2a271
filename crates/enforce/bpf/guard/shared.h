/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The bytes of keys, values and records, as crates/enforce/src/kernel/shared.rs has them: both compilers check the sizes. */
#ifndef PEREGRINE_GUARD_SHARED_H
#define PEREGRINE_GUARD_SHARED_H

#include <guard/layout.gen.h>

/* Generations side by side: the one that decides and the next one. */
#define GUARD_SLOTS 2
#define GUARD_PROCESSES 262144
#define GUARD_NAME_BYTES 24
#define GUARD_PATH_BYTES 1024

/* A name in a folder. Of one that is longer than `name` the rest counts by `rest`. With no folder: the last component
 * of any path. */
struct guard_name {
	u32 dev, len;
	u64 parent;
	u8 name[GUARD_NAME_BYTES];
	u64 rest;
};

struct guard_inode {
	u64 ino;
	u32 dev, pad;
};

/* Of what is at the name, of what lies in it, and of all below it. */
struct guard_name_marks {
	struct guard_path_marks self, children, below;
};

struct guard_dir_marks {
	/* Some name in this folder is in the table of names. */
	u32 has_names, pad;
	struct guard_path_marks children, below;
};

struct guard_inode_marks {
	/* Of the inode's number it is the one meant; 0: any. */
	u32 generation, pad;
	struct guard_path_marks self;
};

struct guard_comm {
	char comm[GUARD_COMM];
};

enum { GUARD_UID, GUARD_LOGINUID, GUARD_GID, GUARD_CGROUP };

struct guard_id {
	u64 id;
	u32 kind, pad;
};

struct guard_subject_set {
	u64 words[GUARD_SUBJECT_WORDS];
};

struct guard_net_set {
	u64 words[GUARD_NET_WORDS];
};

/* IPv4 as addresses of IPv6 that stand for them. */
struct guard_network {
	u32 bits;
	u8 address[16];
};

struct guard_config {
	/* The slot that decides; the slots that processes are known in, a bit each. */
	u32 current, known;
	/* The number of the generation in each slot. */
	u32 generation[GUARD_SLOTS];
	/* The agent, and whether it ended: then only what fails closed holds. */
	u32 agent, agent_gone;
	/* The slot that is being filled. */
	u32 preparing;
	/* The thread by whose act, or its children's, a hook is tried now, the act, and how often that was seen. */
	u32 canary, canary_act, canary_hits;
};

/* Who a process is, in the sets of a generation. */
struct guard_identity {
	u32 generation, flags;
	u64 subject[GUARD_SUBJECT_WORDS];
	/* What it is to its children and to all below it. */
	u64 as_parent, as_ancestor[GUARD_ANCESTOR_WORDS];
	u64 parent, ancestors[GUARD_ANCESTOR_WORDS];
};

struct guard_process {
	u64 start;
	struct guard_identity in[GUARD_SLOTS];
};

struct guard_hits {
	u64 denied, would, last;
};

struct guard_losses {
	/* Records that did not fit into the ring; processes that did not fit into the table; paths of more folders than
	 * are followed; inodes that could not be remembered. */
	u64 records, processes, deep, inodes;
};

struct guard_verdict {
	u64 time, cgroup, ino, flags;
	u32 policy, tgid, pid, uid, dev;
	u8 act, action, mode, level;
	u16 family, port;
	/* The path ends at the end of `path` and begins here. */
	u32 path_at;
	u8 address[16];
	char comm[GUARD_COMM];
	u8 path[GUARD_PATH_BYTES + 256];
};

_Static_assert(sizeof(struct guard_name) == 48, "as in user space");
_Static_assert(sizeof(struct guard_inode) == 16, "as in user space");
_Static_assert(sizeof(struct guard_name_marks) == 264, "as in user space");
_Static_assert(sizeof(struct guard_dir_marks) == 184, "as in user space");
_Static_assert(sizeof(struct guard_inode_marks) == 96, "as in user space");
_Static_assert(sizeof(struct guard_id) == 16, "as in user space");
_Static_assert(sizeof(struct guard_network) == 20, "as in user space");
_Static_assert(sizeof(struct guard_config) == 40, "as in user space");
_Static_assert(sizeof(struct guard_hits) == 24, "as in user space");
_Static_assert(sizeof(struct guard_losses) == 32, "as in user space");
_Static_assert(sizeof(struct guard_verdict) == 1376, "as in user space");

enum { GUARD_P1 = 1, GUARD_P2, GUARD_P3, GUARD_K1 };

#endif
