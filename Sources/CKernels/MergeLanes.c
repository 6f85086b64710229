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

/// A pair that may have a rule: the slot of its hash above, the place of its left part among the ids and that
/// among the ranks below, 16 bits each. One word: what is written by halves cannot be read at once.
typedef uint64_t pending_rule;

/// The pretokens on their way: for each lane, what it and the next one make, and the rank of that.
typedef struct {
  uint32_t ranks[CK_LANE_WORDS * LANES];
  uint32_t merged[CK_LANE_WORDS * LANES];
  /// Up to seven a pretoken; what may not have a rule is written behind them all the same.
  pending_rule pending[CK_LANE_WORDS * LANES];
} lane_state;

/// One of two, without a branch.
#define EITHER(condition, one, other) (__builtin_unpredictable(condition) ? (one) : (other))
/// Compilers see no condition behind it that they could branch by.
#define OPAQUE(value) __asm__("" : "+r"(value))

/// 1 if a bit of the filter is set, else 0.
AVX2 uint32_t filter_bit(const ck_pair_table *table, uint32_t bit) {
  uint32_t may = table->filter[bit >> 5] >> (bit & 31) & 1;
  OPAQUE(may);
  return may;
}

/// 1 if the filter lets the pair through, else 0.
AVX2 uint32_t may_have_rule(const ck_pair_table *table, uint32_t hash) {
  return filter_bit(table, hash >> table->filter_shift);
}

/// Asks for `rule` behind `end` if `is_wanted` is 1, not if it is 0. Returns the new end.
AVX2 pending_rule *ask_for(const ck_pair_table *table, pending_rule rule, uint32_t is_wanted,
                           pending_rule *end) {
  *end = rule;
  __builtin_prefetch(&table->slots[(rule >> 32) & -is_wanted]);
  return end + is_wanted;
}

/// The same for the pair of the part in `lane` and the next one.
AVX2 pending_rule *ask(const ck_pair_table *table, size_t word, size_t lane, uint32_t hash,
                       uint32_t is_wanted, pending_rule *end) {
  const uint64_t slot = hash >> table->slot_shift;
  const uint64_t places = (word * STRIDE + 1 + lane) << 16 | (word * LANES + lane);
  return ask_for(table, slot << 32 | places, is_wanted, end);
}

/// The slot of a pair, or UINT64_MAX: four at a time, of which the last is free unless more follow.
AVX2 uint64_t rule_slot(const ck_pair_table *table, uint64_t pair, uint32_t slot) {
  slot &= ~(CK_PAIR_BUCKET - 1U);
  while (true) {
    const uint64_t *slots = &table->slots[slot];
    const __m256i four = _mm256_loadu_si256((const __m256i *)slots);
    const __m256i wanted = _mm256_set1_epi64x((long long)pair);
    const __m256i pairs = table->is_narrow ? _mm256_srli_epi64(four, 32)
                                           : _mm256_srli_epi64(four, CK_PAIR_FIELD_BITS);
    const __m256i equal = _mm256_cmpeq_epi64(pairs, wanted);
    const uint32_t found = (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(equal));
    const uint64_t value = slots[__builtin_ctz(found | 8)];
    const uint64_t result = EITHER(found != 0, value, UINT64_MAX);
    uint64_t rest = EITHER(found != 0, 0, ~slots[3]);
    OPAQUE(rest);
    if (__builtin_expect(rest == 0, 1)) return result;
    slot = (slot + CK_PAIR_BUCKET) & table->slot_mask;
  }
}

/// Looks up what is asked for, up to `end`.
AVX2 void find_rules(const ck_pair_table *table, const uint32_t *ids, const pending_rule *end,
                     lane_state *state) {
  for (const pending_rule *next = state->pending; next < end; next++) {
    const pending_rule wanted = *next;
    const uint32_t first = (uint32_t)(wanted >> 32);
    const uint32_t *pair = &ids[wanted >> 16 & 0xFFFF];
    const size_t place = wanted & 0xFFFF;
    if (table->is_narrow) {
      const uint64_t slot = rule_slot(table, (uint64_t)pair[0] << 16 | pair[1], first);
      state->ranks[place] = EITHER(slot == UINT64_MAX, NO_RANK, (uint32_t)slot >> 16);
      state->merged[place] = slot & 0xFFFF;
    } else {
      const uint64_t slot =
          rule_slot(table, (uint64_t)pair[0] << CK_PAIR_FIELD_BITS | pair[1], first);
      const uint32_t rank = slot & ((1U << CK_PAIR_FIELD_BITS) - 1);
      state->ranks[place] = EITHER(slot == UINT64_MAX, NO_RANK, rank);
      state->merged[place] = table->merged[EITHER(slot == UINT64_MAX, 0, rank)];
    }
  }
}

