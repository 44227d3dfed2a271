// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Verdicts before the functions that call the security modules: level P2. */

#include "guard/files.h"
#include "guard/net.h"
#include "guard/programs.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
