/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Fields of the kernel's structures by numbers for pointers, without a call where the kernel lets that be. */
#ifndef PG_KERNEL_READ_H
#define PG_KERNEL_READ_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "arch.h"

/* What the types do not say: some are of modules, some are known to programs only since a version. */
extern int LINUX_KERNEL_VERSION __kconfig;

#ifdef PG_PLAIN_READS
/* For objects whose programs run seldom. */
#define PG_READ(type, from, field) BPF_CORE_READ((struct type *)(from), field)
#define PG_READ_WORD(from)                                                          \
	({                                                                          \
		u64 pg_value = 0;                                                   \
                                                                                    \
		bpf_probe_read_kernel(&pg_value, sizeof(pg_value), (void *)(from)); \
		pg_value;                                                           \
	})
#define PG_READ_PTR(type, from, field) PG_READ_WORD((u64)(from) + bpf_core_field_offset(struct type, field))
#else
/* Since 6.4 a number can be made a pointer that is read without a call. */
extern void *bpf_rdonly_cast(const void *obj, u32 btf_id) __ksym __weak;
#define PG_HAS_RDONLY_CAST 0x60400
#define PG_READ(type, from, field)                                                                                   \
	({                                                                                                           \
		struct type *pg_source = (struct type *)(from);                                                      \
		typeof(pg_source->field) pg_value;                                                                   \
                                                                                                                     \
		if (LINUX_KERNEL_VERSION >= PG_HAS_RDONLY_CAST)                                                      \
			pg_value = ((struct type *)bpf_rdonly_cast(pg_source, bpf_core_type_id_kernel(struct type))) \
					   ->field;                                                                  \
		else                                                                                                 \
			pg_value = BPF_CORE_READ(pg_source, field);                                                  \
		pg_value;                                                                                            \
	})
/* A pointer among the fields, as a number: any structure that begins with a whole word will do. */
#define PG_READ_PTR(type, from, field)                                                                          \
	({                                                                                                      \
		u64 pg_address = (u64)(from) + bpf_core_field_offset(struct type, field), pg_value = 0;         \
                                                                                                                \
		if (LINUX_KERNEL_VERSION >= PG_HAS_RDONLY_CAST)                                                 \
			pg_value = ((struct pt_regs *)bpf_rdonly_cast((void *)pg_address,                       \
								      bpf_core_type_id_kernel(struct pt_regs))) \
					   ->PG_REGS_FIRST_WORD;                                                \
		else                                                                                            \
			bpf_probe_read_kernel(&pg_value, sizeof(pg_value), (void *)pg_address);                 \
		pg_value;                                                                                       \
	})

/* The eight bytes at an address. */
#define PG_READ_WORD(from)                                                                                      \
	({                                                                                                      \
		u64 pg_source = (u64)(from), pg_value = 0;                                                      \
                                                                                                                \
		if (LINUX_KERNEL_VERSION >= PG_HAS_RDONLY_CAST)                                                 \
			pg_value = ((struct pt_regs *)bpf_rdonly_cast((void *)pg_source,                        \
								      bpf_core_type_id_kernel(struct pt_regs))) \
					   ->PG_REGS_FIRST_WORD;                                                \
		else                                                                                            \
			bpf_probe_read_kernel(&pg_value, sizeof(pg_value), (void *)pg_source);                  \
		pg_value;                                                                                       \
	})

#endif

/* Up to eight letters as one number, the first lowest. */
#define PG_STR8(a, b, c, d, e, f, g, h)                                                                 \
	((u64)(a) | (u64)(b) << 8 | (u64)(c) << 16 | (u64)(d) << 24 | (u64)(e) << 32 | (u64)(f) << 40 | \
	 (u64)(g) << 48 | (u64)(h) << 56)

/* The lowest `n` bytes of a word, less than eight. */
static __always_inline u64 pg_low_bytes(u64 word, u64 n)
{
	return word & ((1ull << (n & 7) * 8) - 1);
}

#endif
