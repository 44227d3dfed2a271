// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* One harmless program per kind of hook: whether it loads says whether this kernel offers the kind.
 * None of them is ever attached for work. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/sys_exit")
int BPF_PROG(hook_tp_btf, struct pt_regs *regs, long ret)
{
	return 0;
}

SEC("raw_tp/sys_exit")
int hook_raw_tp(void *ctx)
{
	return 0;
}

SEC("iter.s/task")
int hook_iterator(struct bpf_iter__task *ctx)
{
	return 0;
}

SEC("lsm/file_open")
int BPF_PROG(hook_lsm, struct file *file)
{
	return 0;
}

SEC("fentry/security_file_open")
int BPF_PROG(hook_fentry, struct file *file)
{
	return 0;
}

SEC("fmod_ret/security_file_open")
int BPF_PROG(hook_fmod_ret, struct file *file, int ret)
{
	return 0;
}

SEC("cgroup/connect4")
int hook_cgroup_connect(void *ctx)
{
	return 1;
}
