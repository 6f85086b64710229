// SPDX-License-Identifier: Apache-2.0
// The few small kernels that Swift cannot say, or cannot say fast: each with a portable fallback.

#ifndef MALMOI_CKERNELS_H
#define MALMOI_CKERNELS_H

#include <stdint.h>

/// Begins to load the cache line at `address`, which need not be valid, for reading.
static inline void ck_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

#endif
