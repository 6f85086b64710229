// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Writes the file of an ``EojeolModel``; see ``EojeolModelLayout``.
struct EojeolModelWriter {
  private let words: HangulWords
  private let classes: MergedClasses
  private let runs: [RecordedRun]
  private let trie: SyllableTrie
  /// The node of each word and run.
  private let nodes: [[UInt16]: UInt32]

  /// A writer of `words`, and of `runs` that are known as they are.
  init(_ words: HangulWords, _ classes: MergedClasses, _ runs: [RecordedRun]) {
    self.words = words
    self.classes = classes
    self.runs = runs
    let texts = Set(words.words.map(\.syllables) + runs.map(\.syllables))
      .sorted { $0.lexicographicallyPrecedes($1) }
    trie = SyllableTrie(texts)
    nodes = Dictionary(uniqueKeysWithValues: zip(texts, trie.nodes))
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
    for word in words.words {
      guard let node = nodes[word.syllables] else { continue }
      while firstEntries.count <= node { firstEntries.append(UInt32(entries.count)) }
      entries += withoutDearer(word.entries.map(entry))
    }
    while firstEntries.count <= trie.nodeCount { firstEntries.append(UInt32(entries.count)) }
    let known = KnownRuns(runs.map { run in (run, nodes[run.syllables] ?? 0) }) { word in
      knownWord(word, entries, firstEntries)
    }
    // ---- The parts ----
    var parts = ByteBuffer()
    func align() { while parts.count % 8 != 0 { parts.append(0) } }
    for node in trie.roots { parts.append(number: node) }
    align()
    for slot in trie.slots { parts.append(number: slot) }
    for (node, first) in firstEntries.enumerated() {
      parts.append(number: first | (known.nodes.contains(node) ? EojeolModelLayout.runMark : 0))
      parts.append(number: node < trie.nodeCount ? trie.steps[node] : 0)
    }
    for entry in entries { entry.append(to: &parts) }
    for cost in classes.costs { parts.append(number: cost) }
    align()
    for slot in known.slots { parts.append(number: slot) }
    for word in known.words { parts.append(number: word) }
    align()
    for tag in words.tags { parts.append(number: tag.penalty) }
    let tagsStart = parts.count
    for tag in words.tags { parts.append(copying: (tag.name + [0x0A]).span) }
    // ---- The head ----
    var file = ByteBuffer()
    // Held, as unoptimised code wants a span's owner to be.
    let magic = EojeolModelLayout.magic
    file.append(copying: magic.span)
    let rule =
      words.unknown.count << 16 | (kind.isInvoked ? 1 << 9 : 0)
      | (kind.isGrouped ? 1 << 8 : 0) | kind.length
    let numbers = [
      trie.slotBits, trie.nodeCount, entries.count, classes.endingCount, classes.beginningCount,
      words.tags.count, parts.count - tagsStart, rule,
    ]
    let runNumbers = [known.slotBits, known.words.count]
    for number in numbers { file.append(number: UInt32(number)) }
    var hash = XXH3()
    hash.update(parts.span)
    file.append(number: hash.value)
    for number in runNumbers { file.append(number: UInt32(number)) }
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

  /// The entry that stands for the word of a run: that of the dictionary, or one of the same syllables that
  /// is functional as it is; that of an unknown word if there is none.
  private func knownWord(
    _ word: KnownRuns.Word, _ entries: [EojeolEntry], _ firstEntries: [UInt32]
  ) -> UInt32? {
    let wanted = words.entry(word.entry)
    let isFunctional = words.tags[wanted.tag].isFunctional
    guard let node = nodes[word.syllables] else { return isFunctional ? nil : 0 }
    let range = Int(firstEntries[Int(node)])..<Int(firstEntries[Int(node) + 1])
    let same = range.first { entries[$0].tag == wanted.tag }
    let alike = same ?? range.first { entries[$0].isFunctional == isFunctional }
    return alike.map(UInt32.init) ?? (isFunctional ? nil : 0)
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
