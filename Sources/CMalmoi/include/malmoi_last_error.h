// SPDX-License-Identifier: Apache-2.0
//
// Where MalmoiC leaves the line that malmoi_last_error() gives; not part of the ABI.

#ifndef MALMOI_LAST_ERROR_H
#define MALMOI_LAST_ERROR_H

#include <stddef.h>
#include <stdint.h>

#define MALMOI_HIDDEN __attribute__((visibility("hidden")))

/// Keeps a copy of the `count` bytes of `line` for this thread; "" if there is no memory for it.
MALMOI_HIDDEN void malmoi_set_last_error(const uint8_t *_Nullable line, size_t count);

/// The line kept for this thread.
MALMOI_HIDDEN const char *_Nonnull malmoi_get_last_error(void);

#endif
