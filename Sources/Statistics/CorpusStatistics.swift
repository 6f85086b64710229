// SPDX-License-Identifier: Apache-2.0

package import TextCore

// Statistics: what a corpus, a tokenizer and a set of token files look like, as values. Nothing is
// printed here. Sums are integers and merge in any order, so the numbers are the same for any number
// of threads.

/// What a corpus looks like, and what each of several tokenizers makes of it.
package struct CorpusStatistics: Sendable {
  package var text = TextStatistics()
  /// In the order of the tokenizers.
  package var tokenizers: [TokenStatistics]

  /// Empty statistics for tokenizers with as many ids as `vocabularySizes` says.
  package init(vocabularySizes: [Int] = []) {
    tokenizers = vocabularySizes.map { TokenStatistics(vocabularySize: $0) }
  }

  /// Adds what `other` counted with the same tokenizers.
  package mutating func merge(_ other: CorpusStatistics) {
    text.merge(other.text)
    for index in tokenizers.indices { tokenizers[index].merge(other.tokenizers[index]) }
  }

  /// Adds what a thread counted.
  package mutating func merge(_ tally: CorpusTally) {
    text.merge(tally.text)
    for index in tokenizers.indices { tally.tokenizers[index].add(to: &tokenizers[index]) }
  }

  // MARK: - What follows from the counts of tokenizer `index`

  /// Fertility: tokens an eojeol.
  package func tokensPerEojeol(_ index: Int) -> Double {
    ratio(tokenizers[index].tokens, text.eojeols)
  }

  package func tokensPerCharacter(_ index: Int) -> Double {
    ratio(tokenizers[index].tokens, text.characters)
  }

  package func bytesPerToken(_ index: Int) -> Double {
    ratio(text.bytes, tokenizers[index].tokens)
  }

  /// The mean number of tokens of a document (Table 1 of HyperCLOVA X, arXiv 2404.01954, compares it).
  package func tokensPerDocument(_ index: Int) -> Double {
    ratio(tokenizers[index].tokens, text.documents)
  }

  /// How many times the tokens of the first tokenizer there are: the ratio of mean document lengths,
  /// and the normalised sequence length with the first as the reference.
  package func tokenRatio(_ index: Int) -> Double {
    ratio(tokenizers[index].tokens, tokenizers[0].tokens)
  }
}

// MARK: - As bytes

extension CorpusStatistics {
  package func write(to writer: inout StateWriter) {
    text.write(to: &writer)
    for each in tokenizers { each.write(to: &writer) }
  }

  /// What ``write(to:)`` wrote, with tokenizers of as many ids.
  ///
  /// - Throws: `damagedArtefact`.
  package init(
    reading reader: inout StateReader, vocabularySizes: [Int]
  ) throws(TextError) {
    text = try TextStatistics(reading: &reader)
    tokenizers = []
    for size in vocabularySizes {
      tokenizers.append(
        try TokenStatistics(
          reading: &reader, vocabularySize: size, documents: text.documents))
    }
  }
}

/// What one thread counts of a corpus: ``CorpusStatistics`` in the making.
package struct CorpusTally: Sendable {
  package var text = TextStatistics()
  /// In the order of the tokenizers.
  package var tokenizers: [TokenTally]

  /// An empty tally with tokenizers of these traits.
  package init(_ traits: [TokenTraits]) { tokenizers = traits.map { TokenTally($0) } }

  /// Adds what another thread counted with the same tokenizers.
  package mutating func merge(_ other: CorpusTally) {
    text.merge(other.text)
    for index in tokenizers.indices { tokenizers[index].merge(other.tokenizers[index]) }
  }
}

/// `numerator / denominator`, 0 where there is nothing to divide by.
package func ratio(_ numerator: Int, _ denominator: Int) -> Double {
  denominator == 0 ? 0 : Double(numerator) / Double(denominator)
}
