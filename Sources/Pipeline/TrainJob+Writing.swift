// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import CountFiles
internal import Morphology
internal import Normalization
internal import PreTokenization
internal import TextCore
internal import TokenModels
internal import Training
internal import VocabularyFiles

extension TrainJob {
  /// Refuses an output directory with something in it.
  func checkOutput() throws(TextError) {
    switch kind(ofPath: output) {
    case .missing: return
    case .directory:
      if overwrites { return }
      if try directoryEntries(output).isEmpty { return }
    default:
      throw TextError(
        .outputExists, "is no directory", at: .init(path: output), remedy: "choose another output")
    }
    throw TextError(
      .outputExists, "already exists", at: .init(path: output),
      remedy: "pass --overwrite to replace it, or choose another output")
  }

  /// Runs `body` with the output directory made, so that one that cannot be made costs no work; a
  /// new one does not outlive a failure.
  func withOutputDirectory<Result>(
    _ body: () throws(TextError) -> Result
  ) throws(TextError) -> Result {
    let isNew = kind(ofPath: output) == .missing
    do throws(TextError) {
      try createDirectory(output)
      return try body()
    } catch {
      if isNew { removeEmptyDirectory(output) }
      throw error
    }
  }

  /// Where the job keeps what a later run, or only this one, needs.
  var partialDirectory: String { output + ".partial" }

  /// Makes the directory for checkpoints and sorted runs.
  ///
  /// - Throws: `outputExists` if there is one of somebody else.
  func makePartialDirectory() throws(TextError) {
    guard isPartialDirectoryOurs else {
      throw TextError(
        .outputExists, "is in the way of sorted runs", at: .init(path: partialDirectory),
        remedy: "remove it, or choose another output")
    }
    try createDirectory(partialDirectory)
  }

  private var isPartialDirectoryOurs: Bool {
    ((try? directoryEntries(partialDirectory)) ?? []).allSatisfy {
      for prefix in Self.partialNames where $0.hasPrefix(prefix) { return true }
      return false
    }
  }

  private static let partialNames = [
    "run-", "merge-", MergeCheckpoint.name, CountingState.jobName, CountingState.lockName,
    CountingState.groupPrefix,
  ]

  /// Removes what this run and killed ones have left there, and the directory if that empties it.
  func clearPartialDirectory(keeping names: Set<String>) {
    guard isPartialDirectoryOurs else { return }
    CountingState.removeAll(partialDirectory, keeping: names)
    removeEmptyDirectory(partialDirectory)
  }

  /// The tokenizer of the first `merges` that `options` has room for, to be written to `directory`.
  func tokenizer(
    _ merges: TrainedMerges, _ options: TrainingOptions, _ counted: Counted,
    _ others: OtherLibraries, in directory: String
  ) throws(TextError) -> (definition: TokenizerDefinition, made: TrainedVocabulary) {
    let layout = VocabularyLayout(options, merges)
    var definition = TokenizerDefinition(
      normalizer: counted.normalizer, preTokenizer: counted.preTokenizer,
      model: try BPEModel(
        vocabulary: layout.vocabulary, rules: layout.rules, ignoresMerges: false),
      addedTokens: layout.added.map {
        AddedToken(content: $0.content, id: $0.id, isSpecial: $0.isSpecial)
      })
    if let morphemes, morphemes.isForEncoding {
      definition.morphemes = MorphemeRule(
        model: morphemes.model, boundaries: morphemes.boundaries)
    }
    let made = TrainedVocabulary(
      directory: directory, size: layout.vocabulary.count, merges: layout.rules.count,
      superwords: layout.superwordCount, paddingTokens: layout.paddingTokens,
      otherIDs: morphemes.flatMap { $0.isForEncoding ? others.share(definition.model, $0) : nil })
    return (definition, made)
  }

  /// Fills the directory: all files under partial names, then the names, the manifest last.
  func write(
    _ definition: TokenizerDefinition, _ manifest: consuming Manifest, to directory: String
  ) throws(TextError) {
    var tokenizer = try prepared(
      directory, VocabularyFileNames.tokenizerJSON, TokenizerJSON.write(definition), &manifest)
    var config = try prepared(
      directory, VocabularyFileNames.tokenizerConfig, TokenizerConfig.write(definition), &manifest)
    var tiktoken = try prepared(
      directory, VocabularyFileNames.tiktoken, TiktokenFile.write(definition), &manifest)
    var model: AtomicFile?
    if let morphemes = definition.morphemes {
      model = try prepared(
        directory, VocabularyFileNames.morphemes, try readFile(morphemes.model.path), &manifest)
    }
    var ignored = Manifest(kind: "", toolVersion: "")
    var last = try prepared(
      directory, VocabularyFileNames.manifest, manifest.json.serialized(), &ignored)
    try tokenizer.publish()
    try config.publish()
    try tiktoken.publish()
    try model?.publish()
    try last.publish()
  }

