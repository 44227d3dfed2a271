/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The few kernel types the programs look at, with only the fields they use. Offsets are the
 * running kernel's: CO-RE finds fields by name, so neither order nor padding matters here. What
 * differs between processors, registers first, is in arch.h. */
#ifndef PG_VMLINUX_H
#define PG_VMLINUX_H

typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u8 u8;
typedef __u16 u16;
typedef __s32 s32;
typedef __u32 u32;
typedef __s64 s64;
typedef __u64 u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;
typedef __u16 __sum16;
typedef __u16 __le16;
typedef __u32 __le32;
typedef __u64 __le64;
typedef _Bool bool;
typedef unsigned long size_t;
typedef short s16;

enum { false = 0, true = 1 };

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_LPM_TRIE = 11,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};

enum { BPF_F_NO_PREALLOC = 1, BPF_LOCAL_STORAGE_GET_F_CREATE = 1 };
enum { BPF_ANY = 0, BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

enum bpf_func_id { BPF_FUNC_loop = 181, BPF_FUNC_copy_from_user_task = 191 };

struct list_head {
	struct list_head *next, *prev;
};

typedef struct {
	u32 val;
} kuid_t;
typedef struct {
	u32 val;
} kgid_t;
typedef struct {
	int counter;
} atomic_t;
typedef struct {
	s64 counter;
} atomic64_t;
typedef struct {
	long counter;
} atomic_long_t;

/* arch.h has it. */
struct pt_regs;

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct qstr {
	u32 len;
	const unsigned char *name;
};

struct timespec64 {
	s64 tv_sec;
	long tv_nsec;
};

struct file_system_type {
	const char *name;
};

struct super_block {
	u32 s_dev;
	unsigned long s_magic;
	struct dentry *s_root;
	struct file_system_type *s_type;
};

struct inode {
	u16 i_mode;
	kuid_t i_uid;
	kgid_t i_gid;
	struct super_block *i_sb;
	unsigned long i_ino;
	void *i_private;
	u32 i_nlink;
	u32 i_generation;
	struct hlist_head i_dentry;
	s64 i_ctime_sec;
	s64 i_mtime_sec;
	u32 i_ctime_nsec;
	u32 i_mtime_nsec;
};

/* Until 6.6 the two times were whole timespecs; 6.7 to 6.10 gave them other names. */
struct inode___old {
	struct timespec64 i_ctime;
	struct timespec64 i_mtime;
};
struct inode___mid {
	struct timespec64 __i_ctime;
	struct timespec64 __i_mtime;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
	union {
		struct hlist_node d_alias;
	} d_u;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	int mnt_id;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	u32 f_mode;
	u32 f_flags;
	struct path f_path;
	struct inode *f_inode;
	const struct file_operations *f_op;
	void *private_data;
};

struct fs_struct {
	struct path root, pwd;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

/* Two words before 6.3, one since: the same eight bytes. */
typedef struct {
	u64 val;
} kernel_cap_t;

struct cred {
	kuid_t uid, euid;
	kgid_t gid, egid;
	kernel_cap_t cap_inheritable, cap_permitted, cap_effective;
};

struct rlimit {
	unsigned long rlim_cur;
};

struct tty_driver {
	int major, minor_start;
};

struct tty_struct {
	int index;
	struct tty_driver *driver;
};

struct task_struct;

struct pid_namespace {
	struct task_struct *child_reaper;
	unsigned int level;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct hlist_head tasks[4];
	struct upid numbers[1];
};

/* What an inode of /proc lies in: whose it is stands before it. */
struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID };

struct signal_struct {
	unsigned int is_child_subreaper : 1;
	unsigned int has_child_subreaper : 1;
	struct pid *pids[4];
	struct tty_struct *tty;
	struct rlimit rlim[16];
	int nr_threads;
	atomic_t live;
	struct list_head thread_head;
};

struct percpu_counter {
	s64 count;
};

struct mm_struct {
	unsigned long total_vm, arg_start, arg_end, env_start, env_end;
	struct file *exe_file;
	struct percpu_counter rss_stat[4];
};

/* Before 6.2. */
struct mm_rss_stat___old {
	atomic_long_t count[4];
};
struct mm_struct___old {
	struct mm_rss_stat___old rss_stat;
};

struct kernfs_node {
	struct kernfs_node *__parent;
	const char *name;
	u64 id;
};
/* Before 6.15. */
struct kernfs_node___old {
	struct kernfs_node *parent;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

enum cgroup_subsys_id {
	cpuset_cgrp_id,
	cpu_cgrp_id,
	cpuacct_cgrp_id,
	io_cgrp_id,
	memory_cgrp_id,
};

struct css_set {
	struct cgroup_subsys_state *subsys[16];
	struct cgroup *dfl_cgrp;
};

struct user_namespace {
	int level;
};

struct mnt_namespace {
	struct user_namespace *user_ns;
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct pid_namespace *pid_ns_for_children;
};

struct task_struct {
	u32 flags;
	unsigned int personality;
	int exit_code;
	int pid, tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct hlist_node pid_links[4];
	struct list_head thread_node;
	struct list_head children;
	u64 start_boottime;
	unsigned long min_flt, maj_flt;
	const struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct mm_struct *mm;
	kuid_t loginuid;
	struct css_set *cgroups;
};

struct in6_addr {
	u8 in6_u[16];
};

typedef struct {
	struct net *net;
} possible_net_t;

struct sock_common {
	possible_net_t skc_net;
	__be32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	u16 skc_num;
	u16 skc_family;
	u8 skc_state;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	u16 sk_type, sk_protocol;
	u32 sk_ack_backlog, sk_max_ack_backlog;
	struct socket *sk_socket;
};

struct sockaddr {
	u16 sa_family;
};

struct msghdr {
	void *msg_name;
	int msg_namelen;
	unsigned int msg_flags;
};

struct sockaddr_un {
	u16 sun_family;
	char sun_path[108];
};

struct unix_address {
	int len;
	struct sockaddr_un name[0];
};

struct unix_sock {
	struct unix_address *addr;
	struct path path;
	struct sock *peer;
};

struct socket {
	short type;
	struct file *file;
	struct sock *sk;
};

/* What comes with a signal; every kind of it with a sender begins with its number. */
union __sifields {
	struct {
		int _pid;
	} _kill;
};

struct kernel_siginfo {
	struct {
		int si_signo, si_errno, si_code;
		union __sifields _sifields;
	};
};

struct linux_binprm {
	struct file *file;
	const char *filename;
};

struct iattr {
	unsigned int ia_valid;
};

struct vm_area_struct {
	unsigned long vm_flags;
	struct file *vm_file;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id, seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

#pragma clang attribute pop

#endif
