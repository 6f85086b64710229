// SPDX-License-Identifier: Apache-2.0

internal import CountFiles
package import Normalization
package import PreTokenization
package import TextCore

/// Counts the pretokens of documents that somebody hands over, batch by batch, into a count file.
///
/// The rows are those of ``CountJob`` over the same documents. What takes more than the memory given
/// waits as sorted runs in `OUTPUT.partial`; a counter that is dropped before it is finished removes
/// them.
package final class CountTexts {
  private let output: String
  private let settings: CountSettings
  private let sourceName: String
  private let memory: MemoryBudget
  private let counting: PretokenCounting
  private let state: CountingState
  private var isFinished = false
  // What the manifest tells of the texts.
  private var hash = SHA256()
  private var byteCount = 0
  private var documentCount = 0

  /// A counter whose file will be `output`.
  ///
  /// - Parameters:
  ///   - output: The count file to make.
  ///   - overwrites: Whether an existing file is replaced.
  ///   - normalizer: What the texts go through first.
  ///   - preTokenizer: How they are cut.
  ///   - sourceName: The name of their source.
  ///   - memory: What the tables may take.
  ///   - threadCount: At least 1.
  ///   - tableBytes: Replaces the size of a thread's table that follows from the memory, where given.
  /// - Throws: `outputExists`, `invalidArgument` for too little memory, `writeFailed`.
  package init(
    output: String, overwrites: Bool, normalizer: Normalizer, preTokenizer: PreTokenizer,
    sourceName: String, memory: MemoryBudget, threadCount: Int,
    tableBytes: Int? = nil
  ) throws(TextError) {
    try checkOutputFile(output, overwrites: overwrites)
    let shareBytes = try memory.tableBytes(threadCount: threadCount)
    let directory = output.lastIndex(of: "/").map { String(output[..<$0]) } ?? ""
    try createDirectory(directory)
    // Texts cannot be had again: there is nothing to go on with.
    let state = try CountingState(
      directory: output + ".partial", job: .object([("job", .string("count-texts"))]),
      restarts: false)
    state.removeUnfinished()
    self.output = output
    settings = CountSettings(normalizer, preTokenizer)
    self.sourceName = sourceName
    self.memory = memory
    self.state = state
    counting = PretokenCounting(
      normalizer: normalizer, preTokenizer: preTokenizer,
      runs: CountRuns(directory: state.directory, sourceNames: [sourceName]),
      tableBytes: tableBytes ?? shareBytes, threadCount: threadCount,
      makeDirectory: { () throws(TextError) in })
    counting.recordNormalization(path: sourceName)
  }

  deinit { if !isFinished { state.remove() } }

  /// Counts the documents of `text`, which end at `documentEnds`.
  ///
  /// - Throws: `normalizationFailed`, `writeFailed`.
  package func add(_ text: Span<UInt8>, documentEnds: Span<Int>) throws(TextError) {
    precondition(!isFinished, "texts for a counter that is finished")
    try counting.count(
      text, documentEnds: documentEnds, source: 0, name: "run", firstNumber: documentCount)
    hash.update(text)
    byteCount += text.count
    documentCount += documentEnds.count
  }

  /// Writes the count file; nothing can be added afterwards.
  ///
  /// - Throws: `emptyCorpus` if there was no document; `writeFailed`.
  package func finish(_ context: JobContext) throws(TextError) {
    precondition(!isFinished, "a counter that is finished twice")
    guard documentCount > 0 else {
      throw TextError(.emptyCorpus, "no documents to count", remedy: "add some texts first")
    }
    var source = CountSource(name: sourceName)
    source.inputs = [
      Manifest.Input(
        path: sourceName, byteCount: byteCount, sha256: takeHash(), documentCount: documentCount)
    ]
    source.receipt = counting.takeReceipt()
    let manifest = CountManifest(
      toolVersion: toolVersion, settings: settings, sources: [source])
    let merge = try counting.merged(fanIn: memory.fanIn, context)
    let place = state.directory + "/" + CountingState.outputName
    _ = try write(merge, manifest, to: place, context)
    try renamePath(place, to: output)
    isFinished = true
    state.remove()
  }

  private func takeHash() -> String {
    var taken = SHA256()
    swap(&taken, &hash)
    return taken.finish()
  }
}
