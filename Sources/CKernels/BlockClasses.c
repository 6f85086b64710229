// SPDX-License-Identifier: Apache-2.0
// Swift's SIMD types compile their comparisons to loops over lanes, 50 to 100 times slower than
// these; this pass is 1 to 2 % of the time of encoding.

#include "CKernels.h"

/// What a block's bytes say of themselves; whether syllables are whole is not known yet.
typedef struct {
  ck_block_classes classes;
  /// First bytes of Hangul syllables, if two continuation bytes follow.
  uint64_t leads;
  uint64_t continuations;
  uint64_t high;
} raw_block;

typedef raw_block (*block_function)(const uint8_t *bytes);

/// Classifies block after block; `classes_of` reads 65 bytes from the block's start.
static inline __attribute__((always_inline)) void
classify(const uint8_t *text, size_t byte_count, ck_block_classes *blocks,
         block_function classes_of) {
  const size_t block_count = (byte_count + 63) / 64;
  if (block_count == 0) return;
  const uint64_t last_bits = ~0ULL >> (block_count * 64 - byte_count);
  raw_block block = classes_of(text);
  // Bytes at the start of a block that end the syllable of the block before.
  uint64_t carried = 0;
  for (size_t index = 0; index < block_count; index++) {
    raw_block next = {.continuations = 0};
    uint64_t bits = ~0ULL;
    if (index + 1 < block_count) {
      next = classes_of(text + 64 * (index + 1));
      if (index + 2 == block_count) next.continuations &= last_bits;
    } else {
      bits = last_bits;
      block.continuations &= bits;
    }
    // ---- A lead byte and two continuation bytes are a syllable ----
    const uint64_t second = block.continuations >> 1 | next.continuations << 63;
    const uint64_t third = block.continuations >> 2 | next.continuations << 62;
    const uint64_t syllables = block.leads & second & third & bits;
    const uint64_t hangul = syllables | syllables << 1 | syllables << 2 | carried;
    carried = syllables >> 63 | syllables >> 62;
    // ---- Nothing behind the text ----
    ck_block_classes *out = &blocks[index];
    out->letters = (block.classes.letters & bits) | hangul;
    out->upper = block.classes.upper & bits;
    out->digits = block.classes.digits & bits;
    out->spaces = block.classes.spaces & bits;
    out->blanks = block.classes.blanks & bits;
    out->uncommon = block.high & ~hangul & bits;
    out->apostrophes = block.classes.apostrophes & bits;
    out->ascii_letters = block.classes.letters & bits;
    out->line_ends = block.classes.line_ends & bits;
    out->slashes = block.classes.slashes & bits;
    out->controls = block.classes.controls & bits;
    block = next;
  }
}

static raw_block classes_portable(const uint8_t *bytes) {
  raw_block block = {.leads = 0};
  for (int index = 0; index < 64; index++) {
    const uint8_t byte = bytes[index], next = bytes[index + 1];
    const uint64_t bit = 1ULL << index;
    if ((uint8_t)((byte | 0x20) - 'a') < 26) block.classes.letters |= bit;
    if ((uint8_t)(byte - 'A') < 26) block.classes.upper |= bit;
    if ((uint8_t)(byte - '0') < 10) block.classes.digits |= bit;
    if (byte == ' ') block.classes.spaces |= bit;
    if (byte == ' ' || (uint8_t)(byte - 9) < 5) block.classes.blanks |= bit;
    if (byte == 0x27) block.classes.apostrophes |= bit;
    if (byte == '/') block.classes.slashes |= bit;
    if (byte == '\n' || byte == '\r') block.classes.line_ends |= bit;
    if ((byte < 0x20 && (uint8_t)(byte - 9) >= 5) || byte == 0x7F) block.classes.controls |= bit;
    if (byte >= 0x80) block.high |= bit;
    if (byte == 0xEB || byte == 0xEC || (byte == 0xEA && next >= 0xB0) ||
        (byte == 0xED && next < 0x9E))
      block.leads |= bit;
    if ((byte & 0xC0) == 0x80) block.continuations |= bit;
  }
  return block;
}

void ck_classify_portable(const uint8_t *text, size_t byte_count, ck_block_classes *blocks) {
  classify(text, byte_count, blocks, classes_portable);
}

#if defined(__x86_64__)
#include <immintrin.h>

