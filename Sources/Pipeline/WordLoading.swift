// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import Training

/// Fills a trainer with pretokens as long as merging them will fit into memory, and then goes on only
/// to find out what would.
struct WordLoading: ~Copyable {
  private var trainer: BPETrainer?
  private let memory: MemoryBudget
  private var preparation: PretokenPreparation
  private let minimumCount: Int
  /// Whether leaving out rare pretokens would help.
  private let isPrunable: Bool
  private(set) var need: MergingNeed
  /// The sum of the hashes of all rows, whatever their order.
  private(set) var fingerprint: UInt64 = 0

  /// How many rows are read between two looks at the memory.
  private static let interval = 1 << 16

  init(
    _ trainer: consuming BPETrainer, _ memory: MemoryBudget,
    _ preparation: consuming PretokenPreparation, vocabularySize: Int, minimumCount: Int,
    isPrunable: Bool = true
  ) {
    need = MergingNeed(vocabularySize: vocabularySize)
    self.trainer = consume trainer
    self.memory = memory
    self.preparation = preparation
    self.minimumCount = minimumCount
    self.isPrunable = isPrunable
  }

  /// Takes a pretoken; true if it is time to tell how far things are.
  ///
  /// - Throws: `badRecord` for counts that are too great; `invalidArgument` for too many pretokens.
  mutating func add(_ pretoken: Span<UInt8>, _ occurrences: Int64) throws(TextError) -> Bool {
    try need.add(pretoken, occurrences)
    fingerprint &+= rowHash(pretoken, occurrences)
    if occurrences >= Int64(minimumCount) {
      if trainer?.hasRoom(for: pretoken) == false {
        throw TextError(
          .invalidArgument, "the distinct pretokens have more than 2^31 characters together",
          remedy: isPrunable
            ? "leave out rare ones with a greater --min-count" : Self.sampleRemedy)
      }
      preparation.forEachPart(of: pretoken) { trainer?.add($0, occurrences) }
    }
    if need.distinctPretokens % Self.interval != 0 { return false }
    if !fits { trainer = nil }
    return true
  }

  private var fits: Bool { need.bytes(minimumCount: minimumCount) <= memory.limit }

  /// The trainer with all its words.
  ///
  /// - Throws: `invalidArgument` if merging them does not fit into memory, with the way to make it fit.
  consuming func finish() throws(TextError) -> BPETrainer {
    let (isFitting, need, limit, isPrunable) = (fits, need, memory.limit, isPrunable)
    if isFitting, let trainer = trainer.take() { return trainer }
    let bytes = need.bytes(minimumCount: minimumCount)
    let wanted = isPrunable ? need.minimumCount(fitting: limit) : nil
    throw TextError(
      .invalidArgument,
      "merging \(need.distinctPretokens) distinct pretokens needs about \(bytes >> 20) MiB, but "
        + "--memory allows \(limit >> 20) MiB",
      remedy: wanted.map {
        "allow more, or pass --min-count \($0), which leaves out "
          + "\(need.prunedPretokens($0)) pretokens that occur less often"
      } ?? (isPrunable ? "allow more" : "allow more, or " + Self.sampleRemedy))
  }

  /// What spans words is rarely there twice.
  private static let sampleRemedy = "train on a part of the text with --sample-bytes"
}

/// A hash of a row of counts.
func rowHash(_ pretoken: Span<UInt8>, _ occurrences: Int64) -> UInt64 {
  mixed(hash64(pretoken) ^ 0x9E37_79B9_7F4A_7C15, UInt64(occurrences) ^ 0xD6E8_FEB8_6659_FD93)
}
