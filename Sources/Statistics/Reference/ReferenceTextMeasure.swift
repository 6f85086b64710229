// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension TextMeasure {
  /// Measures `text` character by character: the plain form, also for text that is no UTF-8.
  ///
  /// - Complexity: O(n).
  package init(slowly text: Span<UInt8>) {
    self.init()
    var offset = 0
    var isInEojeol = false
    while offset < text.count {
      let scalar = decodeUTF8(text, at: offset)
      let next = offset + scalar.byteCount
      let isLineEnd =
        scalar.value == 0x0A
        || scalar.value == 0x0D && next < text.count && text[next] == 0x0A
      if !isLineEnd { characters += 1 }
      let isSpace = isWhiteSpace(scalar)
      if !isSpace && !isInEojeol { eojeols += 1 }
      isInEojeol = !isSpace
      if (0xAC00...0xD7A3).contains(scalar.value) { syllables += 1 }
      offset = next
    }
  }
}

/// Whether `scalar` is Unicode White_Space.
func isWhiteSpace(_ scalar: DecodedScalar) -> Bool {
  scalar.isWellFormed && CharacterClasses.shared(scalar.value) == .whiteSpace
}
