// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
package import Normalization
package import TextCore
package import TokenFiles
package import Tokenization
internal import VocabularyFiles

/// Encodes a corpus into token files.
package struct EncodeJob: Sendable {
  package var source: CorpusSource
  package var tokenizer: Tokenizer
  /// Replaces the tokenizer's own normaliser, where given.
  package var normalizer: Normalizer?
  /// What is written, in one pass; at least one.
  package var outputs: [SinkOutput]
  /// The ids at the edges of every document, and how long it may be.
  package var boundaries = DocumentBoundaries()
  /// How documents become samples; nil writes them as they are.
  ///
  /// Its edges are set by the job.
  package var packing: PackingPlan?
  /// Which documents are written, how often, for what and in which order.
  package var choices = DocumentChoices()
  /// Set where the corpus is conversations; their special tokens are then those of the template alone.
  package var chat: ChatLayout?
  /// Whether conversations get the column `loss_mask`.
  package var writesLossMask = true
  package var parsesSpecialTokens = false
  /// Whether documents get the special tokens that the tokenizer puts around a text.
  package var addsSpecialTokens = false
  /// Whether a file beside each shard tells where its documents come from.
  package var keepsProvenance = false
  /// When a shard is full.
  package var limits = ShardLimits()
  package var tokenType = TokenTypeRequest.auto
  package var overwrites = false
  /// Whether what an unfinished run has left is forgotten.
  package var restarts = false
  /// After how many bytes of ids everything is made durable.
  package var checkpointBytes = EncodeJob.defaultCheckpointBytes
  /// The most that the pretoken cache of a worker may take; never changes the ids.
  package var cacheBytes = Encoder.defaultCacheBytes

  /// 256 MiB of ids: a few seconds of work to lose.
  package static let defaultCheckpointBytes = TokenOutput.checkpointBytes

  package init(source: CorpusSource, tokenizer: Tokenizer, outputs: [SinkOutput]) {
    precondition(!outputs.isEmpty, "a job without an output")
    self.source = source
    self.tokenizer = tokenizer
    self.outputs = outputs
  }

  /// What a run made.
  package struct Report: Sendable {
    package var account: CorpusAccount
    /// Of each output.
    package var files: [TokenFileSummary]
    package var tokenTypes: [TokenType]
    /// What was chosen.
    package var choices: ChoiceAccount
    /// What was cut from documents that were too long.
    package var truncation: DocumentBoundaries.Truncation
    /// What packing has done with the tokens of each split; nothing without it.
    package var packing: [PackingAccount]
    /// Documents that an earlier run had written.
    package var resumedDocuments: Int
    /// UTF-8 bytes of the documents as read.
    package var documentBytes: Int
  }

  /// The id of the special token `name`.
  ///
  /// - Throws: `invalidArgument` if the tokenizer has no such token.
  package static func specialToken(
    named name: String, of tokenizer: Tokenizer
  ) throws(TextError) -> UInt32 {
    if let id = tokenizer.addedTokens.id(of: name) { return id }
    throw TextError(
      .invalidArgument, "the tokenizer has no special token \"\(name)\"",
      remedy: "see \"malmoi inspect tokenizer\" for those it has")
  }

  /// The id that ends documents: of the special token `name`, or, without a name, of a well-known
  /// one.
  ///
  /// - Throws: `invalidArgument` if the tokenizer has none.
  package static func endOfDocument(
    named name: String?, of tokenizer: Tokenizer
  ) throws(TextError) -> UInt32 {
    if let name { return try specialToken(named: name, of: tokenizer) }
    if let token = TokenizerConfig.endOfDocument(tokenizer.definition) { return token.id }
    throw TextError(
      .invalidArgument, "the tokenizer has no end-of-document token such as <|endoftext|>",
      remedy: "name one with --eod-token, or train with --special-token '<|endoftext|>'")
  }

  /// Runs the job, or the rest of one that was not finished.
  ///
  /// - Throws: Bad options and existing outputs before anything is read; then what reading, encoding
  ///   and writing throw. What was made durable before is left for the next run.
  package func run(_ context: JobContext) throws(TextError) -> Report {
    var boundaries = boundaries
    if addsSpecialTokens {
      boundaries.keptBefore = tokenizer.definition.template.before.count
      boundaries.keptAfter = tokenizer.definition.template.after.count
    }
    try checkRoom(boundaries)
    let plan = try packingPlan(boundaries)
    let sinks = try sinkSettings(columns: plan?.columns ?? [.inputIDs])
    var corpus = source
    corpus.options.chatRoles = chat?.roleNames
    let source = try corpus.decidingSample(context)
    let options = options(source, boundaries) + (plan?.manifestOptions ?? [])
    var output = try TokenOutput(
      sinks, identity: identity(source, options), overwrites: overwrites, restarts: restarts,
      checkpointBytes: checkpointBytes)
    var stages = try DocumentStages(
      choices, columnCount: keepsProvenance ? 2 : 1, packing: plan, sinkCount: outputs.count,
      directory: sinks[0].output.names.work,
      maximumID: marksLoss ? .max : UInt32(tokenizer.vocabularySize - 1), account: output.restored,
      state: output.restoredStages)
    var units = try UnitShards(
      source.inputs, inputBytes: limits.inputBytes, restored: output.restored)
    var documentBytes = output.restored?["bytes"]?.integer ?? 0
    var truncation = DocumentBoundaries.Truncation(output.restored)
    // A cache larger than the input would only have its pages cleared.
    let cacheBytes = min(cacheBytes, source.estimatedTextBytes ?? cacheBytes)
    do throws(TextError) {
      let account = try passOver(
        source, context,
        makeWorker: { recorder in
          EncodeWorker(
            encoder: makeEncoder(cacheBytes: cacheBytes, recorder), boundaries: boundaries,
            tellingIdentities: choices.needsIdentities, tellingOrigins: keepsProvenance)
        },
        work: { (worker, batch) throws(TextError) in try worker.encode(batch) },
        emit: { (encoded) throws(TextError) in
          documentBytes += encoded.byteCount
          truncation += encoded.truncation
          try units.begin(file: encoded.fileIndex, in: &output)
          try stages.take(encoded, into: &output)
        },
        from: output.position,
        afterBlock: { (blocks, account) throws(TextError) in
          try output.note(
            done: blocks, documents: account.documents, receipts: account.losses.map(\.receipt),
            isStopping: context.isCancelled(), waitingByteCount: stages.waitingByteCount,
            noted(documentBytes, truncation, stages.account, units),
            stages: { () throws(TextError) in try stages.checkpoint() })
        })
      try stages.finish(into: &output)
      try units.finish(in: &output)
      try checkHasTokens(account, boundaries, documentBytes)
      let chosen = stages.account
      let packed = output.isWritten ? [] : stages.packed
      let files = try output.publish(
        manifest: { manifest(account, options, sinks[$0], $0, truncation, chosen, packed) },
        whenDurable: { stages.removeFiles() })
      return Report(
        account: account, files: files, tokenTypes: sinks.map(\.shards.type), choices: chosen,
        truncation: truncation, packing: packed, resumedDocuments: output.resumedDocuments,
        documentBytes: documentBytes)
    } catch {
      stages.close()
      throw output.ending(error)
    }
  }
}

