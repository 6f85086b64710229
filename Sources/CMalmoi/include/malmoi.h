// SPDX-License-Identifier: Apache-2.0
//
// malmoi.h: the stable C ABI of Malmoi.
//
// Batches cross this border, never single tokens: texts and ids are given as Apache Arrow lays out
// strings and lists, all values back to back and an array of offsets, so that buffers of Arrow and
// NumPy go in and out without a copy.
//
// Strings     end with NUL and are UTF-8, paths whatever the system takes; a name that holds NUL cannot be said.
// Status.     Every function that can fail returns a malmoi_status: MALMOI_OK, or why it failed. Then
//             malmoi_last_error() has one line for a person: where, what, remedy. What a function was
//             to give through a pointer is untouched.
// Ownership.  What is given to a function is read or copied before it returns and stays the caller's.
//             What a function gives through an `out` parameter is the caller's, to be given back once
//             by the free function of its type; those take null. Pointers found in a view belong to the
//             object that was viewed and are good until that is freed.
// Threads.    Functions may be called on any thread. Tokenizers and normalizers are immutable: any
//             number of threads may use one at once. Encoders, counters, writers, readers and corpora
//             let one call in at a time, and others wait. An object must not be freed while it is used.
// Fork.       A child process may use everything that no other thread was in the middle of using.
//             There is no background thread, and no signal handler.
// Structs     of options begin with their size, which the caller sets to sizeof: later versions may add
//             fields at the end, and what an older caller did not know of has its default, zero.
//
// A broken contract, such as a null handle, ends the process; bad data never does.

#ifndef MALMOI_H
#define MALMOI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-extension"
#pragma clang assume_nonnull begin
#define MALMOI_NULLABLE _Nullable
#define MALMOI_OUT(type) type *_Nullable *_Nonnull
#define MALMOI_NONNULL _Nonnull
#else
#define MALMOI_NULLABLE
#define MALMOI_OUT(type) type **
#define MALMOI_NONNULL
#endif

// ---- Version, status -----------------------------------------------------------------------------

/// The library's version, "MAJOR.MINOR.PATCH" (semver.org); a static string.
///
/// Within a major version (before 1.0: a minor one) no function and no field changes or goes.
const char *malmoi_version(void);

/// The version as MAJOR * 1000000 + MINOR * 1000 + PATCH, to be compared.
uint32_t malmoi_version_number(void);

/// Why a function failed. The values are stable; unknown ones may come with later versions.
typedef int32_t malmoi_status;

enum {
  MALMOI_OK = 0,
  MALMOI_FILE_NOT_FOUND = 1,
  MALMOI_READ_FAILED = 2,
  MALMOI_WRITE_FAILED = 3,
  MALMOI_OUTPUT_EXISTS = 4,
  MALMOI_INVALID_ARGUMENT = 10,
  MALMOI_VOCABULARY_TOO_SMALL = 11,
  MALMOI_NO_READABLE_FILES = 20,
  MALMOI_EMPTY_CORPUS = 21,
  MALMOI_DAMAGED_COMPRESSION = 22,
  MALMOI_INVALID_UTF8 = 23,
  MALMOI_BAD_RECORD = 24,
  MALMOI_NORMALIZATION_FAILED = 25,
  MALMOI_MALFORMED_VOCABULARY = 30,
  MALMOI_UNSUPPORTED_TOKENIZER = 31,
  MALMOI_UNKNOWN_TOKEN = 32,
  MALMOI_MALFORMED_DICTIONARY = 33,
  MALMOI_MALFORMED_PRESET = 34,
  MALMOI_TOKEN_TYPE_OVERFLOW = 40,
  MALMOI_DAMAGED_ARTEFACT = 41,
  MALMOI_INTERRUPTED = 50
};

/// The line that tells why the last function failed on this thread; "" if none has. It belongs to the
/// library and is good until the next function fails on this thread.
const char *malmoi_last_error(void);

