// SPDX-License-Identifier: Apache-2.0

package import CorpusFiles
package import Normalization
internal import Parallelism
package import TextCore

// The pipeline: the only place that knows the order of the stages. Each job is one pass over a
// corpus (this file) with its own work on each batch of documents: counting, encoding, measuring,
// printing. The pass accounts for every record: documents, rejects, damaged files.

/// The corpus of a job: which files, and how they are read.
package struct CorpusSource: Sendable {
  package var inputs: CorpusInputs
  package var options: CorpusOptions
  /// Whether the first reject ends the job.
  package var isStrict: Bool
  /// How much of the corpus is read, where not all of it is.
  package var sample: SampleRequest?

  package init(inputs: CorpusInputs, options: CorpusOptions, isStrict: Bool = false) {
    self.inputs = inputs
    self.options = options
    self.isStrict = isStrict
  }
}

extension CorpusSource {
  /// The largest window through which an input is decompressed, as the first frames tell.
  ///
  /// One is open at a time; `unknown` stands for those of pipes and members of archives.
  func windowBytes(unknown: Int) -> Int {
    inputs.files.reduce(0) {
      max($0, zstdWindowBytes(ofInput: $1, unknown: unknown))
    }
  }

  /// Lets frames have windows of `byteCount`, or of what is usual.
  mutating func limitWindows(to byteCount: Int) {
    options.maximumWindowBytes = max(byteCount, MemoryBudget.usualWindowBytes)
  }

  /// About how many bytes of text there are, nil where that cannot be known before reading.
  var estimatedTextBytes: Int? {
    var total = 0
    for path in inputs.files {
      guard path != CorpusInputs.standardInput, let stored = byteCount(ofPath: path) else {
        return nil
      }
      // Korean text shrinks to a fifth or a sixth under zstd; an estimate on the large side.
      total += isCompressed(path) ? stored * 8 : stored
    }
    return total
  }
}

