// SPDX-License-Identifier: Apache-2.0
#include "CKernels.h"

enum { BLOCK = 64, LOOKAHEAD = 2 };

/// 1 if the character that begins with `first` may not be inert; 0 inside a character.
///
/// Without a branch, so that the loop over a block becomes vector code. What is known to be inert:
/// U+0000-00FF, U+2002-203F, U+3000-3029, U+4000-9FFF, U+AC00-D77F.
static inline uint8_t may_compose(uint8_t first, uint8_t second, uint8_t third) {
  const uint8_t inert =
      (first < 0xC4) | ((uint8_t)(first - 0xE4) < 6) | ((uint8_t)(first - 0xEB) < 2) |
      ((first == 0xEA) & (second >= 0xB0)) | ((first == 0xED) & (second < 0x9E)) |
      ((first == 0xE2) & (second == 0x80) & (third >= 0x82)) |
      ((first == 0xE3) & (second == 0x80) & (third < 0xAA));
  return !inert;
}

size_t ck_skip_inert(const uint8_t *text, size_t count) {
  size_t offset = 0;
  while (count - offset >= BLOCK + LOOKAHEAD) {
    const uint8_t *block = text + offset;
    uint8_t hits = 0;
    for (size_t i = 0; i < BLOCK; ++i) hits |= may_compose(block[i], block[i + 1], block[i + 2]);
    if (hits) {
      size_t i = 0;
      while (!may_compose(block[i], block[i + 1], block[i + 2])) ++i;
      return offset + i;
    }
    offset += BLOCK;
  }
  // A block may end inside a character: back to where that begins.
  while (offset > 0 && (text[offset] & 0xC0) == 0x80) --offset;
  return offset;
}
