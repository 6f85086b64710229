// SPDX-License-Identifier: Apache-2.0

#include "CICU.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>

#include <cstring>

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

}  // namespace

int32_t cicu_normalize_nfc(const uint8_t *bytes, size_t count, cicu_sink sink, void *context) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2 *nfc = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) return status;
  // StringPiece counts in int32_t: callers hand over windows, never a text of 2 GiB.
  if (count > INT32_MAX) return U_INDEX_OUTOFBOUNDS_ERROR;
  Sink out(sink, context);
  icu::StringPiece text(reinterpret_cast<const char *>(bytes), static_cast<int32_t>(count));
  nfc->normalizeUTF8(0, text, out, nullptr, status);
  return U_FAILURE(status) ? status : 0;
}

int32_t cicu_nfc_inert_bmp(uint8_t *bits) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2 *nfc = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) return status;
  std::memset(bits, 0, 65536 / 8);
  for (UChar32 c = 0; c < 65536; ++c) {
    if (U_IS_SURROGATE(c)) continue;
    if (u_getIntPropertyValue(c, UCHAR_NFC_QUICK_CHECK) != UNORM_YES) continue;
    if (nfc->getCombiningClass(c) != 0) continue;
    bits[c >> 3] |= static_cast<uint8_t>(1u << (c & 7));
  }
  return 0;
}

const char *cicu_unicode_version(void) { return U_UNICODE_VERSION; }
