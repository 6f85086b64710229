// SPDX-License-Identifier: Apache-2.0
// A pretoken that the cache does not know costs a merge or two and some six look-ups of rules, each of
// which waits for memory or for a branch that was foreseen wrongly. Here many pretokens go the same step
// together: what they look up is on its way meanwhile, and hardly a branch depends on a pretoken.

#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define LANES CK_LANES
#define STRIDE CK_LANE_STRIDE
#define NO_RANK 0xFFFFFFFFU
#define AVX2 static inline __attribute__((target("avx2,bmi,bmi2"), always_inline))

/// A pair that may have a rule: its hash above, the place of its left part among the ids and that among the
/// ranks below, 16 bits each. One word: what is written by halves cannot be read at once.
typedef uint64_t pending_rule;

/// The pretokens on their way: for each lane, what it and the next one make, and the rank of that.
typedef struct {
  uint32_t ranks[CK_LANE_WORDS * LANES];
  uint32_t merged[CK_LANE_WORDS * LANES];
  /// Up to seven a pretoken; what may not have a rule is written behind them all the same.
  pending_rule pending[CK_LANE_WORDS * LANES];
  size_t pending_count;
} lane_state;

/// One of two, without a branch.
#define EITHER(condition, one, other) (__builtin_unpredictable(condition) ? (one) : (other))
/// Compilers see no condition behind it that they could branch by.
#define OPAQUE(value) __asm__("" : "+r"(value))

/// 1 if the filter lets the pair through, else 0.
AVX2 uint32_t may_have_rule(const ck_pair_table *table, uint32_t hash) {
  const uint32_t bit = hash >> table->filter_shift;
  uint32_t may = table->filter[bit >> 5] >> (bit & 31) & 1;
  OPAQUE(may);
  return may;
}

/// Asks for the rule of a pair if `is_wanted` is 1, not if it is 0; `lane` is that of its left part.
AVX2 void ask(const ck_pair_table *table, size_t word, size_t lane, uint32_t hash,
              uint32_t is_wanted, lane_state *state) {
  const uint64_t places = (word * STRIDE + 1 + lane) << 16 | (word * LANES + lane);
  state->pending[state->pending_count] = (uint64_t)hash << 32 | places;
  state->pending_count += is_wanted;
  __builtin_prefetch(&table->slots[(hash >> table->slot_shift) & -is_wanted]);
}

/// The slot of a pair, or UINT64_MAX, without a branch in nine of ten cases: the slot of its hash or the
/// next one has it, or one of the two is free.
AVX2 uint64_t rule_slot(const ck_pair_table *table, uint64_t pair, uint32_t hash) {
  const uint32_t pair_shift = table->is_narrow ? 32 : CK_PAIR_FIELD_BITS;
  uint32_t slot = hash >> table->slot_shift;
  while (true) {
    const uint64_t first = table->slots[slot];
    const uint64_t second = table->slots[(slot + 1) & table->slot_mask];
    const uint64_t behind = EITHER(second >> pair_shift == pair, second, UINT64_MAX);
    const uint64_t found = EITHER(first >> pair_shift == pair, first, behind);
    // A free slot is greater than any other.
    const uint64_t greater = EITHER(first > second, first, second);
    uint64_t rest = EITHER(found != UINT64_MAX, 0, ~greater);
    OPAQUE(rest);
    if (__builtin_expect(rest == 0, 1)) return found;
    slot = (slot + 2) & table->slot_mask;
  }
}

