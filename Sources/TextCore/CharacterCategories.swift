// SPDX-License-Identifier: Apache-2.0

/// The general categories of Unicode as far as pre-tokenizers tell them apart.
@frozen
public enum CharacterCategory: UInt8, Sendable {
  /// Control, format, private-use and unassigned characters: whatever is none of the following.
  case other = 0
  /// Upper and title case: `[\p{Lu}\p{Lt}]`.
  case upper = 1
  /// Lower case: `\p{Ll}`.
  case lower = 2
  /// Letters without case, Hangul and Han among them: `[\p{Lm}\p{Lo}]`.
  case uncased = 3
  /// Combining marks: `\p{M}`.
  case mark = 4
  /// `\p{N}`.
  case number = 5
  /// `\s`.
  case whiteSpace = 6
  /// Punctuation and symbols: `[\p{P}\p{S}]`.
  case punctuation = 7

  /// Whether it is `\p{L}`.
  @inlinable public var isLetter: Bool { rawValue &- 1 < 3 }

  /// Whether it is `[\p{L}\p{M}]`.
  @inlinable public var isLetterOrMark: Bool { rawValue &- 1 < 4 }
}

/// The category of every code point, as the reference tokenizers' regular expressions see it, in
/// Unicode ``CharacterClasses/unicodeVersion``.
///
/// Pages of 256 code points, equal ones kept once: about 60 KB, of which text touches a few.
package struct CharacterCategories: Sendable {
  package static let shared = CharacterCategories()

  /// The page of each 256 code points.
  private let pageOfBlock: [UInt16]
  /// Pages back to back, a byte a code point.
  private let pages: [CharacterCategory]

  private init() {
    // ---- Every code point ----
    var all = [CharacterCategory](repeating: .other, count: 0x11_0000)
    func fill(_ ranges: [UInt32], _ value: CharacterCategory) {
      forEachRange(ranges) { range in for point in range { all[Int(point)] = value } }
    }
    fill(CharacterClassRanges.letters, .uncased)
    fill(CharacterCategoryRanges.upper, .upper)
    fill(CharacterCategoryRanges.lower, .lower)
    fill(CharacterCategoryRanges.marks, .mark)
    fill(CharacterClassRanges.numbers, .number)
    fill(CharacterClassRanges.whiteSpace, .whiteSpace)
    fill(CharacterCategoryRanges.punctuation, .punctuation)
    // ---- Equal pages once ----
    var pageOfBlock: [UInt16] = []
    var pages: [CharacterCategory] = []
    var known: [[CharacterCategory]: UInt16] = [:]
    for start in stride(from: 0, to: all.count, by: 256) {
      let page = Array(all[start..<start + 256])
      if let number = known[page] {
        pageOfBlock.append(number)
      } else {
        let number = UInt16(known.count)
        known[page] = number
        pageOfBlock.append(number)
        pages.append(contentsOf: page)
      }
    }
    self.pageOfBlock = pageOfBlock
    self.pages = pages
  }

  /// The category of the code point `value`, at most U+10FFFF.
  package func callAsFunction(_ value: UInt32) -> CharacterCategory {
    pages[Int(pageOfBlock[Int(value >> 8)]) << 8 | Int(value & 0xFF)]
  }

  /// Whether the code point `value` is a word character to Rust's regular expressions (`\w`).
  ///
  /// - Complexity: O(log n) in the ranges of word characters beside letters and marks.
  package static func isWordCharacter(_ value: UInt32) -> Bool {
    shared(value).isLetterOrMark || contains(CharacterCategoryRanges.otherWordCharacters, value)
  }

  /// Whether Hugging Face's Digits isolates the code point `value`: `\p{N}`, and the numbers of
  /// later Unicode versions that Rust's standard library knows already.
  package static func isNumeric(_ value: UInt32) -> Bool {
    shared(value) == .number || contains(CharacterCategoryRanges.numericBeyondNumbers, value)
  }
}

private func forEachRange(_ ranges: [UInt32], _ body: (ClosedRange<UInt32>) -> Void) {
  for pair in stride(from: 0, to: ranges.count, by: 2) { body(ranges[pair]...ranges[pair + 1]) }
}

/// Whether one of the ascending `ranges` holds `value`.
private func contains(_ ranges: [UInt32], _ value: UInt32) -> Bool {
  var low = 0
  var high = ranges.count / 2
  while low < high {
    let middle = (low + high) / 2
    if ranges[2 * middle + 1] < value { low = middle + 1 } else { high = middle }
  }
  return low < ranges.count / 2 && ranges[2 * low] <= value
}
