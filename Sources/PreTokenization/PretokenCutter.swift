// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Cuts documents into pretokens, reusing its storage from text to text; one a thread.
package struct PretokenCutter: ~Copyable, Sendable {
  private let preTokenizer: PreTokenizer
  private var classes = BlockClasses()

  package init(_ preTokenizer: PreTokenizer) { self.preTokenizer = preTokenizer }

  /// Appends the end of every pretoken of `text` to `ends`, and to `documentPretokens`, for each
  /// document, the number of ends behind it.
  ///
  /// - Parameters:
  ///   - text: Documents, back to back, of less than 4 GiB.
  ///   - documentEnds: Where each document ends, in bytes, ascending; the last is `text.count`.
  ///   - ends: Where the ends go.
  ///   - documentPretokens: Where the documents' numbers go.
  /// - Complexity: O(n) on any input.
  package mutating func appendEnds(
    of text: borrowing ByteBuffer, documentEnds: Span<Int>, to ends: inout PretokenEnds,
    documentPretokens: inout GrowableBuffer<Int>
  ) {
    precondition(text.count <= Int(UInt32.max), "a document of 4 GiB or more")
    classes.update(text, documentEnds: documentEnds)
    var start = 0
    for index in documentEnds.indices {
      let end = documentEnds[index]
      // To set up a scanner costs more than an empty document may.
      if start < end { append(text, start..<end, to: &ends) }
      documentPretokens.append(ends.count)
      start = end
    }
  }

  /// Appends the ends in the document `range`.
  @inline(__always)
  private func append(
    _ text: borrowing ByteBuffer, _ range: Range<Int>, to ends: inout PretokenEnds
  ) {
    let start = range.lowerBound
    let scanner = ClassScanner(text.span.extracting(0..<range.upperBound), classes)
    switch preTokenizer {
    case .gpt2: appendGPT2Rule(.together, scanner, from: start, to: &ends)
    case .gpt2Threes: appendGPT2Rule(.threes, scanner, from: start, to: &ends)
    case .exaone: appendGPT2Rule(.apart, scanner, from: start, to: &ends)
    case .cl100k: appendLetterRule(.cl100k, scanner, from: start, to: &ends)
    case .cl100kSingle: appendLetterRule(.cl100kSingle, scanner, from: start, to: &ends)
    case .o200k: appendLetterRule(.o200k, scanner, from: start, to: &ends)
    case .o200kSingle: appendLetterRule(.o200kSingle, scanner, from: start, to: &ends)
    case .llama3: appendLetterRule(.llama3, scanner, from: start, to: &ends)
    case .qwen2: appendLetterRule(.qwen2, scanner, from: start, to: &ends)
    case .deepseek: appendLetterRule(.deepSeek, scanner, from: start, to: &ends)
    case .kExaone: appendLetterRule(.kExaone, scanner, from: start, to: &ends)
    }
  }
}

private func appendGPT2Rule(
  _ numbers: GPT2Numbers, _ scanner: borrowing ClassScanner, from start: Int,
  to ends: inout PretokenEnds
) {
  var at = start
  var reach = ScalarReach()
  while let stop = appendGPT2EndsByMasks(scanner, from: at, to: &ends, numbers) {
    let limit = reach.limit(stop, masksFrom: at, scanner)
    switch numbers {
    case .together:
      at = appendGPT2Ends(scanner, from: stop.start, until: limit, to: &ends)
    case .threes:
      at = appendGPT2Ends(scanner, from: stop.start, until: limit, to: &ends, mostNumbers: 3)
    case .apart:
      at = appendEXAONEEnds(scanner, from: stop.start, until: limit, to: &ends)
    }
  }
}

private func appendLetterRule(
  _ rule: LetterRule, _ scanner: borrowing ClassScanner, from start: Int,
  to ends: inout PretokenEnds
) {
  var at = start
  var reach = ScalarReach()
  while let stop = appendLetterRuleEndsByMasks(scanner, from: at, to: &ends, rule) {
    let limit = reach.limit(stop, masksFrom: at, scanner)
    switch rule.words {
    case .led: at = appendLetterRuleEnds(scanner, from: stop.start, until: limit, to: &ends, rule)
    case .cased: at = appendO200KEnds(scanner, from: stop.start, until: limit, to: &ends, rule)
    case .joined: at = appendKEXAONEEnds(scanner, from: stop.start, until: limit, to: &ends)
    case .deepSeek: at = appendDeepSeekEnds(scanner, from: stop.start, until: limit, to: &ends)
    }
  }
}