/// Looks up what is asked for.
AVX2 void find_rules(const ck_pair_table *table, const uint32_t *ids, lane_state *state) {
  for (size_t index = 0; index < state->pending_count; index++) {
    const pending_rule wanted = state->pending[index];
    const uint32_t hash = (uint32_t)(wanted >> 32);
    const uint32_t *pair = &ids[wanted >> 16 & 0xFFFF];
    const size_t place = wanted & 0xFFFF;
    if (table->is_narrow) {
      const uint64_t slot = rule_slot(table, (uint64_t)pair[0] << 16 | pair[1], hash);
      state->ranks[place] = EITHER(slot == UINT64_MAX, NO_RANK, (uint32_t)slot >> 16);
      state->merged[place] = slot & 0xFFFF;
    } else {
      const uint64_t slot =
          rule_slot(table, (uint64_t)pair[0] << CK_PAIR_FIELD_BITS | pair[1], hash);
      const uint32_t rank = slot & ((1U << CK_PAIR_FIELD_BITS) - 1);
      state->ranks[place] = EITHER(slot == UINT64_MAX, NO_RANK, rank);
      state->merged[place] = table->merged[EITHER(slot == UINT64_MAX, 0, rank)];
    }
  }
}

/// Asks for all pairs of a pretoken of `count` parts.
AVX2 void ask_for_pairs(const ck_pair_table *table, const uint32_t *ids, size_t word, size_t count,
                        lane_state *state) {
  const __m256i left = _mm256_loadu_si256((const __m256i *)&ids[word * STRIDE + 1]);
  const __m256i right = _mm256_loadu_si256((const __m256i *)&ids[word * STRIDE + 2]);
  uint32_t hashes[LANES];
  _mm256_storeu_si256(
      (__m256i *)hashes,
      _mm256_add_epi32(_mm256_mullo_epi32(left, _mm256_set1_epi32((int)CK_PAIR_LEFT)),
                       _mm256_mullo_epi32(right, _mm256_set1_epi32((int)CK_PAIR_RIGHT))));
  _mm256_storeu_si256((__m256i *)&state->ranks[word * LANES], _mm256_set1_epi32(-1));
  // Most have up to four parts. What is no part has no rule, whatever the filter says.
  for (size_t lane = 0; lane < 3; lane++)
    ask(table, word, lane, hashes[lane], may_have_rule(table, hashes[lane]), state);
  if (count <= 4) return;
  for (size_t lane = 3; lane < LANES - 1; lane++)
    ask(table, word, lane, hashes[lane], may_have_rule(table, hashes[lane]), state);
}

/// The lanes behind the first of those that are joined move up.
static const int32_t closing[LANES - 1][LANES] __attribute__((aligned(32))) = {
    {0, 2, 3, 4, 5, 6, 7, 7}, {0, 1, 3, 4, 5, 6, 7, 7}, {0, 1, 2, 4, 5, 6, 7, 7},
    {0, 1, 2, 3, 5, 6, 7, 7}, {0, 1, 2, 3, 4, 6, 7, 7}, {0, 1, 2, 3, 4, 5, 7, 7},
    {0, 1, 2, 3, 4, 5, 6, 7},
};

/// The pairs on either side of it, and the last, are none until they are looked up.
static const int32_t unknown[LANES - 1][LANES] __attribute__((aligned(32))) = {
    {-1, 0, 0, 0, 0, 0, 0, -1}, {-1, -1, 0, 0, 0, 0, 0, -1}, {0, -1, -1, 0, 0, 0, 0, -1},
    {0, 0, -1, -1, 0, 0, 0, -1}, {0, 0, 0, -1, -1, 0, 0, -1}, {0, 0, 0, 0, -1, -1, 0, -1},
    {0, 0, 0, 0, 0, -1, -1, -1},
};