// ---- Buffers -------------------------------------------------------------------------------------

/// Texts, or any bytes, back to back: text i is bytes[offsets[i] ..< offsets[i + 1]].
///
/// This is the layout of Arrow's utf8 and binary arrays (offset_bits 32) and of their large forms (64).
/// Texts need not be UTF-8 and may hold NUL.
typedef struct malmoi_texts {
  /// Null only if all texts are empty.
  const uint8_t *MALMOI_NULLABLE bytes;
  /// count + 1 signed integers of offset_bits bits, ascending, the first 0 or more; null only if count
  /// is 0.
  const void *MALMOI_NULLABLE offsets;
  int32_t offset_bits;
  int64_t count;
} malmoi_texts;

/// Lists of ids, back to back: list i is ids[offsets[i] ..< offsets[i + 1]].
typedef struct malmoi_id_lists {
  /// Unsigned integers of id_bits bits: 16, 32 or 64. Null only if all lists are empty.
  const void *MALMOI_NULLABLE ids;
  int32_t id_bits;
  /// As in malmoi_texts.
  int32_t offset_bits;
  const void *MALMOI_NULLABLE offsets;
  int64_t count;
} malmoi_id_lists;

/// Lists of ids that a function made.
typedef struct malmoi_ids malmoi_ids;

/// What malmoi_ids holds: `count` lists, list i being ids[offsets[i] ..< offsets[i + 1]].
typedef struct malmoi_ids_view {
  /// Unsigned integers of id_bits bits, 16 or 32.
  const void *ids;
  int32_t id_bits;
  /// count + 1 of them; the first is 0.
  const int64_t *offsets;
  int64_t count;
} malmoi_ids_view;

/// Fills `view`, whose pointers are good until `ids` is freed. Any number of threads may read it.
void malmoi_ids_get(const malmoi_ids *ids, malmoi_ids_view *view);

/// Gives the memory of `ids` back; one thread, once.
void malmoi_ids_free(malmoi_ids *MALMOI_NULLABLE ids);

/// Texts that a function made.
typedef struct malmoi_bytes malmoi_bytes;

/// What malmoi_bytes holds: `count` texts, text i being bytes[offsets[i] ..< offsets[i + 1]].
typedef struct malmoi_bytes_view {
  const uint8_t *bytes;
  /// count + 1 of them; the first is 0.
  const int64_t *offsets;
  int64_t count;
} malmoi_bytes_view;

/// Fills `view`, whose pointers are good until `bytes` is freed. Any number of threads may read it.
void malmoi_bytes_get(const malmoi_bytes *bytes, malmoi_bytes_view *view);

/// Gives the memory of `bytes` back; one thread, once.
void malmoi_bytes_free(malmoi_bytes *MALMOI_NULLABLE bytes);

// ---- Tokenizers ----------------------------------------------------------------------------------

/// A tokenizer: normalizer, pre-tokenizer, vocabulary, merges and added tokens. Immutable; any number of
/// threads may use one at once.
typedef struct malmoi_tokenizer malmoi_tokenizer;

/// Loads the tokenizer at `path`: a directory made by `malmoi train`, a tokenizer.json or a .tiktoken
/// file.
///
/// `pre_tokenizer` names how text is cut ("gpt2", "cl100k", …) where the file does not say it; null else.
/// Fails with FILE_NOT_FOUND, READ_FAILED, MALFORMED_VOCABULARY, UNSUPPORTED_TOKENIZER (which names the
/// part) or INVALID_ARGUMENT. The caller frees *tokenizer. Safe on any thread.
malmoi_status malmoi_tokenizer_load(
    const char *path, const char *MALMOI_NULLABLE pre_tokenizer, MALMOI_OUT(malmoi_tokenizer) tokenizer);