// MARK: - Before the start

extension EncodeJob {
  /// Whether ids are marked that count in the loss.
  private var marksLoss: Bool { chat != nil && writesLossMask }

  private func makeEncoder(
    cacheBytes: Int, _ recorder: NormalizationRecorder
  ) -> DocumentEncoder {
    if let chat {
      return DocumentEncoder(
        ChatEncoder(
          chat, normalizer: normalizer, marksLoss: marksLoss, cacheBytes: cacheBytes,
          recorder: recorder))
    }
    return DocumentEncoder(
      Encoder(
        tokenizer, normalizer: normalizer, parsingSpecialTokens: parsesSpecialTokens,
        addingSpecialTokens: addsSpecialTokens, cacheBytes: cacheBytes, recorder: recorder),
      separator: packing?.sentenceSeparator, recorder: recorder)
  }

  /// What a later run has to know of this one.
  private func noted(
    _ documentBytes: Int, _ truncation: DocumentBoundaries.Truncation, _ account: ChoiceAccount,
    _ units: UnitShards
  ) -> JSON {
    .object(
      [("bytes", .integer(documentBytes))] + truncation.fields + account.fields(choices)
        + units.fields)
  }

  /// Refuses a corpus that gives no token.
  ///
  /// Token files of none cannot be mapped by their readers. Units of inputs may be empty, as they are
  /// joined with others.
  private func checkHasTokens(
    _ account: CorpusAccount, _ boundaries: DocumentBoundaries, _ documentBytes: Int
  ) throws(TextError) {
    if limits.inputBytes != nil { return }
    let addsTokens = chat != nil || addsSpecialTokens && !tokenizer.definition.template.isEmpty
    try account.checkHasText(
      documentBytes > 0 || boundaries.before != nil || boundaries.after != nil || addsTokens)
  }

  private func checkRoom(_ boundaries: DocumentBoundaries) throws(TextError) {
    guard let most = boundaries.maximumTokens, most < boundaries.leastTokens else { return }
    throw TextError(
      .invalidArgument,
      "documents of at most \(most) tokens have no room for the \(boundaries.leastTokens) at their edges",
      remedy: "choose a larger --max-document-tokens")
  }

  /// The plan of packing, told what stands at the edges of documents.
  ///
  /// - Throws: `invalidArgument`.
  private func packingPlan(_ boundaries: DocumentBoundaries) throws(TextError) -> PackingPlan? {
    guard var plan = packing ?? (marksLoss ? PackingPlan(.documents(maximumTokens: nil)) : nil)
    else { return nil }
    if keepsProvenance {
      throw TextError(
        .invalidArgument,
        packing == nil
          ? "documents with a loss mask have no room for their origin"
          : "packed sequences have pieces of several documents, so none has an origin",
        remedy: packing == nil
          ? "leave out --provenance, or add --no-loss-mask" : "leave out --pack or --provenance")
    }
    plan.marksLoss = marksLoss
    if marksLoss { plan.extraColumns.formUnion(.lossMask) }
    plan.edges = DocumentEdges(
      before: boundaries.keptBefore + (boundaries.before == nil ? 0 : 1),
      after: boundaries.keptAfter + (boundaries.after == nil ? 0 : 1))
    try plan.check(vocabularySize: tokenizer.vocabularySize)
    return plan
  }

