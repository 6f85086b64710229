// SPDX-License-Identifier: Apache-2.0

internal import TextCore
package import TokenModels

/// Where the tokens of a document begin and end in its bytes.
package struct EdgeMarks: ~Copyable {
  private let vocabulary: Vocabulary
  /// For each id, 1 if its token has white space with other characters before and behind it, else 0.
  private let isSuperword: [UInt8]
  /// For each byte of the document, and behind the last, 1 where a token begins or the text ends, else 0.
  private(set) var edges = ByteBuffer()
  /// The superwords of the document.
  private(set) var superwords = 0

  package init(_ vocabulary: Vocabulary) {
    self.vocabulary = vocabulary
    isSuperword = (0..<UInt32(vocabulary.count)).map {
      Self.holdsSpaceWithin(vocabulary.bytes(of: $0)) ? 1 : 0
    }
  }

  private static func holdsSpaceWithin(_ token: Span<UInt8>) -> Bool {
    var offset = 0
    var hasText = false
    var hasSpaceBehind = false
    while offset < token.count {
      let scalar = decodeUTF8(token, at: offset)
      if isWhiteSpace(scalar) {
        hasSpaceBehind = hasText
      } else if hasSpaceBehind {
        return true
      } else {
        hasText = true
      }
      offset += scalar.byteCount
    }
    return false
  }

  /// Marks the edges of `ids` in `text`; returns false if they are not its bytes.
  ///
  /// - Complexity: O(n).
  mutating func mark(_ ids: Span<UInt32>, _ text: Span<UInt8>) -> Bool {
    edges.removeAll()
    edges.append(repeating: 0, count: text.count + 1)
    superwords = 0
    let vocabulary = vocabulary
    var start = 0
    for index in ids.indices {
      let token = vocabulary.bytes(of: ids[index])
      guard token.count > 0, start + token.count <= text.count else { return false }
      for place in token.indices where token[place] != text[start + place] { return false }
      edges[start] = 1
      start += token.count
      superwords += Int(isSuperword[Int(ids[index])])
    }
    edges[start] = 1
    return start == text.count
  }
}
