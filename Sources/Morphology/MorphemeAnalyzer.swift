// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// A morpheme in a text.
package struct Morpheme: BitwiseCopyable, Equatable, Sendable {
  /// Where it begins and ends, in bytes.
  package var start: Int
  package var end: Int
  /// Its entry in the dictionary; those of users' words come behind the dictionary's own.
  var entry: UInt32
  /// Whether the dictionary does not have it.
  package var isUnknown: Bool
}

/// Finds the morphemes of texts with one dictionary, reusing its storage; one a thread.
package struct MorphemeAnalyzer: ~Copyable, Sendable {
  private let dictionary: MorphemeDictionary
  private var lattice: Lattice
  private var candidates = GrowableBuffer<WordCandidate>()

  /// The longest text that is analysed in one piece: MeCab, too, looks no farther ahead.
  ///
  /// A lattice takes a few hundred bytes for each of the text, so longer ones are cut, at a space if there
  /// is one.
  package static let longestPiece = 65_535

  package init(_ dictionary: MorphemeDictionary) {
    self.dictionary = dictionary
    lattice = Lattice(dictionary.tables.connections, mergesClasses: true)
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
    lattice.begin(placeCount: text.count, ending: dictionary.tables.textBeginning)
    for place in 0..<text.count where lattice.isReached(place) { addWords(of: text, at: place) }
    let first = morphemes.count
    let tables = dictionary.tables
    lattice.forEachWordBackward(before: tables.textEnd) { word, endBefore in
      let start = dictionary.kinds.endOfRun(of: text, from: endBefore, dictionary.kinds.space).end
      let isUnknown = word.entry >= tables.firstUnknown
      morphemes.append(
        Morpheme(
          start: offset &+ start, end: offset &+ Int(word.end),
          entry: isUnknown ? word.entry &- tables.firstUnknown : word.entry, isUnknown: isUnknown))
    }
    reverse(&morphemes, from: first)
  }

  /// Adds all words that may stand at `place`, known and unknown.
  private mutating func addWords(of text: Span<UInt8>, at place: Int) {
    let kinds = dictionary.kinds
    var start = place
    var (kind, byteCount) = kinds.kind(of: text, at: place)
    if kinds.space.shares(kind) {
      (start, _, kind, byteCount) = kinds.endOfRun(of: text, from: place, kinds.space)
    }
    guard start < text.count else { return }
    dictionary.findWords(of: text, at: start, kind, byteCount, &candidates)
    // The words of the next place wait for memory while this one's are weighed.
    let next = start &+ byteCount
    dictionary.words.request(text, at: next < text.count && text[next] == 0x20 ? next &+ 1 : next)
    lattice.arrive(at: place)
    // Words found last come first, as in MeCab's lists.
    for index in (0..<candidates.count).reversed() {
      let candidate = candidates[index]
      lattice.add(candidate.first..<candidate.first &+ candidate.count, to: candidate.end) {
        number in
        let entry = dictionary.tables.entry(number)
        let penalty = start > place ? dictionary.spacePenalties.cost(of: entry.partOfSpeech) : 0
        return Lattice.Word(
          beginning: entry.beginning, ending: entry.ending, cost: Int32(entry.cost) &+ penalty)
      }
    }
  }
}

// MARK: - What is known of a morpheme

extension MorphemeDictionary {
  /// Appends the tag of `morpheme`, such as NNG or VV+EC, to `output`.
  func appendTag(of morpheme: Morpheme, to output: inout ByteBuffer) {
    let lexicon = morpheme.isUnknown ? unknownWords.lexicon : words
    if morpheme.entry < lexicon.count {
      return lexicon.appendTag(of: lexicon.entry(morpheme.entry), to: &output)
    }
    var number = Int(morpheme.entry) - words.count
    for lexicon in userWords {
      if number < lexicon.tags.count {
        let tag = lexicon.tags[number]
        return output.append(copying: tag.span)
      }
      number -= lexicon.tags.count
    }
  }
}

/// Reverses the morphemes from the `first` on.
func reverse(_ morphemes: inout GrowableBuffer<Morpheme>, from first: Int) {
  var (low, high) = (first, morphemes.count &- 1)
  while low < high {
    (morphemes[low], morphemes[high]) = (morphemes[high], morphemes[low])
    low &+= 1
    high &-= 1
  }
}
