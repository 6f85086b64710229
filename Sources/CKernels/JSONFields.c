// SPDX-License-Identifier: Apache-2.0
#include "CKernels.h"
#include "JSONBlocks.h"

#include <stdbool.h>
#include <string.h>

// Lines of JSON in the shape that corpora have: objects of strings, numbers and literals. Whatever
// else stands there, however valid, is left to the parser behind this. JSONBlocks.h has the first step; the
// second, here, goes from one place where a string may end to the next.

#define INLINED static inline __attribute__((always_inline))

/// Where a scan stands. It is apart from what is known of the blocks, so that it stays in registers.
typedef struct {
  const uint8_t *bytes;
  size_t count;
  size_t at;
  ck_json_blocks *blocks;
  ck_json_look look;
} scan;

/// The stops among the 64 bytes from `at` on.
INLINED uint64_t stops_at(scan *scan) {
  const size_t block = scan->at / 64, offset = scan->at % 64;
  while (block + 1 >= scan->blocks->known) scan->look(scan->blocks);
  const uint64_t *stops = scan->blocks->stops;
  const uint64_t next = stops[(block + 1) % (2 * AHEAD)];
  return stops[block % (2 * AHEAD)] >> offset | next << 1 << (63 - offset);
}

// MARK: - Strings

/// What a backslash and this byte stand for; 0 for those that are left to the parser, `u` among them.
static const uint8_t unescaped[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

INLINED bool take(scan *scan, uint8_t byte) {
  if (scan->at == scan->count || scan->bytes[scan->at] != byte) return false;
  scan->at++;
  return true;
}

/// Takes the rest of a string behind its quote; its text goes to `output`, which has room for it and 64
/// bytes, unless that is null. False at what is left to the parser.
INLINED bool take_string(scan *scan, uint8_t *output, size_t *count, bool *has_escapes) {
  size_t written = 0;
  *has_escapes = false;
  while (scan->at < scan->count) {
    uint64_t stops = stops_at(scan);
    const size_t end = scan->at + 64;
    do {
      // More than what stands before the stop, so that there is no loop.
      if (output) memcpy(output + written, scan->bytes + scan->at, 64);
      if (!stops) {
        written += end - scan->at;
        scan->at = end;
        break;
      }
      const size_t run = (size_t)__builtin_ctzll(stops);
      stops = stops >> run >> 2;
      written += run;
      scan->at += run + 1;
      const uint8_t stop = scan->bytes[scan->at - 1];
      if (stop == '"') {
        *count = written;
        return true;
      }
      if (stop != '\\' || scan->at == scan->count) return false;
      const uint8_t byte = unescaped[scan->bytes[scan->at++]];
      if (!byte) return false;
      if (output) output[written] = byte;
      written++;
      *has_escapes = true;
    } while (scan->at < end);
  }
  return false;
}

// MARK: - Values

/// Line feeds are no blanks here: they end lines.
INLINED void skip_blanks(scan *scan) {
  while (scan->at < scan->count &&
         (scan->bytes[scan->at] == ' ' || scan->bytes[scan->at] == '\t' ||
          scan->bytes[scan->at] == '\r')) {
    scan->at++;
  }
}

INLINED bool take_word(scan *scan, const char *word) {
  const size_t count = strlen(word);
  if (scan->count - scan->at < count || memcmp(scan->bytes + scan->at, word, count) != 0) return false;
  scan->at += count;
  return true;
}

/// Takes digits and returns their number.
INLINED size_t take_digits(scan *scan) {
  const size_t start = scan->at;
  while (scan->at < scan->count && scan->bytes[scan->at] >= '0' && scan->bytes[scan->at] <= '9') {
    scan->at++;
  }
  return scan->at - start;
}

/// Takes a number without an exponent, of 18 digits at most on either side of its point.
INLINED bool take_number(scan *scan, ck_json_value *value) {
  const size_t start = scan->at;
  const bool is_negative = take(scan, '-');
  const uint8_t *digits = scan->bytes + scan->at;
  size_t count = take_digits(scan);
  if (count == 0 || count > 18 || (*digits == '0' && count > 1)) return false;
  // -0 is an integer that is not written like itself.
  if (is_negative && *digits == '0' && (scan->at == scan->count || digits[1] != '.')) return false;
  value->kind = CK_JSON_INTEGER;
  if (take(scan, '.')) {
    count = take_digits(scan);
    if (count == 0 || count > 18) return false;
    value->kind = CK_JSON_OTHER;
  }
  value->count = scan->at - start;
  return scan->at == scan->count || (scan->bytes[scan->at] | 0x20) != 'e';
}

/// Takes a value. The string that goes to `output`, if it is to go there, is without its escapes; others
/// that are `wanted` must have none.
INLINED bool take_value(scan *scan, bool wanted, uint8_t *output,
                        ck_json_value *value) {
  if (take(scan, '"')) {
    bool has_escapes;
    value->start = scan->bytes + scan->at;
    value->kind = CK_JSON_STRING;
    // Two copies of the loop, each without the other's work.
    if (output) return take_string(scan, output, &value->count, &has_escapes);
    return take_string(scan, NULL, &value->count, &has_escapes) && !(wanted && has_escapes);
  }
  value->start = scan->bytes + scan->at;
  value->kind = CK_JSON_OTHER;
  if (take_word(scan, "null") || take_word(scan, "true") || take_word(scan, "false")) return true;
  return take_number(scan, value);
}

// MARK: - Names

/// Takes what stands before a value if it is what stood there in an earlier line.
INLINED bool take_head(scan *scan, const ck_json_head *head) {
  if (scan->count - scan->at < head->count) return false;
#if defined(__SSE2__)
  const __m128i *text = (const __m128i *)(scan->bytes + scan->at);
  const __m128i *wanted = (const __m128i *)head->bytes;
  const int low = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(text), _mm_loadu_si128(wanted)));
  const int high =
      _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(text + 1), _mm_loadu_si128(wanted + 1)));
  if (~((uint32_t)low | (uint32_t)high << 16) & head->mask) return false;
