// SPDX-License-Identifier: Apache-2.0
// Four of five Korean pretokens that a cache does not know are Hangul alone: their characters are
// numbered at once, where a loop over them ends when no processor foresees it.

#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

/// What the units of a pretoken say, while they are taken in their order.
typedef struct {
  uint64_t before;
  uint32_t meets;
  uint32_t ids;
} unit_sums;

static inline __attribute__((always_inline)) void
take_unit(const ck_whole_character *unit, unit_sums *sums, uint32_t *id) {
  const uint64_t borders = unit->left | (uint64_t)unit->right << 32;
  sums->meets |= (uint32_t)(sums->before & borders >> 32);
  sums->before = borders;
  sums->ids |= unit->id;
  *id = unit->id;
}

__attribute__((target("avx2"))) static size_t
take_avx2(const ck_whole_character *units, const uint8_t *bytes, size_t count, uint32_t no_token,
          uint32_t *ids) {
  const size_t spaces = bytes[0] == ' ';
  const size_t characters = (count - spaces) / 3;
  if (characters * 3 + spaces != count || characters - 1 >= CK_LANES) return 0;
  // ---- Three bytes a lane; eight characters and more are readable ----
  const uint8_t *start = bytes + spaces;
  const __m256i halves = _mm256_inserti128_si256(
      _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)start)),
      _mm_loadu_si128((const __m128i *)(start + 12)), 1);
  const __m256i words = _mm256_shuffle_epi8(
      halves, _mm256_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1, 0, 1, 2, -1, 3,
                               4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1));
  const __m256i used = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)characters),
                                          _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  const __m256i is_three = _mm256_cmpeq_epi32(
      _mm256_and_si256(words, _mm256_set1_epi32(0xC0C0F0)), _mm256_set1_epi32(0x8080E0));
  // ---- Code points, counted from the first syllable ----
  const __m256i high = _mm256_slli_epi32(_mm256_and_si256(words, _mm256_set1_epi32(0x0F)), 12);
  const __m256i middle = _mm256_and_si256(_mm256_srli_epi32(words, 2), _mm256_set1_epi32(0xFC0));
  const __m256i low = _mm256_and_si256(_mm256_srli_epi32(words, 16), _mm256_set1_epi32(0x3F));
  const __m256i syllables =
      _mm256_sub_epi32(_mm256_or_si256(_mm256_or_si256(high, middle), low),
                       _mm256_set1_epi32(CK_FIRST_SYLLABLE));
  const __m256i last = _mm256_set1_epi32(CK_SYLLABLES - 1);
  const __m256i is_syllable = _mm256_cmpeq_epi32(_mm256_min_epu32(syllables, last), syllables);
  if (!_mm256_testc_si256(_mm256_and_si256(is_three, is_syllable), used)) return 0;
  // ---- Their units: the first has that with a space; where there is no character, the one of none ----
  const int first = spaces ? CK_SPACED_UNIT : CK_SYLLABLE_UNIT;
  const __m256i offsets = _mm256_insert_epi32(_mm256_set1_epi32(CK_SYLLABLE_UNIT), first, 0);
  const __m256i numbers = _mm256_blendv_epi8(_mm256_set1_epi32(CK_NO_UNIT),
                                             _mm256_add_epi32(syllables, offsets), used);
  uint32_t places[CK_LANES];
  _mm256_storeu_si256((__m256i *)places, numbers);
  // ---- Their tokens, if each has one and no rule may join two by halves ----
  unit_sums sums = {0, 0, 0};
  uint32_t taken[CK_LANES];
  for (size_t lane = 0; lane < 4; lane++) take_unit(&units[places[lane]], &sums, &taken[lane]);
  if (characters > 4)
    for (size_t lane = 4; lane < CK_LANES; lane++)
      take_unit(&units[places[lane]], &sums, &taken[lane]);
  if (sums.meets != 0 || (int32_t)sums.ids < 0) return 0;
  _mm256_storeu_si256((__m256i *)ids,
                      _mm256_blendv_epi8(_mm256_set1_epi32((int)no_token),
                                         _mm256_loadu_si256((const __m256i *)taken), used));
  return characters;
}

size_t ck_take_syllables(const ck_whole_character *units, const uint8_t *bytes, size_t count,
                         uint32_t no_token, uint32_t *ids) {
  return take_avx2(units, bytes, count, no_token, ids);
}

#else

size_t ck_take_syllables(const ck_whole_character *units, const uint8_t *bytes, size_t count,
                         uint32_t no_token, uint32_t *ids) {
  __builtin_trap();
}

#endif
