// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// How a corpus file holds its records.
package enum InputFormat: String, CaseIterable, Sendable {
  /// By the file's name; failing that, by its first bytes, else text.
  case auto
  /// Plain text, divided into documents as ``DocumentUnit`` says.
  case text
  /// One JSON value a line.
  case jsonl
  /// One JSON value, an array of records, or several values one after the other.
  case json
  /// Separated by commas, quoted as RFC 4180 says, with a header.
  case csv
  /// The same, separated by tabs.
  case tsv
  /// JSON of the National Institute of Korean Language's corpora (모두의 말뭉치).
  case modu
  /// JSON of the usual layouts of AI Hub.
  case aihub
  /// A MediaWiki XML dump.
  case wikipedia
  /// Web archives: HTML responses and conversion records.
  case warc
  /// Web archives too, by the name of those that hold text alone.
  case wet
  /// A page a file.
  case html
  /// SubRip, WebVTT or SAMI, a film a file.
  case subtitle
}

/// How fields that hold separators are written.
package enum Quoting: String, CaseIterable, Sendable {
  /// In double quotes, which are doubled inside (RFC 4180).
  case rfc4180
  /// Not at all: a quote is a character like others.
  case none
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
  /// The field that holds the document: a path in JSON, a column of separated values.
  package var field: String
  /// The path of the JSON values that are records each, where it is not the part of `field` up to
  /// its first `[]`.
  package var record: JSONPath?
  /// Replaces `field` by several fields with text between them.
  package var template: Template?
  /// Where metadata stands in JSON and separated values, where not in the fields of its names.
  package var metadataFields: [MetadataField: String] = [:]
  package var quoting = Quoting.rfc4180
  /// Whether separated values begin with the names of their columns; else the names are 1, 2, ….
  package var hasHeader = true
  /// The roles of messages, where the records are conversations; their documents are written as
  /// ``ConversationText`` says.
  package var chatRoles: [String]?
  /// Whether documents carry their metadata.
  package var keepsMetadata = true
  /// Leaves documents out; nil keeps all.
  package var sample: DocumentSample?
  /// What makes a document; applies to plain text only.
  package var documents: DocumentUnit
  /// The charset of all files; nil to find out that of each.
  package var charset: Charset?
  /// Whether UTF-8 that was read as another charset and encoded again is undone, where a round trip
  /// proves it.
  package var repairsMojibake = false
  package var invalidUTF8: InvalidUTF8Policy
  /// The longest record in bytes, its line end included; a longer one is a reject.
  package var maximumRecordBytes: Int
  /// How many bytes may come out of each stored byte, the guard against decompression bombs; 0 for
  /// any number.
  package var maximumExpansion = CorpusOptions.defaultMaximumExpansion
  /// The largest window of a zstd frame in bytes; a frame that asks for more ends the run.
  package var maximumWindowBytes = ZstdDecoder.maximumWindowBytes
  /// After how many stored bytes reading stops, at the end of a block; nil to read everything.
  package var maximumStoredBytes: Int?
  /// Paths of files and of members of archives that are left out.
  package var excluded = ExcludedPaths([])
  /// The size of a block in bytes, unless one record is longer.
  package var blockBytes: Int

  /// 1 MiB: handing out a block costs under 1 % of parsing it, and a worker's set stays in cache.
  package static let defaultBlockBytes = 1 << 20

  /// 64 MiB: no book is longer, and reading stays within its memory.
  package static let defaultMaximumRecordBytes = 1 << 26

  /// Korean text shrinks by 3 to 10, repetitive logs by 200; gzip cannot do more than 1,032.
  package static let defaultMaximumExpansion = 1000

  func excludes(_ path: String) -> Bool { excluded.match(path) }

  package init(
    format: InputFormat = .auto, field: String = "text", documents: DocumentUnit = .line,
    invalidUTF8: InvalidUTF8Policy = .replace,
    maximumRecordBytes: Int = CorpusOptions.defaultMaximumRecordBytes,
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
