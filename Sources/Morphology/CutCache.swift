// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A run of two to eight syllables, and whether a space stands before it, in 121 of 128 bits.
struct RunKey: BitwiseCopyable, Equatable {
  /// For each of four syllables 14 bits, its number and 1; above them, whether a space stands before.
  fileprivate var low: UInt64 = 0
  /// The same of four more; the eight bits above them are free.
  fileprivate var high: UInt64 = 0

  static let longest = 8
  private static let syllableBits = 14

  /// The key of the run `range` of `text`; nil if it is too long, or too short to be cut.
  @inline(__always)
  init?(_ text: Span<UInt8>, _ range: Range<Int>) {
    let count = range.count / Syllable.byteCount
    guard count > 1, count <= Self.longest else { return nil }
    var offset = range.upperBound
    for _ in 0..<count {
      offset &-= Syllable.byteCount
      let carry = low &>> UInt64(3 * Self.syllableBits)
      high = high &<< UInt64(Self.syllableBits) | carry
      low &= 1 &<< UInt64(3 * Self.syllableBits) &- 1
      low =
        low &<< UInt64(Self.syllableBits)
        | UInt64(truncatingIfNeeded: (Syllable.number(in: text, at: offset) ?? 0) &+ 1)
    }
    if range.lowerBound > 0, text[range.lowerBound &- 1] == 0x20 {
      low |= 1 &<< UInt64(4 * Self.syllableBits)
    }
  }

  @inline(__always)
  fileprivate var hash: UInt64 {
    let mixed = (low &* 0x9E37_79B9_7F4A_7C15) ^ (high &* 0xC2B2_AE3D_27D4_EB4F)
    return (mixed ^ mixed &>> 32) &* 0x9E37_79B9_7F4A_7C15
  }
}

/// Where runs seen before are cut: a table of fixed size, whose content never changes a result.
///
/// An analysis takes some thousand cycles and a look-up here one cache line, so that a pretoken whose
/// ids were pushed out of their cache costs little more than without morphemes. Four runs share a
/// line; a new one goes to its front and pushes the others back.
struct CutCache: ~Copyable, Sendable {
  // Internal: a private one does not link where the compiler specialises its buffer elsewhere.
  /// A key, and in its free bits for each syllable whether the run is cut before it.
  struct Entry: BitwiseCopyable {
    var low: UInt64
    var high: UInt64
  }

  private static let ways = 4
  private static let keyBits: UInt64 = 56

  private var entries = PageBuffer<Entry>()
  private let lineCount: Int

  /// A cache of at most `byteCount` bytes, none at all for less than a line.
  init(byteCount: Int) {
    lineCount = min(byteCount / (Self.ways * MemoryLayout<Entry>.stride), 1 << 31)
    entries.append(zeros: lineCount * Self.ways)
  }

  @inline(__always)
  private func line(of key: RunKey) -> Int {
    Int(truncatingIfNeeded: (key.hash &>> 32 &* UInt64(lineCount)) &>> 32) &* Self.ways
  }

  /// For each syllable of the run `key` a bit, set if it is cut before it; nil if it is not known.
  @inline(__always)
  func cuts(of key: RunKey) -> UInt8? {
    if lineCount == 0 { return nil }
    let first = line(of: key)
    for way in 0..<Self.ways {
      let entry = entries[first &+ way]
      // No key is 0, as no run is empty.
      if entry.low == key.low, entry.high & (1 &<< Self.keyBits &- 1) == key.high {
        return UInt8(truncatingIfNeeded: entry.high &>> Self.keyBits)
      }
    }
    return nil
  }

  /// Keeps the cuts of the run `key`, which is not known.
  mutating func insert(_ key: RunKey, _ cuts: UInt8) {
    if lineCount == 0 { return }
    let first = line(of: key)
    for way in stride(from: Self.ways - 1, to: 0, by: -1) {
      entries[first &+ way] = entries[first &+ way &- 1]
    }
    entries[first] = Entry(low: key.low, high: key.high | UInt64(cuts) &<< Self.keyBits)
  }
}
