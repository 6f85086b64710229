// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels
package import Tokenization
internal import VocabularyFiles

/// What a vocabulary is made of.
package struct TokenizerStatistics: Sendable {
  /// The number of ids.
  package var size = 0
  package var unusedIDs = 0
  package var specialTokens = 0
  /// Tokens of a single byte.
  package var byteTokens = 0
  package var merges = 0
  /// Tokens by what they are made of.
  package var scripts: [(script: TokenScript, count: Int)] = []
  /// Tokens by their number of characters; index 0 holds those that are not whole characters.
  package var characterLengths: [Int] = []
  /// The longest tokens in characters, the lower id first of equals.
  package var longest: [UInt32] = []

  /// The statistics of `tokenizer`, with its `longestCount` longest tokens.
  package init(_ tokenizer: Tokenizer, longestCount: Int = 20) {
    let model = tokenizer.definition.model
    let special = Set(tokenizer.definition.addedTokens.map(\.id))
    size = model.vocabulary.count
    specialTokens = special.count
    merges = model.rules.count
    var counts = [TokenScript: Int]()
    var lengths: [(length: Int, id: UInt32)] = []
    for id in 0..<UInt32(size) {
      let token = model.vocabulary.bytes(of: id)
      if token.isEmpty {
        unusedIDs += 1
        continue
      }
      if special.contains(id) {
        counts[.special, default: 0] += 1
        continue
      }
      if token.count == 1 { byteTokens += 1 }
      let (script, length) = TokenScript.classify(token)
      counts[script, default: 0] += 1
      while characterLengths.count <= length { characterLengths.append(0) }
      characterLengths[length] += 1
      lengths.append((length, id))
    }
    scripts = TokenScript.allCases.compactMap { script in
      counts[script].map { (script, $0) }
    }
    lengths.sort { ($1.length, $0.id) < ($0.length, $1.id) }
    longest = lengths.prefix(longestCount).map(\.id)
  }
}

/// What the characters of a token are, its spaces and punctuation aside where there are letters.
package enum TokenScript: String, CaseIterable, Sendable {
  case hangul
  case latin
  case han
  case kana
  case otherLetters = "other_letters"
  case digits
  case punctuation
  case whiteSpace = "white_space"
  /// Letters of several scripts, or letters and digits.
  case mixed
  /// Not whole characters.
  case partialUTF8 = "partial_utf8"
  case special

  /// As people read it.
  package var title: String {
    self == .partialUTF8 ? "partial UTF-8" : rawValue.replacing("_", with: " ")
  }

  /// The script of `token` and its number of characters, 0 if it is not whole characters.
  package static func classify(_ token: Span<UInt8>) -> (TokenScript, characters: Int) {
    var found: TokenScript = .whiteSpace
    var characters = 0
    var offset = 0
    while offset < token.count {
      let scalar = decodeUTF8(token, at: offset)
      guard scalar.isWellFormed else { return (.partialUTF8, 0) }
      found = found.joined(with: script(of: scalar.value))
      characters += 1
      offset += scalar.byteCount
    }
    return (found, characters)
  }

  private func joined(with other: TokenScript) -> TokenScript {
    if self == other || other == .whiteSpace { return self }
    if self == .whiteSpace { return other }
    if other == .punctuation { return self }
    return self == .punctuation ? other : .mixed
  }

  private static func script(of point: UInt32) -> TokenScript {
    switch point {
    case 0xAC00...0xD7A3, 0x1100...0x11FF, 0x3131...0x318E, 0xA960...0xA97C, 0xD7B0...0xD7FB,
      0xFFA0...0xFFDC:
      return .hangul
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0xF900...0xFAFF, 0x2_0000...0x3_FFFF, 0x3005, 0x3007:
      return .han
    case 0x3041...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F:
      return .kana
    default: break
    }
    switch CharacterClasses.shared(point) {
    case .letter:
      let isLatin = point < 0x250 || (0x1E00...0x1EFF).contains(point) || 0xFF21...0xFF5A ~= point
      return isLatin ? .latin : .otherLetters
    case .number: return .digits
    case .whiteSpace: return .whiteSpace
    case .other: return .punctuation
    }
  }
}