/// The same from the contents of a tokenizer.json or .tiktoken file, which are read before it returns.
/// The caller frees *tokenizer. Safe on any thread.
malmoi_status malmoi_tokenizer_load_bytes(
    const uint8_t *bytes, size_t count, const char *MALMOI_NULLABLE pre_tokenizer,
    MALMOI_OUT(malmoi_tokenizer) tokenizer);

/// Gives a tokenizer back; encoders made from it keep what they need. One thread, once.
void malmoi_tokenizer_free(malmoi_tokenizer *MALMOI_NULLABLE tokenizer);

/// What is known of a tokenizer; strings belong to it.
typedef struct malmoi_tokenizer_view {
  /// The number of ids, added tokens included; every id is below it.
  uint32_t vocabulary_size;
  /// The number of added tokens, special ones among them.
  uint32_t added_token_count;
  /// SHA-256 of the file it was made from, in hexadecimal: its identity in manifests.
  const char *sha256;
  /// As count files and manifests name them.
  const char *normalizer;
  const char *pre_tokenizer;
} malmoi_tokenizer_view;

/// Fills `view`, whose strings are good until the tokenizer is freed. Safe on any thread.
void malmoi_tokenizer_get(const malmoi_tokenizer *tokenizer, malmoi_tokenizer_view *view);

/// A token that stands for itself in text.
typedef struct malmoi_added_token {
  uint32_t id;
  /// Whether it is found in text only when special tokens are parsed.
  int32_t is_special;
  /// UTF-8, ends with NUL, belongs to the tokenizer.
  const char *content;
} malmoi_added_token;

/// Fills `token` with the added token `index`, 0 ..< added_token_count, in the order of their ids. Safe
/// on any thread.
void malmoi_tokenizer_get_added_token(
    const malmoi_tokenizer *tokenizer, uint32_t index, malmoi_added_token *token);

/// The special tokens that the tokenizer puts before and behind a text (add_special_tokens): two lists in
/// *ids, which the caller frees. Safe on any thread.
malmoi_status malmoi_tokenizer_template(const malmoi_tokenizer *tokenizer, MALMOI_OUT(malmoi_ids) ids);

/// The bytes of all tokens, one text an id (an unused id has none), in *bytes, which the caller frees. Safe
/// on any thread; O(vocabulary).
malmoi_status malmoi_tokenizer_vocabulary(
    const malmoi_tokenizer *tokenizer, MALMOI_OUT(malmoi_bytes) bytes);

/// Sets *id to that of the token whose bytes these are; UNKNOWN_TOKEN if there is none. Safe on any
/// thread; O(count).
malmoi_status malmoi_tokenizer_find(
    const malmoi_tokenizer *tokenizer, const uint8_t *bytes, size_t count, uint32_t *id);

/// Decodes lists of ids, special tokens as their text, or left out where `skips_special_tokens` is not 0.
///
/// The bytes are exact: those of a list that ends inside a character are not UTF-8. Fails with
/// UNKNOWN_TOKEN, INVALID_ARGUMENT (offsets). The caller frees *bytes. Safe on any thread; O(bytes).
malmoi_status malmoi_tokenizer_decode(
    const malmoi_tokenizer *tokenizer, const malmoi_id_lists *lists, int32_t skips_special_tokens,
    MALMOI_OUT(malmoi_bytes) bytes);

// ---- Encoding ------------------------------------------------------------------------------------

/// What encodes with a tokenizer: its threads' caches, which never change the ids. One call at a time.
typedef struct malmoi_encoder malmoi_encoder;

typedef struct malmoi_encoder_options {
  /// sizeof(malmoi_encoder_options)
  uint32_t size;
  /// Threads of a call; 0 is 1. The caller's own is one of them. Never changes the result.
  int32_t thread_count;
  /// Not 0: special tokens spelled out in the text become their ids. Other added tokens always do.
  int32_t parses_special_tokens;
  /// Not 0: the special tokens that the tokenizer puts around a text are added.
  int32_t adds_special_tokens;
  /// 32 for ids of 32 bits whatever the vocabulary; 0 for 16 bits where every id fits.
  int32_t id_bits;
  /// Replaces the tokenizer's own normalizer; null to keep it.
  const char *MALMOI_NULLABLE normalizer;
} malmoi_encoder_options;

