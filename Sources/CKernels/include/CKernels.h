// SPDX-License-Identifier: Apache-2.0
// The few small kernels that Swift cannot say, or cannot say fast: each with a portable fallback.

#ifndef MALMOI_CKERNELS_H
#define MALMOI_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Begins to load the cache line at `address`, which need not be valid, for reading.
static inline void ck_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/// The length of a run of characters at the start of well-formed UTF-8 that are all inert under NFC;
/// the run may go on. Works in blocks of 64 bytes and leaves the last 66 bytes out.
size_t ck_skip_inert(const uint8_t *text, size_t count);

#endif
