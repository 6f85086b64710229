// SPDX-License-Identifier: Apache-2.0
#include "JSONBlocks.h"

#include <stdbool.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// The length of the well-formed UTF-8 sequence at `bytes`, of `count`; 0 if there is none.
/// Source: The Unicode Standard, table 3-7.
static size_t sequence_length(const uint8_t *bytes, size_t count) {
  const uint8_t lead = bytes[0];
  if (lead < 0x80) return 1;
  const size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (lead < 0xC2 || lead > 0xF4 || count < length) return 0;
  const uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (bytes[1] < low || bytes[1] > high) return 0;
  for (size_t index = 2; index < length; index++) {
    if (bytes[index] < 0x80 || bytes[index] > 0xBF) return 0;
  }
  return length;
}

void ck_json_look_portable(ck_json_blocks *blocks) {
  const size_t start = blocks->known * 64;
  const size_t end = start + AHEAD * 64 < blocks->count ? start + AHEAD * 64 : blocks->count;
  for (size_t block = 0; block < AHEAD; block++) {
    blocks->stops[(blocks->known + block) % (2 * AHEAD)] = 0;
  }
  for (size_t index = start; index < end; index++) {
    const uint8_t byte = blocks->bytes[index];
    if (byte == '"' || byte == '\\' || byte < 0x20) {
      blocks->stops[index / 64 % (2 * AHEAD)] |= 1ull << (index % 64);
    }
  }
  while (blocks->checked < end && blocks->fault == NO_FAULT) {
    const size_t at = blocks->checked;
    const size_t length = sequence_length(blocks->bytes + at, blocks->count - at);
    if (length == 0) blocks->fault = at / 64;
    blocks->checked += length;
  }
  blocks->known += AHEAD;
}

#if defined(__x86_64__)
#define INLINED_AVX2 static inline __attribute__((always_inline, target("avx2")))

/// A bit for each quote, backslash and control character of 32 bytes.
INLINED_AVX2 uint32_t string_stops(__m256i bytes) {
  // A byte equals what its low four bits select only if it is one of the two; bytes above 0x7F select 0.
  const __m256i marks = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(-1, -1, '"', -1, -1, -1, -1, -1, -1, -1, -1, -1, '\\', -1, -1, -1));
  const __m256i is_mark = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(marks, bytes), bytes);
  const __m256i is_control =
      _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1F)), bytes);
  return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(is_mark, is_control));
}

// What may be wrong with two bytes in a row, a bit each: a pair is ill-formed if the high half of the
// first, its low half and the high half of the second all allow for it. TWO_MORE is right where the byte
// before began a sequence of three, or the one before that a sequence of four. Source: Keiser and Lemire,
// Validating UTF-8 in less than one instruction per byte, 2021.
enum {
  TOO_SHORT = 1 << 0,
  TOO_LONG = 1 << 1,
  OVERLONG_3 = 1 << 2,
  TOO_LARGE = 1 << 3,
  SURROGATE = 1 << 4,
  OVERLONG_2 = 1 << 5,
  OVERLONG_4 = 1 << 6,
  TOO_LARGE_80 = 1 << 6,
  TWO_MORE = 1 << 7,
  ANY_LOW = TOO_SHORT | TOO_LONG | TWO_MORE,
  ABOVE_4 = ANY_LOW | TOO_LARGE | TOO_LARGE_80,
  SECOND = TOO_LONG | OVERLONG_2 | TWO_MORE,
};

static const uint8_t first_high[16] = {
    TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
    TWO_MORE, TWO_MORE, TWO_MORE, TWO_MORE,
    TOO_SHORT | OVERLONG_2, TOO_SHORT, TOO_SHORT | OVERLONG_3 | SURROGATE,
    TOO_SHORT | TOO_LARGE | TOO_LARGE_80 | OVERLONG_4};
