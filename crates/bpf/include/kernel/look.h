/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Fields of the kernel's structures by numbers for pointers, without a call where the kernel lets that be. */
#ifndef PG_KERNEL_LOOK_H
#define PG_KERNEL_LOOK_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "arch.h"

/* What the types do not say: some are of modules, some are known to programs only since a version. */
extern int LINUX_KERNEL_VERSION __kconfig;

#ifdef PLAIN_LOOKS
/* For objects whose programs run seldom. */
#define LOOK(type, from, field) BPF_CORE_READ((struct type *)(from), field)
#define LOOK_WORD(from)                                                                                      \
	({                                                                                                  \
		u64 looked = 0;                                                                             \
                                                                                                            \
		bpf_probe_read_kernel(&looked, sizeof(looked), (void *)(from));                             \
		looked;                                                                                     \
	})
#define LOOK_AT(type, from, field) LOOK_WORD((u64)(from) + bpf_core_field_offset(struct type, field))
#else
/* Since 6.4 a number can be made a pointer that is read without a call. */
extern void *bpf_rdonly_cast(const void *obj, u32 btf_id) __ksym __weak;
#define CAN_CAST 0x60400
#define LOOK(type, from, field)                                                                             \
	({                                                                                                  \
		struct type *look_from = (struct type *)(from);                                             \
		typeof(look_from->field) looked;                                                            \
                                                                                                            \
		if (LINUX_KERNEL_VERSION >= CAN_CAST)                                                       \
			looked = ((struct type *)bpf_rdonly_cast(look_from,                                 \
								 bpf_core_type_id_kernel(struct type)))     \
					 ->field;                                                           \
		else                                                                                        \
			looked = BPF_CORE_READ(look_from, field);                                           \
		looked;                                                                                     \
	})
/* A pointer among the fields, as a number: any structure that begins with a whole word will do. */
#define LOOK_AT(type, from, field)                                                                           \
	({                                                                                                  \
		u64 look_at = (u64)(from) + bpf_core_field_offset(struct type, field), looked = 0;          \
                                                                                                            \
		if (LINUX_KERNEL_VERSION >= CAN_CAST)                                                       \
			looked = ((struct pt_regs *)bpf_rdonly_cast(                                        \
					  (void *)look_at, bpf_core_type_id_kernel(struct pt_regs)))        \
					 ->FIRST_WORD;                                                             \
		else                                                                                        \
			bpf_probe_read_kernel(&looked, sizeof(looked), (void *)look_at);                    \
		looked;                                                                                     \
	})

/* The eight bytes at an address. */
#define LOOK_WORD(from)                                                                                      \
	({                                                                                                  \
		u64 look_from = (u64)(from), looked = 0;                                                    \
                                                                                                            \
		if (LINUX_KERNEL_VERSION >= CAN_CAST)                                                       \
			looked = ((struct pt_regs *)bpf_rdonly_cast(                                        \
					  (void *)look_from, bpf_core_type_id_kernel(struct pt_regs)))      \
					 ->FIRST_WORD;                                                             \
		else                                                                                        \
			bpf_probe_read_kernel(&looked, sizeof(looked), (void *)look_from);                  \
		looked;                                                                                     \
	})

#endif

/* Up to eight letters as one number, the first lowest. */
#define LETTERS(a, b, c, d, e, f, g, h)                                                              \
	((u64)(a) | (u64)(b) << 8 | (u64)(c) << 16 | (u64)(d) << 24 | (u64)(e) << 32 | (u64)(f) << 40 | \
	 (u64)(g) << 48 | (u64)(h) << 56)

/* The lowest `n` bytes of a word, less than eight. */
static __always_inline u64 low_bytes(u64 word, u64 n)
{
	return word & ((1ull << (n & 7) * 8) - 1);
}

#endif
