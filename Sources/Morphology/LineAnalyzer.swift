// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// How the morphemes of text are found.
package enum MorphemeAnalysis: Sendable {
  /// Whole sentences, as mecab-ko does.
  case sentences(MorphemeDictionary)
  /// Each Hangul run alone, as tokenizers are trained and encode.
  case eojeols(EojeolModel, MorphemeBoundaries)
}

/// Finds the morphemes of lines by either analysis, reusing its storage; one a thread.
package struct LineAnalyzer: ~Copyable, Sendable {
  private let analysis: MorphemeAnalysis
  private var sentences: MorphemeAnalyzer?
  private var eojeols: EojeolAnalyzer?
  private var found = GrowableBuffer<Morpheme>()

  /// The entry of what is no Hangul, where only Hangul is analysed.
  private static let noEntry = UInt32.max

  package init(_ analysis: MorphemeAnalysis) {
    self.analysis = analysis
    switch analysis {
    case .sentences(let dictionary): sentences = MorphemeAnalyzer(dictionary)
    case .eojeols(let model, _): eojeols = EojeolAnalyzer(model)
    }
  }

  /// Appends the morphemes of `line` to `morphemes`, in order; white space is part of none.
  ///
  /// Where eojeols are analysed, what stands between Hangul runs and spaces is one morpheme, and
  /// morphemes whose boundary does not count are one with that before them.
  package mutating func analyze(_ line: Span<UInt8>, to morphemes: inout GrowableBuffer<Morpheme>) {
    switch analysis {
    case .sentences: sentences?.analyze(line, to: &morphemes)
    case .eojeols(let model, let boundaries):
      analyze(line, model, boundaries, to: &morphemes)
    }
  }

  private mutating func analyze(
    _ line: Span<UInt8>, _ model: EojeolModel, _ boundaries: MorphemeBoundaries,
    to morphemes: inout GrowableBuffer<Morpheme>
  ) {
    var place = 0
    while place < line.count {
      let run = nextHangulRun(in: line, from: place) ?? line.count..<line.count
      appendOther(line, place..<run.lowerBound, boundaries, to: &morphemes)
      found.removeAll()
      eojeols?.analyze(line, run, to: &found)
      for index in 0..<found.count {
        append(found[index], model.isCut(before: found[index], boundaries), to: &morphemes)
      }
      place = run.upperBound
    }
  }

  /// Appends what stands in `range`, where no Hangul is, without its white space.
  private func appendOther(
    _ line: Span<UInt8>, _ range: Range<Int>, _ boundaries: MorphemeBoundaries,
    to morphemes: inout GrowableBuffer<Morpheme>
  ) {
    var start = range.lowerBound
    while start < range.upperBound {
      if line[start] <= 0x20 {
        start += 1
        continue
      }
      var end = start
      while end < range.upperBound, line[end] > 0x20 { end += 1 }
      let other = Morpheme(start: start, end: end, entry: Self.noEntry, isUnknown: true)
      append(other, boundaries == .all, to: &morphemes)
      start = end
    }
  }

  private func append(
    _ morpheme: Morpheme, _ counts: Bool, to morphemes: inout GrowableBuffer<Morpheme>
  ) {
    let last = morphemes.count - 1
    if !counts, last >= 0, morphemes[last].end == morpheme.start {
      morphemes[last].end = morpheme.end
    } else {
      morphemes.append(morpheme)
    }
  }

  /// Whether `morpheme` has a tag: what is no Hangul has none where only Hangul is analysed.
  package func hasTag(_ morpheme: Morpheme) -> Bool { morpheme.entry != Self.noEntry }

  /// Appends the tag of `morpheme`, such as NNG or VV+EC, to `output`.
  package func appendTag(of morpheme: Morpheme, to output: inout ByteBuffer) {
    guard hasTag(morpheme) else { return }
    switch analysis {
    case .sentences(let dictionary): dictionary.appendTag(of: morpheme, to: &output)
    case .eojeols(let model, _): model.appendTag(of: morpheme, to: &output)
    }
  }
}
