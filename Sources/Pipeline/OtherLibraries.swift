// SPDX-License-Identifier: Apache-2.0

internal import CountFiles
internal import Morphology
internal import TextCore
internal import TokenModels
internal import Training

/// How often libraries that do not cut at morphemes give other ids for the training text.
///
/// Of the distinct pretokens, those that occur often are all looked at, and one in sixteen of the others, which
/// counts sixteen times: encoding every one of them twice would take as long as training.
struct OtherLibraries {
  private let sample = CountTable()
  private static let alwaysTaken: Int64 = 16
  private static let oneOf: UInt64 = 16
  /// Pretokens encoded together.
  private static let batchCount = 4096

  /// Looks at `pretoken`, which occurs so often, if it has Hangul and is of the sample.
  func add(_ pretoken: Span<UInt8>, _ occurrences: Int64) {
    guard hasHangul(pretoken) else { return }
    if occurrences >= Self.alwaysTaken {
      sample.counts.append(distinct: pretoken, occurrences: occurrences)
      return
    }
    var hash = XXH3()
    hash.update(pretoken)
    if hash.value % Self.oneOf != 0 { return }
    sample.counts.append(distinct: pretoken, occurrences: occurrences * Int64(Self.oneOf))
  }

  /// The share of the running pretokens with Hangul whose ids under `model` are other ones without the
  /// boundaries of `morphemes`; nil if there is none.
  func share(_ model: BPEModel, _ morphemes: TrainJob.MorphemeTraining) -> Double? {
    var cutting = PretokenEncoder(
      model, cacheBytes: 0, morphemes: (morphemes.model, morphemes.boundaries))
    var plain = PretokenEncoder(model, cacheBytes: 0)
    var (all, different): (Int64, Int64) = (0, 0)
    var start = 0
    while start < sample.counts.count {
      let end = min(start + Self.batchCount, sample.counts.count)
      var batch = PretokenList()
      batch.append(sample.counts, start..<end)
      let isDifferent = batch.compare(&cutting, &plain)
      for index in start..<end {
        let occurrences = sample.counts.occurrences(index)
        all += occurrences
        if isDifferent[index - start] { different += occurrences }
      }
      start = end
    }
    return all == 0 ? nil : Double(different) / Double(all)
  }
}

/// Pretokens, each a document of its own.
private struct PretokenList: ~Copyable {
  private var text = ByteBuffer()
  private var ends = GrowableBuffer<UInt32>()
  private var documents = GrowableBuffer<Int>()

  init() {}

  mutating func append(_ counts: borrowing PretokenCounts, _ range: Range<Int>) {
    for index in range {
      text.append(copying: counts.bytes(index))
      ends.append(UInt32(text.count))
      documents.append(ends.count)
    }
  }

  /// Whether the ids of each pretoken differ.
  func compare(_ one: inout PretokenEncoder, _ other: inout PretokenEncoder) -> [Bool] {
    let first = encode(&one)
    let second = encode(&other)
    return (0..<ends.count).map { !areEqual(first.of($0), second.of($0)) }
  }

  private func encode(_ encoder: inout PretokenEncoder) -> EncodedPretokens {
    var encoded = EncodedPretokens()
    encoder.encode(
      text, pretokenEnds: ends.span, documentEnds: documents.span, to: &encoded.ids,
      idEnds: &encoded.ends)
    return encoded
  }
}

private struct EncodedPretokens: ~Copyable {
  var ids = TokenBuffer()
  var ends = GrowableBuffer<Int>()

  /// The ids of the pretoken `index`.
  @_lifetime(borrow self)
  func of(_ index: Int) -> Span<TokenID> {
    ids.span.extracting((index == 0 ? 0 : ends[index - 1])..<ends[index])
  }
}

private func areEqual(_ one: Span<TokenID>, _ other: Span<TokenID>) -> Bool {
  one.count == other.count && one.indices.allSatisfy { one[$0] == other[$0] }
}
