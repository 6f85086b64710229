// SPDX-License-Identifier: Apache-2.0

/// What a pre-tokenizer tells apart: letters, numbers, white space, and all else.
@frozen
public enum CharacterClass: UInt8, Sendable {
  case other = 0
  case letter = 1
  case number = 2
  case whiteSpace = 3
}

/// The class of every code point, as the reference tokenizers' regular expressions see it:
/// `\p{L}`, `\p{N}` and `\s` of Unicode ``unicodeVersion``.
///
/// A table of 2 bits a code point, so that the pages of common scripts stay in the nearest cache.
package struct CharacterClasses: Sendable {
  /// The Unicode version whose assignments the table holds.
  package static let unicodeVersion = "16.0"

  package static let shared = CharacterClasses()

  /// Four code points a byte, the lowest in the lowest bits.
  private let packed: [UInt8]

  private init() {
    var packed = [UInt8](repeating: 0, count: 0x11_0000 / 4)
    func fill(_ ranges: [UInt32], _ value: CharacterClass) {
      for pair in stride(from: 0, to: ranges.count, by: 2) {
        for point in Int(ranges[pair])...Int(ranges[pair + 1]) {
          packed[point >> 2] |= value.rawValue << UInt8((point & 3) * 2)
        }
      }
    }
    fill(CharacterClassRanges.letters, .letter)
    fill(CharacterClassRanges.numbers, .number)
    fill(CharacterClassRanges.whiteSpace, .whiteSpace)
    self.packed = packed
  }

  /// The class of the code point `value`, at most U+10FFFF.
  package func callAsFunction(_ value: UInt32) -> CharacterClass {
    let bits = packed[Int(value >> 2)] >> UInt8((value & 3) * 2) & 3
    switch bits {
    case 1: return .letter
    case 2: return .number
    case 3: return .whiteSpace
    default: return .other
    }
  }
}
