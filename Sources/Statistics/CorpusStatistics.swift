// SPDX-License-Identifier: Apache-2.0

internal import TextCore
internal import TokenModels
package import Tokenization
internal import VocabularyFiles

// Statistics: what a corpus, a tokenizer and a set of token files look like, as values. Nothing is
// printed here. Sums are integers and merge in any order, so the numbers are the same for any number
// of threads.

/// What a corpus looks like, and what a tokenizer makes of it.
package struct CorpusStatistics: Sendable {
  package var documents = 0
  package var emptyDocuments = 0
  /// UTF-8 bytes of the documents, as they would be encoded.
  package var bytes = 0
  /// Code points, line ends (LF, CRLF) not counted; one for each ill-formed sequence.
  package var characters = 0
  /// Maximal runs of characters that are not Unicode White_Space: the spaced words of Korean.
  package var eojeols = 0
  /// How often each id occurs; empty without a tokenizer.
  package var tokenCounts: [Int]
  /// Documents by their length in tokens, or in characters without a tokenizer.
  package var lengths = LengthHistogram()
  /// What the edges of tokens do to the text; nothing without a tokenizer.
  package var edges = TokenEdges()

  /// Empty statistics for ids below `vocabularySize`.
  package init(vocabularySize: Int = 0) {
    tokenCounts = [Int](repeating: 0, count: vocabularySize)
  }

  /// Counts the document `text`, and the `ids` a tokenizer gave it, whose edges `marks` finds.
  ///
  /// - Complexity: O(n).
  package mutating func add(
    _ text: Span<UInt8>, ids: Span<UInt32>, _ marks: inout EdgeMarks
  ) {
    add(text, ids: ids)
    edges.add(text, ids: ids, &marks)
  }

  /// Counts the document `text`, and the `ids` a tokenizer gave it.
  ///
  /// - Complexity: O(n).
  package mutating func add(_ text: Span<UInt8>, ids: Span<UInt32>?) {
    documents += 1
    if text.isEmpty { emptyDocuments += 1 }
    bytes += text.count
    let before = characters
    countCharacters(text)
    if let ids {
      for index in ids.indices { tokenCounts[Int(ids[index])] += 1 }
      lengths.add(ids.count)
    } else {
      lengths.add(characters - before)
    }
  }

  private mutating func countCharacters(_ text: Span<UInt8>) {
    var offset = 0
    var isInEojeol = false
    while offset < text.count {
      let scalar = decodeUTF8(text, at: offset)
      let next = offset + scalar.byteCount
      let isLineEnd =
        scalar.value == 0x0A
        || scalar.value == 0x0D && next < text.count && text[next] == 0x0A
      if !isLineEnd { characters += 1 }
      let isSpace = isWhiteSpace(scalar)
      if !isSpace && !isInEojeol { eojeols += 1 }
      isInEojeol = !isSpace
      offset = next
    }
  }

  /// Adds what `other` counted.
  package mutating func merge(_ other: CorpusStatistics) {
    documents += other.documents
    emptyDocuments += other.emptyDocuments
    bytes += other.bytes
    characters += other.characters
    eojeols += other.eojeols
    for (id, count) in other.tokenCounts.enumerated() { tokenCounts[id] += count }
    lengths.merge(other.lengths)
    edges.merge(other.edges)
  }
}

// MARK: - What follows from the counts

extension CorpusStatistics {
  /// The number of tokens.
  package var tokens: Int { tokenCounts.reduce(0, +) }

  /// Fertility: tokens an eojeol.
  package var tokensPerEojeol: Double { ratio(tokens, eojeols) }

  package var bytesPerToken: Double { ratio(bytes, tokens) }

  /// How the tokens are distributed over the vocabulary.
  package var distribution: TokenDistribution { TokenDistribution(counts: tokenCounts) }

  /// The share of the vocabulary's ids that occur.
  package var vocabularyUsed: Double {
    ratio(tokenCounts.count { $0 > 0 }, tokenCounts.count)
  }

  /// The share of tokens that are not whole characters.
  package func partialUTF8Share(_ tokenizer: Tokenizer) -> Double {
    var partial = 0
    for (id, count) in tokenCounts.enumerated() where count > 0 {
      let token = tokenizer.definition.model.vocabulary.bytes(of: TokenID(id))
      if !isWellFormedUTF8(token) { partial += count }
    }
    return ratio(partial, tokens)
  }

  /// The `count` most frequent ids, the lower id first of equals.
  package func topTokens(_ count: Int) -> [(id: UInt32, count: Int)] {
    let used = tokenCounts.indices.filter { tokenCounts[$0] > 0 }
    let sorted = used.sorted { (tokenCounts[$1], $0) < (tokenCounts[$0], $1) }
    return sorted.prefix(count).map { (UInt32($0), tokenCounts[$0]) }
  }
}

/// The eojeols of the document `text`, as ``CorpusStatistics`` counts them.
///
/// - Complexity: O(n).
package func eojeolCount(_ text: Span<UInt8>) -> Int {
  var count = 0
  var offset = 0
  var isInEojeol = false
  while offset < text.count {
    let scalar = decodeUTF8(text, at: offset)
    let isSpace = isWhiteSpace(scalar)
    if !isSpace && !isInEojeol { count += 1 }
    isInEojeol = !isSpace
    offset += scalar.byteCount
  }
  return count
}

/// `numerator / denominator`, 0 where there is nothing to divide by.
package func ratio(_ numerator: Int, _ denominator: Int) -> Double {
  denominator == 0 ? 0 : Double(numerator) / Double(denominator)
}

/// How many documents have which length, in classes that double: 0, 1, 2–3, 4–7.
package struct LengthHistogram: Sendable, Equatable {
  /// The number of documents of each class, up to the last that has any.
  package private(set) var counts: [Int] = []

  package init() {}

  package mutating func add(_ length: Int) {
    let index = length == 0 ? 0 : Int.bitWidth - length.leadingZeroBitCount
    while counts.count <= index { counts.append(0) }
    counts[index] += 1
  }

  package mutating func merge(_ other: LengthHistogram) {
    while counts.count < other.counts.count { counts.append(0) }
    for (index, count) in other.counts.enumerated() { counts[index] += count }
  }

  /// The lengths that class `index` holds.
  package static func bounds(_ index: Int) -> ClosedRange<Int> {
    index == 0 ? 0...0 : (1 << (index - 1))...((1 << index) - 1)
  }
}