/// 16 bytes at a time: every x86-64 has these.
static inline __attribute__((always_inline)) raw_block classes_sse2(const uint8_t *bytes) {
  raw_block block = {.leads = 0};
  for (int part = 0; part < 4; part++) {
    const __m128i byte = _mm_loadu_si128((const __m128i *)(bytes + 16 * part));
    const __m128i next = _mm_loadu_si128((const __m128i *)(bytes + 16 * part + 1));
#define LESS(offset, value) _mm_sub_epi8(value, _mm_set1_epi8((char)(offset)))
#define EQUAL(value, constant) _mm_cmpeq_epi8(value, _mm_set1_epi8((char)(constant)))
#define BELOW(value, limit) EQUAL(_mm_subs_epu8(value, _mm_set1_epi8((char)((limit) - 1))), 0)
#define BITS(vector) ((uint64_t)(uint32_t)_mm_movemask_epi8(vector) << (16 * part))
    const __m128i folded = _mm_or_si128(byte, _mm_set1_epi8(0x20));
    const __m128i spaces = EQUAL(byte, ' ');
    const __m128i breaks = BELOW(LESS(9, byte), 5);
    block.classes.letters |= BITS(BELOW(LESS('a', folded), 26));
    block.classes.upper |= BITS(BELOW(LESS('A', byte), 26));
    block.classes.digits |= BITS(BELOW(LESS('0', byte), 10));
    block.classes.spaces |= BITS(spaces);
    block.classes.blanks |= BITS(_mm_or_si128(spaces, breaks));
    block.classes.controls |= BITS(
        _mm_or_si128(_mm_andnot_si128(breaks, BELOW(byte, 0x20)), EQUAL(byte, 0x7F)));
    block.classes.apostrophes |= BITS(EQUAL(byte, 0x27));
    block.classes.slashes |= BITS(EQUAL(byte, '/'));
    block.classes.line_ends |= BITS(_mm_or_si128(EQUAL(byte, '\n'), EQUAL(byte, '\r')));
    block.high |= BITS(byte);
    const __m128i first = _mm_andnot_si128(BELOW(next, 0xB0), EQUAL(byte, 0xEA));
    const __m128i last = _mm_and_si128(BELOW(next, 0x9E), EQUAL(byte, 0xED));
    block.leads |= BITS(_mm_or_si128(_mm_or_si128(EQUAL(byte, 0xEB), EQUAL(byte, 0xEC)),
                                     _mm_or_si128(first, last)));
    block.continuations |= BITS(EQUAL(_mm_and_si128(byte, _mm_set1_epi8((char)0xC0)), 0x80));
#undef LESS
#undef EQUAL
#undef BELOW
#undef BITS
  }
  return block;
}

/// 32 bytes at a time.
static inline __attribute__((always_inline, target("avx2"))) raw_block
classes_avx2(const uint8_t *bytes) {
  const __m256i byte[2] = {_mm256_loadu_si256((const __m256i *)bytes),
                           _mm256_loadu_si256((const __m256i *)(bytes + 32))};
  const __m256i next[2] = {_mm256_loadu_si256((const __m256i *)(bytes + 1)),
                           _mm256_loadu_si256((const __m256i *)(bytes + 33))};
#define BITS(mask)                                                                               \
  ((uint64_t)(uint32_t)_mm256_movemask_epi8(mask(0)) |                                           \
   (uint64_t)(uint32_t)_mm256_movemask_epi8(mask(1)) << 32)
#define SET(constant) _mm256_set1_epi8((char)(constant))
#define EQUAL(value, constant) _mm256_cmpeq_epi8(value, SET(constant))
  // Bytes from `first` on, `count` of them: moved to the lowest signed numbers.
#define RANGE(value, first, count)                                                               \
  _mm256_cmpgt_epi8(SET(-128 + (count)), _mm256_add_epi8(value, SET(-128 - (first))))
#define LETTERS(half) RANGE(_mm256_or_si256(byte[half], SET(0x20)), 'a', 26)
#define UPPER(half) RANGE(byte[half], 'A', 26)
#define DIGITS(half) RANGE(byte[half], '0', 10)
#define SPACES(half) EQUAL(byte[half], ' ')
#define BREAKS(half) RANGE(byte[half], 9, 5)
#define CONTROLS(half) _mm256_or_si256(RANGE(byte[half], 0, 0x20), EQUAL(byte[half], 0x7F))
#define APOSTROPHES(half) EQUAL(byte[half], 0x27)
#define SLASHES(half) EQUAL(byte[half], '/')
#define LINE_ENDS(half) _mm256_or_si256(EQUAL(byte[half], '\n'), EQUAL(byte[half], '\r'))
#define HIGH(half) byte[half]
#define CONTINUATIONS(half) _mm256_cmpgt_epi8(SET(0xC0), byte[half])
  // EB and EC; EA before B0 or more, ED before less than 9E.
#define LEADS(half)                                                                              \
  _mm256_or_si256(                                                                               \
      RANGE(byte[half], 0xEB, 2),                                                                \
      _mm256_or_si256(                                                                           \
          _mm256_andnot_si256(RANGE(next[half], 0, 0xB0), EQUAL(byte[half], 0xEA)),              \
          _mm256_and_si256(RANGE(next[half], 0, 0x9E), EQUAL(byte[half], 0xED))))
  raw_block block = {.leads = BITS(LEADS)};
  block.classes.letters = BITS(LETTERS);
  block.classes.upper = BITS(UPPER);
  block.classes.digits = BITS(DIGITS);
  block.classes.spaces = BITS(SPACES);
  const uint64_t breaks = BITS(BREAKS);
  block.classes.blanks = block.classes.spaces | breaks;
  block.classes.controls = BITS(CONTROLS) & ~breaks;
  block.classes.apostrophes = BITS(APOSTROPHES);
  block.classes.slashes = BITS(SLASHES);
  block.classes.line_ends = BITS(LINE_ENDS);
  block.high = BITS(HIGH);
  block.continuations = BITS(CONTINUATIONS);
  return block;
#undef BITS
#undef SET
#undef EQUAL
#undef RANGE
}

