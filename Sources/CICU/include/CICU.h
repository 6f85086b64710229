// SPDX-License-Identifier: Apache-2.0
// Unicode normalisation by ICU. No ICU type stands here: ICU's own headers clash with the copy of
// ICU inside Foundation, and Debian's ICU renames its functions by macro, so Swift cannot see them.

#ifndef MALMOI_CICU_H
#define MALMOI_CICU_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Receives a run of normalised UTF-8; `context` is the caller's own.
typedef void (*cicu_sink)(void *context, const uint8_t *bytes, size_t count);

/// Brings `count` bytes of well-formed UTF-8 into NFD and hands the result to `sink`, in order, in
/// O(n log n). ICU itself moves each combining mark to its place one by one, which is quadratic in
/// the length of a run of them; over text in this order it is linear. Returns 0, or ICU's error code.
int32_t cicu_canonical_order(const uint8_t *bytes, size_t count, cicu_sink sink, void *context);

/// A form of normalisation.
typedef enum { cicu_nfc, cicu_nfkc } cicu_form;

/// Normalises `count` bytes of well-formed UTF-8 to `form` and hands the result to `sink`, in order.
/// Returns 0, or ICU's error code.
int32_t cicu_normalize(
    cicu_form form, const uint8_t *bytes, size_t count, cicu_sink sink, void *context);

/// Sets bit c of `bits` (65,536 bits, least significant first) for each code point c of the Basic
/// Multilingual Plane that has Quick_Check=Yes for `form` and combining class 0: text made of such code
/// points alone is in that form, and no normalisation reaches across a position before one of them.
/// Surrogates are left out. Returns 0, or ICU's error code.
int32_t cicu_inert_bmp(cicu_form form, uint8_t *bits);

/// A code point and the bytes of the text it was made of, `start` to `end`.
typedef struct {
  uint32_t point;
  uint32_t start;
  uint32_t end;
} cicu_item;

/// Receives what became of the items `first` to `first + length`, which normalise on their own:
/// `count` items, equal to those if `changed` is 0.
typedef void (*cicu_cluster_sink)(
    void *context, size_t first, size_t length, const cicu_item *items, size_t count,
    int32_t changed);

/// Normalises `count` code points to `form`, one stretch between borders of normalisation after the
/// other. An item that is made of several has the bytes from the first to the last of them.
///
/// The algorithm of the Unicode Standard, section 3.11, in O(n log n); the properties are ICU's.
/// Returns 0, or ICU's error code.
int32_t cicu_normalize_items(
    cicu_form form, const cicu_item *items, size_t count, cicu_cluster_sink sink, void *context);

/// What `point` decomposes to canonically, if that is one code point; else `point`.
uint32_t cicu_canonical_singleton(uint32_t point);

/// The canonical combining class of `point`.
uint8_t cicu_combining_class(uint32_t point);

/// Whether `point` is a pictograph (Extended_Pictographic) or an emoji modifier, and NFKC leaves it as
/// it is.
int32_t cicu_is_pictograph(uint32_t point);

/// The Unicode version of ICU's data, such as "15.0": a static string.
const char *cicu_unicode_version(void);

/// Fills `units` (65,536 of them) with the UTF-16 code unit of each pair of bytes in the charset that
/// ICU calls `name`, at the pair's big-endian value; 0 where a pair is no character. Returns 0, or
/// ICU's error code.
int32_t cicu_double_byte_units(const char *name, uint16_t *units);

#ifdef __cplusplus
}
#endif

#endif