/// Makes an encoder; null `options` are all zero. INVALID_ARGUMENT for an unknown normalizer or bits. The
/// caller frees *encoder. Safe on any thread.
malmoi_status malmoi_encoder_create(
    const malmoi_tokenizer *tokenizer, const malmoi_encoder_options *MALMOI_NULLABLE options,
    MALMOI_OUT(malmoi_encoder) encoder);

/// Gives an encoder back; one thread, once.
void malmoi_encoder_free(malmoi_encoder *MALMOI_NULLABLE encoder);

/// Encodes every text; list i of *ids, which the caller frees, has the ids of text i.
///
/// The ids are those of `malmoi encode`, for any number of threads. Fails with INVALID_ARGUMENT (offsets),
/// NORMALIZATION_FAILED. One call at a time; O(n), O(n log n) in the longest pretoken; memory is the result
/// and caches of at most 40 MiB a thread.
malmoi_status malmoi_encode(
    malmoi_encoder *encoder, const malmoi_texts *texts, MALMOI_OUT(malmoi_ids) ids);

/// Sets counts[i] to the number of ids of text i, without keeping them. Fails as malmoi_encode does. One
/// call at a time.
malmoi_status malmoi_count_tokens(
    malmoi_encoder *encoder, const malmoi_texts *texts, int64_t *MALMOI_NULLABLE counts);

/// Tokens with their places.
typedef struct malmoi_trace malmoi_trace;

/// What malmoi_trace holds, of `count` tokens.
typedef struct malmoi_trace_view {
  const uint32_t *ids;
  /// Token i comes from the bytes starts[i] ..< ends[i] of the text as it was given. Tokens of one
  /// character share its bytes where normalising made it.
  const int64_t *starts;
  const int64_t *ends;
  int64_t count;
} malmoi_trace_view;

/// Encodes one text and tells where in it each token comes from.
///
/// The ids are those of malmoi_encode with the tokenizer's own normalizer and no special tokens added.
/// NORMALIZATION_FAILED. The caller frees *trace. Safe on any thread; several times slower than encoding.
malmoi_status malmoi_trace_text(
    const malmoi_tokenizer *tokenizer, const uint8_t *MALMOI_NULLABLE text, size_t count,
    int32_t parses_special_tokens, MALMOI_OUT(malmoi_trace) trace);

/// Fills `view`, whose pointers are good until `trace` is freed. Any number of threads may read it.
void malmoi_trace_get(const malmoi_trace *trace, malmoi_trace_view *view);

/// Gives the memory of `trace` back; one thread, once.
void malmoi_trace_free(malmoi_trace *MALMOI_NULLABLE trace);

// ---- Normalising ---------------------------------------------------------------------------------

/// How text is normalised. Immutable; any number of threads may use one at once.
typedef struct malmoi_normalizer malmoi_normalizer;

/// Makes the normalizer `name`: a profile ("none", "nfc", "nfkc", "korean", …) and what differs from it, as
/// in "korean +cap-repeats=3 -zero-width". INVALID_ARGUMENT for an unknown name. The caller frees
/// *normalizer. Safe on any thread.
malmoi_status malmoi_normalizer_create(const char *name, MALMOI_OUT(malmoi_normalizer) normalizer);

/// Gives a normalizer back; one thread, once.
void malmoi_normalizer_free(malmoi_normalizer *MALMOI_NULLABLE normalizer);

