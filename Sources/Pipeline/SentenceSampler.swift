// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TextCore

/// A thread's part of choosing sentences: ranks the documents of its batches.
struct SentenceSampler: Sendable {
  private(set) var sample: SentenceSample
  /// How many documents of the same record stand before the next.
  private var number = 0

  /// Any will do.
  private static let seed: UInt64 = 0

  init(count: Int) { sample = SentenceSample(count: count) }

  /// Takes part of `documents` of `batch`, whose text is `texts`; slices of a batch come in their order.
  mutating func add(
    _ texts: NormalTexts, _ batch: borrowing DocumentBatch, _ documents: Range<Int>
  ) {
    if sample.count == 0 { return }
    let ranks = DocumentRanks(seed: Self.seed, path: batch.path)
    var places: [(rank: UInt64, line: Int)] = []
    for index in documents {
      let offset = batch.byteOffsets[index]
      number = index > 0 && batch.byteOffsets[index - 1] == offset ? number + 1 : 0
      places.append((ranks.rank(byteOffset: offset, number: number), batch.lines[index]))
    }
    let path = batch.path
    texts.eachMeasured { text, _, index in
      sample.add(
        text, source: path, path: path, line: places[index].line, rank: places[index].rank)
    }
  }
}
