// SPDX-License-Identifier: Apache-2.0
#include "CKernels.h"

#include <stdbool.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// A line of JSON in the shape that corpora have: an object of strings, small integers and literals.
// Whatever else stands there, however valid, is left to the parser behind this.

// The whole scan is compiled once for each instruction set, by being inlined into its two callers.
#define INLINED static inline __attribute__((always_inline))

/// Where a scan stands in a line.
typedef struct {
  const uint8_t *at;
  const uint8_t *end;
} cursor;

INLINED void skip_blanks(cursor *line) {
  while (line->at < line->end &&
         (*line->at == ' ' || *line->at == '\t' || *line->at == '\r' || *line->at == '\n')) {
    line->at++;
  }
}

INLINED bool take(cursor *line, uint8_t byte) {
  if (line->at == line->end || *line->at != byte) return false;
  line->at++;
  return true;
}

/// The number of bytes before the first quote, backslash or control character of `text`, copied to
/// `output` if there is one, as are up to 32 bytes behind them. 32 bytes behind the text are readable.
typedef size_t (*run_copier)(const uint8_t *text, size_t count, uint8_t *output);

INLINED size_t copy_run_portable(const uint8_t *text, size_t count, uint8_t *output) {
  size_t run = 0;
  while (run < count && text[run] != '"' && text[run] != '\\' && text[run] >= 0x20) run++;
  if (output) memcpy(output, text, run);
  return run;
}

#if defined(__x86_64__)
static inline __attribute__((always_inline, target("avx2"))) size_t
copy_run_avx2(const uint8_t *text, size_t count, uint8_t *output) {
  const __m256i quote = _mm256_set1_epi8('"'), backslash = _mm256_set1_epi8('\\');
  const __m256i last_control = _mm256_set1_epi8(0x1F);
  size_t run = 0;
  while (run < count) {
    const __m256i block = _mm256_loadu_si256((const __m256i *)(text + run));
    if (output) _mm256_storeu_si256((__m256i *)(output + run), block);
    const __m256i is_control = _mm256_cmpeq_epi8(_mm256_max_epu8(block, last_control), last_control);
    const __m256i stops = _mm256_or_si256(
        is_control,
        _mm256_or_si256(_mm256_cmpeq_epi8(block, quote), _mm256_cmpeq_epi8(block, backslash)));
    const unsigned bits = (unsigned)_mm256_movemask_epi8(stops);
    if (bits) {
      run += (size_t)__builtin_ctz(bits);
      return run < count ? run : count;
    }
    run += 32;
  }
  return count;
}
#endif

INLINED uint8_t unescaped(uint8_t byte) {
  switch (byte) {
    case '"': case '\\': case '/': return byte;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
  }
}

/// Takes the rest of a string behind its quote; its text goes to `output`, which has room for it and 32
/// bytes, unless that is null. False at what is left to the parser, `\u` among it.
INLINED bool take_string(cursor *line, run_copier copy_run, uint8_t *output, size_t *count,
                        bool *has_escapes) {
  size_t written = 0;
  *has_escapes = false;
  while (true) {
    const size_t run =
        copy_run(line->at, (size_t)(line->end - line->at), output ? output + written : NULL);
    line->at += run;
    written += run;
    if (line->at == line->end || *line->at < 0x20) return false;
    if (take(line, '"')) break;
    if (line->end - line->at < 2) return false;
    const uint8_t byte = unescaped(line->at[1]);
    if (!byte) return false;
    if (output) output[written] = byte;
    written++;
    line->at += 2;
    *has_escapes = true;
  }
  *count = written;
  return true;
}

INLINED bool take_word(cursor *line, const char *word) {
  const size_t count = strlen(word);
  if ((size_t)(line->end - line->at) < count || memcmp(line->at, word, count) != 0) return false;
  line->at += count;
  return true;
}

/// Takes an integer of 18 digits at most.
INLINED bool take_integer(cursor *line) {
  take(line, '-');
  const uint8_t *digits = line->at;
  while (line->at < line->end && *line->at >= '0' && *line->at <= '9') line->at++;
  const ptrdiff_t count = line->at - digits;
  if (count == 0 || count > 18 || (*digits == '0' && (count > 1 || digits[-1] == '-'))) return false;
  // A fraction or an exponent may follow.
  return line->at == line->end || (*line->at != '.' && *line->at != 'e' && *line->at != 'E');
}

INLINED bool take_value(cursor *line, run_copier copy_run, uint8_t *output, ck_json_value *value) {
  value->start = line->at;
  // A string that turns out to be wrong is none.
  value->kind = CK_JSON_ABSENT;
  if (take(line, '"')) {
    bool has_escapes;
    value->start = line->at;
    if (!take_string(line, copy_run, output, &value->count, &has_escapes)) return false;
    value->kind = CK_JSON_STRING;
    // Only the copied string is needed without its escapes.
    return output || !has_escapes;
  }
  value->kind = CK_JSON_OTHER;
  if (take_word(line, "null") || take_word(line, "true") || take_word(line, "false")) return true;
  if (!take_integer(line)) return false;
  value->kind = CK_JSON_INTEGER;
  value->count = (size_t)(line->at - value->start);
  return true;
}

INLINED bool scan(cursor line, run_copier copy_run, const ck_json_name *names, size_t name_count,
                  ck_json_value *values, uint8_t *text) {
  skip_blanks(&line);
  if (!take(&line, '{')) return false;
  do {
    skip_blanks(&line);
    if (!take(&line, '"')) return false;
    const uint8_t *name = line.at;
    size_t count;
    bool has_escapes;
    if (!take_string(&line, copy_run, NULL, &count, &has_escapes) || has_escapes) return false;
    skip_blanks(&line);
    if (!take(&line, ':')) return false;
    skip_blanks(&line);
    ck_json_value ignored, *value = &ignored;
    size_t index = 0;
    for (; index < name_count; index++) {
      if (names[index].count == count && memcmp(names[index].name, name, count) == 0) break;
    }
    if (index < name_count) value = &values[index];
    const uint8_t *start = line.at;
    if (!take_value(&line, copy_run, index == 0 ? text : NULL, value)) {
      // A string with escapes that nobody asked for is good all the same.
      if (index < name_count || line.at == start || value->kind != CK_JSON_STRING) return false;
    }
    skip_blanks(&line);
  } while (take(&line, ','));
  if (!take(&line, '}')) return false;
  skip_blanks(&line);
  return line.at == line.end;
}

static bool scan_portable(cursor line, const ck_json_name *names, size_t name_count,
                          ck_json_value *values, uint8_t *text) {
  return scan(line, copy_run_portable, names, name_count, values, text);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static bool scan_avx2(cursor line, const ck_json_name *names,
                                                      size_t name_count, ck_json_value *values,
                                                      uint8_t *text) {
  return scan(line, copy_run_avx2, names, name_count, values, text);
}
#endif

bool ck_json_fields(const uint8_t *line, size_t count, const ck_json_name *names, size_t name_count,
                    ck_json_value *values, uint8_t *text) {
  for (size_t index = 0; index < name_count; index++) values[index].kind = CK_JSON_ABSENT;
  const cursor start = {line, line + count};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return scan_avx2(start, names, name_count, values, text);
#endif
  return scan_portable(start, names, name_count, values, text);
}
