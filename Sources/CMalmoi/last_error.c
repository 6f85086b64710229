// SPDX-License-Identifier: Apache-2.0

#include "malmoi_last_error.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// A key instead of a thread-local variable, for its destructor: a thread that ends gives its line back.
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int has_key;

static void make_key(void) { has_key = pthread_key_create(&key, free) == 0; }

void malmoi_set_last_error(const uint8_t *line, size_t count) {
  pthread_once(&once, make_key);
  if (!has_key) return;
  char *copy = malloc(count + 1);
  if (copy) {
    if (count) memcpy(copy, line, count);
    copy[count] = 0;
  }
  free(pthread_getspecific(key));
  pthread_setspecific(key, copy);
}

const char *malmoi_get_last_error(void) {
  pthread_once(&once, make_key);
  const char *line = has_key ? pthread_getspecific(key) : NULL;
  return line ? line : "";
}
