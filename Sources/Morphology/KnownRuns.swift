// SPDX-License-Identifier: Apache-2.0

/// Runs that a model knows as they are, as ``EojeolModelLayout`` stores them: a hash table from their nodes
/// to their words.
struct KnownRuns {
  /// A word of a run.
  struct Word {
    var syllables: [UInt16]
    /// Its number in the dictionary.
    var entry: UInt32
  }

  /// The nodes of the runs.
  private(set) var nodes: Set<Int> = []
  private(set) var slots: [UInt64] = []
  private(set) var slotBits = 0
  /// The words of all runs; those of a run end with a 0.
  private(set) var words: [UInt32] = []

  /// The table of `runs` and their nodes; a run of which `number` knows no number of a word is left out.
  init(_ runs: [(run: RecordedRun, node: UInt32)], _ number: (Word) -> UInt32?) {
    var taken: [UInt64] = []
    for (run, node) in runs {
      guard let parts = Self.parts(run, number) else { continue }
      nodes.insert(Int(node))
      taken.append(
        UInt64(words.count) << 32 | EojeolModelLayout.runKey(node, isBehindSpace: run.isBehindSpace)
      )
      words += parts + [0]
    }
    while 1 << slotBits < 2 * taken.count + 2 { slotBits += 1 }
    slots = Array(repeating: 0, count: 1 << slotBits)
    for slot in taken {
      var index = EojeolModelLayout.slot(of: slot & 0xFFFF_FFFF, bits: slotBits)
      while slots[index] != 0 { index = (index + 1) & (slots.count - 1) }
      slots[index] = slot
    }
  }

  /// The words of `run`: the number in the model, and in the low five bits how many syllables it has.
  private static func parts(_ run: RecordedRun, _ number: (Word) -> UInt32?) -> [UInt32]? {
    var parts: [UInt32] = []
    var start = 0
    for word in run.words {
      let syllables = Array(run.syllables[start..<start + word.length])
      guard let number = number(Word(syllables: syllables, entry: word.entry)), number < 1 << 27
      else { return nil }
      parts.append(number << 5 | UInt32(word.length))
      start += word.length
    }
    return parts
  }
}
