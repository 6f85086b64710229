// SPDX-License-Identifier: Apache-2.0

internal import TextCore
package import TokenModels
package import VocabularyFiles

/// The added tokens of a tokenizer, ready to be found in text.
package struct SpecialTokens: Sendable {
  /// In the order of their ids.
  package let tokens: [AddedToken]
  private let trie: TokenTrie

  init(_ tokens: [AddedToken]) {
    self.tokens = tokens
    trie = TokenTrie(tokens.map { (Array($0.content.utf8), $0.id) })
  }

  /// The id of the special token whose text is `content`.
  package func id(of content: String) -> TokenID? {
    tokens.first { $0.content == content }?.id
  }

  /// The first special token in `text` from `start` on, the longest of those that begin there, as
  /// the reference tokenizers take them; nil if there is none.
  ///
  /// - Complexity: O(n) in the text before the match, times the longest token in the worst case.
  func firstMatch(in text: Span<UInt8>, from start: Int) -> (range: Range<Int>, id: TokenID)? {
    for offset in start..<text.count {
      if let (end, id) = trie.longestMatch(in: text, at: offset) { return (offset..<end, id) }
    }
    return nil
  }
}

/// Tokens by their bytes, so that many that begin alike cost no more than one.
struct TokenTrie: Sendable {
  private struct Node {
    var byte: UInt8
    var id: TokenID?
    /// The nodes one byte on, in the order of their bytes.
    var children: Range<Int>
  }

  /// Node 0 is the root; the children of a node lie together.
  private var nodes = [Node(byte: 0, id: nil, children: 0..<0)]
  /// The node of each first byte, 0 for none.
  private var firstNodes = [Int](repeating: 0, count: 256)

  /// The trie of `tokens`; of equal ones the first is kept.
  init(_ tokens: [(bytes: [UInt8], id: TokenID)]) {
    // The sort is stable, so the first of equals stays first.
    let sorted = tokens.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    var pending = [(node: 0, tokens: sorted[...], depth: 0)]
    while let (node, tokens, depth) = pending.popLast() {
      nodes[node].id = tokens.first { $0.bytes.count == depth }?.id
      let longer = tokens.drop { $0.bytes.count == depth }
      let firstChild = nodes.count
      var rest = longer
      while let byte = rest.first?.bytes[depth] {
        let group = rest.prefix { $0.bytes[depth] == byte }
        rest = rest.dropFirst(group.count)
        pending.append((nodes.count, group, depth + 1))
        nodes.append(Node(byte: byte, id: nil, children: 0..<0))
      }
      nodes[node].children = firstChild..<nodes.count
    }
    for child in nodes[0].children { firstNodes[Int(nodes[child].byte)] = child }
  }

  /// The end and the id of the longest token that begins at `offset` of `text`, or nil.
  func longestMatch(in text: Span<UInt8>, at offset: Int) -> (end: Int, id: TokenID)? {
    var node = firstNodes.span[Int(text[offset])]
    guard node != 0 else { return nil }
    let nodes = nodes.span
    var end = offset + 1
    var longest: (end: Int, id: TokenID)?
    while true {
      if let id = nodes[node].id { longest = (end, id) }
      guard end < text.count, let next = child(of: nodes[node].children, text[end]) else {
        return longest
      }
      node = next
      end += 1
    }
  }

  /// The node of `byte` among `children`, by bisection.
  private func child(of children: Range<Int>, _ byte: UInt8) -> Int? {
    let nodes = nodes.span
    var low = children.lowerBound
    var high = children.upperBound
    while low < high {
      let middle = (low + high) / 2
      if nodes[middle].byte < byte { low = middle + 1 } else { high = middle }
    }
    return low < children.upperBound && nodes[low].byte == byte ? low : nil
  }
}
