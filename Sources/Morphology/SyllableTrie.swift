// SPDX-License-Identifier: Apache-2.0

/// Words of syllables as nodes and steps, as ``EojeolModelLayout`` stores them.
struct SyllableTrie {
  /// For each syllable the node of the word of it alone, 0 if no word begins so.
  private(set) var roots = [UInt32](repeating: 0, count: Syllable.count)
  /// The hash table of the steps behind the first.
  private(set) var slots: [UInt64] = []
  private(set) var slotBits = 0
  /// For each word its node, ascending as the words are.
  private(set) var nodes: [UInt32] = []
  /// Nodes are numbered from 1.
  private(set) var nodeCount = 1

  /// At most six slots of ten are taken.
  private static let (load, ofSlots) = (6, 10)

  /// The trie of `words`, which are in ascending order and not empty.
  init(_ words: [[UInt16]]) {
    var steps: [UInt64] = []
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
        if let last = path.last {
          steps.append(UInt64(node) << 40 | EojeolModelLayout.key(last.node, syllable))
        } else {
          roots[Int(syllable)] = node
        }
        path.append((syllable, node))
      }
      nodes.append(path[path.count - 1].node)
    }
    while (1 << slotBits) * Self.load < steps.count * Self.ofSlots || slotBits == 0 {
      slotBits += 1
    }
    slots = Array(repeating: 0, count: 1 << slotBits)
    for step in steps { insert(step) }
  }

  private mutating func insert(_ step: UInt64) {
    let key = step & EojeolModelLayout.keyMask
    var index = EojeolModelLayout.slot(of: key, bits: slotBits)
    while slots[index] != 0 { index = (index + 1) & (slots.count - 1) }
    slots[index] = step
  }
}
