// SPDX-License-Identifier: Apache-2.0
#include "CKernels.h"

#include <string.h>

enum { BLOCK = 64, LOOKAHEAD = 2 };

/// Whether the character at `text` is plain; ill-formed bytes are, one by one, for they stay.
static inline bool is_plain(const uint8_t *text, size_t count, const uint8_t *plain, size_t *length) {
  const uint8_t first = text[0];
  uint32_t point;
  *length = 1;
  if (first < 0x80) {
    point = first;
  } else if (first >= 0xC2 && first < 0xE0) {
    if (count < 2 || (text[1] & 0xC0) != 0x80) return true;
    point = (uint32_t)(first & 0x1F) << 6 | (text[1] & 0x3F);
    *length = 2;
  } else if ((first & 0xF0) == 0xE0) {
    if (count < 3 || (text[1] & 0xC0) != 0x80 || (text[2] & 0xC0) != 0x80) return true;
    point = (uint32_t)(first & 0x0F) << 12 | (uint32_t)(text[1] & 0x3F) << 6 | (text[2] & 0x3F);
    // Overlong forms and surrogates are not UTF-8.
    if (point < 0x800 || (point >= 0xD800 && point < 0xE000)) return true;
    *length = 3;
  } else if (first >= 0xF0 && first < 0xF5) {
    if (count < 4 || (text[1] & 0xC0) != 0x80 || (text[2] & 0xC0) != 0x80 ||
        (text[3] & 0xC0) != 0x80)
      return true;
    point = (uint32_t)(first & 7) << 18 | (uint32_t)(text[1] & 0x3F) << 12 |
            (uint32_t)(text[2] & 0x3F) << 6 | (text[3] & 0x3F);
    if (point < 0x10000 || point > 0x10FFFF) return true;
    *length = 4;
    // Pictographs and the ideographs of plane 2, whatever the table.
    return (point >= 0x1F300 && point < 0x1FB00) || (point >= 0x20000 && point < 0x2F800);
  } else {
    return true;
  }
  return plain[point >> 3] >> (point & 7) & 1;
}

/// The bytes of a block that begin a character which may not be plain, each judged with the one
/// behind it; the table decides about them. Not among them: printable ASCII, tabs and line feeds
/// unless `asks_lines`, Hangul syllables, U+4000-9FFF.
typedef uint64_t (*block_function)(const uint8_t *block, bool asks_lines);

/// Goes over whole blocks, then over the rest in a block of its own, and looks into the table for each
/// suspicious byte.
static inline __attribute__((always_inline)) size_t skip(
    const uint8_t *text, size_t count, const uint8_t *plain, bool asks_lines,
    block_function suspicious) {
  uint8_t padded[BLOCK + LOOKAHEAD];
  for (size_t offset = 0; offset < count; offset += BLOCK) {
    const size_t left = count - offset;
    const uint8_t *block = text + offset;
    if (left < BLOCK + LOOKAHEAD) {
      memset(padded, 'a', sizeof padded);
      memcpy(padded, block, left);
      block = padded;
    }
    uint64_t mask = suspicious(block, asks_lines);
    while (mask) {
      const size_t place = (size_t)__builtin_ctzll(mask);
      size_t length;
      // What the block of the rest has beyond it is plain.
      if (place >= left) break;
      if (!is_plain(text + offset + place, left - place, plain, &length)) return offset + place;
      mask &= mask - 1;
    }
  }
  return count;
}

typedef uint8_t bytes64 __attribute__((vector_size(BLOCK)));
typedef bool bits64 __attribute__((ext_vector_type(BLOCK)));

#define IN(value, low, high) ((bytes64)(value - (uint8_t)(low)) <= (uint8_t)((high) - (low)))
#define IS(value, byte) (value == (uint8_t)(byte))

