// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels
package import Tokenization
internal import VocabularyFiles

/// Where two tokenizers cut a text otherwise: sums, the lines and the eojeols that differ most.
///
/// What a document adds depends on it alone, and documents are added in the order of the corpus, so all is
/// the same for any number of threads. Memory is bounded: ``lineLimit`` lines each way, and of eojeols cut
/// otherwise about ``eojeolLimit``; beyond that the rarest are forgotten, and counts may be too low by
/// ``forgotten`` (lossy counting, Manku and Motwani 2002).
package struct TextDifference: Sendable {
  package static let eojeolLimit = 1 << 19

  /// How many of something there are, and how many of them are cut otherwise.
  package struct Share: Sendable, Equatable {
    package var all = 0
    package var different = 0
  }

  /// A line with its tokens by either tokenizer.
  package struct Line: Sendable, Equatable {
    package var tokens: (first: Int, second: Int)
    /// How many more the second has.
    package var surplus: Int { tokens.second - tokens.first }
    /// The document among all, from 0, and the line in it, from 1.
    package var document: Int
    package var line: Int
    package var path = ""
    package var pathLine = 0
    /// The text, cut short behind ``shownBytes``.
    package var text: [UInt8]

    package static func == (left: Line, right: Line) -> Bool {
      left.tokens == right.tokens && left.document == right.document && left.line == right.line
        && left.text == right.text
    }
  }

  package static let shownBytes = 400

  /// An eojeol, as either cuts it.
  package struct Cuts: Hashable, Sendable {
    package var first: [[UInt8]]
    package var second: [[UInt8]]
  }

  package let lineLimit: Int
  package var documents = Share()
  /// Documents whose tokens are not their bytes; they count in the sums of tokens alone.
  package var unaligned = 0
  package var lines = Share()
  package var eojeols = Share()
  package var bytes = 0
  package var tokens = (first: 0, second: 0)
  /// Lines of most tokens more by the second, and by the first.
  package private(set) var longerBySecond: [Line] = []
  package private(set) var longerByFirst: [Line] = []
  private var cuts: [Cuts: Int] = [:]
  /// The most by which a count of ``frequentCuts(_:)`` can be too low.
  package private(set) var forgotten = 0

  package init(lineLimit: Int = 20) { self.lineLimit = lineLimit }

  /// Adds what `later` found in documents behind those of this one.
  package mutating func add(_ later: consuming TextDifference) {
    let before = documents.all
    documents.all += later.documents.all
    documents.different += later.documents.different
    unaligned += later.unaligned
    lines.all += later.lines.all
    lines.different += later.lines.different
    eojeols.all += later.eojeols.all
    eojeols.different += later.eojeols.different
    bytes += later.bytes
    tokens.first += later.tokens.first
    tokens.second += later.tokens.second
    for line in later.longerBySecond + later.longerByFirst {
      var moved = line
      moved.document += before
      keep(moved)
    }
    for (cut, count) in later.cuts { cuts[cut, default: 0] += count }
    forgotten += later.forgotten
    forgetRare()
  }

  /// Keeps `line` if it is among those that differ most; of equals those before.
  mutating func keep(_ line: Line) {
    if line.surplus > 0 {
      Self.insert(line, into: &longerBySecond, lineLimit)
    } else if line.surplus < 0 {
      Self.insert(line, into: &longerByFirst, lineLimit)
    }
  }

  private static func insert(_ line: Line, into lines: inout [Line], _ limit: Int) {
    func precedes(_ one: Line, _ other: Line) -> Bool {
      if abs(one.surplus) != abs(other.surplus) { return abs(one.surplus) > abs(other.surplus) }
      return (one.document, one.line) < (other.document, other.line)
    }
    if lines.count == limit, let last = lines.last, !precedes(line, last) { return }
    let place = lines.firstIndex { precedes(line, $0) } ?? lines.count
    if place == limit { return }
    lines.insert(line, at: place)
    if lines.count > limit { lines.removeLast() }
  }

  /// Whether a line would be kept, so that its text is worth a copy.
  func isKept(surplus: Int) -> Bool {
    let lines = surplus > 0 ? longerBySecond : longerByFirst
    guard surplus != 0, lineLimit > 0 else { return false }
    return lines.count < lineLimit || abs(lines[lines.count - 1].surplus) < abs(surplus)
  }

  mutating func add(_ cut: Cuts) { cuts[cut, default: 0] += 1 }

  /// Drops what occurred least until there is room again.
  private mutating func forgetRare() {
    var limit = 1
    while cuts.count > Self.eojeolLimit {
      cuts = cuts.filter { $0.value > limit }
      forgotten += limit
      limit *= 2
    }
  }

  /// The eojeols most often cut otherwise, of equal counts the lower bytes first.
  package func frequentCuts(_ count: Int) -> [(cuts: Cuts, count: Int)] {
    func precedes(_ one: (key: Cuts, value: Int), _ other: (key: Cuts, value: Int)) -> Bool {
      if one.value != other.value { return one.value > other.value }
      let (own, others) = (one.key, other.key)
      let (text, otherText) = (Array(own.first.joined()), Array(others.first.joined()))
      if text != otherText { return text.lexicographicallyPrecedes(otherText) }
      if own.first != others.first {
        return own.first.map(\.count).lexicographicallyPrecedes(others.first.map(\.count))
      }
      return own.second.map(\.count).lexicographicallyPrecedes(others.second.map(\.count))
    }
    return cuts.sorted(by: precedes).prefix(count).map { ($0.key, $0.value) }
  }

  /// Mean tokens a document by the second, of that by the first (HyperCLOVA X, table 1).
  package var tokenRatio: Double { ratio(tokens.second, tokens.first) }
}

