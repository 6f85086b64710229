// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import Normalization
package import PreTokenization
internal import TextCore
internal import Training

/// The first of two stages: tokens that lie inside the pretokens of an ordinary rule, before the second
/// joins them inside those of a rule that spans words.
package struct FirstStage: Sendable {
  /// How text is cut; nil for counts, which know.
  package var preTokenizer: PreTokenizer?
  /// Count files of that, if the second stage has count files too.
  package var counts: [String]
  /// The number of ids when it ends, those included that are not for merges.
  package var size: Int

  package init(preTokenizer: PreTokenizer?, counts: [String] = [], size: Int) {
    self.preTokenizer = preTokenizer
    self.counts = counts
    self.size = size
  }
}

/// What the first stage has made.
struct FirstStageResult {
  var merges: TrainedMerges
  var alphabet: CharacterSet?
  var size: Int
  var counted: TrainJob.Counted

  /// Checks that both stages have read the same.
  ///
  /// - Throws: `readFailed` for a file that has changed in between; `invalidArgument` for counts of
  ///   text that was normalised in different ways.
  func checkInputs(of second: TrainJob.Counted) throws(TextError) {
    guard counted.normalizer == second.normalizer else {
      throw TextError(
        .invalidArgument,
        "the counts of the first stage have the normalizer \(counted.normalizer.rawValue), those of "
          + "the second \(second.normalizer.rawValue)", remedy: "count both alike")
    }
    if case .files = second.rows { return }
    let digests = Dictionary(
      counted.account.inputs.map { ($0.path, $0.sha256) }, uniquingKeysWith: { first, _ in first })
    for input in second.account.inputs where digests[input.path] != input.sha256 {
      throw TextError(
        .readFailed, "has changed between the two stages of training", at: .init(path: input.path),
        remedy: "run again when it does not change")
    }
  }

  /// The stage as manifests hold it.
  var manifestOptions: [(String, JSON)] {
    [
      (
        "first_stage",
        .object(
          counted.preTokenizer.manifestOptions + [
            ("vocabulary_size", .integer(size)), ("merges", .integer(merges.pairs.count)),
          ])
      )
    ]
  }
}

extension TrainJob {
  /// The options of the first stage.
  private func options(of first: FirstStage) -> TrainingOptions {
    var options = training
    options.maximumMerges = first.size - training.alphabetSize
    return options
  }

  /// Checks that a first stage has its size and can be read before the second.
  ///
  /// - Throws: `invalidArgument`.
  func checkFirstStage() throws(TextError) {
    guard let firstStage else { return }
    guard (training.alphabetSize...training.vocabularySize).contains(firstStage.size) else {
      throw TextError(
        .invalidArgument,
        "a first stage of \(firstStage.size) ids is not between the \(training.alphabetSize) that are "
          + "there without merges and the vocabulary size \(training.vocabularySize)",
        remedy: "choose a size between them")
    }
    if morphemes?.isForEncoding == true {
      throw TextError(
        .invalidArgument, "tokens that span words do not keep to morphemes in encoding",
        remedy: "pass --morphemes-in training, or train in one stage")
    }
    if case .text(let source, _, _, _) = input,
      source.inputs.files.contains(CorpusInputs.standardInput)
    {
      throw TextError(
        .invalidArgument, "two stages read their text twice, and standard input is read once",
        remedy: "write it to a file")
    }
  }

  /// Trains the first stage, if there are two.
  ///
  /// - Throws: What reading, counting and merging throw.
  func trainFirstStage(_ context: JobContext) throws(TextError) -> FirstStageResult? {
    guard let firstStage else { return nil }
    let counted: Counted
    switch input {
    case .text(let source, let names, let normalizer, let preTokenizer):
      counted = try countText(
        source, names, normalizer, firstStage.preTokenizer ?? preTokenizer, nil, name: "run-first",
        context)
    case .counts(_, let normalizer, _):
      counted = try readCounts(firstStage.counts, normalizer, firstStage.preTokenizer)
    }
    var cut = counted
    cut.rows = try rowsForTraining(counted, OtherLibraries(), context)
    let alphabet = try alphabet(of: cut.rows)
    let (merges, _) = try merge(
      cut, options(of: firstStage), after: TrainedMerges(), alphabet: alphabet,
      releasesRows: true, nil, context)
    counted.rows.removeRuns()
    return FirstStageResult(
      merges: merges, alphabet: alphabet, size: firstStage.size, counted: counted)
  }
}
