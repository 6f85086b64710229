// SPDX-License-Identifier: Apache-2.0

#include "CArchive.h"

#include <bzlib.h>
#include <isa-l/igzip_lib.h>
#include <limits.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdlib.h>

/// The most memory that an xz stream may ask for; `xz -9` takes 65 MiB.
#define XZ_MEMORY ((uint64_t)256 << 20)
/// Bytes of the header of an lz4 block, which the wishes of liblz4 include.
#define LZ4_BLOCK_HEADER 4

struct ca_decoder {
  ca_codec codec;
  bool is_between_streams;
  /// Whether the stream's state is to be freed.
  bool is_running;
  struct inflate_state *gzip;
  bz_stream bzip2;
  lzma_stream xz;
  LZ4F_dctx *lz4;
  /// What liblz4 wants next.
  size_t lz4_wanted;
};

ca_decoder *ca_decoder_new(ca_codec codec) {
  ca_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return NULL;
  decoder->codec = codec;
  decoder->is_between_streams = true;
  bool is_made = true;
  if (codec == CA_GZIP) {
    is_made = (decoder->gzip = calloc(1, sizeof *decoder->gzip)) != NULL;
  } else if (codec == CA_LZ4) {
    is_made = !LZ4F_isError(LZ4F_createDecompressionContext(&decoder->lz4, LZ4F_VERSION));
  }
  if (is_made) return decoder;
  ca_decoder_free(decoder);
  return NULL;
}

void ca_decoder_free(ca_decoder *decoder) {
  if (decoder->is_running && decoder->codec == CA_BZIP2) BZ2_bzDecompressEnd(&decoder->bzip2);
  if (decoder->is_running && decoder->codec == CA_XZ) lzma_end(&decoder->xz);
  if (decoder->lz4) LZ4F_freeDecompressionContext(decoder->lz4);
  free(decoder->gzip);
  free(decoder);
}

bool ca_decoder_is_between_streams(const ca_decoder *decoder) {
  return decoder->is_between_streams;
}

/// A piece of the input and a piece of the output, both shrinking as they are used.
typedef struct {
  const uint8_t *input;
  size_t count;
  uint8_t *output;
  size_t room;
} piece;

static void advance(piece *piece, size_t consumed, size_t written) {
  piece->input += consumed;
  piece->count -= consumed;
  piece->output += written;
  piece->room -= written;
}

static unsigned clamped(size_t count) { return count > INT_MAX ? INT_MAX : (unsigned)count; }

// ---- One stream; `is_end` is set at its end ----

static const char *step_gzip(ca_decoder *decoder, piece *piece, bool *is_end) {
  struct inflate_state *state = decoder->gzip;
  if (decoder->is_between_streams) {
    isal_inflate_init(state);
    state->crc_flag = ISAL_GZIP;
  }
  state->next_in = (uint8_t *)piece->input;
  state->avail_in = clamped(piece->count);
  state->next_out = piece->output;
  state->avail_out = clamped(piece->room);
  int status = isal_inflate(state);
  advance(piece, (size_t)(state->next_in - piece->input),
          (size_t)(state->next_out - piece->output));
  *is_end = status >= 0 && state->block_state == ISAL_BLOCK_FINISH;
  switch (status) {
    case ISAL_INVALID_BLOCK: return "invalid block";
    case ISAL_INVALID_SYMBOL: return "invalid symbol";
    case ISAL_INVALID_LOOKBACK: return "a copy from before the start";
    case ISAL_INVALID_WRAPPER: return "no gzip header";
    case ISAL_UNSUPPORTED_METHOD: return "unsupported method";
    case ISAL_INCORRECT_CHECKSUM: return "wrong checksum";
    default: return status < 0 ? "invalid data" : NULL;
  }
}

