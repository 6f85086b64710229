// SPDX-License-Identifier: Apache-2.0

import TestSupport
import TextCore
import TokenFiles

/// A sink for the set `path`, of ids up to the type's largest.
func sink(
  _ path: String, format: TokenFileFormat = .megatron, type: TokenType = .uint16,
  limits: ShardLimits = ShardLimits(), continuing state: JSONValue? = nil
) throws(TextError) -> any TokenSink {
  try makeTokenSink(
    SinkSettings(
      output: SinkOutput(format: format, path: path),
      shards: ShardSettings(format: format, type: type, maximumID: type.maximumID),
      limits: limits),
    continuing: state)
}

/// Writes `documents` as the set `prefix`, in batches of up to `batch` documents.
@discardableResult
func writeSet(
  _ prefix: String, _ documents: [[UInt32]], format: TokenFileFormat = .megatron,
  type: TokenType = .uint16, shardTokens: Int? = nil, batch: Int = 3
) throws(TextError) -> TokenFileSummary {
  let sink = try sink(
    prefix, format: format, type: type,
    limits: ShardLimits(tokens: shardTokens).completed(for: format))
  for start in stride(from: 0, to: documents.count, by: batch) {
    try append(Array(documents[start..<min(start + batch, documents.count)]), to: sink)
  }
  return try publish(sink)
}

/// Appends `documents` as one batch.
func append(_ documents: [[UInt32]], to sink: any TokenSink) throws(TextError) {
  var batch = SampleBatch()
  for document in documents {
    batch.values.append(copying: document.span)
    batch.endRun()
  }
  try sink.append(batch)
}

/// Finishes and publishes what `sink` has.
@discardableResult
func publish(_ sink: any TokenSink) throws(TextError) -> TokenFileSummary {
  var manifest = Manifest(kind: "token-files", toolVersion: "0")
  manifest.options = [("format", .string(sink.names.format.rawValue))]
  let finished = try sink.finish(manifest: manifest)
  try finished.publication.perform()
  return finished.summary
}

/// All documents of the set at `path`.
func readSet(_ path: String) throws(TextError) -> [[UInt32]] {
  var documents: [[UInt32]] = []
  try TokenFileReader(path).forEachDocument { (number, ids) throws(TextError) in
    precondition(number == documents.count)
    documents.append(ids.indices.map { ids[$0] })
  }
  return documents
}

/// `json` as a journal gives it back.
func stored(_ json: JSON) throws -> JSONValue {
  let directory = TemporaryDirectory()
  let path = directory.path + "/state.json"
  try writeFile(path, json.serialized().span)
  return try JSONDocument(readFile(path), path: path, code: .damagedArtefact).root
}

/// The bytes of all files in `directory`, by name.
func contents(ofDirectory directory: String) throws -> [String: [UInt8]] {
  var contents: [String: [UInt8]] = [:]
  for name in try directoryEntries(directory) where kind(ofPath: directory + "/" + name) == .file {
    contents[name] = try bytes(directory + "/" + name)
  }
  return contents
}

/// Writes `bytes` to `path`, without waiting for the disk as the tool does.
func put(_ path: String, _ bytes: Span<UInt8>) throws(TextError) {
  try FileDescriptor.writing(path).write(bytes, path: path)
}

/// The bytes of the file at `path`.
func bytes(_ path: String) throws(TextError) -> [UInt8] { try readFile(path).makeArray() }

/// The description of what `body` throws, with `directory` left out of it.
func message(in directory: String = "", _ body: () throws(TextError) -> Void) -> String {
  do {
    try body()
    return "nothing was thrown"
  } catch {
    var error = error
    if let path = error.location?.path, path.hasPrefix(directory + "/") {
      error.location?.path = String(path.dropFirst(directory.count + 1))
    }
    return error.description
  }
}

/// Numbers that are the same in every run (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  /// Up to 20 documents of ids up to `maximumID`, some empty and some long.
  mutating func documents(maximumID: UInt32) -> [[UInt32]] {
    (0..<Int.random(in: 0...20, using: &self)).map { _ in
      let longest = [0, 3, 40][Int.random(in: 0...2, using: &self)]
      return (0..<Int.random(in: 0...longest, using: &self)).map { _ in
        UInt32.random(in: 0...maximumID, using: &self)
      }
    }
  }
}
