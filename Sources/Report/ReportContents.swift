// SPDX-License-Identifier: Apache-2.0

// Report: figures → one page of HTML to look at. In: plain values, filled by whoever measured them. Out:
// a file that needs nothing else, asks nothing of the network, and is the same bytes for the same
// values. Templates, style and script lie in `Page/` and are part of the program.

/// What a report shows.
package struct ReportContents: Sendable {
  /// What was inspected, for the head of the page.
  package var title: String
  package var corpus: CorpusFigures
  /// In the order of comparison: the first is what the others are held against.
  package var tokenizers: [TokenizerFigures] = []
  /// Parts of the corpus, each with a figure for every tokenizer.
  package var groups: [GroupFigures] = []
  /// Vocabularies of one training at several sizes.
  package var sweeps: [SizeCurve] = []
  package var sentences: [Sentence] = []
  package var receipts = Receipts()

  package init(title: String, corpus: CorpusFigures) {
    self.title = title
    self.corpus = corpus
  }
}

/// The text itself.
package struct CorpusFigures: Sendable {
  package var documents = 0
  package var emptyDocuments = 0
  /// Of UTF-8.
  package var bytes = 0
  package var characters = 0
  package var eojeols = 0
  /// Documents by length in characters, in classes that double: 0, 1, 2–3, 4–7; used without tokenizers.
  package var lengths: [Int] = []

  package init() {}
}

/// What one tokenizer makes of the corpus.
package struct TokenizerFigures: Sendable {
  package var name: String
  package var vocabularySize = 0
  package var tokens = 0
  /// Tokens by those of the first tokenizer; nil of the first.
  package var tokenRatio: Double?
  package var shannonEntropy = 0.0
  package var shannonEfficiency = 0.0
  /// Of order 2.5.
  package var renyiEfficiency = 0.0
  package var usedIDs = 0
  package var partialUTF8Share = 0.0
  package var splitSyllableShare = 0.0
  package var singleTokenEojeolShare = 0.0
  package var digitConsistency = 0.0
  package var superwordShare = 0.0
  /// Of the 11,172 syllables of Unicode.
  package var syllables = 0
  /// Of the 2,350 of KS X 1001.
  package var commonSyllables = 0
  /// Documents by length in tokens, in classes that double.
  package var lengths: [Int] = []
  package var vocabulary: VocabularyRows
  /// Nil where the vocabulary was not audited.
  package var audit: AuditFigures?

  package init(name: String, vocabulary: VocabularyRows) {
    self.name = name
    self.vocabulary = vocabulary
  }
}

/// The tokens of a vocabulary by id, with what was counted of them.
package struct VocabularyRows: Sendable {
  /// What a token is made of.
  package enum Kind: UInt8, CaseIterable, Sendable {
    case hangul, latin, han, kana, otherLetters, digits, punctuation, whiteSpace, mixed
    case partialUTF8, special
    /// An id without a token.
    case none
  }

  /// All tokens, one behind the other.
  private var bytes: [UInt8] = []
  /// Where each token ends in ``bytes``.
  private var ends: [Int] = []
  private(set) var kinds: [Kind] = []
  /// How often each occurs.
  private(set) var counts: [Int] = []

  package init() {}

  package var count: Int { ends.count }

  package mutating func add(_ token: [UInt8], _ kind: Kind, count: Int) {
    bytes += token
    ends.append(bytes.count)
    kinds.append(kind)
    counts.append(count)
  }

  func token(_ id: Int) -> ArraySlice<UInt8> { bytes[(id == 0 ? 0 : ends[id - 1])..<ends[id]] }
}

/// One part of the corpus.
package struct GroupFigures: Sendable {
  package var name: String
  package var corpus: CorpusFigures
  /// By tokenizer.
  package var tokens: [Int]

  package init(name: String, corpus: CorpusFigures, tokens: [Int]) {
    (self.name, self.corpus, self.tokens) = (name, corpus, tokens)
  }
}

/// How figures follow the size of the vocabulary.
package struct SizeCurve: Sendable {
  package struct Point: Sendable {
    package var name: String
    package var size: Int
    package var bytesPerToken: Double
    /// Nil where the text was not at hand when it was measured.
    package var tokensPerEojeol: Double?

    package init(name: String, size: Int, bytesPerToken: Double, tokensPerEojeol: Double?) {
      (self.name, self.size) = (name, size)
      (self.bytesPerToken, self.tokensPerEojeol) = (bytesPerToken, tokensPerEojeol)
    }
  }

  package var name: String
  /// The place of the tokenizer that it is of, if it is of one that is compared.
  package var tokenizer: Int?
  package var points: [Point]

  package init(name: String, tokenizer: Int? = nil, points: [Point]) {
    (self.name, self.tokenizer, self.points) = (name, tokenizer, points)
  }
}

/// A sentence of the corpus, as each tokenizer cuts it.
package struct Sentence: Sendable {
  /// Where it comes from.
  package var source: String
  package var text: String
  /// Ids by tokenizer.
  package var ids: [[UInt32]]

  package init(source: String, text: String, ids: [[UInt32]]) {
    (self.source, self.text, self.ids) = (source, text, ids)
  }
}

/// What reading and normalising changed or left out.
package struct Receipts: Sendable {
  package struct Rule: Sendable {
    package var name: String
    package var changes: Int
    package var samples: [Sample]

    package init(name: String, changes: Int, samples: [Sample]) {
      (self.name, self.changes, self.samples) = (name, changes, samples)
    }
  }

  /// One change, with the text around it.
  package struct Sample: Sendable {
    package var place: String
    package var before: String
    package var source: String
    package var after: String
    package var result: String
    /// Code points of ``source`` and ``result``: most of what changes cannot be seen.
    package var points: String

    package init(
      place: String, before: String, source: String, after: String, result: String, points: String
    ) {
      (self.place, self.before, self.source) = (place, before, source)
      (self.after, self.result, self.points) = (after, result, points)
    }
  }

  package struct Input: Sendable {
    package var path: String
    package var bytes: Int
    package var documents: Int

    package init(path: String, bytes: Int, documents: Int) {
      (self.path, self.bytes, self.documents) = (path, bytes, documents)
    }
  }

  package var rules: [Rule] = []
  /// What was found while reading, by name.
  package var findings: [(name: String, count: Int)] = []
  package var replacedSequences = 0
  package var rejectedRecords = 0
  /// The first of them, a line each.
  package var firstRejects: [String] = []
  package var ignoredFiles: [String] = []
  package var unlistedIgnoredFiles = 0
  package var damagedFiles: [String] = []
  package var inputs: [Input] = []
  /// Inputs beyond those listed.
  package var unlistedInputs = 0

  package init() {}
}
