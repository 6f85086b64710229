// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A Hangul run as a sentence's analysis has cut it, as bytes: those that are equal count as one.
///
/// A byte that tells whether a space stands before the run; the run; 0xFF, which is in no UTF-8; and for
/// each word its syllables and its entry in the dictionary, five bytes.
package enum RunRecord {
  private static let separator: UInt8 = 0xFF
  private static let wordBytes = 5
  /// Longer runs, and words the dictionary does not have, are not recorded.
  static let longestRun = 31

  /// Replaces `record` by that of the run `range` of `text`, cut into `words`; false if it is none to
  /// record.
  static func make(
    _ text: Span<UInt8>, _ range: Range<Int>, _ words: Span<Morpheme>, _ record: inout ByteBuffer
  ) -> Bool {
    guard range.count <= longestRun * Syllable.byteCount else { return false }
    record.removeAll()
    record.append(range.lowerBound > 0 && text[range.lowerBound - 1] == 0x20 ? 1 : 0)
    record.append(copying: text.extracting(range))
    record.append(separator)
    for index in words.indices {
      let word = words[index]
      if word.isUnknown { return false }
      record.append(UInt8((word.end - word.start) / Syllable.byteCount))
      for shift in stride(from: UInt32(0), to: 32, by: 8) {
        record.append(UInt8(truncatingIfNeeded: word.entry >> shift))
      }
    }
    return true
  }

  /// What `record` says.
  static func parse(_ record: Span<UInt8>) -> RecordedRun {
    var end = 1
    while record[end] != separator { end += 1 }
    var run = RecordedRun(isBehindSpace: record[0] == 1)
    for offset in stride(from: 1, to: end, by: Syllable.byteCount) {
      run.syllables.append(UInt16(Syllable.number(in: record, at: offset) ?? 0))
    }
    for offset in stride(from: end + 1, to: record.count, by: wordBytes) {
      var entry: UInt32 = 0
      for byte in (1..<wordBytes).reversed() { entry = entry << 8 | UInt32(record[offset + byte]) }
      run.words.append((Int(record[offset]), entry))
    }
    return run
  }
}

/// What a ``RunRecord`` says.
struct RecordedRun {
  var isBehindSpace: Bool
  var syllables: [UInt16] = []
  /// The syllables and the entry of each word.
  var words: [(length: Int, entry: UInt32)] = []
}

/// Runs and how often each was cut in each way: calls its argument with each ``RunRecord`` and its count.
package typealias RecordedRuns = ((Span<UInt8>, Int64) -> Void) -> Void
