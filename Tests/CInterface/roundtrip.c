// SPDX-License-Identifier: Apache-2.0
//
// Uses every part of malmoi.h from C, and prints what came out for the test that runs it.
//
//   roundtrip TOKENIZER CORPUS DIRECTORY

#include <inttypes.h>
#include <malmoi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Ends the program where a function failed.
static void check(malmoi_status status, const char *what) {
  if (status == MALMOI_OK) return;
  fprintf(stderr, "%s: %" PRId32 ": %s\n", what, status, malmoi_last_error());
  exit(1);
}

// Ends the program where a function did not fail as it should.
static void refuse(malmoi_status status, malmoi_status expected, const char *what) {
  if (status == expected && strlen(malmoi_last_error()) > 0) return;
  fprintf(stderr, "%s: status %" PRId32 ", not %" PRId32 ": %s\n", what, status, expected, malmoi_last_error());
  exit(1);
}

static char *join(const char *directory, const char *name) {
  char *path = malloc(strlen(directory) + strlen(name) + 2);
  if (!path) exit(2);
  sprintf(path, "%s/%s", directory, name);
  return path;
}

static malmoi_id_lists lists(const malmoi_ids_view *view) {
  malmoi_id_lists lists = {view->ids, view->id_bits, 64, view->offsets, view->count};
  return lists;
}

// Ends the program if ids do not decode to the normal form of their texts.
static void check_decoded(const malmoi_tokenizer *tokenizer, const malmoi_id_lists *ids, const malmoi_texts *texts) {
  malmoi_tokenizer_view tokenizer_view;
  malmoi_tokenizer_get(tokenizer, &tokenizer_view);
  malmoi_normalizer *normalizer;
  check(malmoi_normalizer_create(tokenizer_view.normalizer, &normalizer), "normalizer_create");
  malmoi_bytes *normal, *decoded;
  check(malmoi_normalize(normalizer, texts, &normal), "normalize");
  check(malmoi_tokenizer_decode(tokenizer, ids, 0, &decoded), "tokenizer_decode");
  malmoi_bytes_view expected, found;
  malmoi_bytes_get(normal, &expected);
  malmoi_bytes_get(decoded, &found);
  size_t count = (size_t)texts->count;
  if (found.count != expected.count || memcmp(found.offsets, expected.offsets, (count + 1) * 8) != 0 ||
      memcmp(found.bytes, expected.bytes, (size_t)expected.offsets[count]) != 0) {
    fprintf(stderr, "the ids are not the text\n");
    exit(1);
  }
  malmoi_bytes_free(decoded);
  malmoi_bytes_free(normal);
  malmoi_normalizer_free(normalizer);
}