/// Finds out where two tokenizers cut documents otherwise; one a thread.
package struct DifferenceMeter: ~Copyable {
  private var firstMarks: EdgeMarks
  private var secondMarks: EdgeMarks

  package init(_ first: Tokenizer, _ second: Tokenizer) {
    firstMarks = EdgeMarks(first.definition.model.vocabulary)
    secondMarks = EdgeMarks(second.definition.model.vocabulary)
  }

  /// Adds the document `text`, which either tokenizer gave its ids; it comes from line `pathLine` of `path`.
  ///
  /// - Complexity: O(n).
  package mutating func add(
    _ text: Span<UInt8>, _ first: Span<UInt32>, _ second: Span<UInt32>, path: String, pathLine: Int,
    to difference: inout TextDifference
  ) {
    difference.bytes += text.count
    difference.tokens.first += first.count
    difference.tokens.second += second.count
    let areAligned = (firstMarks.mark(first, text), secondMarks.mark(second, text))
    if areAligned.0, areAligned.1 {
      var document = DocumentDifference(
        number: difference.documents.all, path: path, line: pathLine)
      document.add(text, firstMarks.edges.span, secondMarks.edges.span, to: &difference)
    } else {
      difference.unaligned += 1
    }
    difference.documents.all += 1
  }
}

/// A walk over a document.
private struct DocumentDifference {
  let number: Int
  let path: String
  let line: Int
  /// Of the line: where it starts, its tokens by either, whether an edge differs.
  private var start = 0
  private var tokens = (first: 0, second: 0)
  private var isDifferent = false
  private var lineNumber = 1
  private var eojeolStart = -1

  init(number: Int, path: String, line: Int) {
    self.number = number
    self.path = path
    self.line = line
  }

  mutating func add(
    _ text: Span<UInt8>, _ first: Span<UInt8>, _ second: Span<UInt8>,
    to difference: inout TextDifference
  ) {
    var differs = false
    var offset = 0
    while offset < text.count {
      let scalar = decodeUTF8(text, at: offset)
      let isSpace = isWhiteSpace(scalar)
      if isSpace {
        endEojeol(at: offset, text, first, second, &difference)
      } else if eojeolStart < 0 {
        eojeolStart = offset
      }
      for place in offset..<offset + scalar.byteCount {
        tokens.first += Int(first[place])
        tokens.second += Int(second[place])
        if first[place] != second[place] {
          isDifferent = true
          differs = true
        }
      }
      offset += scalar.byteCount
      if scalar.value == 0x0A { endLine(at: offset - 1, text, &difference) }
    }
    endEojeol(at: offset, text, first, second, &difference)
    if start < offset { endLine(at: offset, text, &difference) }
    if differs { difference.documents.different += 1 }
  }

  private mutating func endLine(
    at end: Int, _ text: Span<UInt8>, _ difference: inout TextDifference
  ) {
    difference.lines.all += 1
    if isDifferent { difference.lines.different += 1 }
    if difference.isKept(surplus: tokens.second - tokens.first) {
      let shown = min(end, start + TextDifference.shownBytes)
      difference.keep(
        TextDifference.Line(
          tokens: tokens, document: number, line: lineNumber, path: path, pathLine: line,
          text: text.extracting(start..<wholeCharacters(of: text, start..<shown)).makeArray()))
    }
    start = end + 1
    tokens = (0, 0)
    isDifferent = false
    lineNumber += 1
  }

  /// The end of the last whole character of `range`.
  private func wholeCharacters(of text: Span<UInt8>, _ range: Range<Int>) -> Int {
    var end = range.upperBound
    while end > range.lowerBound, end < text.count, isContinuation(text[end]) { end -= 1 }
    return end
  }

  private mutating func endEojeol(
    at end: Int, _ text: Span<UInt8>, _ first: Span<UInt8>, _ second: Span<UInt8>,
    _ difference: inout TextDifference
  ) {
    guard eojeolStart >= 0 else { return }
    let range = eojeolStart..<end
    eojeolStart = -1
    difference.eojeols.all += 1
    guard range.dropFirst().contains(where: { first[$0] != second[$0] }) else { return }
    difference.eojeols.different += 1
    difference.add(
      TextDifference.Cuts(first: pieces(text, range, first), second: pieces(text, range, second)))
  }

  /// `range` of `text`, cut at the edges inside it.
  private func pieces(
    _ text: Span<UInt8>, _ range: Range<Int>, _ edges: Span<UInt8>
  ) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var start = range.lowerBound
    for place in range.dropFirst() where edges[place] != 0 {
      pieces.append(text.extracting(start..<place).makeArray())
      start = place
    }
    pieces.append(text.extracting(start..<range.upperBound).makeArray())
    return pieces
  }
}
