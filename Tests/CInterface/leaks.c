// SPDX-License-Identifier: Apache-2.0
//
// Calls what makes and frees objects over and over, and prints the resident memory in KiB after a tenth of the
// calls and after all.
//
//   leaks TOKENIZER ROUNDS

#include <inttypes.h>
#include <malmoi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long resident_kib(void) {
  FILE *file = fopen("/proc/self/statm", "r");
  long pages = 0;
  if (!file || fscanf(file, "%*d %ld", &pages) != 1) exit(2);
  fclose(file);
  return pages * 4;
}

static void check(malmoi_status status) {
  if (status == MALMOI_OK) return;
  fprintf(stderr, "%s\n", malmoi_last_error());
  exit(1);
}

// Ten calls, two of which fail.
static int one_round(
    const malmoi_tokenizer *tokenizer, malmoi_encoder *encoder, const malmoi_normalizer *normalizer, long round) {
  char text[200];
  int length = snprintf(text, sizeof text, "학교에서는 아이들이 %ld번 뛰어놀았다. 값이 싸다.", round % 1000);
  int64_t offsets[] = {0, length};
  malmoi_texts texts = {(const uint8_t *)text, offsets, 64, 1};
  malmoi_ids *ids;
  check(malmoi_encode(encoder, &texts, &ids));
  malmoi_ids_view view;
  malmoi_ids_get(ids, &view);
  malmoi_id_lists lists = {view.ids, view.id_bits, 64, view.offsets, view.count};
  malmoi_bytes *bytes;
  check(malmoi_tokenizer_decode(tokenizer, &lists, round & 1, &bytes));
  malmoi_bytes_free(bytes);
  malmoi_ids_free(ids);
  check(malmoi_normalize(normalizer, &texts, &bytes));
  malmoi_bytes_free(bytes);
  int64_t count;
  check(malmoi_count_tokens(encoder, &texts, &count));
  malmoi_tokenizer *none;
  texts.offset_bits = 7;
  if (malmoi_encode(encoder, &texts, &ids) == MALMOI_OK) exit(1);
  if (malmoi_tokenizer_load("/nonexistent", NULL, &none) == MALMOI_OK) exit(1);
  return 10;
}

// Lets the cache of `encoder` grow as large as it gets.
static void warm_up(malmoi_encoder *encoder) {
  static char text[4 << 20];
  for (size_t i = 0; i < sizeof text; i++) text[i] = i % 7 == 6 ? ' ' : (char)('a' + i * i / 7 % 26);
  int64_t offsets[] = {0, sizeof text};
  malmoi_texts texts = {(const uint8_t *)text, offsets, 64, 1};
  for (int pass = 0; pass < 12; pass++) {
    malmoi_ids *ids;
    check(malmoi_encode(encoder, &texts, &ids));
    malmoi_ids_free(ids);
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 64;
  malmoi_tokenizer *tokenizer;
  check(malmoi_tokenizer_load(argv[1], NULL, &tokenizer));
  malmoi_encoder *encoder;
  check(malmoi_encoder_create(tokenizer, NULL, &encoder));
  warm_up(encoder);
  malmoi_normalizer *normalizer;
  check(malmoi_normalizer_create("korean", &normalizer));
  long rounds = atol(argv[2]), early = 0, calls = 0;
  for (long round = 0; round < rounds; round++) {
    calls += one_round(tokenizer, encoder, normalizer, round);
    if (round == rounds / 10) early = resident_kib();
    // What is rare and costs more.
    if (round % 1000 == 0) {
      malmoi_trace *trace;
      check(malmoi_trace_text(tokenizer, (const uint8_t *)"값이", strlen("값이"), 0, &trace));
      malmoi_trace_free(trace);
      malmoi_encoder *other;
      check(malmoi_encoder_create(tokenizer, NULL, &other));
      malmoi_encoder_free(other);
    }
  }
  printf("%ld %ld %ld\n", calls, early, resident_kib());
  malmoi_normalizer_free(normalizer);
  malmoi_encoder_free(encoder);
  malmoi_tokenizer_free(tokenizer);
  return 0;
}