// Reads the corpus, and gives its documents to a counter, an encoder and a writer.
static void process(const malmoi_tokenizer *tokenizer, const char *corpus_path, const char *directory) {
  char *counts = join(directory, "counts"), *files = join(directory, "ids"), *trained = join(directory, "trained");
  malmoi_corpus *corpus;
  check(malmoi_corpus_open(&corpus_path, 1, NULL, &corpus), "corpus_open");
  malmoi_encoder_options encoder_options = {.size = sizeof encoder_options, .thread_count = 2};
  malmoi_encoder *encoder;
  check(malmoi_encoder_create(tokenizer, &encoder_options, &encoder), "encoder_create");
  malmoi_counter_options counter_options = {.size = sizeof counter_options, .thread_count = 2, .source = "c"};
  malmoi_counter *counter;
  check(malmoi_counter_create(counts, 0, &counter_options, &counter), "counter_create");
  malmoi_token_writer_options writer_options = {.size = sizeof writer_options, .tokenizer = tokenizer};
  malmoi_token_writer *writer;
  check(malmoi_token_writer_create("megatron", files, &writer_options, &writer), "token_writer_create");

  int64_t tokens = 0, counted = 0;
  for (;;) {
    malmoi_documents *documents;
    check(malmoi_corpus_next(corpus, &documents), "corpus_next");
    if (!documents) break;
    malmoi_documents_view view;
    malmoi_documents_get(documents, &view);
    malmoi_texts texts = {view.text, view.offsets, 64, view.count};
    malmoi_ids *ids;
    check(malmoi_encode(encoder, &texts, &ids), "encode");
    malmoi_ids_view ids_view;
    malmoi_ids_get(ids, &ids_view);
    tokens += ids_view.offsets[ids_view.count];
    int64_t *lengths = malloc(sizeof *lengths * (size_t)view.count);
    check(malmoi_count_tokens(encoder, &texts, lengths), "count_tokens");
    for (int64_t i = 0; i < view.count; i++) counted += lengths[i];
    free(lengths);
    malmoi_id_lists given = lists(&ids_view);
    check(malmoi_token_writer_append(writer, &given), "token_writer_append");
    check_decoded(tokenizer, &given, &texts);
    check(malmoi_counter_add(counter, &texts), "counter_add");
    malmoi_ids_free(ids);
    malmoi_documents_free(documents);
  }
  malmoi_corpus_view corpus_view;
  malmoi_corpus_get(corpus, &corpus_view);
  printf("documents %" PRId64 "\ntokens %" PRId64 "\ncounted %" PRId64 "\n", corpus_view.documents, tokens, counted);
  malmoi_bytes *rejects;
  check(malmoi_corpus_rejects(corpus, &rejects), "corpus_rejects");
  malmoi_bytes_free(rejects);
  check(malmoi_counter_finish(counter), "counter_finish");
  refuse(malmoi_counter_finish(counter), MALMOI_INVALID_ARGUMENT, "a counter that is finished");
  check(malmoi_token_writer_finish(writer), "token_writer_finish");
  malmoi_token_writer_free(writer);
  malmoi_counter_free(counter);
  malmoi_encoder_free(encoder);
  malmoi_corpus_free(corpus);

  const char *special = "<|endoftext|>";
  malmoi_training_options training = {
      .size = sizeof training, .thread_count = 2, .vocabulary_size = 2000, .special_tokens = &special,
      .special_token_count = 1};
  const char *count_files[] = {counts};
  check(malmoi_train(count_files, 1, &training, trained), "train");
  refuse(malmoi_train(count_files, 1, &training, trained), MALMOI_OUTPUT_EXISTS, "training into what is there");
  free(counts), free(files), free(trained);
}

// Reads back what was written.
static void read_back(const char *directory) {
  char *files = join(directory, "ids");
  malmoi_token_reader *reader;
  check(malmoi_token_reader_open(files, NULL, -1, &reader), "token_reader_open");
  malmoi_token_reader_view view;
  malmoi_token_reader_get(reader, &view);
  int64_t documents = 0, tokens = 0;
  for (;;) {
    malmoi_ids *ids;
    check(malmoi_token_reader_next(reader, 10000, &ids), "token_reader_next");
    malmoi_ids_view ids_view;
    malmoi_ids_get(ids, &ids_view);
    int64_t count = ids_view.count;
    documents += count;
    tokens += ids_view.offsets[count];
    malmoi_ids_free(ids);
    if (count == 0) break;
  }
  if (documents != view.document_count || tokens != view.token_count) exit(1);
  printf("format %s\nread %" PRId64 "\n", view.format, tokens);
  malmoi_token_reader_free(reader);
  free(files);
}

// A set that could not be finished stays so, and leaves nothing.
static void refuse_after_failure(const char *directory) {
  char *files = join(directory, "none");
  malmoi_token_writer *writer;
  check(malmoi_token_writer_create("megatron", files, NULL, &writer), "token_writer_create");
  refuse(malmoi_token_writer_finish(writer), MALMOI_EMPTY_CORPUS, "a set without ids");
  refuse(malmoi_token_writer_finish(writer), MALMOI_INVALID_ARGUMENT, "a set that failed");
  int64_t none[] = {0};
  malmoi_id_lists lists = {NULL, 16, 64, none, 0};
  refuse(malmoi_token_writer_append(writer, &lists), MALMOI_INVALID_ARGUMENT, "ids for a set that failed");
  malmoi_token_writer_free(writer);
  free(files);
}

