// SPDX-License-Identifier: Apache-2.0

/// Words of syllables as nodes and steps, as ``EojeolModelLayout`` stores them.
struct SyllableTrie {
  /// For each syllable the node of the word of it alone, 0 if no word begins so.
  private(set) var roots = [UInt32](repeating: 0, count: Syllable.count)
  /// The hash table of the steps behind the first.
  private(set) var slots: [UInt64] = []
  private(set) var slotBits = 0
  /// For each node a bit for the remainder by 32 of each syllable that follows it.
  private(set) var steps: [UInt32] = [0]
  /// For each word its node, ascending as the words are.
  private(set) var nodes: [UInt32] = []
  /// Nodes are numbered from 1.
  private(set) var nodeCount = 1

  /// At most six slots of ten are taken.
  private static let (load, ofSlots) = (6, 10)

  /// The trie of `words`, which are in ascending order and not empty.
  init(_ words: [[UInt16]]) {
    var taken: [UInt64] = []
    // The nodes along the word before, whose first ones the next word shares.
    var path: [(syllable: UInt16, node: UInt32)] = []
    for word in words {
      var shared = 0
      while shared < min(path.count, word.count), path[shared].syllable == word[shared] {
        shared += 1
      }
      path.removeLast(path.count - shared)
      for syllable in word[shared...] {
        let node = UInt32(nodeCount)
        nodeCount += 1
        self.steps.append(0)
        if let last = path.last {
          self.steps[Int(last.node)] |= 1 << UInt32(syllable & 31)
          taken.append(UInt64(node) << 40 | EojeolModelLayout.key(last.node, syllable))
        } else {
          roots[Int(syllable)] = node
        }
        path.append((syllable, node))
      }
      nodes.append(path[path.count - 1].node)
    }
    while (1 << slotBits) * Self.load < taken.count * Self.ofSlots || slotBits == 0 {
      slotBits += 1
    }
    slots = Array(repeating: 0, count: 1 << slotBits)
    for step in taken { insert(step) }
  }

  /// The node behind `node` and `syllable`, 0 if no word begins so.
  func node(behind node: Int, _ syllable: UInt16) -> Int {
    let key = EojeolModelLayout.key(UInt32(node), syllable)
    var index = EojeolModelLayout.slot(of: key, bits: slotBits)
    while slots[index] != 0 {
      if slots[index] & EojeolModelLayout.keyMask == key { return Int(slots[index] >> 40) }
      index = (index + 1) & (slots.count - 1)
    }
    return 0
  }

  private mutating func insert(_ step: UInt64) {
    let key = step & EojeolModelLayout.keyMask
    var index = EojeolModelLayout.slot(of: key, bits: slotBits)
    while slots[index] != 0 { index = (index + 1) & (slots.count - 1) }
    slots[index] = step
  }
}
