// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import Statistics
internal import Synchronization
internal import TextCore

/// A document of the sample, or its beginning where it is long.
struct SampledDocument: Sendable {
  var rank: UInt64
  /// The reading that it is of.
  var reading = 0
  var text: [UInt8]
  /// UTF-8 bytes of the whole document.
  var byteCount: Int
  var measure: TextMeasure
}

/// Documents chosen in the order of their ranks as long as their text fits: a uniform sample that does
/// not depend on threads.
struct SampledDocuments {
  private(set) var documents: [SampledDocument] = []
  private let byteCount: Int
  private var heldBytes = 0
  private let limit: RankLimit

  init(byteCount: Int, limit: RankLimit) {
    self.byteCount = byteCount
    self.limit = limit
  }

  /// Adds those of `more` that may still be chosen, which are of the reading at `reading`.
  mutating func add(_ more: [SampledDocument], reading: Int) {
    for var document in more where document.rank < limit.value {
      document.reading = reading
      heldBytes += document.text.count
      documents.append(document)
      // Sorting seldom, at the cost of memory for twice the sample.
      if heldBytes > 2 * byteCount { shrink() }
    }
  }

  /// Lets go of the documents of the highest ranks, so that the others fit.
  mutating func shrink() {
    documents.sort { $0.rank < $1.rank }
    var total = 0
    guard
      let end = documents.firstIndex(where: {
        total += $0.text.count
        return total > byteCount
      })
    else { return }
    // The first document is kept however long it is.
    let kept = max(end, 1)
    if kept < documents.count { limit.value = documents[kept].rank }
    documents.removeSubrange(kept...)
    heldBytes = documents.reduce(0) { $0 + $1.text.count }
  }
}

/// Below which ranks documents may still be chosen; read by any thread, only ever lowered.
final class RankLimit: Sendable {
  private let stored = Atomic<UInt64>(.max)

  var value: UInt64 {
    get { stored.load(ordering: .relaxed) }
    set { stored.store(newValue, ordering: .relaxed) }
  }
}

/// Sums over documents.
struct EstimateTally: Sendable {
  var documents = 0
  var bytes = 0
  var characters = 0
  var eojeols = 0
  var rejects = 0

  mutating func add(_ other: EstimateTally) {
    documents += other.documents
    bytes += other.bytes
    characters += other.characters
    eojeols += other.eojeols
    rejects += other.rejects
  }
}

/// What a batch adds to an estimate.
struct EstimateBatch: Sendable {
  var file: Int
  var tally = EstimateTally()
  var candidates: [SampledDocument] = []

  init(
    _ batch: borrowing DocumentBatch, ranks: DocumentRanks, below limit: UInt64, pieceBytes: Int
  ) {
    file = batch.fileIndex
    tally.documents = batch.count
    tally.rejects = batch.rejects.count
    var number = 0
    for index in 0..<batch.count {
      let text = batch.document(index)
      let measure = TextMeasure(text)
      tally.bytes += text.count
      tally.characters += measure.characters
      tally.eojeols += measure.eojeols
      let offset = batch.byteOffsets[index]
      number = index > 0 && batch.byteOffsets[index - 1] == offset ? number + 1 : 0
      let rank = ranks.rank(byteOffset: offset, number: number)
      guard rank < limit else { continue }
      let piece = text.extracting(0..<pieceEnd(text, pieceBytes))
      candidates.append(
        SampledDocument(
          rank: rank, text: piece.makeArray(), byteCount: text.count,
          measure: piece.count == text.count ? measure : TextMeasure(piece)))
    }
  }
}

/// Where to cut `text` to at most `count` bytes: behind a line in the second half, or between characters.
private func pieceEnd(_ text: Span<UInt8>, _ count: Int) -> Int {
  guard text.count > count else { return text.count }
  var end = count
  while end > count / 2, text[end - 1] != 0x0A { end -= 1 }
  if end > count / 2 { return end }
  end = count
  while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
  return end
}

/// Tokens as a linear function of bytes, characters and eojeols, fitted to a sample by least squares.
///
/// The generalised regression estimator of survey sampling (Cassel, Särndal and Wretman 1976): the sums
/// of bytes, characters and eojeols are known from counting, tokens from the sample alone. Each document
/// weighs as many times as the documents it stands for, divided by its bytes, because the variance of its
/// tokens grows with them; then the residuals of the sample, weighted, sum to zero, and the
/// estimate is the fit at the known sums. Characters tell Hangul from Latin, eojeols how short the words
/// are. A sample too small for three coefficients gets one, which is the ratio of tokens to bytes.
package struct TokenRegression: Sendable {
  /// A document: bytes, characters, eojeols and tokens, and how many documents it stands for.
  package struct Observation: Sendable {
    package var regressors: [Double]
    package var tokens: Double
    package var weight: Double

    package init(regressors: [Double], tokens: Double, weight: Double) {
      self.regressors = regressors
      self.tokens = tokens
      self.weight = weight
    }
  }

  /// Tokens a byte, a character and an eojeol.
  package private(set) var coefficients: [Double] = []
  /// Of the total, from the residuals; nil for fewer than two documents.
  package private(set) var standardError: Double?

  /// Documents for which three coefficients are worth their freedom.
  private static let leastDocuments = 100

  /// Fits `observations`, `share` of the documents that there are.
  package init(_ observations: [Observation], share: Double) {
    let seen = observations.filter { $0.regressors[0] > 0 }
    let most = seen.count < Self.leastDocuments ? 1 : seen[0].regressors.count
    for count in stride(from: most, to: 0, by: -1) {
      if let found = solve(seen, count) {
        coefficients = found
        break
      }
    }
    guard seen.count > 1, !coefficients.isEmpty else { return }
    let squares = seen.reduce(0.0) {
      let residual = ($1.tokens - tokens(at: $1.regressors)) * $1.weight
      return $0 + residual * residual
    }
    let freedom = Double(seen.count) / Double(seen.count - coefficients.count)
    standardError = (max(1 - share, 0) * squares * freedom).squareRoot()
  }

  /// The tokens of a text, or of all texts.
  package func tokens(at regressors: [Double]) -> Double {
    zip(coefficients, regressors).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

/// The first `count` coefficients by the normal equations; nil where the regressors are too much alike.
private func solve(_ seen: [TokenRegression.Observation], _ count: Int) -> [Double]? {
  guard !seen.isEmpty else { return nil }
  var rows = [[Double]](repeating: [Double](repeating: 0, count: count + 1), count: count)
  for document in seen {
    let weight = document.weight / document.regressors[0]
    for row in 0..<count {
      for column in 0..<count {
        rows[row][column] += weight * document.regressors[row] * document.regressors[column]
      }
      rows[row][count] += weight * document.regressors[row] * document.tokens
    }
  }
  let scale = rows.indices.map { rows[$0][$0] }
  for pivot in 0..<count {
    // What is left of a regressor that the others explain; the matrix is positive definite otherwise.
    guard rows[pivot][pivot] > 1e-9 * scale[pivot] else { return nil }
    for row in 0..<count where row != pivot {
      let factor = rows[row][pivot] / rows[pivot][pivot]
      for column in pivot...count { rows[row][column] -= factor * rows[pivot][column] }
    }
  }
  return rows.indices.map { rows[$0][count] / rows[$0][$0] }
}
