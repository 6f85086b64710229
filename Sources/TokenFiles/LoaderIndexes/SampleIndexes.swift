// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The documents that a loader draws samples from, and how often.
///
/// A sample is `sequenceLength` tokens and `extraTokens` more, which it shares with the next; samples
/// are cut from the documents of all epochs back to back, in the order of the document index.
struct SamplePlan: Sendable, Equatable {
  /// The sequences of the set that belong to the split.
  var documents: Range<Int>
  var tokensPerEpoch: Int
  var epochCount: Int
  var sequenceLength: Int
  /// 1 where the label of the last token is part of the sample, else 0.
  var extraTokens: Int
  /// Whether the last sample is left out if it is short.
  var dropsLastPartial: Bool
  /// Samples before the last epoch, where that is shuffled by itself.
  var samplesBeforeFinalEpoch: Int?

  var documentIndexCount: Int { documents.count * epochCount }

  var sampleCount: Int {
    let tokens = epochCount * tokensPerEpoch - extraTokens
    if dropsLastPartial { return tokens / sequenceLength }
    // In single precision, as Megatron's helper counts.
    return Int((Float(tokens) / Float(sequenceLength)).rounded(.up))
  }
}

/// The three arrays of a split: which document stands where, where each sample begins, and in which
/// order samples are read.
///
/// Memory is 4 bytes for each document of each epoch and each sample; where samples begin goes to the
/// file at once.
struct SampleIndexes: ~Copyable {
  let plan: SamplePlan
  private(set) var documents: TokenBuffer
  private(set) var shuffled: TokenBuffer

  /// - Throws: `invalidArgument` if there are more than an array of 32 bits can number.
  init(_ plan: SamplePlan, seed: UInt32) throws(TextError) {
    guard plan.documentIndexCount <= Int32.max, plan.sampleCount < Int(UInt32.max) - 1 else {
      throw TextError(
        .invalidArgument,
        "\(plan.documentIndexCount) documents and \(plan.sampleCount) samples, more than an index "
          + "of 32 bits numbers", remedy: "ask for fewer samples, or split the token files")
    }
    self.plan = plan
    // One generator for everything: each draw depends on those before it.
    var generator = MersenneTwister(seed: seed)
    documents = TokenBuffer(capacity: plan.documentIndexCount)
    let finalEpochs = plan.samplesBeforeFinalEpoch == nil ? 0 : 1
    Self.append(plan.documents, times: plan.epochCount - finalEpochs, to: &documents, &generator)
    Self.append(plan.documents, times: finalEpochs, to: &documents, &generator)
    let samples = plan.sampleCount
    let first = plan.samplesBeforeFinalEpoch ?? samples
    shuffled = TokenBuffer(capacity: samples)
    Self.append(0..<first, times: 1, to: &shuffled, &generator)
    Self.append(first..<samples, times: 1, to: &shuffled, &generator)
  }

  /// Appends `times` the numbers of `range`, shuffled together.
  private static func append(
    _ range: Range<Int>, times: Int, to numbers: inout TokenBuffer,
    _ generator: inout MersenneTwister
  ) {
    let start = numbers.count
    for _ in 0..<times { for number in range { numbers.append(UInt32(number)) } }
    generator.shuffle(&numbers, from: start)
  }

  /// Calls `body` with where each sample begins, one more than there are samples: a place in the
  /// document index, and an offset in that document.
  ///
  /// - Parameters:
  ///   - lengths: Of all sequences of the set.
  ///   - body: Takes the two.
  /// - Throws: What `body` throws.
  func forEachSample(
    lengths: Span<Int32>, _ body: (Int, Int) throws(TextError) -> Void
  ) throws(TextError) {
    var place = 0
    var offset = 0
    try body(place, offset)
    for _ in 0..<plan.sampleCount {
      var remaining = plan.sequenceLength + plan.extraTokens
      while remaining > 0 {
        let length = Int(lengths[Int(documents[place])]) - offset
        remaining -= length
        if remaining <= 0 {
          offset += remaining + length - plan.extraTokens
        } else if place == documents.count - 1 {
          // The last sample is short; it will be padded.
          offset = Int(lengths[Int(documents[place])]) - plan.extraTokens
          break
        } else {
          place += 1
          offset = 0
        }
      }
      try body(place, offset)
    }
  }

  /// Writes the arrays as `.npy` files.
  ///
  /// - Throws: `writeFailed`.
  func write(
    documents documentPath: String, samples samplePath: String, shuffle shufflePath: String,
    lengths: Span<Int32>, wideSamples: Bool = false
  ) throws(TextError) {
    var file = try NumPyArrayWriter(documentPath, .int32, shape: [documents.count])
    for index in 0..<documents.count { try file.append(Int64(documents[index])) }
    try file.publish()
    var samples = try NumPyArrayWriter(
      samplePath, wideSamples ? .int64 : .int32, shape: [plan.sampleCount + 1, 2])
    try forEachSample(lengths: lengths) { (place, offset) throws(TextError) in
      try samples.append(Int64(place))
      try samples.append(Int64(offset))
    }
    try samples.publish()
    var order = try NumPyArrayWriter(shufflePath, .uint32, shape: [shuffled.count])
    for index in 0..<shuffled.count { try order.append(Int64(shuffled[index])) }
    try order.publish()
  }
}

/// What was written for one split.
package struct LoaderIndexSummary: Sendable, Equatable {
  package var split: String
  package var documentCount: Int
  package var tokensPerEpoch: Int
  package var epochCount: Int
  package var sampleCount: Int
  /// The path of the files up to the part that tells them apart.
  package var path: String

  init(_ split: String, _ plan: SamplePlan, path: String) {
    self.split = split
    documentCount = plan.documents.count
    tokensPerEpoch = plan.tokensPerEpoch
    epochCount = plan.epochCount
    sampleCount = plan.sampleCount
    self.path = path
  }
}

extension MegatronIndex {
  /// The lengths of all sequences in tokens: 4 bytes each.
  ///
  /// - Throws: `readFailed`; `damagedArtefact` for a negative one.
  func sequenceLengths() throws(TextError) -> GrowableBuffer<Int32> {
    var section = try FileSection(path, layout.lengthsOffset..<layout.startsOffset)
    var lengths = GrowableBuffer<Int32>(capacity: sequenceCount)
    for sequence in 0..<sequenceCount {
      let byte = section.offset
      let length = try section.next(Int32.self)
      guard length >= 0 else {
        throw .damaged(path, byte: byte, "sequence \(sequence) has \(length) tokens")
      }
      lengths.append(length)
    }
    return lengths
  }
}

/// The sum of `lengths`.
func tokenCount(_ lengths: Span<Int32>) -> Int {
  var sum = 0
  for index in lengths.indices { sum += Int(lengths[index]) }
  return sum
}
