// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Categories of characters straight from UTF-8 bytes, for the rules that tell more apart than
/// letters, numbers and white space.
///
/// ASCII is looked up by its byte and Hangul syllables are known by their blocks; other characters are
/// decoded and looked up by their code point. What is not UTF-8 is U+FFFD, a symbol.
struct CategoryScanner: ~Escapable {
  private let text: Span<UInt8>
  private let classes: ClassScanner
  private let categories = CharacterCategories.shared
  private let ascii = asciiCategories

  @_lifetime(copy classes)
  init(_ classes: borrowing ClassScanner) {
    text = classes.text
    self.classes = copy classes
  }

  /// The category and length in bytes of the character at `offset`.
  @inline(__always)
  func character(at offset: Int) -> (CharacterCategory, Int) {
    let first = text[offset]
    if first < 0x80 { return (ascii[Int(first)], 1) }
    if classes.isMarked(offset) { return (.uncased, 3) }
    return uncommonCharacter(at: offset)
  }

  private func uncommonCharacter(at offset: Int) -> (CharacterCategory, Int) {
    let scalar = decodeUTF8(text, at: offset)
    return (categories(scalar.value), scalar.byteCount)
  }

  /// The end of the Hangul syllables from `start`.
  @inline(__always)
  func endOfHangul(from start: Int) -> Int { classes.endOfHangul(from: start) }

  /// The end of the run from `start` of characters whose category is one of `wanted`.
  @inline(__always)
  func endOfRun(from start: Int, of wanted: CategorySet) -> Int {
    var offset = start
    while offset < text.count {
      let (category, length) = character(at: offset)
      if !wanted.contains(category) { break }
      offset &+= length
    }
    return offset
  }
}

/// A set of categories, a bit each.
struct CategorySet {
  private let bits: UInt8

  init(_ categories: CharacterCategory...) {
    bits = categories.reduce(0) { $0 | 1 << $1.rawValue }
  }

  @inline(__always)
  func contains(_ category: CharacterCategory) -> Bool { bits >> category.rawValue & 1 != 0 }

  static let letters = CategorySet(.upper, .lower, .uncased)
  static let lettersAndMarks = CategorySet(.upper, .lower, .uncased, .mark)
  static let lowerOrShared = CategorySet(.lower, .uncased, .mark)
  static let marks = CategorySet(.mark)
}

/// The categories of the 128 ASCII characters.
private let asciiCategories: InlineArray<128, CharacterCategory> = InlineArray { index in
  CharacterCategories.shared(UInt32(index))
}