  /// A finished file that only lacks its name, listed in `manifest`.
  private func prepared(
    _ directory: String, _ name: String, _ contents: consuming ByteBuffer,
    _ manifest: inout Manifest
  ) throws(TextError) -> AtomicFile {
    manifest.outputs.append(
      Manifest.Output(
        name: name, byteCount: contents.count,
        checksum: "sha256:" + SHA256.hash(contents.span)))
    var file = try AtomicFile(directory + "/" + name)
    try file.write(contents.span)
    try file.finish()
    return file
  }

  /// The manifest of the directory; inputs are sorted, for their order does not matter here.
  func manifest(
    _ report: Report, _ made: TrainedVocabulary, _ training: TrainingOptions, _ counted: Counted,
    _ first: FirstStageResult?
  ) -> Manifest {
    var manifest = Manifest(kind: "tokenizer", toolVersion: toolVersion)
    manifest.inputs = report.account.inputs.sorted {
      $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
    }
    manifest.options = counted.options + counted.normalizer.manifestOptions
    manifest.options += counted.preTokenizer.manifestOptions + weightOptions
    manifest.options += first?.manifestOptions ?? []
    manifest.options += training.manifestOptions
    manifest.options += [
      ("alphabet_limit", alphabetLimit.map { .integer($0) } ?? .null),
      ("maximum_repeats", maximumRepeats.map { .integer($0) } ?? .null),
      ("morphemes", .string(morphemes?.boundaries.rawValue ?? "none")),
      ("morphemes_in", morphemes.map { .string($0.place) } ?? .null),
      ("morpheme_model", morphemes.map { .string("xxh3:" + $0.model.checksum) } ?? .null),
      ("minimum_count", .integer(minimumCount)),
    ]
    if let preset { manifest.options.append(("preset", preset.json)) }
    manifest.results =
      report.account.results(counted.normalizer) + [
        ("pretokens", .integer(report.pretokens)),
        ("distinct_pretokens", .integer(report.distinctPretokens)),
        ("pruned_pretokens", .integer(report.prunedPretokens)),
        ("vocabulary_size", .integer(made.size)),
        ("padding_tokens", .integer(made.paddingTokens)),
        ("merges", .integer(made.merges)),
        ("superwords", .integer(made.superwords)),
        ("tokenizer_json_note", counted.normalizer.tokenizersNote.map { .string($0) } ?? .null),
        ("morphemes_note", morphemes.map { .string($0.note) } ?? .null),
        ("morphemes_other_ids", made.otherIDs.map { .double($0) } ?? .null),
      ]
    return manifest
  }

  private var weightOptions: [(String, JSON)] {
    if weights.isEmpty { return [] }
    let names = weights.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return [("weights", .object(names.map { ($0, .string(weights[$0]?.text ?? "")) }))]
  }
}

extension TrainingOptions {
  /// The options as manifests hold them.
  fileprivate var manifestOptions: [(String, JSON)] {
    let placed = tokensWithIDs.sorted { $0.key < $1.key }
    let required = String(String.UnicodeScalarView(requiredCharacters))
    return [
      ("algorithm", .string(Preset.trainedAlgorithm)),
      ("vocabulary_size", .integer(vocabularySize)),
      ("special_tokens", .array(specialTokens.map { .string($0) })),
      ("placed_tokens", .object(placed.map { ("\($0.key)", .string($0.value)) })),
      ("reserved_last_ids", .integer(reservedLastIDs)),
      ("user_symbols", .array(userSymbols.map { .string($0) })),
      ("unused_tokens", .integer(unusedTokens)),
      ("size_multiple", .integer(sizeMultiple)),
      ("padded_size", paddedSize.map { .integer($0) } ?? .null),
      ("minimum_frequency", .integer(Int(minimumFrequency))),
      ("maximum_token_bytes", maximumTokenBytes.map { .integer($0) } ?? .null),
      ("maximum_token_characters", maximumTokenCharacters.map { .integer($0) } ?? .null),
      ("maximum_token_words", maximumTokenWords.map { .integer($0) } ?? .null),
      ("required_characters", .string(required)),
      ("syllable_safe", .bool(isSyllableSafe)),
    ]
  }
}
