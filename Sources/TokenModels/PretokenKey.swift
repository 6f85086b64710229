// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A pretoken of up to 15 bytes, its leading space aside, as two words: what the cache compares.
///
/// Korean pretokens are a space and k syllables of 3 bytes: 16 bytes long is the commonest length
/// past 13, so the space is kept as a flag and 97 % of pretokens fit.
struct PretokenKey: Equatable, BitwiseCopyable {
  var low: UInt64
  /// Bytes 8 to 14; the top byte is the length, plus 16 for a leading space: never 0.
  var high: UInt64

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

/// Up to five ids of 24 bits and their number, in two words.
struct PackedIDs: BitwiseCopyable {
  static let capacity = 5
  static let maximumID: TokenID = 0xFF_FFFF

  var low: UInt64 = 0
  var high: UInt64 = 0

  init() {}

  /// The ids of `ids` from `start` on, at most ``capacity``, each at most ``maximumID``.
  init(_ ids: Span<TokenID>, from start: Int) {
    let count = min(ids.count - start, Self.capacity)
    func id(_ index: Int) -> UInt64 { index < count ? UInt64(ids[start + index]) : 0 }
    low = id(0) | id(1) << 24 | id(2) << 48
    high = id(2) >> 16 | id(3) << 8 | id(4) << 32 | UInt64(count) << 56
  }

  var count: Int { Int(high >> 56) }

  /// Writes all five places to `destination`, which must have room for them.
  @inline(__always)
  func unpack(to destination: UnsafeMutablePointer<TokenID>) {
    let mask: UInt64 = 0xFF_FFFF
    unsafe destination[0] = UInt32(truncatingIfNeeded: low & mask)
    unsafe destination[1] = UInt32(truncatingIfNeeded: low >> 24 & mask)
    unsafe destination[2] = UInt32(truncatingIfNeeded: (low >> 48 | high << 16) & mask)
    unsafe destination[3] = UInt32(truncatingIfNeeded: high >> 8 & mask)
    unsafe destination[4] = UInt32(truncatingIfNeeded: high >> 32 & mask)
  }
}