// What is wrong is told, and nothing is touched.
static void refuse_wrong(const malmoi_tokenizer *tokenizer) {
  malmoi_tokenizer *none = NULL;
  refuse(malmoi_tokenizer_load("/nonexistent", NULL, &none), MALMOI_FILE_NOT_FOUND, "a missing file");
  refuse(malmoi_tokenizer_load_bytes((const uint8_t *)"{", 1, NULL, &none), MALMOI_MALFORMED_VOCABULARY, "half a file");
  if (none) exit(1);
  malmoi_encoder *encoder;
  malmoi_encoder_options unset = {0};
  refuse(malmoi_encoder_create(tokenizer, &unset, &encoder), MALMOI_INVALID_ARGUMENT, "no size");
  check(malmoi_encoder_create(tokenizer, NULL, &encoder), "encoder_create");
  int32_t descending[] = {0, 3, 1};
  malmoi_texts texts = {(const uint8_t *)"abc", descending, 32, 2};
  malmoi_ids *ids = NULL;
  refuse(malmoi_encode(encoder, &texts, &ids), MALMOI_INVALID_ARGUMENT, "descending offsets");
  texts.offset_bits = 8;
  refuse(malmoi_encode(encoder, &texts, &ids), MALMOI_INVALID_ARGUMENT, "offsets of 8 bits");
  malmoi_encoder_free(encoder);
  uint32_t unknown = 0xFFFFFFFF;
  int64_t one[] = {0, 1};
  malmoi_id_lists lists = {&unknown, 32, 64, one, 1};
  malmoi_bytes *bytes = NULL;
  refuse(malmoi_tokenizer_decode(tokenizer, &lists, 0, &bytes), MALMOI_UNKNOWN_TOKEN, "an unknown id");
  malmoi_normalizer *normalizer = NULL;
  refuse(malmoi_normalizer_create("nfq", &normalizer), MALMOI_INVALID_ARGUMENT, "an unknown normalizer");
  if (ids || bytes || normalizer) exit(1);
}

static void look(const malmoi_tokenizer *tokenizer) {
  malmoi_tokenizer_view view;
  malmoi_tokenizer_get(tokenizer, &view);
  printf("vocabulary %" PRIu32 "\nsha256 %s\n", view.vocabulary_size, view.sha256);
  for (uint32_t index = 0; index < view.added_token_count; index++) {
    malmoi_added_token token;
    malmoi_tokenizer_get_added_token(tokenizer, index, &token);
    uint32_t id;
    check(malmoi_tokenizer_find(tokenizer, (const uint8_t *)token.content, strlen(token.content), &id), "find");
    if (id != token.id) exit(1);
  }
  // "한국어" in conjoining jamo, as one text with the offsets of an Arrow slice.
  static const char jamo[] = "..\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xea\xb5\xad\xec\x96\xb4";
  int32_t slice[] = {2, sizeof jamo - 1};
  malmoi_texts texts = {(const uint8_t *)jamo, slice, 32, 1};
  malmoi_normalizer *normalizer;
  check(malmoi_normalizer_create("nfc", &normalizer), "normalizer_create");
  malmoi_bytes *normal;
  check(malmoi_normalize(normalizer, &texts, &normal), "normalize");
  malmoi_bytes_view normal_view;
  malmoi_bytes_get(normal, &normal_view);
  printf("normal %.*s\n", (int)normal_view.offsets[1], (const char *)normal_view.bytes);
  malmoi_bytes_free(normal);
  malmoi_normalizer_free(normalizer);
  malmoi_trace *trace;
  check(malmoi_trace_text(tokenizer, (const uint8_t *)"학교에서", strlen("학교에서"), 0, &trace), "trace_text");
  malmoi_trace_view trace_view;
  malmoi_trace_get(trace, &trace_view);
  printf("trace");
  for (int64_t i = 0; i < trace_view.count; i++)
    printf(" %" PRIu32 ":%" PRId64 "-%" PRId64, trace_view.ids[i], trace_view.starts[i], trace_view.ends[i]);
  printf("\n");
  malmoi_trace_free(trace);
  malmoi_ids *template;
  check(malmoi_tokenizer_template(tokenizer, &template), "template");
  malmoi_ids_view template_view;
  malmoi_ids_get(template, &template_view);
  printf("template %" PRId64 "\n", template_view.offsets[2]);
  malmoi_ids_free(template);
  malmoi_bytes *vocabulary;
  check(malmoi_tokenizer_vocabulary(tokenizer, &vocabulary), "vocabulary");
  malmoi_bytes_view vocabulary_view;
  malmoi_bytes_get(vocabulary, &vocabulary_view);
  if (vocabulary_view.count != view.vocabulary_size) exit(1);
  malmoi_bytes_free(vocabulary);
}

int main(int argc, char **argv) {
  if (argc != 4) return 64;
  printf("version %s %" PRIu32 "\n", malmoi_version(), malmoi_version_number());
  malmoi_tokenizer *tokenizer;
  check(malmoi_tokenizer_load(argv[1], NULL, &tokenizer), "tokenizer_load");
  look(tokenizer);
  refuse_wrong(tokenizer);
  refuse_after_failure(argv[3]);
  process(tokenizer, argv[2], argv[3]);
  read_back(argv[3]);
  malmoi_tokenizer_free(tokenizer);
  return 0;
}
