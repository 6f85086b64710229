// SPDX-License-Identifier: Apache-2.0
// Compressed streams and archives behind one face each: gzip by ISA-L, bzip2 by libbz2, xz by
// liblzma, lz4 by liblz4; the members of zip, tar and 7z by libarchive.
//
// libarchive could decompress streams too. It does not check gzip's checksum, and where a stream is
// damaged it forgets up to 64 KiB that stand before; these decoders give out all of it.

#ifndef MALMOI_CARCHIVE_H
#define MALMOI_CARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Compressed streams ----

typedef enum { CA_GZIP, CA_BZIP2, CA_XZ, CA_LZ4 } ca_codec;

typedef struct ca_decoder ca_decoder;

/// A new decoder, owned by the caller, who frees it with `ca_decoder_free`; null without memory.
ca_decoder *ca_decoder_new(ca_codec codec);
void ca_decoder_free(ca_decoder *decoder);

/// Decompresses from `input` to `output` until one of them is used up; streams may follow each other,
/// zero bytes may pad them. Sets `consumed` and `written`, also where the input is damaged. Returns
/// null, or what is wrong, a static string.
const char *ca_decode(ca_decoder *decoder, const uint8_t *input, size_t count, size_t *consumed,
                      uint8_t *output, size_t room, size_t *written);

/// Whether the input so far ends where a stream ends.
bool ca_decoder_is_between_streams(const ca_decoder *decoder);

// ---- Archives ----

typedef enum { CA_ZIP, CA_TAR, CA_7ZIP } ca_container;

/// Where the bytes of an archive come from; `context` is the caller's own.
typedef struct {
  void *context;
  /// Points `bytes` to the next piece, which lives until the next call, and returns its length; 0 at
  /// the end, -1 to give up.
  ptrdiff_t (*read)(void *context, const uint8_t **bytes);
  /// Moves to `offset` from the start, the current place or the end as lseek does, and returns the
  /// new place, -1 if that cannot be; null where the input only runs forwards. 7z needs it.
  int64_t (*seek)(void *context, int64_t offset, int whence);
} ca_input;

typedef struct ca_archive ca_archive;

/// Opens the archive that `input` gives, owned by the caller, who frees it with `ca_archive_free`;
/// null without memory. What is wrong with the archive shows at its first member.
ca_archive *ca_archive_new(ca_container container, ca_input input);
void ca_archive_free(ca_archive *archive);

typedef struct {
  /// Bytes of the name as they are stored, or in UTF-8 where the archive says what they are; they
  /// live until the next call.
  const uint8_t *name;
  size_t name_count;
  bool is_file;
  bool is_encrypted;
} ca_member;

typedef enum {
  CA_MORE,
  CA_END,
  /// This member is damaged; the next one may be read.
  CA_BAD_MEMBER,
  /// Nothing more can be read.
  CA_BAD_ARCHIVE
} ca_result;

/// Goes to the next member, past what is left of the current one.
ca_result ca_archive_next(ca_archive *archive, ca_member *member);

/// Reads up to `room` bytes of the current member; sets `written`, which is 0 only with CA_END or
/// damage.
ca_result ca_archive_read(ca_archive *archive, uint8_t *output, size_t room, size_t *written);

/// What is wrong; it lives until the next call.
const char *ca_archive_message(const ca_archive *archive);

/// How many bytes of the input are used up.
int64_t ca_archive_position(const ca_archive *archive);

#ifdef __cplusplus
}
#endif

#endif
