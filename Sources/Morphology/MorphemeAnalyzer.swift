// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// A morpheme in a text.
package struct Morpheme: BitwiseCopyable, Equatable, Sendable {
  /// Where it begins and ends, in bytes.
  package var start: Int
  package var end: Int
  /// Its entry in the dictionary.
  var entry: UInt32
  /// Whether the dictionary does not have it.
  package var isUnknown: Bool
}

/// Finds the morphemes of texts with one dictionary, reusing its storage; one a thread.
package struct MorphemeAnalyzer: ~Copyable, Sendable {
  private let dictionary: MorphemeDictionary
  private var lattice: Lattice
  private var candidates = GrowableBuffer<WordCandidate>()

  /// The class of the beginning and of the end of a text.
  private static let border: UInt16 = 0
  /// The longest text that is analysed in one piece: MeCab, too, looks no farther ahead.
  ///
  /// A lattice takes a few hundred bytes for each of the text, so longer ones are cut, at a space if there
  /// is one.
  package static let longestPiece = 65_535

  package init(_ dictionary: MorphemeDictionary) {
    self.dictionary = dictionary
    lattice = Lattice(dictionary.connections)
  }

  /// Appends the morphemes of `text` to `morphemes`, in order; white space is part of none.
  ///
  /// - Complexity: O(n), with a constant of the words that stand at a place.
  package mutating func analyze(_ text: Span<UInt8>, to morphemes: inout GrowableBuffer<Morpheme>) {
    var start = 0
    while start < text.count {
      let end = Self.endOfPiece(of: text, from: start)
      analyzePiece(text.extracting(start..<end), at: start, to: &morphemes)
      start = end
    }
  }

  /// Where the piece of `text` that begins at `start` ends.
  private static func endOfPiece(of text: Span<UInt8>, from start: Int) -> Int {
    guard text.count - start > longestPiece else { return text.count }
    var end = start + longestPiece
    while end > start, text[end] != 0x20 { end -= 1 }
    if end > start { return end }
    end = start + longestPiece
    while text[end] & 0xC0 == 0x80, end > start + longestPiece - 4 { end -= 1 }
    return end
  }

  private mutating func analyzePiece(
    _ text: Span<UInt8>, at offset: Int, to morphemes: inout GrowableBuffer<Morpheme>
  ) {
    lattice.begin(placeCount: text.count, ending: Self.border)
    for place in 0..<text.count where lattice.isReached(place) { addWords(of: text, at: place) }
    guard var node = lattice.last(Self.border, dictionary.connections) else { return }
    // ---- Back along the way, into places already made ----
    var index = morphemes.count + lattice.wordCount(to: node)
    morphemes.append(
      repeating: Morpheme(start: 0, end: 0, entry: 0, isUnknown: false),
      count: index - morphemes.count)
    while node > 0 {
      let word = lattice.nodes[node]
      index -= 1
      morphemes[index] = Morpheme(
        start: offset + Int(word.start), end: offset + Int(word.end), entry: word.entry,
        isUnknown: word.isUnknown)
      node = Int(word.previous)
    }
  }

  /// Adds all words that may stand at `place`, known and unknown.
  private mutating func addWords(of text: Span<UInt8>, at place: Int) {
    let (start, _, kind, byteCount) = dictionary.kinds.endOfRun(
      of: text, from: place, dictionary.kinds.space)
    guard start < text.count else { return }
    dictionary.findWords(of: text, at: start, kind, byteCount, &candidates)
    lattice.arrive(at: place)
    // Words found last come first, as in MeCab's lists.
    for index in (0..<candidates.count).reversed() {
      let candidate = candidates[index]
      let range = start..<start + candidate.byteCount
      for number in (0..<candidate.entries.count).reversed() {
        let entryNumber = candidate.entries.first + number
        let entry =
          candidate.isUnknown
          ? dictionary.unknownWords.lexicon.entry(entryNumber) : dictionary.words.entry(entryNumber)
        let penalty = start > place ? dictionary.spacePenalties.cost(of: entry.partOfSpeech) : 0
        lattice.add(
          beginning: entry.beginning, ending: entry.ending, cost: Int32(entry.cost) &+ penalty,
          number: entryNumber, isUnknown: candidate.isUnknown, range, dictionary.connections)
      }
    }
  }
}

// MARK: - What is known of a morpheme

extension MorphemeDictionary {
  /// Appends the tag of `morpheme`, such as NNG or VV+EC, to `output`.
  func appendTag(of morpheme: Morpheme, to output: inout ByteBuffer) {
    let lexicon = morpheme.isUnknown ? unknownWords.lexicon : words
    lexicon.appendTag(of: lexicon.entry(morpheme.entry), to: &output)
  }
}
