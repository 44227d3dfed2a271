/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Generated from schema/ by `cargo xtask codegen`; do not edit. */
#ifndef PEREGRINE_GUARD_LAYOUT_GEN_H
#define PEREGRINE_GUARD_LAYOUT_GEN_H

#include "types.h"

/* Words of the facts of an act: a power of two, so that any number of a word can be masked. The last two are always 0. */
#define GUARD_WORDS 16

/* The first word of the object's sets: paths, folders, last components. */
#define GUARD_OBJECT 0

/* How many they are. */
#define GUARD_OBJECT_WORDS 4

/* The first word of the process's sets: names, programs, users, groups, control groups. */
#define GUARD_SUBJECT 4

/* How many they are. */
#define GUARD_SUBJECT_WORDS 4

/* The first word of the sets of its ancestors: names and programs of any of them. */
#define GUARD_ANCESTORS 8

/* How many they are. */
#define GUARD_ANCESTOR_WORDS 2

/* The first word of the sets of networks and ports. */
#define GUARD_NET 10

/* How many they are. */
#define GUARD_NET_WORDS 2

/* The word of the bits `FLAG_*`. */
#define GUARD_FLAGS 12

/* The word of the sets of the parent: names and programs. */
#define GUARD_PARENT 13

/* Steps of all acts together: a power of two below 0x8000. */
#define GUARD_STEPS 16384

/* Steps of one act: what the kernel walks at most. */
#define GUARD_MAX_STEPS 1024

/* Policies of a generation: a power of two below 0x7fff. */
#define GUARD_POLICIES 4096

/* Behind a last step: no policy matches. */
#define GUARD_END 0xffff

/* Behind a last step: the policy matches whose number is in the other bits. */
#define GUARD_MATCH 0x8000

/* Bytes of the name of a process with its NUL. */
#define GUARD_COMM 16

/* What a hook decides about. */
enum {
	/* A file is opened. */
	GUARD_ACT_OPEN,
	/* A name comes into being: a file, folder, node, link, or the new name of a rename. The object is the new name. */
	GUARD_ACT_CREATE,
	/* A name goes: unlinked, or renamed away; what a rename replaces too. The object is the old name. */
	GUARD_ACT_REMOVE,
	/* A file gets another name. The object is the file under its old name. */
	GUARD_ACT_LINK,
	/* Mode, owner, times, length, extended attributes, ACL or flags of a file change. */
	GUARD_ACT_ATTRIBUTES,
	/* A program is started. The object is its file; of a script, the script and then its interpreter. */
	GUARD_ACT_EXEC,
	/* Memory becomes executable. The object is the mapped file, where there is one. */
	GUARD_ACT_MAP_EXEC,
	/* An internet socket is connected to an address, or sends there. */
	GUARD_ACT_CONNECT,
	/* A socket is bound to an address. */
	GUARD_ACT_BIND,
	/* A socket listens. The address is its own. */
	GUARD_ACT_LISTEN,
	/* A socket is created. */
	GUARD_ACT_SOCKET,
	/* A unix socket is connected to another, or sends there. The object is the other's file, where it has one. */
	GUARD_ACT_UNIX_CONNECT,
	/* A module is loaded into the kernel. The object is its file, where it has one. */
	GUARD_ACT_LOAD_MODULE,
	/* The system call bpf. */
	GUARD_ACT_LOAD_BPF,
	/* A file system is mounted, moved or made the root. The object is the folder it comes to. */
	GUARD_ACT_MOUNT,
	/* A file system is unmounted. The object is the folder it is at. */
	GUARD_ACT_UNMOUNT,
	/* A process attaches to another: ptrace, its memory, its descriptors. The object is the other's program. */
	GUARD_ACT_TRACE,
	/* A process sends a signal to another. The object is the other's program. */
	GUARD_ACT_SIGNAL,
	/* A process changes its user or group: by a call, or by a program with the set-user-id bit, whose file is the object. */
	GUARD_ACT_CHANGE_USER,
	/* The clock is set. */
	GUARD_ACT_SET_TIME,
	/* How many there are. */
	GUARD_ACTS,
};

/* What follows where a policy matches. */
enum {
	/* The act fails with EPERM. */
	GUARD_ACTION_DENY,
	/* The process is killed, the act denied. */
	GUARD_ACTION_KILL,
	/* The process and all its descendants are killed, the act denied. */
	GUARD_ACTION_KILL_TREE,
	/* How many there are. */
	GUARD_ACTIONS,
};

/* How far a policy goes. */
enum {
	/* It is not looked at. */
	GUARD_MODE_OFF,
	/* What it would have done is reported. */
	GUARD_MODE_SHADOW,
	/* It is done. */
	GUARD_MODE_ENFORCE,
	/* How many there are. */
	GUARD_MODES,
};

