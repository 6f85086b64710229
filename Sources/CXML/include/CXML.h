// SPDX-License-Identifier: Apache-2.0
// Web pages by libxml2's HTML parser and glibc's iconv: the text that a reader of a page sees.

#ifndef MALMOI_CXML_H
#define MALMOI_CXML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes owned by whoever got them, who frees them with `cxml_free`; null where there are none.
typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
} cxml_text;

void cxml_free(cxml_text *text);

/// Sets `text` to the visible text of the HTML page of `count` bytes of UTF-8, and `title` to its
/// title, both in UTF-8. What the page says of its charset is not heeded.
///
/// Blocks stand on lines of their own; other white space is one space, but inside `pre`. Left out is
/// what is not shown (scripts, styles, templates, hidden elements), what is no text (objects, forms'
/// controls), and navigation. False without memory, or for more than 1 GiB.
bool cxml_page_text(const uint8_t *html, size_t count, cxml_text *text, cxml_text *title);

/// Sets `output` to the UTF-8 of `count` bytes in the charset that iconv calls `charset`. Returns how
/// many U+FFFD stand for bytes that have no meaning in it, or -1 if iconv does not know the charset.
int64_t cxml_transcode(const char *charset, const uint8_t *bytes, size_t count, cxml_text *output);

/// The code point that HTML 4 calls `name`, which ends in 0; 0 if there is none.
uint32_t cxml_entity(const uint8_t *name);

#ifdef __cplusplus
}
#endif

#endif
