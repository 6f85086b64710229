// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels

/// Where a token begins and ends in the characters that it holds.
struct TokenShape {
  /// The continuation bytes before its first whole character: the end of a character.
  var head = 0
  /// The bytes behind its last whole character: the beginning of one.
  var tail = 0
  /// Whether all of it lies inside a character.
  var isInside = false

  /// The shape of `token`; nil if no well-formed text has these bytes.
  init?(_ token: Span<UInt8>) {
    while head < token.count, isContinuation(token[head]) { head += 1 }
    guard head <= 3 else { return nil }
    if head == token.count {
      isInside = true
      return
    }
    var offset = head
    while offset < token.count {
      let scalar = decodeUTF8(token, at: offset)
      if !scalar.isWellFormed {
        // All that is left may be the beginning of a character; a lone byte is if it leads.
        guard offset + scalar.byteCount == token.count, (0xC2...0xF4).contains(token[offset]) else {
          return nil
        }
        tail = scalar.byteCount
        return
      }
      offset += scalar.byteCount
    }
  }

  var isWhole: Bool { head == 0 && tail == 0 && !isInside }
}

func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

/// The length of the character that `lead` leads.
private func length(ledBy lead: UInt8) -> Int { lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2 }

/// Whether `bytes` begin a character, or are one.
private func canBegin(_ bytes: [UInt8]) -> Bool {
  guard let lead = bytes.first, (0xC2...0xF4).contains(lead), bytes.count <= length(ledBy: lead)
  else {
    return false
  }
  let scalar = decodeUTF8(bytes.span, at: 0)
  return scalar.byteCount == bytes.count
}

private func isComplete(_ bytes: [UInt8]) -> Bool {
  decodeUTF8(bytes.span, at: 0).isWellFormed
}

/// Finds well-formed text in which a token that is not whole characters stands, as the merges alone have it.
///
/// Tokens t₁…tₙ are what merging makes of their bytes exactly if each pair of neighbours is what merging
/// makes of the bytes of the pair (Berglund and van der Merwe 2023, "Formalizing BPE tokenization"). For as
/// long as no merge crosses a border, the best pair of the whole, if it lies in two neighbours, is their best
/// pair too; so both runs do the same there, and the first merge that would cross a border of the whole would
/// cross that of the pair. Text around a token is therefore a path through tokens, each of which goes with the
/// one before, up to where characters are whole on either side; and if no path leads there, none gives it.
struct CharacterCompletion: ~Copyable {
  private let model: BPEModel
  private let shapes: [TokenShape?]
  private let isMade: [Bool]
  /// Tokens that begin with each continuation byte.
  private var beginning = [[TokenID]](repeating: [], count: 64)
  /// Tokens that end inside a character that lacks one, two or three bytes.
  private var lacking = [[TokenID]](repeating: [], count: 4)
  /// Tokens that lie inside a character.
  private var inside: [TokenID] = []
  private var pair = ByteBuffer()
  private var ids = TokenBuffer()
  private var scratch = BPEScratch()

  /// Paths through the tokens of `model`, whose merges alone count, that are `isMade` by them.
  init(_ model: BPEModel, shapes: [TokenShape?], isMade: [Bool]) {
    self.model = model
    self.shapes = shapes
    self.isMade = isMade
    for id in 0..<TokenID(shapes.count) {
      guard isMade[Int(id)], let shape = shapes[Int(id)] else { continue }
      let token = model.vocabulary.bytes(of: id)
      if shape.head > 0 { beginning[Int(token[0] & 0x3F)].append(id) }
      if shape.isInside { inside.append(id) }
      if shape.tail > 0 {
        lacking[length(ledBy: token[token.count - shape.tail]) - shape.tail].append(id)
      }
    }
  }

  /// Texts, up to `limit`, in which `token` is a token; none only if there are none.
  mutating func texts(around token: TokenID, limit: Int) -> [[UInt8]] {
    guard let shape = shapes[Int(token)] else { return [] }
    if !shape.isInside { return texts(around: token, shape, limit, sides: max(1, limit / 8)).texts }
    // Of a token inside a character, what may follow depends on how the character begins.
    var sides = limit
    while true {
      let (texts, isAll) = texts(around: token, shape, limit, sides: sides)
      if !texts.isEmpty || isAll { return texts }
      sides *= 16
    }
  }

  /// The same with up to `sides` ways to go to the left, and whether those were all.
  private mutating func texts(
    around token: TokenID, _ shape: TokenShape, _ limit: Int, sides: Int
  ) -> (texts: [[UInt8]], isAll: Bool) {
    let bytes = model.vocabulary.bytes(of: token).makeArray()
    // ---- To the left, up to where the first character begins ----
    let head = Array(bytes[..<shape.head])
    let lefts =
      shape.head == 0
      ? [([], [])] : paths(leftOf: token, head, isInside: shape.isInside, sides)
    // ---- To the right, up to where the last one ends ----
    var texts: [[UInt8]] = []
    for left in lefts where texts.count < limit {
      let pending = shape.isInside ? left.pending : Array(bytes.suffix(shape.tail))
      let isOpen = !pending.isEmpty && !isComplete(pending)
      let rights = isOpen ? paths(rightOf: token, pending, max(1, limit / 8)) : [[]]
      texts += rights.map { left.text + bytes + $0 }
    }
    return (Array(texts.prefix(limit)), lefts.count < sides)
  }

