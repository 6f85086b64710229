// SPDX-License-Identifier: Apache-2.0

// Each function is documented where it is declared, in malmoi.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CMalmoi
internal import Normalization
internal import Pipeline
internal import PreTokenization
internal import Synchronization
internal import TextCore
internal import Training
internal import VocabularyFiles

// MARK: - Counting

/// A counter of texts, with its gate.
final class TextCounter {
  private let gate = Gate()
  private let counting: CountTexts
  private let context: JobContext
  private var isFinished = false

  init(_ counting: CountTexts, threadCount: Int) {
    self.counting = counting
    context = JobContext(threadCount: threadCount)
  }

  func add(_ given: borrowing GivenTexts) throws(TextError) {
    try gate.pass { () throws(TextError) in
      try checkUnfinished(isFinished, "counter")
      try counting.add(given.text, documentEnds: given.ends.span)
    }
  }

  func finish() throws(TextError) {
    try gate.pass { () throws(TextError) in
      try checkUnfinished(isFinished, "counter")
      // Also if it fails: what was counted may be gone then.
      isFinished = true
      try counting.finish(context)
    }
  }
}

/// - Throws: `invalidArgument` if it is finished.
func checkUnfinished(_ isFinished: Bool, _ what: String) throws(TextError) {
  guard isFinished else { return }
  throw TextError(
    .invalidArgument, "the \(what) is finished", remedy: "make another one for more")
}

@c @implementation
public func malmoi_counter_create(
  _ path: UnsafePointer<CChar>, _ overwrites: Int32,
  _ given: UnsafePointer<malmoi_counter_options>?,
  _ counter: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  status { () throws(TextError) in
    let chosen = unsafe try options(given, malmoi_counter_options())
    let threads = try threadCount(unsafe chosen.thread_count)
    let preTokenizer = unsafe text(chosen.pre_tokenizer) ?? PreTokenizer.gpt2.rawValue
    guard let rule = PreTokenizer(rawValue: preTokenizer) else {
      throw TextError(
        .invalidArgument, "no pre-tokenizer is named \"\(preTokenizer)\"",
        remedy: "name one of \(PreTokenizer.names)")
    }
    let counting = try CountTexts(
      output: unsafe text(path), overwrites: overwrites != 0,
      normalizer: try normalizer(named: unsafe text(chosen.normalizer) ?? "nfc"),
      preTokenizer: rule, sourceName: unsafe text(chosen.source) ?? "texts",
      memory: try memory(unsafe chosen.memory_bytes, otherwise: 1 << 30), threadCount: threads)
    unsafe counter.pointee = Handle.make(TextCounter(counting, threadCount: threads))
  }
}

@c @implementation
public func malmoi_counter_add(
  _ counter: OpaquePointer, _ texts: UnsafePointer<malmoi_texts>
) -> malmoi_status {
  status { () throws(TextError) in
    let given = unsafe try GivenTexts(texts)
    unsafe try Handle<TextCounter>.object(counter).add(given)
  }
}

@c @implementation
public func malmoi_counter_finish(_ counter: OpaquePointer) -> malmoi_status {
  status { () throws(TextError) in unsafe try Handle<TextCounter>.object(counter).finish() }
}

@c @implementation
public func malmoi_counter_free(_ counter: OpaquePointer?) {
  unsafe Handle<TextCounter>.free(counter)
}

/// The budget of `byteCount` bytes; `otherwise` for 0, and the usual one where that is nil.
private func memory(
  _ byteCount: Int64, otherwise: Int64?
) throws(TextError) -> MemoryBudget {
  guard byteCount >= 0 else {
    throw TextError(
      .invalidArgument, "\(byteCount) bytes of memory", remedy: "allow some, or 0 for the default")
  }
  let wanted = byteCount == 0 ? otherwise : byteCount
  return wanted.flatMap { MemoryBudget(String($0)) } ?? .standard
}

// MARK: - Training

/// Tells a caller how far training is, and remembers that it wants to stop.
@safe
private final class ProgressTeller: @unchecked Sendable {
  // Invariant: the caller's function may be called on any thread, one call at a time: `gate` sees to it.
  private let function: malmoi_progress?
  private let context: UnsafeMutableRawPointer?
  private let gate = Gate()
  private let isCancelled = Atomic(false)

  init(_ options: malmoi_training_options) {
    unsafe function = options.progress
    unsafe context = options.progress_context
  }

  func tell(_ progress: JobProgress) {
    guard let function = unsafe function else { return }
    var (done, total): (Int64, Int64) = (0, 0)
    if case .merging(let ids, let count) = progress { (done, total) = (Int64(ids), Int64(count)) }
    try? gate.pass { () throws(TextError) in
      if unsafe function(context, done, total) != 0 { isCancelled.store(true, ordering: .relaxed) }
    }
  }

  var wantsToStop: Bool { isCancelled.load(ordering: .relaxed) }
}

@c @implementation
public func malmoi_train(
  _ count_files: UnsafePointer<UnsafePointer<CChar>>, _ count: Int,
  _ given: UnsafePointer<malmoi_training_options>, _ output_directory: UnsafePointer<CChar>
) -> malmoi_status {
  status { () throws(TextError) in
    let chosen = unsafe try options(given, malmoi_training_options())
    let files = (0..<count).map { unsafe text(count_files[$0]) }
    guard !files.isEmpty else {
      throw TextError(.invalidArgument, "no count files", remedy: "name one or more")
    }
    var training = TrainingOptions(vocabularySize: Int(unsafe chosen.vocabulary_size))
    training.specialTokens = unsafe texts(chosen.special_tokens, chosen.special_token_count)
    training.minimumFrequency = max(unsafe chosen.minimum_frequency, 1)
    training.maximumTokenBytes =
      unsafe chosen.maximum_token_bytes > 0 ? Int(chosen.maximum_token_bytes) : nil
    training.isSyllableSafe = unsafe chosen.is_syllable_safe != 0
    var job = TrainJob(
      input: .counts(files, nil, nil), training: training, output: unsafe text(output_directory),
      overwrites: unsafe chosen.overwrites != 0)
    job.minimumCount = Int(max(unsafe chosen.minimum_count, 1))
    job.memory = try memory(unsafe chosen.memory_bytes, otherwise: nil)
    let teller = unsafe ProgressTeller(chosen)
    _ = try job.run(
      JobContext(
        threadCount: try threadCount(unsafe chosen.thread_count), progress: { teller.tell($0) },
        isCancelled: { teller.wantsToStop }))
  }
}
