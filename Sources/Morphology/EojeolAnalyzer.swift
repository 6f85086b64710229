// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Finds the morphemes of Hangul runs, each alone, reusing its storage; one a thread.
///
/// The search is that of ``MorphemeAnalyzer``, by syllables instead of bytes and over an ``EojeolModel``.
/// What it finds depends on the run and on whether a space stands before it, on nothing else.
package struct EojeolAnalyzer: ~Copyable, Sendable {
  package let model: EojeolModel
  private var lattice: Lattice
  private var syllables = GrowableBuffer<UInt16>()
  private var words = RunWords()

  /// Runs of more syllables are analysed in pieces: no text has any, and a lattice takes memory.
  package static let longestPiece = 4096

  package init(_ model: EojeolModel) {
    self.model = model
    lattice = Lattice(model.connections, mergesClasses: false)
  }

  /// Appends the morphemes of the run that is `range` of `text` to `morphemes`, in order.
  ///
  /// - Complexity: O(n), with a constant of the words that stand at a place.
  package mutating func analyze(
    _ text: Span<UInt8>, _ range: Range<Int>, to morphemes: inout GrowableBuffer<Morpheme>
  ) {
    var isBehindSpace = range.lowerBound > 0 && text[range.lowerBound &- 1] == 0x20
    var start = range.lowerBound
    while start < range.upperBound {
      let end = min(range.upperBound, start &+ Self.longestPiece &* Syllable.byteCount)
      syllables.removeAll()
      for offset in stride(from: start, to: end, by: Syllable.byteCount) {
        syllables.append(UInt16(Syllable.number(in: text, at: offset) ?? 0))
      }
      analyzePiece(at: start, isBehindSpace, to: &morphemes)
      isBehindSpace = false
      start = end
    }
  }

  /// Appends the morphemes of the run `key` of `count` syllables, which begins at byte 0, to `morphemes`.
  mutating func analyze(
    _ key: RunKey, _ count: Int, to morphemes: inout GrowableBuffer<Morpheme>
  ) {
    syllables.removeAll()
    for index in 0..<count { syllables.append(key.syllable(at: index)) }
    analyzePiece(at: 0, key.isBehindSpace, to: &morphemes)
  }

  /// Appends the morphemes of `run`, which begins at byte 0, to `morphemes`.
  mutating func analyze(_ run: RecordedRun, to morphemes: inout GrowableBuffer<Morpheme>) {
    syllables.removeAll()
    for syllable in run.syllables { syllables.append(syllable) }
    analyzePiece(at: 0, run.isBehindSpace, to: &morphemes)
  }

  private mutating func analyzePiece(
    at offset: Int, _ isBehindSpace: Bool, to morphemes: inout GrowableBuffer<Morpheme>
  ) {
    let count = syllables.count
    let node = words.find(model, in: syllables)
    if node != 0, let run = model.knownRun(node, isBehindSpace: isBehindSpace) {
      return append(run, offset..<offset &+ count &* Syllable.byteCount, to: &morphemes)
    }
    lattice.begin(placeCount: count, ending: model.beginning(isBehindSpace: isBehindSpace))
    for place in 0..<count where lattice.isReached(place) {
      lattice.arrive(at: place)
      addWords(at: place, isBehindSpace && place == 0)
    }
    let first = morphemes.count
    lattice.forEachWordBackward(before: EojeolModel.end) { word, start in
      morphemes.append(
        Morpheme(
          start: offset &+ start &* Syllable.byteCount,
          end: offset &+ Int(word.end) &* Syllable.byteCount, entry: word.entry,
          isUnknown: word.entry < model.unknownRule.entryCount))
    }
    reverse(&morphemes, from: first)
  }

  /// Appends the words of the known run that is at `range`, which stand in the model from `index` on.
  private func append(
    _ index: Int, _ range: Range<Int>, to morphemes: inout GrowableBuffer<Morpheme>
  ) {
    var index = index
    var start = range.lowerBound
    // A model made to do harm may have more words than the run.
    while start < range.upperBound, let word = model.wordOfRun(index) {
      let end = min(start &+ word.length &* Syllable.byteCount, range.upperBound)
      morphemes.append(
        Morpheme(
          start: start, end: end, entry: word.entry,
          isUnknown: word.entry < model.unknownRule.entryCount))
      start = end
      index &+= 1
    }
  }

  /// Adds what was found at `place` to the lattice; words found last come first, as in MeCab's lists.
  @inline(__always)
  private mutating func addWords(at place: Int, _ isBehindSpace: Bool) {
    if words.longest(at: place) == RunWords.none || model.unknownRule.isInvoked {
      words.addUnknown(model.unknownRule, at: place, of: syllables.count)
    }
    var number = words.longest(at: place)
    while number != RunWords.none {
      let word = words[number]
      let numbers = unsafe Range(uncheckedBounds: (word.first, word.last))
      lattice.add(numbers, to: Int(word.end)) { number in
        let entry = model.entry(number)
        let cost = Int32(entry.word.cost)
        return Lattice.Word(
          beginning: entry.word.beginning, ending: entry.word.ending,
          cost: isBehindSpace ? cost &+ model.penalties[entry.tag] : cost)
      }
      number = word.next
    }
  }
}
