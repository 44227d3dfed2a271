/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The trailer behind an event block; crates/event/src/facts.rs has the same table. */
#ifndef PEREGRINE_FACTS_H
#define PEREGRINE_FACTS_H

#define FACT_ORIGIN 1
#define FACT_DESCRIPTOR 2
#define FACT_COMPAT 1
#define DESCRIPTOR_LEN 28
#define ROLE_SERVER 1
#define ROLE_CLIENT 2
#define ROLE_CONNECTED 4

static __always_inline void fact_origin(struct scratch *s, u32 pid, u16 flags)
{
	u8 *at = AT(s);

	*(u16 *)&at[0] = FACT_ORIGIN;
	*(u16 *)&at[2] = 8;
	*(u16 *)&at[4] = bpf_get_smp_processor_id();
	*(u16 *)&at[6] = flags;
	*(u32 *)&at[8] = pid;
	s->pos += 12;
}

/* What descriptor `fd` is. Leaves the walked path of a file in the scratch. */
static __always_inline void fact_descriptor(struct scratch *s, struct task_struct *task, s32 fd, struct file *file,
					    u8 role)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct path *path = (struct path *)((char *)file + bpf_core_field_offset(struct file, f_path));
	struct mount *mnt = real_mount(BPF_CORE_READ(path, mnt));
	u32 start = s->pos;
	u8 *at = AT(s);
	u8 kind = kind_of(file);
	u32 n;

	*(u16 *)&at[0] = FACT_DESCRIPTOR;
	*(s32 *)&at[4] = fd;
	at[8] = kind;
	at[9] = role;
	*(u16 *)&at[10] = 0;
	*(u32 *)&at[12] = open_flags(BPF_CORE_READ(file, f_flags)) | overlay_layer(inode);
	*(u32 *)&at[16] = encode_dev(BPF_CORE_READ(inode, i_sb, s_dev));
	*(u32 *)&at[20] = BPF_CORE_READ(mnt, mnt_id);
	*(u64 *)&at[24] = BPF_CORE_READ(inode, i_ino);
	s->pos += 4 + DESCRIPTOR_LEN;
	if (kind >= SCAP_FD_IPV4_SOCK && kind <= SCAP_FD_UNIX_SOCK && kind != SCAP_FD_FIFO) {
		struct socket *socket = BPF_CORE_READ(file, private_data);
		struct sock *sk = BPF_CORE_READ(socket, sk);

		*AT(s) = transport(sk);
		s->pos += 1;
		put_ends(s, sk, role & ROLE_SERVER, 0);
	} else {
		walk_path(s, task, path);
		n = (TEXT_MAX - (s->path_at & (TEXT_MAX - 1))) & (TEXT_MAX - 1);
		if (n)
			bpf_probe_read_kernel(AT(s), n, &s->path[s->path_at & (TEXT_MAX - 1)]);
		s->pos += n;
	}
	*(u16 *)&s->data[(start + 2) & DATA_MASK] = s->pos - start - 4;
}

#endif
