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

/// Normalises `count` bytes of well-formed UTF-8 to NFC and hands the result to `sink`, in order.
/// Returns 0, or ICU's error code.
int32_t cicu_normalize_nfc(const uint8_t *bytes, size_t count, cicu_sink sink, void *context);

/// Brings `count` bytes of well-formed UTF-8 into NFD and hands the result to `sink`, in order, in
/// O(n log n). ICU itself moves each combining mark to its place one by one, which is quadratic in
/// the length of a run of them; over text in this order it is linear. Returns 0, or ICU's error code.
int32_t cicu_canonical_order(const uint8_t *bytes, size_t count, cicu_sink sink, void *context);

/// Sets bit c of `bits` (65,536 bits, least significant first) for each code point c of the Basic
/// Multilingual Plane that has NFC_Quick_Check=Yes and combining class 0: text made of such code
/// points alone is in NFC, and no normalisation reaches across a position before one of them.
/// Surrogates are left out. Returns 0, or ICU's error code.
int32_t cicu_nfc_inert_bmp(uint8_t *bits);

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
