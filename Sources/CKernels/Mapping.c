// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CKernels.h"

#include <sys/mman.h>

void *ck_grow_mapping(void *address, size_t old_count, size_t new_count) {
  void *moved = mremap(address, old_count, new_count, MREMAP_MAYMOVE);
  return moved == MAP_FAILED ? NULL : moved;
}
