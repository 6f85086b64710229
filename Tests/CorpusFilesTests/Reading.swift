// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TestSupport
internal import TextCore

/// A reject as tests compare it.
struct Reject: Equatable {
  var line: Int?
  var byteOffset: Int
  var reason: String

  init(_ line: Int?, _ byteOffset: Int, _ reason: String) {
    self.line = line
    self.byteOffset = byteOffset
    self.reason = reason
  }
}

/// Everything that comes out of reading a corpus.
struct Reading {
  var documents: [[UInt8]] = []
  var lines: [Int] = []
  var byteOffsets: [Int] = []
  /// Of each document: id, title, source, date.
  var metadata: [[String]] = []
  var metadataCounts = [0, 0, 0, 0]
  var unsampled = 0
  var paths: [String] = []
  var rejects: [RejectedRecord] = []
  var replacedSequences = 0
  var blocks: [Block] = []
  var digests: [FileDigest] = []
  var storedBytesRead = 0
  var totalStoredBytes: Int?

  struct Block: Equatable {
    var fileIndex: Int
    var format: RecordFormat
    var firstLine: Int
    var firstByteOffset: Int
    var bytes: [UInt8]
    var isLastOfFile: Bool
  }

  var texts: [String] { documents.map { String(decoding: $0, as: UTF8.self) } }
  var plainRejects: [Reject] { rejects.map { Reject($0.line, $0.byteOffset, $0.reason) } }

  /// Reads what `arguments` name.
  init(_ arguments: [String], _ options: CorpusOptions = CorpusOptions()) throws(TextError) {
    var reader = CorpusReader(inputs: try CorpusInputs.resolve(arguments), options: options)
    var parser = RecordParser(options: options)
    var batch = DocumentBatch()
    while let block = try reader.nextBlock() {
      blocks.append(
        Block(
          fileIndex: block.fileIndex, format: block.format, firstLine: block.firstLine,
          firstByteOffset: block.firstByteOffset, bytes: block.bytes.makeArray(),
          isLastOfFile: block.isLastOfFile))
      batch.removeAll()
      try parser.parse(block, into: &batch)
      block.recycle()
      for index in 0..<batch.count {
        documents.append(batch.document(index).makeArray())
        lines.append(batch.lines[index])
        byteOffsets.append(batch.byteOffsets[index])
        metadata.append(
          MetadataField.allCases.map { field in
            String(decodingUTF8: batch.metadata(field, of: index))
          })
        paths.append(batch.path)
      }
      rejects += batch.rejects
      replacedSequences += batch.replacedSequences
      unsampled += batch.unsampled
      metadataCounts = zip(metadataCounts, batch.metadataCounts).map { $0 + $1 }
    }
    digests = reader.digests
    storedBytesRead = reader.storedBytesRead
    totalStoredBytes = reader.totalStoredBytes
  }

  /// Reads `bytes` as the only file of a corpus.
  init(
    bytes: [UInt8], name: String = "a.txt", _ options: CorpusOptions = CorpusOptions()
  ) throws(TextError) {
    let directory = TemporaryDirectory()
    try self.init([try directory.write(name, bytes)], options)
  }
}

/// The one-line message of the error that `body` throws.
func message(_ body: () throws(TextError) -> Void) -> String? {
  do throws(TextError) {
    try body()
    return nil
  } catch {
    return error.description
  }
}
