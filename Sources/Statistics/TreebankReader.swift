// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// A sentence of a treebank: its text, and what its eojeols are made of.
package struct TreebankSentence: Sendable, Equatable {
  /// An eojeol, or a punctuation mark beside it.
  package struct Word: Sendable, Equatable {
    /// Where it stands in the text, in bytes.
    package var range: Range<Int>
    package var morphemes: [String]
    package var tags: [String]
    /// Where its morphemes end in the text, in bytes, the last one's end left out; nil where they are not
    /// what is written, as 가깝+ㄴ is not 가까운.
    package var cuts: [Int]?
  }

  package var text: [UInt8]
  package var words: [Word]
}

/// Reads treebanks in CoNLL-U (universaldependencies.org/format.html): of each word its FORM, LEMMA (or
/// OrigLemma) and XPOS, in which Korean treebanks join the morphemes and their tags by "+".
package struct TreebankReader {
  private let path: String
  private var sentences: [TreebankSentence] = []
  private var text: [UInt8]?
  private var words: [WrittenWord] = []
  /// Words up to this number are parts of a token of several.
  private var lastOfRange = 0

  /// The sentences of the treebank whose file, at `path`, holds `bytes`.
  ///
  /// - Complexity: O(n).
  /// - Throws: `badRecord` for a line that is not of the format, or words that are not in the text.
  package static func sentences(
    _ bytes: Span<UInt8>, path: String
  ) throws(TextError) -> [TreebankSentence] {
    var reader = TreebankReader(path: path)
    var (start, number) = (0, 0)
    while start <= bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != 0x0A { end += 1 }
      number += 1
      var line = bytes.extracting(start..<end)
      if !line.isEmpty, line[line.count - 1] == 0x0D { line = line.extracting(0..<line.count - 1) }
      try reader.read(line, number)
      start = end + 1
    }
    try reader.endSentence(number)
    return reader.sentences
  }

  private init(path: String) { self.path = path }

  private func error(_ what: String, _ line: Int) -> TextError {
    TextError(
      .badRecord, what, at: .init(path: path, line: line),
      remedy: "give a treebank in CoNLL-U: ten columns with tabs between them")
  }

  private mutating func read(_ line: Span<UInt8>, _ number: Int) throws(TextError) {
    if line.isEmpty { return try endSentence(number) }
    let content = String(decoding: (0..<line.count).map { line[$0] }, as: UTF8.self)
    if line[0] == 0x23 {
      let prefix = "# text = "
      if content.hasPrefix(prefix) { text = Array(content.dropFirst(prefix.count).utf8) }
      return
    }
    let columns = content.split(separator: "\t", omittingEmptySubsequences: false)
    guard columns.count == 10, !columns[1].isEmpty else {
      throw error("no word of a treebank in \(columns.count) columns", number)
    }
    // ---- Empty nodes are not written; of several words as one token the token is ----
    if columns[0].contains(".") { return }
    let ends = columns[0].split(separator: "-").map { Int($0) }
    guard let id = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2 else {
      throw error("\(columns[0]) is no number of a word", number)
    }
    if ends.count == 1, id <= lastOfRange { return }
    if ends.count == 2 { lastOfRange = last }
    words.append(word(columns, number))
  }

  private func word(_ columns: [Substring], _ number: Int) -> WrittenWord {
    let misc = columns[9].split(separator: "|")
    // Auxiliaries have their first morpheme alone as the lemma, and all of them here (UD Kaist).
    let original = misc.first { $0.hasPrefix("OrigLemma=") }.map {
      $0.dropFirst("OrigLemma=".count)
    }
    let lemma = original ?? columns[2]
    let isAlone = columns[1] == lemma
    func parts(_ column: Substring) -> [String] {
      if isAlone { return [String(column)] }
      return column.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
    }
    let isUnknown = lemma == "_" && columns[1] != "_"
    return WrittenWord(
      form: String(columns[1]), morphemes: isUnknown ? [] : parts(lemma), tags: parts(columns[4]),
      hasSpaceBehind: !misc.contains("SpaceAfter=No"), line: number)
  }

  private mutating func endSentence(_ number: Int) throws(TextError) {
    defer {
      words.removeAll()
      text = nil
      lastOfRange = 0
    }
    if words.isEmpty { return }
    // ---- Without the text it is what its words say ----
    var written: [UInt8] = []
    for (index, word) in words.enumerated() {
      written += word.form.utf8
      if word.hasSpaceBehind, index + 1 < words.count { written.append(0x20) }
    }
    let text = text ?? written
    var sentence = TreebankSentence(text: text, words: [])
    var place = 0
    for word in words {
      while place < text.count, text[place] == 0x20 { place += 1 }
      let form = Array(word.form.utf8)
      guard text.dropFirst(place).starts(with: form) else {
        throw error("\(word.form) does not stand in the text of its sentence", word.line)
      }
      let range = place..<place + form.count
      place = range.upperBound
      sentence.words.append(
        TreebankSentence.Word(
          range: range, morphemes: word.morphemes, tags: word.tags,
          cuts: cuts(of: form, word.morphemes, from: range.lowerBound)))
    }
    sentences.append(sentence)
  }

  private func cuts(of form: [UInt8], _ morphemes: [String], from start: Int) -> [Int]? {
    let parts = morphemes.map { Array($0.utf8) }
    guard parts.reduce([], +) == form else { return nil }
    var place = start
    return parts.dropLast().map { part in
      place += part.count
      return place
    }
  }
}

/// A word as its line has it.
private struct WrittenWord {
  var form: String
  var morphemes: [String]
  var tags: [String]
  var hasSpaceBehind: Bool
  var line: Int
}
