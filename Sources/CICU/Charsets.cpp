// SPDX-License-Identifier: Apache-2.0

#include "CICU.h"

#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>

int32_t cicu_double_byte_units(const char *name, uint16_t *units) {
  UErrorCode status = U_ZERO_ERROR;
  UConverter *converter = ucnv_open(name, &status);
  if (U_FAILURE(status)) return status;
  ucnv_setToUCallBack(converter, UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  for (uint32_t pair = 0; pair < 0x10000 && U_SUCCESS(status); ++pair) {
    const char bytes[2] = {static_cast<char>(pair >> 8), static_cast<char>(pair)};
    UChar text[4];
    UErrorCode failure = U_ZERO_ERROR;
    const int32_t count = ucnv_toUChars(converter, text, 4, bytes, 2, &failure);
    // Two bytes that are one character, not two of a byte each.
    units[pair] = U_SUCCESS(failure) && count == 1 ? text[0] : 0;
  }
  ucnv_close(converter);
  return U_FAILURE(status) ? status : 0;
}