static const char *step_bzip2(ca_decoder *decoder, piece *piece, bool *is_end) {
  bz_stream *stream = &decoder->bzip2;
  if (!decoder->is_running) {
    *stream = (bz_stream){0};
    if (BZ2_bzDecompressInit(stream, 0, 0) != BZ_OK) return "no memory for bzip2";
    decoder->is_running = true;
  }
  stream->next_in = (char *)piece->input;
  stream->avail_in = clamped(piece->count);
  stream->next_out = (char *)piece->output;
  stream->avail_out = clamped(piece->room);
  int status = BZ2_bzDecompress(stream);
  advance(piece, (size_t)((uint8_t *)stream->next_in - piece->input),
          (size_t)((uint8_t *)stream->next_out - piece->output));
  *is_end = status == BZ_STREAM_END;
  if (*is_end) {
    BZ2_bzDecompressEnd(stream);
    decoder->is_running = false;
  }
  if (status >= 0) return NULL;
  return status == BZ_DATA_ERROR_MAGIC ? "no bzip2 header" : "wrong checksum or invalid data";
}

static const char *step_xz(ca_decoder *decoder, piece *piece, bool *is_end) {
  lzma_stream *stream = &decoder->xz;
  if (!decoder->is_running) {
    *stream = (lzma_stream)LZMA_STREAM_INIT;
    if (lzma_stream_decoder(stream, XZ_MEMORY, LZMA_FAIL_FAST) != LZMA_OK) return "no memory for xz";
    decoder->is_running = true;
  }
  stream->next_in = piece->input;
  stream->avail_in = piece->count;
  stream->next_out = piece->output;
  stream->avail_out = piece->room;
  lzma_ret status = lzma_code(stream, LZMA_RUN);
  advance(piece, (size_t)(stream->next_in - piece->input),
          (size_t)(stream->next_out - piece->output));
  *is_end = status == LZMA_STREAM_END;
  if (*is_end) {
    lzma_end(stream);
    decoder->is_running = false;
  }
  switch (status) {
    case LZMA_OK:
    case LZMA_STREAM_END:
    case LZMA_BUF_ERROR: return NULL;
    case LZMA_FORMAT_ERROR: return "no xz header";
    case LZMA_OPTIONS_ERROR: return "options that liblzma does not have";
    case LZMA_MEMLIMIT_ERROR: return "made with a dictionary of more than 256 MiB";
    default: return "wrong checksum or invalid data";
  }
}

static const char *step_lz4(ca_decoder *decoder, piece *piece, bool *is_end) {
  if (decoder->is_between_streams) {
    LZ4F_resetDecompressionContext(decoder->lz4);
    decoder->lz4_wanted = 0;
  }
  // liblz4 forgets what a call has put out when that call also meets damage, so it is never given
  // the header of the next block together with a block.
  size_t wanted = decoder->lz4_wanted;
  if (wanted > LZ4_BLOCK_HEADER) wanted -= LZ4_BLOCK_HEADER;
  size_t consumed = wanted > 0 && wanted < piece->count ? wanted : piece->count;
  if (decoder->lz4_wanted == 0 && consumed > LZ4F_HEADER_SIZE_MIN) consumed = LZ4F_HEADER_SIZE_MIN;
  size_t written = piece->room;
  size_t status = LZ4F_decompress(decoder->lz4, piece->output, &written, piece->input, &consumed, NULL);
  if (LZ4F_isError(status)) return LZ4F_getErrorName(status);
  advance(piece, consumed, written);
  decoder->lz4_wanted = status;
  *is_end = status == 0;
  return NULL;
}

static const char *step(ca_decoder *decoder, piece *piece, bool *is_end) {
  switch (decoder->codec) {
    case CA_GZIP: return step_gzip(decoder, piece, is_end);
    case CA_BZIP2: return step_bzip2(decoder, piece, is_end);
    case CA_XZ: return step_xz(decoder, piece, is_end);
    case CA_LZ4: return step_lz4(decoder, piece, is_end);
  }
  return "unknown codec";
}

const char *ca_decode(ca_decoder *decoder, const uint8_t *input, size_t count, size_t *consumed,
                      uint8_t *output, size_t room, size_t *written) {
  piece piece = {input, count, output, room};
  const char *message = NULL;
  while (!message && piece.room > 0) {
    if (decoder->is_between_streams) {
      while (piece.count > 0 && *piece.input == 0) advance(&piece, 1, 0);
      if (piece.count == 0) break;
    }
    size_t count_before = piece.count, room_before = piece.room;
    bool is_end = false;
    message = step(decoder, &piece, &is_end);
    decoder->is_between_streams = is_end;
    if (!is_end && piece.count == count_before && piece.room == room_before) break;
  }
  *consumed = count - piece.count;
  *written = room - piece.room;
  return message;
}
