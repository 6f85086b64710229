// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// The bytes of every token, laid out to be copied 16 at a time.
///
/// Tokens have four to six bytes on average: a copy of 16 without looking at the length costs two
/// instructions, and the next token overwrites what was too much.
struct DecodeTable: Sendable {
  // Invariant: entry `id` holds `offset << 32 | length`, and `offset + length + 16 <= bytes.count`,
  // so that copies of 16 bytes, the last of which begins inside the token, end inside `bytes`. An
  // id without a token has length 0.
  private let entries: [UInt64]
  private let bytes: [UInt8]

  /// Bytes that one copy moves.
  static let copyBytes = 16
  /// Ids whose entries are in the nearest cache when they are used again.
  private static let batchSize = 256

  /// The table of tokens whose bytes stand in `storage`, token `id` at `starts[id]`, with
  /// ``copyBytes`` bytes behind the last.
  init(_ storage: [UInt8], _ starts: [UInt32]) {
    entries = zip(starts, starts.dropFirst()).map { UInt64($0) << 32 | UInt64($1 - $0) }
    bytes = storage
  }

  /// Appends the bytes of `ids` to `output`; returns the index of the first id that no token has,
  /// behind whose predecessors decoding ends, or nil.
  func append(_ ids: Span<TokenID>, to output: inout ByteBuffer) -> Int? {
    var start = 0
    while start < ids.count {
      let end = min(start + Self.batchSize, ids.count)
      if let unknown = appendBatch(ids.extracting(start..<end), to: &output) {
        return start + unknown
      }
      start = end
    }
    return nil
  }

  private func appendBatch(_ ids: Span<TokenID>, to output: inout ByteBuffer) -> Int? {
    // ---- How many bytes there will be, and whether all ids are known ----
    let entries = entries.span
    var total = 0
    for index in ids.indices {
      guard ids[index] < entries.count, case let entry = entries[Int(ids[index])],
        entry & 0xFFFF_FFFF != 0
      else {
        _ = appendBatch(ids.extracting(0..<index), to: &output)
        return index
      }
      total &+= Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)
    }
    // ---- Copy; the padding of the buffer takes what the last copy writes too much ----
    unsafe output.append(room: total) { destination in
      unsafe bytes.withUnsafeBufferPointer { source in
        guard let source = source.baseAddress else { return }
        var target = UnsafeMutableRawPointer(destination)
        for index in ids.indices {
          // Safe: the loop above has checked the id. Reads keep the invariant; writes end at most
          // 15 bytes behind `total`, where the buffer has 64 bytes of padding.
          let entry = entries[Int(ids[index])]
          let length = Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)
          let token = unsafe UnsafeRawPointer(source + Int(truncatingIfNeeded: entry >> 32))
          var copied = 0
          repeat {
            unsafe (target + copied).storeBytes(
              of: (token + copied).loadUnaligned(as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
            copied &+= Self.copyBytes
          } while copied < length
          unsafe target += length
        }
      }
      return total
    }
    return nil
  }
}

extension Vocabulary {
  /// Appends the bytes of `ids` to `output`.
  ///
  /// - Throws: `unknownToken` for an id that no token has, after the bytes of those before it.
  /// - Complexity: O(bytes written).
  package func decode(
    _ ids: Span<TokenID>, to output: inout ByteBuffer
  ) throws(TextError) {
    guard let index = decodeTable.append(ids, to: &output) else { return }
    throw TextError(
      .unknownToken, "token id \(ids[index]) is not in the vocabulary of \(count)",
      remedy: "use the tokenizer that the ids were made with")
  }
}
