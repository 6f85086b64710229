// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The words of a model that stand at the places of one Hangul run, found at all places together.
///
/// Each step through the model waits for memory, and the steps of one place wait for each other. So all
/// places go one syllable on, then all the next: those of one round wait together.
@safe
struct RunWords: ~Copyable, Sendable {
  /// The entries of a word, or those of unknown words.
  struct Word: BitwiseCopyable {
    var first: UInt32
    var last: UInt32
    var end: Int32
    /// The number of the next shorter word at the same place, or -1.
    var next: Int32
  }

  /// A place where words may go on: behind `node`, by the step in question.
  // Not private: unoptimised, Swift 6.3.1 makes a broken module of that.
  struct Open: BitwiseCopyable {
    var place: UInt32
    var node: UInt32
  }

  static let none: Int32 = -1
  /// The longest unknown word beside its first syllable, as in ``MorphemeAnalyzer``.
  private static let longestUnknown = 24

  // Invariant: numbers in `heads` and `next` are below `wordCount` or -1, and that is at most `words.count`;
  // the first `places` elements of `heads` and `open` are those of the run.
  private var words = GrowableBuffer<Word>()
  private var wordCount = 0
  /// For each place, the longest word found there.
  private var heads = GrowableBuffer<Int32>()
  private var open = GrowableBuffer<Open>()

  /// Finds the words of `model` in `syllables`.
  ///
  /// - Returns: The node of the whole run, 0 if no word begins so.
  /// - Complexity: O(n) for n syllables, with the length of the words as the constant.
  mutating func find(
    _ model: borrowing EojeolModel, in syllables: borrowing GrowableBuffer<UInt16>
  ) -> UInt32 {
    let count = syllables.count
    wordCount = 0
    heads.removeAll()
    heads.append(repeating: Self.none, count: count)
    if open.count < count { open.append(repeating: Open(place: 0, node: 0), count: count) }
    // Safe: a round has at most as many open places as the one before, and the first `count`.
    let (open, heads) = unsafe (open.elements, heads.elements)
    var openCount = 0
    for place in 0..<count {
      let node = model.node(of: syllables[place])
      unsafe open[openCount] = Open(place: UInt32(truncatingIfNeeded: place), node: node)
      openCount &+= node != 0 ? 1 : 0
    }
    var whole: UInt32 = 0
    var length = 1
    while openCount > 0 {
      // ---- Words that end here, and the places that go on ----
      reserve(openCount)
      let words = unsafe words.elements
      var kept = 0
      for index in 0..<openCount {
        let one = unsafe open[index]
        let place = Int(one.place)
        let end = place &+ length
        let (entries, steps) = model.entriesAndSteps(at: one.node)
        unsafe words[wordCount] = Word(
          first: entries.lowerBound, last: entries.upperBound,
          end: Int32(truncatingIfNeeded: end), next: heads[place])
        model.requestEntry(entries.lowerBound)
        if !entries.isEmpty {
          unsafe heads[place] = Int32(truncatingIfNeeded: wordCount)
          wordCount &+= 1
        }
        if end == count {
          if place == 0 { whole = one.node }
        } else {
          let syllable = syllables[end]
          unsafe open[kept] = one
          kept &+= steps &>> UInt32(syllable & 31) & 1 != 0 ? 1 : 0
        }
      }
      // ---- Their next syllable ----
      openCount = 0
      for index in 0..<kept {
        let one = unsafe open[index]
        let node = model.node(behind: one.node, syllables[Int(one.place) &+ length])
        unsafe open[openCount] = Open(place: one.place, node: node)
        openCount &+= node != 0 ? 1 : 0
      }
      length &+= 1
    }
    return whole
  }

  /// Makes room for `count` more words.
  @inline(__always)
  private mutating func reserve(_ count: Int) {
    if wordCount &+ count > words.count {
      words.append(
        repeating: Word(first: 0, last: 0, end: 0, next: Self.none),
        count: max(count, words.count, 64))
    }
  }

  /// Adds a word, the longest so far, of `entries` from `place` to `end`.
  private mutating func add(_ entries: Range<UInt32>, at place: Int, to end: Int) {
    reserve(1)
    words[wordCount] = Word(
      first: entries.lowerBound, last: entries.upperBound, end: Int32(truncatingIfNeeded: end),
      next: heads[place])
    heads[place] = Int32(truncatingIfNeeded: wordCount)
    wordCount &+= 1
  }

  /// Adds the unknown words at `place` of a run of `count` syllables.
  mutating func addUnknown(_ rule: EojeolModel.UnknownRule, at place: Int, of count: Int) {
    let entries = 0..<UInt32(rule.entryCount)
    let left = count &- place
    if rule.isGrouped, left &- 1 <= Self.longestUnknown { add(entries, at: place, to: count) }
    // The rest of the run stands already, if it makes a word; if it is too long, it is none either.
    let longest = min(rule.length, rule.isGrouped ? left &- 1 : left)
    if longest > 0 { for length in 1...longest { add(entries, at: place, to: place &+ length) } }
    if heads[place] == Self.none { add(entries, at: place, to: place &+ 1) }
  }

  /// The number of the longest word at `place`, or -1.
  @inline(__always)
  func longest(at place: Int) -> Int32 { heads[place] }

  @inline(__always)
  subscript(number: Int32) -> Word { words[Int(number)] }
}
