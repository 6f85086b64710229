// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The documents of a shard that can be relied on, in the order of its file of ids.
struct SalvagedDocuments: ~Copyable {
  /// Tokens of each sequence.
  var lengths: SequenceLengths
  /// Sequences of each document.
  var sequences: SequenceLengths
  /// Bytes of ids that the documents have, from the start of the file.
  var byteCount = 0
  /// Tokens of the documents.
  var tokenCount = 0

  /// None yet; what does not fit in memory waits beside `path`.
  init(beside path: String) {
    let held = 1 << 20
    lengths = SequenceLengths(spillingTo: path + ".lengths.partial", holding: held)
    sequences = SequenceLengths(spillingTo: path + ".sequences.partial", holding: held)
  }

  /// Adds a document of one sequence of `length` tokens, `width` bytes each.
  ///
  /// - Throws: `writeFailed`.
  mutating func append(length: Int, width: Int) throws(TextError) {
    try lengths.append(Int32(length))
    try sequences.append(1)
    tokenCount += length
    byteCount += length * width
  }
}

extension SalvagedDocuments {
  /// Adds the documents that `index` tells of, up to the first that it contradicts itself about or
  /// that ends behind `limit` bytes of ids.
  ///
  /// - Throws: `readFailed`, `writeFailed`.
  mutating func append(of index: MegatronIndex, upTo limit: Int) throws(TextError) {
    let layout = index.layout
    var lengths = try FileSection(index.path, layout.lengthsOffset..<layout.startsOffset)
    var starts = try FileSection(index.path, layout.startsOffset..<layout.documentIndexOffset)
    var ends = try FileSection(index.path, layout.documentIndexOffset..<layout.modesOffset)
    guard try ends.next(Int64.self) == 0 else { return }
    var sequence: Int64 = 0
    for _ in 0..<layout.documentCount {
      let end = try ends.next(Int64.self)
      guard end >= sequence, end <= Int64(layout.sequenceCount), end - sequence <= Int64(Int32.max)
      else { return }
      var parts = GrowableBuffer<Int32>()
      var position = byteCount
      while sequence < end {
        let length = try lengths.next(Int32.self)
        let start = try starts.next(Int64.self)
        guard length >= 0, start == position else { return }
        position += Int(length) * index.type.width
        guard position <= limit else { return }
        parts.append(length)
        sequence += 1
      }
      for part in 0..<parts.count { try self.lengths.append(parts[part]) }
      try sequences.append(Int32(parts.count))
      tokenCount += (position - byteCount) / index.type.width
      byteCount = position
    }
  }

  /// Adds the documents that end at the u64 token counts in `range` of the file at `path`, up to the
  /// first that contradicts the one before it or ends behind `limit` tokens of `width` bytes.
  ///
  /// - Throws: `readFailed`, `writeFailed`.
  mutating func append(
    ofEnds path: String, _ range: Range<Int>, upTo limit: Int, width: Int
  ) throws(TextError) {
    var ends = try FileSection(path, range)
    for _ in 0..<range.count / 8 {
      let end = try ends.next(UInt64.self)
      guard end >= UInt64(tokenCount), end <= UInt64(limit), Int(end) - tokenCount <= Int(Int32.max)
      else { return }
      try append(length: Int(end) - tokenCount, width: width)
    }
  }

  /// Adds the documents behind those at hand that end with the id `endOfDocument`, which each of them
  /// keeps.
  ///
  /// - Parameters:
  ///   - endOfDocument: The id.
  ///   - path: The file of ids.
  ///   - type: How they are stored.
  ///   - limit: Bytes of ids that it holds.
  ///   - start: Bytes before the first id.
  /// - Throws: `readFailed`, `writeFailed`; `damagedArtefact` for a value that is no id.
  mutating func append(
    endingWith endOfDocument: UInt32, in path: String, _ type: StoredTokenType, upTo limit: Int,
    from start: Int = 0
  ) throws(TextError) {
    var section = try FileSection(
      path, start + byteCount..<start + limit / type.width * type.width)
    var missing = (limit - byteCount) / type.width
    var ids = TokenBuffer()
    var length = 0
    while missing > 0 {
      ids.removeAll()
      let step = min(missing, 1 << 16)
      try section.append(step, type, to: &ids)
      missing -= step
      for index in 0..<ids.count {
        length += 1
        guard ids[index] == endOfDocument else { continue }
        guard length <= Int(Int32.max) else { return }
        try append(length: length, width: type.width)
        length = 0
      }
    }
  }
}
