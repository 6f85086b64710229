// SPDX-License-Identifier: Apache-2.0
// The few small kernels that Swift cannot say, or cannot say fast: each with a portable fallback.

#ifndef MALMOI_CKERNELS_H
#define MALMOI_CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Begins to load the cache line at `address`, which need not be valid, for reading.
static inline void ck_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/// Writes the eight 16-bit numbers of `low` and `high`, lowest first, as 32-bit ones to `ids`.
static inline void ck_widen(uint64_t low, uint64_t high, uint32_t *ids) {
#if defined(__SSE2__)
  const __m128i words = _mm_set_epi64x((long long)high, (long long)low);
  const __m128i zero = _mm_setzero_si128();
  _mm_storeu_si128((__m128i *)ids, _mm_unpacklo_epi16(words, zero));
  _mm_storeu_si128((__m128i *)(ids + 4), _mm_unpackhi_epi16(words, zero));
#else
  for (int lane = 0; lane < 4; lane++) {
    ids[lane] = (uint16_t)(low >> (16 * lane));
    ids[lane + 4] = (uint16_t)(high >> (16 * lane));
  }
#endif
}

/// Gives the mapping at `address` a new size, perhaps at a new address, by moving its pages; null if
/// there is no room. Variadic functions such as mremap cannot be called from Swift.
void *ck_grow_mapping(void *address, size_t old_count, size_t new_count);

/// Whether this processor merges lanes; elsewhere the two functions below must not be called.
bool ck_can_merge_lanes(void);

/// Parts of a pretoken that are merged side by side, and how far the first parts of two pretokens are apart.
#define CK_LANES 8
#define CK_LANE_STRIDE 10
/// The most pretokens at a time.
#define CK_LANE_WORDS 64

/// The rules of BPE by their pairs: open addressing with linear probing, a filter in front.
///
/// The first bits of the hash of a pair are its bit of the filter, and a slot of the bucket at whose start
/// its rule is looked for: the slots of a bucket are used in order. Narrow slots hold the ids
/// of the pair, the rank and the merged id, 16 bits each; wide ones the ids and the rank, 21 bits each,
/// and `merged` the id for each rank. All bits of a free one are set.
typedef struct {
  const uint64_t *slots;
  const uint32_t *filter;
  const uint32_t *merged;
  uint32_t slot_mask;
  uint8_t slot_shift;
  uint8_t filter_shift;
  bool is_narrow;
  uint32_t no_token;
} ck_pair_table;

#define CK_PAIR_FIELD_BITS 21
#define CK_PAIR_BUCKET 4
/// The hash of a pair is the sum of its ids, each times its own factor: eight are made at once.
#define CK_PAIR_LEFT 0x9E3779B1U
#define CK_PAIR_RIGHT 0x85EBCA77U

/// Joins the parts of `word_count` pretokens, the lowest rank first and the leftmost of equals, until no
/// rule applies.
///
/// The parts of each are `counts` ids from 1 to CK_LANES from the second of CK_LANE_STRIDE numbers on;
/// all others are `no_token`, and become so.
void ck_merge_lanes(const ck_pair_table *table, uint32_t *ids, uint8_t *counts, size_t word_count);

/// A character that is one token: its id, negative if it is none or several; the highest rank of the merges
/// that made it; and bits that it shares with a neighbour if rules may join halves of the two.
typedef struct {
  uint32_t id;
  uint32_t made_by;
  uint32_t left;
  uint32_t right;
} ck_whole_character;

/// How characters are numbered as units.
enum {
  CK_FIRST_SYLLABLE = 0xAC00,
  CK_SYLLABLES = 11172,
  /// Below, code points are their own numbers; from U+3000 on, those of three bytes follow.
  CK_WIDE_UNIT = 0x800,
  CK_FIRST_WIDE = 0x3000,
  /// The first syllable, that behind a space, and no character, whose record is of zeros: behind all others.
  CK_SYLLABLE_UNIT = CK_WIDE_UNIT + CK_FIRST_SYLLABLE - CK_FIRST_WIDE,
  CK_SPACED_UNIT = CK_SYLLABLE_UNIT + CK_SYLLABLES,
  CK_NO_UNIT = CK_SPACED_UNIT + CK_SYLLABLES,
};

