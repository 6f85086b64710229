// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore
internal import TokenModels

/// The distinct pretokens of a corpus as sequences of token ids, in one flat array; merging shortens
/// a word in place.
struct WordList: ~Copyable {
  private struct Word: BitwiseCopyable {
    var start: Int
    var occurrences: Int64
    var length: UInt32
  }

  var symbols: GrowableBuffer<TokenID>
  private var words: GrowableBuffer<Word>

  /// The pretokens of `counts`, byte by byte; one of a single byte holds no pair and is left out.
  init(_ counts: borrowing PretokenCounts, _ byteTokens: [TokenID]) {
    symbols = GrowableBuffer(capacity: 1 << 16)
    words = GrowableBuffer(capacity: counts.count)
    for index in 0..<counts.count {
      let bytes = counts.bytes(index)
      if bytes.count < 2 { continue }
      words.append(
        Word(
          start: symbols.count, occurrences: counts.occurrences(index),
          length: UInt32(bytes.count)))
      for byte in bytes.indices { symbols.append(byteTokens[Int(bytes[byte])]) }
    }
  }

  var count: Int { words.count }

  func occurrences(_ word: Int) -> Int64 { words[word].occurrences }

  /// Where the symbols of `word` lie.
  func range(_ word: Int) -> Range<Int> {
    let start = words[word].start
    return start..<start + Int(words[word].length)
  }

  mutating func truncate(_ word: Int, to length: Int) { words[word].length = UInt32(length) }

  /// Asks for the record of `word`, which lies anywhere in memory.
  func prefetchRecord(_ word: Int) {
    // Safe: a prefetch of any address is harmless.
    unsafe ck_prefetch(words.elements + word)
  }

  /// Asks for the symbols of `word`, whose record should be at hand.
  func prefetchSymbols(_ word: Int) {
    // Safe: a prefetch of any address is harmless.
    unsafe ck_prefetch(symbols.elements + words[word].start)
  }
}
