// SPDX-License-Identifier: Apache-2.0

#include "CArchive.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

struct ca_archive {
  struct archive *raw;
  ca_input input;
  /// libarchive turns names that are marked as UTF-8 or UTF-16 into the locale's charset; names that
  /// are not marked stay as they are stored.
  locale_t locale;
  bool is_open;
  /// What is left of the current member's last block, and its place in the member.
  const uint8_t *block;
  size_t block_count;
  int64_t block_offset;
  /// How much of the current member was read.
  int64_t member_offset;
  /// Whether libarchive has seen damage in the member, such as a wrong checksum, with its last block.
  bool is_member_bad;
};

static la_ssize_t read_input(struct archive *raw, void *context, const void **bytes) {
  (void)raw;
  ca_archive *archive = context;
  return archive->input.read(archive->input.context, (const uint8_t **)bytes);
}

static la_int64_t seek_input(struct archive *raw, void *context, la_int64_t offset, int whence) {
  (void)raw;
  ca_archive *archive = context;
  int64_t place = archive->input.seek(archive->input.context, offset, whence);
  return place < 0 ? ARCHIVE_FATAL : place;
}

ca_archive *ca_archive_new(ca_container container, ca_input input) {
  ca_archive *archive = calloc(1, sizeof *archive);
  if (!archive) return NULL;
  archive->input = input;
  archive->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  archive->raw = archive_read_new();
  if (!archive->raw || !archive->locale) {
    ca_archive_free(archive);
    return NULL;
  }
  switch (container) {
    // The streamable reader goes from member to member as they are stored and never back.
    case CA_ZIP: archive_read_support_format_zip_streamable(archive->raw); break;
    case CA_TAR: archive_read_support_format_tar(archive->raw); break;
    case CA_7ZIP: archive_read_support_format_7zip(archive->raw); break;
  }
  archive_read_set_read_callback(archive->raw, read_input);
  if (input.seek) archive_read_set_seek_callback(archive->raw, seek_input);
  archive_read_set_callback_data(archive->raw, archive);
  return archive;
}

void ca_archive_free(ca_archive *archive) {
  if (archive->raw) archive_read_free(archive->raw);
  if (archive->locale) freelocale(archive->locale);
  free(archive);
}

static ca_result result_of(int status) {
  switch (status) {
    case ARCHIVE_EOF: return CA_END;
    case ARCHIVE_OK:
    case ARCHIVE_WARN: return CA_MORE;
    case ARCHIVE_RETRY:
    case ARCHIVE_FAILED: return CA_BAD_MEMBER;
    default: return CA_BAD_ARCHIVE;
  }
}

ca_result ca_archive_next(ca_archive *archive, ca_member *member) {
  locale_t before = uselocale(archive->locale);
  struct archive_entry *entry = NULL;
  int status = archive->is_open ? ARCHIVE_OK : archive_read_open1(archive->raw);
  archive->is_open = true;
  archive->block_count = 0;
  archive->block_offset = archive->member_offset = 0;
  archive->is_member_bad = false;
  if (status == ARCHIVE_OK) status = archive_read_next_header(archive->raw, &entry);
  ca_result result = result_of(status);
  if (entry && result == CA_MORE) {
    const char *name = archive_entry_pathname(entry);
    member->name = (const uint8_t *)(name ? name : "");
    member->name_count = name ? strlen(name) : 0;
    member->is_file = archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry);
    member->is_encrypted = archive_entry_is_encrypted(entry);
  }
  uselocale(before);
  return result;
}

// Not by archive_read_data, which forgets what it has copied when it then meets damage.
ca_result ca_archive_read(ca_archive *archive, uint8_t *output, size_t room, size_t *written) {
  *written = 0;
  while (archive->block_count == 0) {
    if (archive->is_member_bad) return CA_BAD_MEMBER;
    const void *block = NULL;
    la_int64_t offset = 0;
    int status = archive_read_data_block(archive->raw, &block, &archive->block_count, &offset);
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
      archive->block_count = 0;
      return result_of(status);
    }
    archive->is_member_bad = status == ARCHIVE_WARN;
    archive->block = block;
    archive->block_offset = offset;
  }
  if (archive->member_offset < archive->block_offset) {
    // A hole of a sparse file.
    size_t gap = (size_t)(archive->block_offset - archive->member_offset);
    *written = gap < room ? gap : room;
    memset(output, 0, *written);
  } else {
    *written = archive->block_count < room ? archive->block_count : room;
    memcpy(output, archive->block, *written);
    archive->block += *written;
    archive->block_offset += (int64_t)*written;
    archive->block_count -= *written;
  }
  archive->member_offset += (int64_t)*written;
  return CA_MORE;
}

const char *ca_archive_message(const ca_archive *archive) {
  const char *message = archive_error_string(archive->raw);
  return message ? message : "cannot be read";
}

int64_t ca_archive_position(const ca_archive *archive) {
  return archive_filter_bytes(archive->raw, -1);
}
