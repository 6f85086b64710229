// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The characters that may be part of tokens longer than a byte.
package struct CharacterSet: Sendable, Equatable {
  private var bits: [UInt64]

  package init() { bits = Array(repeating: 0, count: 0x11_0000 / 64) }

  package mutating func insert(_ character: UInt32) {
    bits[Int(character / 64)] |= 1 << UInt64(character % 64)
  }

  package func contains(_ character: UInt32) -> Bool {
    bits[Int(character / 64)] >> UInt64(character % 64) & 1 == 1
  }
}

/// How often each character occurs.
package struct CharacterCounts {
  private var counts = [Int64](repeating: 0, count: 0x11_0000)

  package init() {}

  package mutating func add(_ pretoken: Span<UInt8>, _ occurrences: Int64) {
    var place = 0
    while place < pretoken.count {
      let scalar = decodeUTF8(pretoken, at: place)
      if scalar.isWellFormed { counts[Int(scalar.value)] += occurrences }
      place += scalar.byteCount
    }
  }

  /// The `limit` most frequent characters, the lower code point first of equals, and the `required`
  /// ones, which count as the first of them.
  package func mostFrequent(_ limit: Int, and required: [Unicode.Scalar]) -> CharacterSet {
    var set = CharacterSet()
    for character in required { set.insert(character.value) }
    let others = counts.indices.filter { counts[$0] > 0 && !set.contains(UInt32($0)) }
      .sorted { (counts[$1], $0) < (counts[$0], $1) }
    for character in others.prefix(max(limit - Set(required).count, 0)) {
      set.insert(UInt32(character))
    }
    return set
  }
}

/// What of a pretoken training sees: runs of one character cut short, and the parts around characters
/// that are to stay bytes.
package struct PretokenPreparation: ~Copyable {
  private let maximumRepeats: Int?
  private let alphabet: CharacterSet?
  private var part = ByteBuffer()

  package init(maximumRepeats: Int?, alphabet: CharacterSet?) {
    self.maximumRepeats = maximumRepeats
    self.alphabet = alphabet
  }

  /// Calls `body` with each part of `pretoken`, none of them empty.
  ///
  /// - Complexity: O(n).
  package mutating func forEachPart(of pretoken: Span<UInt8>, _ body: (Span<UInt8>) -> Void) {
    if maximumRepeats == nil && alphabet == nil { return body(pretoken) }
    part.removeAll()
    var run = 0
    var before: UInt32?
    var place = 0
    while place < pretoken.count {
      let scalar = decodeUTF8(pretoken, at: place)
      let bytes = pretoken.extracting(place..<place + scalar.byteCount)
      place += scalar.byteCount
      if scalar.isWellFormed, let alphabet, !alphabet.contains(scalar.value) {
        if !part.isEmpty { body(part.span) }
        part.removeAll()
        before = nil
        continue
      }
      run = scalar.isWellFormed && before == scalar.value ? run + 1 : 1
      before = scalar.isWellFormed ? scalar.value : nil
      if let maximumRepeats, run > maximumRepeats { continue }
      part.append(copying: bytes)
    }
    if !part.isEmpty { body(part.span) }
  }
}
