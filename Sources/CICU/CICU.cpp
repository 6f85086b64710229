// SPDX-License-Identifier: Apache-2.0

#include "CICU.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace {

class Sink final : public icu::ByteSink {
 public:
  Sink(cicu_sink sink, void *context) : sink_(sink), context_(context) {}
  void Append(const char *bytes, int32_t count) override {
    sink_(context_, reinterpret_cast<const uint8_t *>(bytes), static_cast<size_t>(count));
  }

 private:
  cicu_sink sink_;
  void *context_;
};

const icu::Normalizer2 *instance(cicu_form form, UErrorCode &status) {
  return form == cicu_nfc ? icu::Normalizer2::getNFCInstance(status)
                          : icu::Normalizer2::getNFKCInstance(status);
}

/// Hands out `point` in UTF-8.
void append(UChar32 point, Sink &out) {
  char bytes[U8_MAX_LENGTH];
  int32_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, point);
  out.Append(bytes, length);
}

/// The combining marks of a run, each as its class (8 bits), its number (32) and itself (21): in the
/// order of these integers the marks of a class stay in the order of the text.
class Run final {
 public:
  void add(UChar32 mark, uint8_t combining_class) {
    marks_.push_back(uint64_t{combining_class} << 53 | uint64_t{marks_.size()} << 21 |
                     static_cast<uint64_t>(mark));
  }

  /// Hands out the marks in canonical order and forgets them.
  void flush(Sink &out) {
    std::sort(marks_.begin(), marks_.end());
    for (const uint64_t mark : marks_) append(static_cast<UChar32>(mark & 0x1FFFFF), out);
    marks_.clear();
  }

 private:
  std::vector<uint64_t> marks_;
};

}  // namespace

int32_t cicu_canonical_order(const uint8_t *bytes, size_t count, cicu_sink sink, void *context) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2 *nfd = icu::Normalizer2::getNFDInstance(status);
  if (U_FAILURE(status)) return status;
  if (count > INT32_MAX) return U_INDEX_OUTOFBOUNDS_ERROR;
  Sink out(sink, context);
  Run run;
  icu::UnicodeString decomposition;
  const auto take = [&](UChar32 point) {
    const uint8_t combining_class = nfd->getCombiningClass(point);
    if (combining_class == 0) {
      run.flush(out);
      append(point, out);
    } else {
      run.add(point, combining_class);
    }
  };
  int32_t offset = 0;
  while (offset < static_cast<int32_t>(count)) {
    UChar32 point;
    U8_NEXT_UNSAFE(bytes, offset, point);
    if (!nfd->getDecomposition(point, decomposition)) {
      take(point);
      continue;
    }
    for (int32_t at = 0; at < decomposition.length(); at = decomposition.moveIndex32(at, 1)) {
      take(decomposition.char32At(at));
    }
  }
  run.flush(out);
  return 0;
}

int32_t cicu_normalize(
    cicu_form form, const uint8_t *bytes, size_t count, cicu_sink sink, void *context) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2 *normalizer = instance(form, status);
  if (U_FAILURE(status)) return status;
  // StringPiece counts in int32_t: callers hand over windows, never a text of 2 GiB.
  if (count > INT32_MAX) return U_INDEX_OUTOFBOUNDS_ERROR;
  Sink out(sink, context);
  icu::StringPiece text(reinterpret_cast<const char *>(bytes), static_cast<int32_t>(count));
  normalizer->normalizeUTF8(0, text, out, nullptr, status);
  return U_FAILURE(status) ? status : 0;
}

int32_t cicu_inert_bmp(cicu_form form, uint8_t *bits) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2 *normalizer = instance(form, status);
  if (U_FAILURE(status)) return status;
  const UProperty check =
      form == cicu_nfc ? UCHAR_NFC_QUICK_CHECK : UCHAR_NFKC_QUICK_CHECK;
  std::memset(bits, 0, 65536 / 8);
  for (UChar32 c = 0; c < 65536; ++c) {
    if (U_IS_SURROGATE(c)) continue;
    if (u_getIntPropertyValue(c, check) != UNORM_YES) continue;
    if (normalizer->getCombiningClass(c) != 0) continue;
    bits[c >> 3] |= static_cast<uint8_t>(1u << (c & 7));
  }
  return 0;
}

uint32_t cicu_canonical_singleton(uint32_t point) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2 *normalizer = instance(cicu_nfc, status);
  icu::UnicodeString decomposition;
  if (U_FAILURE(status) ||
      !normalizer->getDecomposition(static_cast<UChar32>(point), decomposition) ||
      decomposition.countChar32() != 1)
    return point;
  return static_cast<uint32_t>(decomposition.char32At(0));
}

uint8_t cicu_combining_class(uint32_t point) {
  return u_getCombiningClass(static_cast<UChar32>(point));
}

int32_t cicu_is_pictograph(uint32_t point) {
  UErrorCode status = U_ZERO_ERROR;
  const auto c = static_cast<UChar32>(point);
  if (!u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC) &&
      !u_hasBinaryProperty(c, UCHAR_EMOJI_MODIFIER))
    return 0;
  const icu::Normalizer2 *normalizer = instance(cicu_nfkc, status);
  return U_SUCCESS(status) && normalizer->isInert(c);
}

const char *cicu_unicode_version(void) { return U_UNICODE_VERSION; }