static const uint8_t first_low[16] = {
    ANY_LOW | OVERLONG_3 | OVERLONG_2 | OVERLONG_4, ANY_LOW | OVERLONG_2, ANY_LOW, ANY_LOW,
    ANY_LOW | TOO_LARGE, ABOVE_4, ABOVE_4, ABOVE_4, ABOVE_4, ABOVE_4, ABOVE_4, ABOVE_4, ABOVE_4,
    ABOVE_4 | SURROGATE, ABOVE_4, ABOVE_4};
static const uint8_t second_high[16] = {
    TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
    SECOND | OVERLONG_3 | TOO_LARGE_80 | OVERLONG_4, SECOND | OVERLONG_3 | TOO_LARGE,
    SECOND | SURROGATE | TOO_LARGE, SECOND | SURROGATE | TOO_LARGE,
    TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT};

INLINED_AVX2 __m256i table(const uint8_t *table) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table));
}

/// Not 0 where one of 32 bytes goes on in no well-formed way from the three before it, of which the first
/// have theirs in `before`.
INLINED_AVX2 __m256i utf8_faults(__m256i before, __m256i bytes) {
  const __m256i half = _mm256_set1_epi8(0x0F);
  const __m256i across = _mm256_permute2x128_si256(before, bytes, 0x21);
  const __m256i first = _mm256_alignr_epi8(bytes, across, 15);
  const __m256i pairs = _mm256_and_si256(
      _mm256_and_si256(
          _mm256_shuffle_epi8(
              table(first_high), _mm256_and_si256(_mm256_srli_epi16(first, 4), half)),
          _mm256_shuffle_epi8(table(first_low), _mm256_and_si256(first, half))),
      _mm256_shuffle_epi8(
          table(second_high), _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half)));
  // The high bit where two bytes back stands E0 or more, or three bytes back F0 or more.
  const __m256i third = _mm256_subs_epu8(
      _mm256_alignr_epi8(bytes, across, 14), _mm256_set1_epi8(0xE0 - 0x80));
  const __m256i fourth = _mm256_subs_epu8(
      _mm256_alignr_epi8(bytes, across, 13), _mm256_set1_epi8(0xF0 - 0x80));
  const __m256i more =
      _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));
  return _mm256_xor_si256(more, pairs);
}

INLINED_AVX2 uint32_t bits_of_zero(__m256i bytes) {
  return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_setzero_si256()));
}

__attribute__((target("avx2"))) void ck_json_look_avx2(ck_json_blocks *blocks) {
  const size_t first = blocks->known;
  const size_t count = (blocks->count + 63) / 64;
  const size_t end = first + AHEAD < count ? first + AHEAD : count;
  __m256i before = _mm256_setzero_si256();
  if (first > 0) before = _mm256_loadu_si256((const __m256i *)(blocks->bytes + first * 64 - 32));
  for (size_t block = first; block < end; block++) {
    const __m256i *text = (const __m256i *)(blocks->bytes + block * 64);
    const __m256i low = _mm256_loadu_si256(text), high = _mm256_loadu_si256(text + 1);
    const uint64_t within = low_bits(blocks->count - block * 64);
    const uint64_t stops = string_stops(low) | (uint64_t)string_stops(high) << 32;
    blocks->stops[block % (2 * AHEAD)] = stops & within;
    // Nothing is to be checked where there is nothing but ASCII.
    if (!_mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(before, low), high))) continue;
    const __m256i low_faults = utf8_faults(before, low), high_faults = utf8_faults(low, high);
    const __m256i faults = _mm256_or_si256(low_faults, high_faults);
    before = high;
    if (__builtin_expect(!_mm256_testz_si256(faults, faults), 0) && blocks->fault == NO_FAULT) {
      const uint64_t good = bits_of_zero(low_faults) | (uint64_t)bits_of_zero(high_faults) << 32;
      if (~good & within) blocks->fault = block;
    }
  }
  for (size_t block = end; block < first + AHEAD; block++) blocks->stops[block % (2 * AHEAD)] = 0;
  blocks->known = first + AHEAD;
}
#endif
