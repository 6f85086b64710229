// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TextCore

/// A wish for a part of a corpus: uniformly chosen documents of about so many bytes together.
package struct SampleRequest: Sendable, Equatable {
  /// UTF-8 bytes of documents as read, before normalisation.
  package var byteCount: Int
  package var seed: UInt64

  package init(byteCount: Int, seed: UInt64) {
    self.byteCount = byteCount
    self.seed = seed
  }
}

extension CorpusSource {
  /// The source with its sample decided, by a pass over the corpus that weighs every document.
  ///
  /// Documents are chosen in the order of their ranks (``DocumentSample``) as long as they fit, in steps
  /// of 2⁻²⁰ of all ranks: the sample is never larger than wanted, and falls short by about a millionth of
  /// the corpus, or one document if those are larger. A corpus that fits is taken whole.
  ///
  /// - Throws: `invalidArgument` for standard input, which cannot be read twice; what reading throws.
  func decidingSample(_ context: JobContext) throws(TextError) -> CorpusSource {
    guard let sample else { return self }
    guard !inputs.files.contains(CorpusInputs.standardInput) else {
      throw TextError(
        .invalidArgument, "a sample is taken in two passes, and standard input has one",
        remedy: "save it to a file")
    }
    var whole = self
    whole.sample = nil
    whole.options.sample = nil
    whole.options.keepsMetadata = false
    var total = RankWeights()
    _ = try passOver(
      whole, context,
      makeWorker: { _ in RankWeights() },
      work: { (weights, batch) throws(TextError) in
        weights.add(batch, ranks: DocumentRanks(seed: sample.seed, path: batch.path))
      },
      finish: { weights in total.merge(weights) })
    var decided = self
    decided.sample = nil
    decided.options.sample = total.limit(for: sample.byteCount).map {
      DocumentSample(seed: sample.seed, limit: $0)
    }
    return decided
  }
}

/// The bytes of documents by the first bits of their ranks.
private struct RankWeights: ~Copyable {
  private static let bits: UInt64 = 20
  /// 8 MiB.
  private var bytes = [Int](repeating: 0, count: 1 << RankWeights.bits)

  mutating func add(_ batch: borrowing DocumentBatch, ranks: DocumentRanks) {
    var number = 0
    for index in 0..<batch.count {
      let offset = batch.byteOffsets[index]
      number = index > 0 && batch.byteOffsets[index - 1] == offset ? number + 1 : 0
      let rank = ranks.rank(byteOffset: offset, number: number)
      bytes[Int(rank >> (64 - Self.bits))] += batch.range(of: index).count
    }
  }

  mutating func merge(_ other: borrowing RankWeights) {
    for index in bytes.indices { bytes[index] += other.bytes[index] }
  }

  /// Below which ranks documents of at most `wanted` bytes stand; nil if all do.
  func limit(for wanted: Int) -> UInt64? {
    var total = 0
    for (index, weight) in bytes.enumerated() {
      total += weight
      if total > wanted { return UInt64(index) << (64 - Self.bits) }
    }
    return nil
  }
}
