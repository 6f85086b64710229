// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import Training

extension TrainJob {
  /// Makes the merges of `options` behind those of `prefix`.
  ///
  /// - Parameters:
  ///   - counted: The pretokens.
  ///   - options: What to train.
  ///   - prefix: The merges that are there.
  ///   - alphabet: The characters that may be part of tokens; nil where all may.
  ///   - isSecondStage: Whether `prefix` was trained on other pretokens.
  ///   - releasesRows: Whether the pretokens are not needed any more.
  ///   - checkpoint: Where merges are noted, if they are.
  ///   - context: How to run.
  /// - Returns: All merges, those of `prefix` too, and what memory was estimated for them.
  /// - Throws: What reading the rows throws; `invalidArgument` if merging does not fit into memory.
  func merge(
    _ counted: Counted, _ options: TrainingOptions, after prefix: TrainedMerges,
    alphabet: CharacterSet?, isSecondStage: Bool = false, releasesRows: Bool,
    _ checkpoint: MergeCheckpoint?, _ context: JobContext
  ) throws(TextError) -> (merges: TrainedMerges, need: MergingNeed) {
    // ---- Counts → words ----
    let minimumCount = isSecondStage ? 1 : minimumCount
    var loading = try WordLoading(
      BPETrainer(options, after: prefix, isSecondStage: isSecondStage), memory,
      PretokenPreparation(maximumRepeats: maximumRepeats, alphabet: alphabet),
      vocabularySize: options.vocabularySize, minimumCount: minimumCount,
      isPrunable: !isSecondStage)
    try counted.rows.forEach { (pretoken, occurrences) throws(TextError) in
      if try loading.add(pretoken, occurrences) {
        try context.checkCancellation()
        context.progress(.mergingCounts(rows: loading.need.distinctPretokens))
      }
    }
    let (need, fingerprint) = (loading.need, loading.fingerprint)
    try counted.account.checkHasText(need.distinctPretokens > 0)
    context.progress(.mergingNeed(bytes: need.bytes(minimumCount: minimumCount)))
    let trainer = try loading.finish()
    if releasesRows { counted.rows.release() }
    // ---- Words → merges ----
    var last = prefix.pairs.count
    let merges = try trainer.train { (merges) throws(TextError) in
      let made = merges.pairs.count
      try context.checkCancellation()
      context.progress(
        .merging(ids: made + options.alphabetSize, of: options.vocabularySize))
      if let checkpoint, made - last >= checkpointMerges {
        last = made
        try makePartialDirectory()
        try checkpoint.write(merges, fingerprint: fingerprint)
      }
    }
    return (merges, need)
  }

  /// The characters that may be part of tokens; nil where all may.
  func alphabet(of rows: CountRows) throws(TextError) -> CharacterSet? {
    guard let alphabetLimit else { return nil }
    var counts = CharacterCounts()
    try rows.forEach { (pretoken, occurrences) throws(TextError) in
      if occurrences >= Int64(minimumCount) { counts.add(pretoken, occurrences) }
    }
    return counts.mostFrequent(alphabetLimit, and: training.requiredCharacters)
  }
}
