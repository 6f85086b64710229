// SPDX-License-Identifier: Apache-2.0
// JSON and UTF-8 checks by simdjson: a parser that owns one parsed document, and values that point
// into it.

#ifndef MALMOI_CSIMDJSON_H
#define MALMOI_CSIMDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes that must be readable behind every text given to `csj_parse`; their values do not matter.
#define CSJ_PADDING 64

typedef struct csj_parser csj_parser;

/// Whether `count` bytes are well-formed UTF-8.
bool csj_is_utf8(const uint8_t *bytes, size_t count);

/// A value of the document last parsed; dead after the parser's next parse.
typedef struct {
  const void *document;
  size_t index;
} csj_value;

typedef enum {
  CSJ_NULL, CSJ_FALSE, CSJ_TRUE, CSJ_INTEGER, CSJ_DOUBLE, CSJ_STRING, CSJ_ARRAY, CSJ_OBJECT
} csj_kind;

/// A new parser, owned by the caller, who frees it with `csj_parser_free`.
csj_parser *csj_parser_new(void);
void csj_parser_free(csj_parser *parser);

/// Parses `count` bytes (plus CSJ_PADDING readable bytes) as one JSON document. Returns null and
/// sets `root`, or returns simdjson's error message, a static string. Copies nothing but strings.
const char *csj_parse(csj_parser *parser, const uint8_t *bytes, size_t count, csj_value *root);

csj_kind csj_kind_of(csj_value value);

/// The UTF-8 bytes of a string; they live until the parser's next parse.
const uint8_t *csj_string(csj_value value, size_t *count);

/// The value of an integer that fits in 64 bits, or false.
bool csj_integer(csj_value value, int64_t *integer);

/// The value of any number, or false.
bool csj_double(csj_value value, double *number);

/// The field `name` of an object; of several fields of that name the last, as in Python's json.
/// False if there is none.
bool csj_field(csj_value object, const uint8_t *name, size_t name_count, csj_value *value);

/// The element `index` of an array, in O(index). False if there is none.
bool csj_element(csj_value array, size_t index, csj_value *value);

/// Sees one element of an array, or one field of an object with its name; false ends the walk.
typedef bool (*csj_visitor)(void *context, const uint8_t *name, size_t name_count,
                            csj_value value);

/// Shows `visit` the elements of an array (with an empty name) or the fields of an object, in order.
void csj_each(csj_value container, csj_visitor visit, void *context);

/// One step of a path: into the field of this name, or, where `name` is null, to each element.
typedef struct {
  const uint8_t *name;
  size_t count;
} csj_step;

/// Looks `count` (64 at most) fields of an object up in one pass; of several fields of a name the last.
/// Returns a bit for each that is there and sets its value.
uint64_t csj_fields(csj_value object, const csj_step *names, size_t count, csj_value *values);

/// Shows `visit` every value that the path of `count` steps leads to from `from`, in order, with an
/// empty name; false ends the walk. What is not there, or of another kind, leads nowhere.
void csj_each_at(csj_value from, const csj_step *steps, size_t count, csj_visitor visit,
                 void *context);

#ifdef __cplusplus
}
#endif

#endif
