// SPDX-License-Identifier: Apache-2.0

package import Statistics
package import TextCore
package import TokenFiles
package import Tokenization

/// Measures a set of token files, and shows some of its documents.
///
/// One pass over all ids; memory is a few windows and the longest document.
package struct InspectTokenFilesJob {
  package var reader: TokenFileReader
  /// Decodes what is shown, where given.
  package var tokenizer: Tokenizer?
  package var shown: Selection

  package init(reader: TokenFileReader, tokenizer: Tokenizer?, shown: Selection) {
    self.reader = reader
    self.tokenizer = tokenizer
    self.shown = shown
  }

  /// Which documents are shown.
  package enum Selection: Sendable, Equatable {
    /// So many from the first on.
    case first(Int)
    /// The one with this number, from 0.
    case number(Int)
    /// The one that has this token, counted from 0 over all shards, and of it at most so many tokens on
    /// either side.
    case aroundToken(Int, context: Int)
  }

  /// A document, or a part of one.
  package struct Shown: Sendable {
    /// The document's number, from 0 over all shards.
    package var number: Int
    /// Tokens of the document that stand before ``ids``.
    package var start = 0
    package var ids: [UInt32]
    /// The place in ``ids`` of the token that was asked for.
    package var place: Int?
    /// The text of ``ids``; with a ``place`` that before the token, the token's and that behind it.
    package var text: [String]?
    /// Where the document comes from, if the set tells.
    package var origin: DocumentOrigin?
  }

  /// Runs the job.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`, `unknownToken`; `invalidArgument` for a document or
  ///   token that is not there.
  package func run() throws(TextError) -> (
    statistics: TokenFileStatistics, shown: [Shown]
  ) {
    var statistics = TokenFileStatistics()
    var found: [Shown] = []
    try reader.forEachOrigin { (number, ids, origin) throws(TextError) in
      if var shown = try select(number, ids, behind: statistics.tokens) {
        shown.origin = DocumentOrigin(row: origin)
        found.append(shown)
      }
      statistics.addDocument(tokenCount: ids.count)
    }
    try checkFound(found, statistics)
    return (statistics, found)
  }

  /// What is to be shown of a document before which there are `tokenCount` tokens.
  private func select(
    _ number: Int, _ ids: Span<UInt32>, behind tokenCount: Int
  ) throws(TextError) -> Shown? {
    switch shown {
    case .first(let count):
      return number < count ? try show(number, ids, 0..<ids.count) : nil
    case .number(let wanted):
      return number == wanted ? try show(number, ids, 0..<ids.count) : nil
    case .aroundToken(let token, let context):
      let place = token - tokenCount
      guard ids.indices.contains(place) else { return nil }
      let range = max(0, place - context)..<min(ids.count, place + 1 + context)
      return try show(number, ids, range, place: place - range.lowerBound)
    }
  }

  private func show(
    _ number: Int, _ ids: Span<UInt32>, _ range: Range<Int>, place: Int? = nil
  ) throws(TextError) -> Shown {
    let list = range.map { ids[$0] }
    var shown = Shown(number: number, start: range.lowerBound, ids: list, place: place)
    guard let tokenizer else { return shown }
    if let place {
      let parts = [list[..<place], list[place...place], list[(place + 1)...]]
      var text: [String] = []
      for part in parts { text.append(try tokenizer.decode(Array(part))) }
      shown.text = text
    } else {
      shown.text = [try tokenizer.decode(list)]
    }
    return shown
  }

  private func checkFound(
    _ found: [Shown], _ statistics: TokenFileStatistics
  ) throws(TextError) {
    guard found.isEmpty else { return }
    let missing: (what: String, count: Int)? =
      switch shown {
      case .first: nil
      case .number(let number): ("document \(number)", statistics.documents)
      case .aroundToken(let token, _): ("token \(token)", statistics.tokens)
      }
    guard let missing else { return }
    throw TextError(
      .invalidArgument, "there is no \(missing.what): there are \(missing.count), counted from 0",
      remedy: "choose a smaller number")
  }
}