/// Joins the pair of `lane` of a pretoken, and asks for the pairs on either side.
AVX2 void join(const ck_pair_table *table, uint32_t *ids, size_t word, size_t lane,
               lane_state *state) {
  uint32_t *parts = &ids[word * STRIDE + 1];
  const uint32_t made = state->merged[word * LANES + lane];
  const uint32_t before = parts[(ptrdiff_t)lane - 1];
  const uint32_t after = parts[lane + 2];
  // ---- Close the gap ----
  const __m256i close = _mm256_load_si256((const __m256i *)closing[lane]);
  const __m256i none = _mm256_load_si256((const __m256i *)unknown[lane]);
  const __m256i kept = _mm256_permutevar8x32_epi32(_mm256_loadu_si256((__m256i *)parts), close);
  const __m256i last = _mm256_set1_epi32((int)table->no_token);
  _mm256_storeu_si256((__m256i *)parts, _mm256_blend_epi32(kept, last, 0x80));
  parts[lane] = made;
  __m256i *ranks = (__m256i *)&state->ranks[word * LANES];
  __m256i *merged = (__m256i *)&state->merged[word * LANES];
  const __m256i kept_ranks = _mm256_permutevar8x32_epi32(_mm256_loadu_si256(ranks), close);
  _mm256_storeu_si256(ranks, _mm256_or_si256(kept_ranks, none));
  _mm256_storeu_si256(merged, _mm256_permutevar8x32_epi32(_mm256_loadu_si256(merged), close));
  // ---- Ask for what is new; before the first lane there is nothing ----
  const uint32_t has_left = lane > 0;
  const uint32_t left_hash = before * CK_PAIR_LEFT + made * CK_PAIR_RIGHT;
  const uint32_t right_hash = made * CK_PAIR_LEFT + after * CK_PAIR_RIGHT;
  ask(table, word, lane - has_left, left_hash, may_have_rule(table, left_hash) & has_left, state);
  ask(table, word, lane, right_hash, may_have_rule(table, right_hash), state);
}

/// Keeps in `active` the pretokens that have a pair to join, and notes in `lanes` which: the first of the
/// lowest rank. Returns their number.
AVX2 size_t choose(const lane_state *state, uint8_t *active, uint8_t *lanes, size_t count) {
  size_t chosen = 0;
  for (size_t index = 0; index < count; index++) {
    const uint8_t word = active[index];
    const __m256i ranks = _mm256_loadu_si256((const __m256i *)&state->ranks[word * LANES]);
    __m128i least =
        _mm_min_epu32(_mm256_castsi256_si128(ranks), _mm256_extracti128_si256(ranks, 1));
    least = _mm_min_epu32(least, _mm_shuffle_epi32(least, 0x4E));
    least = _mm_min_epu32(least, _mm_shuffle_epi32(least, 0xB1));
    const __m256i equal = _mm256_cmpeq_epi32(ranks, _mm256_broadcastd_epi32(least));
    active[chosen] = word;
    lanes[chosen] =
        (uint8_t)__builtin_ctz((uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(equal)));
    chosen += (uint32_t)_mm_cvtsi128_si32(least) != NO_RANK;
  }
  return chosen;
}

static __attribute__((target("avx2,bmi,bmi2"))) void
merge_avx2(const ck_pair_table *table, uint32_t *ids, uint8_t *counts, size_t word_count) {
  lane_state state;
  uint8_t active[CK_LANE_WORDS];
  uint8_t lanes[CK_LANE_WORDS];
  state.pending_count = 0;
  for (size_t word = 0; word < word_count; word++) {
    ask_for_pairs(table, ids, word, counts[word], &state);
    active[word] = (uint8_t)word;
  }
  find_rules(table, ids, &state);
  size_t count = word_count;
  while ((count = choose(&state, active, lanes, count)) > 0) {
    state.pending_count = 0;
    for (size_t index = 0; index < count; index++) {
      join(table, ids, active[index], lanes[index], &state);
      counts[active[index]]--;
    }
    find_rules(table, ids, &state);
  }
}

bool ck_can_merge_lanes(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
}

void ck_merge_lanes(const ck_pair_table *table, uint32_t *ids, uint8_t *counts,
                    size_t word_count) {
  merge_avx2(table, ids, counts, word_count);
}

#else

bool ck_can_merge_lanes(void) { return false; }

void ck_merge_lanes(const ck_pair_table *table, uint32_t *ids, uint8_t *counts,
                    size_t word_count) {
  __builtin_trap();
}

#endif
