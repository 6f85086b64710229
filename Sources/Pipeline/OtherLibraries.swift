// SPDX-License-Identifier: Apache-2.0

internal import Morphology
internal import TextCore
internal import TokenModels
internal import Training

/// How often libraries that do not cut at morphemes give other ids for the training text.
///
/// Encoding every distinct pretoken twice would take as long as training, so they are drawn by their counts: one
/// that occurs n times is looked at if a number from 0 to 1, made of its bytes, is below n / t, and then stands
/// for max(n, t) occurrences (Poisson sampling proportional to size). t is the least power of two that leaves
/// ``sampleSize`` of them, whatever their order; the share is right to a few hundredths of itself.
final class OtherLibraries {
  private var sample = PretokenCounts()
  /// t above: pretokens that occur so often are all looked at.
  private var certainCount: UInt64 = 1
  private static let sampleSize = 1 << 17
  /// Pretokens encoded together.
  private static let batchCount = 4096

  /// Looks at the distinct `pretoken`, which occurs so often, if it has Hangul.
  func add(_ pretoken: Span<UInt8>, _ occurrences: Int64) {
    guard isDrawn(pretoken, occurrences), hasHangul(pretoken) else { return }
    sample.append(distinct: pretoken, occurrences: occurrences)
    while sample.count > Self.sampleSize { drawAgain() }
  }

  private func isDrawn(_ pretoken: Span<UInt8>, _ occurrences: Int64) -> Bool {
    let count = UInt64(occurrences)
    // t is at most about the number of all pretokens through the sample's size, so below 2^31.
    return count >= certainCount || hash64(pretoken) >> 32 * certainCount < count << 32
  }

  private func drawAgain() {
    certainCount *= 2
    var drawn = PretokenCounts()
    swap(&drawn, &sample)
    keep(drawn)
  }

  private func keep(_ drawn: borrowing PretokenCounts) {
    for index in 0..<drawn.count where isDrawn(drawn.bytes(index), drawn.occurrences(index)) {
      sample.append(distinct: drawn.bytes(index), occurrences: drawn.occurrences(index))
    }
  }

  /// The share of the running pretokens with Hangul whose ids under `model` are other ones without the
  /// boundaries of `morphemes`; nil if there is none.
  func share(_ model: BPEModel, _ morphemes: TrainJob.MorphemeTraining) -> Double? {
    var cutting = PretokenEncoder(
      model, cacheBytes: 0, morphemes: (morphemes.model, morphemes.boundaries))
    var plain = PretokenEncoder(model, cacheBytes: 0)
    var (all, different): (Int64, Int64) = (0, 0)
    var start = 0
    while start < sample.count {
      let end = min(start + Self.batchCount, sample.count)
      var batch = PretokenList()
      batch.append(sample, start..<end)
      let isDifferent = batch.compare(&cutting, &plain)
      for index in start..<end {
        let occurrences = max(sample.occurrences(index), Int64(certainCount))
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
