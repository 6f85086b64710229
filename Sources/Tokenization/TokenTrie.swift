// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Tokens by their bytes, so that many that begin alike cost no more than one.
struct TokenTrie: Sendable {
  private struct Node {
    var byte: UInt8
    /// The number of the token that ends here.
    var token: Int?
    /// The nodes one byte on, in the order of their bytes.
    var children: Range<Int>
  }

  /// Node 0 is the root; the children of a node lie together.
  private var nodes = [Node(byte: 0, token: nil, children: 0..<0)]
  /// The node of each first byte, 0 for none.
  private var firstNodes = [Int](repeating: 0, count: 256)

  /// The trie of `tokens`; of equal ones the first is kept.
  init(_ tokens: [[UInt8]]) {
    // The sort is stable, so the first of equals stays first.
    let sorted = tokens.enumerated().map { (bytes: $1, number: $0) }
      .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    var pending = [(node: 0, tokens: sorted[...], depth: 0)]
    while let (node, tokens, depth) = pending.popLast() {
      nodes[node].token = tokens.first { $0.bytes.count == depth }?.number
      let longer = tokens.drop { $0.bytes.count == depth }
      let firstChild = nodes.count
      var rest = longer
      while let byte = rest.first?.bytes[depth] {
        let group = rest.prefix { $0.bytes[depth] == byte }
        rest = rest.dropFirst(group.count)
        pending.append((nodes.count, group, depth + 1))
        nodes.append(Node(byte: byte, token: nil, children: 0..<0))
      }
      nodes[node].children = firstChild..<nodes.count
    }
    for child in nodes[0].children { firstNodes[Int(nodes[child].byte)] = child }
  }

  /// The end and the number of the longest token that begins at `offset` of `text`, or nil.
  func longestMatch(in text: Span<UInt8>, at offset: Int) -> (end: Int, token: Int)? {
    var node = firstNodes.span[Int(text[offset])]
    guard node != 0 else { return nil }
    let nodes = nodes.span
    var end = offset + 1
    var longest: (end: Int, token: Int)?
    while true {
      if let token = nodes[node].token { longest = (end, token) }
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
