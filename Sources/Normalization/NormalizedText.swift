// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// A text in normal form that knows where each of its characters comes from.
///
/// A character that was composed comes from all the code points it was composed of; one of several that
/// a code point became comes from that code point.
package struct NormalizedText: ~Copyable {
  package let text: ByteBuffer
  package let alignment: Alignment

  /// The normal form of `source` by `normalizer`.
  ///
  /// - Throws: `normalizationFailed`.
  /// - Complexity: O(n), with memory for each stretch that changed.
  package init(_ source: Span<UInt8>, by normalizer: Normalizer) throws(TextError) {
    let recorder = NormalizationRecorder(wantsReceipt: false, wantsAlignment: true)
    var text = ByteBuffer(capacity: source.count)
    try normalizer.append(source, to: &text, recorder)
    self.text = text
    alignment = recorder.takeAlignment() ?? Alignment()
  }

  /// The bytes of the source that the bytes `normal` come from; for an empty range the place in the
  /// source where what follows comes from.
  ///
  /// - Complexity: O(log n) and the number of changes in the range.
  package func sourceRange(of normal: Range<Int>) -> Range<Int> {
    precondition(normal.upperBound <= text.count, "a range beyond the normal text")
    let pieces = alignment.pieces
    var index = firstPiece(endingBehind: normal.lowerBound)
    guard index < pieces.count else {
      let end = pieces.last?.source.upperBound ?? 0
      return end..<end
    }
    if normal.isEmpty {
      let start = source(of: normal.lowerBound..<normal.lowerBound + 1, in: pieces[index])
        .lowerBound
      return start..<start
    }
    var range = source(of: normal, in: pieces[index])
    index += 1
    while index < pieces.count, pieces[index].normal.lowerBound < normal.upperBound {
      let part = source(of: normal, in: pieces[index])
      range = min(range.lowerBound, part.lowerBound)..<max(range.upperBound, part.upperBound)
      index += 1
    }
    return range
  }

  private func source(of normal: Range<Int>, in piece: Alignment.Piece) -> Range<Int> {
    guard piece.isCopy else { return piece.source }
    let part = normal.clamped(to: piece.normal)
    let shift = piece.source.lowerBound - piece.normal.lowerBound
    return part.lowerBound + shift..<part.upperBound + shift
  }

  private func firstPiece(endingBehind place: Int) -> Int {
    var low = 0
    var high = alignment.pieces.count
    while low < high {
      let middle = (low + high) / 2
      if alignment.pieces[middle].normal.upperBound <= place {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}

/// What places in a text are counted in.
package enum TextUnit: String, CaseIterable, Sendable {
  case bytes
  case codePoints = "code_points"
  case utf16
}

/// Places in a text in another unit than bytes.
///
/// A maximal ill-formed sequence counts as U+FFFD.
package struct TextPlaces {
  private let before: [Int]?

  /// - Complexity: O(n) in time and memory.
  package init(_ text: Span<UInt8>, in unit: TextUnit) {
    if unit == .bytes {
      before = nil
      return
    }
    var before: [Int] = []
    before.reserveCapacity(text.count + 1)
    var offset = 0
    var count = 0
    while offset < text.count {
      let scalar = decodeUTF8(text, at: offset)
      before += repeatElement(count, count: scalar.byteCount)
      offset += scalar.byteCount
      count += unit == .utf16 && scalar.value > 0xFFFF ? 2 : 1
    }
    before.append(count)
    self.before = before
  }

  /// How many units stand before the byte `offset`, which begins a code point or ends the text.
  package subscript(offset: Int) -> Int { before?[offset] ?? offset }
}