/// Asks for all pairs of a pretoken of `count` parts.
AVX2 pending_rule *ask_for_pairs(const ck_pair_table *table, const uint32_t *ids, size_t word,
                                 size_t count, lane_state *state, pending_rule *end) {
  const __m256i left = _mm256_loadu_si256((const __m256i *)&ids[word * STRIDE + 1]);
  const __m256i right = _mm256_loadu_si256((const __m256i *)&ids[word * STRIDE + 2]);
  const __m256i hashes =
      _mm256_add_epi32(_mm256_mullo_epi32(left, _mm256_set1_epi32((int)CK_PAIR_LEFT)),
                       _mm256_mullo_epi32(right, _mm256_set1_epi32((int)CK_PAIR_RIGHT)));
  _mm256_storeu_si256((__m256i *)&state->ranks[word * LANES], _mm256_set1_epi32(-1));
  // ---- What would be asked for, and by which bits ----
  const __m256i slots = _mm256_srl_epi32(hashes, _mm_cvtsi32_si128(table->slot_shift));
  const __m256i bits = _mm256_srl_epi32(hashes, _mm_cvtsi32_si128(table->filter_shift));
  const __m256i places = _mm256_add_epi32(
      _mm256_set1_epi32((int)((word * STRIDE + 1) << 16 | word * LANES)),
      _mm256_setr_epi32(0, 0x10001, 0x20002, 0x30003, 0x40004, 0x50005, 0x60006, 0x70007));
  uint32_t bit[LANES];
  // Lanes 0, 1, 4 and 5; 2, 3, 6 and 7.
  pending_rule outer[LANES / 2];
  pending_rule inner[LANES / 2];
  _mm256_storeu_si256((__m256i *)bit, bits);
  _mm256_storeu_si256((__m256i *)outer, _mm256_unpacklo_epi32(places, slots));
  _mm256_storeu_si256((__m256i *)inner, _mm256_unpackhi_epi32(places, slots));
  // Most have up to four parts. What is no part has no rule, whatever the filter says.
#define ASK(lane, rule) end = ask_for(table, rule, filter_bit(table, bit[lane]), end)
  ASK(0, outer[0]);
  ASK(1, outer[1]);
  ASK(2, inner[0]);
  if (count <= 4) return end;
  ASK(3, inner[1]);
  ASK(4, outer[2]);
  ASK(5, outer[3]);
  ASK(6, inner[2]);
#undef ASK
  return end;
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
AVX2 pending_rule *join(const ck_pair_table *table, uint32_t *ids, size_t word, size_t lane,
                        lane_state *state, pending_rule *end) {
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
  const uint32_t is_wanted = may_have_rule(table, left_hash) & has_left;
  end = ask(table, word, lane - has_left, left_hash, is_wanted, end);
  return ask(table, word, lane, right_hash, may_have_rule(table, right_hash), end);
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
merge_avx2(const ck_pair_table *rules, uint32_t *ids, uint8_t *counts, size_t word_count) {
  // A copy that nothing else can write to, so that it stays in registers.
  const ck_pair_table table = *rules;
  lane_state state;
  uint8_t active[CK_LANE_WORDS];
  uint8_t lanes[CK_LANE_WORDS];
  pending_rule *end = state.pending;
  for (size_t word = 0; word < word_count; word++) {
    end = ask_for_pairs(&table, ids, word, counts[word], &state, end);
    active[word] = (uint8_t)word;
  }
  find_rules(&table, ids, end, &state);
  size_t count = word_count;
  while ((count = choose(&state, active, lanes, count)) > 0) {
    end = state.pending;
    for (size_t index = 0; index < count; index++) {
      end = join(&table, ids, active[index], lanes[index], &state, end);
      counts[active[index]]--;
    }
    find_rules(&table, ids, end, &state);
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
