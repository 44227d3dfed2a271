// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Verdicts as a security module: level P1. */
#define GUARD_LSM
#include "guard/files.h"
#include "guard/net.h"
#include "guard/programs.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
