// SPDX-License-Identifier: Apache-2.0
#ifndef MALMOI_JSON_BLOCKS_H
#define MALMOI_JSON_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

// The first step of reading JSON lines, which looks at all bytes, 64 at a time and without a branch for any
// of them: it finds where strings may end, a bit a byte, and whether the bytes are UTF-8.

/// Blocks of 64 bytes that are looked at ahead.
enum { AHEAD = 16 };

#define NO_FAULT SIZE_MAX

/// What is known of the blocks ahead.
typedef struct {
  const uint8_t *bytes;
  size_t count;
  /// A bit for each quote, backslash and control character of the blocks known last, each at the rest of
  /// its number by twice AHEAD.
  uint64_t stops[2 * AHEAD];
  /// The first block not yet known.
  size_t known;
  /// The first block known not to be UTF-8, itself or with what is before it.
  size_t fault;
  /// The first byte not yet known to be UTF-8, where bytes are looked at one by one.
  size_t checked;
} ck_json_blocks;

/// Looks at the next AHEAD blocks, or those that there are.
typedef void (*ck_json_look)(ck_json_blocks *blocks);

/// A mask of the first `count` of 64 bits.
static inline uint64_t low_bits(size_t count) { return count >= 64 ? ~0ull : (1ull << count) - 1; }

void ck_json_look_portable(ck_json_blocks *blocks);
#if defined(__x86_64__)
void ck_json_look_avx2(ck_json_blocks *blocks);
#endif

#endif
