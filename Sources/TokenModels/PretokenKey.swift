// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// A pretoken of up to 15 bytes, its leading space aside, or of six or seven characters of 3 bytes, as two
/// words: what the cache compares.
///
/// One of up to 7 bytes is all in the low word, and the high one is 0.
///
/// Korean pretokens are a space and k syllables of 3 bytes: 16 bytes long is the commonest length
/// past 13, so the space is kept as a flag, and 97 % of pretokens fit. Of six and seven characters, 16 bits
/// each, the flag is 32.
struct PretokenKey: Equatable, BitwiseCopyable {
  var low: UInt64
  /// Bytes 8 to 14, or the characters behind the fourth.
  ///
  /// The top byte of the last word used is the length, plus 16 for a leading space: a key is never 0.
  var high: UInt64

  /// The key of no entry, free ones included.
  static let noEntry = PretokenKey(low: 0, high: .max)

  /// Zero if the two are equal.
  @inline(__always)
  func difference(from other: PretokenKey) -> UInt64 {
    (low ^ other.low) | (high ^ other.high)
  }

  var hash: UInt64 { mixed(low ^ CK_KEY_SALT_LOW, high ^ CK_KEY_SALT_HIGH) }
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
      first ^ CK_KEY_SALT_LOW ^ mixed(third, fourth ^ 0x8EBC_6AF0_9C88_C6E3),
      second ^ CK_KEY_SALT_HIGH)
  }
}

/// How bytes become the key of a pretoken of one length, and which lines of the cache are for it.
typealias KeyShape = ck_key_shape

extension KeyShape {
  /// One for each number of bytes below 16, and behind them the same with a space.
  static let count = 32

  /// The shape of `byteCount` bytes, below 16, behind `spaces` spaces, 0 or 1.
  init(byteCount: Int, spaces: Int, lines: Range<UInt32>, arePairs: Bool) {
    func mask(_ bytes: Int) -> UInt64 { bytes >= 8 ? .max : 1 << UInt64(bytes * 8) - 1 }
    let meta = UInt64(byteCount | spaces << 4) << 56
    let isShort = byteCount < 8
    self.init(
      low_mask: mask(byteCount), high_mask: mask(max(byteCount - 8, 0)),
      low_meta: isShort ? meta : 0, high_meta: isShort ? 0 : meta,
      line_count: UInt64(lines.count), first_line: UInt64(lines.lowerBound),
      is_short: isShort ? .max : 0, line_mask: arePairs ? ~1 : .max)
  }

  /// The line of `key`, or the first of its pair.
  @inline(__always)
  func place(of key: PretokenKey) -> UInt32 {
    let line = (key.hash &>> 32 &* line_count) &>> 32 &+ first_line
    return UInt32(truncatingIfNeeded: line & line_mask)
  }
}

/// The bytes of a pretoken without its leading space; a lone space has none.
struct KeyBytes {
  var start: Int
  var count: Int
  /// 1 if there is a space before, else 0.
  var space: Int

  @inline(__always)
  init(_ text: borrowing ByteBuffer, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= text.count && !range.isEmpty)
    // Without a branch: every other pretoken has a space.
    // Safe: the range is inside the text and not empty.
    space = unsafe text.elements[range.lowerBound] == 0x20 ? 1 : 0
    start = range.lowerBound &+ space
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

  /// The place of the shape of a pretoken of less than 16 bytes.
  @inline(__always)
  var shape: Int { count &+ space &* 16 }

  /// The key of a pretoken of `shape`.
  @inline(__always)
  func key(_ text: borrowing ByteBuffer, _ shape: UnsafePointer<KeyShape>) -> PretokenKey {
    // Safe: a pointer to one of the shapes, which all are initialised.
    unsafe PretokenKey(
      low: word(text, 0) & shape.pointee.low_mask | shape.pointee.low_meta,
      high: word(text, 8) & shape.pointee.high_mask | shape.pointee.high_meta)
  }

  /// The key of six or seven characters of 3 bytes, as most pretokens of 16 to 31 bytes are in Korean; nil
  /// of any other.
  func characterKey(_ text: borrowing ByteBuffer) -> PretokenKey? {
    guard count == 18 || count == 21 else { return nil }
    var key = PretokenKey(low: 0, high: UInt64(truncatingIfNeeded: count | space &<< 5) &<< 56)
    for index in 0..<count / 3 {
      let bytes = word(text, index &* 3)
      guard bytes & 0xC0_C0F0 == 0x80_80E0 else { return nil }
      let bits = (bytes & 0xF) &<< 12 | (bytes &>> 8 & 0x3F) &<< 6 | bytes &>> 16 & 0x3F
      let shifted = bits &<< (UInt64(truncatingIfNeeded: index & 3) &* 16)
      if index < 4 { key.low |= shifted } else { key.high |= shifted }
    }
    return key
  }

  /// The key of 16 to 31 bytes.
  func longKey(_ text: borrowing ByteBuffer) -> LongPretokenKey {
    let meta = UInt64(truncatingIfNeeded: count | space &<< 7)
    return LongPretokenKey(
      first: word(text, 0), second: word(text, 8), third: lastWord(text, 16),
      fourth: lastWord(text, 24) | meta << 56)
  }
}