/// Writes the tokens of a pretoken of up to CK_LANES Hangul syllables, with a space before them or not, to
/// `ids`, `no_token` behind them; returns their number, 0 if it is not that or if a unit is not one token
/// or a border may be joined by halves. 64 bytes behind the pretoken must be readable.
size_t ck_take_syllables(const ck_whole_character *units, const uint8_t *bytes, size_t count,
                         uint32_t no_token, uint32_t *ids);

/// How bytes become the key of a pretoken of one length, with or without a leading space, and which
/// lines of the cache are for it: looked up, since lengths are anything but predictable.
typedef struct {
  /// The bits of the first and of the next eight bytes that belong to the pretoken.
  uint64_t low_mask;
  uint64_t high_mask;
  /// The length, plus 16 for a leading space, in the top byte of the one of them that has room.
  uint64_t low_meta;
  uint64_t high_meta;
  uint64_t line_count;
  uint64_t first_line;
  /// All bits set if the key is all in the low word, else none.
  uint64_t is_short;
  /// The lowest bit is not set if the lines are pairs.
  uint64_t line_mask;
} ck_key_shape;

/// The most pretokens whose keys are made at a time.
#define CK_KEY_BATCH 64
/// A key is mixed with these before its halves are multiplied.
#define CK_KEY_SALT_LOW 0xA0761D6478BD642FULL
#define CK_KEY_SALT_HIGH 0xE7037ED1A0B428DBULL

/// Pretokens of a text: each ends where the next begins, the first begins at `start`.
typedef struct {
  const uint8_t *text;
  uint64_t text_count;
  const uint32_t *ends;
  size_t count;
  uint32_t start;
} ck_pretokens;

/// Which of the pretokens have less than 8 bytes behind their space, and which more than 15: a bit each.
typedef struct {
  bool are_valid;
  uint64_t short_slots;
  uint64_t long_slots;
} ck_key_slots;

/// Whether this processor makes keys at once; elsewhere the function below must not be called.
bool ck_can_make_keys(void);

/// Makes the keys of 1 to CK_KEY_BATCH pretokens, two words each, and the lines of the cache where they
/// belong; those of more than 15 bytes are of no use. Nothing is made, and they are not valid, if they do
/// not ascend or reach beyond the text, behind which 64 bytes must be readable. `shapes` are 32: by
/// lengths below 16, and behind them the same with a space.
ck_key_slots ck_make_keys(const ck_key_shape *shapes, ck_pretokens pretokens, uint64_t (*keys)[2],
                          uint32_t *lines);

/// What 64 bytes of text are: bit i of each word stands for byte i.
typedef struct {
  /// All bytes of ASCII letters, and of well-formed Hangul syllables but U+D780 to U+D7A3.
  uint64_t letters;
  /// ASCII upper-case letters.
  uint64_t upper;
  /// ASCII digits.
  uint64_t digits;
  /// U+0020 alone.
  uint64_t spaces;
  /// ASCII white space: U+0009 to U+000D, and U+0020.
  uint64_t blanks;
  /// Bytes above 0x7F that are not in `letters`: characters to be looked at one by one.
  uint64_t uncommon;
  /// U+0027.
  uint64_t apostrophes;
  /// ASCII letters alone.
  uint64_t ascii_letters;
  /// U+000A and U+000D.
  uint64_t line_ends;
  /// U+002F.
  uint64_t slashes;
  /// U+0000 to U+001F but white space, and U+007F.
  uint64_t controls;
} ck_block_classes;

/// Classifies the bytes of `text`, 64 a block; bits behind the text are zero.
///
/// `blocks` has room for (byte_count + 63) / 64. 64 bytes behind the text must be readable; their
/// values do not matter.
void ck_classify(const uint8_t *text, size_t byte_count, ck_block_classes *blocks);

/// The same without vector instructions: the fallback, and the oracle of the tests.
void ck_classify_portable(const uint8_t *text, size_t byte_count, ck_block_classes *blocks);

/// The same with vectors of `width` bytes, for the tests; 0 if this processor has none.
int ck_classify_by(int width, const uint8_t *text, size_t byte_count, ck_block_classes *blocks);