/// How a job runs: nothing here changes its result.
package struct JobContext: Sendable {
  package var threadCount: Int
  /// Is told now and then how far the job is.
  package var progress: @Sendable (JobProgress) -> Void
  /// Whether the user wants the job to stop.
  package var isCancelled: @Sendable () -> Bool

  package init(
    threadCount: Int = 1, progress: @escaping @Sendable (JobProgress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.threadCount = threadCount
    self.progress = progress
    self.isCancelled = isCancelled
  }

  func checkCancellation() throws(TextError) {
    if isCancelled() { throw .interruption }
  }
}

/// How far a job is.
package enum JobProgress: Sendable, Equatable {
  /// Stored bytes read, of how many, where that is known.
  case reading(bytes: Int, of: Int?)
  /// Rows of merged counts.
  case mergingCounts(rows: Int)
  /// Merging begins, and will take about so much memory.
  case mergingNeed(bytes: Int)
  /// Ids made, of how many.
  case merging(ids: Int, of: Int)
}

/// What could not be read of one file, and what was changed in the rest.
package struct FileLosses: Sendable {
  package var receipt = NormalizationReceipt()
  package var rejects = 0
  package var replacedSequences = 0
  package var isDamaged = false
}

/// What a pass over a corpus has read.
package struct CorpusAccount: Sendable {
  /// In the order they were read.
  package var inputs: [Manifest.Input] = []
  /// Of each of the inputs.
  package var losses: [FileLosses] = []
  package var documents = 0
  package var rejects = RejectLog()
  /// U+FFFD written for ill-formed UTF-8.
  package var replacedSequences = 0
  /// Documents that a sample left out.
  package var unsampled = 0
  /// How many documents have each field of metadata, where that is kept.
  package var metadataCounts = [Int](repeating: 0, count: MetadataField.allCases.count)
  /// The errors of files whose compressed data ends early or is corrupt.
  package var damagedFiles: [TextError] = []
  /// What each rule of normalisation changed.
  package var receipt = NormalizationReceipt()
  /// Files of unknown kinds found in directories and not read.
  var ignoredInputs: [String] = []
  /// Members of archives that were not read, the first of each.
  var ignoredMembers: [String] = []
  /// Files and members that were not read, beyond those in ``ignoredFiles``.
  package var unlistedIgnoredFiles = 0

  /// So many files of a kind are listed in reports.
  package static let listedFiles = 50

  /// Files that were not read, then members of archives.
  package var ignoredFiles: [String] { ignoredInputs + ignoredMembers }

  /// What was found in all inputs, by name.
  package var findings: [String: Int] {
    var sums: [String: Int] = [:]
    for finding in inputs.lazy.flatMap(\.findings) {
      sums[finding.name, default: 0] += finding.count
    }
    return sums
  }

  /// Adds what a later pass has read.
  mutating func merge(_ later: CorpusAccount) {
    inputs += later.inputs
    losses += later.losses
    documents += later.documents
    rejects.merge(later.rejects)
    replacedSequences += later.replacedSequences
    unsampled += later.unsampled
    for (field, count) in later.metadataCounts.enumerated() { metadataCounts[field] += count }
    damagedFiles += later.damagedFiles
    ignoredInputs += later.ignoredInputs
    ignoredMembers += later.ignoredMembers
    unlistedIgnoredFiles += later.unlistedIgnoredFiles
    receipt.merge(later.receipt)
  }

  /// Throws if there was no document at all.
  package func checkNotEmpty() throws(TextError) {
    guard documents == 0 else { return }
    let rejected = rejects.count == 0 ? "" : ", \(rejects.count) records rejected"
    throw TextError(
      .emptyCorpus, "no documents in \(inputs.count) input files\(rejected)",
      remedy: "check --input-format and --field")
  }

  /// Throws if the documents hold no text, so that nothing can be made of them.
  func checkHasText(_ hasText: Bool) throws(TextError) {
    try checkNotEmpty()
    if hasText { return }
    throw TextError(
      .emptyCorpus, "no text in \(documents) documents", remedy: "check the input files")
  }

  /// The counts as manifests hold them, of text that `normalizer` has seen.
  func results(_ normalizer: Normalizer) -> [(String, JSON)] {
    [
      ("normalization", receipt.json(of: normalizer.rules)),
      ("documents", .integer(documents)),
      ("replaced_utf8_sequences", .integer(replacedSequences)),
      ("rejected_records", .integer(rejects.count)),
      (
        "first_rejects",
        .array(
          rejects.first.map { record in
            .object([
              ("path", .string(record.path)),
              ("line", record.line.map { .integer($0) } ?? .null),
              ("byte", .integer(record.byteOffset)), ("reason", .string(record.reason)),
            ])
          })
      ),
      ("damaged_inputs", .array(damagedFiles.map { .string($0.location?.path ?? "") })),
    ]
  }
}

/// What became of one block: the job's own output and the pass's account of it.
private struct BatchOutput<Output: ~Copyable & Sendable>: ~Copyable, Sendable {
  /// Nothing for a block that an earlier run has worked on.
  var output: Output?
  var fileIndex: Int
  var documents: Int
  var rejects: [RejectedRecord]
  var replacedSequences: Int
  var convertedRecords: Int
  var repairedDocuments: Int
  var unsampled: Int
  var metadataCounts: [Int]
  var receipt: NormalizationReceipt
}

/// A block and its place in the pass.
private struct NumberedBlock: ~Copyable, Sendable {
  var number: Int
  var block: RecordBlock
}

/// How far a pass is: what a later run needs to go on behind it.
struct PassPosition: Sendable {
  /// Blocks whose outputs were taken.
  var blocks: Int
  /// What normalising changed in them, by input.
  var receipts: [NormalizationReceipt]
}

/// A worker of the pass: the job's own state beside the parser and a batch that is used again.
private struct PassWorker<Worker: ~Copyable>: ~Copyable {
  var state: Worker
  let recorder: NormalizationRecorder
  var parser: RecordParser
  var batch = DocumentBatch()
}

/// Reads a corpus once, in parallel and in order.
///
/// - Parameters:
///   - source: What to read, and how.
///   - context: How to run.
///   - makeWorker: Makes a thread's own state. Normalising tells the recorder, whose line is to be the
///     number of the document in its batch.
///   - work: Sees each batch of documents, on any thread.
///   - emit: Takes the outputs of `work` in the order of the corpus.
///   - position: How far an earlier run has come: blocks up to there are read again, for the account,
///     and neither worked on nor emitted.
///   - afterBlock: Is told, in order, how many blocks are done and what they held.
///   - isDone: Whether the job has all it wants; what is read behind that counts for nothing.
///   - finish: Takes each worker's state at the end, one at a time, in no particular order.
/// - Returns: What was read, and what was not.
/// - Throws: `readFailed`; `invalidUTF8` under that policy; `interrupted`; in strict mode the first
///   reject; what the closures throw.
func passOver<Worker: ~Copyable, Output: ~Copyable & Sendable>(
  _ source: CorpusSource, _ context: JobContext,
  makeWorker: (NormalizationRecorder) -> Worker,
  work: (inout Worker, borrowing DocumentBatch) throws(TextError) -> Output,
  emit: (consuming Output) throws(TextError) -> Void = { (_: consuming Output) in },
  from position: PassPosition? = nil,
  afterBlock: (Int, CorpusAccount) throws(TextError) -> Void = { _, _ in },
  isDone: () -> Bool = { false },
  finish: (consuming Worker) -> Void = { (_: consuming Worker) in }
) throws(TextError) -> CorpusAccount {
  var reader = CorpusReader(inputs: source.inputs, options: source.options)
  var account = CorpusAccount(ignoredInputs: source.inputs.ignored)
  var documentsOfFile = [Int](repeating: 0, count: source.inputs.files.count)
  account.losses = Array(repeating: FileLosses(), count: source.inputs.files.count)
  var converted = documentsOfFile
  var repaired = documentsOfFile
  var claimed = 0
  var emitted = 0
  if let position {
    for (index, receipt) in position.receipts.enumerated() {
      account.losses[index].receipt = receipt
      account.receipt.merge(receipt)
    }
  }
  let skipped = position?.blocks ?? 0
  try orderedParallelMap(
    threadCount: context.threadCount,
    claim: { () throws(TextError) -> NumberedBlock? in
      try context.checkCancellation()
      if isDone() { return nil }
      guard let block = try reader.nextBlock() else { return nil }
      context.progress(.reading(bytes: reader.storedBytesRead, of: reader.totalStoredBytes))
      claimed += 1
      return NumberedBlock(number: claimed - 1, block: block)
    },
    makeWorker: {
      let recorder = NormalizationRecorder()
      return PassWorker(
        state: makeWorker(recorder), recorder: recorder,
        parser: RecordParser(options: source.options))
    },
    work: { (worker, numbered) throws(TextError) in
      let number = numbered.number
      worker.batch.removeAll()
      try worker.parser.parse(numbered.block, into: &worker.batch)
      numbered.block.recycle()
      if source.isStrict, let reject = worker.batch.rejects.first { throw reject.error }
      worker.recorder.path = worker.batch.path
      let output: Output? = number < skipped ? nil : try work(&worker.state, worker.batch)
      var receipt = worker.recorder.takeReceipt()
      receipt.replaceLines { worker.batch.lines[$0] }
      return BatchOutput(
        output: output, fileIndex: worker.batch.fileIndex,
        documents: worker.batch.count, rejects: worker.batch.rejects,
        replacedSequences: worker.batch.replacedSequences,
        convertedRecords: worker.batch.convertedRecords,
        repairedDocuments: worker.batch.repairedDocuments, unsampled: worker.batch.unsampled,
        metadataCounts: source.options.keepsMetadata ? worker.batch.metadataCounts : [],
        receipt: receipt)
    },
    emit: { (done) throws(TextError) in
      var batch = done
      if isDone() { return }
      account.unsampled += batch.unsampled
      for (field, count) in batch.metadataCounts.enumerated() {
        account.metadataCounts[field] += count
      }
      account.documents += batch.documents
      documentsOfFile[batch.fileIndex] += batch.documents
      converted[batch.fileIndex] += batch.convertedRecords
      repaired[batch.fileIndex] += batch.repairedDocuments
      account.rejects.add(batch.rejects)
      account.replacedSequences += batch.replacedSequences
      account.receipt.merge(batch.receipt)
      account.losses[batch.fileIndex].receipt.merge(batch.receipt)
      account.losses[batch.fileIndex].rejects += batch.rejects.count
      account.losses[batch.fileIndex].replacedSequences += batch.replacedSequences
      for reject in batch.rejects where reject.error.code == .damagedCompression {
        account.damagedFiles.append(reject.error)
        account.losses[batch.fileIndex].isDamaged = true
      }
      emitted += 1
      if let output = batch.output.take() { try emit(output) }
      try afterBlock(emitted, account)
    },
    finish: { worker in finish(worker.state) })
  for (index, digest) in reader.digests.enumerated() {
    var input = Manifest.Input(
      path: digest.path, byteCount: digest.byteCount, sha256: digest.sha256,
      documentCount: documentsOfFile[index])
    var findings = reader.findings[index]
    findings.convertedRecords += converted[index]
    findings.repairedDocuments += repaired[index]
    input.findings = findings.counts.map { Manifest.Input.Finding($0.name, $0.count) }
    account.inputs.append(input)
    account.ignoredMembers += findings.firstIgnored
    account.unlistedIgnoredFiles += findings.ignored - findings.firstIgnored.count
  }
  return account
}