  /// What each output is written with.
  ///
  /// - Throws: `tokenTypeOverflow`, `invalidArgument` for what a format cannot hold.
  private func sinkSettings(columns: [SampleColumn]) throws(TextError) -> [SinkSettings] {
    let maximumID = UInt32(tokenizer.vocabularySize - 1)
    var settings: [SinkSettings] = []
    for output in choices.outputs(outputs) {
      if let refusal = output.format.refusal(of: columns) {
        throw TextError(
          .invalidArgument, refusal,
          remedy: marksLoss
            ? "choose mds, tfrecord, datatrove or olmo, or --no-loss-mask if nobody needs to know what the assistant said"
            : "choose mds or tfrecord, or pack without columns")
      }
      let type = try TokenType.choose(
        maximumID: maximumID, requested: tokenType, format: output.format)
      settings.append(
        SinkSettings(
          output: output,
          shards: ShardSettings(
            format: output.format, type: type, maximumID: maximumID, columns: columns,
            keepsProvenance: keepsProvenance),
          limits: try limits.completed(for: output.format)))
    }
    try checkDistinctOutputs(settings)
    return settings
  }

  /// What decides the files, nil if the inputs cannot be read twice.
  private func identity(_ source: CorpusSource, _ options: [(String, JSON)]) -> JobIdentity? {
    guard source.inputs.areRereadable else { return nil }
    let outputs: [JSON] = outputs.map { .string("\($0.format.rawValue):\($0.path)") }
    return JobIdentity(
      json: .object([
        ("job", .string("encode")), ("tool_version", .string(toolVersion)),
        ("options", .object(options)), ("outputs", .array(outputs)),
        ("limits", .object(limits.fields)), ("token_type", .string(tokenType.rawValue)),
        ("strict", .bool(source.isStrict)),
        ("inputs", source.inputs.identity),
        ("source_of_input", .array(choices.sourceOfFile.map { .integer($0) })),
      ]))
  }
}

// MARK: - The manifest

extension EncodeJob {
  /// The options that decide the ids, as manifests hold them.
  private func options(
    _ source: CorpusSource, _ boundaries: DocumentBoundaries
  ) -> [(String, JSON)] {
    source.manifestOptions
      + (normalizer ?? tokenizer.definition.normalizer).manifestOptions
      + tokenizer.definition.preTokenizer.manifestOptions + [
        ("tokenizer_sha256", .string(tokenizer.sourceSHA256)),
        ("vocabulary_size", .integer(tokenizer.vocabularySize)),
        ("beginning_of_document", boundaries.before.map { .integer(Int($0)) } ?? .null),
        ("end_of_document", boundaries.after.map { .integer(Int($0)) } ?? .null),
        ("max_document_tokens", boundaries.maximumTokens.map { .integer($0) } ?? .null),
        ("parse_special_tokens", .bool(parsesSpecialTokens)),
        ("tokens_before", addedIDs(tokenizer.definition.template.before)),
        ("tokens_after", addedIDs(tokenizer.definition.template.after)),
      ] + choices.fields + (keepsProvenance ? [("provenance", .bool(true))] : [])
      + (chat.map { chat in
        [
          ("chat_template", chat.template.manifestValue), ("loss_mask", .bool(writesLossMask)),
        ]
      } ?? [])
  }

  /// The ids that every document gets from the template.
  private func addedIDs(_ ids: [UInt32]) -> JSON {
    .array(addsSpecialTokens ? ids.map { .integer(Int($0)) } : [])
  }

  private func manifest(
    _ account: CorpusAccount, _ options: [(String, JSON)], _ sink: SinkSettings, _ index: Int,
    _ truncation: DocumentBoundaries.Truncation, _ chosen: ChoiceAccount,
    _ packed: [PackingAccount]
  ) -> Manifest {
    var manifest = Manifest(kind: "token-files", toolVersion: toolVersion)
    // The order of the inputs is the order of the documents.
    manifest.inputs = account.inputs
    manifest.options =
      options + [
        ("format", .string(sink.output.format.rawValue))
      ] + sink.limits.fields
    if let split = choices.splits[index / outputs.count] {
      manifest.options.append(("documents_for", .string(split.name)))
    }
    // The sink adds the documents and tokens that it wrote.
    let results = account.results(normalizer ?? tokenizer.definition.normalizer)
    let fields = MetadataField.allCases.map {
      ($0.name, JSON.integer(account.metadataCounts[$0.rawValue]))
    }
    manifest.results =
      results.filter { $0.0 != "documents" } + [
        ("documents_with", .object(fields))
      ] + truncation.fields + chosen.fields(choices)
    let split = index / outputs.count
    if split < packed.count {
      manifest.results.append(("packing", .object(packed[split].fields)))
    }
    return manifest
  }
}
