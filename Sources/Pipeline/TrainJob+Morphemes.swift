// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import CountFiles
internal import Morphology
internal import TextCore
internal import Training

extension TrainJob {
  /// What training sees of the counts: where morphemes count, the pieces of pretokens between their
  /// boundaries, each with the occurrences of all pretokens that have it.
  ///
  /// Each distinct pretoken is analysed once, and told to `others`.
  func rowsForTraining(
    _ counted: Counted, _ others: OtherLibraries, _ context: JobContext
  ) throws(TextError) -> CountRows {
    guard let morphemes else { return counted.rows }
    let pieces = CountTable()
    var cutter = MorphemeCutter(morphemes.model, morphemes.boundaries)
    var rows = 0
    try counted.rows.forEach { (pretoken, occurrences) throws(TextError) in
      addPieces(of: pretoken, occurrences, &cutter, to: &pieces.counts)
      if morphemes.isForEncoding { others.add(pretoken, occurrences) }
      rows += 1
      if rows % Self.checkedRows == 0 {
        try context.checkCancellation()
        try checkPieces(pieces.counts.byteCount)
      }
    }
    return .table(pieces)
  }

  /// Rows between two looks at the memory.
  private static let checkedRows = 1 << 16

  private func checkPieces(_ byteCount: Int) throws(TextError) {
    guard byteCount > memory.limit else { return }
    throw TextError(
      .invalidArgument,
      "the distinct pieces between morphemes alone take \(byteCount >> 20) MiB, but --memory allows "
        + "\(memory.limit >> 20) MiB", remedy: "allow more")
  }
}

private func addPieces(
  of pretoken: Span<UInt8>, _ occurrences: Int64, _ cutter: inout MorphemeCutter,
  to counts: inout PretokenCounts
) {
  cutter.forEachPiece(of: pretoken) { piece in
    counts.add(pretoken.extracting(piece), occurrences: occurrences)
  }
}

extension TrainJob.MorphemeTraining {
  /// Where boundaries count, as manifests hold it.
  var place: String { isForEncoding ? "both" : "training" }

  /// What a user of the files should know.
  var note: String {
    isForEncoding
      ? "malmoi cuts text at morphemes before it encodes; other libraries do not, so tokens of theirs "
        + "may cross a boundary: the text of the ids is the same, the ids of some eojeols are not"
      : "morphemes shaped the merges only: every library encodes alike, and tokens may cross a boundary"
  }
}
