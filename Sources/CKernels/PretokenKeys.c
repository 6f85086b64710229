// SPDX-License-Identifier: Apache-2.0
// Every pretoken of a text goes this way, the known ones too, and it is the longest part of theirs.

#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

/// Whether `ends`, at most 64, ascend from behind `start` to `limit` at most.
__attribute__((target("avx2"), always_inline)) static inline bool
ascend(uint32_t start, const uint32_t *ends, size_t count, uint64_t limit) {
  uint32_t fallen = start >= ends[0] || ends[count - 1] > limit;
  size_t index = 1;
  __m256i kept = _mm256_set1_epi32(-1);
  for (; index + 8 <= count; index += 8) {
    const __m256i before = _mm256_loadu_si256((const __m256i *)&ends[index - 1]);
    const __m256i after = _mm256_loadu_si256((const __m256i *)&ends[index]);
    // Less than the one behind it: no more than the lesser of the two, and not equal.
    const __m256i grown = _mm256_cmpeq_epi32(_mm256_min_epu32(before, after), before);
    kept = _mm256_and_si256(kept, _mm256_andnot_si256(_mm256_cmpeq_epi32(before, after), grown));
  }
  for (; index < count; index++) fallen |= ends[index - 1] >= ends[index];
  return _mm256_movemask_epi8(kept) == -1 && !fallen;
}

__attribute__((target("avx2,bmi,bmi2"))) static ck_key_slots
make_keys_avx2(const ck_key_shape *shapes, ck_pretokens pretokens, uint64_t (*keys)[2],
               uint32_t *lines) {
  const uint32_t *ends = pretokens.ends;
  const size_t count = pretokens.count;
  ck_key_slots slots = {false, 0, 0};
  if (!ascend(pretokens.start, ends, count, pretokens.text_count)) return slots;
  const uint8_t *text = pretokens.text;
  const __m128i salt = _mm_set_epi64x((long long)CK_KEY_SALT_HIGH, (long long)CK_KEY_SALT_LOW);
  uint8_t counts[CK_KEY_BATCH] __attribute__((aligned(32)));
  uint64_t start = pretokens.start;
  for (size_t slot = 0; slot < count; slot++) {
    // ---- Its bytes behind the space ----
    const uint64_t end = ends[slot];
    const uint64_t space = text[start] == ' ';
    const uint8_t *bytes = text + start + space;
    const uint64_t byte_count = end - start - space;
    counts[slot] = (uint8_t)(byte_count < 16 ? byte_count : 16);
    // ---- Its key; of more than 15 bytes something that nobody looks at ----
    const ck_key_shape *shape = &shapes[(byte_count & 15) | space << 4];
    const __m128i word = _mm_loadu_si128((const __m128i *)bytes);
    const __m128i key =
        _mm_or_si128(_mm_and_si128(word, _mm_loadu_si128((const __m128i *)&shape->low_mask)),
                     _mm_loadu_si128((const __m128i *)&shape->low_meta));
    _mm_storeu_si128((__m128i *)keys[slot], key);
    // ---- Its line ----
    const __m128i salted = _mm_xor_si128(key, salt);
    const uint64_t upper = (uint64_t)_mm_extract_epi64(salted, 1);
    const unsigned __int128 product =
        (unsigned __int128)(uint64_t)_mm_cvtsi128_si64(salted) * upper;
    const uint64_t hash = (uint64_t)(product >> 64) ^ (uint64_t)product;
    const uint64_t line = ((hash >> 32) * shape->line_count >> 32) + shape->first_line;
    lines[slot] = (uint32_t)(line & shape->line_mask);
    start = end;
  }
  // ---- Which are short, and which are none of these ----
  const __m256i seven = _mm256_set1_epi8(7);
  const __m256i fifteen = _mm256_set1_epi8(15);
  for (size_t half = 0; half < CK_KEY_BATCH; half += 32) {
    const __m256i these = _mm256_load_si256((const __m256i *)&counts[half]);
    const uint32_t not_short = (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(these, seven));
    const uint32_t are_long = (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(these, fifteen));
    slots.short_slots |= (uint64_t)~not_short << half;
    slots.long_slots |= (uint64_t)are_long << half;
  }
  const uint64_t all = count == 64 ? UINT64_MAX : ((uint64_t)1 << count) - 1;
  slots.short_slots &= all;
  slots.long_slots &= all;
  slots.are_valid = true;
  return slots;
}

bool ck_can_make_keys(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
}

ck_key_slots ck_make_keys(const ck_key_shape *shapes, ck_pretokens pretokens, uint64_t (*keys)[2],
                          uint32_t *lines) {
  return make_keys_avx2(shapes, pretokens, keys, lines);
}

#else

bool ck_can_make_keys(void) { return false; }

ck_key_slots ck_make_keys(const ck_key_shape *shapes, ck_pretokens pretokens, uint64_t (*keys)[2],
                          uint32_t *lines) {
  __builtin_trap();
}

#endif
