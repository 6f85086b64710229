// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Writes the file of an ``EojeolModel``; see ``EojeolModelLayout``.
struct EojeolModelWriter {
  private let words: HangulWords
  private let classes: MergedClasses
  private let trie: SyllableTrie

  init(_ words: HangulWords, _ classes: MergedClasses) {
    self.words = words
    self.classes = classes
    trie = SyllableTrie(words.words.map(\.syllables))
  }

  /// The bytes of the file; `kind` is that of syllables.
  ///
  /// - Throws: `malformedDictionary` for more words than the file has numbers for.
  func file(_ kind: CharacterKind) throws(TextError) -> ByteBuffer {
    guard trie.nodeCount < 1 << 24, words.tags.count < 1 << 15, words.unknown.count <= 0xFF else {
      throw TextError(
        .malformedDictionary, "more words or tags than an eojeol model can hold",
        remedy: "keep fewer words")
    }
    // ---- Entries, and for each node its first ----
    var entries = words.unknown.map(entry)
    var firstEntries: [UInt32] = []
    for (word, node) in zip(words.words, trie.nodes) {
      while firstEntries.count <= node { firstEntries.append(UInt32(entries.count)) }
      entries += withoutDearer(word.entries.map(entry))
    }
    while firstEntries.count <= trie.nodeCount { firstEntries.append(UInt32(entries.count)) }
    // ---- The parts ----
    var parts = ByteBuffer()
    func align() { while parts.count % 8 != 0 { parts.append(0) } }
    for node in trie.roots { parts.append(number: node) }
    align()
    for slot in trie.slots { parts.append(number: slot) }
    for first in firstEntries { parts.append(number: first) }
    align()
    for entry in entries { entry.append(to: &parts) }
    for cost in classes.costs { parts.append(number: cost) }
    align()
    for tag in words.tags { parts.append(number: tag.penalty) }
    let tagsStart = parts.count
    for tag in words.tags { parts.append(copying: (tag.name + [0x0A]).span) }
    // ---- The head ----
    var file = ByteBuffer()
    file.append(copying: EojeolModelLayout.magic.span)
    let rule =
      words.unknown.count << 16 | (kind.isInvoked ? 1 << 9 : 0)
      | (kind.isGrouped ? 1 << 8 : 0) | kind.length
    let numbers = [
      trie.slotBits, trie.nodeCount, entries.count, classes.endingCount, classes.beginningCount,
      words.tags.count, parts.count - tagsStart, rule,
    ]
    for number in numbers { file.append(number: UInt32(number)) }
    var hash = XXH3()
    hash.update(parts.span)
    file.append(number: hash.value)
    file.append(repeating: 0, count: EojeolModelLayout.headBytes - file.count)
    file.append(copying: parts.span)
    return file
  }

  private func entry(_ entry: HangulEntry) -> EojeolEntry {
    EojeolEntry(
      beginning: classes.beginnings[entry.word.beginning] ?? 0,
      ending: classes.endings[entry.word.ending] ?? 0, cost: entry.word.cost, tag: entry.tag,
      isFunctional: words.tags[entry.tag].isFunctional)
  }

  /// The entries of a word without those that cost more than another of the same classes, or as much as
  /// one before: no way goes over them.
  ///
  /// Behind a space the penalties count too, so only entries of one penalty are compared.
  private func withoutDearer(_ entries: [EojeolEntry]) -> [EojeolEntry] {
    entries.enumerated().filter { index, entry in
      !entries.enumerated().contains { other, rival in
        rival.word.beginning == entry.word.beginning && rival.word.ending == entry.word.ending
          && words.tags[rival.tag].penalty == words.tags[entry.tag].penalty
          && (rival.word.cost < entry.word.cost
            || rival.word.cost == entry.word.cost && other < index)
      }
    }.map(\.element)
  }
}

extension EojeolEntry {
  func append(to bytes: inout ByteBuffer) {
    bytes.append(number: word.beginning)
    bytes.append(number: word.ending)
    bytes.append(number: word.cost)
    bytes.append(number: tagBits)
  }
}

extension GrowableBuffer where Element == UInt8 {
  /// Appends `number`, its lowest byte first.
  fileprivate mutating func append<Number: FixedWidthInteger>(number: Number) {
    for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
      append(UInt8(truncatingIfNeeded: number >> Number(shift)))
    }
  }
}
