// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The words of a ``UserDictionary`` with their ids and costs, found by their bytes.
struct UserLexicon: Sendable {
  /// In the order of their surfaces; equal ones in that of the file.
  private(set) var entries: [WordEntry] = []
  private(set) var tags: [[UInt8]] = []
  private var trie = ByteTrie()

  /// The words of `user` beside those of `kinds`; classes must be of `connections`.
  ///
  /// - Throws: `malformedDictionary` with the line of a word that cannot be one.
  init(
    _ user: UserDictionary, _ kinds: WordKinds, _ connections: ConnectionCosts
  ) throws(TextError) {
    let words = user.words.sorted {
      $0.surface != $1.surface
        ? $0.surface.lexicographicallyPrecedes($1.surface) : $0.line < $1.line
    }
    for word in words {
      trie.append(word.surface)
      tags.append(Array(word.feature.prefix { $0 != UInt8(ascii: ",") }))
      entries.append(try Self.entry(word, user, kinds, connections))
    }
  }

  private static func entry(
    _ word: UserDictionary.Word, _ user: UserDictionary, _ kinds: WordKinds,
    _ connections: ConnectionCosts
  ) throws(TextError) -> WordEntry {
    guard let classes = word.classes ?? kinds.classes(of: word.feature),
      let cost = word.cost ?? kinds.cost(of: word.feature)
    else {
      let kind = String(decoding: word.feature, as: UTF8.self).split(separator: ",").prefix(3)
      throw user.error(
        "no word of the dictionary is \(kind.joined(separator: ",")), to take ids and cost from",
        word.line,
        "give tag, semantic class and T, F or * as mecab-ko-dic has them, or ids and cost")
    }
    for (name, number, count) in [
      ("left-id", classes.beginning, connections.beginningCount),
      ("right-id", classes.ending, connections.endingCount),
    ] where number >= count {
      throw user.error(
        "\(name) \(number), but the dictionary's go to \(count - 1)", word.line,
        "leave both ids empty to have them derived")
    }
    return WordEntry(
      beginning: UInt16(classes.beginning), ending: UInt16(classes.ending),
      partOfSpeech: kinds.partOfSpeech(of: word.feature), cost: cost, feature: 0)
  }

  /// Calls `body` with the length in bytes and the entries of each word that `text` has at `offset`, the
  /// shortest first.
  @inline(__always)
  func forEachPrefix(
    of text: Span<UInt8>, at offset: Int, _ body: (Int, Lexicon.Entries) -> Void
  ) {
    var node: UInt32 = 0
    var place = offset
    while place < text.count, let next = trie.node(behind: node, text[place]) {
      node = next
      place &+= 1
      let entries = trie.entries[Int(node)]
      if entries.count > 0 { body(place &- offset, entries) }
    }
  }
}

/// A trie of byte strings, its steps in a hash table.
private struct ByteTrie {
  /// Of each node the entries of the string that ends there.
  private(set) var entries = [Lexicon.Entries(first: 0, count: 0)]
  private var count: UInt32 = 0
  // A power of two of slots, at most half of them taken: a step, of a node and a byte, and the node behind
  // it, which is 0 in a free slot.
  private var slots = [(step: UInt64, node: UInt32)](repeating: (0, 0), count: 64)

  /// Appends an entry of the string `bytes`, which is no less than the one before.
  mutating func append(_ bytes: [UInt8]) {
    var node: UInt32 = 0
    for byte in bytes { node = self.node(behind: node, byte) ?? add(node, byte) }
    if entries[Int(node)].count == 0 { entries[Int(node)].first = count }
    entries[Int(node)].count += 1
    count += 1
  }

  @inline(__always)
  func node(behind node: UInt32, _ byte: UInt8) -> UInt32? {
    let step = Self.step(node, byte)
    var index = Self.slot(step, slots.count)
    while slots[index].node != 0 {
      if slots[index].step == step { return slots[index].node }
      index = (index &+ 1) & (slots.count &- 1)
    }
    return nil
  }

  private mutating func add(_ node: UInt32, _ byte: UInt8) -> UInt32 {
    if entries.count * 2 > slots.count {
      let old = slots
      slots = Array(repeating: (0, 0), count: slots.count * 2)
      for slot in old where slot.node != 0 { insert(slot) }
    }
    let new = UInt32(entries.count)
    entries.append(Lexicon.Entries(first: 0, count: 0))
    insert((Self.step(node, byte), new))
    return new
  }

  private mutating func insert(_ slot: (step: UInt64, node: UInt32)) {
    var index = Self.slot(slot.step, slots.count)
    while slots[index].node != 0 { index = (index + 1) & (slots.count - 1) }
    slots[index] = slot
  }

  @inline(__always)
  private static func step(_ node: UInt32, _ byte: UInt8) -> UInt64 {
    UInt64(node) << 8 | UInt64(byte)
  }

  @inline(__always)
  private static func slot(_ step: UInt64, _ count: Int) -> Int {
    Int(truncatingIfNeeded: (step &* 0x9E37_79B9_7F4A_7C15) &>> 32) & (count &- 1)
  }
}
