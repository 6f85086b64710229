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
  private var found = GrowableBuffer<Word>()

  /// A word at the place in question.
  private struct Word: BitwiseCopyable {
    var end: Int
    var first: UInt32
    var last: UInt32
  }

  /// The longest unknown word beside its first syllable, as in ``MorphemeAnalyzer``.
  private static let longestRun = 24
  /// Runs of more syllables are analysed in pieces: no text has any, and a lattice takes memory.
  package static let longestPiece = 4096

  package init(_ model: EojeolModel) {
    self.model = model
    lattice = Lattice(model.connections)
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

  private mutating func analyzePiece(
    at offset: Int, _ isBehindSpace: Bool, to morphemes: inout GrowableBuffer<Morpheme>
  ) {
    let count = syllables.count
    lattice.begin(placeCount: count, ending: model.beginning(isBehindSpace: isBehindSpace))
    addWords(at: 0, isBehindSpace)
    for place in 1..<max(1, count) where lattice.isReached(place) { addWords(at: place, false) }
    guard var node = lattice.last(EojeolModel.end, model.connections) else { return }
    var index = morphemes.count + lattice.wordCount(to: node)
    morphemes.append(
      repeating: Morpheme(start: 0, end: 0, entry: 0, isUnknown: false),
      count: index - morphemes.count)
    while node > 0 {
      let word = lattice.nodes[node]
      index -= 1
      morphemes[index] = Morpheme(
        start: offset + Int(word.start) * Syllable.byteCount,
        end: offset + Int(word.end) * Syllable.byteCount, entry: word.entry,
        isUnknown: word.isUnknown)
      node = Int(word.previous)
    }
  }

  /// Adds all words that may stand at `place`, known and unknown.
  private mutating func addWords(at place: Int, _ isBehindSpace: Bool) {
    findWords(at: place)
    lattice.arrive(at: place)
    // Words found last come first, as in MeCab's lists.
    var index = found.count
    while index > 0 {
      index &-= 1
      let word = found[index]
      let isUnknown = word.first == 0
      var number = word.last
      while number > word.first {
        number &-= 1
        let entry = model.entry(number)
        lattice.add(
          beginning: entry.word.beginning, ending: entry.word.ending,
          cost: Int32(entry.word.cost)
            &+ (isBehindSpace ? model.penalties[entry.tag] : 0), number: number,
          isUnknown: isUnknown, place..<word.end, model.connections)
      }
    }
  }

  /// Finds the words at `place`, the shortest first, unknown ones behind the known.
  private mutating func findWords(at place: Int) {
    found.removeAll()
    let count = syllables.count
    var node = model.node(of: syllables[place])
    var end = place &+ 1
    while node != 0 {
      let entries = model.entries(at: node)
      if !entries.isEmpty {
        found.append(Word(end: end, first: entries.lowerBound, last: entries.upperBound))
      }
      if end == count { break }
      node = model.node(behind: node, syllables[end])
      end &+= 1
    }
    let rule = model.unknownRule
    if found.isEmpty || rule.isInvoked { addUnknownWords(at: place, rule) }
  }

  private mutating func addUnknownWords(at place: Int, _ rule: EojeolModel.UnknownRule) {
    let left = syllables.count &- place
    func add(_ length: Int) {
      found.append(Word(end: place &+ length, first: 0, last: UInt32(rule.entryCount)))
    }
    if rule.isGrouped, left &- 1 <= Self.longestRun { add(left) }
    // The rest of the run stands already, if it makes a word; if it is too long, it is none either.
    let longest = min(rule.length, rule.isGrouped ? left &- 1 : left)
    if longest > 0 { for length in 1...longest { add(length) } }
    if found.isEmpty { add(1) }
  }
}
