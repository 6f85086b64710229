// SPDX-License-Identifier: Apache-2.0

internal import TextCore
package import TokenModels
package import VocabularyFiles

/// The added tokens of a tokenizer, ready to be found in text.
package struct SpecialTokens: Sendable {
  /// In the order of their ids.
  package let tokens: [AddedToken]
  /// By first byte, the longest first: the reference tokenizers take the leftmost, longest match.
  private let candidates: [[(bytes: [UInt8], id: TokenID)]]

  init(_ tokens: [AddedToken]) {
    self.tokens = tokens
    var candidates = [[(bytes: [UInt8], id: TokenID)]](repeating: [], count: 256)
    for token in tokens.sorted(by: { $0.content.utf8.count > $1.content.utf8.count }) {
      let bytes = Array(token.content.utf8)
      candidates[Int(bytes[0])].append((bytes, token.id))
    }
    self.candidates = candidates
  }

  /// The id of the special token whose text is `content`.
  package func id(of content: String) -> TokenID? {
    tokens.first { $0.content == content }?.id
  }

  /// The first special token in `text` from `start` on, or nil.
  ///
  /// - Complexity: O(n) for tokens whose first bytes are rare.
  func firstMatch(in text: Span<UInt8>, from start: Int) -> (range: Range<Int>, id: TokenID)? {
    for offset in start..<text.count {
      for (bytes, id) in candidates[Int(text[offset])] where offset + bytes.count <= text.count {
        let end = offset + bytes.count
        if text.extracting(offset..<end).elementsEqual(bytes.span) { return (offset..<end, id) }
      }
    }
    return nil
  }
}
