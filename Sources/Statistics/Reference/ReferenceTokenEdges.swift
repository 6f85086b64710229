// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension TokenEdges {
  /// Counts the document `text`, whose tokens are `ids` of a vocabulary, from every byte of the text.
  ///
  /// - Complexity: O(n).
  package mutating func add(
    slowly text: Span<UInt8>, ids: Span<UInt32>, _ marks: inout EdgeMarks
  ) {
    guard marks.mark(ids, text) else {
      unalignedDocuments += 1
      return
    }
    superwords += marks.superwords
    countCharacters(text, marks.edges.span)
  }

  private mutating func countCharacters(_ text: Span<UInt8>, _ edges: Span<UInt8>) {
    var offset = 0
    var eojeolStart = -1
    var numberStart = -1
    let space = DecodedScalar(value: 0x20, byteCount: 1, isWellFormed: true)
    while offset <= text.count {
      let isAtEnd = offset == text.count
      // What is behind the last character ends eojeols and numbers as a space does.
      let scalar = isAtEnd ? space : decodeUTF8(text, at: offset)
      // ---- Eojeols end at white space ----
      if isWhiteSpace(scalar) {
        if eojeolStart >= 0 { countEojeol(eojeolStart..<offset, text, edges) }
        eojeolStart = -1
      } else if eojeolStart < 0 {
        eojeolStart = offset
      }
      // ---- Numbers end at what is no digit ----
      let isDigit = (0x30...0x39).contains(scalar.value)
      if isDigit, numberStart < 0 { numberStart = offset }
      if !isDigit, numberStart >= 0 {
        countNumber(numberStart..<offset, edges)
        numberStart = -1
      }
      if isAtEnd { return }
      // ---- Syllables ----
      if (0xAC00...0xD7A3).contains(scalar.value) {
        syllables += 1
        if edges[offset + 1] != 0 || edges[offset + 2] != 0 { splitSyllables += 1 }
      }
      offset += scalar.byteCount
    }
  }

  private mutating func countEojeol(
    _ range: Range<Int>, _ text: Span<UInt8>, _ edges: Span<UInt8>
  ) {
    eojeols += 1
    let isGlued =
      range.lowerBound > 0 && text[range.lowerBound - 1] == 0x20
      && edges[range.lowerBound - 1] != 0
    guard edges[range.lowerBound] != 0 || isGlued, edges[range.upperBound] != 0 else { return }
    for offset in range.dropFirst() where edges[offset] != 0 { return }
    // A space of its own makes two tokens of the two.
    wholeEojeols += 1
  }

  private mutating func countNumber(_ range: Range<Int>, _ edges: Span<UInt8>) {
    guard range.count <= NumberCuts.longest else { return }
    var mask = 0
    for (place, offset) in range.dropFirst().enumerated() where edges[offset] != 0 {
      mask |= 1 << place
    }
    numbers.add(length: range.count, edges: mask)
  }
}