/// The normal form of every text in *bytes, which the caller frees. INVALID_ARGUMENT (offsets),
/// NORMALIZATION_FAILED. Safe on any thread; O(n).
malmoi_status malmoi_normalize(
    const malmoi_normalizer *normalizer, const malmoi_texts *texts, MALMOI_OUT(malmoi_bytes) bytes);

// ---- Counting and training -----------------------------------------------------------------------

/// Counts pretokens of texts into a count file. Many processes may count parts; the files are added up by
/// `malmoi merge-counts` or by training from all of them. One call at a time.
typedef struct malmoi_counter malmoi_counter;

typedef struct malmoi_counter_options {
  /// sizeof(malmoi_counter_options)
  uint32_t size;
  int32_t thread_count;
  /// Bytes that the tables of counts may take; 0 is 1 GiB. What is more goes to sorted runs on disk.
  int64_t memory_bytes;
  /// "nfc" if null.
  const char *MALMOI_NULLABLE normalizer;
  /// "gpt2" if null.
  const char *MALMOI_NULLABLE pre_tokenizer;
  /// The source's name in the count file; "texts" if null.
  const char *MALMOI_NULLABLE source;
} malmoi_counter_options;

/// Makes a counter whose count file will be `path`; sorted runs lie in PATH.partial meanwhile.
///
/// INVALID_ARGUMENT for unknown names, OUTPUT_EXISTS if there is a file and `overwrites` is 0. The caller
/// frees *counter. Safe on any thread.
malmoi_status malmoi_counter_create(
    const char *path, int32_t overwrites, const malmoi_counter_options *MALMOI_NULLABLE options,
    MALMOI_OUT(malmoi_counter) counter);

/// Counts the pretokens of every text. INVALID_ARGUMENT (offsets), NORMALIZATION_FAILED, WRITE_FAILED. One
/// call at a time.
malmoi_status malmoi_counter_add(malmoi_counter *counter, const malmoi_texts *texts);

/// Writes the count file; nothing can be added then, also if it failed. EMPTY_CORPUS without a text, WRITE_FAILED. One call at
/// a time.
malmoi_status malmoi_counter_finish(malmoi_counter *counter);

/// Gives a counter back; what was not finished is removed from disk. One thread, once.
void malmoi_counter_free(malmoi_counter *MALMOI_NULLABLE counter);

/// Is told how far training is: `done` of `total` (0: unknown) ids made. Not 0: stop, with INTERRUPTED.
typedef int32_t (*malmoi_progress)(void *MALMOI_NULLABLE context, int64_t done, int64_t total);

typedef struct malmoi_training_options {
  /// sizeof(malmoi_training_options)
  uint32_t size;
  int32_t thread_count;
  /// The number of ids, special tokens and the 256 bytes included.
  int64_t vocabulary_size;
  /// Special tokens, which get the first ids in order.
  const char *MALMOI_NONNULL const *MALMOI_NULLABLE special_tokens;
  size_t special_token_count;
  /// Pairs that occur less often are not merged; 0 is 1.
  int64_t minimum_frequency;
  /// Pretokens that occur less often are left out; 0 is 1.
  int64_t minimum_count;
  /// Longer tokens are not made; 0 for any length.
  int64_t maximum_token_bytes;
  /// Not 0: every token is whole characters, or bytes inside one.
  int32_t is_syllable_safe;
  /// Not 0: an existing output is replaced.
  int32_t overwrites;
  /// Bytes of memory that training may take; 0 is the command's default.
  int64_t memory_bytes;
  malmoi_progress MALMOI_NULLABLE progress;
  void *MALMOI_NULLABLE progress_context;
} malmoi_training_options;

/// Trains a byte-level BPE tokenizer from count files and writes its directory, as `malmoi train --counts`
/// does.
///
/// Fails with INVALID_ARGUMENT, VOCABULARY_TOO_SMALL, OUTPUT_EXISTS before anything is read; then with what
/// reading and writing do, and INTERRUPTED. `progress` is called on any thread, one call at a time. Safe on
/// any thread.
malmoi_status malmoi_train(
    const char *MALMOI_NONNULL const *MALMOI_NONNULL count_files, size_t count, const malmoi_training_options *options,
    const char *output_directory);

