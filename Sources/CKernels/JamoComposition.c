// SPDX-License-Identifier: Apache-2.0
#include "CKernels.h"

// The arithmetic of the Unicode Standard, section 3.12: S = 0xAC00 + (L * 21 + V) * 28 + T.

/// The number of the leading consonant (U+1100-1112) at `text`, or more than 18.
static inline uint32_t leading(const uint8_t *text) {
  if (text[0] != 0xE1 || text[1] != 0x84) return 0xFF;
  return (uint32_t)text[2] - 0x80;
}

/// The number of the vowel (U+1161-1175) at `text`, or more than 20.
static inline uint32_t vowel(const uint8_t *text) {
  if (text[0] != 0xE1 || text[1] != 0x85) return 0xFF;
  return (uint32_t)text[2] - 0xA1;
}

/// The number of the trailing consonant (U+11A8-11C2) at `text`, from 1 on, or 0.
static inline uint32_t trailing(const uint8_t *text) {
  if (text[0] != 0xE1) return 0;
  if (text[1] == 0x86 && text[2] >= 0xA8) return (uint32_t)text[2] - 0xA7;
  if (text[1] == 0x87 && text[2] <= 0x82) return (uint32_t)text[2] - 0x80 + 25;
  return 0;
}

ck_composed ck_compose_jamo(const uint8_t *text, size_t count, uint8_t *output) {
  ck_composed composed = {0, 0, 0};
  // Nine bytes of a syllable and the three that decide where it ends.
  while (count - composed.read >= 12) {
    const uint8_t *at = text + composed.read;
    const uint8_t first = at[0];
    if (first >= 0x20 && first < 0x7F) {
      // It is needed with what may change behind it.
      if ((at[1] < 0x20 || at[1] >= 0x7F) && !(at[1] == 0xE1 && at[2] == 0x84)) break;
      output[composed.written++] = first;
      composed.read += 1;
      continue;
    }
    const uint32_t l = leading(at), v = vowel(at + 3);
    if (l > 18 || v > 20) break;
    const uint32_t t = trailing(at + 6);
    const size_t length = t ? 9 : 6;
    // What comes next must neither compose with the syllable nor change places with anything.
    const uint8_t *next = at + length;
    if (!((next[0] >= 0x20 && next[0] < 0x7F) || leading(next) <= 18)) break;
    const uint32_t point = 0xAC00 + (l * 21 + v) * 28 + t;
    output[composed.written] = (uint8_t)(0xE0 | point >> 12);
    output[composed.written + 1] = (uint8_t)(0x80 | (point >> 6 & 0x3F));
    output[composed.written + 2] = (uint8_t)(0x80 | (point & 0x3F));
    composed.written += 3;
    composed.read += length;
    composed.syllables += 1;
  }
  return composed;
}
