// SPDX-License-Identifier: Apache-2.0

package import TextCore
package import TokenFiles

/// Writes the documents of sets of token files as other sets, without encoding anything again.
///
/// One set in becomes one in another format or in other shards; several become one that has the
/// documents of all, in their order. Memory is a few windows and the longest document.
package struct ConvertShardsJob {
  package var inputs: [TokenFileReader]
  package var outputs: [SinkOutput]
  package var limits = ShardLimits()
  /// Into how many shards of like size the documents are divided, in their order.
  package var shardCount: Int?
  package var tokenType = TokenTypeRequest.auto
  package var overwrites = false
  package var restarts = false
  package var checkpointBytes = EncodeJob.defaultCheckpointBytes

  package init(inputs: [TokenFileReader], outputs: [SinkOutput]) {
    precondition(!inputs.isEmpty && !outputs.isEmpty, "a conversion from or to nothing")
    self.inputs = inputs
    self.outputs = outputs
  }

  /// What a run made, for each output.
  package struct Report: Sendable {
    package var files: [TokenFileSummary]
    package var tokenTypes: [TokenType]
    package var resumedDocuments: Int
  }

  /// Runs the job, or the rest of one that was not finished.
  ///
  /// - Throws: `invalidArgument` for sets that do not belong together; `tokenTypeOverflow`;
  ///   `outputExists`; what reading and writing throw.
  package func run(_ context: JobContext) throws(TextError) -> Report {
    let sources = try StoredSets(inputs)
    let totals = try sources.totals(context)
    let sinks = try sinkSettings(totals)
    var output = try TokenOutput(
      sinks, identity: try sources.identity(sinks, tokenType), overwrites: overwrites,
      restarts: restarts, checkpointBytes: checkpointBytes)
    do throws(TextError) {
      try copyDocuments(to: &output, context)
      let read = try sources.inputs()
      let files = try output.publish { sources.manifest(sinks[$0], read) }
      return Report(
        files: files, tokenTypes: sinks.map(\.shards.type),
        resumedDocuments: output.resumedDocuments)
    } catch {
      throw output.ending(error)
    }
  }

  /// About as many ids as a block of the encoder has.
  private static let batchTokens = 1 << 18

  private func copyDocuments(to output: inout TokenOutput, _ context: JobContext) throws(TextError)
  {
    let skipped = output.position?.blocks ?? 0
    let total = inputs.reduce(0) { $0 + $1.tokenByteCount }
    var done = 0
    var bytesDone = 0
    var batch = SampleBatch(columnCount: keepsProvenance ? 2 : 1)
    for input in inputs {
      try input.forEachOrigin { (number, ids, origin) throws(TextError) in
        done += 1
        guard done > skipped else { return }
        batch.values.append(copying: ids)
        batch.endRun()
        if keepsProvenance { Self.append(origin, document: number, of: input, to: &batch) }
        guard batch.values.count >= Self.batchTokens else { return }
        try context.checkCancellation()
        try Self.flush(&batch, to: &output, done, context)
      }
      bytesDone += input.tokenByteCount
      context.progress(.reading(bytes: bytesDone, of: total))
    }
    try Self.flush(&batch, to: &output, done, context)
  }

  /// Appends a document's origin; of a set that has none, which document of it this is.
  private static func append(
    _ origin: Span<UInt8>, document: Int, of input: TokenFileReader, to batch: inout SampleBatch
  ) {
    if input.hasProvenance {
      for index in origin.indices { batch.values.append(UInt32(origin[index])) }
      batch.endRun()
    } else {
      DocumentOrigin.append(
        id: "".utf8.span, source: input.path.utf8.span, location: document, to: &batch)
    }
  }

  private static func flush(
    _ batch: inout SampleBatch, to output: inout TokenOutput, _ done: Int, _ context: JobContext
  ) throws(TextError) {
    try output.append(batch)
    batch.removeAll()
    try output.note(done: done, documents: done, isStopping: context.isCancelled())
  }

  /// Origins are kept where any set has them.
  private var keepsProvenance: Bool { inputs.contains { $0.hasProvenance } }

  private func sinkSettings(_ totals: TokenFileSummary) throws(TextError) -> [SinkSettings] {
    let maximumID = totals.maximumID ?? 0
    var settings: [SinkSettings] = []
    for output in outputs {
      let type = try TokenType.choose(
        maximumID: maximumID, requested: tokenType, format: output.format)
      var limits = limits
      if let shardCount { limits.shares = .init(tokens: totals.tokenCount, count: shardCount) }
      settings.append(
        SinkSettings(
          output: output,
          shards: ShardSettings(
            format: output.format, type: type, maximumID: maximumID,
            keepsProvenance: keepsProvenance),
          limits: try limits.completed(for: output.format)))
    }
    try checkDistinctOutputs(settings)
    return settings
  }
}