// ---- Token files ---------------------------------------------------------------------------------

/// Writes token files with a manifest. One call at a time.
typedef struct malmoi_token_writer malmoi_token_writer;

typedef struct malmoi_token_writer_options {
  /// sizeof(malmoi_token_writer_options)
  uint32_t size;
  /// Not 0: an existing set is replaced.
  int32_t overwrites;
  /// A shard is closed before it has more tokens; 0 for one shard.
  int64_t shard_tokens;
  /// Names the tokenizer in the manifest, and sets the stored type of ids; null: `maximum_id` does.
  const malmoi_tokenizer *MALMOI_NULLABLE tokenizer;
  /// The highest id that will come, where there is no tokenizer; 0 for 16-bit ids.
  uint32_t maximum_id;
} malmoi_token_writer_options;

/// Starts a set of token files at `path` in `format`: "megatron", "numpy", "mds", … as `malmoi encode
/// --format` has them. The set appears under its name when it is finished.
///
/// INVALID_ARGUMENT, OUTPUT_EXISTS, WRITE_FAILED. The caller frees *writer. Safe on any thread.
malmoi_status malmoi_token_writer_create(
    const char *format, const char *path, const malmoi_token_writer_options *MALMOI_NULLABLE options,
    MALMOI_OUT(malmoi_token_writer) writer);

/// Appends documents. INVALID_ARGUMENT (offsets), TOKEN_TYPE_OVERFLOW (nothing of the call is written
/// then), WRITE_FAILED. One call at a time.
malmoi_status malmoi_token_writer_append(malmoi_token_writer *writer, const malmoi_id_lists *documents);

/// Completes the set and gives its files their names; nothing can be appended then, also if it failed.
/// EMPTY_CORPUS without an id, WRITE_FAILED. One call at a time.
malmoi_status malmoi_token_writer_finish(malmoi_token_writer *writer);

/// Gives a writer back; what was not finished is removed from disk. One thread, once.
void malmoi_token_writer_free(malmoi_token_writer *MALMOI_NULLABLE writer);

/// Reads token files in order. One call at a time.
typedef struct malmoi_token_reader malmoi_token_reader;

/// Opens the set at `path`: its prefix, directory or manifest, or one of its files; ours or those of other
/// writers. `format` null finds it out. Where documents are not told apart in the files ("nanogpt", "llm.c",
/// "npy" of other tools), `end_of_document` is the id that ends each; -1 if there is none.
///
/// FILE_NOT_FOUND, READ_FAILED, DAMAGED_ARTEFACT, INVALID_ARGUMENT (format, end_of_document). The caller frees
/// *reader. Safe on any thread.
malmoi_status malmoi_token_reader_open(
    const char *path, const char *MALMOI_NULLABLE format, int64_t end_of_document,
    MALMOI_OUT(malmoi_token_reader) reader);

/// What is known of a set of token files; strings belong to the reader.
typedef struct malmoi_token_reader_view {
  const char *format;
  int64_t document_count;
  int64_t token_count;
  int64_t shard_count;
} malmoi_token_reader_view;

/// Fills `view`, whose strings are good until the reader is freed. Safe on any thread.
void malmoi_token_reader_get(const malmoi_token_reader *reader, malmoi_token_reader_view *view);

/// Reads whole documents, about `token_count` ids of them and at least one, into *ids, which the caller
/// frees; no list at all is the end. READ_FAILED, DAMAGED_ARTEFACT. One call at a time.
malmoi_status malmoi_token_reader_next(
    malmoi_token_reader *reader, int64_t token_count, MALMOI_OUT(malmoi_ids) ids);

