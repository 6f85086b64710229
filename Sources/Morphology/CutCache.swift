// SPDX-License-Identifier: Apache-2.0

internal import TextCore

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

  /// Asks for the line of `key`.
  @inline(__always)
  func request(_ key: RunKey) { if lineCount > 0 { entries.prefetch(line(of: key)) } }

  /// For each syllable of the run `key` a bit, set if it is cut before it; nil if it is not known.
  @inline(__always)
  func cuts(of key: RunKey) -> UInt8? {
    if lineCount == 0 { return nil }
    let first = line(of: key)
    for way in 0..<Self.ways {
      let entry = entries[first &+ way]
      // No key is 0, as no run is empty.
      if entry.low == key.low, entry.high & (1 &<< RunKey.highBits &- 1) == key.high {
        return UInt8(truncatingIfNeeded: entry.high &>> RunKey.highBits)
      }
    }
    return nil
  }

  /// Keeps the cuts of the run `key`, which was not known.
  mutating func insert(_ key: RunKey, _ cuts: UInt8) {
    if lineCount == 0 { return }
    let first = line(of: key)
    // Of runs that are searched together two may be equal.
    if self.cuts(of: key) != nil { return }
    for way in stride(from: Self.ways - 1, to: 0, by: -1) {
      entries[first &+ way] = entries[first &+ way &- 1]
    }
    entries[first] = Entry(low: key.low, high: key.high | UInt64(cuts) &<< RunKey.highBits)
  }
}
