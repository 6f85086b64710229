// SPDX-License-Identifier: Apache-2.0

internal import TextCore
package import TokenModels
package import Tokenization
internal import VocabularyFiles

/// What statistics must know of each token of a vocabulary, eight bytes a token.
package struct TokenTraits: Sendable {
  let vocabulary: Vocabulary
  /// Whether tokens need not be the bytes of the text: added tokens may take spaces beside them, and
  /// stand in text as it was before normalisation.
  let mayDiffer: Bool
  let traits: [Trait]

  /// Packed so that it and how often a token occurs stand in one word.
  struct Trait: Sendable, Equatable {
    // Bits 0 to 11 the length in bytes, 12 to 21 the whole Hangul syllables, above them flags.
    let bits: UInt32

    var byteCount: Int { Int(bits & 0xFFF) }
    var syllables: Int { Int(bits >> 12 & 0x3FF) }

    // Flags are numbers, 0 or 1, for which of them hold cannot be foreseen: branches would cost more.

    /// Has no white space but one space (U+0020) before all else.
    var canBeEojeol: UInt32 { bits >> 22 & 1 }
    var beginsWithSpace: UInt32 { bits >> 23 & 1 }
    var beginsWithWhiteSpace: UInt32 { bits >> 24 & 1 }
    var endsInWhiteSpace: UInt32 { bits >> 25 & 1 }
    /// Has white space with other characters before and behind it.
    var isSuperword: UInt32 { bits >> 26 & 1 }
    /// More has to be known of it than stands here.
    var mustBeRead: Bool { bits >> 27 != 0 }
    var hasDigit: Bool { bits >> 27 & 1 != 0 }
    var mayBePartOfWhiteSpace: Bool { bits >> 28 & 1 != 0 }
    /// Its length or its syllables are too many for these bits.
    var isLong: Bool { bits >> 29 & 1 != 0 }
  }

  package init(_ tokenizer: Tokenizer) {
    self.init(
      tokenizer.definition.model.vocabulary,
      mayDiffer: tokenizer.addedTokens.tokens.contains { !$0.isSpecial })
  }

  package init(_ vocabulary: Vocabulary, mayDiffer: Bool) {
    self.vocabulary = vocabulary
    self.mayDiffer = mayDiffer
    traits = (0..<UInt32(vocabulary.count)).map { Trait(vocabulary.bytes(of: $0)) }
  }
}

/// The Hangul syllables that `token` has whole.
func syllableCount(_ token: Span<UInt8>) -> Int {
  var count = 0
  var offset = 0
  while offset < token.count {
    let scalar = decodeUTF8(token, at: offset)
    if (0xAC00...0xD7A3).contains(scalar.value) { count += 1 }
    offset += scalar.byteCount
  }
  return count
}

extension TokenTraits.Trait {
  init(_ token: Span<UInt8>) {
    var hasDigit = false
    /// Runs of other characters than white space, as far as they matter: none, one, several.
    var words = 0
    var spacesBefore = 0
    var hasSpaceBehind = false
    var isBehindSpace = true
    var offset = 0
    while offset < token.count {
      let scalar = decodeUTF8(token, at: offset)
      if (0x30...0x39).contains(scalar.value) { hasDigit = true }
      let isSpace = isWhiteSpace(scalar)
      if isSpace {
        if words == 0 { spacesBefore += 1 } else { hasSpaceBehind = true }
      } else if isBehindSpace {
        words += 1
      }
      isBehindSpace = isSpace
      offset += scalar.byteCount
    }
    let beginsWithSpace = token.count > 0 && token[0] == 0x20
    let canBeEojeol = words == 1 && !hasSpaceBehind && spacesBefore == (beginsWithSpace ? 1 : 0)
    let syllables = syllableCount(token)
    let isLong = token.count > 0xFFF || syllables > 0x3FF
    func flag(_ holds: Bool, _ place: UInt32) -> UInt32 { holds ? 1 << place : 0 }
    bits =
      UInt32(isLong ? 0 : token.count | syllables << 12)
      | flag(canBeEojeol, 22) | flag(beginsWithSpace, 23) | flag(spacesBefore > 0, 24)
      | flag(token.count > 0 && isBehindSpace, 25) | flag(words > 1, 26) | flag(hasDigit, 27)
      | flag(isPartOfWhiteSpace(token), 28) | flag(isLong, 29)
  }
}

/// Whether `token` is the beginning or the end of a white space character, and not all of it.
private func isPartOfWhiteSpace(_ token: Span<UInt8>) -> Bool {
  guard token.count == 1 || token.count == 2, token[0] >= 0x80 else { return false }
  for point in CharacterClasses.wideWhiteSpace {
    let character = Array(String(point).utf8)
    if token.count < character.count,
      token.elementsEqual(character.prefix(token.count))
        || token.elementsEqual(character.suffix(token.count))
    {
      return true
    }
  }
  return false
}

extension Span where Element == UInt8 {
  fileprivate func elementsEqual(_ other: some Collection<UInt8>) -> Bool {
    guard count == other.count else { return false }
    for (index, byte) in zip(indices, other) where self[index] != byte { return false }
    return true
  }
}

extension CharacterClasses {
  /// The characters of Unicode White_Space that take several bytes.
  fileprivate static let wideWhiteSpace: [Unicode.Scalar] = (0x80...0x3000).compactMap {
    shared(UInt32($0)) == .whiteSpace ? Unicode.Scalar(UInt32($0)) : nil
  }
}
