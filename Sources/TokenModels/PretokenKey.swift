// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A pretoken of up to 15 bytes, its leading space aside, as two words: what the cache compares.
///
/// One of up to 7 bytes is all in the low word, and the high one is 0.
///
/// Korean pretokens are a space and k syllables of 3 bytes: 16 bytes long is the commonest length
/// past 13, so the space is kept as a flag and 97 % of pretokens fit.
struct PretokenKey: Equatable, BitwiseCopyable {
  var low: UInt64
  /// Bytes 8 to 14; the top byte is the length, plus 16 for a leading space.
  var high: UInt64

  /// The key of no entry, free ones included.
  static let noEntry = PretokenKey(low: 0, high: .max)

  /// Zero if the two are equal.
  @inline(__always)
  func difference(from other: PretokenKey) -> UInt64 {
    (low ^ other.low) | (high ^ other.high)
  }

  var hash: UInt64 { mixed(low ^ 0xA076_1D64_78BD_642F, high ^ 0xE703_7ED1_A0B4_28DB) }
}

/// A pretoken of 16 to 31 bytes, its leading space aside, as four words.
struct LongPretokenKey: Equatable, BitwiseCopyable {
  var first: UInt64
  var second: UInt64
  var third: UInt64
  /// Bytes 24 to 30; the top byte is the length, plus 128 for a leading space: never 0.
  var fourth: UInt64

  var hash: UInt64 {
    mixed(
      first ^ 0xA076_1D64_78BD_642F ^ mixed(third, fourth ^ 0x8EBC_6AF0_9C88_C6E3),
      second ^ 0xE703_7ED1_A0B4_28DB)
  }
}

/// The bytes of a pretoken without its leading space.
struct KeyBytes {
  var start: Int
  var count: Int
  /// 1 if there is a space before, else 0.
  var space: Int

  @inline(__always)
  init(_ text: borrowing ByteBuffer, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= text.count && !range.isEmpty)
    // A lone space keeps its byte: an empty key would be the same as that of a free entry.
    // Safe: the range is inside the text and not empty.
    let isSpace = unsafe text.elements[range.lowerBound] == 0x20
    // Without a branch: every other pretoken has a space.
    let skipped = (isSpace ? 1 : 0) & (range.count > 1 ? 1 : 0)
    space = skipped
    start = range.lowerBound &+ skipped
    count = range.upperBound &- start
  }

  /// The word at `offset` bytes from the start.
  @inline(__always)
  private func word(_ text: borrowing ByteBuffer, _ offset: Int) -> UInt64 {
    // Safe: start <= text.count, and a buffer has 64 readable bytes behind its last one.
    unsafe UnsafeRawPointer(text.elements + start + offset).loadUnaligned(as: UInt64.self)
      .littleEndian
  }

  /// The word at `offset`, without the bytes from `count` on.
  private func lastWord(_ text: borrowing ByteBuffer, _ offset: Int) -> UInt64 {
    let used = count - offset
    let word = word(text, offset)
    if used >= 8 { return word }
    return used <= 0 ? 0 : word & ((1 << UInt64(used * 8)) - 1)
  }

  /// The key of 1 to 15 bytes, without a branch; `inOneWord` has all bits set if they are less than 8,
  /// else none.
  @inline(__always)
  func shortKey(_ text: borrowing ByteBuffer, inOneWord: UInt64) -> PretokenKey {
    let lowBits = UInt64(truncatingIfNeeded: min(count, 8) &* 8)
    let highBits = UInt64(truncatingIfNeeded: max(count &- 8, 0) &* 8)
    let meta = UInt64(truncatingIfNeeded: count | space &<< 4)
    let low = word(text, 0) & UInt64.max &>> (64 &- lowBits)
    let high = word(text, 8) & (1 &<< highBits &- 1) | meta &<< 56
    return PretokenKey(low: low | high & inOneWord, high: high & ~inOneWord)
  }

  /// The key of 16 to 31 bytes.
  func longKey(_ text: borrowing ByteBuffer) -> LongPretokenKey {
    let meta = UInt64(truncatingIfNeeded: count | space &<< 7)
    return LongPretokenKey(
      first: word(text, 0), second: word(text, 8), third: lastWord(text, 16),
      fourth: lastWord(text, 24) | meta << 56)
  }
}
