// SPDX-License-Identifier: Apache-2.0

internal import Normalization
internal import TextCore
package import TokenModels
package import VocabularyFiles

/// The added tokens of a tokenizer, ready to be found in text as Hugging Face tokenizers finds them.
///
/// Those that are not `normalized` are looked for in the text as given, then the rest in what is left
/// between them, normalised. In each pass all tokens compete, the leftmost and longest first; special
/// ones are then passed over unless they are asked for.
package struct AddedTokens: Sendable {
  /// In the order of their ids.
  package let tokens: [AddedToken]
  let raw: TokenMatcher
  let normalized: TokenMatcher

  /// The matcher of `tokens` beside `normalizer`, which is applied to `normalized` tokens too.
  init(_ tokens: [AddedToken], _ normalizer: Normalizer) {
    self.tokens = tokens
    raw = TokenMatcher(
      tokens.filter { !$0.isNormalized }.map { (Array($0.content.utf8), $0) })
    normalized = TokenMatcher(
      tokens.filter(\.isNormalized).map { token in
        var bytes = ByteBuffer()
        // A token that cannot be normalised cannot occur in normalised text either.
        try? normalizer.append(token.content.utf8.span, to: &bytes)
        return (bytes.makeArray(), token)
      })
  }

  /// Whether text has to be searched for tokens.
  func isSearchNeeded(parsingSpecialTokens: Bool) -> Bool {
    tokens.contains { parsingSpecialTokens || !$0.isSpecial }
  }

  /// The id of the added token whose text is `content`.
  package func id(of content: String) -> TokenID? {
    tokens.first { $0.content == content }?.id
  }
}

/// Finds a set of tokens in text.
struct TokenMatcher: Sendable {
  /// Part of a text: a token, or what lies between tokens.
  struct Piece {
    var range: Range<Int>
    var id: TokenID?
  }

  private let tokens: [AddedToken]
  private let trie: TokenTrie
  var isEmpty: Bool { tokens.isEmpty }

  init(_ tokens: [(bytes: [UInt8], token: AddedToken)]) {
    let tokens = tokens.filter { !$0.bytes.isEmpty }
    self.tokens = tokens.map(\.token)
    trie = TokenTrie(tokens.map(\.bytes))
  }

  /// Appends `text` to `pieces`, cut at its tokens.
  ///
  /// - Complexity: O(n), times the longest token in the worst case.
  func cut(_ text: Span<UInt8>, parsingSpecialTokens: Bool, into pieces: inout [Piece]) {
    var end = 0
    var offset = 0
    while let match = firstMatch(in: text, from: offset) {
      let token = match.token
      offset = match.end
      if token.isSpecial && !parsingSpecialTokens { continue }
      if token.isSingleWord, !standsAlone(match.start..<match.end, text) { continue }
      let start =
        token.stripsLeft ? max(startOfWhiteSpace(text, before: match.start), end) : match.start
      if start > end { pieces.append(Piece(range: end..<start)) }
      end = token.stripsRight ? endOfWhiteSpace(text, from: match.end) : match.end
      // A token of white space that the one before has taken whole, and that takes what is before
      // it, is empty; others are tokens all the same.
      if start < end { pieces.append(Piece(range: start..<end, id: token.id)) }
    }
    if end < text.count { pieces.append(Piece(range: end..<text.count)) }
  }

  private func firstMatch(
    in text: Span<UInt8>, from start: Int
  ) -> (start: Int, end: Int, token: AddedToken)? {
    for offset in start..<text.count {
      if let (end, token) = trie.longestMatch(in: text, at: offset) {
        return (offset, end, tokens[token])
      }
    }
    return nil
  }
}

/// Whether no word character stands beside `range`.
private func standsAlone(_ range: Range<Int>, _ text: Span<UInt8>) -> Bool {
  if let before = characterEnding(text, at: range.lowerBound),
    CharacterCategories.isWordCharacter(before.value)
  {
    return false
  }
  return range.upperBound == text.count
    || !CharacterCategories.isWordCharacter(decodeUTF8(text, at: range.upperBound).value)
}

/// Where the white space that ends at `end` starts.
func startOfWhiteSpace(_ text: Span<UInt8>, before end: Int) -> Int {
  var start = end
  while let before = characterEnding(text, at: start),
    CharacterClasses.shared(before.value) == .whiteSpace
  {
    start -= before.byteCount
  }
  return start
}

func endOfWhiteSpace(_ text: Span<UInt8>, from start: Int) -> Int {
  var end = start
  while end < text.count, case let next = decodeUTF8(text, at: end),
    CharacterClasses.shared(next.value) == .whiteSpace
  {
    end += next.byteCount
  }
  return end
}

/// The character that ends at `end`, or nil at the start of the text.
private func characterEnding(_ text: Span<UInt8>, at end: Int) -> DecodedScalar? {
  for length in 1...4 where length <= end {
    let scalar = decodeUTF8(text, at: end - length)
    if scalar.isWellFormed, scalar.byteCount == length { return scalar }
  }
  return end == 0 ? nil : DecodedScalar(value: 0xFFFD, byteCount: 1, isWellFormed: false)
}

/// Where `text` is without the white space at its ends, as Python's `str.strip` takes it: Unicode's, and
/// the separators U+001C to U+001F.
package func rangeWithoutWhiteSpace(_ text: Span<UInt8>) -> Range<Int> {
  func isSeparator(_ byte: UInt8) -> Bool { (0x1C...0x1F).contains(byte) }
  var range = 0..<text.count
  while true {
    var start = endOfWhiteSpace(text.extracting(range), from: 0) + range.lowerBound
    while start < range.upperBound, isSeparator(text[start]) { start += 1 }
    if start == range.lowerBound { break }
    range = start..<range.upperBound
  }
  while true {
    var end = startOfWhiteSpace(text.extracting(range), before: range.count) + range.lowerBound
    while end > range.lowerBound, isSeparator(text[end - 1]) { end -= 1 }
    if end == range.upperBound { break }
    range = range.lowerBound..<end
  }
  return range
}