static inline __attribute__((always_inline)) uint64_t block_baseline(
    const uint8_t *block, bool asks_lines) {
  bytes64 first, second;
  memcpy(&first, block, BLOCK);
  memcpy(&second, block + 1, BLOCK);
  __auto_type plain = IN(first, 0x20, 0x7E) | IN(first, 0x80, 0xC1) | IN(first, 0xE4, 0xE9) |
                      IN(first, 0xEB, 0xEC) | (IS(first, 0xEA) & (second >= (uint8_t)0xB0)) |
                      (IS(first, 0xED) & (second < (uint8_t)0x9E));
  if (!asks_lines) plain |= IN(first, 0x09, 0x0A);
  const bits64 hits = __builtin_convertvector(plain == 0, bits64);
  uint64_t mask;
  memcpy(&mask, &hits, sizeof mask);
  return mask;
}

size_t ck_skip_plain_baseline(
    const uint8_t *text, size_t count, const uint8_t *plain, bool asks_lines) {
  return skip(text, count, plain, asks_lines, block_baseline);
}

#if defined(__x86_64__)
#include <immintrin.h>

/// Three look-ups by half bytes, whose results have a bit in common where the byte is suspicious: bit 0
/// whatever follows (C2-E3, EE-FF), bit 1 by what follows (EA), bits 2 to 4 controls.
static inline __attribute__((always_inline, target("avx2"))) uint32_t half_avx2(
    const uint8_t *block, __m256i low_table) {
#define TABLE(...) _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))
  const __m256i first = _mm256_loadu_si256((const __m256i *)block);
  const __m256i second = _mm256_loadu_si256((const __m256i *)(block + 1));
  const __m256i half = _mm256_set1_epi8(0x0F);
  const __m256i high_table =
      TABLE(4, 8, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 32, 32, 3, 32);
  const __m256i next_table = TABLE(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -3, -3, -3, -3, -3);
  const __m256i high = _mm256_and_si256(_mm256_srli_epi16(first, 4), half);
  const __m256i next = _mm256_and_si256(_mm256_srli_epi16(second, 4), half);
  const __m256i found = _mm256_and_si256(
      _mm256_and_si256(
          _mm256_shuffle_epi8(high_table, high),
          _mm256_shuffle_epi8(low_table, _mm256_and_si256(first, half))),
      _mm256_shuffle_epi8(next_table, next));
  // ---- U+D780 and above ----
  const __m256i last = _mm256_and_si256(
      _mm256_cmpeq_epi8(first, _mm256_set1_epi8((char)0xED)),
      _mm256_cmpgt_epi8(second, _mm256_set1_epi8((char)0x9D)));
  const __m256i clean = _mm256_cmpeq_epi8(_mm256_or_si256(found, last), _mm256_setzero_si256());
  return ~(uint32_t)_mm256_movemask_epi8(clean);
}

static inline __attribute__((always_inline, target("avx2"))) uint64_t block_avx2(
    const uint8_t *block, bool asks_lines) {
  // Bit 0: E0-E3, EE, EF; bit 1: EA; bit 2: 00-1F but for tab and line feed; bit 3: 10-1F; bit 4: 7F;
  // bit 5: C0-DF, F0-FF.
  const char line = asks_lines ? 44 : 40;
  const __m256i low_table =
      TABLE(45, 45, 45, 45, 44, 44, 44, 44, 44, line, (char)(line | 2), 44, 44, 44, 45, 61);
  return half_avx2(block, low_table) | (uint64_t)half_avx2(block + 32, low_table) << 32;
#undef TABLE
}

__attribute__((target("avx2,bmi"))) static size_t skip_avx2(
    const uint8_t *text, size_t count, const uint8_t *plain, bool asks_lines) {
  return skip(text, count, plain, asks_lines, block_avx2);
}

size_t ck_skip_plain(const uint8_t *text, size_t count, const uint8_t *plain, bool asks_lines) {
  if (__builtin_cpu_supports("avx2")) return skip_avx2(text, count, plain, asks_lines);
  return ck_skip_plain_baseline(text, count, plain, asks_lines);
}

#else

size_t ck_skip_plain(const uint8_t *text, size_t count, const uint8_t *plain, bool asks_lines) {
  return ck_skip_plain_baseline(text, count, plain, asks_lines);
}

#endif

size_t ck_skip_plain_portable(const uint8_t *text, size_t count, const uint8_t *plain) {
  size_t offset = 0;
  while (offset < count) {
    size_t length;
    if (!is_plain(text + offset, count - offset, plain, &length)) return offset;
    offset += length;
  }
  return count;
}
