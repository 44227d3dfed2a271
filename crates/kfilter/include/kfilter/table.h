/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The table of a filter, as user space writes it and the kernel reads it. */
#ifndef PEREGRINE_KFILTER_TABLE_H
#define PEREGRINE_KFILTER_TABLE_H

#include "layout.gen.h"

#define PD_WORDS (PD_TEXT / 8)
/* The last of the sets of names: those that hold two dots in a row. */
#define PD_DOTS (1ull << 63)

#endif
