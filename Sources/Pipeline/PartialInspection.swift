// SPDX-License-Identifier: Apache-2.0
//
// What was found in a part of a corpus, as a file: several are added up to what would have been found in
// one pass over all parts. docs/partial-inspections.md has every byte.

package import TextCore

/// What was found in a part of a corpus, and how.
package struct PartialInspection: Sendable {
  package let settings: InspectionSettings
  /// What was named on the command line.
  package private(set) var arguments: ArgumentNames
  package private(set) var inspection: CorpusInspection

  package init(
    settings: InspectionSettings, arguments: ArgumentNames, inspection: CorpusInspection
  ) {
    self.settings = settings
    self.arguments = arguments
    self.inspection = inspection
  }

  /// Adds what was found in a later part of the same corpus.
  ///
  /// - Throws: `invalidArgument` where there are too many groups.
  package mutating func merge(_ later: PartialInspection) throws(TextError) {
    arguments.merge(later.arguments)
    try inspection.merge(later.inspection)
  }

  /// Notes files of the corpus that no part has read.
  package mutating func leaveOut(_ files: [String]) { inspection.leaveOut(files) }
}

/// The inputs as they were named: the first, and how many.
package struct ArgumentNames: Sendable, Equatable {
  private var first: [String]
  private var count: Int

  /// A title of more does not fit a page.
  private static let keptCount = 20

  package init(_ names: [String]) {
    first = Array(names.prefix(Self.keptCount))
    count = names.count
  }

  mutating func merge(_ later: ArgumentNames) {
    first += later.first.prefix(Self.keptCount - first.count)
    count += later.count
  }

  /// The names, and how many more there are.
  package var title: String {
    let more = count > first.count ? " … (+\(count - first.count))" : ""
    return first.joined(separator: " ") + more
  }

  fileprivate var stored: JSON {
    .object([("first", .array(first.map { .string($0) })), ("count", .integer(count))])
  }

  fileprivate init?(stored value: JSONValue) {
    guard let first = value["first"]?.list({ $0.string }), let count = value["count"]?.storedCount,
      first.count == min(count, Self.keptCount)
    else { return nil }
    (self.first, self.count) = (first, count)
  }
}

// MARK: - The file

private let magic = Array("MLMINSPC".utf8)
/// The version of the layout.
private let layoutVersion = 1
/// The magic bytes and two words.
private let openingBytes = 24
private let checksumBytes = 8

private func checksum(_ bytes: Span<UInt8>) -> UInt64 {
  var checksum = XXH3()
  checksum.update(bytes)
  return checksum.value
}

extension PartialInspection {
  /// Refuses to replace what is there.
  ///
  /// - Throws: `outputExists`.
  package static func checkPlace(_ path: String, overwrites: Bool) throws(TextError) {
    try checkOutputFile(path, overwrites: overwrites)
  }

  /// Writes the file `path`, whole or not at all; gives its size in bytes.
  ///
  /// - Throws: `writeFailed`; `invalidArgument` for sums that are larger than a file holds.
  package func write(to path: String) throws(TextError) -> Int {
    let header = JSON.object(
      [("tool_version", .string(toolVersion))] + settings.storedFields
        + [("arguments", arguments.stored), ("read", inspection.account.stored)]
    ).serialized()
    var opening = StateWriter()
    opening.put(word: UInt64(layoutVersion))
    opening.put(word: UInt64(header.count))
    var state = StateWriter()
    inspection.write(to: &state)
    if state.isOverfull {
      throw TextError(
        .invalidArgument, "sums are above 2^48, which is more than a file holds",
        at: .init(path: path), remedy: "keep parts of the corpus apart")
    }
    var bytes = ByteBuffer(
      capacity: openingBytes + header.count + state.bytes.count + checksumBytes)
    bytes.append(copying: magic.span)
    bytes.append(copying: opening.bytes.span)
    bytes.append(copying: header.span)
    bytes.append(copying: state.bytes.span)
    var closing = StateWriter()
    closing.put(word: checksum(bytes.span))
    bytes.append(copying: closing.bytes.span)
    try writeFile(path, bytes.span)
    return bytes.count
  }

  /// Reads the file `path`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`; `damagedArtefact`.
  package init(path: String) throws(TextError) {
    try self.init(contents: readFile(path), path: path)
  }

  /// The partial inspection in `bytes`, the contents of the file `path`.
  ///
  /// - Throws: `damagedArtefact`.
  package init(contents bytes: consuming ByteBuffer, path: String) throws(TextError) {
    let header = try bytes.partialHeader(path: path)
    let root = try JSONDocument(header, path: path, code: .damagedArtefact).root
    guard let settings = InspectionSettings(stored: root),
      let arguments = root["arguments"].flatMap(ArgumentNames.init(stored:)),
      let account = root["read"].flatMap(CorpusAccount.init(stored:))
    else { throw .damagedPartial(path, "its header is incomplete") }
    let sums = (openingBytes + header.count)..<(bytes.count - checksumBytes)
    var reader = StateReader(bytes, sums, path: path)
    let inspection = try CorpusInspection(
      reading: &reader, grouping: settings.grouping, account: account,
      vocabularySizes: settings.tokenizers.map(\.vocabularySize))
    try reader.finish()
    self.init(settings: settings, arguments: arguments, inspection: inspection)
  }
}

extension TextError {
  fileprivate static func damagedPartial(_ path: String, _ what: String) -> TextError {
    TextError(.damagedArtefact, what, at: .init(path: path), remedy: "make it again")
  }
}

extension ByteBuffer {
  /// The header of the partial inspection in these bytes, of which nothing is believed before.
  ///
  /// - Throws: `damagedArtefact`.
  fileprivate func partialHeader(path: String) throws(TextError) -> ByteBuffer {
    let end = count - checksumBytes
    guard end >= openingBytes, span.extracting(0..<magic.count).elementsEqual(magic.span) else {
      throw .damagedPartial(path, "is no partial inspection, or cut off")
    }
    guard word(at: 8) == UInt64(layoutVersion) else {
      throw .damagedPartial(path, "is of another version than \(layoutVersion), or damaged")
    }
    guard word(at: end) == checksum(span.extracting(0..<end)) else {
      throw .damagedPartial(path, "its checksum does not fit: it is damaged or cut off")
    }
    guard let headerCount = Int(exactly: word(at: 16)), headerCount <= end - openingBytes else {
      throw .damagedPartial(path, "its header is longer than it is")
    }
    var header = ByteBuffer(capacity: headerCount)
    header.append(copying: span.extracting(openingBytes..<openingBytes + headerCount))
    return header
  }

  /// The eight bytes at `offset`, the lowest first.
  fileprivate func word(at offset: Int) -> UInt64 {
    var word: UInt64 = 0
    for place in 0..<8 { word |= UInt64(self[offset + place]) << UInt64(place * 8) }
    return word
  }
}