/// 64 bytes at a time, with comparisons that give masks.
static inline __attribute__((always_inline, target("avx512bw"))) raw_block
classes_avx512(const uint8_t *bytes) {
  const __m512i byte = _mm512_loadu_si512(bytes);
  const __m512i next = _mm512_loadu_si512(bytes + 1);
#define LESS(offset, value) _mm512_sub_epi8(value, _mm512_set1_epi8((char)(offset)))
#define EQUAL(constant) _mm512_cmpeq_epi8_mask(byte, _mm512_set1_epi8((char)(constant)))
#define BELOW(value, limit) _mm512_cmplt_epu8_mask(value, _mm512_set1_epi8((char)(limit)))
  const __m512i folded = _mm512_or_si512(byte, _mm512_set1_epi8(0x20));
  raw_block block = {.leads = 0};
  block.classes.letters = BELOW(LESS('a', folded), 26);
  block.classes.upper = BELOW(LESS('A', byte), 26);
  block.classes.digits = BELOW(LESS('0', byte), 10);
  block.classes.spaces = EQUAL(' ');
  const uint64_t breaks = BELOW(LESS(9, byte), 5);
  block.classes.blanks = block.classes.spaces | breaks;
  block.classes.controls = (BELOW(byte, 0x20) & ~breaks) | EQUAL(0x7F);
  block.classes.apostrophes = EQUAL(0x27);
  block.classes.slashes = EQUAL('/');
  block.classes.line_ends = EQUAL('\n') | EQUAL('\r');
  block.high = _mm512_movepi8_mask(byte);
  block.leads = EQUAL(0xEB) | EQUAL(0xEC) | (EQUAL(0xEA) & ~BELOW(next, 0xB0)) |
                (EQUAL(0xED) & BELOW(next, 0x9E));
  block.continuations = _mm512_cmplt_epi8_mask(byte, _mm512_set1_epi8((char)0xC0));
#undef LESS
#undef EQUAL
#undef BELOW
  return block;
}

static void classify_sse2(const uint8_t *text, size_t byte_count, ck_block_classes *blocks) {
  classify(text, byte_count, blocks, classes_sse2);
}

__attribute__((target("avx2"))) static void
classify_avx2(const uint8_t *text, size_t byte_count, ck_block_classes *blocks) {
  classify(text, byte_count, blocks, classes_avx2);
}

__attribute__((target("avx512bw"))) static void
classify_avx512(const uint8_t *text, size_t byte_count, ck_block_classes *blocks) {
  classify(text, byte_count, blocks, classes_avx512);
}

void ck_classify(const uint8_t *text, size_t byte_count, ck_block_classes *blocks) {
  if (__builtin_cpu_supports("avx512bw"))
    classify_avx512(text, byte_count, blocks);
  else if (__builtin_cpu_supports("avx2"))
    classify_avx2(text, byte_count, blocks);
  else
    classify_sse2(text, byte_count, blocks);
}

int ck_classify_by(int width, const uint8_t *text, size_t byte_count, ck_block_classes *blocks) {
  if (width == 64 && __builtin_cpu_supports("avx512bw"))
    classify_avx512(text, byte_count, blocks);
  else if (width == 32 && __builtin_cpu_supports("avx2"))
    classify_avx2(text, byte_count, blocks);
  else if (width == 16)
    classify_sse2(text, byte_count, blocks);
  else
    return 0;
  return 1;
}

#else

void ck_classify(const uint8_t *text, size_t byte_count, ck_block_classes *blocks) {
  ck_classify_portable(text, byte_count, blocks);
}

int ck_classify_by(int width, const uint8_t *text, size_t byte_count, ck_block_classes *blocks) {
  return 0;
}

#endif
