// SPDX-License-Identifier: Apache-2.0

/// How a corpus file holds its records.
package enum InputFormat: String, CaseIterable, Sendable {
  /// By the file's name; failing that, JSON lines if its first non-blank byte is `{`, else text.
  case auto
  /// Plain text, divided into documents as ``DocumentUnit`` says.
  case text
  /// One JSON object a line.
  case jsonl
}

/// What makes one document of plain text.
package enum DocumentUnit: String, CaseIterable, Sendable {
  case line
  /// Lines up to one or more blank lines; a blank line holds only spaces, tabs or nothing.
  case paragraph
  case file
}

/// What becomes of bytes that are not UTF-8.
package enum InvalidUTF8Policy: String, CaseIterable, Sendable {
  /// Each maximal ill-formed subpart becomes U+FFFD and is counted.
  case replace
  /// The run ends with an error.
  case refuse
  /// The record becomes a reject.
  case skip
  /// The bytes stay; in JSON lines, which must be UTF-8, this replaces.
  case keep
}

/// How corpus files become documents.
package struct CorpusOptions: Sendable {
  package var format: InputFormat
  /// The field of a JSON object that holds the document.
  package var field: String
  /// What makes a document; applies to plain text only.
  package var documents: DocumentUnit
  package var invalidUTF8: InvalidUTF8Policy
  /// The longest record in bytes, its line end included; a longer one is a reject.
  package var maximumRecordBytes: Int
  /// How many bytes may come out of each stored byte, the guard against decompression bombs; 0 for
  /// any number.
  package var maximumExpansion = CorpusOptions.defaultMaximumExpansion
  /// Paths of files and of members of archives that are left out.
  package var excluded = ExcludedPaths([])
  /// The size of a block in bytes, unless one record is longer.
  package var blockBytes: Int

  /// 1 MiB: handing out a block costs under 1 % of parsing it, and a worker's set stays in cache.
  package static let defaultBlockBytes = 1 << 20

  /// Korean text shrinks by 3 to 10, repetitive logs by 200; gzip cannot do more than 1,032.
  package static let defaultMaximumExpansion = 1000

  func excludes(_ path: String) -> Bool { excluded.match(path) }

  package init(
    format: InputFormat = .auto, field: String = "text", documents: DocumentUnit = .line,
    invalidUTF8: InvalidUTF8Policy = .replace, maximumRecordBytes: Int = 1 << 30,
    blockBytes: Int = CorpusOptions.defaultBlockBytes
  ) {
    precondition(maximumRecordBytes > 0 && blockBytes > 0, "sizes must be positive")
    self.format = format
    self.field = field
    self.documents = documents
    self.invalidUTF8 = invalidUTF8
    self.maximumRecordBytes = maximumRecordBytes
    self.blockBytes = blockBytes
  }
}
