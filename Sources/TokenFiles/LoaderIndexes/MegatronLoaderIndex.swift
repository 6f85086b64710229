// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Makes what Megatron-core's GPTDataset keeps in its cache, so that training finds it instead of
/// building it: `HASH-GPTDataset-SPLIT-document_index.npy`, `-sample_index.npy`, `-shuffle_index.npy`
/// and `-description.txt`.
///
/// HASH is the MD5 of the description, which names everything the arrays depend on as the training
/// run states it; an option that differs from the run's gives another name, and the run builds its
/// own. As megatron-core 0.16.1 (`megatron/core/datasets/gpt_dataset.py`, `megatron_dataset.py`,
/// `blended_megatron_dataset_builder.py`, `helpers.cpp`).
package struct MegatronLoaderIndex: Sendable {
  /// Which sequences belong to which split.
  package enum Division: Sendable {
    /// By weights: training started with `--data-path` and `--split`.
    case weights(MegatronSplits)
    /// All of them to one: training started with `--train-data-path` and the like.
    case whole(LoaderSplit)
  }

  /// The path of the set up to its extension.
  package var path: String
  /// The path as the training run gives it.
  package var dataPath: String
  package var cacheDirectory: String
  package var division: Division
  package var sequenceLength: Int
  package var seed: UInt32
  /// The samples that training asks of each split; nil for those of one epoch.
  package var sampleCounts: [Int?] = [nil, nil, nil]
  /// What tells the run's tokenizer: its `unique_identifiers`.
  package var tokenizer: JSON
  /// Megatron's `add_extra_token_to_sequence`.
  package var addsExtraToken = true
  /// Megatron's `drop_last_partial_validation_sequence`.
  package var dropsLastPartialValidation = true
  package var overwrites = false

  package init(
    path: String, division: Division, sequenceLength: Int, seed: UInt32, tokenizer: JSON
  ) {
    self.path = path
    dataPath = path
    cacheDirectory = path + "/cache/GPTDataset_indices"
    self.division = division
    self.sequenceLength = sequenceLength
    self.seed = seed
    self.tokenizer = tokenizer
  }

  /// Writes the files of every split that has any.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`, `writeFailed`, `outputExists`;
  ///   `invalidArgument` for a split without tokens and where Megatron refuses to build.
  /// - Complexity: Memory is 4 bytes for each sequence of the set, each document of each epoch, and
  ///   each sample.
  package func write() throws(TextError) -> [LoaderIndexSummary] {
    let lengths = try MegatronIndex(path: path + ".idx").sequenceLengths()
    var work: [(split: LoaderSplit, plan: SamplePlan)] = []
    for (index, split) in LoaderSplit.allCases.enumerated() {
      guard let range = range(index, of: lengths.count) else { continue }
      work.append((split, try plan(split, range, sampleCounts[index], lengths.span)))
    }
    if !overwrites { for (split, _) in work { try checkMissing(split) } }
    try createDirectory(cacheDirectory)
    var summaries: [LoaderIndexSummary] = []
    for (split, plan) in work {
      let base = base(split)
      try SampleIndexes(plan, seed: seed).write(
        documents: base + "document_index.npy", samples: base + "sample_index.npy",
        shuffle: base + "shuffle_index.npy", lengths: lengths.span)
      // Last: without it the loader does not believe the others.
      try writeFile(base + "description.txt", description(split).span)
      summaries.append(LoaderIndexSummary(split.rawValue, plan, path: base))
    }
    return summaries
  }

  private func checkMissing(_ split: LoaderSplit) throws(TextError) {
    let path = base(split) + "description.txt"
    guard kind(ofPath: path) == .missing else {
      throw TextError(
        .outputExists, "already exists", at: .init(path: path),
        remedy: "pass --overwrite to replace it")
    }
  }

  private func range(_ index: Int, of count: Int) -> Range<Int>? {
    switch division {
    case .weights(let splits): splits.range(index, of: count)
    case .whole(let split): split == LoaderSplit.allCases[index] ? 0..<count : nil
    }
  }

  /// The path of the files of `split` up to what tells them apart.
  private func base(_ split: LoaderSplit) -> String {
    "\(cacheDirectory)/\(md5(description(split).span))-GPTDataset-\(split.rawValue)-"
  }

  /// What the arrays of `split` depend on, as the loader writes it.
  package func description(_ split: LoaderSplit) -> ByteBuffer {
    let number = LoaderSplit.allCases.firstIndex(of: split).flatMap { sampleCounts[$0] }
    var text = JSON.null
    var matrix = JSON.null
    if case .weights(let splits) = division {
      text = .string(splits.text)
      matrix = splits.matrix
    }
    return JSON.object([
      ("class", .string("GPTDataset")),
      ("dataset_path", .string(dataPath)),
      ("num_samples", number.map { .integer($0) } ?? .null),
      ("index_split", .string(split.rawValue)),
      ("random_seed", .integer(Int(seed))),
      ("sequence_length", .integer(sequenceLength)),
      ("split", text),
      ("split_matrix", matrix),
      ("tokenizer", tokenizer),
    ]).pythonText()
  }
}

// MARK: - How many epochs

extension MegatronLoaderIndex {
  private func plan(
    _ split: LoaderSplit, _ range: Range<Int>, _ wanted: Int?, _ lengths: Span<Int32>
  ) throws(TextError) -> SamplePlan {
    let extra = addsExtraToken ? 1 : 0
    let tokens = tokenCount(lengths.extracting(range))
    guard tokens > extra else {
      throw TextError(
        .invalidArgument, "the \(split.rawValue) split has \(tokens) tokens",
        at: .init(path: path + ".idx"), remedy: "give it a larger share, or none")
    }
    let request = wanted.map { $0.multipliedReportingOverflow(by: sequenceLength) }
    guard request?.overflow != true else { throw tooMany(split) }
    let needed = request.map { $0.partialValue + extra } ?? 0
    var plan = SamplePlan(
      documents: range, tokensPerEpoch: tokens,
      epochCount: max(1, (needed + tokens - 1) / tokens), sequenceLength: sequenceLength,
      extraTokens: extra,
      dropsLastPartial: split != .valid || dropsLastPartialValidation)
    guard range.count.multipliedReportingOverflow(by: plan.epochCount).overflow == false else {
      throw tooMany(split)
    }
    if let wanted, plan.epochCount > 1 {
      plan.samplesBeforeFinalEpoch = try samplesBeforeFinalEpoch(plan, split, wanted)
    }
    return plan
  }

  private func tooMany(_ split: LoaderSplit) -> TextError {
    TextError(
      .invalidArgument, "more \(split.rawValue) samples than can be numbered",
      remedy: "ask for fewer")
  }

  /// The samples before the last epoch, if so few are taken from that that it is shuffled by itself.
  private func samplesBeforeFinalEpoch(
    _ plan: SamplePlan, _ split: LoaderSplit, _ wanted: Int
  ) throws(TextError) -> Int? {
    func samples(_ epochs: Int) -> Int {
      (epochs * plan.tokensPerEpoch - plan.extraTokens) / sequenceLength
    }
    let before = samples(plan.epochCount - 1)
    let final = wanted - before
    guard (0...samples(1) + 1).contains(final) else {
      // An assertion of the loader, which very small sets break.
      throw TextError(
        .invalidArgument,
        "Megatron refuses \(wanted) samples of the \(split.rawValue) split: \(final) would come from "
          + "the last epoch of \(samples(1))", at: .init(path: path + ".idx"),
        remedy: "ask for another number")
    }
    return final < Int(0.8 * Double(samples(1))) ? before : nil
  }
}
