// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Normalises a text that comes in chunks, cut anywhere, even inside a character.
///
/// What comes out is the normal form of the whole. Held back is what later chunks may still change: as a
/// rule a few bytes, a run of what is not plain at most.
package struct NormalizationStream: ~Copyable {
  private let normalizer: Normalizer
  private let recorder: NormalizationRecorder?
  private var pending = ByteBuffer()

  /// Two code points, of which each may lack a byte, and four bytes so that the first is met at its start.
  private static let longestBorder = 12

  package init(_ normalizer: Normalizer, _ recorder: NormalizationRecorder? = nil) {
    self.normalizer = normalizer
    self.recorder = recorder
  }

  /// Takes the next chunk, and appends what can be told of the normal form to `output`.
  ///
  /// - Throws: `normalizationFailed`.
  package mutating func append(
    _ chunk: Span<UInt8>, to output: inout ByteBuffer
  ) throws(TextError) {
    // What is held back was searched: a border is there only where its last two code points end in this
    // chunk. So a run of any length takes linear time, however it is cut.
    let searched = max(pending.count - Self.longestBorder, 0)
    pending.append(copying: chunk)
    let end = try normalizer.plan.lastBorder(in: pending.span, from: searched)
    guard end > 0 else { return }
    try normalizer.append(pending.span.extracting(0..<end), to: &output, recorder)
    pending.removeFirst(end)
  }

  /// Appends the rest of the normal form to `output`; the stream is ready for another text.
  ///
  /// - Throws: `normalizationFailed`.
  package mutating func finish(to output: inout ByteBuffer) throws(TextError) {
    try normalizer.append(pending.span, to: &output, recorder)
    pending.removeAll()
  }
}

extension NormalizationPlan {
  /// The last place in `text` where it can be cut whatever follows, 0 if there is none behind `first`:
  /// between two plain code points that differ, for runs may be capped.
  func lastBorder(in text: Span<UInt8>, from first: Int) throws(TextError) -> Int {
    if rules.isEmpty { return text.count }
    let table = try table()
    var end = text.count
    // What begins the last character may lack its end.
    var later: (start: Int, point: UInt32)?
    while end > first {
      var start = end - 1
      while start > 0, start > end - 4, text[start] & 0xC0 == 0x80 { start -= 1 }
      let scalar = decodeUTF8(text, at: start)
      let isPlain =
        scalar.isWellFormed && start + scalar.byteCount == end && table.isPlain(scalar.value)
      if isPlain, let later, later.point != scalar.value { return later.start }
      later = isPlain ? (start, scalar.value) : nil
      end = start
    }
    return 0
  }
}