/* Bits of the word `FLAGS`. */
/* open: for reading */
#define GUARD_FLAG_READ (1ull << 0)
/* open: for writing */
#define GUARD_FLAG_WRITE (1ull << 1)
/* open: with O_CREAT, O_TMPFILE too */
#define GUARD_FLAG_CREATE (1ull << 2)
/* open: with O_TRUNC */
#define GUARD_FLAG_TRUNCATE (1ull << 3)
/* open: with O_APPEND */
#define GUARD_FLAG_APPEND (1ull << 4)
/* open: with O_EXCL */
#define GUARD_FLAG_EXCLUSIVE (1ull << 5)
/* create: the mode has a bit for execution; attributes by chmod: the new mode has one */
#define GUARD_FLAG_EXEC_MODE (1ull << 6)
/* create: the mode has the set-user-id bit; attributes by chmod: the new mode has it */
#define GUARD_FLAG_SETUID_MODE (1ull << 7)
/* create: the mode has the set-group-id bit; attributes by chmod: the new mode has it */
#define GUARD_FLAG_SETGID_MODE (1ull << 8)
/* the object is a folder */
#define GUARD_FLAG_DIRECTORY (1ull << 9)
/* the object is a regular file */
#define GUARD_FLAG_REGULAR (1ull << 10)
/* the object is a block or character device */
#define GUARD_FLAG_DEVICE (1ull << 11)
/* the object is a file that has no name in any folder: a memfd, or one of an internal file system */
#define GUARD_FLAG_MEMFD (1ull << 12)
/* map_exec: no file is mapped */
#define GUARD_FLAG_ANONYMOUS (1ull << 13)
/* the socket is of TCP */
#define GUARD_FLAG_TCP (1ull << 14)
/* the socket is of UDP */
#define GUARD_FLAG_UDP (1ull << 15)
/* the socket is of ICMP or ICMPv6 */
#define GUARD_FLAG_ICMP (1ull << 16)
/* the socket is raw */
#define GUARD_FLAG_RAW (1ull << 17)
/* the socket's family, or that of the address, is AF_INET; a mapped address is of IPv6 */
#define GUARD_FLAG_IPV4 (1ull << 18)
/* it is AF_INET6 */
#define GUARD_FLAG_IPV6 (1ull << 19)
/* it is AF_UNIX */
#define GUARD_FLAG_UNIX (1ull << 20)
/* it is AF_NETLINK */
#define GUARD_FLAG_NETLINK (1ull << 21)
/* it is AF_PACKET */
#define GUARD_FLAG_PACKET (1ull << 22)
/* the process runs in a container */
#define GUARD_FLAG_CONTAINER (1ull << 23)
/* it does not */
#define GUARD_FLAG_HOST (1ull << 24)
/* it is a thread of the kernel */
#define GUARD_FLAG_KERNEL_THREAD (1ull << 25)
/* it has a terminal */
#define GUARD_FLAG_TTY (1ull << 26)
/* exec, change_user: the program has the set-user-id bit */
#define GUARD_FLAG_SETUID_EXEC (1ull << 27)
/* create: open with O_CREAT, creat, mknod, mknodat, a bound unix socket */
#define GUARD_FLAG_BY_MKNOD (1ull << 28)
/* create: mkdir, mkdirat */
#define GUARD_FLAG_BY_MKDIR (1ull << 29)
/* create: symlink, symlinkat */
#define GUARD_FLAG_BY_SYMLINK (1ull << 30)
/* create: link, linkat */
#define GUARD_FLAG_BY_LINK (1ull << 31)
/* create, remove: rename and its kin */
#define GUARD_FLAG_BY_RENAME (1ull << 32)
/* remove: unlink, unlinkat */
#define GUARD_FLAG_BY_UNLINK (1ull << 33)
/* remove: rmdir, unlinkat with AT_REMOVEDIR */
#define GUARD_FLAG_BY_RMDIR (1ull << 34)
/* attributes: chmod and its kin */
#define GUARD_FLAG_BY_CHMOD (1ull << 35)
/* attributes: chown and its kin */
#define GUARD_FLAG_BY_CHOWN (1ull << 36)
/* attributes: utimensat and its kin */
#define GUARD_FLAG_BY_TIMES (1ull << 37)
/* attributes: truncate, ftruncate */
#define GUARD_FLAG_BY_TRUNCATE (1ull << 38)
/* attributes: setxattr, removexattr and their kin, of ACLs too */
#define GUARD_FLAG_BY_XATTR (1ull << 39)
/* attributes: ioctl FS_IOC_SETFLAGS and its kin */
#define GUARD_FLAG_BY_FILE_FLAGS (1ull << 40)
/* mount: mount, fsmount, move_mount */
#define GUARD_FLAG_BY_MOUNT (1ull << 41)
/* mount: pivot_root */
#define GUARD_FLAG_BY_PIVOT_ROOT (1ull << 42)
/* change_user: setuid and its kin, set-user-id programs */
#define GUARD_FLAG_BY_SETUID (1ull << 43)
/* change_user: setgid and its kin */
#define GUARD_FLAG_BY_SETGID (1ull << 44)

