// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// One shard in the making: its files, under partial names until the whole set is published.
///
/// A writer that is dropped removes its partial files, unless a checkpoint or
/// ``finish()`` has described them to somebody who goes on with them.
protocol ShardWriter: ~Copyable, Sendable {
  /// Begins the shard `path`, which is a path without extension.
  ///
  /// - Throws: `writeFailed`.
  init(_ path: String, _ settings: ShardSettings) throws(TextError)

  /// Goes on with the shard that was at `state`, forgetting what was written behind it.
  ///
  /// - Throws: `readFailed`, `writeFailed`; `damagedArtefact` if less is there than the state says.
  init(_ path: String, _ settings: ShardSettings, at state: ShardState) throws(TextError)

  /// What was appended so far.
  var totals: ShardTotals { get }

  /// Bytes of the shard's main file with one more sample of `valueCount` values.
  func byteCount(adding valueCount: Int) -> Int

  /// Appends one sample: `values`, whose run in column `c` ends at `ends[c]`.
  ///
  /// - Throws: `writeFailed`; `badRecord` for a sample too long for the format.
  mutating func append(_ values: Span<UInt32>, ends: Span<Int>) throws(TextError)

  /// Makes all samples so far durable, and says how to go on from here.
  ///
  /// - Throws: `writeFailed`.
  mutating func checkpoint() throws(TextError) -> ShardState

  /// Completes the files and makes them durable, still under partial names.
  ///
  /// - Throws: `writeFailed`.
  mutating func finish() throws(TextError) -> FinishedShard
}

/// What all shards of a set have in common.
package struct ShardSettings: Sendable {
  package var format: TokenFileFormat
  package var type: TokenType
  /// The largest id there may be; a larger one traps.
  package var maximumID: UInt32
  package var columns: [SampleColumn]
  /// Whether a side file tells where each document comes from.
  package var keepsProvenance: Bool
  /// The lengths of how many documents stay in memory; the others wait in a file.
  package var heldLengths = 1 << 20

  package init(
    format: TokenFileFormat, type: TokenType, maximumID: UInt32,
    columns: [SampleColumn] = [.inputIDs], keepsProvenance: Bool = false
  ) {
    precondition(maximumID <= type.maximumID, "the token type is too narrow for the maximum id")
    precondition(format.types.contains(type), "a token type that the format does not have")
    precondition(format.refusal(of: columns) == nil, "columns that the format does not have")
    self.format = format
    self.type = type
    self.maximumID = maximumID
    self.columns = columns
    self.keepsProvenance = keepsProvenance || format.hasProvenanceAlways
  }
}

/// What a shard holds.
package struct ShardTotals: Sendable, Equatable {
  /// Documents, or samples where documents were packed.
  package var documentCount = 0
  /// Values of the first column.
  package var tokenCount = 0
  /// The largest id, nil without tokens.
  package var maximumID: UInt32?

  package init() {}

  /// Counts in a sample whose first column has `tokenCount` ids, the largest of them `largest`.
  mutating func add(tokenCount: Int, largest: UInt32?) {
    documentCount += 1
    self.tokenCount += tokenCount
    include(largest)
  }

  /// Counts in a largest id, if there is one.
  mutating func include(_ id: UInt32?) {
    if let id { maximumID = max(maximumID ?? 0, id) }
  }

  var json: JSON {
    .object([
      ("documents", .integer(documentCount)), ("tokens", .integer(tokenCount)),
      ("maximum_id", maximumID.map { .integer(Int($0)) } ?? .null),
    ])
  }

  init?(_ value: JSONValue) {
    guard let documents = value["documents"]?.integer, let tokens = value["tokens"]?.integer
    else { return nil }
    documentCount = documents
    tokenCount = tokens
    maximumID = value["maximum_id"]?.integer.flatMap { UInt32(exactly: $0) }
  }
}

/// How far a shard is: enough to cut its partial files back to this point and go on.
package struct ShardState: Sendable {
  package var totals: ShardTotals
  /// The bytes of each partial file, by what stands behind the shard's path in its name.
  package var files: [(suffix: String, byteCount: Int)]
  /// What else the writer has counted.
  package var notes: [(String, JSON)]

  var json: JSON {
    .object([
      ("totals", totals.json),
      ("files", .object(files.map { ($0.suffix, .integer($0.byteCount)) })),
      ("notes", .object(notes)),
    ])
  }

  init(
    totals: ShardTotals, files: [(suffix: String, byteCount: Int)], notes: [(String, JSON)] = []
  ) {
    self.totals = totals
    self.files = files
    self.notes = notes
  }

  init?(_ value: JSONValue) {
    guard let totals = value["totals"].flatMap(ShardTotals.init),
      let fields = value["files"]?.fields
    else { return nil }
    self.totals = totals
    notes = JSON.fields(of: value["notes"])
    files = []
    for (suffix, size) in fields {
      guard let size = size.integer else { return nil }
      files.append((suffix, size))
    }
  }

  /// The bytes of the file with this `suffix`, nil if the state has none.
  func byteCount(_ suffix: String) -> Int? { files.first { $0.suffix == suffix }?.byteCount }
}

/// The finished files of a shard, durable under partial names.
package struct FinishedShard: Sendable {
  /// The path without extension.
  package let path: String
  /// Every file, named as it will be.
  package internal(set) var outputs: [Manifest.Output]
  package let totals: ShardTotals
  /// What the set's own index says of the shard besides.
  package let notes: [(String, JSON)]

  package init(
    path: String, outputs: [Manifest.Output], totals: ShardTotals, notes: [(String, JSON)] = []
  ) {
    self.path = path
    self.outputs = outputs
    self.totals = totals
    self.notes = notes
  }

  /// The note called `name`.
  func note(_ name: String) -> JSON { notes.first { $0.0 == name }?.1 ?? .null }

  /// The paths of the files, as they will be named.
  var paths: [String] { outputs.map { directoryPrefix(ofPath: path) + $0.name } }

  /// Removes the partial files, if they are there.
  func discard() {
    for path in paths { removeFile(path + ShardFile.partialSuffix) }
  }
}

extension JSON {
  /// A copy of the fields of `object`, none of nothing.
  static func fields(of object: JSONValue?) -> [(String, JSON)] {
    object?.fields.map { ($0.name, JSON(copying: $0.value)) } ?? []
  }
}
