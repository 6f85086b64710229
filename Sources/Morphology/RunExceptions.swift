// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Runs that a corpus cuts in another way, more often than not, than a model without them.
struct RunExceptions: ~Copyable {
  private var analyzer: EojeolAnalyzer
  private var morphemes = GrowableBuffer<Morpheme>()
  private var found: [RunKey: Candidate] = [:]

  /// A run by what stands before it.
  private struct RunKey: Hashable {
    var isBehindSpace: Bool
    var syllables: [UInt16]
  }

  /// The most frequent other way to cut a run, how often it is cut so, and how often as the model does.
  private struct Candidate {
    var run: RecordedRun
    var count: Int64
    var modelCount: Int64 = 0
  }

  init(_ model: EojeolModel) { analyzer = EojeolAnalyzer(model) }

  /// Takes a record that stands `count` times in the corpus, if the model cuts it in another way.
  mutating func find(_ record: Span<UInt8>, _ count: Int64, minimumCount: Int64) {
    guard count >= minimumCount else { return }
    let run = RunRecord.parse(record)
    if isCutLikeModel(run) { return }
    let key = RunKey(isBehindSpace: run.isBehindSpace, syllables: run.syllables)
    if let known = found[key] {
      // Of equal ones the one that comes first as bytes, whatever their order here.
      if known.count > count || known.count == count && known.run.precedes(run) { return }
    }
    found[key] = Candidate(run: run, count: count)
  }

  /// Counts how often a run that was found is cut as the model does.
  mutating func weigh(_ record: Span<UInt8>, _ count: Int64) {
    let run = RunRecord.parse(record)
    let key = RunKey(isBehindSpace: run.isBehindSpace, syllables: run.syllables)
    guard found[key] != nil, isCutLikeModel(run) else { return }
    found[key]?.modelCount += count
  }

  private mutating func isCutLikeModel(_ run: RecordedRun) -> Bool {
    morphemes.removeAll()
    analyzer.analyze(run, to: &morphemes)
    guard morphemes.count == run.words.count else { return false }
    for (index, word) in run.words.enumerated() {
      let length = (morphemes[index].end - morphemes[index].start) / Syllable.byteCount
      if length != word.length { return false }
    }
    return true
  }

  /// Those that are cut in the other way more often than not, in ascending order.
  var runs: [RecordedRun] {
    found.values.filter { $0.count > $0.modelCount }.map(\.run).sorted { left, right in
      if left.syllables != right.syllables {
        return left.syllables.lexicographicallyPrecedes(right.syllables)
      }
      return !left.isBehindSpace && right.isBehindSpace
    }
  }
}

extension RecordedRun {
  /// Any order of the ways to cut one run.
  func precedes(_ other: RecordedRun) -> Bool {
    words.flatMap { [UInt32($0.length), $0.entry] }
      .lexicographicallyPrecedes(other.words.flatMap { [UInt32($0.length), $0.entry] })
  }
}
