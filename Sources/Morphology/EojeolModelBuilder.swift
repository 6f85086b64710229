// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// What of a dictionary and a corpus an ``EojeolModel`` takes.
package struct EojeolModelOptions: Sendable {
  /// Words that the corpus has less often are left out.
  package var minimumUses: Int
  /// So are words that are less than this share of the places where their syllables stand.
  package var minimumShare: Double
  /// Runs that the corpus has so often, and cuts in another way than the words alone would, are kept as
  /// they are; nil for none.
  package var minimumRunCount: Int?

  package init(minimumUses: Int, minimumShare: Double, minimumRunCount: Int?) {
    self.minimumUses = minimumUses
    self.minimumShare = minimumShare
    self.minimumRunCount = minimumRunCount
  }
}

/// The bytes of an ``EojeolModel`` of `dictionary`, with what `statistics` and `runs` have counted.
///
/// - Throws: `malformedDictionary` if the dictionary takes syllables for different kinds of characters;
///   `badRecord` if there is no run to learn from.
/// - Complexity: some seconds and a few hundred MB for mecab-ko-dic.
package func makeEojeolModel(
  _ dictionary: MorphemeDictionary, _ statistics: borrowing RunStatistics, _ runs: RecordedRuns,
  _ options: EojeolModelOptions
) throws(TextError) -> ByteBuffer {
  let kind = try hangulKind(dictionary)
  guard statistics.runCount > 0 else {
    throw TextError(
      .badRecord, "the corpus has no run of Hangul to learn from", remedy: "give Korean text")
  }
  // ---- The words ----
  var words = HangulWords(
    dictionary, kind, uses: statistics.uses, minimumUses: options.minimumUses)
  if options.minimumShare > 0 { words.removeUnlikely(runs, minimumShare: options.minimumShare) }
  let classes = MergedClasses(dictionary.connections, statistics, words)
  guard let minimumCount = options.minimumRunCount else {
    return try EojeolModelWriter(words, classes, []).file(kind)
  }
  // ---- Runs that the words alone would cut in another way ----
  let model = try makeModel(words, classes, kind)
  var exceptions = RunExceptions(model)
  runs { record, count in exceptions.find(record, count, minimumCount: Int64(minimumCount)) }
  runs { record, count in exceptions.weigh(record, count) }
  return try EojeolModelWriter(words, classes, exceptions.runs).file(kind)
}

/// The model of `words` alone.
private func makeModel(
  _ words: HangulWords, _ classes: MergedClasses, _ kind: CharacterKind
) throws(TextError) -> EojeolModel {
  let file = try EojeolModelWriter(words, classes, []).file(kind)
  return try EojeolModel(FileMapping(copying: file.span), "the model")
}

/// The kind that all syllables are of.
private func hangulKind(_ dictionary: MorphemeDictionary) throws(TextError) -> CharacterKind {
  let kinds = Set(
    (0..<Syllable.count).map { number in
      dictionary.kinds.kind(of: Syllable.bytes(number).span, at: 0).kind.bits
    })
  guard kinds.count == 1, let bits = kinds.first else {
    throw TextError(
      .malformedDictionary, "its char.bin takes Hangul syllables for several kinds of characters",
      remedy: "use mecab-ko-dic")
  }
  return CharacterKind(bits: bits)
}

/// A word of Hangul with its entries.
struct HangulWord {
  var syllables: [UInt16]
  var entries: [HangulEntry]
}

/// An entry of a word; the classes are the dictionary's.
struct HangulEntry {
  var word: WordEntry
  var uses: Int
  /// The number of its tag.
  var tag: Int
}

/// A tag, and what its words cost more behind a space.
struct HangulTag: Hashable {
  var name: [UInt8]
  var penalty: Int32

  /// Whether words of it are particles, endings, the copula or derivational suffixes, or begin with one.
  var isFunctional: Bool {
    [[0x4A], [0x45], Array("VCP".utf8), Array("XS".utf8)].contains { name.starts(with: $0) }
  }
}