  /// Whether merging gives these two for their bytes.
  private mutating func areNeighbours(_ left: TokenID, _ right: TokenID) -> Bool {
    let model = model
    pair.removeAll()
    pair.append(copying: model.vocabulary.bytes(of: left))
    pair.append(copying: model.vocabulary.bytes(of: right))
    ids.removeAll()
    merge(pair, model, &ids, &scratch)
    return ids.count == 2 && ids[0] == left && ids[1] == right
  }
}

private func merge(
  _ text: borrowing ByteBuffer, _ model: BPEModel, _ ids: inout TokenBuffer,
  _ scratch: inout BPEScratch
) {
  model.encode(text.span, to: &ids, scratch: &scratch)
}

// MARK: - Paths, breadth first

extension CharacterCompletion {
  private struct Node {
    var token: TokenID
    /// The bytes of the character that is open at the end of the path.
    var open: [UInt8]

    /// What the ways on from here depend on: the token, the length of the character and how much is known.
    ///
    /// Of a character's bytes only the second one's range depends on another, the lead; it is the lead's
    /// neighbour, and where it is not in the path yet, the token at its end begins with what follows it.
    var key: UInt64 { UInt64(token) << 16 | UInt64(open.first ?? 0) << 8 | UInt64(open.count) }
  }

  /// The bytes behind `token`, whose last character is `open` so far, on up to `limit` paths to its end.
  private mutating func paths(
    rightOf token: TokenID, _ open: [UInt8], _ limit: Int
  ) -> [[UInt8]] {
    var found: [[UInt8]] = []
    var seen: Set<UInt64> = [Node(token: token, open: open).key]
    var queue: [(node: Node, text: [UInt8])] = [(Node(token: token, open: open), [])]
    var next = 0
    while next < queue.count {
      let (node, text) = queue[next]
      next += 1
      for first in 0..<64 where canBegin(node.open + [0x80 | UInt8(first)]) {
        for candidate in beginning[first] {
          guard let open = opening(candidate, after: node.open),
            areNeighbours(node.token, candidate)
          else { continue }
          let longer = text + model.vocabulary.bytes(of: candidate).makeArray()
          if open.isEmpty {
            found.append(longer)
            if found.count == limit { return found }
            continue
          }
          let node = Node(token: candidate, open: open)
          if seen.insert(node.key).inserted { queue.append((node, longer)) }
        }
      }
    }
    return found
  }

  /// What is open behind `candidate` where `open` was before it; nil if it does not go on so.
  private func opening(_ candidate: TokenID, after open: [UInt8]) -> [UInt8]? {
    guard let shape = shapes[Int(candidate)] else { return nil }
    let bytes = model.vocabulary.bytes(of: candidate).makeArray()
    let character = open + bytes[..<shape.head]
    guard canBegin(character) else { return nil }
    if shape.isInside { return isComplete(character) ? [] : character }
    return isComplete(character) ? Array(bytes.suffix(shape.tail)) : nil
  }

  /// The bytes before `token`, which begins with the end of a character, on up to `limit` paths to where
  /// one begins; of a token inside a character with what is known of it then.
  private mutating func paths(
    leftOf token: TokenID, _ end: [UInt8], isInside: Bool, _ limit: Int
  ) -> [(text: [UInt8], pending: [UInt8])] {
    var found: [(text: [UInt8], pending: [UInt8])] = []
    var seen: Set<UInt64> = []
    var queue: [(node: Node, text: [UInt8], isFirst: Bool)] = [
      (Node(token: token, open: end), [], isInside)
    ]
    var next = 0
    while next < queue.count {
      let (node, text, isFirst) = queue[next]
      next += 1
      // ---- Tokens in which the character begins; the one that is asked for may lie inside it ----
      for missing in (isFirst ? node.open.count...3 : node.open.count...node.open.count) {
        if missing > 3 { continue }
        for candidate in lacking[missing] {
          guard let shape = shapes[Int(candidate)] else { continue }
          let bytes = model.vocabulary.bytes(of: candidate).makeArray()
          let character = bytes.suffix(shape.tail) + node.open
          guard canBegin(Array(character)), areNeighbours(candidate, node.token) else { continue }
          let longer = bytes + text
          if shape.head == 0 {
            found.append((longer, isFirst ? Array(character) : []))
            if found.count == limit { return found }
            continue
          }
          // What is known of the character goes with the path only where the token lies inside it.
          let before = Node(token: candidate, open: Array(bytes[..<shape.head]))
          guard !isFirst else {
            for left in paths(leftOf: candidate, before.open, isInside: false, 1) {
              found.append((left.text + longer, Array(character)))
              if found.count == limit { return found }
            }
            continue
          }
          if seen.insert(before.key).inserted { queue.append((before, longer, false)) }
        }
      }
      // ---- Tokens that lie inside it too ----
      for candidate in inside {
        let bytes = model.vocabulary.bytes(of: candidate).makeArray()
        let before = Node(token: candidate, open: bytes + node.open)
        guard before.open.count <= 3, areNeighbours(candidate, node.token) else { continue }
        if seen.insert(before.key).inserted { queue.append((before, bytes + text, isFirst)) }
      }
    }
    return found
  }
}