#else
  if (memcmp(scan->bytes + scan->at, head->bytes, head->count) != 0) return false;
#endif
  scan->at += head->count;
  return true;
}

/// Takes the name of a member and the colon behind it; the index among `names`, -1 for others, -2 at what
/// is left to the parser.
INLINED int take_name(scan *scan, const ck_json_name *names, size_t name_count) {
  skip_blanks(scan);
  if (!take(scan, '"')) return -2;
  const uint8_t *name = scan->bytes + scan->at;
  size_t count;
  bool has_escapes;
  if (!take_string(scan, NULL, &count, &has_escapes) || has_escapes) return -2;
  skip_blanks(scan);
  if (!take(scan, ':')) return -2;
  skip_blanks(scan);
  for (size_t index = 0; index < name_count; index++) {
    if (names[index].count == count && memcmp(names[index].name, name, count) == 0) return (int)index;
  }
  return -1;
}

/// Notes the bytes from `start` on as what stands before value `place`, whose name has `index`.
static void learn(ck_json_heads *heads, size_t place, const uint8_t *start, size_t count, int index) {
  if (place >= CK_JSON_HEAD_COUNT || count > CK_JSON_HEAD_BYTES || place > heads->count) return;
  ck_json_head *head = &heads->heads[place];
  memcpy(head->bytes, start, count);
  head->count = (uint8_t)count;
  head->mask = (uint32_t)low_bits(count);
  head->index = (int8_t)index;
  if (heads->count == place) heads->count = place + 1;
}

// MARK: - Lines

/// Scans an object and the blanks around it. Where a value is preceded by the bytes that stood there in an
/// earlier line, as it is in most lines of most files, they are not parsed again.
INLINED bool take_line(scan *scan, ck_json_heads *heads, const ck_json_name *names,
                       size_t name_count, ck_json_value *values, uint8_t *text) {
  ck_json_value ignored;
  for (size_t index = 0; index < name_count; index++) values[index].kind = CK_JSON_ABSENT;
  for (size_t place = 0;; place++) {
    int index;
    if (place < heads->count && take_head(scan, &heads->heads[place])) {
      index = heads->heads[place].index;
    } else {
      const size_t start = scan->at;
      skip_blanks(scan);
      if (!take(scan, place == 0 ? '{' : ',')) {
        if (place == 0 || !take(scan, '}')) return false;
        skip_blanks(scan);
        return true;
      }
      index = take_name(scan, names, name_count);
      if (index == -2) return false;
      learn(heads, place, scan->bytes + start, scan->at - start, index);
    }
    uint8_t *output = index == 0 ? text : NULL;
    ck_json_value *value = index < 0 ? &ignored : &values[index];
    if (!take_value(scan, index >= 0, output, value)) return false;
  }
}

INLINED size_t take_lines(ck_json_look look, ck_json_heads *heads, const uint8_t *bytes, size_t start,
                          size_t count, const ck_json_name *names, size_t name_count,
                          size_t *line_ends, size_t *text_ends, ck_json_value *values,
                          size_t capacity, uint8_t *text) {
  ck_json_blocks blocks = {
      .bytes = bytes, .count = count, .known = start / 64, .fault = NO_FAULT, .checked = start};
  scan scan = {bytes, count, start, &blocks, look};
  size_t read = 0, written = 0;
  while (read < capacity && scan.at < count) {
    ck_json_value *taken = values + read * name_count;
    if (!take_line(&scan, heads, names, name_count, taken, text + written)) break;
    if (scan.at < count && bytes[scan.at] != '\n') break;
    if (taken->kind != CK_JSON_STRING || blocks.fault <= scan.at / 64) break;
    written += taken->count;
    line_ends[read] = scan.at;
    text_ends[read] = written;
    scan.at++;
    read++;
  }
  return read;
}

#if defined(__x86_64__)
__attribute__((target("avx2,bmi,bmi2"))) static size_t
take_lines_avx2(ck_json_heads *heads, const uint8_t *bytes, size_t start, size_t count,
                const ck_json_name *names, size_t name_count, size_t *line_ends,
                size_t *text_ends, ck_json_value *values, size_t capacity, uint8_t *text) {
  return take_lines(
      ck_json_look_avx2, heads, bytes, start, count, names, name_count, line_ends, text_ends, values, capacity,
      text);
}
#endif

size_t ck_json_lines_portable(ck_json_heads *heads, const uint8_t *bytes, size_t start, size_t count,
                              const ck_json_name *names, size_t name_count, size_t *line_ends,
                              size_t *text_ends, ck_json_value *values, size_t capacity,
                              uint8_t *text) {
  return take_lines(
      ck_json_look_portable, heads, bytes, start, count, names, name_count, line_ends, text_ends, values,
      capacity, text);
}

size_t ck_json_lines(ck_json_heads *heads, const uint8_t *bytes, size_t start, size_t count,
                     const ck_json_name *names, size_t name_count, size_t *line_ends,
                     size_t *text_ends, ck_json_value *values, size_t capacity, uint8_t *text) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) {
    return take_lines_avx2(
        heads, bytes, start, count, names, name_count, line_ends, text_ends, values, capacity, text);
  }
#endif
  return ck_json_lines_portable(
      heads, bytes, start, count, names, name_count, line_ends, text_ends, values, capacity, text);
}