/// How many characters, eojeols and syllables a text has.
typedef struct {
  /// Code points but line ends: U+000A, and U+000D in front of it.
  size_t characters;
  /// Maximal runs of what is not Unicode White_Space.
  size_t eojeols;
  /// U+AC00 to U+D7A3.
  size_t syllables;
} ck_text_measure;

/// Measures `text`, which is well-formed UTF-8.
void ck_measure_text(const uint8_t *text, size_t count, ck_text_measure *sums);

/// The same without vector instructions: the fallback, for the tests.
void ck_measure_text_portable(const uint8_t *text, size_t count, ck_text_measure *sums);

/// The offset of the first character that is not plain, or `count`.
///
/// Bit c of `plain` (65,536 bits, least significant first) says whether code point c is. Beyond the
/// Basic Multilingual Plane U+1F300-1FAFF and U+20000-2F7FF are plain and nothing else. Hangul
/// syllables, U+4000-9FFF and printable ASCII must be plain, and tabs and line feeds too unless
/// `asks_lines`: they are not looked up. Bytes that are not UTF-8 are passed over.
size_t ck_skip_plain(const uint8_t *text, size_t count, const uint8_t *plain, bool asks_lines);

/// The same with the instructions that every processor of the architecture has.
size_t ck_skip_plain_baseline(
    const uint8_t *text, size_t count, const uint8_t *plain, bool asks_lines);

/// The same one character at a time by the table alone: the oracle of the tests.
size_t ck_skip_plain_portable(const uint8_t *text, size_t count, const uint8_t *plain);

/// What ck_compose_jamo has done: bytes read and written, syllables among them.
typedef struct {
  size_t read;
  size_t written;
  size_t syllables;
} ck_composed;

/// Composes modern syllables spelled with conjoining jamo, from the start of `text` as far as there is
/// nothing but them and printable ASCII; the last 11 bytes are left out. `output` has room for `count`
/// bytes and does not overlap `text`.
ck_composed ck_compose_jamo(const uint8_t *text, size_t count, uint8_t *output);

typedef enum { CK_JSON_ABSENT, CK_JSON_STRING, CK_JSON_INTEGER, CK_JSON_OTHER } ck_json_kind;

/// A field of a line: for a string what stands between its quotes, for an integer its digits.
typedef struct {
  const uint8_t *start;
  size_t count;
  ck_json_kind kind;
} ck_json_value;

typedef struct {
  const uint8_t *name;
  size_t count;
} ck_json_name;

/// Values whose heads are remembered, and how long those may be.
#define CK_JSON_HEAD_COUNT 16
#define CK_JSON_HEAD_BYTES 32

/// What stands before a value: a brace or a comma, a name and a colon.
typedef struct {
  uint8_t bytes[CK_JSON_HEAD_BYTES];
  /// A bit for each of `count` bytes.
  uint32_t mask;
  uint8_t count;
  /// The index of the name, -1 if nobody asked for it.
  int8_t index;
} ck_json_head;

/// What stood before the values of earlier lines, in their order. Goes with one list of names.
typedef struct {
  ck_json_head heads[CK_JSON_HEAD_COUNT];
  size_t count;
} ck_json_heads;

/// Takes fields out of JSON lines, `capacity` of them at most, each an object of strings, numbers and
/// literals alone in well-formed UTF-8: the string of the first of `names` goes to `text` without its
/// escapes, behind that of the line before; of the others those with escapes are not taken. Of several
/// fields of a name the last counts.
///
/// `bytes` are `count`, and 64 more are readable; the first line begins at `start`. Returns the number of
/// lines: where each ends before its line feed, and where its text ends, and `name_count` values of each,
/// 127 at most. The first line of another shape, whether it is valid or not, or whose first field is no
/// string, ends them. `text` has room for the bytes from `start` on and 64.
size_t ck_json_lines(ck_json_heads *heads, const uint8_t *bytes, size_t start, size_t count,
                     const ck_json_name *names, size_t name_count, size_t *line_ends,
                     size_t *text_ends, ck_json_value *values, size_t capacity, uint8_t *text);

/// The same without vector instructions.
size_t ck_json_lines_portable(ck_json_heads *heads, const uint8_t *bytes, size_t start, size_t count,
                              const ck_json_name *names, size_t name_count, size_t *line_ends,
                              size_t *text_ends, ck_json_value *values, size_t capacity,
                              uint8_t *text);

#endif
