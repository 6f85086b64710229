// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// What stands around Hangul runs in analysed text, and how often each word of a dictionary does.
///
/// Numbers that add up: parts of a corpus may be counted apart, in any order.
package struct RunStatistics: ~Copyable, Sendable {
  private let dictionary: MorphemeDictionary
  /// How often words of each class stand before a run, without and with a space between.
  private(set) var before: [[Int]]
  /// How often words of each class stand behind a run.
  private(set) var behind: [Int]
  /// How often each word was found.
  private(set) var uses: [Int]
  /// Runs counted, and runs into or out of which a word reaches, which say nothing of their ends.
  package private(set) var runCount = 0
  package private(set) var overlappedRunCount = 0

  package init(_ dictionary: MorphemeDictionary) {
    self.dictionary = dictionary
    before = Array(
      repeating: Array(repeating: 0, count: dictionary.connections.endingCount), count: 2)
    behind = Array(repeating: 0, count: dictionary.connections.beginningCount)
    uses = Array(repeating: 0, count: dictionary.words.count)
  }

  /// Counts the runs of `text`, whose morphemes are `morphemes`.
  package mutating func add(_ text: Span<UInt8>, _ morphemes: Span<Morpheme>) {
    for index in morphemes.indices where !morphemes[index].isUnknown {
      uses[Int(morphemes[index].entry)] += 1
    }
    var next = 0
    var place = 0
    while let run = nextHangulRun(in: text, from: place) {
      place = run.upperBound
      while next < morphemes.count, morphemes[next].end <= run.lowerBound { next += 1 }
      var last = next
      while last < morphemes.count, morphemes[last].end < run.upperBound { last += 1 }
      guard last < morphemes.count, morphemes[next].start == run.lowerBound,
        morphemes[last].end == run.upperBound
      else {
        overlappedRunCount += 1
        continue
      }
      runCount += 1
      let isBehindSpace = run.lowerBound > 0 && text[run.lowerBound - 1] == 0x20
      before[isBehindSpace ? 1 : 0][next == 0 ? 0 : Int(word(morphemes[next - 1]).ending)] += 1
      behind[last + 1 == morphemes.count ? 0 : Int(word(morphemes[last + 1]).beginning)] += 1
      next = last
    }
  }

  private func word(_ morpheme: Morpheme) -> WordEntry {
    morpheme.isUnknown
      ? dictionary.unknownWords.lexicon.entry(morpheme.entry)
      : dictionary.words.entry(morpheme.entry)
  }

  /// Adds what `other` has counted with the same dictionary.
  package mutating func merge(_ other: borrowing RunStatistics) {
    for side in 0..<2 {
      for index in before[side].indices { before[side][index] += other.before[side][index] }
    }
    for index in behind.indices { behind[index] += other.behind[index] }
    for index in uses.indices { uses[index] += other.uses[index] }
    runCount += other.runCount
    overlappedRunCount += other.overlappedRunCount
  }
}