/* Bits of a policy's `flags`. */
/* It holds for the way in too. */
#define GUARD_POLICY_EVEN_THE_WAY_IN (1ull << 0)

/* Bits of an act's `needs`: what its steps read. */
/* paths of the object */
#define GUARD_NEEDS_OBJECT (1ull << 0)
/* last components of the object */
#define GUARD_NEEDS_COMPONENTS (1ull << 1)
/* the name of the process */
#define GUARD_NEEDS_COMM (1ull << 2)
/* its program */
#define GUARD_NEEDS_EXE (1ull << 3)
/* its user */
#define GUARD_NEEDS_UID (1ull << 4)
/* its login user */
#define GUARD_NEEDS_LOGINUID (1ull << 5)
/* its group */
#define GUARD_NEEDS_GID (1ull << 6)
/* its control group */
#define GUARD_NEEDS_CGROUP (1ull << 7)
/* its ancestors */
#define GUARD_NEEDS_ANCESTORS (1ull << 8)
/* its parent */
#define GUARD_NEEDS_PARENT (1ull << 9)
/* the address */
#define GUARD_NEEDS_NETWORKS (1ull << 10)
/* the port */
#define GUARD_NEEDS_PORTS (1ull << 11)
/* whether it runs in a container */
#define GUARD_NEEDS_CONTAINER (1ull << 12)
/* its terminal */
#define GUARD_NEEDS_TTY (1ull << 13)

/* One test and where it leads: to a step further on, or to an end. */
struct guard_step {
	/* The bits asked for: any of them. */
	u64 mask;
	/* Of which word of the facts. */
	u16 word;
	/* Where one of them is there. */
	u16 yes;
	/* Where none is. */
	u16 no;
	/* 0. */
	u16 pad;
};
_Static_assert(sizeof(struct guard_step) == 16, "as in user space");

/* Where the steps of an act begin, and what they need. */
struct guard_act {
	/* The first step. */
	u16 all;
	/* The same for an object without any set: all object words are 0. */
	u16 no_object;
	/* Bits `NEEDS_*`. */
	u32 needs;
};
_Static_assert(sizeof(struct guard_act) == 8, "as in user space");

/* A policy, as the kernel knows it. */
struct guard_policy {
	/* A hash of its name: the same in each generation. */
	u32 id;
	/* `ACTION_*`. */
	u8 action;
	/* `MODE_*`. */
	u8 mode;
	/* 1: it holds when the agent is gone, or a table is full. */
	u8 fail_closed;
	/* Bits `POLICY_*`. */
	u8 flags;
};
_Static_assert(sizeof(struct guard_policy) == 8, "as in user space");

/* The programs of all acts, one value of a map. */
struct guard_program {
	/* Always 0, which the kernel's checker does not know: it need not follow sums that begin with it. */
	u64 zero;
	/* By act. */
	struct guard_act acts[GUARD_ACTS];
	/* By number. */
	struct guard_policy policies[GUARD_POLICIES];
	/* Those of all acts. */
	struct guard_step steps[GUARD_STEPS];
};
_Static_assert(sizeof(struct guard_program) == 295080, "as in user space");

/* What is known of an act. */
struct guard_facts {
	/* Sets and flags, a bit each. */
	u64 words[GUARD_WORDS];
};
_Static_assert(sizeof(struct guard_facts) == 128, "as in user space");

/* Which sets hold a path: as the object of an act, as the program of a process. */
struct guard_path_marks {
	/* As the object. */
	u64 object[GUARD_OBJECT_WORDS];
	/* As the program of the process: words of the subject. */
	u64 exe[GUARD_SUBJECT_WORDS];
	/* As the program of any ancestor. */
	u64 ancestors[GUARD_ANCESTOR_WORDS];
	/* As the program of the parent. */
	u64 parent;
};
_Static_assert(sizeof(struct guard_path_marks) == 88, "as in user space");

/* Which sets hold a name of a process. */
struct guard_comm_marks {
	/* As that of the process. */
	u64 subject[GUARD_SUBJECT_WORDS];
	/* As that of any ancestor. */
	u64 ancestors[GUARD_ANCESTOR_WORDS];
	/* As that of the parent. */
	u64 parent;
};
_Static_assert(sizeof(struct guard_comm_marks) == 56, "as in user space");

#endif
