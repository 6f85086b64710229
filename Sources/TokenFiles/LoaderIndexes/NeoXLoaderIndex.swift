// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Makes the index maps that GPT-NeoX keeps beside its data, so that training finds them instead of
/// building them: `PREFIX_SPLIT_indexmap_NUMBERns_LENGTHsl_SEEDs…_doc_idx.npy`, `_sample_idx.npy` and
/// `_shuffle_idx.npy`.
///
/// As `megatron/data/gpt2_dataset.py` and `data_utils.py` of GPT-NeoX. Since the data sets know how
/// samples are packed, names also say that (`_packedpi_ac`: packed, long documents are cut).
package struct NeoXLoaderIndex: Sendable {
  /// Which documents belong to which split.
  package enum Division: Sendable {
    /// By weights: `data_path` and `split`.
    case weights(NeoXSplits)
    /// All of them to one, by the name it has in file names: `train_0` for the first of
    /// `train_data_paths`, `valid_0`, `test_0` and so on.
    case whole(String)
  }

  /// The path of the set up to its extension, which is that of the index maps, too.
  package var path: String
  package var division: Division
  package var sequenceLength: Int
  package var seed: UInt32
  /// The samples that training asks of each split; of the only one the first counts.
  package var sampleCounts: [Int]
  /// Whether names say how samples are packed.
  package var namesPacking = true
  package var overwrites = false

  package init(
    path: String, division: Division, sequenceLength: Int, seed: UInt32, sampleCounts: [Int]
  ) {
    self.path = path
    self.division = division
    self.sequenceLength = sequenceLength
    self.seed = seed
    self.sampleCounts = sampleCounts
  }

  /// Writes the files of every split that has any.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`, `writeFailed`, `outputExists`;
  ///   `invalidArgument` for a split without tokens.
  /// - Complexity: Memory is 4 bytes for each document of the set, each document of each epoch, and
  ///   each sample.
  package func write() throws(TextError) -> [LoaderIndexSummary] {
    let lengths = try MegatronIndex(path: path + ".idx").sequenceLengths()
    var work: [(plan: SamplePlan, name: String, base: String)] = []
    for (name, range, wanted) in splits(of: lengths.count) {
      let plan = try plan(name, range, wanted, lengths.span)
      let packing = namesPacking ? "_packedpi_ac" : ""
      let base = "\(path)_\(name)_indexmap_\(wanted)ns_\(sequenceLength)sl_\(seed)s\(packing)_"
      if !overwrites, kind(ofPath: base + "shuffle_idx.npy") != .missing {
        throw TextError(
          .outputExists, "already exists", at: .init(path: base + "shuffle_idx.npy"),
          remedy: "pass --overwrite to replace it")
      }
      work.append((plan, name, base))
    }
    var summaries: [LoaderIndexSummary] = []
    for (plan, name, base) in work {
      try SampleIndexes(plan, seed: seed).write(
        documents: base + "doc_idx.npy", samples: base + "sample_idx.npy",
        shuffle: base + "shuffle_idx.npy", lengths: lengths.span,
        wideSamples: isWide(plan))
      summaries.append(LoaderIndexSummary(name, plan, path: base))
    }
    return summaries
  }

  /// Whether samples begin at places of 64 bits: if twice their number, rounding left out, has 32.
  private func isWide(_ plan: SamplePlan) -> Bool {
    let samples =
      Double(plan.epochCount * plan.tokensPerEpoch - 1) / Double(sequenceLength)
    return 2 * (samples + 1) >= Double(Int32.max)
  }

  private func splits(of count: Int) -> [(name: String, range: Range<Int>, wanted: Int)] {
    switch division {
    case .whole(let name):
      return [(name, 0..<count, sampleCounts[0])]
    case .weights(let splits):
      let ranges = splits.ranges(of: count)
      return LoaderSplit.allCases.enumerated().compactMap { index, split in
        guard let range = ranges[index], index < sampleCounts.count else { return nil }
        return (split.rawValue, range, sampleCounts[index])
      }
    }
  }

  private func plan(
    _ name: String, _ range: Range<Int>, _ wanted: Int, _ lengths: Span<Int32>
  ) throws(TextError) -> SamplePlan {
    let tokens = tokenCount(lengths.extracting(range))
    let needed = wanted.multipliedReportingOverflow(by: sequenceLength)
    guard tokens > 1, !needed.overflow else {
      throw TextError(
        .invalidArgument,
        "the \(name) split has \(tokens) tokens, which cannot give \(wanted) samples",
        at: .init(path: path + ".idx"), remedy: "give it a larger share, or ask for fewer")
    }
    let epochs = max(1, (needed.partialValue + 1 + tokens - 1) / tokens)
    guard !range.count.multipliedReportingOverflow(by: epochs).overflow else {
      throw TextError(
        .invalidArgument, "more \(name) samples than can be numbered", remedy: "ask for fewer")
    }
    return SamplePlan(
      documents: range, tokensPerEpoch: tokens, epochCount: epochs,
      sequenceLength: sequenceLength, extraTokens: 1, dropsLastPartial: true)
  }
}
