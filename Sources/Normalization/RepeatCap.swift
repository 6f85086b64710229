// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension NormalizationPlan {
  /// Appends the normal form of `text`, of each run of one cappable code point the first few.
  func appendCapped(
    _ text: Span<UInt8>, to output: inout ByteBuffer, _ recorder: NormalizationRecorder?
  ) throws(TextError) {
    var form = ByteBuffer(capacity: text.count)
    try appendForm(text, to: &form, recorder)
    let normal = form.span
    var removed: [Range<Int>] = []
    var copied = 0
    var start = 0
    while start < normal.count {
      let scalar = decodeUTF8(normal, at: start)
      let end = endOfRun(of: scalar, in: normal, from: start)
      let limit = start + scalar.byteCount * maximumRepeats
      if end > limit, scalar.isWellFormed, isCappable(scalar.value) {
        let result = [UInt32](repeating: scalar.value, count: min(maximumRepeats, 12))
        recorder?.fired(.capRepeats, normal, start..<end, result)
        output.append(copying: normal.extracting(copied..<limit))
        removed.append(limit..<end)
        copied = end
      }
      start = end
    }
    output.append(copying: normal.extracting(copied..<normal.count))
    if !removed.isEmpty { recorder?.leaveOut(removed) }
  }

  private func endOfRun(
    of scalar: DecodedScalar, in text: Span<UInt8>, from start: Int
  ) -> Int {
    let length = scalar.byteCount
    var end = start + length
    while end + length <= text.count {
      for index in 0..<length where text[end + index] != text[start + index] { return end }
      end += length
    }
    return end
  }
}

/// Whether runs of `point` are capped: compatibility jamo and marks of emphasis, never letters, digits,
/// spaces or what code and tables are drawn with.
func isCappable(_ point: UInt32) -> Bool {
  switch point {
  case 0x3131...0x3163, 0x3165...0x318E: true
  // ! , . ; ? ^ ~
  case 0x21, 0x2C, 0x2E, 0x3B, 0x3F, 0x5E, 0x7E: true
  // … ♡ ♥ 。 ！ ？ ～
  case 0x2026, 0x2661, 0x2665, 0x3002, 0xFF01, 0xFF1F, 0xFF5E: true
  default: false
  }
}