/// Gives a reader back; one thread, once.
void malmoi_token_reader_free(malmoi_token_reader *MALMOI_NULLABLE reader);

// ---- Corpora -------------------------------------------------------------------------------------

/// Reads the documents of corpus files in order. One call at a time.
typedef struct malmoi_corpus malmoi_corpus;

typedef struct malmoi_corpus_options {
  /// sizeof(malmoi_corpus_options)
  uint32_t size;
  /// Not 0: the first record that cannot be read ends reading; else it is counted.
  int32_t is_strict;
  /// "auto" if null; "text", "jsonl", "csv", … as `malmoi cat --input-format` has them.
  const char *MALMOI_NULLABLE format;
  /// The field that holds the text; "text" if null.
  const char *MALMOI_NULLABLE field;
  /// What makes a document of plain text: "line" (null), "paragraph" or "file".
  const char *MALMOI_NULLABLE documents;
  /// The charset of all files; null to find out that of each.
  const char *MALMOI_NULLABLE charset;
} malmoi_corpus_options;

/// Opens files, directories and patterns. INVALID_ARGUMENT, FILE_NOT_FOUND, NO_READABLE_FILES. The caller
/// frees *corpus. Safe on any thread.
malmoi_status malmoi_corpus_open(
    const char *MALMOI_NONNULL const *MALMOI_NONNULL paths, size_t count, const malmoi_corpus_options *MALMOI_NULLABLE options,
    MALMOI_OUT(malmoi_corpus) corpus);

/// Some documents of one file.
typedef struct malmoi_documents malmoi_documents;

typedef struct malmoi_documents_view {
  /// The file, as given or found; of a member of an archive, with its name. Ends with NUL.
  const char *path;
  /// Document i is text[offsets[i] ..< offsets[i + 1]]; UTF-8.
  const uint8_t *text;
  const int64_t *offsets;
  /// The line, or record, that each document begins in, from 1.
  const int64_t *lines;
  /// The corpus' own id of each document, empty where it has none: id i is ids[id_offsets[i] ..<
  /// id_offsets[i + 1]].
  const uint8_t *ids;
  const int64_t *id_offsets;
  int64_t count;
} malmoi_documents_view;

/// Reads the documents of the next block, of about a mebibyte, into *documents, which the caller frees; null
/// is the end. READ_FAILED, and in strict mode what is wrong with a record. One call at a time.
malmoi_status malmoi_corpus_next(malmoi_corpus *corpus, MALMOI_OUT(malmoi_documents) documents);

/// Fills `view`, whose pointers are good until `documents` is freed. Any number of threads may read it.
void malmoi_documents_get(const malmoi_documents *documents, malmoi_documents_view *view);

/// Gives the memory of `documents` back; one thread, once.
void malmoi_documents_free(malmoi_documents *MALMOI_NULLABLE documents);

/// What has been read so far.
typedef struct malmoi_corpus_view {
  int64_t documents;
  /// Records that were left out, and U+FFFD written for what was no UTF-8.
  int64_t rejected_records;
  int64_t replaced_utf8_sequences;
  /// Stored bytes read, and of all files; -1 where that is not known.
  int64_t stored_bytes;
  int64_t total_stored_bytes;
} malmoi_corpus_view;

/// Fills `view`. One call at a time.
void malmoi_corpus_get(malmoi_corpus *corpus, malmoi_corpus_view *view);

/// The first rejected records, up to a hundred, a line each for a person, in *bytes, which the caller frees.
/// One call at a time.
malmoi_status malmoi_corpus_rejects(malmoi_corpus *corpus, MALMOI_OUT(malmoi_bytes) bytes);

/// Gives a corpus back; one thread, once.
void malmoi_corpus_free(malmoi_corpus *MALMOI_NULLABLE corpus);

#ifdef __clang__
#pragma clang assume_nonnull end
#pragma clang diagnostic pop
#endif

#ifdef __cplusplus
}
#endif

#endif