/// The words of a dictionary that are made of Hangul syllables, in ascending order, and their tags.
struct HangulWords {
  private let dictionary: MorphemeDictionary
  private(set) var words: [HangulWord] = []
  /// The entries of unknown words.
  private(set) var unknown: [HangulEntry] = []
  private(set) var tags: [HangulTag] = []
  private var numberOfTag: [HangulTag: Int] = [:]

  private static let bytes = Array(UInt8(0x80)...0xBF) + Array(UInt8(0xEA)...0xED)

  /// Those of `dictionary` that were used `minimumUses` times.
  init(
    _ dictionary: MorphemeDictionary, _ kind: CharacterKind, uses: [Int], minimumUses: Int
  ) {
    self.dictionary = dictionary
    let unknownWords = dictionary.unknownWords
    unknown = entries(unknownWords.entries(of: kind), of: unknownWords.lexicon) { _ in 0 }
    var found: [([UInt8], Lexicon.Entries)] = []
    dictionary.words.forEachWord(of: Self.bytes) { found.append(($0, $1)) }
    for (bytes, run) in found {
      guard let syllables = Self.syllables(bytes) else { continue }
      var kept = entries(run, of: dictionary.words) { uses[Int($0)] }
      kept.removeAll { $0.uses < minimumUses }
      if !kept.isEmpty { words.append(HangulWord(syllables: syllables, entries: kept)) }
    }
  }

  /// Removes entries that are less than `minimumShare` of the places where their syllables stand in
  /// `runs`, by the rule of succession: few places, or none, speak against no word.
  mutating func removeUnlikely(_ runs: RecordedRuns, minimumShare: Double) {
    let trie = SyllableTrie(words.map(\.syllables))
    var places = [Int64](repeating: 0, count: trie.nodeCount)
    runs { record, count in
      let syllables = RunRecord.parse(record).syllables
      for start in syllables.indices {
        var node = Int(trie.roots[Int(syllables[start])])
        var end = start + 1
        while node != 0 {
          places[node] += count
          if end == syllables.count { break }
          node = trie.node(behind: node, syllables[end])
          end += 1
        }
      }
    }
    for (index, node) in trie.nodes.enumerated() {
      let least = minimumShare * Double(places[Int(node)])
      words[index].entries.removeAll { Double($0.uses + 1) < least }
    }
    words.removeAll { $0.entries.isEmpty }
  }

  private static func syllables(_ bytes: [UInt8]) -> [UInt16]? {
    var syllables: [UInt16] = []
    for offset in stride(from: 0, to: bytes.count, by: Syllable.byteCount) {
      guard let number = Syllable.number(in: bytes.span, at: offset) else { return nil }
      syllables.append(UInt16(number))
    }
    return syllables
  }

  /// The word `number` of the dictionary, which is one of those that were found.
  func entry(_ number: UInt32) -> HangulEntry {
    var tags = self
    return tags.entries(Lexicon.Entries(first: number, count: 1), of: dictionary.words) { _ in 0 }[
      0]
  }

  private mutating func entries(
    _ run: Lexicon.Entries, of lexicon: Lexicon, uses: (UInt32) -> Int
  ) -> [HangulEntry] {
    var entries: [HangulEntry] = []
    for number in run.first..<run.first + run.count {
      let word = lexicon.entry(number)
      var name = ByteBuffer()
      lexicon.appendTag(of: word, to: &name)
      let tag = HangulTag(
        name: name.makeArray(), penalty: dictionary.spacePenalties.cost(of: word.partOfSpeech))
      let known = numberOfTag[tag] ?? tags.count
      if known == tags.count {
        tags.append(tag)
        numberOfTag[tag] = known
      }
      entries.append(HangulEntry(word: word, uses: uses(number), tag: known))
    }
    return entries
  }
}
