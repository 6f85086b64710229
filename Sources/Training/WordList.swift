// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels

/// The distinct pretokens of a corpus as sequences of token ids, in one flat array; merging shortens
/// a word in place.
struct WordList: ~Copyable {
  var symbols: GrowableBuffer<TokenID>
  private var starts: GrowableBuffer<Int>
  private var lengths: GrowableBuffer<UInt32>
  private var occurrenceCounts: GrowableBuffer<Int64>

  /// The pretokens of `counts`, byte by byte; one of a single byte holds no pair and is left out.
  init(_ counts: borrowing PretokenCounts, _ byteTokens: [TokenID]) {
    symbols = GrowableBuffer(capacity: 1 << 16)
    starts = GrowableBuffer(capacity: counts.count)
    lengths = GrowableBuffer(capacity: counts.count)
    occurrenceCounts = GrowableBuffer(capacity: counts.count)
    for index in 0..<counts.count {
      let bytes = counts.bytes(index)
      if bytes.count < 2 { continue }
      starts.append(symbols.count)
      lengths.append(UInt32(bytes.count))
      occurrenceCounts.append(counts.occurrences(index))
      for byte in bytes.indices { symbols.append(byteTokens[Int(bytes[byte])]) }
    }
  }

  var count: Int { starts.count }

  func occurrences(_ word: Int) -> Int64 { occurrenceCounts[word] }

  /// Where the symbols of `word` lie.
  func range(_ word: Int) -> Range<Int> { starts[word]..<starts[word] + Int(lengths[word]) }

  mutating func truncate(_ word: Int, to length: Int) { lengths[word] = UInt32(length) }
}
